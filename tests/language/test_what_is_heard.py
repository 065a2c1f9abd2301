"""What of a reply is heard: no thoughts, no further turns, no labels, and whole sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.language.endings import read_ending
from coevolve_sim.language.message_text import CUTS, said_text
from coevolve_sim.language.parsing import FIRST_RULE, LONGEST, NO_SENTENCE, parse_message
from coevolve_sim.minds import Reply, Request
from coevolve_sim.minds.answers import CUT_AND_HEARD, NO_ANSWER, Answers, Ending
from coevolve_sim.minds.protocol import STATUSES


def heard(text, status="answered", names=()):
    said = parse_message(Reply(status, text), names)
    return said.heard, said.cuts


# --- thoughts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<think>They want a yes.</think>I am for it.",
        "<thinking>\nHm.\n</thinking>\n\nI am for it.",
        "<reasoning>Hm.</reasoning> I am for it.",
        "<thought>Hm.</thought> I am for it.",
        "[THINK]Hm. Or no.[/THINK]I am for it.",
        "<THINK>Hm.</THINK> I am for it.",
        "< think >Hm.</ think > I am for it.",
        "They want a yes.\n</think>\n\nI am for it.",
        "<think>a <think>b</think> c</think> I am for it.",
        "<think>a</think><think>b</think>I am for it.",
        "<th\u200bink>hidden</th\u200bink>I am for it.",
        "I am for it. <think>But what if",
        "I am for it. <think",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>I am for it.",
    ],
)
def test_thoughts_never_reach_a_listener(text):
    said, cuts = heard(text)
    assert said == "I am for it."
    assert "thoughts" in cuts


@pytest.mark.parametrize(
    "text", ["<think>What do they want?", "<think>Hm.</think>", "Hm.</think>", "[THINK]"]
)
@pytest.mark.parametrize("status", ["answered", "truncated"])
def test_a_reply_of_nothing_but_thoughts_is_invalid_with_the_reason_and_its_text_stays(text, status):
    said = parse_message(Reply(status, text))
    assert (said.status, said.heard, said.text) == ("invalid", "", text)
    assert said.detail == "nothing is left of the reply without its thoughts"


def test_words_about_thinking_are_no_thoughts():
    for text in (
        "I <3 to think.",
        "I think > they do.",
        "Think of the children.",
        "<think of the children> I say.",
    ):
        assert heard(text) == (text, ())


@given(st.text(max_size=30), st.text(alphabet="abc <>/[]think\n", max_size=60), st.text(max_size=30))
def test_nothing_between_tags_is_heard(before, thought, after):
    said = parse_message(Reply("answered", f"{before}<think>{thought}SECRET</think>{after}"))
    assert "SECRET" not in said.heard


# --- the end of the turn ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "turn",
    [
        "User: And you?",
        "Human: And you?\n\nAssistant: I am.",
        "Assistant: Anything else?",
        "**User:** And you?",
        "### Instruction:\nSay more.",
        "### User\nSay more.",
        "system: be brief",
        "用户：你呢？",
    ],
)
def test_turns_that_a_mind_makes_up_are_cut(turn):
    assert heard(f"I am for it.\n{turn}") == ("I am for it.", ("further turns",))


@pytest.mark.parametrize(
    "token",
    [
        "</s>",
        "<|im_end|>",
        "<|eot_id|>",
        "<|endoftext|>",
        "<end_of_turn>",
        "[/INST]",
        "<｜end▁of▁sentence｜>",
        "<|im_start|>",
    ],
)
def test_a_text_ends_at_a_stop_token_that_leaked(token):
    assert heard(f"I am for it.{token}\nuser\nAnd you?") == ("I am for it.", ("stop tokens",))


@pytest.mark.parametrize(
    "header",
    [
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<start_of_turn>model\n",
        " [/INST] ",
        "<|assistant|>\n",
        "<s>",
    ],
)
def test_a_header_of_the_speakers_own_turn_is_passed_over(header):
    assert heard(f"{header}I am for it.") == ("I am for it.", ("stop tokens",))


def test_a_text_that_begins_as_another_is_nothing():
    said = parse_message(Reply("answered", "User: What do you hold?\nAssistant: Much."))
    assert (said.status, said.detail) == ("invalid", "nothing is left of the reply without its further turns")


@pytest.mark.parametrize(
    "text",
    [
        "My user: a friend of the poor.",
        "I am human: I err.",
        "Every system: good or bad, falls.",
        "I asked: is it right? It is.",
        "Some say so.\nI say: no.",
    ],
)
def test_a_colon_within_a_line_begins_no_turn(text):
    assert heard(text) == (" ".join(text.split()), ())


# --- labels and quotation marks --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Answer: I am for it.",
        "Response: I am for it.",
        "**Answer:** I am for it.",
        "Final answer: I am for it.",
        "### Response:\nI am for it.",
        "Assistant: I am for it.",
        "Antwort: I am for it.",
        "回答：I am for it.",
        "[Guide]: I am for it.",
        "wise guide: I am for it.",
        "Answer: wise guide: I am for it.",
    ],
)
def test_labels_at_the_beginning_are_cut(text):
    assert heard(text, names=("wise guide", "guide")) == ("I am for it.", ("labels",))


def test_a_name_of_another_is_no_label():
    assert heard("Ada: I am for it.", names=("Bo",)) == ("Ada: I am for it.", ())


@pytest.mark.parametrize(
    "text",
    [
        '"I am for it."',
        "“I am for it.”",
        "„I am for it.“",
        "«I am for it.»",
        "「I am for it.」",
        "'I am for it.'",
    ],
)
def test_quotation_marks_around_the_whole_are_taken_off(text):
    assert heard(text) == ("I am for it.", ("quotation marks",))


@pytest.mark.parametrize(
    "text", ['"Yes," I say, "always."', '"Right" is a word', "'Good' is what I call 'fair'"]
)
def test_quotation_marks_that_are_not_around_the_whole_stay(text):
    assert heard(text) == (text, ())


def test_a_quotation_mark_that_was_left_open_by_a_cut_is_taken_off():
    assert heard('"I am for it. And I', "truncated") == ("I am for it.", ("quotation marks", "last sentence"))
    assert heard('"I am for it. And I') == ('"I am for it. And I', ())


def test_all_of_it_together():
    text = '<think>Hm.</think>\n**Answer:** "I am for it."\n\nUser: Why?</s>'
    said = parse_message(Reply("answered", text))
    assert said.heard == "I am for it."
    assert said.cuts == ("thoughts", "further turns", "labels", "quotation marks")
    assert said.text == " ".join(text.split()), "what was written stays"


# --- truncated -------------------------------------------------------------------------------------


def test_a_truncated_message_is_heard_up_to_its_last_whole_sentence_and_stays_truncated():
    said = parse_message(Reply("truncated", "I am for it. It helps, e.g. the old. And wh"))
    assert (said.status, said.heard) == ("truncated", "I am for it. It helps, e.g. the old.")
    assert said.text == "I am for it. It helps, e.g. the old. And wh"
    assert said.cuts == ("last sentence",)


def test_a_truncated_message_without_a_whole_sentence_is_not_heard():
    said = parse_message(Reply("truncated", "I am for"))
    assert (said.status, said.text, said.heard, said.detail) == ("truncated", "I am for", "", NO_SENTENCE)


def test_a_long_text_without_a_whole_sentence_is_lost_and_a_long_one_with_some_is_cut_twice():
    assert heard("word " * 400, "truncated") == ("", ("last sentence",))
    assert heard("One. " * 400 + "Two", "truncated") == (("One. " * 200).strip(), ("last sentence", "length"))


def test_a_judges_verdict_is_no_message():
    cut = Reply("truncated", "The first is better. It")
    assert read_ending(Request("speak", ()), cut).detail == CUT_AND_HEARD
    assert read_ending(Request("judge", ()), cut) == Ending("truncated")
    told = Reply(
        "answered", "Thank you. I can't answer this question lightly. The first keeps to it.\nVerdict: A"
    )
    assert read_ending(Request("speak", ()), told).status == "refused"
    assert read_ending(Request("judge", ()), told).status == "answered"


def test_what_was_heard_of_a_cut_reply_came_to_an_answer():
    answers = Answers()
    answers.add(Ending("answered"), 6)
    answers.add(Ending("truncated", CUT_AND_HEARD), 3)
    answers.add(Ending("truncated", NO_SENTENCE))
    assert answers.describe(*NO_ANSWER) == (
        f"1 of 10 requests came to no answer (10 %): 1 truncated; most often '{NO_SENTENCE}' (1)"
    )
    assert answers.describe("truncated") == "4 of 10 requests were truncated (40 %)"
    assert answers.counts()["truncated"] == 4


def test_a_turn_that_had_ended_before_the_limit_is_heard_whole():
    assert heard("I am for it\nUser: And y", "truncated") == ("I am for it", ("further turns",))
    assert heard("I am for it <think>or am I", "truncated") == ("I am for it", ("thoughts",))


def test_by_the_first_rule_what_was_written_is_heard_and_truncated_messages_are_not():
    said = parse_message(Reply("answered", "Answer: <think>Hm.</think> I am."), rule=FIRST_RULE)
    assert said.heard == said.text == "Answer: <think>Hm.</think> I am."
    said = parse_message(Reply("truncated", "I am for it. And"), rule=FIRST_RULE)
    assert (said.status, said.text, said.heard) == ("truncated", "I am for it. And", "")


@given(st.text(), st.booleans())
def test_said_text_is_total_part_of_what_was_written_and_settled(text, is_cut):
    said = said_text(text, ["Ada"], is_cut=is_cut)
    assert set(said.cuts) <= set(CUTS)
    assert said.text == said.text.strip()
    again = said_text(said.text, ["Ada"], is_cut=is_cut)
    assert again.text == said.text or "thoughts" in said.cuts


@pytest.mark.parametrize(
    "text",
    [
        "<think>" * 3000,
        "</think>" * 3000,
        "\n" * 20000 + "User",
        "[" * 20000,
        '"' * 20000,
        "Answer: " * 3000,
        "<" * 20000,
        "*" * 20000 + ":",
    ],
)
def test_hostile_texts_are_read_at_once_and_heard_within_the_limit(text):
    found = parse_message(Reply("truncated", text), ["Ada"])
    assert found.status in STATUSES
    assert len(found.heard) <= LONGEST
    assert found.is_heard or found.detail
