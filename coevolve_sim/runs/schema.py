"""The tables of a run's database.

Each run has one SQLite file, written in one transaction per round. Arrays are raw little-endian bytes; their
shapes follow from the manifest. The table ``sessions`` holds when the run was computed and with which
versions, and ``attempts`` how its minds were asked; the tables in `CONTENT` are equal on every machine that
computes the run bit for bit. The table ``chain`` holds digests of all the others; `coevolve_sim.runs.chain`
says how.

A new table is added to `ADDED` under the newest format, and to `ROUND_TABLES` or `WHOLE_TABLES`: then it is
created, digested, verified, and empty in records of older formats. Columns are never added to a table.
"""

from __future__ import annotations

import sqlite3
from functools import cache

CONTENT_VERSION = 2
"""Version of the content, and so of digests: equal content has equal digests under the same version."""

FIRST_FORMAT = 3
"""The oldest format that is read: that of version 0.1.0."""

FIRST_TABLES = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE population (
    id INTEGER PRIMARY KEY CHECK (id = 1), group_of BLOB NOT NULL, recorded BLOB NOT NULL
);
CREATE TABLE rounds (
    round_index INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('finished', 'failed')),
    era REAL NOT NULL,
    n_clipped INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE TABLE consultations (
    round_index INTEGER, assistant TEXT, humans INTEGER NOT NULL, PRIMARY KEY (round_index, assistant)
) WITHOUT ROWID;
CREATE TABLE measures (
    round_index INTEGER, measure TEXT, dimension TEXT, value REAL,
    PRIMARY KEY (round_index, measure, dimension)
) WITHOUT ROWID;
CREATE TABLE means (
    round_index INTEGER, kind TEXT, name TEXT, data BLOB NOT NULL, PRIMARY KEY (round_index, kind, name)
) WITHOUT ROWID;
CREATE TABLE trajectories (round_index INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE snapshots (round_index INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE networks (
    round_index INTEGER PRIMARY KEY, complete INTEGER NOT NULL, directed INTEGER NOT NULL,
    indptr BLOB NOT NULL, indices BLOB NOT NULL, weights BLOB, communities BLOB
);
CREATE TABLE notes (
    round_index INTEGER, kind TEXT, text TEXT, PRIMARY KEY (round_index, kind, text)
) WITHOUT ROWID;
CREATE TABLE summary (
    assistant TEXT, measure TEXT, value REAL, PRIMARY KEY (assistant, measure)
) WITHOUT ROWID;
CREATE TABLE minds (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, identity TEXT NOT NULL, bitwise INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE replies (
    key TEXT PRIMARY KEY, mind TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL,
    logprobs TEXT, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, model TEXT NOT NULL,
    detail TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE messages (
    round_index INTEGER, message INTEGER, kind TEXT NOT NULL, speaker INTEGER NOT NULL,
    listener INTEGER NOT NULL, dimension TEXT NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL,
    latent REAL NOT NULL, expressed REAL, tokens INTEGER NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (round_index, message)
) WITHOUT ROWID;
CREATE TABLE hearings (
    round_index INTEGER, message INTEGER, listener INTEGER, status TEXT NOT NULL, perceived REAL,
    PRIMARY KEY (round_index, message, listener)
) WITHOUT ROWID;
CREATE TABLE bias (
    arm TEXT, voice TEXT, dimension TEXT, stance REAL, passes INTEGER, perceived REAL,
    readings INTEGER NOT NULL, PRIMARY KEY (arm, voice, dimension, stance, passes)
) WITHOUT ROWID;
CREATE TABLE lessons (
    round_index INTEGER, place INTEGER, assistant TEXT NOT NULL, mind TEXT NOT NULL, times INTEGER NOT NULL,
    status TEXT NOT NULL, comparisons INTEGER NOT NULL, usable INTEGER NOT NULL, consistent INTEGER NOT NULL,
    pairs INTEGER NOT NULL, accuracy REAL, drift REAL, adapter TEXT NOT NULL, identity TEXT NOT NULL,
    PRIMARY KEY (round_index, place)
) WITHOUT ROWID;
CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1), round_index INTEGER NOT NULL,
    people BLOB NOT NULL, anchors BLOB NOT NULL, assistants BLOB NOT NULL
);
CREATE TABLE checkpoint_arrays (
    name TEXT PRIMARY KEY, dtype TEXT NOT NULL CHECK (dtype IN ('float64', 'int64', 'uint8')),
    shape TEXT NOT NULL, data BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, began TEXT NOT NULL, ended TEXT, from_round INTEGER NOT NULL,
    to_round INTEGER, status TEXT NOT NULL, versions TEXT NOT NULL
);
"""

ADDED = {
    4: """
CREATE TABLE asked (key TEXT PRIMARY KEY, round_index INTEGER NOT NULL, sha256 BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX asked_by_round ON asked (round_index);
CREATE TABLE chain (
    round_index INTEGER, part TEXT, digest BLOB NOT NULL, PRIMARY KEY (round_index, part)
) WITHOUT ROWID;
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, round_index INTEGER NOT NULL, mind TEXT NOT NULL,
    kind TEXT NOT NULL, status TEXT NOT NULL, detail TEXT NOT NULL, form TEXT NOT NULL,
    sent INTEGER NOT NULL, retries INTEGER NOT NULL, other_forms INTEGER NOT NULL, seconds REAL,
    earlier INTEGER NOT NULL, replaced INTEGER NOT NULL
);
CREATE TABLE servings (
    session INTEGER, mind TEXT, url TEXT NOT NULL, probe TEXT NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (session, mind)
) WITHOUT ROWID;
CREATE TABLE reading_masses (
    round_index INTEGER, message INTEGER, listener INTEGER, option_mass REAL NOT NULL,
    PRIMARY KEY (round_index, message, listener)
) WITHOUT ROWID;
""",
    5: """
CREATE TABLE heard_texts (
    round_index INTEGER, message INTEGER, heard_text TEXT NOT NULL, cuts TEXT NOT NULL,
    PRIMARY KEY (round_index, message)
) WITHOUT ROWID;
CREATE TABLE openings (
    round_index INTEGER, message INTEGER, begun TEXT NOT NULL, PRIMARY KEY (round_index, message)
) WITHOUT ROWID;
CREATE TABLE verdicts (
    mind TEXT PRIMARY KEY, reader TEXT NOT NULL, verdict TEXT NOT NULL, sentence TEXT NOT NULL,
    calibration TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE fitness (
    mind TEXT, voice TEXT, dimension TEXT, quantity TEXT, value REAL, low REAL, high REAL,
    texts INTEGER NOT NULL, PRIMARY KEY (mind, voice, dimension, quantity)
) WITHOUT ROWID;
""",
    6: """
CREATE TABLE choices (
    round_index INTEGER, speaker TEXT, number INTEGER, dilemma INTEGER, yes TEXT NOT NULL, chosen REAL,
    share REAL, PRIMARY KEY (round_index, speaker, number, dilemma)
) WITHOUT ROWID;
CREATE TABLE choice_scores (
    round_index INTEGER, who TEXT, theory TEXT, name TEXT, score REAL, low REAL, high REAL,
    places REAL NOT NULL, dilemmas INTEGER NOT NULL, PRIMARY KEY (round_index, who, theory, name)
) WITHOUT ROWID;
CREATE TABLE people (
    id INTEGER PRIMARY KEY CHECK (id = 1), names TEXT NOT NULL, attributes TEXT NOT NULL
);
""",
    7: """
CREATE TABLE cell_messages (
    round_index INTEGER, message INTEGER, draw INTEGER NOT NULL, people INTEGER NOT NULL,
    PRIMARY KEY (round_index, message)
) WITHOUT ROWID;
CREATE TABLE cell_hearings (
    round_index INTEGER, message INTEGER, listener INTEGER, people INTEGER NOT NULL,
    PRIMARY KEY (round_index, message, listener)
) WITHOUT ROWID;
CREATE TABLE said_by (
    round_index INTEGER, kind TEXT, dimension TEXT, data BLOB NOT NULL,
    PRIMARY KEY (round_index, kind, dimension)
) WITHOUT ROWID;
CREATE TABLE audits (
    round_index INTEGER, human INTEGER, kind TEXT, voice TEXT, dimension TEXT, in_full REAL, by_cell REAL,
    PRIMARY KEY (round_index, human, kind, voice, dimension)
) WITHOUT ROWID;
""",
}
"""The tables that each later format added. ``asked``: the round in which each reply was first asked for;
``attempts``: how each was asked, under round -1 what a server was asked besides; ``servings``: where served
minds were asked and what they answered to a probe; ``reading_masses``: what follows from the replies;
``heard_texts``: what was heard of messages that were not heard as they were written, and what was cut;
``openings``: words with which messages were begun for a mind; ``verdicts``, ``fitness``: whether minds are
fit to speak and be read, which is no content: it was measured by this run or by an earlier one; ``choices``,
``choice_scores``: what was chosen in dilemmas, and scores by theory; ``people``: what humans are called and
what the network's file says of them, as JSON, which follows from the inputs and is no content. Where cells
of humans are asked, a message and a hearing are on record once for all who say or hear it so:
``cell_messages``, ``cell_hearings``: how many these are; ``said_by``: the number of the message that each
human says, as int32, -1 for none; ``audits``: what was perceived of humans who were asked in full."""

CHAINED = 4
"""The first format whose records are digested round by round."""

NAMED = 6
"""The first format whose records have names and attributes of people."""

VERSION = max(ADDED)
"""Version of the file's format: which tables it has."""

CONTENT = {
    "population": "id",
    "rounds": "round_index",
    "consultations": "round_index, assistant",
    "measures": "round_index, measure, dimension",
    "means": "round_index, kind, name",
    "trajectories": "round_index",
    "snapshots": "round_index",
    "networks": "round_index",
    "minds": "name",
    "replies": "key",
    "asked": "round_index, key",
    "messages": "round_index, message",
    "heard_texts": "round_index, message",
    "openings": "round_index, message",
    "hearings": "round_index, message, listener",
    "cell_messages": "round_index, message",
    "cell_hearings": "round_index, message, listener",
    "said_by": "round_index, kind, dimension",
    "audits": "round_index, human, kind, voice, dimension",
    "lessons": "round_index, place",
    "choices": "round_index, speaker, number, dilemma",
    "choice_scores": "round_index, who, theory, name",
    "bias": "arm, voice, dimension, stance, passes",
    "notes": "round_index, kind, text",
    "summary": "assistant, measure",
}
"""The tables that are a run's content, and the order in which they are read."""

ROUND_TABLES = {table: order for table, order in CONTENT.items() if order.startswith("round_index")} | {
    "attempts": "round_index, id",
    "reading_masses": "round_index, message, listener",
}
"""The tables of which a round has its own rows, each digested round by round, with its order within."""

ASKED_TABLES = ("asked", "attempts")
"""Those to which a round that is not finished has written already: replies are kept as they come."""

WHOLE_TABLES = {
    "manifest": "key",
    "sessions": "id",
    "servings": "session, mind",
    "verdicts": "mind",
    "fitness": "mind, voice, dimension, quantity",
    "people": "id",
} | {table: order for table, order in CONTENT.items() if table not in ROUND_TABLES and table != "replies"}
"""The tables that are digested as a whole, and the order of their rows; ``asked`` digests ``replies``."""

FAILURE = "failure"
"""Key of the manifest of a run that failed in no round, beside its status: what went wrong."""

BOOKS_OF_NO_ROUND = ("attempts", "servings", "verdicts", "fitness", "people")
"""Of the tables that are no content, those whose rows of no round ``manifest.json`` has a digest of.

It has all of ``manifest`` and ``sessions`` itself."""

CANONICAL_KEYS = ("format", "content", "dimensions", "groups", "assistants", "humans", "inputs")
"""What of the manifest is content."""


def statements(version: int = VERSION) -> list[str]:
    """Return the statements that create the tables and indexes of a format."""
    texts = [FIRST_TABLES, *(text for added, text in sorted(ADDED.items()) if added <= version)]
    return [statement.strip() for text in texts for statement in text.split(";") if statement.strip()]


@cache
def objects(version: int = VERSION) -> dict[tuple[str, str], str]:
    """Return what SQLite keeps of a format's schema: the text of each table and index, by type and name."""
    connection = sqlite3.connect(":memory:")
    for statement in statements(version):
        connection.execute(statement)
    found = {(kind, name): text for kind, name, text in connection.execute(SCHEMA_QUERY)}
    connection.close()
    return found


SCHEMA_QUERY = "SELECT type, name, sql FROM sqlite_master"
