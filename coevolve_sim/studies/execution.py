"""Compute the runs of a study: all worlds of one task, which share people, network and minds.

A run that fails is a row with the stage at which it failed; it does not end the study. What ends a study, as
interrupted, is what would end every run: minds that leave too much unanswered, a limit that is reached.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from coevolve_sim.errors import CoevolveError, LimitReachedError, StudyError, UnansweredError
from coevolve_sim.language.endings import CountedMind, require_answers
from coevolve_sim.language.fitness import require_fit
from coevolve_sim.minds import Mind
from coevolve_sim.minds.answers import NO_ANSWER, Answers, Ending
from coevolve_sim.plugin_calls import FAILURES
from coevolve_sim.runs.attempts import limits_of
from coevolve_sim.runs.runner import open_minds, run_setup
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.society.replayed_peers import PeerRecord, record_peers, replay_peers
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.branch_point import BranchPoint, continue_from
from coevolve_sim.studies.plan import StudyPlan, Task
from coevolve_sim.studies.reference_scores import find_reference, score_against
from coevolve_sim.studies.run_rows import RunRow, RunStatus, Stage
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
    branch : BranchPoint or None
        From where worlds go on, in a study of branches.
    together : int
        Tasks whose runs go through their rounds together, at most
        (`coevolve_sim.studies.joint_runs.count_together`).
    """

    objects: Objects = NO_OBJECTS
    minds: StudyMinds | None = None
    folder: Path | None = None
    branch: BranchPoint | None = None
    together: int = 1


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
    like: Setup | None = None
    records = PeerRecords(plan)
    rows: dict[str, RunRow] = {}
    jobs: dict[str, Job] = {}
    for world in records.order:
        job = jobs[world.name] = Job(plan, task, world, named or task, records, like)
        rows[world.name] = job.run(place)
        like = like or job.setup
    return finish_task(plan, jobs, rows)


def finish_task(plan: StudyPlan, jobs: Mapping[str, Job], rows: Mapping[str, RunRow]) -> list[RunRow]:
    """Score assistants against the people of the world without any, and leave out what is not kept."""
    setups = {name: job.setup for name, job in jobs.items()}
    asked = {name: setups[name] for name in plan.asked_worlds}
    scenarios = {name: setup.scenario for name, setup in asked.items() if setup is not None}
    unmoved = find_reference(scenarios, plan.reference) if len(scenarios) == len(asked) else ""
    there = rows[unmoved].summary if unmoved else None
    finished = []
    for name in plan.world_names:
        row, setup = rows[name], setups[name]
        if row.summary is not None and there is not None and setup is not None and name != unmoved:
            row.summary.outcomes.update(score_against(row.summary, there, setup))
        if row.summary is not None and plan.record == "none":
            row = replace(row, summary=row.summary.without_trajectory())
        finished.append(row)
    return finished


def run_tasks_in_words(plan: StudyPlan, tasks: Iterable[Task], place: Workplace) -> Iterator[list[RunRow]]:
    """Compute the runs of several tasks side by side, asking the study's minds together.

    Worlds that hear the peers of another come after all others. If the study cannot go on, the tasks of which
    all runs were finished are yielded before that is raised.

    Raises
    ------
    UnansweredError, LimitReachedError, KeyboardInterrupt
        If the study cannot go on now.
    """
    assert place.minds is not None  # noqa: S101 - only a study in words comes here
    records = {task: PeerRecords(plan) for task in tasks}
    rows: dict[tuple[Task, str], RunRow] = {}
    jobs: dict[tuple[Task, str], Job] = {}
    error: BaseException | None = None
    for replays in (False, True):
        together = {
            (task, world.name): Job(plan, task, world, task, of_task)
            for task, of_task in records.items()
            for world in plan.worlds
            if bool(world.peers_of) is replays
        }
        jobs |= together
        if together and error is None:
            to_run = {key: partial(job.run, place) for key, job in together.items()}
            results, error = run_side_by_side(place.minds, to_run)
            rows |= results
    for task in records:
        own = {name: rows[task, name] for name in plan.world_names if (task, name) in rows}
        if len(own) == len(plan.worlds):
            yield finish_task(plan, {name: jobs[task, name] for name in own}, own)
    if error is not None:
        raise error


class PeerRecords:
    """What peers said in the worlds of a task that others hear; filled while these run."""

    def __init__(self, plan: StudyPlan) -> None:
        self.heard = {world.peers_of for world in plan.worlds if world.peers_of}
        self.order = sorted(plan.worlds, key=lambda world: bool(world.peers_of))
        self.of: dict[str, PeerRecord] = {}

    def prepare(self, setup: Setup, world: World) -> Setup:
        """Return the setup of a world that is recorded, that hears a record, or as it is.

        Raises
        ------
        StudyError
            If the world whose peers it hears has no record, or cannot be heard.
        """
        if world.peers_of:
            if world.peers_of not in self.of:
                raise StudyError(f"world '{world.peers_of}', whose peers it hears, has failed")
            return replay_peers(setup, self.of[world.peers_of])
        if world.name in self.heard:
            setup, self.of[world.name] = record_peers(setup)
        return setup

    def forget(self, world: World) -> None:
        """Forget what was said in a world that failed."""
        self.of.pop(world.name, None)


