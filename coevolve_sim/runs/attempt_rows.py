"""The table ``attempts`` of a run's record: how each request to a mind was asked, and how it ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class AttemptRow:
    """One request to a mind, as the table ``attempts`` has it: how it was asked, and how it ended.

    Attributes
    ----------
    key : str
        Of its reply; empty for what is no request of the run.
    round_index : int
        The round for which it was asked, 0 before the first; -1 for what is no request of the run.
    mind, kind : str
        The mind's name, and what the request was for.
    status, detail : str
        How it ended as it was read, and why; an empty status for what is no request of the run.
    form, sent, retries, other_forms, seconds, earlier
        As `coevolve_sim.minds.protocol.Attempts` has them.
    replaced : bool
        Whether it was set aside on resuming: asked again, so that another row has its reply, or not asked
        for any more.
    """

    key: str
    round_index: int
    mind: str
    kind: str
    status: str = ""
    detail: str = ""
    form: str = ""
    sent: int = 1
    retries: int = 0
    other_forms: int = 0
    seconds: float | None = None
    earlier: bool = False
    replaced: bool = False


def insert_attempts(connection: sqlite3.Connection, rows: Iterable[AttemptRow]) -> None:
    """Insert rows into the table ``attempts``, within whatever transaction there is."""
    columns = [column.name for column in fields(AttemptRow)]
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO attempts ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - our own names
        [[getattr(row, column) for column in columns] for row in rows],
    )


def read_endings(connection: sqlite3.Connection) -> list[tuple[str, int, str, str, int]]:
    """Return how the requests on record ended: mind, round, status, detail, and how many ended so."""
    return connection.execute(
        "SELECT mind, round_index, status, detail, count(*) FROM attempts "
        "WHERE status != '' AND NOT replaced GROUP BY 1, 2, 3, 4"
    ).fetchall()


def forget_replies(connection: sqlite3.Connection, after: int, statuses: Iterable[str]) -> None:
    """Forget replies of rounds after the last finished one that ended as some statuses: to be asked again.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of the record, open for writing.
    after : int
        The last finished round; -1 if there is none.
    statuses : iterable of str
        Which replies; all others stay.
    """
    for status in statuses:
        of_it = (after, status)
        which = "NOT replaced AND round_index > ? AND status = ?"
        for table in ("replies", "asked"):
            connection.execute(
                f"DELETE FROM {table} WHERE key IN (SELECT key FROM attempts WHERE {which})",  # noqa: S608
                of_it,
            )
        connection.execute(f"UPDATE attempts SET replaced = 1 WHERE {which}", of_it)  # noqa: S608


def keys_asked(connection: sqlite3.Connection, after: int) -> set[str]:
    """Return the keys of replies that were first asked for in rounds after a round."""
    rows = connection.execute("SELECT key FROM asked WHERE round_index > ?", (after,))
    return {key for (key,) in rows}


def set_aside_replies(connection: sqlite3.Connection, keys: Iterable[str]) -> None:
    """Take replies out of the record by their keys: nothing in the run asks for them any more."""
    cells = [(key,) for key in sorted(keys)]
    for table in ("replies", "asked"):
        connection.executemany(f"DELETE FROM {table} WHERE key = ?", cells)  # noqa: S608 - our own names
    connection.executemany("UPDATE attempts SET replaced = 1 WHERE key = ? AND NOT replaced", cells)
