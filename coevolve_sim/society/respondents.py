"""A table of respondents as it is read: answers on their scales, and who gave them.

Nothing is guessed. A cell is on its scale or an error at ``file:line:column``, columns counting from 1; an
empty cell, or one that the scenario lists as no answer, is a missing answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.delimited import Table, parse_number, read_table
from coevolve_sim.errors import PopulationError
from coevolve_sim.registry import nearest
from coevolve_sim.scenario.respondent_checks import COLUMN_IN_SKETCH
from coevolve_sim.scenario.respondent_specs import ItemSpec, RespondentsSpec, TraitSpec
from coevolve_sim.values.decimal_signs import Cell, DecimalSigns, find_unclear_beside
from coevolve_sim.values.scales import Scale, read_scale

MOST_BYTES = 64 << 20
MOST_RESPONDENTS = 5_000_000
LONGEST_CELL, LONGEST_SKETCH = 1_000, 300
MOST_TOLD = 10
"""Lines, columns and names that a note or an error lists at most."""

_NAME_SIGNS = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, eq=False)
class Respondents:
    """Who answered what, before anybody has a place in a network.

    Attributes
    ----------
    path : Path
        The table.
    lines : int array, shape (respondents,)
        Line of each in it.
    ids : tuple of str, or None
        Who they are; None where the table does not say.
    answers : float64 array, shape (respondents, items)
        In [0, 1], reversed items turned; nan where there is none.
    items : tuple of str
        Column of each item.
    dimension_of : int array, shape (items,)
        The dimension that each item asks about.
    traits : dict of str to float64 array, shape (respondents,)
        ``adoption``, ``stubbornness``, ``confidence.peer``, ``confidence.assistant``, those that are there.
    weights : float64 array, shape (respondents,), or None
        Survey weights, at least 0.
    groups : tuple of str, or None
        Name of the group of each, as a scenario writes it.
    sketches : tuple of str, or None
        Who each is, in words; empty where a cell is.
    complete : bool array, shape (respondents,)
        Who left nothing unanswered.
    id_place : int
        The column of ids, from 0; -1 where there is none.
    notes : tuple of str
        What was taken for what, and what was not read.
    """

    path: Path
    lines: NDArray[np.int64]
    ids: tuple[str, ...] | None
    answers: Floats
    items: tuple[str, ...]
    dimension_of: NDArray[np.int64]
    traits: dict[str, Floats]
    weights: Floats | None
    groups: tuple[str, ...] | None
    sketches: tuple[str, ...] | None
    complete: NDArray[np.bool_]
    id_place: int
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of respondents."""
        return int(self.lines.size)


def read_respondents(spec: RespondentsSpec, dimensions: Sequence[str]) -> Respondents:
    r"""Read a table of respondents.

    Parameters
    ----------
    spec : RespondentsSpec
        How it is read.
    dimensions : sequence of str
        Those of the value space, in order.

    Raises
    ------
    PopulationError
        At ``file:line:column``: what was given, what is allowed. Also where a column is not there, an id
        stands twice, an answer is missing and that is refused, or nobody is left.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = path.write_text("id,thrift\nann,7\nbob,4\n")
    >>> read_respondents(RespondentsSpec(path=str(path), scale="1-7"), ["thrift"]).answers.tolist()
    [[1.0], [0.5]]
    """
    path = Path(spec.path)
    table = read_table(path, PopulationError, MOST_BYTES, spec.encoding, key=True)
    if not 1 <= len(table.rows) <= MOST_RESPONDENTS:
        raise PopulationError(
            f"{path}: {len(table.rows)} respondents; there may be 1 to {MOST_RESPONDENTS}, a row for each"
        )
    reading = _Reading(path, table, frozenset({"", *spec.missing_cells}))
    items = spec.items or tuple(ItemSpec(column=name) for name in dimensions)
    answers = np.column_stack(
        [
            reading.read_numbers(item.column, item.scale or spec.scale, reversed_=item.reversed)
            for item in items
        ]
    )
    named = {name: reading.read_trait(trait) for name, trait in _traits(spec) if trait is not None}
    found = Respondents(
        path,
        np.array([line for line, _ in table.rows]),
        _read_ids(reading, spec),
        answers,
        tuple(item.column for item in items),
        np.array([list(dimensions).index(item.dimension or item.column) for item in items]),
        named,
        None if spec.weight is None else reading.read_weights(spec.weight),
        None if spec.group is None else reading.read_groups(spec.group),
        None if spec.sketch is None else reading.read_sketches(spec.sketch),
        ~reading.missing,
        table.columns.index(spec.id) if spec.id in table.columns else -1,
        (*table.notes, *reading.notes),
    )
    notes = (*reading.decimals(), *_check_missing(found, reading, spec), *reading.unread())
    return replace(found, notes=(*found.notes, *notes))


