"""Statements in four languages with their back-translations, templates, groups, and files that are wrong."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

import coevolve_sim
from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires.framings import AXES, Framing, read_framings
from coevolve_sim.language.stance_words import LANGUAGES

OWN = Path(coevolve_sim.__file__).parent / "language" / "questionnaires"
ROWS = list(csv.DictReader((OWN / "framing_statements.csv").read_text(encoding="utf-8").splitlines()))
ENGLISH = {row["id"]: row["text"] for row in ROWS if row["language"] == "en"}
TURNED = {"not", "no", "nobody", "nothing", "never", "none", "nor", "cannot", "less", "fewer", "lower"}
COMMON = {"the", "more", "that", "than", "they"}


def words_of(text):
    return re.findall(r"[a-z']+", text.lower())


def stems(text):
    return {word[:5] for word in words_of(text) if len(word) > 2 and word not in COMMON}


def is_same_way_round(english, back):
    """The rule on polarity that docs/whose_values.md states.

    Both hold an even, or both an odd, number of words that turn a sentence round; and where the English
    compares by *than*, so does the other, with a word in common on each side of it.
    """
    if len({sum(word in TURNED for word in words_of(text)) % 2 for text in (english, back)}) > 1:
        return False
    if " than " not in english:
        return True
    sides = zip(english.split(" than ", 1), back.split(" than ", 1), strict=False)
    return " than " in back and all(stems(one) & stems(other) for one, other in sides)


def test_there_are_thirty_statements_each_in_every_language_balanced_within_topics():
    assert len(ENGLISH) == 30
    languages = Counter(row["language"] for row in ROWS)
    assert languages == {"en": 30, "de": 30, "fr": 30, "es": 30}
    for topic in {row["topic"] for row in ROWS}:
        poles = Counter(row["pole"] for row in ROWS if row["topic"] == topic and row["language"] == "en")
        assert poles["for"] == poles["against"] >= 2
    assert len({row["text"] for row in ROWS}) == 120


@pytest.mark.parametrize("row", [row for row in ROWS if row["language"] != "en"], ids=lambda row: row["text"])
def test_each_translation_is_translated_back_to_the_same_side(row):
    english = ENGLISH[row["id"]]
    assert is_same_way_round(english, row["back"])
    assert len(stems(english) & stems(row["back"])) >= 0.4 * len(stems(english))
    by_machine = bool(row["machine"]) and is_same_way_round(english, row["machine"])
    assert row["checked"] == ("own and machine" if by_machine else "own")


def test_the_machine_was_asked_of_two_languages_and_where_it_lost_the_side_is_known():
    assert {row["language"] for row in ROWS if row["machine"]} == {"fr", "es"}
    assert sum(bool(row["machine"]) for row in ROWS) == 60
    lost = {(row["id"], row["language"]) for row in ROWS if row["machine"] and row["checked"] == "own"}
    assert lost == {
        ("welfare_hunger", "es"),
        ("work_evening", "es"),
        ("work_strikes", "es"),
        ("work_strikes", "fr"),
    }


def test_the_rule_on_polarity_sees_what_is_turned_round():
    assert not is_same_way_round("Nobody should work.", "Anybody should work.")
    assert not is_same_way_round("Taxes should be lower.", "Taxes should be higher.")
    assert not is_same_way_round("Cheap energy matters more than air.", "Air matters more than energy.")
    assert is_same_way_round(
        "Cheap energy matters more than air.", "Energy that is cheap counts more than air."
    )


def test_every_template_and_group_is_worded_in_every_language_that_is_read():
    texts = read_framings()
    assert set(texts.languages) == {*LANGUAGES}
    assert len(texts.list_framings(AXES, ("", "after"))) == 4 * 3 * 5 * 2
    for wording in texts.wordings.values():
        asked, words = wording.ask_to_choose("It rains.", (2, 1, 0))
        assert words == wording.words[::-1]
        assert "It rains." in asked
        assert all(word in asked for word in words)
        assert "{" not in asked + wording.ask_to_say("It rains.")


def test_what_is_in_a_statement_is_not_taken_for_a_place():
    wording = read_framings().wordings["agree", "en"]
    asked, _ = wording.ask_to_choose("Save {options} and {statement}.", (0, 1, 2))
    assert "Save {options} and {statement}." in asked


def test_what_is_not_compared_stays_as_it_is_first():
    texts = read_framings()
    assert texts.list_framings(["language"], languages=["fr", "de"]) == (
        Framing("fr", "agree"),
        Framing("de", "agree"),
    )
    groups = texts.list_framings(["group"], languages=["es"])
    assert [one.group for one in groups] == ["", "newcomer", "settled", "young", "old"]
    assert texts.put_before(groups[3], "¿Llueve?") == "Tengo 20 años. ¿Llueve?"
    assert texts.put_before(groups[0], "¿Llueve?") == "¿Llueve?"
    voices = texts.list_framings(["voice"], ["", "after"])
    assert voices == (Framing("en", "agree"), Framing("en", "agree", voice="after"))


@pytest.mark.parametrize(
    ("by", "more", "told"),
    [
        (["mood"], {}, "differ in language, template, group, voice, each named once; 'mood' given"),
        (["group", "group"], {}, "each named once; 'group,group' given"),
        ([], {}, "each named once; '' given"),
        (["voice"], {}, r"there is one voice only \(''\), so that nothing can be told by voice"),
        (["language"], {"languages": ["de"]}, r"there is one language only \('de'\)"),
        (["language"], {"languages": ["en", "it"]}, "no template is worded in 'it'; templates are in en, de"),
    ],
)
def test_framings_that_there_are_not_are_refused(by, more, told):
    with pytest.raises(QuestionnaireError, match=told):
        read_framings().list_framings(by, **more)


STATEMENTS = "id,topic,pole,language,text\na,rain,for,en,Rain is good.\na,rain,for,de,Regen ist gut.\n"
HEAD = "template,language,choose,say,agree,neutral,disagree\n"
TEMPLATE = HEAD + "so,en,{statement} So? {options}.,{statement} Why?,Yes,Maybe,No\n"
GERMAN = "so,de,{statement} Ja? {options}.,{statement} Warum?,Ja,Vielleicht,Nein\n"
GROUPS = "group,language,says\nold,en,I am old.\n"


@pytest.fixture
def own(tmp_path):
    def read(statements=STATEMENTS, templates=TEMPLATE + GERMAN, groups=GROUPS):
        paths = []
        for name, text in (("statements", statements), ("templates", templates), ("groups", groups)):
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
            paths.append(tmp_path / f"{name}.csv")
        return read_framings(*paths)

    return read


def test_files_of_ones_own_are_read(own):
    texts = own()
    assert texts.list_framings(["language"]) == (Framing("en", "so"), Framing("de", "so"))
    assert (texts.statements[0].texts["de"], texts.statements[0].pole) == ("Regen ist gut.", 1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"templates": TEMPLATE + GERMAN.replace(",Nein", ",")}, r":3: 'so' in 'de' lacks its 'disagree'"),
        ({"templates": TEMPLATE.replace("Maybe", "yes")}, r":2: .*three different words; Yes, yes, No"),
        ({"templates": TEMPLATE.replace("{options}", "")}, r":2: 'choose' lacks {options}"),
        ({"templates": TEMPLATE.replace("{statement} Why", "Why")}, r":2: 'say' lacks {statement}"),
        ({"templates": TEMPLATE + TEMPLATE[len(HEAD) :]}, r":3: template 'so' stands twice in 'en'"),
        ({"templates": HEAD}, "there is no template"),
        ({"templates": HEAD.replace(",neutral", "")}, "column 'neutral' is missing"),
        ({"statements": STATEMENTS.replace("for,de", "with,de")}, r":3: a pole is for or against; 'with'"),
        ({"statements": STATEMENTS.replace("for,de", "against,de")}, r":3: .* another topic or pole"),
        ({"statements": STATEMENTS + "a,rain,for,de,Regen!\n"}, r":4: statement 'a' stands twice in 'de'"),
        ({"statements": "id,topic,pole,language,text\n"}, "there is no statement"),
        ({"groups": GROUPS + "old,en,Old.\n"}, r":3: group 'old' stands twice in 'en'"),
        ({"groups": GROUPS + "old,de,\n"}, r":3: 'old' in 'de' lacks its 'says'"),
    ],
)
def test_files_that_are_wrong_are_refused_with_the_line(own, changed, told):
    with pytest.raises(QuestionnaireError, match=told):
        own(**changed)


def test_what_lacks_a_language_is_refused_by_name(own):
    other = TEMPLATE + GERMAN + "well,en,{statement} Well? {options}.,{statement} Well,Yes,Maybe,No\n"
    with pytest.raises(QuestionnaireError, match="template 'well' has no words in 'de'; give it a row"):
        own(templates=other).list_framings(["language", "template"])
    only_english = "\n".join(STATEMENTS.splitlines()[:2]) + "\n"
    with pytest.raises(QuestionnaireError, match="statement 'a' has no text in 'de'; give it a row"):
        own(statements=only_english).list_framings(["language"])
    with pytest.raises(QuestionnaireError, match="group 'old' says nothing in 'de'"):
        own().list_framings(["language", "group"])
