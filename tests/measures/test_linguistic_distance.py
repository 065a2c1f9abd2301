"""How far apart sets of texts are in their words: what is known of it, by planted words and by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.linguistic_distance import (
    cosine_distance,
    mean_z_difference,
    measure_linguistic_distance,
)
from coevolve_sim.streams import stream

WORDS, LENGTH = 60, 12
HERE = 1.0 / np.arange(1, WORDS + 1)
HERE /= HERE.sum()
ELSEWHERE = np.concatenate([HERE[:30][::-1], HERE[30:]])


def texts(odds, n, *address):
    """Return shares of words of texts that are drawn by their odds."""
    return stream(1, "planted vocabularies", *address).multinomial(LENGTH, odds, n) / LENGTH


def between(overlap, number, n=50):
    """Return the distance of two sets that share a part of their odds."""
    other = overlap * HERE + (1.0 - overlap) * ELSEWHERE
    return measure_linguistic_distance(
        texts(HERE, n, number, 0), texts(other, n, number, 1), seed=number, resamples=200
    )


def test_of_one_vocabulary_the_distance_is_0_within_its_interval():
    found = [between(1.0, number) for number in range(60)]
    for which in ("cosine", "z"):
        those = [getattr(one, which) for one in found]
        assert min(one.found for one in those) > 0.0  # as any two samples are apart
        assert np.mean([one.low <= 0.0 <= one.high for one in those]) >= 0.93
        assert abs(np.mean([one.corrected for one in those])) < 0.1 * np.mean([one.found for one in those])
        assert 0.0 <= np.mean([one.p <= 0.05 for one in those]) <= 0.15


def habits(n_speakers, number):
    """Return shares of words of twelve texts of each speaker, with odds drawn by one law, and whose."""
    draw = stream(1, "speakers with habits", number)
    odds = draw.dirichlet(np.ones(WORDS), n_speakers)
    said = np.concatenate([draw.multinomial(LENGTH, one, 12) / LENGTH for one in odds])
    return said, np.repeat(np.arange(n_speakers), 12) + 1000 * number


def test_groups_of_speakers_with_habits_of_one_law_are_told_apart_as_often_as_by_chance():
    found = []
    for number in range(40):
        (first, here), (second, there) = habits(8, 2 * number), habits(8, 2 * number + 1)
        found.append(
            measure_linguistic_distance(first, second, speakers=(here, there), seed=number, resamples=200)
        )
    for which in ("cosine", "z"):
        those = [getattr(one, which) for one in found]
        assert np.mean([one.p <= 0.05 for one in those]) <= 0.15  # of texts taken for independent: 1
        assert all(np.isnan(one.low) and np.isnan(one.high) for one in those)  # of 8 speakers no interval
    texts_alone = measure_linguistic_distance(first, second, resamples=200)
    assert texts_alone.cosine.p < 0.05


def test_for_twenty_speakers_of_one_law_0_lies_within_the_interval():
    held = []
    for number in range(20):
        (first, here), (second, there) = habits(20, 2 * number), habits(20, 2 * number + 1)
        found = measure_linguistic_distance(first, second, speakers=(here, there), seed=number, resamples=200)
        held.append([one.low <= 0.0 <= one.high for one in found])
    assert (np.mean(held, axis=0) >= 0.85).all()


def test_speakers_who_speak_in_both_sets_swap_them_and_their_habits_tell_nothing():
    said, who = habits(12, 0)
    first, second = said[::2], said[1::2]
    found = measure_linguistic_distance(first, second, speakers=(who[::2], who[1::2]), resamples=200)
    assert found.cosine.p > 0.05
    assert found.cosine.low <= 0.0 <= found.cosine.high
    moved = second * np.linspace(0.0, 1.0, WORDS)
    told = measure_linguistic_distance(first, moved, speakers=(who[::2], who[1::2]), resamples=200)
    assert told.cosine.p < 0.01  # 2 ** 12 ways to swap
    apart = measure_linguistic_distance(first, moved, speakers=(who[::2], who[1::2] + 99), resamples=200)
    assert apart.cosine.by_chance > told.cosine.by_chance  # as others differ by habit, too


def test_of_one_speaker_texts_are_resampled_and_dealt():
    first, second = texts(HERE, 20, 0), texts(ELSEWHERE, 30, 1)
    plain = measure_linguistic_distance(first, second, resamples=200)
    alone = measure_linguistic_distance(first, second, speakers=(["a"] * 20, ["b"] * 30), resamples=200)
    np.testing.assert_allclose(alone, plain, rtol=0, atol=1e-12)


def test_identical_texts_are_0_apart():
    same = texts(HERE, 20, 99)
    found = measure_linguistic_distance(same, same)
    for one in found:
        assert one.found == pytest.approx(0.0, abs=1e-12)
        assert one.low <= 0.0
        assert one.p == 1.0


def test_the_distance_falls_as_vocabularies_overlap_more_and_is_that_which_was_planted():
    means = {}
    for overlap in (0.0, 0.25, 0.5, 0.75, 1.0):
        planted = float(cosine_distance(HERE, overlap * HERE + (1.0 - overlap) * ELSEWHERE))
        found = [between(overlap, number) for number in range(25)]
        means[overlap] = np.array([[one.cosine.corrected, one.z.corrected] for one in found]).mean(axis=0)
        assert means[overlap][0] == pytest.approx(planted, abs=0.03)
        held = [one.cosine.low <= planted <= one.cosine.high for one in found]
        assert np.mean(held) >= 0.8
    assert (np.diff([*means.values()], axis=0) < 0.0).all()


def test_alternatives_are_told_from_chance():
    assert all(between(0.0, number).cosine.p == pytest.approx(1 / 201) for number in range(5))
    assert all(between(0.0, number).z.low > 0.0 for number in range(5))


def test_both_distances_are_those_of_means_by_hand():
    first, second = texts(HERE, 20, 0), texts(ELSEWHERE, 30, 1)
    a, b = first.mean(axis=0), second.mean(axis=0)
    deviations = np.concatenate([first, second]).std(axis=0)
    found = measure_linguistic_distance(first, second)
    assert found.cosine.found == pytest.approx(1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-12)
    used = deviations > 0
    z = np.abs(a - b)[used] / deviations[used]
    assert found.z.found == pytest.approx(z.sum() / WORDS, abs=1e-12)
    assert mean_z_difference(a, b, deviations) == pytest.approx(z.sum() / WORDS, abs=1e-12)


def test_sparse_and_dense_shares_and_other_orders_of_words_are_the_same():
    first, second = texts(HERE, 20, 0), texts(ELSEWHERE, 30, 1)
    plain = measure_linguistic_distance(first, second)
    np.testing.assert_allclose(
        measure_linguistic_distance(csr_array(first), csr_array(second)), plain, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(
        measure_linguistic_distance(first[:, ::-1], second[:, ::-1]), plain, rtol=0, atol=1e-12
    )
    assert measure_linguistic_distance(first, second) == plain
    assert measure_linguistic_distance(first, second, seed=2) != plain


def test_means_do_not_depend_on_how_many_resamples_fit_in_memory(monkeypatch):
    first, second = texts(HERE, 20, 0), texts(ELSEWHERE, 30, 1)
    plain = measure_linguistic_distance(first, second)
    monkeypatch.setattr("coevolve_sim.measures.linguistic_distance._MOST_NUMBERS", 70 * WORDS)
    np.testing.assert_allclose(measure_linguistic_distance(first, second), plain, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "settings", "said"),
    [
        (np.ones((2, 3)), np.ones((3, 3)), {}, "the first set has shares of shape (2, 3); at least 3 texts"),
        (np.ones((3, 3)), np.ones((0, 3)), {}, "the second set has shares of shape (0, 3); at least 3 texts"),
        (np.ones((3, 3)), np.ones((3, 2)), {}, "3 and 2 words are counted"),
        (np.full((3, 3), 1.2), np.ones((3, 3)), {}, "the first set has a share outside [0, 1]"),
        (np.full((3, 3), -0.1), np.ones((3, 3)), {}, "the first set has a share outside [0, 1]"),
        (np.full((3, 3), np.nan), np.ones((3, 3)), {}, "the first set has a share outside [0, 1]"),
        (np.ones((3, 3)), np.zeros((3, 3)), {}, "no text of the second set has any of the words"),
        (np.ones((3, 3)), np.ones((3, 3)), {"speakers": ([1, 2], [1, 2, 3])}, "have one speaker each"),
        (np.ones((3, 3)), np.ones((3, 3)), {"resamples": 99}, "at least 100 resamples; 99 given"),
    ],
)
def test_what_cannot_be_compared_is_refused(first, second, settings, said):
    with pytest.raises(MeasureError) as caught:
        measure_linguistic_distance(first, second, **settings)
    assert said in str(caught.value)
