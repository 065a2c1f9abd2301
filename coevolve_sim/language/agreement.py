"""How well what was read agrees with what was held: pure functions of arrays, with bootstrap intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.streams import stream

RESAMPLES = 1_000
"""Resamples of texts for an interval."""

Statistic = Callable[[Floats, Floats], float]
"""Of what was held and what was read, both of shape (texts,)."""


def correlation(held: Floats, read: Floats) -> float:
    """Return Pearson's r, in [-1, 1]; 0 where either does not vary, nan for fewer than two texts.

    Examples
    --------
    >>> correlation(np.array([0.0, 0.5, 1.0]), np.array([0.2, 0.3, 0.4]))
    1.0
    """
    if held.size < 2:
        return math.nan
    if np.ptp(held) == 0.0 or np.ptp(read) == 0.0:
        return 0.0
    return round(float(np.corrcoef(held, read)[0, 1]), 12)


def slope(held: Floats, read: Floats) -> float:
    """Return by how much more is read where 1 more is held (least squares); nan where nothing varies.

    Examples
    --------
    >>> round(slope(np.array([0.0, 0.5, 1.0]), np.array([0.2, 0.3, 0.4])), 12)
    0.2
    """
    if held.size < 2 or np.ptp(held) == 0.0:
        return math.nan
    off = held - held.mean()
    return float(off @ read / (off @ off))


def area_under_curve(held: Floats, read: Floats) -> float:
    """Return the probability that more is read in a text for than in one against; ties count half.

    Texts for are those whose stance is above .5, texts against those below; nan where either are none. It is
    the area under the receiver's operating curve [HanleyMcNeil1982]_.

    Examples
    --------
    >>> area_under_curve(np.array([0.0, 0.5, 1.0, 0.9]), np.array([0.4, 0.0, 0.3, 0.6]))
    0.5
    """
    high, low = np.sort(read[held > 0.5]), read[held < 0.5]
    if not high.size or not low.size:
        return math.nan
    below = high.size - np.searchsorted(high, low, side="right")
    ties = np.searchsorted(high, low, side="right") - np.searchsorted(high, low, side="left")
    return float((below + 0.5 * ties).sum() / (high.size * low.size))


def error(held: Floats, read: Floats) -> float:
    """Return the root mean squared difference; nan for no text."""
    return float(np.sqrt(np.mean((read - held) ** 2))) if held.size else math.nan


def interval(statistic: Statistic, held: Floats, read: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return a percentile bootstrap interval of a statistic, texts drawn with replacement.

    The resamples are those of the stream ``agreement`` under seed 0, so that the same arrays have the same
    interval. nan where fewer than two resamples have the statistic.
    """
    if held.size < 3:
        return math.nan, math.nan
    rng = stream(0, "agreement", held.size)
    found = np.array(
        [statistic(held[some], read[some]) for some in rng.integers(held.size, size=(RESAMPLES, held.size))]
    )
    found = found[np.isfinite(found)]
    if found.size < 2:
        return math.nan, math.nan
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
