"""How much of an answer is measurement error, from the same people in three waves.

If answers are a true value plus error that does not carry over, and true values change without memory, the
correlations of three waves tell both apart [Heise1969]_: reliability is ``r12 r23 / r13`` (error alone makes
neighbouring waves agree no better than distant ones), and true values of neighbouring waves correlate by
``r13 / r23`` and ``r13 / r12``.

Error also looks like movement towards the middle: who was measured too high by chance comes down. The naive
slope of change on the present value has this in it; with the wave before as instrument it has not.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream

FEWEST_PERSONS = 20
RESAMPLES = 400


@dataclass(frozen=True)
class Reliability:
    """What three waves say of one item.

    Attributes
    ----------
    r12, r23, r13 : float
        Test-retest correlations.
    reliability : float
        Share of the variance of answers that is not error; above 1 by chance only, nan where r13 is not
        above 0.
    stability12, stability23 : float
        Correlations of true values between neighbouring waves.
    deviation : float
        Standard deviation of answers, over all three waves.
    noise : float
        Standard deviation of measurement error: ``deviation sqrt(1 - reliability)``.
    change : float
        Standard deviation of the change of answers from a wave to the next.
    true_change : float
        Of that, what error does not account for: ``sqrt(change^2 - 2 noise^2)``, 0 where error accounts for
        more than all.
    error_share : float
        Share of the variance of change that is error: ``2 noise^2 / change^2``.
    slope12, slope23 : float
        Naive slope of change on the value before: -1 if answers were pure error, 0 if nothing pulls back.
    instrumented : float
        Slope of change from wave 2 to 3 on the true value of wave 2, with wave 1 as instrument.
    """

    r12: float
    r23: float
    r13: float
    reliability: float
    stability12: float
    stability23: float
    deviation: float
    noise: float
    change: float
    true_change: float
    error_share: float
    slope12: float
    slope23: float
    instrumented: float


STATISTICS = tuple(one.name for one in fields(Reliability))


def estimate_reliability(answers: ArrayLike) -> Reliability:
    """Estimate reliability, noise and stability of one item from three waves.

    Parameters
    ----------
    answers : float array, shape (persons, 3)
        Of persons who answered in all three waves, in [0, 1]; at least 20.

    Returns
    -------
    Reliability

    Raises
    ------
    StudyError
        If the shape is another, there are fewer persons, an answer is not in [0, 1], all answers of a wave
        are the same, or two waves are identical.

    References
    ----------
    [Heise1969]_

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> true = rng.uniform(0.3, 0.7, 50_000)
    >>> waves = np.stack([true + rng.uniform(-0.2, 0.2, true.size) for _ in range(3)], axis=1)
    >>> found = estimate_reliability(waves)
    >>> round(found.reliability, 1), round(found.stability12, 1), round(found.noise, 3)
    (0.5, 1.0, 0.115)
    """
    array = _checked(answers)
    return Reliability(*(float(one) for one in compute_statistics(array, np.ones((1, len(array))))[0]))


def resample_reliability(
    answers: ArrayLike, *, level: float = 0.95, n_resamples: int = RESAMPLES, seed: int = 1
) -> dict[str, tuple[float, float]]:
    """Return percentile intervals over resampled persons, by the names of `Reliability`'s fields.

    Raises
    ------
    StudyError
        As `estimate_reliability`, or if a level or number is not possible.

    References
    ----------
    [Efron1979]_
    """
    if not 0 < level < 1 or n_resamples < 20:
        raise StudyError(
            f"intervals need a level between 0 and 1 and at least 20 resamples; {level} and "
            f"{n_resamples} given"
        )
    array = _checked(answers)
    counts = draw_counts(len(array), n_resamples, stream(seed, "resampled persons"))
    return read_intervals(compute_statistics(array, counts), level)


def draw_counts(n: int, n_resamples: int, rng: np.random.Generator) -> Floats:
    """Return how often each person is in each resample, shape (resamples, persons)."""
    return rng.multinomial(n, np.full(n, 1 / n), n_resamples).astype(np.float64)


def read_intervals(statistics: Floats, level: float) -> dict[str, tuple[float, float]]:
    """Return the interval of each statistic, from an array (resamples, statistics)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what is nan in every resample stays nan
        low, high = np.nanquantile(statistics, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(STATISTICS, low, high, strict=True)}


def take_medians(statistics: Sequence[Floats]) -> Floats:
    """Return the median over items of every statistic; of those that are not nan."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what is nan for every item stays nan
        return np.asarray(np.nanmedian(np.stack(statistics), axis=0))


def compute_statistics(answers: Floats, counts: Floats) -> Floats:
    """Return the fields of `Reliability` with persons counted several times, in their order.

    Parameters
    ----------
    answers : float64 array, shape (persons, 3)
        Without gaps.
    counts : float64 array, shape (resamples, persons)
        How often each person counts.

    Returns
    -------
    float64 array, shape (resamples, statistics)
    """
    n = counts.sum(axis=1)
    means = counts @ answers / n[:, None]
    places = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))
    products = counts @ np.stack([answers[:, a] * answers[:, b] for a, b in places], axis=1) / n[:, None]
    free = (n / (n - 1))[:, None]  # as a sample's variance
    moments = free * (products - np.stack([means[:, a] * means[:, b] for a, b in places], axis=1))
    v1, v2, v3, c12, c23, c13 = moments.T
    with np.errstate(invalid="ignore", divide="ignore"):
        r12, r23, r13 = c12 / np.sqrt(v1 * v2), c23 / np.sqrt(v2 * v3), c13 / np.sqrt(v1 * v3)
        reliability = np.where(r13 > 0, r12 * r23 / r13, np.nan)
        variance = (v1 + v2 + v3) / 3
        error = variance * np.maximum(1 - reliability, 0)
        change = ((v1 + v2 - 2 * c12) + (v2 + v3 - 2 * c23)) / 2
        found = (
            r12,
            r23,
            r13,
            reliability,
            r13 / r23,
            r13 / r12,
            np.sqrt(variance),
            np.sqrt(error),
            np.sqrt(np.maximum(change, 0)),
            np.sqrt(np.maximum(change - 2 * error, 0)),
            2 * error / change,
            c12 / v1 - 1,
            c23 / v2 - 1,
            c13 / c12 - 1,
        )
    return np.stack(found, axis=1)


def _checked(answers: ArrayLike) -> Floats:
    array = np.asarray(answers, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise StudyError(
            f"reliability needs three waves, an array (persons, 3); shape {array.shape} given: with two, "
            "error and change cannot be told apart"
        )
    if len(array) < FEWEST_PERSONS:
        raise StudyError(
            f"reliability needs at least {FEWEST_PERSONS} persons in all three waves; {len(array)} given"
        )
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        person, wave = (int(place) for place in np.argwhere(wrong)[0])
        raise StudyError(
            f"answers must lie in [0, 1]; person {person} has {array[person, wave]} in wave {wave + 1}"
        )
    for wave in range(3):
        if np.ptp(array[:, wave]) == 0:
            raise StudyError(f"all answers in wave {wave + 1} are {array[0, wave]:g}: nothing varies")
        if np.array_equal(array[:, wave], array[:, (wave + 1) % 3]):
            one, other = sorted((wave, (wave + 1) % 3))
            raise StudyError(
                f"waves {one + 1} and {other + 1} are identical: nobody changed any answer; "
                "give what was asked anew"
            )
    return array
