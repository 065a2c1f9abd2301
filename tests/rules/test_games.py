"""Repeated games: what scripted players earn, void rounds, and what is no game."""

from itertools import product

import numpy as np
import pytest

from coevolve_sim.errors import RuleError
from coevolve_sim.rules.games import GAMES, VOID, Game, find_game, find_like_players, play

DILEMMA, SEXES = GAMES["prisoners_dilemma"], GAMES["battle_of_sexes"]


def points(game, first, second, rounds):
    return play(game, game.find_partner(first), game.find_partner(second), rounds).points


@pytest.mark.parametrize(
    ("first", "second", "rounds", "paid"),
    [
        ("grim", "defect_once", 10, (90, 10)),
        ("tit_for_tat", "tit_for_tat", 20, (160, 160)),
        ("tit_for_tat", "suspicious_tit_for_tat", 20, (100, 100)),
        ("tit_for_tat", "defect_once", 10, (74, 74)),
        ("always_cooperate", "always_defect", 10, (0, 100)),
        ("always_defect", "always_defect", 10, (50, 50)),
        ("grim", "always_cooperate", 10, (80, 80)),
        ("grim", "alternator", 10, (68, 38)),
    ],
)
def test_the_dilemma_pays_what_is_known(first, second, rounds, paid):
    assert points(DILEMMA, first, second, rounds) == paid
    assert points(DILEMMA, second, first, rounds) == paid[::-1]


@pytest.mark.parametrize(
    ("first", "second", "paid"),
    [
        ("always_j", "alternator", (50, 35)),
        ("alternator", "alternator", (85, 85)),
        ("always_j", "always_j", (100, 70)),
        ("always_f", "always_f", (70, 100)),
        ("always_j", "always_f", (0, 0)),
    ],
)
def test_the_battle_of_sexes_pays_what_is_known(first, second, paid):
    assert points(SEXES, first, second, 10) == paid


def test_an_independent_library_plays_the_same():
    axelrod = pytest.importorskip("axelrod", reason="the library axelrod is not installed")
    c, d = axelrod.Action.C, axelrod.Action.D
    players = {
        "always_cooperate": axelrod.Cooperator,
        "always_defect": axelrod.Defector,
        "grim": axelrod.Grudger,
        "tit_for_tat": axelrod.TitForTat,
        "suspicious_tit_for_tat": axelrod.SuspiciousTitForTat,
        "defect_once": lambda: axelrod.MockPlayer(actions=[d] + [c] * 9),
        "alternator": axelrod.Alternator,
    }
    assert {*players} == {*DILEMMA.partners}
    paid = axelrod.Game(r=8, s=0, t=10, p=5)
    for first, second in product(players, players):
        theirs = axelrod.Match((players[first](), players[second]()), turns=10, game=paid)
        moves = [[int(action == d) for action in pair] for pair in theirs.play()]
        ours = play(DILEMMA, DILEMMA.find_partner(first), DILEMMA.find_partner(second), 10)
        assert ours.moves.tolist() == moves, (first, second)
        assert ours.points == tuple(theirs.final_score()), (first, second)


def test_a_player_sees_its_own_moves_first_and_no_void_round():
    seen = []

    def hesitant(own, other):
        seen.append((list(own), list(other)))
        return None if len(seen) == 2 else 0

    match = play(DILEMMA, hesitant, DILEMMA.find_partner("alternator"), 4)
    assert match.moves.tolist() == [[0, 0], [VOID, VOID], [0, 1], [0, 0]]
    assert seen == [([], []), ([0], [0]), ([0], [0]), ([0, 0], [0, 1])]
    assert (match.points, match.void) == ((16, 26), 1)


def test_where_no_round_counts_nothing_is_known():
    match = play(DILEMMA, lambda *_: None, DILEMMA.find_partner("grim"), 3)
    assert match.void == 3
    assert np.isnan(match.points).all()
    assert find_like_players(match) == ()


def test_players_are_told_apart_by_a_partner_that_defects():
    def like(first, second):
        return set(
            find_like_players(play(DILEMMA, DILEMMA.find_partner(first), DILEMMA.find_partner(second), 10))
        )

    assert like("grim", "defect_once") == {"grim"}
    assert like("tit_for_tat", "defect_once") == {"tit_for_tat"}
    assert like("grim", "always_cooperate") == {"always_cooperate", "grim", "tit_for_tat"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Game("mine", [[8, 0], [10, 5]]), r"payoffs have shape \(2, 2, 2\).*\(2, 2\) given"),
        (lambda: Game("mine", np.zeros((2, 2, 3))), r"\(2, 2, 3\) given"),
        (lambda: Game("mine", [[["a", 1], [1, 1]], [[1, 1], [1, 1]]]), "text given"),
        (lambda: Game("mine", np.full((2, 2, 2), np.inf)), "payoffs are finite numbers; inf given"),
        (lambda: Game("mine", np.zeros((2, 2, 2)), ("up", "up")), "two moves of different names"),
        (lambda: points(DILEMMA, "grim", "grim", 0), "at least 1 round; 0 given"),
        (lambda: play(DILEMMA, lambda *_: 2, lambda *_: 0, 1), "moves 0 or 1, or has no move"),
        (lambda: find_game("chess"), "no game 'chess'; there are prisoners_dilemma, battle_of_sexes"),
        (
            lambda: SEXES.find_partner("tit_for_tat"),
            "no partner 'tit_for_tat'; it has always_j, always_f, alt",
        ),
    ],
)
def test_what_is_no_game_is_refused(make, said):
    with pytest.raises(RuleError, match=said):
        make()


def test_a_matrix_of_ones_own_is_played():
    mine = Game("stag_hunt", [[[4, 4], [0, 3]], [[3, 0], [3, 3]]], ("stag", "hare"))
    assert [*mine.partners] == ["always_stag", "always_hare", "alternator"]
    assert points(mine, "always_stag", "alternator", 10) == (20, 35)
