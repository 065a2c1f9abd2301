"""What a scenario declares of fairness: whole, of groups that there are, and with a tolerance."""

import pytest

from coevolve_sim.scenario import dump, loads
from coevolve_sim.scenario.dumper import content_of
from tests.scenario.test_scenario_refusals import refusal

BASE = """
name: fair
rounds: 3
population: {humans: 40, groups: [{name: most, share: 0.96}, {name: few, share: 0.04}]}
"""
DECLARED = {
    "object": "what is said",
    "justification": "equal regard",
    "subjects": "[most, few]",
    "harm": "not being heard",
    "provider": "whoever runs it",
    "scope": "this society",
    "measures": "[parity]",
    "tolerance": "0.1",
}


def declared(leave_out="", **changed):
    given = {key: text for key, text in (DECLARED | changed).items() if key != leave_out}
    mark = "§" if leave_out else ""
    return BASE + f"fairness: {mark}{{{', '.join(f'{key}: {text}' for key, text in given.items())}}}\n"


def with_humans(text, humans):
    return text.replace("humans: 40", f"humans: {humans}")


def test_a_whole_declaration_is_read_and_written_again():
    scenario = loads(with_humans(declared(), 50))
    assert scenario.fairness.subjects == ("most", "few")
    assert loads(dump(scenario)) == scenario


def test_a_scenario_without_one_keeps_its_digest():
    assert "fairness" not in content_of(loads(BASE))
    assert "fairness" in content_of(loads(with_humans(declared(), 50)))


@pytest.mark.parametrize("key", DECLARED)
def test_every_key_is_owed(key):
    assert f"key '{key}' is missing" in refusal(declared(leave_out=key))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tolerance": "§0"}, "0 given; allowed: a number in (0, 1]"),
        ({"subjects": "§[most]"}, "allowed: a list"),
        ({"subjects": "[most, §none]"}, "unknown group 'none'. There are: most, few"),
        ({"subjects": "[most, §most]"}, "group 'most' is named twice"),
        ({"measures": "[§equality]"}, "equality"),
        ({"object": '§""'}, "allowed: a text that is not empty"),
        ({"subjects": "[most, §few]", "harm": "a group of 1"}, "group 'few' has 1.2 of 30 humans"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(changed, said):
    text = with_humans(declared(**changed), 30)
    told = refusal(text)
    assert said in told, told
