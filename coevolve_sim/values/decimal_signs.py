"""Commas and points in the numbers of a survey: decimals, or what sets off thousands.

``1,250`` is a number in either way of writing, and not the same one. A column whose commas could all set off
thousands is refused, and so is a point where numbers have decimal commas.
"""

from __future__ import annotations

from dataclasses import dataclass

from coevolve_sim.delimited import has_decimal_comma, may_be_thousands

Cell = tuple[int, int, str]
"""Line, place in its row, and text."""


@dataclass
class DecimalSigns:
    """What stands between digits in the numbers of one column; the first cell of each kind.

    Attributes
    ----------
    comma : Cell or None
        A number with a comma.
    decimal_comma : Cell or None
        One whose comma cannot set off thousands.
    point : Cell or None
        A number with a point.
    point_of_thousands : Cell or None
        One whose point could set off thousands.

    Examples
    --------
    >>> signs = DecimalSigns()
    >>> for line, cell in enumerate(["1,250", "0,5", "2.125"], 2):
    ...     signs.note((line, 1, cell))
    >>> signs.comma, signs.decimal_comma, signs.point_of_thousands
    ((2, 1, '1,250'), (3, 1, '0,5'), (4, 1, '2.125'))
    >>> signs.find_unclear()
    ((4, 1, '2.125'), "a point where '0,5' on line 3 has a decimal comma; write all decimals alike")
    """

    comma: Cell | None = None
    decimal_comma: Cell | None = None
    point: Cell | None = None
    point_of_thousands: Cell | None = None

    def note(self, cell: Cell) -> None:
        """Note what stands in a number."""
        text = cell[2].removesuffix("%").strip()
        if has_decimal_comma(text):
            self.comma = self.comma or cell
            if self.decimal_comma is None and not may_be_thousands([text]):
                self.decimal_comma = cell
        elif "." in text:
            self.point = self.point or cell
            if self.point_of_thousands is None and may_be_thousands([text.replace(".", ",")]):
                self.point_of_thousands = cell

    def find_unclear(self) -> tuple[Cell, str] | None:
        """Return the first cell of the column that could be two numbers, and why; None if there is none."""
        if self.comma and not self.decimal_comma:
            return self.comma, (
                "this and all other commas in the column may be decimal commas or set off thousands; write "
                "decimals with a point, and thousands without a comma"
            )
        return _beside(self.point, self.decimal_comma)


def find_unclear_beside(columns: list[DecimalSigns]) -> tuple[Cell, str] | None:
    """Return the first cell whose point could set off thousands, as other columns have decimal commas."""
    comma = next((signs.decimal_comma for signs in columns if signs.decimal_comma), None)
    point = next((signs.point_of_thousands for signs in columns if signs.point_of_thousands), None)
    return _beside(point, comma)


def _beside(point: Cell | None, comma: Cell | None) -> tuple[Cell, str] | None:
    if point is None or comma is None:
        return None
    why = f"a point where '{comma[2][:60]}' on line {comma[0]} has a decimal comma"
    return point, f"{why}; write all decimals alike"
