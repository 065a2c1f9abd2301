"""Users' own code fails in one sentence, ends no program, and draws from no global generator."""

from __future__ import annotations

import random

import numpy as np
import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.arrays import as_floats
from coevolve_sim.cli.console import EXIT_SCENARIO
from coevolve_sim.cli.main import app
from coevolve_sim.errors import PolicyError, ScenarioError
from coevolve_sim.plugin_calls import plugin_call

MINE = """
import random, sys
import numpy as np
from coevolve_sim.rules.rule import Moved, Rule
from coevolve_sim.rules.channel import NumericChannel

def leaves(values, observation, memory): sys.exit(0)
def gambles(values, observation, memory): return np.random.random(values.shape), memory
def tosses(values, observation, memory): return values * random.random(), memory
def turns(values, observation, memory): return values + 0.5j, memory
def writes(values, observation, memory): return [str(value) for value in values], memory
def measure_leaves(arrays): sys.exit(0)
def measure_gambles(arrays): return np.random.random()
def network_leaves(n, seed): sys.exit(0)
def network_gambles(n, seed):
    np.random.random()
    return [(0, 1)]

class RuleLeaves(Rule):
    def exchange(self, given): sys.exit(0)

class RuleGambles(Rule):
    def exchange(self, given): return Moved(given.values * np.random.random())

class ChannelLeaves(NumericChannel):
    def __init__(self): super().__init__(1, 0.0)
    def from_humans(self, values, humans, chosen, scene): sys.exit(0)
    def among_humans(self, values, ties, scene): sys.exit(0)
    def from_assistants(self, spoken, humans, chosen, scene): sys.exit(0)
"""
TEXT = """
name: own
rounds: 2
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network: {family: ring, degree: 2}
assistants: [{name: helper, policy: {kind: frozen}}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "own.yaml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def own(concept, name):
    """Return the overrides by which a scenario has a plug-in of ``mine.py``."""
    part = {"path": f"mine.py:{name}"}
    return {
        "policy": {"assistants.0.policy": {"kind": "custom", **part}},
        "rule": {"update": {"rule": "custom", **part}},
        "channel": {"channel": {"kind": "custom", **part}},
        "measure": {"measures.custom": [{"name": "mine", **part}]},
        "network": {"network": {"family": "custom", **part}},
    }[concept]


@pytest.mark.parametrize(
    ("concept", "name"),
    [
        ("policy", "leaves"),
        ("rule", "RuleLeaves"),
        ("channel", "ChannelLeaves"),
        ("measure", "measure_leaves"),
        ("network", "network_leaves"),
    ],
)
def test_a_plug_in_that_ends_the_program_fails_the_run(folder, concept, name):
    scenario = coevolve_sim.load("own.yaml", own(concept, name))
    with pytest.raises(ScenarioError, match=r"failed: SystemExit: 0"):
        coevolve_sim.run(scenario, results=folder / "results")


@pytest.mark.usefixtures("folder")
def test_the_exit_code_is_that_of_the_run_and_not_of_the_plug_in():
    policy = "assistants.0.policy={kind: custom, path: 'mine.py:leaves'}"
    done = CliRunner().invoke(app, ["run", "own.yaml", "--set", policy])
    assert done.exit_code == EXIT_SCENARIO
    assert "policy 'mine.py:leaves' failed: SystemExit: 0" in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("concept", "name", "whose"),
    [
        ("policy", "gambles", "NumPy's"),
        ("policy", "tosses", "Python's"),
        ("rule", "RuleGambles", "NumPy's"),
        ("measure", "measure_gambles", "NumPy's"),
        ("network", "network_gambles", "NumPy's"),
    ],
)
def test_a_plug_in_that_draws_from_a_global_generator_is_refused(folder, concept, name, whose):
    scenario = coevolve_sim.load("own.yaml", own(concept, name))
    with pytest.raises(ScenarioError, match=f"drew from {whose} global generator"):
        coevolve_sim.run(scenario, results=folder / "results")


@pytest.mark.parametrize(("name", "said"), [("turns", "complex numbers"), ("writes", "text")])
def test_what_is_not_real_numbers_is_refused_and_not_cut_down_to_them(folder, name, said):
    scenario = coevolve_sim.load("own.yaml", own("policy", name))
    with pytest.raises(ScenarioError, match=rf"mine.py:{name}' returned {said}; an array of real numbers"):
        coevolve_sim.run(scenario, results=folder / "results")


def draw_from_both():
    return np.random.random(), random.random()  # noqa: NPY002, S311 - what nobody may do


def test_the_caller_s_own_generators_stand_where_they_stood():
    numpy, python = np.random.get_state(), random.getstate()  # noqa: NPY002
    expected = draw_from_both()
    np.random.set_state(numpy)  # noqa: NPY002
    random.setstate(python)
    with pytest.raises(PolicyError, match="NumPy's and Python's"), plugin_call("policy 'x'", PolicyError):
        draw_from_both()
    assert draw_from_both() == expected


def test_ctrl_c_is_nobody_s_failure():
    with pytest.raises(KeyboardInterrupt), plugin_call("policy 'x'", PolicyError):
        raise KeyboardInterrupt


@pytest.mark.parametrize("given", [[True, False], ["0.5"], [0.5j], [None], [[0.1], [0.1, 0.2]], object()])
def test_only_real_numbers_are_taken_for_numbers(given):
    with pytest.raises((TypeError, ValueError)):
        as_floats(given)
