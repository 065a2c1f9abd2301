"""Reading edge lists: one tie a line.

Lines that begin with ``#`` or ``%`` and empty lines are left out. Without a header, a line holds speaker,
listener and, where there is one, a weight. Where the first line is a header, columns go by its names (see
`coevolve_sim.networks.edge_columns`). It is one if two of its names are those of the ends of a tie, or if its
first two cells are no numbers where all others are. Where it could be one and could be a tie, the file is
refused: `header` says which.
"""

from __future__ import annotations

import csv
import itertools
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.delimited import (
    SEPARATORS,
    choose_separator,
    decode,
    is_index,
    may_be_thousands,
    parse_number,
    split_line,
)
from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.edge_columns import (
    EdgeColumns,
    Header,
    Weighted,
    columns_by_name,
    is_known_header,
    is_likely_header,
)
from coevolve_sim.networks.graphs import order_labels
from coevolve_sim.networks.ties import Ties, from_edges

LONGEST_LINE, LONGEST_NAME = 100_000, 1_000
"""Characters that a line, and a human's name, can have."""

MOST_COLUMNS = 100

_WHOLE = re.compile(r"-?[0-9]+")
_SECONDS, _MILLISECONDS, _YEARS = (1e8, 5e9), (1e11, 5e12), (1900, 2100)
"""Where whole numbers are likely times: since 1970, and years."""


@dataclass(frozen=True)
class _Text:
    """The lines of an edge list that are not comments."""

    path: Path
    text: str
    separator: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the cells of each line."""
        for number, line in _lines_of(self.text):
            if len(line) > LONGEST_LINE:
                raise NetworkError(
                    f"{self.path}:{number}: a line of {len(line)} characters; at most {LONGEST_LINE} are read"
                )
            try:
                yield number, split_line(line, self.separator)
            except csv.Error as error:
                raise NetworkError(f"{self.path}:{number}: {error}") from error

    def below(self) -> Iterator[list[str]]:
        """Yield the cells of each line below the first."""
        return (cells for _, cells in itertools.islice(self.rows(), 1, None))


def _lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that is not a comment, and the line; without a copy of the whole text."""
    start, number = 0, 0
    while start < len(text):
        end, number = text.find("\n", start), number + 1
        end = len(text) if end < 0 else end
        line = text[start:end].strip(" ")
        if line.strip() and not line.startswith(("#", "%")):
            yield number, line
        start = end + 1


@dataclass
class _Edges:
    """What was read: the two ends of each tie as numbers of names, and weights."""

    codes: dict[str, int] = field(default_factory=dict)
    ends: array[int] = field(default_factory=lambda: array("q"))
    weights: array[float] = field(default_factory=lambda: array("d"))
    decimal_commas: list[str] = field(default_factory=list)

    def note_comma(self, cell: str) -> None:
        """Keep the first weight with a comma, and the first whose comma does not set off thousands."""
        if len(self.decimal_commas) < 1 or (len(self.decimal_commas) < 2 and not may_be_thousands([cell])):
            self.decimal_commas.append(cell)


def read_edge_list(
    path: Path,
    content: bytes,
    *,
    directed: bool,
    weighted: Weighted,
    header: Header = "auto",
    encoding: str | None = None,
    weight: str | None = None,
) -> Ties:
    """Read an edge list; parameters, result and errors are those of `coevolve_sim.networks.read_network`."""
    text = decode(path, content, NetworkError, encoding, key=True)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = choose_separator(
        path, lambda: (line[:LONGEST_LINE] + "\n" for _, line in _lines_of(text)), NetworkError, blanks=True
    )
    given = _Text(path, text, separator or " ")
    first = next(given.rows(), None)
    if first is None:
        raise NetworkError(f"{path}: the file holds no ties")
    if len(first[1]) > MOST_COLUMNS:
        raise NetworkError(
            f"{path}:{first[0]}: {len(first[1])} fields; an edge list has at most {MOST_COLUMNS}"
        )
    named = _is_header(given, first[1]) if header == "auto" else header
    if named:
        columns = columns_by_name(f"{path}:{first[0]}", first[1], weighted, weight)
    elif weight is not None:
        raise NetworkError(f"{path}: weight names '{weight}', and the file has no line of column names")
    else:
        columns = _columns_by_place(path, first, weighted)
    edges = _read(given, columns, first[1], skipped=int(named))
    if not edges.ends:
        raise NetworkError(f"{path}: the file holds no ties")
    if named and {first[1][columns.speaker], first[1][columns.listener]} <= edges.codes.keys():
        raise NetworkError(f"{path}: the line of column names stands more than once; keep the first")
    notes = list(columns.notes)
    if separator == ";":
        notes.append(f"cells are separated by {SEPARATORS[separator]}")
    if edges.decimal_commas:
        notes.append("commas in weights are decimal commas")
    ends = np.frombuffer(edges.ends, dtype=np.int64).reshape(-1, 2)
    weights = None if columns.weight is None else np.frombuffer(edges.weights, dtype=np.float64)
    if not named and weights is not None:
        notes += _third_column(path, weighted, edges, ends, weights)
    labels = order_labels(edges.codes)
    row_of = np.empty(len(labels), dtype=np.int64)
    row_of[[edges.codes[label] for label in labels]] = np.arange(len(labels))
    return from_edges(
        len(labels), row_of[ends], weights, directed=directed, labels=tuple(labels), notes=tuple(notes)
    )


