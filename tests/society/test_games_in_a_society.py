"""A society that plays: who hears whom by trust, what is kept of it, and where it ends."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.measures import OF_GAMES, polarization_disagreement_index, trust_in_groups
from coevolve_sim.networks import to_networkx
from coevolve_sim.networks.ties import from_edges
from coevolve_sim.report.games_section import build_games_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.rules import RULES
from coevolve_sim.rules.tied_games import play_with_tied
from coevolve_sim.scenario import loads
from coevolve_sim.society.games import terms_of
from coevolve_sim.society.model import Society
from coevolve_sim.society.state import kept_arrays
from coevolve_sim.society.trust import NOT_PLAYED
from coevolve_sim.studies.branch_point import continue_from, reach_round
from tests.society.test_media_in_society import HEARD

GAMES = (
    "games: {every: 2, rounds: 4, trust_rate: 0.2, temperature: 2.0, alpha: {base: 0.1, "
    "slopes: {a: 1.0, b: -0.5}}, beta: {slopes: {b: 0.3}}}\n"
)
RULE_TEXTS = HEARD | {
    "weighted_hegselmann_krause": "{rule: weighted_hegselmann_krause, confidence: {peer: 1.0}}",
    "bayesian_trust": "{rule: bayesian_trust, trust: {peer: 0.05}}",
    "weighs_facts": "{rule: weighs_facts}",
}
HEAR_BY_TRUST = {
    "weighted_hegselmann_krause",
    "friedkin_johnsen",
    "degroot",
    "moral_argument",
    "performative_peers",
    "bayesian_trust",
}


def text_of(games=GAMES, rule="weighted_hegselmann_krause", rounds=6, more=""):
    return (
        f"name: playing\nrounds: {rounds}\nvalue_space: {{name: v, dimensions: [a, b]}}\n"
        f"network: {{family: watts_strogatz, degree: 4}}\nupdate: {RULE_TEXTS[rule]}\n{games}{more}"
        "population: {humans: 40, groups: [{name: young, share: 0.5, distribution: uniform, adoption: 0.5}, "
        "{name: old, share: 0.5, distribution: uniform}]}\n"
    )


def society_of(*given, **changed):
    return Society(loads(text_of(*given, **changed)), with_objects=False)


def run(society, until=None):
    while not society.is_finished and society.round_index != until:
        society.step()
    return society.values


def test_every_rule_is_told_of():
    assert RULE_TEXTS.keys() == set(RULES.own)
    assert {name for name in RULES.own if RULES[name].weighted} == HEAR_BY_TRUST


@pytest.mark.parametrize("rule", RULE_TEXTS)
def test_by_each_rule_people_play_and_hear_by_trust_where_the_rule_weighs_ties(rule):
    plain, playing = run(society_of("", rule=rule)), society_of(rule=rule)
    moved = run(playing)
    assert playing.state.played.rounds > 0
    assert playing.state.ties.weights.mean() < 0.95
    assert (np.abs(moved - plain).max() > 1e-6) == (rule in HEAR_BY_TRUST)
    without = GAMES.replace("trust_rate: 0.2", "trust_rate: 0.0")
    untouched = society_of(without, rule=rule)
    assert run(untouched).tobytes() == plain.tobytes()
    assert untouched.state.played.rounds > 0


def test_people_play_every_so_many_rounds_by_the_values_they_then_hold_and_are_heard_by_it_from_then_on():
    society, scenario = society_of(rounds=4), loads(text_of())
    ties, games = society.state.ties, scenario.games
    assert society.state.played == NOT_PLAYED
    run(society, 1)
    assert society.state.ties is ties
    run(society, 2)
    x = society.values
    alpha, beta = 0.1 + x[:, 0] - 0.5 * x[:, 1], 0.3 * x[:, 1]
    trust, counts = play_with_tied(ties, alpha, beta, terms_of(games), 1, 2)
    np.testing.assert_array_equal(society.state.ties.weights, trust)
    assert society.state.played == counts
    before = society.state.ties
    run(society, 3)
    assert society.state.ties is before
    weights = np.zeros((40, 40))
    weights[before.listeners, before.indices] = trust
    pull = weights @ x - weights.sum(axis=1, keepdims=True) * x
    expected = x + 0.5 * pull / (1.0 + weights.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(society.values, expected, rtol=0, atol=1e-14)


def test_measures_of_the_last_games_are_taken_unless_others_are_named():
    playing = society_of()
    assert playing.measures.overall["trust"] == 1.0
    assert np.isnan(playing.measures.overall["games_cooperation"])
    run(playing)
    taken, counts = playing.measures.overall, playing.state.played
    of_minds = {"games_void", "games_order_consistency"}
    assert set(OF_GAMES) & set(taken) == set(OF_GAMES) - of_minds
    assert taken["games_cooperation"] == counts.cooperated / (2 * counts.rounds)
    assert taken["trust"] == playing.state.ties.weights.mean()
    group, heard = playing.setup.group_of, playing.state.ties.indices
    trusted = [playing.state.ties.weights[group[heard] == g].mean() for g in (0, 1)]
    assert taken["trust_gap_of_groups"] == pytest.approx(abs(trusted[0] - trusted[1]), abs=1e-14)
    assert not set(OF_GAMES) & set(society_of("").measures.overall)
    assert set(society_of(more="measures: {names: [variance]}\n").measures.overall) == {"variance"}


def test_a_society_restored_between_rounds_goes_on_to_the_same_bytes():
    for stop in (1, 2, 3, 4):
        whole, part = society_of(), society_of()
        run(part, stop)
        again = society_of()
        kept = {name: array.copy() for name, array in kept_arrays(part.state, part.setup).items()}
        again.restore(stop, part.values, part.state.anchors, part.state.assistant_values, kept)
        assert again.measures.overall["trust"] == part.measures.overall["trust"]
        assert run(again).tobytes() == run(whole).tobytes()
        assert again.state.ties.weights.tobytes() == whole.state.ties.weights.tobytes()
        assert again.state.played == whole.state.played


@pytest.mark.parametrize(("stop", "every"), [(3, 1), (5, 1), (5, 4), (6, 3)])
def test_a_run_stopped_between_games_is_resumed_to_the_same_digest(tmp_path, stop, every):
    file = tmp_path / "s.yaml"
    file.write_text(text_of(rounds=7, more=f"record: {{checkpoint_every: {every}}}\n"), encoding="utf-8")
    whole = coevolve_sim.run(file, results=tmp_path)
    assert whole.ties(3).weights is not None  # the middle, before round 4 is played
    assert whole.ties(2).weights is None  # start, middle and end are on record
    assert not np.array_equal(whole.ties(3).weights, whole.ties(7).weights)

    def interrupt(done, asked):
        if done == stop:
            raise KeyboardInterrupt

    folders = []
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(file, results=tmp_path, progress=interrupt, started=folders.append)
    resumed = coevolve_sim.resume(folders[0])
    assert resumed.digest() == whole.digest()
    np.testing.assert_array_equal(resumed.ties(7).weights, whole.ties(7).weights)


def test_a_branch_goes_on_with_the_trust_there_was_and_on_another_network_with_none(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(text_of(rounds=6), encoding="utf-8")
    whole = coevolve_sim.run(file, results=tmp_path)
    point = reach_round(whole.folder, 3)

    def branch(text):
        return continue_from(point, Society(loads(text), with_objects=False).setup)

    assert run(branch(text_of(rounds=6))).tobytes() == whole.snapshots()[6].tobytes()
    without = branch(text_of("", rounds=6))
    np.testing.assert_array_equal(without.state.ties.weights, point.kept["games/trust"])
    elsewhere = branch(text_of(rounds=6).replace("degree: 4", "degree: 6"))
    assert elsewhere.state.ties.weights is None


def test_a_new_network_begins_anew_also_in_a_resumed_run(tmp_path):
    act = "interventions: [{round: 3, action: rewire, network: {family: ring, degree: 2}}]\n"
    file = tmp_path / "s.yaml"
    file.write_text(text_of(rounds=5, more=act), encoding="utf-8")
    society = Society(loads(text_of(rounds=5, more=act)), with_objects=False)
    run(society, 3)
    assert society.state.ties.weights is None
    whole = coevolve_sim.run(file, results=tmp_path)
    folders = []

    def interrupt(done, asked):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(file, results=tmp_path, progress=interrupt, started=folders.append)
    assert coevolve_sim.resume(folders[0]).digest() == whole.digest()


def test_trust_that_differs_by_direction_is_told_by_direction():
    society = society_of()
    run(society)
    ties = society.state.ties
    assert not ties.is_even
    np.testing.assert_array_equal(ties.indices[ties.mirrored], ties.listeners)
    graph = to_networkx(ties)
    assert graph.is_directed()
    for k in (0, 17, 80):
        edge = graph.edges[int(ties.indices[k]), int(ties.listeners[k])]
        assert edge["weight"] == ties.weights[k]
    # the index symmetrises: it is that of an undirected network whose weights are the means of both ways
    both = ties.with_weights((ties.weights + ties.weights[ties.mirrored]) / 2)
    assert both.is_even
    start = society.setup.initial_values
    np.testing.assert_allclose(
        polarization_disagreement_index(start, ties), polarization_disagreement_index(start, both), rtol=1e-9
    )


def test_trust_in_groups_agrees_with_a_count_by_hand():
    ties = from_edges(4, np.array([[0, 1], [1, 2], [2, 3]]))
    ties = ties.with_weights(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    # 0 hears 1; 1 hears 0 and 2; 2 hears 1 and 3; 3 hears 2
    found = trust_in_groups(ties, np.array([0, 0, 1, 1]), 2)
    np.testing.assert_allclose(found, [[0.15, 0.3], [0.4, 0.55]])


def test_a_report_says_what_was_done_and_which_group_trusts_which(tmp_path):
    found = coevolve_sim.run(loads(text_of()), results=tmp_path)
    section = build_games_section(RunData(found))
    assert section.headings == (
        "Cooperated",
        "Moved alike",
        "Unforgivingness",
        "Share of the maximum",
        "Trust",
    )
    (start, cells), *_, (end, done) = section.done
    assert (start, end) == (0, 6)
    assert (cells[0], cells[-1]) == ("–", "1.0000")
    assert float(done[0]) == pytest.approx(found.measures["games_cooperation"].iloc[-1], abs=5e-5)
    trust = trust_in_groups(found.ties(6), found.group_of, 2)
    shown = [[float(cell) for cell in row] for _, row in section.trust[-1].rows]
    np.testing.assert_allclose(shown, trust, atol=5e-5)
    assert section.caution == ""
    page = found.report().read_text(encoding="utf-8")
    assert 'id="games"' in page
    assert "Who trusts whom, round 6" in page
    assert "Who are tied meet every 2 rounds" in page


def test_a_report_without_games_has_no_such_part(tmp_path):
    found = coevolve_sim.run(loads(text_of("", rounds=1)), results=tmp_path)
    assert build_games_section(RunData(found)) is None
    assert 'id="games"' not in found.report().read_text(encoding="utf-8")
