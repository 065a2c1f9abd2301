"""The totals of a run's requests to its minds, in numbers and in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coevolve_sim.minds.answers import NO_ANSWER, Answers, Ending
from coevolve_sim.minds.protocol import STATUSES

if TYPE_CHECKING:
    import pandas as pd

OPENING, ABANDONED = "opening", "abandoned"
"""Kinds of what a server was asked beside a run's requests: at opening, and without a reply in the end."""


@dataclass(frozen=True)
class RequestTotals:
    """The totals of a run's requests to its minds.

    Attributes
    ----------
    answers : Answers
        How the requests on record ended; one that was asked again counts as it ended in the end.
    replaced : int
        Requests of rounds that were not finished, set aside on resuming: those that were not answered were
        asked again, and of the others some may not be asked any more.
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

    @property
    def warning(self) -> str:
        """A sentence on what came to no answer, with the commonest reason; empty if everything did."""
        told = self.answers.describe(*NO_ANSWER)
        return f"{told}." if told else ""

    def as_json(self) -> dict[str, Any]:
        """Return the totals as data for JSON, with the commonest reason of what came to no answer."""
        reason, times = self.answers.commonest_reason(*NO_ANSWER)
        return {
            "asked": self.answers.asked,
            **{status.replace(" ", "_"): n for status, n in self.answers.counts().items()},
            "commonest_reason": {"text": reason, "requests": times} if reason else None,
            "set_aside": self.replaced,
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
        """Describe the totals in sentences: first what came to no answer, if anything did."""
        counts = self.answers.counts()
        ended = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES)
        told = [f"{self.answers.asked:,} requests to minds: {ended}."]
        if self.warning:
            told.insert(0, self.warning)
        extra = {
            "retries": self.retries,
            "in another form than log-probabilities": self.other_forms,
            "to find out what a server supports": self.opening,
            "whose reply nobody waited for": self.abandoned,
        }
        of_them = ", ".join(f"{n:,} {what}" for what, n in extra.items() if n)
        told.append(f"{self.sent:,} attempts{f', of which {of_them}' if of_them else ''}.")
        if self.replaced:
            told.append(f"{self.replaced:,} requests of an unfinished round were set aside on resuming.")
        return told


def sum_requests(table: pd.DataFrame) -> RequestTotals | None:
    """Return the totals of a table of attempts (`RecordReader.attempts`); None if no mind was asked."""
    if not len(table):
        return None
    requests = table[table["status"] != ""]
    answers = Answers()
    for status, detail in requests.loc[~requests["replaced"], ["status", "detail"]].itertuples(index=False):
        answers.add(Ending(status, detail))
    sent_for = table.groupby("kind")["sent"].sum()
    return RequestTotals(
        answers,
        replaced=int(requests["replaced"].sum()),
        earlier=int(requests["earlier"].sum()),
        sent=int(table["sent"].sum()),
        retries=int(table["retries"].sum()),
        other_forms=int(table["other_forms"].sum()),
        opening=int(sent_for.get(OPENING, 0)),
        abandoned=int(sent_for.get(ABANDONED, 0)),
        seconds=float(table["seconds"].sum()),
    )
