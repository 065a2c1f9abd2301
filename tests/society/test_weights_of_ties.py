"""A rule that does not use the weights of ties says so, and is right to."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve_sim.rules import RULES
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

TEXT = """
name: weights
rounds: 3
seed: 5
value_space: {{name: v, dimensions: [a, b]}}
population: {{humans: 6, groups: [{{name: left, share: 0.5}}, {{name: right, share: 0.5}}]}}
network: {{family: file, path: {path}}}
update: {{rule: {rule}{rest}}}
"""
REST = {
    "moral_argument": ", liberals: [left]",
    "bayesian_trust": ", trust: {peer: 0.5}",
}


def write_ties(path, weights):
    """Write a network in which everybody meets four others; return its file."""
    ties = [(i, j % 6) for i in range(6) for j in (i + 1, i + 2)]
    path.write_text("".join(f"{j} {i} {w}\n" for (i, j), w in zip(ties, weights, strict=True)))
    return path


def outcome(path, rule):
    """Return everybody's values at the end, and the notes on weights."""
    scenario = loads(TEXT.format(path=path, rule=rule, rest=REST.get(rule, "")))
    notes = [note for note in build_setup(scenario).notes if "weights" in note]
    society = Society(scenario, with_objects=False)
    while not society.is_finished:
        society.step()
    return society.values, notes


@pytest.mark.parametrize("rule", RULES.own)
def test_a_rule_moves_by_the_weights_or_says_that_it_does_not(rule, tmp_path):
    odd = [1.0, 9.0] * 6
    even, _ = outcome(write_ties(tmp_path / "even.txt", [1.0] * 12), rule)
    uneven, notes = outcome(write_ties(tmp_path / "odd.txt", odd), rule)
    ignored = np.array_equal(even, uneven)
    assert [f"which rule {rule} does not use" in note for note in notes] == ([True] if ignored else [])
    assert ignored != RULES[rule].weighted
