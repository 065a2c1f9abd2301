"""Score answers to items: pure functions from option probabilities to values, of one item or many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.parsing import Choice
from coevolve_sim.language.questionnaires.item import Item, Questionnaire
from coevolve_sim.language.questionnaires.option_orders import Order, is_consistent, undo_order


@dataclass(frozen=True)
class ItemAnswer:
    """The answer to one item, over all its orders.

    Attributes
    ----------
    masses : tuple of float, shape (options,)
        Mean probability of each option over the orders, in the item's own order. Empty unless *every* order
        was answered: with some orders missing, an option's position would influence the mean.
    is_consistent : bool
        Whether one option was the most probable in all orders; False where there are no masses.
    """

    masses: tuple[float, ...] = ()
    is_consistent: bool = False


def combine_orders(orders: Sequence[Order], choices: Sequence[Choice]) -> ItemAnswer:
    """Return the answer to an item from the choices made in each of its orders.

    Examples
    --------
    >>> both = [Choice("answered", (0.9, 0.1)), Choice("answered", (0.1, 0.9))]
    >>> combine_orders([(0, 1), (1, 0)], both)
    ItemAnswer(masses=(0.9, 0.1), is_consistent=True)
    >>> combine_orders([(0, 1), (1, 0)], [both[0], Choice("refused")]).masses
    ()
    """
    if any(choice.status != "answered" for choice in choices):
        return ItemAnswer()
    by_order = [undo_order(choice.masses, order) for order, choice in zip(orders, choices, strict=True)]
    means = tuple(sum(column) / len(by_order) for column in zip(*by_order, strict=True))
    return ItemAnswer(means, is_consistent(by_order))


def scores_by_dimension(items: Sequence[Item], answers: Sequence[ItemAnswer]) -> dict[str, list[float]]:
    """Return the scores of the answered items on each dimension that any item measures.

    Parameters
    ----------
    items : sequence of Item
        The items asked.
    answers : sequence of ItemAnswer
        The answer to each.
    """
    found: dict[str, list[float]] = {name: [] for item in items for name in item.dimensions}
    for item, answer in zip(items, answers, strict=True):
        if answer.masses:
            for name, score in zip(item.dimensions, item.score(answer.masses), strict=True):
                found[name].append(score)
    return found


def summarize_answers(
    questionnaire: Questionnaire, answers: Sequence[ItemAnswer]
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return the value, standard error and number of scored items of each dimension.

    Parameters
    ----------
    questionnaire : Questionnaire
        The questionnaire asked.
    answers : sequence of ItemAnswer
        The answer to each of its items.

    Returns
    -------
    values : float array, shape (dimensions,)
        Mean score over items, in [0, 1]; NaN where no item was scored.
    standard_errors : float array, shape (dimensions,)
        Standard deviation over items, divided by the square root of their number; NaN below two items.
    n_items : int array, shape (dimensions,)
        Number of scored items.
    """
    scores = scores_by_dimension(questionnaire.items, answers)
    rows = [_mean_and_error(scores.get(name, [])) for name in questionnaire.space.names]
    values, errors, counts = zip(*rows, strict=True)
    return np.array(values), np.array(errors), np.array(counts, dtype=np.int64)


def consistency_rate(answers: Sequence[ItemAnswer]) -> float:
    """Return the share of answered items with one most probable option in all orders; NaN without any.

    Examples
    --------
    >>> consistency_rate([ItemAnswer((0.9, 0.1), True), ItemAnswer((0.5, 0.5), False), ItemAnswer()])
    0.5
    """
    found = [answer.is_consistent for answer in answers if answer.masses]
    return sum(found) / len(found) if found else math.nan


def mean_of_known(values: Floats) -> Floats:
    """Return the mean over the last axis, leaving out nan; nan where all values are nan.

    Parameters
    ----------
    values : float array, shape (..., n)
        Values, nan where there is none.

    Returns
    -------
    float array, shape (...)

    Examples
    --------
    >>> mean_of_known(np.array([[0.25, np.nan, 0.75], [np.nan, np.nan, np.nan]])).tolist()
    [0.5, nan]
    """
    known = ~np.isnan(values)
    counts = known.sum(axis=-1)
    sums = np.where(known, values, 0.0).sum(axis=-1)
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means


def _mean_and_error(scores: Sequence[float]) -> tuple[float, float, int]:
    if not scores:
        return math.nan, math.nan, 0
    error = float(np.std(scores, ddof=1)) / math.sqrt(len(scores)) if len(scores) > 1 else math.nan
    return min(max(float(np.mean(scores)), 0.0), 1.0), error, len(scores)
