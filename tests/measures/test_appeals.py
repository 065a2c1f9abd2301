"""What texts appeal to: breadth, valence, intervals, what grew and shrank; known answers and bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.appeal_intervals import LEAST_SPEAKERS, compare_appeals, interval_of_breadth
from coevolve_sim.measures.appeals import appeal_breadth, breadth_of_sums, text_valence, text_vectors

SHARES = np.array([0.3, 0.2, 0.15, 0.1, 0.08, 0.05, 0.04, 0.03, 0.02, 0.01, 0.01, 0.01])


def drawn(draw, shares, n):
    """Return texts that appeal to one candidate each."""
    return np.eye(len(shares))[draw.choice(len(shares), n, p=shares)]


@pytest.mark.parametrize("k", [1, 2, 3, 7, 57, 301])
def test_the_breadth_of_k_equal_shares_is_k_exactly(k):
    assert appeal_breadth(np.full((5, k), 0.7)) == k
    assert appeal_breadth(np.pad(np.eye(k), ((0, 0), (0, 9)))) == k


def test_breadth_is_the_exponential_of_the_entropy_of_shares():
    relevance = np.random.default_rng(1).random((40, 12))
    assert appeal_breadth(relevance) == pytest.approx(np.exp(entropy(relevance.sum(axis=0))), abs=1e-12)
    assert np.isnan(appeal_breadth(np.zeros((3, 4))))
    np.testing.assert_array_equal(breadth_of_sums(np.array([[2.0, 0.0], [1.0, 1.0]])), [1.0, 2.0])


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_breadth_lies_between_1_and_the_number_of_candidates(relevance):
    found = appeal_breadth(relevance)
    assert np.isnan(found) if sum(relevance) == 0 else 1.0 <= found <= len(relevance) + 1e-9


def test_a_texts_valence_is_the_mean_support_by_relevance():
    valence = [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [np.nan] * 3], [[np.nan] * 3] * 3]
    relevance = [[0.9, 0.6, 0.0], [0.0, 0.0, 0.0]]
    found = text_valence(relevance, valence)
    assert found[0] == pytest.approx((0.9 - 0.6) / 1.5)
    assert np.isnan(found[1])
    vectors = text_vectors(relevance, valence, [1, 0, -1], 2)
    np.testing.assert_allclose(vectors, [[-0.6, 0.9], [0.0, 0.0]])


def test_opposing_in_place_of_supporting_negates_valence_and_vectors():
    draw = np.random.default_rng(2)
    relevance, valence = draw.random((9, 5)), draw.dirichlet(np.ones(3), (9, 5))
    turned = valence[..., [1, 0, 2]]
    np.testing.assert_allclose(text_valence(relevance, valence), -text_valence(relevance, turned))
    vectors = [text_vectors(relevance, one, [0, 1, 0, 1, 2], 3) for one in (valence, turned)]
    np.testing.assert_allclose(vectors[0], -vectors[1])


@pytest.mark.long
def test_the_interval_covers_the_breadth_that_is_planted():
    """40 speakers of their own taste say five things each."""
    planted = float(np.exp(entropy(SHARES)))
    covered = 0
    for seed in range(120):
        draw = np.random.default_rng(seed)
        tastes = draw.dirichlet(20 * SHARES, 40)
        said = np.concatenate([drawn(draw, taste, 5) for taste in tastes])
        found = interval_of_breadth(said, np.repeat(np.arange(40), 5), seed=seed, resamples=200)
        covered += found.low <= planted <= found.high
    assert 0.9 <= covered / 120 <= 1.0


def test_texts_of_one_speaker_are_no_observations_of_their_own():
    said = drawn(np.random.default_rng(1), SHARES, 60)
    once = interval_of_breadth(said, np.arange(60))
    repeated = interval_of_breadth(np.repeat(said, 10, axis=0), np.repeat(np.arange(60), 10))
    assert repeated.value == pytest.approx(once.value, abs=1e-9)
    assert (repeated.low, repeated.high) == pytest.approx((once.low, once.high), abs=1e-9)


def test_of_too_few_speakers_no_interval_is_told():
    found = interval_of_breadth(np.eye(9), np.arange(9))
    assert LEAST_SPEAKERS == 10
    assert found.value == 9
    assert np.isnan([found.low, found.high]).all()


def by_rounds(draw, later_shares, rotate=0):
    """Return what 60 speakers say in eight rounds on four topics, each with shares of its own."""
    said, is_later, topics, speakers = [], [], [], []
    for speaker in range(60):
        for round_index in range(8):
            topic, late = round_index % 4, round_index >= 4
            shares = np.roll(later_shares if late else SHARES, rotate * topic)
            said.append(drawn(draw, shares, 1)[0])
            is_later.append(late)
            topics.append(topic)
            speakers.append(speaker)
    return np.array(said), is_later, topics, speakers


def test_what_grew_and_what_shrank_is_found_and_nothing_else():
    later = SHARES.copy()
    later[0], later[5] = 0.1, 0.25
    found = compare_appeals(*by_rounds(np.random.default_rng(3), later), resamples=400)
    assert np.flatnonzero(found.low > 0).tolist() == [5]
    assert np.flatnonzero(found.high < 0).tolist() == [0]
    assert found.topics == 4
    np.testing.assert_allclose(found.change.sum(), 0.0, atol=1e-12)


def test_a_vocabulary_that_narrows_is_seen_and_by_how_much():
    later = np.array([0.5, 0.5, *np.zeros(10)])
    found = [
        compare_appeals(*by_rounds(np.random.default_rng(seed), later), seed=seed, resamples=100).breadth
        for seed in range(8)
    ]
    assert all(one.high < 0 for one in found)
    planted = 2 - np.exp(entropy(SHARES))
    assert np.mean([one.value for one in found]) == pytest.approx(planted, abs=0.4)
    assert sum(one.low <= planted <= one.high for one in found) >= 6


@pytest.mark.long
def test_where_nothing_changed_hardly_anything_is_said_to_have():
    told = [
        compare_appeals(*by_rounds(np.random.default_rng(seed), SHARES, 3), seed=seed, resamples=200)
        for seed in range(100)
    ]
    assert np.mean([((one.low > 0) | (one.high < 0)).any() for one in told]) <= 0.12
    assert np.mean([not one.breadth.low <= 0 <= one.breadth.high for one in told]) <= 0.12


def test_other_topics_are_no_change():
    """The first rounds are on topic 0, the later ones on 1 alone or on both."""
    said = np.eye(2)[[0] * 20 + [1] * 20]
    speakers, is_later = np.tile(np.arange(20), 2), np.repeat([False, True], 20)
    apart = compare_appeals(said, is_later, is_later.astype(int), speakers)
    assert apart.topics == 0
    assert np.isnan(apart.change).all()
    assert np.isnan(apart.breadth.value)
    again = np.concatenate([said, said[:20]])
    both = compare_appeals(
        again, np.repeat([False, True], [20, 40]), [0] * 20 + [1] * 20 + [0] * 20, np.tile(np.arange(20), 3)
    )
    assert both.topics == 1
    assert both.change.tolist() == [0, 0]


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(24)))
def test_the_order_of_texts_does_not_matter(order):
    draw = np.random.default_rng(5)
    said, who = draw.random((24, 4)), np.arange(24) % 12
    late, topics = np.arange(24) % 2 == 1, np.arange(24) % 3
    order = list(order)
    assert interval_of_breadth(said[order], who[order], resamples=100) == pytest.approx(
        interval_of_breadth(said, who, resamples=100)
    )
    one = compare_appeals(said, late, topics, who, resamples=100)
    other = compare_appeals(said[order], late[order], topics[order], who[order], resamples=100)
    np.testing.assert_allclose(one.low, other.low)
    assert one.breadth == pytest.approx(other.breadth)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: appeal_breadth([[0.5, np.nan]]), "text 0 has nan for candidate 1"),
        (lambda: appeal_breadth([[0.5, 1.2]]), r"must lie in \[0, 1\]; text 0 has 1.2"),
        (lambda: appeal_breadth(np.zeros((2, 0))), r"shape \(2, 0\) given"),
        (lambda: text_valence([[0.5]], [[[0.9, 0.9, 0.0]]]), "sum to 1"),
        (lambda: text_valence([[0.5]], [[[0.5, 0.5]]]), "three shares"),
        (lambda: text_vectors([[0.5]], [[[1, 0, 0]]], [3], 2), "belongs to one of 2 dimensions"),
        (lambda: interval_of_breadth([[0.5]], [1, 2]), "1 texts have as many speakers"),
        (lambda: interval_of_breadth([[0.5]], [1], resamples=5), "at least 100 resamples"),
    ],
)
def test_what_cannot_be_measured_is_said(call, said):
    with pytest.raises(MeasureError, match=said):
        call()
