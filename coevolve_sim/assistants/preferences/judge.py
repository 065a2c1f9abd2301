"""A judge: a mind that says which of two texts a rubric prefers, with a reason, in both orders.

Each case is put to the judge in both orders, several times with different seeds. Each time it gives a reason
and ends with a verdict [Yu2025]_, which `coevolve_sim.language.parsing.verdict_in` reads strictly. The
majority is over all verdicts, both orders counting the same, so that a judge with nothing but a position bias
has no majority.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from coevolve_sim.assistants.preferences.comparison import Comparison
from coevolve_sim.assistants.preferences.requests import CHOICE_LOGIT, ask_once, check_draws
from coevolve_sim.assistants.preferences.tables import mean_and_error
from coevolve_sim.errors import PreferenceError
from coevolve_sim.language.parsing import verdict_in
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import STATUSES, Message, Mind, Reply, Request
from coevolve_sim.minds.protocol import Status
from coevolve_sim.streams import stream_seed

Which = Literal["first", "second"]
Vote = Which | Status
"""Which text a verdict is for, or why there is none."""


@dataclass(frozen=True)
class ToJudge:
    """Two texts on a topic.

    Attributes
    ----------
    topic : str
        What they are about, as prompts say it.
    first, second : str
        The texts.
    truth : str, optional
        Which the rubric prefers, where that is known: ``first`` or ``second``.
    """

    topic: str
    first: str
    second: str
    truth: Which | None = None


@dataclass(frozen=True)
class Judgement:
    """A judge's votes on two texts.

    Attributes
    ----------
    topic, first, second, truth
        As in `ToJudge`.
    votes : tuple of tuple of str, shape (2, votes)
        What each verdict was for, or how it ended, where the first text was shown as A, and where the second.
    """

    topic: str
    first: str
    second: str
    truth: Which | None
    votes: tuple[tuple[Vote, ...], tuple[Vote, ...]]

    @property
    def lead(self) -> float:
        """Share of the verdicts for the first text minus the share for the second, in [-1, 1].

        Each order counts half, however many verdicts it has; NaN unless both have any.
        """
        by_order = [_lead(votes) for votes in self.votes]
        return sum(by_order) / len(by_order)

    @property
    def majority(self) -> Which | None:
        """The text with most verdicts; None in a tie, or where an order has no verdict."""
        return _leader(self.lead)

    @property
    def is_usable(self) -> bool:
        """Whether both orders have a verdict."""
        return not math.isnan(self.lead)

    @property
    def is_consistent(self) -> bool:
        """Whether both orders have the same majority."""
        as_a, as_b = (_leader(_lead(votes)) for votes in self.votes)
        return as_a is not None and as_a == as_b

    @property
    def is_right(self) -> bool | None:
        """Whether the majority agrees with the truth; None where either is not known."""
        return None if self.truth is None or self.majority is None else self.majority == self.truth

    @property
    def preferred(self) -> int:
        """1 for the first text, -1 for the second, 0 without a majority."""
        return {"first": 1, "second": -1, None: 0}[self.majority]

    @property
    def strength(self) -> float:
        """By how much one text leads, in [0, 1]; NaN unless usable."""
        return abs(self.lead)

    @property
    def comparison(self) -> Comparison:
        """The judgement as one comparison, made by ``judge``.

        A verdict counts as a bare choice does (`CHOICE_LOGIT`), and an order by the mean of its verdicts; an
        order without a verdict has the status of its first vote.
        """
        as_a, as_b = self.votes
        return Comparison(
            "judge",
            self.topic,
            self.first,
            self.second,
            (CHOICE_LOGIT * _lead(as_a), CHOICE_LOGIT * _lead(as_b)),
            (_order_status(as_a), _order_status(as_b)),
        )


@dataclass(frozen=True)
class JudgeSummary:
    """How well a judge did; standard errors assume that cases are independent of each other.

    Attributes
    ----------
    n : int
        How many cases.
    decided, consistency, accuracy : float
        Share of the cases with a majority; share of the usable whose orders agree; share of right ones among
        those with a majority and a known truth. NaN of none.
    decided_error, consistency_error, accuracy_error : float
        Their standard errors; NaN below two cases.
    counts : dict of str to int
        How many verdicts ended in each of `coevolve_sim.minds.STATUSES`.
    """

    n: int
    decided: float
    decided_error: float
    consistency: float
    consistency_error: float
    accuracy: float
    accuracy_error: float
    counts: dict[str, int]


def judge(
    mind: Mind,
    cases: Sequence[ToJudge],
    rubric: str,
    templates: Templates | None = None,
    *,
    votes: int = 3,
    seed: int = 0,
    temperature: float = 0.7,
    max_tokens: int = 120,
    voice: str = "",
) -> list[Judgement]:
    """Ask a mind to judge cases, in both orders and several times each, all in one batch.

    Parameters
    ----------
    mind : Mind
        The judge.
    cases : sequence of ToJudge
        What to judge.
    rubric : str
        What to judge by; it goes into the prompt unchanged.
    templates : Templates, optional
        The package's own if not given; `judging` and `judge` are used.
    votes : int
        Verdicts on each order of a case, at least 1.
    seed : int
        Seed of the replies.
    temperature : float
        At least 0; above 0 for more than one vote.
    max_tokens : int
        Of a reason and its verdict, at least 1.
    voice : str
        Which of the mind's voices.

    Returns
    -------
    list of Judgement
        One for each case, in their order.

    Raises
    ------
    PreferenceError
        If a truth is neither ``first`` nor ``second``, or votes or temperature are out of their range.
    MindError
        If the mind cannot be asked at all.

    References
    ----------
    [Yu2025]_

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> case = ToJudge("thrift", "I stand at 70 on thrift.", "I stand at 20 on thrift.", truth="first")
    >>> [found] = judge(ScriptedMind(), [case], "Nearer to 90 is better.")
    >>> found.majority, found.is_consistent, found.is_right
    ('first', True, True)
    """
    check_draws("votes", votes, temperature)
    for case in cases:
        if case.truth not in {None, "first", "second"}:
            raise PreferenceError(f"a truth is 'first', 'second' or None; {case.truth!r} given")
    words = templates or Templates.standard()
    requests = [
        Request(
            kind="judge",
            messages=(
                Message("system", words.judging()),
                Message("user", words.judge(rubric, case.topic, a, b)),
            ),
            max_tokens=max_tokens,
            temperature=temperature,
            seed=stream_seed(seed, "votes of a judge", case.topic, a, b, number) % 2**31,
            voice=voice,
            draw=number,
        )
        for case in cases
        for a, b in ((case.first, case.second), (case.second, case.first))
        for number in range(votes)
    ]
    # Replies are consumed in the order of the requests: per case, all votes with the first text as A, then
    # all with the second as A.
    replies = iter(ask_once(mind, requests))
    return [
        Judgement(
            *(case.topic, case.first, case.second, case.truth),
            (
                tuple(_vote(next(replies), "first", "second") for _ in range(votes)),
                tuple(_vote(next(replies), "second", "first") for _ in range(votes)),
            ),
        )
        for case in cases
    ]


def summarize_judgements(judgements: Sequence[Judgement]) -> JudgeSummary:
    """Return the shares of decided, consistent and right cases, with their standard errors.

    Examples
    --------
    >>> both, torn = ("first", "first"), ("first", "second")
    >>> found = summarize_judgements([
    ...     Judgement("thrift", "Save.", "Spend.", "first", (both, torn)),
    ...     Judgement("thrift", "Save.", "Spend.", "first", (torn, ("invalid", "second"))),
    ...     Judgement("thrift", "Save.", "Spend.", "first", (torn, torn)),
    ... ])
    >>> round(found.decided, 3), found.accuracy, found.consistency, found.counts["invalid"]
    (0.667, 0.5, 0.0, 1)
    """
    known = [one.is_right for one in judgements if one.is_right is not None]
    usable = [one for one in judgements if one.is_usable]
    ends = Counter(
        "answered" if vote in {"first", "second"} else vote
        for one in judgements
        for votes in one.votes
        for vote in votes
    )
    return JudgeSummary(
        len(judgements),
        *mean_and_error([float(one.majority is not None) for one in judgements]),
        *mean_and_error([float(one.is_consistent) for one in usable]),
        *mean_and_error([float(right) for right in known]),
        {status: ends[status] for status in STATUSES},
    )


def _vote(reply: Reply, a: Which, b: Which) -> Vote:
    """Return which text a reply votes for, given those shown as A and B, or the reply's status."""
    if reply.status != "answered":
        return reply.status
    verdict = verdict_in(reply.text)
    return {"A": a, "B": b}.get(verdict, cast("Status", verdict))


def _order_status(votes: Sequence[Vote]) -> Status:
    """Return the status of an order: answered if any vote has a verdict, else that of its first vote."""
    return "answered" if not math.isnan(_lead(votes)) else cast("Status", votes[0])


def _lead(votes: Sequence[Vote]) -> float:
    for_first, for_second = votes.count("first"), votes.count("second")
    n = for_first + for_second
    return (for_first - for_second) / n if n else math.nan


def _leader(lead: float) -> Which | None:
    if math.isnan(lead) or abs(lead) < 1e-12:
        return None
    return "first" if lead > 0.0 else "second"
