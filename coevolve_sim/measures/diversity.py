"""Diversity: how much of the value space people occupy, over all dimensions at once.

The diversity of clusters in each dimension, `cluster_entropy`, is in `coevolve_sim.measures.clusters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import compiled
from coevolve_sim.measures.checking import checked_count, checked_values
from coevolve_sim.streams import Address, stream
from coevolve_sim.threads import run_by_dimension, run_in_blocks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EXACT_UP_TO = 2_000
SAMPLE = 200_000
SMALLEST = 1e-100
"""From here on, the root of a difference's square is that difference, to the bit: no square underflows."""


@dataclass(frozen=True)
class PairwiseDistance:
    """A mean pairwise distance, and how it was computed.

    Attributes
    ----------
    mean : float
        In [0, 1]; nan for a single human.
    standard_error : float
        Standard error of the estimate; 0 where every pair was measured.
    n_pairs : int
        Number of pairs measured.
    sampled : bool
        Whether the pairs are a sample.
    """

    mean: float
    standard_error: float
    n_pairs: int
    sampled: bool


def total_variance(values: ArrayLike) -> float:
    """Sum of the population variances of all dimensions: the trace of the covariance matrix.

    High means that people differ, in whatever dimensions. Cost: O(N D^2).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float
        In [0, dimensions / 4].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Recanatesi2022]_

    Examples
    --------
    >>> total_variance(np.array([[0.0, 0.5], [1.0, 0.5]]))
    0.25
    """
    return float(np.trace(covariance(checked_values(values))))


def participation_ratio(values: ArrayLike) -> float:
    """Effective number of independent directions in which people differ.

    (sum l)^2 / sum l^2 over the eigenvalues l of the covariance matrix: 1 when all differences lie
    on one line (a single left-right axis), D when all dimensions vary equally and independently.
    Cost: O(N D^2); no eigenvalue is computed, as the two sums are the matrix's trace and its norm.

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float
        In [1, dimensions]; 0 when all agree, as there is then no direction.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Recanatesi2022]_

    Examples
    --------
    >>> participation_ratio(np.array([[0.0, 0.0], [1.0, 1.0]]))
    1.0
    """
    return ratio_of_covariance(covariance(checked_values(values)))


def mean_pairwise_distance(
    values: ArrayLike,
    seed: int,
    *address: Address,
    sample: int = SAMPLE,
    exact_up_to: int = EXACT_UP_TO,
) -> PairwiseDistance:
    """Mean distance ||u - v|| / sqrt(D) between two different people: exact, or an estimate marked as such.

    Up to `exact_up_to` humans every pair is measured, at a cost of O(N^2 D). Above, `sample` pairs
    of different people are drawn with replacement from the stream
    ``(seed, "mean pairwise distance", *address)``, at a cost of O(sample D).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    seed : int
        The run's seed.
    *address : int or str
        Address of the draws: the round.
    sample : int, optional
        Number of pairs drawn, 2 to 1e8.
    exact_up_to : int, optional
        Number of humans up to which every pair is measured, 0 to 1e6.

    Returns
    -------
    PairwiseDistance
        Mean in [0, 1], its standard error, and whether it is an estimate.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or sample or exact_up_to is out of its range.

    References
    ----------
    [Rao1982]_, diversity as the expected distance of a pair.

    Examples
    --------
    >>> mean_pairwise_distance([0.0, 0.5, 1.0], seed=1).mean
    0.6666666666666666
    """
    matrix = checked_values(values)
    n_pairs = checked_count("sample", sample, 2, 10**8)
    limit = checked_count("exact_up_to", exact_up_to, 0, 10**6)
    n = len(matrix)
    if n < 2:
        return PairwiseDistance(float("nan"), 0.0, 0, sampled=False)
    if n <= limit:
        all_pairs = n * (n - 1) // 2
        is_plain = matrix.shape[1] == 1 and not ((matrix > 0.0) & (matrix < SMALLEST)).any()
        total = _sum_over_pairs_on_one(matrix.ravel()) if is_plain else _sum_over_pairs(matrix)
        return PairwiseDistance(min(total / all_pairs, 1.0), 0.0, all_pairs, sampled=False)
    draw = stream(seed, "mean pairwise distance", *address)
    first = draw.integers(n, size=n_pairs)
    second = (first + 1 + draw.integers(n - 1, size=n_pairs)) % n
    distances = np.empty(first.size)
    run_in_blocks(_distances, first.size, 2 * matrix.shape[1], matrix, first, second, distances)
    mean, variance = _mean_and_variance(distances)
    return PairwiseDistance(min(mean, 1.0), float(np.sqrt(variance / n_pairs)), n_pairs, sampled=True)


