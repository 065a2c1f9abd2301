"""Rounds: history, consultation, learning, and everything that is done to a society."""

from itertools import pairwise

import numpy as np
import pytest

from coevolve_sim import networks
from coevolve_sim.assistants.policies import POLICIES
from coevolve_sim.errors import RoundError, ScenarioError
from coevolve_sim.rules import RULES
from coevolve_sim.scenario import loads
from coevolve_sim.society import round as round_phases
from coevolve_sim.society.round import run_round
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import first_state

BASE = {
    "name": "t",
    "seed": 5,
    "rounds": 6,
    "value_space": {"name": "two", "dimensions": ["calm", "brave"]},
    "network": {"family": "watts_strogatz", "degree": 6, "rewiring": 0.2},
    "population.humans": 60,
}
TWO_GROUPS = {
    "population.groups": [
        {"name": "a", "share": 0.5, "centre": 0.4, "stubbornness": 0.2, "adoption": 0.8},
        {"name": "b", "share": 0.5, "centre": 0.6, "adoption": 0.3},
    ]
}
STILL = {"update": {"rule": "hegselmann_krause", "rate": {"peer": 0.0, "assistant": 0.0}}}


def founded(**overrides):
    return build_setup(loads("{name: t}", overrides={**BASE, **overrides}))


def trajectory(setup, n_rounds=None):
    """Return the states (values, assistants' values, log) of every round, the beginning first."""
    state = first_state(setup)
    seen = [(state.values.copy(), state.assistant_values.copy(), None)]
    for _ in range(n_rounds or setup.n_rounds):
        log = run_round(state, setup)
        seen.append((state.values.copy(), state.assistant_values.copy(), log))
    return seen, state


def humans(setup):
    return [values for values, _, _ in trajectory(setup)[0]]


# --- history -------------------------------------------------------------------------------------

LINEAR = {
    "history": {"kind": "planted", "shape": "linear", "eras": 4, "start": 0.45, "end": 0.57},
    "rounds_per_era": 2,
}


def test_history_shifts_everybody_by_its_own_change():
    setup = founded(
        **LINEAR, **STILL, **{"population.groups": [{"name": "a", "centre": 0.45, "spread": 0.05}]}
    )
    seen, state = trajectory(setup)
    for r, (values, _, log) in enumerate(seen):
        np.testing.assert_allclose(values, seen[0][0] + 0.02 * r, atol=1e-14)
        assert values.mean(axis=0) - seen[0][0].mean(axis=0) == pytest.approx(0.02 * r, abs=1e-14)
        assert log is None or log.n_clipped == 0
    np.testing.assert_allclose(state.anchors, state.values, atol=1e-14)


def test_values_that_history_would_move_off_the_scale_are_cut_and_counted():
    setup = founded(
        **STILL,
        history={"kind": "planted", "shape": "linear", "eras": 7, "start": 0.1, "end": 0.9},
        **{"population.groups": [{"name": "a", "distribution": "uniform"}]},
    )
    expected, n_cut = setup.initial_values, []
    seen, _ = trajectory(setup)
    for values, _, log in seen[1:]:
        moved = expected + 0.8 / 6
        n_cut.append(int((moved > 1).sum()))
        expected = np.minimum(moved, 1.0)
        np.testing.assert_allclose(values, expected, atol=1e-14)
        assert log.n_clipped == n_cut[-1]
    assert 0 < n_cut[0] < n_cut[-1]


def test_history_attracts_by_its_pull():
    pulled = {**LINEAR, "history": {**LINEAR["history"], "effect": "attract", "pull": 0.3}}
    setup = founded(**pulled, **STILL)
    seen, state = trajectory(setup)
    expected = setup.initial_values
    for r in range(1, len(seen)):
        expected = expected + 0.3 * ((0.45 + 0.02 * r) - expected)
        np.testing.assert_allclose(seen[r][0], expected, atol=1e-14)
    np.testing.assert_array_equal(state.anchors, setup.initial_values)


