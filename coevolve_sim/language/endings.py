"""How requests ended, as their replies are read: counted, and held to limits, where no run records them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coevolve_sim.errors import UnansweredError
from coevolve_sim.language.parsing import FIRST_RULE, RULE, option_masses, parse_message
from coevolve_sim.minds.answers import CUT_AND_HEARD, AnswerLimits, Answers, Ending
from coevolve_sim.minds.protocol import Mind, Reply, Request
from coevolve_sim.minds.wrappers import MindWrapper

_UNHEARD = frozenset({"judge"})
"""Kinds of requests in words whose replies are no messages: a verdict is read from them as they are."""

_UNREADABLE = {
    "invalid": "the reply is no message, or none of the options",
    "refused": "the reply reads as a refusal",
}


def read_ending(request: Request, reply: Reply, rule: int = RULE) -> Ending:
    """Return how a request ended: as its reply did, or as it is read where it came to an answer.

    Parameters
    ----------
    request, reply : Request, Reply
    rule : int
        The rule by which messages are read, one of `coevolve_sim.language.parsing.RULES`.

    Examples
    --------
    >>> item = Request("item", (), options=("A", "B"))
    >>> read_ending(item, Reply("answered", "perhaps B"))
    Ending(status='invalid', detail='the reply is no message, or none of the options')
    >>> read_ending(item, Reply("given up", detail="no reply within 5 s")).status
    'given up'
    >>> read_ending(Request("speak", ()), Reply("truncated", "I am for it. And I"))
    Ending(status='truncated', detail='cut and heard')
    """
    detail = ""
    if request.options:
        status = option_masses(reply, request.options).status
    else:
        said = parse_message(reply, rule=FIRST_RULE if request.kind in _UNHEARD else rule)
        status, detail = said.status, said.detail
        if status == "truncated" and said.is_heard:
            return Ending(status, CUT_AND_HEARD)
    if status == "answered":
        return Ending(status)
    return Ending(status, reply.detail or detail or _UNREADABLE.get(status, ""))


class CountedMind(MindWrapper):
    """A mind that counts how the requests to it ended.

    Parameters
    ----------
    mind : Mind
        The mind to ask.
    answers : Answers
        Updated in place with every reply.
    """

    def __init__(self, mind: Mind, answers: Answers) -> None:
        super().__init__(mind)
        self.answers = answers

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask the mind within, and count."""
        for index, reply in self.mind.ask(requests):
            if 0 <= index < len(requests):
                self.answers.add(read_ending(requests[index], reply))
            yield index, reply


class LimitedMind(CountedMind):
    """A mind that is asked no further once it left too much unanswered.

    Parameters
    ----------
    mind : Mind
        The mind to ask.
    what : str
        What is not written or shown for it.
    """

    def __init__(self, mind: Mind, what: str) -> None:
        super().__init__(mind, Answers())
        self._what = what

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask the mind within.

        Raises
        ------
        UnansweredError
            After the last reply, if too much was not answered so far.
        """
        yield from super().ask(requests)
        require_answers(self.answers, AnswerLimits(), self._what)


def require_answers(
    answers: Answers,
    limits: AnswerLimits,
    what: str,
    how_to_raise: str = "",
    in_round: Answers | None = None,
) -> None:
    """Require that no limit on what is not answered is crossed.

    Parameters
    ----------
    answers : Answers
        How the requests ended.
    limits : AnswerLimits
        The limits.
    what : str
        What is not written or shown for it, as in ``no value is written``.
    how_to_raise : str
        Where the limit is set, as in ``--at-most-unanswered``; empty where it cannot be set.
    in_round : Answers, optional
        How the requests of the last round ended, in which something must have been answered.

    Raises
    ------
    UnansweredError
        Says how many of how many were not answered, and the commonest reason.
    """
    crossed = limits.crossed(answers, in_round)
    if crossed is not None:
        more = f", or allow more with {how_to_raise}" if how_to_raise else ""
        raise UnansweredError(f"{crossed[1]}: {what}; mend what answers and try again{more}")
