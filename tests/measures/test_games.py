"""Measures of repeated games, on players whose answers are known by counting."""

import numpy as np
import pytest

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.games import cooperation, coordination, share_of_maximum, unforgivingness
from coevolve_sim.rules.games import GAMES, play

DILEMMA, SEXES = GAMES["prisoners_dilemma"], GAMES["battle_of_sexes"]


def moves(game, first, second, rounds=10):
    return play(game, game.find_partner(first), game.find_partner(second), rounds).moves


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("grim", "defect_once", 1.0),
        ("tit_for_tat", "defect_once", 1 / 9),
        ("always_cooperate", "defect_once", 0.0),
        ("always_defect", "defect_once", 0.0),
        ("defect_once", "always_defect", -1.0),
        ("grim", "always_cooperate", np.nan),
    ],
)
def test_who_never_forgives_scores_one_and_who_answers_once_a_ninth(first, second, expected):
    found = unforgivingness(moves(DILEMMA, first, second))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    turned = unforgivingness(moves(DILEMMA, first, second)[:, ::-1])[1]
    np.testing.assert_array_equal(turned, found)


def test_to_be_defected_on_in_the_last_round_shows_nothing():
    assert np.isnan(unforgivingness([[0, 0], [0, 1]])).tolist() == [True, True]


def test_shares_are_of_the_rounds_that_count():
    played = [[0, 0], [-1, -1], [0, 1], [1, 0], [1, 1]]
    np.testing.assert_array_equal(cooperation(played), [0.5, 0.5])
    assert coordination(played) == 0.5
    # 8 + 0 + 10 + 5 of four times 10 for each
    np.testing.assert_array_equal(share_of_maximum(DILEMMA.payoffs, played), [23 / 40, 23 / 40])
    np.testing.assert_array_equal(unforgivingness(played), unforgivingness(np.delete(played, 1, axis=0)))


def test_alternating_in_phase_meets_always_and_one_place_every_second_time():
    assert coordination(moves(SEXES, "alternator", "alternator")) == 1.0
    assert coordination(moves(SEXES, "always_j", "alternator")) == 0.5
    found = share_of_maximum(SEXES.payoffs, moves(SEXES, "always_j", "alternator"))
    np.testing.assert_array_equal(found, [0.5, 0.35])


def test_without_a_round_nothing_is_known():
    for nothing in (np.zeros((0, 2), dtype=int), np.full((3, 2), -1)):
        assert np.isnan(cooperation(nothing)).all()
        assert np.isnan(coordination(nothing))
        assert np.isnan(unforgivingness(nothing)).all()
        assert np.isnan(share_of_maximum(DILEMMA.payoffs, nothing)).all()
    assert np.isnan(share_of_maximum(np.zeros((2, 2, 2)), [[0, 0]])).all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([0, 1], r"shape \(rounds, 2\); shape \(2,\) given"),
        ([[0.5, 1.0]], "whole numbers"),
        ([[0, 2]], "moves are 0 or 1"),
        ([[0, -1]], "below 0 for both"),
    ],
)
def test_what_are_no_moves_is_refused(given, said):
    for measure in (cooperation, coordination, unforgivingness):
        with pytest.raises(MeasureError, match=said):
            measure(given)


def test_payoffs_have_a_shape():
    with pytest.raises(MeasureError, match=r"shape \(2, 2\) given"):
        share_of_maximum([[8, 0], [10, 5]], [[0, 0]])
