"""``coevolve verify``: known results, reproduced or named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from coevolve_sim import __version__
from coevolve_sim.cli.console import (
    EXIT_VERIFICATION,
    AsJson,
    Results,
    aside,
    said,
    with_errors_in_words,
)
from coevolve_sim.errors import RecordError

if TYPE_CHECKING:
    from coevolve_sim.evaluation.verification import VerificationReport


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command()(verify)


@with_errors_in_words
def verify(
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer seeds, smaller societies, wider tolerances.")
    ] = False,
    results: Results = Path("results"),
    facebook: Annotated[
        Path | None,
        typer.Option(help="File of ego-Facebook's ties; looked for in data and ../shared/data if not given."),
    ] = None,
    ndlib: Annotated[
        Path | None,
        typer.Option(
            metavar="PYTHON",
            envvar="NDLIB_PYTHON",
            help="Python of an environment with NDlib; .venv-ndlib/bin/python if not given and there.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reproduce what theory and the literature know; write verify.json and verify.html; say what differs."""
    from coevolve_sim.evaluation import verification
    from coevolve_sim.evaluation.verification.figure import draw_bifurcation, write_verification

    if facebook is not None and not facebook.is_file():
        raise RecordError(f"{facebook} is no file; --facebook names the edge list of ego-Facebook")
    if ndlib is not None and not ndlib.is_file():
        raise RecordError(f"{ndlib} is no file; --ndlib names the Python of an environment with NDlib")
    chosen = verification.list_checks(
        facebook or verification.find_facebook(), ndlib or verification.find_ndlib()
    )
    with aside.status("Verifying") as status:
        rows = verification.verify(
            quick=quick,
            chosen=chosen,
            progress=lambda done, n, name: _show_check(status, f"{done + 1}/{n} {name}"),
        )
        _show_check(status, "the bifurcation diagram")
        outcome = verification.VerificationReport(tuple(rows), quick, __version__)
        page = write_verification(outcome, results / "verify", draw_bifurcation(quick=quick))
    if as_json:
        said.print_json(outcome.as_json())
    else:
        _print_verified(outcome)
        said.print(f"\nPage   {page}", soft_wrap=True)
    if not outcome.ok:
        raise typer.Exit(EXIT_VERIFICATION)


def _show_check(status: Any, what: str) -> None:
    """Show on standard error what is being verified: in place on a terminal, else one line for each."""
    if aside.is_terminal:
        status.update(f"Verifying {what}")
    else:
        aside.print(f"verifying {what}", markup=False, soft_wrap=True)


def _print_verified(outcome: VerificationReport) -> None:
    from coevolve_sim.evaluation.verification.outcome import format_numbers

    table = Table(box=None, header_style="bold")
    table.add_column("row", no_wrap=True)
    for column in ("expected", "measured", "tolerance", "source"):
        table.add_column(column, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for row in outcome.rows:
        style = {"passed": "green", "failed": "bold red"}.get(row.verdict, "yellow")
        table.add_row(
            row.key,
            format_numbers(row.expected),
            format_numbers(row.measured),
            f"{row.tolerance:.2g}",
            row.source,
            Text(row.verdict, style=style),
        )
    said.print(table)
    said.print("Each row's claim, and why its tolerance: verify.html, and docs/verification.md.")
    said.print(", ".join(f"{count} {verdict}" for verdict, count in outcome.counts.items()))
