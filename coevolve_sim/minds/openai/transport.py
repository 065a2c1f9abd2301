"""Sends requests from a thread with an event loop, so that callers need no coroutines.

Each attempt is one task, and as many are in flight as the `ConcurrencyLimit` allows. A request to be retried
returns to the head of the queue after its wait and holds no place meanwhile. Replies of one turn of the loop
are handed over together. An error that would stop every request ends a batch with a `MindError`.

Time has budgets (`RetryPolicy`): a request that has used up its own is given up, and so are all requests of a
batch once none of them was answered for as long, or the batch has used up its own. So a server that hangs for
good, or asks to wait for a day, ends a batch and not the patience of who waits for it.

Each request in flight has a client, and so a connection, of its own: one client with 256 connections looks at
all of them before each request, which takes longer than the request.
"""

from __future__ import annotations

import asyncio
import json
import math
import queue
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.codec import Codec, Retry, json_object
from coevolve_sim.minds.openai.dialect import Form
from coevolve_sim.minds.openai.responses import ENCODINGS, ResponseTooLarge, fetch
from coevolve_sim.minds.openai.retry import ConcurrencyLimit, RetryPolicy
from coevolve_sim.minds.openai.whole_texts import TEXTS, score_text
from coevolve_sim.minds.protocol import Attempts, Reply, Request
from coevolve_sim.minds.usage import UsageByKind

T = TypeVar("T")
Hand = list[tuple[int, Reply]]
COMPLETIONS = "chat/completions"
_HEADERS = {"content-type": "application/json", "accept-encoding": ENCODINGS}


@dataclass(eq=False)
class Batch:
    """Requests asked together: the number still open, a queue of replies, and when one last came."""

    left: int
    dialect: Codec
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
    """One request in flight or waiting, with its attempts so far."""

    index: int
    request: Request
    batch: Batch
    form: Form
    sent_form: Form | None = None
    attempts: int = 0
    retries: int = 0
    other_forms: int = 0
    begun: float = 0.0
    sent: float = 0.0
    is_done: bool = False


