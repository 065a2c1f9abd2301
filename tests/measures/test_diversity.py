"""Diversity against numpy and scipy, and the honesty of the estimate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import mean_pairwise_distance, participation_ratio, total_variance

MATRICES = arrays(
    np.float64,
    st.tuples(st.integers(2, 30), st.integers(1, 5)),
    elements=st.integers(0, 64).map(lambda k: k / 64),
)


@given(MATRICES)
def test_total_variance_is_the_sum_of_variances(values):
    assert total_variance(values) == pytest.approx(values.var(axis=0).sum(), abs=1e-12)


@given(MATRICES)
def test_participation_ratio_is_that_of_the_eigenvalues(values):
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(values.T, bias=True)))
    found = participation_ratio(values)
    if np.ptp(values, axis=0).max() == 0:
        assert found == 0.0
    else:
        assert found == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum(), rel=1e-9)
        assert 1 <= found <= values.shape[1]


def test_one_axis_is_one_direction_and_independent_dimensions_are_many():
    line = np.linspace(0, 1, 50)
    assert participation_ratio(np.column_stack([line, 1 - line, line])) == pytest.approx(1.0)
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert participation_ratio(corners) == pytest.approx(2.0)
    assert participation_ratio(np.full((5, 3), 0.1)) == 0.0


def test_participation_ratio_of_many_humans_is_that_of_the_eigenvalues():
    values = np.random.default_rng(1).random((150_000, 3))
    eigenvalues = np.linalg.eigvalsh(np.cov(values.T, bias=True))
    assert participation_ratio(values) == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


@given(MATRICES)
def test_mean_pairwise_distance_agrees_with_scipy(values):
    found = mean_pairwise_distance(values, seed=1)
    n = len(values)
    assert found.mean == pytest.approx(pdist(values).mean() / math.sqrt(values.shape[1]), abs=1e-12)
    assert (found.sampled, found.standard_error, found.n_pairs) == (False, 0.0, n * (n - 1) // 2)


def test_above_the_stated_size_pairs_are_sampled_and_the_result_says_so():
    values = np.random.default_rng(2).random((2_001, 5))
    exact = mean_pairwise_distance(values, seed=1, exact_up_to=2_001)
    estimate = mean_pairwise_distance(values, 1, 40)
    assert not exact.sampled
    assert estimate.sampled
    assert estimate.n_pairs == 200_000
    assert estimate.standard_error == pytest.approx(pdist(values).std() / math.sqrt(5 * 200_000), rel=0.02)
    assert abs(estimate.mean - exact.mean) < 4 * estimate.standard_error


def test_the_sample_depends_on_seed_and_round_and_on_nothing_else():
    values = np.random.default_rng(3).random((100, 2))

    def estimate(seed, round_index):
        return mean_pairwise_distance(values, seed, round_index, sample=50, exact_up_to=10).mean

    assert estimate(1, 7) == estimate(1, 7)
    assert len({estimate(1, 7), estimate(1, 8), estimate(2, 7)}) == 3


def test_nobody_is_paired_with_themselves():
    values = np.array([[0.0], [1.0]])
    assert mean_pairwise_distance(values, 1, sample=1_000, exact_up_to=0).mean == 1.0


def test_the_estimate_is_unbiased():
    values = np.random.default_rng(4).random((50, 2))
    exact = mean_pairwise_distance(values, 1).mean
    estimates = [mean_pairwise_distance(values, 1, k, sample=500, exact_up_to=10) for k in range(200)]
    error = np.mean([e.mean for e in estimates]) - exact
    assert abs(error) < 4 * estimates[0].standard_error / math.sqrt(200)


def test_a_single_human_is_at_no_distance_from_anybody():
    alone = mean_pairwise_distance([0.5], seed=1)
    assert math.isnan(alone.mean)
    assert alone.n_pairs == 0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: total_variance([0.1, -0.2]), r"lie in \[0, 1\]; human 1 has -0.2"),
        (lambda: mean_pairwise_distance([0.1], 1, sample=1), r"sample must be a whole number in \[2, "),
        (lambda: mean_pairwise_distance([0.1], 1, exact_up_to=-1), r"exact_up_to must be .* -1 given"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_was_given(call, text):
    with pytest.raises(MeasureError, match=text):
        call()


@pytest.mark.parametrize(("humans", "dimensions"), [(2, 1), (3, 2), (37, 1), (100, 5), (61, 19)])
def test_distances_of_all_pairs_are_summed_pair_by_pair_to_the_last_bit(humans, dimensions):
    values = np.random.default_rng(humans).random((humans, dimensions))
    total = 0.0
    for i in range(humans):
        of_row = 0.0
        for j in range(i):
            square = 0.0
            for one, other in zip(values[i].tolist(), values[j].tolist(), strict=True):
                square += (one - other) * (one - other)
            of_row += math.sqrt(square / dimensions)
        total += of_row
    assert mean_pairwise_distance(values, 1).mean == total / (humans * (humans - 1) // 2)


@pytest.mark.parametrize("humans", [2, 3, 4, 5, 8, 9, 401])
@pytest.mark.parametrize("lowest", [0.0, 1e-150, 1e-200, 1e-308])
def test_on_one_dimension_nothing_is_squared_and_the_last_bit_is_the_same(humans, lowest):
    rng = np.random.default_rng(humans)
    values = np.where(
        rng.random((humans, 1)) < 0.3, lowest * rng.random((humans, 1)), rng.random((humans, 1))
    )
    values[: humans // 2] = np.round(values[: humans // 2], 3)  # some are equal
    columns = [values[:i, 0] for i in range(humans)]
    rows = [np.sqrt((values[i, 0] - before) ** 2) for i, before in enumerate(columns)]
    total = 0.0
    for row in rows:
        of_row = 0.0
        for distance in row:
            of_row += distance
        total += of_row
    assert mean_pairwise_distance(values, seed=1).mean == min(total / (humans * (humans - 1) // 2), 1.0)