def covariance(values: Floats) -> Floats:
    """Return the population covariance (dimensions, dimensions)."""
    mean = values[0] + (values - values[0]).mean(axis=0)
    # Four rows at a time read everybody's values as fast as they are used; one alone would wait for them.
    rows = run_by_dimension(_covariance, values.shape[1], values.size, values, mean, least=4)
    return np.concatenate(rows)


def ratio_of_covariance(matrix: Floats) -> float:
    """Return the participation ratio of a covariance matrix; 0 for a matrix of zeros."""
    scale = float(np.abs(matrix).max())
    if scale == 0:
        return 0.0
    scaled = matrix / scale
    ratio = float(np.trace(scaled)) ** 2 / float((scaled**2).sum())
    return min(max(ratio, 1.0), float(len(matrix)))


@compiled
def _covariance(first: int, last: int, values: Floats, mean: Floats) -> Floats:
    """Compute some rows of it in one order, without BLAS, whose sums depend on its number of threads."""
    n, n_dimensions = values.shape
    out: Floats = np.zeros((last - first, n_dimensions))
    for i in range(n):
        for d in range(first, last):
            off = values[i, d] - mean[d]
            for e in range(n_dimensions):
                out[d - first, e] += off * (values[i, e] - mean[e])
    out /= n
    return out


@compiled
def _distance(values: Floats, i: int, j: int) -> float:
    square = 0.0
    for d in range(values.shape[1]):
        difference = values[i, d] - values[j, d]
        square += difference * difference
    return float(np.sqrt(square / values.shape[1]))


@compiled
def _sum_over_pairs(values: Floats) -> float:
    """Sum the distances of all pairs, row by row; the same sums in the same order as of `_distance`.

    Dimension by dimension, so that squares and roots of many pairs are computed at a time.
    """
    n, n_dimensions = values.shape
    columns, of_pairs = values.T.copy(), np.empty(n)
    total = 0.0
    for i in range(n):
        of_pairs[:i] = 0.0
        for d in range(n_dimensions):
            own = columns[d, i]
            for j in range(i):
                difference = own - columns[d, j]
                of_pairs[j] += difference * difference
        for j in range(i):
            of_pairs[j] = np.sqrt(of_pairs[j] / n_dimensions)
        of_row = 0.0
        for j in range(i):
            of_row += of_pairs[j]
        total += of_row
    return total


@compiled
def _sum_over_pairs_on_one(column: Floats) -> float:
    """Sum as `_sum_over_pairs` does on one dimension, without the roots of squares: the same bits.

    Four rows are summed at a time, each in its own order, so that additions need not wait for each other.
    """
    n, total = column.size, 0.0
    for start in range(0, n, 4):
        x, y = column[start], column[min(start + 1, n - 1)]
        z, w = column[min(start + 2, n - 1)], column[min(start + 3, n - 1)]
        a, b, c, e = 0.0, 0.0, 0.0, 0.0
        for j in range(start):
            other = column[j]
            a, b, c, e = a + abs(x - other), b + abs(y - other), c + abs(z - other), e + abs(w - other)
        of_rows = (a, b, c, e)
        for r in range(min(4, n - start)):
            of_row = of_rows[r]
            for j in range(start, start + r):
                of_row += abs(column[start + r] - column[j])
            total += of_row
    return total


def _distances(
    first: int, last: int, values: Floats, ones: NDArray[np.int64], others: NDArray[np.int64], out: Floats
) -> None:
    """Write the distances of drawn pairs."""
    for k in range(first, last):
        out[k] = _distance(values, ones[k], others[k])


@compiled
def _mean_and_variance(distances: Floats) -> tuple[float, float]:
    """Return the mean and sample variance of numbers, by Welford's recursion."""
    mean, squares = 0.0, 0.0
    for k in range(distances.size):
        change = distances[k] - mean
        mean += change / (k + 1)
        squares += change * (distances[k] - mean)
    return mean, squares / (distances.size - 1)
