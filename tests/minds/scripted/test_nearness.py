"""What a scripted mind makes of two texts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import MindError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.scripted.comparisons import read_place
from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.testing.minds import replies_of

TEMPLATES = Templates.standard()
TOPIC = "telling the truth"
SYSTEM = TEMPLATES.persona("Ada", [(TOPIC, 0.6), ("free speech", 0.1)])
NEAR, FAR = f"I stand at 50 on {TOPIC}.", f"I am wholly against {TOPIC}."


def says(user, options=(), system=SYSTEM):
    messages = (Message("system", system), Message("user", user))
    return replies_of(ScriptedMind(), [Request("any", messages, options=options)])[0]


def odds(reply):
    return reply.logprobs[0] - reply.logprobs[1]


@given(st.sampled_from(FAMILIES), st.integers(0, LEVELS))
def test_a_degree_is_known_by_its_words(family, level):
    assert read_place(f"I am {family.phrase(level)} {TOPIC}, since it is right.") == level / LEVELS


@pytest.mark.parametrize(
    "text", ["I like it.", "I am rather for it, he is rather against it.", "I stand tall."]
)
def test_a_text_that_says_no_place_or_two_has_none(text):
    with pytest.raises(MindError, match=r"^a text states no number and [02] degrees"):
        read_place(text)


def test_the_nearer_text_is_the_likelier_by_how_much_it_is_nearer():
    there = says(TEMPLATES.compare(TOPIC, NEAR, FAR), ("A", "B"))
    back = says(TEMPLATES.compare(TOPIC, FAR, NEAR), ("A", "B"))
    assert odds(there) == pytest.approx(10.0 * (0.6 - 0.1))
    assert odds(back) == pytest.approx(-odds(there))
    assert math.fsum(math.exp(p) for p in there.logprobs) == pytest.approx(1.0)


def test_choosing_goes_by_what_was_written_and_not_by_the_persona():
    own = f"I stand at 0 on {TOPIC}."
    asked = TEMPLATES.choose(TOPIC, own, (NEAR, "It is 50 away."), (FAR, "It is 0 away."))
    assert odds(says(asked, ("A", "B"))) == pytest.approx(-5.0)


def test_a_critique_says_how_far_it_is_and_an_answer_is_still_an_answer():
    asked = TEMPLATES.critique(TOPIC, NEAR, FAR)
    assert says(asked).text == "It is 50 away from what I wrote."
    assert says(TEMPLATES.answer(TOPIC, FAR)).text == f"I stand at 60 on {TOPIC}."


def test_a_judge_goes_by_the_number_of_its_rubric_and_prefers_a_in_a_tie():
    def verdict(rubric, first, second):
        reply = says(TEMPLATES.judge(rubric, TOPIC, first, second), system=TEMPLATES.judging())
        return reply.text.splitlines()[-1] if reply.status == "answered" else reply.detail

    assert verdict("Nearer to 10.", NEAR, FAR) == "Verdict: B"
    assert verdict("Nearer to 10.", FAR, NEAR) == "Verdict: A"
    assert verdict("Nearer to 10.", NEAR, NEAR) == "Verdict: A"
    for rubric in ("The kinder.", "Nearer to 101."):
        assert "the rubric names no number from 0 to 100" in verdict(rubric, NEAR, FAR)


@pytest.mark.parametrize(
    ("asked", "options", "said"),
    [
        (TEMPLATES.compare(TOPIC, NEAR, "Well."), ("A", "B"), "a text states no number and 0 degrees"),
        (TEMPLATES.compare("saving", NEAR, FAR), ("A", "B"), "asks for no topic on which it tells"),
        (TEMPLATES.critique(TOPIC, "Well.", NEAR), (), "a text states no number and 0 degrees"),
    ],
    ids=["no-place", "no-stance", "no-own-place"],
)
def test_what_a_prompt_does_not_tell_is_not_made_up(asked, options, said):
    reply = says(asked, options)
    assert reply.status == "invalid"
    assert said in reply.detail
