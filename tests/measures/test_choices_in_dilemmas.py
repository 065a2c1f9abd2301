"""Scores of values by what is chosen: known answers, planted utilities, bad input."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.dilemmas import (
    LEAST_ITEMS,
    Places,
    compare_choices,
    drop_contested,
    score_choices,
    share_changed,
)


def drawn_dilemmas(n_dilemmas=1271, n_values=40, seed=1):
    """Draw dilemmas with three different values on each side."""
    draw = np.random.default_rng(seed)
    values = np.array([draw.permutation(n_values)[:6] for _ in range(n_dilemmas)])
    places = Places(
        np.repeat(np.arange(n_dilemmas), 6), np.tile([0, 0, 0, 1, 1, 1], n_dilemmas), values.ravel()
    )
    return places, values, draw


def counted_by_hand(places, taken, value):
    """Count selected and neglected one by one."""
    selected = neglected = 0
    for dilemma, side, name in zip(*places, strict=True):
        if name == value and not np.isnan(taken[dilemma]):
            if side == 1 - int(taken[dilemma]):
                selected += 1
            else:
                neglected += 1
    return 100 * (selected - neglected) / (selected + neglected), selected + neglected


def test_a_score_is_what_counting_by_hand_gives_and_no_answer_is_left_out():
    places, _, draw = drawn_dilemmas(200, 12)
    taken = draw.integers(0, 2, 200).astype(float)
    taken[::7] = np.nan
    found = score_choices(places, taken, 12)
    for value in range(12):
        score, n = counted_by_hand(places, taken, value)
        assert found.score[value] == pytest.approx(score, abs=1e-12)
        assert found.places[value] == n


def test_flipping_all_choices_negates_every_score_and_its_interval():
    places, _, draw = drawn_dilemmas(200, 12)
    taken = draw.integers(0, 2, 200).astype(float)
    one, other = score_choices(places, taken, 12), score_choices(places, 1 - taken, 12)
    np.testing.assert_allclose(one.score, -other.score)
    np.testing.assert_allclose(one.low, -other.high)


def test_planted_utilities_are_found_by_logit_choice():
    places, values, draw = drawn_dilemmas()
    utility = draw.normal(size=40)
    gap = utility[values[:, :3]].sum(axis=1) - utility[values[:, 3:]].sum(axis=1)
    taken = (draw.random(len(values)) < 1 / (1 + np.exp(-2 * gap))).astype(float)
    found = score_choices(places, taken, 40, resamples=100)
    assert spearmanr(found.score, utility).statistic > 0.93
    shuffled = score_choices(places, draw.permutation(taken), 40, resamples=100)
    assert abs(spearmanr(shuffled.score, utility).statistic) < 0.4


def test_who_goes_by_place_scores_0_on_all_that_it_took():
    places, _, _ = drawn_dilemmas(100, 12)
    first, second = np.ones(100), np.zeros(100)  # what stands first is chosen; it is the other one next
    assert np.isnan(score_choices(places, np.full(100, np.nan), 12).score).all()
    assert (score_choices(places, (first + second) / 2, 12).score == 0).all()
    assert (score_choices(places, np.stack([first, second]), 12).score == 0).all()


def test_a_value_on_both_sides_draws_a_score_to_0_until_it_is_left_out():
    places = Places(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0, 0, 0]))
    assert score_choices(places, [1.0, 1.0], 1).score == pytest.approx(100 / 3)
    assert score_choices(drop_contested(places), [1.0, 1.0], 1).score == 100
    assert drop_contested(Places(*(column[:0] for column in places))).value.size == 0


def test_an_interval_over_dilemmas_covers_what_is_planted():
    """One value a dilemma, selected with probability .7: 100 (2 * .7 - 1) = 40."""
    places = Places(np.arange(80), np.zeros(80, dtype=int), np.zeros(80, dtype=int))
    covered = 0
    for seed in range(100):
        taken = (np.random.default_rng(seed).random(80) < 0.7).astype(float)
        found = score_choices(places, taken, 1, resamples=200)
        covered += found.low[0] <= 40 <= found.high[0]
    assert 0.9 <= covered / 100 <= 0.99


def test_of_too_few_dilemmas_no_interval_is_told():
    places = Places(np.arange(5), np.zeros(5, dtype=int), np.array([0, 0, 0, 0, 1]))
    found = score_choices(places, [1, 1, 0, 1, 1], 2)
    assert LEAST_ITEMS == 5
    assert found.score.tolist() == [50, 100]
    assert np.isnan(found.low).all()


def test_two_are_compared_on_the_dilemmas_that_both_answered():
    places = Places(np.arange(4), np.zeros(4, dtype=int), np.zeros(4, dtype=int))
    found = compare_choices(places, [1, 1, 0, np.nan], [[0, np.nan, 0, 1], [1, np.nan, 0, 1]], 1)
    assert found.dilemmas.tolist() == [2]
    assert found.score[0] == pytest.approx(0 - (1 - 3) / 4 * 100)  # 1 of 2 against 1 of 4


def test_choices_that_changed_are_counted_where_there_was_one_both_times():
    draw = np.random.default_rng(3)
    before, after = draw.choice([0.0, 1.0, np.nan], size=(2, 5, 30))
    pairs = [pair for pair in zip(before.ravel(), after.ravel(), strict=True) if not np.isnan(pair).any()]
    assert share_changed(before, after) == pytest.approx(sum(b != a for b, a in pairs) / len(pairs))
    assert share_changed(before, before) == 0.0
    assert np.isnan(share_changed([[np.nan]], [[1.0]]))
    with pytest.raises(MeasureError, match=r"one shape; \(1, 2\) and \(1, 1\)"):
        share_changed([[1.0, 0.0]], [[1.0]])


@pytest.mark.parametrize(
    ("places", "taken", "said"),
    [
        (Places(np.array([2]), np.array([0]), np.array([0])), [1.0, 1.0], "names dilemma 2; there are 2"),
        (Places(np.array([0]), np.array([2]), np.array([0])), [1.0, 1.0], "names side 2; there are 2"),
        (Places(np.array([0]), np.array([0]), np.array([3])), [1.0, 1.0], "names value 3; there are 1"),
        (Places(np.array([0]), np.array([0]), np.array([0])), [1.5, 1.0], r"shares in \[0, 1\]"),
    ],
)
def test_what_is_not_there_is_named(places, taken, said):
    with pytest.raises(MeasureError, match=said):
        score_choices(places, taken, 1)
