"""An assistant that shows the facts that please, and people who take it for impartial."""

import math

import numpy as np
import pytest
from scipy.stats import binom

import coevolve_sim
from coevolve_sim.assistants.policies import POLICIES, Listeners, declare, looks_at_means, say_to_each
from coevolve_sim.errors import RuleError, ScenarioError
from coevolve_sim.rules.facts import facts_to_certainty, sustaining_sycophancy, weigh_facts
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.worlds import build_default_worlds

PLAIN = """
name: s
seed: 5
rounds: 100
value_space: {name: v, dimensions: [round_earth]}
network: {family: ring}
population: {humans: 4000, groups: [{name: all, centre: 0.5, spread: 0.0, adoption: 1.0}]}
update: {rule: weighs_facts}
measures: {every: 1000, names: [variance]}
assistants: [{name: guide, policy: {kind: selects_facts}}]
"""
FACTS = {"truth": 1.0, "reliability": 0.6, "facts": 2}


def society(**keys):
    return Society(loads(PLAIN, overrides=keys), with_objects=False)


def ended(**keys):
    made = society(**keys)
    made.run_model()
    return made


def chain_in_the_false(sycophancy, q=0.6, net_facts=12, n_rounds=100):
    """Return the share absorbed in the false, by one vector that is moved on round by round."""
    share = {0: 1.0}
    for _ in range(n_rounds):
        after = {}
        for net, mass in share.items():
            if abs(net) == net_facts:
                after[net] = after.get(net, 0.0) + mass
                continue
            pleased = q if net == 0 else (1 - (1 - q) * (1 - q) if net > 0 else q * q)
            up = sycophancy * pleased + (1 - sycophancy) * q
            after[net + 1] = after.get(net + 1, 0.0) + mass * up
            after[net - 1] = after.get(net - 1, 0.0) + mass * (1 - up)
        share = after
    return share.get(-net_facts, 0.0)


@pytest.mark.parametrize(
    ("sycophancy", "in_false"),
    [(0.0, 0.0068), (0.1, 0.0136), (0.25, 0.0344), (0.5, 0.1073), (0.75, 0.2004), (1.0, 0.2642)],
)
def test_as_many_end_certain_of_what_is_false_as_the_chain_of_net_facts_says(sycophancy, in_false):
    assert chain_in_the_false(sycophancy) == pytest.approx(in_false, abs=5e-5)
    values = ended(**{"assistants.0.policy.sycophancy": sycophancy}).values
    low, high = binom.interval(0.99, values.size, in_false)
    assert low <= (values <= 0.01).sum() <= high


def test_sycophancy_sustains_a_false_belief_from_the_point_on_where_it_does_not_drift():
    assert sustaining_sycophancy(0.6) == pytest.approx(0.41667, abs=5e-6)
    away = []
    for sycophancy in (0.3, 0.41667, 0.6):
        shown = say_to_each(
            "selects_facts",
            np.array([0.5]),
            np.full((200_000, 1), 0.3),
            Listeners(np.arange(200_000), 1, 1, "guide"),
            sycophancy=sycophancy,
            **FACTS,
        )
        away.append(2.0 * shown.mean() - 1.0)
    np.testing.assert_allclose(away, 0.2 - 0.48 * np.array([0.3, 0.41667, 0.6]), atol=4 / math.sqrt(200_000))
    assert away[0] > 0.03
    assert away[2] < -0.03


def test_one_fact_in_a_round_leaves_nothing_to_select():
    one, other = (ended(rounds=20, **{"assistants.0.policy.facts": 1, "assistants.0.policy.sycophancy": pi})
                  for pi in (0.0, 1.0))  # fmt: skip
    assert one.values.tobytes() == other.values.tobytes()


def test_what_one_is_shown_does_not_depend_on_who_else_consults_nor_the_facts_on_the_assistant():
    told = np.full((9, 1), 0.5)

    def shown(humans, assistant="guide", round_index=4, **given):
        who = Listeners(np.array(humans), round_index, 7, assistant)
        own = {**FACTS, "sycophancy": 0.5} | given
        return say_to_each("selects_facts", np.array([0.5]), told[: len(humans)], who, **own).ravel()

    whole = shown(range(9), facts=5)
    np.testing.assert_array_equal(shown([2, 5, 8], facts=5), whole[[2, 5, 8]])
    assert (shown(range(9), facts=5, round_index=5) != whole).any()
    certain = {"reliability": 0.5, "facts": 1}
    np.testing.assert_array_equal(shown(range(9), **certain), shown(range(9), "other", **certain))


def test_truth_is_a_side_of_each_dimension():
    space = {"value_space": {"name": "v", "dimensions": ["a", "b"]}, "population.humans": 200}
    truth = {"assistants.0.policy.truth": {"a": 0, "default": 1}}
    means = ended(**space, **truth).values.mean(axis=0)
    assert means[0] < 0.05
    assert means[1] > 0.95