def _traits(spec: RespondentsSpec) -> Iterator[tuple[str, str | TraitSpec | None]]:
    yield "adoption", spec.adoption
    yield "stubbornness", spec.stubbornness
    yield "confidence.peer", spec.confidence.peer
    yield "confidence.assistant", spec.confidence.assistant


def _read_ids(reading: _Reading, spec: RespondentsSpec) -> tuple[str, ...] | None:
    """Return the ids, each of which stands once; None where there is no column of ids and none is needed."""
    wanted = spec.match == "id" or spec.id != RespondentsSpec.model_fields["id"].default
    if spec.id not in reading.table.columns and not wanted:
        return None
    place = reading.place_of(spec.id)
    line_of: dict[str, int] = {}
    for line, cells in reading.table.rows:
        if (name := cells[place]) in line_of:
            raise reading.error(
                line, place, f"id '{name[:60]}' stands on line {line_of[name]} already; each stands once"
            )
        if not name or len(name) > LONGEST_CELL:
            raise reading.error(line, place, "every respondent has an id of 1 to 1000 characters")
        line_of[name] = line
    return tuple(line_of)


def _check_missing(found: Respondents, reading: _Reading, spec: RespondentsSpec) -> Iterator[str]:
    """Yield the note on who left something unanswered; refuse it where the scenario does."""
    n_missing = int(reading.missing.sum())
    if not n_missing:
        return
    line, place = reading.first_missing
    several = f"{n_missing} of {found.n} respondents left"
    if spec.missing == "refuse":
        raise reading.error(
            line,
            place,
            f"no answer; {several} something unanswered: fill it in, or set missing to drop or group_mean "
            "(missing_cells lists what else stands for no answer)",
        )
    if spec.missing == "group_mean" and reading.without_group is not None:
        raise reading.error(
            *reading.without_group, "no group, whose mean could be taken; set missing to drop"
        )
    if spec.missing == "drop" and n_missing == found.n:
        raise PopulationError(
            f"{found.path}: all respondents left something unanswered, and would be dropped"
        )
    told = ", ".join(map(str, found.lines[reading.missing][:MOST_TOLD].tolist()))
    told += ", ..." * (n_missing > MOST_TOLD)
    fate = "are dropped" if spec.missing == "drop" else "have the mean of their group there"
    yield f"{found.path.name}: {several} something unanswered and {fate} (line{'s' * (n_missing > 1)} {told})"


