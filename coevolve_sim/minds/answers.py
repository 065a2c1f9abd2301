"""How the requests to a mind ended, and the limits on how many may end without an answer.

Every request that was asked ends in exactly one status, so that asked = answered + refused + invalid +
truncated + given up. Given up and invalid are *not answered*: nothing was measured. These, refused and
truncated ones *came to no answer*, but for a truncated message that was heard as far as its sentences are
whole (`CUT_AND_HEARD`). A refusal or a truncated message may be what a study is about, so that they have
limits only where a scenario sets them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from coevolve_sim.minds.protocol import STATUSES, Status

UNANSWERED: tuple[Status, ...] = ("given up", "invalid")
"""The statuses of requests that were not answered."""

NO_ANSWER: tuple[Status, ...] = ("refused", "invalid", "truncated", "given up")
"""All statuses of requests that came to no answer, what a study may be about included."""

CUT_AND_HEARD = "cut and heard"
"""The detail of a truncated message that was heard up to its last whole sentence."""

LEAST_ASKED = 20
"""From how many requests on a limit on their share is in force."""

LEAST_ASKED_IN_A_ROUND = 5
"""From how many requests on a round in which none was answered is one too many."""

DEFAULT_LIMIT = 0.2
"""Largest share of requests that may be not answered, where no limit is given."""

_SHOWN = 160
"""Characters of a reason that a sentence repeats."""


@dataclass(frozen=True)
class Ending:
    """How one request ended: its status as the reply was read, and why it is not an answer."""

    status: Status
    detail: str = ""


@dataclass
class Answers:
    """How many requests ended how, and why.

    Attributes
    ----------
    endings : Counter of Ending
        Number of requests by how they ended.

    Examples
    --------
    >>> answers = Answers()
    >>> for _ in range(18):
    ...     answers.add(Ending("answered"))
    >>> answers.add(Ending("given up", "no reply within 5 s"), 2)
    >>> answers.asked, answers.count("given up")
    (20, 2)
    >>> answers.describe()
    "2 of 20 requests were not answered (10 %): 2 given up; most often 'no reply within 5 s' (2)"
    """

    endings: Counter[Ending] = field(default_factory=Counter)

    def add(self, ending: Ending, times: int = 1) -> None:
        """Count a request, or several that ended the same way."""
        self.endings[ending] += times

    def join(self, other: Answers) -> None:
        """Add the counts of another."""
        self.endings.update(other.endings)

    @property
    def asked(self) -> int:
        """Number of requests."""
        return sum(self.endings.values())

    @property
    def is_silent(self) -> bool:
        """Whether something was asked, and nothing of it was answered, refused or truncated."""
        return self.asked > 0 and self.count(*UNANSWERED) == self.asked

    def count(self, *statuses: str) -> int:
        """Return the number of requests that ended in one of some statuses."""
        return sum(n for ending, n in self.endings.items() if ending.status in statuses)

    def counts(self) -> dict[str, int]:
        """Return the number of requests by status, for all statuses, in their order."""
        return {status: self.count(status) for status in STATUSES}

    def commonest_reason(self, *statuses: str) -> tuple[str, int]:
        """Return the reason most often given for some statuses, and how often; empty if none was given."""
        reasons: Counter[str] = Counter()
        for ending, n in self.endings.items():
            if ending.status in statuses and ending.detail not in ("", CUT_AND_HEARD):
                reasons[ending.detail] += n
        return min(reasons.items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))

    def describe(self, *statuses: str) -> str:
        """Describe in a clause what was not answered or came to no answer; empty if there is nothing to tell.

        Parameters
        ----------
        statuses : str
            Those that are counted; `UNANSWERED` if none is given. Beside others, truncated ones count
            only if they were not heard.
        """
        chosen = statuses or UNANSWERED
        if chosen == ("truncated",):
            found = self.count("truncated")
            told = f"{found:,} of {self.asked:,} requests were truncated ({_percent(found, self.asked)})"
            return told if found else ""
        lost = self._without_heard()
        found = lost.count(*chosen)
        if not found:
            return ""
        each = ", ".join(f"{lost.count(s):,} {s}" for s in STATUSES if s in chosen and lost.count(s))
        what = "were not answered" if set(chosen) <= set(UNANSWERED) else "came to no answer"
        told = f"{found:,} of {self.asked:,} requests {what} ({_percent(found, self.asked)}): {each}"
        reason, times = lost.commonest_reason(*chosen)
        return f"{told}; most often '{_short(reason)}' ({times:,})" if reason else told

    def _without_heard(self) -> Answers:
        """Return the same counts without truncated messages that were heard."""
        heard = Ending("truncated", CUT_AND_HEARD)
        return Answers(Counter({ending: n for ending, n in self.endings.items() if ending != heard}))


@dataclass(frozen=True)
class AnswerLimits:
    """The largest shares of requests to a mind that may end without an answer.

    Attributes
    ----------
    unanswered : float
        Of given up and invalid ones, in [0, 1]; 1 is no limit, even where nothing was answered.
    refused, truncated : float or None
        Of these, in [0, 1]; None is no limit.
    """

    unanswered: float = DEFAULT_LIMIT
    refused: float | None = None
    truncated: float | None = None

    def crossed(self, in_all: Answers, in_round: Answers | None = None) -> tuple[str, str] | None:
        """Return which limit is crossed, by the scenario's key for it, and in what way; None if none is.

        Parameters
        ----------
        in_all : Answers
            All that was asked of the mind so far, the round included.
        in_round : Answers, optional
            What was asked of it in the round that is about to be recorded.

        Examples
        --------
        >>> silent = Answers(Counter({Ending("given up", "no reply within 5 s"): 3}))
        >>> AnswerLimits().crossed(silent)[0], AnswerLimits(unanswered=1.0).crossed(silent)
        ('at_most_unanswered', None)
        """
        shares: tuple[tuple[str, float | None, tuple[str, ...]], ...] = (
            ("at_most_unanswered", self.unanswered, UNANSWERED),
            ("at_most_refused", self.refused, ("refused",)),
            ("at_most_truncated", self.truncated, ("truncated",)),
        )
        for key, most, statuses in shares:
            if most is None or in_all.asked < LEAST_ASKED:
                continue
            if in_all.count(*statuses) > most * in_all.asked:
                return key, f"{in_all.describe(*statuses)}, and {key} is {most:g}"
        if self.unanswered >= 1.0:
            return None
        if in_all.is_silent:
            return "at_most_unanswered", in_all.describe()
        if in_round and in_round.asked >= LEAST_ASKED_IN_A_ROUND and in_round.is_silent:
            return "at_most_unanswered", f"of this round {in_round.describe()}"
        return None


def _percent(part: int, whole: int) -> str:
    """Return a share in per cent, never rounded to none or to all.

    Examples
    --------
    >>> _percent(1, 3000), _percent(2999, 3000), _percent(3, 20), _percent(1, 1)
    ('under 1 %', 'over 99 %', '15 %', '100 %')
    """
    percent = 100.0 * part / whole
    if 0.0 < percent < 1.0:
        return "under 1 %"
    return "over 99 %" if 99.0 < percent < 100.0 else f"{percent:.0f} %"


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."
