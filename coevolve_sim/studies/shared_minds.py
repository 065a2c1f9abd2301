"""Minds that the runs of a study share: opened once, asked in common batches, nothing asked twice.

Runs in words go side by side, each in a thread of its own, and are held together: whatever they ask is put
off until each of them either asks or has ended, and is then asked as one batch. So a model is asked in large
batches, a server sees one limit on concurrency, and what worlds ask alike is asked once. A reply depends on
its request only, so that no run can tell in which company it ran.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from coevolve_sim.minds import Mind
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.protocol import Reply, Request, key_of
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.minds.usage import Usage
from coevolve_sim.minds.wrappers import MindWrapper
from coevolve_sim.scenario.mind_specs import MindSpec

_Result = TypeVar("_Result")


class StudyMinds:
    """The minds of a study, by how a scenario describes them; each is opened when first needed.

    Parameters
    ----------
    opener : callable
        Opens a mind from its spec.
    budget : RequestBudget, optional
        What may be asked in all.

    Attributes
    ----------
    usage : Usage
        What was asked of all of them.
    progress : callable or None
        Called with the usage after every batch.
    """

    def __init__(self, opener: Callable[[MindSpec], Mind], budget: RequestBudget = NO_LIMIT) -> None:
        self._opener, self._budget = opener, budget
        self._open: dict[str, Mind] = {}
        self._lock = threading.Lock()
        self.usage = Usage()
        self.progress: Callable[[Usage], None] | None = None

    def open(self, spec: MindSpec) -> Mind:
        """Return the mind of a spec, opened on first use."""
        key = spec.model_dump_json()
        with self._lock:
            if key not in self._open:
                self._open[key] = self._opener(spec)
            return self._open[key]

    def ask(self, mind: Mind, requests: Sequence[Request]) -> list[Reply]:
        """Ask a batch, counted and held to the limits.

        Raises
        ------
        LimitReachedError
            If the batch would go beyond a limit; nothing of it is asked.
        """
        self._budget.require(len(requests), self.usage)
        self.usage.asked += len(requests)
        replies = ask_all(mind, requests)
        for reply in replies:
            self.usage.add(reply)
        if self.progress is not None:
            self.progress(self.usage)
        return replies

    def close(self) -> None:
        """Close all minds."""
        while self._open:
            self._open.popitem()[1].close()


@dataclass(eq=False)
class _Batch:
    """What one run asks of one mind, and what came of it."""

    mind: Mind
    requests: Sequence[Request]
    replies: list[Reply] = field(default_factory=list)
    error: BaseException | None = None


class Rendezvous:
    """Where runs that go side by side wait for each other to ask together; it remembers all replies.

    Parameters
    ----------
    minds : StudyMinds
    n_runs : int
        Number of runs that go side by side.
    """

    def __init__(self, minds: StudyMinds, n_runs: int) -> None:
        self._minds, self._running = minds, n_runs
        self._waiting: list[_Batch] = []
        self._replies: dict[str, Reply] = {}
        self._turn = threading.Condition()
        self._asked = 0

    def ask(self, mind: Mind, requests: Sequence[Request]) -> list[Reply]:
        """Return the replies, once every run asks or has ended.

        Raises
        ------
        MindError
            If the mind fails; every run that asked it is told.
        """
        batch = _Batch(mind, requests)
        with self._turn:
            self._waiting.append(batch)
            turn = self._asked
            if len(self._waiting) == self._running:
                self._ask_together()
            else:
                self._turn.wait_for(lambda: self._asked > turn)
        if batch.error is not None:
            raise batch.error
        return batch.replies

    def leave(self) -> None:
        """Say that a run has ended."""
        with self._turn:
            self._running -= 1
            if self._waiting and len(self._waiting) == self._running:
                self._ask_together()

    def _ask_together(self) -> None:
        """Ask what is waiting, each mind once, equal requests once; wake all."""
        batches, self._waiting = self._waiting, []
        by_mind: dict[int, list[_Batch]] = {}
        for batch in batches:
            by_mind.setdefault(id(batch.mind), []).append(batch)
        for of_mind in by_mind.values():
            try:
                self._ask_mind(of_mind)
            except BaseException as error:  # noqa: BLE001 - raised again in every run that asked
                for batch in of_mind:
                    batch.error = error
        self._asked += 1
        self._turn.notify_all()

    def _ask_mind(self, batches: list[_Batch]) -> None:
        """Ask what no run has asked before; the others are told what it was answered."""
        mind = batches[0].mind
        identity = mind.identity
        keys = [[key_of(request, identity) for request in batch.requests] for batch in batches]
        wanted: dict[str, Request] = {}
        for own, batch in zip(keys, batches, strict=True):
            for key, request in zip(own, batch.requests, strict=True):
                if key not in self._replies:
                    wanted.setdefault(key, request)
        self._replies |= zip(wanted, self._minds.ask(mind, list(wanted.values())), strict=True)
        for own, batch in zip(keys, batches, strict=True):
            batch.replies = [self._replies[key] for key in own]


class SharedMind(MindWrapper):
    """A mind of a study as one of its runs sees it: asked together with the others, never closed by a run.

    Parameters
    ----------
    mind : Mind
        The mind itself.
    rendezvous : Rendezvous
    """

    def __init__(self, mind: Mind, rendezvous: Rendezvous) -> None:
        super().__init__(mind)
        self._rendezvous = rendezvous

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask when the others ask."""
        if requests:
            yield from enumerate(self._rendezvous.ask(self.mind, requests))

    def close(self) -> None:
        """Leave it open for the others."""


def run_side_by_side(
    minds: StudyMinds, jobs: Mapping[Any, Callable[[Rendezvous], _Result]]
) -> dict[Any, _Result]:
    """Run jobs in threads of their own, which ask their minds together, and return what each returned.

    Parameters
    ----------
    minds : StudyMinds
    jobs : mapping of key to callable
        Each is called with the rendezvous at which its minds are asked.

    Raises
    ------
    BaseException
        The first that a job raised, in the order of the jobs; the others have ended.
    """
    rendezvous = Rendezvous(minds, len(jobs))

    def work(job: Callable[[Rendezvous], _Result]) -> _Result:
        try:
            return job(rendezvous)
        finally:
            rendezvous.leave()

    with ThreadPoolExecutor(max_workers=max(len(jobs), 1)) as threads:
        futures = {key: threads.submit(work, job) for key, job in jobs.items()}
    return {key: future.result() for key, future in futures.items()}
