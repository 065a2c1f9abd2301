"""How well what was read agrees with what was held: pure functions of arrays, with bootstrap intervals.

Arrays have texts on their last axis; other axes are resamples.
"""

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
    return math.nan if held.size < 2 else float(_correlations(held, read))


def slope(held: Floats, read: Floats) -> float:
    """Return by how much more is read where 1 more is held (least squares); nan where nothing varies.

    Examples
    --------
    >>> round(slope(np.array([0.0, 0.5, 1.0]), np.array([0.2, 0.3, 0.4])), 12)
    0.2
    """
    return math.nan if held.size < 2 else float(_slopes(held, read))


def area_under_curve(held: Floats, read: Floats) -> float:
    """Return the probability that more is read in a text for than in one against; ties count half.

    Texts for are those whose stance is above .5, texts against those below; nan where either are none. It is
    the area under the receiver's operating curve [HanleyMcNeil1982]_.

    Examples
    --------
    >>> area_under_curve(np.array([0.0, 0.5, 1.0, 0.9]), np.array([0.4, 0.0, 0.3, 0.6]))
    0.5
    """
    wins = _wins(held, read)
    return float(wins.mean()) if wins.size else math.nan


def error(held: Floats, read: Floats) -> float:
    """Return the root mean squared difference; nan for no text."""
    return float(_errors(held, read)) if held.size else math.nan


def interval(statistic: Statistic, held: Floats, read: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return a percentile bootstrap interval of one of these statistics, texts drawn with replacement.

    For the area under the curve, texts for and texts against are drawn apart. The resamples are those of the
    stream ``agreement`` under seed 0, so that the same arrays have the same interval; nan for fewer than
    three texts.
    """
    if held.size < 3:
        return math.nan, math.nan
    rng = stream(0, "agreement", held.size)
    if statistic is area_under_curve:
        found = _resampled_areas(_wins(held, read), rng)
    else:
        some = rng.integers(held.size, size=(RESAMPLES, held.size))
        found = _BATCHED[statistic](held[some], read[some])
    found = found[np.isfinite(found)]
    if found.size < 2:
        return math.nan, math.nan
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean(_held: Floats, read: Floats) -> float:
    """Return the mean of what was read; nan for no text."""
    return float(read.mean()) if read.size else math.nan


def _correlations(held: Floats, read: Floats) -> Floats:
    one, other = _centred(held), _centred(read)
    lengths = np.sqrt((one**2).sum(-1) * (other**2).sum(-1))
    varies = (np.ptp(held, axis=-1) > 0.0) & (np.ptp(read, axis=-1) > 0.0)
    found: Floats = np.where(varies, (one * other).sum(-1) / np.where(varies, lengths, 1.0), 0.0)
    rounded: Floats = found.round(12)
    return rounded


def _slopes(held: Floats, read: Floats) -> Floats:
    one = _centred(held)
    square = (one**2).sum(-1)
    varies = np.ptp(held, axis=-1) > 0.0
    return np.where(varies, (one * read).sum(-1) / np.where(varies, square, 1.0), math.nan)


def _errors(held: Floats, read: Floats) -> Floats:
    found: Floats = np.sqrt(((read - held) ** 2).mean(-1))
    return found


def _means(_held: Floats, read: Floats) -> Floats:
    found: Floats = read.mean(-1)
    return found


def _centred(values: Floats) -> Floats:
    found: Floats = values - values.mean(-1, keepdims=True)
    return found


def _wins(held: Floats, read: Floats) -> Floats:
    """Return 1 where a text for is read higher than one against, .5 where alike: shape (for, against)."""
    high, low = read[held > 0.5], read[held < 0.5]
    found: Floats = (high[:, None] > low) + 0.5 * (high[:, None] == low)
    return found


def _resampled_areas(wins: Floats, rng: np.random.Generator) -> Floats:
    n_for, n_against = wins.shape
    if not wins.size:
        return np.empty(0)
    ours = rng.multinomial(n_for, np.full(n_for, 1.0 / n_for), size=RESAMPLES)
    theirs = rng.multinomial(n_against, np.full(n_against, 1.0 / n_against), size=RESAMPLES)
    found: Floats = ((ours @ wins) * theirs).sum(-1) / (n_for * n_against)
    return found


_BATCHED: dict[Statistic, Callable[[Floats, Floats], Floats]] = {
    correlation: _correlations,
    slope: _slopes,
    error: _errors,
    mean: _means,
}
