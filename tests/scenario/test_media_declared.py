"""What a scenario says of outlets: names, courses, followers and rates that fit."""

import pytest

from coevolve_sim.scenario import dump, idle_notes, loads
from coevolve_sim.scenario.dumper import content_of
from tests.scenario.test_scenario_refusals import refusal

BASE = """
name: heard
rounds: 3
value_space: {name: v, dimensions: [x, y]}
population: {humans: 40, groups: [{name: young, share: 0.5}, {name: old, share: 0.5}]}
assistants: [{name: helper}]
"""
HEARD = BASE + "media: [%s]\n"


def test_outlets_are_read_and_written_again():
    scenario = loads(
        HEARD % "{name: daily, values: {x: 0.1, default: 0.5}, followers: [old], share: 0.5}, "
        "{name: other, ramp: {start: 0.9, end: 0.2, over: 2, shape: triangle}, followers: homophily}"
    )
    assert scenario.media[0].followers == ("old",)
    assert loads(dump(scenario)) == scenario


def test_an_outlet_without_a_side_mind_or_voice_of_its_own_keeps_its_digest():
    plain = loads(HEARD % "{name: daily, values: 0.5}")
    assert not {"partisan_rate", "mind", "voice"} & content_of(plain)["media"][0].keys()
    sided = loads(HEARD % "{name: daily, values: 0.5, partisan_rate: 0.71}")
    assert content_of(sided)["media"][0]["partisan_rate"] == 0.71


def test_a_mind_of_an_outlet_that_only_stands_at_numbers_is_noted():
    told = [*idle_notes(loads(HEARD % "{name: daily, values: 0.5, voice: calm}"))]
    assert "media.mind and media.voice have no effect unless channel.kind is language" in told
    assert not [*idle_notes(loads(HEARD % "{name: daily, values: 0.5}"))]


def test_a_scenario_without_outlets_keeps_its_digest():
    assert "media" not in content_of(loads(BASE))
    assert "media" in content_of(loads(HEARD % "{name: daily, values: 0.5}"))


@pytest.mark.parametrize(
    ("outlets", "said"),
    [
        ("{name: d, values: §1.2}", "1.2 given; allowed: a number in [0, 1]"),
        ("§{name: d}", "outlet 'd' stands nowhere; give it values or a ramp"),
        (
            "{name: d, values: §0.5, ramp: {start: 0.1, end: 0.2, over: 2}}",
            "an outlet has values or a ramp, not both",
        ),
        ("{name: d, values: 0.5, share: §1.5}", "1.5 given; allowed: a number in [0, 1]"),
        ("{name: d, values: 0.5, rate: §-0.5}", "-0.5 given; allowed: a number in [0, 1]"),
        ("{name: d, values: 0.5, partisan_rate: §1.5}", "1.5 given; allowed: a number in [0, 1]"),
        ("{name: d, values: 0.5, followers: §young}", "one of 'all', 'homophily' or a list"),
        ("{name: d, values: 0.5, followers: [§yuong]}", "unknown group 'yuong'; did you mean 'young'?"),
        ("{name: d, values: 0.5, followers: [old, §old]}", "group 'old' is named twice"),
        ("{name: §helper, values: 0.5}", "'helper' is the name of an assistant"),
        ("{name: §old, values: 0.5}", "'old' is the name of a group"),
        ("{name: d, values: 0.5}, {name: §d, values: 0.5}", "outlet 'd' is there 2 times"),
        ("{name: d, ramp: {start: 0, end: §1.5, over: 3}}", "1.5 given; allowed: a number in [0, 1]"),
        ("{name: d, ramp: {start: 0, end: 1, over: §0}}", "0 given; allowed: a whole number"),
        ("{name: d, ramp: {start: 0.5, end: §0.5, over: 3}}", "it ends where it starts"),
        ("{name: d, ramp: {start: 0.5, end: §{x: 1}, over: 3}}", "says nothing of dimension 'y'"),
        ("{name: d, values: {x: 1, §z: 1, default: 0}}", "unknown dimension 'z'"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(outlets, said):
    told = refusal(HEARD % outlets)
    assert said in told, told


def test_a_human_goes_no_further_than_all_the_way_to_what_it_may_hear():
    def of(first, second, rate):
        outlets = (
            f"§[{{name: d, values: 0.5, rate: 0.6, followers: {first}}}, "
            f"{{name: e, values: 0.1, rate: {rate}, followers: {second}}}]\n"
        )
        return f"{BASE}media: {outlets}"

    told = refusal(of("all", "[old]", 0.5))
    assert "of outlets" not in told
    assert "that a human of group 'old' may follow sum to 1.1; they must sum to at most 1" in told
    assert "group 'young' may follow sum to 1.1" in refusal(of("all", "homophily", 0.5))
    for first, second, rate in (
        ("all", "all", 0.4),
        ("[young]", "[old]", 0.5),
        ("homophily", "homophily", 1),
    ):
        loads(of(first, second, rate).replace("§", ""))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("channel: {kind: custom, path: 'a.py:B'}\n", "a channel of one's own says nothing of what is heard"),
        ("update: {rule: bayesian_trust}\n", "rule bayesian_trust makes values anew of evidence"),
        ("update: {rule: weighs_facts}\n", "rule weighs_facts moves beliefs by facts, and outlets tell none"),
    ],
)
def test_societies_that_hear_no_outlets_are_refused_by_name(more, said):
    assert said in refusal(BASE + more + "media: §[{name: daily, values: 0.5}]\n")
