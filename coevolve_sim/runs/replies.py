"""Keep replies in a run's record as they arrive, so that none is lost and none is asked for twice.

Beside each reply stands how it was got, and how the request ended as the reply is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from coevolve_sim.language.endings import read_ending
from coevolve_sim.language.parsing import RULE
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.answers import Ending
from coevolve_sim.minds.replay import REPLY_COLUMNS, decode_reply, encode_reply
from coevolve_sim.runs.attempt_rows import AttemptRow, insert_attempts
from coevolve_sim.runs.attempts import AnswerLedger
from coevolve_sim.runs.chain import digest_rows
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
    ledger : AnswerLedger
        Counts them.
    rule : int
        The rule by which messages are read, one of `coevolve_sim.language.parsing.RULES`.
    """

    def __init__(self, folder: Path, mind: str, ledger: AnswerLedger, rule: int = RULE) -> None:
        self.folder, self.mind, self.ledger, self.rule = folder, mind, ledger, rule
        self._connection = connect(folder, write=True)
        self._connection.isolation_level = None
        self._began: float | None = None

    def find(self, keys: Iterable[str]) -> dict[str, Reply]:
        """Return the replies that are already recorded, by key."""
        query = f"SELECT {REPLY_COLUMNS} FROM replies WHERE key = ?"  # noqa: S608
        with explain_errors(self.folder):
            rows = {key: self._connection.execute(query, (key,)).fetchone() for key in keys}
        found = {key: decode_reply(row) for key, row in rows.items() if row is not None}
        self.ledger.note_found(found)
        return found

    def keep(self, key: str, request: Request, reply: Reply) -> None:
        """Add a reply, with its digest and how it was got; `flush` commits it, or the end of `PATIENCE`."""
        ending = read_ending(request, reply, self.rule)
        with explain_errors(self.folder):
            if self._began is None:
                self._connection.execute("BEGIN IMMEDIATE")
                self._began = time.monotonic()
            written = self._connection.execute(
                f"INSERT OR IGNORE INTO replies (key, mind, kind, {REPLY_COLUMNS}) "  # noqa: S608
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, self.mind, request.kind, *encode_reply(reply)),
            )
            if written.rowcount:  # else a mind replied twice, which fails the round: the first reply stands
                row = self._connection.execute("SELECT * FROM replies WHERE key = ?", (key,)).fetchone()
                self._connection.execute(
                    "INSERT INTO asked VALUES (?, ?, ?)",
                    (key, self.ledger.round_index, digest_rows("reply", [row])),
                )
                insert_attempts(self._connection, [self._account_for(key, request, reply, ending)])
                self.ledger.note(self.mind, ending, reply)
        if time.monotonic() - self._began > PATIENCE:
            self.flush()

    def _account_for(self, key: str, request: Request, reply: Reply, ending: Ending) -> AttemptRow:
        by = reply.attempts
        return AttemptRow(
            key,
            self.ledger.round_index,
            self.mind,
            request.kind,
            ending.status,
            ending.detail,
            by.form,
            by.sent,
            by.retries,
            by.other_forms,
            by.seconds,
            by.is_earlier,
        )

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
