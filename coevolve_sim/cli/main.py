"""The command line: ``coevolve``.

Commands that speak with language models are in `coevolve_sim.cli.mind_commands`; exit codes, and what all
commands share, in `coevolve_sim.cli.console`.
"""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coevolve_sim import __version__
from coevolve_sim.cli import (
    calibrate_command,
    challenge_commands,
    mind_commands,
    plugin_commands,
    study_commands,
    training_commands,
)
from coevolve_sim.cli.console import (
    EXIT_SCENARIO,
    EXIT_VERIFICATION,
    AsJson,
    Results,
    RunFolder,
    Settings,
    aside,
    find_named_scenario,
    find_run,
    interruptible,
    is_study,
    jsonable,
    run_folders,
    said,
    show_progress,
    study_folders,
    with_errors_in_words,
)
from coevolve_sim.cli.outcome import build_measure_table, describe_one_run, describe_progress, describe_size
from coevolve_sim.errors import CoevolveError, RecordError

if TYPE_CHECKING:
    from coevolve_sim.evaluation.verification import VerificationReport
    from coevolve_sim.runs.results import Run

app = typer.Typer(
    name="coevolve",
    help="Societies of humans and AI assistants who shape each other's values: run them, read what came out.",
    epilog="Begin with: coevolve new my_scenario && coevolve run my_scenario.yaml",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        said.print(f"coevolve-sim {__version__}")
        raise typer.Exit


# --- running -------------------------------------------------------------------------------------


@app.command()
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
    with interruptible() as started, show_progress() as shown:
        done = runner.run(
            scenario,
            seed=seed,
            overrides=settings or (),
            results=results,
            progress=shown.show_rounds,
            asking=shown.show_usage,
            started=started.append,
            budget=RequestBudget(max_requests, max_tokens),
        )
    _finish(done, only_record=only_record, as_json=as_json)


@app.command()
@with_errors_in_words
def resume(
    folder: RunFolder,
    results: Results = Path("results"),
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Of a study: compute failed runs again.")
    ] = False,
    workers: study_commands.Workers = None,
    ray: study_commands.Ray = "",
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
        means = {"workers": workers, "ray": ray, "max_requests": max_requests, "max_tokens": max_tokens}
        study_commands.resume_study_at(folder, means, retry_failed=retry_failed, as_json=as_json)
        return
    with interruptible() as started, show_progress() as shown:
        started.append(folder)
        done = runner.resume(
            folder,
            progress=shown.show_rounds,
            asking=shown.show_usage,
            budget=RequestBudget(max_requests, max_tokens),
        )
    _finish(done, only_record=False, as_json=as_json)


def _finish(done: Run, *, only_record: bool, as_json: bool) -> None:
    if not only_record:
        with aside.status("Writing tables, pictures and the report"):
            done.export()
            report_path = done.report()
    if as_json:
        said.print_json(json.dumps(_summarise_run(done)))
        return
    _print_run(done)
    if not only_record:
        said.print(f"\nReport   {report_path}", soft_wrap=True)
    said.print(f"Folder   {done.folder}", soft_wrap=True)


# --- scenarios -----------------------------------------------------------------------------------


@app.command()
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


@app.command()
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


@app.command()
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print tables of all keys instead.")] = False,
) -> None:
    """Print the JSON Schema of scenario files, which editors use to complete and check them."""
    from coevolve_sim.scenario import json_schema, key_tables

    typer.echo(key_tables() if markdown else json.dumps(json_schema(), indent=2, ensure_ascii=False))


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
    questionnaires = "questionnaires"
    measures = "measures"
    instruments = "instruments"
    formats = "formats"
    scenarios = "scenarios"
    shipped_studies = "shipped_studies"
    runs = "runs"
    studies = "studies"


@app.command("list")
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
    from coevolve_sim.runs import open_run

    rows = []
    for folder in run_folders(results):
        try:
            found = open_run(folder)
            rows.append(
                {
                    "run": folder.name,
                    "status": found.status,
                    "rounds": f"{found.n_rounds_finished}/{found.n_rounds}",
                    "humans": found.n_humans,
                }
            )
        except RecordError as error:
            rows.append({"run": folder.name, "status": f"unreadable: {error}", "rounds": "", "humans": ""})
    return rows


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


# --- runs ----------------------------------------------------------------------------------------


