"""Shares of counted things, and differences of two shares, with intervals that hold near 0 and 1."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError

LEAST_COUNTED = 10
"""Fewest things of which a share is compared with another."""


def wilson(count: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share [Wilson1927]_; nan of nothing.

    Parameters
    ----------
    count, n : int
        How many of how many.
    confidence : float
        In (0, 1).

    Raises
    ------
    MeasureError
        If the count is below 0 or above n.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(20, 400)]
    [0.0326, 0.076]
    """
    if not 0 <= count <= n:
        raise MeasureError(f"a share is of 0 to n things; {count} of {n} given")
    if not n:
        return math.nan, math.nan
    from scipy.stats import binomtest

    found = binomtest(int(count), int(n)).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def compare_shares(
    first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return the difference of two independent shares, and its interval by Newcombe's hybrid of Wilson's.

    Parameters
    ----------
    first, second : tuple of int and int
        How many of how many, at least one each.
    confidence : float
        In (0, 1).

    Returns
    -------
    difference, low, high : float
        First less second, in [-1, 1].

    Raises
    ------
    MeasureError
        If a count is below 0 or above its n, or an n is 0.

    References
    ----------
    [Newcombe1998]_, method 10.

    Examples
    --------
    >>> [round(number, 4) for number in compare_shares((56, 70), (48, 80))]
    [0.2, 0.0524, 0.3339]
    """
    if not first[1] or not second[1]:
        raise MeasureError(f"two shares are compared of at least 1 thing each; {first[1]} and {second[1]}")
    one, other = (count / n for count, n in (first, second))
    (low_1, high_1), (low_2, high_2) = (wilson(*pair, confidence) for pair in (first, second))
    difference = one - other
    below = math.hypot(one - low_1, high_2 - other)
    above = math.hypot(high_1 - one, other - low_2)
    return difference, difference - below, difference + above


def compare_with_rest(
    counts: ArrayLike, totals: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Return how each cell's share differs from that of all other cells together, with joint intervals.

    A cell of fewer than `LEAST_COUNTED` things is not compared, nor one whose rest is so small. The level is
    divided by the number of cells compared (Bonferroni), so that the chance of any equal cell being told
    apart is at most 1 - confidence.

    Parameters
    ----------
    counts, totals : int array, shape (cells,)
        How many of how many.
    confidence : float
        Of all cells together, in (0, 1).

    Returns
    -------
    differences, low, high : float array, shape (cells,)
        Cell less rest; nan where it is not compared.

    Raises
    ------
    MeasureError
        If shapes differ, or a count is below 0 or above its total.

    Examples
    --------
    >>> difference, low, _ = compare_with_rest([80, 20, 2], [400, 400, 5])
    >>> difference.round(3).tolist(), bool(low[0] > 0)
    ([0.146, -0.152, nan], True)
    """
    k, n = np.asarray(counts), np.asarray(totals)
    if k.shape != n.shape or k.ndim != 1 or k.dtype.kind not in "iu" or n.dtype.kind not in "iu":
        raise MeasureError(
            f"counts and totals are whole numbers, one each a cell; shapes {k.shape} and {n.shape} given"
        )
    compared: NDArray[np.bool_] = (n >= LEAST_COUNTED) & (n.sum() - n >= LEAST_COUNTED)
    found = np.full((3, k.size), np.nan)
    level = 1 - (1 - confidence) / max(1, int(compared.sum()))
    for cell in np.flatnonzero(compared):
        rest = int(k.sum() - k[cell]), int(n.sum() - n[cell])
        found[:, cell] = compare_shares((int(k[cell]), int(n[cell])), rest, level)
    return found[0], found[1], found[2]
