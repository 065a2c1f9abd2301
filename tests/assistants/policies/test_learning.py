"""What assistants make of what they have heard."""

import inspect
import re
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve_sim.assistants.policies import POLICIES, Observation, apply_policy, frozen, lifelong
from coevolve_sim.assistants.training import DpoSettings
from coevolve_sim.assistants.tuned import METHODS, Method
from coevolve_sim.errors import PolicyError
from coevolve_sim.scenario import json_schema

unit = st.floats(0, 1)
VALUES = np.array([0.2, 0.9])


def seen(*heard):
    rows = np.array(heard, dtype=np.float64).reshape(-1, 2)
    return Observation(rows, np.arange(len(rows)), 1)


def test_the_frozen_keep_their_values_whatever_they_hear():
    np.testing.assert_array_equal(apply_policy("frozen", VALUES, seen([0.5, 0.5]), {})[0], VALUES)
    assert frozen(VALUES, seen(), {})[0] is VALUES


@given(arrays(np.float64, (7, 2), elements=unit), arrays(np.float64, 2, elements=unit), unit)
def test_the_lifelong_go_their_rate_of_the_way_to_the_mean(heard, values, rate):
    moved, _ = apply_policy("lifelong", values, seen(*heard), {}, rate=rate)
    np.testing.assert_allclose(moved, (1 - rate) * values + rate * heard.mean(axis=0), atol=1e-12)
    assert ((moved >= 0) & (moved <= 1)).all()


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_whoever_hears_nobody_stays(rate):
    np.testing.assert_array_equal(apply_policy("lifelong", VALUES, seen(), {}, rate=rate)[0], VALUES)


def test_a_rate_of_nought_stays_and_of_one_arrives():
    heard = seen([0.1, 0.5], [0.3, 0.7])
    np.testing.assert_array_equal(lifelong(VALUES, heard, {}, 0.0)[0], VALUES)
    np.testing.assert_allclose(lifelong(VALUES, heard, {}, 1.0)[0], [0.2, 0.6], atol=1e-15)


def test_learning_changes_no_argument():
    values, heard = VALUES.copy(), seen([0.1, 0.5])
    before = heard.heard.copy()
    moved, _ = apply_policy("lifelong", values, heard, {}, rate=0.5)
    moved[:] = 0.0
    np.testing.assert_array_equal(values, VALUES)
    np.testing.assert_array_equal(heard.heard, before)


def test_an_unknown_policy_is_told_which_there_are():
    with pytest.raises(PolicyError, match=r"^unknown policy 'clever'; there are: frozen, lifelong, "):
        apply_policy("clever", VALUES, seen(), {})


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (np.zeros(3), r"returned shape \(3,\); shape \(2,\) is wanted"),
        (np.zeros((2, 1)), r"returned shape \(2, 1\); shape \(2,\) is wanted"),
        (0.5, r"returned shape \(\); shape \(2,\) is wanted"),
        (np.array([0.5, np.nan]), r"returned nan in dimension 1; values are in \[0, 1\]"),
        (np.array([np.inf, 0.5]), r"returned inf in dimension 0; values are in \[0, 1\]"),
        (np.array([0.5, 1.01]), r"returned 1.01 in dimension 1; values are in \[0, 1\]"),
        (np.array([-1e-9, 0.5]), r"returned -1e-09 in dimension 0; values are in \[0, 1\]"),
    ],
)
def test_what_is_not_values_is_refused_by_the_policy_s_name(returned, said):
    with (
        POLICIES.replaced("odd", lambda values, observation, memory: (returned, memory)),
        pytest.raises(PolicyError, match=f"^policy 'odd' {said}$"),
    ):
        apply_policy("odd", VALUES, seen(), {})


def test_a_rounding_error_outside_the_scale_is_cut():
    with POLICIES.replaced("odd", lambda values, observation, memory: ([1 + 1e-15, -1e-15], memory)):
        np.testing.assert_array_equal(apply_policy("odd", VALUES, seen(), {})[0], [1.0, 0.0])


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (VALUES, "returned a value of type ndarray; values and memory are wanted"),
        ((VALUES, {}, {}), "returned a value of type tuple; values and memory are wanted"),
        ((VALUES, None), "keeps a memory of type NoneType; arrays by name are wanted"),
        (
            (VALUES, {"a/b": VALUES}),
            "keeps an array called 'a/b'; a name has lower-case letters, digits and _",
        ),
        ((VALUES, {"a": 1.0}), "keeps float as 'a'; arrays of float64 or int64 are wanted"),
        (
            (VALUES, {"a": VALUES.astype(np.float32)}),
            "keeps float32 as 'a'; arrays of float64 or int64 are wanted",
        ),
    ],
)
def test_what_is_no_memory_is_refused_by_the_policy_s_name(returned, said):
    with (
        POLICIES.replaced("odd", lambda values, observation, memory: returned),
        pytest.raises(PolicyError, match=f"^policy 'odd' {re.escape(said)}$"),
    ):
        apply_policy("odd", VALUES, seen(), {})


