"""Verdicts are read strictly, both orders vote, and a tie is no verdict."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.assistants.preferences import Judgement, ToJudge, judge, summarize_judgements
from coevolve_sim.errors import PreferenceError
from coevolve_sim.language.parsing import verdict_in
from coevolve_sim.minds import STATUSES, Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from tests.assistants.preferences.preferring import TEMPLATES, TOPIC, states

RUBRIC = "Nearer to 80 is better."
CASE = ToJudge(TOPIC, states(70), states(20), truth="first")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("It is nearer.\nVerdict: A", "A"),
        ("It is nearer.\nVerdict: B", "B"),
        ("It is nearer.\nVerdict: B.", "B"),
        ("It is nearer.\r\nVerdict: A. \t\n\n  \n", "A"),
        ("Verdict: A", "A"),
        ("The verdict is clear: the second.\nVerdict: B", "B"),
    ],
)
def test_a_last_line_that_is_a_verdict_is_read(text, verdict):
    assert verdict_in(text) == verdict


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "A",
        "Verdict: a",
        "verdict: A",
        "VERDICT: A",
        "Verdict: C",
        "Verdict: AB",
        "Verdict: A or B",
        "Verdict: A or Verdict: B",
        "Verdict:A",
        "Verdict:  A",
        " Verdict: A",
        "**Verdict: A**",
        "Verdict: A..",
        "Verdict: A!",
        "My verdict: A",
        "It is nearer. Verdict: A",
        "Verdict: A\nbecause it is nearer.",
        "Verdict: A\nVerdict: B",
        "Verdict: B\nVerdict: B",
        "Verdict: A\nNo.\n\nVerdict: A",
        "verdict: b\nVerdict: A",
        "> Verdict: B\nVerdict: A",
        "**Verdict:** B\nVerdict: A",
        "**Verdict**: B\nVerdict: A",
        "Verdict: А",  # a Cyrillic letter
        "Verdict: \u202eA",
    ],
)
def test_anything_else_is_invalid(text):
    assert verdict_in(text) == "invalid"


def test_a_refusal_is_refused():
    assert verdict_in("I'm sorry, but I can't help with that.") == "refused"


@pytest.mark.long
@given(st.text() | st.lists(st.sampled_from(["Verdict: A", "Verdict: B", "verdict:", "so"])).map("\n".join))
def test_reading_a_verdict_is_total_and_a_letter_stands_on_the_last_line(text):
    verdict = verdict_in(text)
    assert verdict in {"A", "B", "invalid", "refused"}
    if verdict in {"A", "B"}:
        assert text.rstrip().removesuffix(".").endswith(f"Verdict: {verdict}")
        assert text.count("Verdict: ") == 1


# Judging.


def test_a_judge_finds_what_the_rubric_prefers_in_both_orders():
    mind = ScriptedMind()
    first, second = judge(mind, [CASE, ToJudge(TOPIC, states(0), states(60), "first")], RUBRIC, votes=2)
    assert first.votes == (("first", "first"), ("first", "first"))
    assert (first.majority, first.is_consistent, first.is_right, first.strength) == ("first", True, True, 1.0)
    assert (second.majority, second.is_right, second.preferred) == ("second", False, -1)
    assert len(mind.seen) == 8
    assert [message.role for message in mind.seen[0].messages] == ["system", "user"]
    assert mind.seen[0].messages[0].content == TEMPLATES.judging()
    assert mind.seen[0].messages[1].content == TEMPLATES.judge(RUBRIC, TOPIC, states(70), states(20))
    assert mind.seen[2].messages[1].content == TEMPLATES.judge(RUBRIC, TOPIC, states(20), states(70))


def test_votes_differ_by_seed_and_draw():
    def asked(**settings):
        mind = ScriptedMind()
        judge(mind, [CASE], RUBRIC, votes=3, **settings)
        return mind.seen

    requests = asked(seed=1, temperature=0.5, max_tokens=9, voice="")
    assert len({request.seed for request in requests}) == 6
    assert [request.draw for request in requests] == [0, 1, 2] * 2
    assert {(r.kind, r.temperature, r.max_tokens, r.options) for r in requests} == {("judge", 0.5, 9, ())}
    assert [r.seed for r in asked(seed=1)] == [r.seed for r in requests]
    assert not {r.seed for r in asked(seed=2)} & {r.seed for r in requests}


def test_a_judge_that_likes_a_place_has_no_majority():
    [found] = judge(ScriptedMind(lambda request: "So.\nVerdict: A"), [CASE], RUBRIC, votes=3)
    assert found.votes == (("first",) * 3, ("second",) * 3)
    assert (found.majority, found.is_consistent, found.is_right, found.preferred) == (None, False, None, 0)
    assert found.is_usable


def test_a_truncated_verdict_is_truncated_even_where_it_reads_well():
    [found] = judge(ScriptedMind(lambda _: Reply("truncated", "Verdict: A")), [CASE], RUBRIC, votes=1)
    assert found.votes == (("truncated",), ("truncated",))
    assert not found.is_usable
    assert math.isnan(found.lead)


def test_failures_are_counted_whatever_order_they_come_in():
    cases = [ToJudge(TOPIC, states(n), states(2 * n), "second") for n in range(1, 41)]
    faults = {"refused": 5, "given up": 7, "truncated": 9}
    plain = judge(ScriptedMind(faults=faults), cases, RUBRIC)
    assert plain == judge(ScriptedMind(faults=faults, order_seed=2, late=3), cases, RUBRIC)
    found = summarize_judgements(plain)
    assert found.counts == {"answered": 146, "refused": 48, "invalid": 0, "truncated": 18, "given up": 28}
    assert sum(found.counts.values()) == 240


def votes(as_a, as_b, truth=None):
    return Judgement(TOPIC, "One.", "Two.", truth, (tuple(as_a), tuple(as_b)))


F, S, NO = "first", "second", "invalid"


@pytest.mark.parametrize(
    ("as_a", "as_b", "majority", "consistent"),
    [
        ([F, F, S], [F, F, F], F, True),
        ([F, F, S], [S, S, F], None, False),
        ([F, F, F], [S, S, F], F, False),
        ([F, S], [F, S], None, False),
        ([F, S], [S, S], S, False),
        ([F, NO, NO], [S, S, S], None, False),
        ([F, NO, NO], [F, S, S], F, False),
        ([F, F, F], [NO, NO, NO], None, False),
        ([F, NO, NO], [F, F, NO], F, True),
    ],
)
def test_orders_count_the_same_however_many_verdicts_they_have(as_a, as_b, majority, consistent):
    found = votes(as_a, as_b)
    assert (found.majority, found.is_consistent) == (majority, consistent)
    assert found.preferred == {F: 1, S: -1, None: 0}[majority]


@given(st.lists(st.sampled_from([F, S, *STATUSES[1:]]), min_size=2, max_size=8))
def test_swapping_the_texts_swaps_the_majority(given_):
    half = len(given_) // 2
    swapped = [{F: S, S: F}.get(vote, vote) for vote in given_]
    there, back = votes(given_[:half], given_[half:]), votes(swapped[:half], swapped[half:])
    assert there.majority == {F: S, S: F, None: None}[back.majority]
    assert there.is_consistent == back.is_consistent


def test_a_summary_takes_accuracy_over_what_was_decided_and_is_known():
    found = summarize_judgements(
        [
            votes([F], [F], F),
            votes([F], [F], S),
            votes([S], [S], S),
            votes([F], [S], F),
            votes([F], [F]),
            votes([NO], [F], F),
        ]
    )
    assert (found.n, found.decided, found.accuracy) == (6, pytest.approx(4 / 6), pytest.approx(2 / 3))
    assert found.consistency == pytest.approx(4 / 5)
    assert found.accuracy_error == pytest.approx(math.sqrt(2 / 9 / 2))
    assert found.counts["invalid"] == 1
    assert math.isnan(summarize_judgements([]).accuracy)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"votes": 0}, "at least 1 of votes; 0 given"),
        ({"votes": 2, "temperature": 0.0}, "above 0 for more than one of votes"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(PreferenceError, match=said):
        judge(ScriptedMind(), [CASE], RUBRIC, **settings)


def test_a_truth_is_one_of_the_texts():
    with pytest.raises(PreferenceError, match="a truth is 'first', 'second' or None; 'A' given"):
        judge(ScriptedMind(), [ToJudge(TOPIC, "One.", "Two.", "A")], RUBRIC)
