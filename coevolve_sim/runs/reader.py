"""Read the record of a run from its folder: all tables and arrays, and its digest."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RecordError
from coevolve_sim.minds.option_mass import LEAST_MASS, mass_on_options
from coevolve_sim.minds.replay import LESSON_COLUMNS
from coevolve_sim.networks.ties import Ties
from coevolve_sim.runs.database import canonical_lines, connect, from_bytes, is_locked
from coevolve_sim.runs.schema import CANONICAL_KEYS
from coevolve_sim.scenario import Scenario, loads

if TYPE_CHECKING:
    import pandas as pd


MESSAGE_COLUMNS = (
    "round",
    "message",
    "kind",
    "speaker",
    "listener",
    "dimension",
    "status",
    "text",
    "latent",
    "expressed",
    "tokens",
    "detail",
)


class RecordReader:
    """The record of a run, read table by table and never written.

    Parameters
    ----------
    folder : Path
        The run's folder. If the run is still going on, the rounds finished so far are read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pinned: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}('{self.folder}', {self.status}, {self.n_rounds_finished} of {self.n_rounds} rounds)"

    @contextmanager
    def open_database(self) -> Iterator[sqlite3.Connection]:
        """Open the database for reading; within `pin`, in the state that it had then."""
        connection = self._pinned or connect(self.folder)
        try:
            yield connection
        except sqlite3.Error as error:
            raise RecordError(f"{self.folder}: {error}") from error
        finally:
            if connection is not self._pinned:
                connection.close()

    @contextmanager
    def pin(self) -> Iterator[Self]:
        """Read everything in one transaction, so that a run still going on is seen in its present state."""
        with self.open_database() as connection:
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
        """What identifies the run: scenario, seed, versions, inputs; without its status."""
        with self.open_database() as connection:
            rows = connection.execute("SELECT key, value FROM manifest ORDER BY key").fetchall()
        return {key: value for key, value in rows if key != "status"}

    @property
    def status(self) -> str:
        """running, finished, interrupted, failed, or killed (its process ended without recording why)."""
        with self.open_database() as connection:
            row = connection.execute("SELECT value FROM manifest WHERE key = 'status'").fetchone()
        status = row[0] if row else "killed"
        return "killed" if status == "running" and not is_locked(self.folder) else status

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that it ran, overrides included."""
        return loads(self.manifest["scenario"], str(self.folder / "scenario.yaml"))

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
        with self.open_database() as connection:
            row = connection.execute(
                "SELECT max(round_index) FROM rounds WHERE status = 'finished'"
            ).fetchone()
        return int(row[0] or 0)

    @property
    def has_rounds(self) -> bool:
        """Whether at least the beginning (round 0) is on record."""
        with self.open_database() as connection:
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
        with self.open_database() as connection:
            (data,) = connection.execute(f"SELECT {column} FROM population").fetchone()  # noqa: S608
        return bytes(data)

    @cached_property
    def sessions(self) -> list[dict[str, Any]]:
        """When it was computed and with which versions, session by session."""
        columns = ("began", "ended", "from_round", "to_round", "status", "versions")
        with self.open_database() as connection:
            rows = connection.execute(
                "SELECT began, ended, from_round, to_round, status, versions FROM sessions ORDER BY id"
            ).fetchall()
        return [dict(zip(columns, (*row[:-1], json.loads(row[-1])), strict=True)) for row in rows]

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
        return self._table(query, ("round", "measure", "dimension", "value")).astype({"value": float})

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Measures of the whole run: columns assistant (empty: of people), measure, value."""
        query = "SELECT assistant, measure, value FROM summary ORDER BY assistant, measure"
        return self._table(query, ("assistant", "measure", "value")).astype({"value": float})

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """Every round and how it ended: columns round, status, era, n_clipped, message."""
        query = "SELECT round_index, status, era, n_clipped, message FROM rounds ORDER BY round_index"
        return self._table(query, ("round", "status", "era", "n_clipped", "message"))

    @cached_property
    def consultations(self) -> pd.DataFrame:
        """Number of humans who consulted each assistant: one row for each round, one column per assistant."""
        table = self._table("SELECT * FROM consultations", ("round", "assistant", "humans"))
        return table.set_index(["round", "assistant"])["humans"].unstack("assistant")  # noqa: PD010

    @cached_property
    def notes(self) -> pd.DataFrame:
        """Notes on the setup, and interventions in words: columns round, kind, text."""
        return self._table("SELECT * FROM notes ORDER BY round_index, kind, text", ("round", "kind", "text"))

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Messages in words, one row for each.

        Columns round, message (its number in the round), kind (peer, question, answer), speaker and listener
        (a human's number; an assistant's for the speaker of an answer and the listener of a question; -1 for
        all who hear the speaker), dimension, status, text, latent and expressed (nan where it could not be
        read), tokens, detail.
        """
        table = self._table(
            "SELECT * FROM messages ORDER BY round_index, message",
            MESSAGE_COLUMNS,
        )
        return table.astype({"latent": float, "expressed": float})

    @cached_property
    def hearings(self) -> pd.DataFrame:
        """How listeners read messages: columns round, message, listener, status, perceived, option_mass.

        The last is the mean probability that the options of the items held together; nan where it is unknown.
        """
        columns = ("round", "message", "listener", "status", "perceived", "option_mass")
        query = (
            "SELECT round_index, message, listener, status, perceived, option_mass FROM hearings "
            "LEFT JOIN reading_masses USING (round_index, message, listener) "
            "ORDER BY round_index, message, listener"
        )
        return self._table(query, columns).astype({"perceived": float, "option_mass": float})

    @cached_property
    def lessons(self) -> pd.DataFrame:
        """Lessons of assistants whose weights learn: one row for each.

        Columns round, and the fields of `coevolve_sim.assistants.tuned.Lesson`.
        """
        query = f"SELECT round_index, {LESSON_COLUMNS} FROM lessons ORDER BY round_index, place"  # noqa: S608
        table = self._table(query, ("round", *LESSON_COLUMNS.split(", ")))
        return table.astype({"accuracy": float, "drift": float})

    @cached_property
    def minds(self) -> pd.DataFrame:
        """The minds of the run: columns name, kind, identity, bitwise."""
        return self._table("SELECT * FROM minds ORDER BY name", ("name", "kind", "identity", "bitwise"))

    @cached_property
    def usage(self) -> pd.DataFrame:
        """Requests to minds: columns mind, kind, status, requests, tokens_in, tokens_out."""
        return self._table(
            "SELECT mind, kind, status, count(*), sum(tokens_in), sum(tokens_out) FROM replies "
            "GROUP BY mind, kind, status ORDER BY mind, kind, status",
            ("mind", "kind", "status", "requests", "tokens_in", "tokens_out"),
        )

    @cached_property
    def servings(self) -> pd.DataFrame:
        """Where served minds were asked: columns session, mind, url, probe (JSON, or empty), note."""
        query = "SELECT session, mind, url, probe, note FROM servings ORDER BY session, mind"
        return self._table(query, ("session", "mind", "url", "probe", "note"))

    @cached_property
    def reply_counts(self) -> dict[str, tuple[int, int]]:
        """By mind: the number of replies, and how many of them were kept from earlier runs."""
        query = (
            "SELECT mind, count(*), count(e.key) FROM replies LEFT JOIN earlier_replies e USING (key) "
            "GROUP BY mind ORDER BY mind"
        )
        rows = self._table(query, ("mind", "replies", "earlier")).itertuples(index=False, name=None)
        return {str(mind): (int(replies), int(earlier)) for mind, replies, earlier in rows}

    @cached_property
    def option_masses(self) -> pd.DataFrame:
        """How much probability options held together, in replies that were scored.

        Columns mind, kind, replies, mean, least, and below: how many held less than the scenario's
        ``least_option_mass``.
        """
        import pandas as pd

        query = "SELECT mind, kind, logprobs FROM replies WHERE logprobs IS NOT NULL AND status = 'answered'"
        table = self._table(query, ("mind", "kind", "logprobs"))
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
    def bias(self) -> pd.DataFrame:
        """The minds' own bias: columns arm, voice, dimension, stance, passes, perceived, readings."""
        return self._table(
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
        with self.open_database() as connection:
            rows = connection.execute(query + " ORDER BY m.round_index, kind, name").fetchall()
        head = pd.DataFrame([row[:4] for row in rows], columns=["round", "era", "kind", "name"])
        data = np.stack([from_bytes(row[4], "float64", (-1,)) for row in rows])
        return pd.concat([head, pd.DataFrame(data, columns=list(self.dimensions))], axis=1)

    @cached_property
    def trajectories(self) -> pd.DataFrame:
        """Values of the recorded humans: columns round, era, human, group, then one for each dimension."""
        import pandas as pd

        rounds, eras, values = self.trajectory_arrays()
        n_rounds, n_humans, n_dimensions = values.shape
        names = np.array(self.groups, dtype=object)[self.group_of[self.recorded_humans]]
        head = pd.DataFrame(
            {
                "round": np.repeat(rounds, n_humans),
                "era": np.repeat(eras, n_humans),
                "human": np.tile(self.recorded_humans, n_rounds),
                "group": pd.Categorical(np.tile(names, n_rounds), categories=list(self.groups)),
            }
        )
        flat = pd.DataFrame(values.reshape(-1, n_dimensions), columns=list(self.dimensions))
        return pd.concat([head, flat], axis=1)

    def trajectory_arrays(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return recorded rounds, their eras, and values (rounds, recorded humans, dimensions)."""
        with self.open_database() as connection:
            rows = connection.execute(
                "SELECT round_index, era, data FROM trajectories JOIN rounds USING (round_index) ORDER BY 1"
            ).fetchall()
        shape = (self.recorded_humans.size, len(self.dimensions))
        values = np.stack([from_bytes(row[2], "float64", shape) for row in rows])
        return np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float), values

    def snapshots(self) -> dict[int, Floats]:
        """Return the values of all humans at start, middle and end, those that the run has reached."""
        with self.open_database() as connection:
            rows = connection.execute("SELECT round_index, data FROM snapshots ORDER BY 1").fetchall()
        shape = (self.n_humans, len(self.dimensions))
        return {row[0]: from_bytes(row[1], "float64", shape) for row in rows}

    def ties(self, round_index: int) -> Ties:
        """Return the network as it was at the end of a round."""
        with self.open_database() as connection:
            row = connection.execute(
                "SELECT complete, directed, indptr, indices, weights, communities FROM networks "
                "WHERE round_index <= ? ORDER BY round_index DESC LIMIT 1",
                (round_index,),
            ).fetchone()
        if row is None:
            raise RecordError(f"{self.folder}: round {round_index} has no network on record")
        complete, directed, indptr, indices, weights, communities = row
        return Ties(
            self.n_humans,
            from_bytes(indptr, "int64", (-1,)),
            from_bytes(indices, "int32", (-1,)),
            None if weights is None else from_bytes(weights, "float64", (-1,)),
            directed=bool(directed),
            complete=bool(complete),
            communities=None if communities is None else from_bytes(communities, "int32", (-1,)),
        )

    def _table(self, query: str, columns: tuple[str, ...]) -> pd.DataFrame:
        import pandas as pd

        with self.open_database() as connection:
            rows = connection.execute(query).fetchall()
        return pd.DataFrame(rows, columns=list(columns))

    # --- the whole -------------------------------------------------------------------------------

    def canonical_lines(self) -> Iterator[str]:
        """Yield the run's content as lines of JSON, the same wherever it was computed."""
        content = {key: self.manifest[key] for key in CANONICAL_KEYS}
        with self.open_database() as connection:
            yield from canonical_lines(connection, content)

    def digest(self) -> str:
        """Return the SHA-256 of the canonical lines: equal digests, equal runs, bit for bit."""
        digest = hashlib.sha256()
        for line in self.canonical_lines():
            digest.update(line.encode() + b"\n")
        return digest.hexdigest()


def _catalogue_order() -> list[str]:
    from coevolve_sim.measures import CATALOGUE

    return list(CATALOGUE)