class _Reading:
    """One table, read column by column; keeps who left something unanswered, and which columns were read."""

    def __init__(self, path: Path, table: Table, blanks: frozenset[str]) -> None:
        self.path, self.table, self.blanks = path, table, blanks
        self.missing = np.zeros(len(table.rows), dtype=bool)
        self.first_missing = (0, 0)
        self.without_group: tuple[int, int] | None = None
        self.notes: list[str] = []
        self._signs: list[DecimalSigns] = []
        self._read: set[int] = set()

    def error(self, line: int, place: int, problem: str) -> PopulationError:
        """Return an error at a cell."""
        column = self.table.columns[place]
        return PopulationError(f"{self.path}:{line}:{place + 1}: column '{column[:60]}': {problem}")

    def place_of(self, column: str) -> int:
        """Return the place of a column that is to be read, which stands once."""
        columns = self.table.columns
        if (count := columns.count(column)) != 1:
            there = ", ".join(f"'{name[:60]}'" for name in columns[:20]) + ", ..." * (len(columns) > 20)
            what = (
                f"are {count} columns '{column}'; rename one, so that it is plain which is meant."
                if count
                else f"is no column '{column}'{nearest(column, columns) or '.'}"
            )
            raise PopulationError(f"{self.path}:1: there {what} The columns are {there}")
        self._read.add(columns.index(column))
        return columns.index(column)

    def cells(self, column: str) -> Iterator[tuple[int, int, int, str]]:
        """Yield the row, line, place and text of each cell of a column."""
        place = self.place_of(column)
        for row, (line, cells) in enumerate(self.table.rows):
            if len(cells[place]) > LONGEST_CELL:
                raise self.error(line, place, f"a cell of {len(cells[place])} characters; at most 1000")
            yield row, line, place, cells[place]

    def _miss(self, row: int, line: int, place: int) -> None:
        if not self.missing.any():
            self.first_missing = (line, place)
        self.missing[row] = True

    def read_numbers(self, column: str, scale: str | Sequence[str], *, reversed_: bool) -> Floats:
        """Return a column on its scale, in [0, 1]; nan where there is no answer."""
        on = read_scale(scale)
        found = np.full(len(self.table.rows), np.nan)
        signs = DecimalSigns()
        for row, line, place, cell in self.cells(column):
            if cell in self.blanks:
                self._miss(row, line, place)
                continue
            if (value := on.place(cell)) is None:
                raise self.error(
                    line, place, f"'{cell[:60]}' given; allowed: {on.allowed}{_advise(cell, on)}"
                )
            found[row] = 1.0 - value if reversed_ else value
            if not on.labels:
                signs.note((line, place, cell))
        self._keep_clear(signs)
        return found

    def _keep_clear(self, signs: DecimalSigns) -> None:
        """Keep what stands in a column's numbers; refuse one that could be two."""
        self._signs.append(signs)
        self._refuse(signs.find_unclear())

    def _refuse(self, unclear: tuple[Cell, str] | None) -> None:
        if unclear is not None:
            (line, place, cell), why = unclear
            raise self.error(line, place, f"'{cell[:60]}' given: {why}")

    def decimals(self) -> Iterator[str]:
        """Yield the note on decimal commas; refuse what could set off thousands beside them."""
        self._refuse(find_unclear_beside(self._signs))
        if any(signs.comma for signs in self._signs):
            yield f"{self.path.name}: commas in numbers are decimal commas"

    def read_trait(self, trait: str | TraitSpec) -> Floats:
        """Return a column that holds how people are."""
        if isinstance(trait, str):
            trait = TraitSpec(column=trait)
        return self.read_numbers(trait.column, trait.scale, reversed_=trait.reversed)

    def read_weights(self, column: str) -> Floats:
        """Return survey weights; of somebody without one, 0, who then has left something unanswered."""
        found, signs = np.zeros(len(self.table.rows)), DecimalSigns()
        for row, line, place, cell in self.cells(column):
            if cell in self.blanks:
                self._miss(row, line, place)
            elif (weight := parse_number(cell)) is None or weight < 0:
                raise self.error(line, place, f"'{cell[:60]}' given; a weight is a number of at least 0")
            else:
                found[row] = weight
                signs.note((line, place, cell))
        self._keep_clear(signs)
        if not found.sum() > 0:
            raise PopulationError(f"{self.path}: column '{column}' has no weight above 0")
        return found

    def read_groups(self, column: str) -> tuple[str, ...]:
        """Return names of groups as a scenario writes them, and note those that are written otherwise."""
        names: list[str] = []
        written: dict[str, str] = {}
        for row, line, place, cell in self.cells(column):
            if cell in self.blanks:
                self._miss(row, line, place)
                self.without_group = self.without_group or (line, place)
                names.append("")
                continue
            name = name_group(cell)
            if not name or written.setdefault(name, cell) != cell:
                other = written.get(name, "")
                same = (
                    f"'{cell[:60]}' and '{other[:60]}' would be one group" if name else f"'{cell[:60]}' given"
                )
                raise self.error(
                    line, place, f"{same}; a group is told by its letters a-z, digits, - and _, at most 60"
                )
            names.append(name)
        self.notes += name_notes(written)
        return tuple(names)

    def read_sketches(self, text: str) -> tuple[str, ...]:
        """Return who each is, in words; empty where a cell of a column that it names is empty."""
        places = {column: self.place_of(column) for column in COLUMN_IN_SKETCH.findall(text)}
        made = []
        for line, cells in self.table.rows:
            if any(cells[place] in self.blanks for place in places.values()):
                made.append("")
                continue
            filled = COLUMN_IN_SKETCH.sub(lambda found, row=cells: row[places[found[1]]], text)  # type: ignore[misc]
            made.append(" ".join(filled.split()))
            if len(made[-1]) > LONGEST_SKETCH:
                raise self.error(
                    line,
                    min(places.values()),
                    f"a sketch of {len(made[-1])} characters; at most {LONGEST_SKETCH}",
                )
        if n_empty := made.count(""):
            self.notes.append(f"{self.path.name}: {n_empty} without a sketch have one of the package's own")
        return tuple(made)

    def unread(self) -> Iterator[str]:
        """Yield the note on columns that are not read."""
        left = [name for place, name in enumerate(self.table.columns) if place not in self._read]
        if left:
            told = ", ".join(f"'{name[:60]}'" for name in left[:20]) + ", ..." * (len(left) > 20)
            yield f"{self.path.name}: not read: column{'s' * (len(left) > 1)} {told}"


def name_group(cell: str) -> str:
    """Return the name of a group as a scenario writes it; empty if it cannot be one.

    Examples
    --------
    >>> name_group("Left of centre"), name_group("0"), name_group("?")
    ('left_of_centre', '0', '')
    """
    return _NAME_SIGNS.sub("_", cell.lower()).strip("_-")[:60]


def name_notes(written: dict[str, str]) -> list[str]:
    """Return the note on groups whose names are written otherwise in a file."""
    other = [f"'{cell[:60]}' is {name}" for name, cell in written.items() if name != cell]
    return [f"groups: {', '.join(other[:MOST_TOLD])}{', ...' * (len(other) > MOST_TOLD)}"] if other else []


def _advise(cell: str, scale: Scale) -> str:
    if scale.labels:
        return nearest(cell, scale.labels)
    number = parse_number(cell)
    if number is None:
        return "; name it in missing_cells if it stands for no answer"
    return "; state the scale (percent, 1-7, ...)" if (scale.low, scale.high) == (0, 1) and number > 1 else ""
