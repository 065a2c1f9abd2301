"""Regular networks: complete, ring, grid, star, caveman.

All are built by NumPy at once. A single human has no ties in any of them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.limits import check_even_degree, check_probability, check_size, check_whole
from coevolve_sim.networks.rewiring import rewire
from coevolve_sim.networks.ties import MOST_HUMANS, Ties, from_edges, from_rows, full_mixing

if TYPE_CHECKING:
    from numpy.typing import NDArray


def complete(n: int) -> Ties:
    """Complete network (full mixing): everybody hears everybody; stored as a flag, without any ties.

    Parameters
    ----------
    n : int
        Number of humans, at least 1.

    Raises
    ------
    NetworkError
        If `n` is not a whole number from 1 to 2**31 - 1.

    Examples
    --------
    >>> complete(4).complete, complete(4).degrees.tolist()
    (True, [3, 3, 3, 3])
    """
    check_size("complete", n)
    return full_mixing(n)


def ring(n: int, degree: int) -> Ties:
    """Ring: humans on a circle, each tied to the `degree` nearest.

    Parameters
    ----------
    n : int
        Number of humans, at least 1.
    degree : int
        Even, in 0..n-1: half of it on either side. Two humans can therefore only have ``degree=0``.

    Raises
    ------
    NetworkError
        If `n` or `degree` is out of range, or `degree` is odd.

    References
    ----------
    [Watts1998]_, with no tie rewired.

    Examples
    --------
    >>> ring(5, 2).indices.reshape(5, 2).tolist()
    [[1, 4], [0, 2], [1, 3], [2, 4], [0, 3]]
    """
    check_size("ring", n)
    half = check_even_degree("ring", n, degree) // 2
    kind = np.int32 if n + half <= MOST_HUMANS else np.int64
    steps = np.concatenate([np.arange(-half, 0, dtype=kind), np.arange(1, half + 1, dtype=kind)])
    return _build_from_table((np.arange(n, dtype=kind)[:, None] + steps) % kind(n))


def grid(n: int, periodic: bool = False, rows: int | None = None) -> Ties:
    """Rectangular grid, in which each human is tied to its up to four von Neumann neighbours.

    Parameters
    ----------
    n : int
        Number of humans, at least 1; human 0 in a corner, numbered row by row.
    periodic : bool
        Whether the grid closes to a torus. A side of 1 or 2 stays open, as it cannot close.
    rows : int, optional
        Number of rows, a divisor of `n`; without it, the grid is as square as possible, wider than high.

    Raises
    ------
    NetworkError
        If `rows` does not divide `n`, or is not given and `n` is a prime above 3.

    Examples
    --------
    >>> grid(6).degrees.reshape(2, 3).tolist()
    [[2, 3, 2], [2, 3, 2]]
    >>> set(grid(12, periodic=True).degrees.tolist())
    {4}
    """
    check_size("grid", n)
    height = _choose_rows(n, rows)
    width = n // height
    places = np.arange(n, dtype=np.int64).reshape(height, width)
    table = np.full((4, height, width), -1, dtype=np.int64)
    for side, (axis, step) in enumerate([(0, 1), (0, -1), (1, 1), (1, -1)]):
        table[side] = np.roll(places, step, axis)
        if not periodic or places.shape[axis] < 3:
            edge = 0 if step == 1 else -1
            np.moveaxis(table[side], axis, 0)[edge] = -1
    return _build_from_table(table.reshape(4, n).T)


def _choose_rows(n: int, rows: int | None) -> int:
    if rows is not None:
        check_whole("grid", "rows", rows, 1, n)
        if n % rows:
            raise NetworkError(
                f"grid: rows must divide n = {n}; {rows} given: leave it out for the most nearly square grid"
            )
        return rows
    height = _most_square_rows(n)
    if height == 1 and n > 3:
        less, more = (f"{m} ({_most_square_rows(m)} x {m // _most_square_rows(m)})" for m in (n - 1, n + 1))
        raise NetworkError(
            f"grid: n = {n} is a prime and has no rows x columns; take {less} or {more} humans, "
            "or ask for a line with rows = 1"
        )
    return height


def _most_square_rows(n: int) -> int:
    return next(side for side in range(math.isqrt(n), 0, -1) if n % side == 0)


def _build_from_table(table: NDArray[np.integer]) -> Ties:
    """Build ties from a table of each human's speakers, shape (humans, most), with -1 for nobody."""
    table = np.sort(table, axis=1)
    heard = table >= 0
    indptr = np.zeros(len(table) + 1, np.int64)
    np.cumsum(heard.sum(axis=1), out=indptr[1:])
    return from_rows(indptr, table[heard].astype(np.int32, copy=False))