@pytest.mark.parametrize(
    "history", [{"kind": "none"}, *({**LINEAR["history"], "effect": effect} for effect in ("none", "seed"))]
)
def test_a_history_that_moves_nobody_moves_nobody(history):
    for values in humans(founded(**{**LINEAR, "history": history}, **STILL)):
        np.testing.assert_array_equal(values, founded(**STILL).initial_values)


def test_a_history_of_effect_seed_tells_where_people_begin_and_is_no_reference():
    groups = [{"name": "a", "era": 3, "spread": 0.0}]
    seed = {**LINEAR["history"], "effect": "seed"}
    setup = founded(**{**LINEAR, "history": seed}, **STILL, **{"population.groups": groups})
    assert setup.history is None
    assert setup.history_at(2) is None
    assert (setup.initial_values > 0.5).all()
    shifting = founded(**LINEAR, **STILL, **{"population.groups": groups})
    np.testing.assert_array_equal(setup.initial_values, shifting.initial_values)
    assert shifting.history is not None


def test_history_stays_at_its_last_era():
    setup = founded(**{**LINEAR, "rounds": 9}, **STILL)
    seen = humans(setup)
    np.testing.assert_array_equal(seen[9], seen[6])
    assert (seen[6] != seen[5]).all()


def test_the_stubborn_are_carried_along_by_history():
    whole = {"population.groups": [{"name": "a", "centre": 0.45, "spread": 0.05, "stubbornness": 1.0}]}
    seen = humans(founded(**LINEAR, **whole, update={"rule": "friedkin_johnsen"}))
    for r, values in enumerate(seen):
        np.testing.assert_allclose(values, seen[0] + 0.02 * r, atol=1e-12)


# --- exchange, consultation, learning ------------------------------------------------------------

EVERY_RULE = [(name, schedule) for name, rule in RULES.items() for schedule in rule.schedules]


def by_rule(rule, schedule, followed, **more):
    update = {"rule": rule, "schedule": schedule, "noise": 0.01, **more}
    if rule in {"performative", "performative_peers"}:
        update["sensitivity"] = followed
    elif rule == "weighs_facts":
        update["reliability"] = 0.5 + followed / 2
    else:
        update["trust" if rule == "bayesian_trust" else "rate"] = {"assistant": followed}
    return {"update": {**update, "liberals": ["a"]} if rule == "moral_argument" else update}


def groups_for(rule):
    if rule not in {"degroot", "moral_argument", "performative_peers"}:
        return TWO_GROUPS
    return {"population.groups": [{**g, "stubbornness": 0.0} for g in TWO_GROUPS["population.groups"]]}


ONE = [{"name": "one", "policy": {"kind": "lifelong"}, "start": 0.9}]
LED = {"assistants": ONE, "update": {"rule": "degroot", "rate": {"peer": 0.1, "assistant": 0.5}}}


@pytest.mark.long
@pytest.mark.parametrize(("rule", "schedule"), EVERY_RULE)
def test_an_assistant_that_nobody_follows_changes_nothing_in_any_human(rule, schedule):
    deaf = {**by_rule(rule, schedule, 0.0), **groups_for(rule), "channel.noise": 0.02}
    worlds = [
        founded(**deaf),
        founded(**deaf, assistants=ONE),
        founded(**deaf, assistants=[{"name": "one", "policy": {"kind": "frozen"}}, {"name": "two"}]),
        founded(**deaf, assistants=[{"name": "one", "present": False}]),
    ]
    trajectories = [[values.tobytes() for values in humans(world)] for world in worlds]
    assert len(set(trajectories[0])) == 7
    assert all(other == trajectories[0] for other in trajectories[1:])


@pytest.mark.parametrize(("rule", "schedule"), EVERY_RULE)
def test_values_stay_on_the_scale_and_an_assistant_that_is_followed_changes_them(rule, schedule):
    followed = {**by_rule(rule, schedule, 0.5), **groups_for(rule), "channel.noise": 0.1}
    alone, led = humans(founded(**followed)), humans(founded(**followed, assistants=ONE))
    first = 2 if rule == "performative_peers" else 1  # a prediction is heeded only after it was made
    assert (alone[first] != led[first]).any()
    assert all(values.min() >= 0 and values.max() <= 1 for values in led)


