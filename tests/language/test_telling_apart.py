"""Words counted, lexicons read, and which words tell two sets of texts apart."""

import importlib.util

import numpy as np
import pytest

from coevolve_sim.errors import MeasureError
from coevolve_sim.language.telling_apart import tell_apart
from coevolve_sim.language.word_counts import count_words, read_lexicon, split_words, weigh_words
from coevolve_sim.measures.linear_shapley import attribute_linearly, fit_logistic
from coevolve_sim.streams import stream

needs_sklearn = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn is not installed (extra [calibration])"
)
COMMON = ["we", "hold", "that", "this", "matters", "to", "all", "of", "us", "here", "and", "now"]
HERE, THERE = ["freedom", "thrift", "order"], ["mercy", "fairness", "care"]


def written(own, n, number, share=0.3):
    """Return texts of common words and of some of one's own."""
    rng = stream(1, "written texts", number)
    return [
        " ".join(str(rng.choice(own if rng.random() < share else COMMON)) for _ in range(9)) for _ in range(n)
    ]


def test_words_are_letters_in_any_script_and_case_does_not_count():
    assert split_words("Ärger, L'État — c’est moi; 42 x_y!") == ["ärger", "l'état", "c'est", "moi", "x", "y"]
    assert split_words("12 34 !?") == []


def test_shares_are_of_all_words_of_a_text_counted_or_not():
    table = count_words(["mercy mercy for all", "order"], {"soft": {"mercy", "care"}, "hard": {"order"}})
    assert table.names == ("soft", "hard")
    assert table.shares.toarray().tolist() == [[0.5, 0.0], [0.0, 1.0]]
    words = count_words(["b a b"])
    assert words.names == ("a", "b")
    np.testing.assert_allclose(words.shares.toarray(), [[1 / 3, 2 / 3]])


@needs_sklearn
def test_weighed_words_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts, others = written(HERE, 30, 1), written(THERE, 20, 2)
    other = TfidfVectorizer(tokenizer=split_words, token_pattern=None).fit(texts)
    both = count_words([*texts, *others])
    column = [both.names.index(word) for word in other.get_feature_names_out()]
    learnt = both.counts[:30]
    np.testing.assert_allclose(
        weigh_words(learnt).toarray()[:, column], other.transform(texts).toarray(), rtol=0, atol=1e-12
    )


def test_the_words_that_were_planted_tell_the_sets_apart_and_add_up_to_the_log_odds():
    first, second = written(HERE, 60, 1), written(THERE, 50, 2)
    found = tell_apart(first, second)
    assert {row.word for row in found.words[:6]} == {*HERE, *THERE}
    assert all((row.second > row.first) == (row.word in THERE) for row in found.words[:6])
    assert (found.n_first, found.n_second) == (60, 50)
    table = count_words([*first, *second])
    weighed, is_second = weigh_words(table.counts), np.arange(110) >= 60
    model = fit_logistic(weighed, is_second)
    odds = model.log_odds(weighed)
    assert found.log_odds == pytest.approx(odds[60:].mean() - odds[:60].mean(), abs=1e-10)
    _, added = attribute_linearly(model, weighed, weighed)
    adds = dict(zip(table.names, added[60:].mean(axis=0) - added[:60].mean(axis=0), strict=True))
    for row in found.words:
        assert row.adds == pytest.approx(adds[row.word], abs=1e-10)
    assert found.held_out.accuracy > 0.9
    assert found.distance.cosine.p < 0.01


def test_two_sets_of_one_source_are_told_as_by_a_coin():
    found = [tell_apart(written(HERE, 40, 2 * k), written(HERE, 40, 2 * k + 1)) for k in range(8)]
    assert 0.35 < np.mean([one.held_out.accuracy for one in found]) < 0.6
    assert np.mean([one.distance.cosine.low <= 0 <= one.distance.cosine.high for one in found]) >= 0.75


def test_speakers_who_repeat_themselves_are_told_by_others_as_by_a_coin():
    words = [chr(97 + i) * 2 + chr(97 + j) for i in range(6) for j in range(10)]

    def group(number):
        draw = stream(1, "a group's speakers", number)
        odds = draw.dirichlet(np.ones(60), 8)
        return [" ".join(draw.choice(words, 12, p=one)) for one in odds for _ in range(12)]

    who = [[f"{side} {k // 12}" for k in range(96)] for side in "ab"]
    pairs = [(group(2 * k), group(2 * k + 1)) for k in range(6)]
    found = [tell_apart(*pair, speakers=who, seed=k + 1) for k, pair in enumerate(pairs)]
    assert found[0].speakers == (8, 8)
    assert np.mean([one.held_out.accuracy for one in found]) < 0.6
    assert sum(one.distance.cosine.p < 0.05 for one in found) <= 2
    assert tell_apart(*pairs[0]).held_out.accuracy > 0.65  # by whom it learnt from


def test_by_a_lexicon_its_categories_are_told():
    found = tell_apart(
        written(HERE, 30, 1), written(THERE, 30, 2), {"order": frozenset(HERE), "care": frozenset(THERE)}
    )
    assert {row.word for row in found.words} == {"order", "care"}
    assert found.distance.cosine.found > 0.95


def test_few_texts_are_not_told_held_out_and_texts_without_a_word_are_left_out():
    found = tell_apart(["yes indeed", "yes", "42", "yes"], ["no", "not at all", "no!"])
    assert (found.n_first, found.n_second, found.held_out) == (3, 3, None)
    with pytest.raises(MeasureError, match="the second set has 2 texts with a word; at least 3"):
        tell_apart(["yes"] * 3, ["no", "no", "..."])


def test_texts_without_a_word_and_no_texts_are_refused_where_words_are_counted():
    with pytest.raises(MeasureError, match="text 1 has no word"):
        count_words(["yes", "7"])
    with pytest.raises(MeasureError, match="there is no text"):
        count_words([])
    with pytest.raises(MeasureError, match="'yes' is in two categories, 'a' and 'b'"):
        count_words(["yes"], {"a": {"yes"}, "b": {"yes", "no"}})


def lexicon(tmp_path, text):
    path = tmp_path / "lexicon.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_lexicon_is_read_from_a_table(tmp_path):
    path = lexicon(tmp_path, "category,word\nsoft,Mercy\nsoft,care\nhard,order\n")
    assert read_lexicon(path) == {"soft": {"mercy", "care"}, "hard": {"order"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "category,word\nsoft,care\nhard,Care\n",
            ":3: the word 'care' of category 'hard' stands in line 2 as well, in category 'soft'",
        ),
        ("category,word\nsoft,care\nsoft,care\n", ":3: the word 'care' of category 'soft' stands in line 2"),
        ("category,term\nsoft,care\n", "there is no column 'word'; category and word are wanted"),
        ("category,word\nsoft,take care\n", ":2: 'soft', 'take care' given; a category and one word"),
        ("category,word\n,care\n", ":2: '', 'care' given"),
        ("category,word\n", "there is no word"),
    ],
)
def test_a_lexicon_that_says_two_things_is_refused_at_its_line(tmp_path, text, said):
    with pytest.raises(MeasureError) as caught:
        read_lexicon(lexicon(tmp_path, text))
    assert said in str(caught.value), caught.value