def star(n: int) -> Ties:
    """Star: human 0 is the hub, tied to all others, who have no other ties.

    Parameters
    ----------
    n : int
        Number of humans, at least 1. Two humans share one tie.

    Raises
    ------
    NetworkError
        If `n` is not a whole number from 1 to 2**31 - 1.

    Examples
    --------
    >>> star(4).degrees.tolist()
    [3, 1, 1, 1]
    """
    check_size("star", n)
    indptr = np.concatenate([[0], np.arange(n - 1, 2 * n - 1, dtype=np.int64)])
    indices = np.zeros(2 * (n - 1), np.int32)
    indices[: n - 1] = np.arange(1, n)
    return from_rows(indptr, indices)


def caveman(n: int, cave_size: int, rewiring: float, seed: int) -> Ties:
    """Caveman network: complete caves joined in a circle, with some ties then rewired at random.

    In each cave the tie between its first two humans is replaced by one from the first to the last human of
    the cave before (connected caveman); a single cave stays complete. Then one end of each tie is moved with
    probability `rewiring`, as `rewire` does (relaxed caveman). Unlike networkx's ``relaxed_caveman_graph`` it
    starts connected, keeps the number of ties, and makes no self-loops.

    Parameters
    ----------
    n : int
        Number of humans, a multiple of `cave_size`.
    cave_size : int
        Humans in a cave, 3..n.
    rewiring : float
        Probability in [0, 1] that an end of a tie is moved; with 0 nothing is drawn.
    seed : int
        The run's seed.

    Returns
    -------
    Ties
        `communities` holds the caves.

    Raises
    ------
    NetworkError
        If `n` is not a multiple of `cave_size`, or a parameter is out of range.

    References
    ----------
    [Watts1999]_

    Examples
    --------
    >>> ties = caveman(9, 3, rewiring=0.0, seed=1)
    >>> ties.communities.tolist(), ties.n_ties // 2
    ([0, 0, 0, 1, 1, 1, 2, 2, 2], 9)
    """
    check_size("caveman", n)
    check_whole("caveman", "cave_size", cave_size, 3, n if n > 2 else 2**31 - 1)
    check_probability("caveman", "rewiring", rewiring)
    if n == 1:
        return replace(star(1), communities=np.zeros(1, np.int32))
    if n % cave_size:
        below = n - n % cave_size
        near = [str(size) for size in (below, below + cave_size) if size]
        raise NetworkError(
            f"caveman: n must be a multiple of cave_size = {cave_size}; {n} given: "
            f"take {' or '.join(near)} humans"
        )
    firsts = np.arange(0, n, cave_size)
    pairs = np.column_stack(np.triu_indices(cave_size, k=1))
    if len(firsts) > 1:
        pairs = pairs[1:]
    edges = (firsts[:, None, None] + pairs).reshape(-1, 2)
    if len(firsts) > 1:
        edges = np.concatenate([edges, np.column_stack([firsts, (firsts - 1) % n])])
    communities = (np.arange(n) // cave_size).astype(np.int32)
    return rewire(from_edges(n, edges, communities=communities), rewiring, seed, "caveman")
