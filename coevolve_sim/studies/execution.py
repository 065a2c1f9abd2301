"""Compute the runs of a study: all worlds of one task, which share people, network and minds.

A run that fails is a row with the stage at which it failed; it does not end the study. What ends a study, as
interrupted, is what would end every run: minds that leave too much unanswered, a limit that is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from coevolve_sim.errors import CoevolveError, LimitReachedError, UnansweredError
from coevolve_sim.language.endings import CountedMind, require_answers
from coevolve_sim.minds import Mind
from coevolve_sim.minds.answers import NO_ANSWER, Answers
from coevolve_sim.plugin_calls import FAILURES
from coevolve_sim.runs.attempts import limits_of
from coevolve_sim.runs.runner import open_minds, run_setup
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.plan import StudyPlan, Task
from coevolve_sim.studies.run_rows import RunRow, Stage
from coevolve_sim.studies.run_summary import RunSummary, SummaryBuilder
from coevolve_sim.studies.shared_minds import (
    Seat,
    SharedMind,
    StudyMinds,
    run_side_by_side,
)
from coevolve_sim.studies.worlds import World

RUNS = "runs"
"""Folder of the runs' own folders, with ``record: full``."""

ENDING = (KeyboardInterrupt, UnansweredError, LimitReachedError)
"""What interrupts a study; anything else that goes wrong is that run's."""


@dataclass(frozen=True, eq=False)
class Workplace:
    """What a task is computed with, besides the plan.

    Attributes
    ----------
    objects : Objects
        Python objects that replace what scenarios name.
    minds : StudyMinds or None
        The minds of a study in words.
    folder : Path or None
        Where runs have folders of their own, with ``record: full``.
    """

    objects: Objects = NO_OBJECTS
    minds: StudyMinds | None = None
    folder: Path | None = None


def run_task(plan: StudyPlan, task: Task, place: Workplace, named: Task | None = None) -> list[RunRow]:
    """Compute the runs of all worlds of a task, one after the other.

    Parameters
    ----------
    plan : StudyPlan
    task : Task
    place : Workplace
    named : Task, optional
        What the rows call the task, where the plan is a part of the study's.

    Returns
    -------
    list of RunRow
        One a world, in the order of the worlds.

    Raises
    ------
    UnansweredError, LimitReachedError, KeyboardInterrupt
        If the study cannot go on now.
    """
    rows: list[RunRow] = []
    like: Setup | None = None
    for world in plan.worlds:
        row, setup = _run_world(plan, task, world, place, named or task, like)
        like = like or setup
        rows.append(row)
    return rows


def run_tasks_in_words(plan: StudyPlan, tasks: Iterable[Task], place: Workplace) -> Iterator[list[RunRow]]:
    """Compute the runs of several tasks side by side, asking the study's minds together.

    If the study cannot go on, the tasks of which all runs were finished are yielded before that is raised.

    Raises
    ------
    UnansweredError, LimitReachedError, KeyboardInterrupt
        If the study cannot go on now.
    """
    assert place.minds is not None  # noqa: S101 - only a study in words comes here
    together = list(tasks)
    jobs = {
        (task, world.name): partial(_run_together, plan, task, world, place)
        for task in together
        for world in plan.worlds
    }
    results, error = run_side_by_side(place.minds, jobs)
    for task in together:
        rows = [results[task, name] for name in plan.world_names if (task, name) in results]
        if len(rows) == len(plan.worlds):
            yield rows
    if error is not None:
        raise error


def _run_together(plan: StudyPlan, task: Task, world: World, place: Workplace, seat: Seat) -> RunRow:
    return _run_world(plan, task, world, place, task, None, seat)[0]


