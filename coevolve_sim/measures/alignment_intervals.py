"""Intervals of alignment: people are resampled, because they are what could have been otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.alignment import (
    OPTIONS,
    Alignment,
    align,
    align_by_worth,
    count_answers,
    shares_of_counts,
    worth_of_options,
)
from coevolve_sim.streams import stream

RESAMPLES = 1_000
"""Resamples of people for an interval."""

_MOST_WEIGHTS = 4_000_000
"""Numbers held at a time: people times resamples."""


class AlignmentInterval(NamedTuple):
    """An alignment with its 95 % interval over people.

    Attributes
    ----------
    found : Alignment
        Of the people there are.
    low, high : Alignment
        Ends of the intervals.
    upper : float
        The upper bound less its bias: the most frequent option among few people seems more frequent than it
        is, by about as much as resampling adds.
    """

    found: Alignment
    low: Alignment
    high: Alignment
    upper: float


def align_people(
    people: ArrayLike,
    answers: ArrayLike,
    score: str = "sva",
    *,
    majority: float = 0.5,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> AlignmentInterval:
    """Score an assistant's answers against those of people, with intervals from resampling people.

    People are resampled, not questions: whoever was asked is what could have been otherwise. The upper bound
    is inflated where few were asked, and no number of questions mends that.

    Parameters
    ----------
    people : int array, shape (people, questions)
        The option that each person chose, 1 to 5; 0 where a person was not asked.
    answers, score, majority
        As for `align`.
    seed : int
        Of the resamples.
    resamples : int
        Resamples of people, at least 100.

    Raises
    ------
    MeasureError
        As `align`; if nobody answered a question, or there are too few resamples.

    Examples
    --------
    >>> found = align_people([[4], [4], [2], [5]], [4])
    >>> found.found.score, found.low.score, found.high.score
    (0.5, 0.0, 1.0)
    """
    chosen = np.asarray(people)
    if chosen.ndim != 2 or not np.isin(chosen, np.arange(OPTIONS + 1)).all():
        raise MeasureError(
            f"people must be options 1 to {OPTIONS}, or 0 for not asked, of shape (people, questions)"
        )
    if resamples < 100:
        raise MeasureError(f"an interval needs at least 100 resamples; {resamples} given")
    found = align(shares_of_counts(count_answers(chosen)), answers, score, majority=majority)
    told = np.asarray(answers, dtype=np.int64)
    redrawn = _redraw(chosen, seed, resamples)
    rows = np.array([align_by_worth(worth_of_options(shares, score, majority), told) for shares in redrawn])
    low, high = (Alignment(*(_quantile(column, q) for column in rows.T)) for q in (0.025, 0.975))
    return AlignmentInterval(found, low, high, 2 * found.upper - float(rows[:, 1].mean()))


def _redraw(people: NDArray[np.int64], seed: int, resamples: int) -> Iterator[Floats]:
    """Yield the shares of each resample of people, shape (questions, 5).

    A question that nobody of a resample was asked keeps the shares of all.
    """
    n, n_questions = people.shape
    options = people[:, :, None] == np.arange(1, OPTIONS + 1)
    chose = options.reshape(n, n_questions * OPTIONS).astype(np.float64)
    whole = shares_of_counts(count_answers(people))
    draw = stream(seed, "resampled people")
    at_once = max(1, _MOST_WEIGHTS // n)
    for first in range(0, resamples, at_once):
        weights = draw.multinomial(n, np.full(n, 1 / n), min(at_once, resamples - first))
        for counts in (weights @ chose).reshape(-1, n_questions, OPTIONS):
            asked = counts.sum(axis=1, keepdims=True)
            yield np.where(asked > 0, counts / np.maximum(asked, 1), whole)


def _quantile(numbers: Floats, q: float) -> float:
    """Return a quantile of those that are defined: people of one resample may choose all options alike."""
    known = numbers[~np.isnan(numbers)]
    return float(np.quantile(known, q)) if known.size else float("nan")
