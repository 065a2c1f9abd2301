"""What an assistant sees of those who consult it stays in one piece: each row is one human's."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from coevolve_sim.assistants.policies import Observation
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.policy_specs import SeesSpec
from coevolve_sim.society.assistant_view import delay_observation, observation_of
from coevolve_sim.society.model import Society

TRUST = """
name: trust
rounds: 6
value_space: {name: numbers, dimensions: [x, y]}
population: {humans: 10}
network: {family: complete}
update: {rule: bayesian_trust, trust: {peer: 0.0, assistant: 0.0}}
"""
HUMANS = np.array([2, 3, 5, 7, 11, 13])


def heard_in(round_index):
    """Return what was heard of six humans, each of whose rows can be told from the human's number."""
    return Observation(
        np.column_stack([HUMANS / 20, (HUMANS + round_index) / 40]),
        HUMANS,
        round_index,
        groups=HUMANS % 2,
        seed=4,
        assistant="helper",
        log_precision=HUMANS + 100.0 * round_index,
    )


def is_in_one_piece(seen, round_index):
    """Return whether every row of every array is that of its human, in that round."""
    whole = heard_in(round_index)
    rows = np.searchsorted(HUMANS, seen.humans)
    return all(np.array_equal(array, getattr(whole, name)[rows]) for name, array in seen.per_human().items())


def test_every_array_that_has_a_row_for_each_human_is_named():
    arrays = {f.name for f in fields(Observation) if "Floats" in str(f.type) or "NDArray" in str(f.type)}
    assert arrays - {"kept_mean"} == set(Observation.PER_HUMAN)


@pytest.mark.parametrize(
    "sees", [{"share": 0.5}, {"at_most": 2}, {"groups": ("b",)}, {"share": 0.7, "at_most": 1}]
)
def test_what_is_left_out_is_left_out_of_every_array(sees):
    seen = observation_of(heard_in(3), SeesSpec(**sees), ("a", "b"), 20, np.array([0.5, 0.5]), "helper")
    assert 0 < len(seen.humans) < len(HUMANS)
    assert is_in_one_piece(seen, 3)


def test_what_is_seen_late_is_all_of_the_round_in_which_it_was_heard():
    queue, first = delay_observation({}, heard_in(1), 2)
    assert [len(array) for array in first.per_human().values()] == [0, 0, 0, 0]
    for now in (2, 3, 4):
        queue, seen = delay_observation(queue, heard_in(now), 2)
        if now > 2:
            assert seen.round_index == now - 2
            assert len(seen.humans) == len(HUMANS)
            assert is_in_one_piece(seen, now - 2)


def test_a_selection_keeps_types():
    _, seen = delay_observation(delay_observation({}, heard_in(1), 1)[0], heard_in(2), 1)
    assert [a.dtype for a in seen.per_human().values()] == [a.dtype for a in heard_in(1).per_human().values()]


@pytest.mark.parametrize(
    ("sees", "pieces"),
    [
        ({}, 10 * 6),
        ({"at_most": 3}, 3 * 6),
        ({"delay": 2}, 10 * 4),
        ({"at_most": 3, "delay": 2}, 3 * 4),
        ({"groups": ["few"]}, 2 * 6),
        ({"noise": 0.1, "delay": 1}, 10 * 5),
        ({"what": "choices", "delay": 1}, 10 * 5),
    ],
)
def test_an_assistant_claims_the_evidence_of_those_it_sees_when_it_saw_them(sees, pieces):
    """Humans who trust nobody have a piece of evidence a round: of h of them in round r come h r pieces."""
    groups = [{"name": "few", "share": 0.2}, {"name": "many", "share": 0.8}]
    keys = {
        "population.groups": [{**group, "adoption": 1.0} for group in groups],
        "assistants": [
            {"name": "helper", "policy": {"kind": "bayesian_trust", "trust": 0.5}, "start": 0.5, "sees": sees}
        ],
    }
    society = Society(loads(TRUST, overrides=keys), with_objects=False)
    while not society.is_finished:
        society.step()
    (memory,) = society.state.memories
    assert float(np.exp(memory["log_precision"][0])) == pytest.approx(0.5 * pieces, rel=1e-12)
