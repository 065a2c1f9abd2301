"""The commands that read what runs and studies recorded: ``show``, ``migrate``, ``export``, ``report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from coevolve_sim.cli.console import (
    AsJson,
    Results,
    RunFolder,
    find_run,
    is_study,
    said,
    with_errors_in_words,
)
from coevolve_sim.cli.outcome import print_run, summarise_run
from coevolve_sim.cli.study_outcome import print_study, summarise_study
from coevolve_sim.errors import StudyError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (show, migrate, export, report):
        app.command()(command)


@with_errors_in_words
def show(
    folder: RunFolder = Path("last"), results: Results = Path("results"), as_json: AsJson = False
) -> None:
    """Show what a run is, how far it came and what came out."""
    from coevolve_sim.runs import open_run

    place = find_run(folder, results)
    if is_study(place):
        _show_study(place, as_json=as_json)
        return
    found = open_run(place)
    if as_json:
        said.print_json(json.dumps(summarise_run(found)))
    else:
        print_run(found)
        so_far = "" if found.status == "finished" else "  (so far)"
        said.print(f"\nDigest   {found.digest()}{so_far}\nFolder   {found.folder}", soft_wrap=True)


def _show_study(folder: Path, *, as_json: bool) -> None:
    from coevolve_sim.studies.study import open_study

    found = open_study(folder)
    if as_json:
        said.print_json(json.dumps(summarise_study(found)))
        return
    print_study(found)
    said.print(f"\nDigest   {found.digest()}\nFolder   {found.folder}", soft_wrap=True)


@with_errors_in_words
def migrate(folder: RunFolder = Path("last"), results: Results = Path("results")) -> None:
    """Bring the record of an earlier version to the present format; it is verified first."""
    from coevolve_sim.runs.migrations import migrate as migrate_run

    found = migrate_run(find_run(folder, results))
    if earlier := found.manifest.get("earlier_digest"):
        said.print(f"Digest before   {earlier}", soft_wrap=True)
    said.print(f"Digest   {found.digest()}\nFolder   {found.folder}", soft_wrap=True)


@with_errors_in_words
def export(
    folder: RunFolder = Path("last"),
    formats: Annotated[
        list[str] | None, typer.Option("--format", "-f", help="See `coevolve list formats`; repeatable.")
    ] = None,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Write a run in other formats: Parquet, CSV, NetCDF, GraphML, GEXF, canonical lines."""
    from coevolve_sim.runs import open_run

    place = find_run(folder, results)
    if is_study(place):
        from coevolve_sim.studies.study import open_study

        if formats:
            raise StudyError(f"{place} is a study, which is written in all its formats; leave --format out")
        written = open_study(place).export()
    else:
        written = open_run(place).export(tuple(formats) if formats else None)
    if as_json:
        said.print_json(json.dumps([str(path) for path in written]))
    for path in [] if as_json else written:
        said.print(str(path), soft_wrap=True)


@with_errors_in_words
def report(
    folder: RunFolder = Path("last"),
    beside: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", help="Another run of the same dimensions, drawn dashed beside it, round by round."
        ),
    ] = None,
    results: Results = Path("results"),
) -> None:
    """Draw a run's figures and write its report, as far as the run has come."""
    from coevolve_sim.runs import open_run

    place = find_run(folder, results)
    if is_study(place):
        from coevolve_sim.studies.study import open_study

        if beside is not None:
            raise StudyError(f"{place} is a study, beside which no run is drawn; leave --beside out")
        said.print(str(open_study(place).report()), soft_wrap=True)
        return
    other = None if beside is None else open_run(find_run(beside, results))
    said.print(str(open_run(place).report(other)), soft_wrap=True)
