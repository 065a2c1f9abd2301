"""Text of tables: what separates cells, what is a number, and what is refused rather than guessed."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim import delimited, input_files, registry
from coevolve_sim.errors import CoevolveError, NetworkError
from coevolve_sim.language.prompts import templates
from coevolve_sim.language.questionnaires import tables
from coevolve_sim.minds.local import checkpoints
from coevolve_sim.networks import edge_lists, files, graph_formats, graphs, ties
from coevolve_sim.scenario import yaml_text
from coevolve_sim.society import respondents
from coevolve_sim.values.histories import files as history_files
from tests import ROOT

CELLS = st.text(st.sampled_from("ab,;\t \"'0.é\n"), max_size=6).map(str.strip)
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")


def separator_of(*lines, blanks=False):
    return delimited.choose_separator(Path("a"), lambda: list(lines), CoevolveError, blanks=blanks)


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        (["a,b", "1,2"], ","),
        (["a;b", "1;2"], ";"),
        (["a\tb", "1\t2"], "\t"),
        (["a;b;c", "1;0,5;0,25"], ";"),
        (["1;2;0,5", "2;3;1,5"], ";"),
        (["1\t2\t0,5"], "\t"),
        (["1 2 0,5", "2 3 1,5"], " "),
        (["1 2", "2 3"], " "),
        (["a b,c d", "e f,g h"], ","),
        (['"a;b";c', "d;e"], ";"),
        (["a,b", "1,2,3"], ","),
        (["a;b", "1;2;3,4,5"], ";"),
        (["a"], " "),
    ],
)
def test_the_separator_is_the_one_by_which_all_rows_are_as_long(lines, separator):
    assert separator_of(*lines, blanks=True) == separator


@pytest.mark.parametrize("lines", [["a;b,c", "d;e,f"], ["a\tb,c", "d\te,f"], ["a\tb;c"], ["0,5;2", "1,5;3"]])
def test_a_text_that_two_separators_fit_is_refused(lines):
    with pytest.raises(CoevolveError, match=r"a: cells may be separated by .* or by .*; put cells"):
        separator_of(*lines)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_a_table_is_read_as_it_was_written_or_refused(tmp_path_factory, rows, separator):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *rows])
    path = tmp_path_factory.mktemp("tables") / "a.csv"
    path.write_bytes(text.getvalue().encode())
    table = delimited.read_table(path, CoevolveError, 10_000)
    assert table.columns == ("x", "y", "z")
    assert [cells for _, cells in table.rows] == rows
    assert table.notes == (
        () if separator == "," else (f"a.csv: cells are separated by {delimited.SEPARATORS[separator]}.",)
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_back_to_the_bit_with_a_point_and_with_a_comma(number):
    assert delimited.parse_number(repr(number)) == number
    assert delimited.parse_number(repr(number).replace(".", ",")) == number


@pytest.mark.parametrize(
    "text", ["", " ", "nan", "inf", "1e999", "1_0", "0x10", "1,2,3", "1.5,2", "١", "--1", "1 0"]
)
def test_what_is_no_finite_number_is_none(text):
    assert delimited.parse_number(text) is None


def test_a_row_that_is_badly_quoted_or_too_long_is_named_by_its_line(tmp_path):
    path = tmp_path / "a.csv"
    for text, said in (
        ('x,y\n1,"2\n', "a.csv:2: not a table that can be read: unexpected end of data"),
        ('x,y\n1,2\n"3"4,5\n', "a.csv:3: not a table that can be read: ',' expected after"),
        ("x,y\n1,2\n3\n", "a.csv:3: 1 cells where the first line names 2 columns"),
        ("", "a.csv: the file is empty"),
    ):
        path.write_text(text)
        with pytest.raises(CoevolveError, match=re.escape(said)):
            delimited.read_table(path, CoevolveError, 100)


def test_the_page_states_the_limits_that_are_held():
    stated = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", PAGE.partition("## Limits")[2], re.MULTILINE))
    assert stated["scenario"] == f"{yaml_text.MAX_BYTES:,} bytes"
    assert stated["edge list, after unpacking"] == (
        f"{input_files.size_text(files.MOST_TEXT_BYTES)}; a line of {edge_lists.LONGEST_LINE:,} characters, "
        f"a name of {edge_lists.LONGEST_NAME:,}"
    )
    of_graphs = {suffix: input_files.size_text(most) for suffix, (*_, most) in graph_formats.READERS.items()}
    for what, suffixes in (
        ("GraphML, GEXF", (".graphml", ".xml", ".gexf")),
        ("GML, Pajek", (".gml", ".net")),
        ("Matrix Market", (".mtx",)),
        ("adjacency list, edge list with data in braces", (".adjlist", ".edgelist")),
    ):
        assert {stated[f"{what}, after unpacking"].split(",")[0]} == {
            of_graphs[suffix] for suffix in suffixes
        }
    assert stated["respondents"] == (
        f"{input_files.size_text(respondents.MOST_BYTES)}; {respondents.MOST_RESPONDENTS:,} rows, a cell of "
        f"{respondents.LONGEST_CELL:,} characters"
    )
    assert stated["attributes of people in a graph"] == (
        f"{graphs.MOST_ATTRIBUTES}, a text of {graphs.LONGEST_ATTRIBUTE:,} characters"
    )
    freely = input_files.size_text(input_files.MOST_UNPACKED_FREELY)
    assert stated["what a `.gz` unpacks to"] == f"{freely}, or {input_files.MOST_RATIO} times its size"
    assert stated["history, spread"] == (
        f"{input_files.size_text(history_files.MOST_BYTES)}; Parquet {history_files.MOST_CELLS:,} cells and "
        f"{input_files.size_text(8 * history_files.MOST_BYTES)} unpacked"
    )
    assert stated["questionnaire, personas, judge cases"] == input_files.size_text(tables.MOST_BYTES)
    assert registry.MOST_PLUGIN_BYTES == checkpoints.MOST_CONFIG_BYTES
    assert stated["file of a plug-in; config of a model"] == input_files.size_text(registry.MOST_PLUGIN_BYTES)
    assert stated["template of a prompt"] == input_files.size_text(templates.MOST_BYTES)
    assert float(stated["weight of a tie"]) == ties.MOST_WEIGHT


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
@pytest.mark.parametrize("encoding", [None, "latin-1"])
def test_a_workbook_of_excel_is_to_be_saved_as_csv(begins, encoding):
    with pytest.raises(NetworkError, match=r"^a\.csv: is a workbook of Excel .*: save the sheet as CSV$"):
        delimited.decode(Path("a.csv"), begins + bytes(range(256)), NetworkError, encoding, key=True)
