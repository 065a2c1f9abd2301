"""Read the record of a run from its folder, verified: all tables and arrays, and its digest."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RecordError
from coevolve_sim.minds.option_mass import LEAST_MASS, mass_on_options
from coevolve_sim.minds.replay import LESSON_COLUMNS
from coevolve_sim.networks.ties import Attribute, Ties
from coevolve_sim.runs.cells import AuditFound, read_audit
from coevolve_sim.runs.chain import BOOKS, digest_books, digest_run
from coevolve_sim.runs.database import (
    canonical_lines,
    connect,
    explain_sqlite_errors,
    format_of,
    from_bytes,
)
from coevolve_sim.runs.locks import is_locked
from coevolve_sim.runs.message_totals import MessageTotals, sum_messages
from coevolve_sim.runs.request_totals import RequestTotals, sum_requests
from coevolve_sim.runs.schema import CANONICAL_KEYS, CHAINED, CONTENT, FAILURE, NAMED
from coevolve_sim.runs.verification import EARLIER_DIGEST, EVERYTHING, Verification, compare_manifest_file
from coevolve_sim.scenario import Scenario, loads

if TYPE_CHECKING:
    import pandas as pd

_Read = TypeVar("_Read")

MESSAGE_COLUMNS = (
    "round",
    "message",
    "kind",
    "speaker",
    "listener",
    "dimension",
    "status",
    "text",
    "heard_text",
    "cuts",
    "begun",
    "latent",
    "expressed",
    "tokens",
    "detail",
    "people",
)


class RecordReader:
    """The record of a run, verified and read table by table, and never written.

    What was altered or damaged raises a `RecordError` that names the table and the round, before anything is
    read from that table; `coevolve_sim.runs.verification` says what is verified when.

    Parameters
    ----------
    folder : Path
        The run's folder. If the run is still going on, the rounds finished so far are read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pinned: sqlite3.Connection | None = None
        self._verification = Verification(folder)
        self._read_once: dict[str, Any] = {}

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}('{self.folder}', {self.status}, {self.n_rounds_finished} of {self.n_rounds} rounds)"

    @contextmanager
    def open_database(self, *tables: str) -> Iterator[sqlite3.Connection]:
        """Open the database for reading some tables, which are verified; within `pin`, as it was then.

        Parameters
        ----------
        *tables : str
            The tables to read, from `coevolve_sim.runs.verification.EVERYTHING`.

        Raises
        ------
        RecordError
            If one of them was altered, or the database is damaged.
        """
        with explain_sqlite_errors(self.folder):
            connection = self._pinned or connect(self.folder)
            try:
                if connection is not self._pinned:
                    connection.execute("BEGIN")
                self._verification.check(connection, tables)
                yield connection
            finally:
                if connection is not self._pinned:
                    connection.close()

    @contextmanager
    def pin(self) -> Iterator[Self]:
        """Read everything in one transaction, so that a run still going on is seen in its present state."""
        with explain_sqlite_errors(self.folder), closing(connect(self.folder)) as connection:
            connection.execute("BEGIN")
            # BEGIN alone takes no snapshot; the first read does.
            connection.execute("SELECT count(*) FROM rounds").fetchone()
            self._pinned = connection
            try:
                yield self
            finally:
                self._pinned = None
                connection.rollback()

    # --- what it is ------------------------------------------------------------------------------

    @cached_property
    def manifest(self) -> dict[str, str]:
        """What identifies the run: scenario, seed, versions, inputs; not how it ended."""
        with self.open_database("manifest", "sessions") as connection:
            rows = connection.execute("SELECT key, value FROM manifest ORDER BY key").fetchall()
            found = {key: value for key, value in rows if key not in ("status", FAILURE)}
            compare_manifest_file(
                self.folder, lambda: self._fields(connection, dict(rows)), found.get(EARLIER_DIGEST, "")
            )
        return found

    def fields_of_manifest_file(self) -> dict[str, object]:
        """Return what ``manifest.json`` says: the manifest, status, sessions, digest, that of the books."""
        with self.open_database("manifest", "sessions") as connection:
            rows = dict(connection.execute("SELECT key, value FROM manifest ORDER BY key"))
            return self._fields(connection, rows)

    def _fields(self, connection: sqlite3.Connection, manifest: dict[str, str]) -> dict[str, object]:
        shown: dict[str, object] = {
            key: json.loads(value) if value.startswith(("[", "{")) else value
            for key, value in manifest.items()
            if key not in ("content", "status")
        }
        has_books = format_of(connection) >= CHAINED
        return shown | {
            "status": manifest["status"],
            "sessions": _sessions(connection),
            "sha256": self._digest(connection, manifest),
            **({BOOKS: digest_books(connection)} if has_books else {}),
        }

    @property
    def status(self) -> str:
        """running, finished, interrupted, failed, or killed (its process ended without recording why)."""
        with self.open_database("manifest") as connection:
            row = connection.execute("SELECT value FROM manifest WHERE key = 'status'").fetchone()
        status = row[0] if row else "killed"
        return "killed" if status == "running" and not is_locked(self.folder) else status

    @property
    def failure(self) -> str:
        """What went wrong outside all rounds, as in the measures of the whole run; empty if nothing did."""
        with self.open_database("manifest") as connection:
            row = connection.execute("SELECT value FROM manifest WHERE key = ?", (FAILURE,)).fetchone()
        return row[0] if row else ""

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that it ran, overrides included."""
        return loads(self.manifest["scenario"], str(self.folder / "scenario.yaml"), folder=self.folder)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions, in the order of all arrays."""
        return tuple(json.loads(self.manifest["dimensions"]))

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the dimensions in figures."""
        return tuple(json.loads(self.manifest["labels"]))

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(json.loads(self.manifest["groups"]))

    @property
    def n_humans(self) -> int:
        """Number of humans."""
        return int(self.manifest["humans"])

    @property
    def n_rounds(self) -> int:
        """Number of rounds that the scenario asks for."""
        return int(self.manifest["rounds"])

    @property
    def n_rounds_finished(self) -> int:
        """Number of rounds finished so far."""
        with self.open_database("rounds") as connection:
            row = connection.execute(
                "SELECT max(round_index) FROM rounds WHERE status = 'finished'"
            ).fetchone()
        return int(row[0] or 0)

    @property
    def has_rounds(self) -> bool:
        """Whether at least the beginning (round 0) is on record."""
        with self.open_database("rounds") as connection:
            return connection.execute("SELECT 1 FROM rounds WHERE status = 'finished'").fetchone() is not None

    @cached_property
    def group_of(self) -> NDArray[np.int32]:
        """Group of each human, shape (humans,)."""
        return from_bytes(self._population("group_of"), "int32", (self.n_humans,))

    @cached_property
    def recorded_humans(self) -> NDArray[np.int64]:
        """Numbers of the humans whose values are recorded, ascending."""
        return from_bytes(self._population("recorded"), "int64", (-1,))

    def _population(self, column: str) -> bytes:
        with self.open_database("population") as connection:
            (data,) = connection.execute(f"SELECT {column} FROM population").fetchone()  # noqa: S608
        return bytes(data)

    @cached_property
    def sessions(self) -> list[dict[str, Any]]:
        """When it was computed and with which versions, session by session."""
        with self.open_database("sessions") as connection:
            return _sessions(connection)

    # --- people ----------------------------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """What humans are called in the file that they came from; None where they have numbers only."""
        names = self._named_people[0]
        return None if names is None else tuple(names)

    @cached_property
    def attributes(self) -> dict[str, tuple[Attribute, ...]]:
        """What the network's file says of humans: by the name of the attribute, one entry for each human."""
        return {name: tuple(column) for name, column in self._named_people[1].items()}

    @cached_property
    def _named_people(self) -> tuple[list[str] | None, dict[str, list[Attribute]]]:
        with self.open_database("people") as connection:
            if format_of(connection) < NAMED:
                return None, {}
            row = connection.execute("SELECT names, attributes FROM people").fetchone()
        return (None, {}) if row is None else (json.loads(row[0]), json.loads(row[1]))

    # --- tables ----------------------------------------------------------------------------------

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Measures by round: one row for each measured round, one column for each measure."""
        long = self._measures("dimension = ''")
        table = long.set_index(["round", "measure"])["value"].unstack("measure")  # noqa: PD010 - unique keys
        table.columns.name = None
        known = [name for name in _catalogue_order() if name in table.columns]
        own = sorted(set(table.columns) - set(known))
        return table[[*known, *own]].sort_index()

    @cached_property
    def measures_by_dimension(self) -> pd.DataFrame:
        """Measures of every dimension: columns round, measure, dimension, value."""
        return self._measures("dimension <> ''")

    def _measures(self, where: str) -> pd.DataFrame:
        query = f"SELECT round_index, measure, dimension, value FROM measures WHERE {where}"  # noqa: S608
        return self._table("measures", query, ("round", "measure", "dimension", "value")).astype(
            {"value": float}
        )

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Measures of the whole run: columns assistant (empty: of people), measure, value."""
        query = "SELECT assistant, measure, value FROM summary ORDER BY assistant, measure"
        return self._table("summary", query, ("assistant", "measure", "value")).astype({"value": float})

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """Every round and how it ended: columns round, status, era, n_clipped, message."""
        query = "SELECT round_index, status, era, n_clipped, message FROM rounds ORDER BY round_index"
        return self._table("rounds", query, ("round", "status", "era", "n_clipped", "message"))

    @cached_property
    def consultations(self) -> pd.DataFrame:
        """Number of humans who consulted each assistant: one row for each round, one column per assistant."""
        table = self._table("consultations", "SELECT * FROM consultations", ("round", "assistant", "humans"))
        return table.set_index(["round", "assistant"])["humans"].unstack("assistant")  # noqa: PD010

    @property
    def notes(self) -> pd.DataFrame:
        """Notes on the setup, interventions in words, and what came to no answer.

        Columns round, kind, text.
        """
        return self._once_finished("notes", self._read_notes)

    def _read_notes(self) -> pd.DataFrame:
        import pandas as pd

        columns = ("round", "kind", "text")
        table = self._table("notes", "SELECT * FROM notes ORDER BY round_index, kind, text", columns)
        totals, messages = self.request_totals, self.message_totals
        found = [("answers", "" if totals is None else totals.warning), ("messages", messages.warning)]
        found += [("cells", "" if self.audit is None else self.audit.sentence)]
        rows = [[self.n_rounds_finished, kind, text] for kind, text in found if text]
        if not rows:
            return table
        return pd.concat([table, pd.DataFrame(rows, columns=list(columns))], ignore_index=True)

    @property
    def message_totals(self) -> MessageTotals:
        """How many messages were cut by a limit of tokens, heard or lost, and from how many what was cut."""
        return self._once_finished("message_totals", lambda: sum_messages(self.messages))

    @property
    def request_totals(self) -> RequestTotals | None:
        """How often minds were asked, and how the requests ended; None if none was asked."""
        return self._once_finished("request_totals", lambda: sum_requests(self.attempts))

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Messages in words, one row for each.

        Columns round, message (its number in the round), kind (peer; edit: a peer's message as an assistant
        edited it, heard in its place; outlet; question; answer), speaker and listener (a human's number; an
        assistant's for the speaker of an answer or an edit and the listener of a question; an outlet's for
        its speaker; -1 for all who hear the speaker; of an edit, the human whose message it was), dimension,
        status, text (as written, on one line), heard_text (what of it was heard, empty if nothing was), cuts
        (what was cut to get there, as `coevolve_sim.language.message_text.CUTS` names it, separated by
        commas), begun (the words for its stance with which it was begun for the mind; both texts begin with
        them), latent and expressed (nan where it could not be read), tokens, detail, people.

        Where cells of humans are asked, a message that several say has the first of them as its speaker;
        people is how many say it, which is 1 where every human is asked.
        """
        query = (
            "SELECT round_index, message, kind, speaker, listener, dimension, status, text, "
            "coalesce(heard_text, CASE WHEN status = 'answered' THEN text ELSE '' END), coalesce(cuts, ''), "
            "coalesce(begun, ''), latent, expressed, tokens, detail, coalesce(people, 1) FROM messages "
            "LEFT JOIN heard_texts USING (round_index, message) "
            "LEFT JOIN openings USING (round_index, message) "
            "LEFT JOIN cell_messages USING (round_index, message) ORDER BY round_index, message"
        )
        tables = ("messages", "heard_texts", "openings", "cell_messages")
        table = self._table(tables, query, MESSAGE_COLUMNS)
        return table.astype({"latent": float, "expressed": float})

    @cached_property
    def hearings(self) -> pd.DataFrame:
        """How listeners read messages.

        Columns round, message, listener, status, perceived, option_mass (mean probability that the options
        of the items held together; nan where it is unknown), people (how many hear the message with the same
        voice, of whom the listener is the first, where cells of humans are asked; else 1).
        """
        columns = ("round", "message", "listener", "status", "perceived", "option_mass", "people")
        query = (
            "SELECT round_index, message, listener, status, perceived, option_mass, coalesce(people, 1) "
            "FROM hearings LEFT JOIN reading_masses USING (round_index, message, listener) "
            "LEFT JOIN cell_hearings USING (round_index, message, listener) "
            "ORDER BY round_index, message, listener"
        )
        return self._table(("hearings", "reading_masses", "cell_hearings"), query, columns).astype(
            {"perceived": float, "option_mass": float}
        )

    @cached_property
    def audits(self) -> pd.DataFrame:
        """What was perceived of humans who were asked in full, where cells of humans are asked.

        Columns round, human, kind, voice (that reads), dimension, in_full, by_cell (nan where unread).
        """
        columns = ("round", "human", "kind", "voice", "dimension", "in_full", "by_cell")
        query = (
            "SELECT round_index, human, kind, voice, dimension, in_full, by_cell FROM audits "
            "ORDER BY round_index, human, kind, voice, dimension"
        )
        return self._table("audits", query, columns).astype({"in_full": float, "by_cell": float})

    @property
    def audit(self) -> AuditFound | None:
        """What the audit of cells found; None where every human was asked, or nobody in full yet."""
        return self._once_finished("audit", lambda: read_audit(self.audits, self.dimensions, self.scenario))

    def said_by(self, round_index: int, kind: str, dimension: str) -> np.ndarray:
        """Return the number of the message that each human said in a round, where cells are asked.

        Parameters
        ----------
        round_index : int
        kind : str
            ``peer``, ``edit``, ``question``, or ``answer`` for the answer that each heard.
        dimension : str

        Returns
        -------
        int32 array, shape (humans,)
            -1 for who said none.
        """
        query = "SELECT data FROM said_by WHERE round_index = ? AND kind = ? AND dimension = ?"
        with self.open_database("said_by") as connection:
            row = connection.execute(query, (round_index, kind, dimension)).fetchone()
        if row is None:
            return np.full(self.n_humans, -1, dtype=np.int32)
        return from_bytes(row[0], "int32", (self.n_humans,))

    @cached_property
    def lessons(self) -> pd.DataFrame:
        """Lessons of assistants whose weights learn: one row for each.

        Columns round, and the fields of `coevolve_sim.assistants.tuned.Lesson`.
        """
        query = f"SELECT round_index, {LESSON_COLUMNS} FROM lessons ORDER BY round_index, place"  # noqa: S608
        table = self._table("lessons", query, ("round", *LESSON_COLUMNS.split(", ")))
        return table.astype({"accuracy": float, "drift": float})

    @cached_property
    def choices(self) -> pd.DataFrame:
        """What was chosen in dilemmas, and by whom; one row for each.

        Columns round, speaker (assistant or human), number, dilemma, yes (the side on which yes stands:
        chosen or neglected by GPT-4), chosen (1 where the side was taken that GPT-4 chose, 0 where the other;
        nan unless alike in both orders), share (probability of the side that GPT-4 chose; nan where one order
        was not answered).
        """
        columns = ("round", "speaker", "number", "dilemma", "yes", "chosen", "share")
        query = (
            "SELECT round_index, speaker, number, dilemma, yes, chosen, share FROM choices "
            "ORDER BY round_index, speaker, number, dilemma"
        )
        return self._table("choices", query, columns).astype({"chosen": float, "share": float})

    @cached_property
    def choice_scores(self) -> pd.DataFrame:
        """Scores of what theories tell apart, by what was chosen; one row for each.

        Columns round, who (the name of an assistant, or people for all humans who were asked), theory, name,
        score (in [-100, 100]), low and high (of the interval over dilemmas; nan below 20), places and
        dilemmas: how much stands behind it.
        """
        columns = ("round", "who", "theory", "name", "score", "low", "high", "places", "dilemmas")
        query = (
            "SELECT round_index, who, theory, name, score, low, high, places, dilemmas FROM choice_scores "
            "ORDER BY round_index, who, theory, name"
        )
        return self._table("choice_scores", query, columns).astype(
            {"score": float, "low": float, "high": float}
        )

    @cached_property
    def minds(self) -> pd.DataFrame:
        """The minds of the run: columns name, kind, identity, bitwise."""
        return self._table(
            "minds", "SELECT * FROM minds ORDER BY name", ("name", "kind", "identity", "bitwise")
        )

    @cached_property
    def usage(self) -> pd.DataFrame:
        """Requests to minds, by how they ended as their replies were read.

        Columns mind, kind, status, requests, tokens_in, tokens_out.
        """
        return self._table(
            ("replies", "attempts"),
            "SELECT r.mind, r.kind, coalesce(a.status, r.status), count(*), sum(tokens_in), sum(tokens_out) "
            "FROM replies r LEFT JOIN attempts a ON a.key = r.key AND NOT a.replaced GROUP BY 1, 2, 3 "
            "ORDER BY 1, 2, 3",
            ("mind", "kind", "status", "requests", "tokens_in", "tokens_out"),
        )

    @property
    def attempts(self) -> pd.DataFrame:
        """How minds were asked: one row for each request that came to a reply, in their order.

        Columns round (for which it was asked), mind, kind, status and detail (how it ended, as the reply was
        read), form, sent, retries, other_forms, seconds, earlier (as
        `coevolve_sim.minds.protocol.Attempts` has them), replaced (whether it was set aside
        on resuming: asked again, or not asked any more).
        Rows of kind ``opening`` and ``abandoned``, with an empty status, are what a server was asked to find
        out what it supports, and what nobody waited for.
        """
        columns = (
            *("round", "mind", "kind", "status", "detail", "form", "sent", "retries", "other_forms"),
            *("seconds", "earlier", "replaced"),
        )
        query = f"SELECT round_index, {', '.join(columns[1:])} FROM attempts ORDER BY id"  # noqa: S608 - our own
        types = {"seconds": float, "earlier": bool, "replaced": bool}
        return self._once_finished("attempts", lambda: self._table("attempts", query, columns).astype(types))

    @cached_property
    def servings(self) -> pd.DataFrame:
        """Where served minds were asked: columns session, mind, url, probe (JSON, or empty), note."""
        query = "SELECT session, mind, url, probe, note FROM servings ORDER BY session, mind"
        return self._table("servings", query, ("session", "mind", "url", "probe", "note"))

    @cached_property
    def reply_counts(self) -> dict[str, tuple[int, int]]:
        """By mind: the number of replies, and how many of them were kept from earlier runs."""
        query = (
            "SELECT r.mind, count(*), sum(coalesce(a.earlier, 0)) FROM replies r "
            "LEFT JOIN attempts a ON a.key = r.key AND NOT a.replaced GROUP BY 1 ORDER BY 1"
        )
        rows = self._table(("replies", "attempts"), query, ("mind", "replies", "earlier")).itertuples(
            index=False, name=None
        )
        return {str(mind): (int(replies), int(earlier)) for mind, replies, earlier in rows}

    @cached_property
    def option_masses(self) -> pd.DataFrame:
        """How much probability options held together, in replies that were scored.

        Columns mind, kind, replies, mean, least, and below: how many held less than the scenario's
        ``least_option_mass``.
        """
        import pandas as pd

        query = "SELECT mind, kind, logprobs FROM replies WHERE logprobs IS NOT NULL AND status = 'answered'"
        table = self._table("replies", query, ("mind", "kind", "logprobs"))
        table = table[table["logprobs"].str.contains(",")]  # a single option is a whole text
        masses = [mass_on_options([float(cell) for cell in json.loads(text)]) for text in table["logprobs"]]
        limit = self.least_option_mass
        rows = [
            (*key, len(held), float(held.mean()), float(held.min()), int((held < limit).sum()))
            for key, held in pd.Series(masses, dtype=float).groupby([table["mind"], table["kind"]])
        ]
        return pd.DataFrame(rows, columns=["mind", "kind", "replies", "mean", "least", "below"])

    @property
    def least_option_mass(self) -> float:
        """Share of a reply's probability that its options should hold."""
        return float(getattr(self.scenario.channel, "least_option_mass", LEAST_MASS))

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """Whether each mind that speaks is fit to: columns mind, reader, verdict, sentence, calibration.

        The last is that of the reader on the mind's own words, as JSON; empty where it has none.
        """
        query = "SELECT * FROM verdicts ORDER BY mind"
        return self._table("verdicts", query, ("mind", "reader", "verdict", "sentence", "calibration"))

    @cached_property
    def fitness(self) -> pd.DataFrame:
        """What that rests on: columns mind, voice, dimension, quantity, value, low, high, texts.

        A voice of ``*`` and an empty dimension stand for all together; the quantities are those of
        `coevolve_sim.language.fitness.FitnessRow`.
        """
        return self._table(
            "fitness",
            "SELECT * FROM fitness ORDER BY mind, voice, dimension, quantity",
            ("mind", "voice", "dimension", "quantity", "value", "low", "high", "texts"),
        ).astype({"value": float, "low": float, "high": float})

    @cached_property
    def bias(self) -> pd.DataFrame:
        """The minds' own bias: columns arm, voice, dimension, stance, passes, perceived, readings."""
        return self._table(
            "bias",
            "SELECT * FROM bias ORDER BY arm, voice, dimension, stance, passes",
            ("arm", "voice", "dimension", "stance", "passes", "perceived", "readings"),
        ).astype({"perceived": float})

    @cached_property
    def means(self) -> pd.DataFrame:
        """Mean values by round of people and groups, values of assistants and history.

        Columns round, era, kind (people, group, assistant, history), name, then one for each dimension.
        """
        import pandas as pd

        query = "SELECT m.round_index, r.era, kind, name, data FROM means m JOIN rounds r USING (round_index)"
        with self.open_database("means", "rounds") as connection:
            rows = connection.execute(query + " ORDER BY m.round_index, kind, name").fetchall()
        head = pd.DataFrame([row[:4] for row in rows], columns=["round", "era", "kind", "name"])
        data = np.stack([from_bytes(row[4], "float64", (-1,)) for row in rows])
        return pd.concat([head, pd.DataFrame(data, columns=list(self.dimensions))], axis=1)

    @cached_property
    def trajectories(self) -> pd.DataFrame:
        """Values of the recorded humans: columns round, era, human, group, then one for each dimension.

        Where humans have names, a column name follows human.
        """
        import pandas as pd

        rounds, eras, values = self.trajectory_arrays()
        n_rounds, n_humans, n_dimensions = values.shape
        groups = np.array(self.groups, dtype=object)[self.group_of[self.recorded_humans]]
        columns: dict[str, Any] = {
            "round": np.repeat(rounds, n_humans),
            "era": np.repeat(eras, n_humans),
            "human": np.tile(self.recorded_humans, n_rounds),
        }
        if self.names is not None:
            names = np.array(self.names, dtype=object)[self.recorded_humans]
            columns["name"] = pd.Categorical(np.tile(names, n_rounds), categories=list(names))
        columns["group"] = pd.Categorical(np.tile(groups, n_rounds), categories=list(self.groups))
        head = pd.DataFrame(columns)
        flat = pd.DataFrame(values.reshape(-1, n_dimensions), columns=list(self.dimensions))
        return pd.concat([head, flat], axis=1)

    def trajectory_arrays(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return recorded rounds, their eras, and values (rounds, recorded humans, dimensions)."""
        with self.open_database("trajectories", "rounds") as connection:
            rows = connection.execute(
                "SELECT round_index, era, data FROM trajectories JOIN rounds USING (round_index) ORDER BY 1"
            ).fetchall()
        shape = (self.recorded_humans.size, len(self.dimensions))
        values = np.stack([from_bytes(row[2], "float64", shape) for row in rows])
        return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float), values

    @cached_property
    def recorded_rounds(self) -> tuple[int, ...]:
        """The rounds at whose end values of the recorded humans are on record, ascending."""
        with self.open_database("trajectories") as connection:
            rows = connection.execute("SELECT round_index FROM trajectories ORDER BY 1").fetchall()
        return tuple(row[0] for row in rows)

    def recorded_values(self, round_index: int) -> Floats | None:
        """Return the values of the recorded humans at the end of a round; None if they are not on record."""
        with self.open_database("trajectories") as connection:
            row = connection.execute(
                "SELECT data FROM trajectories WHERE round_index = ?", (round_index,)
            ).fetchone()
        shape = (self.recorded_humans.size, len(self.dimensions))
        return None if row is None else from_bytes(row[0], "float64", shape)

    def recorded_course(self, human: int) -> tuple[NDArray[np.int64], Floats]:
        """Return the rounds on record, and a recorded human's values in them, shape (rounds, dimensions).

        Only this human's row is read of each round.

        Raises
        ------
        RecordError
            If the values of this human are not recorded.
        """
        place = int(np.searchsorted(self.recorded_humans, human))
        if place >= self.recorded_humans.size or self.recorded_humans[place] != human:
            raise RecordError(
                f"{self.folder}: the values of human {human} are not on record; record.humans: all records "
                "those of everybody"
            )
        size = 8 * len(self.dimensions)
        with self.open_database("trajectories") as connection:
            rows = connection.execute(
                "SELECT round_index, substr(data, ?, ?) FROM trajectories ORDER BY 1",
                (place * size + 1, size),
            ).fetchall()
        values = [from_bytes(data, "float64", (len(self.dimensions),)) for _, data in rows]
        return np.array([r for r, _ in rows], dtype=np.int64), np.array(values).reshape(len(rows), -1)

    def snapshots(self) -> dict[int, Floats]:
        """Return the values of all humans at start, middle and end, those that the run has reached."""
        with self.open_database("snapshots") as connection:
            rows = connection.execute("SELECT round_index, data FROM snapshots ORDER BY 1").fetchall()
        shape = (self.n_humans, len(self.dimensions))
        return {row[0]: from_bytes(row[1], "float64", shape) for row in rows}

    def ties(self, round_index: int) -> Ties:
        """Return the network as it was at the end of a round.

        Where games move trust, its weights are those last on record: of start, middle or end.
        """
        with self.open_database("networks") as connection:
            row = connection.execute(
                "SELECT complete, directed, indptr, indices, weights, communities FROM networks "
                "WHERE round_index <= ? ORDER BY round_index DESC LIMIT 1",
                (round_index,),
            ).fetchone()
        if row is None:
            raise RecordError(f"{self.folder}: round {round_index} has no network on record")
        complete, directed, indptr, indices, weights, communities = row
        named = {"label": self.names} if self.names is not None else {}
        return Ties(
            self.n_humans,
            from_bytes(indptr, "int64", (-1,)),
            from_bytes(indices, "int32", (-1,)),
            None if weights is None else from_bytes(weights, "float64", (-1,)),
            directed=bool(directed),
            complete=bool(complete),
            communities=None if communities is None else from_bytes(communities, "int32", (-1,)),
            attributes={**self.attributes, **named},
        )

    def _once_finished(self, name: str, read: Callable[[], _Read]) -> _Read:
        """Return what is read, kept from the first time on; while the run is not finished, read anew."""
        if name in self._read_once:
            found: _Read = self._read_once[name]
            return found
        finished, found = self.status == "finished", read()
        if finished:
            self._read_once[name] = found
        return found

    def _table(self, tables: str | tuple[str, ...], query: str, columns: tuple[str, ...]) -> pd.DataFrame:
        import pandas as pd

        with self.open_database(*((tables,) if isinstance(tables, str) else tables)) as connection:
            rows = connection.execute(query).fetchall()
        return pd.DataFrame(rows, columns=list(columns))

    # --- the whole -------------------------------------------------------------------------------

    def canonical_lines(self) -> Iterator[str]:
        """Yield the run's content as lines of JSON, the same wherever it was computed."""
        content = {key: self.manifest[key] for key in CANONICAL_KEYS}
        with self.open_database(*CONTENT) as connection:
            yield from canonical_lines(connection, content)

    def verify(self) -> None:
        """Verify the whole record; everything in it is read once.

        Raises
        ------
        RecordError
            If something was altered or damaged: it names the table and the round.
        """
        _ = self.manifest
        with self.open_database(*EVERYTHING):
            pass

    def digest(self) -> str:
        """Return the run's digest, after its algorithm's name: equal digests, equal runs, bit for bit.

        It is that of the content as it is now: all of it is read and verified. A record of an older format
        has the digest of that format.

        Raises
        ------
        RecordError
            If something was altered or damaged: it names the table and the round.
        """
        _ = self.manifest
        with self.open_database("manifest", *CONTENT) as connection:
            return self._digest(connection, self.manifest)

    def _digest(self, connection: sqlite3.Connection, manifest: Mapping[str, str]) -> str:
        """Return the digest that the record has for itself."""
        content = {key: manifest[key] for key in CANONICAL_KEYS}
        if format_of(connection) < CHAINED:
            return self._verification.digest_of_old(connection, content)
        return digest_run(connection, content)


def _sessions(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    columns = ("began", "ended", "from_round", "to_round", "status", "versions")
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM sessions ORDER BY id").fetchall()  # noqa: S608
    return [dict(zip(columns, (*row[:-1], json.loads(row[-1])), strict=True)) for row in rows]


def _catalogue_order() -> list[str]:
    from coevolve_sim.measures import CATALOGUE

    return list(CATALOGUE)
