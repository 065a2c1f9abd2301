"""Bring a record of an older format to the present one, step by step.

A record is verified by the digest of its own format first, and that digest stays in the manifest beside the
new one. Nothing that was recorded changes; what the older format did not record is empty or says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from coevolve_sim.runs.chain import seal
from coevolve_sim.runs.database import connect, explain_sqlite_errors, format_of
from coevolve_sim.runs.folder import write_manifest_file
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.runs.results import Run, open_run
from coevolve_sim.runs.schema import CONTENT_VERSION, VERSION, statements
from coevolve_sim.runs.verification import EARLIER_DIGEST, MANIFEST_FILE


def migrate(folder: Path | str) -> Run:
    """Bring a run's record to the present format, whole or not at all.

    Parameters
    ----------
    folder : path
        The run's folder; a record of the present format stays as it is.

    Returns
    -------
    Run
        With the digest of the present format. ``manifest["earlier_digest"]`` is that which it had.

    Raises
    ------
    RecordError
        If the record was altered, its format is not known, or another process is writing it.
    """
    found = open_run(folder)
    with lock_folder(found.folder):
        found.verify()
        earlier = found.digest()
        with (
            explain_sqlite_errors(found.folder),
            closing(connect(found.folder, write=True, migrates=True)) as db,
        ):
            _bring_up(db, earlier)
            db.execute("PRAGMA journal_mode = DELETE")
        if (found.folder / MANIFEST_FILE).is_file():
            write_manifest_file(found.folder)
    return open_run(found.folder)


def _bring_up(connection: sqlite3.Connection, earlier: str) -> None:
    """Go through the steps from a database's format to the present one, in one transaction."""
    began = format_of(connection)
    if began == VERSION:
        return
    connection.isolation_level = None
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for version in range(began, VERSION):
            for statement in statements(version + 1)[len(statements(version)) :]:
                connection.execute(statement)
            STEPS.get(version, _nothing_more)(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("INSERT OR IGNORE INTO manifest VALUES (?, ?)", (EARLIER_DIGEST, earlier))
        seal(connection)


def _with_a_chain(connection: sqlite3.Connection) -> None:
    """From format 3 to 4: the record is digested round by round, which is another version of the content."""
    connection.execute("UPDATE manifest SET value = ? WHERE key = 'format'", (str(CONTENT_VERSION),))


def _nothing_more(_connection: sqlite3.Connection) -> None:
    """Do nothing: a step that only adds tables."""


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {3: _with_a_chain}
"""What a step from a format to the next does beside adding the tables of that one."""
