"""Stances, two readings, and variance split by topic and framing: planted, and against brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.framings import (
    compare_readings,
    decompose_by_framing,
    mean_interval,
    stance_of,
)

TOPICS = np.repeat(np.arange(6), (6, 6, 6, 4, 4, 4))


def planted(seed, *, topic=0.0, framing=0.0, both=0.0, noise=0.1, framings=4):
    """Stances of 30 statements on six topics with known effects of topic, framing and both."""
    draw = np.random.default_rng(seed)
    level = np.linspace(-1, 1, framings)
    per_topic = np.linspace(-1, 1, 6)
    return (
        topic * per_topic[TOPICS][:, None]
        + framing * level
        + both * np.where(TOPICS == 0, 1.0, -0.25)[:, None] * level
        + draw.normal(0, noise, (30, 1))
        + draw.normal(0, noise, (30, framings))
    )


def by_regression(matrix, topics):
    """Sums of squares as drops of the residual of nested least-squares fits, dummy by dummy."""
    n, k = matrix.shape
    y = matrix.ravel()
    rows, columns = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    topic = topics[rows]

    def dummies(labels):
        return (labels[:, None] == np.unique(labels)).astype(float)

    def residual(*parts):
        design = np.hstack([np.ones((y.size, 1)), *parts])
        fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return ((y - fitted) ** 2).sum()

    by_topic, by_row, by_column = dummies(topic), dummies(rows), dummies(columns)
    both = dummies(topic * k + columns)
    chain = [
        residual(),
        residual(by_topic),
        residual(by_topic, by_row),
        residual(by_topic, by_row, by_column),
        residual(by_topic, by_row, by_column, both),
    ]
    return [*(a - b for a, b in itertools.pairwise(chain)), chain[-1]]


@given(st.lists(st.floats(-30, 30), min_size=3, max_size=3), st.floats(-200, 200))
def test_a_constant_on_all_logits_changes_no_stance(logits, constant):
    one, other = (np.exp(np.array(logits) + c - max(logits)) for c in (0.0, constant / 10))
    assert stance_of(one) == pytest.approx(stance_of(other), abs=1e-12)


def test_a_stance_is_agreeing_less_disagreeing_over_all_three():
    assert stance_of([1, 0, 0]) == 1
    assert stance_of([0, 0, 2]) == -1
    assert stance_of([0, 5, 0]) == 0
    assert math.isnan(stance_of([math.nan, 0.5, 0.5]))
    for wrong in ([1, 0], [-0.1, 0.5, 0.6], [math.inf, 0, 0]):
        with pytest.raises(MeasureError, match="agree, neutral, disagree"):
            stance_of(wrong)


@pytest.mark.parametrize("seed", range(5))
def test_sums_of_squares_are_those_of_nested_regressions(seed):
    matrix = planted(seed, topic=0.3, framing=0.2, both=0.2)
    found = decompose_by_framing(matrix, TOPICS, permutations=100)
    parts = (found.topic, found.statement, found.framing, found.interaction, found.rest)
    assert parts == pytest.approx(by_regression(matrix, TOPICS), abs=1e-9)
    assert sum(parts) == pytest.approx(found.total)
    assert found.total == pytest.approx(((matrix - matrix.mean()) ** 2).sum())


def test_statements_one_a_topic_are_a_plain_two_way_table():
    """Topics of one statement: rows and columns, as Friedman and Tukey have them; nothing is left over."""
    matrix = planted(3)[:8]
    found = decompose_by_framing(matrix, np.arange(8), permutations=100)
    assert found.statement == pytest.approx(0, abs=1e-12)
    assert found.rest == pytest.approx(0, abs=1e-12)
    assert found.topic == pytest.approx(4 * ((matrix.mean(axis=1) - matrix.mean()) ** 2).sum())


@pytest.mark.parametrize(
    ("effects", "seen"),
    [
        ({}, ()),
        ({"framing": 0.3}, ("framing",)),
        ({"topic": 0.5}, ("topic",)),
        ({"both": 0.5}, ("interaction",)),
        ({"topic": 0.5, "framing": 0.3, "both": 0.5}, ("topic", "framing", "interaction")),
    ],
)
def test_what_was_planted_is_found_and_nothing_else(effects, seen):
    found = decompose_by_framing(planted(11, **effects), TOPICS, permutations=1_000)
    for part in ("topic", "framing", "interaction"):
        assert (getattr(found, f"p_{part}") < 0.01) == (part in seen), part


def test_p_values_without_an_effect_are_even():
    """Of 200 worlds without any effect: as many below .05 and .5 as there should be."""
    found = [decompose_by_framing(planted(seed, framings=3), TOPICS, permutations=199) for seed in range(200)]
    for part in ("p_topic", "p_framing", "p_interaction"):
        drawn = [getattr(one, part) for one in found]
        assert stats.kstest(drawn, "uniform").pvalue > 0.001, part
        assert np.mean(np.array(drawn) <= 0.05) < 0.1


def test_the_p_value_of_framings_is_that_of_all_permutations():
    """Brute force over all exchanges within five statements of two framings: 32 of them."""
    matrix = planted(2, framing=0.1, framings=2)[[0, 1, 6, 12, 18]]
    effect = abs((matrix[:, 0] - matrix[:, 1]).sum())
    signs = itertools.product((1, -1), repeat=5)
    differences = matrix[:, 0] - matrix[:, 1]
    exact = np.mean([abs((np.array(sign) * differences).sum()) >= effect - 1e-12 for sign in signs])
    found = decompose_by_framing(matrix, [0, 0, 1, 2, 3], permutations=20_000)
    assert found.p_framing == pytest.approx(exact, abs=0.015)


def test_a_constant_and_a_reflection_change_nothing_and_order_does_not_matter():
    matrix = planted(4, topic=0.2, framing=0.2)
    plain = decompose_by_framing(matrix, TOPICS, permutations=100)
    moved = decompose_by_framing(3 - matrix, TOPICS, permutations=100)
    assert moved[:6] == pytest.approx(plain[:6])
    mixed = np.random.default_rng(1).permutation(30)
    other = decompose_by_framing(matrix[mixed], TOPICS[mixed], permutations=100)
    assert other[:6] == pytest.approx(plain[:6])


def test_statements_that_were_not_answered_in_all_framings_are_left_out_and_counted():
    matrix = planted(7)
    matrix[3, 1] = np.nan
    found = decompose_by_framing(matrix, TOPICS, permutations=100)
    kept = np.arange(30) != 3
    assert (found.left_out, found.statements, found.framings) == (1, 29, 4)
    assert found[:6] == pytest.approx(decompose_by_framing(matrix[kept], TOPICS[kept], permutations=100)[:6])


def test_one_framing_and_other_things_that_cannot_be_split_are_refused():
    for answers, topics, told in (
        (planted(1)[:, :1], TOPICS, "two or more; 1 given: nothing differs"),
        (planted(1), np.zeros(30, dtype=int), "30 of 30 statements .* on 1 topics; 3 or more on 2 topics"),
        (np.full((30, 4), np.nan), TOPICS, "0 of 30 statements were answered in every framing"),
        (planted(1), TOPICS[:5], r"shape \(statements, framings\)"),
        (planted(1), TOPICS.astype(float), "whole number a statement"),
        (np.full((30, 4), np.inf), TOPICS, "infinity given"),
    ):
        with pytest.raises(MeasureError, match=told):
            decompose_by_framing(answers, topics)
    with pytest.raises(MeasureError, match="at least 100 permutations; 3 given"):
        decompose_by_framing(planted(1), TOPICS, permutations=3)


def test_answers_that_are_all_alike_have_no_p():
    found = decompose_by_framing(np.full((30, 4), 0.5), TOPICS, permutations=100)
    assert found.total == 0
    assert math.isnan(found.p_framing)


def test_means_of_planted_cells_are_covered_as_often_as_is_stated():
    draw = np.random.default_rng(8)
    for planted_mean in (-0.4, 0.0, 0.7):
        found = [mean_interval(draw.normal(planted_mean, 0.3, 12)) for _ in range(1_000)]
        covered = np.mean([low <= planted_mean <= high for _, low, high, _ in found])
        assert 0.93 <= covered <= 0.97


def test_an_interval_is_students_and_few_statements_have_none():
    values = np.array([0.1, 0.4, -0.2, 0.3, 0.9, 0.2, 0.0, 0.5, 0.6, -0.1])
    mean, low, high, n = mean_interval([*values, np.nan])
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    assert (low, high, n) == (pytest.approx(expected.low), pytest.approx(expected.high), 10)
    assert mean == pytest.approx(values.mean())
    assert np.isnan(mean_interval(values[:9])[1:3]).all()
    assert mean_interval([1.0] * 11 + [0.5])[2] == 1


def test_readings_that_agree_and_readings_of_chance():
    same = compare_readings([0, 1, 2, 2, -1], [0, 1, 2, 2, 0])
    assert (same.n, same.share, same.kappa) == (4, 1.0, 1.0)
    draw = np.random.default_rng(3)
    apart = compare_readings(draw.integers(0, 3, 9_000), draw.integers(0, 3, 9_000))
    assert apart.kappa == pytest.approx(0, abs=0.03)
    one_word = compare_readings([0, 0], [0, 0])
    assert one_word.share == 1
    assert math.isnan(one_word.kappa)
    assert compare_readings([-1], [0]).n == 0
    with pytest.raises(MeasureError, match="whole numbers of one shape"):
        compare_readings([0.5], [1])


def test_kappa_is_cohens_by_its_table():
    first, second = np.array([0] * 25 + [1] * 25), np.array([0] * 20 + [1] * 5 + [0] * 10 + [1] * 15)
    assert compare_readings(first, second).kappa == pytest.approx(0.4)  # .7 alike, .5 by chance
