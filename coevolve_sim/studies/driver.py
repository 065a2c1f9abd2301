"""Run a study to its end, and resume one that was stopped, to the same bytes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coevolve_sim.errors import RecordError, ScenarioError, StudyError
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.usage import Usage
from coevolve_sim.registry import nearest
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.runs.results import open_run
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.society.replayed_peers import record_peers
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.branch_point import BranchPoint, reach_round
from coevolve_sim.studies.execution import Workplace
from coevolve_sim.studies.joint_runs import count_together, describe_way
from coevolve_sim.studies.plan import StudyPlan, Task
from coevolve_sim.studies.ray_cluster import check_ray, run_on_ray
from coevolve_sim.studies.reference_scores import name_scores
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.studies.run_summary import name_outcomes
from coevolve_sim.studies.shared_minds import StudyMinds
from coevolve_sim.studies.store import StudyStore, StudyWriter, create_study
from coevolve_sim.studies.study import Study, open_study
from coevolve_sim.studies.study_inputs import refuse_changed_copies
from coevolve_sim.studies.workers import cut_tasks, run_here, run_in_processes
from coevolve_sim.threads import count_cores, count_threads, hold_threads

WORTH_WORKERS = 10.0
"""Seconds that the tasks left must take in this process before others are started for them."""


MOST_REPLICATIONS = 10_000
"""At which a study stops adding replications, however wide its interval is."""


@dataclass(frozen=True)
class Means:
    """With what a study is computed; none of it changes its results.

    Attributes
    ----------
    workers : int or None
        Processes on this machine; None to take all cores where that pays, 1 for this process alone.
    ray : str
        Address of a Ray cluster, ``auto``, or empty.
    threads : int or None
        Threads of each process; None for one a core in this process alone, and 1 in each of several.
    budget : RequestBudget
        What minds may be asked; beyond it the study is interrupted.
    progress : callable or None
        Called with runs finished and runs in all.
    asking : callable or None
        Called with the usage of minds.
    started : callable or None
        Called once with the study's folder.
    way : callable or None
        Called once with how runs are computed, in words: each alone, or up to so many together.
    """

    workers: int | None = None
    ray: str = ""
    threads: int | None = None
    budget: RequestBudget = NO_LIMIT
    progress: Callable[[int, int], None] | None = None
    asking: Callable[[Usage], None] | None = None
    started: Callable[[Path], None] | None = None
    way: Callable[[str], None] | None = None


DEFAULT_MEANS = Means()


def run_plan(
    plan: StudyPlan, results: Path | str, means: Means = DEFAULT_MEANS, objects: Objects = NO_OBJECTS
) -> Study:
    """Run a study to its end.

    Parameters
    ----------
    plan : StudyPlan
    results : path
        Folder in which the study's folder is made.
    means : Means
        With what it is computed.
    objects : Objects, optional
        Python objects that replace what scenarios name; then it is computed in this process.

    Returns
    -------
    Study

    Raises
    ------
    ScenarioError, StudyError
        If a world cannot be; then nothing is written.
    RecordError
        If the folder cannot be written.
    UnansweredError, LimitReachedError
        If minds leave too much unanswered, or a limit is reached; `resume_study` goes on.
    KeyboardInterrupt
        If interrupted; `resume_study` goes on.
    """
    setups = _build_setups(plan, objects)
    first = setups[0]
    _check_means(plan, first, means, objects)
    _check_outcomes(plan, setups)
    point = _reach_branch_point(plan, objects)
    folder = create_study(Path(results), plan, objects.identities())
    if means.started is not None:
        means.started(folder)
    _go_on(StudyStore(folder), first, means, Workplace(objects, branch=point))
    return open_study(folder)


def resume_study(
    folder: Path | str,
    means: Means = DEFAULT_MEANS,
    objects: Objects = NO_OBJECTS,
    *,
    retry_failed: bool = False,
) -> Study:
    """Resume a study that was stopped; one that is finished is returned as it is, and reads no other file.

    Parameters
    ----------
    folder : path
        The study's folder.
    means, objects
        As for `run_plan`.
    retry_failed : bool
        Whether failed runs are computed again.

    Raises
    ------
    RecordError
        If there is no study, it or a file that it reads was altered, or another process is writing it.
    ScenarioError
        If a file that it reads, and has no copy of, is no longer where it was; says which, and where.
    CoevolveError
        As `run_plan`.
    """
    store = StudyStore(Path(folder))
    if retry_failed:
        with lock_folder(store.folder), store.writing() as writer:
            writer.forget_failed()
    _refuse_other_objects(store, objects)
    if _end_if_finished(store):
        return open_study(folder)
    first = _rebuild_setups(store, objects)[0]
    _check_means(store.plan, first, means, objects)
    point = _reach_branch_point(store.plan, objects)
    _go_on(store, first, means, Workplace(objects, branch=point))
    return open_study(folder)


def _refuse_other_objects(store: StudyStore, objects: Objects) -> None:
    """Refuse to go on with other Python objects than those with which the study was begun."""
    before, now = store.objects, objects.identities()
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            was, is_ = (one.get(name, "nothing handed over") for one in (before, now))
            raise RecordError(
                f"{store.folder} was begun with other Python objects: {name} was {was}, and is {is_}; hand "
                "over the same to resume it"
            )


def _end_if_finished(store: StudyStore) -> bool:
    """Return whether nothing is left to compute; then what the folder says of the study is written anew."""
    with lock_folder(store.folder):
        store.read_plan()
        if not set(store.plan.tasks) <= store.done() or _count_wanted(store) > len(store.plan.seeds):
            return False
        store.write_manifest()
    return True


def _rebuild_setups(store: StudyStore, objects: Objects) -> list[Setup]:
    """Build the societies of a study that was begun; of a file that is no longer there, say what to do."""
    refuse_changed_copies(store.folder)
    try:
        return _build_setups(store.plan, objects)
    except ScenarioError as error:
        if "there is no such file" not in error.problem:
            raise
        raise ScenarioError(
            f"{error.problem}. {store.folder} was begun with that file, and has no copy of it: put the file "
            "back there to go on",
            error.where,
            error.path,
        ) from None


def _build_setups(plan: StudyPlan, objects: Objects) -> list[Setup]:
    """Build the society of each world at the first point, so that what cannot be is refused at once."""
    task = Task(0, 0)
    setups: list[Setup] = []
    for world in plan.worlds:
        setups.append(build_setup(plan.scenario_of(task, world), objects, setups[0] if setups else None))
        if world.peers_of:
            record_peers(setups[-1])  # refuses rules that cannot hear peers of another world
    return setups


def _check_outcomes(plan: StudyPlan, setups: Sequence[Setup]) -> None:
    """Refuse an outcome that no world has, before anything runs.

    Of a design over measures or assistants other points may have others, and are not looked at.
    """
    asked = [name for name in (plan.outcome, *plan.measures) if name]
    keys = {change.key.partition(".")[0] for change in plan.points[0]}
    if not asked or keys & {"measures", "assistants"}:
        return
    own = frozenset().union(*(name_outcomes(setup) for setup in setups))
    scenarios = {
        world.name: setup.scenario
        for world, setup in zip(plan.worlds, setups, strict=True)
        if world.name in plan.asked_worlds
    }
    there = sorted(own | name_scores(own, scenarios))
    for name in asked:
        if name not in there:
            raise StudyError(
                f"no world has an outcome '{name}'{nearest(name, there) or '.'} There are: {', '.join(there)}"
            )


def _check_threads(means: Means) -> None:
    """Refuse fewer threads than one, and more of all workers together than there are cores."""
    count_threads()  # an environment that asks for no number is refused before anything is written
    if means.threads is not None and means.threads < 1:
        raise StudyError(f"{means.threads} threads given; at least 1 is needed")
    workers, threads, cores = means.workers or 1, means.threads or 1, count_cores()
    if min(workers, threads) > 1 and workers * threads > cores:
        raise StudyError(
            f"{workers} workers of {threads} threads each are more than the {cores} cores here; give at most "
            f"{max(1, cores // workers)}, or leave --threads out for 1"
        )


def _check_means(plan: StudyPlan, first: Setup, means: Means, objects: Objects) -> None:
    """Refuse means with which the study cannot be computed."""
    if means.workers is not None and means.workers < 1:
        raise StudyError(f"{means.workers} workers given; at least 1 is needed")
    _check_threads(means)
    if means.budget != NO_LIMIT and first.channel.minds is not None and _trains_weights(plan):
        raise StudyError(
            "where weights learn, each run has minds of its own, and no limit holds for all of them; leave "
            "--max-requests and --max-tokens out"
        )
    if not means.ray:
        return
    if first.channel.minds is not None or objects.identities() or plan.kind == "branch":
        raise StudyError(
            "on a Ray cluster runs are numeric and name plug-ins by path: minds are asked from this process, "
            "Python objects stay in it, and branches begin in it; leave --ray out"
        )
    check_ray(means.ray)


def _go_on(store: StudyStore, first: Setup, means: Means, place: Workplace) -> None:
    """Compute what is left, and add replications as long as the study asks for a narrower interval."""
    with hold_threads(means.threads), lock_folder(store.folder), store.writing() as writer:
        store.read_plan()  # another process may have added replications before it let go of the lock
        minds = _open_minds(store.plan, first, means)
        place = replace(place, minds=minds, folder=store.folder)
        place = replace(place, together=count_together(store.plan, first, place))
        if means.way is not None:
            means.way(describe_way(store.plan, place.together))
        try:
            if minds is not None:
                _open_at_once(minds, first)
            used = store.usage  # of earlier sessions
            n_done = _compute_left(store, writer, place, means, used, 0)
            while (n_more := _count_wanted(store)) > len(store.plan.seeds):
                writer.extend(store.plan.with_replications(n_more))
                store.read_plan()
                n_done = _compute_left(store, writer, place, means, used, n_done)
        finally:
            if minds is not None:
                minds.close()
    store.write_manifest()


def _reach_branch_point(plan: StudyPlan, objects: Objects) -> BranchPoint | None:
    """Compute the past that branches share; None in other studies."""
    if plan.kind != "branch":
        return None
    details = plan.details or {}
    folder, at = Path(str(details["run"])), int(details["at"])
    if open_run(folder).digest() != details["sha256"]:
        raise StudyError(f"{folder}, from which worlds part, has gone on or was altered; branch anew")
    return reach_round(folder, at, objects)


def _compute_left(
    store: StudyStore,
    writer: StudyWriter,
    place: Workplace,
    means: Means,
    used: Mapping[str, int],
    n_done: int,
) -> int:
    """Compute the tasks that have no rows yet, and write each as it is done.

    Takes what earlier sessions used and how many tasks this one has done; returns the latter, grown.
    """
    plan, done = store.plan, store.done()
    tasks = [task for task in plan.tasks if task not in done]
    finished = plan.n_runs - len(tasks) * len(plan.worlds)
    if means.progress is not None:
        means.progress(finished, plan.n_runs)
    for rows in _compute(plan, tasks, place, means):
        n_done += 1
        writer.write(rows)
        if place.minds is not None:
            writer.write_usage(_add_usage(used, place.minds.usage, n_done))
        finished += len(rows)
        if means.progress is not None:
            means.progress(finished, plan.n_runs)
    return n_done


def _add_usage(before: Mapping[str, int], now: Usage, n_tasks: int) -> dict[str, int]:
    """Return what minds were asked in all sessions, and for how many tasks."""
    new = {"tasks": n_tasks, "asked": now.asked, "tokens_in": now.tokens_in, "tokens_out": now.tokens_out}
    return {key: before.get(key, 0) + number for key, number in new.items()}


def _count_wanted(store: StudyStore) -> int:
    """Return how many replications the study needs for its interval to be as narrow as it asks, so far.

    As many more as the present width suggests, at least a quarter more and at most three times as many.
    """
    plan = store.plan
    if plan.until_width is None:
        return 0
    study = Study(store.folder)
    found = [study.effect(world=world).effect for world in plan.asked_worlds if world != plan.reference]
    widths = [one.high - one.low for one in found if one is not None]
    if len(widths) < len(found):
        return 0  # with so many failed runs, more would say nothing of what is asked
    return count_wanted(len(plan.seeds), max(widths), plan.until_width)


def count_wanted(n: int, width: float, until: float) -> int:
    """Return the number of replications at which an interval is looked at next; 0 if it is narrow enough.

    As many more as its width suggests, at least a quarter more and at most three times as many.

    Parameters
    ----------
    n : int
        Replications so far.
    width, until : float
        Width of the interval, and the width asked for.

    Examples
    --------
    >>> count_wanted(20, 0.2, 0.1), count_wanted(20, 0.101, 0.1), count_wanted(20, 0.1, 0.1)
    (60, 25, 0)
    """
    if width <= until or n >= MOST_REPLICATIONS:
        return 0
    return min(
        max(math.ceil(n * min(width / until, 2.0) ** 2), math.ceil(1.25 * n)), 3 * n, MOST_REPLICATIONS
    )


def _open_minds(plan: StudyPlan, first: Setup, means: Means) -> StudyMinds | None:
    """Return the minds that the study's runs share; None in numbers, and where weights learn.

    Weights that learn change their mind, so that each such run has minds of its own.
    """
    if first.channel.minds is None or _trains_weights(plan):
        return None
    minds = StudyMinds(first.channel.minds.opener, means.budget)
    minds.progress = means.asking
    return minds


def _open_at_once(minds: StudyMinds, first: Setup) -> None:
    """Open minds before any run: one that cannot be opened ends the study, not every run of it."""
    for spec in first.scenario.minds:
        if spec.name in first.mind_names:
            minds.open(spec)


def _trains_weights(plan: StudyPlan) -> bool:
    scenarios = (plan.scenario_of(Task(0, 0), world) for world in plan.worlds)
    return any(one.policy.trains_weights for scenario in scenarios for one in scenario.assistants)


def _compute(
    plan: StudyPlan, tasks: Sequence[Task], place: Workplace, means: Means
) -> Iterator[list[RunRow]]:
    """Yield the rows of tasks, computed by whoever is to compute them."""
    elsewhere = not place.objects.identities() and place.minds is None and place.branch is None
    if means.ray:
        yield from run_on_ray(cut_tasks(plan, tasks, place.folder, means.threads), means.ray, place.together)
        return
    workers = means.workers or max(1, count_cores() // (means.threads or 1))
    if not elsewhere or workers < 2:
        yield from run_here(plan, tasks, place)
        return
    left = list(tasks)
    if means.workers is None:  # is it worth the start of other processes?
        began, n_here = time.perf_counter(), 0
        while left and n_here < 3:
            yield from run_here(plan, [left.pop(0)], place)
            n_here += 1
        if (time.perf_counter() - began) / max(n_here, 1) * len(left) < WORTH_WORKERS:
            yield from run_here(plan, left, place)
            return
    parts = cut_tasks(plan, left, place.folder, means.threads)
    yield from run_in_processes(parts, min(workers, max(len(left), 1)), place.together)
