"""Verify a run's record against the digests in it, table by table, before anything is read from it.

What is verified, and when:

- whenever a database is opened (`coevolve_sim.runs.database.connect`), its format and its schema's text;
- whenever a table is read, that table: every round of it, and the links of the chain;
- with a run's digest, and so by ``show``, ``report``, ``export``, ``resume`` and ``replay``, all of it:
  everything is read once;
- with ``manifest.json``, if it is there, what it says, the run's digest with it.

A record of format 3 has no chain. It is verified as a whole by the digest of its own format, which
``manifest.json`` has.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from coevolve_sim.errors import RecordError
from coevolve_sim.input_files import read_input
from coevolve_sim.runs.chain import (
    BOOKS,
    CHECKPOINT,
    LINK,
    WHOLE,
    Row,
    digest_checkpoint,
    digest_link,
    digest_round_books,
    digest_rows,
    read_checkpoint,
    read_rows,
)
from coevolve_sim.runs.database import DATABASE, canonical_lines, format_of
from coevolve_sim.runs.schema import ASKED_TABLES, CHAINED, ROUND_TABLES, WHOLE_TABLES, objects

EVERYTHING = (*WHOLE_TABLES, *ROUND_TABLES, "replies", CHECKPOINT)
"""All that a record's digests stand for."""

MANIFEST_FILE = "manifest.json"
MOST_MANIFEST_BYTES = 64 << 20
"""Bytes of ``manifest.json`` that are read; the scenario in it has at most 4 MB."""

EARLIER_DIGEST = "earlier_digest"
"""Key of the manifest of a migrated record: the digest that it had before."""

OF_MIGRATION = ("format", "sha256", BOOKS, EARLIER_DIGEST)
"""What of the manifest a migration changes."""
_NOTHING = object()

LINES_ALGORITHM = "lines-sha256-v1"
"""Name of the algorithm of digests in format 3, where it was not written: SHA-256 of the canonical lines."""


