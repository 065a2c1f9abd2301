"""Shortcuts that spare a round passes over values change nothing of what comes out."""

import numpy as np
import pytest

from coevolve_sim.rules import passes
from coevolve_sim.scenario import loads
from coevolve_sim.society import consultation
from coevolve_sim.society.round import means_of_groups, run_round
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import first_state
from coevolve_sim.streams import stream

SOCIETY = """
name: shortcuts
rounds: 8
value_space: moral-foundations
population: {humans: 120, groups: [{name: a, share: 0.4, adoption: 0.7}, {name: b, share: 0.6, centre: 0.3}]}
update: {rule: hegselmann_krause, distance: %s}
assistants:
  - {name: one, policy: {kind: lifelong, rate: 0.3}}
  - {name: two, policy: {kind: frozen}, start: 0.8}
"""


def lived(distance):
    setup = build_setup(loads(SOCIETY % distance))
    state = first_state(setup)
    logs = [run_round(state, setup) for _ in range(8)]
    return state, [log.n_consultations for log in logs]


@pytest.mark.parametrize("distance", ["joint", "per_dimension"])
def test_consulting_in_one_pass_is_consulting(monkeypatch, distance):
    asked = []
    real = consultation._consult_in_one_pass
    monkeypatch.setattr(consultation, "_consult_in_one_pass", lambda *args: asked.append(1) or real(*args))
    in_one_pass, counts = lived(distance)
    assert len(asked) == 8
    monkeypatch.setattr(consultation, "_means_suffice", lambda *_: False)
    spell_out, as_many = lived(distance)
    assert len(asked) == 8
    assert counts == as_many
    np.testing.assert_allclose(in_one_pass.values, spell_out.values, atol=1e-14)
    np.testing.assert_allclose(in_one_pass.assistant_values, spell_out.assistant_values, atol=1e-14)


def test_a_policy_that_looks_at_more_than_means_is_given_more():
    text = SOCIETY % "joint"
    setup = build_setup(loads(text.replace("kind: lifelong, rate: 0.3", "kind: median")))
    state = first_state(setup)
    assert not consultation._means_suffice(state, setup)
    run_round(state, setup)
    assert (state.assistant_values[0] != setup.initial_assistant_values[0]).any()


def test_changes_made_in_one_pass_are_changes_made_in_turn():
    draw = stream(3, "shifts")
    values, changes = draw.random((50, 4)), draw.normal(0.0, 0.4, (6, 4))
    in_turn = values.copy()
    for change in changes:
        passes.shift(0, 50, in_turn, change, in_turn)
    passes.shift_in_turn(0, 50, values, changes)
    np.testing.assert_array_equal(values, in_turn)
    assert values.min() == 0.0
    assert values.max() == 1.0


def test_the_means_that_a_check_keeps_are_those_of_the_groups():
    setup = build_setup(loads(SOCIETY % "joint"))
    state = first_state(setup)
    run_round(state, setup)
    kept_of, means = state.summed
    assert kept_of is state.values
    np.testing.assert_array_equal(means, means_of_groups(state.values, setup))
    for group in range(2):
        members = state.values[setup.group_of == group]
        np.testing.assert_allclose(means[group], members.mean(axis=0), atol=1e-14)
