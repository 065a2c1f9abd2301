"""Loops over ties: sums that several measures of a network share.

Each loop passes over the compressed rows once and needs no array of the size (ties, dimensions). Weights are
the array of a `Ties`, or an empty one where every tie has weight 1. Arguments are not checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import AHEAD, CACHED, compiled, fetch_rows

if TYPE_CHECKING:
    from coevolve_sim.networks.ties import Ties


_UNWEIGHTED = np.empty(0)


def squared_differences(ties: Ties, values: Floats) -> Floats:
    """Return the weighted sum over ties of squared differences of values, shape (dimensions,).

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> squared_differences(from_edges(2, np.array([[0, 1]])), np.array([[0.0], [0.5]]))
    array([0.5])
    """
    return _squared_differences(ties.indptr, ties.indices, _weights_or_empty(ties), values)


def strengths(ties: Ties) -> Floats:
    """Return each human's weight of ties in both roles, shape (humans,); undirected ties count twice."""
    return _strengths(ties.indptr, ties.indices, _weights_or_empty(ties))


def laplacian_product(ties: Ties, values: Floats) -> Floats:
    """Return L @ values, where L is the Laplacian of the network symmetrised as (A + A') / 2."""
    product = _laplacian_product if ties.is_even else _laplacian_product_of_directed
    return product(ties.indptr, ties.indices, _weights_or_empty(ties), values)


def _weights_or_empty(ties: Ties) -> Floats:
    return _UNWEIGHTED if ties.weights is None else ties.weights


@compiled
def _squared_differences(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: Floats, values: Floats
) -> Floats:
    n_humans, n_dimensions = np.uint64(values.shape[0]), np.uint64(values.shape[1])
    total, of_row = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    touched, one = 0.0, np.uint64(1)
    for i in range(n_humans):
        if values.size > CACHED and i % AHEAD == 0:
            ahead = np.uint64(indptr[min(i + AHEAD, n_humans)])
            touched += fetch_rows(values, indices, np.uint64(indptr[i]), ahead)
        of_row[:] = 0.0  # summed in a row, then over rows: another order would change the last bits
        for t in range(np.uint64(indptr[i]), np.uint64(indptr[i + one])):
            j = np.uint64(indices[t])
            weight = weights[t] if weights.size else 1.0
            for d in range(n_dimensions):
                difference = values[i, d] - values[j, d]
                of_row[d] += weight * difference * difference
        for d in range(n_dimensions):
            total[d] += of_row[d]
    total += 0.0 * touched  # adds nothing, but keeps the compiler from removing the reading ahead
    return total


@compiled
def _strengths(indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: Floats) -> Floats:
    out = np.zeros(indptr.size - 1)
    for i in range(out.size):
        for t in range(indptr[i], indptr[i + 1]):
            weight = weights[t] if weights.size else 1.0
            out[i] += weight
            out[indices[t]] += weight
    return out


@compiled
def _laplacian_product(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: Floats, values: Floats
) -> Floats:
    """Return the product for undirected ties, each of which is in both rows and so is added at both ends."""
    out = np.zeros(values.shape)
    for i in range(values.shape[0]):
        for t in range(indptr[i], indptr[i + 1]):
            j = indices[t]
            weight = weights[t] if weights.size else 1.0
            for d in range(values.shape[1]):
                out[i, d] += weight * (values[i, d] - values[j, d])
    return out


@compiled
def _laplacian_product_of_directed(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: Floats, values: Floats
) -> Floats:
    out = np.zeros(values.shape)
    for i in range(values.shape[0]):
        for t in range(indptr[i], indptr[i + 1]):
            j = indices[t]
            half = 0.5 * (weights[t] if weights.size else 1.0)
            for d in range(values.shape[1]):
                difference = half * (values[i, d] - values[j, d])
                out[i, d] += difference
                out[j, d] -= difference
    return out
