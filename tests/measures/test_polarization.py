"""Polarization as a shape, against closed forms and independent implementations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import (
    bimodality,
    coverage,
    dispersion,
    esteban_ray,
    regionalization,
    spread,
    variance,
)

SHAPES = {
    "spread": (spread, 0, 1),
    "dispersion": (dispersion, 0, 0.5),
    "variance": (variance, 0, 0.25),
    "bimodality": (bimodality, 0, 1),
    "coverage": (coverage, 1 / 20, 1),
    "regionalization": (regionalization, 0, 9.5),
    "esteban_ray": (esteban_ray, 0, 0.5**2.6),
}
EACH = pytest.mark.parametrize("name", SHAPES)

UNIT = arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1))
# odd 64ths lie on no edge of 20 bins and mirror exactly
GRID = arrays(np.float64, st.integers(1, 40), elements=st.integers(0, 31).map(lambda k: (2 * k + 1) / 64))
TWO_CAMPS = np.repeat([0.0, 1.0], 50)
UNIFORM = (np.arange(100_000) + 0.5) / 100_000


@EACH
@given(values=UNIT)
def test_it_stays_in_its_range(name, values):
    measure, low, high = SHAPES[name]
    assert low - 1e-12 <= measure(values) <= high + 1e-12


@EACH
@given(values=UNIT, seed=st.integers(0, 99))
def test_it_is_the_same_to_the_last_bit_for_every_order_of_the_humans(name, values, seed):
    measure = SHAPES[name][0]
    assert measure(np.random.default_rng(seed).permutation(values)) == measure(values)


@EACH
@given(values=GRID)
def test_it_does_not_change_when_the_scale_is_turned_round(name, values):
    measure = SHAPES[name][0]
    assert measure(1 - values) == pytest.approx(measure(values), abs=1e-12)


@EACH
def test_dimensions_are_measured_each_on_its_own(name):
    measure = SHAPES[name][0]
    values = np.random.default_rng(4).random((30, 3))
    assert measure(values).tolist() == [measure(values[:, d]) for d in range(3)]


@EACH
def test_the_values_given_are_left_as_they_were(name):
    values = np.array([[0.9], [0.1], [0.5]])
    SHAPES[name][0](values)
    assert values.tolist() == [[0.9], [0.1], [0.5]]


@EACH
@pytest.mark.parametrize("agreed", [0.0, 0.1, 0.3, 1.0])
def test_where_all_agree_there_is_no_polarization(name, agreed):
    """Coverage is the exception: one bin is inhabited."""
    values = np.full(7, agreed)
    assert SHAPES[name][0](values) == (0.05 if name == "coverage" else 0.0)


def test_two_equal_camps_at_the_ends_are_most_polarized():
    assert spread(TWO_CAMPS) == 1.0
    assert dispersion(TWO_CAMPS) == 0.5
    assert variance(TWO_CAMPS) == 0.25
    assert bimodality(TWO_CAMPS) == pytest.approx(1.0, abs=1e-12)
    assert esteban_ray(TWO_CAMPS) == pytest.approx(0.5**2.6, abs=1e-12)
    assert esteban_ray(TWO_CAMPS) == pytest.approx(0.165, abs=5e-4)


def test_a_uniform_distribution_has_its_textbook_moments():
    assert dispersion(UNIFORM) == pytest.approx(1 / 4, abs=1e-9)
    assert variance(UNIFORM) == pytest.approx(1 / 12, abs=1e-9)
    assert bimodality(UNIFORM) == pytest.approx(5 / 9, abs=1e-9)


@given(values=UNIT.filter(lambda x: np.ptp(x) > 1e-3))
def test_bimodality_agrees_with_scipy(values):
    expected = (stats.skew(values) ** 2 + 1) / stats.kurtosis(values, fisher=False)
    assert bimodality(values) == pytest.approx(expected, rel=1e-8)


@given(values=UNIT)
def test_variance_and_dispersion_agree_with_numpy(values):
    assert variance(values) == pytest.approx(np.var(values), abs=1e-12)
    assert dispersion(values) == pytest.approx(np.mean(np.abs(values - values.mean())), abs=1e-12)


def test_bimodality_of_values_a_rounding_error_apart_warns_of_nothing():
    values = np.array([0.3, np.nextafter(0.3, 1), 0.3, np.nextafter(0.3, 1)])
    assert bimodality(values) == pytest.approx(1.0)
    assert bimodality(np.array([0.0, 5e-324])) == pytest.approx(1.0)


@given(values=UNIT, bins=st.integers(1, 50))
def test_coverage_counts_the_bins_of_a_histogram(values, bins):
    occupied = np.unique(np.minimum((values * bins).astype(int), bins - 1))
    assert coverage(values, bins) == occupied.size / bins
    assert regionalization(values, bins) == np.count_nonzero(np.diff(occupied) > 1)


def test_regionalization_does_not_count_empty_ends():
    assert regionalization([0.45, 0.55], bins=10) == 0
    assert regionalization([0.45, 0.65], bins=10) == 1
    assert regionalization([0.05, 0.45, 0.95], bins=10) == 2


@given(values=UNIT, alpha=st.floats(0, 1.6))
def test_esteban_ray_of_distinct_values_is_its_double_sum(values, alpha):
    places, counts = np.unique(values, return_counts=True)
    shares = counts / values.size
    apart = np.abs(places[:, None] - places[None, :])
    expected = shares ** (1 + alpha) @ apart @ shares
    assert esteban_ray(values, alpha, bins=None) == pytest.approx(expected, abs=1e-12)


def test_esteban_ray_at_alpha_0_is_the_mean_distance_of_a_pair():
    values = np.random.default_rng(5).random(50)
    assert esteban_ray(values, 0.0, bins=None) == pytest.approx(
        np.abs(values[:, None] - values[None, :]).mean(), abs=1e-12
    )


def test_esteban_ray_falls_when_a_camp_splits_or_moves_inwards():
    split = np.array([0.0, 0.0, 0.0, 0.0, 0.9, 0.9, 1.0, 1.0])
    inwards = np.array([0.0] * 4 + [0.8] * 4)
    assert esteban_ray(TWO_CAMPS) > esteban_ray(split)
    assert esteban_ray(TWO_CAMPS) > esteban_ray(inwards)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: variance([0.2, 1.5]), r"lie in \[0, 1\]; human 1 has 1.5 in dimension 0"),
        (lambda: spread([[0.2, 0.1], [0.3, np.nan]]), "human 1 has nan in dimension 1"),
        (lambda: spread([np.inf]), "human 0 has inf"),
        (lambda: dispersion([]), r"at least one human and one dimension; shape \(0,\) given"),
        (lambda: dispersion(0.5), r"shape \(\) given"),
        (lambda: coverage([0.5], bins=0), r"bins must be a whole number in \[1, 10000\]; 0 given"),
        (lambda: regionalization([0.5], bins=2.5), r"bins must be a whole number in \[1, 10000\]; 2.5 given"),
        (lambda: coverage([0.5], bins=True), "True given"),
        (lambda: esteban_ray([0.5], alpha=2), r"alpha must lie in \[0, 1.6\]; 2 given"),
        (lambda: esteban_ray([0.5], alpha=float("nan")), "nan given"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_was_given(call, text):
    with pytest.raises(MeasureError, match=text):
        call()
