"""What is chosen where values stand on two sides: scores of values by the sides that were taken.

A dilemma has two sides, 0 and 1, and each value stands on one or both of them. Who takes a side selects the
values on it and neglects those on the other. A value's score is 100 (selected - neglected) / (selected +
neglected), over all dilemmas that it stands in [Chiu2024]_; that of a group of values, as of a theory's
dimension, counts all of them. Sides are given as the share in [0, 1] with which side 0 was taken, so that a
choice is 0 or 1, and what somebody chose half the time counts half on each side; nan is no answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.streams import stream

LEAST_ITEMS = 5
"""Fewest dilemmas of which something is told about a value, a dimension or a theory."""

LEAST_FOR_INTERVAL = 20
"""Fewest dilemmas for an interval: of fewer, resamples show too little spread, or none."""

RESAMPLES = 2_000
"""Resamples of dilemmas for an interval."""


class Places(NamedTuple):
    """Where values stand: a row for each value, dilemma and side.

    Attributes
    ----------
    dilemma : int array, shape (places,)
        Dilemma, from 0.
    side : int array, shape (places,)
        0 or 1.
    value : int array, shape (places,)
        The value, or group of values, that is counted there; below 0 for none.
    """

    dilemma: NDArray[np.int64]
    side: NDArray[np.int64]
    value: NDArray[np.int64]


class ChoiceScores(NamedTuple):
    """Scores of values, each of shape (values,).

    Attributes
    ----------
    score : float array
        In [-100, 100]; nan where no dilemma counts.
    low, high : float array
        Ends of the 95 % interval over dilemmas; nan below `LEAST_FOR_INTERVAL` dilemmas.
    places : float array
        How many places stand behind it: selected and neglected, over all who answered.
    dilemmas : int array
        In how many dilemmas that count it stands.
    """

    score: Floats
    low: Floats
    high: Floats
    places: Floats
    dilemmas: NDArray[np.int64]


def drop_contested(places: Places) -> Places:
    """Return the places without values that stand on both sides of one dilemma, where they tell nothing.

    They cancel in a score, but draw it to 0: the more of them, the less a choice shows.

    Examples
    --------
    >>> both = Places(np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([7, 7, 8]))
    >>> drop_contested(both).value
    array([8])
    """
    pairs = np.column_stack([places.dilemma, places.value])
    _, inverse = np.unique(pairs, axis=0, return_inverse=True)
    sides = np.zeros((inverse.max(initial=-1) + 1, 2), dtype=bool)
    sides[inverse.ravel(), places.side] = True
    kept = ~(sides[:, 0] & sides[:, 1])[inverse.ravel()]
    return Places(*(column[kept] for column in places))


def score_choices(
    places: Places, taken: ArrayLike, n_values: int, *, seed: int = 1, resamples: int = RESAMPLES
) -> ChoiceScores:
    """Score values by the sides that one or several people took, with intervals over dilemmas.

    Parameters
    ----------
    places : Places
        Where values stand.
    taken : float array, shape (dilemmas,) or (people, dilemmas)
        Share of side 0 in each choice, in [0, 1]; nan for no answer.
    n_values : int
        Number of values.
    seed : int
        Of the resamples.
    resamples : int
        Resamples of dilemmas, at least 100.

    Returns
    -------
    ChoiceScores
        One number for each value.

    Raises
    ------
    MeasureError
        If a place names a dilemma, side or value that there is not, or a share is outside [0, 1].

    References
    ----------
    [Chiu2024]_

    Examples
    --------
    >>> where = Places(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0, 1, 0]))
    >>> score_choices(where, [1.0, 1.0], 2).score
    array([ 100., -100.])
    >>> score_choices(where, [1.0, 0.0], 2).score
    array([   0., -100.])
    """
    selected, neglected = _counts(places, taken, n_values)
    score = _score(selected.sum(axis=0), neglected.sum(axis=0))
    stands = (selected + neglected) > 0
    drawn = _draw_dilemmas(len(selected), seed, resamples)
    low, high = _interval(_score(drawn @ selected, drawn @ neglected), stands.sum(axis=0))
    return ChoiceScores(score, low, high, (selected + neglected).sum(axis=0), stands.sum(axis=0))


def compare_choices(
    places: Places,
    first: ArrayLike,
    second: ArrayLike,
    n_values: int,
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> ChoiceScores:
    """Return by how much more the first selects a value than the second, on the dilemmas of both.

    Parameters
    ----------
    places, n_values, seed, resamples
        As for `score_choices`.
    first, second : float array, shape (dilemmas,) or (people, dilemmas)
        As `taken` of `score_choices`; a dilemma counts that both sides answered, by at least one person.

    Returns
    -------
    ChoiceScores
        Differences of scores, in [-200, 200], and the smaller number of places.

    Raises
    ------
    MeasureError
        As `score_choices`.

    Examples
    --------
    >>> where = Places(np.array([0, 1]), np.array([0, 0]), np.array([0, 0]))
    >>> compare_choices(where, [1.0, 1.0], [0.0, 1.0], 1).score
    array([100.])
    """
    counts = [_counts(places, taken, n_values) for taken in (first, second)]
    there = np.all([(s + n).sum(axis=1) > 0 for s, n in counts], axis=0)[:, None]
    counts = [(s * there, n * there) for s, n in counts]
    stands = np.all([(s + n) > 0 for s, n in counts], axis=0).sum(axis=0)
    drawn = _draw_dilemmas(len(there), seed, resamples)
    point = [_score(s.sum(axis=0), n.sum(axis=0)) for s, n in counts]
    again = [_score(drawn @ s, drawn @ n) for s, n in counts]
    low, high = _interval(again[0] - again[1], stands)
    places_behind = np.minimum(*[(s + n).sum(axis=0) for s, n in counts])
    return ChoiceScores(point[0] - point[1], low, high, places_behind, stands)


def share_changed(before: ArrayLike, after: ArrayLike) -> float:
    """Return the share of choices that are others than before, of those that were made both times.

    0 where all choose as they did: behaviour that is locked in, or answers that were no choices.

    Parameters
    ----------
    before, after : float array, shape (people, dilemmas)
        1 or 0 for a side; nan for no choice.

    Returns
    -------
    float
        In [0, 1]; nan where nothing was chosen both times.

    Raises
    ------
    MeasureError
        If shapes differ.

    Examples
    --------
    >>> share_changed([[1.0, 0.0, 1.0, np.nan]], [[1.0, 1.0, np.nan, 0.0]])
    0.5
    """
    first, second = (np.asarray(one, dtype=np.float64) for one in (before, after))
    if first.shape != second.shape:
        raise MeasureError(f"choices before and after must have one shape; {first.shape} and {second.shape}")
    both = ~(np.isnan(first) | np.isnan(second))
    return float((first[both] != second[both]).mean()) if both.any() else float("nan")


def _counts(places: Places, taken: ArrayLike, n_values: int) -> tuple[Floats, Floats]:
    """Return how often each value was selected and neglected in each dilemma: (dilemmas, values) twice."""
    shares = np.atleast_2d(np.asarray(taken, dtype=np.float64))
    n_dilemmas = shares.shape[-1]
    known = shares[~np.isnan(shares)]
    if shares.ndim != 2 or not ((known >= 0) & (known <= 1)).all():
        raise MeasureError("sides taken must be shares in [0, 1], or nan, of shape (people, dilemmas)")
    for name, column, least, most in (
        ("dilemma", places.dilemma, 0, n_dilemmas),
        ("side", places.side, 0, 2),
        ("value", np.maximum(places.value, 0), 0, n_values),
    ):
        if column.size and not (least <= column.min() and column.max() < most):
            wrong = column[(column < least) | (column >= most)][0]
            raise MeasureError(f"a place names {name} {wrong}; there are {most}, from 0")
    answers = (~np.isnan(shares)).sum(axis=0).astype(np.float64)
    of_first = np.nansum(shares, axis=0)
    counted = places.value >= 0
    dilemma, side, value = (column[counted] for column in places)
    selected, neglected = np.zeros((2, n_dilemmas, n_values))
    by_side = np.stack([of_first, answers - of_first])
    np.add.at(selected, (dilemma, value), by_side[side, dilemma])
    np.add.at(neglected, (dilemma, value), by_side[1 - side, dilemma])
    return selected, neglected


def _score(selected: Floats, neglected: Floats) -> Floats:
    total = selected + neglected
    score = np.full(total.shape, np.nan)
    np.divide(100.0 * (selected - neglected), total, out=score, where=total > 0)
    return score


@lru_cache(maxsize=2)
def _draw_dilemmas(n_dilemmas: int, seed: int, resamples: int) -> Floats:
    """Return how often each dilemma is in each resample, shape (resamples, dilemmas)."""
    if resamples < 100:
        raise MeasureError(f"an interval needs at least 100 resamples; {resamples} given")
    draw = stream(seed, "resampled dilemmas")
    return draw.multinomial(n_dilemmas, np.full(n_dilemmas, 1 / n_dilemmas), resamples).astype(np.float64)


def _interval(again: Floats, n_dilemmas: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the middle 95 % of resampled scores, for values of enough dilemmas."""
    low, high = np.full((2, again.shape[1]), np.nan)
    told = n_dilemmas >= LEAST_FOR_INTERVAL
    if told.any():
        low[told], high[told] = np.nanquantile(again[:, told], (0.025, 0.975), axis=0)
    return low, high
