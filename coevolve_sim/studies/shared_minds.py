"""Minds that the runs of a study share: opened once, asked in common batches, nothing asked twice.

Runs in words go side by side, each in a thread of its own, and are held together: whatever they ask is put
off until each of them either asks or has ended, and is then asked as one batch. So a model is asked in large
batches, a server sees one limit on concurrency, and what worlds ask alike is asked once. A reply depends on
its request only, so that no run can tell in which company it ran.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from coevolve_sim.minds import Mind
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.protocol import Reply, Request, key_of
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.minds.usage import Usage
from coevolve_sim.minds.wrappers import MindWrapper
from coevolve_sim.plugin_calls import FAILURES
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
        began = time.perf_counter()
        replies = ask_all(mind, requests)
        self.usage.seconds += time.perf_counter() - began
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

    place: int
    mind: Mind
    requests: Sequence[Request]
    replies: list[Reply] = field(default_factory=list)
    error: BaseException | None = None
    is_done: bool = False


class _StoppedError(BaseException):
    """Raised in a run that waits for replies when the study is interrupted; no run takes it for its own."""


class Rendezvous:
    """Where runs that go side by side wait for each other to ask together; it remembers all replies.

    Minds are asked in the thread that calls `serve`, so that an interruption reaches whoever asks, and in
    the order of the runs, whichever asked first.

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
        self._is_stopped = False

    def ask(self, place: int, mind: Mind, requests: Sequence[Request]) -> list[Reply]:
        """Return the replies, once every run asks or has ended.

        Parameters
        ----------
        place : int
            Of the run among those that go side by side.
        mind : Mind
        requests : sequence of Request

        Raises
        ------
        MindError
            If the mind fails; every run that asked it is told.
        """
        batch = _Batch(place, mind, requests)
        with self._turn:
            self._waiting.append(batch)
            self._turn.notify_all()
            self._turn.wait_for(lambda: batch.is_done or self._is_stopped)
        if not batch.is_done:
            raise _StoppedError
        if batch.error is not None:
            raise batch.error
        return batch.replies

    def leave(self) -> None:
        """Say that a run has ended."""
        with self._turn:
            self._running -= 1
            self._turn.notify_all()

    def serve(self) -> None:
        """Ask what runs wait for, each time that all of them wait, until all have ended."""
        while batches := self._wait_for_all():
            self._ask_together(sorted(batches, key=lambda batch: batch.place))
            with self._turn:
                for batch in batches:
                    batch.is_done = True
                self._turn.notify_all()

    def stop(self) -> None:
        """Let runs that wait for replies end, as do those that ask from now on."""
        with self._turn:
            self._is_stopped = True
            self._turn.notify_all()

    def _wait_for_all(self) -> list[_Batch]:
        """Return what is waiting once all runs wait; nothing once all have ended."""
        with self._turn:
            while not self._turn.wait_for(lambda: len(self._waiting) == self._running, timeout=1.0):
                pass  # a wait without end would not be interrupted on every system
            batches, self._waiting = self._waiting, []
            return batches

    def _ask_together(self, batches: Sequence[_Batch]) -> None:
        """Ask what is waiting, each mind once, equal requests once."""
        by_mind: dict[int, list[_Batch]] = {}
        for batch in batches:
            by_mind.setdefault(id(batch.mind), []).append(batch)
        for of_mind in by_mind.values():
            try:
                self._ask_mind(of_mind)
            except FAILURES as error:
                for batch in of_mind:
                    batch.error = error

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


@dataclass(frozen=True, eq=False)
class Seat:
    """The place of one run at a rendezvous.

    Attributes
    ----------
    rendezvous : Rendezvous
    place : int
        Of the run among those that go side by side.
    """

    rendezvous: Rendezvous
    place: int

    def ask(self, mind: Mind, requests: Sequence[Request]) -> list[Reply]:
        """Return the replies, once every run asks or has ended; see `Rendezvous.ask`."""
        return self.rendezvous.ask(self.place, mind, requests)


class SharedMind(MindWrapper):
    """A mind of a study as one of its runs sees it: asked together with the others, never closed by a run.

    Parameters
    ----------
    mind : Mind
        The mind itself.
    seat : Seat
        Of the run.
    """

    def __init__(self, mind: Mind, seat: Seat) -> None:
        super().__init__(mind)
        self._seat = seat

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask when the others ask."""
        if requests:
            yield from enumerate(self._seat.ask(self.mind, requests))

    def close(self) -> None:
        """Leave it open for the others."""


class SideBySide(NamedTuple, Generic[_Result]):
    """What came of jobs that ran side by side.

    Attributes
    ----------
    results : dict
        What each job that ended well returned, by its key, in the order of the jobs.
    error : BaseException or None
        What interrupted the others: the first that one raised, in the order of the jobs.
    """

    results: dict[Any, _Result]
    error: BaseException | None


def run_side_by_side(minds: StudyMinds, jobs: Mapping[Any, Callable[[Seat], _Result]]) -> SideBySide[_Result]:
    """Run jobs in threads of their own, which ask their minds together; all have ended when it returns.

    Parameters
    ----------
    minds : StudyMinds
    jobs : mapping of key to callable
        Each is called with the seat from which its minds are asked.
    """
    rendezvous = Rendezvous(minds, len(jobs))

    def work(job: Callable[[Seat], _Result], place: int) -> _Result:
        try:
            return job(Seat(rendezvous, place))
        finally:
            rendezvous.leave()

    error: BaseException | None = None
    with ThreadPoolExecutor(max_workers=max(len(jobs), 1)) as threads:
        futures = {key: threads.submit(work, job, place) for place, (key, job) in enumerate(jobs.items())}
        try:
            rendezvous.serve()
        except BaseException as interruption:  # noqa: BLE001 - handed back, once all have ended
            error = interruption
            rendezvous.stop()
    results: dict[Any, _Result] = {}
    for key, future in futures.items():
        if (failure := future.exception()) is None:
            results[key] = future.result()
        else:
            error = error or failure
    return SideBySide(results, error)