def test_a_followed_assistant_moves_those_who_consult_it_and_hears_what_they_held_before():
    setup = founded(
        assistants=[{"name": "one", "policy": {"kind": "lifelong", "rate": 1.0}, "start": 0.5}],
        update={"rule": "degroot", "rate": {"peer": 0.0, "assistant": 0.4}},
        **{"population.groups": [{"name": "a", "adoption": 0.5}]},
    )
    seen, _ = trajectory(setup, 1)
    (before, spoken, _), (after, learnt, log) = seen
    consulted = (after != before).any(axis=1)
    assert log.n_consultations == (int(consulted.sum()),)
    assert 15 < consulted.sum() < 45
    np.testing.assert_allclose(
        after[consulted], before[consulted] + 0.4 * (spoken[0] - before[consulted]), atol=1e-14
    )
    np.testing.assert_allclose(learnt[0], before[consulted].mean(axis=0), atol=1e-14)


@pytest.mark.parametrize(("adoption", "n_least", "n_most"), [(0.0, 0, 0), (1.0, 60, 60), (0.5, 15, 45)])
def test_humans_consult_with_the_probability_of_their_adoption(adoption, n_least, n_most):
    setup = founded(assistants=ONE, **{"population.groups": [{"name": "a", "adoption": adoption}]})
    counts = [log.n_consultations[0] for _, _, log in trajectory(setup)[0][1:]]
    assert n_least <= min(counts) <= max(counts) <= n_most


def test_assistants_that_are_there_are_consulted_alike_and_the_absent_never():
    three = [{"name": "x"}, {"name": "y", "present": False}, {"name": "z"}]
    setup = founded(assistants=three, **{"population.groups": [{"name": "a", "adoption": 1.0}], "rounds": 50})
    counts = np.array([log.n_consultations for _, _, log in trajectory(setup)[0][1:]])
    assert (counts.sum(axis=1) == 60).all()
    assert counts[:, 1].sum() == 0
    assert abs(counts[:, 0].sum() - 1500) < 4 * (3000 / 4) ** 0.5


def test_every_round_has_other_consultants_and_other_encounters():
    led = {**LED, "update": {**LED["update"], "rate": {"peer": 0.0, "assistant": 0.5}}}
    met = {"update": {"rule": "hegselmann_krause", "schedule": "pairwise", "confidence": {"peer": 1.0}}}
    for overrides in (led, met):
        seen = humans(founded(**overrides))
        moved = [(b != a).any(axis=1).tobytes() for a, b in pairwise(seen)]
        assert len(set(moved)) == 6


def test_an_assistant_that_is_away_learns_nothing_even_by_a_policy_that_hears_nobody():
    with POLICIES.replaced("frozen", lambda values, observation, memory: (values * 0.9, memory)):
        names = [{"name": n, "policy": {"kind": "frozen"}, "start": 1.0, "present": n == "x"} for n in "xy"]
        seen, _ = trajectory(founded(assistants=names))
        np.testing.assert_allclose(seen[6][1], [[0.9**6] * 2, [1.0] * 2])


# --- interventions -------------------------------------------------------------------------------


def with_and_without(act, **overrides):
    """Run a society in which something is done in round 3, and the same without."""
    done = founded(**overrides, interventions=[{"round": 3, **act}])
    return trajectory(done), trajectory(founded(**overrides))


def assert_parted_in_round_3(done, spared, what=0):
    assert [bool((a[what] == b[what]).all()) for a, b in zip(done[:4], spared[:4], strict=True)] == [
        True,
        True,
        True,
        False,
    ]


def test_a_withdrawn_assistant_is_consulted_no_more_and_learns_nothing():
    (done, state), (spared, _) = with_and_without({"action": "withdraw", "assistant": "one"}, **LED)
    assert_parted_in_round_3(done, spared)
    assert [log.n_consultations[0] > 0 for _, _, log in done[1:]] == [True, True, False, False, False, False]
    for _, spoken, _ in done[3:]:
        np.testing.assert_array_equal(spoken, done[2][1])
    assert not state.present[0]
    assert done[3][2].interventions == ("assistant one withdrawn",)
    assert all(done[r][2].interventions == () for r in (1, 2, 4, 5, 6))


