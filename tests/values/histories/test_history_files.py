"""A history file is read as it stands, or refused with the place that is wrong."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coevolve_sim.errors import HistoryError
from coevolve_sim.values.histories import files, gss_moral, read_history

GOOD = "era,thrift,faith\n1990,0.2,0.9\n2000,0.6,1\n"


def write(tmp_path, text, name="town.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_file_is_read_as_it_stands(tmp_path):
    history = read_history(write(tmp_path, GOOD))
    assert history.name == "town"
    assert history.dimension_names == ("thrift", "faith")
    assert history.era_names == ("1990", "2000")
    assert history.times.tolist() == [1990.0, 2000.0]
    assert history.values.tolist() == [[0.2, 0.9], [0.6, 1.0]]
    assert history.observed.all()
    assert history.notes == ("2 eras and 2 dimensions read from town.csv.",)


def test_a_byte_order_mark_spaces_and_blank_lines_do_no_harm(tmp_path):
    text = "\ufeff" + GOOD.replace(",", " , ").replace("\n", "\r\n") + "\r\n"
    assert read_history(str(write(tmp_path, text, "town.CSV"))).values.tolist() == [[0.2, 0.9], [0.6, 1.0]]


def test_eras_that_are_not_numbers_are_counted(tmp_path):
    history = read_history(write(tmp_path, "era,a\nC013,0.1\nC014,0.2\n14,0.3\n"))
    assert history.era_names == ("C013", "C014", "14")
    assert history.times.tolist() == [0.0, 1.0, 2.0]


def test_uneven_eras_are_noted(tmp_path):
    history = read_history(write(tmp_path, "era,a\n1990,0.1\n1995,0.2\n2010,0.3\n"))
    assert history.notes[1] == "Eras are not evenly spaced (steps of 5 to 15); rates are per era."


def test_parquet_and_csv_give_the_same_history(tmp_path):
    table = pa.table({"era": [1990, 2000], "thrift": [0.2, 0.6], "faith": [0.9, 1.0]})
    pq.write_table(table, tmp_path / "town.parquet")
    ours, theirs = read_history(tmp_path / "town.parquet"), read_history(write(tmp_path, GOOD))
    assert ours.era_names == theirs.era_names
    assert ours.times.tolist() == theirs.times.tolist()
    assert ours.values.tolist() == theirs.values.tolist()


def test_a_history_written_out_is_read_back_to_the_bit(tmp_path):
    history = gss_moral()
    lines = [",".join(("era", *history.dimension_names))]
    lines += [
        ",".join((name, *map(repr, row)))
        for name, row in zip(history.era_names, history.values.tolist(), strict=True)
    ]
    back = read_history(write(tmp_path, "\n".join(lines) + "\n"))
    assert back.values.tobytes() == history.values.tobytes()
    assert back.times.tolist() == history.times.tolist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        (
            "year,a\n1,0.1\n2,0.2\n",
            "there is no column 'era', which names the eras; the columns are 'year', 'a': a history",
        ),
        ("era\n1\n2\n", "there is no dimension"),
        ("era,a,a\n1,0.1,0.1\n2,0.2,0.2\n", "column 'a' stands twice"),
        ("era,a,\n1,0.1,0.1\n2,0.2,0.2\n", "column 3 has no name"),
        ("era,a\n1,0.1\n", "at least 2 eras; 1 given"),
        ("era,a\n", "at least 2 eras; 0 given"),
        ("era,a\n1,0.1\n1,0.2\n", "line 3, column 'era': era '1' stands twice"),
        ("era,a\n1,0.1\n,0.2\n", "line 3, column 'era': every era has a name; none given"),
        ("era,a\n2,0.1\n1,0.2\n", "eras that are numbers must increase; '1' follows '2'"),
        ("era,a\n1,0.1\n1.0,0.2\n", "eras that are numbers must increase; '1.0' follows '1'"),
        (
            "era,a,b\n1,0.1,0.2\n2,0.3,\n",
            "line 3, column 'b': a value is a number in [0, 1]; the cell is empty",
        ),
        (
            "era,a,b\n1,0.1,0.2\n\n2,nan,0.1\n",
            "line 4, column 'a': a value is a number in [0, 1]; 'nan' given",
        ),
        ("era,a\n1,0.1\n2,high\n", "line 3, column 'a': a value is a number in [0, 1]; 'high' given"),
        ("era,a\n1,1.5\n2,0.1\n", "line 2, column 'a': a value is a number in [0, 1]; '1.5' given"),
        ("era,a\n1,-0.1\n2,0.1\n", "'-0.1' given"),
        ("era,a\n1,0_1\n2,0.1\n", "'0_1' given"),
        ("era,a\n1,0.1,0.2\n2,0.1\n", "town.csv:2: 3 cells where the first line names 2 columns"),
        ('era,a\n1,"0.1\n', "town.csv:2: not a table that can be read: unexpected end of data"),
        (
            "era,a\n1,37.7\n2,62\n",
            "'37.7' given: state its scale (percent, 1-7, ...), or bring it to [0, 1]",
        ),
        ("era,a\n1,\n2,0.2\n", "the cell is empty: fill it in, or leave the era or the dimension out"),
        ("era,a\n1,0.1\0\n2,0.2\n", "town.csv:2: holds a zero character"),
    ],
)
def test_a_csv_file_that_is_no_history_is_refused_where_it_is_wrong(tmp_path, text, said):
    path = write(tmp_path, text)
    with pytest.raises(HistoryError, match=re.escape(said)) as refused:
        read_history(path)
    assert str(refused.value).startswith(str(path))


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "town.csv"
    path.write_bytes("era,é\n1,0.1\n2,0.2\n".encode("latin-1"))
    said = (
        r"town.csv:1: not UTF-8 text: save the file as UTF-8, or state its encoding, as in encoding: latin-1"
    )
    with pytest.raises(HistoryError, match=said):
        read_history(path)
    assert read_history(path, encoding="latin-1").dimension_names == ("é",)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"era": ["a", "b"], "x": [0.1, None]},
            "row 1, column 'x': a value is a number in [0, 1]; the cell is empty",
        ),
        (
            {"era": ["a", "b"], "x": [np.nan, 0.1]},
            "row 0, column 'x': a value is a number in [0, 1]; 'nan' given",
        ),
        ({"era": ["a", "b"], "x": [np.inf, 0.1]}, "'inf' given"),
        ({"era": ["a", "b"], "x": [True, False]}, "'True' given"),
        ({"era": ["a", None], "x": [0.1, 0.2]}, "row 1, column 'era': every era has a name; none given"),
        ({"x": [0.1, 0.2], "when": ["a", "b"]}, "there is no column 'era'"),
        ({"era": ["a"], "x": [0.1]}, "at least 2 eras; 1 given"),
    ],
)
def test_a_parquet_file_that_is_no_history_is_refused_where_it_is_wrong(tmp_path, columns, said):
    path = tmp_path / "town.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(HistoryError, match=re.escape(f"{path}")) as refused:
        read_history(path)
    assert said in str(refused.value)


def test_a_parquet_file_of_too_many_cells_is_refused_by_what_it_says_of_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_CELLS", 100)
    pq.write_table(pa.table({"era": range(60), "x": np.zeros(60)}), tmp_path / "town.parquet")
    with pytest.raises(HistoryError, match="unpacks to 120 cells; a history has at most 100 cells"):
        read_history(tmp_path / "town.parquet")


def test_a_long_text_that_repeats_in_parquet_is_never_unpacked(tmp_path):
    rows = pa.DictionaryArray.from_arrays(np.zeros(4_000, np.int32), pa.array(["x" * 2_000_000]))
    table = pa.table({"era": rows, "x": np.zeros(4_000)})
    pq.write_table(table, tmp_path / "town.parquet", store_schema=False)
    with pytest.raises(HistoryError, match="a cell of 2000000 bytes; a cell has at most 1000"):
        read_history(tmp_path / "town.parquet")


def test_lists_in_parquet_are_refused(tmp_path):
    pq.write_table(pa.table({"era": [1, 2], "x": [[0.1], [0.2]]}), tmp_path / "town.parquet")
    with pytest.raises(HistoryError, match=r"column 'x' holds list.* a column of a history holds numbers"):
        read_history(tmp_path / "town.parquet")


def test_columns_that_repeat_in_parquet_are_refused(tmp_path):
    path = tmp_path / "town.parquet"
    pq.write_table(pa.table([["a", "b"], [0.1, 0.2], [0.1, 0.2]], names=["era", "x", "x"]), path)
    with pytest.raises(HistoryError, match="column 'x' stands twice"):
        read_history(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent.csv", "there is no such file"),
        ("absent.parquet", "there is no such file"),
        ("town.xlsx", "a history is a .csv or a .parquet file; '.xlsx' given"),
        ("town", "a history is a .csv or a .parquet file; '' given"),
        ("broken.parquet", "cannot be read as Parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, said):
    write(tmp_path, "not parquet", "broken.parquet")
    with pytest.raises(HistoryError, match=re.escape(f"{tmp_path / name}: {said}")):
        read_history(tmp_path / name)
