"""A mind whose replies are stored as they come, so that nothing is asked twice and nothing is lost.

Equal requests are sent once. A reply that the store already holds is not asked for again: a run that was
killed in the middle of a round goes on with the replies it had, whatever the mind would say now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from coevolve_sim.errors import MindError
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.option_mass import problem_of_reply
from coevolve_sim.minds.protocol import Mind, Reply, Request, key_of
from coevolve_sim.minds.usage import Usage
from coevolve_sim.minds.wrappers import MindWrapper


class ReplyStore(Protocol):
    """Interface of stores of replies."""

    def find(self, keys: Iterable[str]) -> dict[str, Reply]:
        """Return the stored replies among some keys, by key."""

    def keep(self, key: str, request: Request, reply: Reply) -> None:
        """Store a reply."""

    def flush(self) -> None:
        """Make the stored replies durable, so that they survive a crash."""


class RememberedReplies:
    """A store of replies in memory, for societies that leave no record."""

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}

    def find(self, keys: Iterable[str]) -> dict[str, Reply]:
        """Return the stored replies among some keys, by key."""
        return {key: self._replies[key] for key in keys if key in self._replies}

    def keep(self, key: str, request: Request, reply: Reply) -> None:  # noqa: ARG002 - a record wants it
        """Store a reply."""
        self._replies[key] = reply

    def flush(self) -> None:
        """Do nothing, since memory does not outlive the process."""


class RecordedMind(MindWrapper):
    """A mind that stores its replies and sends no equal request twice; otherwise as the mind it wraps.

    Parameters
    ----------
    mind : Mind
        The mind to ask.
    store : ReplyStore
        Where replies are stored, and looked up before asking.
    usage : Usage
        Updated in place with every request and reply.
    progress : callable, optional
        Called with the usage after every reply.
    budget : RequestBudget, optional
        What may be asked in all.
    """

    def __init__(
        self,
        mind: Mind,
        store: ReplyStore,
        usage: Usage,
        progress: Callable[[Usage], None] | None = None,
        budget: RequestBudget = NO_LIMIT,
    ) -> None:
        super().__init__(mind)
        self.store, self.usage, self.progress, self.budget = store, usage, progress, budget

    def tell_phase(self, phase: str) -> None:
        """Tell what is being done now, where that is no round."""
        self.usage.phase = phase
        if self.progress is not None:
            self.progress(self.usage)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply: first stored ones, then the mind's as they come."""
        keys = [key_of(request, self.identity) for request in requests]
        places: dict[str, list[int]] = {}
        for index, key in enumerate(keys):
            places.setdefault(key, []).append(index)
        known = self.store.find(places)
        self.usage.repeated += sum(len(places[key]) for key in known)
        for key, reply in known.items():
            yield from ((index, reply) for index in places[key])
        wanted = [(key, requests[indices[0]]) for key, indices in places.items() if key not in known]
        self.budget.require(len(wanted), self.usage)
        self.usage.asked += len(wanted)
        self.usage.repeated += sum(len(places[key]) - 1 for key, _ in wanted)
        try:
            for index, reply in self._time_waits(self.mind.ask([request for _, request in wanted])):
                key, request = wanted[index]
                reply = _refuse_wrong(_drop_unwritable(reply))  # noqa: PLW2901 - as kept, so it is given
                self.store.keep(key, request, reply)
                self.usage.add(reply)
                if self.progress is not None:
                    self.progress(self.usage)
                yield from ((place, reply) for place in places[key])
        finally:  # also if the caller stops early or the mind fails: replies so far are not lost
            self.store.flush()

    def _time_waits(self, replies: Iterator[tuple[int, Reply]]) -> Iterator[tuple[int, Reply]]:
        while True:
            began = time.perf_counter()
            pair = next(replies, None)
            self.usage.seconds += time.perf_counter() - began
            if pair is None:
                return
            yield pair


def _refuse_wrong(reply: Reply) -> Reply:
    """Return a reply, as invalid if its log-probabilities are none."""
    problem = problem_of_reply(reply)
    return replace(reply, status="invalid", logprobs=None, detail=problem) if problem else reply


def _drop_unwritable(reply: Reply) -> Reply:
    """Return a reply without lone surrogates, which servers may send and no UTF-8 file can hold."""
    texts = {name: getattr(reply, name) for name in ("text", "model", "detail")}
    clean = {name: text.encode("utf-8", "ignore").decode() for name, text in texts.items()}
    return reply if clean == texts else replace(reply, **clean)


def ask_all(mind: Mind, requests: Sequence[Request]) -> list[Reply]:
    """Ask a batch of requests and return their replies in the order of the requests.

    Raises
    ------
    MindError
        If the mind left one without a reply, or answered one twice.
    """
    replies: list[Reply | None] = [None] * len(requests)
    for index, reply in mind.ask(requests):
        if replies[index] is not None:
            raise MindError(f"{mind.identity} answered request {index} twice")
        replies[index] = reply
    missing = sum(reply is None for reply in replies)
    if missing:
        raise MindError(f"{mind.identity} left {missing} of {len(requests)} requests without a reply")
    return [reply for reply in replies if reply is not None]
