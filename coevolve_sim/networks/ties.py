"""The network as arrays: who hears whom.

Row *i* lists the speakers whom human *i* hears. An undirected tie is in both rows; a directed edge ``u -> v``
of a file ("u speaks to v") is in the row of v. Full mixing is stored as a flag, not as n * (n - 1) ties.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import NetworkError

if TYPE_CHECKING:
    from numpy.typing import NDArray


NAMING = ("label", "name")
"""Attributes by which humans are called, if they tell all apart."""

Attribute = str | float | bool | None
"""What a file says of a human under one name; None where it says nothing."""


def as_name(given: Attribute) -> str:
    """Return what a file says as a name, without blanks around it; empty if it says nothing.

    Examples
    --------
    >>> as_name(" ann "), as_name(7), as_name(None)
    ('ann', '7', '')
    """
    return "" if given is None else str(given).strip()


@dataclass(frozen=True, eq=False)
class Ties:
    """A network in compressed sparse rows.

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
        Planted community of each human: its block or cave.
    labels : tuple of str, or None
        Ids of the humans in a file, in row order.
    notes : tuple of str
        What was removed or merged (self-loops, multi-edges), and how many humans are isolated.
    attributes : dict of str to tuple
        What a file says of its humans: a text, number, bool, or None for each, by name of the attribute.
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
    attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """What humans are called: by the attribute ``label``, or ``name``, that tells all apart, else by id.

        None where they have no other name than their number.

        Examples
        --------
        >>> full_mixing(2).names, replace(full_mixing(2), attributes={"label": ("ann", "bob")}).names
        (None, ('ann', 'bob'))
        """
        told = [tuple(map(as_name, self.attributes[key])) for key in NAMING if key in self.attributes]
        whole = [column for column in told if len({*column} - {""}) == self.n_humans]
        called = whole[0] if whole else self.labels
        numbered = called is None or all(name == str(row) for row, name in enumerate(called))
        return None if numbered else called

    def among(self, kept: NDArray[np.bool_]) -> Ties:
        """Return the network of some of its humans, and of the ties among them.

        Parameters
        ----------
        kept : bool array, shape (n_humans,)
            Who stays, at least one.

        Examples
        --------
        >>> full_mixing(3).to_explicit().among(np.array([True, False, True])).indices.tolist()
        [1, 0]
        """
        if kept.all():
            return self
        within = kept[self.indices] & kept[self.listeners]
        row_of = np.cumsum(kept) - 1
        counts = np.bincount(row_of[self.listeners[within]], minlength=int(kept.sum()))
        told = tuple(
            note for note in self.notes if not note.endswith(("without ties", "hear nobody", "hears nobody"))
        )
        some = from_rows(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            row_of[self.indices[within]].astype(np.int32),
            None if self.weights is None else self.weights[within],
            directed=self.directed,
            communities=None if self.communities is None else self.communities[kept],
            labels=None if self.labels is None else tuple(itertools.compress(self.labels, kept)),
            notes=told,
        )
        columns = {name: tuple(itertools.compress(column, kept)) for name, column in self.attributes.items()}
        return replace(
            some, complete=self.complete, attributes=columns, notes=told if self.complete else some.notes
        )

    @cached_property
    def degrees(self) -> NDArray[np.int64]:
        """Number of speakers that each human hears, shape (n_humans,)."""
        if self.complete:
            return np.full(self.n_humans, self.n_humans - 1, dtype=np.int64)
        return np.diff(self.indptr)

    @property
    def n_ties(self) -> int:
        """Number of (listener, speaker) pairs; an undirected tie counts twice."""
        return self.n_humans * (self.n_humans - 1) if self.complete else int(self.indices.size)

    def count_read(self, n_dimensions: int) -> float:
        """Return how many numbers a listener reads on average: its own values and of all whom it hears."""
        return n_dimensions * (1 + self.n_ties / max(self.n_humans, 1))

    @cached_property
    def listeners(self) -> NDArray[np.int32]:
        """The listener of each tie, shape (n_ties,); `indices` are the speakers."""
        return np.repeat(np.arange(self.n_humans, dtype=np.int32), np.diff(self.indptr))

    @cached_property
    def mirrored(self) -> NDArray[np.int64]:
        """Of each tie the number of the tie in the other direction, shape (n_ties,).

        Only of undirected networks with their ties listed: each tie of them is in both rows.

        Examples
        --------
        >>> from_edges(3, np.array([[0, 1], [1, 2]])).mirrored.tolist()
        [1, 0, 3, 2]
        """
        if self.directed or self.complete:
            raise NetworkError("only of an undirected network with its ties listed each is there both ways")
        from coevolve_sim.networks.passes import find_mirrored

        return find_mirrored(self.indptr, self.indices)

    @cached_property
    def is_even(self) -> bool:
        """Whether two who hear each other give each other the same weight; no directed network is even.

        Every undirected network is as it is built; it need not be once people trust each other by what each
        did (`coevolve_sim.rules.tied_games`).
        """
        if self.weights is None or self.complete:
            return not self.directed
        return not self.directed and bool(np.array_equal(self.weights, self.weights[self.mirrored]))

    def with_weights(self, weights: NDArray[np.float64]) -> Ties:
        """Return the same ties with other weights, shape (n_ties,); what is known of the ties is kept.

        Examples
        --------
        >>> from_edges(2, np.array([[0, 1]])).with_weights(np.array([0.5, 0.25])).is_even
        False
        """
        if weights.shape != self.indices.shape:
            raise NetworkError(
                f"{self.indices.size} ties need {self.indices.size} weights; shape {weights.shape} given"
            )
        other = replace(self, weights=weights)
        for name in ("degrees", "listeners", "mirrored"):  # of the ties alone, and not computed again
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def keep(self, through: NDArray[np.bool_]) -> Ties:
        """Return the network with only some of its ties and all of its humans.

        Parameters
        ----------
        through : bool array, shape (n_ties,)
            Which ties are kept; not for full mixing.

        Examples
        --------
        >>> full_mixing(3).to_explicit().keep(np.array([1, 0, 0, 0, 0, 1], dtype=bool)).indptr.tolist()
        [0, 1, 1, 2]
        """
        if through.all():
            return self
        counts = np.bincount(self.listeners[through], minlength=self.n_humans)
        return replace(
            self,
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            indices=self.indices[through],
            weights=None if self.weights is None else self.weights[through],
            directed=True,
        )

    def to_explicit(self) -> Ties:
        """Return the network with full mixing written out as ties; for small societies.

        Examples
        --------
        >>> full_mixing(3).to_explicit().indices.tolist()
        [1, 2, 0, 2, 0, 1]
        """
        if not self.complete:
            return self
        n = self.n_humans
        everybody = np.tile(np.arange(n, dtype=np.int32), (n, 1))
        return replace(
            self,
            indptr=np.arange(n + 1, dtype=np.int64) * (n - 1),
            indices=np.ascontiguousarray(everybody[~np.eye(n, dtype=bool)]),
            complete=False,
        )


