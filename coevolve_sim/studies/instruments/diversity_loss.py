"""Diversity loss: how much of people's variety an assistant takes, how fast, and where the loss ends.

Variety is the trace of the covariance of values, or Rao's quadratic entropy; its loss in a round is measured
pair by pair against a reference world, L(t) = 1 - D_world(t) / D_reference(t). What is left, 1 - L, either
falls to nothing at a constant rate (a line in its logarithm) or levels off: both are fitted, and the fit says
which it was and why. Entropies of bins are corrected for the number of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect
from coevolve_sim.studies.instruments.replications import checked_alike, checked_replications, mean_and_ends

LEAST_LEVEL = 0.01
"""Variety is said to level off where more than this part of it is left for good."""
LEAST_LEFT = 1e-9
"""Rounds in which less than this part of variety is left are rounding, and are not fitted."""
BETTER = 0.5
"""A fit that levels off is taken where its error is at most this part of the exponential's."""


def trace_of_covariance(values: ArrayLike) -> Floats:
    """Return the sum over dimensions of people's variance, in each replication and round.

    Parameters
    ----------
    values : float array, shape (..., humans, dimensions)

    Returns
    -------
    float64 array, shape (...)
        At least 0, in squared values; population variances, divided by the number of humans.

    Raises
    ------
    StudyError
        If there are fewer than two axes, or a value is not finite.

    References
    ----------
    [Recanatesi2022]_

    Examples
    --------
    >>> float(trace_of_covariance([[0.0, 0.5], [1.0, 0.5]]))
    0.25
    """
    found: Floats = _checked_values(values).var(axis=-2).sum(axis=-1)
    return found


def quadratic_entropy(values: ArrayLike) -> Floats:
    """Return Rao's quadratic entropy: the expected distance of two people, drawn with replacement.

    The distance is Euclidean. With its square the entropy would be twice the trace of the covariance, and its
    loss the same; with the distance itself it falls by the root of that. Cost: O(humans^2).

    Parameters
    ----------
    values : float array, shape (..., humans, dimensions)

    Returns
    -------
    float64 array, shape (...)
        At least 0, in values.

    Raises
    ------
    StudyError
        If there are fewer than two axes, or a value is not finite.

    References
    ----------
    [Rao1982]_

    Examples
    --------
    >>> float(quadratic_entropy([[0.0], [1.0]]))
    0.5
    """
    array = _checked_values(values)
    found = np.zeros(array.shape[:-2])
    for human in range(array.shape[-2]):
        apart = np.linalg.norm(array - array[..., human : human + 1, :], axis=-1)
        found += apart.mean(axis=-1) / array.shape[-2]
    return found


def diversity_loss(world: ArrayLike, reference: ArrayLike) -> Floats:
    """Return the share of variety that a world has lost against its reference world, pair by pair.

    Parameters
    ----------
    world, reference : float arrays, shape (replications, rounds)
        Variety, at least 0; entries of one replication share people, ties and draws.

    Returns
    -------
    float64 array, shape (replications, rounds)
        At most 1; 0 where nothing is lost, negative where variety is gained.

    Raises
    ------
    StudyError
        If shapes differ, an entry is not finite or negative, or the reference world has no variety (names the
        first such replication and round).

    Examples
    --------
    >>> diversity_loss([[0.5, 0.25]], [[0.5, 0.5]]).tolist()
    [[0.0, 0.5]]
    """
    axes = ("replications", "rounds")
    ours, other = (
        checked_replications(given, name, axes)
        for given, name in ((world, "world"), (reference, "reference"))
    )
    checked_alike(("world", ours), ("reference", other))
    if (ours < 0).any():
        raise StudyError(f"variety is at least 0; {ours.min()} given in the world")
    if (other <= 0).any():
        replication, round_index = np.argwhere(other <= 0)[0]
        raise StudyError(
            f"the reference world has no variety to lose in replication {replication}, round {round_index}; "
            "let people differ there, or stop before"
        )
    loss: Floats = 1.0 - ours / other
    return loss


