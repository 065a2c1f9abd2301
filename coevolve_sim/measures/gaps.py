"""Measures of language as a channel: how far values read from words are from the values held.

A value passes through three stages from one human to another: what the speaker holds (latent), what its own
mind reads in the words it wrote (expressed), and what the listener's mind reads in them (perceived). Each
function compares two of these, pair by pair. A value that could not be read is nan and is left out; a measure
with fewer pairs than it needs is nan, never 0.

- Expression error: expressed minus latent, one for each message.
- Reading error: perceived minus expressed, one for each hearing.
- Correlation and slope of perceived on latent: whether the order of stances gets through, and whether the
  differences between them do. Words that do not depend on what is held have slope 0.

These measures are of messages, not of the society's values, and so are not in the catalogue.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError


class Gap(NamedTuple):
    """Result of `gap`: the number of pairs, and each measure of this module by its name."""

    n: int
    mean_error: float
    rms_error: float
    correlation: float
    slope: float


def gap(held: ArrayLike, read: ArrayLike) -> Gap:
    """Compute all measures of this module at once.

    Parameters
    ----------
    held, read : float array, shape (pairs,)
        In [0, 1], unitless; nan where there is none.

    Raises
    ------
    MeasureError
        If shapes disagree or a value is infinite.

    Examples
    --------
    >>> gap([0.2, 0.4, 0.9], [0.3, 0.5, float("nan")]).n
    2
    """
    x, y = _known_pairs(held, read)
    return Gap(x.size, *(measure(x, y) for measure in (mean_error, rms_error, correlation, slope)))


def mean_error(held: ArrayLike, read: ArrayLike) -> float:
    """Mean of read minus held values: above 0 where readings are too high on average.

    Errors in both directions cancel; see `rms_error` for their size.

    Parameters
    ----------
    held, read : float array, shape (pairs,)
        In [0, 1], unitless; nan where there is none.

    Returns
    -------
    float
        In [-1, 1]; nan without a pair.

    Raises
    ------
    MeasureError
        If shapes disagree or a value is infinite.

    Examples
    --------
    >>> mean_error([0.5, 0.5], [0.5, 1.0])
    0.25
    """
    x, y = _known_pairs(held, read)
    return float((y - x).mean()) if x.size else float("nan")


def rms_error(held: ArrayLike, read: ArrayLike) -> float:
    """Root mean square of read minus held values: 0 where everything is read as it is held.

    Parameters
    ----------
    held, read : float array, shape (pairs,)
        In [0, 1], unitless; nan where there is none.

    Returns
    -------
    float
        In [0, 1]; nan without a pair.

    Raises
    ------
    MeasureError
        If shapes disagree or a value is infinite.

    Examples
    --------
    >>> rms_error([0.5, 0.5], [0.0, 1.0])
    0.5
    """
    x, y = _known_pairs(held, read)
    return float(np.sqrt(((y - x) ** 2).mean())) if x.size else float("nan")


def correlation(held: ArrayLike, read: ArrayLike) -> float:
    """Pearson's correlation of held and read: 1 where the order and spacing of stances get through.

    It does not see a bias that is the same for all, nor how much differences shrink; see `mean_error`,
    `slope`.

    Parameters
    ----------
    held, read : float array, shape (pairs,)
        In [0, 1], unitless; nan where there is none.

    Returns
    -------
    float
        In [-1, 1]; nan for fewer than two pairs, or where either is constant.

    Raises
    ------
    MeasureError
        If shapes disagree or a value is infinite.

    Examples
    --------
    >>> round(correlation([0.0, 0.5, 1.0], [0.4, 0.5, 0.6]), 12)
    1.0
    """
    x, y = _known_pairs(held, read)
    if not (_has_spread(x) and _has_spread(y)):
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def slope(held: ArrayLike, read: ArrayLike) -> float:
    """Slope of the least-squares line of read on held: how much of a difference in stance gets through.

    1 where all of it does, 0 where the words carry no information, below 0 where they are read in reverse.

    Parameters
    ----------
    held, read : float array, shape (pairs,)
        In [0, 1], unitless; nan where there is none.

    Returns
    -------
    float
        Unbounded; nan for fewer than two pairs, or where held values are constant.

    Raises
    ------
    MeasureError
        If shapes disagree or a value is infinite.

    Examples
    --------
    >>> round(slope([0.0, 0.5, 1.0], [0.4, 0.5, 0.6]), 12)
    0.2
    """
    x, y = _known_pairs(held, read)
    if not _has_spread(x):
        return float("nan")
    x = x - x.mean()
    return float((x @ (y - y.mean())) / (x @ x))


def _has_spread(values: Floats) -> bool:
    """Return whether any two values differ by more than rounding."""
    return bool(values.size) and float(np.ptp(values)) > 1e-12


def _known_pairs(held: ArrayLike, read: ArrayLike) -> tuple[Floats, Floats]:
    """Return the pairs in which both values are known."""
    x, y = np.asarray(held, dtype=np.float64), np.asarray(read, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise MeasureError(
            f"held and read must have equal shapes (pairs,); {x.shape} and {y.shape} given; give a row of "
            "values each, nan where one is missing"
        )
    if np.isinf(x).any() or np.isinf(y).any():
        raise MeasureError("held and read must be finite, or nan where one is missing; an infinite one given")
    there = ~(np.isnan(x) | np.isnan(y))
    return x[there], y[there]