def test_every_policy_is_one_a_scenario_can_name_with_the_same_parameters():
    schema = json_schema()["$defs"]
    described = {
        part["properties"]["kind"]["const"]: set(part["properties"]) - {"kind"}
        for name, part in schema.items()
        if name.endswith("PolicySpec") and name != "ChangePolicySpec"
    }
    taken = {
        kind: set(inspect.signature(p).parameters) - {"values", "observation", "memory"}
        for kind, p in POLICIES.items()
    }
    by_weights = {kind: described.pop(kind) for kind in METHODS}
    assert described == taken
    for kind, keys in by_weights.items():
        own = set(Method(kind).parameters) | {"every", "pairs", "people", "annotator"}
        assert keys - own <= {field.name for field in fields(DpoSettings)}


def test_the_trusting_weigh_people_by_the_precision_they_claim_and_claim_the_sum():
    heard = Observation(np.array([[0.1, 0.2], [0.5, 0.8]]), np.arange(2), 1, log_precision=np.log([3.0, 1.0]))
    values, memory = apply_policy("bayesian_trust", VALUES, heard, {}, trust=0.5)
    np.testing.assert_allclose(values, [0.2, 0.35], atol=1e-15)
    np.testing.assert_allclose(np.exp(memory["log_precision"]), [2.0], rtol=1e-15)
    again, kept = apply_policy("bayesian_trust", values, seen(), memory, trust=0.5)
    assert again.tolist() == values.tolist()
    assert kept["log_precision"].tolist() == memory["log_precision"].tolist()


def test_whoever_claims_no_precision_is_taken_for_one_piece_of_evidence():
    values, memory = apply_policy("bayesian_trust", VALUES, seen([0.1, 0.2], [0.5, 0.8]), {}, trust=0.5)
    np.testing.assert_allclose(values, [0.3, 0.5], atol=1e-15)
    assert memory["log_precision"].tolist() == [0.0]


def test_claims_beyond_float64_are_added_up_as_logarithms():
    heard = Observation(
        np.array([[0.1, 0.2], [0.5, 0.8]]), np.arange(2), 1, log_precision=np.array([5000.0, 5000.0])
    )
    _, memory = apply_policy("bayesian_trust", VALUES, heard, {}, trust=1.0)
    assert memory["log_precision"][0] == pytest.approx(5000.0 + np.log(2.0), abs=1e-9)


def test_a_model_is_fitted_to_the_first_people_heard_and_then_to_itself():
    rng = np.random.default_rng(1)
    people = rng.normal(0.5, 0.1, (200, 2))
    first, model = apply_policy("self_consuming", VALUES, seen(*people), {}, samples=50, accumulate=True)
    np.testing.assert_allclose(first, people.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model["sd"], people.std(axis=0, ddof=1), rtol=1e-9)
    second, after = apply_policy(
        "self_consuming", first, seen([0.0, 0.0]), model, samples=50, accumulate=True
    )
    _, replaced = apply_policy("self_consuming", first, seen([1.0, 1.0]), model, samples=50, accumulate=False)
    assert (after["count"].tolist(), replaced["count"].tolist()) == ([250], [50])
    assert (second != first).all()
    output = (after["sums"] - model["sums"]) / 50
    np.testing.assert_allclose(output, replaced["mean"], rtol=1e-9)


def test_a_model_draws_by_seed_assistant_and_round():
    model = {name: np.array([0.5, 0.5]) for name in ("mean", "sd", "sums", "squares")}
    model["count"] = np.array([2])

    def drawn(round_index, seed, assistant):
        heard = Observation(np.empty((0, 2)), np.arange(0), round_index, seed=seed, assistant=assistant)
        return apply_policy("self_consuming", VALUES, heard, model, samples=9, accumulate=False)[0].tobytes()

    addresses = [(1, 1, "a"), (2, 1, "a"), (1, 2, "a"), (1, 1, "b")]
    assert len({drawn(*address) for address in addresses * 2}) == 4
