"""Shares and their differences: published numbers, other formulas, and how often intervals cover."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.shares import LEAST_COUNTED, compare_shares, compare_with_rest, wilson

Z = 1.959963984540054


def by_roots(count, n, z=Z):
    """Wilson's interval as it is defined: where (p - k/n)^2 = z^2 p (1 - p) / n."""
    low, high = sorted(np.roots([1 + z * z / n, -2 * count / n - z * z / n, (count / n) ** 2]).real)
    return max(0.0, low), min(1.0, high)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_where_the_score_test_does_not_reject(pair):
    count, n = pair
    assert wilson(count, n) == pytest.approx(by_roots(count, n), abs=1e-6)
    low, high = wilson(count, n)
    assert 0 <= low <= count / n <= high <= 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_differences_of_shares_are_the_published_ones(first, second, expected):
    difference, low, high = compare_shares(first, second)
    assert difference == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert (low, high) == pytest.approx(expected, abs=1e-4)


def test_planted_refusal_rates_are_covered_as_often_as_is_stated_and_told_apart():
    """Rates .05 and .20 of 400: the number to land on."""
    draw = np.random.default_rng(5)
    worlds = 2_000
    low_rate, high_rate = (draw.binomial(400, p, worlds) for p in (0.05, 0.20))
    for counts, p in ((low_rate, 0.05), (high_rate, 0.20)):
        bounds = {int(k): wilson(int(k), 400) for k in np.unique(counts)}
        covered = np.mean([bounds[int(k)][0] <= p <= bounds[int(k)][1] for k in counts])
        assert 0.935 <= covered <= 0.97
    pairs = {*zip(low_rate.tolist(), high_rate.tolist(), strict=True)}
    found = {pair: compare_shares((pair[1], 400), (pair[0], 400)) for pair in pairs}
    all_found = [found[pair] for pair in zip(low_rate.tolist(), high_rate.tolist(), strict=True)]
    assert np.mean([low > 0 for _, low, _ in all_found]) > 0.999
    assert 0.935 <= np.mean([low <= 0.15 <= high for _, low, high in all_found]) <= 0.97


def test_equal_rates_are_told_apart_as_seldom_as_is_stated_however_many_cells_there_are():
    draw = np.random.default_rng(6)
    wrong = 0
    for _ in range(200):
        _, low, high = compare_with_rest(draw.binomial(120, 0.2, 8), np.full(8, 120))
        wrong += bool(((low > 0) | (high < 0)).any())
    assert wrong / 200 <= 0.09


def test_a_cell_of_fewer_than_ten_is_not_compared():
    difference, low, high = compare_with_rest([4, 30, 3], [LEAST_COUNTED - 1, 100, 100])
    assert np.isnan([difference[0], low[0], high[0]]).all()
    assert not np.isnan(difference[1:]).any()
    alone = compare_with_rest([4], [100])
    assert np.isnan(alone).all()


def test_what_is_no_share_is_refused():
    assert all(math.isnan(end) for end in wilson(0, 0))
    for wrong in ((-1, 5), (6, 5)):
        with pytest.raises(MeasureError, match="a share is of 0 to n things"):
            wilson(*wrong)
    with pytest.raises(MeasureError, match="at least 1 thing each; 0 and 5"):
        compare_shares((0, 0), (1, 5))
    for counts, totals in (([1, 2], [3]), ([0.5], [1]), ([[1]], [[1]])):
        with pytest.raises(MeasureError, match="whole numbers, one each a cell"):
            compare_with_rest(counts, totals)
