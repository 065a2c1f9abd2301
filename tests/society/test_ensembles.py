"""Ensembles: societies that go through their rounds together, each to the bit what it is alone."""

import hashlib

import numpy as np
import pytest

from coevolve_sim.assistants.policies import POLICIES
from coevolve_sim.errors import RoundError, StudyError
from coevolve_sim.networks.ties import from_edges, full_mixing
from coevolve_sim.rules import RULES
from coevolve_sim.scenario import loads
from coevolve_sim.society.ensemble import Ensemble, can_join
from coevolve_sim.society.joint_exchange import JointExchange, join_ties
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import Objects
from coevolve_sim.society.setup import build_setup
from coevolve_sim.society.state import kept_arrays
from tests.society.test_games_in_a_society import RULE_TEXTS

TEXT = """
name: one_of_many
seed: {seed}
rounds: {rounds}
rounds_per_era: 2
value_space: {{name: v, dimensions: [{dimensions}]}}
network: {network}
update: {update}
measures: {{every: 2}}
population:
  humans: {humans}
  groups:
    - {{name: young, share: 0.5, distribution: uniform, stubbornness: {stubborn}, adoption: 0.6}}
    - {{name: old, share: 0.5, centre: 0.3}}
{more}
"""
PLAIN = {
    "rounds": 8,
    "dimensions": "a",
    "network": "{family: watts_strogatz, degree: 4}",
    "update": "{rule: hegselmann_krause, confidence: {peer: 0.3}, rate: {peer: 0.5}}",
    "humans": 30,
    "stubborn": 0.0,
    "more": "",
}
UNBENDING = {"degroot", "performative", "performative_peers", "bayesian_trust", "weighs_facts"}
"""Rules for which stubbornness is refused or idle."""
HISTORY = "history: {kind: planted, eras: 5}\n"
ASSISTANT = "assistants: [{name: guide, policy: {kind: lifelong}}]\n"


def setup_of(seed=1, **changed):
    return build_setup(loads(TEXT.format(seed=seed, **(PLAIN | changed))))


