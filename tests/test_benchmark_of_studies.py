"""The benchmark of studies compares the same society, and measures what it says; its times are no test."""

from __future__ import annotations

import ast
import importlib
import math
import sys

import pytest

from tests import ROOT

FOLDER = ROOT / "benchmarks"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the benchmarks")


@pytest.fixture(scope="module")
def studies():
    """Return the benchmark's module; what it imports beside itself is forgotten afterwards."""
    before = {*sys.modules}
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("studies")
    sys.path.remove(str(FOLDER))
    for name in {*sys.modules} - before:
        if name.partition(".")[0] in {file.stem for file in FOLDER.glob("*.py")}:
            del sys.modules[name]


def constants_of(name):
    """Return the numbers that a file of the benchmarks names in capitals, without importing it."""
    found = {}
    for line in ast.parse((FOLDER / name).read_text(encoding="utf-8")).body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Tuple):
            names = [target.id for target in line.targets[0].elts]
            found |= dict(zip(names, ast.literal_eval(line.value), strict=True))
    return found


def test_the_society_in_ndlib_is_ours(studies):
    theirs = constants_of("ndlib_runs.py")
    assert (theirs["HUMANS"], theirs["ROUNDS"]) == (studies.HUMANS, studies.ROUNDS)
    assert theirs["CONFIDENCE"] == studies.CONFIDENCE
    assert f"degree: {theirs['DEGREE']}, rewiring: {theirs['REWIRING']}" in studies.NETWORK


@pytest.mark.parametrize("measured", [False, True])
@pytest.mark.parametrize("rule", ["deffuant_weisbuch", "hegselmann_krause"])
def test_the_society_in_mesa_moves_towards_each_other(studies, monkeypatch, rule, measured):
    models, build = [], studies.lean_mesa
    monkeypatch.setattr(studies, "lean_mesa", lambda *given: models.append(build(*given)) or models[-1])
    monkeypatch.setattr(studies, "ROUNDS", 4)
    studies.run_in_mesa(rule, 1, measured=measured)
    values = models[0].agents.get("value")
    mean = sum(values) / len(values)
    assert len(values) == studies.HUMANS
    assert sum((v - mean) ** 2 for v in values) / len(values) < 0.95 / 12


def test_a_study_of_so_many_runs_has_so_many(studies):
    plan = studies.plan_of(studies.TINY, 10, worlds=2)
    assert plan.n_runs == 10
    assert plan.world_names == ("as_written", "no_assistant")


def test_growth_is_told_in_time_and_memory(studies):
    found = studies.grow(4)
    assert {*found} == {"a run", "before", "running", "effects", "trajectories", "reading"}
    assert all(math.isfinite(number) and number > 0 for number in found.values())
    assert found["reading"] >= found["running"]


def test_a_target_is_judged_on_its_side(studies):
    assert studies.judge("a", 0.2, 0.1) == ["a", "at most 0.2", "0.1", "met"]
    assert studies.judge("a", 0.2, 0.1, at_most=False)[-1] == "missed"


@pytest.fixture(scope="module")
def ensembles(studies):
    """Return the benchmark of runs that go together, which stands on that of studies."""
    return importlib.import_module("ensembles")


def test_mesas_batch_run_makes_the_runs_that_are_timed(ensembles, monkeypatch):
    monkeypatch.setattr(ensembles, "ROUNDS", 3)
    model = ensembles.LeanModel(1)
    before = model.inner.agents.get("value")
    model.step()
    assert model.inner.agents.get("value") != before
    assert ensembles.time_batch_run(2) > 0.0


def test_the_same_study_is_timed_together_and_run_by_run(ensembles, studies):
    from coevolve_sim.studies import driver

    plan, real = studies.plan_of(studies.TINY, 6, worlds=2), driver.count_together
    with ensembles.run_by_run():
        assert driver.count_together(plan) == 1
    assert driver.count_together is real
    assert ensembles.time_alone(plan) > 0.0
    assert {plan.n_runs for plan in ensembles.plans().values()} == {ensembles.RUNS}
