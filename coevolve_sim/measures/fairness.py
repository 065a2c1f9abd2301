"""Whose values an assistant holds, group by group: distances, benefits, voices, calibration, individuals.

None of these is fairness. Each is what one view of it looks at, and they cannot all be had at once
(`false_positive_rate`); a scenario declares which is meant before any number is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.checking import checked_labels, checked_number, checked_values


def distances_to_groups(position: ArrayLike, group_means: ArrayLike) -> Floats:
    """Return how far an assistant stands from the mean of each group.

    Parameters
    ----------
    position : float array, shape (dimensions,)
        What the assistant holds, in [0, 1].
    group_means : float array, shape (groups, dimensions)
        What each group holds on average, in [0, 1].

    Returns
    -------
    float array, shape (groups,)
        Euclidean, over the root of the number of dimensions: in [0, 1].

    Raises
    ------
    MeasureError
        If a value is not in [0, 1], or shapes do not fit.

    Examples
    --------
    >>> distances_to_groups([0.32], [[0.2], [0.8]]).round(2)
    array([0.12, 0.48])
    """
    means = checked_values(group_means, "group means")
    held = checked_values(np.atleast_2d(np.asarray(position, dtype=np.float64)), "an assistant's values")
    if held.shape != (1, means.shape[1]):
        raise MeasureError(f"an assistant has {means.shape[1]} values, one a dimension; {held.size} given")
    distance: Floats = np.sqrt(((means - held) ** 2).mean(axis=1))
    return distance


def parity_gap(distances: ArrayLike) -> float:
    """Return by how much further the assistant is from one group than from another, at most.

    Examples
    --------
    >>> round(parity_gap([0.12, 0.48]), 2), parity_gap([0.3, 0.3])
    (0.36, 0.0)
    """
    return float(np.ptp(_checked_distances(distances)))


def benefits(distances: ArrayLike) -> Floats:
    """Return what each group has of the assistant, 1 less its squared distance: in [0, 1].

    Examples
    --------
    >>> benefits([0.12, 0.48])
    array([0.9856, 0.7696])
    """
    return 1 - _checked_distances(distances) ** 2


def least_benefit(distances: ArrayLike) -> float:
    """Return the benefit of the group that has least: what a contract among groups would raise.

    Examples
    --------
    >>> least_benefit([0.5, 0.25])
    0.75
    """
    return float(benefits(distances).min())


def voice_shares(heard: ArrayLike) -> Floats:
    """Return which part of what the assistant heard came from each group.

    Parameters
    ----------
    heard : float array, shape (groups,)
        How much was heard of each group: people, messages, or expectations of these.

    Returns
    -------
    float array, shape (groups,)
        Sums to 1; nan where nothing was heard.

    Raises
    ------
    MeasureError
        If a number is negative or not finite.

    Examples
    --------
    >>> voice_shares([30, 10])
    array([0.75, 0.25])
    """
    counts = np.asarray(heard, dtype=np.float64)
    if counts.ndim != 1 or not (np.isfinite(counts) & (counts >= 0)).all():
        raise MeasureError("what was heard of groups must be numbers of at least 0, one a group")
    total = counts.sum()
    return counts / total if total > 0 else np.full(counts.shape, math.nan)


def calibration_by_group(predicted: ArrayLike, actual: ArrayLike, groups: ArrayLike) -> Floats:
    """Return how much too high predictions were for each group, on average.

    Parameters
    ----------
    predicted, actual : float array, shape (cases,)
        What was predicted of a case, and what came.
    groups : int array, shape (cases,)
        Group of each case.

    Returns
    -------
    float array, shape (groups,)
        Mean of predicted less actual: 0 where predictions of a group are right on average.

    Raises
    ------
    MeasureError
        If shapes differ, a value is not in [0, 1], or labels are not whole numbers.

    Examples
    --------
    >>> calibration_by_group([0.5, 0.5, 0.5, 0.5], [0.2, 0.4, 0.6, 0.8], [0, 0, 1, 1]).round(3)
    array([ 0.2, -0.2])
    """
    one, other = checked_values(predicted, "predictions"), checked_values(actual, "actual values")
    if one.shape != other.shape or one.shape[1] != 1:
        raise MeasureError(f"predictions and actual values differ in shape: {one.shape} and {other.shape}")
    labels, n_groups = checked_labels(groups, len(one))
    errors = np.bincount(labels, weights=(one - other)[:, 0], minlength=n_groups)
    means: Floats = errors / np.bincount(labels, minlength=n_groups)
    return means


def individual_gap(values: ArrayLike, answers: ArrayLike) -> float:
    """Return by how much more two people's answers differ than the people do, at most.

    Similar people should be told similar things: below 1 answers differ less than people, at 0 all are told
    the same. People who hold the same and are told different things make it infinite. All pairs are compared:
    a greatest of some would miss whom it is for, so that time grows with the square of people.

    Parameters
    ----------
    values, answers : float array, shape (humans,) or (humans, dimensions)
        What people hold, and what the assistant told each; in [0, 1].

    Returns
    -------
    float
        In [0, inf]; nan of fewer than two people.

    Raises
    ------
    MeasureError
        If shapes differ or a value is not in [0, 1].

    References
    ----------
    [Dwork2012]_

    Examples
    --------
    >>> individual_gap([0.25, 0.5, 1.0], [0.5, 0.625, 0.5])
    0.5
    """
    held, told = checked_values(values), checked_values(answers, "answers")
    if len(held) != len(told):
        raise MeasureError(f"{len(held)} humans hold values, and {len(told)} were told something")
    return _largest_ratio(held, told)


def _largest_ratio(held: Floats, told: Floats) -> float:
    """Return the largest ratio of distances, human by human, so that no matrix of all pairs is held."""
    largest = math.nan
    for human in range(len(held) - 1):
        apart = np.sqrt(((held[human + 1 :] - held[human]) ** 2).mean(axis=1))
        answered = np.sqrt(((told[human + 1 :] - told[human]) ** 2).mean(axis=1))
        same = apart == 0
        if (answered[same] > 0).any():
            return math.inf
        ratios = answered[~same] / apart[~same]
        if ratios.size:
            largest = float(np.fmax(largest, ratios.max()))
        elif same.any():
            largest = float(np.fmax(largest, 0.0))
    return largest


def false_positive_rate(base_rate: float, precision: float, missed: float) -> float:
    """Return the rate of false alarms that a base rate, a precision and a share missed leave no choice of.

    FPR = p / (1 - p) (1 - PPV) / PPV (1 - FNR): of two groups with different base rates p, a prediction as
    precise in both (PPV) that misses as many in both (FNR) is wrong about more of the others in one.

    Parameters
    ----------
    base_rate : float
        Share of the group of whom it is true, in (0, 1).
    precision : float
        Share of those of whom it is predicted of whom it is true, in (0, 1].
    missed : float
        Share of those of whom it is true of whom it is not predicted, in [0, 1].

    Returns
    -------
    float
        Share, of those of whom it is not true, of whom it is predicted. Above 1 there is no such prediction.

    Raises
    ------
    MeasureError
        If a number is out of its range.

    References
    ----------
    [Chouldechova2017]_

    Examples
    --------
    >>> round(false_positive_rate(0.3, 0.6, 0.2), 6), round(false_positive_rate(0.5, 0.6, 0.2), 6)
    (0.228571, 0.533333)
    """
    if not 0 < base_rate < 1:
        raise MeasureError(f"a base rate must lie in (0, 1); {base_rate} given")
    if not 0 < precision <= 1:
        raise MeasureError(f"a precision must lie in (0, 1]; {precision} given")
    checked_number("the share missed", missed, 0, 1)
    return base_rate / (1 - base_rate) * (1 - precision) / precision * (1 - missed)


def describe_conflict(
    names: Sequence[str], base_rates: Sequence[float], precision: float = 0.6, missed: float = 0.2
) -> str:
    """Say, with numbers, that equal calibration and equal errors cannot both hold; empty where they can.

    Parameters
    ----------
    names : sequence of str, length 2
        Two groups.
    base_rates : sequence of float, length 2
        Share of each group of whom it is true.
    precision, missed : float
        As for `false_positive_rate`; precision is raised to the larger base rate where that is larger, since
        predicting it of everybody is as precise as that.

    Examples
    --------
    >>> describe_conflict(["young", "old"], [0.3, 0.5])[:65]
    'It is true of .300 of young and .500 of old. A prediction that is'
    >>> describe_conflict(["young", "old"], [0.4, 0.4])
    ''
    """
    if not all(0 < rate < 1 for rate in base_rates) or base_rates[0] == base_rates[1]:
        return ""
    precise = max(precision, *base_rates)
    rates = [false_positive_rate(rate, precise, missed) for rate in base_rates]
    said = [f"{_without_zero(rate)} of {name}" for rate, name in zip(base_rates, names, strict=True)]
    wrong = [
        f"{_without_zero(rate)} of the others in {name}" for rate, name in zip(rates, names, strict=True)
    ]
    return (
        f"It is true of {said[0]} and {said[1]}. A prediction that is as precise in both "
        f"({_without_zero(precise)}) and misses as many in both ({_without_zero(missed)}) is wrong about "
        f"{wrong[0]} and {wrong[1]}: equal calibration and equal errors cannot both hold."
    )


def _without_zero(number: float) -> str:
    return f"{number:.3f}".removeprefix("0")


def _checked_distances(distances: ArrayLike) -> Floats:
    array = np.asarray(distances, dtype=np.float64)
    if array.ndim != 1 or not array.size or not ((array >= 0) & (array <= 1)).all():
        raise MeasureError(f"distances must lie in [0, 1], one a group; {np.array2string(array)} given")
    return array