def test_an_assistant_brought_in_is_consulted_from_that_round():
    absent = {**LED, "assistants": [{**ONE[0], "present": False}]}
    (done, state), (spared, _) = with_and_without({"action": "bring_in", "assistant": "one"}, **absent)
    assert_parted_in_round_3(done, spared)
    assert [log.n_consultations[0] > 0 for _, _, log in done[1:]] == [False, False, True, True, True, True]
    assert state.present[0]
    assert done[3][2].interventions == ("assistant one brought in",)


def test_an_assistant_withdrawn_and_brought_in_again_goes_on_from_where_it_stood():
    setup = founded(
        **LED,
        interventions=[
            {"round": 5, "action": "bring_in", "assistant": "one"},
            {"round": 2, "action": "withdraw", "assistant": "one"},
        ],
    )
    seen = trajectory(setup)[0]
    assert [log.n_consultations[0] > 0 for _, _, log in seen[1:]] == [True, False, False, False, True, True]
    np.testing.assert_array_equal(seen[4][1], seen[1][1])
    assert (seen[5][1] != seen[4][1]).all()


def test_a_changed_policy_learns_otherwise_from_that_round():
    frozen = {**LED, "assistants": [{**ONE[0], "policy": {"kind": "frozen"}}]}
    act = {"action": "change_policy", "assistant": "one", "policy": {"kind": "lifelong", "rate": 0.5}}
    (done, state), (spared, _) = with_and_without(act, **frozen)
    assert_parted_in_round_3(done, spared, what=1)
    np.testing.assert_array_equal(done[3][0], spared[3][0])
    assert (done[4][0] != spared[4][0]).any()
    np.testing.assert_array_equal(spared[6][1], [[0.9, 0.9]])
    assert state.policies[0].rate == 0.5
    assert done[3][2].interventions == ("assistant one has policy lifelong",)


def test_an_assistant_s_values_are_set_at_the_beginning_of_the_round():
    frozen = {**LED, "assistants": [{**ONE[0], "policy": {"kind": "frozen"}}]}
    act = {"action": "set_values", "assistant": "one", "values": {"calm": 0.1, "default": 0.3}}
    (done, _), (spared, _) = with_and_without(act, **frozen)
    assert_parted_in_round_3(done, spared)
    np.testing.assert_array_equal(done[3][1], [[0.1, 0.3]])
    assert done[3][2].interventions == ("assistant one values set",)


def test_a_fraction_of_ties_is_rewired():
    (done, state), (spared, before) = with_and_without({"action": "rewire", "fraction": 0.5})
    assert_parted_in_round_3(done, spared)
    np.testing.assert_array_equal(state.ties.indices, networks.rewire(before.ties, 0.5, 5, 3, 0).indices)
    assert state.ties.n_ties == before.ties.n_ties
    assert done[3][2].interventions == ("ties rewired with probability 0.5",)


def test_the_network_is_replaced():
    (done, state), (spared, _) = with_and_without(
        {"action": "rewire", "network": {"family": "ring", "degree": 2}}
    )
    assert_parted_in_round_3(done, spared)
    np.testing.assert_array_equal(state.ties.indices, networks.ring(60, 2).indices)
    assert done[3][2].interventions == ("network is now ring",)


