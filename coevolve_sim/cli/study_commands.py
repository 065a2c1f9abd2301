"""Commands of studies: many runs that answer one question, from worlds, designs and study files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coevolve_sim.cli.console import (
    EXIT_ROUND,
    AsJson,
    Results,
    RunFolder,
    Settings,
    aside,
    exit_code,
    find_named_scenario,
    find_named_study,
    find_run,
    interruptible,
    said,
    show_phase,
    show_progress,
    use_threads,
    with_errors_in_words,
)
from coevolve_sim.cli.study_outcome import print_ladder, print_study, summarise_ladder, summarise_study
from coevolve_sim.errors import MindError

if TYPE_CHECKING:
    from coevolve_sim.studies.driver import Means
    from coevolve_sim.studies.plan import StudyPlan
    from coevolve_sim.studies.study import Study

ScenarioFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Scenario file (YAML), or the name of a shipped scenario.")
]
WorldTexts = Annotated[
    list[str] | None,
    typer.Option(
        "--world",
        metavar="NAME=KEY=VALUE",
        help="A world, and a key in which it differs; NAME= alone for one as written. Repeatable, also with "
        "one name.",
    ),
]
Replications = Annotated[
    int, typer.Option("--replications", "-n", help="Seeds: the scenario's and those after it.", min=1)
]
Reference = Annotated[
    str, typer.Option(help="World that others are compared with; that without assistants, else the last.")
]
Outcome = Annotated[str, typer.Option(help="What the answer is about, as share_of_way or variance.")]
Measures = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="NAME", help="Outcome of which effects are computed; repeatable; all."),
]
RecordOf = Annotated[
    str | None,
    typer.Option(
        "--record",
        help="none: outcomes alone. summary: means by round. full: a folder each run.",
        metavar="HOW",
    ),
]
Confidence = Annotated[float, typer.Option(help="Of intervals.", min=0.5, max=1.0)]
Workers = Annotated[
    int | None,
    typer.Option(help="Processes on this machine; all cores where that pays, if not given.", min=1),
]
Ray = Annotated[
    str,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Compute on a Ray cluster: HOST:PORT, or auto for one here."
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Threads of each process, which change no result; one a core, and 1 where there are several "
        "processes, if not given.",
        min=1,
    ),
]
MaxRequests = Annotated[
    int | None, typer.Option("--max-requests", help="Interrupt before minds are sent more requests.", min=1)
]
MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", help="Interrupt once minds have spent so many tokens.", min=1)
]
UntilWidth = Annotated[
    float | None,
    typer.Option(
        "--until-width",
        help="Add replications until the answer's interval is that wide at most; it is corrected for looking "
        "often.",
        min=0.0,
    ),
]
InstrumentNames = Annotated[
    list[str] | None,
    typer.Option(
        "--instrument", metavar="NAME", help="Instrument to read; see coevolve list instruments; repeatable."
    ),
]
OnlyRecord = Annotated[
    bool, typer.Option("--only-record", help="Write the record only; export and report later.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (compare, branch, sweep, study, demo, surrogates):
        app.command()(command)
    app.command("lock-in")(lock_in)


@with_errors_in_words
def compare(
    scenario: ScenarioFile,
    world: WorldTexts = None,
    settings: Settings = None,
    replications: Replications = 20,
    reference: Reference = "",
    outcome: Outcome = "",
    measure: Measures = None,
    record: RecordOf = None,
    confidence: Confidence = 0.95,
    instrument: InstrumentNames = None,
    until_width: UntilWidth = None,
    workers: Workers = None,
    ray: Ray = "",
    threads: Threads = None,
    max_requests: MaxRequests = None,
    max_tokens: MaxTokens = None,
    results: Results = Path("results"),
    only_record: OnlyRecord = False,
    as_json: AsJson = False,
) -> None:
    """Run a scenario in several worlds with the same seeds, and say what differs, with intervals.

    Without --world: as written, with its assistants frozen, and without assistants.
    """
    from coevolve_sim.studies.comparing import plan_comparison
    from coevolve_sim.studies.worlds import read_worlds

    plan = plan_comparison(
        find_named_scenario(scenario),
        read_worlds(world) if world else None,
        overrides=settings or (),
        replications=replications,
        reference=reference,
        outcome=outcome,
        measures=measure or (),
        record=record or "summary",
        confidence=confidence,
        instruments=instrument or (),
        details=_details(until_width),
    )
    with _means(workers, ray, threads, max_requests, max_tokens) as means:
        _run(plan, means, results, only_record=only_record, as_json=as_json)


@with_errors_in_words
def branch(
    run: RunFolder,
    at: Annotated[int, typer.Option("--at", metavar="ROUND", help="Round at whose end worlds part.", min=0)],
    world: WorldTexts = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a key in all worlds, as in rounds=200."),
    ] = None,
    reference: Annotated[str, typer.Option(help="World that others are compared with.")] = "as_written",
    outcome: Outcome = "",
    record: RecordOf = None,
    threads: Threads = None,
    max_requests: MaxRequests = None,
    max_tokens: MaxTokens = None,
    results: Results = Path("results"),
    only_record: OnlyRecord = False,
    as_json: AsJson = False,
) -> None:
    """Continue a run in several worlds from the end of a round; its past is computed once.

    A world as_written, the run itself, is added. A run has one seed, so that no interval can be given.
    """
    from coevolve_sim.studies.branching import plan_branch
    from coevolve_sim.studies.worlds import read_worlds

    plan = plan_branch(
        find_run(run, results, studies=False),
        at,
        read_worlds(world or ()),
        overrides=settings or (),
        reference=reference,
        outcome=outcome,
        record=record or "summary",
    )
    with _means(1, "", threads, max_requests, max_tokens) as means:
        _run(plan, means, results, only_record=only_record, as_json=as_json)


@with_errors_in_words
def sweep(
    scenario: ScenarioFile,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid", metavar="KEY=V,V,V", help="A key and its values; repeatable: all combinations."
        ),
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="KEY=LO..HI",
            help="A key and its range, with --design; :log, :whole may follow.",
        ),
    ] = None,
    design: Annotated[
        str, typer.Option(metavar="KIND:N", help="sobol:256, morris:20 or lhs:100, over --range and --grid.")
    ] = "grid",
    design_seed: Annotated[int, typer.Option("--design-seed", help="Of the design's draws.", min=0)] = 1,
    world: WorldTexts = None,
    settings: Settings = None,
    replications: Replications = 5,
    reference: Reference = "",
    outcome: Outcome = "",
    measure: Measures = None,
    record: RecordOf = None,
    confidence: Confidence = 0.95,
    instrument: InstrumentNames = None,
    workers: Workers = None,
    ray: Ray = "",
    threads: Threads = None,
    max_requests: MaxRequests = None,
    max_tokens: MaxTokens = None,
    results: Results = Path("results"),
    only_record: OnlyRecord = False,
    as_json: AsJson = False,
) -> None:
    """Run a scenario, or several worlds of it, at the points of a design."""
    from coevolve_sim.studies.sweeping import plan_sweep
    from coevolve_sim.studies.worlds import read_worlds

    plan = plan_sweep(
        find_named_scenario(scenario),
        [*(grid or ()), *(ranges or ())],
        design,
        worlds=read_worlds(world) if world else None,
        seed=design_seed,
        overrides=settings or (),
        replications=replications,
        reference=reference,
        outcome=outcome,
        measures=measure or (),
        record=record,
        confidence=confidence,
        instruments=instrument or (),
    )
    with _means(workers, ray, threads, max_requests, max_tokens) as means:
        _run(plan, means, results, only_record=only_record, as_json=as_json)


@with_errors_in_words
def lock_in(
    scenario: ScenarioFile,
    settings: Settings = None,
    replications: Replications = 20,
    withdraw_after: Annotated[
        int | None,
        typer.Option(
            "--withdraw-after", help="Round after which assistants leave; half of the rounds.", min=1
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            help="Rounds after that at which the verdict is given; five relaxation times of the society "
            "without assistants, which a pilot of 4 seeds measures.",
            min=1,
        ),
    ] = None,
    on: Annotated[
        str,
        typer.Option(metavar="WHAT", help="way, position or variety: what clause (ii) is about."),
    ] = "",
    threshold: Annotated[float, typer.Option(help="Share that counts as recovered.")] = 0.5,
    confidence: Confidence = 0.95,
    workers: Workers = None,
    ray: Ray = "",
    threads: Threads = None,
    max_requests: MaxRequests = None,
    max_tokens: MaxTokens = None,
    results: Results = Path("results"),
    only_record: OnlyRecord = False,
    as_json: AsJson = False,
) -> None:
    """Tell lock-in from influence and drag: three clauses and a placebo, each with its interval."""
    from coevolve_sim.studies.lock_in_study import plan_lock_in

    with _means(workers, ray, threads, max_requests, max_tokens) as means:
        with interruptible():
            plan = plan_lock_in(
                find_named_scenario(scenario),
                replications=replications,
                withdraw_after=withdraw_after,
                horizon=horizon,
                on=on,
                threshold=threshold,
                overrides=settings or (),
                confidence=confidence,
                means=means,
            )
        _run(plan, means, results, only_record=only_record, as_json=as_json)


@with_errors_in_words
def study(
    file: Annotated[
        Path, typer.Argument(metavar="STUDY", help="Study file (YAML), or the name of a shipped study.")
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the study, as in replications=50."),
    ] = None,
    workers: Workers = None,
    ray: Ray = "",
    threads: Threads = None,
    max_requests: MaxRequests = None,
    max_tokens: MaxTokens = None,
    results: Results = Path("results"),
    only_record: OnlyRecord = False,
    as_json: AsJson = False,
) -> None:
    """Run the study that a file describes: its worlds, replications and design."""
    from coevolve_sim.studies.study_file import read_study_file

    with _means(workers, ray, threads, max_requests, max_tokens) as means:
        with interruptible():
            plan = read_study_file(find_named_study(file), settings or (), means)
        _run(plan, means, results, only_record=only_record, as_json=as_json)


@with_errors_in_words
def demo(results: Results = Path("results")) -> None:
    """Compare a society with and without its assistant, in a minute or two, and say where to look.

    In words, by the study demo; in numbers, as compare held_back does, where the extra lm is not installed.
    """
    if find_spec("torch") is None or find_spec("transformers") is None:
        aside.print("In numbers: words need the extra [lm] (pip install 'coevolve-sim[lm]').", soft_wrap=True)
        compare(Path("held_back"), results=results)
    else:
        study(Path("demo"), results=results)
    said.print("Open that report in a browser. Next: coevolve new my_scenario", soft_wrap=True)


@with_errors_in_words
def surrogates(
    folder: Annotated[
        Path, typer.Argument(metavar="STUDY", help="Folder of a study with --record full, or 'last'.")
    ] = Path("last"),
    world: Annotated[str, typer.Option(help="World whose runs are looked at; the first.")] = "",
    folds: Annotated[int, typer.Option(help="In how many parts runs are held out.", min=2)] = 5,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Say how much of what happened rules without words explain, on runs that they were not fitted to."""
    from coevolve_sim.studies.study import open_study
    from coevolve_sim.studies.surrogate_study import climb_ladder_of

    ladder = climb_ladder_of(open_study(find_run(folder, results)), world, folds=folds)
    if as_json:
        said.print_json(json.dumps(summarise_ladder(ladder)))
    else:
        print_ladder(ladder)


