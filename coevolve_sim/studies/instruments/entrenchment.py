"""Entrenchment: how much of where people end follows from where the assistant happened to begin.

S = Var(E[m_T | z_0]) / Var(m_T), over ensembles of the assistant's first values z_0 and of people: 0 if the
beginning is forgotten, 1 if it is all that counts. Beside it the derivative of the end state by the start:
cheap, since two runs of one seed give it; with time it goes to 0 under drag, to a constant under lock-in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import POWER, PairedEffect, paired_effect
from coevolve_sim.studies.instruments.given_arrays import check_numbers, check_replications, check_same_shape

LEAST_SEEDS = 10
LEAST_STARTS = 5


@dataclass(frozen=True)
class Entrenchment:
    """The share of the variance of ends that beginnings explain.

    Attributes
    ----------
    share : float
        S, adjusted so that it is 0 on average where beginnings do not count; below 0 by chance then.
    low, high : float
        Ends of its confidence interval, in [0, 1].
    raw_share : float
        Unadjusted: 1 / (n - 1) on average where beginnings do not count, of n seeds.
    smallest_share_seen : float
        What S must truly be to be told from 0 with power .8.
    n : int
        Number of beginnings.
    """

    share: float
    low: float
    high: float
    raw_share: float
    smallest_share_seen: float
    n: int

    @property
    def sentence(self) -> str:
        """The finding in words, with what would have been seen."""
        told = (
            "" if self.low > 0 else f" None can be told; {self.smallest_share_seen:.0%} would have been seen."
        )
        return (
            f"{max(self.share, 0.0):.0%} of the variance of where people end follows from where the "
            f"assistant began ({self.low:.0%} to {self.high:.0%}, {self.n} beginnings).{told}"
        )


def measure_entrenchment(
    first_values: ArrayLike, ends: ArrayLike, *, confidence: float = 0.95
) -> Entrenchment:
    """Return S by regression, where each seed has a first value of the assistant and people of its own.

    E[m_T | z_0] is taken for a straight line; `measure_crossed_entrenchment` needs none.

    Parameters
    ----------
    first_values : float array, shape (replications,)
        The assistant's first value of each seed, drawn independently of its people.
    ends : float array, shape (replications,)
        People's mean at the end.
    confidence : float
        In (.5, 1).

    Returns
    -------
    Entrenchment

    Raises
    ------
    StudyError
        If shapes differ, there are fewer than 10 seeds, or first values or ends do not vary.

    References
    ----------
    [Saltelli2010]_; [Ezekiel1930]_, for the adjustment.

    Examples
    --------
    >>> start, people = np.tile([0.4, 0.6], 8), np.repeat([0.3, 0.7], 8)
    >>> found = measure_entrenchment(start, start + people)
    >>> round(found.raw_share, 3), round(found.share, 3)
    (0.2, 0.143)
    """
    z = check_numbers("first_values", first_values, "(replications,)")
    m = check_numbers("ends", ends, "(replications,)")
    check_same_shape(first_values=z, ends=m)
    check_replications(z.size, LEAST_SEEDS, "entrenchment")
    _check_varies(confidence, first_values=z, ends=m)
    r = float(np.clip(np.corrcoef(z, m)[0, 1], -1, 1))
    raw, n = r * r, z.size
    half = float(stats.norm.isf((1 - confidence) / 2)) / math.sqrt(n - 3)
    centre = math.atanh(min(abs(r), 1 - 1e-15))
    low, high = math.tanh(max(centre - half, 0.0)) ** 2, math.tanh(centre + half) ** 2
    seen = math.tanh(half + float(stats.norm.ppf(POWER)) / math.sqrt(n - 3)) ** 2
    return Entrenchment(1 - (1 - raw) * (n - 1) / (n - 2), low, high, raw, seen, n)


def measure_crossed_entrenchment(ends: ArrayLike, *, confidence: float = 0.95) -> Entrenchment:
    """Return S where every beginning of the assistant was run with the same people, seed by seed.

    By components of variance of beginnings, people and what is neither; no line is assumed.

    Parameters
    ----------
    ends : float array, shape (starts, replications)
        People's mean at the end; rows share the assistant's first value, columns share people and draws.
    confidence : float
        In (.5, 1).

    Returns
    -------
    Entrenchment
        ``raw_share`` is the variance of the rows' means over the variance of all ends.

    Raises
    ------
    StudyError
        If there are fewer than 5 starts or 2 replications, or ends do not vary.

    References
    ----------
    [McGraw1996]_, ICC(A,1) and its interval.

    Examples
    --------
    >>> starts, people = np.linspace(0, 1, 6)[:, None], np.linspace(0, 1, 6)
    >>> round(measure_crossed_entrenchment(starts + people).share, 12)
    0.5
    """
    m = check_numbers("ends", ends, "(starts, replications)")
    _check_varies(confidence, ends=m)
    n, k = m.shape
    check_replications(k, 2, "crossed entrenchment")
    if n < LEAST_STARTS:
        raise StudyError(f"crossed entrenchment needs at least {LEAST_STARTS} first values; {n} given")
    by_start, by_people, grand = m.mean(axis=1), m.mean(axis=0), m.mean()
    rest = m - by_start[:, None] - by_people + grand
    of_starts = k * float(((by_start - grand) ** 2).sum()) / (n - 1)
    of_people = n * float(((by_people - grand) ** 2).sum()) / (k - 1)
    of_rest = float((rest**2).sum()) / ((n - 1) * (k - 1))
    share = (of_starts - of_rest) / (of_starts + (k - 1) * of_rest + k * (of_people - of_rest) / n)
    low, high = _crossed_interval(share, of_starts, of_people, of_rest, n, k, confidence)
    seen = _smallest_crossed_share(of_people, of_rest, n, k, confidence)
    return Entrenchment(share, low, high, float(by_start.var() / m.var()), seen, n)


def _smallest_crossed_share(of_people: float, of_rest: float, n: int, k: int, confidence: float) -> float:
    """Return the S that the F test of beginnings against the rest sees with power .8."""
    freedom = (n - 1, (n - 1) * (k - 1))
    bound, typical = (float(stats.f.isf(tail, *freedom)) for tail in ((1 - confidence) / 2, POWER))
    of_start = (bound / typical - 1) / k * of_rest
    of_human = max((of_people - of_rest) / n, 0.0)
    total = of_start + of_human + of_rest
    return of_start / total if total > 0 else 0.0


def _crossed_interval(
    share: float, of_starts: float, of_people: float, of_rest: float, n: int, k: int, confidence: float
) -> tuple[float, float]:
    """Return the interval of ICC(A,1) from mean squares, by Satterthwaite's degrees of freedom."""
    if share >= 1 or (of_people == 0 and of_rest == 0):
        return 1.0, 1.0
    odds = max(share, 0.0) / (1 - share)
    a, b = k * odds / n, 1 + k * odds * (n - 1) / n
    bottom = (a * of_people) ** 2 / (k - 1) + (b * of_rest) ** 2 / ((n - 1) * (k - 1))
    freedom = (a * of_people + b * of_rest) ** 2 / bottom if bottom > 0 else float(k - 1)
    tail = (1 - confidence) / 2
    upper, lower = float(stats.f.isf(tail, n - 1, freedom)), float(stats.f.isf(tail, freedom, n - 1))
    others = k * of_people + (k * n - k - n) * of_rest
    low = n * (of_starts - upper * of_rest) / (upper * others + n * of_starts)
    high = n * (lower * of_starts - of_rest) / (others + n * lower * of_starts)
    return max(low, 0.0), min(max(high, 0.0), 1.0)


