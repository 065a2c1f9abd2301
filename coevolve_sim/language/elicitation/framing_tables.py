"""Tables of what a mind answered in different framings: by level, by cell, and what differs with what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.language.elicitation.framing_answers import FramingAnswers
from coevolve_sim.language.questionnaires.framings import AXES, Framing
from coevolve_sim.language.questionnaires.scoring import mean_of_known
from coevolve_sim.language.stance_words import STANCES
from coevolve_sim.measures.framings import Decomposition, decompose_by_framing, mean_interval
from coevolve_sim.measures.shares import compare_with_rest, wilson

ALL = "all framings"
"""The axis of which every single framing is a level."""

QUANTITIES = {
    "stance": "how far it agrees, by probability",
    "side": "on which side of a topic it stands, by probability",
    "said": "how far it agrees, in words",
    "refused": "refusals, in words",
}
"""What is split by topic and framing, and what it is."""


@dataclass(frozen=True)
class Mean:
    """A mean over statements: its 95 % interval, nan below `LEAST_STATEMENTS`, and how many there are."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class FramingRow:
    """What was answered in some framings to statements on some topics.

    Attributes
    ----------
    axis, level, topic : str
        What is compared, at which of its levels, on which topic; empty for all.
    stance : Mean
        How far it agrees, by probability, in [-1, 1].
    side : Mean
        The same, statements of the other side counted the other way: on which side of topics it stands.
    said : Mean
        How far it agrees, in words, of the replies that tell.
    counts : mapping of str to int
        Replies in words of each class, and unclear ones.
    replies : int
        All of them.
    refused, low, high : float
        Share of replies that were wholly refused, with Wilson's interval; nan without a reply.
    difference, difference_low, difference_high : float
        That share less the one of all other rows of the table; nan below 10 replies.
    """

    axis: str
    level: str
    topic: str
    stance: Mean
    side: Mean
    said: Mean
    counts: dict[str, int]
    replies: int
    refused: float
    low: float
    high: float
    difference: float = float("nan")
    difference_low: float = float("nan")
    difference_high: float = float("nan")

    @property
    def is_told_apart(self) -> bool:
        """Whether its refusals are told apart from those of all other rows."""
        return self.difference_low > 0 or self.difference_high < 0


@dataclass(frozen=True)
class Split:
    """The variance of one of `QUANTITIES`, split by topic and one axis of framings."""

    quantity: str
    axis: str
    found: Decomposition


def table_by(answers: FramingAnswers, axis: str) -> list[FramingRow]:
    """Return a row for each level of an axis of framings, or for each ``topic``.

    Raises
    ------
    MeasureError
        If there is no such axis.
    """
    if axis == "topic":
        columns = np.ones(len(answers.framings), dtype=bool)
        parts = [(topic, topic, columns) for topic in answers.texts.topics]
    else:
        parts = [(level, "", columns) for level, columns in _levels(answers.framings, axis)]
    return _compared([_row(answers, axis, *part) for part in parts])


def table_of_cells(answers: FramingAnswers, axis: str = ALL) -> list[FramingRow]:
    """Return a row for each topic at each level of an axis of framings.

    Raises
    ------
    MeasureError
        If there is no such axis.
    """
    levels = list(_levels(answers.framings, axis))
    return _compared(
        [
            _row(answers, axis, level, topic, columns)
            for level, columns in levels
            for topic in answers.texts.topics
        ]
    )


def axes_of(framings: Sequence[Framing]) -> tuple[str, ...]:
    """Return the axes in which framings differ, and `ALL` if there are two or more.

    Examples
    --------
    >>> axes_of([Framing("en", "agree"), Framing("de", "agree")])
    ('language',)
    """
    found = tuple(axis for axis in AXES if len({getattr(one, axis) for one in framings}) > 1)
    return (*found, ALL) if len(found) > 1 else found


def split_all(answers: FramingAnswers, *, seed: int = 1) -> tuple[list[Split], list[str]]:
    """Return the variance of each quantity split by topic and each axis, and why others are not told.

    Where an axis has several framings at a level, their mean stands for it; a statement counts that was
    answered in all framings.

    Raises
    ------
    MeasureError
        If framings differ in nothing.
    """
    axes = axes_of(answers.framings)
    if not axes:
        raise MeasureError("framings are compared where there are two or more; 1 given: nothing differs")
    numbers = {
        "stance": answers.stances,
        "side": answers.stances * answers.poles,
        "said": answers.said_stances,
        "refused": answers.refused,
    }
    found, refused = [], []
    for quantity, one in numbers.items():
        there = one[~np.isnan(one)]
        if not there.size:
            continue
        if not np.ptp(there):
            refused.append(f"{QUANTITIES[quantity]}: all are alike ({there[0]:g})")
            continue
        for axis in axes:
            levels = [one[:, columns].mean(axis=1) for _, columns in _levels(answers.framings, axis)]
            try:
                split = decompose_by_framing(np.column_stack(levels), answers.topics, seed=seed)
            except MeasureError as error:
                refused.append(f"{QUANTITIES[quantity]}, by {axis}: {error}")
            else:
                found.append(Split(quantity, axis, split))
    return found, refused


def _levels(framings: Sequence[Framing], axis: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield each level of an axis, and which framings have it."""
    if axis not in {*AXES, ALL}:
        raise MeasureError(f"framings differ in {', '.join(AXES)}; '{axis}' given")
    names = [_name(one) if axis == ALL else getattr(one, axis) for one in framings]
    for level in dict.fromkeys(names):
        yield level, np.array([name == level for name in names])


def _name(framing: Framing) -> str:
    return "/".join(getattr(framing, axis) or "-" for axis in AXES)


def _row(
    answers: FramingAnswers, axis: str, level: str, topic: str, columns: NDArray[np.bool_]
) -> FramingRow:
    about = [not topic or one.topic == topic for one in answers.texts.statements]

    def mean(numbers: Floats) -> Mean:
        return Mean(*mean_interval(mean_of_known(numbers[about][:, columns])))

    said = answers.said[about][:, columns]
    counts: dict[str, int] = {told: int((said == told).sum()) for told in (*STANCES, "unclear")}
    replies = sum(counts.values())
    share = counts["refused"] / replies if replies else float("nan")
    return FramingRow(
        axis,
        level,
        topic,
        mean(answers.stances),
        mean(answers.stances * answers.poles),
        mean(answers.said_stances),
        counts,
        replies,
        share,
        *wilson(counts["refused"], replies),
    )


def _compared(rows: Sequence[FramingRow]) -> list[FramingRow]:
    """Return the rows of a table, each compared with all others of it."""
    found = compare_with_rest([row.counts["refused"] for row in rows], [row.replies for row in rows])
    names = ("difference", "difference_low", "difference_high")
    return [
        replace(row, **dict(zip(names, numbers, strict=True)))
        for row, *numbers in zip(rows, *(column.tolist() for column in found), strict=True)
    ]
