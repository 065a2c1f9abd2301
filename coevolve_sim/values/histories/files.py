"""A history of the user's own, read from a CSV or Parquet file.

The first column is called ``era`` and names the eras; every other column is a dimension, and every
cell below it a number in [0, 1]. Where all era names are numbers they are the times as well, and
must increase. Nothing is guessed: an empty cell is an error, not an interpolation. A second file of
the same form may tell how widely values were spread.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories.history import MOST_SPREAD, History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_Row = tuple[str, "Sequence[object]"]  # where it stands ("line 3"), and its cells


def read_history(path: str | Path, spread: str | Path | None = None) -> History:
    r"""Read a history from a ``.csv`` or ``.parquet`` file.

    Parameters
    ----------
    path : str or Path
        The file; CSV in UTF-8 with commas.
    spread : str or Path, optional
        A file of the same form whose cells are standard deviations in [0, 0.5], as an elicitation writes it.
        It has every era and dimension of the history, in any order; what it has beyond them is not read.

    Returns
    -------
    History
        Named after the file, every value observed.

    Raises
    ------
    HistoryError
        If a file cannot be read, has not this form, or a cell is not a number in [0, 1] (a spread: in
        [0, 0.5]): with the path, and the line (CSV) or row (Parquet) and the column where there is one. If
        an era or a dimension has no spread.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "town.csv"
    >>> _ = path.write_text("era,thrift\n1990,0.2\n2000,0.6\n")
    >>> history = read_history(path)
    >>> history.times.tolist(), history.values.tolist()
    ([1990.0, 2000.0], [[0.2], [0.6]])
    """
    path = Path(path)
    eras, dimensions, values = _read_table(path, "a history", "a value", 1.0)
    if len(eras) < 2:
        raise HistoryError(f"{path}: a history needs at least 2 eras; {len(eras)} given")
    times, spacing = _times(path, eras)
    return History(
        path.stem,
        era_names=eras,
        times=times,
        dimension_names=dimensions,
        values=values,
        observed=np.ones(values.shape, dtype=np.bool_),
        source=str(path),
        notes=(f"{len(eras)} eras and {len(dimensions)} dimensions read from {path.name}.", *spacing),
        spreads=None if spread is None else _read_spreads(Path(spread), eras, dimensions),
    )


def _read_spreads(path: Path, eras: tuple[str, ...], dimensions: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the standard deviations of some eras and dimensions, in their order."""
    rows, columns, spreads = _read_table(path, "a table of spreads", "a standard deviation", MOST_SPREAD)
    for what, wanted, there in (("era", eras, rows), ("dimension", dimensions, columns)):
        for name in wanted:
            if name not in there:
                raise HistoryError(
                    f"{path}: there is no spread of {what} '{name}', which the history has; there are: "
                    f"{', '.join(there) or 'none'}. Add it, or give the spread of each group"
                )
    own: NDArray[np.float64] = spreads[
        np.ix_([rows.index(era) for era in eras], [columns.index(name) for name in dimensions])
    ]
    return own


def _read_table(
    path: Path, what: str, cell: str, most: float
) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.float64]]:
    """Return eras, dimensions and numbers of a file; `what` it is and its cells are called in errors."""
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    if path.suffix.lower() not in readers:
        raise HistoryError(f"{path}: {what} is a .csv or a .parquet file; '{path.suffix}' given")
    if not path.is_file():
        raise HistoryError(f"{path}: there is no such file")
    columns, rows = readers[path.suffix.lower()](path)
    _check_columns(path, columns)
    eras = _era_names(path, rows)
    numbers = [
        [
            _in_range(f"{path}, {where}, column '{name}'", given, cell, most)
            for name, given in zip(columns[1:], cells[1:], strict=True)
        ]
        for where, cells in rows
    ]
    return eras, columns[1:], np.array(numbers, dtype=np.float64)


def _read_csv(path: Path) -> tuple[tuple[str, ...], list[_Row]]:
    rows: list[tuple[int, list[str]]] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            rows.extend((lines.line_num, cells) for cells in lines if cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error
    if not rows:
        raise HistoryError(
            f"{path}: the file is empty; its first line names the columns: era, then dimensions"
        )
    columns = tuple(name.strip() for name in rows[0][1])
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            raise HistoryError(
                f"{path}, line {line}: {len(cells)} cells where the first line names {len(columns)} columns"
            )
    return columns, [(f"line {line}", cells) for line, cells in rows[1:]]


def _read_parquet(path: Path) -> tuple[tuple[str, ...], list[_Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise HistoryError(f"{path}: cannot be read as Parquet: {error}") from error
    cells = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return tuple(table.column_names), [(f"row {i}", row) for i, row in enumerate(cells)]


def _check_columns(path: Path, columns: tuple[str, ...]) -> None:
    if not columns or columns[0] != "era":
        first = f"'{columns[0]}'" if columns else "none"
        raise HistoryError(f"{path}: the first column is called 'era'; {first} given")
    if len(columns) == 1:
        raise HistoryError(f"{path}: there is no dimension; every column after 'era' is one")
    for i, name in enumerate(columns):
        if not name:
            raise HistoryError(f"{path}: column {i + 1} has no name; every column after 'era' is a dimension")
        if name in columns[:i]:
            raise HistoryError(f"{path}: column '{name}' stands twice; each dimension may stand once")


def _era_names(path: Path, rows: list[_Row]) -> tuple[str, ...]:
    names: list[str] = []
    for where, cells in rows:
        name = _text(cells[0])
        if not name:
            raise HistoryError(f"{path}, {where}, column 'era': every era has a name; none given")
        if name in names:
            raise HistoryError(
                f"{path}, {where}, column 'era': era '{name}' stands twice; each may stand once"
            )
        names.append(name)
    return tuple(names)


def _times(path: Path, eras: tuple[str, ...]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the times of the eras, and a note if they are unevenly spaced."""
    numbers = [_number(era) for era in eras]
    times = np.array([number for number in numbers if number is not None])
    if times.size < len(eras):
        return np.arange(len(eras), dtype=np.float64), ()
    steps = np.diff(times)
    if not (steps > 0).all():
        after = int(np.argmin(steps > 0))
        raise HistoryError(
            f"{path}, column 'era': eras that are numbers must increase; "
            f"'{eras[after + 1]}' follows '{eras[after]}'"
        )
    if np.allclose(steps, steps[0]):
        return times, ()
    uneven = f"Eras are not evenly spaced (steps of {steps.min():g} to {steps.max():g}); rates are per era."
    return times, (uneven,)


def _in_range(where: str, cell: object, what: str, most: float) -> float:
    text = _text(cell)
    number = _number(text)
    if number is None or not 0 <= number <= most:
        given = f"'{text}' given" if text else "the cell is empty"
        raise HistoryError(f"{where}: {what} is a number in [0, {most:g}]; {given}")
    return number


def _text(cell: object) -> str:
    """Return a cell as it would stand in a CSV file; a whole number without its decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _number(text: str) -> float | None:
    """Return the finite number a text is, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) and "_" not in text else None
