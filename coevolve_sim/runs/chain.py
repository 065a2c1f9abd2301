"""The chain of a record's digests: by it a record verifies itself, and two runs are compared.

Every round's rows are digested table by table, in the transaction that writes them. The round's *link* is the
digest of these and of the link before it, so that the last link stands for all rounds. Tables that belong to
no round are digested whole, under the round `WHOLE`. The digest of a run is over the last link, the digests
of the other tables of content, and what of the manifest is content.

Tables that are no content, as two equal runs may differ in them, have links of their own: a round's *books*
are the digest of its tables of that kind and of the books before. ``manifest.json`` has their digest beside
that of the run.

Rows are packed in blocks: the cells of all rows of a round as one text, then the bytes of their arrays as
they are, so that a digest costs little more than SHA-256 itself. Each block begins with its length: no two
different tables give the same bytes.

A chain shows damage and edits; it is no signature. Whoever alters a record and computes its chain anew gives
it another digest, which is seen by comparing it with ``manifest.json`` or with what was published.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence

from coevolve_sim.runs.schema import ASKED_TABLES, BOOKS_OF_NO_ROUND, CONTENT, ROUND_TABLES, WHOLE_TABLES

ALGORITHM = "rounds-sha256-v2"
"""Name of the algorithm of a run's digest, which begins with it."""

LINK = "link"
"""The part of the chain that stands for a round and all before it."""

BOOKS = "books"
"""The part of the chain that stands for what is no content of a round and all before it."""

CHECKPOINT = "checkpoint"
"""The part of the chain for the state from which a run is resumed: CRC-32, as it is written every round."""

WHOLE = -1
"""The round under which the chain has tables that belong to no round."""

Row = Sequence[object]


def digest_rows(part: str, rows: Sequence[Row]) -> bytes:
    """Return the SHA-256 of rows: of their cells as one text, and of their arrays as they are.

    Parameters
    ----------
    part : str
        What they are rows of, so that equal rows of two tables have two digests.
    rows : sequence of sequences
        Cells as SQLite has them: None, int, float, str, bytes.

    Examples
    --------
    >>> digest_rows("means", [(0, "people", b"12")]) == digest_rows("means", [(0, "people", b"13")])
    False
    """
    blobs: list[bytes] = []

    def put_aside(cell: object) -> list[list[int]]:
        blobs.append(bytes(cell))  # type: ignore[call-overload]
        return [[len(blobs[-1])]]

    text = json.dumps([part, rows], default=put_aside, separators=(",", ":")).encode()
    digest = hashlib.sha256(len(text).to_bytes(8, "big") + text)
    for blob in blobs:
        digest.update(blob)
    return digest.digest()


def digest_link(previous: bytes, round_index: int, parts: Mapping[str, bytes]) -> bytes:
    """Return the link of a round: the digest of the link before it and of the digests of its tables."""
    content = [(table, parts[table]) for table in ROUND_TABLES if table in CONTENT and table in parts]
    return digest_rows(LINK, [(round_index, previous), *content])


def digest_round_books(previous: bytes, round_index: int, parts: Mapping[str, bytes]) -> bytes:
    """Return the books of a round: the digest of those before and of its tables that are no content."""
    others = [(table, parts[table]) for table in ROUND_TABLES if table not in CONTENT and table in parts]
    return digest_rows(BOOKS, [(round_index, previous), *others])


def digest_checkpoint(row: Row, arrays: Iterable[Row]) -> bytes:
    """Return the CRC-32 of a checkpoint's row and of the rows of its arrays, as four bytes."""
    found = 0
    for cell in (cell for one in (row, *arrays) for cell in one):
        block = cell if isinstance(cell, bytes) else json.dumps(cell).encode()
        found = zlib.crc32(block, zlib.crc32(len(block).to_bytes(8, "big"), found))
    return found.to_bytes(4, "big")


def read_rows(connection: sqlite3.Connection, table: str, round_index: int | None = None) -> list[Row]:
    """Return a table's rows, or those of a round, in the order in which they are digested."""
    order = WHOLE_TABLES[table] if table in WHOLE_TABLES else ROUND_TABLES[table]
    where, cells = ("", ()) if round_index is None else ("WHERE round_index = ? ", (round_index,))
    return connection.execute(f"SELECT * FROM {table} {where}ORDER BY {order}", cells).fetchall()  # noqa: S608


