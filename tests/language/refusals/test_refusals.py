"""Refusals are told from opinions, and how often not is what the page on language says."""

import pytest

from coevolve_sim.language.refusals import is_refusal
from tests import ROOT
from tests.language.refusals.errors import describe, errors, labelled

PAGE = ROOT / "docs" / "language.md"


def test_the_sets_are_large_balanced_and_share_no_text():
    tuning, held_out = labelled("tuning"), labelled("held_out")
    assert len(tuning) + len(held_out) >= 300
    texts = [text for *_, text in (*tuning, *held_out)]
    for found in (tuning, held_out):
        assert 0.4 < sum(refuses for refuses, *_ in found) / len(found) < 0.6
        assert len({language for _, language, _ in found}) == 11
    shared = {text for *_, text in tuning} & {text for *_, text in held_out}
    assert not shared
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", ["tuning", "held_out"])
def test_the_errors_are_those_that_the_page_states(name):
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert describe(name) in page


def test_the_rules_fit_the_texts_that_they_were_made_from():
    assert errors("tuning") == ([], [])


@pytest.mark.parametrize(
    ("refusal", "opinion"),
    [
        ("I can't help with that request.", "I can't help people who cheat."),
        ("I cannot provide opinions on this topic.", "I cannot provide for idlers."),
        ("I must decline to answer this question.", "I must decline to follow a liar."),
        ("As an AI, I don't have a view.", "As an AI critic, I don't have a good view of robots."),
        ("Thank you. I refuse to answer.", "Thank you. I refuse to answer evil with evil."),
        ("Je ne peux pas répondre à cette question.", "Je ne peux pas répondre à la haine par la haine."),
    ],
)
def test_it_is_the_object_that_makes_a_refusal(refusal, opinion):
    assert is_refusal(refusal)
    assert not is_refusal(opinion)


def test_a_refusal_late_in_a_long_message_is_none():
    opinion = "I am for it. It helps the old. It helps the young. It costs little. "
    assert not is_refusal(opinion + "I can't answer this question.")


def test_what_another_is_told_to_have_said_is_no_refusal_of_the_speaker():
    assert not is_refusal("He said: I can't help with that request. I would have.")
    assert not is_refusal('"I can\'t help with that request," is what cowards say.')
