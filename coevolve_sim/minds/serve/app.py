"""The web application of ``coevolve serve``: its routes, and the check of the host's name."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.serve.bodies import RequestRefused
from coevolve_sim.minds.serve.service import Service

HOSTS = frozenset({"127.0.0.1", "localhost"})


def build_application(service: Service) -> Any:
    """Build the ASGI application of a service."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    def wrap(answer: Callable[[Any], Awaitable[dict[str, Any]]]) -> Callable[[Any], Awaitable[Any]]:
        async def route(request: Any) -> Any:
            try:
                return JSONResponse(await answer(await _read_body(request)))
            except RequestRefused as refused:
                return JSONResponse(refused.content, refused.status)
            except MindError as error:
                return JSONResponse(RequestRefused(str(error), status=503).content, 503)
            except Exception as error:  # noqa: BLE001 - one request's fault must not end the others
                text = f"the server failed on this request ({type(error).__name__})"
                return JSONResponse(RequestRefused(text, status=500).content, 500)

        return route

    async def models(_: Any) -> Any:
        return JSONResponse(service.models())

    async def health(_: Any) -> Any:
        return JSONResponse({"status": "ok", "model": service.name, **service.totals})

    async def problem(_: Any, error: Exception) -> Any:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = {404: "there is no such route", 405: "this route does not take that method"}.get(
            status, "failed"
        )
        return JSONResponse(RequestRefused(text, status=status).content, status)

    routes = [
        Route("/v1/models", models),
        Route("/health", health),
        Route("/v1/chat/completions", wrap(service.chat), methods=["POST"]),
        Route("/v1/completions", wrap(service.text), methods=["POST"]),
        Route("/tokenize", wrap(service.tokenize), methods=["POST"]),
    ]
    handlers = {HTTPException: problem, 500: problem}
    return _restrict_to_loopback(Starlette(routes=routes, exception_handlers=handlers))


async def _read_body(request: Any) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise RequestRefused("the body is not JSON") from None


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
