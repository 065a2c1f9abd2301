"""The gate before the live view: only this machine, only with the token, and nothing from elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ASSETS = "/_solara/cdn/"
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://{host}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Scripts may be made from texts, as Vue makes functions of its templates; all comes from this server."""

NO_ADDRESS = "This page is for whoever has its address with the token, which `coevolve view` prints."
OTHER_HOST = "This page is shown on the machine it runs on alone, at 127.0.0.1 or localhost."
NOT_HERE = "There is no such file on this server, and it fetches none from elsewhere."


class Gate:
    """An ASGI application before another: what is asked without the token, or from elsewhere, is refused.

    Parameters
    ----------
    app : ASGI application
        What is behind the gate.
    token : str
        In the first address; afterwards a cookie of this browser holds it.
    port : int
        The server's; part of the cookie's name, as cookies are shared by all ports of a machine.
    assets : Path
        The folder of Solara's assets. It would fetch one that is not there, so these are refused.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], token: str, port: int, assets: Path) -> None:
        self.app, self.token, self.assets = app, token, assets.resolve()
        self.cookie = f"coevolve_view_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, turn a first one into a cookie, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]}
        if (why := self._refuse(scope, headers)) is not None:
            await _refuse(scope, send, *why)
        elif scope["type"] == "http" and "token" in (query := dict(_read_query(scope))):
            del query["token"]
            await self._admit(scope, query, send)
        else:
            await self.app(scope, receive, _with_headers(send, headers.get("host", "")))

    def _refuse(self, scope: Scope, headers: MutableMapping[str, str]) -> tuple[int, str] | None:
        """Return the status and sentence with which a request is refused; None if it is not."""
        host = headers.get("host", "")
        if not is_loopback(host) or not _is_of(headers.get("origin"), host):
            return 403, OTHER_HOST
        if not self._has_token(scope, headers):
            return 403, NO_ADDRESS
        if scope["path"].startswith(ASSETS) and not self._has_asset(scope["path"].removeprefix(ASSETS)):
            return 404, NOT_HERE
        return None

    def _has_token(self, scope: Scope, headers: MutableMapping[str, str]) -> bool:
        given = [text for name, text in _read_query(scope) if name == "token"]
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        if self.cookie in cookies:
            given.append(cookies[self.cookie].value)
        return any(secrets.compare_digest(one.encode(), self.token.encode()) for one in given)

    def _has_asset(self, path: str) -> bool:
        # The server keeps a file of a name without folders as __main.js in a folder of that name.
        asked = (self.assets / (path if "/" in path else f"{path}/__main.js")).resolve()
        return asked.is_relative_to(self.assets) and asked.is_file()

    async def _admit(self, scope: Scope, query: MutableMapping[str, str], send: Send) -> None:
        """Give the browser the token as a cookie, and lead it to the address without it."""
        rest = f"?{urlencode(query)}" if query else ""
        cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", f"{scope['path']}{rest}".encode()), (b"set-cookie", cookie.encode())]
        await _answer(send, 303, "", headers)


def is_loopback(host: str) -> bool:
    """Return whether a Host header names this machine itself.

    A page of another address that leads here, as by DNS rebinding, sends its own name.

    Examples
    --------
    >>> is_loopback("127.0.0.1:8765"), is_loopback("[::1]:80"), is_loopback("example.org"), is_loopback("")
    (True, True, False, False)
    """
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    return name.lower() in LOOPBACK


def _is_of(origin: str | None, host: str) -> bool:
    """Return whether what sent a request, if it says so, is a page of this server."""
    return origin is None or urlsplit(origin).netloc == host


def _read_query(scope: Scope) -> Iterable[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _with_headers(send: Send, host: str) -> Send:
    """Add the policy on what the page may load to an answer's headers."""
    added: Headers = [
        (b"content-security-policy", POLICY.format(host=host).encode("latin-1")),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]

    async def send_with(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return send_with


async def _refuse(scope: Scope, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":  # before it is accepted, this is answered as 403
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    await _answer(send, status, f"{sentence}\n", [])


async def _answer(send: Send, status: int, text: str, headers: Headers) -> None:
    told = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": text.encode()})
