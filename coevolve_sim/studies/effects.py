"""Effects: paired differences between worlds, with intervals that cover what they say.

An effect is the mean over replications of a difference between two worlds with the same people, ties and
draws [Student1908]_. Replications are the only independent things: rounds and humans are never resampled.
Where many differences are looked at together, Holm's correction [Holm1979]_ keeps the chance that any equal
pair is told apart at the level that is stated.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream

Interval = Literal["t", "bca"]
POWER = 0.8
"""The power with which a smallest effect would have been seen."""
BCA_REPLICATIONS = 20
"""With fewer replications the bootstrap interval is too short."""
RESAMPLES = 9_999
EQUAL = 1e-12
"""Differences up to this (times the largest score, where that exceeds 1) are rounding, and count as none."""


@dataclass(frozen=True)
class PairedEffect:
    """What a world differs by from its reference world.

    Attributes
    ----------
    n : int
        Number of replications.
    mean, standard_error : float
        Mean difference, in the unit of the scores, and its standard error.
    low, high : float
        Ends of the confidence interval of the mean difference.
    p_value : float
        In [0, 1]; two-sided, against no difference; below 1 - `confidence` where the interval leaves 0 out.
    method : str
        ``"t"`` or ``"bca"``.
    confidence : float
        In (.5, 1).
    smallest_effect_seen : float
        The true difference that a paired t test at this confidence would have told from zero with power .8,
        if differences are normal and spread as they were seen to be.
    variance_reduction : float
        Variance of the difference of unpaired replications, divided by that of paired ones: near 1 the
        pairing gained nothing. nan where the difference did not vary.
    """

    n: int
    mean: float
    standard_error: float
    low: float
    high: float
    p_value: float
    method: Interval
    confidence: float
    smallest_effect_seen: float
    variance_reduction: float


@dataclass(frozen=True, eq=False)
class AllPairs:
    """Every row of scores against every other.

    Attributes
    ----------
    level : float
        The chance, at most, that any pair of equals is told apart.
    differences : float64 array, shape (policies, policies)
        Mean of row i minus mean of row j.
    p_values : float64 array, shape (policies, policies)
        Holm-adjusted over all pairs, symmetric, 1 on the diagonal.
    apart : bool array, shape (policies, policies)
        Where the adjusted p-value is at most `level`.
    """

    level: float
    differences: Floats
    p_values: Floats
    apart: NDArray[np.bool_]


def paired_effect(
    world: ArrayLike,
    reference: ArrayLike,
    *,
    confidence: float = 0.95,
    method: Interval = "t",
    seed: int = 1,
) -> PairedEffect:
    """Return the effect of a world against its reference world, replication by replication.

    Differences that are all the same and not zero are an effect without error (p-value 0, an interval of no
    width): so are scores that are counts, where few replications agree by chance; give more then.

    Parameters
    ----------
    world, reference : float arrays, shape (replications,)
        Score of each replication in the two worlds; entries of one position share people, ties and draws.
    confidence : float
        In (.5, 1).
    method : {"t", "bca"}
        Paired t, for 2 replications or more, or the bias-corrected and accelerated bootstrap [Efron1987]_ of
        the mean difference, for 20 or more; its p-value is that of the widest interval which leaves 0 out.
    seed : int
        Seed of the bootstrap's draws.

    Returns
    -------
    PairedEffect

    Raises
    ------
    StudyError
        If shapes differ, there are fewer than 2 replications (20 for ``"bca"``), or a score is not finite.

    References
    ----------
    [Student1908]_; [Efron1987]_

    Examples
    --------
    >>> found = paired_effect([0.5, 0.6, 0.8], [0.4, 0.4, 0.5])
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3), round(found.p_value, 3)
    (0.2, -0.048, 0.448, 0.074)
    >>> round(found.smallest_effect_seen, 3)
    0.326
    """
    from scipy import stats

    both = _checked_pair(world, reference)
    _check_level(round(1 - confidence, 12))
    if method not in ("t", "bca"):
        raise StudyError(f"an interval's method must be 't' or 'bca'; {method!r} given")
    n = both.shape[1]
    if method == "bca" and n < BCA_REPLICATIONS:
        raise StudyError(
            f"{n} replications given; a bootstrap interval needs at least {BCA_REPLICATIONS}: "
            "give more replications, or method 't'"
        )
    differences = _differences(both[0], both[1])
    mean, variance = float(differences.mean()), float(_variances(differences))
    error = math.sqrt(variance / n)
    if method == "bca" and variance > 0:
        low, high, p_value = _bca(differences, confidence, seed)
    else:
        half = float(stats.t.isf((1 - confidence) / 2, n - 1)) * error
        low, high = mean - half, mean + half
        p_value = float(_p_values(np.array(mean), np.array(error), n))
    unpaired = float(_variances(both).sum())
    return PairedEffect(
        n=n,
        mean=mean,
        standard_error=error,
        low=low,
        high=high,
        p_value=p_value,
        method=method,
        confidence=confidence,
        smallest_effect_seen=smallest_effect_seen(error, n, 1 - confidence),
        variance_reduction=unpaired / variance if variance > 0 else math.nan,
    )


def smallest_effect_seen(standard_error: float, n: int, level: float = 0.05) -> float:
    """Return the true mean difference that a paired t test tells from zero with power .8.

    Parameters
    ----------
    standard_error : float
        Standard error of the mean difference, at least 0.
    n : int
        Number of replications, at least 2.
    level : float
        Level of the two-sided test, in (0, .5).

    Returns
    -------
    float
        In the unit of the standard error.

    Raises
    ------
    StudyError
        If an argument lies outside its range.

    References
    ----------
    [Cohen1988]_, chapter 2.

    Examples
    --------
    >>> round(smallest_effect_seen(0.01, n=5), 4), round(smallest_effect_seen(0.01, n=100), 4)
    (0.0376, 0.0283)
    """
    _check_level(level)
    if n < 2 or not 0 <= standard_error < math.inf:
        raise StudyError(
            "the smallest effect seen needs at least 2 replications and a standard error of at least 0; "
            f"{n} and {standard_error} given"
        )
    return _noncentrality(n, level) * standard_error


def adjust_holm(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for how many there are, by Holm's step-down method.

    Parameters
    ----------
    p_values : float array, shape (tests,)
        In [0, 1].

    Returns
    -------
    float64 array, shape (tests,)
        In [0, 1], in the order given; whatever is at most a level is told from zero, and the chance that any
        of those is so by chance alone is at most that level.

    Raises
    ------
    StudyError
        If the shape is another, or an entry is not in [0, 1] (names the first).

    References
    ----------
    [Holm1979]_

    Examples
    --------
    >>> adjust_holm([0.04, 0.01, 0.03]).tolist()
    [0.06, 0.03, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    if given.ndim != 1:
        raise StudyError(f"p-values must be an array (tests,); shape {given.shape} given")
    wrong = np.flatnonzero(~((given >= 0) & (given <= 1)))
    if wrong.size:
        raise StudyError(f"p-values must lie in [0, 1]; number {wrong[0]} is {given[wrong[0]]}")
    order = np.argsort(given, kind="stable")
    stepped = given[order] * np.arange(given.size, 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def compare_all_pairs(scores: ArrayLike, level: float = 0.05) -> AllPairs:
    """Compare every row with every other by paired t tests, corrected for their number.

    Parameters
    ----------
    scores : float array, shape (policies, replications)
        Scores; entries of one column share people, ties and draws.
    level : float
        The chance, at most, that any pair of equals is told apart; in (0, .5).

    Returns
    -------
    AllPairs

    Raises
    ------
    StudyError
        If the shape is another, there are fewer than 2 replications, or a score is not finite (names the
        first such row and column).

    References
    ----------
    [Holm1979]_

    Examples
    --------
    >>> found = compare_all_pairs([[0.9, 0.9, 0.8], [0.2, 0.1, 0.1], [0.9, 0.9, 0.8]])
    >>> found.apart[0].tolist(), found.p_values[0].round(4).tolist()
    ([False, True, False], [1.0, 0.0062, 1.0])
    """
    array = _checked_scores(scores)
    _check_level(level)
    n_rows, n = array.shape
    one, other = np.triu_indices(n_rows, 1)
    differences = _differences(array[one], array[other])
    means = differences.mean(axis=-1)
    errors = np.sqrt(_variances(differences) / n)
    adjusted = adjust_holm(_p_values(means, errors, n))
    difference, p_values = np.zeros((n_rows, n_rows)), np.ones((n_rows, n_rows))
    difference[one, other], difference[other, one] = means, -means
    p_values[one, other] = p_values[other, one] = adjusted
    return AllPairs(level, difference, p_values, p_values <= level)


def rank_places(scores: ArrayLike, level: float = 0.05) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the best and the worst place that each row may have, 1 being the first.

    A row is ahead of another if its mean is higher and `compare_all_pairs` tells the two apart; rows that are
    not told apart share places.

    Parameters
    ----------
    scores : float array, shape (policies, replications)
        Scores, of which high is good: give errors with a minus sign.
    level : float
        The chance, at most, that any pair of equals is put in an order; in (0, .5).

    Returns
    -------
    best, worst : int arrays, shape (policies,)
        ``best`` is 1 plus the number of rows ahead; ``worst`` is the number of rows (itself included) that it
        is not ahead of.

    Raises
    ------
    StudyError
        As `compare_all_pairs`.

    Examples
    --------
    >>> rank_places([[0.9, 0.9, 0.8], [0.2, 0.1, 0.1], [0.9, 0.9, 0.8]])
    (array([1, 3, 1]), array([2, 3, 2]))
    """
    found = compare_all_pairs(scores, level)
    ahead = found.apart & (found.differences > 0)
    return 1 + ahead.sum(axis=0), len(ahead) - ahead.sum(axis=1)