class Transport:
    """The thread that sends requests, with its event loop and clients.

    Parameters
    ----------
    client : function
        Makes a client; called in the thread.
    retry_policy, pace
        The retry policy and the concurrency limit.

    Attributes
    ----------
    n_sent : int
        How many completions were asked for, of chats and of texts, as the server's own log has it.
    """

    def __init__(
        self, client: Callable[[], httpx.AsyncClient], retry_policy: RetryPolicy, pace: ConcurrencyLimit
    ) -> None:
        self.retry_policy, self.pace = retry_policy, pace
        self.accounts = UsageByKind()
        self._make_client = client
        self._waiting: deque[SentRequest] = deque()
        self._in_flight: dict[asyncio.Task[Reply | Retry], SentRequest] = {}
        self._batches: set[Batch] = set()
        self._done: dict[Batch, Hand] = {}
        self._urls: dict[str, httpx.URL] = {}
        self._last_response = 0.0
        self.n_sent = 0
        self._gate = threading.Lock()
        self._is_closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="coevolve server mind", daemon=True)
        self._thread.start()
        self._idle: list[httpx.AsyncClient] = []
        self._clients: list[httpx.AsyncClient] = []

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread and return what it returns."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def count_sent(self) -> int:
        """Return how many completions were asked for, after all that was to be done before is done."""
        if self._is_closed:
            return self.n_sent

        async def read() -> int:
            return self.n_sent

        return self.run(read())

    def get(self, path: str) -> httpx.Response:
        """Return the response to a GET."""
        return self.run(self._call("GET", path))

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Return the response to a POST of a JSON body."""
        return self.run(self._call("POST", path, body))

    async def call(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Return the response to a POST of a JSON body; to be run by `run`."""
        return await self._call("POST", path, body)

    def post_all(self, path: str, bodies: Sequence[dict[str, Any]]) -> list[httpx.Response | None]:
        """Return the responses to POSTs of JSON bodies, None for those that failed.

        As many are in flight at once as the concurrency allows.
        """
        return self.run(self._call_all(path, bodies))

    async def _call_all(self, path: str, bodies: Sequence[dict[str, Any]]) -> list[httpx.Response | None]:
        places = asyncio.Semaphore(self.pace.most)

        async def call(body: dict[str, Any]) -> httpx.Response:
            async with places:
                return await self._call("POST", path, body)

        came = await asyncio.gather(*map(call, bodies), return_exceptions=True)
        return [response if isinstance(response, httpx.Response) else None for response in came]

    def submit(self, requests: Sequence[tuple[int, Request]], dialect: Codec) -> Batch:
        """Queue requests with their indices; return the batch in which replies arrive."""
        batch = Batch(len(requests), dialect)
        jobs = [
            SentRequest(index, request, batch, dialect.choose_form(request)) for index, request in requests
        ]
        with self._gate:
            if self._is_closed:
                raise MindError("the mind is closed; nothing can be asked of it any more")
            self._loop.call_soon_threadsafe(self._queue_batch, batch, jobs)
        return batch

    def forget(self, batch: Batch) -> None:
        """Cancel the requests of a batch that are still open."""
        with self._gate:
            if not self._is_closed:
                self._loop.call_soon_threadsafe(self._drop, batch)

    def close(self) -> None:
        """Stop the thread; open batches end with an error."""
        with self._gate:
            if self._is_closed:
                return
            self._is_closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10.0)

    # Everything from here on runs in the thread: no lock guards what only its loop touches.

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._end())
        finally:
            self._loop.close()

    async def _end(self) -> None:
        for batch in self._batches:
            batch.is_over = True
            batch.hands.put(MindError("the mind was closed while it was asked"))
        self._waiting.clear()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for client in self._clients:
            await client.aclose()

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, seconds: float = math.inf
    ) -> httpx.Response:
        client = self._idle.pop() if self._idle else self._add_client()
        self.n_sent += path in {COMPLETIONS, TEXTS}
        is_whole = True
        content = json.dumps(body, separators=(",", ":")).encode() if body is not None else None
        try:
            url = self._urls.get(path) or self._urls.setdefault(path, client.base_url.join(path))
            request = client.build_request(method, url, content=content, headers=_HEADERS)
            async with asyncio.timeout(min(self.retry_policy.timeout, seconds)):
                response = await fetch(client, request)
            # Where a body is not what it should be, its rest may follow: nothing else is asked over there.
            is_whole = json_object(response.content) is not None
            return response
        finally:
            if is_whole:
                self._idle.append(client)
            else:
                self._clients.remove(client)
                await client.aclose()

    def _add_client(self) -> httpx.AsyncClient:
        self._clients.append(self._make_client())
        return self._clients[-1]

    def _queue_batch(self, batch: Batch, jobs: list[SentRequest]) -> None:
        self._batches.add(batch)
        batch.open.update(jobs)
        batch.begun = batch.answered = self._loop.time()
        self._watch(batch)
        self._waiting.extend(jobs)
        self._send_waiting()

    def _send_waiting(self) -> None:
        """Send waiting requests up to the concurrency limit."""
        while self._waiting and len(self._in_flight) < self.pace.allowed:
            job = self._waiting.popleft()
            if not (job.batch.is_over or job.is_done):
                task = self._loop.create_task(self._attempt(job))
                self._in_flight[task] = job
                task.add_done_callback(self._finish_attempt)

    async def _attempt(self, job: SentRequest) -> Reply | Retry:
        dialect = job.batch.dialect
        job.sent = self._loop.time()
        job.begun = job.begun or job.sent
        job.attempts += 1
        job.other_forms += job.sent_form not in {None, job.form}
        job.sent_form = job.form
        try:
            return await self._ask_once(job, dialect)
        except TimeoutError:
            waited = min(self.retry_policy.timeout, self._loop.time() - job.sent)
            return Retry(f"no reply within {waited:.3g} s", too_much=True)
        except ResponseTooLarge as error:
            return Reply("invalid", detail=f"the response is not read: {error}")
        except httpx.TransportError as error:
            return dialect.read_lost_connection(error)
        except MindError:
            raise
        except Exception as error:  # noqa: BLE001 - one odd reply is one request's fault, never the batch's
            return Reply("invalid", detail=f"the response cannot be read ({type(error).__name__})")

    async def _ask_once(self, job: SentRequest, dialect: Codec) -> Reply | Retry:
        async def call(path: str, body: dict[str, Any]) -> httpx.Response:
            response = await self._call("POST", path, body, self._seconds_left(job))
            self._last_response = self._loop.time()
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
        if not (task.cancelled() or job.batch.is_over or job.is_done):
            error = task.exception()
            if error is not None:
                self._stop(job.batch, error)
            else:
                self._settle(job, task.result())
        self._send_waiting()

    def _settle(self, job: SentRequest, came: Reply | Retry) -> None:
        if isinstance(came, Reply):
            self.pace.record_success()
            job.batch.answered = self._loop.time()
            self._hand(job, came)
        elif came.form is not None and came.form != job.form:
            job.form = came.form
            self._waiting.appendleft(job)
        elif came.at_once:
            self._waiting.appendleft(job)
        else:
            self._retry(job, came)

    def _retry(self, job: SentRequest, came: Retry) -> None:
        if came.too_much:
            self.pace.record_overload(job.sent, self._loop.time())
        why = came.detail
        if job.retries < self.retry_policy.retries:
            wait = self.retry_policy.wait(job.retries, job.request.seed, came.seconds)
            if wait < self._seconds_left(job):
                job.retries += 1
                self._loop.call_later(wait, self._requeue, job)
                return
            asked = f"; it asks to wait {came.seconds:,.0f} s" if came.seconds >= wait else ""
            why += f"{asked}, and a request has {self.retry_policy.budget:g} s"
        if came.unreachable and self._last_response <= job.begun:
            self._stop(job.batch, MindError(job.batch.dialect.words.unreachable(came.detail)))
        else:
            self._give_up(job, why)

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
        self.accounts.note(job.request, reply)
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
        self._waiting = deque(job for job in self._waiting if job.batch is not batch)
        for task, job in self._in_flight.items():
            if job.batch is batch:
                task.cancel()

    def _forget_alarm(self, batch: Batch) -> None:
        if batch.alarm is not None:
            batch.alarm.cancel()
