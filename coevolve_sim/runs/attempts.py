"""The accounts of a run's requests to minds: how each was asked and ended, and whether too few were answered.

Every request that came to a reply is one row of the table ``attempts``, in the round for which it was asked;
what a server was asked at opening, and what nobody waited for in the end, are rows of their own. So the sums
agree: asked = answered + refused + invalid + truncated + given up, and the attempts are as many as the
server's own log has, but for a process that was killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from coevolve_sim.errors import CoevolveError, RecordError, UnansweredError
from coevolve_sim.minds import Mind
from coevolve_sim.minds.answers import UNANSWERED, AnswerLimits, Answers, Ending
from coevolve_sim.minds.protocol import STATUSES, Reply
from coevolve_sim.minds.usage import Sent
from coevolve_sim.minds.wrappers import unwrap
from coevolve_sim.runs.attempt_rows import AttemptRow, insert_attempts, read_endings
from coevolve_sim.runs.database import explain_errors
from coevolve_sim.runs.record import RecordWriter
from coevolve_sim.runs.results import Run
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.society.setup import Setup

OPENING, ABANDONED = "opening", "abandoned"
"""Kinds of what a server was asked beside a run's requests: at opening, and without a reply in the end."""


class AnswerLedger:
    """Counts how the requests of a run ended, round by round, and stops it where too few are answered.

    Parameters
    ----------
    setup : Setup
        Of the run: its minds, with their limits.
    writer : RecordWriter
        Of the run; what an earlier session recorded is counted.

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
        self._opened: dict[str, int] = {}
        with explain_errors(writer.folder):
            for mind, round_index, status, detail, times in read_endings(writer.connection):
                self._count(mind, round_index, Ending(status, detail), times)

    def note(self, mind: str, ending: Ending, reply: Reply) -> None:
        """Count a reply."""
        self._sent[mind] += reply.attempts.sent
        self._count(mind, self.round_index, ending, 1)

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
        """Record what servers were asked at opening, and at the end what they were asked and nobody read."""
        for name, mind in self._minds():
            if sent := _sent_by(mind):
                own = 0 if name in self._setup.objects.minds else sent.at_opening
                self._opened[name] = sent.in_all
                self._write(name, OPENING, own)
        try:
            yield
        finally:
            for name, mind in self._minds():
                if sent := _sent_by(mind):
                    self._write(name, ABANDONED, sent.in_all - self._opened[name] - self._sent[name])

    def describe(self) -> list[str]:
        """Return a note on each mind that left requests without an answer."""
        told = [(name, answers.describe()) for name, answers in sorted(self._in_all.items())]
        return [f"mind {name}: {text}" for name, text in told if text]

    def _minds(self) -> list[tuple[str, Mind]]:
        pool = self._setup.channel.minds
        return [] if pool is None else [(name, pool.open(name)) for name in self._setup.mind_names]

    def _write(self, mind: str, kind: str, sent: int) -> None:
        if sent > 0:
            row = AttemptRow(key="", round_index=self.round_index, mind=mind, kind=kind, sent=sent)
            with explain_errors(self._writer.folder), self._writer.connection:
                insert_attempts(self._writer.connection, [row])

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


@dataclass(frozen=True)
class RequestTotals:
    """The totals of a run's requests to its minds.

    Attributes
    ----------
    answers : Answers
        How the requests on record ended; one that was asked again counts as it ended in the end.
    replaced : int
        Requests that were asked again on resuming, because they were not answered before.
    earlier : int
        Replies taken from earlier runs: from a cache or a record.
    sent, retries, other_forms : int
        Attempts in all, how many repeated a failed one, and how many asked in another form.
    opening, abandoned : int
        Attempts to find out what a server supports, and those whose reply nobody waited for; in ``sent``.
    seconds : float
        From the first attempt to the reply, summed over requests whose mind tells; many wait at once.
    """

    answers: Answers = field(default_factory=Answers)
    replaced: int = 0
    earlier: int = 0
    sent: int = 0
    retries: int = 0
    other_forms: int = 0
    opening: int = 0
    abandoned: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the totals as data for JSON, with the commonest reason of what was not answered."""
        reason, times = self.answers.commonest_reason(*UNANSWERED)
        return {
            "asked": self.answers.asked,
            **{status.replace(" ", "_"): n for status, n in self.answers.counts().items()},
            "commonest_reason": {"text": reason, "requests": times} if reason else None,
            "asked_again": self.replaced,
            "from_earlier_runs": self.earlier,
            "attempts": {
                "sent": self.sent,
                "retries": self.retries,
                "in_another_form": self.other_forms,
                "at_opening": self.opening,
                "abandoned": self.abandoned,
                "seconds": round(self.seconds, 3),
            },
        }

    def describe(self) -> list[str]:
        """Describe the totals in sentences: first what was not answered, if anything was not."""
        counts = self.answers.counts()
        ended = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES)
        told = [f"{self.answers.asked:,} requests to minds: {ended}."]
        if warning := self.answers.describe():
            told.insert(0, f"{warning}.")
        extra = {
            "retries": self.retries,
            "in another form than log-probabilities": self.other_forms,
            "to find out what a server supports": self.opening,
            "whose reply nobody waited for": self.abandoned,
        }
        of_them = ", ".join(f"{n:,} {what}" for what, n in extra.items() if n)
        told.append(f"{self.sent:,} attempts{f', of which {of_them}' if of_them else ''}.")
        if self.earlier:
            told.append(f"{self.earlier:,} replies came from earlier runs.")
        if self.replaced:
            told.append(f"{self.replaced:,} requests were asked again on resuming.")
        return told


def request_totals(found: Run) -> RequestTotals | None:
    """Return the totals of a run's requests; None if no mind was asked."""
    table = found.attempts
    if not len(table):
        return None
    requests = table[table["status"] != ""]
    answers = Answers()
    for status, detail in requests.loc[~requests["replaced"], ["status", "detail"]].itertuples(index=False):
        answers.add(Ending(status, detail))
    sent_for = table.groupby("kind")["sent"].sum()
    return RequestTotals(
        answers,
        int(requests["replaced"].sum()),
        int(requests["earlier"].sum()),
        *(int(table[column].sum()) for column in ("sent", "retries", "other_forms")),
        *(int(sent_for.get(kind, 0)) for kind in (OPENING, ABANDONED)),
        float(table["seconds"].sum()),
    )
