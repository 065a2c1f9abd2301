"""Tables of others as text: encodings, separators, decimal commas, and columns by name.

Text is UTF-8, or UTF-16 or UTF-8 with a byte order mark; any other encoding is stated, not guessed. Cells
are separated by commas, semicolons or tabs: by the one that gives every line the same number of cells, two
at least. If two of them do, a comma that stands between digits everywhere is a decimal comma, and any other
file is refused. Cells may stand in double quotes. Rows come from Python's ``csv`` in its strict form, which
refuses what is badly quoted and tells lines; pandas and pyarrow fill short rows without a word.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from coevolve_sim.errors import CoevolveError
from coevolve_sim.input_files import read_input, unpack_gzip

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", " ": "blanks"}
"""What can stand between cells, and its name in notes and errors."""

_SAMPLED_ROWS = 200
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""With which workbooks of Excel begin: of today, and up to 2003."""
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)

Lines = Callable[[], Iterable[str]]
"""Gives the lines of a text, from the first."""


@dataclass(frozen=True)
class Table:
    """A table with a header.

    Attributes
    ----------
    columns : tuple of str
        Names in the first line.
    rows : list of (int, list of str)
        The line on which each row ends, and its cells: as many as there are columns.
    notes : tuple of str
        What was taken for what, where a plain CSV file in UTF-8 would leave no question.
    """

    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    notes: tuple[str, ...]


def read_table(
    path: Path, error: type[CoevolveError], most: int, encoding: str | None = None, *, key: bool = False
) -> Table:
    """Read a table whose first line names the columns; empty lines and blanks around cells are left out.

    A file whose name ends in ``.gz`` is unpacked, to at most as many bytes. A first column
    without a name that only counts the rows, as pandas writes an index, is left out and noted.

    Parameters
    ----------
    path : Path
        The file.
    error : type of CoevolveError
        What is raised.
    most : int
        Bytes that are allowed.
    encoding : str, optional
        The encoding, where it is neither UTF-8 nor UTF-16.
    key : bool
        Whether the key ``encoding`` can state it, so that errors say so.

    Raises
    ------
    CoevolveError
        Of that type, if the file cannot be read, is empty or badly quoted, or a row has another number of
        cells than the first; with the line.
    """
    content = read_input(path, error, most)
    if path.name.lower().endswith(".gz"):
        content = unpack_gzip(path, content, error, most)
    text = decode(path, content, error, encoding, key=key)
    separator = choose_separator(path, lambda: io.StringIO(text, newline=""), error) or ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if len(cells) > 1 or any(cells):
                rows.append((reader.line_num, cells))
    except csv.Error as failed:
        raise error(f"{path}:{reader.line_num}: not a table that can be read: {failed}") from None
    if not rows:
        raise error(f"{path}: the file is empty; its first line names the columns")
    columns = rows[0][1]
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            raise error(
                f"{path}:{line}: {len(cells)} cells where the first line names {len(columns)} columns"
            )
    notes = [] if separator == "," else [f"{path.name}: cells are separated by {SEPARATORS[separator]}."]
    if is_index(columns[0], [cells[0] for _, cells in rows[1:]]) and len(columns) > 1:
        notes.append(f"{path.name}: the first column has no name and counts the rows; it is left out.")
        rows = [(line, cells[1:]) for line, cells in rows]
    return Table(tuple(rows[0][1]), rows[1:], tuple(notes))


def read_text(path: str | Path, error: type[CoevolveError], most: int) -> str:
    r"""Read a text of at most so many bytes, its lines ended by ``\n`` whatever ends them in the file.

    Raises
    ------
    CoevolveError
        Of the given type, if the file cannot be read or is no text.
    """
    text = decode(Path(path), read_input(path, error, most), error)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(
    path: Path, content: bytes, error: type[CoevolveError], encoding: str | None = None, *, key: bool = False
) -> str:
    """Return the text of a file: in UTF-8, in the encoding of its byte order mark, or in the one stated.

    With `key`, errors say that the key ``encoding`` can state it.

    Raises
    ------
    CoevolveError
        Of the given type, if it is not text in that encoding, with the line.

    Examples
    --------
    >>> from coevolve_sim.errors import NetworkError
    >>> decode(Path("a.csv"), "é".encode("utf-16"), NetworkError)
    'é'
    >>> decode(Path("a.csv"), "é".encode("latin-1"), NetworkError, "latin-1")
    'é'
    >>> decode(Path("a.csv"), "é".encode("latin-1"), NetworkError)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: a.csv:1: not UTF-8 text: save the file as UTF-8
    """
    if content.startswith(_WORKBOOKS):
        raise error(f"{path}: is a workbook of Excel or another archive, not text: save the sheet as CSV")
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    stated = None if encoding is None else _checked_encoding(path, encoding, error)
    if marked and stated not in {None, marked}:
        raise error(f"{path}: begins with the mark of {marked.upper()}, not of {encoding}; leave it out")
    name = stated or marked or "utf-8"
    or_state = ", or state its encoding, as in encoding: latin-1" if key and not encoding else ""
    try:
        text = content.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as failed:
        line = content.count(b"\n", 0, failed.start) + 1
        raise error(f"{path}:{line}: not {name.upper()} text: save the file as UTF-8{or_state}") from None
    if (at := text.find("\0")) >= 0:
        line = text.count("\n", 0, at) + 1
        raise error(
            f"{path}:{line}: holds a zero character, as no text does: save the file as UTF-8{or_state}"
        )
    return text


