"""Files of candidates: our own, one's own, DailyDilemmas', and files that are none."""

import pytest

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.appeals import TYPES, read_candidates
from coevolve_sim.language.appeals.planted import read_planted
from coevolve_sim.language.appeals.stems import stem, word_overlap
from tests import ROOT

VALUES = ROOT.parent / "shared" / "data" / "daily_dilemmas" / "values.csv"


def write(folder, text):
    file = folder / "mine.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_our_own_are_of_three_types_each_known_by_words_and_none_a_double_of_another():
    own = read_candidates()
    assert {one.type for one in own.all} == set(TYPES)
    assert all(one.words for one in own.all)
    assert set(own.theories["mft"]) == {
        *("Care", "Fairness", "Loyalty", "Authority", "Purity", "Liberty", "")
    }
    doubles = [
        (a.name, b.name)
        for i, a in enumerate(own.all)
        for b in own.all[:i]
        if a.type == b.type and word_overlap(a.name, b.name) > 0.7
    ]
    assert not doubles


def test_every_planted_sentence_is_of_a_candidate_of_ours_and_names_none():
    from coevolve_sim.language.appeals import Lexicon

    own = read_candidates()
    names = [one.name for one in own.all]
    sentences = [sentence for _, sentence in read_planted()]
    assert {name for name, _ in read_planted()} <= set(names)
    assert len(set(sentences)) == len(sentences) > 50
    found = Lexicon().relevance(sentences, own.all)
    planted = [found[row, names.index(name)] for row, (name, _) in enumerate(read_planted())]
    assert not any(planted)
    mistaken = {name: found[row] > 0 for row, (name, _) in enumerate(read_planted()) if found[row].any()}
    assert len(mistaken) == 7  # as the page says
    assert mistaken["Pleasure"][names.index("Honesty")]  # "lie in the sun"


def test_a_file_of_ones_own_has_names_types_words_and_theories(tmp_path):
    file = write(
        tmp_path, "name,type,words,Mine\nThrift,Value,thrift* save_money,low\nRight to roam,Right,,\n"
    )
    found = read_candidates(file)
    assert [one.words for one in found.all] == [("thrift*", "save_money"), ()]
    assert found.by_theory("mine") == (("low",), [0, -1])
    assert found.source == str(file)
    assert [one.phrase for one in found.all] == ["the value of thrift", "the right to roam"]


@pytest.mark.skipif(not VALUES.is_file(), reason="DailyDilemmas is not at hand")
def test_the_301_values_of_daily_dilemmas_are_read_as_they_are():
    found = read_candidates(VALUES)
    assert len(found) == 301
    assert {one.type for one in found.all} == {"Value"}
    assert set(found.theories) == {"wvs", "mft", "virtue", "emotion", "maslow"}
    assert "Care" in found.by_theory("mft")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "name,type\nThrift,\n",
            r"mine.csv:2: candidate 'Thrift': its type is Value, Right, Duty; none given",
        ),
        ("name\nThrift\n", "none given"),
        ("name,type\nThrift,Virtue\n", "'Virtue' given"),
        ("name,type\nThrift,Value\nThrift,Value\n", "mine.csv:3: value 'Thrift' stands twice"),
        ("name,type\n[a],Value\n", "a cell holds one name"),
        ("value,MFT\nnan,Care\n", "mine.csv:2: a cell holds one name, or nothing; 'nan' given"),
        ("value,MFT\nthrift,\"['Care']\"\n", "a cell holds one name"),
        ("what,type\nThrift,Value\n", "there is no column 'name'"),
        ("name,type\n", "there is no candidate"),
        ("name,type\n?!,Value\n", "a name with a word in it; '\\?!' given"),
        ("name,type,words\nThrift,Value,Sa*ve\n", "'Sa\\*ve' is no entry of words"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(QuestionnaireError, match=said):
        read_candidates(write(tmp_path, text))


def test_too_many_candidates_and_an_unknown_theory_are_refused(tmp_path):
    rows = "".join(f"thrift {'ab'[n % 2]}{'x' * (n // 2)},Value\n" for n in range(2_002))
    with pytest.raises(QuestionnaireError, match="more than 2,000 candidates"):
        read_candidates(write(tmp_path, "name,type\n" + rows))
    with pytest.raises(
        QuestionnaireError, match="there is no theory 'zodiac' of these candidates; there are: mft"
    ):
        read_candidates().by_theory("zodiac")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("protecting", "protections"),
        ("equal", "equality"),
        ("promise", "promises"),
        ("duties", "duty"),
        ("fairness", "fair"),
        ("stopped", "stop"),
        ("responsibility's", "responsibility"),
    ],
)
def test_forms_of_a_word_have_one_stem(one, other):
    assert stem(one) == stem(other)
