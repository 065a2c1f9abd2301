"""The accounts of a run's requests to minds: how each was asked and ended, and whether too few were answered.

Every request that came to a reply is one row of the table ``attempts``, in the round for which it was asked;
what a server was asked at opening, and what nobody waited for in the end, are rows of their own. So the sums
agree: asked = answered + refused + invalid + truncated + given up, and the attempts are as many as the
server's own log has, but for a process that was killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

from coevolve_sim.errors import CoevolveError, RecordError, UnansweredError
from coevolve_sim.minds import Mind
from coevolve_sim.minds.answers import AnswerLimits, Answers, Ending
from coevolve_sim.minds.protocol import Reply, Status
from coevolve_sim.minds.usage import Sent
from coevolve_sim.minds.wrappers import unwrap
from coevolve_sim.runs.attempt_rows import (
    AttemptRow,
    insert_attempts,
    keys_asked,
    read_endings,
    set_aside_replies,
)
from coevolve_sim.runs.chain import WHOLE, seal_of_no_round
from coevolve_sim.runs.database import explain_errors
from coevolve_sim.runs.record import RecordWriter
from coevolve_sim.runs.request_totals import ABANDONED, OPENING
from coevolve_sim.runs.servings import notes_of
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.society.setup import Setup


class AnswerLedger:
    """Counts how the requests of a run ended, round by round, and stops it where too few are answered.

    Parameters
    ----------
    setup : Setup
        Of the run: its minds, with their limits.
    writer : RecordWriter
        Of the run; what an earlier session recorded is counted. Replies that were kept for a round it did
        not finish are left over until something asks for them.

    Attributes
    ----------
    round_index : int
        The round for which minds are asked now.
    """

    def __init__(self, setup: Setup, writer: RecordWriter) -> None:
        self._setup, self._writer = setup, writer
        self.round_index = 0
        self._in_all: dict[str, Answers] = {}
        self._in_round: dict[tuple[str, int], Answers] = {}
        self._sent: Counter[str] = Counter()
        self._opened: dict[str, Sent] = {}
        with explain_errors(writer.folder):
            self._left_over = keys_asked(writer.connection, writer.furthest)
        self._count_what_is_on_record()

    def note(self, mind: str, ending: Ending, reply: Reply) -> None:
        """Count a reply."""
        self._sent[mind] += reply.attempts.sent
        self._count(mind, self.round_index, ending, 1)

    def note_found(self, keys: Iterable[str]) -> None:
        """Note replies that are on record already and are asked for again."""
        self._left_over.difference_update(keys)

    def set_aside_left_overs(self) -> None:
        """Take the replies of an unfinished round out of the record that it did not ask for now.

        To be called when all is asked for the round. What was given up before is asked again and may be
        answered now: people move otherwise then, and what they are asked next differs.
        """
        if not self._left_over or self.round_index <= self._writer.furthest:
            return
        with explain_errors(self._writer.folder), self._writer.connection:
            set_aside_replies(self._writer.connection, self._left_over)
        self._left_over.clear()
        self._count_what_is_on_record()

    @contextmanager
    def asking_for(self, round_index: int) -> Iterator[None]:
        """Count what is asked for a round within the block, and require answers at its end.

        Raises
        ------
        UnansweredError
            If more was not answered than the scenario allows; also in place of an error that comes from it.
        """
        self.round_index = round_index
        try:
            yield
        except RecordError:
            raise
        except CoevolveError as error:
            self._require_answers(error)
            raise
        self._require_answers(None)

    @contextmanager
    def servers_counted(self) -> Iterator[None]:
        """Record what servers were asked at opening, and at the end what nobody read, and minds' notes."""
        for name, mind in self._minds():
            if sent := _sent_by(mind):
                own = 0 if name in self._setup.objects.minds else sent.at_opening
                self._opened[name] = sent
                self._write(name, OPENING, own)
        try:
            yield
        except BaseException:  # what stopped the run is told, also where the accounts cannot be written
            with suppress(CoevolveError):
                self._write_abandoned()
            raise
        self._write_abandoned()

    def _write_abandoned(self) -> None:
        for name, mind in self._minds():
            self._writer.add_serving_notes(name, notes_of(name, mind))
            if sent := _sent_by(mind):
                before = self._opened[name]
                late = sent.at_opening - before.at_opening  # found out by a request that needed it
                self._write(name, OPENING, late)
                self._write(name, ABANDONED, sent.in_all - before.in_all - late - self._sent[name])

    def has_too_few_answers(self, round_index: int) -> bool:
        """Return whether what is on record for a round already stops a run before that round."""
        self.round_index = round_index
        try:
            self._require_answers(None)
        except UnansweredError:
            return True
        return False

    def _minds(self) -> list[tuple[str, Mind]]:
        pool = self._setup.channel.minds
        return [] if pool is None else [(name, pool.open(name)) for name in self._setup.mind_names]

    def _write(self, mind: str, kind: str, sent: int) -> None:
        if sent > 0:
            row, connection = AttemptRow("", WHOLE, mind, kind, sent=sent), self._writer.connection
            with explain_errors(self._writer.folder), connection:
                insert_attempts(connection, [row])
                seal_of_no_round(connection, "attempts")

    def _count_what_is_on_record(self) -> None:
        self._in_all.clear()
        self._in_round.clear()
        with explain_errors(self._writer.folder):
            for mind, round_index, status, detail, times in read_endings(self._writer.connection):
                self._count(mind, round_index, Ending(cast("Status", status), detail), times)

    def _count(self, mind: str, round_index: int, ending: Ending, times: int) -> None:
        self._in_all.setdefault(mind, Answers()).add(ending, times)
        self._in_round.setdefault((mind, round_index), Answers()).add(ending, times)

    def _require_answers(self, cause: CoevolveError | None) -> None:
        pool = self._setup.channel.minds
        for index, part in enumerate(self._setup.scenario.minds):
            if pool is None or part.name not in self._in_all:
                continue
            in_round = self._in_round.get((part.name, self.round_index))
            crossed = limits_of(part).crossed(self._in_all[part.name], in_round)
            if crossed is not None:
                raise UnansweredError(self._explain(index, part, *crossed)) from cause

    def _explain(self, index: int, part: MindSpec, key: str, how: str) -> str:
        again = f"mend what answers, then coevolve resume {self._writer.folder} asks these again"
        if key != "at_most_unanswered":
            again = "take another mind or other prompts"
        return (
            f"mind '{part.name}': {how}; the run is interrupted, and nothing of round {self.round_index} is "
            f"on record: {again}, or run it anew with a higher minds.{index}.{key}"
        )


def limits_of(part: MindSpec) -> AnswerLimits:
    """Return a mind's limits as its part of the scenario has them."""
    return AnswerLimits(part.at_most_unanswered, part.at_most_refused, part.at_most_truncated)


def _sent_by(mind: Mind) -> Sent | None:
    sent = getattr(unwrap(mind), "sent", None)
    return sent if isinstance(sent, Sent) else None