def _checked_encoding(path: Path, name: str, error: type[CoevolveError]) -> str:
    try:
        found = codecs.lookup(name).name
        " ".encode(found)  # codecs that are not of text, as hex, cannot
    except (LookupError, ValueError, AttributeError):
        raise error(
            f"{path}: there is no encoding '{name}'; there are utf-8, utf-16, latin-1, cp1252 and others"
        ) from None
    return found


def choose_separator(path: Path, lines: Lines, error: type[CoevolveError], *, blanks: bool = False) -> str:
    """Return what separates cells: the one of commas, semicolons and tabs by which all rows are as long.

    If rows differ by each of them, it is the one that stands in the first, so that the row that differs can
    be named. An empty text, or a blank, if there is none of them.

    Parameters
    ----------
    path : Path
        The file, for errors.
    lines : callable
        Gives the lines of the text.
    error : type of CoevolveError
        What is raised.
    blanks : bool
        Whether blanks can separate cells, where there is nothing else.

    Raises
    ------
    CoevolveError
        Of that type, if a file can be read in two ways.

    Examples
    --------
    >>> from coevolve_sim.errors import NetworkError
    >>> [choose_separator(Path("a"), lambda: text, NetworkError) for text in (["a,b"], ["a;b", "1;0,5"])]
    [',', ';']
    >>> choose_separator(Path("a.csv"), lambda: ["a;b,c", "d;e,f"], NetworkError)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: a.csv: cells may be separated by commas or by semicolons; put cells that
    hold one of them in double quotes
    """
    sampled = {separator: _sample(lines, separator) for separator in ",;\t"}
    fitting = [separator for separator, rows in sampled.items() if _all_as_long(rows)]
    if "," in fitting:
        others = [separator for separator in ";\t " if separator != " " or blanks]
        rows_by = {separator: sampled.get(separator) or _sample(lines, separator) for separator in others}
        decimal = [s for s in others if _all_as_long(rows_by[s]) and _commas_are_decimal(rows_by[s])]
        fitting = decimal or fitting
    if len(fitting) > 1:
        ways = " or by ".join(SEPARATORS[separator] for separator in fitting)
        raise error(
            f"{path}: cells may be separated by {ways}; put cells that hold one of them in double quotes"
        )
    if fitting:
        return fitting[0]
    first = next((line for line in lines() if line.strip()), "")
    return next((separator for separator in ",;\t" if separator in first), " " if blanks else "")


def _sample(lines: Lines, separator: str) -> list[list[str]]:
    """Return the first rows by a separator; none if they are badly quoted by it."""
    given = (line.strip(" \r\n") + "\n" for line in lines()) if separator == " " else lines()
    reader = csv.reader(given, delimiter=separator, strict=True, skipinitialspace=separator == " ")
    try:
        return [
            cells for cells in itertools.islice(reader, _SAMPLED_ROWS) if cells and any(map(str.strip, cells))
        ]
    except csv.Error:
        return []


def _all_as_long(rows: list[list[str]]) -> bool:
    return len({len(cells) for cells in rows}) == 1 and len(rows[0]) > 1


def _commas_are_decimal(rows: list[list[str]]) -> bool:
    """Return whether commas stand within numbers only, and never in the first cell of a row."""
    with_comma = [(place, cell.strip()) for row in rows for place, cell in enumerate(row) if "," in cell]
    return bool(with_comma) and all(
        place > 0 and _DECIMAL_COMMA.fullmatch(cell) is not None for place, cell in with_comma
    )


def split_line(line: str, separator: str) -> list[str]:
    """Return the cells of one line, without blanks around them.

    Raises
    ------
    csv.Error
        If it is badly quoted.

    Examples
    --------
    >>> split_line('"Doe, Jane", Bo', ","), split_line("1   2", " ")
    (['Doe, Jane', 'Bo'], ['1', '2'])
    """
    if '"' not in line:
        return line.split() if separator == " " else [cell.strip() for cell in line.split(separator)]
    row = next(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=separator == " "))
    return [cell.strip() for cell in row if cell or separator != " "]


def parse_number(text: str) -> float | None:
    """Return the finite number that a cell holds, with a decimal point or a decimal comma; None if none.

    Examples
    --------
    >>> [parse_number(text) for text in ("0.5", "0,5", "1e-3", "nan", "1_0", "1,000.5", "")]
    [0.5, 0.5, 0.001, None, None, None, None]
    """
    if has_decimal_comma(text):
        text = text.replace(",", ".")
    elif not _PLAIN.fullmatch(text):
        return None
    number = float(text)
    return number if isfinite(number) else None


def has_decimal_comma(text: str) -> bool:
    """Return whether a cell is a number with a decimal comma.

    Examples
    --------
    >>> has_decimal_comma("0,5"), has_decimal_comma("0.5"), has_decimal_comma("a,5")
    (True, False, False)
    """
    return _DECIMAL_COMMA.fullmatch(text) is not None


def may_be_thousands(cells: Iterable[str]) -> bool:
    """Return whether all commas in some numbers could as well set off thousands.

    Examples
    --------
    >>> may_be_thousands(["1,250", "7"]), may_be_thousands(["1,250", "0,5"])
    (True, False)
    """
    with_comma = [cell for cell in cells if "," in cell]
    return bool(with_comma) and all(_THOUSANDS.fullmatch(cell) for cell in with_comma)


def is_index(name: str, cells: list[str]) -> bool:
    """Return whether a column is an index that pandas wrote: without a name, and counting from 0 or 1.

    Examples
    --------
    >>> is_index("", ["0", "1"]), is_index("Unnamed: 0", ["1", "2"]), is_index("id", ["0", "1"])
    (True, True, False)
    """
    unnamed = not name or name == "Unnamed: 0"
    return unnamed and any(all(cell == str(row) for row, cell in enumerate(cells, start)) for start in (0, 1))
