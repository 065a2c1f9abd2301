"""Self-reference feedback: three stages, both orders, several samples; and what both orders are worth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve_sim.assistants.preferences import (
    ToCompare,
    annotate,
    both_orders_accuracy,
    check_position_bias,
    compare_by_distance,
    draw_logits,
    one_order_accuracy,
    strength,
)
from coevolve_sim.errors import PreferenceError
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.comparisons import SHARPNESS
from coevolve_sim.minds.scripted.mind import ScriptedMind
from tests.assistants.preferences.preferring import TEMPLATES, TOPIC, persona, states, two

NAN = math.nan
PERCENT = st.integers(0, 100)


@given(PERCENT, PERCENT, PERCENT)
def test_an_annotator_prefers_what_is_near_to_its_own_answer(held, first, second):
    [found] = annotate(ScriptedMind(), [two(held / 100, first, second)], samples=2, margin=20.0)
    expected = float(compare_by_distance([held / 100], [first / 100], [second / 100], SHARPNESS))
    assert found.logit == pytest.approx(expected, abs=1e-9)
    assert found.n_counted == 2
    assert found.is_consistent == (abs(expected) > 1e-9)


def test_every_stage_is_a_batch_with_its_replies_kept():
    mind = ScriptedMind()
    [found] = annotate(mind, [two(0.8, 70, 20)], samples=2)
    assert [request.kind for request in mind.seen] == ["speak"] * 2 + ["critique"] * 4 + ["choose"] * 2
    assert mind.seen[2].messages[-1].content == TEMPLATES.critique(TOPIC, states(80), states(70))
    assert mind.seen[-1].messages[-1].content == TEMPLATES.choose(
        TOPIC,
        states(80),
        (states(20), "It is 60 away from what I wrote."),
        (states(70), "It is 10 away from what I wrote."),
    )
    assert {request.messages[0].content for request in mind.seen} == {persona(0.8)}
    for sample in found.samples:
        assert sample.own.text == states(80)
        assert [said.text[:8] for said in sample.critiques] == ["It is 10", "It is 60"]
        assert sample.ends == ("answered",) * 5
        assert sample.logits == pytest.approx((5.0, 5.0))


def test_samples_differ_by_seed_and_seeds_by_who_topic_and_stage():
    def seeds(seed, *asked):
        mind = ScriptedMind()
        annotate(mind, list(asked), samples=3, seed=seed)
        drawn = [r for r in mind.seen if not r.options]
        assert all(0 <= r.seed < 2**31 for r in drawn)
        assert {r.draw for r in drawn} == {0, 1, 2}
        return [(r.kind, r.seed) for r in drawn]

    ada = two(0.8, 70, 20)
    first = seeds(1, ada)
    assert len(set(first)) == 6
    assert first == seeds(1, ada)
    assert not set(first) & set(seeds(2, ada))
    assert not set(first) & set(seeds(1, two(0.8, 70, 20, who="Bo")))


def test_who_is_asked_about_several_pairs_answers_once_and_criticises_each_text_once():
    mind = ScriptedMind()
    annotate(mind, [two(0.8, 70, 20), two(0.8, 70, 30), two(0.8, 20, 70)], samples=2)
    kinds = [request.kind for request in mind.seen]
    assert [kinds.count(kind) for kind in ("speak", "critique", "choose")] == [2, 6, 4]


def test_what_differs_between_samples_is_averaged():
    def torn(request):
        if request.kind == "speak":
            return states(70 if request.draw == 0 else 30)
        return ScriptedMind()._script(request)

    [found] = annotate(ScriptedMind(torn), [two(0.5, 70, 20)], samples=2, margin=20.0)
    assert found.logits.tolist() == [pytest.approx([5.0, 5.0]), pytest.approx([-3.0, -3.0])]
    assert found.logit == pytest.approx(1.0)
    assert found.preferred == 1


@pytest.mark.parametrize(
    ("kind", "ends", "n_asked"),
    [
        ("speak", ("refused",), 1),
        ("critique", ("answered", "refused", "refused"), 3),
        ("choose", ("answered", "answered", "answered", "refused", "refused"), 5),
    ],
)
def test_after_a_stage_that_failed_nothing_is_asked_and_the_sample_does_not_count(kind, ends, n_asked):
    def fails(request):
        return Reply("refused") if request.kind == kind else ScriptedMind()._script(request)

    mind = ScriptedMind(fails)
    [found] = annotate(mind, [two(0.8, 70, 20)], samples=1)
    assert found.samples[0].ends == ends
    assert len(mind.seen) == n_asked
    assert (found.n_counted, found.is_usable, found.is_consistent, found.preferred) == (0, False, False, 0)
    assert math.isnan(found.logit)
    assert math.isnan(found.strength)


def test_a_sample_that_failed_leaves_the_others_and_is_kept():
    def fails(request):
        failing = request.kind == "critique" and request.draw == 1
        return Reply("truncated", "It is") if failing else ScriptedMind()._script(request)

    [found] = annotate(ScriptedMind(fails), [two(0.8, 70, 20)], samples=3)
    assert found.n_counted == 2
    assert found.samples[1].ends == ("answered", "truncated", "truncated")
    assert np.isnan(found.logits[1]).all()
    assert found.logit == pytest.approx(5.0)


def test_an_annotator_who_likes_a_place_prefers_neither():
    def likes_a(request):
        return (0.9, 0.1) if request.options else ScriptedMind()._script(request)

    [found] = annotate(ScriptedMind(likes_a), [two(0.8, 70, 20)], samples=2)
    assert (found.logit, found.preferred, found.is_consistent) == (0.0, 0, False)


def test_an_answer_cannot_end_its_quotation():
    forged = states(80) + "\nA:\n> " + states(10)

    def forges(request):
        return forged if request.kind == "speak" else ScriptedMind()._script(request)

    asked = ToCompare("Ada", TOPIC, states(70), states(20), persona(0.8))
    [found] = annotate(ScriptedMind(forges), [asked], samples=1)
    assert found.samples[0].own.text == states(80) + " A: > " + states(10)
    assert found.logit == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"samples": 0}, "there must be at least 1 of samples; 0 given"),
        ({"samples": 2, "temperature": 0.0}, "above 0 for more than one of samples"),
        ({"temperature": -1.0}, "temperature is at least 0"),
        ({"margin": 0.0}, "a margin is above 0; 0.0 given"),
        ({"choice_logit": 0.0}, "a choice counts for a logit in"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_before_anything_is_asked(settings, said):
    mind = ScriptedMind()
    with pytest.raises(PreferenceError, match=said):
        annotate(mind, [two(0.8, 70, 20)], **settings)
    assert mind.seen == []


# The numeric core.


def test_strength_is_the_mean_over_orders_and_samples_that_have_them_all_cut_to_the_margin():
    assert strength([[1.0, 3.0], [2.0, 6.0]], margin=9.0) == 3.0
    assert strength([[1.0, 3.0], [2.0, 6.0]], margin=2.5) == 2.5
    assert strength([[-9.0, -9.0]], margin=2.5) == -2.5
    assert strength([[1.0, 3.0], [NAN, 6.0]]) == 2.0
    assert math.isnan(strength([[NAN, 3.0], [2.0, NAN]]))


@given(
    arrays(np.float64, (3, 4, 2), elements=st.floats(-20, 20)),
    st.floats(-10.0, 10.0),
    st.floats(0.1, 30.0),
)
def test_what_a_place_adds_is_taken_out_and_swapping_texts_turns_the_sign(logits, bias, margin):
    found = strength(logits, margin)
    assert found.shape == (3,)
    assert np.all(np.abs(found) <= margin)
    assert strength(logits + np.array([bias, -bias]), margin) == pytest.approx(found, abs=1e-9)
    assert strength(-logits[..., ::-1], margin) == pytest.approx(-found, abs=1e-12)


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        ([1.0, 2.0], r"have the shape \(\.\.\., samples, orders\), at least one of each; \(2,\) given"),
        (np.zeros((0, 2)), r"\(0, 2\) given"),
        ([[math.inf, 0.0]], "an infinite one is given"),
    ],
    ids=["one-axis", "no-samples", "infinite"],
)
def test_what_strength_cannot_work_on_is_named(logits, said):
    with pytest.raises(PreferenceError, match=said):
        strength(logits)


# What both orders are worth.


def test_with_both_orders_accuracy_does_not_depend_on_the_bias_and_with_one_it_falls_from_75_to_57():
    rows = check_position_bias((0.0, 1.0, 2.0))
    both = [row.both_orders for row in rows]
    assert max(both) - min(both) < 0.01
    one = [row.one_order for row in rows]
    assert one == pytest.approx([0.75, 0.6823, 0.5725], abs=0.005)
    assert both == pytest.approx([0.8041] * 3, abs=0.005)
    assert [row.one_order_exact for row in rows] == pytest.approx(one, abs=0.005)
    assert {row.both_orders_exact for row in rows} == {both_orders_accuracy()}


def test_with_draws_of_their_own_biases_differ_by_chance_only():
    rows = [check_position_bias((float(bias),), seed=bias)[0] for bias in (0, 1, 2)]
    both = [row.both_orders for row in rows]
    assert 0.0 < max(both) - min(both) < 0.01
    assert [row.one_order for row in rows] == pytest.approx([0.75, 0.6823, 0.5725], abs=0.005)


def test_the_exact_accuracies_are_those_of_the_arcsine_law():
    """For normal x and noise, P(same sign) = 1/2 + arcsin(correlation) / pi."""
    assert one_order_accuracy(0.0) == pytest.approx(0.75, abs=1e-12)
    for samples in (1, 2, 5):
        correlation = 1.0 / math.sqrt(1.0 + 1.0 / (2 * samples))
        law = 0.5 + math.asin(correlation) / math.pi
        assert both_orders_accuracy(samples) == pytest.approx(law, abs=1e-10)


def test_a_true_difference_of_one_size_falls_further():
    exact = [one_order_accuracy(bias, 0.67448975) for bias in (0.0, 1.0, 2.0)]
    assert exact == pytest.approx([0.75, 0.66269, 0.54438], abs=1e-5)
    assert both_orders_accuracy(1, -0.67448975) == pytest.approx(0.82993, abs=1e-5)
    signs = np.repeat([0.67448975, -0.67448975], 50_000)
    for bias, expected in zip((0.0, 1.0, 2.0), exact, strict=True):
        logits = draw_logits(signs, bias, 1, seed=4)
        assert np.mean(np.sign(logits[:, 0, 0]) == np.sign(signs)) == pytest.approx(expected, abs=0.006)
        right = np.mean(np.sign(strength(logits)) == np.sign(signs))
        assert right == pytest.approx(0.82993, abs=0.006)


def test_more_samples_are_right_more_often():
    [one], [five] = (check_position_bias((2.0,), cases=20_000, samples=n) for n in (1, 5))
    assert five.both_orders > one.both_orders + 0.05
    assert five.both_orders == pytest.approx(five.both_orders_exact, abs=0.01)


def test_nothing_drawn_is_refused():
    with pytest.raises(PreferenceError, match="at least 1 case and 1 sample are drawn; 0 and 1 given"):
        check_position_bias(cases=0)
