"""The commands that compute a run: ``coevolve run`` and ``coevolve resume``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coevolve_sim.cli import study_commands
from coevolve_sim.cli.console import (
    AsJson,
    Results,
    RunFolder,
    Settings,
    find_named_scenario,
    find_run,
    interruptible,
    is_study,
    jsonable,
    said,
    show_phase,
    show_progress,
    use_threads,
    with_errors_in_words,
)
from coevolve_sim.cli.outcome import print_run, summarise_run

if TYPE_CHECKING:
    from coevolve_sim.runs.results import Run


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (run, resume):
        app.command()(command)


@with_errors_in_words
def run(
    scenario: Annotated[
        Path, typer.Argument(help="Scenario file (YAML), or the name of a shipped scenario.")
    ],
    settings: Settings = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's seed.")] = None,
    results: Results = Path("results"),
    only_record: Annotated[
        bool, typer.Option("--only-record", help="Write the record only; export and report later.")
    ] = False,
    with_reference: Annotated[
        bool,
        typer.Option(
            "--with-reference", help="Run the same people without assistants, too, and score against these."
        ),
    ] = False,
    threads: study_commands.Threads = None,
    max_requests: study_commands.MaxRequests = None,
    max_tokens: study_commands.MaxTokens = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario to its end, and write tables, pictures and a report.

    Exit code 10: minds left more unanswered than minds.N.at_most_unanswered allows. The round in which they
    did is not on record, and coevolve resume asks again what was not answered in it.
    """
    from coevolve_sim.minds.budget import RequestBudget
    from coevolve_sim.runs import runner

    scenario = find_named_scenario(scenario)
    reference: Reference = None
    with use_threads(threads), interruptible() as started, show_progress() as shown:
        given: dict[str, Any] = {
            "seed": seed,
            "overrides": settings or (),
            "results": results,
            "progress": shown.show_rounds,
            "asking": shown.show_usage,
            "started": started.append,
            "budget": RequestBudget(max_requests, max_tokens),
        }
        if with_reference:
            from coevolve_sim.studies.reference_run import run_with_reference

            done, *reference = run_with_reference(scenario, **given)
        else:
            done = runner.run(scenario, **given)
    _finish(done, reference, only_record=only_record, as_json=as_json)


@with_errors_in_words
def resume(
    folder: RunFolder,
    results: Results = Path("results"),
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Of a study: compute failed runs again.")
    ] = False,
    workers: study_commands.Workers = None,
    ray: study_commands.Ray = "",
    threads: study_commands.Threads = None,
    max_requests: study_commands.MaxRequests = None,
    max_tokens: study_commands.MaxTokens = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a run or a study that was stopped, to the same bytes as if it had not been.

    What minds gave up in the round that was not finished is asked again; no reply that the round still asks
    for is. Exit codes are as for run.
    """
    from coevolve_sim.minds.budget import RequestBudget
    from coevolve_sim.runs import runner

    folder = find_run(folder, results)
    if is_study(folder):
        means = {
            "workers": workers,
            "ray": ray,
            "threads": threads,
            "max_requests": max_requests,
            "max_tokens": max_tokens,
        }
        study_commands.resume_study_at(folder, means, retry_failed=retry_failed, as_json=as_json)
        return
    with use_threads(threads), interruptible() as started, show_progress() as shown:
        started.append(folder)
        done = runner.resume(
            folder,
            progress=shown.show_rounds,
            asking=shown.show_usage,
            budget=RequestBudget(max_requests, max_tokens),
        )
    _finish(done, None, only_record=False, as_json=as_json)


Reference = list[Any] | None
"""The run without assistants, and the scores against its people; None where it was not asked for."""


def _finish(done: Run, reference: Reference, *, only_record: bool, as_json: bool) -> None:
    if not only_record:
        with show_phase("Writing tables, pictures and the report"):
            done.export()
            report_path = done.report()
    if as_json:
        shown = summarise_run(done)
        if reference is not None:
            shown["reference"] = jsonable({"folder": str(reference[0].folder), "scores": reference[1]})
        said.print_json(json.dumps(shown))
        return
    print_run(done)
    if reference is not None:
        said.print("Against the people of the same seed without assistants, whom nobody moved:")
        for name, value in reference[1].items():
            said.print(f"  {name} {value:.4f}")
        said.print(f"Reference {reference[0].folder}", soft_wrap=True)
    if not only_record:
        said.print(f"\nReport   {report_path}", soft_wrap=True)
    said.print(f"Folder   {done.folder}", soft_wrap=True)
