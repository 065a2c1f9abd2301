"""A society whose people play as a mind chooses: by persona, in both orders, and void where it does not."""

import math
import re
import zlib

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.report.games_section import build_games_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.rules.games import GAMES, play
from coevolve_sim.rules.tied_games import draw_meetings, trust_after
from coevolve_sim.runs.estimate import estimate_requests
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup

DILEMMA = GAMES["prisoners_dilemma"]
PLAYED = re.compile(r"^- Round (\d+): you (\w), the other (\w)\.", re.MULTILINE)
STANCE = re.compile(r"benevolence: (\d+)")
TEXT = """
name: playing
rounds: 3
value_space: {{name: v, dimensions: [benevolence, power]}}
network: {{family: ring, degree: 2}}
population:
  humans: 6
  groups:
    - {{name: kind, share: 0.5, centre: {{benevolence: 0.9, power: 0.5}}, spread: 0.0, placement: random}}
    - {{name: hard, share: 0.5, centre: {{benevolence: 0.1, power: 0.5}}, spread: 0.0, placement: random}}
update: {{rule: weighted_hegselmann_krause, rate: {{peer: 0.0}}}}
minds: [{{kind: scripted, name: people}}]
channel: {{kind: language, bias_map: false, topics_per_round: 1}}
games: {{every: 2, rounds: 4, trust_rate: 0.5, alpha: {{slopes: {{benevolence: 1.0}}}}, {games}}}
"""


def names_of_moves(text):
    """Return the letters of cooperation and of defection, as the lines on points tell."""
    first = re.search(r"You (\w), the other \1: you win 8, the other wins 8\.", text)[1]
    return first, "AB".replace(first, "")


def says(letter, probability=0.9):
    masses = {letter: probability, "AB".replace(letter, ""): 1 - probability}
    return Reply("answered", letter, logprobs=tuple(math.log(masses[name]) for name in "AB"))


class Playing(ScriptedMind):
    """People who say where they stand, and play tit for tat if they stand for benevolence, else defect."""

    def __init__(self, answer=None):
        super().__init__()
        self.answer, self.games = answer or self.choose, []

    @staticmethod
    def choose(request):
        persona, text = request.messages[0].content, request.messages[1].content
        names = names_of_moves(text)
        others = [names.index(other) for _, _, other in PLAYED.findall(text)]
        if request.kind == "predict" or int(STANCE.search(persona)[1]) > 50:
            return says(names[others[-1] if others else 0])
        return says(names[1])

    def ask(self, requests):
        for index, request in enumerate(requests):
            if request.kind in {"game", "predict"}:
                self.games.append(request)
                yield index, self.answer(request)
            else:
                yield index, next(iter(super().ask([request])))[1]


def run(tmp_path, games="", mind=None, **options):
    scenario = loads(TEXT.format(games=games) if games else TEXT.format(games="matrix: prisoners_dilemma"))
    return coevolve_sim.run(scenario, results=tmp_path, minds={"people": mind or Playing()}, **options)


def expected_trust(setup, rate=0.5, rounds=4):
    """Return trust after one meeting of all, by scripted players of `play`."""
    kind = setup.initial_values[:, 0] > 0.5
    ties, trust = setup.ties, np.ones(setup.ties.indices.size)
    for tie in draw_meetings(ties, 1.0, 1, 2):
        two = ties.listeners[tie], ties.indices[tie]
        players = [DILEMMA.find_partner("tit_for_tat" if kind[h] else "always_defect") for h in two]
        for first, second in play(DILEMMA, *players, rounds).moves:
            trust[tie] = trust_after(trust[tie], second == 0, rate)
            trust[ties.mirrored[tie]] = trust_after(trust[ties.mirrored[tie]], first == 0, rate)
    return trust


def test_people_play_as_their_mind_chooses_for_who_they_are(tmp_path):
    mind = Playing()
    found = run(tmp_path, mind=mind)
    setup = build_setup(found.scenario)
    np.testing.assert_array_equal(found.ties(3).weights, expected_trust(setup))
    last = found.measures.loc[3]
    assert (last["games_void"], last["games_order_consistency"]) == (0.0, 1.0)
    assert 0.0 < last["games_cooperation"] < 1.0
    text = mind.games[0].messages[1].content
    assert "play 4 rounds of a game" in text
    persona = mind.games[0].messages[0].content
    assert "benevolence" in persona
    assert "power" not in persona  # what alpha and beta do not name is not told


