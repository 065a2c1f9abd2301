"""The martingale score: whether where a belief stands tells where it will move.

A rational belief is a martingale: the slope of (following - present) on present is 0. Below 0 people come
back to the middle, above 0 they entrench. Two traps make the naive slope worthless by itself. People who all
hear one truth give the slope minus their gain K, though each of them is rational: take one belief a
replication, with a truth of its own. And error of measurement pulls the slope towards -1: a true +.1 looks
like -.12 if a fifth of the variance is error. So the naive slope is never given alone: with a reliability
stands the slope corrected by it, with a second reading the slope instrumented by that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import smallest_effect_seen
from coevolve_sim.studies.instruments.given_arrays import check_numbers, check_same_shape

LEAST_READINGS = 10
LEAST_F = 10.0
"""Where the second reading tells less of the first than this F, its slope is not to be trusted."""


@dataclass(frozen=True)
class MartingaleScore:
    """The slope of change on present, as measured and with error of measurement taken out.

    Attributes
    ----------
    naive : float
        As measured; 0 for rational beliefs that are measured without error.
    slope, low, high : float
        With error of measurement taken out, and the ends of its confidence interval.
    smallest_slope_seen : float
        What a slope must truly be to be told from zero with power .8.
    taken_out_by : str
        ``reliability`` or ``second reading``.
    n : int
        Number of beliefs.
    """

    naive: float
    slope: float
    low: float
    high: float
    smallest_slope_seen: float
    taken_out_by: str
    n: int

    @property
    def sentence(self) -> str:
        """The finding in words, both slopes in it."""
        if self.low <= 0 <= self.high:
            told = (
                f"no drift can be told from zero; one of {self.smallest_slope_seen:.3f} would have been seen"
            )
        else:
            told = "beliefs return to the middle" if self.slope < 0 else "beliefs entrench"
        return (
            f"Change has a slope of {self.slope:+.3f} on where a belief stands ({self.low:+.3f} to "
            f"{self.high:+.3f}, error taken out by a {self.taken_out_by}; {self.naive:+.3f} as measured): "
            f"{told}."
        )


def score_martingale(
    present: ArrayLike,
    following: ArrayLike,
    *,
    reliability: float | None = None,
    confidence: float = 0.95,
) -> MartingaleScore:
    """Return the slope of change on present, corrected for the reliability of a reading.

    With a share 1 - r of the variance of readings being error, the naive slope is r slope - (1 - r).

    Parameters
    ----------
    present, following : float arrays, shape (beliefs,)
        Readings of independent beliefs at two times.
    reliability : float
        r, in (0, 1]: the share of the variance of ``present`` that is not error of measurement; 1 only where
        values themselves are read. It is taken as known.
    confidence : float
        In (.5, 1).

    Returns
    -------
    MartingaleScore

    Raises
    ------
    StudyError
        If no reliability is given, there are fewer than 10 beliefs, or all stand at one place.

    References
    ----------
    [He2025]_; [Spearman1904]_

    Examples
    --------
    >>> x = np.linspace(0, 1, 11)
    >>> found = score_martingale(x, x + 0.1 * (x - 0.5), reliability=1.0)
    >>> round(found.naive, 9), round(found.slope, 9)
    (0.1, 0.1)
    """
    if reliability is None:
        raise StudyError(
            "a martingale score needs the reliability of a reading, because error of measurement flips its "
            "sign: give reliability (1 where values themselves are read), or a second reading "
            "(score_martingale_by_second_reading)"
        )
    if not 0 < reliability <= 1:
        raise StudyError(f"a reliability lies in (0, 1]; {reliability} given")
    x, change = _check_readings(confidence, present=present, following=following)
    naive, error = _slope(x, x, change)
    slope = (naive + 1 - reliability) / reliability
    return _with_interval(naive, slope, error / reliability, "reliability", x.size, confidence)


def score_martingale_by_second_reading(
    second_reading: ArrayLike, present: ArrayLike, following: ArrayLike, *, confidence: float = 0.95
) -> MartingaleScore:
    """Return the slope of change on present, with a second, independent reading as its instrument.

    ``slope = cov(second, following - present) / cov(second, present)``: errors of the second reading are not
    those of the first, so that they cancel. An earlier wave may serve, if what moved people between is
    independent of what moves them now.

    Parameters
    ----------
    second_reading, present, following : float arrays, shape (beliefs,)
        Readings of independent beliefs.
    confidence : float
        In (.5, 1).

    Returns
    -------
    MartingaleScore
        Its interval is robust to variances that differ.

    Raises
    ------
    StudyError
        If shapes differ, there are fewer than 10 beliefs, or the second reading tells so little of the first
        (F below 10) that its slope is not to be trusted.

    References
    ----------
    [He2025]_; [Staiger1997]_

    Examples
    --------
    >>> x = np.linspace(0, 1, 11)
    >>> error = 0.1 * np.cos(np.arange(11) * 2.5)
    >>> found = score_martingale_by_second_reading(x, x + error, x)
    >>> round(found.naive, 2), round(found.slope, 2)
    (-0.05, 0.0)
    """
    x, change = _check_readings(confidence, present=present, following=following)
    z = check_numbers("second_reading", second_reading, "(beliefs,)")
    check_same_shape(second_reading=z, present=x)
    r2 = float(np.corrcoef(z, x)[0, 1] ** 2) if np.ptp(z) > 0 else 0.0
    strength = r2 / max(1 - r2, 1e-300) * (x.size - 2)
    if strength < LEAST_F:
        raise StudyError(
            f"the second reading tells too little of the first (F {strength:.1f}; {LEAST_F:g} is wanted): "
            "take more readings"
        )
    naive, _ = _slope(x, x, change)
    slope, error = _slope(z, x, change)
    return _with_interval(naive, slope, error, "second reading", x.size, confidence)


def _check_readings(confidence: float, **readings: ArrayLike) -> tuple[Floats, Floats]:
    """Return present readings, and what they change by."""
    arrays = {name: check_numbers(name, given, "(beliefs,)") for name, given in readings.items()}
    check_same_shape(**arrays)
    x, following = arrays.values()
    if x.size < LEAST_READINGS:
        raise StudyError(f"a martingale score needs at least {LEAST_READINGS} beliefs; {x.size} given")
    if np.ptp(x) == 0:
        raise StudyError(f"all {x.size} present readings are {x[0]:g}: no slope can be taken on them")
    if not 0.5 < confidence < 1:
        raise StudyError(f"a confidence lies between .5 and 1; {confidence} given")
    return x, following - x


def _slope(instrument: Floats, x: Floats, change: Floats) -> tuple[float, float]:
    """Return the instrumented slope of change on x, and its robust standard error."""
    z, centred, moved = instrument - instrument.mean(), x - x.mean(), change - change.mean()
    shared = z @ centred
    slope = float(z @ moved / shared)
    left = moved - slope * centred
    error = float(np.sqrt((z**2 * left**2).sum() * x.size / (x.size - 2)) / abs(shared))
    return slope, error


def _with_interval(
    naive: float, slope: float, error: float, taken_out_by: str, n: int, confidence: float
) -> MartingaleScore:
    half = float(stats.t.isf((1 - confidence) / 2, n - 2)) * error
    seen = smallest_effect_seen(error, n - 1, 1 - confidence)
    return MartingaleScore(naive, slope, slope - half, slope + half, seen, taken_out_by, n)
