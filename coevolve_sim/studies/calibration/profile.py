"""Confidence and rate by a profile: the best rate has a closed form at every confidence on a grid.

With u the step of the rule at full rate and d the change that was seen, the mean square error at rate mu is a
parabola in mu, least at ``<u, d> / <u, u>``. The error as a function of confidence alone is a staircase (it
changes only where somebody comes within confidence), so it is searched on a grid, and then ten times finer
about the best. Intervals resample egos.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream
from coevolve_sim.studies.calibration.transitions import FullSteps, measure_distances

GRID_STEP = 0.01
REFINEMENT = 10
RESAMPLES = 400


@dataclass(frozen=True, eq=False)
class Profile:
    """Error and best rate by confidence.

    Attributes
    ----------
    confidence : float64 array, shape (grid,)
        Ascending, in [0, 1].
    rate : float64 array, shape (grid,)
        The best rate at each confidence, in [0, 1].
    error : float64 array, shape (grid,)
        Mean square error there.
    persistence : float
        Mean square error of saying that nothing changes.
    at_bound : bool
        Whether the best rate was cut to 0 or 1.
    """

    confidence: Floats
    rate: Floats
    error: Floats
    persistence: float
    at_bound: bool

    @property
    def best(self) -> int:
        """Place of the least error; where several are as small, of the smallest confidence."""
        return int(np.argmin(self.error))

    @property
    def at_end(self) -> bool:
        """Whether the least error lies at an end of the grid."""
        return self.best in (0, self.confidence.size - 1)


@dataclass(frozen=True)
class Intervals:
    """Intervals over resampled egos.

    Attributes
    ----------
    confidence, rate : tuple of float
        Low and high end.
    rate_error : float
        Standard deviation of the rate over resamples.
    gain : tuple of float
        Low and high end of the share by which the rule's error is below that of no change.
    n_resamples : int
    """

    confidence: tuple[float, float]
    rate: tuple[float, float]
    rate_error: float
    gain: tuple[float, float]
    n_resamples: int


def choose_grid(steps: FullSteps) -> Floats:
    """Return confidences in steps of .01 over the distances at which egos have friends.

    Raises
    ------
    StudyError
        If all friends are at one distance.
    """
    nearest, furthest = _extremes(steps)
    low, high = max(np.floor(nearest / GRID_STEP), 1.0), np.ceil(furthest / GRID_STEP)
    if high - low < 2:
        raise StudyError(
            f"every ego is about as far from every friend ({nearest:.3f} to {furthest:.3f}): confidence "
            "cannot be told; more dimensions, or people who differ, would tell it"
        )
    grid: Floats = np.round(np.arange(low, high + 1) * GRID_STEP, 10)
    return np.minimum(grid, 1.0)


def profile_confidence(steps: FullSteps, grid: ArrayLike | None = None) -> Profile:
    """Return the best rate and its error at each confidence of a grid, refined about the best.

    Parameters
    ----------
    steps : FullSteps
        What the rule does at full rate.
    grid : float array, shape (grid,), optional
        Confidences in [0, 1], ascending, three or more; `choose_grid` if not given.

    Returns
    -------
    Profile
        Over the grid and the finer steps about its best.

    Raises
    ------
    StudyError
        If the grid is not as described, or lies outside the distances of egos from friends: below the
        nearest, nobody hears anybody; from the furthest on, everybody hears all, whatever the confidence.
    """
    chosen = _checked_grid(steps, choose_grid(steps) if grid is None else grid)
    first = _profile(steps, chosen)
    around = chosen[max(first.best - 1, 0) : first.best + 2]
    finer = np.concatenate(
        [np.linspace(low, high, REFINEMENT + 1) for low, high in itertools.pairwise(around)]
    )
    return _profile(steps, np.unique(np.round(np.concatenate([chosen, finer]), 12)))


def resample_egos(
    steps: FullSteps,
    profile: Profile,
    *,
    level: float = 0.95,
    n_resamples: int = RESAMPLES,
    seed: int = 1,
) -> Intervals:
    """Return percentile intervals of confidence, rate and gain over resampled egos.

    Parameters
    ----------
    steps : FullSteps
        As for the profile.
    profile : Profile
        Whose confidences are chosen among anew in every resample.
    level : float
        In (0, 1).
    n_resamples : int
        20 or more.
    seed : int
        Of the resamples.

    Raises
    ------
    StudyError
        If a number is not as described.

    References
    ----------
    [Efron1979]_
    """
    if not 0 < level < 1 or n_resamples < 20:
        raise StudyError(
            f"intervals need a level between 0 and 1 and at least 20 resamples; {level} and "
            f"{n_resamples} given"
        )
    n = len(steps.change)
    counts = stream(seed, "resampled egos").multinomial(n, np.full(n, 1 / n), n_resamples).astype(np.float64)
    sums = [steps.at(float(confidence)) for confidence in profile.confidence]
    along = counts @ np.stack([one.along for one in sums], axis=1)
    square = counts @ np.stack([one.step for one in sums], axis=1)
    change = (counts @ steps.change)[:, None]
    rates = _best_rates(along, square)
    errors = change - 2 * rates * along + rates**2 * square
    rows = np.arange(n_resamples)
    best = errors.argmin(axis=1)
    ends = [(1 - level) / 2, (1 + level) / 2]

    def interval(numbers: Floats) -> tuple[float, float]:
        low, high = np.quantile(numbers, ends)
        return float(low), float(high)

    return Intervals(
        interval(profile.confidence[best]),
        interval(rates[rows, best]),
        float(rates[rows, best].std(ddof=1)),
        interval(1 - errors[rows, best] / np.where(change[:, 0] > 0, change[:, 0], 1.0)),
        n_resamples,
    )


def _profile(steps: FullSteps, grid: Floats) -> Profile:
    sums = [steps.at(float(confidence)) for confidence in grid]
    along = np.array([one.along.sum() for one in sums])
    square = np.array([one.step.sum() for one in sums])
    rates = _best_rates(along, square)
    errors = np.array(
        [steps.mean_square_error(float(c), float(rate)) for c, rate in zip(grid, rates, strict=True)]
    )
    best = int(np.argmin(errors))
    free = along[best] / square[best] if square[best] > 0 else 0.0
    persistence = float(steps.change.mean()) / steps.n_numbers
    return Profile(grid, rates, errors, persistence, not 0 <= free <= 1)


def _best_rates(along: Floats, square: Floats) -> Floats:
    free = np.divide(along, square, out=np.zeros_like(along), where=square > 0)
    return np.clip(free, 0.0, 1.0)


def _extremes(steps: FullSteps) -> tuple[float, float]:
    distances = [measure_distances(t, steps.distance) for t in steps.transitions]
    return min(float(d.min()) for d in distances), max(float(d.max()) for d in distances)


def _checked_grid(steps: FullSteps, given: ArrayLike) -> Floats:
    grid = np.asarray(given, dtype=np.float64)
    inside: NDArray[np.bool_] = (grid >= 0) & (grid <= 1)
    if grid.ndim != 1 or grid.size < 3 or not inside.all() or not (np.diff(grid) > 0).all():
        raise StudyError(
            "a grid of confidences holds three numbers in [0, 1] or more, ascending; "
            f"{np.array2string(grid, threshold=6)} given"
        )
    nearest, furthest = _extremes(steps)
    if grid[-1] < nearest or grid[0] >= furthest:
        why = "nobody hears anybody" if grid[-1] < nearest else "everybody hears all friends"
        raise StudyError(
            f"the grid of confidences, {grid[0]:g} to {grid[-1]:g}, lies outside the data: egos are "
            f"{nearest:.3f} to {furthest:.3f} from their friends, so that {why} at any of them; "
            "give a grid within these distances"
        )
    return grid