@dataclass(frozen=True)
class LossFit:
    """How variety is lost.

    Attributes
    ----------
    kind : {"exponential", "levelling_off", "none"}
        What was fitted; none where no loss can be told.
    reason : str
        Why, in a sentence.
    n : int
        Number of replications.
    half_life, half_life_low, half_life_high : float
        Rounds in which half of what will be lost is lost, and the ends of its interval; inf where nothing is.
    level, level_low, level_high : float
        The part of variety that is left for good, and the ends of its interval; 0 for an exponential, 1 for
        none.
    error : float
        Root mean square error of the fit to the mean over replications, as a part of the first variety.
    """

    kind: Literal["exponential", "levelling_off", "none"]
    reason: str
    n: int
    half_life: float
    half_life_low: float
    half_life_high: float
    level: float
    level_low: float
    level_high: float
    error: float


def fit_loss(loss: ArrayLike, *, confidence: float = 0.95) -> LossFit:
    """Fit the course of a diversity loss, and say whether variety falls to nothing or levels off.

    The exponential is a line through the origin in the logarithm of what is left; the other is
    ``D + (1 - D) exp(-t / tau)`` by least squares. The second is taken where the interval of D lies above
    `LEAST_LEVEL` and its error is at most half of the first's. A course that is no exponential is fitted with
    an error of the level: the square of one, over 20 rounds, is .258 for .25.

    Parameters
    ----------
    loss : float array, shape (replications, rounds)
        As from `diversity_loss`, from the round before the loss begins on: the first column is 0.
    confidence : float
        In (.5, 1).

    Returns
    -------
    LossFit

    Raises
    ------
    StudyError
        If there are fewer than 4 rounds, an entry is not finite or above 1, or a loss does not begin at 0.

    Examples
    --------
    >>> found = fit_loss([1 - 0.9 ** (2 * np.arange(30))])
    >>> found.kind, round(found.half_life, 4)
    ('exponential', 3.2894)
    """
    left = 1.0 - checked_replications(loss, "loss", ("replications", "rounds"), least=4)
    if (left < 0).any():
        raise StudyError(f"a loss is at most 1; {1 - left.min()} given")
    if np.abs(left[:, 0] - 1.0).max() > 1e-9:
        raise StudyError(
            f"a loss begins at 0, in the round before anything is lost; {1 - left[0, 0]:.3g} given first"
        )
    rates = np.array([_rate_of(one) for one in left])
    rate, slowest, fastest = mean_and_ends(rates, confidence)
    fits = np.array([_levelling_off(one) for one in left])
    level, level_low, level_high = mean_and_ends(fits[:, 0], confidence)
    mean, rounds = left.mean(axis=0), np.arange(float(left.shape[1]))
    error = _rms(mean - np.exp(-rate * rounds))
    error_level = _rms(mean - _level_curve(rounds, *_levelling_off(mean)))
    if slowest <= 1e-12:
        reason = (
            f"no loss can be told: its rate a round, {slowest:.3g} to {fastest:.3g}, is not above 0; "
            f"{_seen(rates, confidence)}"
        )
        half = (np.inf, _half_life(fastest), np.inf)
        return LossFit("none", reason, len(left), *half, 1.0, 1.0, 1.0, _rms(mean - 1.0))
    if level_low > LEAST_LEVEL and error_level <= BETTER * error:
        speeds = mean_and_ends(1.0 / fits[:, 1], confidence)
        reason = (
            f"a part of {level:.3g} ({level_low:.3g} to {level_high:.3g}) is left for good; error "
            f"{error_level:.2g}, of an exponential {error:.2g}"
        )
        half = (_half_life(speeds[0]), _half_life(speeds[2]), _half_life(speeds[1]))
        return LossFit("levelling_off", reason, len(left), *half, level, level_low, level_high, error_level)
    reason = (
        f"nothing is told to be left for good (level {level_low:.3g} to {level_high:.3g}); "
        f"error {error:.2g}, of levelling off {error_level:.2g}"
    )
    half = (_half_life(rate), _half_life(fastest), _half_life(slowest))
    return LossFit("exponential", reason, len(left), *half, 0.0, 0.0, 0.0, error)


