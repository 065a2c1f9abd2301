"""Read and write questionnaires of the user's own as CSV.

The columns are ``id``, ``dimension``, ``format``, ``question``, ``option_1``, ``option_2``, ... and
``value_1``, ``value_2``, ... Each row is an item; options that it does not have are left empty.
``dimension`` holds one name, or several separated by spaces. ``value_1`` is the value of the first option: a
number in [0, 1], or one for each dimension, separated by spaces. If an item of format ``four`` names four
dimensions and leaves all values empty, each option stands for its own dimension. No other values may be left
out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from coevolve_sim.delimited import read_table
from coevolve_sim.errors import QuestionnaireError, ValueSpaceError
from coevolve_sim.language.questionnaires.item import Format, Item, Questionnaire
from coevolve_sim.values import ValueSpace

MOST_BYTES = 64 << 20
"""Bytes that a table may have."""

COLUMNS = ("id", "dimension", "format", "question")
"""The first columns of a table; options and values follow."""

_NUMBERED = re.compile(r"(option|value)_([1-9]|10)")


def read_questionnaire(path: str | Path, space: ValueSpace) -> Questionnaire:
    r"""Read a questionnaire from a CSV file.

    Parameters
    ----------
    path : str or Path
        The file, as `coevolve_sim.delimited` reads it: in UTF-8, with commas, semicolons or tabs.
    space : ValueSpace
        The value space whose dimensions it measures.

    Returns
    -------
    Questionnaire
        Named after the file; its notes tell what is not plain CSV about it.

    Raises
    ------
    QuestionnaireError
        If the file cannot be read or has another form; with ``file:line`` where a line is at fault.

    Examples
    --------
    >>> import tempfile
    >>> from coevolve_sim.values import custom
    >>> path = Path(tempfile.mkdtemp()) / "town.csv"
    >>> _ = path.write_text(
    ...     "id,dimension,format,question,option_1,option_2,value_1,value_2\n"
    ...     "saving,thrift,pair,Which is better?,To save.,To spend.,1,0\n"
    ... )
    >>> read_questionnaire(path, custom("town", ["thrift"])).items[0].values
    ((1.0,), (0.0,))
    """
    path = Path(path)
    items = []
    lines: dict[str, int] = {}
    table = read_table(path, QuestionnaireError, MOST_BYTES)
    _check_columns(path, table.columns, COLUMNS)
    for line, cells in table.rows:
        row = dict(zip(table.columns, cells, strict=True))
        item = _parse_item(f"{path}:{line}", row, space)
        if item.id in lines:
            raise QuestionnaireError(
                f"{path}:{line}: the id '{item.id}' stands in line {lines[item.id]} as well; "
                "each may stand once"
            )
        lines[item.id] = line
        items.append(item)
    if not items:
        raise QuestionnaireError(f"{path}: there is no item; each line after the first is one")
    return Questionnaire(path.stem, space, tuple(items), table.notes)


def questionnaire_table(questionnaire: Questionnaire) -> str:
    """Return a questionnaire as the text of a CSV file that `read_questionnaire` reads.

    Examples
    --------
    >>> from coevolve_sim.language.questionnaires import shipped_questionnaire
    >>> print(questionnaire_table(shipped_questionnaire("inglehart-welzel", "pair")).splitlines()[0])
    id,dimension,format,question,option_1,option_2,value_1,value_2
    """
    most = max(len(item.options) for item in questionnaire.items)
    numbers = range(1, most + 1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(f"option_{n}" for n in numbers), *(f"value_{n}" for n in numbers)])
    for item in questionnaire.items:
        gap = [""] * (most - len(item.options))
        values = [" ".join(repr(value) for value in row) for row in item.values]
        head = [item.id, " ".join(item.dimensions), item.format, item.question]
        writer.writerow([*head, *item.options, *gap, *values, *gap])
    return text.getvalue()


def rows_of(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file: the line on which each ends, and its cells by column; no empty lines.

    Raises
    ------
    QuestionnaireError
        If the file cannot be read, lacks a column, names one twice, or a row has too many or too few cells.
    """
    table = read_table(path, QuestionnaireError, MOST_BYTES)
    _check_columns(path, table.columns, needed)
    for line, cells in table.rows:
        yield line, dict(zip(table.columns, cells, strict=True))


def _check_columns(path: Path, columns: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in columns]
    if missing or len(set(columns)) < len(columns):
        wrong = f"column '{missing[0]}' is missing" if missing else "a column is named twice"
        raise QuestionnaireError(
            f"{path}:1: {wrong}; the first line names the columns {', '.join(needed)}, ..."
        )


def _parse_item(where: str, row: dict[str, str], space: ValueSpace) -> Item:
    strange = [name for name in row if name not in COLUMNS and not _NUMBERED.fullmatch(name)]
    if strange:
        raise QuestionnaireError(
            f"{where}: there is no column '{strange[0]}'; columns are {', '.join(COLUMNS)}, "
            "option_1 to option_10 and value_1 to value_10"
        )
    options = _leading_cells(where, row, "option")
    dimensions = tuple(row["dimension"].split())
    if not dimensions:
        raise QuestionnaireError(
            f"{where}: column 'dimension' is empty; an item measures at least 1 dimension"
        )
    try:
        for dimension in dimensions:
            space.index(dimension)
        values = _parse_values(row, len(options), dimensions)
        return Item(row["id"], cast("Format", row["format"]), row["question"], options, dimensions, values)
    except (QuestionnaireError, ValueSpaceError) as error:
        raise QuestionnaireError(f"{where}: {error}") from None


def _parse_values(
    row: dict[str, str], n_options: int, dimensions: tuple[str, ...]
) -> tuple[tuple[float, ...], ...]:
    cells = [row.get(f"value_{number}", "") for number in range(1, n_options + 1)]
    surplus = [name for name in row if name.startswith("value_") and int(name[6:]) > n_options and row[name]]
    if surplus:
        raise QuestionnaireError(f"column '{surplus[0]}' has a value and no option")
    if row["format"] == "four" and len(dimensions) == n_options and not any(cells):
        return tuple(tuple(float(i == j) for j in range(n_options)) for i in range(n_options))
    return tuple(_parse_numbers(f"value_{i}", cell, len(dimensions)) for i, cell in enumerate(cells, start=1))


def _parse_numbers(column: str, cell: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in cell.split())
    except ValueError:
        numbers = ()
    if len(numbers) != count or "_" in cell or not all(0.0 <= number <= 1.0 for number in numbers):
        wanted = "a number" if count == 1 else f"{count} numbers"
        raise QuestionnaireError(f"column '{column}' is {wanted} in [0, 1]; '{cell}' given")
    return numbers


def _leading_cells(where: str, row: dict[str, str], what: str) -> tuple[str, ...]:
    """Return the non-empty cells, which must come before all empty ones."""
    cells = [row.get(f"{what}_{number}", "") for number in range(1, 11)]
    filled = [cell for cell in cells if cell]
    if cells[: len(filled)] != filled:
        gap = cells.index("") + 1
        raise QuestionnaireError(f"{where}: column '{what}_{gap}' is empty though a later one is not")
    return tuple(filled)
