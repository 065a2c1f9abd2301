"""Disagreement: of individuals, of ties, and of communities, as mean squared distances.

A squared distance is ||u - v||^2 / D, in [0, 1]. The three measures differ in the pairs that they average
over: everybody with everybody, the two ends of a tie, and members of different compared with members of the
same community. Where there is no pair to average over the result is nan, as having nobody to disagree with is
not agreement.

Directed ties count once each; a distance has no direction, so they need no symmetrising.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import compiled
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.checking import checked_labels, checked_ties, checked_values
from coevolve_sim.measures.tie_sums import squared_differences

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from coevolve_sim.networks.ties import Ties

P = ParamSpec("P")


def disagreement_of_individuals(values: ArrayLike) -> float:
    """Mean squared distance between two different people, 0 when all agree.

    In closed form, 2 N / (N - 1) times the mean variance. Two equal camps at 0 and 1 in every
    dimension give N / (2 (N - 1)). Cost: O(N D).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.

    Returns
    -------
    float
        In [0, 1], and near [0, 0.5] for many humans; nan for a single human.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1] (names the first such human).

    References
    ----------
    [Rao1982]_, the quadratic entropy (over pairs of different humans).

    Examples
    --------
    >>> disagreement_of_individuals([0.0, 1.0])
    1.0
    """
    return float(individuals_by_dimension(checked_values(values)).mean())


def disagreement_of_ties(values: ArrayLike, ties: Ties) -> float:
    """Mean squared distance across ties, weighted by their weights, 0 when tied people agree.

    High means that people hear others unlike themselves. If it is below `disagreement_of_individuals`, the
    network is sorted by value. Cost: O(ties D), without a temporary of that size.

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    ties : Ties
        Who hears whom.

    Returns
    -------
    float
        In [0, 1]; nan without ties. Isolated humans do not count.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or the ties are among another number of humans.

    References
    ----------
    [Musco2018]_, their disagreement, over the weight of all ties.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> disagreement_of_ties([0.0, 0.5, 1.0], from_edges(3, np.array([[0, 1]])))
    0.25
    """
    matrix = checked_values(values)
    return float(ties_by_dimension(matrix, checked_ties(ties, len(matrix))).mean())


def disagreement_of_communities(values: ArrayLike, communities: ArrayLike) -> float:
    """Squared distance between communities over that within them, minus 1: how much communities differ.

    The mean squared distance of two people of different communities, over that of two people of
    the same community, minus 1. 0 means that communities do not matter; above 0, they differ more
    than their members do. Cost: O(N D).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    communities : int array, shape (humans,)
        Community of each human.

    Returns
    -------
    float
        In [-1, inf]; inf if members agree but communities differ, 0 if all agree, nan if there is
        no pair of the one or the other kind (one community, or only communities of one).

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or labels do not fit the humans.

    References
    ----------
    [Rao1982]_, diversity apportioned within and between populations.

    Examples
    --------
    >>> round(disagreement_of_communities([0.0, 0.5, 0.5, 1.0], [0, 0, 1, 1]), 6)
    0.5
    """
    matrix = checked_values(values)
    labels, n_communities = checked_labels(communities, len(matrix), "communities")
    return between_over_within(matrix, labels, n_communities)


def without_each_dimension(
    measure: Callable[Concatenate[Floats, P], float], values: ArrayLike, *args: P.args, **kwargs: P.kwargs
) -> Floats:
    """Compute a measure once for each dimension, with that dimension removed.

    The dimension whose removal lowers the measure most is the one that divides people most. Cost: D times the
    measure.

    Parameters
    ----------
    measure : callable
        Takes values (humans, dimensions), then args and kwargs; returns a float.
    values : float array, shape (humans, dimensions)
        In [0, 1], at least two dimensions.
    *args, **kwargs
        Passed on.

    Returns
    -------
    float array, shape (dimensions,)
        In the range of the measure.

    Raises
    ------
    MeasureError
        If there are fewer than two dimensions, or the measure raises it.

    Examples
    --------
    >>> without_each_dimension(disagreement_of_individuals, np.array([[0.0, 0.5], [1.0, 0.5]]))
    array([0., 1.])
    """
    matrix = checked_values(values)
    n_dimensions = matrix.shape[1]
    if n_dimensions < 2:
        raise MeasureError(f"removing a dimension needs at least 2 dimensions; {n_dimensions} given")
    return np.array([measure(np.delete(matrix, d, axis=1), *args, **kwargs) for d in range(n_dimensions)])


def individuals_by_dimension(values: Floats) -> Floats:
    """Return the mean squared difference of two people in each dimension; nan for a single human."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    if values.shape[1] > 1:
        squares: Floats = _squares_about_mean(values)
    else:  # NumPy adds up a single column pairwise
        from_first = values - values[0]
        from_first -= from_first.mean(axis=0)
        squares = np.einsum("nd,nd->d", from_first, from_first)
    return np.minimum(2.0 / (n - 1) * squares, 1.0)


