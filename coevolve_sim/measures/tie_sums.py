"""Loops over ties: sums that several measures of a network share.

Each loop passes over the compressed rows once and needs no array of the size (ties, dimensions). Weights are
the array of a `Ties`, or an empty one where every tie has weight 1. Arguments are not checked here. Rows are
taken from ``first`` to before ``last``, several blocks at a time (`coevolve_sim.threads`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import AHEAD, CACHED, compiled, fetch_rows
from coevolve_sim.threads import run_in_blocks

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
    total = np.zeros(values.shape[1])
    run_in_blocks(
        _squared_differences,
        ties.n_humans,
        ties.count_read(values.shape[1]),
        ties.indptr,
        ties.indices,
        _weights_or_empty(ties),
        values,
        then=lambda _first, _last, of_rows: _add_up(of_rows, total),
    )
    return total


def strengths(ties: Ties) -> Floats:
    """Return each human's weight of ties in both roles, shape (humans,); undirected ties count twice."""
    return _strengths(ties.indptr, ties.indices, _weights_or_empty(ties))


def laplacian_product(ties: Ties, values: Floats) -> Floats:
    """Return L @ values, where L is the Laplacian of the network symmetrised as (A + A') / 2."""
    rows = (ties.indptr, ties.indices, _weights_or_empty(ties))
    if not ties.is_even:
        return _laplacian_product_of_directed(*rows, values)
    out = np.zeros(values.shape)
    read = ties.count_read(values.shape[1])
    run_in_blocks(_laplacian_product, len(values), read, *rows, values, out)
    return out


def _weights_or_empty(ties: Ties) -> Floats:
    return _UNWEIGHTED if ties.weights is None else ties.weights


@compiled
def _squared_differences(
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: Floats,
    values: Floats,
) -> Floats:
    """Return the sum of each row, which are summed then: another order would change the last bits."""
    n_dimensions, begin, stop = np.uint64(values.shape[1]), np.uint64(first), np.uint64(last)
    of_rows = np.zeros((last - first, values.shape[1]))
    touched, one = 0.0, np.uint64(1)
    for i in range(begin, stop):
        if values.size > CACHED and i % AHEAD == 0:
            ahead = np.uint64(indptr[min(i + AHEAD, stop)])
            touched += fetch_rows(values, indices, np.uint64(indptr[i]), ahead)
        of_row = of_rows[i - begin]
        for t in range(np.uint64(indptr[i]), np.uint64(indptr[i + one])):
            j = np.uint64(indices[t])
            weight = weights[t] if weights.size else 1.0
            for d in range(n_dimensions):
                difference = values[i, d] - values[j, d]
                of_row[d] += weight * difference * difference
    if of_rows.size:
        of_rows[0, 0] += 0.0 * touched  # adds nothing, but keeps the compiler from removing the reading ahead
    return of_rows


@compiled
def _add_up(rows: Floats, total: Floats) -> None:
    """Add rows to a total, one after the other."""
    for i in range(rows.shape[0]):
        for d in range(rows.shape[1]):
            total[d] += rows[i, d]


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
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: Floats,
    values: Floats,
    out: Floats,
) -> None:
    """Write the product for undirected ties into zeros; each tie is in both rows, so added at both ends."""
    for i in range(first, last):
        for t in range(indptr[i], indptr[i + 1]):
            j = indices[t]
            weight = weights[t] if weights.size else 1.0
            for d in range(values.shape[1]):
                out[i, d] += weight * (values[i, d] - values[j, d])


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
