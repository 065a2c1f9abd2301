"""Confidence intervals of means over replications, for every round or outcome at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError


class MeanInterval(NamedTuple):
    """Means over replications, with their intervals.

    Attributes
    ----------
    mean, low, high : float64 arrays
        The ends are nan with fewer than 2 replications; the mean, too, with none.
    n : int64 array
        Number of replications that have a number.
    """

    mean: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]


def interval_of_means(values: ArrayLike, confidence: float = 0.95) -> MeanInterval:
    """Return the mean over replications and its t interval [Student1908]_, column by column.

    Each interval covers its own mean; a band over rounds need not cover a whole line.

    Parameters
    ----------
    values : float array, shape (replications, ...)
        nan where a replication has no number.
    confidence : float
        Of the intervals, in (.5, 1).

    Returns
    -------
    MeanInterval
        Each of shape (...).

    Raises
    ------
    StudyError
        If there is no axis of replications, a number is infinite, or the confidence is out of its range.

    References
    ----------
    [Student1908]_

    Examples
    --------
    >>> found = interval_of_means([[0.1, 1.0], [0.3, 1.0]])
    >>> found.mean.tolist(), found.low.round(3).tolist(), found.high.round(3).tolist()
    ([0.2, 1.0], [-1.071, 1.0], [1.471, 1.0])
    """
    from scipy import stats

    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or np.isinf(array).any():
        raise StudyError("values must be an array (replications, ...) of finite numbers or nan")
    if not 0.5 < confidence < 1:
        raise StudyError(f"confidence {confidence} given; allowed: above .5 and below 1, as .95")
    there = ~np.isnan(array)
    n = there.sum(axis=0).astype(np.int64)
    mean = np.where(n > 0, np.nansum(array, axis=0) / np.maximum(n, 1), np.nan)
    squares = np.nansum((array - mean) ** 2, axis=0)
    error = np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1))
    half = np.where(n > 1, stats.t.isf((1 - confidence) / 2, np.maximum(n - 1, 1)) * error, np.nan)
    return MeanInterval(mean, mean - half, mean + half, n)
