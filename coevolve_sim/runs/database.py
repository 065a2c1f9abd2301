"""Open a run's folder: its database, its lock, and errors in plain sentences."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import RecordError
from coevolve_sim.runs.schema import CONTENT, VERSION

DATABASE = "run.sqlite"
LOCK = "run.lock"
LOCK_PATIENCE = 1.0
"""Seconds for which a writer waits for those who only look whether the folder is locked."""


@contextmanager
def explain_errors(folder: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a `RecordError` that names the folder."""
    try:
        yield
    except sqlite3.Error as error:
        raise RecordError(f"{folder / DATABASE}: {error}") from error
    except OSError as error:
        raise RecordError(f"{folder}: {error.strerror or error}") from error


def connect(folder: Path, *, write: bool = False) -> sqlite3.Connection:
    """Open the database of a run's folder.

    Raises
    ------
    RecordError
        If there is no database, or a version of the package with another format wrote it.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise RecordError(
            f"{folder} holds no run: there is no {DATABASE} in it; `coevolve list runs` shows runs"
        )
    with explain_errors(folder):
        mode = "rw" if write else "ro"
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=30)
        if write:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        connection.close()
        raise RecordError(f"{path} has format {version}; this version of coevolve-sim reads format {VERSION}")
    return connection


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a run's folder for writing; the lock ends with the process, however that ends.

    Raises
    ------
    RecordError
        If another process holds the lock.
    """
    with explain_errors(folder):
        lock = sqlite3.connect(folder / LOCK, timeout=LOCK_PATIENCE, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        raise RecordError(
            f"{folder} is being written by another process; wait for it, or stop it first"
        ) from None
    try:
        yield
    finally:
        lock.close()


def is_locked(folder: Path) -> bool:
    """Return whether a process is writing a run's folder, without a lock that could keep a writer out."""
    path = folder / LOCK
    if not path.is_file():
        return False
    lock = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=0)
    try:
        lock.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return True
    finally:
        lock.close()
    return False


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
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - our own names
            cells = [cell.hex() if isinstance(cell, bytes | float) else cell for cell in row]
            yield json.dumps([table, *cells])
