"""Replies are read strictly: an answer or a status, whatever a mind wrote."""

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.language.parsing import FIRST_RULE, LONGEST, RULES, option_masses, parse_message
from coevolve_sim.language.refusals import is_refusal
from coevolve_sim.minds import STATUSES, Reply

INF = math.inf


def test_log_probabilities_are_normalised_over_the_options_and_their_mass_is_noted():
    choice = option_masses(Reply("answered", "A", logprobs=(math.log(0.3), math.log(0.1))), "AB")
    assert choice.masses == pytest.approx((0.75, 0.25))
    assert choice.mass_on_options == pytest.approx(0.4)


def test_an_option_that_the_mind_did_not_name_has_no_mass():
    assert option_masses(Reply("answered", "A", logprobs=(-1.0, -INF)), "AB").masses == (1.0, 0.0)


@pytest.mark.parametrize(
    "logprobs",
    [
        (-INF, -INF),
        (-0.1,),
        (-0.1, -0.2, -0.3),
        (math.nan, -1.0),
        (0.5, -1.0),
        (-2000.0, -2000.0),
        (0.0, 0.0),
    ],
)
def test_log_probabilities_that_cannot_be_are_invalid(logprobs):
    assert option_masses(Reply("answered", "A", logprobs=logprobs), "AB").status == "invalid"


@pytest.mark.parametrize(("text", "masses"), [("A", (1.0, 0.0)), (" B\n", (0.0, 1.0))])
def test_a_constrained_choice_is_one_letter(text, masses):
    choice = option_masses(Reply("answered", text), "AB")
    assert choice.masses == masses
    assert math.isnan(choice.mass_on_options)


@pytest.mark.parametrize("text", ["", "a", "C", "A.", "A: agree", "AB", "The answer is A", "Option B"])
def test_what_is_more_or_other_than_a_letter_is_invalid(text):
    assert option_masses(Reply("answered", text), "AB").status == "invalid"


def test_a_refusal_in_place_of_a_letter_is_refused():
    assert (
        option_masses(Reply("answered", "As an AI, I don't have personal views."), "AB").status == "refused"
    )


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "answered"])
def test_what_was_not_answered_keeps_its_status_even_where_it_holds_an_answer(status):
    assert option_masses(Reply(status, "A", logprobs=(-0.1, -3.0)), "AB").status == status
    assert option_masses(Reply(status, "A", logprobs=(-0.1, -3.0)), "AB").masses == ()
    assert parse_message(Reply(status, "I am for it.")).status == status


def test_of_a_truncated_message_there_is_the_text_and_of_others_none():
    assert parse_message(Reply("truncated", "I am for")).text == "I am for"
    assert parse_message(Reply("given up", "I am for")).text == ""


def test_a_message_becomes_one_clean_line():
    said = parse_message(Reply("answered", "\x00I\u202e am\tfor\r\nit.\x1b[0m \u2028Yes\ud800. "))
    assert said.text == "I am for it.[0m Yes."
    said.text.encode()


def test_a_long_message_is_cut_at_a_word():
    said = parse_message(Reply("answered", "word " * 1000))
    assert len(said.heard) <= LONGEST
    assert set(said.heard.split()) == {"word"}
    assert said.cuts == ("length",)
    assert len(parse_message(Reply("answered", "x" * 5000)).heard) == LONGEST
    assert len(parse_message(Reply("answered", "x" * 5000), rule=FIRST_RULE).text) == LONGEST


def test_a_long_message_that_has_sentences_is_cut_after_the_last_that_fits():
    said = parse_message(Reply("answered", "One. " * 150 + "word " * 200))
    assert said.heard == ("One. " * 150).strip()
    assert said.text == ("One. " * 150 + "word " * 200).strip(), "what was written stands as it was"


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x07", "\u200b"])
def test_nothing_is_invalid(text):
    assert parse_message(Reply("answered", text)).status == "invalid"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that request.",
        "I’m sorry, but I can’t.",
        "Sorry, I cannot assist with that.",
        "I cannot provide opinions on this topic.",
        "I apologize, but I am unable to answer that.",
        "As an AI language model, I don't have personal opinions.",
        "I don't have personal opinions.",
        "I do not have any personal experiences or beliefs.",
        "As an AI, I cannot take sides and I cannot express views.",
    ],
)
def test_refusals_are_known_by_how_they_open(text):
    assert parse_message(Reply("answered", text)).status == "refused"


@pytest.mark.parametrize(
    "text",
    [
        "I cannot agree with killing.",
        "I'm sorry, but I can't support that.",
        "I can't help thinking that promises bind.",
        "I will not give up my freedom.",
        "I cannot share that view, for it is cruel.",
        "As a farmer, I do not hold with lies.",
        "He said: I'm sorry, but I can't help with that.",
        "Unfortunately I cannot accept it.",
        "I don't have personal experience of mines, and I am for closing them.",
    ],
)
def test_a_stance_is_not_taken_for_a_refusal(text):
    assert not is_refusal(text)
    assert parse_message(Reply("answered", text)).status == "answered"


@pytest.mark.long
@given(
    st.sampled_from(STATUSES),
    st.text(),
    st.none() | st.lists(st.floats(), max_size=4).map(tuple),
    st.integers(2, 4),
    st.sampled_from(RULES),
)
def test_reading_is_total_and_masses_sum_to_one(status, text, logprobs, n_options, rule):
    choice = option_masses(Reply(status, text, logprobs=logprobs), "ABCDEFGHIJ"[:n_options])
    assert choice.status in STATUSES
    if choice.status == "answered":
        assert len(choice.masses) == n_options
        assert sum(choice.masses) == pytest.approx(1.0)
    else:
        assert choice.masses == ()
    said = parse_message(Reply(status, text), rule=rule)
    assert said.status in STATUSES
    assert said.status != "answered" or (said.text and said.heard)
    assert not said.heard or said.status in {"answered", "truncated"}
    assert said.heard in said.text
    assert "\n" not in said.text
    assert not set(said.text) & set(string.whitespace.replace(" ", ""))
    assert len(said.heard) <= LONGEST
