"""Cells of a history's table: values on their scale, and standard deviations.

An error says where the cell stands, what it holds and what it may hold; nothing is clipped or guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coevolve_sim.delimited import parse_number
from coevolve_sim.errors import HistoryError, PopulationError
from coevolve_sim.registry import nearest
from coevolve_sim.values.decimal_signs import DecimalSigns
from coevolve_sim.values.histories.history import MOST_SPREAD
from coevolve_sim.values.scales import Scale, read_scale

_EMPTY = "the cell is empty: fill it in, or leave the era or the dimension out"


def scale_of(given: str | Sequence[str]) -> Scale:
    """Return the scale that a text, or a list of labels, names.

    Raises
    ------
    HistoryError
        If it is none.
    """
    try:
        return read_scale(given)
    except PopulationError as error:
        raise HistoryError(str(error)) from None


def text_of(cell: object) -> str:
    """Return a cell as it would stand in a CSV file; a whole number without its decimal point.

    Examples
    --------
    >>> text_of(4.0), text_of(0.5), text_of(None), text_of(" never ")
    ('4', '0.5', '', 'never')
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_value(where: str, cell: object, scale: Scale) -> float:
    """Return a value in [0, 1].

    Parameters
    ----------
    where : str
        File, line and column, for errors.
    cell : object
        What stands there.
    scale : Scale
        On which it lies.

    Raises
    ------
    HistoryError
        If it is not on the scale.

    Examples
    --------
    >>> read_value("line 2", "45 %", scale_of("percent")), read_value("line 3", 4.0, scale_of("1-7"))
    (0.45, 0.5)
    """
    text = text_of(cell)
    value = scale.place(text)
    if value is None:
        told = f"'{text[:60]}' given{_advise(text, scale)}" if text else _EMPTY
        raise HistoryError(f"{where}: a value is {scale.allowed}; {told}")
    return value


def _advise(text: str, scale: Scale) -> str:
    if scale.labels:
        return nearest(text, scale.labels)
    number = parse_number(text)
    if number is None or number <= 1 or scale != Scale():
        return ""
    return ": state its scale (percent, 1-7, ...), or bring it to [0, 1]"


def read_deviation(where: str, cell: object) -> float:
    """Return a standard deviation of values in [0, 1].

    Raises
    ------
    HistoryError
        If it is no number in [0, 0.5].
    """
    text = text_of(cell)
    number = parse_number(text)
    if number is None or not 0 <= number <= MOST_SPREAD:
        told = f"'{text[:60]}' given" if text else _EMPTY
        if number is not None and number > MOST_SPREAD:
            told += ": divide percent by 100, and what is on a scale from LOW to HIGH by (HIGH - LOW)"
        raise HistoryError(f"{where}: a standard deviation is a number in [0, {MOST_SPREAD:g}]; {told}")
    return number


def refuse_unclear_numbers(cells: Iterable[tuple[str, object]]) -> None:
    """Refuse numbers of a column whose commas could be decimal or set off thousands, told where each stands.

    Raises
    ------
    HistoryError
        At the first such cell.
    """
    signs, places = DecimalSigns(), []
    for number, (where, cell) in enumerate(cells):
        places.append(where)
        signs.note((number, 0, text_of(cell)))
    if (unclear := signs.find_unclear()) is not None:
        (number, _, text), why = unclear
        raise HistoryError(f"{places[number]}: '{text[:60]}' given: {why}")
