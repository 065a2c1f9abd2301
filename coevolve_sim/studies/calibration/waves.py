"""Reading what people hold in two waves or more, and who hears whom, from files.

A wave is a table (`coevolve_sim.delimited`): the column ``person`` names people as the network does; every
other column is a dimension, with numbers in [0, 1]. Who lacks a value in any wave, or does not stand in the
network, is left out of all of it, as ego and as friend, and counted in a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.delimited import Table, parse_number, read_table
from coevolve_sim.errors import StudyError
from coevolve_sim.networks import Ties, read_network
from coevolve_sim.networks.ties import from_rows
from coevolve_sim.studies.calibration.transitions import Transition, choose_egos

MOST_BYTES = 256 << 20


@dataclass(frozen=True, eq=False)
class NetworkWaves:
    """People in two waves or more, and their network.

    Attributes
    ----------
    ties : Ties
        Among the people who are in all waves; `labels` name them.
    values : float64 array, shape (waves, humans, dimensions)
        In [0, 1].
    dimension_names : tuple of str
    notes : tuple of str
        What was left out, and what was taken for what.
    """

    ties: Ties
    values: Floats
    dimension_names: tuple[str, ...]
    notes: tuple[str, ...]

    def transitions(self, least_ties: int = 1, most_ties: int | None = None) -> tuple[Transition, ...]:
        """Return each step from a wave to the next, for the egos with so many ties."""
        if self.ties.n_ties == 0:
            raise StudyError("nobody who has values in all waves is tied to anybody else who has")
        egos = choose_egos(self.ties, least_ties, most_ties)
        pairs = zip(self.values[:-1], self.values[1:], strict=True)
        return tuple(Transition(self.ties, before, after, egos) for before, after in pairs)


def read_waves(edges: str | Path, waves: Sequence[str | Path], *, directed: bool = False) -> NetworkWaves:
    """Read a network and the values of its people in waves.

    Parameters
    ----------
    edges : str or Path
        As for `coevolve_sim.networks.read_network`.
    waves : sequence of str or Path
        One file a wave, the earliest first; at least two, of the same dimensions.
    directed : bool
        Whether a line "u v" of an edge list means only that u speaks to v.

    Returns
    -------
    NetworkWaves

    Raises
    ------
    StudyError
        If there are fewer than two waves, a file is not as described (with line and column), or nobody of the
        network is in all of them.
    NetworkError
        If the network cannot be read.
    """
    if len(waves) < 2:
        raise StudyError(f"two waves or more are needed, one file each; {len(waves)} given")
    ties = read_network(edges, directed=directed)
    read = [_read_wave(Path(path)) for path in waves]
    names = read[0][0]
    for path, (own, _, _) in zip(waves, read, strict=True):
        if set(own) != set(names):
            raise StudyError(
                f"{path}: the dimensions are {', '.join(own)}; those of {waves[0]} are {', '.join(names)}: "
                "all waves have the same"
            )
    people = ties.labels or tuple(str(human) for human in range(ties.n_humans))
    kept = np.array([all(person in rows for _, rows, _ in read) for person in people])
    if not kept.any():
        raise StudyError(
            f"nobody of {edges} has values in all waves; its people are called {', '.join(people[:3])}, ..., "
            f"those of {waves[0]} {', '.join([*read[0][1]][:3])}, ..."
        )
    values = np.array(
        [
            [
                [rows[person][own.index(name)] for name in names]
                for person, there in zip(people, kept, strict=True)
                if there
            ]
            for own, rows, _ in read
        ]
    )
    notes = [*ties.notes, *(note for _, _, own_notes in read for note in own_notes)]
    if n_without := int((~kept).sum()):
        notes.append(
            f"{_people(n_without)} of {kept.size:,} in the network without values in a wave: left out"
        )
    if n_strange := len({person for _, rows, _ in read for person in rows} - set(people)):
        notes.append(f"{_people(n_strange)} with values not in the network: left out")
    return NetworkWaves(_only(ties, people, kept), values, names, tuple(notes))


def _read_wave(path: Path) -> tuple[tuple[str, ...], dict[str, list[float]], tuple[str, ...]]:
    """Return the dimensions, each person's values where none is empty, and notes."""
    table = read_table(path, StudyError, MOST_BYTES)
    person = find_column(path, table, "person")
    names = tuple(name for place, name in enumerate(table.columns) if place != person)
    if not names or "" in names or len(set(names)) < len(names):
        raise StudyError(
            f"{path}: every column but 'person' is a dimension, with a name of its own; the columns are "
            f"{', '.join(table.columns)}"
        )
    rows: dict[str, list[float]] = {}
    seen: set[str] = set()
    for line, cells in table.rows:
        who = cells[person]
        if not who or who in seen:
            raise StudyError(f"{path}:{line}: person '{who}' stands twice or is empty; each stands once")
        seen.add(who)
        given = [cell for place, cell in enumerate(cells) if place != person]
        if all(given):
            rows[who] = [
                parse_value(f"{path}:{line}, column '{name}'", cell)
                for name, cell in zip(names, given, strict=True)
            ]
    notes = table.notes
    if n_empty := len(seen) - len(rows):
        notes = (*notes, f"{path.name}: {_people(n_empty)} with an empty cell")
    return names, rows, notes


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def find_column(path: Path, table: Table, name: str) -> int:
    """Return the place of a column.

    Raises
    ------
    StudyError
        If it is not there; names those that are.
    """
    if name not in table.columns:
        raise StudyError(f"{path}: there is no column '{name}'; the columns are {', '.join(table.columns)}")
    return table.columns.index(name)


def parse_value(where: str, cell: str) -> float:
    """Return the value in a cell.

    Raises
    ------
    StudyError
        If it is no number in [0, 1].
    """
    number = parse_number(cell)
    if number is None or not 0 <= number <= 1:
        raise StudyError(
            f"{where}: a value is a number in [0, 1]; '{cell}' given: divide percent by 100, and bring a "
            "scale from LOW to HIGH to [0, 1] by (x - LOW) / (HIGH - LOW)"
        )
    return number


def _only(ties: Ties, people: Sequence[str], kept: NDArray[np.bool_]) -> Ties:
    """Return the network of some of its people."""
    labels = tuple(person for person, there in zip(people, kept, strict=True) if there)
    through = kept[ties.listeners] & kept[ties.indices]
    number = np.cumsum(kept) - 1
    counts = np.bincount(number[ties.listeners[through]], minlength=len(labels))
    return from_rows(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        number[ties.indices[through]].astype(np.int32),
        None if ties.weights is None else ties.weights[through],
        directed=ties.directed,
        labels=labels,
    )
