"""Clusters in one dimension: groups of people separated by gaps in value.

Two neighbours in value belong to one cluster when they are no more than `gap` apart. A cluster may therefore
be wide; two clusters are separated by an empty stretch wider than `gap`. This is how the bounded-confidence
literature counts settled opinions [Weisbuch2002]_.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.measures.checking import Measured, checked_number, checked_values, match_input_shape
from coevolve_sim.measures.sorted_columns import EFFECTIVE, ENTROPY, cluster_senses, sort_columns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def clusters_1d(values: ArrayLike, gap: float = 0.02) -> NDArray[np.int64]:
    """Assign each human to a cluster, numbered from 0 in ascending order of value.

    Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    gap : float, optional
        Neighbours further apart than this are in different clusters, in [0, 1]; at 0 each
        distinct value is a cluster of its own.

    Returns
    -------
    int array, of the shape of values
        Labels, in each dimension on its own.

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or gap is outside [0, 1].

    References
    ----------
    [Weisbuch2002]_

    Examples
    --------
    >>> clusters_1d([0.90, 0.10, 0.11, 0.91])
    array([1, 0, 0, 1])
    """
    matrix = checked_values(values)
    limit = checked_number("gap", gap, 0.0, 1.0)
    order = np.argsort(matrix, axis=0, kind="stable")
    ascending = np.take_along_axis(matrix, order, axis=0)
    numbers = np.zeros(matrix.shape, dtype=np.int64)
    np.cumsum(np.diff(ascending, axis=0) > limit, axis=0, out=numbers[1:])
    labels = np.empty_like(numbers)
    np.put_along_axis(labels, order, numbers, axis=0)
    return labels.reshape(np.shape(values))


def effective_clusters(values: ArrayLike, gap: float = 0.02) -> Measured:
    """Effective number of clusters, (sum n)^2 / sum n^2: k equal clusters count k, small ones little.

    Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    gap : float, optional
        What separates two clusters, in [0, 1].

    Returns
    -------
    float or float array, shape (dimensions,)
        In [1, number of clusters].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or gap is outside [0, 1].

    References
    ----------
    [Laakso1979]_

    Examples
    --------
    >>> effective_clusters([0.1, 0.1, 0.9, 0.9])
    2.0
    """
    limit = checked_number("gap", gap, 0.0, 1.0)
    return match_input_shape(
        cluster_senses(sort_columns(checked_values(values)), limit, 1)[:, EFFECTIVE], values
    )


def cluster_entropy(values: ArrayLike, gap: float = 0.02) -> Measured:
    """Shannon entropy of cluster sizes, in nats: high for many clusters of similar size.

    Its exponential is a number of clusters, like `effective_clusters`, but gives more weight to small ones.
    Cost: O(D N log N).

    Parameters
    ----------
    values : float array, shape (humans,) or (humans, dimensions)
        In [0, 1], unitless.
    gap : float, optional
        What separates two clusters, in [0, 1].

    Returns
    -------
    float or float array, shape (dimensions,)
        Nats, in [0, ln(number of clusters)].

    Raises
    ------
    MeasureError
        If a value is not finite or outside [0, 1], or gap is outside [0, 1].

    References
    ----------
    [Jost2006]_

    Examples
    --------
    >>> round(cluster_entropy([0.1, 0.1, 0.9, 0.9]), 4)
    0.6931
    """
    limit = checked_number("gap", gap, 0.0, 1.0)
    return match_input_shape(
        cluster_senses(sort_columns(checked_values(values)), limit, 1)[:, ENTROPY], values
    )
