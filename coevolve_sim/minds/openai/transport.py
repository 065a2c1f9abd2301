"""Sends requests to one server or several from an event loop, and hands over replies as they come.

Each attempt is one task, and at each server as many are in flight as its `ConcurrencyLimit` allows. Which
server is asked is seen when there is room: the one with the fewest requests in flight, of those it may have.
A request that a server fails is asked of each other one at once; when all have failed it, it returns to the
head of the queue after a wait and holds no place meanwhile. Replies of one turn of the loop are handed over
together. An error that would stop every request ends a batch with a `MindError`.

Time has budgets (`RetryPolicy`): a request that has used up its own is given up, and so are all requests of a
batch once none of them was answered for as long, or the batch has used up its own. So a server that hangs for
good, or asks to wait for a day, ends a batch and not the patience of who waits for it.
"""

from __future__ import annotations

import asyncio
import queue
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.codec import Retry
from coevolve_sim.minds.openai.dialect import Form
from coevolve_sim.minds.openai.endpoint import COMPLETIONS, Endpoint
from coevolve_sim.minds.openai.loop_thread import LoopThread
from coevolve_sim.minds.openai.responses import ResponseTooLarge
from coevolve_sim.minds.openai.whole_texts import score_text
from coevolve_sim.minds.protocol import Attempts, Reply, Request

Hand = list[tuple[int, Reply]]


@dataclass(eq=False)
class Batch:
    """Requests asked together: the number still open, a queue of replies, and when one last came."""

    left: int
    hands: queue.SimpleQueue[Hand | MindError] = field(default_factory=queue.SimpleQueue)
    is_over: bool = False
    n_requests: int = field(init=False)
    open: set[SentRequest] = field(default_factory=set)
    begun: float = 0.0
    answered: float = 0.0
    alarm: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.n_requests = self.left

    def replies(self) -> Iterator[tuple[int, Reply]]:
        """Yield replies as they come, until every request has one."""
        left = self.n_requests  # not self.left: the thread may have counted down already
        while left:
            hand = self.hands.get()
            if isinstance(hand, MindError):
                raise hand
            left -= len(hand)
            yield from hand


@dataclass(eq=False)
class SentRequest:
    """One request in flight or waiting, with its attempts so far and the servers that failed it.

    ``failed_by`` is emptied when the request waits: then all servers may be asked again.
    """

    index: int
    request: Request
    batch: Batch
    at: Endpoint | None = None
    failed_by: set[Endpoint] = field(default_factory=set)
    form: Form = "write"
    sent_form: Form | None = None
    attempts: int = 0
    retries: int = 0
    other_forms: int = 0
    begun: float = 0.0
    sent: float = 0.0
    is_done: bool = False


