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

from coevolve_sim import __version__
from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import read_changes
from coevolve_sim.studies.execution import Workplace, run_tasks_in_words
from coevolve_sim.studies.joint_runs import Piece, run_together
from coevolve_sim.studies.plan import StudyPlan, Task, read_plan
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.threads import hold_threads

TOGETHER = 12
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
    threads: int = 1
    version: str = __version__

    def read(self) -> Piece:
        """Return the task as it is computed.

        Raises
        ------
        StudyError
            If the package here has another version than the one that sent the task.
        """
        if self.version != __version__:
            raise StudyError(
                f"coevolve-sim {__version__} is installed where the study is computed, and {self.version} "
                "where it was begun; install the same on every node"
            )
        return Piece(_read_at(self.common, self.point).with_seeds([self.seed]), Task(0, 0), self.task)


def cut_tasks(
    plan: StudyPlan, tasks: Iterable[Task], folder: Path | None, threads: int | None = None
) -> list[TaskPart]:
    """Return tasks as they are sent to other processes, each of which takes one thread if none are given."""
    common = replace(plan, points=((),), seeds=(0,)).as_text()
    where = "" if folder is None else str(folder)
    return [
        TaskPart(common, json.dumps(plan.point_values(p)), plan.seeds[r], Task(p, r), where, threads or 1)
        for p, r in tasks
    ]


def compute_parts(parts: Sequence[TaskPart], *, together: int = 1) -> list[list[RunRow]]:
    """Compute tasks in another process, one after the other or together.

    Raises
    ------
    StudyError
        If the package there has another version than the one that sent the tasks.
    """
    place = Workplace(folder=Path(parts[0].folder) if parts[0].folder else None, together=together)
    with hold_threads(parts[0].threads):
        return list(run_together([part.read() for part in parts], place))


@lru_cache(maxsize=4)
def _read_common(text: str) -> StudyPlan:
    return read_plan(text)


@lru_cache(maxsize=1)
def _read_at(common: str, point: str) -> StudyPlan:
    """Return the plan of one point; the tasks of a point mostly come one after the other."""
    changes = tuple(read_changes(json.loads(point), "the design"))
    return replace(_read_common(common), points=(changes,))


def run_here(plan: StudyPlan, tasks: Sequence[Task], place: Workplace) -> Iterator[list[RunRow]]:
    """Compute tasks in this process; runs in words side by side.

    Of runs in numbers the first task is alone and batches grow from there, so that rows come soon.
    """
    if place.minds is None:
        left, size = list(tasks), 1
        while left:
            yield from run_together([Piece(plan, task, task) for task in left[:size]], place)
            left, size = left[size:], min(2 * size, place.together)
        return
    n_tasks = max(1, TOGETHER // len(plan.worlds))
    for start in range(0, len(tasks), n_tasks):
        yield from run_tasks_in_words(plan, tasks[start : start + n_tasks], place)


def run_in_processes(parts: Sequence[TaskPart], workers: int, together: int = 1) -> Iterator[list[RunRow]]:
    """Compute tasks in processes on this machine; those that die are replaced.

    When a process dies, the tasks that were given out and not finished are tried again with as few others as
    there are processes, and if one dies again, alone: so only a task that kills its own process is put down
    as failed, however many others there are.

    Parameters
    ----------
    parts : sequence of TaskPart
    workers : int
        Number of processes.
    together : int
        Tasks whose runs go through their rounds together, at most.
    """
    left = {part.task: part for part in parts}
    while left:
        batch = count_batch(len(left), workers, together)
        pool = _Pool(workers, batch, 2 * workers, together)
        yield from _without_done(left, pool.compute(list(left.values())))
        suspects = {part.task: part for part in pool.suspects}
        while suspects:
            careful = _Pool(workers, 1, workers)
            done = _without_done(suspects, careful.compute(list(suspects.values())))
            yield from _without_done(left, done)
            for part in careful.suspects:
                del suspects[part.task], left[part.task]
                yield _compute_alone(part)


def count_batch(n_tasks: int, workers: int, together: int) -> int:
    """Return how many tasks a process is given at a time: few enough that all end at about the same time.

    Examples
    --------
    >>> count_batch(400, 2, 33), count_batch(40, 2, 33), count_batch(400, 2, 1), count_batch(3, 2, 1)
    (33, 5, 16, 1)
    """
    return max(1, min(max(16, together), n_tasks // (4 * workers if together > 1 else 8 * workers)))


def _without_done(left: dict[Task, TaskPart], found: Iterable[list[RunRow]]) -> Iterator[list[RunRow]]:
    """Yield rows, and strike out their task."""
    for rows in found:
        del left[Task(rows[0].point, rows[0].replication)]
        yield rows


def _compute_alone(part: TaskPart) -> list[RunRow]:
    """Compute a task that may have killed its process twice, alone this time."""
    for _ in range(TRIES - 2):
        for rows in _Pool(2, 1, 1).compute([part]):  # of one process joblib would make none, and run it here
            return rows
    return describe_dead_worker(part)


class _Pool:
    """Processes that compute tasks until one dies.

    Parameters
    ----------
    workers : int
    batch : int
        Tasks given to a process at a time.
    ahead : int
        Batches that are given out at a time.
    together : int
        Tasks whose runs go through their rounds together, at most.

    Attributes
    ----------
    suspects : list of TaskPart
        Tasks that were given out and not finished when a process died.
    """

    def __init__(self, workers: int, batch: int, ahead: int, together: int = 1) -> None:
        self._workers, self._batch, self._ahead, self._together = workers, batch, ahead, together
        self._out: dict[Task, TaskPart] = {}
        self.suspects: list[TaskPart] = []

    def compute(self, parts: Sequence[TaskPart]) -> Iterator[list[RunRow]]:
        """Yield the rows of tasks as they are done, up to the death of a process."""
        from joblib import Parallel, delayed, parallel_config
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        try:
            with parallel_config(backend="loky", inner_max_num_threads=1):
                pool = Parallel(
                    n_jobs=self._workers,
                    return_as="generator_unordered",
                    batch_size=1,
                    pre_dispatch=self._ahead,
                )
                batches = self._give_out(parts)
                for found in pool(delayed(compute_parts)(one, together=self._together) for one in batches):
                    for rows in found:
                        del self._out[Task(rows[0].point, rows[0].replication)]
                        yield rows
        except TerminatedWorkerError:
            self.suspects = list(self._out.values())

    def _give_out(self, parts: Sequence[TaskPart]) -> Iterator[list[TaskPart]]:
        for start in range(0, len(parts), self._batch):
            chunk = list(parts[start : start + self._batch])
            self._out |= {part.task: part for part in chunk}
            yield chunk


def describe_dead_worker(part: TaskPart) -> list[RunRow]:
    """Return the rows of a task whose workers died."""
    error = (
        f"the process that computed it died {TRIES} times: killed, for want of memory perhaps; try fewer "
        "workers"
    )
    point, replication = part.task
    worlds = _read_common(part.common).world_names
    return [RunRow(point, world, replication, part.seed, "failed", "worker", error) for world in worlds]
