"""Write the record of a run as it goes: one transaction per round, so that no finished round is lost.

What a round leaves is first drafted, as bytes of its own, then committed: meanwhile the next round may change
the arrays.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Kept
from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.conversation import Utterance
from coevolve_sim.language.fitness import ALL_TOPICS, Fitness
from coevolve_sim.measures import RoundMeasures
from coevolve_sim.networks.ties import Ties
from coevolve_sim.runs.chain import (
    CHECKPOINT,
    WHOLE,
    digest_checkpoint,
    digest_rows,
    seal_round,
    seal_whole,
    write_digests,
)
from coevolve_sim.runs.database import DATABASE, connect, explain_errors, from_bytes, to_bytes
from coevolve_sim.runs.schema import ASKED_TABLES, FAILURE, ROUND_TABLES, VERSION, WHOLE_TABLES, statements
from coevolve_sim.runs.servings import Serving
from coevolve_sim.society.round import RoundLog
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State, kept_arrays
from coevolve_sim.streams import stream


def now() -> str:
    """Return the present time in UTC, to the second, as text."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def create(folder: Path, manifest: dict[str, str], setup: Setup) -> None:
    """Create the database of a new run in an existing folder, in one transaction.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    with explain_errors(folder):
        connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            for statement in statements():
                connection.execute(statement)
            connection.executemany("INSERT INTO manifest VALUES (?, ?)", manifest.items())
            connection.execute(
                "INSERT INTO population VALUES (1, ?, ?)",
                (to_bytes(setup.group_of), to_bytes(recorded_humans(setup))),
            )
            if keeps_names(setup):
                connection.execute("INSERT INTO people VALUES (1, ?, ?)", _people_of(setup.ties))
            seal_whole(connection, *WHOLE_TABLES)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.close()


MOST_NAMED = 5_000_000
"""Humans whose names and attributes are kept, at most."""


def keeps_names(setup: Setup) -> bool:
    """Return whether a record has names or attributes of people: there are some, and not too many."""
    told = setup.ties.names is not None or bool(setup.ties.attributes)
    return told and setup.n_humans <= MOST_NAMED


def _people_of(ties: Ties) -> tuple[str, str]:
    """Return the names of humans and what a file says of them, as JSON; ids too, where they are no names."""
    ids = {} if ties.labels is None or ties.labels == ties.names else {"id": ties.labels}
    return json.dumps(ties.names), json.dumps(ids | dict(ties.attributes))


@dataclass(frozen=True)
class Checkpoint:
    """The last recorded state of a run, from which it can be resumed."""

    round_index: int
    values: np.ndarray[Any, np.dtype[np.float64]]
    anchors: np.ndarray[Any, np.dtype[np.float64]]
    assistant_values: np.ndarray[Any, np.dtype[np.float64]]
    kept: dict[str, Kept]


Row = tuple[object, ...]


@dataclass
class RoundDraft:
    """What a round leaves for the record, and nothing of which changes with the society.

    Attributes
    ----------
    round_index : int
    rows : list of (str, list of tuple, bool)
        Tables, their rows, and whether a row is so large that it is digested as it is at hand.
    checkpoint : tuple of a row and rows, or None
        The state to resume from, and the arrays kept from round to round; None where it is not written.
    """

    round_index: int
    rows: list[tuple[str, list[Row], bool]] = field(default_factory=list)
    checkpoint: tuple[Row, list[Row]] | None = None


class RecordWriter:
    """Writes the rounds of one session of a run.

    Parameters
    ----------
    folder : Path
        The run's folder, with a database in it.
    setup : Setup
        Setup of the society.
    """

    def __init__(self, folder: Path, setup: Setup) -> None:
        self.folder, self.setup = folder, setup
        self.connection = connect(folder, write=True)
        record = setup.scenario.record
        self.humans = recorded_humans(setup)
        self._records_all = len(self.humans) == setup.n_humans
        self.last = setup.n_rounds
        self.snapshots = {0, self.last // 2, self.last}
        self.every, self.checkpoint_every = record.every, record.checkpoint_every
        self.next_round = 0
        """The round that is being computed: 0 until the beginning is on record."""
        self.furthest = -1
        """The last round that any earlier session finished; -1 if there is none."""
        self._session = 0
        self._ties: Ties | None = None
        self._draft: RoundDraft | None = None

    def begin_session(self, from_round: int, versions: dict[str, str]) -> None:
        """Record that a session begins."""
        with explain_errors(self.folder), self.connection:
            cursor = self.connection.execute(
                "INSERT INTO sessions (began, from_round, status, versions) VALUES (?, ?, 'running', ?)",
                (now(), from_round, json.dumps(versions)),
            )
            self._session = int(cursor.lastrowid or 0)
            self._set_status("running")
            self.connection.execute("DELETE FROM manifest WHERE key = ?", (FAILURE,))
            seal_whole(self.connection, "sessions", "manifest")

    def note_how_far_it_came(self) -> None:
        """Note the last round that earlier sessions finished, also of one that was killed.

        To be called before `checkpoint`, which deletes the finished rounds that are computed again.
        """
        last = self.last_finished()
        with explain_errors(self.folder), self.connection:
            self.connection.execute(
                "UPDATE sessions SET to_round = ? WHERE to_round IS NULL AND id = "
                "(SELECT max(id) FROM sessions)",
                (max(last, 0),),
            )
            seal_whole(self.connection, "sessions")
            (ended,) = self.connection.execute("SELECT max(to_round) FROM sessions").fetchone()
        # Round 0 has a checkpoint and is never deleted: without it nothing was ever finished.
        self.furthest = -1 if last < 0 else max(last, ended or 0)

    def end_session(self, status: str, to_round: int, failure: str = "") -> None:
        """Record how a session ended, which is also the run's status; and what failed outside all rounds."""
        with explain_errors(self.folder), self.connection:
            self.connection.execute(
                "UPDATE sessions SET ended = ?, status = ?, to_round = ? WHERE id = ?",
                (now(), status, to_round, self._session),
            )
            self._set_status(status)
            if failure:
                self.connection.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (FAILURE, failure))
            seal_whole(self.connection, "sessions", "manifest")

    def last_finished(self) -> int:
        """Return the last finished round on record now, 0 being the beginning; -1 if there is none."""
        with explain_errors(self.folder):
            row = self.connection.execute(
                "SELECT coalesce(max(round_index), -1) FROM rounds WHERE status = 'finished'"
            )
            return int(row.fetchone()[0])

    def close(self) -> None:
        """Close the database; it is then a single file, unless another process is reading it."""
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA journal_mode = DELETE")
        self.connection.close()

    def write_round(
        self,
        state: State,
        log: RoundLog,
        measures: RoundMeasures | None,
        group_means: np.ndarray[Any, np.dtype[np.float64]],
    ) -> None:
        """Write a finished round, in one transaction; see `draft_round`."""
        self.commit_round(self.draft_round(state, log, measures, group_means))

    def commit_round(self, draft: RoundDraft) -> None:
        """Write what was drafted of a round, in one transaction."""
        known: dict[str, bytes] = {}
        with explain_errors(self.folder), self.connection:
            for table, rows, is_large in draft.rows:
                self._insert(table, rows)
                if is_large:
                    known[table] = digest_rows(table, rows)
            if draft.checkpoint is not None:
                self._insert_checkpoint(*draft.checkpoint)
            seal_round(self.connection, draft.round_index, known)
        self.next_round = draft.round_index + 1

    def draft_round(
        self,
        state: State,
        log: RoundLog,
        measures: RoundMeasures | None,
        group_means: np.ndarray[Any, np.dtype[np.float64]],
    ) -> RoundDraft:
        """Return what a finished round leaves for the record.

        Parameters
        ----------
        state : State
            State at the end of the round; round 0 is the beginning.
        log : RoundLog
            What happened in it.
        measures : RoundMeasures or None
            Measures of the round; None if it is not measured.
        group_means : float64 array, shape (groups, dimensions)
        """
        self._draft = draft = RoundDraft(state.round_index)
        try:
            self._draft_rows(state, log, measures, group_means)
        finally:
            self._draft = None
        return draft

    def _draft_rows(
        self,
        state: State,
        log: RoundLog,
        measures: RoundMeasures | None,
        group_means: np.ndarray[Any, np.dtype[np.float64]],
    ) -> None:
        r, setup = state.round_index, self.setup
        values = to_bytes(state.values) if self._writes_all_values(r) else b""
        self._row("rounds", r, "finished", setup.era_position(r), log.n_clipped, "")
        self._rows(
            "consultations",
            [(r, *pair) for pair in zip(setup.assistant_names, log.n_consultations, strict=False)],
        )
        self._write_means(state, group_means)
        if measures is not None:
            self._write_measures(r, measures)
        self._write_notes(r, log)
        self._write_talk(r, log)
        self._write_choices(r, log)
        if r % self.every == 0 or r == self.last:
            recorded = values if self._records_all and values else to_bytes(state.values[self.humans])
            self._large_row("trajectories", r, recorded)
        if r in self.snapshots:
            self._large_row("snapshots", r, values)
        if self._is_new_network(r, state.ties):
            self._write_network(r, state.ties)
        if self._writes_checkpoint(r):
            self._draft_checkpoint(state, values)

    def _writes_checkpoint(self, r: int) -> bool:
        return r % self.checkpoint_every == 0 or r == self.last

    def _writes_all_values(self, r: int) -> bool:
        """Return whether a round leaves everybody's values, which are made bytes once then."""
        return r in self.snapshots or self._writes_checkpoint(r)

    def write_failure(self, round_index: int, message: str) -> None:
        """Record that a round failed, and why."""
        with explain_errors(self.folder), self.connection:
            era = self.setup.era_position(round_index)
            self._row("rounds", round_index, "failed", era, 0, message)
            row = (round_index, "failed", float(era), 0, message)
            write_digests(self.connection, round_index, {"rounds": digest_rows("rounds", [row])})

    def write_summary(self, rows: Iterable[tuple[str, str, float]], notes: Iterable[tuple[str, str]]) -> None:
        """Write the measures of the whole run (assistant, empty for people; measure; value), and notes."""
        with explain_errors(self.folder), self.connection:
            self._rows("notes", [(self.last, *note) for note in notes])
            self._rows("summary", [(name, measure, _real(value)) for name, measure, value in rows])
            seal_round(self.connection, self.last)
            seal_whole(self.connection, "summary")

    def checkpoint(self) -> Checkpoint | None:
        """Return the state from which the run can be resumed, and delete what was written after it."""
        setup = self.setup
        row = self.connection.execute(
            "SELECT round_index, people, anchors, assistants FROM checkpoint"
        ).fetchone()
        after = -1 if row is None else row[0]
        with explain_errors(self.folder), self.connection:
            for table in (*ROUND_TABLES, "chain"):
                if table not in ASKED_TABLES:  # replies are kept, and found when they are asked for again
                    self.connection.execute(f"DELETE FROM {table} WHERE round_index > ?", (after,))  # noqa: S608
            self.connection.execute("DELETE FROM summary")
            seal_whole(self.connection, "summary")
        self.next_round = after + 1
        if row is None:
            return None
        people = setup.initial_values.shape
        return Checkpoint(
            row[0],
            from_bytes(row[1], "float64", people),
            from_bytes(row[2], "float64", people),
            from_bytes(row[3], "float64", setup.initial_assistant_values.shape),
            self._read_checkpoint_arrays(),
        )

    def network_is_written(self, ties: Ties) -> None:
        """Note that these ties are recorded already, so that they are not written again."""
        self._ties = ties

    # --- pieces ----------------------------------------------------------------------------------

    def _row(self, table: str, *cells: object) -> None:
        self._rows(table, [cells])

    def _rows(self, table: str, rows: list[Row]) -> None:
        if self._draft is None:
            self._insert(table, rows)
        elif rows:
            self._draft.rows.append((table, rows, False))

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608

    def _large_row(self, table: str, *cells: object) -> None:
        """Draft a round's only row of a table, of which the arrays are digested as they are at hand."""
        if self._draft is not None:
            self._draft.rows.append((table, [cells], True))

    def _draft_checkpoint(self, state: State, values: bytes) -> None:
        row = (1, state.round_index, values, *map(to_bytes, (state.anchors, state.assistant_values)))
        kept: list[Row] = [
            (name, array.dtype.name, json.dumps(array.shape), to_bytes(array))
            for name, array in sorted(kept_arrays(state, self.setup).items())
        ]
        if self._draft is not None:
            self._draft.checkpoint = (row, kept)

    def _insert_checkpoint(self, row: Row, kept: list[Row]) -> None:
        self._insert("checkpoint", [row])
        self.connection.execute("DELETE FROM checkpoint_arrays")
        self._insert("checkpoint_arrays", kept)
        write_digests(self.connection, WHOLE, {CHECKPOINT: digest_checkpoint(row, kept)})

    def _read_checkpoint_arrays(self) -> dict[str, Kept]:
        rows = self.connection.execute("SELECT name, dtype, shape, data FROM checkpoint_arrays")
        return {name: from_bytes(data, dtype, tuple(json.loads(shape))) for name, dtype, shape, data in rows}

    def _write_means(self, state: State, group_means: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        r, setup = state.round_index, self.setup
        people = group_means[0] if len(group_means) == 1 else state.values.mean(axis=0)
        rows: list[tuple[object, ...]] = [(r, "people", "", to_bytes(people))]
        for name, mean in zip(setup.group_names, group_means, strict=True):
            rows.append((r, "group", name, to_bytes(mean)))
        for which, name in enumerate(setup.assistant_names):
            if state.present[which]:
                rows.append((r, "assistant", name, to_bytes(state.assistant_values[which])))
        history = setup.history_at(r)
        if history is not None:
            rows.append((r, "history", setup.scenario.history.kind, to_bytes(history)))
        self._rows("means", rows)

    def _write_measures(self, r: int, measures: RoundMeasures) -> None:
        rows: list[tuple[object, ...]] = [
            (r, name, "", _real(value)) for name, value in measures.overall.items()
        ]
        for name, values in measures.by_dimension.items():
            pairs = zip(self.setup.space.names, values, strict=True)
            rows += [(r, name, dimension, _real(float(value))) for dimension, value in pairs]
        self._rows("measures", rows)
        if r in (0, self.last):
            self._rows("notes", [(r, "measure", f"{name}: {text}") for name, text in measures.notes.items()])

    def _write_notes(self, r: int, log: RoundLog) -> None:
        rows: list[tuple[object, ...]] = [(r, "intervention", text) for text in log.interventions]
        if r == 0:
            rows += [(0, "foundation", text) for text in self.setup.notes]
        self._rows("notes", rows)

    def _write_talk(self, r: int, log: RoundLog) -> None:
        names = self.setup.space.names
        self._rows(
            "messages",
            [(r, number, *_message_cells(u, names)) for number, u in enumerate(log.said)],
        )
        self._rows(
            "heard_texts",
            [
                (r, number, u.heard, ", ".join(u.cuts))
                for number, u in enumerate(log.said)
                if u.cuts or u.heard != (u.text if u.status == "answered" else "")
            ],
        )
        self._rows("openings", [(r, number, u.begun) for number, u in enumerate(log.said) if u.begun])
        self._rows("hearings", [(r, h.message, h.listener, h.status, _real(h.perceived)) for h in log.heard])
        self._rows(
            "reading_masses",
            [(r, h.message, h.listener, h.option_mass) for h in log.heard if not math.isnan(h.option_mass)],
        )
        self._rows("lessons", [(r, place, *lesson.row) for place, lesson in enumerate(log.lessons)])
        self._write_cells(r, log)

    def _write_cells(self, r: int, log: RoundLog) -> None:
        """Write how many say and hear each message, who says which, and the audit, where cells are asked."""
        if (cells := log.cells) is None:
            return
        names = self.setup.space.names
        counts = zip(cells.draws, cells.n_speakers, strict=True)
        self._rows("cell_messages", [(r, number, *pair) for number, pair in enumerate(counts)])
        hearings = zip(log.heard, cells.n_listeners, strict=True)
        self._rows("cell_hearings", [(r, h.message, h.listener, people) for h, people in hearings])
        said_by = sorted(cells.said_by.items())
        self._rows("said_by", [(r, kind, names[d], to_bytes(said)) for (kind, d), said in said_by])
        self._rows(
            "audits",
            [
                (r, one.human, one.kind, one.voice, names[one.dimension], *map(_real, one[4:]))
                for one in cells.audited
            ],
        )

    def write_minds(self, rows: Iterable[tuple[str, str, str, bool]]) -> None:
        """Write the minds of the run: name, kind, identity, whether their replies repeat bit for bit."""
        with explain_errors(self.folder), self.connection:
            self._rows(
                "minds", [(name, kind, identity, int(bitwise)) for name, kind, identity, bitwise in rows]
            )
            seal_whole(self.connection, "minds")

    def write_servings(self, servings: Iterable[Serving]) -> None:
        """Write where this session's served minds are asked, their probes, and notes on them."""
        with explain_errors(self.folder), self.connection:
            self._rows("servings", [(self._session, *serving.row) for serving in servings])
            seal_whole(self.connection, "servings")

    def write_fitness(self, found: Iterable[Fitness]) -> None:
        """Write whether each mind is fit to speak and be read, and the numbers that this rests on."""
        names = self.setup.space.names
        with explain_errors(self.folder), self.connection:
            for one in found:
                self._row("verdicts", one.mind, one.reader, one.verdict, one.sentence, one.calibration)
                self._rows(
                    "fitness",
                    [
                        (
                            one.mind,
                            row.voice,
                            "" if row.dimension == ALL_TOPICS else names[row.dimension],
                            row.quantity,
                            *(_real(number) for number in (row.value, row.low, row.high)),
                            row.n_texts,
                        )
                        for row in one.rows
                    ],
                )
            seal_whole(self.connection, "verdicts")
            seal_whole(self.connection, "fitness")

    def add_serving_notes(self, mind: str, notes: Iterable[str]) -> None:
        """Add notes on a mind to this session's, each once; some are known only once it was asked."""
        with explain_errors(self.folder), self.connection:
            where = (self._session, mind)
            found = self.connection.execute(
                "SELECT note FROM servings WHERE session = ? AND mind = ?", where
            ).fetchone()
            known = found[0] if found else ""
            new = [note for note in notes if note not in known]
            if not new:
                return
            text = "; ".join(filter(None, [known, *new]))
            if found:
                self.connection.execute(
                    "UPDATE servings SET note = ? WHERE session = ? AND mind = ?", (text, *where)
                )
            else:
                self._rows("servings", [(*where, "", "", text)])
            seal_whole(self.connection, "servings")

    def calibrations(self) -> dict[str, str]:
        """Return the readers' calibrations on minds' own words that the record has, by mind."""
        with explain_errors(self.folder):
            return dict(self.connection.execute("SELECT mind, calibration FROM verdicts").fetchall())

    def write_bias(self, rows: Iterable[BiasRow]) -> None:
        """Write the minds' own bias as measured before the first round."""
        names = self.setup.space.names
        with explain_errors(self.folder), self.connection:
            for row in rows:
                self._row(
                    "bias",
                    row.arm,
                    row.voice,
                    names[row.dimension],
                    row.stance,
                    row.passes,
                    _real(row.perceived),
                    row.n_readings,
                )
            seal_whole(self.connection, "bias")

    def _write_choices(self, r: int, log: RoundLog) -> None:
        if log.chosen is None:
            return
        answers = log.chosen.answers
        rows: list[tuple[object, ...]] = [
            (r, *speaker, dilemma, yes, _real(float(chosen)), _real(float(share)))
            for speaker, row, shares in zip(log.chosen.speakers, answers.choices, answers.shares, strict=True)
            for (dilemma, yes), chosen, share in zip(answers.labels.items(), row, shares, strict=True)
        ]
        self._rows("choices", rows)
        scores = log.chosen.scores.items()
        self._rows(
            "choice_scores",
            [
                (r, *key, *(_real(number) for number in numbers[:-1]), int(numbers[-1]))
                for key, numbers in scores
            ],
        )

    def _write_network(self, r: int, ties: Ties) -> None:
        optional = [None if a is None else to_bytes(a) for a in (ties.weights, ties.communities)]
        self._large_row(
            "networks",
            r,
            int(ties.complete),
            int(ties.directed),
            to_bytes(ties.indptr),
            to_bytes(ties.indices),
            *optional,
        )
        self._ties = ties

    def _is_new_network(self, r: int, ties: Ties) -> bool:
        """Return whether the network is to be written: other ties, or at a snapshot other weights."""
        known = self._ties
        if known is None or known.indices is not ties.indices:
            return True
        return r in self.snapshots and not _same_weights(known, ties)

    def _set_status(self, status: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO manifest VALUES ('status', ?)", (status,))


def _message_cells(u: Utterance, names: tuple[str, ...]) -> tuple[object, ...]:
    return (
        u.kind,
        u.speaker,
        u.listener,
        names[u.dimension],
        u.status,
        u.text,
        u.latent,
        _real(u.expressed),
        u.tokens,
        u.detail,
    )


def _same_weights(one: Ties, other: Ties) -> bool:
    if one.weights is None or other.weights is None:
        return one.weights is other.weights
    return np.array_equal(one.weights, other.weights)


def recorded_humans(setup: Setup) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the humans whose values are recorded, ascending: all, or a sample drawn once for the run."""
    asked, n_humans = setup.scenario.record.humans, setup.n_humans
    if asked == "all" or asked >= n_humans:
        return np.arange(n_humans)
    drawn = stream(setup.scenario.seed, "recorded humans").choice(n_humans, size=asked, replace=False)
    return np.sort(drawn)


def _real(value: float) -> float | None:
    """Return a number for SQLite: NULL for nan, which SQLite cannot hold."""
    return None if math.isnan(value) else float(value)