def _checked_pair(world: ArrayLike, reference: ArrayLike) -> Floats:
    """Return the scores of two worlds as an array (2, replications)."""
    rows = [np.asarray(scores, dtype=np.float64) for scores in (world, reference)]
    for name, row in zip(("world", "reference"), rows, strict=True):
        if row.ndim != 1:
            raise StudyError(f"{name} must be an array (replications,); shape {row.shape} given")
    if rows[0].size != rows[1].size:
        raise StudyError(
            f"world and reference must have as many replications; {rows[0].size} and {rows[1].size} given"
        )
    return _checked_scores(rows, ("world", "reference"))


def _checked_scores(scores: ArrayLike, names: tuple[str, ...] = ()) -> Floats:
    """Return scores as a finite array (rows, replications) of at least two replications."""
    array = np.asarray(scores, dtype=np.float64)
    if array.ndim != 2 or len(array) == 0:
        raise StudyError(f"scores must be an array (policies, replications); shape {array.shape} given")
    if array.shape[1] < 2:
        raise StudyError(f"a paired difference needs at least 2 replications; {array.shape[1]} given")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        name = names[row] if names else f"row {row}"
        raise StudyError(f"scores must be finite; {name} has {array[row, column]} in replication {column}")
    return array


def _check_level(level: float) -> None:
    if not 0 < level < 0.5:
        raise StudyError(f"a level must lie between 0 and .5 (a confidence between .5 and 1); {level} given")


