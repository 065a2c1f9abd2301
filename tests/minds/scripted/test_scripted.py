"""The scripted mind: conformance, scripts, faults on schedule, and stances said and read exactly."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.language.prompts import LETTERS, Templates
from coevolve_sim.minds import STATUSES, Message, Reply, Request
from coevolve_sim.minds.scripted.behaviour import AGREEMENT
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of

TEMPLATES = Templates.standard()
SPEAK = Request("speak", prompt("Where do you stand?"))
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))
SCALE = list(AGREEMENT)
TOPIC = "telling the truth"


def from_seed(request):
    """Draw from the request's seed alone, as a model would."""
    if request.options:
        return [{"A": 0.6, "B": 0.3, "C": 0.1}[option] for option in request.options]
    return f"I drew {request.seed if request.temperature else 0} and {request.seed % 3}."


class TestScriptedConformance(MindConformance):
    @pytest.fixture
    def mind(self):
        return ScriptedMind(from_seed, voices=("C013",), order_seed=3, late=2)

    @pytest.fixture
    def another(self):
        return ScriptedMind(from_seed, voices=("C013",), order_seed=3, late=2)


def says(request, **options):
    return replies_of(ScriptedMind(**options), [request])[0]


def persona(**stances):
    return TEMPLATES.persona("Ada", [(topic.replace("_", " "), value) for topic, value in stances.items()])


def request_for(system, user, n_options=0):
    messages = (Message("system", system), Message("user", user))
    return Request("any", messages, options=tuple(LETTERS[:n_options]))


def mean_of(reply, places):
    return sum(math.exp(p) * place for p, place in zip(reply.logprobs, places, strict=True))


def test_a_table_answers_the_last_message_and_nothing_else():
    mind = ScriptedMind({"Where do you stand?": "Here."})
    known, unknown = replies_of(mind, [SPEAK, replace(SPEAK, messages=prompt("Why?"))])
    assert (known.status, known.text) == ("answered", "Here.")
    assert (unknown.status, unknown.text) == ("invalid", "")


def test_a_function_gives_a_text_or_probabilities_or_a_reply():
    assert says(SPEAK, script=lambda _request: "Well.").text == "Well."
    assert says(ITEM, script=lambda _request: "B").logprobs == (-math.inf, 0.0)
    assert says(ITEM, script=lambda _request: (0.25, 0.5)).logprobs == (math.log(0.25), math.log(0.5))
    assert says(ITEM, script=lambda _request: Reply("refused", "No.")) == Reply("refused", "No.")
    assert says(ITEM, script=lambda _request: "Perhaps").status == "invalid"


@pytest.mark.parametrize("masses", [(1.0,), (0.5, 1.5), (0.0, 0.0)])
def test_probabilities_that_are_none_are_refused(masses):
    with pytest.raises(MindError, match="must give each a probability"):
        says(ITEM, script=lambda _request: masses)


def test_what_is_longer_than_asked_for_is_truncated():
    reply = says(replace(SPEAK, max_tokens=2), script=lambda _request: "One two three.")
    assert (reply.status, reply.text, reply.tokens_out) == ("truncated", "One two", 2)


def test_faults_come_on_schedule_over_all_batches():
    faults = {"refused": 5, "invalid": 7, "truncated": 11, "given up": 13}
    mind = ScriptedMind(lambda _request: "one two three four", faults=faults)
    statuses = [r.status for size in (1, 500, 499) for r in replies_of(mind, [SPEAK] * size)]
    expected = [next((s for s, n in faults.items() if i % n == 0), "answered") for i in range(1, 1001)]
    assert statuses == expected
    assert set(Counter(statuses)) == set(STATUSES)


def test_a_truncated_fault_keeps_the_first_half():
    reply = says(SPEAK, script=lambda _request: "one two three four", faults={"truncated": 1})
    assert (reply.text, reply.detail) == ("one two", "a fault on schedule")


def test_late_replies_come_last_and_the_order_is_drawn_anew_for_each_batch():
    def orders(**options):
        mind = ScriptedMind({}, **options)
        return [[index for index, _ in mind.ask([SPEAK] * 12)] for _ in range(2)]

    assert orders() == [list(range(12))] * 2
    first, second = orders(order_seed=1)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(12))
    assert orders(order_seed=1) == [first, second] != orders(order_seed=2)
    assert orders(late=4)[0] == [0, 1, 2, 4, 5, 6, 8, 9, 10, 3, 7, 11]