class Transport:
    """Sends batches of requests to one server, or to whichever of several has most room.

    Parameters
    ----------
    thread : LoopThread
        In which all servers are asked.
    endpoints : sequence of Endpoint
        The servers, of one model; their retry policies are alike.
    lose : function, optional
        Called in the thread with a server that is left out from then on, why, and whether that may pass.
        If not given, there is one server, which is asked as often as may be tried.
    """

    def __init__(
        self,
        thread: LoopThread,
        endpoints: Sequence[Endpoint],
        lose: Callable[[Endpoint, str, bool], None] | None = None,
    ) -> None:
        self.endpoints = list(endpoints)
        self.retry_policy = self.endpoints[0].retry_policy
        self._thread, self._loop, self._lose = thread, thread.loop, lose
        self._waiting: deque[SentRequest] = deque()
        self._own: defaultdict[Endpoint, deque[SentRequest]] = defaultdict(deque)
        self._in_flight: dict[asyncio.Task[Reply | Retry], SentRequest] = {}
        self._batches: set[Batch] = set()
        self._done: dict[Batch, Hand] = {}
        thread.senders.add(self)

    @property
    def has_batches(self) -> bool:
        """Whether somebody waits for replies."""
        return bool(self._batches)

    def submit(self, requests: Sequence[tuple[int, Request]]) -> Batch:
        """Queue requests with their indices; return the batch in which replies arrive."""
        batch = Batch(len(requests))
        jobs = [SentRequest(index, request, batch) for index, request in requests]
        if not self._thread.call(self._queue_batch, batch, jobs):
            raise MindError("the mind is closed; nothing can be asked of it any more")
        return batch

    def forget(self, batch: Batch) -> None:
        """Cancel the requests of a batch that are still open."""
        self._thread.call(self._drop, batch)

    # Everything from here on runs in the thread: no lock guards what only its loop touches.

    def add(self, endpoint: Endpoint) -> None:
        """Ask one server more from now on."""
        self.endpoints.append(endpoint)
        self._send_waiting()

    def end(self) -> None:
        """End all batches, as the mind is closed."""
        self.stop_all(MindError("the mind was closed while it was asked"))

    def stop_all(self, error: MindError) -> None:
        """End all batches with an error."""
        for batch in list(self._batches):
            self._stop(batch, error)

    def _queue_batch(self, batch: Batch, jobs: list[SentRequest]) -> None:
        self._batches.add(batch)
        batch.open.update(jobs)
        batch.begun = batch.answered = self._loop.time()
        self._watch(batch)
        self._waiting.extend(jobs)
        self._send_waiting()

    def _send_waiting(self) -> None:
        """Send waiting requests up to the concurrency limits, each to the server that is least loaded."""
        while (endpoint := self._find_free()) is not None:
            job = (self._own[endpoint] or self._waiting).popleft()
            if job.batch.is_over or job.is_done:
                continue
            if endpoint is not job.at:
                job.at, job.form = endpoint, endpoint.dialect.choose_form(job.request)
            endpoint.in_flight += 1
            task = self._loop.create_task(self._attempt(job, endpoint))
            self._in_flight[task] = job
            task.add_done_callback(self._finish_attempt)

    def _find_free(self) -> Endpoint | None:
        ready = [one for one in self.endpoints if (self._own[one] or self._waiting) and one.has_room]
        return min(ready, key=self._load_of, default=None)

    def _load_of(self, endpoint: Endpoint) -> tuple[float, int]:
        """Return the requests at a server and waiting for it over those it may have; then its replies."""
        return (endpoint.in_flight + len(self._own[endpoint])) / endpoint.pace.allowed, endpoint.n_answered

    async def _attempt(self, job: SentRequest, endpoint: Endpoint) -> Reply | Retry:
        dialect = endpoint.dialect
        job.sent = self._loop.time()
        job.begun = job.begun or job.sent
        job.attempts += 1
        job.other_forms += job.sent_form not in {None, job.form}
        job.sent_form = job.form
        try:
            return await self._ask_once(job, endpoint)
        except TimeoutError:
            waited = min(self.retry_policy.timeout, self._loop.time() - job.sent)
            had_all = waited >= self.retry_policy.timeout
            return Retry(f"no reply within {waited:.3g} s", too_much=True, timed_out=had_all)
        except ResponseTooLarge as error:
            return self._unread(f"the response is not read: {error}")
        except httpx.TransportError as error:
            return dialect.read_lost_connection(error)
        except MindError:
            raise
        except Exception as error:  # noqa: BLE001 - one odd reply is one request's fault, never the batch's
            return self._unread(f"the response cannot be read ({type(error).__name__})")

    def _unread(self, why: str) -> Reply | Retry:
        """Return what a response is that is none: the end of the request, or another server's to answer."""
        return Reply("invalid", detail=why) if self._lose is None else Retry(why)

    async def _ask_once(self, job: SentRequest, endpoint: Endpoint) -> Reply | Retry:
        dialect = endpoint.dialect

        async def call(path: str, body: dict[str, Any]) -> httpx.Response:
            response = await endpoint.send("POST", path, body, self._seconds_left(job))
            endpoint.last_response = self._loop.time()
            return response

        if job.form == "echo":
            return await score_text(call, dialect, job.request)
        body = dialect.build_body(job.request, job.form)
        response = await call(COMPLETIONS, body)
        return dialect.read(
            response.status_code, response.headers, response.content, job.request, job.form, body
        )

    def _finish_attempt(self, task: asyncio.Task[Reply | Retry]) -> None:
        job = self._in_flight.pop(task)
        endpoint = cast("Endpoint", job.at)
        endpoint.in_flight -= 1
        if not (task.cancelled() or job.batch.is_over or job.is_done):
            error = task.exception()
            if error is None:
                self._settle(job, endpoint, task.result())
            elif isinstance(error, MindError) and self._lose is not None:
                self.leave_out(endpoint, str(error), may_pass=False)
                if not self._ask_another(job, endpoint):
                    self._waiting.appendleft(job)
            else:
                self._stop(job.batch, error)
        self._send_waiting()

    def _settle(self, job: SentRequest, endpoint: Endpoint, came: Reply | Retry) -> None:
        if isinstance(came, Reply):
            endpoint.record_answer()
            job.batch.answered = self._loop.time()
            self._hand(job, came)
        elif came.form is not None and came.form != job.form:
            job.form = came.form
            self._queue_first(job, endpoint)
        elif came.at_once:
            self._queue_first(job, endpoint)
        else:
            self._retry(job, endpoint, came)

    def _queue_first(self, job: SentRequest, endpoint: Endpoint) -> None:
        """Have a request sent next, to the same server if that is not left out."""
        (self._own[endpoint] if endpoint in self.endpoints else self._waiting).appendleft(job)

    def _retry(self, job: SentRequest, endpoint: Endpoint, came: Retry) -> None:
        is_lost = endpoint.record_failure(came, job.sent, self._loop.time())
        if self._lose is not None:
            if is_lost:
                self.leave_out(endpoint, came.detail, may_pass=True)
            if self._ask_another(job, endpoint):
                return
        why = came.detail
        if job.retries < self.retry_policy.retries:
            wait = self.retry_policy.wait(job.retries, job.request.seed, came.seconds)
            if wait < self._seconds_left(job):
                job.retries += 1
                self._loop.call_later(wait, self._requeue, job)
                return
            asked = f"; it asks to wait {came.seconds:,.0f} s" if came.seconds >= wait else ""
            why += f"{asked}, and a request has {self.retry_policy.budget:g} s"
        if came.unreachable and endpoint.last_response <= job.begun:
            self._stop(job.batch, MindError(endpoint.dialect.words.unreachable(came.detail)))
        else:
            self._give_up(job, why)

    def _ask_another(self, job: SentRequest, endpoint: Endpoint) -> bool:
        """Have a request asked of another server at once, or of any that comes back if none is left.

        False if all others that are left have failed it, too: then it waits as it does for one server.
        """
        job.failed_by.add(endpoint)
        others = [one for one in self.endpoints if one not in job.failed_by]
        if others:
            self._own[min(others, key=self._load_of)].append(job)
        elif not self.endpoints:
            self._waiting.append(job)
        else:
            job.failed_by.clear()
            return False
        return True

    def leave_out(self, endpoint: Endpoint, why: str, *, may_pass: bool) -> None:
        """Send a server nothing more; what waited for it waits for any."""
        if endpoint in self.endpoints and self._lose is not None:
            self.endpoints.remove(endpoint)
            self._waiting.extendleft(reversed(self._own.pop(endpoint, deque())))
            self._lose(endpoint, why, may_pass)

    def _seconds_left(self, job: SentRequest) -> float:
        """Return how much of its budget a request has left, at least a thousandth of a second."""
        spent = self._loop.time() - job.begun if job.begun else 0.0
        return max(self.retry_policy.budget - spent, 0.001)

    def _give_up(self, job: SentRequest, why: str) -> None:
        tries = f", {job.attempts} times" if job.attempts > 1 else ""
        self._hand(job, Reply("given up", detail=f"{why}{tries}"))

    def _watch(self, batch: Batch) -> None:
        """Give up what is open of a batch when its time is up, or else look again when that may be."""
        policy, now = self.retry_policy, self._loop.time()
        silent, all_of_it = batch.answered + policy.budget, batch.begun + policy.asking_seconds
        if now < min(silent, all_of_it):
            batch.alarm = self._loop.call_at(min(silent, all_of_it), self._watch, batch)
            return
        why = f"no request was answered for {policy.budget:g} s"
        if now >= all_of_it:
            why = f"a round of asking has {policy.asking_seconds:g} s"
        for job in list(batch.open):
            self._give_up(job, why)
        for task, job in self._in_flight.items():
            if job.batch is batch:
                task.cancel()

    def _requeue(self, job: SentRequest) -> None:
        if job.is_done:
            return
        self._waiting.appendleft(job)
        self._send_waiting()

    def _hand(self, job: SentRequest, reply: Reply) -> None:
        """Add a reply to those of this turn of the loop, which are handed over together at its end."""
        reply = replace(reply, attempts=self._attempts_of(job))
        job.is_done = True
        job.batch.open.discard(job)
        if job.at is not None:
            job.at.accounts.note(job.request, reply)
        if not self._done:
            self._loop.call_soon(self._hand_over)
        self._done.setdefault(job.batch, []).append((job.index, reply))

    def _attempts_of(self, job: SentRequest) -> Attempts:
        """Return what was sent: a retry that still waited when the request was given up does not count."""
        seconds = self._loop.time() - job.begun if job.begun else 0.0
        retries = max(job.attempts - 1 - job.other_forms, 0)
        return Attempts(job.attempts, retries, job.sent_form or job.form, job.other_forms, seconds)

    def _hand_over(self) -> None:
        done, self._done = self._done, {}
        for batch, hand in done.items():
            batch.left -= len(hand)
            batch.hands.put(hand)
            if not batch.left:
                self._forget_alarm(batch)
                self._batches.discard(batch)

    def _stop(self, batch: Batch, error: BaseException) -> None:
        if not isinstance(error, MindError):
            error = MindError(f"asking the server failed: {type(error).__name__}")
        self._drop(batch)
        batch.hands.put(error)

    def _drop(self, batch: Batch) -> None:
        batch.is_over = True
        self._forget_alarm(batch)
        self._batches.discard(batch)
        for waiting in (self._waiting, *self._own.values()):
            left = [job for job in waiting if job.batch is not batch]
            waiting.clear()
            waiting.extend(left)
        for task, job in self._in_flight.items():
            if job.batch is batch:
                task.cancel()

    def _forget_alarm(self, batch: Batch) -> None:
        if batch.alarm is not None:
            batch.alarm.cancel()
