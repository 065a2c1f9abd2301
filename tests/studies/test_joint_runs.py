"""Runs of a study that go through their rounds together: the same rows as run by run."""

import numpy as np
import pytest

from coevolve_sim.errors import RoundError, StudyError
from coevolve_sim.scenario import ChangeableScenario, loads
from coevolve_sim.society import ensemble
from coevolve_sim.society.objects import Objects
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies import driver, joint_runs
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, resume_study, run_plan
from coevolve_sim.studies.execution import Workplace
from coevolve_sim.studies.joint_runs import Piece, count_together, cut_batches, run_together
from coevolve_sim.studies.plan import Task, build_plan
from coevolve_sim.studies.study_estimate import estimate_plan
from coevolve_sim.studies.sweeping import plan_sweep
from coevolve_sim.studies.workers import count_batch, run_here
from coevolve_sim.studies.worlds import build_default_worlds
from tests.studies.tiny import WITH_AND_WITHOUT, numbers, words

HERE = Means(workers=1)
SCENARIO = """
name: many
rounds: 9
rounds_per_era: 3
value_space: {name: v, dimensions: [a, b]}
history: {kind: planted, eras: 4}
network: {family: watts_strogatz, degree: 4, rewiring: 0.2}
update: {rule: hegselmann_krause, confidence: {peer: 0.3}, rate: {peer: 0.5}, noise: 0.01}
population: {humans: 30, groups: [{name: all, stubbornness: 0.1, adoption: 0.5}]}
assistants: [{name: one}, {name: two, policy: {kind: extrapolative}}]
interventions: [{round: 4, action: shock, shift: 0.1}]
measures: {every: 2}
"""


def sweep(**axes):
    """Return the plan of three worlds at several points, three seeds each."""
    scenario = ChangeableScenario.of(loads(SCENARIO))
    worlds = build_default_worlds(loads(SCENARIO))
    assert len(worlds) == 3
    return (
        build_plan(scenario, worlds, replications=3)
        if not axes
        else plan_sweep(
            loads(SCENARIO),
            {key.replace("__", "."): values for key, values in axes.items()},
            replications=3,
            record="summary",
        )
    )


def rows_of(plan, together):
    return [row.cells() for rows in run_together_in(plan, together) for row in rows]


def run_together_in(plan, together):
    return run_here(plan, list(plan.tasks), Workplace(together=together))


def first_setup(plan):
    return build_setup(plan.scenario_of(Task(0, 0), plan.worlds[0]))


PLANS = {
    "three worlds": sweep,
    "points that differ in size, rule, rounds and measures": lambda: sweep(
        population__humans=[20, 31],
        update=[
            {"rule": "hegselmann_krause"},
            {"rule": "deffuant_weisbuch"},
            {"rule": "friedkin_johnsen", "schedule": "synchronous"},
        ],
    ),
    "points that differ in rounds and measures": lambda: sweep(
        rounds=[5, 9], measures=[{"every": 2}, {"every": 3, "names": ["variance", "size_parity"]}]
    ),
}


@pytest.mark.parametrize("which", PLANS)
def test_rows_are_the_same_together_and_run_by_run_in_batches_of_any_size(which):
    plan = PLANS[which]()
    alone = rows_of(plan, 1)
    assert {cells[4] for cells in alone} == {"finished"}
    assert len({cells[10] for cells in alone}) == len(alone)
    for together in (2, 5, 100):
        assert rows_of(plan, together) == alone


def test_rows_do_not_depend_on_the_order_of_tasks():
    plan = sweep(update__confidence__peer=[0.1, 0.3])
    pieces = [Piece(plan, task, task) for task in plan.tasks]
    there = list(run_together(pieces, Workplace(together=9)))
    back = list(run_together(pieces[::-1], Workplace(together=9)))
    assert [[r.cells() for r in rows] for rows in there] == [[r.cells() for r in rows] for rows in back[::-1]]


def test_a_study_runs_together_by_itself_to_the_digest_of_one_run_by_run(tmp_path, monkeypatch):
    plan, sizes = sweep(), []
    real = joint_runs._run_ensemble
    monkeypatch.setattr(joint_runs, "_run_ensemble", lambda jobs: sizes.append(len(jobs)) or real(jobs))
    together = run_plan(plan, tmp_path / "together", HERE)
    assert sizes == [3, 6]
    monkeypatch.setattr(driver, "count_together", lambda *_: 1)
    alone = run_plan(plan, tmp_path / "alone", HERE)
    assert sizes == [3, 6]
    assert together.digest() == alone.digest()


def test_two_processes_run_them_together_to_the_same_digest(tmp_path):
    plan = sweep()
    assert run_plan(plan, tmp_path, Means(workers=2)).digest() == run_plan(plan, tmp_path, HERE).digest()


def test_a_study_that_was_stopped_goes_on_to_the_same_bytes(tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=12)

    def stop(finished, _all):
        if finished >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(plan, tmp_path / "stopped", Means(workers=1, progress=stop))
    (folder,) = (tmp_path / "stopped").iterdir()
    assert resume_study(folder, HERE).digest() == run_plan(plan, tmp_path / "whole", HERE).digest()


