"""The commands of scenario files: ``coevolve check``, ``new`` and ``schema``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from coevolve_sim.cli.console import (
    EXIT_SCENARIO,
    AsJson,
    Settings,
    aside,
    find_named_scenario,
    said,
    with_errors_in_words,
)
from coevolve_sim.errors import CoevolveError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (check, new, schema):
        app.command()(command)


@with_errors_in_words
def check(
    files: Annotated[list[Path], typer.Argument(help="Scenario files, or names of shipped scenarios.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Validate scenario files: read them and build their societies, without running them."""
    from coevolve_sim.runs import runner

    verdicts = []
    for file in files:
        try:
            setup = runner.load_setup(find_named_scenario(file), overrides=settings or ())[1]
        except CoevolveError as error:
            verdicts.append({"file": str(file), "ok": False, "error": str(error)})
        else:
            verdicts.append({"file": str(file), "ok": True, "notes": list(setup.notes)})
            if not as_json:
                said.print(f"{file}: ok, {setup.n_humans} humans, {setup.n_rounds} rounds", soft_wrap=True)
                for note in setup.notes:
                    said.print(f"  {note}", soft_wrap=True)
            continue
        if not as_json:
            aside.print(str(verdicts[-1]["error"]), soft_wrap=True)
    if as_json:
        said.print_json(json.dumps(verdicts))
    if not all(verdict["ok"] for verdict in verdicts):
        raise typer.Exit(EXIT_SCENARIO)


@with_errors_in_words
def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario; the file is NAME.yaml.")],
    folder: Annotated[Path, typer.Option("--in", help="Folder to write it into.")] = Path(),
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="SHIPPED", help="Copy this one; see `coevolve list scenarios`."),
    ] = None,
) -> None:
    """Write a commented scenario file to start from: the starting file, or a copy of a shipped scenario."""
    from coevolve_sim.cli.new_files import write_new_scenario

    path = write_new_scenario(name.removesuffix(".yaml"), folder, source)
    said.print(
        f"{path} written. Check it: coevolve check {path}. Run it: coevolve run {path}", soft_wrap=True
    )


def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print tables of all keys instead.")] = False,
) -> None:
    """Print the JSON Schema of scenario files, which editors use to complete and check them."""
    from coevolve_sim.scenario import json_schema, key_tables

    typer.echo(key_tables() if markdown else json.dumps(json_schema(), indent=2, ensure_ascii=False))
