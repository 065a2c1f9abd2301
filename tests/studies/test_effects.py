"""Paired effects cover what they say, and equals are told apart no oftener than is stated."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.studies import (
    adjust_holm,
    compare_all_pairs,
    paired_effect,
    rank_places,
    smallest_effect_seen,
)


def within_binomial_error(hits, trials, probability):
    """Return whether a count is one that a binomial gives in 999 cases of 1000."""
    low, high = stats.binom.interval(0.999, trials, probability)
    return low <= hits <= high


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_the_paired_t_is_that_of_scipy(n):
    rng = np.random.default_rng(n)
    world, reference = rng.normal(0.1, 1, n), rng.normal(size=n)
    found, other = paired_effect(world, reference), stats.ttest_rel(world, reference)
    interval = other.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert found.p_value == pytest.approx(other.pvalue, rel=1e-10)
    assert found.mean / found.standard_error == pytest.approx(other.statistic)
    assert (found.n, found.method, found.confidence) == (n, "t", 0.95)


@pytest.mark.parametrize("n", [2, 5, 20])
def test_an_interval_covers_the_true_effect_as_often_as_it_says(n):
    """1,500 planted effects of .3; people differ (sd 1) far more than their differences do (sd .2)."""
    rng, trials = np.random.default_rng(n), 1_500
    people = rng.normal(size=(trials, n))
    world = people + 0.3 + 0.2 * rng.normal(size=(trials, n))
    covered = 0
    for one, other in zip(world, people, strict=True):
        found = paired_effect(one, other, confidence=0.9)
        covered += found.low <= 0.3 <= found.high
    assert within_binomial_error(covered, trials, 0.9)


def test_the_bootstrap_interval_is_wider_on_the_side_of_the_long_tail():
    differences = stats.expon.ppf((np.arange(20) + 0.5) / 20)
    found = paired_effect(differences, np.zeros(20), method="bca")
    assert found.high - found.mean > 1.2 * (found.mean - found.low)


def test_the_bootstrap_and_the_paired_t_agree_where_there_are_many_normal_differences():
    rng = np.random.default_rng(4)
    world, reference = rng.normal(0.2, 1, 400), np.zeros(400)
    t, bca = paired_effect(world, reference), paired_effect(world, reference, method="bca")
    assert (bca.low, bca.high) == pytest.approx((t.low, t.high), abs=0.1 * t.standard_error)
    assert bca.p_value == pytest.approx(t.p_value, abs=0.02)


@pytest.mark.parametrize("shift", [-0.4, 0.1, 0.4, 3.0])
def test_a_bootstrap_p_value_is_at_its_level_where_its_interval_ends_at_zero(shift):
    differences = np.random.default_rng(7).exponential(size=25) - 1.0 + shift
    found = paired_effect(differences, np.zeros(25), method="bca")
    assert (found.p_value < 0.05) == (not found.low <= 0 <= found.high)
    if 0.001 < found.p_value < 0.4:
        edge = paired_effect(differences, np.zeros(25), method="bca", confidence=1 - found.p_value)
        nearer = edge.low if shift > 0 and edge.mean > 0 else edge.high
        assert nearer == pytest.approx(0, abs=0.01)


def test_the_bootstrap_is_the_same_for_the_same_seed_and_differs_for_another():
    differences = np.random.default_rng(2).normal(size=20)
    one, same, other = (paired_effect(differences, np.zeros(20), method="bca", seed=s) for s in (1, 1, 2))
    assert one == same
    assert one.low != other.low


@pytest.mark.parametrize("n", [2, 3, 5, 20, 100])
def test_the_smallest_effect_seen_is_found_in_four_of_five_cases(n):
    """Against draws, not the formula: a normal mean over an independent chi."""
    rng, trials = np.random.default_rng(n), 20_000
    shift = smallest_effect_seen(1.0, n)
    t = (rng.normal(shift, 1, trials)) / np.sqrt(rng.chisquare(n - 1, trials) / (n - 1))
    found = int((np.abs(t) > stats.t.isf(0.025, n - 1)).sum())
    assert within_binomial_error(found, trials, 0.8)


def test_the_smallest_effect_seen_is_in_the_unit_of_the_scores():
    world, reference = np.array([0.1, 0.3, 0.2, 0.5]), np.zeros(4)
    one, ten = paired_effect(world, reference), paired_effect(10 * world, reference)
    assert ten.smallest_effect_seen == pytest.approx(10 * one.smallest_effect_seen)
    assert one.smallest_effect_seen == pytest.approx(smallest_effect_seen(one.standard_error, 4))


def test_the_variance_reduction_says_what_pairing_gained():
    rng = np.random.default_rng(3)
    people, noise = rng.normal(size=5_000), 0.1 * rng.normal(size=5_000)
    assert paired_effect(people + noise, people).variance_reduction == pytest.approx(2.01 / 0.01, rel=0.1)
    assert paired_effect(rng.normal(size=5_000), people).variance_reduction == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("method", ["t", "bca"])
def test_equal_worlds_have_no_effect_and_a_constant_difference_is_one_without_error(method):
    people = np.random.default_rng(1).random(20)
    none = paired_effect(people, people, method=method)
    assert (none.mean, none.low, none.high, none.p_value) == (0, 0, 0, 1)
    some = paired_effect(people + 0.1, people, method=method)
    assert (some.mean, some.low, some.high) == pytest.approx((0.1, 0.1, 0.1))
    assert (some.p_value, some.standard_error, some.smallest_effect_seen) == (0, 0, 0)
    assert np.isnan(none.variance_reduction)
    assert np.isnan(some.variance_reduction)


def test_rounding_is_no_effect():
    people = np.random.default_rng(1).random(5)
    found = paired_effect(people + 1e-15, people)
    assert (found.mean, found.p_value) == (0, 1)
    assert not compare_all_pairs([people, people * (1 + 1e-15)]).apart.any()


@pytest.mark.parametrize(
    ("world", "reference", "more", "message"),
    [
        ([1.0], [2.0], {}, "a paired difference needs at least 2 replications; 1 given"),
        ([1.0, 2.0], [2.0], {}, "world and reference must have as many replications; 2 and 1 given"),
        ([1.0, np.nan], [2.0, 1.0], {}, "scores must be finite; world has nan in replication 1"),
        ([1.0, 2.0], [2.0, np.inf], {}, "scores must be finite; reference has inf in replication 1"),
        ([[1.0, 2.0]], [2.0, 1.0], {}, r"world must be an array \(replications,\); shape \(1, 2\) given"),
        ([1.0, 2.0], [2.0, 1.0], {"confidence": 1.0}, "a level must lie between 0 and .5"),
        ([1.0, 2.0], [2.0, 1.0], {"confidence": 0.05}, r"confidence between .5 and 1\); 0.95 given"),
        ([1.0, 2.0], [2.0, 1.0], {"method": "percentile"}, "must be 't' or 'bca'; 'percentile' given"),
        ([1.0] * 19, [2.0] * 19, {"method": "bca"}, "19 replications given; a bootstrap interval needs"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(world, reference, more, message):
    with pytest.raises(StudyError, match=message):
        paired_effect(world, reference, **more)


@given(st.lists(st.floats(0, 1), max_size=5), st.floats(0.001, 0.499))
def test_holm_is_the_closure_of_bonferroni(p_values, level):
    """A hypothesis falls where every set of hypotheses that holds it falls to Bonferroni [Holm1979]_."""
    n = len(p_values)
    sets = [s for size in range(1, n + 1) for s in itertools.combinations(range(n), size)]
    falls = {s: min(p_values[i] for i in s) * len(s) <= level for s in sets}
    expected = [all(falls[s] for s in sets if i in s) for i in range(n)]
    assert (adjust_holm(p_values) <= level).tolist() == expected


@pytest.mark.parametrize("wrong", [[0.5, 1.5], [0.5, np.nan], [0.5, -0.1]])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(StudyError, match=r"p-values must lie in \[0, 1\]; number 1 is"):
        adjust_holm(wrong)


@pytest.mark.parametrize("n", [5, 20])
def test_of_fourteen_equals_some_pair_is_told_apart_in_at_most_one_case_of_twenty(n):
    """Holm is sure to be below .05; that it is not idle is that it is above .02."""
    rng, trials = np.random.default_rng(n), 1_000
    told_apart = sum(
        compare_all_pairs(rng.normal(size=(1, n)) + 0.3 * rng.normal(size=(14, n))).apart.any()
        for _ in range(trials)
    )
    assert stats.binom.ppf(0.001, trials, 0.02) < told_apart <= stats.binom.ppf(0.999, trials, 0.05)


def test_a_planted_difference_is_found_with_its_nominal_power():
    """Two policies, two standard errors apart: the noncentral t says how often; of three, Holm less often."""
    rng, trials, n = np.random.default_rng(9), 1_500, 10
    noise = rng.normal(size=(trials, 3, n))
    noise[:, 0] += 2 * np.sqrt(2 / n)  # a difference of two has variance 2
    two = sum(compare_all_pairs(one[:2]).apart[0, 1] for one in noise)
    bound = stats.t.isf(0.025, n - 1)
    nominal = stats.nct.sf(bound, n - 1, 2) + stats.nct.cdf(-bound, n - 1, 2)
    assert within_binomial_error(two, trials, nominal)
    three = sum(compare_all_pairs(one).apart[0, 1] for one in noise)
    strict = stats.t.isf(0.025 / 3, n - 1)
    least = stats.nct.sf(strict, n - 1, 2)
    assert least - 3 * np.sqrt(least / trials) < three / trials < two / trials


def test_every_pair_is_the_paired_t_of_scipy_corrected():
    scores = np.random.default_rng(6).normal(size=(4, 6)) + np.array([[0], [0.1], [2], [2.5]])
    found = compare_all_pairs(scores)
    pairs = list(itertools.combinations(range(4), 2))
    raw = [stats.ttest_rel(scores[i], scores[j]).pvalue for i, j in pairs]
    for (i, j), p_value in zip(pairs, adjust_holm(raw), strict=True):
        assert found.p_values[i, j] == found.p_values[j, i] == pytest.approx(p_value, rel=1e-9)
        assert found.differences[i, j] == pytest.approx(scores[i].mean() - scores[j].mean())
    assert found.apart.tolist() == (found.p_values <= 0.05).tolist()
    assert np.diag(found.p_values).tolist() == [1] * 4


def test_places_are_shared_where_rows_are_not_told_apart():
    noise = 0.01 * np.random.default_rng(5).normal(size=(4, 20))
    best, worst = rank_places(noise + np.array([[0.2], [0.9], [0.9], [0.5]]))
    assert best.tolist() == [4, 1, 1, 3]
    assert worst.tolist() == [4, 2, 2, 3]
    assert [place.tolist() for place in rank_places([[0.1, 0.2]])] == [[1], [1]]


def test_rows_of_scores_that_cannot_be_ranked_are_refused():
    with pytest.raises(StudyError, match="row 1 has nan in replication 0"):
        rank_places([[1.0, 2.0], [np.nan, 2.0]])
    with pytest.raises(StudyError, match=r"shape \(2,\) given"):
        rank_places([1.0, 2.0])
