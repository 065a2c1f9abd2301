"""The share of history's way that people go, and how far they stray across it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats

NOT_MOVED = 1e-9
"""A history no further than this from where it began has not moved: no share of its way is defined."""


def share_over_eras(
    humans: Floats, actual: Floats, cells: NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """Return the share of history's way that people went, over all eras, and the component across it.

    In an era t people went w(t) = <m(t) - m(0), a(t) - a(0)> / |a(t) - a(0)|^2 of the way: 1 is all of it, 0
    none, above 1 overshoot. Over eras these shares are weighted by how far history was from its beginning
    then, |a(t) - a(0)|^2, so that an era in which it had returned to its beginning counts for nothing.

    Parameters
    ----------
    humans, actual : float arrays, shape (eras, dimensions)
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

    Examples
    --------
    >>> history = np.array([[0.2, 0.5], [0.4, 0.5], [0.6, 0.5]])
    >>> people = np.array([[0.2, 0.5], [0.3, 0.5], [0.4, 0.7]])
    >>> share, across = share_over_eras(people, history)
    >>> round(share, 3), round(across, 3)
    (0.5, 0.1)
    """
    if cells is None:
        cells = np.ones(actual.shape, dtype=bool)
    counted = cells.copy()
    counted[0] = False
    gone = np.where(counted, humans - humans[0], 0.0)
    way = np.where(counted, actual - actual[0], 0.0)
    along, length = (gone * way).sum(axis=1), (way**2).sum(axis=1)
    moved = length > NOT_MOVED**2
    if not moved.any():
        return float("nan"), float("nan")
    share = float(along[moved].sum() / length[moved].sum())
    if actual.shape[1] < 2:
        return share, float("nan")
    each = along[moved] / length[moved]
    strayed = (gone[moved] - each[:, None] * way[moved])[counted[moved]]
    return share, float(np.sqrt(np.mean(strayed**2)))