@app.command()
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
        said.print_json(json.dumps(_summarise_run(found)))
    else:
        _print_run(found)
        so_far = "" if found.status == "finished" else "  (so far)"
        said.print(f"\nDigest   {found.digest()}{so_far}\nFolder   {found.folder}", soft_wrap=True)


def _show_study(folder: Path, *, as_json: bool) -> None:
    from coevolve_sim.studies.study import open_study

    found = open_study(folder)
    if as_json:
        said.print_json(json.dumps(study_commands.summarise_study(found)))
        return
    study_commands.print_study(found)
    said.print(f"\nDigest   {found.digest()}\nFolder   {found.folder}", soft_wrap=True)


@app.command()
@with_errors_in_words
def migrate(folder: RunFolder = Path("last"), results: Results = Path("results")) -> None:
    """Bring the record of an earlier version to the present format; it is verified first."""
    from coevolve_sim.runs.migrations import migrate as migrate_run

    found = migrate_run(find_run(folder, results))
    if earlier := found.manifest.get("earlier_digest"):
        said.print(f"Digest before   {earlier}", soft_wrap=True)
    said.print(f"Digest   {found.digest()}\nFolder   {found.folder}", soft_wrap=True)


@app.command()
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

        written = open_study(place).export()
    else:
        written = open_run(place).export(tuple(formats) if formats else None)
    if as_json:
        said.print_json(json.dumps([str(path) for path in written]))
    for path in [] if as_json else written:
        said.print(str(path), soft_wrap=True)


@app.command()
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

        said.print(str(open_study(place).report()), soft_wrap=True)
        return
    other = None if beside is None else open_run(find_run(beside, results))
    said.print(str(open_run(place).report(other)), soft_wrap=True)


def _summarise_run(found: Run) -> dict[str, Any]:
    """Return the summary of a run that ``coevolve show --json`` prints."""
    measures, size_free = found.measures, found.size_free
    from coevolve_sim.runs.mind_notes import notes_on_minds, summarise_minds

    shown: dict[str, Any] = jsonable(
        {
            "folder": str(found.folder),
            "scenario": found.manifest["name"],
            "seed": int(found.manifest["seed"]),
            "status": found.status,
            "rounds": {"finished": found.n_rounds_finished, "asked": found.n_rounds},
            "humans": found.n_humans,
            "requests": None if found.request_totals is None else found.request_totals.as_json(),
            "progress": found.progress.to_dict("records") if len(measures) else [],
            "minds": summarise_minds(found),
            "mind_notes": notes_on_minds(found),
            "measures": {
                "first": measures.iloc[0].to_dict() if len(measures) else {},
                "last": measures.iloc[-1].to_dict() if len(measures) else {},
            },
            "size_free": {str(index): row.to_dict() for index, row in size_free.iterrows()},
            "meaning": describe_one_run(found),
            "sha256": found.digest(),
        }
    )
    return shown


def _print_run(found: Run) -> None:
    from coevolve_sim.runs.mind_notes import notes_on_minds

    failed = found.rounds[found.rounds["status"] == "failed"]
    said.print(
        f"{found.manifest['name']}, seed {found.manifest['seed']}: {found.status}, "
        f"{found.n_rounds_finished} of {found.n_rounds} rounds, {found.n_humans} humans"
    )
    for message in filter(None, (*failed["message"], found.failure)):
        said.print(message, soft_wrap=True)
    from coevolve_sim.report.influence import describe_influence

    for asked in () if found.request_totals is None else found.request_totals.describe():
        said.print(asked, soft_wrap=True)
    for note in notes_on_minds(found):
        said.print(f"Note: {note}.", soft_wrap=True)
    for line in describe_progress(found):
        said.print(line, soft_wrap=True)
    if len(found.summary) and (influence := describe_influence(found.scenario)):
        said.print(influence, soft_wrap=True)
    if len(found.measures):
        said.print(build_measure_table(found))
        for told in filter(None, (describe_size(found), describe_one_run(found))):
            said.print(told, soft_wrap=True)


# --- verification --------------------------------------------------------------------------------


@app.command()
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


mind_commands.register(app)
challenge_commands.register(app)
study_commands.register(app)
training_commands.register(app)
plugin_commands.register(app)
calibrate_command.register(app)


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        app(prog_name="coevolve")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
