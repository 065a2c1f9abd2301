"""Generators of large networks: compiled, on one thread, directly into compressed sparse rows.

Each draws from a counter-based generator under one key, so that a seed gives the same bytes everywhere. For a
million humans with ten ties each they take well under a second, where networkx takes half a minute and 2.5
GB. They are called by the functions of `coevolve_sim.networks.families`, which check parameters; nothing is
checked here. All return ``indptr, indices`` of `coevolve_sim.networks.Ties`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.compiled import below, compiled, uniform
from coevolve_sim.networks.passes import doubled, mirrored, row_starts, rows_of_pairs

Rows = tuple[NDArray[np.int64], NDArray[np.int32]]


@compiled
def _lay_blocks(
    key: np.uint64,
    block: NDArray[np.int32],
    bounds: NDArray[np.int64],
    log_within: NDArray[np.float64],
    log_between: float,
    directed: bool,
    room: int,
) -> Rows:
    """Draw the ties of a block model by geometric skips; undirected ones only at their higher number.

    Listeners ascend, and so do the speakers of each, so that rows are sorted.
    """
    n = block.size
    counts = np.zeros(n, np.int64)
    speakers = np.empty(room, np.int32)
    laid = 0
    counter = 0
    for listener in range(n):
        first, stop = bounds[block[listener]], bounds[block[listener] + 1]
        within = log_within[block[listener]]
        before = laid
        # Four stretches of possible speakers: earlier blocks, the own block on both sides, later
        # blocks.
        for part in range(4 if directed else 2):
            low = (0, first, listener + 1, stop)[part]
            high = (first, listener, stop, n)[part]
            log_miss = within if part in {1, 2} else log_between
            place = float(low)  # a float, as a skip at a tiny probability can be larger than any integer
            while log_miss < 0.0 and place < high:
                counter += 1
                # How many pairs are passed over before the next tie is geometric. 1 - u is never 0, so the
                # log is finite.
                place += math.floor(math.log(1.0 - uniform(key, counter)) / log_miss)
                if place < high:
                    if laid == speakers.size:
                        speakers = doubled(speakers)
                    speakers[laid] = int(place)
                    laid += 1
                    place += 1.0
        counts[listener] = laid - before
    return row_starts(counts), speakers[:laid].copy()


def block_ties(
    key: np.uint64,
    block: NDArray[np.int32],
    within: NDArray[np.float64],
    between: float,
    *,
    directed: bool,
) -> Rows:
    """Tie humans with one probability inside each block and another across blocks, by skip sampling.

    ``block`` ascends; a single block gives the Erdos-Renyi network. [Batagelj2005]_, algorithm 1.
    """
    n = block.size
    sizes = np.bincount(block, minlength=within.size)
    expected = (sizes * (sizes - 1) * within).sum() + (n * n - (sizes * sizes).sum()) * between
    room = int(expected if directed else expected / 2)
    room += 64 + 6 * math.isqrt(room)  # six standard deviations: the array hardly ever has to be doubled
    with np.errstate(divide="ignore"):  # a probability of 1 gives skips of 0
        log_within, log_between = np.log1p(-within), float(np.log1p(-np.float64(between)))
    rows = _lay_blocks(key, block, row_starts(sizes), log_within, log_between, directed, room)
    return rows if directed else mirrored(*rows)


@compiled
def _holds(pairs: NDArray[np.int32], half: int, owner: int, other: int) -> bool:
    """Return whether one of the `half` ties that `owner` owns leads to `other`."""
    for slot in range(owner * half, (owner + 1) * half):  # noqa: SIM110 - numba knows no any()
        if pairs[slot, 1] == other:
            return True
    return False


@compiled
def small_world(key: np.uint64, n: int, half: int, rewiring: float) -> Rows:
    """Build a ring with `half` neighbours on either side, then rewire the far end of some ties.

    [Watts1998]_. A human owns its ties to one side, side by side in memory, so a tie is looked up at two
    owners.
    """
    pairs = np.empty((n * half, 2), np.int32)
    degrees = np.full(n, 2 * half, np.int64)
    for human in range(n):
        for step in range(half):
            pairs[human * half + step, 0] = human
            pairs[human * half + step, 1] = (human + step + 1) % n
    counter = 0
    # Laps as in the paper: first every human's tie to its next neighbour, then every tie to the one after.
    for step in range(half):
        for human in range(n):
            counter += 1
            if uniform(key, counter) >= rewiring or degrees[human] >= n - 1:
                continue
            end = human
            while end == human or _holds(pairs, half, human, end) or _holds(pairs, half, end, human):
                counter += 1
                end = below(key, counter, n)
            slot = human * half + step
            degrees[pairs[slot, 1]] -= 1
            degrees[end] += 1
            pairs[slot, 1] = end
    return rows_of_pairs(n, pairs)


@compiled
def preferential(key: np.uint64, n: int, attachments: int) -> Rows:
    """Start from a star and let each newcomer tie to `attachments` humans in proportion to their degrees.

    [Albert1999]_; a human is drawn in proportion to its degree as an end of a random tie [Batagelj2005]_,
    algorithm 5.
    """
    pairs = np.empty((attachments * (n - attachments), 2), np.int32)
    for leaf in range(attachments):
        pairs[leaf, 0], pairs[leaf, 1] = 0, leaf + 1
    ends = pairs.reshape(-1)
    chosen_by = np.full(n, -1, np.int32)
    laid = attachments
    counter = 0
    for newcomer in range(attachments + 1, n):
        pool = 2 * laid  # ends of ties from before: a newcomer cannot draw itself, nor count its own ties
        goal = laid + attachments
        while laid < goal:
            counter += 1
            target = ends[below(key, counter, pool)]
            if chosen_by[target] != newcomer:
                chosen_by[target] = newcomer
                pairs[laid, 0], pairs[laid, 1] = newcomer, target
                laid += 1
    return rows_of_pairs(n, pairs)


@compiled
def _stranger_beside(
    key: np.uint64,
    counter: int,
    target: int,
    newcomer: int,
    ends: NDArray[np.int32],
    newest: NDArray[np.int64],
    older: NDArray[np.int64],
    chosen_by: NDArray[np.int32],
) -> int:
    """Draw one of `target`'s partners to whom the newcomer has no tie yet; -1 if there is none.

    The tie ends of a human form a linked list: `newest` leads to the last one, `older` from there to the
    others.
    """
    partner = -1
    met = 0
    half = newest[target]
    while half >= 0:
        other = ends[half]
        if other != newcomer and chosen_by[other] != newcomer:
            met += 1  # reservoir sampling: the k-th candidate replaces the earlier one with probability 1 / k
            if below(key, counter + met, met) == 0:
                partner = other
        half = older[half]
    return partner


@compiled
def clustered_preferential(key: np.uint64, n: int, attachments: int, triangle: float) -> Rows:
    """Preferential attachment in which each tie after the first closes a triangle with a given probability.

    [Holme2002]_. A newcomer always makes all its ties: a target to whom it is tied already is drawn again,
    and where no triangle can be closed the tie is drawn by degree.
    """
    pairs = np.empty((attachments * (n - attachments), 2), np.int32)
    ends = pairs.reshape(-1)
    newest = np.full(n, -1, np.int64)
    older = np.full(ends.size, -1, np.int64)
    chosen_by = np.full(n, -1, np.int32)
    laid = 0
    counter = 0
    for newcomer in range(attachments, n):
        pool = attachments + 2 * laid
        target = -1
        for step in range(attachments):
            end = -1
            counter += 1
            if step > 0 and uniform(key, counter) < triangle:
                counter += 1
                end = _stranger_beside(key, counter, target, newcomer, ends, newest, older, chosen_by)
                counter += n  # past every draw that the call may have used
            if end < 0:
                while end < 0 or chosen_by[end] == newcomer:
                    counter += 1
                    drawn = below(key, counter, pool)
                    end = drawn if drawn < attachments else ends[drawn - attachments]
                target = end
            chosen_by[end] = newcomer
            half = 2 * laid
            ends[half], ends[half + 1] = newcomer, end
            older[half], newest[end] = newest[end], half
            older[half + 1], newest[newcomer] = newest[newcomer], half + 1
            laid += 1
    return rows_of_pairs(n, pairs)


@compiled
def _lay_near(
    points: NDArray[np.float64],
    names: NDArray[np.int64],
    starts: NDArray[np.int64],
    side: int,
    radius: float,
    room: int,
) -> NDArray[np.int32]:
    """Collect the pairs within `radius`; humans are sorted by cell.

    The cells of a column follow one another in memory, so three neighbouring cells are one stretch.
    """
    ends = np.empty(room, np.int32)
    laid = 0
    for one in range(points.shape[0]):
        x, y = points[one]
        column, line = int(x * side), int(y * side)
        lowest, highest = max(line - 1, 0), min(line + 1, side - 1)
        for near_column in range(max(column - 1, 0), column + 1):
            # Only humans before this one, and only columns up to its own: each pair is found once.
            stop = min(one, starts[near_column * side + highest + 1])
            for other in range(starts[near_column * side + lowest], stop):
                apart = (x - points[other, 0]) ** 2 + (y - points[other, 1]) ** 2
                if apart <= radius * radius:
                    if laid + 2 > ends.size:
                        ends = doubled(ends)
                    ends[laid], ends[laid + 1] = names[one], names[other]
                    laid += 2
    return ends[:laid].reshape(-1, 2)


def geometric_ties(points: NDArray[np.float64], radius: float) -> Rows:
    """Tie humans at points of the unit square, shape (humans, 2), that are within `radius` of each other.

    Cells are at least a radius wide, so only neighbouring cells are searched.
    """
    n = len(points)
    side = max(1, min(int(1 / radius), math.isqrt(n))) if radius > 0 else 1
    column, line = (points * side).astype(np.int64).T
    cells = column * side + line
    names = np.argsort(cells, kind="stable")
    starts = row_starts(np.bincount(cells, minlength=side * side))
    room = 64 + 2 * int(n * n * math.pi * radius * radius / 2)
    return rows_of_pairs(n, _lay_near(points[names], names, starts, side, radius, room))
