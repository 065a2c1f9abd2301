"""Open a run's folder: its database, of a known format and schema, and errors in plain sentences."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import RecordError
from coevolve_sim.runs.locks import is_locked
from coevolve_sim.runs.schema import CONTENT, FIRST_FORMAT, SCHEMA_QUERY, VERSION, objects, statements

DATABASE = "run.sqlite"
PIECES = ("-wal", "-shm", "-journal")
"""Ends of the names of files that SQLite reads with a database."""


@contextmanager
def explain_errors(folder: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a `RecordError` that names the folder."""
    try:
        with explain_sqlite_errors(folder):
            yield
    except OSError as error:
        raise RecordError(f"{folder}: {error.strerror or error}") from error


@contextmanager
def explain_sqlite_errors(folder: Path) -> Iterator[None]:
    """Turn errors of SQLite into a `RecordError` that names the database."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # names of damaged columns are not decoded by SQLite
        damaged = type(error) in (sqlite3.DatabaseError, UnicodeDecodeError)
        advice = "; it is damaged: take an undamaged copy of the folder, or run the scenario anew"
        raise RecordError(
            f"{folder / DATABASE} cannot be used: {_in_one_line(error)}{advice if damaged else ''}"
        ) from error


def _in_one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) < 200 else f"{text[:200]}..."


def connect(folder: Path, *, write: bool = False, migrates: bool = False) -> sqlite3.Connection:
    """Open the database of a run's folder.

    Nothing that SQLite would run on its own is accepted: the schema is compared with that of the format, so
    that there is no trigger, no view and no other table. A database opened for reading is never written; in
    one of an older format the tables that it lacks are empty.

    Parameters
    ----------
    folder : Path
        The run's folder.
    write : bool
        Whether to open it for writing; then its format must be the present one.
    migrates : bool
        Whether an older format is accepted for writing.

    Raises
    ------
    RecordError
        If there is no database, it is damaged, its schema is not that of its format, or the format is not
        known.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise RecordError(
            f"{folder} holds no run: there is no {DATABASE} in it; `coevolve list runs` shows runs"
        )
    for piece in (path.with_name(f"{DATABASE}{end}") for end in PIECES):
        if piece.exists() and not piece.is_file():
            raise RecordError(f"{piece} is no regular file, and {DATABASE} would be read with it; remove it")
    if write and path.is_symlink():
        raise RecordError(
            f"{path} is a link, and nothing is written through links; put the file itself there"
        )
    with explain_errors(folder):
        mode = "rw" if write else "ro" + _if_it_stays(folder)
        place = f"{path.resolve().as_uri()}?mode={mode}"
        # A round is written in another thread while the next is computed; never by two at a time.
        connection = sqlite3.connect(place, uri=True, timeout=30, check_same_thread=not write)
    try:
        with explain_errors(folder):
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            version = format_of(connection)
            _refuse_unknown_format(path, version, writes=write and not migrates)
            _compare_schema(path, connection, version)
            if write:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
            elif version < VERSION:
                _add_empty_tables(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def format_of(connection: sqlite3.Connection) -> int:
    """Return the version of a database's format."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _if_it_stays(folder: Path) -> str:
    """Return what to tell SQLite of a file that nobody writes: that of a finished run, in one piece."""
    in_pieces = any((folder / f"{DATABASE}{end}").exists() for end in ("-wal", "-journal"))
    stays = (folder / "manifest.json").is_file() and not in_pieces and not is_locked(folder)
    return "&immutable=1" if stays else ""


def _refuse_unknown_format(path: Path, version: int, *, writes: bool) -> None:
    if 0 < version < FIRST_FORMAT:
        raise RecordError(
            f"{path} has format {version}, which was in use before version 0.1.0; this version of "
            f"coevolve-sim reads formats {FIRST_FORMAT} to {VERSION}: run the scenario anew"
        )
    if not FIRST_FORMAT <= version <= VERSION:
        raise RecordError(
            f"{path} has format {version}; this version of coevolve-sim reads formats {FIRST_FORMAT} to "
            f"{VERSION}: read it with the version that wrote it, or take an undamaged copy"
        )
    if writes and version < VERSION:
        raise RecordError(
            f"{path} has format {version}, and format {VERSION} is written now: `coevolve migrate` brings it "
            "there"
        )


def _compare_schema(path: Path, connection: sqlite3.Connection, version: int) -> None:
    """Refuse a database whose tables, indexes, views or triggers are not those of its format."""
    found = {(kind, name): text for kind, name, text in connection.execute(SCHEMA_QUERY)}
    wanted = objects(version)
    for kind, name in (*found, *wanted):
        if found.get((kind, name)) != wanted.get((kind, name)):
            how = "is missing" if (kind, name) not in found else "is not one of coevolve-sim's"
            raise RecordError(
                f"{path} was altered or damaged: its {kind} '{name}' {how}; take an unaltered copy of the "
                "folder, or run the scenario anew"
            )


def _add_empty_tables(connection: sqlite3.Connection, version: int) -> None:
    """Add the tables that an older format lacks, empty and in memory."""
    connection.execute("PRAGMA temp_store = MEMORY")
    for statement in statements()[len(statements(version)) :]:
        if statement.startswith("CREATE TABLE"):
            connection.execute(statement.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))


def to_bytes(array: NDArray[Any]) -> bytes:
    """Return an array's raw bytes, little-endian and in C order."""
    return np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def from_bytes(data: bytes, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the array that `to_bytes` wrote."""
    return np.frombuffer(data, dtype=np.dtype(dtype).newbyteorder("<")).astype(dtype).reshape(shape)


def canonical_lines(connection: sqlite3.Connection, manifest: dict[str, str]) -> Iterator[str]:
    """Yield a run's content as lines of JSON: the same lines for the same run, wherever it was computed.

    Arrays are written in hexadecimal, and numbers with all their digits, so that no bit is lost.
    """
    for key, value in manifest.items():
        yield json.dumps(["manifest", key, value])
    for table, order in CONTENT.items():
        query = f"SELECT * FROM {table} ORDER BY {order}"  # noqa: S608 - our own names
        with closing(connection.execute(query)) as rows:
            for row in rows:
                cells = [cell.hex() if isinstance(cell, bytes | float) else cell for cell in row]
                yield json.dumps([table, *cells])