def test_who_is_not_told_the_horizon_is_told_of_no_number_of_rounds(tmp_path):
    mind = Playing()
    run(tmp_path, "horizon_known: false", mind)
    assert all("a game again and again" in request.messages[1].content for request in mind.games)
    assert not any("4 rounds" in request.messages[1].content for request in mind.games)


def test_with_predict_first_a_mind_is_reminded_of_what_it_expects(tmp_path):
    mind = Playing()
    run(tmp_path, "predict_first: true", mind)
    asked = [request for request in mind.games if request.kind == "game"]
    assert len(asked) * 2 == len(mind.games)
    assert all("You expect the other to choose" in request.messages[1].content for request in asked)


@pytest.mark.parametrize(
    "answer",
    [lambda _: says("A"), lambda _: Reply("refused", "I will not."), lambda _: Reply("invalid", "C")],
    ids=["by letter", "refused", "neither letter"],
)
def test_a_round_without_a_move_is_void_and_moves_no_trust(tmp_path, answer):
    text = TEXT.format(games="matrix: prisoners_dilemma").replace(
        "name: people}", "name: people, at_most_unanswered: 1.0, at_most_refused: 1.0}"
    )
    found = coevolve_sim.run(loads(text), results=tmp_path, minds={"people": Playing(answer)})
    assert (found.ties(3).weights == 1.0).all()
    last = found.measures.loc[3]
    assert last["games_void"] == 1.0
    assert np.isnan(last["games_cooperation"])
    section = build_games_section(RunData(found))
    if answer(None).status == "answered":
        assert last["games_order_consistency"] == 0.0
        assert "Not to be read as choices" in section.caution


def test_a_run_in_words_killed_between_games_is_resumed_without_asking_anew(tmp_path):
    text = TEXT.format(games="matrix: prisoners_dilemma").replace("rounds: 3", "rounds: 5", 1)
    whole = coevolve_sim.run(loads(text), results=tmp_path, minds={"people": Playing()})

    def stop(done, asked):
        if done == 3:
            raise KeyboardInterrupt

    folders = []
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(
            loads(text), results=tmp_path, minds={"people": Playing()}, progress=stop, started=folders.append
        )
    resumed = coevolve_sim.resume(folders[0], minds={"people": Playing()})
    assert resumed.digest() == whole.digest()
    np.testing.assert_array_equal(resumed.ties(5).weights, whole.ties(5).weights)


class Fickle(Playing):
    """People who move by a number that the prompt has for itself alone, so that few meetings go alike."""

    @staticmethod
    def choose(request):
        return says("A", (zlib.crc32(repr(request.messages).encode()) + 1) / (2**32 + 2))


@pytest.mark.parametrize("predicts", [False, True])
@pytest.mark.parametrize("mind", [Playing, Fickle])
def test_an_estimate_of_games_is_no_less_than_what_is_asked(predicts, mind, tmp_path):
    """Six people on a ring of twelve ties meet six times: four rounds, both players, both orders."""
    games = f"matrix: prisoners_dilemma, predict_first: {str(predicts).lower()}"
    expected = {row.kind: row for row in estimate_requests(build_setup(loads(TEXT.format(games=games))))}
    found = run(tmp_path, games, mind=mind())
    asked = found.usage.groupby("kind")["requests"].sum()
    kinds = ["game", "predict"] if predicts else ["game"]
    assert [kind for kind in expected if kind in ("game", "predict")] == kinds
    for kind in kinds:
        assert 0 < asked[kind] <= expected[kind].requests == 6 * 4 * 2 * 2
        assert expected[kind].tokens_out == expected[kind].requests
    many = loads(TEXT.format(games=games).replace("rounds: 4", "rounds: 40"))
    longer = {row.kind: row for row in estimate_requests(build_setup(many))}
    each, each_longer = (of["game"].tokens_in / of["game"].requests for of in (expected, longer))
    assert each_longer > 2 * each  # what was played is told
