"""The statements and topics that come with the package are complete, unique, short and keyed."""

import csv
from collections import Counter
from importlib import resources

import pytest

from coevolve_sim.values import SPACES, get

FOLDER = resources.files("coevolve_sim.language.questionnaires") / "items"
DIMENSIONS = [(space, name) for space in SPACES for name in get(space).names]


def rows_of(name):
    return list(csv.DictReader((FOLDER / name).read_text(encoding="utf-8").splitlines()))


def test_every_dimension_has_one_topic_in_the_order_of_the_spaces():
    rows = rows_of("topics.csv")
    assert list(rows[0]) == ["space", "dimension", "topic", "for_reading"]
    assert [(row["space"], row["dimension"]) for row in rows] == DIMENSIONS
    assert len(DIMENSIONS) == 100


def test_topics_are_short_and_no_two_are_the_same():
    topics = [row["topic"] for row in rows_of("topics.csv")]
    assert [topic for topic, count in Counter(topics).items() if count > 1] == []
    assert [topic for topic in topics if not 2 <= len(topic.split()) <= 7] == []
    assert [topic for topic in topics if topic != topic.strip() or topic[-1] in ".,;"] == []


def test_topics_are_lowercase_but_for_names():
    words = {word for row in rows_of("topics.csv") for word in row["topic"].split()}
    assert {word for word in words if word != word.lower()} == {"Black", "Americans"}


def test_every_dimension_has_two_statements_for_and_one_against():
    rows = rows_of("statements.csv")
    assert list(rows[0]) == ["space", "dimension", "number", "keyed", "statement"]
    found = [(row["space"], row["dimension"], row["number"], row["keyed"]) for row in rows]
    keys = (("1", "1"), ("2", "1"), ("3", "-1"))
    assert found == [(*dimension, *key) for dimension in DIMENSIONS for key in keys]


def test_no_two_statements_are_the_same_even_when_case_is_ignored():
    counts = Counter(row["statement"].lower() for row in rows_of("statements.csv"))
    assert [statement for statement, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("space", SPACES)
def test_statements_are_plain_sentences_of_six_to_sixteen_words(space):
    for statement in (row["statement"] for row in rows_of("statements.csv") if row["space"] == space):
        assert 6 <= len(statement.split()) <= 16, statement
        assert statement[0].isupper(), statement
        assert statement.endswith("."), statement
        assert set(statement) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ -'."), statement
