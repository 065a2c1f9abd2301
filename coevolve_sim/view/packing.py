"""Arrays as the bytes that a canvas is fed with: four-byte numbers for places, one byte for a colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.errors import PlotError

UNKNOWN = 255
"""The byte of a colour that is not known; drawn grey."""


def pack_points(points: ArrayLike) -> bytes:
    """Return where humans stand as little-endian 32-bit floats, x and y in turn.

    Parameters
    ----------
    points : float array, shape (humans, 2)
        In [0, 1].

    Raises
    ------
    PlotError
        If the shape is another, or a number is not in [0, 1].

    Examples
    --------
    >>> np.frombuffer(pack_points([[0.0, 0.5], [1.0, 0.25]]), "<f4").tolist()
    [0.0, 0.5, 1.0, 0.25]
    """
    given = np.asarray(points, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != 2:
        raise PlotError(f"points have shape {given.shape}; (humans, 2) is wanted")
    if not ((given >= 0.0) & (given <= 1.0)).all():
        raise PlotError("points must lie in [0, 1]; divide by their extent first")
    return given.astype("<f4").tobytes()


def pack_ties(ties: ArrayLike, count: int) -> bytes:
    """Return pairs of humans as little-endian 32-bit whole numbers.

    Parameters
    ----------
    ties : int array, shape (ties, 2)
    count : int
        Number of humans.

    Raises
    ------
    PlotError
        If the shape is another, or a tie leads to none of the humans.

    Examples
    --------
    >>> np.frombuffer(pack_ties([[0, 2]], 3), "<u4").tolist()
    [0, 2]
    """
    given = np.asarray(ties, dtype=np.int64)
    given = given if given.size else given.reshape(-1, 2)
    if given.ndim != 2 or given.shape[1] != 2:
        raise PlotError(f"ties have shape {given.shape}; (ties, 2) is wanted")
    wrong = given[(given < 0) | (given >= count)]
    if wrong.size:
        raise PlotError(f"a tie leads to human {wrong[0]}; there are {count}, numbered from 0")
    return given.astype("<u4").tobytes()


def pack_colours(colours: ArrayLike, count: int) -> bytes:
    """Return colours as bytes: 0 to 254 for 0 to 1, and 255 where a number is not known.

    Parameters
    ----------
    colours : float array, shape (humans,)
        In [0, 1]; nan is not known.
    count : int
        Number of humans.

    Raises
    ------
    PlotError
        If there are not as many as humans, or one is outside [0, 1].

    Examples
    --------
    >>> list(pack_colours([0.0, 1.0, float("nan")], 3))
    [0, 254, 255]
    """
    given = np.asarray(colours, dtype=np.float64)
    if given.shape != (count,):
        raise PlotError(f"colours have shape {given.shape}; ({count},) is wanted, one for each human")
    known = ~np.isnan(given)
    if not ((given[known] >= 0.0) & (given[known] <= 1.0)).all():
        raise PlotError("colours must lie in [0, 1], or be nan where a value is not known")
    bytes_of = np.full(count, UNKNOWN, dtype=np.uint8)
    bytes_of[known] = np.round(given[known] * 254).astype(np.uint8)
    return bytes_of.tobytes()
