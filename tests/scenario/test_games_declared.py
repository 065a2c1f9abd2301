"""What a scenario says of games: a matrix, dimensions, ties and a channel that fit."""

import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import dump, idle_notes, loads
from coevolve_sim.scenario.dumper import content_of
from coevolve_sim.society.setup import build_setup
from tests.scenario.test_scenario_refusals import refusal

BASE = """
name: playing
rounds: 6
value_space: {name: v, dimensions: [benevolence, power]}
network: {family: watts_strogatz, degree: 4}
population: {humans: 40}
update: {rule: weighted_hegselmann_krause}
"""
PLAYED = BASE + "games: {%s}\n"


def test_games_are_read_and_written_again():
    scenario = loads(
        PLAYED % "matrix: [[[4, 4], [0, 3.5]], [[3.5, 0], [3, 3]]], ties: 0.5, predict_first: true, "
        "alpha: {base: 0.1, slopes: {benevolence: 1, power: -0.5}}"
    )
    assert scenario.games.matrix[0][1] == (0.0, 3.5)
    assert loads(dump(scenario)) == scenario


def test_a_scenario_without_games_keeps_its_digest():
    assert "games" not in content_of(loads(BASE))
    assert "games" in content_of(loads(PLAYED % "every: 2"))


@pytest.mark.parametrize(
    ("games", "said"),
    [
        ("matrix: §chicken", "given; allowed: one of 'prisoners_dilemma', 'battle_of_sexes'"),
        ("matrix: [[§8, 0], [10, 5]]", "8 given; allowed: a list, each a number"),
        ("matrix: §[[[8, 8], [0, 10]]]", "a matrix has 2 x 2 x 2 points"),
        ("matrix: §[[[8, 8, 1], [0, 10, 1]], [[10, 0, 1], [5, 5, 1]]]", "a matrix has 2 x 2 x 2 points"),
        ("matrix: §[[[8], [0, 10]], [[10, 0], [5, 5]]]", "a matrix has 2 x 2 x 2 points"),
        ("rounds: §0", "0 given; allowed: a whole number in [1, 10000]"),
        ("every: §0", "0 given; allowed: a whole number"),
        ("ties: §some", "given; allowed: 'all' or a number"),
        ("ties: §0.0", "0.0 given; allowed"),
        ("ties: §1.5", "1.5 given; allowed"),
        ("trust_rate: §1.5", "1.5 given; allowed: a number in [0, 1]"),
        ("temperature: §0.0", "0.0 given; allowed: a number"),
        ("predict_first: §1", "1 given; allowed: true or false"),
        (
            "alpha: {slopes: {§benevolense: 1}}",
            "unknown dimension 'benevolense'; did you mean 'benevolence'?",
        ),
        ("beta: {slopes: {power: §high}}", "given; allowed: a number"),
        ("§horizon: 3", "unknown key 'horizon'"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(games, said):
    told = refusal(PLAYED % games)
    assert said in told, told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("games: {}\ninterventions: [{round: 2, action: rewire, fraction: §0.1}]\n", "trust is not in whom"),
        (
            "games: {}\ninterventions: [{round: 2, action: rewire, network: §{family: complete}}]\n",
            "in full mixing there are no ties",
        ),
    ],
)
def test_societies_that_cannot_play_are_refused_by_name(more, said):
    assert said in refusal(BASE + more)


def test_in_full_mixing_nobody_is_tied_to_play_with():
    full = BASE.replace("{family: watts_strogatz, degree: 4}", "{family: complete}")
    assert "in full mixing there are no ties" in refusal(full + "games: §{}\n")


@pytest.mark.parametrize(
    ("edges", "keys", "said"),
    [
        ("0 1 2.5\n1 2 0.5\n", "weighted: true", "trust, a probability; 2.5 is above 1: divide all weights"),
        ("0 1\n1 2\n", "directed: true", "on a directed network a speaker need not hear its listener"),
    ],
)
def test_a_network_on_which_nobody_can_play_is_refused(tmp_path, edges, keys, said):
    path = tmp_path / "edges.txt"
    path.write_text(edges, encoding="utf-8")
    text = PLAYED % "every: 2"
    text = text.replace("{family: watts_strogatz, degree: 4}", f"{{family: file, path: '{path}', {keys}}}")
    text = text.replace("population: {humans: 40}\n", "")
    with pytest.raises(ScenarioError, match=said) as caught:
        build_setup(loads(text))
    assert caught.value.path == ("network",)
    assert build_setup(loads(text.replace("games: {every: 2}", "")))


def test_notes_say_what_has_an_effect_in_words_or_in_numbers_alone():
    numbers = loads(PLAYED % "horizon_known: false")
    assert "games.horizon_known has no effect unless channel.kind is language" in idle_notes(numbers)
    words = loads(
        PLAYED % "horizon_known: false, temperature: 2.0"
        + "minds: [{kind: scripted}]\nchannel: {kind: language}\n"
    )
    told = [note for note in idle_notes(words) if note.startswith("games")]
    assert told == ["games.temperature has no effect with channel.kind language"]


def test_notes_say_what_has_no_effect():
    def notes(games, rule="weighted_hegselmann_krause"):
        text = (PLAYED % games).replace("weighted_hegselmann_krause", rule)
        return [note for note in build_setup(loads(text)).notes if note.startswith("games")]

    assert notes("alpha: {slopes: {power: 1}}") == []
    first = "network: ties have no weights, so that each counts 1"  # not so once trust moves
    assert first in build_setup(loads(BASE)).notes
    assert first not in build_setup(loads(PLAYED % "every: 2")).notes
    assert first in build_setup(loads(PLAYED % "every: 2, trust_rate: 0.0")).notes
    assert "nobody's values bear" in notes("every: 2")[0]
    assert "first played in round 7" in notes("every: 7, alpha: {slopes: {power: 1}}")[0]
    unheard = notes("alpha: {slopes: {power: 1}}", "hegselmann_krause")[0]
    assert "nobody hears anybody under rule hegselmann_krause" in unheard
    assert notes("alpha: {slopes: {power: 1}}, trust_rate: 0.0", "hegselmann_krause") == []
