"""Deduplication of candidates: the planted list, and what holds for any list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import MeasureError, QuestionnaireError
from coevolve_sim.language.appeals.deduplication import Appeal, Thresholds, deduplicate
from coevolve_sim.language.appeals.stems import word_overlap

PLANTED = (
    Appeal("Honesty", "Value", 0.95),
    Appeal("Honesty", "Value", 0.95),  # an exact double
    Appeal("Being honest with others", "Value", 0.90),  # the same in more words
    Appeal("Truthfulness", "Value", 0.85),  # a paraphrase that has no word in common
    Appeal("Privacy", "Value", 0.80),
    Appeal("Right to privacy", "Right", 0.80),  # the same of another type stays
    Appeal("Right to private lives", "Right", 0.75),
    Appeal("Duty to keep promises", "Duty", 0.70),
    Appeal("Duty to keep a promise", "Duty", 0.65),
    Appeal("Courage", "Value", 0.60),
    Appeal("Thrift", "Value", 0.50),  # at the threshold: kept
    Appeal("Beauty", "Value", 0.49),  # below it
)
KEPT = {
    ("Honesty", "Value"),
    ("Privacy", "Value"),
    ("Right to privacy", "Right"),
    ("Right to private lives", "Right"),
    ("Duty to keep promises", "Duty"),
    ("Courage", "Value"),
    ("Thrift", "Value"),
}


def embeddings():
    """Return unit vectors, of names that are orthogonal but for one paraphrase."""
    names = list(dict.fromkeys(one.name for one in PLANTED))
    found = dict(zip(names, np.eye(len(names)), strict=True))
    found["Truthfulness"] = 0.9 * found["Honesty"] + np.sqrt(1 - 0.81) * found["Truthfulness"]
    return found


def names_of(appeals):
    return [(one.name, one.type) for one in appeals]


def test_of_twelve_planted_candidates_those_are_kept_that_say_something_of_their_own():
    assert len(PLANTED) == 12
    found = names_of(deduplicate(PLANTED, embeddings=embeddings()))
    assert len(found) == len(set(found))
    assert set(found) == KEPT


def test_without_embeddings_a_paraphrase_in_other_words_stays():
    assert set(names_of(deduplicate(PLANTED))) == KEPT | {("Truthfulness", "Value")}


def test_what_lies_at_a_threshold_of_likeness_stays_and_beyond_it_goes():
    near = embeddings()
    for likeness, stays in ((0.9 + 1e-9, True), (0.9 - 1e-9, False)):
        found = names_of(deduplicate(PLANTED, Thresholds(likeness=likeness), near))
        assert (("Truthfulness", "Value") in found) == stays
    same = [Appeal("a b", "Value", 0.9), Appeal("a c", "Value", 0.8)]
    assert len(deduplicate(same, Thresholds(overlap=0.5))) == 2
    assert len(deduplicate(same, Thresholds(overlap=0.49))) == 1


NAMES = ["Honesty", "Honest speech", "Speech", "Free speech", "Freedom", "Peace", "Peace of mind", "Mind"]
some = st.lists(
    st.builds(
        Appeal,
        st.sampled_from(NAMES),
        st.sampled_from(["Value", "Right", "Duty"]),
        st.sampled_from([0.1, 0.5, 0.6, 0.6, 0.9]),
    ),
    max_size=12,
)
vectors = dict(zip(NAMES, np.random.default_rng(0).normal(size=(8, 2)), strict=True))
NEAR = {name: vector / np.linalg.norm(vector) for name, vector in vectors.items()}


@given(some, st.randoms())
def test_the_order_of_candidates_does_not_matter(given_, random):
    shuffled = list(given_)
    random.shuffle(shuffled)
    assert deduplicate(given_, embeddings=NEAR) == deduplicate(shuffled, embeddings=NEAR)


@given(some)
def test_what_is_kept_is_kept_again(given_):
    once = deduplicate(given_, embeddings=NEAR)
    assert deduplicate(once, embeddings=NEAR) == once


@given(some, st.floats(0, 1), st.floats(0, 1))
def test_raising_the_threshold_of_relevance_never_adds(given_, one, other):
    low, high = sorted((one, other))
    lax, strict = (deduplicate(given_, Thresholds(relevance=t), NEAR) for t in (low, high))
    assert set(strict) <= set(lax)
    assert set(strict) == {kept for kept in lax if kept.relevance >= high}


def test_the_other_thresholds_are_not_nested():
    """A drops B, which had dropped C."""
    chain = [
        Appeal("one two three", "Value", 0.9),
        Appeal("two three four five", "Value", 0.8),
        Appeal("four five six seven", "Value", 0.7),
    ]
    assert [one.relevance for one in deduplicate(chain, Thresholds(overlap=0.4))] == [0.9, 0.7]
    assert [one.relevance for one in deduplicate(chain, Thresholds(overlap=0.7))] == [0.9, 0.8, 0.7]
    longer = [
        Appeal("one two", "Value", 0.9),
        Appeal("two three", "Value", 0.8),
        Appeal("three", "Value", 0.7),
    ]
    assert [one.relevance for one in deduplicate(longer, Thresholds(overlap=0.5))] == [0.9, 0.8]
    assert [one.relevance for one in deduplicate(longer, Thresholds(overlap=0.4))] == [0.9, 0.7]


def test_of_equal_relevance_the_name_decides():
    equal = [Appeal("Zeal for peace", "Value", 0.8), Appeal("Peace", "Value", 0.8)]
    assert names_of(deduplicate(equal)) == [("Peace", "Value")]
    assert names_of(deduplicate(equal[::-1])) == [("Peace", "Value")]


def test_overlap_is_the_largest_of_precision_recall_and_f():
    """Counted by hand: two of three words of one and of five of the other are shared."""
    first, second = "keep promises always", "keep a promise to all"
    shared, ours, others = 2, 3, 5
    precision, recall = shared / ours, shared / others
    f = 2 * precision * recall / (precision + recall)
    assert word_overlap(first, second) == max(precision, recall, f)
    assert word_overlap("Right to own land", "Duty to own land") == 1
    assert word_overlap("???", "Peace") == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Appeal("Peace", "", 0.8), "candidate 'Peace' has a type, Value, Right, Duty; none given"),
        (Appeal("Peace", "Virtue", 0.8), "'Virtue' given"),
        (Appeal("Peace", "Value", float("nan")), "candidate 'Peace': relevance lies in"),
        (Appeal("Peace", "Value", 1.5), "1.5 given"),
    ],
)
def test_a_candidate_that_is_none_is_named(wrong, said):
    with pytest.raises(MeasureError, match=said):
        deduplicate([Appeal("Thrift", "Value", 0.9), wrong])


def test_a_name_without_an_embedding_and_a_threshold_out_of_range_are_named():
    with pytest.raises(MeasureError, match="'Thrift' has no embedding"):
        deduplicate([Appeal("Thrift", "Value", 0.9)], embeddings=NEAR)
    with pytest.raises(QuestionnaireError, match=r"threshold of overlap lies in \[0, 1\]; 7 given"):
        Thresholds(overlap=7)