def _run_world(
    plan: StudyPlan,
    task: Task,
    world: World,
    place: Workplace,
    named: Task,
    like: Setup | None,
    seat: Seat | None = None,
) -> tuple[RunRow, Setup | None]:
    """Compute one run; return its row, and its setup if it could be built."""
    setup: Setup | None = None
    stage: Stage = "scenario"
    kept: tuple[RunSummary | None, str] = (None, "")
    error, seed = "", plan.seeds[task.replication]
    try:
        scenario = plan.scenario_of(task, world)
        scenario = scenario if plan.record == "full" else _without_bias_map(scenario)
        stage = "setup"
        setup = build_setup(scenario, place.objects, like)
        stage = "rounds"
        name = f"point{named.point}-{world.name}-seed{seed}"
        kept = _compute(plan, setup, name, place, seat)
        stage = ""
    except ENDING:
        raise
    except FAILURES as failure:
        error = _describe(failure)
    row = RunRow(
        named.point,
        world.name,
        named.replication,
        seed,
        "failed" if error else "finished",
        stage,
        error,
        *kept,
    )
    return row, setup


def _describe(failure: BaseException) -> str:
    told = str(failure) if isinstance(failure, CoevolveError) else repr(failure)
    return f"{type(failure).__name__}: {' '.join(told.split())}"[:2000]


def _without_bias_map(scenario: Scenario) -> Scenario:
    """Return the scenario without a bias map that nothing would read."""
    channel = scenario.channel
    if not getattr(channel, "bias_map", False) or getattr(channel, "subtract_bias", False):
        return scenario
    return scenario.model_copy(update={"channel": channel.model_copy(update={"bias_map": False})})


def _compute(
    plan: StudyPlan, setup: Setup, name: str, place: Workplace, seat: Seat | None
) -> tuple[RunSummary, str]:
    """Run a society, with a record of its own where the study keeps all; return its summary and folder."""
    counted: dict[str, Answers] = {}
    if seat is not None and place.minds is not None:
        setup = _with_shared_minds(setup, place.minds, seat, counted)
    if plan.record == "full" and place.folder is not None:
        building: list[SummaryBuilder] = []
        done = run_setup(setup, place.folder / RUNS, name=name, watch=partial(_note_round, building))
        found = building[0].finish()
        found.outcomes.update(_count_requests(counted))
        return found, done.folder.name
    with open_minds(setup):
        setup.channel.prepare()
        society = Society(setup, with_objects=False)
        society.prepare()
        builder = SummaryBuilder(society)
        while not society.is_finished:
            society.step()
            _require_answers(setup, counted)
            builder.note(society)
    found = builder.finish()
    found.outcomes.update(_count_requests(counted))
    return (found if plan.record != "none" else found.without_trajectory()), ""


def _note_round(building: list[SummaryBuilder], society: Society) -> None:
    """Begin the summary of a recorded run with the first state it shows, and go on with the others."""
    if building:
        building[0].note(society)
    else:
        building.append(SummaryBuilder(society))


def _with_shared_minds(setup: Setup, minds: StudyMinds, seat: Seat, counted: dict[str, Answers]) -> Setup:
    """Return the setup with the study's minds, asked together with other runs, and counted for this one."""

    def open_shared(spec: MindSpec) -> Mind:
        answers = counted.setdefault(spec.name, Answers())
        return CountedMind(SharedMind(minds.open(spec), seat), answers)

    return replace(setup, channel=setup.channel.with_minds(open_shared))


def _require_answers(setup: Setup, counted: dict[str, Answers]) -> None:
    """Interrupt the study where a mind left more unanswered than the scenario allows."""
    for index, spec in enumerate(setup.scenario.minds):
        if spec.name in counted:
            require_answers(
                counted[spec.name],
                limits_of(spec),
                "the runs that asked it are not kept",
                f"minds.{index}.at_most_unanswered",
            )


def _count_requests(counted: dict[str, Answers]) -> dict[str, float]:
    """Return how many requests a run had answered and what share came to no answer; nothing in numbers."""
    asked = sum(answers.asked for answers in counted.values())
    if not asked:
        return {}
    without = sum(answers.count(*NO_ANSWER) for answers in counted.values())
    return {"requests": float(asked), "share_without_answer": without / asked}