@pytest.mark.parametrize("fault", [{"answered": 2}, {"lost": 2}, {"refused": 0}], ids=str)
def test_a_fault_that_cannot_be_is_refused(fault):
    with pytest.raises(MindError, match="faults are refused, invalid, truncated, given up, every 1 or more"):
        ScriptedMind(faults=fault)


# Stances.


@pytest.mark.parametrize("value", [0.0, 0.07, 0.5, 0.63, 1.0])
def test_a_stance_in_a_persona_is_said_and_read_exactly(value):
    """What is said by one mind and read by another is the whole number that the prompt told."""
    system = persona(telling_the_truth=value, free_speech=0.2)
    said = says(request_for(system, TEMPLATES.speak(TOPIC)))
    assert said.text == f"I stand at {int(100 * value + 0.5)} on telling the truth."
    for options in (SCALE, SCALE[::-1], SCALE[2:] + SCALE[:2]):
        asked = TEMPLATES.read(TOPIC, said.text, f'How far do you agree: "I am for {TOPIC}."?', options)
        read = says(request_for(TEMPLATES.reader(), asked, 5))
        assert mean_of(read, [AGREEMENT[option] for option in options]) == pytest.approx(value, abs=1e-12)


def test_an_item_is_answered_by_the_stance_on_its_topic_in_any_order():
    system = persona(telling_the_truth=0.3, free_speech=0.9)
    for options in (SCALE, SCALE[::-1]):
        asked = TEMPLATES.item("How far do you agree that free speech is good?", options)
        reply = says(request_for(system, asked, 5))
        assert mean_of(reply, [AGREEMENT[option] for option in options]) == pytest.approx(0.9)


def test_a_table_says_what_options_stand_for():
    known = {("Which?", "Lie."): {TOPIC: 0.0}, ("Which?", "Tell it."): {TOPIC: 1.0}}
    asked = TEMPLATES.item("Which?", ["Lie.", "Tell it."])
    reply = says(request_for(persona(telling_the_truth=0.3), asked, 2), known=known)
    assert reply.logprobs == pytest.approx((math.log(0.7), math.log(0.3)))
    assert reply.text == "A"


def test_a_choice_among_topics_goes_by_where_one_stands_on_each():
    known = {
        ("Well,\nwhich?", text): {topic: 1.0}
        for text, topic in (("Truth.", TOPIC), ("Speech.", "free speech"))
    }
    asked = TEMPLATES.item("Well,\nwhich?", ["Truth.", "Speech."])
    reply = says(request_for(persona(telling_the_truth=0.2, free_speech=0.6), asked, 2), known=known)
    assert [math.exp(p) for p in reply.logprobs] == pytest.approx([0.25, 0.75])


def test_answering_an_assistant_s_question_the_quote_does_not_choose_the_topic():
    system = persona(telling_the_truth=0.3, free_speech_for_all_people=0.9)
    asked = TEMPLATES.answer(TOPIC, "I stand at 80 on free speech for all people.")
    assert says(request_for(system, asked)).text == "I stand at 30 on telling the truth."


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (request_for("You are Ada.", "Hello."), "asks for no topic"),
        (request_for(persona(truth=0.5), "A or B?", 2), "shows no options"),
        (request_for(persona(truth=0.5), TEMPLATES.item("So?", ["yes", "no"]), 2), "'yes' stands for"),
        (request_for("You are Ada.", TEMPLATES.item("So?", SCALE), 5), "asks for no topic"),
    ],
    ids=["no-stance", "no-options", "unknown-options", "no-persona"],
)
def test_what_a_prompt_does_not_tell_is_not_made_up(request_, said):
    reply = says(request_)
    assert reply.status == "invalid"
    assert said in reply.detail


def test_what_was_asked_is_kept():
    mind = ScriptedMind({})
    list(mind.ask([SPEAK, ITEM]))
    assert mind.seen == [SPEAK, ITEM]
