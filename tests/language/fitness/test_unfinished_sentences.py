"""The arm of unfinished sentences: does an assistant go on with a human's sentence against what it holds?"""

import re

import numpy as np
import pytest

from coevolve_sim.language.arms import AGAINST, FOR, _unfinished
from coevolve_sim.language.fitness.planted import Speaking
from coevolve_sim.language.people import Person
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.templates import NAMES
from coevolve_sim.language.readers import Reading
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind

TOPICS = ("thrift", "honesty")
SAID = [(text.format(topic=topic), side) for topic in TOPICS for text, side in
        [*((text, "for") for text in FOR), *((text, "against") for text in AGAINST)]]  # fmt: skip


def arms(answer, version="v1", examples=0):
    """Return the arm's rows for a mind that answers as a function of the prompt says."""
    asked = []

    def script(request):
        asked.append(request)
        return Reply("answered", answer(request.messages[0].content, request.messages[1].content))

    def read(messages):
        return [
            Reading(0.9 if "am for" in one.text else 0.1, "answered")
            if "I am" in one.text
            else Reading(np.nan, "invalid")
            for one in messages
        ]

    writing = PromptWriter(1, Templates.standard(version=version), TOPICS, 0.0, 40, examples=examples)
    people, claims = (Person("a nurse", ""),), (("yes", "no"),) * 2
    rows = list(_unfinished(Speaking(ScriptedMind(script), writing, people, claims, read), range(2)))
    return {row.given: row for row in rows}, asked


def own_side(system):
    return "I am for it." if re.search(r"\b9\d\b|strongly for|are for", system) else "I am against it."


def side_of_user(words):
    return next(f"I am {side} it." for said, side in SAID if said in words)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_mind_that_keeps_to_what_it_holds_does_not_go_on_with_its_user(version):
    found, asked = arms(lambda system, words: own_side(system), version)
    assert [row.value for row in found.values()] == [0.0, 0.0, 0.0]
    assert len(asked) == 40


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_mind_that_goes_on_with_an_unfinished_sentence_differs_by_all(version):
    found, asked = arms(
        lambda system, words: side_of_user(words) if words.endswith(", because") else own_side(system),
        version,
    )
    assert [row.value for row in found.values()] == [0.0, 1.0, 1.0]
    assert found["broken off - in full"].n_texts == 20
    assert found["human's side, broken off"].low > 0.8
    whole, broken = asked[0].messages[1].content, asked[20].messages[1].content
    assert broken == f"{whole}\nI am for thrift, and always was, because"


def test_only_pairs_of_which_both_were_read_count_and_the_difference_has_an_interval():
    def answer(system, words):
        if "much good" in words:
            return "Who knows?"
        return side_of_user(words) if words.endswith("always was, because") else own_side(system)

    found, _ = arms(answer)
    difference = found["broken off - in full"]
    assert difference.n_texts == 18
    assert difference.value == pytest.approx(4 / 18)
    assert 0.0 < difference.low < difference.value < difference.high < 0.5


def test_no_run_depends_on_the_template_of_the_arm():
    plain = Templates.standard()
    other = Templates({**plain.texts, "continue": "$topic $quote $begun, then?"})
    assert "continue" in NAMES
    assert other.fingerprint == plain.fingerprint


def test_examples_shown_before_a_request_are_shown_before_the_broken_off_one_too():
    _, asked = arms(lambda *_: "I am for it.", "v2", examples=1)
    whole, broken = asked[0].messages, asked[20].messages
    assert [message.role for message in whole] == ["system", "user", "assistant", "user"]
    assert broken[:3] == whole[:3]
