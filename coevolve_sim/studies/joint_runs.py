"""Compute the runs of many tasks together, as ensembles of societies of one size.

A run has the same values and the same row to the bit as when it is computed alone, whoever else is in its
ensemble. Runs that ask minds, keep records of their own, hear the peers of another world, go on from a branch
or have parts of a user's own are computed alone, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from coevolve_sim.errors import CoevolveError
from coevolve_sim.scenario import space_of
from coevolve_sim.scenario.society_specs import DEFAULT_HUMANS
from coevolve_sim.society.ensemble import Ensemble, can_join
from coevolve_sim.society.memory_check import mean_degree
from coevolve_sim.society.setup import Setup
from coevolve_sim.studies.execution import Job, PeerRecords, Workplace, finish_task, run_task
from coevolve_sim.studies.plan import StudyPlan, Task
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.studies.run_summary import SummaryBuilder

MOST_RUNS = 100
"""Runs in an ensemble, at most (but all worlds of a task always go together)."""

MOST_VALUES = 400_000
"""Values of people in an ensemble, at most; beyond what the processor's caches hold, nothing is gained."""

MOST_TIES = 4_000_000
"""Ties of people in an ensemble, at most."""

MOST_ROUNDS = 30_000
"""Rounds of all runs of an ensemble, at most: a study that is killed loses the seconds that these take."""


class Piece(NamedTuple):
    """A task to compute: of which plan, and what its rows call it."""

    plan: StudyPlan
    task: Task
    named: Task


