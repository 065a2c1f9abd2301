"""Early warning: the published power of windows, and replications that see what windows do not."""

import functools

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.early_warning import (
    rolling_autocorrelation,
    simulate_null_trends,
    take_trend,
    warn_by_replications,
    warn_by_window,
)


def autoregressive(memory, n, rng):
    """Return series (n, rounds) with a memory given for each round; noise has sd 1."""
    series = np.empty((n, len(memory)))
    series[:, 0] = rng.normal(size=n) / np.sqrt(1 - memory[0] ** 2)
    for t in range(1, len(memory)):
        series[:, t] = memory[t] * series[:, t - 1] + rng.normal(size=n)
    return series


def test_windows_and_trends_are_those_of_scipy():
    series = np.random.default_rng(1).normal(size=(2, 40)).cumsum(axis=1)
    rolled, time = rolling_autocorrelation(series, 20), np.arange(20)
    for start in (0, 7, 20):
        part = series[1, start : start + 20]
        left = part - np.polyval(np.polyfit(time, part, 1), time)
        assert rolled[1, start] == pytest.approx((left[1:] @ left[:-1]) / (left @ left))
    tau = [stats.kendalltau(np.arange(21), row).statistic for row in rolled]
    assert take_trend(rolled) == pytest.approx(tau)


@functools.cache
def null_trends():
    return simulate_null_trends(200, 100, 0.5, replications=4_000, seed=11)


def test_the_trend_of_a_stationary_series_is_as_noisy_as_published():
    trends = null_trends()
    assert trends.mean() == pytest.approx(0, abs=0.03)
    assert trends.std() == pytest.approx(0.484, abs=0.012)
    assert (trends > 0.5).mean() == pytest.approx(0.204, abs=0.02)
    assert np.quantile(trends, 0.95) == pytest.approx(0.734, abs=0.02)


def test_windows_see_a_memory_that_rises_to_one_in_less_than_half_of_all_cases():
    rising = autoregressive(np.linspace(0.5, 0.99, 200), 2_000, np.random.default_rng(12))
    trends = take_trend(rolling_autocorrelation(rising, 100))
    assert (trends > 0.734).mean() == pytest.approx(0.475, abs=0.04)


def test_a_window_warns_by_the_threshold_of_its_own_null():
    rng = np.random.default_rng(5)
    rising = autoregressive(np.linspace(0.0, 0.99, 300), 1, rng)[0]
    found = warn_by_window(rising, 100, memory=0.5, null_replications=600)
    assert found.warns
    assert found.trend > found.threshold > 0.5
    assert found.p_value < 0.05
    calm = warn_by_window(autoregressive(np.full(200, 0.5), 1, rng)[0], 100, null_replications=600)
    assert calm.warns == (calm.trend > calm.threshold) == (calm.p_value <= 0.05)
    assert 0.6 < calm.threshold < 0.85


def test_replications_warn_of_planted_memory_and_variance_and_name_the_rounds():
    """Both worlds have the same draws; memory rises from .5 to .95 in one of them."""
    memory = np.linspace(0.5, 0.95, 60)
    world = autoregressive(memory, 300, np.random.default_rng(6))
    calm = autoregressive(np.full(60, 0.5), 300, np.random.default_rng(6))
    found = warn_by_replications(world, calm)
    assert found.warns[-10:].all()
    assert not found.warns[:6].any()
    variance = np.empty(60)
    variance[0] = 1 / (1 - 0.25)
    for t in range(1, 60):
        variance[t] = memory[t] ** 2 * variance[t - 1] + 1
    assert found.variance_ratio[-1] == pytest.approx(variance[-1] / (4 / 3), rel=0.3)
    planted = memory[1:] * np.sqrt(variance[:-1] / variance[1:])
    assert found.autocorrelation[1:] == pytest.approx(planted, abs=0.2)
    assert found.autocorrelation[-20:].mean() == pytest.approx(planted[-20:].mean(), abs=0.03)
    assert found.reference_autocorrelation[1:].mean() == pytest.approx(0.5, abs=0.03)
    assert np.isnan(found.autocorrelation[0])


def test_replications_warn_no_oftener_than_stated_where_nothing_differs():
    rng, warned = np.random.default_rng(7), 0
    for _ in range(400):
        series = autoregressive(np.full(8, 0.5), 120, rng)
        warned += warn_by_replications(series[:60], series[60:]).warns.any()
    assert warned <= 34  # 999 of 1000 of a binomial with .05


def test_the_smallest_ratio_seen_is_warned_of_in_four_of_five_cases():
    rng = np.random.default_rng(10)
    ratio = warn_by_replications(*rng.normal(size=(2, 60, 5))).smallest_ratio_seen
    told = 0
    for _ in range(300):
        world, reference = rng.normal(size=(2, 60, 5))
        world[:, 3] *= np.sqrt(ratio)
        found = warn_by_replications(world, reference)
        told += found.warns[3]
    assert 216 <= told <= 265  # 999 of 1000 of a binomial with .8
    assert "have risen against the reference in" in found.sentence or "cannot be told" in found.sentence


def test_tests_of_variances_are_those_of_scipy_and_pairs_see_more():
    rng = np.random.default_rng(8)
    people = rng.normal(size=(60, 2))
    world = people * [1.0, 1.15] + 0.05 * rng.normal(size=(60, 2))
    found = warn_by_replications(world, people)
    ratio = world[:, 1].var(ddof=1) / people[:, 1].var(ddof=1)
    assert found.variance_ratio[1] == pytest.approx(ratio)
    assert found.variance_p[1] == pytest.approx(stats.f.sf(ratio, 59, 59))
    paired = stats.pearsonr(world[:, 1] + people[:, 1], world[:, 1] - people[:, 1], alternative="greater")
    assert found.paired_variance_p[1] == pytest.approx(paired.pvalue)
    assert found.paired_variance_p[1] < 1e-4
    assert found.variance_p[1] > 0.05


def test_equal_worlds_and_worlds_at_rest_give_no_warning():
    calm = np.random.default_rng(9).normal(size=(50, 4))
    calm[:, 0] = 0.5
    found = warn_by_replications(calm, calm)
    assert not found.warns.any()
    assert np.isnan(found.variance_ratio[0])
    assert found.variance_ratio[1:].tolist() == [1, 1, 1]
    assert found.variance_p[0] == 1
    assert (found.paired_variance_p == 1).all()
    assert found.sentence.startswith("Variance and memory across replications cannot be told from")
    assert f"variance {found.smallest_ratio_seen:.2f} times the reference's" in found.sentence


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: warn_by_replications(np.ones((49, 5)), np.ones((49, 5))),
            "at least 50 replications; 49 given",
        ),
        (lambda: warn_by_replications(np.ones((50, 1)), np.ones((50, 1))), "at least 2 rounds"),
        (lambda: warn_by_replications(np.ones((50, 3)), np.ones((50, 4))), "must have one shape"),
        (lambda: rolling_autocorrelation(np.ones((1, 40)), 5), "a window has 10 to 40 rounds"),
        (lambda: warn_by_window(np.arange(40.0), 20), "a straight line in some window"),
        (lambda: warn_by_window(np.arange(40.0), 20, level=0.01, null_replications=50), "at least 1 / level"),
        (lambda: simulate_null_trends(50, 20, 1.0), "between -1 and 1; 1.0 given"),
    ],
)
def test_what_cannot_warn_is_refused(call, said):
    with pytest.raises(StudyError, match=said):
        call()
