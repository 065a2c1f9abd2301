"""Lists cut into pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")

ROWS = 10
"""Rows of a page."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list.

    Attributes
    ----------
    rows : tuple
        What is on it.
    number : int
        Which page it is, from 0.
    count : int
        How many pages there are; at least 1.
    found : int
        How many rows all pages have.
    """

    rows: tuple[Row, ...]
    number: int
    count: int
    found: int

    @property
    def told(self) -> str:
        """Which rows these are.

        Examples
        --------
        >>> cut_page("abcdefghijkl", 1).told, cut_page("", 0).told, cut_page("ab", 0).told
        ('11 to 12 of 12', 'none', '2')
        """
        if not self.found:
            return "none"
        if self.count == 1:
            return f"{self.found:,}"
        first = self.number * ROWS
        return f"{first + 1:,} to {first + len(self.rows):,} of {self.found:,}"


def cut_page(rows: Sequence[Row], number: int) -> Page[Row]:
    """Return one page of a list; the nearest where there is none of that number.

    Examples
    --------
    >>> cut_page(range(25), 2).rows, cut_page(range(25), 99).number
    ((20, 21, 22, 23, 24), 2)
    """
    count = max(-(-len(rows) // ROWS), 1)
    number = min(max(number, 0), count - 1)
    return Page(tuple(rows[number * ROWS : (number + 1) * ROWS]), number, count, len(rows))
