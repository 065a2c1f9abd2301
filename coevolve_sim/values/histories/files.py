"""A history of the user's own, read from a CSV or Parquet file.

The column ``era`` names the eras; every other column is a dimension, and every cell in it a value on the
scale that is stated: [0, 1] if none is. Where all era names are numbers they are the times as well, and must
increase. Nothing is guessed: an empty cell is an error, not an interpolation, and percent are refused where
the scale is not percent. CSV may have semicolons, tabs and decimal commas, as `coevolve_sim.delimited` says;
notes tell. A second file of the same form may tell how widely values were spread. At most 32 MiB are read,
and at most 10 million cells of Parquet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.delimited import has_decimal_comma, is_index, parse_number, read_table
from coevolve_sim.errors import HistoryError
from coevolve_sim.input_files import read_input, size_text
from coevolve_sim.values.histories.cells import (
    read_deviation,
    read_value,
    refuse_unclear_numbers,
    scale_of,
    text_of,
)
from coevolve_sim.values.histories.history import History
from coevolve_sim.values.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

MOST_BYTES = 32 << 20
MOST_CELLS = 10_000_000
LONGEST_CELL = 1_000
DOUBTFUL_CONSISTENCY = 0.8
"""Share of items answered alike in every order of their options below which elicited values are doubtful."""
_BATCH_ROWS = 1_024

_Row = tuple[str, "Sequence[object]"]  # where it stands ("line 3"), and its cells


def read_history(
    path: str | Path,
    spread: str | Path | None = None,
    *,
    scale: str | Sequence[str] = "0-1",
    encoding: str | None = None,
) -> History:
    r"""Read a history from a ``.csv`` or ``.parquet`` file.

    Parameters
    ----------
    path : str or Path
        The file; CSV in UTF-8.
    spread : str or Path, optional
        A file of the same form whose cells are standard deviations in [0, 0.5], as an elicitation writes it.
        It has every era and dimension of the history, in any order; what it has beyond them is not read.
        Deviations are of values in [0, 1], whatever the scale of the history.
    scale : str or sequence of str
        Of the history's cells: ``0-1``, ``percent``, ``LOW-HIGH`` as in ``1-7``, or labels from 0 to 1.
    encoding : str, optional
        Encoding of CSV that is neither UTF-8 nor, with its byte order mark, UTF-16: ``"latin-1"``.

    Returns
    -------
    History
        Named after the file, every value observed.

    Raises
    ------
    HistoryError
        If a file cannot be read, has not this form, or a cell is not on the scale (a spread: in [0, 0.5]):
        with the path, and the line (CSV) or row (Parquet) and the column where there is one. If the scale is
        none, or an era or a dimension has no spread.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "town.csv"
    >>> _ = path.write_text("era,thrift\n1990,0.2\n2000,0.6\n")
    >>> history = read_history(path)
    >>> history.times.tolist(), history.values.tolist()
    ([1990.0, 2000.0], [[0.2], [0.6]])
    """
    path, on = Path(path), scale_of(scale)
    table = _read_table(path, "a history", encoding)
    values = table.read(partial(read_value, scale=on))
    if not on.labels and on != Scale():  # what lies in [0, 1] has no thousands
        for cells in table.columns.values():
            refuse_unclear_numbers(cells)
    eras, dimensions = table.eras, tuple(table.columns)
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
        notes=(
            f"{len(eras)} eras and {len(dimensions)} dimensions read from {path.name}.",
            *spacing,
            *table.notes,
            *(() if on.labels else table.note_decimals(path)),
            *_doubts(path),
        ),
        spreads=None if spread is None else _read_spreads(Path(spread), eras, dimensions, encoding),
    )


def _read_spreads(
    path: Path, eras: tuple[str, ...], dimensions: tuple[str, ...], encoding: str | None
) -> NDArray[np.float64]:
    """Return the standard deviations of some eras and dimensions, in their order."""
    table = _read_table(path, "a table of spreads", encoding)
    spreads = table.read(read_deviation)
    row_of = {name: row for row, name in enumerate(table.eras)}
    column_of = {name: column for column, name in enumerate(table.columns)}
    for what, wanted, there in (("era", eras, row_of), ("dimension", dimensions, column_of)):
        for name in wanted:
            if name not in there:
                raise HistoryError(
                    f"{path}: there is no spread of {what} '{name}', which the history has; there are: "
                    f"{', '.join(there) or 'none'}. Add it, or give the spread of each group"
                )
    own: NDArray[np.float64] = spreads[
        np.ix_([row_of[era] for era in eras], [column_of[name] for name in dimensions])
    ]
    return own


@dataclass(frozen=True)
class _EraTable:
    """A table of eras by dimensions, whose cells are not read yet."""

    eras: tuple[str, ...]
    columns: dict[str, list[tuple[str, object]]]
    """The cells of each dimension, with where they stand."""
    notes: tuple[str, ...]

    def read(self, read_cell: Callable[[str, object], float]) -> NDArray[np.float64]:
        """Return all cells as numbers, shape (eras, dimensions)."""
        rows = zip(*self.columns.values(), strict=True)
        return np.array([[read_cell(*cell) for cell in row] for row in rows], dtype=np.float64)

    def note_decimals(self, path: Path) -> Iterator[str]:
        """Yield the note on decimal commas, if there are any."""
        if any(has_decimal_comma(text_of(cell)) for cells in self.columns.values() for _, cell in cells):
            yield f"{path.name}: commas in numbers are decimal commas."


def _read_table(path: Path, what: str, encoding: str | None) -> _EraTable:
    """Return eras and cells; `what` the file is called in errors."""
    ending = path.suffix.lower()
    if ending not in {".csv", ".parquet"}:
        raise HistoryError(f"{path}: {what} is a .csv or a .parquet file; '{path.suffix}' given")
    names, rows, notes = _read_csv(path, encoding) if ending == ".csv" else _read_parquet(path)
    era = _check_columns(path, names)
    columns = {
        name: [(f"{path}, {where}, column '{name}'", cells[place]) for where, cells in rows]
        for place, name in enumerate(names)
        if place != era
    }
    return _EraTable(_era_names(path, [(where, cells[era]) for where, cells in rows]), columns, notes)


def _read_csv(path: Path, encoding: str | None) -> tuple[tuple[str, ...], list[_Row], tuple[str, ...]]:
    table = read_table(path, HistoryError, MOST_BYTES, encoding, key=True)
    return table.columns, [(f"line {line}", cells) for line, cells in table.rows], table.notes


def _read_parquet(path: Path) -> tuple[tuple[str, ...], list[_Row], tuple[str, ...]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = pa.BufferReader(read_input(path, HistoryError, MOST_BYTES))
    rows: list[_Row] = []
    try:
        schema = pq.ParquetFile(content).schema_arrow
        _check_types(path, schema)
        # A text that repeats a million times stays one text as long as it is a dictionary's.
        texts = [column.name for column in schema if not _is_number(column.type)]
        file = pq.ParquetFile(content, read_dictionary=texts)
        width, size = max(len(schema.names), 1), 0
        _check_unpacked(path, file.metadata.num_rows * width, 0)
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):  # a file can hold more than it says
            size += batch.nbytes
            _check_unpacked(path, (len(rows) + len(batch)) * width, size)
            cells = zip(*(_short_cells(path, column) for column in batch.columns), strict=True)
            rows += [(f"row {row}", given) for row, given in enumerate(cells, start=len(rows))]
    except (OSError, pa.ArrowException) as error:
        raise HistoryError(f"{path}: cannot be read as Parquet: {error}") from error
    columns = tuple(schema.names)
    counting = [text_of(given[-1]) for _, given in rows]
    if columns and is_index(columns[-1].replace("__index_level_0__", ""), counting):
        note = f"{path.name}: the last column has no name and counts the rows; it is left out."
        return columns[:-1], [(where, given[:-1]) for where, given in rows], (note,)
    return columns, rows, ()


def _check_types(path: Path, schema: pa.Schema) -> None:
    import pyarrow as pa

    for column in schema:
        if pa.types.is_nested(column.type):
            raise HistoryError(
                f"{path}: column '{column.name}' holds {column.type}; a column of a history holds numbers, "
                "or the names of eras"
            )


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_primitive(kind))


def _short_cells(path: Path, column: pa.Array) -> list[object]:
    """Return the cells of a column as Python objects, if none is a long text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = column.dictionary if isinstance(column, pa.DictionaryArray) else column
    if not _is_number(texts.type):
        longest = pc.max(pc.binary_length(texts)).as_py() or 0
        if longest > LONGEST_CELL:
            raise HistoryError(f"{path}: a cell of {longest} bytes; a cell has at most {LONGEST_CELL}")
    cells: list[object] = column.to_pylist()
    return cells