def seal_round(
    connection: sqlite3.Connection, round_index: int, known: Mapping[str, bytes] | None = None
) -> None:
    """Write a round's digests and its link into the chain.

    Parameters
    ----------
    connection : sqlite3.Connection
        In the transaction that wrote the round.
    round_index : int
        The round; the chain has the link before it.
    known : mapping of str to bytes, optional
        Digests of tables that are known already, of rows large enough not to be read back.
    """
    parts = dict(known or {})
    for table in ROUND_TABLES:
        if table not in parts and (rows := read_rows(connection, table, round_index)):
            parts[table] = digest_rows(table, rows)
    query = "SELECT part, digest FROM chain WHERE round_index = ? AND part IN (?, ?)"
    before = dict(connection.execute(query, (round_index - 1, LINK, BOOKS)).fetchall())
    link = digest_link(before.get(LINK, b""), round_index, parts)
    books = digest_round_books(before.get(BOOKS, b""), round_index, parts)
    write_digests(connection, round_index, parts | {LINK: link, BOOKS: books})


def seal_whole(connection: sqlite3.Connection, *tables: str) -> None:
    """Write the digests of tables that belong to no round, in the transaction that wrote them."""
    found = {table: digest_rows(table, read_rows(connection, table)) for table in tables}
    write_digests(connection, WHOLE, found)


def seal_of_no_round(connection: sqlite3.Connection, table: str) -> None:
    """Write the digest of those rows of a table of rounds that belong to none, if it has such rows."""
    if rows := read_rows(connection, table, WHOLE):
        write_digests(connection, WHOLE, {table: digest_rows(table, rows)})


def write_digests(connection: sqlite3.Connection, round_index: int, digests: Mapping[str, bytes]) -> None:
    """Write digests of parts of a round, or of the whole, into the chain."""
    rows = [(round_index, part, digest) for part, digest in digests.items()]
    connection.executemany("INSERT OR REPLACE INTO chain VALUES (?, ?, ?)", rows)


def seal(connection: sqlite3.Connection) -> None:
    """Write the chain of a whole record anew, in a transaction: for a record that is migrated."""
    connection.execute("DELETE FROM chain")
    connection.execute("DELETE FROM asked WHERE key NOT IN (SELECT key FROM replies)")
    for row in connection.execute("SELECT * FROM replies").fetchall():
        connection.execute(
            "INSERT INTO asked VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET sha256 = excluded.sha256",
            (row[0], WHOLE, digest_rows("reply", [row])),
        )
    query = "SELECT round_index, status FROM rounds ORDER BY round_index"
    for round_index, status in connection.execute(query).fetchall():
        if status == "finished":
            seal_round(connection, round_index)
        else:
            rows = read_rows(connection, "rounds", round_index)
            write_digests(connection, round_index, {"rounds": digest_rows("rounds", rows)})
    for table in ASKED_TABLES:
        seal_of_no_round(connection, table)
    seal_whole(connection, *WHOLE_TABLES)
    seal_checkpoint(connection)


def seal_checkpoint(connection: sqlite3.Connection) -> None:
    """Write the digest of the checkpoint into the chain, if there is one."""
    if (found := read_checkpoint(connection)) is not None:
        write_digests(connection, WHOLE, {CHECKPOINT: digest_checkpoint(*found)})


def read_checkpoint(connection: sqlite3.Connection) -> tuple[Row, list[Row]] | None:
    """Return the checkpoint's row and the rows of its arrays; None if there is none."""
    row = connection.execute("SELECT * FROM checkpoint").fetchone()
    arrays = connection.execute("SELECT * FROM checkpoint_arrays ORDER BY name").fetchall()
    return None if row is None else (row, arrays)


def digest_run(connection: sqlite3.Connection, manifest: Mapping[str, str]) -> str:
    """Return the digest of a run, from its chain.

    Parameters
    ----------
    connection : sqlite3.Connection
        To its database.
    manifest : mapping of str to str
        What of its manifest is content.
    """
    content = [row for row in _of_no_round(connection) if row[0] in CONTENT]
    rows = [(ALGORITHM,), *sorted(manifest.items()), ("head", _head(connection, LINK)), *content]
    return f"{ALGORITHM}:{digest_rows('run', rows).hex()}"


def digest_books(connection: sqlite3.Connection) -> str:
    """Return the digest of what a record has beside its content: how and where minds were asked."""
    others = [row for row in _of_no_round(connection) if row[0] in BOOKS_OF_NO_ROUND]
    return digest_rows(BOOKS, [("head", _head(connection, BOOKS)), *others]).hex()


def _head(connection: sqlite3.Connection, part: str) -> bytes:
    query = "SELECT digest FROM chain WHERE part = ? ORDER BY round_index DESC LIMIT 1"
    row = connection.execute(query, (part,)).fetchone()
    return row[0] if row else b""


def _of_no_round(connection: sqlite3.Connection) -> list[Row]:
    query = "SELECT part, digest FROM chain WHERE round_index = ? ORDER BY part"
    return connection.execute(query, (WHOLE,)).fetchall()