@pytest.mark.parametrize(("group", "named"), [("b", "b"), (None, "everybody")])
def test_a_shock_moves_a_group_at_once_within_the_scale(group, named):
    act = {"action": "shock", "group": group, "shift": {"calm": 0.5, "brave": -0.1}}
    overrides = {**STILL, **TWO_GROUPS}
    (done, state), (spared, _) = with_and_without(act, **overrides)
    hit = np.ones(60, bool) if group is None else founded(**overrides).group_of == 1
    expected = np.where(hit[:, None], np.clip(spared[3][0] + [0.5, -0.1], 0, 1), spared[3][0])
    assert (expected == 1).any()
    np.testing.assert_array_equal(done[2][0], spared[2][0])
    np.testing.assert_allclose(done[3][0], expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(state.anchors, expected, rtol=0, atol=1e-15)
    assert done[3][2].interventions == (f"group {named} shocked",)


@pytest.mark.parametrize(("group", "named"), [("b", "b"), (None, "everybody")])
def test_confidence_is_changed(group, named):
    act = {"action": "change_confidence", "group": group, "confidence": {"peer": 0.0, "assistant": 0.05}}
    overrides = {**TWO_GROUPS, "assistants": ONE}
    (done, state), (spared, _) = with_and_without(act, **overrides)
    assert_parted_in_round_3(done, spared)
    hit = np.ones(60, bool) if group is None else founded(**overrides).group_of == 1
    np.testing.assert_array_equal(state.peer.confidence, np.where(hit, 0.0, 0.3))
    np.testing.assert_array_equal(state.assistant.confidence, np.where(hit, 0.05, 0.3))
    assert done[3][2].interventions == (f"confidence of {named} is now 0 (peer), 0.05 (assistant)",)


def test_several_things_are_done_in_the_order_they_are_written():
    shocks = [{"round": 2, "action": "shock", "shift": s} for s in (1.0, -0.3, 0.1)]
    done = trajectory(founded(**STILL, interventions=shocks))[0]
    np.testing.assert_allclose(done[2][0], 0.8, atol=1e-15)
    assert done[2][2].interventions == ("group everybody shocked",) * 3


@pytest.mark.parametrize(
    ("network", "act", "said"),
    [
        ({"family": "complete"}, {"action": "rewire", "fraction": 0.1}, "in full mixing"),
        (
            {"family": "ring"},
            {"action": "rewire", "network": {"family": "ring", "degree": 3}},
            "degree must be even",
        ),
        (
            {"family": "ring"},
            {"action": "rewire", "network": {"family": "caveman", "cave_size": 7}},
            "caveman: ",
        ),
    ],
)
def test_an_intervention_that_cannot_be_is_blamed_by_its_place(network, act, said):
    with pytest.raises(ScenarioError, match=rf"^interventions\.0.*: .*{said}") as caught:
        trajectory(founded(network=network, interventions=[{"round": 3, **act}]))
    assert caught.value.path[:2] == ("interventions", 0)


def test_pairs_cannot_both_move_on_a_directed_network_put_in_later():
    acts = [
        {"round": 1, "action": "rewire", "network": {"family": "erdos_renyi", "degree": 4, "directed": True}}
    ]
    with pytest.raises(ScenarioError, match=r"^interventions\.0.*: deffuant_weisbuch .*undirected"):
        trajectory(founded(update={"rule": "deffuant_weisbuch"}, interventions=acts))


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_stops_the_round_and_is_named(monkeypatch, bad):
    learn = round_phases.learn

    def planting(state, setup, observations):
        lessons = learn(state, setup, observations)
        state.values = state.values.copy()
        if state.round_index == 2:
            state.values[[7, 9], 1] = bad
        return lessons

    monkeypatch.setattr(round_phases, "learn", planting)
    setup = founded()
    state = first_state(setup)
    run_round(state, setup)
    run_round(state, setup)
    with pytest.raises(RoundError) as caught:
        run_round(state, setup)
    assert str(caught.value) == (
        f"round 3: values of human 7 are {bad} in dimension 'brave' under rule hegselmann_krause; "
        "the 2 rounds before it stand"
    )
    assert state.round_index == 2


def test_a_policy_that_returns_no_values_is_blamed_by_its_assistant():
    with (
        POLICIES.replaced("lifelong", lambda values, observation, memory, rate: (values * np.nan, memory)),
        pytest.raises(
            ScenarioError, match=r"^assistants\.1\.policy: policy 'lifelong' returned nan in dimension 0"
        ),
    ):
        trajectory(founded(assistants=[{"name": "x", "policy": {"kind": "frozen"}}, {"name": "y"}]))


def test_a_round_draws_the_same_whatever_was_drawn_before():
    setup = founded(**TWO_GROUPS, assistants=ONE, **by_rule("hegselmann_krause", "pairwise", 0.1))
    seen, _ = trajectory(setup)
    state = first_state(setup)
    state.values, state.assistant_values, state.round_index = seen[3][0], seen[3][1], 3
    run_round(state, setup)
    assert state.values.tobytes() == seen[4][0].tobytes()