def _check_unpacked(path: Path, n_cells: int, n_bytes: int) -> None:
    if n_cells > MOST_CELLS or n_bytes > 8 * MOST_BYTES:
        there = f"{n_cells} cells" if n_cells > MOST_CELLS else f"more than {size_text(8 * MOST_BYTES)}"
        raise HistoryError(
            f"{path}: unpacks to {there}; a history has at most {MOST_CELLS} cells and "
            f"{size_text(8 * MOST_BYTES)}"
        )


def _check_columns(path: Path, columns: tuple[str, ...]) -> int:
    """Return the column of eras, if all have names and each stands once."""
    if "era" not in columns:
        there = ", ".join(f"'{name[:60]}'" for name in columns[:8]) + ", ..." * (len(columns) > 8) or "none"
        raise HistoryError(
            f"{path}: there is no column 'era', which names the eras; the columns are {there}: a history has "
            "a row an era, and a column a dimension beside 'era'"
        )
    if len(columns) == 1:
        raise HistoryError(f"{path}: there is no dimension; every column but 'era' is one")
    found: set[str] = set()
    for i, name in enumerate(columns):
        if not name:
            raise HistoryError(f"{path}: column {i + 1} has no name; every column but 'era' is a dimension")
        if name in found:
            raise HistoryError(f"{path}: column '{name}' stands twice; each dimension may stand once")
        found.add(name)
    return columns.index("era")


