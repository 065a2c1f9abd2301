"""A questionnaire of the user's own is a CSV file; what is wrong with it is said at its line."""

import pytest

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires import (
    Questionnaire,
    questionnaire_table,
    read_personas,
    read_questionnaire,
    shipped_questionnaire,
)
from coevolve_sim.values import SPACES, custom, get

TOWN = custom("town", ["thrift", "rest", "sport", "order"])
HEAD = "id,dimension,format,question,option_1,option_2,option_3,option_4,value_1,value_2,value_3,value_4\n"


def written(folder, text, head=HEAD):
    path = folder / "own.csv"
    path.write_text(head + text, encoding="utf-8")
    return path


def test_items_of_every_format_are_read(tmp_path):
    path = written(
        tmp_path,
        "p,thrift,pair,Which?,Save.,Spend.,,,1,0,,\n"
        "l,rest,likert,How often?,always,at times,never,,1,0.4,0,\n"
        "f,thrift rest sport order,four,What first?,a,b,c,d,,,,\n"
        "t,thrift rest,pair,Which?,Work.,Sleep.,,,1 0,0 1,,\n",
    )
    questionnaire = read_questionnaire(path, TOWN)
    assert questionnaire.name == "own"
    assert [item.id for item in questionnaire.items] == ["p", "l", "f", "t"]
    assert questionnaire.items[1].values == ((1.0,), (0.4,), (0.0,))
    assert questionnaire.items[2].values[1] == (0.0, 1.0, 0.0, 0.0)
    assert questionnaire.items[3].dimensions == ("thrift", "rest")
    assert questionnaire.items[3].values == ((1.0, 0.0), (0.0, 1.0))


@pytest.mark.parametrize("format_", ["likert", "pair", "four"])
@pytest.mark.parametrize("name", [name for name in SPACES if name != "inglehart-welzel"])
def test_a_questionnaire_written_and_read_is_the_same(tmp_path, name, format_):
    questionnaire = shipped_questionnaire(name, format_)
    path = tmp_path / f"{questionnaire.name}.csv"
    path.write_text(questionnaire_table(questionnaire), encoding="utf-8")
    assert read_questionnaire(path, get(name)) == questionnaire


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "p,thrift,pair,Which?,Save.,Spend.,,,1,2,,\n",
            r"own.csv:3: column 'value_2' is a number in \[0, 1\]; '2' given",
        ),
        (
            "p,thrift,pair,Which?,Save.,Spend.,,,1,,,\n",
            r"own.csv:3: column 'value_2' is a number in \[0, 1\]; '' given",
        ),
        ("p,thrift,pair,Which?,Save.,Spend.,,,1,nan,,\n", r"own.csv:3: column 'value_2' .* 'nan' given"),
        (
            "p,thrift,pair,Which?,Save.,Spend.,,,1,0,0.5,\n",
            "own.csv:3: column 'value_3' has a value and no option",
        ),
        (
            "p,thrift rest,pair,Which?,Save.,Spend.,,,1,0,,\n",
            r"own.csv:3: column 'value_1' is 2 numbers in \[0, 1\]",
        ),
        ("p,thirft,pair,Which?,Save.,Spend.,,,1,0,,\n", "own.csv:3: .*did you mean 'thrift'"),
        ("p,,pair,Which?,Save.,Spend.,,,1,0,,\n", "own.csv:3: column 'dimension' is empty"),
        ("p,thrift,pear,Which?,Save.,Spend.,,,1,0,,\n", "own.csv:3: item 'p': formats are .*'pear' given"),
        (
            "p,thrift,pair,Which?,Save.,,Spend.,,1,0,,\n",
            "own.csv:3: column 'option_2' is empty though a later one",
        ),
        ("p,thrift,pair,Which?,Save.,Spend.\n", "own.csv:3: 6 cells where the first line names 12 columns"),
        ("x,thrift,pair,Which?,Save.,Spend.,,,1,0,,\n", "own.csv:3: the id 'x' stands in line 2 as well"),
        ("p,thrift,pair,,Save.,Spend.,,,1,0,,\n", "own.csv:3: item 'p': an item has an id, a question"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path, row, problem):
    path = written(tmp_path, "x,thrift,pair,Which?,Save.,Spend.,,,1,0,,\n" + row)
    with pytest.raises(QuestionnaireError, match=problem):
        read_questionnaire(path, TOWN)


def test_columns_and_files_that_do_not_do_are_refused(tmp_path):
    with pytest.raises(QuestionnaireError, match=r"own.csv:1: column 'question' is missing"):
        read_questionnaire(written(tmp_path, "", "id,dimension,format\n"), TOWN)
    head = "id,dimension,format,question,option_1,option_2,value_1,value_2,weight\n"
    with pytest.raises(QuestionnaireError, match=r"own.csv:2: there is no column 'weight'"):
        read_questionnaire(written(tmp_path, "p,thrift,pair,Which?,Save.,Spend.,1,0,3\n", head), TOWN)
    with pytest.raises(QuestionnaireError, match=r"own.csv: there is no item"):
        read_questionnaire(written(tmp_path, ""), TOWN)
    with pytest.raises(QuestionnaireError, match=r"nosuch.csv: there is no such file"):
        read_questionnaire(tmp_path / "nosuch.csv", TOWN)


def test_a_questionnaire_of_a_spreadsheet_is_read_and_its_notes_tell_what_is_unusual(tmp_path):
    head = "\ufeff;id;dimension;format;question;option_1;option_2;value_1;value_2\n"
    path = written(tmp_path, "0;p;thrift;pair;Which, of both?;Save, now.;Spend.;1;0\n", head)
    questionnaire = read_questionnaire(path, TOWN)
    assert questionnaire.items[0].options == ("Save, now.", "Spend.")
    assert questionnaire.notes == (
        "own.csv: cells are separated by semicolons.",
        "own.csv: the first column has no name and counts the rows; it is left out.",
    )


def test_a_questionnaire_in_another_encoding_is_refused_at_its_line(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes(HEAD.encode() + "p,thrift,pair,Où?,Save.,Spend.,,,1,0,,\n".encode("latin-1"))
    with pytest.raises(QuestionnaireError, match=r"own\.csv:2: not UTF-8 text: save the file as UTF-8$"):
        read_questionnaire(path, TOWN)


def test_twenty_four_personas_come_with_the_package_each_once():
    personas = read_personas()
    assert len(personas) == len({p.name for p in personas}) == len({p.who for p in personas}) == 24
    assert all(p.who.split()[0] in {"a", "an"} for p in personas)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,who\nadam,a man\nadam,a king\n", "p.csv:3: persona 'adam' stands twice"),
        ("name,who\nAdam,a man\n", "p.csv:2: a persona has a name of lowercase letters"),
        ("name,who\nadam,\n", "p.csv:2: a persona has a name"),
        ("name,who\n", "p.csv: there is no persona"),
    ],
)
def test_personas_that_do_not_do_are_refused_at_their_line(tmp_path, text, problem):
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionnaireError, match=problem):
        read_personas(path)


def test_a_questionnaire_keeps_its_notes_out_of_its_table():
    questionnaire = Questionnaire("q", TOWN, shipped_questionnaire(TOWN).items, notes=("A note.",))
    assert "A note." not in questionnaire_table(questionnaire)
