"""Prompts of the second version state stances in words, and groups by their description alone."""

import numpy as np
import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.templates import stance_in_words
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup

SCENARIO = """
name: town
rounds: 2
value_space: {name: town, dimensions: [thrift]}
network: {family: complete}
population:
  humans: 4
  groups: [{name: against, share: 0.5}, {name: millers, share: 0.5, description: who owns a mill}]
minds: [{name: people, kind: server, url: 'http://127.0.0.1:9/v1', model: m}]
channel: {kind: language, prompts: v2}
"""


def test_stances_are_words_and_rise_with_the_value():
    said = [stance_in_words(value) for value in np.linspace(0.0, 1.0, 101)]
    assert list(dict.fromkeys(said)) == [
        "strongly against",
        "against",
        "rather against",
        "neither for nor against",
        "rather for",
        "for",
        "strongly for",
    ]
    mirrored = [word.replace("against", "for") for word in said[:46]]
    assert mirrored == said[:54:-1]


def test_no_number_of_a_stance_is_in_a_prompt():
    words = Templates.standard(version="v2")
    persona = words.persona("a nurse", [("thrift", 0.63)], words.memory(3, "thrift", 0.31, ["Save."]))
    assert "- You are rather for thrift." in persona
    assert "on the whole they were rather against." in persona
    assert not any(number in persona for number in ("63", "31", "100"))
    assert Templates.standard().fingerprint != words.fingerprint
    assert words.speak("thrift") == Templates.standard().speak("thrift")


def test_groups_are_told_by_their_description_alone():
    channel = build_setup(loads(SCENARIO)).channel
    told = [person.who for person in channel.people]
    assert not any("against" in who or "millers" in who for who in told)
    assert sum("who owns a mill" in who for who in told) == 2
    by_name = build_setup(loads(SCENARIO.replace("v2", "v1"))).channel
    assert sum("one of the against" in person.who for person in by_name.people) == 2


@pytest.mark.parametrize("kind", ["embedded", "scripted"])
def test_minds_that_read_numbers_are_not_given_words(kind):
    text = SCENARIO.replace("kind: server, url: 'http://127.0.0.1:9/v1', model: m", f"kind: {kind}")
    with pytest.raises(ScenarioError, match=r"v2 given, and mind 'people' \(kind .*\) reads its stance as"):
        build_setup(loads(text))
