"""Polarization between groups: the five senses of [Bramson2016]_ that are about sub-communities.

Community fracturing, distinctness, group divergence, group consensus and size parity. The groups
are given (one label for each human), or found: in each dimension, the clusters separated by gaps
over `gap`. Averages over groups, and over pairs of groups, give each the same weight whatever its
size; `size_parity` says how equal the sizes are.

With a single group there is no pair: distinctness, divergence and size parity are then 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures.checking import (
    Measured,
    checked_count,
    checked_labels,
    checked_number,
    checked_values,
    match_input_shape,
)
from coevolve_sim.measures.polarization import MAX_BINS
from coevolve_sim.measures.sorted_columns import (
    CONSENSUS,
    DISTINCTNESS,
    DIVERGENCE,
    ENTROPY,
    N_CLUSTERS,
    cluster_senses,
    group_senses,
    sort_columns,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def community_fracturing(values: ArrayLike, gap: float = 0.02) -> Measured:
    """Count the sub-communities: clusters separated by gaps over `gap`, of any size.

    The paper counts modes of a histogram; gaps count the same groups once society has settled, and do not
    count noise within a group as more of them. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    gap : float, optional
        What separates two clusters, in [0, 1].

    Returns
    -------
    float or float array, shape (dimensions,)
        Whole numbers from 1.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or gap is outside [0, 1].

    References
    ----------
    [Bramson2016]_, the fifth sense.

    Examples
    --------
    >>> community_fracturing([0.10, 0.11, 0.50, 0.90])
    3.0
    """
    return match_input_shape(_of_clusters(values, gap)[:, N_CLUSTERS], values)


def distinctness(
    values: ArrayLike, groups: ArrayLike | None = None, *, gap: float = 0.02, bins: int = 20
) -> Measured:
    """How little groups overlap: 1 minus the share of members two groups have in common bins.

    For a pair with shares p and q of its members in each of equal bins of [0, 1]:
    1 - sum over bins of min(p, q); then the mean over pairs. High means one can tell from a
    person's value which group they belong to. Clusters overlap only where two of them share a
    bin. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    groups : int array, shape (humans,), optional
        Group of each human; the clusters of each dimension if not given.
    gap : float, optional
        What separates two clusters, in [0, 1].
    bins : int, optional
        Number of equal bins of [0, 1], 1 to 10,000.

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 1]; 0 for a single group.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], labels do not fit the humans, or gap or bins is
        out of its range.

    References
    ----------
    [Bramson2016]_, the sixth sense.

    Examples
    --------
    >>> distinctness([0.1, 0.2, 0.2, 0.9], [0, 0, 1, 1])
    0.5
    """
    if groups is None:
        return match_input_shape(_of_clusters(values, gap, bins)[:, DISTINCTNESS], values)
    return match_input_shape(_of_groups(values, groups, bins)[:, 0], values)


def group_divergence(values: ArrayLike, groups: ArrayLike | None = None, *, gap: float = 0.02) -> Measured:
    """How far apart the groups' means are, on average over pairs of groups.

    High means that groups hold different values, however united each is within. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    groups : int array, shape (humans,), optional
        Group of each human; the clusters of each dimension if not given.
    gap : float, optional
        What separates two clusters, in [0, 1].

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 1]; 0 for a single group.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], labels do not fit the humans, or gap is out of
        its range.

    References
    ----------
    [Bramson2016]_, the seventh sense.

    Examples
    --------
    >>> group_divergence([0.0, 0.5, 0.5, 1.0], [0, 0, 1, 1])
    0.5
    """
    if groups is None:
        return match_input_shape(_of_clusters(values, gap)[:, DIVERGENCE], values)
    return match_input_shape(_of_groups(values, groups, 1)[:, 1], values)


def group_consensus(values: ArrayLike, groups: ArrayLike | None = None, *, gap: float = 0.02) -> Measured:
    """How united groups are within: 1 - 2 * (mean over groups of the mean absolute deviation).

    The paper gives the deviation, which falls as groups unite; here it is reversed and scaled, so that high
    means more polarized and 1 means that all members of each group agree. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    groups : int array, shape (humans,), optional
        Group of each human; the clusters of each dimension if not given.
    gap : float, optional
        What separates two clusters, in [0, 1].

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 1].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], labels do not fit the humans, or gap is out of
        its range.

    References
    ----------
    [Bramson2016]_, the eighth sense.

    Examples
    --------
    >>> group_consensus([0.0, 0.5, 1.0, 1.0], [0, 0, 1, 1])
    0.75
    """
    if groups is None:
        return match_input_shape(_of_clusters(values, gap)[:, CONSENSUS], values)
    return match_input_shape(_of_groups(values, groups, 1)[:, 2], values)


def size_parity(values: ArrayLike, groups: ArrayLike | None = None, *, gap: float = 0.02) -> Measured:
    """How equal the groups' sizes are: Shannon entropy of the sizes over its largest value.

    High means that no group dominates. Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    groups : int array, shape (humans,), optional
        Group of each human; the clusters of each dimension if not given.
    gap : float, optional
        What separates two clusters, in [0, 1].

    Returns
    -------
    float or float array, shape (dimensions,)
        In [0, 1]; 1 for equal sizes, 0 for a single group.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], labels do not fit the humans, or gap is out of
        its range.

    References
    ----------
    [Bramson2016]_, the ninth sense.

    Examples
    --------
    >>> size_parity([0.1, 0.1, 0.9, 0.9])
    1.0
    """
    if groups is None:
        of_clusters = _of_clusters(values, gap)
        return match_input_shape(parity(of_clusters[:, ENTROPY], of_clusters[:, N_CLUSTERS]), values)
    matrix = checked_values(values)
    labels, n_groups = checked_labels(groups, len(matrix))
    shares = np.bincount(labels) / len(matrix)
    entropy = np.full(matrix.shape[1], -np.sum(shares * np.log(shares)))
    return match_input_shape(parity(entropy, np.full(matrix.shape[1], float(n_groups))), values)


def parity(entropy: Floats, n_groups: Floats) -> Floats:
    """Return the entropy of sizes over the logarithm of their number, at most 1; 0 for a single group.

    Examples
    --------
    >>> parity(np.array([0.0, np.log(2)]), np.array([1.0, 2.0]))
    array([0., 1.])
    """
    out = np.zeros_like(entropy)
    np.divide(entropy, np.log(n_groups), out=out, where=n_groups > 1)
    return np.minimum(out, 1.0, out=out)


def _of_clusters(values: ArrayLike, gap: float, bins: int = 1) -> Floats:
    limit = checked_number("gap", gap, 0.0, 1.0)
    n_bins = checked_count("bins", bins, 1, MAX_BINS)
    return cluster_senses(sort_columns(checked_values(values)), limit, n_bins)


def _of_groups(values: ArrayLike, groups: ArrayLike, bins: int) -> Floats:
    n_bins = checked_count("bins", bins, 1, MAX_BINS)
    matrix = checked_values(values)
    labels, n_groups = checked_labels(groups, len(matrix))
    return group_senses(matrix, labels, n_groups, n_bins)
