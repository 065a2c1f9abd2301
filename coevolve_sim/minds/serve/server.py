"""``coevolve serve``: a small OpenAI-compatible server over a mind, on this machine only.

``serve`` runs one in a thread, ``run_server`` one in the foreground, as does
``python -m coevolve_sim.minds.serve.server --model FOLDER``. Requests that arrive together are sent to the
mind together. What is not supported is refused with an error in OpenAI's format, never ignored.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coevolve_sim.errors import CoevolveError, MindError
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.protocol import Mind
from coevolve_sim.minds.serve.app import HOSTS, build_application
from coevolve_sim.minds.serve.batches import Batches
from coevolve_sim.minds.serve.connections import build_protocol
from coevolve_sim.minds.serve.service import Service

_PATIENCE = 10
"""Seconds that open requests have to finish when the server stops."""
READ_TIMEOUT = 30.0
"""Seconds that the head of a request, and its body, may take to come."""


@dataclass(frozen=True)
class Address:
    """Address of a server, and the name of its model.

    Attributes
    ----------
    url : str
        Such as ``http://127.0.0.1:8000``.
    model : str
        The name of the mind's own voice.
    """

    url: str
    model: str


@contextlib.contextmanager
def serve(
    mind: Mind,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    name: str | None = None,
    seed: int = 0,
    read_timeout: float = READ_TIMEOUT,
) -> Iterator[Address]:
    """Serve a mind from a thread within the context; the mind stays open afterwards.

    Parameters
    ----------
    mind : Mind
        The mind that answers.
    port : int
        0 takes a free one.
    host : str
        127.0.0.1 or localhost.
    name : str, optional
        The name of the mind's own voice among models; the mind's, or ``mind``, unless given.
    seed : int
        Seeds of requests that give none are derived from it.
    read_timeout : float
        Seconds that the head of a request, and its body, may take to come; then its connection is closed.

    Raises
    ------
    MindError
        If the host is another machine's or the port is taken, or starlette or uvicorn are not installed.
    """
    with _bind(host, port) as listener, _run_service(mind, name, seed, read_timeout) as (service, app):
        server = _build_server(app, read_timeout)
        thread = threading.Thread(target=server.run, args=([listener],), name="serves", daemon=True)
        thread.start()
        try:
            _wait_for(server, thread)
            yield _address(listener, service)
        finally:
            server.should_exit = True
            thread.join()


def run_server(
    model: str | Path | Mind,
    *,
    port: int = 8000,
    host: str = "127.0.0.1",
    name: str | None = None,
    say: Callable[[str], None] = print,
    **settings: Any,
) -> None:
    """Serve in the foreground until interrupted, and report the address.

    Parameters
    ----------
    model : str, Path or Mind
        Folder or Hub name of a model, ``embedded`` for the one that comes with the package, or a mind.
    port : int
        0 takes a free one.
    host : str
        127.0.0.1 or localhost.
    name : str, optional
        The name of the mind's own voice among models.
    say : callable
        Called with each line for the user.
    **settings
        Of `LocalMind`: voices, dtype, device, ...

    Raises
    ------
    MindError
        If the model cannot be opened, or the address is not available.
    """
    with _bind(host, port) as listener:
        mind = _open_mind(model, settings)
        try:
            with _run_service(mind, name, 0) as (service, app):
                address = _address(listener, service)
                say(f"Serving {mind.identity}")
                say(f"at {address.url}/v1 as {', '.join([service.name, *mind.voices])}; stop with Ctrl+C.")
                with contextlib.suppress(KeyboardInterrupt), _interrupt_on_sigterm():
                    _build_server(app).run([listener])
        finally:
            mind.close()
    say("Stopped.")


@contextlib.contextmanager
def _interrupt_on_sigterm() -> Iterator[None]:
    """Treat SIGTERM as an interruption within the context, so that the server also stops in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _open_mind(model: str | Path | Mind, settings: Mapping[str, Any]) -> Mind:
    if not isinstance(model, str | Path):
        return model
    return LocalMind.embedded(**settings) if str(model) == "embedded" else LocalMind(model, **settings)


@contextlib.contextmanager
def _bind(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens on this machine's loopback address."""
    if host not in HOSTS:
        raise MindError(
            f"a server listens on {' or '.join(sorted(HOSTS))} only, as it asks for no key; given: {host}"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1024)  # so that requests before the server is ready wait instead of failing
        except (OSError, OverflowError) as error:
            raise MindError(
                f"port {port} cannot be had ({error}); take another, or 0 for a free one"
            ) from None
        yield listener


@contextlib.contextmanager
def _run_service(
    mind: Mind, name: str | None, seed: int, read_timeout: float = READ_TIMEOUT
) -> Iterator[tuple[Service, Any]]:
    """Yield the service and its application, with the thread that asks the mind running."""
    chosen = name or (mind.name if isinstance(mind, LocalMind) else "mind")
    if chosen in mind.voices:
        raise MindError(
            f"a voice has the name {chosen}, which the model itself is served by; give another name"
        )
    batches = Batches(mind)
    service = Service(mind, chosen, batches, seed)
    app = build_service_application(service, read_timeout)
    batches.start()
    try:
        yield service, app
    finally:
        batches.close()


def build_service_application(service: Service, read_timeout: float = READ_TIMEOUT) -> Any:
    """Build the ASGI application of a service; a missing starlette becomes a `MindError`.

    Raises
    ------
    MindError
        If starlette is not installed.
    """
    try:
        return build_application(service, read_timeout)
    except ImportError:
        raise MindError(_MISSING.format("starlette")) from None


_MISSING = "{} is not installed; serving needs it: pip install 'coevolve-sim[lm]'"


def _build_server(app: Any, read_timeout: float = READ_TIMEOUT) -> Any:
    try:
        import uvicorn

        protocol = build_protocol(read_timeout)
    except ImportError:
        raise MindError(_MISSING.format("uvicorn")) from None
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_PATIENCE,
    )
    return uvicorn.Server(config)


def _wait_for(server: Any, thread: threading.Thread) -> None:
    while not server.started:
        thread.join(0.01)
        if not thread.is_alive():
            raise MindError("the server did not start")


def _address(listener: socket.socket, service: Service) -> Address:
    return Address(f"http://127.0.0.1:{listener.getsockname()[1]}", service.name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a model by command-line arguments; return the exit status: 0, or 2 after an error."""
    parser = argparse.ArgumentParser(
        prog="python -m coevolve_sim.minds.serve.server", description=(__doc__ or "")[:79]
    )
    parser.add_argument("--model", required=True, help="folder, Hub name, or: embedded")
    parser.add_argument("--voice", action="append", default=[], metavar="NAME=FOLDER", help="a LoRA adapter")
    parser.add_argument("--name", help="what the model is called")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--chat-template", type=Path, help="Jinja file")
    parser.add_argument("--batch-tokens", type=int)
    parser.add_argument("--max-length", type=int)
    given = vars(parser.parse_args(arguments))
    voices = dict(voice.partition("=")[::2] for voice in given.pop("voice"))
    settings = given | ({"voices": voices} if voices else {})
    try:
        run_server(settings.pop("model"), say=_say, **settings)
    except CoevolveError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command speaks
        return 2
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command speaks


if __name__ == "__main__":
    sys.exit(main())
