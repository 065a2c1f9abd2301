"""Compiled passes over rows of ties: sorting, building from pairs, counting triangles, moving ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.compiled import below, compiled, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORT_ROW = 64  # up to here insertion beats quicksort


@compiled
def sort_rows(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> None:
    """Sort each row in place.

    Examples
    --------
    >>> indices = np.array([2, 1, 0], dtype=np.int32)
    >>> sort_rows(np.array([0, 2, 3]), indices)
    >>> indices.tolist()
    [1, 2, 0]
    """
    for row in range(indptr.size - 1):
        start, stop = indptr[row], indptr[row + 1]
        if stop - start > SHORT_ROW:
            indices[start:stop].sort()
            continue
        for at in range(start + 1, stop):
            speaker = indices[at]
            before = at - 1
            while before >= start and indices[before] > speaker:
                indices[before + 1] = indices[before]
                before -= 1
            indices[before + 1] = speaker


@compiled
def row_starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `indptr` of rows of these lengths.

    Examples
    --------
    >>> row_starts(np.array([2, 0, 1])).tolist()
    [0, 2, 2, 3]
    """
    indptr = np.zeros(counts.size + 1, np.int64)
    for row in range(counts.size):
        indptr[row + 1] = indptr[row] + counts[row]
    return indptr


