"""The folder of a study: its plan, and a row a run as it is finished, in one SQLite file.

Rows are written as runs end, in whatever order, in one transaction a batch: a study that was killed has all
rows that were written, and goes on with the others. Each row has the SHA-256 of its content, and the digest
of a study is that of its plan and its rows in order, so that it does not depend on who computed what when.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from heapq import merge
from pathlib import Path
from typing import Any

from coevolve_sim import __version__
from coevolve_sim.errors import CoevolveError, RecordError
from coevolve_sim.output_files import refuse_link, write_atomically
from coevolve_sim.studies.plan import StudyPlan, Task, read_plan
from coevolve_sim.studies.run_rows import Cells, RunRow, read_row
from coevolve_sim.studies.study_inputs import copy_study_inputs, name_by_place, places_of_copies

DATABASE = "study.sqlite"
MANIFEST = "study.json"
FORMAT = 1
APPLICATION = 0x636F7376

_SCHEMA = (
    "CREATE TABLE study(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE layouts(number INTEGER PRIMARY KEY, columns TEXT NOT NULL UNIQUE) STRICT",
    (
        "CREATE TABLE runs("
        "point INTEGER NOT NULL, world TEXT NOT NULL, replication INTEGER NOT NULL, seed INTEGER NOT NULL, "
        "status TEXT NOT NULL, stage TEXT NOT NULL, error TEXT NOT NULL, outcomes TEXT NOT NULL, "
        "layout INTEGER NOT NULL, rounds BLOB NOT NULL, trajectory BLOB NOT NULL, folder TEXT NOT NULL, "
        "sha256 TEXT NOT NULL, PRIMARY KEY(point, world, replication)) STRICT"
    ),
)


def create_study(results: Path, plan: StudyPlan, objects: Mapping[str, str] | None = None) -> Path:
    """Make the folder of a study, whole or not at all.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    base = f"{plan.name}-{plan.kind}-{stamp}"
    partial = results / f".{base}.partial-{os.getpid()}"
    try:
        partial.mkdir(parents=True)
        places = copy_study_inputs(plan, partial)
        with closing(sqlite3.connect(partial / DATABASE)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            for statement in _SCHEMA:
                connection.execute(statement)
            facts = {
                **_facts_of(plan, places),
                "objects": json.dumps(dict(objects or {})),
                "version": __version__,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            connection.executemany("INSERT INTO study VALUES (?, ?)", facts.items())
            connection.commit()
        for attempt in range(1000):
            folder = results / (base + (f"-{attempt}" if attempt else ""))
            if not folder.exists():
                partial.rename(folder)
                return folder
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RecordError(
            f"{results} cannot be written: {error}; name another folder with --results"
        ) from None
    raise RecordError(f"{results} holds a thousand studies of this second")


def _facts_of(plan: StudyPlan, places: Mapping[str, str]) -> dict[str, str]:
    """Return the plan as it is stored, files named by their places in the folder, with its SHA-256."""
    text = name_by_place(plan.as_text(), places)
    return {"plan": text, "plan_sha256": hashlib.sha256(text.encode()).hexdigest()}


class StudyStore:
    """Reads and writes the rows of a study.

    Parameters
    ----------
    folder : Path
        The study's folder.

    Raises
    ------
    RecordError
        If there is no study, or it was altered or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        if not self.path.is_file():
            raise RecordError(
                f"{folder} holds no study: there is no {DATABASE} in it; see `coevolve list studies`"
            )
        self.read_plan()

    def read_plan(self) -> None:
        """Read the study's plan, which may have got more replications.

        Raises
        ------
        RecordError
            If it cannot be read.
        """
        with self._open() as connection:
            self._facts = dict(connection.execute("SELECT key, value FROM study"))
        text = self._facts.get("plan", "")
        if self._facts.get("plan_sha256") != hashlib.sha256(text.encode()).hexdigest():
            raise RecordError(
                f"{self.path} was altered or damaged: its plan is not as it was written; take an unaltered "
                "copy of the folder"
            )
        try:
            self.plan = read_plan(text, self.folder)
        except (KeyError, ValueError, TypeError, CoevolveError) as error:
            raise RecordError(
                f"{self.path}: its plan cannot be read ({error}); take the version that wrote it"
            ) from error

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the study besides its plan: version and time of making."""
        return {
            key: value for key, value in self._facts.items() if key != "usage" and not key.startswith("plan")
        }

    @property
    def objects(self) -> dict[str, str]:
        """Class, module and version of each Python object that was handed over."""
        return {str(k): str(v) for k, v in json.loads(self._facts.get("objects", "{}")).items()}

    @property
    def usage(self) -> dict[str, int]:
        """What minds were asked so far: tasks, asked, tokens_in, tokens_out; empty in numbers.

        Raises
        ------
        RecordError
            If it was altered.
        """
        with self._open() as connection:
            found = connection.execute("SELECT value FROM study WHERE key = 'usage'").fetchone()
        try:
            return {} if found is None else {str(k): int(v) for k, v in json.loads(found[0]).items()}
        except (ValueError, AttributeError, TypeError) as error:
            raise RecordError(f"{self.path} was altered or damaged: its usage cannot be read") from error

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        if write:
            refuse_link(self.path)
        mode = "rw" if write else "ro"
        try:
            with closing(
                sqlite3.connect(f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, timeout=30)
            ) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                if write:
                    connection.execute("PRAGMA journal_mode = WAL")
                    # A process that is killed loses nothing; a machine that loses power loses rows at most,
                    # which are computed again, and no transaction has to wait for the disk.
                    connection.execute("PRAGMA synchronous = NORMAL")
                found = [
                    text for (text,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql NOT NULL")
                ]
                version = int(connection.execute("PRAGMA user_version").fetchone()[0])
                if version != FORMAT or sorted(found) != sorted(_SCHEMA):
                    raise RecordError(
                        f"{self.path} is no study of format {FORMAT}, or its tables were altered; take an "
                        "unaltered copy of the folder, or the version that wrote it"
                    )
                yield connection
        except sqlite3.Error as error:
            raise RecordError(f"{self.path} cannot be used: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[StudyWriter]:
        """Open the study for writing rows."""
        with self._open(write=True) as connection:
            yield StudyWriter(connection, self.folder)

    def rows(self, where: str = "", values: tuple[Any, ...] = ()) -> Iterator[RunRow]:
        """Yield rows in order: point by point, replication by replication, world by world.

        Raises
        ------
        RecordError
            If a row is not as it was written.
        """
        order = {name: place for place, name in enumerate(self.plan.world_names)}
        with self._open() as connection:
            layouts = dict(connection.execute("SELECT number, columns FROM layouts"))
            points = [p for (p,) in connection.execute("SELECT DISTINCT point FROM runs ORDER BY point")]
            query = f"SELECT * FROM runs WHERE point = ? AND world = ? {where and 'AND ' + where}"  # noqa: S608
            for point in points:
                worlds = [
                    name
                    for (name,) in connection.execute(
                        "SELECT DISTINCT world FROM runs WHERE point = ?", (point,)
                    )
                ]
                # One cursor a world, each in the order of the primary key: no point is ever read as a whole.
                cursors = [
                    connection.execute(f"{query} ORDER BY replication", (point, name, *values))
                    for name in worlds
                ]
                for cells in merge(*cursors, key=lambda row: (row[2], order.get(row[1], -1))):
                    yield self._checked(cells, layouts)

    def _checked(self, stored: tuple[Any, ...], layouts: dict[int, str]) -> RunRow:
        *plain, layout, rounds, trajectory, folder, digest = stored
        cells: Cells = (*plain, layouts.get(layout, ""), rounds, trajectory)
        point, world, replication = cells[:3]
        planned = (
            0 <= point < len(self.plan.points)
            and world in self.plan.world_names
            and 0 <= replication < len(self.plan.seeds)
        )
        if not planned or digest != _hash_row(cells, folder):
            raise RecordError(
                f"{self.path} was altered or damaged: the run of world '{world}', point {point}, replication "
                f"{replication} is not as it was written; take an unaltered copy of the folder"
            )
        return read_row(cells, folder)

    def done(self) -> set[Task]:
        """Return the tasks of which every world has a row."""
        with self._open() as connection:
            counted = connection.execute("SELECT point, replication, COUNT(*) FROM runs GROUP BY 1, 2")
            return {Task(p, r) for p, r, n in counted if n == len(self.plan.worlds)}

    def counts(self) -> dict[str, int]:
        """Return how many runs are finished, failed and left; they add up to all."""
        with self._open() as connection:
            found = dict(connection.execute("SELECT status, COUNT(*) FROM runs GROUP BY 1"))
        finished, failed = int(found.get("finished", 0)), int(found.get("failed", 0))
        return {"finished": finished, "failed": failed, "left": self.plan.n_runs - finished - failed}

    def digest(self) -> str:
        """Return the SHA-256 of the plan and of all rows in order."""
        total = hashlib.sha256(self._facts["plan"].encode())
        for row in self.rows():
            total.update(hash_cells(row.cells()).encode())
        return f"study-sha256-v1:{total.hexdigest()}"

    def write_manifest(self) -> None:
        """Write beside the database what the study is, for people and programs."""
        plan = self.plan
        told = {
            "name": plan.name,
            "kind": plan.kind,
            "question": plan.question,
            "worlds": {world.name: world.describe() for world in plan.worlds},
            "reference": plan.reference,
            "points": len(plan.points),
            "seeds": list(plan.seeds),
            "runs": self.counts(),
            **self.facts,
            "sha256": self.digest(),
        }
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        write_atomically(self.folder / MANIFEST, lambda path: path.write_text(text, "utf-8", newline="\n"))


class StudyWriter:
    """Writes rows in one transaction a batch.

    Parameters
    ----------
    connection : sqlite3.Connection
    folder : Path
        The study's folder.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        self._layouts = {text: n for n, text in connection.execute("SELECT number, columns FROM layouts")}

    def write(self, rows: Iterable[RunRow]) -> None:
        """Write rows; one that is there is replaced."""
        with self._connection:
            for row in rows:
                cells = row.cells()
                layout = self._layout_of(cells[8])
                stored = (*cells[:8], layout, *cells[9:], row.folder, _hash_row(cells, row.folder))
                self._connection.execute(
                    f"INSERT OR REPLACE INTO runs VALUES ({', '.join('?' * len(stored))})",  # noqa: S608
                    stored,
                )

    def write_usage(self, usage: Mapping[str, int]) -> None:
        """Keep what minds were asked so far; no part of the digest."""
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO study VALUES ('usage', ?)", (json.dumps(dict(usage)),)
            )

    def extend(self, plan: StudyPlan) -> None:
        """Put a plan with more replications in place of the study's own."""
        with self._connection:
            facts = _facts_of(plan, places_of_copies(self._folder))
            changed = [(value, key) for key, value in facts.items()]
            self._connection.executemany("UPDATE study SET value = ? WHERE key = ?", changed)

    def forget_failed(self) -> int:
        """Forget failed runs, so that they are computed again; return how many."""
        with self._connection:
            return int(self._connection.execute("DELETE FROM runs WHERE status = 'failed'").rowcount)

    def _layout_of(self, columns: str) -> int:
        if columns not in self._layouts:
            number = len(self._layouts) + 1
            self._connection.execute("INSERT INTO layouts VALUES (?, ?)", (number, columns))
            self._layouts[columns] = number
        return int(self._layouts[columns])


def hash_cells(cells: Cells) -> str:
    """Return the SHA-256 of a row's content."""
    total = hashlib.sha256()
    for cell in cells:
        data = cell if isinstance(cell, bytes) else str(cell).encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def _hash_row(cells: Cells, folder: str) -> str:
    """Return the SHA-256 of a row's content and of where its run lies, which is no part of the digest."""
    return hashlib.sha256(f"{hash_cells(cells)}{folder}".encode()).hexdigest()