def test_beliefs_move_by_bayes_rule_until_they_are_certain():
    beliefs = np.array([[0.5]])
    for n in range(1, 14):
        beliefs = weigh_facts(beliefs, np.array([[0.7]]), 0.6, 0.99)
        expected = 0.6 ** min(n, 12) / (0.6 ** min(n, 12) + 0.4 ** min(n, 12))
        assert beliefs[0, 0] == pytest.approx(expected, abs=1e-14)
    assert facts_to_certainty(0.6, 0.99) == 12
    ends = np.array([[0.0], [1.0]])
    np.testing.assert_array_equal(weigh_facts(ends, 1.0 - ends, 0.6, 1.0), ends)
    for wrong in ({"reliability": 1.0, "certain": 0.9}, {"reliability": 0.6, "certain": 0.5}):
        with pytest.raises(RuleError, match="must be in"):
            weigh_facts(beliefs, beliefs, **wrong)


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(PLAIN, encoding="utf-8")
    keys = {"rounds": 8, "population.humans": 30, "assistants.0.policy.sycophancy": 0.5}
    whole = coevolve_sim.run(file, overrides=keys, results=tmp_path)

    def stop(done, asked):
        if done == 5:
            raise KeyboardInterrupt

    folders = []
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(file, overrides=keys, results=tmp_path, progress=stop, started=folders.append)
    assert coevolve_sim.resume(folders[0]).digest() == whole.digest()


def test_it_is_refused_where_people_hear_it_before_it_hears_them():
    with pytest.raises(ScenarioError, match="it knows of no lean to please") as caught:
        build_setup(loads(PLAIN, overrides={"update": {"rule": "performative"}}))
    assert caught.value.path == ("assistants", 0, "policy", "kind")


class Told:
    """A user's policy that says each human its own number, and the round."""

    looks_at = "mean"

    def __init__(self, scale: float = 1000.0):
        self.scale = scale

    def learn(self, values, observation, memory):
        return values, memory

    def speak(self, values, told, listeners):
        return (
            np.broadcast_to((listeners.humans / self.scale)[:, None], told.shape) + listeners.round_index / 10
        )


def test_a_policy_that_asks_is_told_whom_it_speaks_to():
    assert not looks_at_means("object", policy=Told())

    @declare(speak=lambda values, told, *, listeners: told + listeners.humans[:, None] / 10)
    def adds(values, observation, memory):
        return values, memory

    who, told = Listeners(np.array([2, 4]), 3), np.zeros((2, 1))
    with POLICIES.replaced("adds", adds):
        assert say_to_each("adds", np.array([0.5]), told, who).ravel().tolist() == [0.2, 0.4]
        assert say_to_each("adds", np.array([0.5]), told).ravel().tolist() == [0.0, 0.1]
    said = say_to_each("object", np.array([0.5]), told, who, policy=Told())
    np.testing.assert_allclose(said.ravel(), [0.302, 0.304])


def test_whom_it_does_not_see_it_shows_any_fact_and_never_its_own_values():
    """Unseen, all hear an impartial assistant: as few end in the false as with one, wherever it begins."""
    start = {"start": 0.1, "policy": {"kind": "selects_facts", "sycophancy": 1.0}, "name": "guide"}
    blind = ended(assistants=[start | {"sees": {"groups": ["none"]}}], **OF_NOBODY)
    expected = chain_in_the_false(0.0)
    found = float((blind.values[:, 0] <= 0.01).mean())
    low, high = binom.ppf((0.005, 0.995), 4000, expected) / 4000
    assert low <= found <= high


OF_NOBODY = {
    "population.groups": [
        {"name": "all", "centre": 0.5, "spread": 0.0, "adoption": 1.0, "share": 0.999},
        {"name": "none", "centre": 0.5, "spread": 0.0, "adoption": 0.0, "share": 0.001},
    ]
}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"assistants.0.continuity": {"share": 0.3}},
            "what selects_facts says is a side, 0 or 1: mixed with a human's own text",
        ),
        (
            {
                "assistants": [{"name": "guide", "continuity": {"share": 0.3}}],
                "interventions": [
                    {
                        "round": 2,
                        "action": "change_policy",
                        "assistant": "guide",
                        "policy": {"kind": "selects_facts"},
                    }
                ],
            },
            "what selects_facts says is a side",
        ),
        (
            {
                "update": {"rule": "degroot"},
                "channel": {"kind": "numeric", "mediator": {"assistant": "guide", "share": 0.1}},
            },
            "selects_facts says other things than its values, towards which an editor edits",
        ),
    ],
)
def test_what_would_make_it_say_something_else_than_a_fact_is_refused(keys, words):
    with pytest.raises(ScenarioError, match=words):
        loads(PLAIN, overrides=keys)


def test_a_world_with_frozen_assistants_leaves_it_as_it_does_not_learn():
    assert [world.name for world in build_default_worlds(loads(PLAIN))] == ["as_written", "no_assistant"]
