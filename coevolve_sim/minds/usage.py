"""What asking a mind has cost so far, by what it was for, and what has answered."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from coevolve_sim.minds.protocol import Reply, Request

_log = logging.getLogger("coevolve_sim.minds")


@dataclass
class KindUsage:
    """What requests of one kind have come to.

    Attributes
    ----------
    statuses : Counter of str
        How many ended how.
    attempts : int
        How often the server was asked, retries among them.
    tokens_in, tokens_out : int
        Of prompts and replies, as the server counts them.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass
class UsageByKind:
    """The accounts of one mind.

    Attributes
    ----------
    usage : dict of str to KindKindUsage
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

    usage: dict[str, KindUsage] = field(default_factory=dict)
    answered_by: dict[str, list[str]] = field(default_factory=dict)

    def note(self, request: Request, reply: Reply, attempts: int) -> None:
        """Enter a reply; a model that changes while it is asked is said in the log, once."""
        usage = self.usage.setdefault(request.kind, KindUsage())
        usage.statuses[reply.status] += 1
        usage.attempts += attempts
        usage.tokens_in += reply.tokens_in
        usage.tokens_out += reply.tokens_out
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