def _differences(one: Floats, other: Floats) -> Floats:
    """Return one - other, with what is rounding set to 0."""
    difference = one - other
    largest = np.maximum(np.abs(one), np.abs(other))
    return np.where(np.abs(difference) <= EQUAL * np.maximum(largest, 1.0), 0.0, difference)


def _variances(rows: Floats) -> Floats:
    """Return the sample variance of each row; 0 where its entries differ by rounding only."""
    largest = np.abs(rows).max(axis=-1)
    found: Floats = np.where(
        np.ptp(rows, axis=-1) <= EQUAL * np.maximum(largest, 1.0), 0.0, rows.var(axis=-1, ddof=1)
    )
    return found


def _p_values(means: Floats, errors: Floats, n: int) -> Floats:
    """Return two-sided p-values of paired t tests; where nothing varies, 0 or (no difference) 1."""
    from scipy import stats

    exact = np.where(means == 0, 1.0, 0.0)
    varies = errors > 0
    t = np.abs(means) / np.where(varies, errors, 1.0)
    found: Floats = np.where(varies, 2 * stats.t.sf(t, n - 1), exact)
    return found


def _bca(differences: Floats, confidence: float, seed: int) -> tuple[float, float, float]:
    """Return the ends of the bootstrap interval and the p-value of the widest that leaves 0 out."""
    from scipy import optimize, stats

    drawn = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="BCa",
        rng=stream(seed, "bootstrap", differences.size),
    )

    def nearer_end(level: float) -> float:
        again = stats.bootstrap(
            (differences,),
            np.mean,
            n_resamples=0,
            confidence_level=level,
            method="BCa",
            bootstrap_result=drawn,
        )
        ends = again.confidence_interval
        return float(ends.low if differences.mean() > 0 else -ends.high)

    low, high = (float(end) for end in drawn.confidence_interval)
    finest = 2 / (RESAMPLES + 1)
    if nearer_end(1 - finest) > 0:
        return low, high, finest
    if differences.mean() == 0 or nearer_end(finest) <= 0:
        return low, high, 1.0
    return low, high, 1 - float(optimize.bisect(nearer_end, finest, 1 - finest, xtol=finest / 2))


@functools.cache
def _noncentrality(n: int, level: float) -> float:
    """Return by how many standard errors the mean must differ from 0 to be told from it with power .8."""
    from scipy import optimize, stats

    bound = float(stats.t.isf(level / 2, n - 1))

    def lacking(shift: float) -> float:
        # scipy's noncentral t is nan in its far tail; its square has a noncentral F distribution
        return float(stats.ncf.sf(bound**2, 1, n - 1, shift**2)) - POWER

    return float(optimize.brentq(lacking, 0.0, 8 * bound + 10))
