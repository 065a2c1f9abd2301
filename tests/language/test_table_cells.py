"""What a model says is no formula in a spreadsheet, and comes back as it was."""

from __future__ import annotations

import csv
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.assistants.preferences.comparison import Comparison
from coevolve_sim.assistants.preferences.tables import comparisons_table, read_comparisons
from coevolve_sim.language.table_cells import escape_text, escape_texts, unescape_text

FORMULAS = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1", "''-1")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text_in_the_file_and_comes_back_as_it_was(text):
    assert escape_text(text) == f"'{text}"
    assert unescape_text(escape_text(text)) == text


@pytest.mark.parametrize("text", ["I am for it.", "'tis so", "", "1 - 1", " =1"])
def test_other_texts_are_written_as_they_are(text):
    assert escape_text(text) == text == unescape_text(text)


@given(st.text(st.sampled_from("'=+-@\t\r\nab"), max_size=6))
def test_every_text_comes_back(text):
    assert unescape_text(escape_text(text)) == text
    assert escape_text(text).lstrip("'")[:1] == text.lstrip("'")[:1]


def test_no_number_is_escaped():
    table = pd.DataFrame({"text": ["-1", None], "value": [-1.5, math.nan], "round": [-1, 2]})
    found = escape_texts(table)
    assert found["text"][0] == "'-1"
    assert found["text"].isna().tolist() == [False, True]
    assert found[["value", "round"]].equals(table[["value", "round"]])
    assert table["text"][0] == "-1"


def test_comparisons_of_texts_that_look_like_formulas_are_read_as_they_were(tmp_path):
    told = [Comparison("=Ada", "-thrift", "+Save.", "'@Spend.", (2.0, 1.0), ("answered", "answered"))]
    path = tmp_path / "comparisons.csv"
    escape_texts(comparisons_table(told)).to_csv(path, index=False)
    with path.open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
    assert read_comparisons(path) == told