def count_together(plan: StudyPlan, first: Setup, place: Workplace) -> int:
    """Return how many tasks of a study go through their rounds together; 1 where each run is computed alone.

    Parameters
    ----------
    plan : StudyPlan
    first : Setup
        Of a run of it.
    place : Workplace
    """
    alone = place.minds is not None or place.branch is not None or bool(place.objects.identities())
    if alone or not _suits(plan) or not can_join(first):
        return 1
    n_ties = max(1, first.ties.indices.size)  # of a network of a file, too, which no scenario tells
    sizes = (first.initial_values.size, MOST_VALUES), (n_ties, MOST_TIES), (first.n_rounds, MOST_ROUNDS)
    n_runs = min(MOST_RUNS, *(most // size for size, most in sizes))
    return max(1, n_runs // len(plan.worlds))


def describe_way(plan: StudyPlan, together: int) -> str:
    """Return in words how the runs of a study are computed, of how many tasks together."""
    n_runs = min(together * len(plan.worlds), plan.n_runs)
    return "each alone" if together == 1 else f"up to {n_runs:,} together"


def _suits(plan: StudyPlan) -> bool:
    return plan.record != "full" and not any(world.peers_of for world in plan.worlds)


def run_together(pieces: Sequence[Piece], place: Workplace) -> Iterator[list[RunRow]]:
    """Compute the runs of tasks together, and yield the rows of each task in the order given.

    Parameters
    ----------
    pieces : sequence of Piece
    place : Workplace
        Of which ``together`` is 1 where each run is to be computed alone.
    """
    if place.together == 1 or not all(_suits(plan) for plan, _, _ in pieces):
        for plan, task, named in pieces:
            yield run_task(plan, task, place, named)
        return
    for batch in cut_batches(pieces):
        if len(batch) == 1 and _weigh(batch[0]).is_alone:
            yield run_task(batch[0].plan, batch[0].task, place, batch[0].named)
            continue
        jobs = _build_jobs(batch, place)
        rows = _run_jobs([job for of_task in jobs for job in of_task.values()], place)
        for piece, of_task in zip(batch, jobs, strict=True):
            yield finish_task(piece.plan, of_task, {name: rows[job] for name, job in of_task.items()})


class _Weight(NamedTuple):
    """What the runs of a task hold and take, as far as their scenario says before anything is built."""

    values: float
    ties: float
    rounds: float

    @property
    def is_alone(self) -> bool:
        """Whether it is too much to be held beside other tasks."""
        return self.values > MOST_VALUES or self.ties > MOST_TIES or self.rounds > MOST_ROUNDS


def _weigh(piece: Piece) -> _Weight:
    """Return what a task's runs hold: its worlds have the same people, or as many as the first says."""
    n_worlds = len(piece.plan.worlds)
    try:
        scenario = piece.plan.scenario_of(piece.task, piece.plan.worlds[0])
        n_humans = scenario.population.humans or DEFAULT_HUMANS
        values = n_humans * space_of(scenario).n_dimensions
        eras = getattr(scenario.history, "eras", None) or 1
        rounds = scenario.rounds or eras * scenario.rounds_per_era
        return _Weight(values * n_worlds, n_humans * mean_degree(scenario) * n_worlds, rounds * n_worlds)
    except CoevolveError:  # it is a row that failed, as soon as it is built
        return _Weight(0, 0, 0)


def cut_batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield tasks, in their order, as many at a time as can be held together.

    What is held is that of each task's own scenario: a sweep may go over the number of people, of rounds or
    of ties.
    """
    batch: list[Piece] = []
    held = _Weight(0, 0, 0)
    for piece in pieces:
        own = _weigh(piece)
        together = _Weight(*(a + b for a, b in zip(held, own, strict=True)))
        if batch and together.is_alone:
            yield batch
            batch, together = [], own
        batch.append(piece)
        held = together
    if batch:
        yield batch


def _build_jobs(pieces: Iterable[Piece], place: Workplace) -> list[dict[str, Job]]:
    """Build the society of every run; those of one seed share people and ties where these are the same."""
    likes: dict[int, Setup] = {}
    built = []
    for plan, task, named in pieces:
        records, jobs = PeerRecords(plan), {}
        for world in records.order:
            job = jobs[world.name] = Job(plan, task, world, named, records)
            job.like = likes.get(job.seed)
            setup = job.build(place)
            if setup is not None:
                likes.setdefault(job.seed, setup)
        built.append(jobs)
    return built


def _run_jobs(jobs: Sequence[Job], place: Workplace) -> dict[Job, RunRow]:
    """Run societies that can be together in ensembles of one size, and the others alone."""
    rows: dict[Job, RunRow] = {}
    by_size: dict[tuple[int, ...], list[Job]] = {}
    for job in jobs:
        if job.setup is None:
            rows[job] = job.end(None)
        elif can_join(job.setup):
            by_size.setdefault(job.setup.initial_values.shape, []).append(job)
        else:
            rows[job] = job.compute(place)
    for size, alike in by_size.items():
        most = max(1, min(MOST_RUNS, MOST_VALUES // (size[0] * size[1])))
        for start in range(0, len(alike), most):
            rows |= _run_ensemble(alike[start : start + most])
    return rows


def _run_ensemble(jobs: Sequence[Job]) -> dict[Job, RunRow]:
    """Run societies of one size through their rounds together; return the row of each."""
    ensemble = Ensemble([job.setup for job in jobs if job.setup is not None])
    of_member = dict(zip(ensemble.members, jobs, strict=True))
    builders: dict[Job, SummaryBuilder] = {}
    for member, job in of_member.items():
        if member.failure is None:
            with job.noting("rounds"):
                builders[job] = SummaryBuilder(member)
    while not ensemble.is_finished:
        for member in ensemble.step():
            job = of_member[member]
            if not job.error:
                with job.noting("rounds"):
                    builders[job].note(member)
    for member, job in of_member.items():
        if member.failure is not None and not job.error:
            job.fail("rounds", member.failure)
    return {job: _finish(job, builders) for job in jobs}


def _finish(job: Job, builders: dict[Job, SummaryBuilder]) -> RunRow:
    summary = None
    if not job.error:
        with job.noting("rounds"):
            summary = builders[job].finish()
    return job.end(summary)
