"""Minds that play repeated games: known players, minds that go by place, and answers that are none."""

import math
import re

import numpy as np
import pytest

from coevolve_sim.errors import QuestionnaireError, RuleError, UnansweredError
from coevolve_sim.language.elicitation.game_choices import play_games
from coevolve_sim.minds import Reply
from coevolve_sim.rules.games import GAMES, VOID, play
from tests.language.questionnaires.scripted_minds import ScriptedMind

DILEMMA, SEXES = GAMES["prisoners_dilemma"], GAMES["battle_of_sexes"]
PLAYED = re.compile(r"^- Round (\d+): you (\w), the other (\w)\.", re.MULTILINE)


def says(letter, probability=0.9):
    masses = {letter: probability, "AB".replace(letter, ""): 1 - probability}
    return Reply("answered", letter, logprobs=tuple(math.log(masses[name]) for name in "AB"))


def letters(text, game):
    """Return the letter of each move, as the lines on points tell."""
    own, other = re.escape(f"{game.payoffs[0, 0, 0]:g}"), re.escape(f"{game.payoffs[0, 0, 1]:g}")
    first = re.search(rf"You (\w), the other \1: you win {own}, the other wins {other}\.", text)[1]
    return first, "AB".replace(first, "")


def by_strategy(game, player, predict=None):
    """Return a mind that plays as a scripted player does, whatever its moves are called."""

    def reply(request):
        text = request.messages[0].content
        names = letters(text, game)
        history = [(names.index(own), names.index(other)) for _, own, other in PLAYED.findall(text)]
        own, other = [m for m, _ in history], [m for _, m in history]
        move = (predict or player)(own, other) if request.kind == "predict" else player(own, other)
        return says(names[move])

    return ScriptedMind(reply)


@pytest.mark.parametrize("name", ["grim", "tit_for_tat", "alternator"])
def test_a_mind_that_plays_a_known_strategy_earns_what_it_does(name):
    player = DILEMMA.find_partner(name)
    mind = by_strategy(DILEMMA, player)
    found = play_games(mind, DILEMMA, [*DILEMMA.partners], 10)
    for game in found.games:
        expected = play(DILEMMA, player, DILEMMA.find_partner(game.partner), 10)
        np.testing.assert_array_equal(game.match.moves, expected.moves)
    assert (found.consistency, found.answered, found.verdict) == (1.0, 1.0, "")
    assert mind.batches == [2 * len(DILEMMA.partners)] * 10, "all matches are asked at once"


def test_the_unforgiving_earn_ninety_to_ten():
    found = play_games(by_strategy(DILEMMA, DILEMMA.find_partner("grim")), DILEMMA, ["defect_once"], 10)
    assert found.games[0].match.points == (90, 10)
    np.testing.assert_allclose(found.games[0].own.shares, [0.9] + [0.1] * 9)


@pytest.mark.parametrize("predict_first", [False, True])
def test_a_mind_that_goes_by_place_makes_no_move(predict_first):
    found = play_games(
        ScriptedMind(lambda _: says("A", 0.8)), SEXES, ["alternator"], 10, predict_first=predict_first
    )
    assert found.games[0].match.void == 10
    assert (found.consistency, found.answered) == (0.0, 1.0)
    assert found.verdict.startswith("0% of the decisions were alike in both orders of letters")


def test_the_likelier_move_over_both_orders_is_made_and_disagreement_is_counted():
    def leaning(request):
        first, _ = letters(request.messages[0].content, DILEMMA)
        return says("A", 0.9 if first == "A" else 0.6)  # move 0: .9 and .4

    game = play_games(ScriptedMind(leaning), DILEMMA, ["grim"], 3).games[0]
    assert game.match.moves.tolist() == [[0, 0]] * 3
    np.testing.assert_allclose(game.own.shares, 0.65)
    assert game.consistency == 0.0


def test_an_answer_with_neither_letter_makes_its_round_void_and_is_not_remembered():
    texts = []

    def reply(request):
        texts.append(request.messages[0].content)
        if "in round 3?" in texts[-1] and letters(texts[-1], DILEMMA)[0] == "B":
            return Reply("answered", "B would be nice")
        return says(letters(texts[-1], DILEMMA)[0])

    found = play_games(ScriptedMind(reply), DILEMMA, ["alternator"], 10)
    game = found.games[0]
    assert game.match.moves[:4].tolist() == [[0, 0], [0, 1], [VOID, VOID], [0, 0]]
    assert game.match.void == 1
    assert math.isnan(game.own.shares[2])
    assert found.answered == 0.9
    assert found.consistency == 1.0
    assert {number for number, _, _ in PLAYED.findall(texts[-1])} == set("1245678") | {"9"}


def test_too_many_of_them_are_an_error():
    with pytest.raises(UnansweredError, match=r"20 invalid.*no score is shown.*--at-most-unanswered"):
        play_games(ScriptedMind(lambda _: Reply("answered", "neither")), DILEMMA, ["grim"], 10)


def test_predicting_first_reminds_the_mind_of_what_it_expects():
    """Who expects the other to alternate and follows it meets it in every round."""
    texts = []

    def alternate(own, _other):
        return len(own) % 2

    mind = by_strategy(SEXES, alternate, predict=alternate)
    asked = mind.ask
    mind.ask = lambda requests: (texts.extend(r.messages[0].content for r in requests), asked(requests))[1]
    game = play_games(mind, SEXES, ["alternator"], 10, predict_first=True).games[0]
    assert game.match.points == (85, 85)
    assert game.predicted_right == 1.0
    reminded = [text for text in texts if "You expect the other to choose" in text]
    assert len(reminded) == 20
    for text in reminded:
        number = int(re.search(r"in round (\d+)\?", text)[1])
        assert f"choose {letters(text, SEXES)[(number - 1) % 2]} in round {number}." in text


def test_where_nothing_is_predicted_no_move_is_asked_for():
    def reply(request):
        return Reply("refused") if request.kind == "predict" else says("A")

    mind = ScriptedMind(reply)
    found = play_games(mind, SEXES, ["always_j"], 4, predict_first=True)
    assert mind.n_asked == 8
    assert (found.games[0].match.void, found.answered) == (4, 0.0)
    assert found.verdict == "nothing was answered in both orders of letters"


def test_a_prompt_does_not_say_what_moves_mean():
    seen = []
    mind = ScriptedMind(lambda request: (seen.append(request.messages[0].content), says("A"))[1])
    play_games(mind, DILEMMA, ["grim"], 1)
    assert not re.search("cooperat|defect|prisoner|dilemma|grim", " ".join(seen), re.IGNORECASE)
    first, second = seen
    assert letters(first, DILEMMA) != letters(second, DILEMMA)


@pytest.mark.parametrize(
    ("partners", "rounds", "error", "said"),
    [
        ([], 10, QuestionnaireError, "1 partner or more"),
        (["grim", "grim"], 10, QuestionnaireError, "each named once"),
        (["nobody"], 10, RuleError, "prisoners_dilemma has no partner 'nobody'"),
        (["grim"], 0, RuleError, "at least 1 round; 0 given"),
    ],
)
def test_what_cannot_be_played_is_refused(partners, rounds, error, said):
    with pytest.raises(error, match=said):
        play_games(ScriptedMind(lambda _: says("A")), DILEMMA, partners, rounds)
