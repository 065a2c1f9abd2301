"""How far people have come along the way that their history has gone, and how far they are beside it.

With m(t) people's mean, a(t) the history, and changes counted from era 0, the share of history's way is

    w(t) = <m(t) - m(0), a(t) - a(0)> / |a(t) - a(0)|^2

which is 1 where people came as far as history, 0 where they stayed, above 1 where they overshot, and negative
where they went back. What is left of their change, m(t) - m(0) - w(t) (a(t) - a(0)), lies across the way.

A share is undefined while history stands within `LEAST_WAY` of where it began. In one dimension there is
nothing across the way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.measures.checking import checked_pair

LEAST_WAY = 0.001
"""History has moved from this distance (root mean square over dimensions) on."""


def share_of_way(humans: ArrayLike, history: ArrayLike) -> Floats:
    """Return the share of history's way that people's mean has come, in each era.

    Cost: O(T D).

    Parameters
    ----------
    humans, history : float arrays, shape (eras, dimensions)
        People's mean values, and the history; era 0 is where both begin.

    Returns
    -------
    float array, shape (eras,)
        1 is all of the way; nan where history has not moved.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there is no era.

    References
    ----------
    [Qiu2024]_, for the two that are compared.

    Examples
    --------
    >>> share_of_way([[0.2, 0.2], [0.3, 0.2]], [[0.2, 0.2], [0.4, 0.2]]).round(6)
    array([nan, 0.5])
    """
    people, way = _changes(humans, history)
    squares = np.sum(way**2, axis=1)
    return _share(np.sum(people * way, axis=1), squares, np.asarray(squares >= LEAST_WAY**2 * way.shape[1]))


def share_of_way_by_dimension(humans: ArrayLike, history: ArrayLike) -> Floats:
    """Return the share of history's way that people's mean has come in each dimension alone, in each era.

    Cost: O(T D).

    Parameters
    ----------
    humans, history : float arrays, shape (eras, dimensions)
        As in `share_of_way`.

    Returns
    -------
    float array, shape (eras, dimensions)
        nan where history has not moved in a dimension.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there is no era.

    References
    ----------
    [Qiu2024]_, for the two that are compared.

    Examples
    --------
    >>> share_of_way_by_dimension([[0.2, 0.2], [0.3, 0.1]], [[0.2, 0.2], [0.4, 0.2]])[1].round(6)
    array([0.5, nan])
    """
    people, way = _changes(humans, history)
    return _share(people, way, np.asarray(np.abs(way) >= LEAST_WAY))


def distance_across_way(humans: ArrayLike, history: ArrayLike) -> Floats:
    """Return how far people's mean lies beside history's way, in each era.

    The length of what is left of their change when the part along the way is taken away, as a root mean
    square over dimensions. Cost: O(T D).

    Parameters
    ----------
    humans, history : float arrays, shape (eras, dimensions)
        As in `share_of_way`.

    Returns
    -------
    float array, shape (eras,)
        From 0, on the scale of values; nan where history has not moved, and in one dimension.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there is no era.

    References
    ----------
    [Qiu2024]_, for the two that are compared.

    Examples
    --------
    >>> distance_across_way([[0.2, 0.2], [0.3, 0.4]], [[0.2, 0.2], [0.4, 0.2]]).round(6)
    array([     nan, 0.141421])
    """
    people, way = _changes(humans, history)
    across = people - share_of_way(humans, history)[:, None] * way
    distance: Floats = np.sqrt(np.mean(across**2, axis=1))
    return distance if way.shape[1] > 1 else np.full(len(way), np.nan)


def share_over_eras(
    humans: ArrayLike, history: ArrayLike, cells: NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """Return the share of history's way that people went, over all eras, and the component across it.

    In an era t people went w(t) = <m(t) - m(0), a(t) - a(0)> / norm(a(t) - a(0))^2 of the way: 1 is all of
    it, 0 none, above 1 overshoot. Over eras these shares are weighted by how far history was from its
    beginning then, norm(a(t) - a(0))^2; an era in which it stands within `LEAST_WAY` of its beginning does
    not count.
    Cost: O(T D).

    Parameters
    ----------
    humans, history : float arrays, shape (eras, dimensions)
        People's values m and the history a.
    cells : bool array, shape (eras, dimensions), optional
        The cells that count; all but era 0 if not given.

    Returns
    -------
    share : float
        nan where history never moved.
    across : float
        Root mean square over those cells of m(t) - m(0) - w(t) (a(t) - a(0)), in shares of the scale; nan
        where history never moved, and where there is only one dimension, across which nothing lies.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there is no era.

    References
    ----------
    [Qiu2024]_, for the two that are compared.

    Examples
    --------
    >>> history = np.array([[0.2, 0.5], [0.4, 0.5], [0.6, 0.5]])
    >>> people = np.array([[0.2, 0.5], [0.3, 0.5], [0.4, 0.7]])
    >>> share, across = share_over_eras(people, history)
    >>> round(share, 3), round(across, 3)
    (0.5, 0.1)
    """
    people, past = _changes(humans, history)
    counted = np.ones(past.shape, dtype=bool) if cells is None else cells.copy()
    counted[0] = False
    gone, way = np.where(counted, people, 0.0), np.where(counted, past, 0.0)
    along, length = (gone * way).sum(axis=1), (way**2).sum(axis=1)
    moved = (length > 0.0) & (length >= LEAST_WAY**2 * counted.sum(axis=1))
    if not moved.any():
        return float("nan"), float("nan")
    share = float(along[moved].sum() / length[moved].sum())
    if way.shape[1] < 2:
        return share, float("nan")
    each = along[moved] / length[moved]
    strayed = (gone[moved] - each[:, None] * way[moved])[counted[moved]]
    return share, float(np.sqrt(np.mean(strayed**2)))


def _changes(humans: ArrayLike, history: ArrayLike) -> tuple[Floats, Floats]:
    """Return the changes of people and history since era 0."""
    people, past = checked_pair(("humans", humans), ("history", history))
    return people - people[0], past - past[0]


def _share(along: Floats, of: Floats, is_defined: NDArray[np.bool_]) -> Floats:
    share = np.full(np.shape(of), np.nan)
    np.divide(along, of, out=share, where=is_defined)
    return share