class Verification:
    """How far a record has been verified; what was verified once is not read again.

    Parameters
    ----------
    folder : Path
        The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._links: dict[int, bytes] = {}
        self._books = b""
        self._until: dict[str, int] = {}
        self._replies: tuple[int, int] | None = None
        self._old_digest = ""

    def check(self, connection: sqlite3.Connection, tables: tuple[str, ...]) -> None:
        """Verify tables, all their rounds so far.

        Raises
        ------
        RecordError
            If something was altered: it names the table and the round.
        """
        version = format_of(connection)
        if version < CHAINED:
            return
        for table in tables:
            if table in WHOLE_TABLES:
                if ("table", table) in objects(version):
                    self._check_whole(connection, table)
            elif table == "replies":
                self._check_replies(connection)
            elif table == CHECKPOINT:
                self._check_checkpoint(connection)
            else:
                self._check_rounds(connection, table)

    def digest_of_old(self, connection: sqlite3.Connection, manifest: dict[str, str]) -> str:
        """Return the digest of a record of an older format, by the algorithm of that format."""
        if not self._old_digest:
            digest = hashlib.sha256()
            for line in canonical_lines(connection, manifest):
                digest.update(line.encode() + b"\n")
            self._old_digest = f"{LINES_ALGORITHM}:{digest.hexdigest()}"
        return self._old_digest

    def altered(self, what: str) -> RecordError:
        """Return the error that says what was altered."""
        return RecordError(
            f"{self.folder / DATABASE} was altered or damaged: {what} is not what was recorded; take an "
            "unaltered copy of the folder, or run the scenario anew"
        )

    def _check_whole(self, connection: sqlite3.Connection, table: str) -> None:
        kept = self._kept(connection, table)
        if kept.get(WHOLE) != digest_rows(table, read_rows(connection, table)):
            raise self.altered(f"table '{table}'")

    def _check_rounds(self, connection: sqlite3.Connection, table: str) -> None:
        self._check_links(connection)
        kept, after = self._kept(connection, table), self._until.get(table)
        last = max(self._links, default=WHOLE)
        goes_on = table in ASKED_TABLES and not _is_finished(connection)
        for round_index, rows in self._rounds(connection, table, after):
            if goes_on and isinstance(round_index, int) and round_index > last:
                continue  # a round that is not finished; its replies are verified one by one
            if kept.pop(round_index, None) != digest_rows(table, rows):
                raise self.altered(f"table '{table}' in round {round_index}")
        missing = [str(r) for r in kept if after is None or (isinstance(r, int) and r > after)]
        if missing:
            raise self.altered(f"table '{table}' in round {missing[0]}")
        self._until[table] = last

    def _rounds(
        self, connection: sqlite3.Connection, table: str, after: int | None
    ) -> Iterator[tuple[object, list[Row]]]:
        where, cells = ("", ()) if after is None else ("WHERE round_index > ? ", (after,))
        query = f"SELECT * FROM {table} {where}ORDER BY {ROUND_TABLES[table]}"  # noqa: S608 - our own names
        # Closed in any case: a query that failed half way keeps its lock as long as its error is held.
        with closing(connection.execute(query, cells)) as cursor:
            place = [column[0] for column in cursor.description].index("round_index")
            for round_index, rows in groupby(cursor, key=itemgetter(place)):
                yield round_index, list(rows)

    def _check_links(self, connection: sqlite3.Connection) -> None:
        """Verify that each link follows from the digests of its round and from the link before it."""
        last = max(self._links, default=WHOLE)
        query = "SELECT round_index, part, digest FROM chain WHERE round_index > ? ORDER BY round_index"
        for round_index, rows in groupby(connection.execute(query, (last,)).fetchall(), key=itemgetter(0)):
            parts = {part: digest for _, part, digest in rows}
            link = parts.pop(LINK, None)
            if link is None and set(parts) == {"rounds"}:
                continue  # a round that failed
            books = parts.pop(BOOKS, None)
            if round_index != last + 1 or link != digest_link(self._links.get(last, b""), round_index, parts):
                raise self.altered(f"the link of round {round_index}")
            if books != digest_round_books(self._books, round_index, parts):
                raise self.altered(f"the books of round {round_index}, how minds were asked and read,")
            self._links[round_index], self._books, last = link, books, round_index

    def _check_replies(self, connection: sqlite3.Connection) -> None:
        self._check_rounds(connection, "asked")
        query = (
            "SELECT asked.sha256, asked.round_index, replies.* FROM replies LEFT JOIN asked USING (key) "
            "ORDER BY key"
        )
        (n_asked,) = connection.execute("SELECT count(*) FROM asked").fetchone()
        so_far = max(self._links, default=WHOLE), n_asked
        if self._replies == so_far:
            return
        n_replies, before = 0, ""
        with closing(connection.execute(query)) as cursor:
            for digest, round_index, *reply in cursor:
                n_replies, key, before = n_replies + 1, before, reply[0]
                if not isinstance(before, str) or before <= key:
                    raise self.altered("the order of table 'replies'")
                if digest != digest_rows("reply", [reply]):
                    which = "no round" if digest is None else f"round {round_index}"
                    raise self.altered(f"table 'replies', a reply asked for in {which},")
        if n_replies != n_asked:
            raise self.altered("table 'replies', from which a reply is missing,")
        self._replies = so_far

    def _check_checkpoint(self, connection: sqlite3.Connection) -> None:
        found, kept = read_checkpoint(connection), self._kept(connection, CHECKPOINT).get(WHOLE)
        if kept != (None if found is None else digest_checkpoint(*found)):
            raise self.altered("table 'checkpoint'")

    def _kept(self, connection: sqlite3.Connection, part: str) -> dict[object, object]:
        return dict(connection.execute("SELECT round_index, digest FROM chain WHERE part = ?", (part,)))


def _is_finished(connection: sqlite3.Connection) -> bool:
    row = connection.execute("SELECT value FROM manifest WHERE key = 'status'").fetchone()
    return row is not None and row[0] == "finished"


def compare_manifest_file(folder: Path, expected: Callable[[], dict[str, object]], earlier: str) -> None:
    """Compare ``manifest.json``, if it is there, with what the record says.

    Parameters
    ----------
    folder : Path
        The run's folder.
    expected : callable
        Returns what it has to say.
    earlier : str
        A digest of the record before it was migrated, which it may still have.

    Raises
    ------
    RecordError
        If it cannot be read or says otherwise: it names the key.
    """
    found = read_manifest_file(folder)
    if found is None:
        return
    wanted = json.loads(json.dumps(expected()))
    if earlier and found.get("sha256") == earlier:  # a migration was cut short before it wrote the file anew
        wanted = {key: value for key, value in wanted.items() if key not in OF_MIGRATION}
        found = {key: value for key, value in found.items() if key not in OF_MIGRATION}
    for key in (*wanted, *found):
        if found.get(key, _NOTHING) != wanted.get(key, _NOTHING):
            raise RecordError(
                f"{folder / MANIFEST_FILE} was altered or damaged, or {DATABASE} was: its '{key}' is not "
                "that of the record; take an unaltered copy of the folder, or run the scenario anew"
            )


def read_manifest_file(folder: Path) -> dict[str, object] | None:
    """Return what ``manifest.json`` says, its digest with the algorithm's name; None if it is not there.

    Raises
    ------
    RecordError
        If it cannot be read.
    """
    path = folder / MANIFEST_FILE
    if not os.path.lexists(path):
        return None
    try:
        found = json.loads(read_input(path, RecordError, MOST_MANIFEST_BYTES))
    except (RecordError, ValueError, RecursionError) as error:
        told = str(error).removeprefix(f"{path}: ")
        raise RecordError(
            f"{path} was altered or damaged and cannot be read ({told}); delete it, and `coevolve resume` "
            "writes it anew from a record that verifies"
        ) from None
    if not isinstance(found, dict):
        found = {}
    if ":" not in str(found.get("sha256", "")):
        found["sha256"] = f"{LINES_ALGORITHM}:{found.get('sha256')}"
    return found
