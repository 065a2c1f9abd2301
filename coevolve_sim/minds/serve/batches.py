"""Batching of concurrent requests to a mind.

One thread asks the mind. Requests that arrive while it does wait and make up the next batch.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.generation import GeneratedText, GenerationRequest
from coevolve_sim.minds.protocol import Mind, Reply, Request

_LINGER = 0.002
"""Seconds for which a batch waits for further requests."""


@dataclass(frozen=True)
class Continuation:
    """Tokens to continue, with log-probabilities; only a language model in this process can do that."""

    voice: str
    writing: GenerationRequest
    reads: bool = False
    """Whether the log-probabilities of the prompt's own tokens are asked for."""


@dataclass
class _Waiting:
    asked: Request | Continuation
    future: Future[Any] = field(default_factory=Future)


class Batches:
    """The thread that asks a mind, and the queue of waiting requests.

    Parameters
    ----------
    mind : Mind
        The mind, which this thread alone asks.
    most : int
        Largest number of requests in a batch.
    """

    def __init__(self, mind: Mind, most: int = 256) -> None:
        self.mind = mind
        self.most = most
        self.n_batches = 0
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="asks the mind", daemon=True)
        self._is_open = True

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def reply(self, request: Request) -> Reply:
        """Return the reply to a request."""
        reply: Reply = await self._submit(request)
        return reply

    async def generate(
        self, raw: Continuation
    ) -> tuple[GeneratedText | None, list[tuple[float, list[tuple[int, float]]]]]:
        """Return the continuation of tokens (None if memory ran out), and the prompt's log-probabilities."""
        done: tuple[GeneratedText | None, list[tuple[float, list[tuple[int, float]]]]] = await self._submit(
            raw
        )
        return done

    async def _submit(self, asked: Request | Continuation) -> Any:
        if not self._is_open:
            raise MindError("the server is stopping; nothing more can be asked")
        waiting = _Waiting(asked)
        self._queue.put(waiting)
        return await asyncio.wrap_future(waiting.future)

    def close(self) -> None:
        """Answer the waiting requests, then stop the thread."""
        self._is_open = False
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            first = self._queue.get()
            if first is None:
                return
            batch, goes_on = self._batch(first)
            self.n_batches += 1
            self._answer_each([w for w in batch if w.future.set_running_or_notify_cancel()])

    def _batch(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Return the next batch of waiting requests, and whether more may come."""
        batch, until = [first], time.monotonic() + _LINGER
        while len(batch) < self.most:
            try:
                after = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return batch, True
            if after is None:
                return batch, False
            batch.append(after)
        return batch, True

    def _answer_each(self, batch: Sequence[_Waiting]) -> None:
        """Answer a batch; if that fails, each request that is still open alone, so that one fails alone."""
        try:
            self._answer(batch)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            still_open = [waiting for waiting in batch if not waiting.future.done()]
            if len(batch) == 1 and still_open:
                still_open[0].future.set_exception(error)
            elif len(batch) > 1:
                for waiting in still_open:
                    self._answer_each([waiting])

    def _answer(self, batch: Sequence[_Waiting]) -> None:
        plain = [(waiting, waiting.asked) for waiting in batch if isinstance(waiting.asked, Request)]
        for number, reply in self.mind.ask([request for _, request in plain]):
            plain[number][0].future.set_result(reply)
        voices: dict[str, list[tuple[_Waiting, Continuation]]] = {}
        for waiting in batch:
            if isinstance(waiting.asked, Continuation):
                voices.setdefault(waiting.asked.voice, []).append((waiting, waiting.asked))
        for voice, raws in voices.items():
            self._write(voice, raws)

    def _write(self, voice: str, raws: Sequence[tuple[_Waiting, Continuation]]) -> None:
        mind: Any = self.mind
        jobs = [(number, raw.writing) for number, (_, raw) in enumerate(raws)]
        for number, writing, written in mind.write(voice, jobs):
            waiting, raw = raws[number]
            read = mind.read(voice, writing) if raw.reads and written is not None else []
            waiting.future.set_result((written, read))
