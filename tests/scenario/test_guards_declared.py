"""What a scenario says of adversaries and guards: rates, regions and targets that fit."""

import pytest

from coevolve_sim.scenario import ChangeableScenario, dump, loads
from coevolve_sim.scenario.dumper import content_of
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.worlds import build_default_worlds, build_world
from tests.scenario.test_scenario_refusals import refusal

BASE = """
name: guarded
rounds: 3
value_space: {name: v, dimensions: [x, y]}
population: {humans: 40, groups: [{name: all}]}
"""
ROLE = "policy: {kind: role, standard: 0.4, tolerance: 0.1}"
GUARD = "{name: filter, pass_attack: 0.166, pass_benign: 0.987}"
TRY = "{share: 0.1, operators: {templates: 0.216}, target: 0.9}"


def guarded(assistant=f"{ROLE}, guards: [{GUARD}]", adversaries=TRY, more=""):
    return f"{BASE}assistants: [{{{assistant}}}]\nadversaries: {adversaries}\n{more}"


def test_adversaries_and_guards_are_read_and_written_again():
    scenario = loads(
        guarded(
            adversaries="{share: 0.1, operators: {a: 0.2, b: {success: 0.8, tries: 75}}, target: {x: 1, y: 0}"
            "}"
        )
    )
    assert scenario.adversaries.operators["a"] == 0.2
    assert scenario.adversaries.operators["b"].tries == 75
    assert scenario.adversaries.budget == 75
    assert loads(dump(scenario)) == scenario


def test_a_scenario_without_them_keeps_its_digest():
    plain = content_of(loads(f"{BASE}assistants: [{{{ROLE}}}]\n"))
    assert "adversaries" not in plain
    assert "guards" not in plain["assistants"][0]
    told = content_of(loads(guarded()))
    assert "adversaries" in told
    assert told["assistants"][0]["guards"][0]["pass_attack"] == 0.166


@pytest.mark.parametrize(
    ("adversaries", "said"),
    [
        ("{share: §1.1, operators: {a: 0.2}, target: 0.9}", "1.1 given; allowed: a number in [0, 1]"),
        ("{share: 0.1, operators: {a: §1.2}, target: 0.9}", "1.2 given; allowed: a number in [0, 1]"),
        ("{share: 0.1, operators: {a: §-0.2}, target: 0.9}", "-0.2 given; allowed: a number in [0, 1]"),
        (
            "{share: 0.1, operators: §{}, target: 0.9}",
            "a mapping given; allowed: a mapping of at least one name, each to a number in [0, 1]",
        ),
        (
            "{share: 0.1, operators: {a: §{success: 0.5}}, target: 0.9}",
            "key 'tries' is missing: a whole number",
        ),
        (
            "{share: 0.1, operators: {a: §{tries: 5}}, target: 0.9}",
            "key 'success' is missing: a number in [0, 1]",
        ),
        ("{share: 0.1, operators: {§A b: 0.2}, target: 0.9}", "'A b' cannot name an operator"),
        (
            "{share: 0.1, operators: {a: {success: §1.0, tries: 75}}, target: 0.9}",
            "every attack succeeds within 75 tries, from which no rate per try follows",
        ),
        ("{share: 0.1, operators: {a: {success: 0.5, tries: §0}}, target: 0.9}", "0 given; allowed: a whole"),
        ("{share: 0.1, operators: {a: 0.2}, budget: §0, target: 0.9}", "0 given; allowed: a whole number"),
        ("{share: 0.1, operators: {a: 0.2}, target: §1.9}", "1.9 given; allowed: a number in [0, 1]"),
        ("{share: 0.1, operators: {a: 0.2}, target: §{x: 0.9}}", "says nothing of dimension 'y'"),
        ("{share: 0.1, operators: {a: 0.2}, target: {x: 1, §z: 1, default: 0}}", "unknown dimension 'z'"),
        ("{share: 0.1, operators: {a: 0.2}, target: §0.45}", "lies within what assistant 'assistant' is"),
        (
            "{share: 0.1, operators: {a: 0.2}, target: §{x: 0.5, y: 0.3}}",
            "a target outside, or the assistant",
        ),
        ("§{operators: {a: 0.2}, target: 0.9}", "key 'share' is missing"),
    ],
)
def test_adversaries_that_do_not_fit_are_refused_where_they_stand(adversaries, said):
    told = refusal(guarded(adversaries=adversaries))
    assert said in told, told


@pytest.mark.parametrize(
    ("assistant", "said"),
    [
        (f"{ROLE}, guards: [{{name: a, pass_attack: §1.5}}]", "1.5 given; allowed: a number in [0, 1]"),
        (f"{ROLE}, guards: [{{name: a, pass_attack: 0.5, pass_benign: §-1}}]", "-1 given; allowed: a number"),
        (f"{ROLE}, guards: [§{{name: a}}]", "key 'pass_attack' is missing"),
        (
            f"{ROLE}, guards: [{{name: a, pass_attack: 0.5}}, {{name: §a, pass_attack: 0.5}}]",
            "guard 'a' is there 2 times; guards are independent of each other",
        ),
        (
            "policy: §{kind: lifelong}",
            "assistant 'assistant' of policy lifelong is permitted everything, so that adversaries only",
        ),
    ],
)
def test_assistants_that_do_not_fit_are_refused_where_they_stand(assistant, said):
    told = refusal(guarded(assistant=assistant))
    assert said in told, told


def test_guards_without_a_region_and_policies_given_later_are_refused():
    told = refusal(f"{BASE}assistants: [{{guards: [{GUARD}], policy: §{{kind: lifelong}}}}]\n")
    assert "its guards have nothing to keep it to; let its policy be role" in told
    later = (
        "interventions: [{round: 2, action: change_policy, assistant: assistant, policy: §{kind: mean}}]\n"
    )
    assert "of policy mean is permitted everything" in refusal(guarded(more=later))


def test_adversaries_without_an_assistant_are_refused():
    told = refusal(f"{BASE}adversaries: §{TRY}\n")
    assert "there is no assistant that they could persuade" in told


def test_what_has_no_effect_and_what_was_derived_is_said():
    alone = build_setup(loads(f"{BASE}assistants: [{{{ROLE}, guards: [{GUARD}]}}]\n")).notes
    assert any("pass_attack of the guards of assistant has no effect without adversaries" in n for n in alone)
    still = build_setup(loads(guarded("policy: {kind: frozen}"))).notes
    assert any("nobody persuades assistant, whose policy frozen learns nothing" in note for note in still)
    pair = "{share: 1.0, operators: {pair: {success: 0.8, tries: 75}}, target: 0.9}"
    notes = build_setup(loads(guarded(adversaries=pair))).notes
    assert "adversaries: 40 of the humans" in notes
    assert any("pair succeeds in 0.02123 of its tries, derived from 0.8 within 75" in note for note in notes)


def test_a_comparison_has_a_frozen_world_and_one_without_assistants_and_adversaries():
    base = loads(guarded())
    built = {
        world.name: build_world(ChangeableScenario.of(base), (), world).scenario
        for world in build_default_worlds(base)
    }
    assert built["as_written"] == base
    assert built["frozen_assistant"].adversaries == base.adversaries
    assert (built["no_assistant"].assistants, built["no_assistant"].adversaries) == ((), None)
