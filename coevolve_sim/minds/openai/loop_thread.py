"""A thread with an event loop, in which servers are asked, so that callers need no coroutines.

Several servers of one mind share one thread: two loops in one process would wait for each other.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class _Sender(Protocol):
    def end(self) -> None: ...


class _Connections(Protocol):
    async def aclose(self) -> None: ...


class LoopThread:
    """An event loop that runs in a thread until it is closed.

    Attributes
    ----------
    loop : asyncio.AbstractEventLoop
        The loop; to be touched from its own thread only.
    senders, connections : WeakSet
        What is ended before all tasks are cancelled, and what is closed after it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._gate = threading.Lock()
        self._is_closed = False
        self.senders: weakref.WeakSet[_Sender] = weakref.WeakSet()
        self.connections: weakref.WeakSet[_Connections] = weakref.WeakSet()
        self._thread = threading.Thread(target=self._run_loop, name="coevolve server mind", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be run in it any more."""
        return self._is_closed

    def call(self, function: Callable[..., None], *given: Any) -> bool:
        """Have a function called in the thread; return whether it will be, which it is not once closed."""
        with self._gate:
            if not self._is_closed:
                self.loop.call_soon_threadsafe(function, *given)
            return not self._is_closed

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread and return what it returns; RuntimeError once it is closed."""
        with self._gate:
            if self._is_closed:
                coroutine.close()
                raise RuntimeError("the thread of the event loop is closed")
            future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the thread; what runs in it is cancelled."""
        with self._gate:
            if self._is_closed:
                return
            self._is_closed = True
            self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=10.0)

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self._end())
        finally:
            self.loop.close()

    async def _end(self) -> None:
        for sender in list(self.senders):
            sender.end()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for connections in list(self.connections):
            await connections.aclose()