def resume_study_at(folder: Path, means_given: dict[str, Any], *, retry_failed: bool, as_json: bool) -> None:
    """Go on with a study; what ``coevolve resume`` does with a study's folder."""
    from coevolve_sim.studies.driver import resume_study

    with _means(**means_given) as means:
        with _interruptible(folder):
            found = resume_study(folder, means, retry_failed=retry_failed)
        _finish(found, only_record=False, as_json=as_json)


def _details(until_width: float | None) -> dict[str, Any]:
    return {} if until_width is None else {"until_width": until_width, "looks": 1}


@contextmanager
def _means(
    workers: int | None, ray: str, threads: int | None, max_requests: int | None, max_tokens: int | None
) -> Iterator[Means]:
    """Yield what a study is computed with, its progress shown."""
    from coevolve_sim.minds.budget import RequestBudget
    from coevolve_sim.studies.driver import Means

    with use_threads(threads), show_progress("Runs") as shown:
        yield Means(
            workers=workers,
            ray=ray,
            threads=threads,
            budget=RequestBudget(max_requests, max_tokens),
            progress=shown.show_rounds,
            asking=shown.show_usage,
            way=lambda how: shown.show_task(f"Runs, {how}"),
        )


@contextmanager
def _interruptible(folder: Path | None = None) -> Iterator[list[Path]]:
    """Say how to go on when a study is interrupted, by hand, by a limit, or by minds that do not answer."""
    with interruptible(kept="Finished runs are kept") as started:
        if folder is not None:
            started.append(folder)
        try:
            yield started
        except MindError as error:
            aside.print(f"{type(error).__name__}: {error}", soft_wrap=True)
            if started:
                aside.print(
                    f"Finished runs are kept; go on with: coevolve resume {started[0]}", soft_wrap=True
                )
            raise typer.Exit(exit_code(error)) from None


def _run(plan: StudyPlan, means: Means, results: Path, *, only_record: bool, as_json: bool) -> None:
    from dataclasses import replace

    from coevolve_sim.studies.driver import run_plan

    with _interruptible() as started:
        done = run_plan(plan, results, replace(means, started=started.append))
    _finish(done, only_record=only_record, as_json=as_json)


def _finish(done: Study, *, only_record: bool, as_json: bool) -> None:
    report_path = None
    if not only_record:
        with show_phase("Writing tables, pictures and the report"):
            done.export()
            report_path = done.report()
    if as_json:
        said.print_json(json.dumps(summarise_study(done)))
    else:
        print_study(done)
        if report_path is not None:
            said.print(f"\nReport   {report_path}", soft_wrap=True)
        said.print(f"Folder   {done.folder}", soft_wrap=True)
    if done.counts["failed"] and not done.counts["finished"]:
        raise typer.Exit(EXIT_ROUND)  # nothing came out
