"""The web application of ``coevolve serve``: its routes, the check of the host's name, limits of bodies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.serve.bodies import RequestRefused
from coevolve_sim.minds.serve.service import Service

HOSTS = frozenset({"127.0.0.1", "localhost"})
MOST_BYTES = 8 * 2**20
"""Most bytes of a request's body that are read."""


def build_application(service: Service, read_timeout: float = 30.0) -> Any:
    """Build the ASGI application of a service.

    Parameters
    ----------
    service : Service
    read_timeout : float
        Seconds that a request's body may take to come.
    """
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.responses import Response
    from starlette.routing import Route

    def respond(content: dict[str, Any], status: int = 200) -> Any:
        headers = (
            {"connection": "close"} if status in {408, 413} else None
        )  # the rest of the body goes unread
        return Response(_encode(content), status, headers, "application/json")

    def wrap(answer: Callable[[Any], Awaitable[dict[str, Any]]]) -> Callable[[Any], Awaitable[Any]]:
        async def route(request: Any) -> Any:
            try:
                return respond(await answer(await _read_body(request, read_timeout)))
            except RequestRefused as refused:
                return respond(refused.content, refused.status)
            except RecursionError:
                return respond(RequestRefused("the body is nested too deeply").content, 400)
            except MindError as error:
                return respond(RequestRefused(str(error), status=503).content, 503)
            except Exception as error:  # noqa: BLE001 - one request's fault must not end the others
                text = f"the server failed on this request ({type(error).__name__})"
                return respond(RequestRefused(text, status=500).content, 500)

        return route

    async def models(_: Any) -> Any:
        return respond(service.models())

    async def health(_: Any) -> Any:
        return respond({"status": "ok", "model": service.name, **service.totals})

    async def problem(_: Any, error: Exception) -> Any:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = {404: "there is no such route", 405: "this route does not take that method"}.get(
            status, "failed"
        )
        return respond(RequestRefused(text, status=status).content, status)

    routes = [
        Route("/v1/models", models),
        Route("/health", health),
        Route("/v1/chat/completions", wrap(service.chat), methods=["POST"]),
        Route("/v1/completions", wrap(service.text), methods=["POST"]),
        Route("/tokenize", wrap(service.tokenize), methods=["POST"]),
    ]
    handlers = {HTTPException: problem, 500: problem}
    return _restrict_to_loopback(Starlette(routes=routes, exception_handlers=handlers))


def _encode(content: dict[str, Any]) -> bytes:
    """Encode JSON in UTF-8, with the replacement character U+FFFD for lone surrogates that a mind gave."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


async def _read_body(request: Any, seconds: float) -> Any:
    try:
        async with asyncio.timeout(seconds):
            content = await _read_bytes(request)
    except TimeoutError:
        raise RequestRefused(f"the body was not whole after {seconds:g} s", status=408) from None
    try:
        body = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_build_object)
    except (ValueError, RecursionError):
        raise RequestRefused("the body is not JSON in UTF-8 with each name once in its object") from None
    if b"\\u" in content:
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise RequestRefused(
                "the body holds half a character (a lone surrogate); send whole ones"
            ) from None
    return body


async def _read_bytes(request: Any) -> bytes:
    announced = request.headers.get("content-length", "")
    content = bytearray()
    if not (announced.isdigit() and int(announced[:20]) > MOST_BYTES):
        async for chunk in request.stream():
            content += chunk
            if len(content) > MOST_BYTES:
                break
        else:
            return bytes(content)
    raise RequestRefused(f"the body has more than {MOST_BYTES:,} bytes, the most that are read", status=413)


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _restrict_to_loopback(app: Any) -> Any:
    """Wrap an application so that it answers only requests to this machine's own names.

    This keeps out web pages that reach the server by a name of their own (DNS rebinding).
    """
    from starlette.responses import JSONResponse

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
            if host not in HOSTS:
                text = f"this server answers on {' and '.join(sorted(HOSTS))} only"
                await JSONResponse(RequestRefused(text, status=403).content, 403)(scope, receive, send)
                return
        await app(scope, receive, send)

    return guard
