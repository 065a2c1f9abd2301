"""The server of the live view: on this machine alone, and for whoever has the address with its token."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from coevolve_sim.errors import ViewError
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.registry import resolve
from coevolve_sim.view.shown import Shown

HOST = "127.0.0.1"
FIRST_PORT = 8765
NEEDED = ("solara", "reacton", "ipyvuetify", "uvicorn", "starlette", "websockets")


def require_extra() -> None:
    """Refuse to go on without the libraries of the extra ``view``.

    Raises
    ------
    ViewError
        If one is not installed; names the command that installs them.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ViewError(
            f"the live view needs {', '.join(missing)}, which is not installed; "
            "install the extra: pip install 'coevolve-sim[view]'"
        )


def take_port(port: int) -> socket.socket:
    """Return a socket that is bound to a port of this machine alone; 0 takes any that is free.

    Raises
    ------
    ViewError
        If another program has the port.

    Examples
    --------
    >>> with take_port(0) as taken:
    ...     taken.getsockname()[0]
    '127.0.0.1'
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        taken.listen(128)
    except OSError as error:
        taken.close()
        raise ViewError(
            f"port {port} of {HOST} cannot be used ({error.strerror}); end the program that has it, name "
            "another with --port N, or take any free one with --port 0"
        ) from None
    return taken


def serve(
    shown: Shown,
    port: int,
    *,
    with_browser: bool,
    tell: Callable[[str], None],
    budget: RequestBudget = NO_LIMIT,
) -> None:
    """Serve the page of what is shown until it is interrupted.

    Parameters
    ----------
    shown : Shown
    port : int
        0 takes any that is free.
    with_browser : bool
        Whether to open the address in the user's browser.
    tell : callable
        Called with the address, once requests are taken.
    budget : RequestBudget
        What the minds of a society that plays may be asked, at most, from each beginning on.

    Raises
    ------
    ViewError
        If the extra is missing, or the port is in use.
    """
    require_extra()
    with take_port(port) as taken:
        import uvicorn

        token = secrets.token_urlsafe(24)
        number = taken.getsockname()[1]
        address = f"http://{HOST}:{number}/?token={token}"
        application = build_app(shown, token, number, budget)
        config = uvicorn.Config(application, log_level="warning", access_log=False, loop="asyncio")
        tell(address)
        if with_browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):  # which is how it is ended
            uvicorn.Server(config).run(sockets=[taken])


def build_app(shown: Shown, token: str, port: int, budget: RequestBudget = NO_LIMIT) -> Any:
    """Return the application: Solara's, behind the gate that refuses strangers."""
    from coevolve_sim.view.gate import Gate
    from coevolve_sim.view.solara_settings import settle_solara

    settle_solara()
    from solara.server import app as solara_app
    from solara.server import starlette as solara_server
    from solara.server.settings import assets

    from coevolve_sim.view import app

    app.show(shown, budget)
    resolve(app.PAGES[shown.kind])  # now, as imports take longer than a page should
    solara_app.apps["__default__"] = solara_app.AppScript("coevolve_sim.view.app:Page")
    return Gate(solara_server.app, token, port, assets.proxy_cache_dir)
