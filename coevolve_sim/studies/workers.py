"""Who computes the tasks of a study: this process, processes on this machine, or a Ray cluster.

Every way gives the same rows: a task depends on the plan alone. Plug-ins reach other processes by their name
or path in the scenario; Python objects do not, and keep a study in this process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from coevolve_sim.scenario import read_changes
from coevolve_sim.studies.execution import Workplace, run_task, run_tasks_in_words
from coevolve_sim.studies.plan import StudyPlan, Task, read_plan
from coevolve_sim.studies.run_rows import RunRow

TOGETHER = 24
"""Runs in words that go side by side, at most (but all worlds of a task always do)."""

TRIES = 3
"""How often a task is given to a worker before its runs are put down as failed, its workers having died."""


class TaskPart(NamedTuple):
    """A task as it is sent to another process: the plan without its points and seeds, and those it needs."""

    common: str
    point: str
    seed: int
    task: Task
    folder: str


def cut_tasks(plan: StudyPlan, tasks: Iterable[Task], folder: Path | None) -> list[TaskPart]:
    """Return tasks as they are sent to other processes."""
    common = replace(plan, points=((),), seeds=(0,)).as_text()
    where = "" if folder is None else str(folder)
    return [
        TaskPart(common, json.dumps(plan.point_values(p)), plan.seeds[r], Task(p, r), where) for p, r in tasks
    ]


def compute_part(part: TaskPart) -> list[RunRow]:
    """Compute a task in another process."""
    plan = _read_at(part.common, part.point).with_seeds([part.seed])
    place = Workplace(folder=Path(part.folder) if part.folder else None)
    return run_task(plan, Task(0, 0), place, part.task)


@lru_cache(maxsize=4)
def _read_common(text: str) -> StudyPlan:
    return read_plan(text)


@lru_cache(maxsize=1)
def _read_at(common: str, point: str) -> StudyPlan:
    """Return the plan of one point; the tasks of a point mostly come one after the other."""
    changes = tuple(read_changes(json.loads(point), "the design"))
    return replace(_read_common(common), points=(changes,))


def run_here(plan: StudyPlan, tasks: Sequence[Task], place: Workplace) -> Iterator[list[RunRow]]:
    """Compute tasks in this process; runs in words side by side."""
    if place.minds is None:
        for task in tasks:
            yield run_task(plan, task, place)
        return
    n_tasks = max(1, TOGETHER // len(plan.worlds))
    for start in range(0, len(tasks), n_tasks):
        yield run_tasks_in_words(plan, tasks[start : start + n_tasks], place)


def run_in_processes(parts: Sequence[TaskPart], workers: int) -> Iterator[list[RunRow]]:
    """Compute tasks in processes on this machine, one thread each; those that die are replaced.

    Parameters
    ----------
    parts : sequence of TaskPart
    workers : int
        Number of processes.
    """
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    tries: dict[Task, int] = {}
    left = {part.task: part for part in parts}
    while left:
        batch = 1 if tries else max(1, min(16, len(left) // (8 * workers)))
        chunks = [list(left.values())[i : i + batch] for i in range(0, len(left), batch)]
        try:
            with parallel_config(backend="loky", inner_max_num_threads=1):
                pool = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
                for found in pool(delayed(_compute_parts)(chunk) for chunk in chunks):
                    for rows in found:
                        del left[Task(rows[0].point, rows[0].replication)]
                        yield rows
        except TerminatedWorkerError:
            # Which task it was is not known: all that are left count a try, and go one by one from now on.
            for task in [*left]:
                tries[task] = tries.get(task, 0) + 1
                if tries[task] >= TRIES:
                    yield describe_dead_worker(left.pop(task))


def _compute_parts(parts: Sequence[TaskPart]) -> list[list[RunRow]]:
    return [compute_part(part) for part in parts]


def describe_dead_worker(part: TaskPart) -> list[RunRow]:
    """Return the rows of a task whose workers died."""
    error = (
        f"the process that computed it died {TRIES} times: killed, for want of memory perhaps; try fewer "
        "workers"
    )
    point, replication = part.task
    worlds = _read_common(part.common).world_names
    return [RunRow(point, world, replication, part.seed, "failed", "worker", error) for world in worlds]