def entropy_of_bins(counts: ArrayLike, *, corrected: bool = True) -> Floats:
    """Return the entropy of the bins that people fall into, corrected for their number by Miller and Madow.

    The entropy of observed shares is too low by about (K - 1) / (2 N), for N people in K bins; the correction
    adds that, with K the bins in which anybody is.

    Parameters
    ----------
    counts : int array, shape (..., bins)
        Number of people in each bin.
    corrected : bool
        Whether to correct.

    Returns
    -------
    float64 array, shape (...)
        In nats.

    Raises
    ------
    StudyError
        If a count is negative or not whole, or nobody is in any bin.

    References
    ----------
    [Miller1955]_

    Examples
    --------
    >>> float(entropy_of_bins([5, 5]).round(4)), float(entropy_of_bins([5, 5], corrected=False).round(4))
    (0.7431, 0.6931)
    """
    given = np.asarray(counts, dtype=np.float64)
    if given.ndim == 0 or not (np.isfinite(given) & (given >= 0) & (given == np.floor(given))).all():
        raise StudyError("counts must be whole numbers of at least 0, an array (..., bins)")
    people = given.sum(axis=-1)
    if (people == 0).any():
        raise StudyError("counts must have somebody in some bin; nobody is in any")
    shares = given / people[..., None]
    found: Floats = -np.sum(shares * np.log(np.where(shares > 0, shares, 1.0)), axis=-1)
    if corrected:
        found = found + ((given > 0).sum(axis=-1) - 1) / (2.0 * people)
    return found


def _checked_values(values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim < 2 or array.size == 0:
        raise StudyError(f"values must be an array (..., humans, dimensions); shape {array.shape} given")
    if not np.isfinite(array).all():
        where = tuple(int(place) for place in np.argwhere(~np.isfinite(array))[0])
        raise StudyError(f"values must be finite; {array[where]} stands at {where}")
    return array


def _rate_of(left: Floats) -> float:
    """Return the rate of an exponential: the slope through the origin of ln of what is left."""
    rounds = np.arange(left.size)
    gone = np.flatnonzero(left < LEAST_LEFT)
    until = int(gone[0]) if gone.size else left.size
    if until < 2:
        raise StudyError("variety is gone in the first round; there is no course of its loss to fit")
    t = rounds[:until]
    return float(-(t * np.log(left[:until])).sum() / (t**2).sum())


def _levelling_off(left: Floats) -> tuple[float, float]:
    """Return level and time constant of ``D + (1 - D) exp(-t / tau)`` by least squares.

    For a given tau the best level is linear, so that only tau is searched for, in its logarithm.
    """
    rounds = np.arange(float(left.size))

    def level_at(log_tau: float) -> float:
        decay = np.exp(-rounds / np.exp(log_tau))
        return float(((left - decay) * (1 - decay)).sum() / ((1 - decay) ** 2).sum())

    def error_at(log_tau: float) -> float:
        return float(((left - _level_curve(rounds, level_at(log_tau), np.exp(log_tau))) ** 2).sum())

    grid = np.linspace(np.log(0.1), np.log(100.0 * left.size), 60)
    best = int(np.argmin([error_at(log_tau) for log_tau in grid]))
    bounds = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)]))
    found = float(optimize.minimize_scalar(error_at, bounds=bounds, method="bounded").x)
    return level_at(found), float(np.exp(found))


def _level_curve(rounds: Floats, level: float, tau: float) -> Floats:
    curve: Floats = level + (1 - level) * np.exp(-rounds / tau)
    return curve


def _seen(rates: Floats, confidence: float) -> str:
    """Return the half-life that would have been seen, in words."""
    if rates.size == 1:
        return "one replication says nothing of what would have been seen"
    seen = paired_effect(rates, np.zeros(rates.size), confidence=confidence).smallest_effect_seen
    return f"a half-life of up to {_half_life(seen):.3g} rounds would have been seen"


def _half_life(rate: float) -> float:
    return float(np.log(2) / rate) if rate > 0 else float("inf")


def _rms(errors: Floats) -> float:
    return float(np.sqrt(np.mean(errors**2)))
