"""Keep replies in a run's record as they arrive, so that none is lost and none is asked for twice."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.replay import REPLY_COLUMNS, decode_reply, encode_reply
from coevolve_sim.runs.database import connect, explain_errors

PATIENCE = 0.25
"""Seconds after which replies are committed; a kill loses at most the replies of this time."""


class RunReplies:
    """The replies of one mind in a run's record.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    mind : str
        Name of the mind.
    """

    def __init__(self, folder: Path, mind: str) -> None:
        self.folder, self.mind = folder, mind
        self._connection = connect(folder, write=True)
        self._connection.isolation_level = None
        self._began: float | None = None

    def find(self, keys: Iterable[str]) -> dict[str, Reply]:
        """Return the replies that are already recorded, by key."""
        query = f"SELECT {REPLY_COLUMNS} FROM replies WHERE key = ?"  # noqa: S608
        with explain_errors(self.folder):
            rows = {key: self._connection.execute(query, (key,)).fetchone() for key in keys}
        return {key: decode_reply(row) for key, row in rows.items() if row is not None}

    def keep(self, key: str, request: Request, reply: Reply) -> None:
        """Add a reply; it is committed within `PATIENCE`, or by `flush`."""
        with explain_errors(self.folder):
            if self._began is None:
                self._connection.execute("BEGIN IMMEDIATE")
                self._began = time.monotonic()
            self._connection.execute(
                f"INSERT OR IGNORE INTO replies (key, mind, kind, {REPLY_COLUMNS}) "  # noqa: S608
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, self.mind, request.kind, *encode_reply(reply)),
            )
            if reply.is_from_earlier:
                self._connection.execute("INSERT OR IGNORE INTO earlier_replies VALUES (?)", (key,))
        if time.monotonic() - self._began > PATIENCE:
            self.flush()

    def flush(self) -> None:
        """Commit the replies kept so far."""
        if self._began is not None:
            with explain_errors(self.folder):
                self._connection.execute("COMMIT")
            self._began = None

    def close(self) -> None:
        """Commit, and close the database."""
        self.flush()
        self._connection.close()
