"""Beliefs with a precision: rule and policy in the loop, held to the plain recursion."""

import numpy as np
import pytest

from coevolve_sim.errors import RuleError, ScenarioError
from coevolve_sim.networks.ties import from_edges, full_mixing
from coevolve_sim.rules import Perceived, perceive_exactly, pool_beliefs, pool_with_peers
from coevolve_sim.rules.trust_theory import Beliefs, lock_in, update_beliefs
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.streams import stream

TRUSTING = """
name: trusting
seed: 3
rounds: 12
value_space: {name: v, dimensions: [a, b, c]}
network: {family: erdos_renyi, degree: 4}
population: {humans: 12, groups: [{name: all, adoption: 1.0, spread: 0.02}]}
update: {rule: bayesian_trust, evidence_sd: 0.02, trust: {peer: 0.05}}
assistants: [{name: one, policy: {kind: bayesian_trust, trust: 0.1}}]
"""


def stepped(**overrides):
    society = Society(loads(TRUSTING, overrides=overrides), with_objects=False)
    while not society.is_finished:
        society.step()
    return society


def peers(n_humans, complete, rng):
    if complete:
        ties = full_mixing(n_humans)
        return ties, np.ones((n_humans, n_humans)) - np.eye(n_humans)
    pairs = np.argwhere(np.triu(rng.random((n_humans, n_humans)) < 0.4, 1))
    ties = from_edges(n_humans, pairs, rng.random(len(pairs)) + 0.1)
    trust = np.zeros((n_humans, n_humans))
    trust[ties.listeners, ties.indices] = ties.weights
    return ties, trust


@pytest.mark.long
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("scale", [1.0, 400.0])
def test_weighing_with_peers_is_the_plain_recursion_whatever_the_size_of_precisions(complete, scale):
    rng = stream(1, "peers", int(complete))
    ties, trust = peers(9, complete, rng)
    evidence, claimed = scale * rng.normal(size=9), scale * rng.normal(size=9)
    estimates, believed = rng.random((9, 3)), rng.random((9, 3))
    got = pool_with_peers(evidence, estimates, claimed, perceive_exactly(believed, ties), ties, 0.3)
    plain = update_beliefs(Beliefs(claimed, believed.T), 0.3 * trust, evidence, estimates.T)
    np.testing.assert_allclose(got[0], plain.log_precision, rtol=1e-12)
    np.testing.assert_allclose(got[1], plain.means.T, rtol=1e-9, atol=1e-12)


def test_full_mixing_is_the_same_as_ties_to_everybody():
    rng = stream(2, "peers")
    arguments = rng.normal(size=6), rng.random((6, 2)), rng.normal(size=6)
    everybody = from_edges(6, np.argwhere(np.triu(np.ones((6, 6)), 1)))
    believed = rng.random((6, 2))
    whole, tied = (
        pool_with_peers(*arguments, perceive_exactly(believed, ties), ties, 2.0)
        for ties in (full_mixing(6), everybody)
    )
    np.testing.assert_allclose(whole[0], tied[0], rtol=1e-13)
    np.testing.assert_allclose(whole[1], tied[1], rtol=1e-12)


def test_a_message_a_tie_is_the_same_as_one_a_speaker():
    rng = stream(3, "peers")
    ties, _ = peers(8, False, rng)
    arguments = rng.normal(size=8), rng.random((8, 2)), rng.normal(size=8)
    believed = rng.random((8, 2))
    a_tie = Perceived(believed[ties.indices], np.arange(ties.n_ties, dtype=np.int32))
    one, other = (
        pool_with_peers(*arguments, heard, ties, 0.7) for heard in (perceive_exactly(believed, ties), a_tie)
    )
    assert one[1].tobytes() == other[1].tobytes()


def test_knowing_nothing_changes_nothing_and_two_who_know_nothing_stay():
    nothing, something = np.array([-np.inf]), np.array([1.5])
    x, y = np.array([[0.3]]), np.array([[0.9]])
    assert [part.tolist() for part in pool_beliefs(something, x, nothing, y)] == [[1.5], [[0.3]]]
    assert pool_beliefs(nothing, x, something, y)[1][0, 0] == pytest.approx(0.9, abs=1e-15)
    assert pool_beliefs(nothing, x, something, y)[0].tolist() == [1.5]
    assert [part.tolist() for part in pool_beliefs(nothing, x, nothing, y)] == [[-np.inf], [[0.3]]]


@pytest.mark.parametrize("trust", [-0.1, np.nan, np.inf])
def test_trust_that_is_none_is_refused(trust):
    ties = full_mixing(2)
    arguments = np.zeros(2), np.zeros((2, 1)), np.zeros(2), perceive_exactly(np.zeros((2, 1)), ties), ties
    with pytest.raises(RuleError, match=r"^trust is "):
        pool_with_peers(*arguments, trust)
    with pytest.raises(RuleError, match=r"^log_precision has shape \(3,\)"):
        pool_with_peers(np.zeros(3), *arguments[1:], 0.1)