@compiled
def find_mirrored(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return, of each tie of an undirected network, the number of the tie in the other direction.

    Rows are ascending, so that listeners in their order come upon the entries of each row in its order.

    Examples
    --------
    >>> find_mirrored(np.array([0, 2, 3, 4]), np.array([1, 2, 0, 0], dtype=np.int32)).tolist()
    [2, 3, 0, 1]
    """
    mirrored = np.empty(indices.size, np.int64)
    following = indptr[:-1].copy()
    for listener in range(indptr.size - 1):
        for tie in range(indptr[listener], indptr[listener + 1]):
            speaker = indices[tie]
            mirrored[tie] = following[speaker]
            following[speaker] += 1
    return mirrored


@compiled
def doubled(buffer: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a copy of twice the length; entries beyond the old end are not set.

    Examples
    --------
    >>> doubled(np.array([7], dtype=np.int32))[0]
    np.int32(7)
    """
    larger = np.empty(2 * buffer.size, np.int32)
    larger[: buffer.size] = buffer
    return larger


@compiled
def mirrored(
    indptr: NDArray[np.int64], lower: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Complete sorted rows that have each undirected tie at its higher number only, without sorting.

    Examples
    --------
    >>> indptr, indices = mirrored(np.array([0, 0, 1, 3]), np.array([0, 0, 1], dtype=np.int32))
    >>> indptr.tolist(), indices.tolist()
    ([0, 2, 4, 6], [1, 2, 0, 2, 0, 1])
    """
    counts = np.diff(indptr)
    for speaker in lower:
        counts[speaker] += 1
    starts = row_starts(counts)
    cursor = starts[:-1].copy()
    indices = np.empty(starts[-1], np.int32)
    # Listeners ascend: a row first gets its own lower speakers, then higher listeners in order, so it comes
    # out sorted.
    for listener in range(counts.size):
        for slot in range(indptr[listener], indptr[listener + 1]):
            speaker = lower[slot]
            indices[cursor[listener]] = speaker
            indices[cursor[speaker]] = listener
            cursor[listener] += 1
            cursor[speaker] += 1
    return starts, indices


@compiled
def rows_of_pairs(n: int, pairs: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Build sorted rows from distinct undirected pairs, shape (n_pairs, 2), by counting.

    Examples
    --------
    >>> indptr, indices = rows_of_pairs(3, np.array([[0, 2], [1, 0]], dtype=np.int32))
    >>> indptr.tolist(), indices.tolist()
    ([0, 2, 3, 4], [1, 2, 0, 0])
    """
    counts = np.zeros(n, np.int64)
    for pair in range(pairs.shape[0]):
        counts[pairs[pair, 0]] += 1
        counts[pairs[pair, 1]] += 1
    indptr = row_starts(counts)
    cursor = indptr[:-1].copy()
    indices = np.empty(indptr[n], np.int32)
    for pair in range(pairs.shape[0]):
        one, other = pairs[pair, 0], pairs[pair, 1]
        indices[cursor[one]] = other
        indices[cursor[other]] = one
        cursor[one] += 1
        cursor[other] += 1
    sort_rows(indptr, indices)
    return indptr, indices


@compiled
def _forward_rows(
    indptr: NDArray[np.int64], indices: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keep each undirected tie only in the direction of the end with more ties (or the larger number)."""
    n = indptr.size - 1
    counts = np.zeros(n, np.int64)
    kept = np.empty(indices.size // 2, np.int32)
    at = 0
    for human in range(n):
        own = indptr[human + 1] - indptr[human]
        for slot in range(indptr[human], indptr[human + 1]):
            other = indices[slot]
            its = indptr[other + 1] - indptr[other]
            if its > own or (its == own and other > human):
                kept[at] = other
                at += 1
                counts[human] += 1
    return row_starts(counts), kept


@compiled
def triangles(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the triangles that each human belongs to; rows are symmetric. At most n_ties**1.5 steps.

    Examples
    --------
    >>> indptr, indices = rows_of_pairs(4, np.array([[0, 1], [1, 2], [0, 2], [2, 3]], dtype=np.int32))
    >>> triangles(indptr, indices).tolist()
    [1, 1, 1, 0]
    """
    # Directed towards larger degrees, no row is longer than about sqrt(n_ties), hubs included: hence the
    # bound.
    starts, forward = _forward_rows(indptr, indices)
    n = indptr.size - 1
    counts = np.zeros(n, np.int64)
    seen_from = np.full(n, -1, np.int64)
    for human in range(n):
        for slot in range(starts[human], starts[human + 1]):
            seen_from[forward[slot]] = (
                human  # a mark with the human's number need not be cleared for the next
            )
        for slot in range(starts[human], starts[human + 1]):
            second = forward[slot]
            for further in range(starts[second], starts[second + 1]):
                third = forward[further]
                if seen_from[third] == human:
                    counts[human] += 1
                    counts[second] += 1
                    counts[third] += 1
    return counts


@compiled
def _in_row(indptr: NDArray[np.int64], indices: NDArray[np.int32], row: int, speaker: int) -> bool:
    """Return whether `speaker` is in a sorted row."""
    start, stop = indptr[row], indptr[row + 1]
    at = start + np.searchsorted(indices[start:stop], speaker)
    return bool(at < stop and indices[at] == speaker)


@compiled
def move_ends(
    key: np.uint64,
    pairs: NDArray[np.int32],
    chosen: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    directed: bool,
    tries: int,
) -> int:
    """Give each chosen pair (speaker, listener) one new end, in place; return how many were left unchanged.

    A new place is free if there was no tie before the pass and none was moved there during it; a tie without
    a free place after `tries` draws stays. The ties moved to a row form a linked list that starts at
    `newest`.
    """
    n = indptr.size - 1
    newest = np.full(n, -1, np.int64)
    older = np.full(chosen.size, -1, np.int64)
    stayed = 0
    counter = 0
    for k in range(chosen.size):
        tie = chosen[k]
        free = False
        for _ in range(tries):
            counter += 2
            end = below(key, counter, n)
            keeps_speaker = uniform(key, counter + 1) < 0.5
            speaker = pairs[tie, 0] if keeps_speaker else end
            listener = end if keeps_speaker else pairs[tie, 1]
            # `indices` is as it was before the pass; undirected pairs are compared in one order of their
            # ends.
            if not directed and speaker > listener:
                speaker, listener = listener, speaker
            free = speaker != listener and not _in_row(indptr, indices, listener, speaker)
            moved = newest[listener]
            while free and moved >= 0:
                free = pairs[chosen[moved], 0] != speaker
                moved = older[moved]
            if free:
                break
        if free:
            pairs[tie, 0], pairs[tie, 1] = speaker, listener
            older[k] = newest[listener]
            newest[listener] = k
        else:
            stayed += 1
    return stayed