def differentiate_end_state(
    ends: ArrayLike, kicked_ends: ArrayLike, kick: float, *, confidence: float = 0.95
) -> PairedEffect:
    """Return by how much people's end moves for each unit that the assistant's first value is moved.

    Parameters
    ----------
    ends, kicked_ends : float arrays, shape (replications,)
        People's mean at the end without and with the kick; entries of one position share seed and people.
    kick : float
        What was added to the assistant's first value; not 0.
    confidence : float
        In (.5, 1).

    Returns
    -------
    PairedEffect
        1 where people end where the assistant began, 0 where its beginning is forgotten. Beginnings near 0
        or 1 are cut off by the scale: kick towards the middle.

    Raises
    ------
    StudyError
        If the kick is 0 or not finite, shapes differ, or there are fewer than 2 replications.

    Examples
    --------
    >>> found = differentiate_end_state([0.50, 0.60], [0.55, 0.65], 0.1)
    >>> round(found.mean, 9)
    0.5
    """
    if not np.isfinite(kick) or kick == 0:
        raise StudyError(f"a kick is a number other than 0; {kick} given")
    plain = check_numbers("ends", ends, "(replications,)")
    kicked = check_numbers("kicked_ends", kicked_ends, "(replications,)")
    return paired_effect(kicked / kick, plain / kick, confidence=confidence)


def _check_varies(confidence: float, **arrays: Floats) -> None:
    if not 0.5 < confidence < 1:
        raise StudyError(f"a confidence lies between .5 and 1; {confidence} given")
    for name, array in arrays.items():
        if np.ptp(array) == 0:
            raise StudyError(f"{name} are all {array.flat[0]:g}: entrenchment needs ensembles that vary")
