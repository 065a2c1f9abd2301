"""Who hears whom, as arrays.

Row *i* lists the speakers whom human *i* hears. An undirected tie stands in both rows; a directed
edge ``u -> v`` of a file ("u speaks to v") stands in the row of v. Full mixing is kept as a flag,
not as n * (n - 1) ties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import NetworkError


@dataclass(frozen=True, eq=False)
class Ties:
    """A network in compressed rows.

    Attributes
    ----------
    n_humans : int
        Number of humans, at least 1.
    indptr : int64 array, shape (n_humans + 1,)
        Row *i* is ``indices[indptr[i]:indptr[i + 1]]``.
    indices : int32 array, shape (n_ties,)
        Speakers heard, ascending within a row; never the listener, never twice.
    weights : float64 array, shape (n_ties,), or None
        Weight of each tie, above 0; None where all are 1.
    directed : bool
        Whether hearing may be one-sided.
    complete : bool
        Full mixing: everybody hears everybody, and the arrays above hold no tie.
    communities : int32 array, shape (n_humans,), or None
        Block, cave or the like that a generator planted.
    labels : tuple of str, or None
        What a file called the humans, in row order.
    notes : tuple of str
        What was left out or merged on the way: self-loops, multi-edges, isolated humans.
    """

    n_humans: int
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: NDArray[np.float64] | None = None
    directed: bool = False
    complete: bool = False
    communities: NDArray[np.int32] | None = None
    labels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def degrees(self) -> NDArray[np.int64]:
        """How many speakers each human hears, shape (n_humans,)."""
        if self.complete:
            return np.full(self.n_humans, self.n_humans - 1, dtype=np.int64)
        return np.diff(self.indptr)

    @property
    def n_ties(self) -> int:
        """Number of (listener, speaker) pairs; an undirected tie counts twice."""
        return self.n_humans * (self.n_humans - 1) if self.complete else int(self.indices.size)

    @cached_property
    def listeners(self) -> NDArray[np.int32]:
        """The listener of each tie, shape (n_ties,), beside `indices`."""
        return np.repeat(np.arange(self.n_humans, dtype=np.int32), np.diff(self.indptr))


def full_mixing(n_humans: int) -> Ties:
    """Everybody hears everybody.

    Examples
    --------
    >>> full_mixing(3).n_ties
    6
    """
    if n_humans < 1:
        raise NetworkError(f"a network needs at least 1 human; {n_humans} given")
    return Ties(n_humans, np.zeros(n_humans + 1, np.int64), np.empty(0, np.int32), complete=True)


def from_edges(
    n_humans: int,
    edges: NDArray[np.integer],
    weights: NDArray[np.float64] | None = None,
    *,
    directed: bool = False,
    communities: NDArray[np.int32] | None = None,
    labels: tuple[str, ...] | None = None,
    notes: tuple[str, ...] = (),
) -> Ties:
    """Put an edge list into rows: sorted, without self-loops, multi-edges merged, and says so in notes.

    Parameters
    ----------
    n_humans : int
        Number of humans.
    edges : int array, shape (n_edges, 2)
        Speaker and listener of each edge; 0-based. Undirected edges are heard both ways.
    weights : float array, shape (n_edges,), optional
        Above 0. Of a multi-edge, weights are summed; without weights it counts once.
    directed : bool
        Whether an edge is heard only by its second end.
    communities, labels, notes
        As in `Ties`.

    Raises
    ------
    NetworkError
        If an edge names a human outside 0..n_humans-1, or a weight is not above 0 and finite.

    Examples
    --------
    >>> ties = from_edges(3, np.array([[0, 1], [1, 0], [2, 2]]))
    >>> ties.indices.tolist(), ties.notes
    ([1, 0], ('1 self-loop left out', '1 repeated edge merged', '1 human without ties'))
    """
    edges = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    if edges.size and (edges.min() < 0 or edges.max() >= n_humans):
        bad = edges[(edges.min(axis=1) < 0) | (edges.max(axis=1) >= n_humans)][0]
        raise NetworkError(
            f"edge {tuple(int(e) for e in bad)} names a human outside 0..{n_humans - 1}"
        )
    if weights is not None:
        weights = np.asarray(weights, dtype=np.float64)
        if not (np.isfinite(weights).all() and (weights > 0).all()):
            bad_weight = weights[~(np.isfinite(weights) & (weights > 0))][0]
            raise NetworkError(f"tie weights must be finite and above 0; {bad_weight} given")
    said = list(notes)
    loops = edges[:, 0] == edges[:, 1]
    if n_loops := int(loops.sum()):
        said.append(f"{n_loops} self-loop{'s' * (n_loops > 1)} left out")
        edges = edges[~loops]
        weights = None if weights is None else weights[~loops]
    if not directed:
        edges = np.sort(edges, axis=1)
    keys, inverse, counts = np.unique(
        edges[:, 0] * n_humans + edges[:, 1], return_inverse=True, return_counts=True
    )
    if n_repeats := int(counts.sum() - keys.size):
        said.append(f"{n_repeats} repeated edge{'s' * (n_repeats > 1)} merged")
    merged = None if weights is None else np.bincount(inverse, weights=weights, minlength=keys.size)
    speakers, hearers = keys // n_humans, keys % n_humans
    if not directed:
        speakers, hearers = np.concatenate([speakers, hearers]), np.concatenate([hearers, speakers])
        merged = None if merged is None else np.concatenate([merged, merged])
    order = np.lexsort((speakers, hearers))
    indptr = np.zeros(n_humans + 1, dtype=np.int64)
    np.cumsum(np.bincount(hearers, minlength=n_humans), out=indptr[1:])
    if n_alone := int((np.diff(indptr) == 0).sum()):
        said.append(f"{n_alone} human{'s' * (n_alone > 1)} without ties")
    return Ties(
        n_humans,
        indptr,
        speakers[order].astype(np.int32),
        None if merged is None else merged[order],
        directed=directed,
        communities=communities,
        labels=labels,
        notes=tuple(said),
    )