MOST_WEIGHT = 1e100  # so that no sum of weights is infinite
MOST_HUMANS = 2**31 - 1  # what an int32 index can name


def full_mixing(n_humans: int) -> Ties:
    """Return the network in which everybody hears everybody, stored as a flag.

    Raises
    ------
    NetworkError
        If `n_humans` is not in 1..2**31 - 1.

    Examples
    --------
    >>> full_mixing(3).n_ties
    6
    """
    _check_size(n_humans)
    return Ties(n_humans, np.zeros(n_humans + 1, np.int64), np.empty(0, np.int32), complete=True)


def from_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64] | None = None,
    *,
    directed: bool = False,
    communities: NDArray[np.int32] | None = None,
    labels: tuple[str, ...] | None = None,
    notes: tuple[str, ...] = (),
) -> Ties:
    """Build ties from rows that are already sorted and simple; note how many humans are isolated.

    Examples
    --------
    >>> from_rows(np.array([0, 1, 2, 2]), np.array([1, 0], dtype=np.int32)).notes
    ('1 human without ties',)
    """
    n_alone = int((np.diff(indptr) == 0).sum())
    if n_alone:
        several = n_alone > 1
        fate = f"hear{'' if several else 's'} nobody" if directed else "without ties"
        notes = (*notes, f"{n_alone} human{'s' * several} {fate}")
    return Ties(
        len(indptr) - 1,
        indptr,
        indices,
        weights,
        directed=directed,
        communities=communities,
        labels=labels,
        notes=notes,
    )


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
    """Build ties from an edge list: sorted, without self-loops, multi-edges merged; notes give the counts.

    Parameters
    ----------
    n_humans : int
        Number of humans.
    edges : int array, shape (n_edges, 2)
        Speaker and listener of each edge; 0-based. Undirected edges are heard both ways.
    weights : float array, shape (n_edges,), optional
        Above 0. The weights of a multi-edge are summed; without weights it counts once.
    directed : bool
        Whether only the second end of an edge hears the first.
    communities, labels, notes
        As in `Ties`.

    Raises
    ------
    NetworkError
        If an edge names a human outside 0..n_humans-1, a weight is not above 0 and finite, or shapes
        disagree.

    Examples
    --------
    >>> ties = from_edges(3, np.array([[0, 1], [1, 0], [2, 2]]))
    >>> ties.indices.tolist(), ties.notes
    ([1, 0], ('1 self-loop left out', '1 repeated edge merged', '1 human without ties'))
    """
    _check_size(n_humans)
    for name, beside in (("communities", communities), ("labels", labels)):
        if beside is not None and len(beside) != n_humans:
            raise NetworkError(f"{name} must name all {n_humans} humans; {len(beside)} given")
    speakers, hearers = _checked_edges(n_humans, edges).T
    strengths = None if weights is None else _checked_weights(speakers.size, weights)
    said = list(notes)
    loops = speakers == hearers
    if n_loops := int(loops.sum()):
        said.append(f"{n_loops} self-loop{'s' * (n_loops > 1)} left out")
        speakers, hearers = speakers[~loops], hearers[~loops]
        strengths = None if strengths is None else strengths[~loops]
    n_edges = speakers.size
    indptr, indices, merged = _merge_edges(n_humans, speakers, hearers, strengths, directed=directed)
    if n_repeats := n_edges - (indices.size if directed else indices.size // 2):
        said.append(f"{n_repeats} repeated edge{'s' * (n_repeats > 1)} merged")
    return from_rows(
        indptr,
        indices,
        merged,
        directed=directed,
        communities=communities,
        labels=labels,
        notes=tuple(said),
    )


def _check_size(n_humans: int) -> None:
    if not 1 <= n_humans <= MOST_HUMANS:
        raise NetworkError(f"a network needs 1 to {MOST_HUMANS} humans; {n_humans} given")


def _checked_edges(n_humans: int, edges: NDArray[np.integer]) -> NDArray[np.int64]:
    given = np.asarray(edges)
    if given.size == 0:
        return np.empty((0, 2), np.int64)
    if given.ndim != 2 or given.shape[1] != 2 or given.dtype.kind not in "iu":
        raise NetworkError(
            f"edges must be whole numbers of shape (n_edges, 2); {given.dtype} of shape {given.shape} given"
        )
    if given.min() < 0 or given.max() >= n_humans:
        bad = given[(given.min(axis=1) < 0) | (given.max(axis=1) >= n_humans)][0]
        raise NetworkError(f"edge {tuple(int(e) for e in bad)} names a human outside 0..{n_humans - 1}")
    return given.astype(np.int64, copy=False)


def _checked_weights(n_edges: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (n_edges,):
        raise NetworkError(f"{n_edges} edges need {n_edges} weights; shape {given.shape} given")
    good = np.isfinite(given) & (given > 0)
    if not good.all():
        raise NetworkError(f"tie weights must be finite and above 0; {given[~good][0]} given")
    if given.size and given.max() > MOST_WEIGHT:
        raise NetworkError(
            f"tie weights must be at most {MOST_WEIGHT:g}; {given.max():g} given; scale all down"
        )
    return given


def _merge_edges(
    n_humans: int,
    speakers: NDArray[np.int64],
    hearers: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    *,
    directed: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64] | None]:
    """Sort edges into rows by SciPy's compiled passes, summing the weights of repeated edges."""
    from scipy.sparse import coo_array

    if not directed:
        speakers, hearers = np.minimum(speakers, hearers), np.maximum(speakers, hearers)
    data = np.ones(speakers.size, bool) if weights is None else weights
    rows = coo_array((data, (hearers, speakers)), shape=(n_humans, n_humans)).tocsr()
    if not directed:
        rows = rows + rows.T.tocsr()
    rows.sum_duplicates()
    return (
        rows.indptr.astype(np.int64, copy=False),
        rows.indices.astype(np.int32, copy=False),
        None if weights is None else rows.data,
    )
