"""One server as it is asked: its connections, how many requests it may have, and how it does.

Each request in flight has a client, and so a connection, of its own: one client with 256 connections looks at
all of them before each request, which takes longer than the request.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import httpx

from coevolve_sim.minds.openai.codec import Codec, Retry, json_object
from coevolve_sim.minds.openai.loop_thread import LoopThread
from coevolve_sim.minds.openai.responses import ENCODINGS, fetch
from coevolve_sim.minds.openai.retry import ConcurrencyLimit, RetryPolicy
from coevolve_sim.minds.openai.whole_texts import TEXTS
from coevolve_sim.minds.usage import UsageByKind

T = TypeVar("T")
COMPLETIONS = "chat/completions"
FAILURES = 3
"""Failures in a row, each of a request sent after the one before had failed, by which a server is lost."""
_HEADERS = {"content-type": "application/json", "accept-encoding": ENCODINGS}


class Endpoint:
    """One server: what is sent to it, one by one or by a `Transport`.

    Parameters
    ----------
    thread : LoopThread
        In which it is asked.
    client : function
        Makes a client; called in the thread.
    retry_policy, pace
        The retry policy and the concurrency limit.

    Attributes
    ----------
    dialect : Codec
        How it is asked; set once that is known.
    n_sent, n_sent_to_find_out : int
        How many completions it was asked for, of chats and of texts, as the server's own log has it; and how
        many of these were to find out about it.
    n_answered : int
        Requests that a `Transport` has from it a reply to.
    in_flight : int
        Requests that a `Transport` waits for.
    is_on_trial : bool
        Whether it came back and has answered nothing since: then it may have one request in flight.
    """

    def __init__(
        self,
        thread: LoopThread,
        client: Callable[[], httpx.AsyncClient],
        retry_policy: RetryPolicy,
        pace: ConcurrencyLimit,
    ) -> None:
        self.thread, self.retry_policy, self.pace = thread, retry_policy, pace
        self.dialect: Codec
        self.accounts = UsageByKind()
        self.n_sent = self.n_sent_to_find_out = self.n_answered = self.in_flight = 0
        self.last_response, self.is_on_trial = 0.0, False
        self._failures, self._failed_at = 0, -math.inf
        self._make_client = client
        self._urls: dict[str, httpx.URL] = {}
        self._idle: list[httpx.AsyncClient] = []
        self._clients: list[httpx.AsyncClient] = []
        thread.connections.add(self)

    @property
    def has_room(self) -> bool:
        """Whether one request more may be in flight."""
        return self.in_flight < (1 if self.is_on_trial else self.pace.allowed)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread and return what it returns."""
        return self.thread.run(coroutine)

    def count_sent(self) -> tuple[int, int]:
        """Return the completions asked for, to find out and in all, once what was to be done is done."""
        if self.thread.is_closed:
            return self.n_sent_to_find_out, self.n_sent

        async def read() -> tuple[int, int]:
            return self.n_sent_to_find_out, self.n_sent

        return self.run(read())

    def get(self, path: str) -> httpx.Response:
        """Return the response to a GET."""
        return self.run(self.send("GET", path))

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Return the response to a POST of a JSON body, by which something is found out."""
        return self.run(self.call(path, body))

    async def call(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Return the response to a POST of a JSON body, by which something is found out; run by `run`."""
        self.n_sent_to_find_out += path in {COMPLETIONS, TEXTS}
        return await self.send("POST", path, body)

    def post_all(self, path: str, bodies: Sequence[dict[str, Any]]) -> list[httpx.Response | None]:
        """Return the responses to POSTs of JSON bodies, None for those that failed.

        As many are in flight at once as the concurrency allows.
        """
        return self.run(self._call_all(path, bodies))

    async def _call_all(self, path: str, bodies: Sequence[dict[str, Any]]) -> list[httpx.Response | None]:
        places = asyncio.Semaphore(self.pace.most)

        async def call(body: dict[str, Any]) -> httpx.Response:
            async with places:
                return await self.call(path, body)

        came = await asyncio.gather(*map(call, bodies), return_exceptions=True)
        return [response if isinstance(response, httpx.Response) else None for response in came]

    async def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, seconds: float = math.inf
    ) -> httpx.Response:
        """Send a request, within the time of an attempt and at most so many seconds; return the response."""
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

    def record_answer(self) -> None:
        """Note a reply."""
        self.pace.record_success()
        self.n_answered += 1
        self._failures, self.is_on_trial = 0, False

    def record_failure(self, came: Retry, sent_at: float, now: float) -> bool:
        """Note an attempt that failed; return whether the server is lost.

        It is where no connection can be made, where it was silent since a request was sent that had all the
        time of an attempt, and where it fails `FAILURES` times in a row. Requests that were in flight
        together fail once; where only the server's patience is at an end (HTTP 429), it is not lost.
        """
        if came.too_much:
            self.pace.record_overload(sent_at, now)
        if came.is_busy:
            return False
        if sent_at > self._failed_at:
            self._failures, self._failed_at = self._failures + 1, now
        is_silent = came.timed_out and self.last_response <= sent_at
        return came.unreachable or is_silent or self._failures >= FAILURES

    async def aclose(self) -> None:
        """Close its connections."""
        for client in self._clients:
            await client.aclose()
        self._clients.clear()
        self._idle.clear()

    def _add_client(self) -> httpx.AsyncClient:
        self._clients.append(self._make_client())
        return self._clients[-1]
