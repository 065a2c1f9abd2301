"""People who react to predictions, and a predictor retrained on them."""

import numpy as np
import pytest

from coevolve_sim.errors import RuleError
from coevolve_sim.networks.ties import full_mixing
from coevolve_sim.rules import RULES, Susceptibility, move
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society

PREDICTED = """
name: predicted
rounds: 300
value_space: {name: v, dimensions: [a, b]}
population: {humans: 40, groups: [{name: all, centre: 0.2, spread: 0.05, adoption: 1.0}]}
network: {family: complete}
update: {rule: performative, sensitivity: 0.6}
assistants: [{name: predictor, policy: {kind: lifelong, rate: 1.0}, start: 0.9}]
"""


def stepped(**overrides):
    society = Society(loads(PREDICTED, overrides=overrides), with_objects=False)
    while not society.is_finished:
        society.step()
    return society


def test_retraining_ends_where_nobody_wants_to_retrain():
    society = stepped()
    innate = society.setup.initial_values
    np.testing.assert_allclose(society.state.assistant_values[0], innate.mean(axis=0) / 0.4, rtol=1e-12)
    np.testing.assert_allclose(society.values, innate + 0.6 * society.state.assistant_values[0], rtol=1e-12)


def test_one_retraining_is_on_those_who_reacted_to_the_prediction_before():
    society = stepped(rounds=1)
    innate = society.setup.initial_values.mean(axis=0)
    np.testing.assert_allclose(society.state.assistant_values[0], innate + 0.6 * 0.9, rtol=1e-12)


@pytest.mark.parametrize("sensitivity", [1.0, 1.5])
def test_from_sensitivity_one_on_predictions_run_to_the_end_of_the_scale(sensitivity):
    society = stepped(**{"update.sensitivity": sensitivity, "assistants.0.start": 0.0})
    assert society.values.min() == 1.0


def test_who_is_told_no_prediction_is_as_they_are():
    society = stepped(rounds=3, **{"population.groups.0.adoption": 0.5})
    innate = society.setup.initial_values
    told = (society.values != innate).any(axis=1)
    assert 5 < told.sum() < 35
    assert society.log.n_consultations == (int(told.sum()),)


@pytest.mark.parametrize("name", ["performative", "bayesian_trust"])
def test_rules_of_their_own_are_not_taken_for_averaging(name):
    with pytest.raises(RuleError, match=f"{name} is no rule of the two schedules"):
        move(RULES[name], np.zeros((2, 1)), full_mixing(2), Susceptibility.of(2))
