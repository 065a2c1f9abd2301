"""Studies of many runs: nothing is built twice, nothing stays behind, and rows come in order."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from coevolve_sim.scenario import ChangeableScenario, loads, read_changes
from coevolve_sim.society.model import Society
from coevolve_sim.studies import plan as plans
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.plan import Task, build_plan, read_plan
from coevolve_sim.studies.workers import compute_parts, cut_tasks
from coevolve_sim.studies.worlds import build_default_worlds

TINY = """
name: tiny
rounds: 4
rounds_per_era: 2
value_space: {name: axes, dimensions: [a, b]}
history: {kind: planted, eras: 3}
population: {humans: 12}
assistants: [{name: assistant}]
measures: {names: [variance]}
"""


@pytest.fixture(scope="module")
def plan():
    base = ChangeableScenario.of(loads(TINY))
    points = [tuple(read_changes({"update.rate.peer": rate})) for rate in (0.2, 0.6)]
    return build_plan(base, build_default_worlds(base.change(()).scenario), points=points, replications=3)


@pytest.fixture(scope="module")
def study(plan, tmp_path_factory):
    return run_plan(plan, tmp_path_factory.mktemp("results"), Means(workers=1))


def test_a_society_is_let_go_when_nobody_holds_it():
    kept = [weakref.ref(Society(loads(TINY))) for _ in range(3)]
    gc.collect()
    assert [one() for one in kept] == [None] * 3


def test_agents_of_a_society_are_numbered_from_one_in_each():
    for _ in range(2):
        society = Society(loads(TINY))
        assert sorted(agent.unique_id for agent in society.agents) == list(range(1, 14))


def count_built(monkeypatch):
    """Return a list that grows by every scenario that is built from its changes."""
    built, build = [], plans.build_world

    def counted(base, point, world):
        built.append(world.name)
        return build(base, point, world)

    monkeypatch.setattr(plans, "build_world", counted)
    return built


def test_a_world_is_built_once_a_point_whatever_the_replications(plan, monkeypatch):
    built = count_built(monkeypatch)
    fresh = read_plan(plan.as_text())
    found = [fresh.scenario_of(task, world) for task in fresh.tasks for world in fresh.worlds]
    assert len(built) == len(fresh.points) * len(fresh.worlds)
    assert [one.seed for one in found[::3]] == [*fresh.seeds] * 2
    assert [one.update.rate.peer for one in found[::9]] == [0.2, 0.6]
    assert [len(one.assistants) for one in found[:3]] == [1, 1, 0]
    assert len(fresh.with_seeds([7]).points) == 2
    assert fresh.with_seeds([7]).scenario_of(Task(1, 0), fresh.worlds[0]).seed == 7
    assert len(built) == len(fresh.points) * len(fresh.worlds)


def test_few_scenarios_are_remembered_of_a_design_of_many_points(plan, monkeypatch):
    monkeypatch.setattr(plans, "MOST_BUILT", 2)
    fresh = read_plan(plan.as_text())
    wanted = [plan.scenario_of(task, world) for task in plan.tasks for world in plan.worlds]
    assert [fresh.scenario_of(task, world) for task in fresh.tasks for world in fresh.worlds] == wanted


def test_rows_come_point_by_point_seed_by_seed_world_by_world_and_can_be_chosen(plan, study):
    found = [(row.point, row.replication, row.world) for row in study._store.rows()]
    assert found == [(p, r, name) for p, r in plan.tasks for name in plan.world_names]
    chosen = study._store.rows("replication = ?", (1,))
    assert [(row.point, row.world) for row in chosen] == [(p, n) for p in (0, 1) for n in plan.world_names]


def test_parts_sent_to_other_processes_give_the_rows_of_this_one(plan, study):
    parts = cut_tasks(plan, [Task(1, 0), Task(0, 2), Task(1, 1)], None)
    here = {(row.point, row.replication, row.world): row.cells() for row in study._store.rows()}
    for together in (1, 9):
        there = [row for rows in compute_parts(parts, together=together) for row in rows]
        assert len(there) == 9
        assert all(row.cells() == here[row.point, row.replication, row.world] for row in there)


def test_the_table_of_trajectories_holds_each_number_where_it_belongs(plan, study):
    table = study.trajectories
    assert len(table) == sum(row.summary.trajectory.size for row in study._store.rows())
    for row in study._store.rows():
        mine = table[(table.point == row.point) & (table.world == row.world)]
        mine = mine[mine.replication == row.replication]
        kept = row.summary
        assert mine["round"].tolist() == np.repeat(kept.rounds, len(kept.columns)).tolist()
        told = [*zip(mine.kind, mine.name, mine.dimension, strict=True)]
        assert told == [tuple(column) for column in kept.columns] * kept.rounds.size
        assert np.array_equal(mine.value, kept.trajectory.ravel(), equal_nan=True)
