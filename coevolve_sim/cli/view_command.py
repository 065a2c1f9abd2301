"""The command that shows societies, runs and studies in the browser: ``coevolve view``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coevolve_sim.cli.console import Results, find_run, said, with_errors_in_words
from coevolve_sim.errors import ViewError


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command()(view)


@with_errors_in_words
def view(
    shown: Annotated[
        Path | None,
        typer.Argument(
            metavar="SCENARIO|RUN|STUDY|FOLDER",
            help="A scenario (a file, or a shipped one's name) plays; the folder of a run or a study, or of "
            "several, is browsed; 'last' is the latest. Without it, the folder of runs.",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes any that is free.")
    ] = 8765,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address only; open no browser.")
    ] = False,
    max_requests: Annotated[
        int | None,
        typer.Option(
            "--max-requests", help="Stop a society before its minds are sent more since it began.", min=1
        ),
    ] = None,
    results: Results = Path("results"),
) -> None:
    r"""Show a society that plays, a run, a study, or a folder of runs in the browser.

    Only this machine, and only who has the address, which holds a token, can see it. Ctrl-C ends it. It needs
    the extra view: pip install 'coevolve-sim\[view]'.
    """
    from coevolve_sim.minds.budget import RequestBudget
    from coevolve_sim.view import server
    from coevolve_sim.view.shown import find_shown

    if shown is None and not results.is_dir():
        raise ViewError(
            f"{results}: there is no folder of runs; `coevolve view quickstart_numeric` plays a society, and "
            "`coevolve run` makes a run"
        )
    given = results if shown is None else find_run(shown, results)
    budget = RequestBudget(max_requests)
    server.serve(find_shown(given), port, with_browser=not no_browser, tell=_tell, budget=budget)


def _tell(address: str) -> None:
    said.print(f"{address}\nOnly this machine can open it; Ctrl-C ends it.", soft_wrap=True)
