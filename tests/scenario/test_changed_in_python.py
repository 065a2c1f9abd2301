"""Scenarios changed in Python, and single keys of parts that a scenario leaves at their defaults."""

from __future__ import annotations

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.assistants.policies.named import parse_policy
from coevolve_sim.errors import PolicyError, ScenarioError
from coevolve_sim.scenario import loads

TINY = "{name: tiny, rounds: 3, population: {humans: 20}}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": "abc"}, r'^seed: the text "abc" given; allowed: a whole number'),
        ({"seed": -1}, "^seed: -1 given"),
        ({"rounds": 2.5}, r"^rounds: 2\.5 given"),
        ({"name": "No Name"}, "^name: "),
        ({"dimensions": ("fairness", "sloth")}, "sloth"),
        ({"seed": True}, "^seed: true given"),
        ({"roundz": 5}, "^roundz: unknown key 'roundz'"),
        (
            {"assistants": [{"name": "a", "policy": {"kind": "none"}}]},
            r"^assistants\.0\.policy\.kind: unknown",
        ),
        ({"network": object()}, "cannot be written down"),
    ],
)
def test_a_scenario_changed_past_the_checks_is_checked_where_it_is_used(change, said, tmp_path):
    scenario = loads(TINY).model_copy(update=change)
    with pytest.raises(ScenarioError, match=said):
        coevolve_sim.run(scenario, results=tmp_path)
    assert not list(tmp_path.iterdir())


def test_parts_given_as_mappings_and_numbers_of_numpy_are_what_they_say(tmp_path):
    whole = loads(TINY, overrides=["update.rule=degroot", "rounds=2", "seed=7"])
    changed = loads(TINY).model_copy(
        update={"update": {"rule": "degroot"}, "rounds": np.int64(2), "seed": np.uint64(7)}
    )
    assert coevolve_sim.run(changed, results=tmp_path).scenario == whole


def test_a_seed_beside_overrides_takes_numbers_of_numpy_too(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    run = coevolve_sim.run(
        tmp_path / "tiny.yaml", seed=4, overrides={"rounds": np.int64(2)}, results=tmp_path / "results"
    )
    assert (run.scenario.seed, run.n_rounds) == (4, 2)


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("update.confidence.peer=0.2", lambda s: (s.update.rule, s.update.confidence.peer)),
        ("network.degree=4", lambda s: (s.network.family, s.network.degree)),
        ("channel.noise=0.1", lambda s: (s.channel.kind, s.channel.noise)),
    ],
)
def test_one_key_of_a_part_left_at_its_default_changes_that_key_alone(override, found):
    changed, whole = loads(TINY, overrides=[override]), loads(TINY)
    assert found(changed)[0] == found(whole)[0]
    assert str(found(changed)[1]) == override.partition("=")[2]


def test_a_kind_given_beside_it_decides_in_either_order():
    keys = ["update.rule=deffuant_weisbuch", "update.confidence.peer=0.2"]
    one, other = (loads(TINY, overrides=order) for order in (keys, keys[::-1]))
    assert one == other
    assert one.update.rule == "deffuant_weisbuch"


def test_a_key_that_the_default_has_not_still_asks_for_the_kind():
    with pytest.raises(ScenarioError, match="key 'kind' is missing: one of file, gss-moral"):
        loads(TINY, overrides=["history.pull=0.1"])


@pytest.mark.parametrize(
    "given", [np.int64(30), np.uint8(30), np.array(30)], ids=["int64", "uint8", "an array of no dimensions"]
)
def test_numbers_of_numpy_are_numbers(given):
    assert loads(TINY, overrides={"population.humans": given}).population.humans == 30


def test_an_array_of_numpy_is_a_list():
    assert loads(TINY, overrides={"measures.horizons": np.array([1, 3])}).measures.horizons == (1, 3)


@pytest.mark.parametrize(
    "written", ["lifelong,rate=.5", "lifelong,rate=0.5", "lifelong,rate=5e-1", "lifelong, rate = .5"]
)
def test_a_number_on_the_command_line_is_written_as_in_a_scenario(written):
    assert parse_policy(written).parameters["rate"] == 0.5


@pytest.mark.parametrize(
    "written", ["lifelong,rate=NaN", "lifelong,rate=", "lifelong,rate", "lifelong,rate=[1"]
)
def test_what_is_no_number_there_is_refused(written):
    with pytest.raises(PolicyError, match="rate"):
        parse_policy(written)
