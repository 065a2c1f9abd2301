"""The last whole sentence of a text that was cut, in several scripts, and what only looks like its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.language.sentences import ABBREVIATIONS, last_whole_sentence


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("I am for it. And I", "I am for it."),
        ("Why? No reason! And so", "Why? No reason!"),
        ("I hold on… But", "I hold on…"),
        ('He said "I will." Then he', 'He said "I will."'),
        ("I do (always.) But then", "I do (always.)"),
        ("**I am for it.** And", "**I am for it.**"),
        ("So do I. But", "So do I."),
        ("It was so in 1999. Since", "It was so in 1999."),
        ("我赞成。因为", "我赞成。"),
        ("反対です！なぜなら", "反対です！"),
        ("قلت الحق؟ ثم", "قلت الحق؟"),
        ("यह सही है। और", "यह सही है।"),
        ("Я за. Потому", "Я за."),
        ("All of it is whole.", "All of it is whole."),
    ],
)
def test_a_text_is_cut_after_its_last_whole_sentence(text, whole):
    assert last_whole_sentence(text) == whole


@pytest.mark.parametrize(
    "text",
    [
        "I am for it",
        "We need help, e.g. from",
        "I met Mr. Hill and",
        "I read J. Hill and",
        "It is so in the U.S. and",
        "1. I am",
        "It rose by 3.5 in",
        "As in No. 5 of",
        "Well... and then",
        "We need bread, milk etc. and",
        "... ?! 12.",
        "",
    ],
)
def test_what_ends_no_sentence_is_no_end(text):
    assert last_whole_sentence(text) == ""


def test_no_abbreviation_ends_a_sentence_whatever_its_letters():
    for word in ABBREVIATIONS:
        assert last_whole_sentence(f"It was {word.title()}. Hill who") == ""


def test_an_end_before_an_abbreviation_stands():
    assert last_whole_sentence("I am for it. I met Dr. Hill and") == "I am for it."


@given(st.text(alphabet="aI1.!?…。 \n\"')*", max_size=60))
def test_it_is_the_beginning_of_the_text_and_cutting_it_again_changes_nothing(text):
    whole = last_whole_sentence(text)
    assert text.startswith(whole)
    assert last_whole_sentence(whole) == whole
