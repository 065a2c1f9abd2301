"""Whose values an assistant holds: known answers for 80 and 20 of a hundred, and what excludes what."""

import math

import numpy as np
import pytest

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.fairness import (
    benefits,
    calibration_by_group,
    describe_conflict,
    distances_to_groups,
    false_positive_rate,
    individual_gap,
    least_benefit,
    parity_gap,
    voice_shares,
)

GROUPS = [[0.2], [0.8]]
SHARES = np.array([0.8, 0.2])
GRID = np.linspace(0, 1, 1001)


def best(worth):
    """Return the position at which a function of the distances to both groups is largest."""
    return GRID[np.argmax([worth(distances_to_groups([z], GROUPS)) for z in GRID])]


def test_the_mean_of_80_and_20_is_nearer_to_the_80():
    distances = distances_to_groups(SHARES @ np.array(GROUPS), GROUPS)
    np.testing.assert_allclose(distances, [0.12, 0.48])
    assert parity_gap(distances) == pytest.approx(0.36)
    assert least_benefit(distances) == pytest.approx(1 - 0.48**2)


def test_the_greatest_least_benefit_is_in_the_middle_and_there_is_no_gap():
    assert best(least_benefit) == pytest.approx(0.5)
    distances = distances_to_groups([0.5], GROUPS)
    np.testing.assert_allclose(distances, [0.3, 0.3])
    assert parity_gap(distances) == pytest.approx(0)


def test_nash_is_between_them_and_where_depends_on_what_a_benefit_is():
    assert best(lambda d: np.prod(benefits(d) ** SHARES)) == pytest.approx(0.342, abs=0.001)
    assert best(lambda d: np.prod((1 - d) ** SHARES)) == pytest.approx(0.2)


def test_in_several_dimensions_a_distance_is_the_root_mean_square():
    assert distances_to_groups([0.5, 0.5], [[0.5, 0.9], [0.2, 0.9]]) == pytest.approx(
        [0.4 / math.sqrt(2), 0.5 / math.sqrt(2)]
    )


def test_equal_calibration_and_equal_errors_cannot_both_hold():
    assert false_positive_rate(0.3, 0.6, 0.2) == pytest.approx(0.228571, abs=1e-6)
    assert false_positive_rate(0.5, 0.6, 0.2) == pytest.approx(0.533333, abs=1e-6)
    told = describe_conflict(["young", "old"], [0.3, 0.5])
    assert "wrong about .229 of the others in young and .533 of the others in old" in told
    assert told.endswith("equal calibration and equal errors cannot both hold.")
    assert describe_conflict(["young", "old"], [0.5, 0.5]) == ""
    assert describe_conflict(["young", "old"], [0.0, 0.5]) == ""


@pytest.mark.parametrize("base_rate", [0.05, 0.3, 0.5, 0.8])
def test_the_rate_of_false_alarms_is_that_of_the_table_of_cases(base_rate):
    """Of a million cases, counted: precision and missed give the hits, and these the false alarms."""
    true = 1e6 * base_rate
    hits = 0.8 * true
    alarms = hits / max(0.6, base_rate)
    assert false_positive_rate(base_rate, max(0.6, base_rate), 0.2) == pytest.approx(
        (alarms - hits) / (1e6 - true)
    )


def test_a_sentence_never_tells_of_a_rate_above_1():
    for p in np.linspace(0.01, 0.98, 30):
        told = describe_conflict(["a", "b"], [p, min(p + 0.01, 0.99)])
        assert "about 1." not in told
        assert max(false_positive_rate(p, max(0.6, p), 0.2), 0) <= 1


def test_voices_are_parts_of_what_was_heard():
    assert voice_shares([320, 40]) == pytest.approx([8 / 9, 1 / 9])
    assert np.isnan(voice_shares([0, 0])).all()


def test_calibration_within_groups_finds_what_is_planted():
    draw = np.random.default_rng(1)
    groups = draw.integers(0, 2, 4000)
    actual = draw.uniform(0.3, 0.6, 4000)
    predicted = actual + np.where(groups == 0, 0.1, -0.05) + draw.normal(0, 0.02, 4000)
    assert calibration_by_group(predicted, actual, groups) == pytest.approx([0.1, -0.05], abs=0.003)


def test_individuals_told_the_same_have_no_gap_and_a_mirror_has_one_of_1():
    values = np.random.default_rng(2).random((50, 3))
    assert individual_gap(values, np.full((50, 3), 0.4)) == 0
    assert individual_gap(values, values) == pytest.approx(1)
    assert individual_gap(values, 0.5 + 0.25 * (values - 0.5)) == pytest.approx(0.25)
    assert individual_gap([0.5, 0.5], [0.1, 0.9]) == math.inf
    assert individual_gap([0.5, 0.5], [0.1, 0.1]) == 0
    assert math.isnan(individual_gap([0.5], [0.1]))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: distances_to_groups([0.5, 0.5], GROUPS),
            "an assistant has 1 values, one a dimension; 2 given",
        ),
        (lambda: distances_to_groups([1.5], GROUPS), r"must be finite and lie in \[0, 1\]"),
        (lambda: parity_gap([]), r"distances must lie in \[0, 1\], one a group"),
        (lambda: benefits([0.5, -0.1]), r"distances must lie in \[0, 1\]"),
        (lambda: voice_shares([1, -1]), "numbers of at least 0"),
        (lambda: calibration_by_group([0.5], [0.5, 0.4], [0]), "differ in shape"),
        (lambda: individual_gap([0.5, 0.4], [0.5]), "2 humans hold values, and 1 were told something"),
        (lambda: false_positive_rate(1.0, 0.6, 0.2), r"base rate must lie in \(0, 1\); 1.0 given"),
        (lambda: false_positive_rate(0.5, 0.0, 0.2), r"precision must lie in \(0, 1\]; 0.0 given"),
        (lambda: false_positive_rate(0.5, 0.6, 1.2), r"the share missed must lie in \[0, 1\]; 1.2 given"),
    ],
)
def test_what_is_wrong_is_said(call, said):
    with pytest.raises(MeasureError, match=said):
        call()


def test_the_one_who_is_told_something_else_is_found_among_any_number():
    values = np.linspace(0.0, 1.0, 2001)
    told = values.copy()
    told[1999] = 0.0
    assert individual_gap(values, told) == pytest.approx((1.0 - 0.0) / (1.0 - values[1999]))
