"""How requests ended is counted exactly, and limits hold from where they say."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.minds import STATUSES
from coevolve_sim.minds.answers import NO_ANSWER, UNANSWERED, AnswerLimits, Answers, Ending


def ended(**counts):
    return Answers(Counter({Ending(status.replace("_", " "), "why"): n for status, n in counts.items()}))


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(["", "gone", "late"]))))
def test_asked_is_the_sum_of_the_statuses(endings):
    answers = Answers()
    for status, detail in endings:
        answers.add(Ending(status, detail))
    assert answers.asked == len(endings) == sum(answers.counts().values())
    assert list(answers.counts()) == list(STATUSES)
    assert answers.count(*NO_ANSWER) == answers.asked - answers.count("answered")
    reason, times = answers.commonest_reason(*UNANSWERED)
    said = Counter(detail for status, detail in endings if status in UNANSWERED and detail)
    assert times == max(said.values(), default=0)
    assert said[reason] == times


@pytest.mark.parametrize(
    ("in_all", "crossed"),
    [
        ({"answered": 16, "given_up": 4}, False),
        ({"answered": 15, "given_up": 5}, True),
        ({"answered": 15, "given_up": 3, "invalid": 2}, True),
        ({"answered": 14, "given_up": 5}, False),
        ({"answered": 1, "refused": 99}, False),
        ({"truncated": 99}, False),
        ({"given_up": 1}, True),
        ({"invalid": 19}, True),
        ({"refused": 1, "invalid": 18}, False),
        ({}, False),
    ],
)
def test_a_fifth_is_allowed_from_twenty_requests_on_and_nothing_at_all_never(in_all, crossed):
    assert (AnswerLimits().crossed(ended(**in_all)) is not None) == crossed


@pytest.mark.parametrize(
    ("in_round", "crossed"),
    [({"given_up": 5}, True), ({"given_up": 4}, False), ({"given_up": 9, "answered": 1}, False), ({}, False)],
)
def test_a_round_of_five_or_more_must_not_be_silent(in_round, crossed):
    in_all = ended(answered=1000, given_up=9)
    assert (AnswerLimits().crossed(in_all, ended(**in_round)) is not None) == crossed


def test_a_limit_of_one_is_none():
    silent = ended(given_up=50)
    assert AnswerLimits(unanswered=1.0).crossed(silent, silent) is None


def test_refusals_and_truncations_have_limits_of_their_own():
    answers = ended(answered=80, refused=12, truncated=8)
    assert AnswerLimits(refused=0.12, truncated=0.08).crossed(answers) is None
    key, how = AnswerLimits(refused=0.1).crossed(answers)
    assert key == "at_most_refused"
    assert how.startswith("12 of 100 requests came to no answer (12 %): 12 refused; most often 'why' (12), ")
    assert how.endswith("and at_most_refused is 0.1")
    assert AnswerLimits(truncated=0.05).crossed(answers)[0] == "at_most_truncated"


def test_a_reason_of_many_lines_is_one_line_and_not_endless():
    told = Answers(Counter({Ending("invalid", "a\nb " * 400): 1})).describe()
    assert "\n" not in told
    assert len(told) < 300
