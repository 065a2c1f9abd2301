"""A cache of replies across runs, so that equal requests are not sent to a mind again.

`CachedMind` stores replies in a SQLite file that several processes may share. Their key is `key_of`: the
whole request, including the draw, and the identity of the mind, so that draws never share a reply and another
model never answers for this one. Of a request with options the key also names the definition of their mass
(`coevolve_sim.minds.option_mass.INSTRUMENT`): what was scored by another definition is not found. The
identity of a served mind is what its server says, which need not tell two models apart: so the key also holds
its probe (`coevolve_sim.minds.probe`), and a mind without one finds and stores nothing, unless it is told to.
To switch the cache off, do not wrap the mind. Within a run,
`coevolve_sim.minds.recorded` ensures that equal requests are sent once.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from coevolve_sim.errors import MindError
from coevolve_sim.minds.linear_probe import LearnsProbes
from coevolve_sim.minds.option_mass import INSTRUMENT
from coevolve_sim.minds.probe import Probe, is_served, probe_of
from coevolve_sim.minds.protocol import EARLIER, UNSENT, Mind, Reply, Request, key_of
from coevolve_sim.minds.wrappers import MindWrapper, unwrap

KEPT = ("answered", "refused")
"""Statuses of the replies that are stored: requests that ended otherwise may be answered another time."""

_FORMAT = 1
_AT_ONCE = 500
_TABLES = (
    "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS probes (key TEXT PRIMARY KEY, identity TEXT NOT NULL, probe TEXT NOT NULL)",
)


class CachedMind(MindWrapper):
    """A mind whose answers and refusals are stored in a file, keyed by request and mind.

    Parameters
    ----------
    mind : Mind
        The mind that is asked what the file does not hold.
    path : path
        The file; created, with its folders, if there is none. Several processes may use it at once.
    trusts_name : bool
        Whether replies of a served mind without a probe are shared by its identity alone.

    Attributes
    ----------
    found, asked : int
        How many replies came from the file, and how many requests went to the mind.
    probe_key : str
        What a served mind's keys hold besides its identity; ``none`` where nothing tells of it.

    Raises
    ------
    MindError
        If the file cannot be made or read, or is something else.

    Examples
    --------
    >>> import tempfile
    >>> from coevolve_sim.minds import Message, Request
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> request = Request("speak", (Message("user", "Hello."),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mind = CachedMind(ScriptedMind({"Hello.": "Good day."}), Path(folder) / "replies.sqlite")
    ...     replies = [reply.text for _ in range(2) for _, reply in mind.ask([request])]
    ...     mind.close()
    >>> replies, mind.found, mind.asked
    (['Good day.', 'Good day.'], 1, 1)
    """

    def __init__(self, mind: Mind, path: str | Path, *, trusts_name: bool = False) -> None:
        super().__init__(mind)
        self.path = Path(path)
        self._trusts_name = trusts_name
        self.found = self.asked = 0
        self._stored: set[str] = set()
        self._connection: sqlite3.Connection | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(self.path)
        except (OSError, sqlite3.Error) as error:
            raise self._problem(error) from None
        self.probe_key = self._find_probe()

    @property
    def shares(self) -> bool:
        """Whether replies are found in the file and stored in it: not those of a server nothing tells of."""
        return self.probe_key != "none"

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply: those in the cache first, then the others.

        Raises
        ------
        MindError
            If the mind is closed, or its file cannot be read or written.
        """
        if self._connection is None:
            raise MindError("the mind is closed; nothing can be asked of it any more")
        keys = [self._key(request) for request in requests]
        kept = self._find(keys) if self.shares else {}
        for index, key in enumerate(keys):
            if key in kept:
                self.found += 1
                yield index, replace(kept[key], attempts=UNSENT if key in self._stored else EARLIER)
        missing = [index for index, key in enumerate(keys) if key not in kept]
        self.asked += len(missing)
        for number, reply in self.mind.ask([requests[index] for index in missing]):
            index = missing[number]
            if reply.status in KEPT and self.shares and not getattr(unwrap(self.mind), "has_changed", False):
                self._store(keys[index], reply)
            yield index, reply

    def close(self) -> None:
        """Close the file and the mind."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        super().close()

    def _key(self, request: Request) -> str:
        instrument = f", {INSTRUMENT}" if request.options else ""
        return key_of(request, f"{self.identity}{self.probe_key}{instrument}")

    def _find_probe(self) -> str:
        """Return what a served mind's keys hold besides its identity: the nearest probe on file that agrees.

        A probe that agrees with one on file is not stored: so what is on file cannot drift.
        """
        if not is_served(self.mind):
            return ""
        probe = probe_of(self.mind)
        if probe is None:
            return ", by its name" if self._trusts_name else "none"
        rows = self._rows("SELECT key, probe FROM probes WHERE identity = ?", [self.identity])
        near = [
            (probe.difference(kept), key) for key, kept in self._read_probes(rows) if probe.agrees_with(kept)
        ]
        if not near:
            key = sha256(f"{self.identity} {probe.as_json()}".encode()).hexdigest()[:16]
            self._rows("INSERT OR IGNORE INTO probes VALUES (?, ?, ?)", (key, self.identity, probe.as_json()))
            return f", probe {key}"
        return f", probe {min(near)[1]}"

    def _read_probes(self, rows: Sequence[tuple[str, str]]) -> list[tuple[str, Probe]]:
        try:
            return [(key, Probe.from_json(text)) for key, text in rows]
        except MindError as error:
            raise self._problem(error) from None

    def _find(self, keys: Sequence[str]) -> dict[str, Reply]:
        found: dict[str, Reply] = {}
        for first in range(0, len(keys), _AT_ONCE):
            some = keys[first : first + _AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._rows(f"SELECT key, reply FROM replies WHERE key IN ({marks})", some)  # noqa: S608
            found |= {key: self._read(text) for key, text in rows}
        return found

    def _store(self, key: str, reply: Reply) -> None:
        self._stored.add(key)
        # Another process may have stored a reply to the same request meanwhile: the first one stays.
        self._rows("INSERT OR IGNORE INTO replies VALUES (?, ?)", (key, _encode_reply(reply)))

    def _rows(self, statement: str, values: Sequence[str]) -> list[tuple[str, str]]:
        if self._connection is None:
            raise MindError("the mind was closed while it was asked")
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._problem(error) from None

    def _read(self, text: str) -> Reply:
        try:
            content = json.loads(text)
            logprobs = content.pop("logprobs")
            if logprobs is not None:
                content["logprobs"] = tuple(-math.inf if value is None else value for value in logprobs)
            return Reply(**content, attempts=EARLIER)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._problem(error) from None

    def _problem(self, error: Exception) -> MindError:
        return MindError(
            f"the cache of replies {self.path} cannot be used ({error}); "
            "if it is damaged or not a cache, delete it or name another: what it held is asked again"
        )


def keeping_mark(mind: Mind) -> str:
    """Return what tells a mind apart from any other in what is kept of it from run to run.

    Empty where nothing is to be kept of it: a mind without a cache, apart from one whose weights are at hand,
    and a server that nothing tells of.
    """
    within: Mind = mind
    while isinstance(within, MindWrapper):
        if isinstance(within, CachedMind):
            return f"{mind.identity}{within.probe_key}" if within.shares else ""
        within = within.mind
    return mind.identity if isinstance(within, LearnsProbes) else ""


def _connect(path: Path) -> sqlite3.Connection:
    """Open the cache; each statement commits, and waits up to a minute for other processes."""
    connection = sqlite3.connect(path, timeout=60.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        with closing(connection.execute("PRAGMA user_version")) as rows:
            (version,) = rows.fetchone()
        if version not in {0, _FORMAT}:
            raise sqlite3.DatabaseError(f"its format is {version}, this is {_FORMAT}")  # noqa: TRY301
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA user_version = {_FORMAT}")
        connection.execute("SELECT key, reply FROM replies LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _encode_reply(reply: Reply) -> str:
    """Encode a reply as JSON; -inf becomes null, since JSON has no infinity."""
    logprobs = reply.logprobs
    content = {
        "status": reply.status,
        "text": reply.text,
        "logprobs": logprobs and [None if value == -math.inf else value for value in logprobs],
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
        "model": reply.model,
        "detail": reply.detail,
    }
    return json.dumps(content, allow_nan=False)
