"""The edges of what a society can be: nobody to hear, nobody in a group, one human, no memory."""

import numpy as np
import pytest

from coevolve_sim.errors import PopulationError, ScenarioError
from coevolve_sim.networks.ties import from_edges
from coevolve_sim.rules import RULES, Meetings, Rule, Susceptibility, move
from coevolve_sim.rules.bayesian_trust import BayesianTrust
from coevolve_sim.scenario import loads
from coevolve_sim.society import memory_check
from coevolve_sim.society.model import Society
from coevolve_sim.society.population import group_sizes
from coevolve_sim.society.setup import build_setup

SCHEDULED = [
    (name, schedule)
    for name, rule in RULES.items()
    if name not in {"moral_argument", "bayesian_trust", "performative", "performative_peers", "weighs_facts"}
    for schedule in rule.schedules
]
each_rule = pytest.mark.parametrize(("name", "schedule"), SCHEDULED)
BOUNDED = [pair for pair in SCHEDULED if RULES[pair[0]].bounded]


def scenario(**overrides):
    base = {"rounds": 3, "value_space": {"name": "v", "dimensions": ["a", "b"]}, "population.humans": 20}
    return loads("{name: edge}", overrides={**base, **overrides})


def finished(**overrides):
    society = Society(scenario(**overrides), with_objects=False)
    while not society.is_finished:
        society.step()
    return society


def updated(name, schedule, **more):
    return {"rule": name, **({"schedule": schedule} if len(RULES[name].schedules) > 1 else {}), **more}


def moved(name, schedule, x, ties, rounds=1, **listening):
    for index in range(rounds):
        meetings = Meetings(20 * ties.n_humans, np.uint64(index)) if schedule == "pairwise" else None
        x = move(RULES[name], x, ties, Susceptibility.of(ties.n_humans, **listening), meetings=meetings)
    return x


@each_rule
def test_without_ties_only_the_assistant_moves_anybody(name, schedule):
    keys = {"network": {"family": "erdos_renyi", "degree": 0.0}, "update": updated(name, schedule)}
    alone = finished(**keys)
    assert alone.values.tobytes() == alone.setup.initial_values.tobytes()
    assisted = finished(**keys, assistants=[{"name": "x", "start": 0.7}])
    assert (assisted.values != assisted.setup.initial_values).any()


@each_rule
def test_one_human_stays_and_is_measured(name, schedule):
    society = finished(**{"population.humans": 1, "update": updated(name, schedule)})
    assert society.values.tobytes() == society.setup.initial_values.tobytes()
    assert society.measures.overall["variance"] == 0.0


def test_a_group_that_would_be_nobody_is_refused_by_name():
    with pytest.raises(PopulationError, match=r"group 'few' has share 0\.01 of 20 humans, which is nobody"):
        group_sizes([0.99, 0.01], 20, ["many", "few"])
    groups = [{"name": "many", "share": 0.99}, {"name": "few", "share": 0.01}]
    with pytest.raises(ScenarioError, match="at least 100 humans are needed for one") as caught:
        build_setup(scenario(**{"population.groups": groups}))
    assert caught.value.path == ("population", "groups")


@pytest.mark.parametrize(("name", "schedule"), BOUNDED)
def test_confidence_zero_hears_only_who_is_equal_and_one_hears_everybody(name, schedule):
    ties = from_edges(4, np.array([[0, 1], [1, 2], [2, 3]]))
    x = np.array([[0.0], [0.0], [0.5], [1.0]])
    np.testing.assert_array_equal(moved(name, schedule, x, ties, confidence=0.0, rate=0.5), x)
    ends = np.array([[0.0, 0.0], [1.0, 1.0]])
    pair = from_edges(2, np.array([[0, 1]]))
    met = moved(name, schedule, ends, pair, confidence=1.0, rate=0.5)
    assert (met[0] > 0.0).all()
    assert (met[1] < 1.0).all()


@each_rule
def test_parts_that_are_not_tied_know_nothing_of_each_other(name, schedule):
    both = from_edges(6, np.array([[0, 1], [1, 2], [3, 4], [4, 5]]))
    x = np.linspace(0.3, 0.5, 6)[:, None]
    other = x.copy()
    other[3:] += 0.4
    here, there = (moved(name, schedule, start, both, rounds=60, rate=0.5) for start in (x, other))
    assert here[:3].tobytes() == there[:3].tobytes()
    assert np.ptp(here[:3]) < 1e-3
    assert np.ptp(here[3:]) < 1e-3
    assert here[0, 0] < here[3, 0]


@each_rule
def test_one_dimension_is_the_same_joint_or_alone(name, schedule):
    if name in {"degroot", "friedkin_johnsen"}:
        pytest.skip("has no distance")
    keys = {"value_space": {"name": "v", "dimensions": ["a"]}}
    joint, alone = (
        finished(**keys, update=updated(name, schedule, distance=distance))
        for distance in ("joint", "per_dimension")
    )
    np.testing.assert_allclose(joint.values, alone.values, rtol=0, atol=1e-15)
    assert (joint.values != joint.setup.initial_values).any()


# --- memory --------------------------------------------------------------------------------------


def test_what_does_not_fit_the_memory_is_refused_before_it_is_built(monkeypatch):
    monkeypatch.setattr(memory_check, "bytes_available", lambda: 8 * 2**30)
    with pytest.raises(ScenarioError) as caught:
        build_setup(scenario(**{"population.humans": 50_000_000}))
    assert caught.value.path == ("population", "humans")
    assert "50000000 humans of 2 dimensions need about" in str(caught.value)
    assert "GiB of memory, and 8.0 GiB are free" in str(caught.value)


def test_where_the_machine_does_not_say_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory_check, "bytes_available", lambda: None)
    impossible = scenario(**{"population.humans": 50_000_000})
    assert memory_check.refuse_too_large(impossible, Rule()) is None
    monkeypatch.setattr(memory_check, "bytes_available", lambda: 2**30)
    with pytest.raises(ScenarioError):
        memory_check.refuse_too_large(impossible, Rule())


def test_the_demand_grows_with_humans_dimensions_and_ties():
    small = memory_check.bytes_needed(scenario(), Rule())
    assert memory_check.bytes_needed(scenario(**{"population.humans": 200}), Rule()) == 10 * small
    assert memory_check.bytes_needed(scenario(value_space="gss-moral"), Rule()) > 5 * small
    assert (
        memory_check.bytes_needed(scenario(network={"family": "watts_strogatz", "degree": 18}), Rule())
        > small
    )
    assert memory_check.bytes_needed(scenario(), BayesianTrust()) > small


def test_free_memory_is_read_where_the_system_tells_it(tmp_path, monkeypatch):
    told = tmp_path / "meminfo"
    told.write_text("MemTotal: 4096 kB\nMemAvailable:   2048 kB\n", encoding="ascii")
    monkeypatch.setattr(memory_check, "MEMORY_INFORMATION", told)
    assert memory_check.bytes_available() == 2048 * 1024
    monkeypatch.setattr(memory_check, "MEMORY_INFORMATION", tmp_path / "nowhere")
    assert memory_check.bytes_available() is None or memory_check.bytes_available() > 0