def test_a_run_that_fails_is_its_own_row_as_it_is_run_by_run(monkeypatch):
    plan = sweep()
    real = ensemble.end_round

    def poisoned(state, setup, begun):
        if setup.scenario.seed == plan.seeds[1] and begun.scene.round_index == 5:
            raise RoundError("round 5: so it is")
        return real(state, setup, begun)

    wanted = rows_of(plan, 1)
    monkeypatch.setattr(ensemble, "end_round", poisoned)
    rows = [
        row
        for rows in run_together([Piece(plan, t, t) for t in plan.tasks], Workplace(together=9))
        for row in rows
    ]
    failed = [row for row in rows if row.status == "failed"]
    assert [row.seed for row in failed] == [plan.seeds[1]] * 3
    assert {(row.stage, row.error) for row in failed} == {("rounds", "RoundError: round 5: so it is")}
    kept = [cells for cells in wanted if cells[3] != plan.seeds[1]]
    assert [row.cells() for row in rows if row.status == "finished"] == kept


def test_a_value_that_is_not_finite_fails_alike_together_and_alone(monkeypatch):
    plan = sweep()
    for of in (
        "coevolve_sim.society.state.first_state",
        "coevolve_sim.society.ensemble.first_state",
        "coevolve_sim.society.model.first_state",
    ):
        monkeypatch.setattr(of, _spoil(plan.seeds[2]))
    alone = rows_of(plan, 1)
    assert [cells[4] for cells in alone].count("failed") == 3
    assert rows_of(plan, 9) == alone


def _spoil(seed):
    from coevolve_sim.society import state as states

    real = states.first_state

    def spoiled(setup):
        state = real(setup)
        if setup.scenario.seed == seed:
            state.adoption = state.adoption.copy()
            state.peer = state.peer.replace(np.array([3]), rate=np.nan)
        return state

    return spoiled


def test_which_studies_are_run_together():
    plan, place = sweep(), Workplace()
    first = first_setup(plan)
    assert count_together(plan, first, place) == 33
    assert (
        count_together(
            sweep(population__humans=[10_000]), first_setup(sweep(population__humans=[10_000])), place
        )
        == 20
    )
    assert count_together(sweep(rounds=[5_000]), first_setup(sweep(rounds=[5_000])), place) == 6
    full = build_plan(
        ChangeableScenario.of(loads(SCENARIO)),
        build_default_worlds(loads(SCENARIO)),
        replications=3,
        record="full",
    )
    assert count_together(full, first, place) == 1
    handed = Workplace(objects=Objects(measures={"reach": lambda arrays: 0.0}))
    assert count_together(plan, first, handed) == 1
    talk = plan_comparison(words(), WITH_AND_WITHOUT)
    assert count_together(talk, first_setup(talk), place) == 1


def test_ties_of_a_network_that_a_file_holds_count_too(monkeypatch, tmp_path):
    edges = "".join(f"a{i},a{j}\n" for i in range(60) for j in range(i))
    (tmp_path / "net.csv").write_text("source,target\n" + edges, encoding="utf-8")
    network = f"{{family: file, path: {tmp_path / 'net.csv'}}}"
    text = f"{{name: many, rounds: 4, network: {network}, assistants: [{{name: helper}}]}}"
    plan = plan_comparison(loads(text), WITH_AND_WITHOUT, replications=3)
    first = build_setup(plan.scenario_of(Task(0, 0), plan.worlds[0]))
    assert count_together(plan, first, Workplace()) == 50
    monkeypatch.setattr(joint_runs, "MOST_TIES", 10 * 60 * 59)
    assert count_together(plan, first, Workplace()) == 5


def test_processes_get_batches_that_end_at_about_the_same_time():
    assert count_batch(2_000, 2, 33) == 33
    assert count_batch(80, 2, 33) == 10
    assert count_batch(1, 8, 33) == 1


def test_a_study_says_how_its_runs_are_computed(tmp_path):
    told = []
    run_plan(sweep(), tmp_path, Means(workers=1, way=told.append))
    run_plan(
        plan_comparison(numbers(), WITH_AND_WITHOUT, record="full", replications=1),
        tmp_path,
        Means(workers=1, way=told.append),
    )
    assert told == ["up to 9 together", "each alone"]
    with pytest.raises(StudyError, match="the channel is numeric; runs are computed up to 9 together"):
        estimate_plan(sweep())


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        (("population.humans", (100, 500_000)), [2, 1, 1]),
        (("rounds", (10, 20_000)), [3, 1]),
        (("network.degree", (4, 45_000)), [2, 1, 1]),
    ],
)
def test_batches_go_by_each_task_own_size(changes, sizes):
    key, (small, large) = changes
    text = (
        "{name: many, rounds: 4, value_space: moral-foundations, dimensions: [care], "
        "population: {humans: 100}, network: {family: watts_strogatz, degree: 4}}"
    )
    plan = plan_sweep(loads(text), {key: [small, large]}, replications=2)
    pieces = [Piece(plan, task, task) for task in sorted(plan.tasks)]
    batches = list(cut_batches(pieces))
    assert [piece for batch in batches for piece in batch] == pieces
    assert [len(batch) for batch in batches] == sizes