@compiled
def _squares_about_mean(values: Floats) -> Floats:
    """Return the sum of squares about the mean in each dimension: two passes, relative to the first human."""
    n_humans, n_dimensions = values.shape
    first, mean, squares = values[0].copy(), np.zeros(n_dimensions), np.zeros(n_dimensions)
    for i in range(n_humans):
        for d in range(n_dimensions):
            mean[d] += values[i, d] - first[d]
    mean /= n_humans
    for i in range(n_humans):
        for d in range(n_dimensions):
            away = (values[i, d] - first[d]) - mean[d]
            squares[d] += away * away
    return squares


def ties_by_dimension(values: Floats, ties: Ties, across: Floats | None = None) -> Floats:
    """Return mean squared differences over ties; `across` is `squared_differences(ties, values)` if known."""
    if ties.complete:
        return individuals_by_dimension(values)
    if ties.n_ties == 0:
        return np.full(values.shape[1], np.nan)
    weight = float(ties.n_ties) if ties.weights is None else float(ties.weights.sum())
    across = squared_differences(ties, values) if across is None else across
    return np.minimum(across / weight, 1.0)


def between_over_within(values: Floats, labels: NDArray[np.int64], n_communities: int) -> float:
    """Return `disagreement_of_communities` for labels 0..n_communities - 1.

    With c communities of n_c members, means m_c and inner sums of squares S_c, the squared
    distances of inner pairs sum to sum_c n_c S_c, those of outer pairs to
    sum_c (N - n_c) S_c + N sum_c n_c ||m_c - m||^2.
    """
    n = len(values)
    sizes = np.bincount(labels, minlength=n_communities).astype(np.float64)
    inner_pairs = float((sizes * (sizes - 1)).sum()) / 2
    outer_pairs = n * (n - 1) / 2 - inner_pairs
    if inner_pairs == 0 or outer_pairs == 0:
        return float("nan")
    squares, means = _squares_and_means(values, labels, sizes)
    middle = (sizes[:, None] * means).sum(axis=0) / n
    apart = ((means - middle) ** 2).sum(axis=1)
    within = float((sizes * squares).sum()) / inner_pairs
    if within == 0:
        return 0.0 if (means == means[0]).all() else float("inf")
    between = float(((n - sizes) * squares + n * sizes * apart).sum()) / outer_pairs
    return between / within - 1.0


def _squares_and_means(values: Floats, labels: NDArray[np.int64], sizes: Floats) -> tuple[Floats, Floats]:
    """Return the inner sum of squares and the mean of each community; exact where all members agree."""
    means = np.empty((sizes.size, values.shape[1]))
    squares = np.zeros(sizes.size)
    first = np.empty(sizes.size, dtype=np.int64)
    first[labels[::-1]] = np.arange(len(values))[::-1]
    for d in range(values.shape[1]):
        start = values[first, d]
        means[:, d] = start + np.bincount(labels, values[:, d] - start[labels], sizes.size) / sizes
        squares += np.bincount(labels, (values[:, d] - means[labels, d]) ** 2, sizes.size)
    return squares, means