def told_of(society):
    """Return every number of a society as bytes: values, assistants, measures, what is kept."""
    state, setup, taken = society.state, society.setup, society.measures
    arrays = [state.values, state.anchors, state.assistant_values, *kept_arrays(state, setup).values()]
    arrays += [np.array(list(taken.overall.values())), *taken.by_dimension.values(), society.group_means()]
    names = [*taken.overall, *taken.notes.values(), *kept_arrays(state, setup), *map(str, taken.by_dimension)]
    counts = (society.log.n_consultations, society.log.n_clipped, society.log.interventions)
    digest = hashlib.sha256(repr((society.round_index, names, counts, society.log.n_followers)).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def course_alone(setup):
    society = Society(setup, with_objects=False)
    course = [told_of(society)]
    while not society.is_finished:
        society.step()
        course.append(told_of(society))
    return course


def courses_together(setups):
    ensemble = Ensemble(setups)
    courses = [[told_of(member)] for member in ensemble.members]
    while not ensemble.is_finished:
        stepped = ensemble.step()
        for member, course in zip(ensemble.members, courses, strict=True):
            if member in stepped:
                course.append(told_of(member))
    return courses


def check(*setups):
    """Check that each is the same together, in another order, and alone."""
    alone = [course_alone(setup) for setup in setups]
    assert courses_together(setups) == alone
    assert courses_together(setups[::-1]) == alone[::-1]
    assert len({course[-1] for course in alone}) == len(setups)  # they do differ


@pytest.mark.parametrize("dimensions", ["a", "a, b, c"])
@pytest.mark.parametrize("rule", RULE_TEXTS)
def test_under_every_rule_each_is_what_it_is_alone(rule, dimensions):
    own = {"weighs_facts": "selects_facts", "bayesian_trust": "bayesian_trust"}
    policy = f"assistants: [{{name: guide, policy: {{kind: {own.get(rule, 'lifelong')}}}}}]\n"
    more = policy if rule in own else HISTORY + policy
    noisy = RULE_TEXTS[rule][:-1] + ", noise: 0.05}"
    stubborn = 0.0 if rule in UNBENDING else 0.3
    check(
        *(setup_of(seed, update=RULE_TEXTS[rule], dimensions=dimensions, more=more) for seed in (1, 2)),
        setup_of(1, update=noisy, dimensions=dimensions, more=more, stubborn=stubborn),
    )


def test_every_rule_is_told_of_and_some_are_one_call():
    assert RULE_TEXTS.keys() == set(RULES.own)
    rows = {rule for rule, text in RULE_TEXTS.items() if setup_of(update=text).rule.moves_row_by_row}
    assert rows == {
        "hegselmann_krause",
        "weighted_hegselmann_krause",
        "friedkin_johnsen",
        "degroot",
        "moral_argument",
    }
    assert setup_of(update="{rule: attraction_repulsion, schedule: synchronous}").rule.moves_row_by_row
    assert not setup_of(update="{rule: degroot, schedule: pairwise}").rule.moves_row_by_row


def test_people_of_all_members_are_moved_in_one_call(monkeypatch):
    calls = []
    real = JointExchange.exchange

    def counted(block, scenes):
        calls.append(len(scenes))
        return real(block, scenes)

    monkeypatch.setattr(JointExchange, "exchange", counted)
    courses_together([setup_of(seed) for seed in (1, 2, 3)])
    assert calls == [3] * 8


@pytest.mark.parametrize(
    "update",
    [
        "{rule: hegselmann_krause, confidence: {peer: 0.2}, distance: per_dimension}",
        "{rule: hegselmann_krause, confidence: {peer: 0.2}, include_self: false}",
        "{rule: attraction_repulsion, schedule: synchronous, confidence: {peer: 0.2}}",
        "{rule: degroot, schedule: pairwise}",
    ],
)
@pytest.mark.parametrize("network", ["{family: complete}", "{family: erdos_renyi, degree: 3}"])
def test_on_any_schedule_and_network(update, network):
    check(*(setup_of(seed, update=update, network=network, dimensions="a, b") for seed in (3, 4, 5)))


@pytest.mark.parametrize("dimensions", ["a", "a, b"])
@pytest.mark.parametrize("kind", [kind for kind in POLICIES.own if kind not in {"custom", "selects_facts"}])
def test_with_an_assistant_of_every_policy(kind, dimensions):
    more = f"{HISTORY}assistants: [{{name: guide, policy: {{kind: {kind}}}}}]\n"
    if kind == "role":
        more = more.replace("role", "role, standard: 0.4")
    check(*(setup_of(seed, more=more, dimensions=dimensions, rounds=5) for seed in (1, 2)))


def test_with_noise_in_the_channel_an_editor_and_several_assistants():
    two = (
        "assistants: [{name: guide, share: 0.7}, {name: other, policy: {kind: mirror}, groups: [old], "
        "sees: {share: 0.5, delay: 1}}]\nconsulting: {choice: loyal}\n"
    )
    heard = ("{noise: 0.1}", "{mediator: {assistant: guide, share: 0.3}}", "{noise: 0.0}")
    check(*(setup_of(6, more=f"{two}channel: {channel}\n") for channel in heard))


def test_with_interventions_that_change_ties_people_and_assistants_in_the_middle():
    acts = """interventions:
  - {round: 2, action: rewire, fraction: 0.5}
  - {round: 3, action: shock, group: old, shift: 0.2}
  - {round: 3, action: withdraw, assistant: guide}
  - {round: 4, action: change_confidence, confidence: {peer: 0.1}}
  - {round: 5, action: bring_in, assistant: guide}
  - {round: 6, action: change_policy, assistant: guide, policy: {kind: mirror}}
"""
    check(
        setup_of(1, more=HISTORY + ASSISTANT + acts),
        setup_of(1, more=HISTORY + ASSISTANT),
        setup_of(2, more=HISTORY.replace("5}", "5, effect: attract, pull: 0.1}") + ASSISTANT + acts),
    )


def test_with_outlets_games_adversaries_and_text_that_is_gone_on_with():
    heard = "media: [{name: daily, values: 0.9, followers: homophily, within: 0.4}]\n"
    played = "games: {matrix: prisoners_dilemma, every: 2, trust_rate: 0.2}\n"
    talked = "assistants: [{name: guide, continuity: {share: 0.5}}]\n"
    check(setup_of(1, more=heard), setup_of(1, more=played), setup_of(1, more=talked))


def test_a_run_that_is_shorter_ends_and_the_others_go_on():
    check(setup_of(1, rounds=3), setup_of(1, rounds=8), setup_of(2, rounds=5))


def test_one_that_fails_ends_as_it_does_alone_and_the_others_do_not_notice():
    setups = [setup_of(seed) for seed in (1, 2, 3)]
    ensemble = Ensemble(setups)
    ensemble.step()
    ensemble.members[1].state.values[4] = np.nan
    while not ensemble.is_finished:
        ensemble.step()
    first, failed, last = ensemble.members
    with pytest.raises(RoundError, match=r"round 2: values of human 4 are nan .*1 rounds before it stand"):
        raise failed.failure
    assert (first.failure, last.failure) == (None, None)
    assert [told_of(first), told_of(last)] == [course_alone(setup)[-1] for setup in (setups[0], setups[2])]


def test_societies_of_other_sizes_are_refused():
    with pytest.raises(StudyError, match=r"first has 30 humans and 1 dimensions, number 1 has 31 and 1"):
        Ensemble([setup_of(), setup_of(humans=31)])
    with pytest.raises(StudyError, match="at least one society"):
        Ensemble([])


def test_societies_with_parts_of_ones_own_and_those_that_ask_minds_are_run_alone():
    scenario = loads(TEXT.format(seed=1, **PLAIN))
    own = build_setup(scenario, Objects(measures={"reach": lambda arrays: 0.0}))
    words = "channel: {kind: language, bias_map: false}\nminds: [{kind: scripted}]\n"
    assert can_join(build_setup(scenario))
    for setup in (own, setup_of(more=words)):
        assert not can_join(setup)
        with pytest.raises(StudyError, match="number 1 asks minds or has parts of your own"):
            Ensemble([build_setup(scenario), setup])


def test_the_ties_of_many_are_the_blocks_of_one():
    networks = [from_edges(3, np.array([[0, k]]), np.array([0.5 + k])) for k in (1, 2)]
    joined = join_ties(networks)
    dense = np.zeros((6, 6))
    dense[joined.listeners, joined.indices] = joined.weights
    wanted = np.zeros((6, 6))
    wanted[0, 1] = wanted[1, 0] = 1.5
    wanted[3, 5] = wanted[5, 3] = 2.5
    np.testing.assert_array_equal(dense, wanted)
    assert full_mixing(3).complete
    assert not joined.complete


@pytest.mark.parametrize("part", ["JointExchange", "measure_columns"])
def test_what_fails_of_all_together_is_done_one_by_one(part, monkeypatch):
    setups = [setup_of(seed) for seed in (1, 2)]
    alone = [course_alone(setup) for setup in setups]

    def fail(*_arguments, **_how):
        raise MemoryError

    monkeypatch.setattr(f"coevolve_sim.society.ensemble.{part}", fail)
    assert courses_together(setups) == alone