def test_the_loop_is_the_plain_recursion_with_peers_and_an_assistant():
    """Humans and the assistant as one vector of agents, whose trust in each other is one matrix."""
    society = Society(loads(TRUSTING), with_objects=False)
    ties, n_humans = society.state.ties, 12
    trust = np.zeros((n_humans, n_humans))
    trust[ties.listeners, ties.indices] = 0.05
    evidence = seen = society.values.copy()
    beliefs = Beliefs(np.zeros(n_humans), society.values.T)
    for round_index in range(1, 13):
        said = society.state.assistant_values[0].copy()
        claimed = society.state.memories[0]["log_precision"][0]
        society.step()
        with_assistant = np.hstack([trust, np.ones((n_humans, 1))])
        with_assistant = np.vstack([with_assistant, np.zeros(n_humans + 1)])
        before = Beliefs(np.append(beliefs.log_precision, claimed), np.hstack([beliefs.means, said[:, None]]))
        own = np.append(np.full(n_humans, np.log(round_index)), 0.0)
        after = update_beliefs(before, with_assistant, own, np.hstack([evidence.T, said[:, None]]))
        beliefs = Beliefs(after.log_precision[:-1], after.means[:, :-1])
        np.testing.assert_allclose(
            society.state.of_humans["log_precision"], beliefs.log_precision, rtol=1e-12
        )
        np.testing.assert_allclose(society.values, beliefs.means.T, rtol=1e-10)
        seen = seen + stream(3, "evidence", round_index).normal(0.5, 0.02, seen.shape)
        evidence = seen / (round_index + 1)


@pytest.mark.parametrize("c", [0.9, 1.1])
def test_precision_in_the_loop_is_that_of_the_recursion_of_one_assistant(c):
    overrides = {"network.family": "erdos_renyi", "update.trust.peer": 0.0, "population.humans": 10}
    society = Society(
        loads(TRUSTING, overrides=overrides | {"rounds": 60, "assistants.0.policy.trust": c / 10})
    )
    course = lock_in(61, assistants_trust=c / 10)
    for round_index in range(61):
        claimed = society.state.memories[0]["log_precision"][0]
        assert claimed == pytest.approx(course.assistant[round_index], abs=1e-12)
        believed = society.state.of_humans["log_precision"]
        np.testing.assert_allclose(believed, course.humans[round_index], atol=1e-12)
        if not society.is_finished:
            society.step()


def test_what_an_assistant_last_said_is_remembered_by_those_who_do_not_consult_it_again():
    act = [{"round": 5, "action": "withdraw", "assistant": "one"}]
    society = stepped(interventions=act, rounds=8)
    told = society.state.of_humans["told_log_precision"]
    assert np.isfinite(told).all()
    assert (society.state.of_humans["log_precision"] > told).all()
    alone = stepped(assistants=[], rounds=8, **{"update.trust.peer": 0.0})
    np.testing.assert_allclose(alone.state.of_humans["log_precision"], np.log(8.0), rtol=1e-14)
    np.testing.assert_array_equal(alone.state.of_humans["told_log_precision"], -np.inf)


def test_an_assistant_that_claims_nothing_is_taken_for_one_piece_of_evidence():
    frozen = [{"name": "one", "policy": {"kind": "frozen"}, "start": 0.9}]
    society = stepped(assistants=frozen, rounds=3, **{"update.trust": {"peer": 0.0, "assistant": 2.0}})
    np.testing.assert_allclose(np.exp(society.state.of_humans["log_precision"]), 5.0, rtol=1e-13)


def test_truth_is_found_where_nobody_trusts_anybody():
    society = stepped(assistants=[], rounds=200, **{"update.trust.peer": 0.0, "update.truth": 0.7})
    np.testing.assert_allclose(society.values, 0.7, atol=0.01)


def test_evidence_beyond_the_scale_is_kept_and_values_are_held_within():
    wide = {"update.evidence_sd": 1.0, "update.truth": 1.0, "assistants": [], "rounds": 3}
    society = stepped(**wide)
    assert society.values.max() == 1.0
    assert society.state.of_humans["evidence"].max() > 1.0


@pytest.mark.parametrize(
    ("overrides", "path"),
    [
        ({"history": {"kind": "planted"}}, "history.effect"),
        (
            {
                "interventions": [{"round": 2, "action": "shock", "shift": 0.1}],
                "update.trust.peer": 0.0,
            },
            "interventions.0.action",
        ),
        ({"population.groups.0.rate": {"assistant": 0.1}}, "population.groups.0.rate.assistant"),
    ],
)
def test_what_beliefs_made_anew_each_round_would_not_show_is_refused(overrides, path):
    with pytest.raises(ScenarioError, match=f"{path}: .*bayesian_trust"):
        loads(TRUSTING, overrides=overrides)
    quiet = {"history": {"kind": "planted", "effect": "none"}}
    assert loads(TRUSTING, overrides=quiet).history.effect == "none"


def test_a_shock_is_heard_by_peers_who_are_trusted_and_forgotten_as_trust_says():
    acts = [{"round": 2, "action": "shock", "shift": 0.1}]
    settings = {"update.evidence_sd": 0.01, "assistants": [], "rounds": 8, "update.trust.peer": 0.1}
    plain, shocked = (stepped(**settings, interventions=done) for done in ([], acts))
    assert 0 < np.abs(shocked.values - plain.values).max() < 0.05
