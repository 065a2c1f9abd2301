"""What asking a mind has cost so far, by what it was for, and what has answered."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from coevolve_sim.minds.protocol import Reply, Request

_log = logging.getLogger("coevolve_sim.minds")


@dataclass
class Usage:
    """What requests have come to: those of one kind, of one mind, or of all minds of a run.

    Who counts fills in what there is to be known there: a server's client `attempts`, a record `asked`,
    `repeated` and `seconds`; the others stay 0.

    Attributes
    ----------
    asked : int
        Requests given to a mind, in the batch going on and before.
    done : int
        Replies that came, those that were given up among them.
    repeated : int
        Requests that needed no asking: the same was asked before.
    attempts : int
        How often a server was asked, retries among them.
    statuses : Counter of str
        How many of the replies ended how.
    tokens_in, tokens_out : int
        Of prompts and replies, as the mind counts them.
    seconds : float
        Spent waiting for the mind.

    Examples
    --------
    >>> usage = Usage()
    >>> usage.add(Reply("answered", tokens_in=9, tokens_out=2), attempts=3)
    >>> usage.done, usage.attempts, usage.tokens_in, dict(usage.statuses)
    (1, 3, 9, {'answered': 1})
    """

    asked: int = 0
    done: int = 0
    repeated: int = 0
    attempts: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def add(self, reply: Reply, attempts: int = 0) -> None:
        """Count a reply, and how often a server was asked for it."""
        self.done += 1
        self.attempts += attempts
        self.statuses[reply.status] += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out


@dataclass
class UsageByKind:
    """What asking one mind has cost, by the requests' kind, and which models answered.

    Attributes
    ----------
    usage : dict of str to Usage
        By the requests' kind.
    answered_by : dict of str to list of str
        By voice: every model and fingerprint that has answered, in the order in which they were first seen.

    Examples
    --------
    >>> accounts = UsageByKind()
    >>> accounts.note(Request("item", ()), Reply("answered", tokens_in=9, model="m 1"), attempts=2)
    >>> accounts.usage["item"].tokens_in, accounts.usage["item"].attempts, accounts.answered_by
    (9, 2, {'': ['m 1']})
    """

    usage: dict[str, Usage] = field(default_factory=dict)
    answered_by: dict[str, list[str]] = field(default_factory=dict)

    def note(self, request: Request, reply: Reply, attempts: int) -> None:
        """Enter a reply; a model that changes while it is asked is said in the log, once."""
        self.usage.setdefault(request.kind, Usage()).add(reply, attempts)
        self.see(request.voice, reply.model)

    def see(self, voice: str, model: str) -> None:
        """Take note of what answered."""
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
