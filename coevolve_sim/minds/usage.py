"""Usage of minds: counts of requests, replies, tokens and seconds, and the models that answered."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from coevolve_sim.minds.option_mass import mass_on_options
from coevolve_sim.minds.protocol import Reply, Request

_log = logging.getLogger("coevolve_sim.minds")


@dataclass
class Usage:
    """Counts of requests and replies: of one kind, of one mind, or of all minds of a run.

    A server's client counts replies only; a record also `asked`, `repeated` and `seconds`.

    Attributes
    ----------
    asked : int
        Requests sent to a mind, including the current batch.
    done : int
        Replies so far, including those given up.
    repeated : int
        Requests that were not sent because an equal one had been asked before.
    scored : int
        Answered replies in which two options or more were scored.
    mass : float
        Sum over these of the probability that the options held together.
    attempts : int
        How often requests were sent, retries included; see `coevolve_sim.minds.protocol.Attempts`.
    earlier : int
        Replies that were taken from earlier runs.
    statuses : Counter of str
        Number of replies by status.
    tokens_in, tokens_out : int
        Of prompts and replies, as the mind counts them.
    seconds : float
        Spent waiting for the mind.
    phase : str
        What is being done that is no round, such as ``learning to read``; empty in the rounds.

    Examples
    --------
    >>> from coevolve_sim.minds.protocol import Attempts
    >>> usage = Usage()
    >>> usage.add(Reply("answered", tokens_in=9, tokens_out=2, attempts=Attempts(sent=3, retries=2)))
    >>> usage.done, usage.attempts, usage.tokens_in, dict(usage.statuses)
    (1, 3, 9, {'answered': 1})
    """

    asked: int = 0
    done: int = 0
    repeated: int = 0
    scored: int = 0
    mass: float = 0.0
    attempts: int = 0
    earlier: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    phase: str = ""

    def add(self, reply: Reply) -> None:
        """Count a reply, and how often it was asked for."""
        self.done += 1
        self.attempts += reply.attempts.sent
        self.earlier += reply.attempts.is_earlier
        if reply.logprobs is not None and len(reply.logprobs) > 1 and reply.status == "answered":
            self.scored += 1
            self.mass += mass_on_options(reply.logprobs)
        self.statuses[reply.status] += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out


@dataclass(frozen=True)
class Sent:
    """How many completions a mind asked its server for, replies to which nobody waited for included.

    Attributes
    ----------
    at_opening : int
        To find out what the server supports: before anything was asked, or by the first request of a kind.
    in_all : int
        So far, those at opening included.
    """

    at_opening: int
    in_all: int


@dataclass
class UsageByKind:
    """Usage of one mind by the requests' kind, and the models that answered.

    Attributes
    ----------
    usage : dict of str to Usage
        By the requests' kind.
    answered_by : dict of str to list of str
        By voice: every model and fingerprint that has answered, in the order in which they were first seen.

    Examples
    --------
    >>> accounts = UsageByKind()
    >>> accounts.note(Request("item", ()), Reply("answered", tokens_in=9, model="m 1"))
    >>> accounts.usage["item"].tokens_in, accounts.usage["item"].attempts, accounts.answered_by
    (9, 1, {'': ['m 1']})
    """

    usage: dict[str, Usage] = field(default_factory=dict)
    answered_by: dict[str, list[str]] = field(default_factory=dict)

    def note(self, request: Request, reply: Reply) -> None:
        """Count a reply; log a warning, once, if the model that answers has changed."""
        self.usage.setdefault(request.kind, Usage()).add(reply)
        self.see(request.voice, reply.model)

    def see(self, voice: str, model: str) -> None:
        """Note which model answered as a voice; log a warning if it has changed."""
        seen = self.answered_by.setdefault(voice, [])
        if not model or model in seen:
            return
        if seen:
            _log.warning("the served model has changed: it was '%s' and is '%s'", seen[-1], model)
        seen.append(model)

    @property
    def has_changed(self) -> bool:
        """Whether a voice was answered by more than one model or fingerprint."""
        return any(len(seen) > 1 for seen in self.answered_by.values())