def _is_header(given: _Text, first: list[str]) -> bool:
    """Return whether the first line names columns; refuse a file of which that cannot be told."""
    if is_known_header(first):
        return True
    if len(first) < 2 or any(_WHOLE.fullmatch(cell) for cell in first[:2]):
        return False
    if not any(True for _ in given.below()):
        return is_likely_header(first)
    if all(_WHOLE.fullmatch(cell) for cells in given.below() for cell in cells[:2]):
        return True
    if len(first) > 2 and parse_number(first[2]) is None and _is_weight_below(given):
        return True
    if any(cell in first[:2] for cells in given.below() for cell in cells[:2]):
        return False
    if is_likely_header(first):
        return True
    one, other = (cell[:60] for cell in first[:2])
    raise NetworkError(
        f"{given.path}: the first line, '{one}' and '{other}', may name the columns or two humans without "
        "another tie; set header to true or to false"
    )


def _is_weight_below(given: _Text) -> bool:
    """Return whether all third cells below the first line are numbers."""
    third = [cells[2:3] for cells in itertools.islice(given.below(), 1_000)]
    return bool(third) and all(cell and parse_number(cell[0]) is not None for cell in third)


def _columns_by_place(path: Path, first: tuple[int, list[str]], weighted: Weighted) -> EdgeColumns:
    number, cells = first
    width = len(cells)
    if width < 2 or (weighted is not False and width > 3) or (weighted is True and width < 3):
        with_weight = "3 fields (speaker, listener, weight)"
        wanted = with_weight if weighted is True else "2 fields" if weighted is False else "2 or 3 fields"
        raise NetworkError(
            f"{path}:{number}: {width} field{'s' * (width != 1)}, where a tie takes {wanted}"
            + (": set weighted to false to pass over further ones" if width > 3 else "")
        )
    return EdgeColumns(0, 1, 2 if weighted and width == 3 else None)


def _read(given: _Text, columns: EdgeColumns, first: list[str], skipped: int) -> _Edges:
    """Read all ties: names become numbers in the order in which they first stand."""
    edges, width = _Edges(), len(first)
    codes, ends, weights = edges.codes, edges.ends, edges.weights
    speaker, listener, weight = columns.speaker, columns.listener, columns.weight
    for number, cells in itertools.islice(given.rows(), skipped, None):
        if len(cells) != width:
            _refuse_width(given.path, number, cells, width, named=skipped > 0)
        for name in (cells[speaker], cells[listener]):
            code = codes.get(name)
            if code is None:
                _check_name(given.path, number, name, [cells[speaker], cells[listener]])
                code = codes[name] = len(codes)
            ends.append(code)
        if weight is not None:
            weights.append(_read_weight(given.path, number, cells[weight]))
            if "," in cells[weight]:
                edges.note_comma(cells[weight])
    if may_be_thousands(edges.decimal_commas):
        raise NetworkError(
            f"{given.path}: '{edges.decimal_commas[0]}' and all other commas in weights may be decimal "
            "commas or set off thousands; write decimals with a point, and thousands without a comma"
        )
    return edges


def _refuse_width(path: Path, number: int, cells: list[str], width: int, *, named: bool) -> None:
    there = f"the first line names {width} columns" if named else f"the first tie has {width}"
    raise NetworkError(f"{path}:{number}: {len(cells)} field{'s' * (len(cells) != 1)}, where {there}")


def _check_name(path: Path, number: int, name: str, both: list[str]) -> None:
    if not name:
        given = [end[:60] for end in both]
        raise NetworkError(f"{path}:{number}: a tie needs two names; {given} given")
    if len(name) > LONGEST_NAME:
        raise NetworkError(
            f"{path}:{number}: a name of {len(name)} characters; at most {LONGEST_NAME} are allowed"
        )


def _read_weight(path: Path, number: int, cell: str) -> float:
    weight = parse_number(cell)
    if weight is None or not weight > 0:
        raise NetworkError(
            f"{path}:{number}: a weight must be a number above 0; {cell[:60] or 'nothing'} given; "
            "set weighted to false if this column holds something else"
        )
    return weight


def _third_column(
    path: Path,
    weighted: Weighted,
    edges: _Edges,
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> list[str]:
    """Return a note on a third column without a name; refuse one that is likely no weight."""
    if weighted is True:
        return []
    whole = bool((weights == np.floor(weights)).all())
    for low, high in (_SECONDS, _MILLISECONDS, _YEARS):
        if whole and low <= weights.min() <= weights.max() <= high:
            raise NetworkError(
                f"{path}: the third column has no name and holds {weights[0]:.0f}, ...: likely times, not "
                "weights; set weighted to false to pass over it, or to true if they are weights"
            )
    if whole and len(ends) > 2:
        names = list(edges.codes)
        speakers = [names[code] for code in ends[:, 0].tolist()]
        hears_the_next = (np.diff(ends, axis=1) != 0).all() and len(set(ends[:, 1].tolist())) == len(ends)
        if is_index("", speakers) and not hears_the_next:
            raise NetworkError(
                f"{path}: the first of three columns counts the lines, as an index that pandas writes; write "
                "the file with index=False, or set weighted to true if it holds humans and the third weights"
            )
    span = f"{weights.min():g} to {weights.max():g}"
    return [f"the third column is the weight of a tie ({span}); set weighted to false if it is not"]
