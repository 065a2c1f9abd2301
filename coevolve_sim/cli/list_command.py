"""``coevolve list``: what a scenario can name, and the runs and studies in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from coevolve_sim.cli.console import (
    AsJson,
    Results,
    said,
    study_folders,
    with_errors_in_words,
)
from coevolve_sim.errors import RecordError


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("list")(list_)


class Listable(StrEnum):
    """What `coevolve list` lists."""

    spaces = "spaces"
    histories = "histories"
    networks = "networks"
    rules = "rules"
    policies = "policies"
    minds = "minds"
    channels = "channels"
    readers = "readers"
    openings = "openings"
    templates = "templates"
    questionnaires = "questionnaires"
    measures = "measures"
    instruments = "instruments"
    formats = "formats"
    scenarios = "scenarios"
    shipped_studies = "shipped_studies"
    runs = "runs"
    studies = "studies"


@with_errors_in_words
def list_(
    what: Annotated[Listable, typer.Argument(help="What to list.")],
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """List what a scenario can name and who brought it; formats, shipped scenarios and studies, runs."""
    from coevolve_sim.cli.listing import rows_of

    if what is Listable.runs:
        rows = _run_rows(results)
    else:
        rows = _study_rows(results) if what is Listable.studies else rows_of(what.value)
    if as_json:
        said.print_json(json.dumps(rows))
        return
    if not rows:
        said.print("None.")
        return
    for row in rows:
        name, *others = row.items()
        said.print(Text(str(name[1]), style="bold"), soft_wrap=True)
        meaning = row.get("meaning")
        if meaning:
            said.print(Padding(str(meaning), (0, 0, 0, 4)))
        told = "; ".join(f"{key}: {value}" for key, value in others if key != "meaning" and value != "")
        if told:
            said.print(Padding(Text(told, style="dim"), (0, 0, 0, 4)))


def _run_rows(results: Path) -> list[dict[str, Any]]:
    from coevolve_sim.runs import runs_table

    return [_run_row(row) for row in runs_table(results).to_dict("records")]


def _run_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a run as it is listed; of one that cannot be read, its status alone."""
    if row["status"].startswith("unreadable"):
        return {"run": row["run"], "status": row["status"], "rounds": "", "humans": ""}
    return {
        "run": row["run"],
        "status": row["status"],
        "rounds": f"{row['finished']:.0f}/{row['rounds']:.0f}",
        "humans": int(row["humans"]),
        "scenario": row["scenario"],
        "seed": int(row["seed"]),
        "set": ", ".join(f"{key}={json.dumps(value)}" for key, value in row["set"].items()),
        "began": row["began"],
        "minds": ", ".join(f"{name} ({identity})" for name, identity in row["minds"].items()),
    }


def _study_rows(results: Path) -> list[dict[str, Any]]:
    from coevolve_sim.studies.study import open_study

    rows = []
    for folder in study_folders(results):
        try:
            found = open_study(folder)
            counts = found.counts
            rows.append(
                {
                    "study": folder.name,
                    "kind": found.plan.kind,
                    "status": found.status,
                    "runs": f"{counts['finished']}/{found.plan.n_runs}",
                    "failed": counts["failed"],
                }
            )
        except RecordError as error:
            rows.append({"study": folder.name, "kind": "", "status": f"unreadable: {error}", "runs": ""})
    return rows
