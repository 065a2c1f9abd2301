"""Connections of ``coevolve serve``: one whose request is not whole in time is closed.

uvicorn limits the time between requests, not that of a request's head; without a limit, half-sent requests
would hold their connections for ever. The body has the same limit (`app`).
"""

from __future__ import annotations

import asyncio
from typing import Any


def build_protocol(seconds: float) -> type:
    """Return a protocol class for uvicorn that gives each request's head so many seconds."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class TimedProtocol(H11Protocol):  # type: ignore[misc]  # uvicorn need not be installed
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._expect_head()

        def data_received(self, data: bytes) -> None:
            try:
                super().data_received(data)
            except h11.LocalProtocolError:  # rubbish behind a request that is being answered
                self.transport.abort()
                return
            if self.cycle is None or self.cycle.response_complete:
                self._expect_head()
            else:
                self._stop_waiting()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def _expect_head(self) -> None:
            if self._deadline is None:
                self._deadline = self.loop.call_later(seconds, self._give_up)

        def _stop_waiting(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _give_up(self) -> None:
            self._deadline = None
            if self.cycle is None or self.cycle.response_complete:
                self.transport.abort()

    return TimedProtocol
