"""A mind that replays the record of a run: it gives the same replies without asking anybody."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.protocol import EARLIER, Message, Reply, Request, key_of
from coevolve_sim.registry import upwards
from coevolve_sim.scenario.mind_specs import ReplayMindSpec

DATABASE = "run.sqlite"
REPLY_COLUMNS = "status, text, logprobs, tokens_in, tokens_out, model, detail"
"""Columns of the table ``replies`` of a run's record that make a reply."""

LESSON_COLUMNS = (
    "assistant, mind, times, status, comparisons, usable, consistent, pairs, accuracy, drift, adapter, "
    "identity"
)
"""Columns of the table ``lessons`` of a run's record: fields of `coevolve_sim.assistants.tuned.Lesson`."""


def decode_reply(row: Sequence[object]) -> Reply:
    """Return the reply in a row of `REPLY_COLUMNS`."""
    status, text, logprobs, tokens_in, tokens_out, model, detail = row
    scores = None if logprobs is None else tuple(float(cell) for cell in json.loads(str(logprobs)))
    return Reply(status, str(text), scores, tokens_in, tokens_out, str(model), str(detail))  # type: ignore[arg-type]


def encode_reply(reply: Reply) -> tuple[object, ...]:
    """Return a reply as a row of `REPLY_COLUMNS`; numbers are stored exactly.

    Examples
    --------
    >>> reply = Reply("answered", "A", (-0.1, float("-inf")))
    >>> decode_reply(encode_reply(reply)) == reply
    True
    """
    scores = None if reply.logprobs is None else json.dumps([repr(score) for score in reply.logprobs])
    return (
        reply.status,
        reply.text,
        scores,
        reply.tokens_in,
        reply.tokens_out,
        reply.model,
        reply.detail,
    )


class ReplayMind:
    """Answers from the record of a run.

    Parameters
    ----------
    folder : path
        Of the run.
    name : str
        Which of its minds.

    Raises
    ------
    MindError
        If there is no run, or it had no such mind.
    """

    is_bitwise = True

    def __init__(self, folder: Path | str, name: str) -> None:
        path = Path(folder) / DATABASE
        if not path.is_file():
            raise MindError(f"{folder} holds no run to replay: there is no {DATABASE} in it")
        self._folder = Path(folder)
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        rows = {str(known): identity for known, identity in self._query("SELECT name, identity FROM minds")}
        if name not in rows:
            self.close()
            listed = ", ".join(f"'{known}'" for known in rows) or "none"
            raise MindError(f"{folder} has no mind '{name}' on record; it has {listed}")
        self.identity, self._name, self._when = str(rows[name]), name, (0, 0)

    def _query(self, query: str, cells: Sequence[object] = ()) -> list[tuple[object, ...]]:
        try:
            return self._connection.execute(query, tuple(cells)).fetchall()
        except sqlite3.Error as error:
            raise MindError(f"{self._folder / DATABASE} cannot be replayed: {error}") from None

    @property
    def voices(self) -> tuple[str, ...]:
        """No names: the record shows which voices spoke only in their replies."""
        return ()

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return an estimate of one token for every four characters."""
        return 1 + sum(len(message.content) for message in messages) // 4

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the replies on record.

        Raises
        ------
        MindError
            If one of the requests was not asked in that run.
        """
        for index, request in enumerate(requests):
            key = key_of(request, self.identity)
            rows = self._query(f"SELECT {REPLY_COLUMNS} FROM replies WHERE key = ?", [key])  # noqa: S608
            if not rows:
                said = request.messages[-1].content if request.messages else request.linear_probe
                raise MindError(
                    f"{self._folder} has no reply to a request of kind '{request.kind}' "
                    f"({said[:60]!r}...): a replay needs the very scenario and seed "
                    "of the run, and prompts of the same version"
                )
            yield index, replace(decode_reply(rows[0]), attempts=EARLIER)

    def advance_to_lesson(self, assistant: str, times: int) -> dict[str, Any]:
        """Return the record of a lesson; the mind's identity becomes what it was after that lesson.

        Where several assistants learn from one mind, its identity stays at the latest lesson of them all.

        Parameters
        ----------
        assistant : str
            Whose weights learnt.
        times : int
            Which of its lessons, from 1.

        Returns
        -------
        dict of str to object
            The cells of its row, by the columns of `LESSON_COLUMNS`.

        Raises
        ------
        MindError
            If that is not on record.
        """
        rows = self._query(
            f"SELECT round_index, place, {LESSON_COLUMNS} FROM lessons "  # noqa: S608
            "WHERE mind = ? AND assistant = ? AND times = ?",
            [self._name, assistant, times],
        )
        if not rows:
            raise MindError(
                f"{self._folder} has no lesson {times} of assistant '{assistant}' on record: a replay needs "
                "the very scenario and seed of the run"
            )
        round_index, place, *cells = rows[0]
        lesson = dict(zip(LESSON_COLUMNS.split(", "), cells, strict=True))
        when = (int(str(round_index)), int(str(place)))
        if when > self._when:
            self._when, self.identity = when, str(lesson["identity"])
        return lesson

    def close(self) -> None:
        """Close the record."""
        self._connection.close()


def open_replay_mind(spec: ReplayMindSpec, known: object = None) -> ReplayMind:  # noqa: ARG001 - it has the record
    """Open the record that a scenario names, after it is verified as a whole."""
    if (Path(spec.path) / DATABASE).is_file():
        upwards("verify_run")(spec.path)
    return ReplayMind(spec.path, spec.name)