def _era_names(path: Path, cells: list[tuple[str, object]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for where, cell in cells:
        name = text_of(cell)
        if not name:
            raise HistoryError(f"{path}, {where}, column 'era': every era has a name; none given")
        if name in names:
            raise HistoryError(
                f"{path}, {where}, column 'era': era '{name}' stands twice; each may stand once"
            )
        names[name] = None
    return tuple(names)


def _times(path: Path, eras: tuple[str, ...]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the times of the eras, and a note if they are unevenly spaced."""
    numbers = [parse_number(era) for era in eras]
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


def _doubts(path: Path) -> tuple[str, ...]:
    """Return what `coevolve elicit` wrote beside a history of its own on how far it can be trusted."""
    beside = path.parent / "summary.json"
    if not beside.is_file():
        return ()
    try:
        eras = json.loads(read_input(beside, HistoryError, MOST_BYTES).decode("utf-8"))["eras"]
        found = {str(era["era"]): float(era["order_consistency"]) for era in eras}
    except (HistoryError, ValueError, TypeError, KeyError):
        return ()  # another file of that name
    worst = min(found, key=lambda name: found[name], default="")
    if not worst or found[worst] >= DOUBTFUL_CONSISTENCY:
        return ()
    told = f"{path.name}: of era '{worst}' {found[worst]:.0%} of items were answered alike in every order of "
    told += "their options (summary.json): the others tell an option's place, so that values are doubtful."
    return (told,)