@dataclass(eq=False)
class Job:
    """One run of a study.

    Attributes
    ----------
    named : Task
        What the row calls the task.
    like : Setup or None
        Of another world of the task, whose people and ties are taken over.
    setup : Setup or None
        Of the run, once it could be built.
    stage, error : str
        Where and why it failed; empty of one that has not.
    """

    plan: StudyPlan
    task: Task
    world: World
    named: Task
    records: PeerRecords
    like: Setup | None = None
    setup: Setup | None = None
    stage: Stage = ""
    error: str = ""

    def run(self, place: Workplace, seat: Seat | None = None) -> RunRow:
        """Compute the run and return its row; a failure is in it."""
        return self.end(None) if self.build(place) is None else self.compute(place, seat)

    def compute(self, place: Workplace, seat: Seat | None = None) -> RunRow:
        """Run the society that was built, by itself, and return the row of the run."""
        kept: tuple[RunSummary | None, str] = (None, "")
        if self.setup is not None:
            with self.noting("rounds"):
                prepared = self.records.prepare(self.setup, self.world)
                kept = _compute(self.plan, prepared, self.name, place, seat)
        return self.end(*kept)

    def build(self, place: Workplace) -> Setup | None:
        """Build the society; None if it cannot be."""
        with self.noting("scenario"):
            scenario = prepare_scenario(self.plan, self.task, self.world)
        if not self.error:
            with self.noting("setup"):
                self.setup = build_setup(scenario, place.objects, self.like)
        return self.setup

    @contextmanager
    def noting(self, stage: Stage) -> Iterator[None]:
        """Note a failure of what is done at a stage; what interrupts the study goes on."""
        try:
            yield
        except ENDING:
            raise
        except FAILURES as failure:
            self.fail(stage, failure)

    def fail(self, stage: Stage, failure: BaseException) -> None:
        """Note that the run failed at a stage."""
        self.stage, self.error = stage, _describe(failure)
        self.records.forget(self.world)

    def end(self, summary: RunSummary | None, folder: str = "") -> RunRow:
        """Return the row of the run."""
        status: RunStatus = "failed" if self.error else "finished"
        point, replication = self.named
        return RunRow(
            point, self.world.name, replication, self.seed, status, self.stage, self.error, summary, folder
        )

    @property
    def seed(self) -> int:
        """The seed of its replication."""
        return self.plan.seeds[self.task.replication]

    @property
    def name(self) -> str:
        """What the run's own folder is called, where it has one."""
        return f"point{self.named.point}-{self.world.name}-seed{self.seed}"


def _describe(failure: BaseException) -> str:
    told = str(failure) if isinstance(failure, CoevolveError) else repr(failure)
    return f"{type(failure).__name__}: {' '.join(told.split())}"[:2000]


def prepare_scenario(plan: StudyPlan, task: Task, world: World) -> Scenario:
    """Return the scenario of a run as a study runs it: without a bias map that nothing would read.

    Raises
    ------
    ScenarioError
        If it cannot be.
    """
    scenario = plan.scenario_of(task, world)
    channel = scenario.channel
    if plan.record == "full":
        return scenario
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
        _remove_left_over(place.folder / RUNS, name)
        done = run_setup(setup, place.folder / RUNS, name=name, watch=partial(_note_round, building))
        found = building[0].finish()
        found.outcomes.update(_count_requests(counted))
        return found, done.folder.name
    with open_minds(setup):
        require_fit(setup.channel.measure_fitness(), setup.scenario.channel)
        setup.channel.prepare()
        point = place.branch
        society = Society(setup, with_objects=False) if point is None else continue_from(point, setup)
        society.prepare()
        builder = SummaryBuilder(society, None if point is None else point.past)
        while not society.is_finished:
            before = {name: Counter(answers.endings) for name, answers in counted.items()}
            society.step()
            _require_answers(setup, counted, before)
            builder.note(society)
    found = builder.finish()
    found.outcomes.update(_count_requests(counted))
    return found, ""


def _remove_left_over(folder: Path, name: str) -> None:
    """Remove the folders of a run that was not finished when its study was stopped: it is computed anew."""
    for path in folder.glob(f"{name}-*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


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


def _require_answers(
    setup: Setup, counted: Mapping[str, Answers], before: Mapping[str, Counter[Ending]]
) -> None:
    """Interrupt the study where a mind left more unanswered than the scenario allows, as a run would."""
    for index, spec in enumerate(setup.scenario.minds):
        if spec.name in counted:
            answers = counted[spec.name]
            require_answers(
                answers,
                limits_of(spec),
                "the runs that asked it are not kept",
                f"minds.{index}.at_most_unanswered",
                Answers(answers.endings - before.get(spec.name, Counter())),
            )


def _count_requests(counted: dict[str, Answers]) -> dict[str, float]:
    """Return how many requests a run had answered and what share came to no answer; nothing in numbers."""
    asked = sum(answers.asked for answers in counted.values())
    if not asked:
        return {}
    without = sum(answers.count(*NO_ANSWER) for answers in counted.values())
    return {"requests": float(asked), "share_without_answer": without / asked}
