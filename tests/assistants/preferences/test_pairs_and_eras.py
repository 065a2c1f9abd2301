"""Pairs to learn from, of whatever prefers, and votes of eras carried on."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.assistants.preferences import (
    Comparison,
    PreferencePair,
    ToJudge,
    annotate,
    build_pairs,
    compare,
    extrapolate_preferences,
    judge,
)
from coevolve_sim.errors import PolicyError, PreferenceError
from coevolve_sim.minds import Message
from coevolve_sim.minds.scripted.mind import ScriptedMind
from tests.assistants.preferences.preferring import TEMPLATES, TOPIC, states, two

BOTH = ("answered", "answered")


def prompt_of(topic):
    return [Message("user", TEMPLATES.speak(topic))]


PROMPT = tuple(prompt_of(TOPIC))


def of(logit, first="One.", second="Two."):
    status = ("refused", "refused") if math.isnan(logit) else BOTH
    return Comparison("Ada", TOPIC, first, second, (logit, logit), status)


def test_a_pair_is_the_prompt_what_is_preferred_and_what_is_not():
    assert build_pairs([of(-2.0), of(0.5)], prompt_of) == [
        PreferencePair(PROMPT, "Two.", "One."),
        PreferencePair(PROMPT, "One.", "Two."),
    ]
    assert [pair.weight for pair in build_pairs([of(-2.0), of(0.5)], prompt_of, weighted=True)] == [2.0, 0.5]


def test_where_nothing_is_preferred_there_is_no_pair():
    assert build_pairs([of(0.0), of(math.nan), of(1e-12)], prompt_of, weighted=True) == []


def test_where_orders_disagree_a_pair_is_made_unless_told_not_to():
    torn = Comparison("Ada", TOPIC, "One.", "Two.", (3.0, -1.0), BOTH)
    assert len(build_pairs([torn, of(1.0)], prompt_of)) == 2
    assert len(build_pairs([torn, of(1.0)], prompt_of, only_consistent=True)) == 1


def test_whatever_prefers_makes_the_same_pair():
    asked = two(0.8, 20, 70)
    of_all = [
        *compare(ScriptedMind(), [asked]),
        *annotate(ScriptedMind(), [asked], samples=2),
        *judge(ScriptedMind(), [ToJudge(TOPIC, states(20), states(70))], "Nearer to 80 is better."),
        *extrapolate_preferences([compare(ScriptedMind(), [asked])], 1, 1),
    ]
    plain = build_pairs(of_all, prompt_of, only_consistent=True)
    assert plain == [PreferencePair(PROMPT, states(70), states(20))] * 4
    weights = [pair.weight for pair in build_pairs(of_all, prompt_of, weighted=True)]
    assert weights == pytest.approx([5.0, 5.0, 1.0, 1.0])


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf])
def test_a_weight_is_above_0_and_finite(weight):
    with pytest.raises(PreferenceError, match=r"^the weight of a pair is above 0 and finite; "):
        PreferencePair(PROMPT, "One.", "Two.", weight)


# Eras.


@pytest.mark.parametrize(
    ("order", "horizon", "signs", "weight"),
    [
        (0, 1, "-+", 1.0),
        (0, 3, "+-", -1.0),
        (1, 1, "-+", 3.0),
        (1, 1, "++", 1.0),
        (1, 1, "+-", -3.0),
        (1, 2, "-+", 5.0),
        (1, 3, "-+", 5.0),
        (2, 1, "+-+", 5.0),
        (2, 1, "-++", -1.0),
        (2, 1, "--+", 5.0),
        (2, 2, "+-+", 5.0),
        (2, 2, "-++", -5.0),
        (2, 2, "--+", 5.0),
        (2, 1, "+", 1.0),
        (2, 1, "-+", 3.0),
    ],
)
def test_votes_are_carried_on_as_the_design_says(order, horizon, signs, weight):
    eras = [[of(0.7 if sign == "+" else -1.9)] for sign in signs]
    [found] = extrapolate_preferences(eras, order, horizon)
    assert found.votes == tuple(1.0 if sign == "+" else -1.0 for sign in signs)
    assert found.weight == weight
    [pair] = build_pairs([found], prompt_of, weighted=True)
    assert (pair.chosen, pair.weight) == ("One." if weight > 0 else "Two.", abs(weight))


@given(st.lists(st.sampled_from([-1.0, 1.0]), min_size=1, max_size=6), st.integers(0, 3), st.integers(0, 4))
def test_weights_are_whole_odd_numbers_up_to_5_and_turn_with_the_votes(votes, order, horizon):
    [there] = extrapolate_preferences([[of(vote)] for vote in votes], order, horizon)
    [back] = extrapolate_preferences([[of(-vote)] for vote in votes], order, horizon)
    assert there.weight == -back.weight
    assert there.weight in {-5.0, -3.0, -1.0, 1.0, 3.0, 5.0}
    assert there.preferred == math.copysign(1, there.weight)


def test_a_pair_that_an_era_was_not_asked_or_did_not_answer_is_there_and_makes_no_pair():
    eras = [[of(1.0), of(1.0, "Three.", "Four.")], [of(-1.0), of(math.nan, "Three.", "Four.")]]
    eras[1].append(of(2.0, "Five.", "Six."))
    kept, unanswered, unasked = extrapolate_preferences(eras, 1, 1)
    assert kept.weight == -3.0
    for one in (unanswered, unasked):
        assert math.isnan(one.weight)
        assert one.preferred == 0
    assert repr(unanswered.votes) == "(1.0, nan)"
    assert repr(unasked.votes) == "(nan, 1.0)"
    assert len(build_pairs([kept, unanswered, unasked], prompt_of, weighted=True)) == 1


def test_several_people_of_an_era_vote_by_majority():
    eras = [[of(0.1), of(0.2), of(-9.0)], [of(-1.0), of(1.0), of(math.nan)]]
    [found] = extrapolate_preferences(eras, 0, 1)
    assert found.votes == (1.0, 0.0)
    assert (found.weight, found.preferred) == (0.0, 0)
    assert extrapolate_preferences(eras[:1], 0, 1)[0].preferred == 1


def test_one_inconsistent_comparison_makes_the_pair_so():
    torn = Comparison("Ada", TOPIC, "One.", "Two.", (3.0, -1.0), BOTH)
    assert not extrapolate_preferences([[of(1.0)], [torn]], 1, 1)[0].is_consistent
    assert extrapolate_preferences([[of(1.0)], [of(1.0)]], 1, 1)[0].is_consistent


def test_without_an_era_or_with_a_negative_order_nothing_is_carried_on():
    with pytest.raises(PreferenceError, match="preferences of at least 1 era are needed"):
        extrapolate_preferences([], 1, 1)
    with pytest.raises(PolicyError, match="order and horizon of at least 0"):
        extrapolate_preferences([[of(1.0)]], -1, 1)
    assert extrapolate_preferences([[], []], 1, 1) == []
