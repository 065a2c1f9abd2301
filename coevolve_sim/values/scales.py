"""Scales of answers: where a cell of a survey lies in [0, 1].

A scale is ``0-1``, ``percent``, two numbers ``LOW-HIGH``, or the labels of its steps in order, which then lie
at equal distances from 0 to 1. An answer that is not on its scale is no value: it is never clipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.delimited import parse_number
from coevolve_sim.errors import PopulationError

SCALES = "0-1, percent, LOW-HIGH as in 1-7, or a list of labels in order"
"""What a scale can be, in words."""

_SPAN = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)-(-?[0-9]+(?:\.[0-9]+)?)", re.ASCII)


@dataclass(frozen=True)
class Scale:
    """A scale of answers.

    Attributes
    ----------
    low, high : float
        The ends of a scale of numbers.
    labels : tuple of str
        The steps of a scale of labels, from 0 to 1; empty for numbers.
    is_percent : bool
        Whether a percent sign may follow the number.
    """

    low: float = 0.0
    high: float = 1.0
    labels: tuple[str, ...] = ()
    is_percent: bool = False

    def place(self, cell: str) -> float | None:
        """Return where an answer lies, in [0, 1]; None if it is not on the scale.

        Examples
        --------
        >>> [read_scale("1-7").place(cell) for cell in ("1", "4", "8", "often")]
        [0.0, 0.5, None, None]
        >>> read_scale("percent").place("45 %"), read_scale(["never", "always"]).place("always")
        (0.45, 1.0)
        """
        if self.labels:
            return self.labels.index(cell) / (len(self.labels) - 1) if cell in self.labels else None
        number = parse_number(cell.removesuffix("%").strip() if self.is_percent else cell)
        if number is None or not self.low <= number <= self.high:
            return None
        return (number - self.low) / (self.high - self.low)

    @property
    def allowed(self) -> str:
        """What an answer can be, in words.

        Examples
        --------
        >>> read_scale("1-7").allowed, read_scale(["no", "yes"]).allowed
        ('a number in [1, 7]', 'one of no, yes')
        """
        if self.labels:
            return f"one of {', '.join(self.labels)}"
        return f"a number in [{self.low:g}, {self.high:g}]"


def read_scale(given: str | Sequence[str]) -> Scale:
    """Return the scale that a text, or a list of labels, names.

    Raises
    ------
    PopulationError
        If it is none: what is given, what a scale can be.

    Examples
    --------
    >>> read_scale("1-7")
    Scale(low=1.0, high=7.0, labels=(), is_percent=False)
    >>> read_scale("7-1")
    Traceback (most recent call last):
    coevolve_sim.errors.PopulationError: scale '7-1' goes down; write 1-7 (an item may be reversed)
    """
    if not isinstance(given, str):
        return _labelled(tuple(given))
    if given == "percent":
        return Scale(0.0, 100.0, is_percent=True)
    if not (found := _SPAN.fullmatch(given.replace(" ", ""))):
        raise PopulationError(f"scale '{given}' is none: {SCALES}")
    low, high = (float(end) for end in found.groups())
    if low > high:
        raise PopulationError(f"scale '{given}' goes down; write {high:g}-{low:g} (an item may be reversed)")
    if low == high:
        raise PopulationError(f"scale '{given}' has one step; a scale has two at least")
    return Scale(low, high)


def _labelled(labels: tuple[str, ...]) -> Scale:
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise PopulationError(
            f"a scale of labels has two at least, each once; {', '.join(labels) or 'none'} given"
        )
    return Scale(labels=labels)
