"""Rewiring, rounds that go wrong, and settings that cannot be."""

import numpy as np
import pytest

from coevolve_sim.errors import RoundError, ScenarioError
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.round import run_round
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import first_state

BASE = "name: t\nrounds: 4\nvalue_space: inglehart-welzel\npopulation: {humans: 40}\n"


def test_a_nan_that_is_there_before_the_exchange_stops_the_round_by_name():
    society = Society(loads(BASE))
    society.state.values[3, 1] = np.nan
    with pytest.raises(RoundError, match=r"round 1: values of human 3 .*'self_expression'"):
        society.step()


def test_rewiring_to_the_same_family_gives_another_network():
    text = BASE + (
        "network: {family: erdos_renyi}\n"
        "interventions: [{round: 2, action: rewire, network: {family: erdos_renyi}}]\n"
    )
    society = Society(loads(text))
    before = society.state.ties
    society.step()
    assert society.state.ties is before
    society.step()
    assert not np.array_equal(society.state.ties.indices, before.indices)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("{round: 2, action: rewire, network: {family: ring, degree: 40}}", "40"),
        ("{round: 2, action: rewire, network: {family: ring, degree: 3}}", "even"),
    ],
)
def test_a_rewiring_that_cannot_be_is_refused_before_the_first_round(act, said):
    with pytest.raises(ScenarioError, match=said) as caught:
        build_setup(loads(BASE + f"interventions: [{act}]\n"))
    assert caught.value.path == ("interventions", 0, "network")


def test_rewiring_full_mixing_by_a_fraction_is_refused_before_the_first_round():
    text = BASE + "network: {family: complete}\ninterventions: [{round: 2, action: rewire, fraction: 0.5}]\n"
    with pytest.raises(ScenarioError) as caught:
        build_setup(loads(text))
    assert caught.value.path == ("interventions", 0)


def test_repulsion_follows_a_lowered_confidence_where_it_was_not_given():
    text = BASE + (
        "update: {rule: attraction_repulsion, confidence: {peer: 0.5}}\n"
        "interventions: [{round: 1, action: change_confidence, confidence: {peer: 0.2}}]\n"
    )
    setup = build_setup(loads(text))
    state = first_state(setup)
    run_round(state, setup)
    assert set(state.peer.repulsion) == {0.2}


def test_too_few_encounters_for_anybody_to_meet_are_refused():
    text = BASE + "update: {rule: deffuant_weisbuch, encounters_per_human: 0.01}\n"
    with pytest.raises(ScenarioError, match="nobody would ever meet") as caught:
        build_setup(loads(text))
    assert caught.value.path == ("update", "encounters_per_human")


def test_mesas_neighbours_are_whom_one_hears_on_a_directed_network():
    society = Society(loads(BASE + "network: {family: erdos_renyi, degree: 3, directed: true}\n"))
    for human in society.humans:
        heard = {agent.human_id for agent in human.cell.neighborhood.agents}
        assert heard == set(human.hears)


def test_writing_into_the_values_of_round_0_leaves_the_foundation_alone():
    society = Society(loads(BASE))
    before = society.setup.initial_values.copy()
    society.state.values[:] = 0.5
    np.testing.assert_array_equal(society.setup.initial_values, before)


def test_a_random_walk_has_no_end():
    with pytest.raises(ScenarioError, match="random walk"):
        loads(BASE + "history: {kind: planted, shape: random_walk, end: 0.3}\n")


def test_rewiring_draws_the_same_ties_whatever_else_is_done_in_the_round():
    rewire = "{round: 1, action: rewire, fraction: 0.5}"
    shock = "{round: 1, action: shock, shift: 0.1}"
    ties = []
    for acts in (rewire, f"{shock}, {rewire}"):
        society = Society(loads(BASE + f"interventions: [{acts}]\n"))
        society.step()
        ties.append(society.state.ties.indices)
    np.testing.assert_array_equal(*ties)


def test_two_rewirings_of_one_round_draw_differently():
    rewire = "{round: 1, action: rewire, network: {family: erdos_renyi}}"
    ties = []
    for acts in (rewire, f"{rewire}, {rewire}"):
        society = Society(loads(BASE + f"interventions: [{acts}]\n"))
        society.step()
        ties.append(society.state.ties.indices)
    assert not np.array_equal(*ties)


@pytest.mark.parametrize("rule", ["friedkin_johnsen", "hegselmann_krause", "deffuant_weisbuch"])
def test_the_wholly_stubborn_stay_whatever_noise_history_and_assistants_do(rule):
    text = BASE.replace("{humans: 40}", "{humans: 40, groups: [{name: all, stubbornness: 1.0, adoption: 1}]}")
    text += f"update: {{rule: {rule}, noise: 0.1, rate: {{assistant: 0.9}}}}\nassistants: [{{name: a}}]\n"
    text += "history: {kind: planted, effect: attract, pull: 0.5}\n"
    society = Society(loads(text))
    while not society.is_finished:
        society.step()
    np.testing.assert_array_equal(society.values, society.setup.initial_values)


def test_an_assistant_of_vanishing_influence_leaves_the_stubborn_as_they_were_without_it():
    ends = []
    for rate in ("0.0", "1e-12"):
        text = BASE.replace("{humans: 40}", "{humans: 40, groups: [{name: all, stubbornness: 0.2}]}")
        text += (
            f"update: {{rule: hegselmann_krause, rate: {{assistant: {rate}}}}}\nassistants: [{{name: a}}]\n"
        )
        society = Society(loads(text))
        while not society.is_finished:
            society.step()
        ends.append(society.values)
    np.testing.assert_allclose(*ends, atol=1e-10)


def test_a_key_that_has_no_effect_is_noted():
    setup = build_setup(loads(BASE + "update: {rule: hegselmann_krause, encounters_per_human: 7}\n"))
    assert "update.encounters_per_human has no effect with schedule synchronous" in setup.notes


def test_an_intervention_that_changes_nothing_says_so():
    text = BASE + "assistants: [{name: a}]\ninterventions: [{round: 1, action: bring_in, assistant: a}]\n"
    society = Society(loads(text))
    society.step()
    assert society.log.interventions == ("assistant a brought in, which changes nothing",)
