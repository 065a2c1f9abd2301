"""A history says what its cells are: shares, percent, from LOW to HIGH, or labels; else it is refused."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coevolve_sim
from coevolve_sim.errors import HistoryError, ScenarioError
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup
from coevolve_sim.values.histories import read_history
from coevolve_sim.values.histories.cells import read_value, scale_of

SHARES = "era,trust,calm\n2000,0.25,1\n2010,0.5,0\n"

SAME = [
    ("0-1", SHARES),
    ("percent", "era,trust,calm\n2000,25,100\n2010,50 %,0%\n"),
    ("1-5", "era,trust,calm\n2000,2,5\n2010,3,1\n"),
    ("-2-2", "era,trust,calm\n2000,-1,2\n2010,0,-2\n"),
    (("no", "rather no", "either", "rather", "yes"), "era,trust,calm\n2000,rather no,yes\n2010,either,no\n"),
    (("1", "2", "3", "4", "5"), "era,trust,calm\n2000,2,5\n2010,3,1\n"),
]


def write(folder, text, name="waves.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("scale", "text"), SAME)
def test_the_same_history_on_every_scale(scale, text, tmp_path):
    assert read_history(write(tmp_path, text), scale=scale).values.tolist() == [[0.25, 1.0], [0.5, 0.0]]


@pytest.mark.parametrize(("scale", "text"), SAME)
def test_a_scenario_says_the_scale_and_nothing_else_changes(scale, text, tmp_path):
    said = list(scale) if isinstance(scale, tuple) else scale
    history = {"kind": "file", "path": str(write(tmp_path, text)), "scale": said, "effect": "attract"}
    base = "{name: a, value_space: {name: s, dimensions: [calm, trust]}, population: {humans: 12}}"
    setup = build_setup(loads(base, overrides={"history": history}))
    assert setup.history.values.tolist() == [[1.0, 0.25], [0.0, 0.5]]


def test_a_run_on_another_scale_has_the_same_values(tmp_path):
    runs = []
    for scale, text in SAME[:2]:
        path = write(tmp_path, text)
        scenario = loads(
            "{name: a, value_space: {name: s, dimensions: [trust, calm]}, population: {humans: 12}}",
            overrides={"history": {"kind": "file", "path": str(path), "scale": scale, "effect": "attract"}},
        )
        runs.append(coevolve_sim.run(scenario, results=tmp_path / scale))
    assert runs[0].trajectories.equals(runs[1].trajectories)


def test_parquet_has_scales_too(tmp_path):
    table = pa.table({"era": [2000, 2010], "trust": [2.0, 3.0], "calm": [5, 1]})
    pq.write_table(table, tmp_path / "waves.parquet")
    values = read_history(tmp_path / "waves.parquet", scale="1-5").values
    assert values.tolist() == [[0.25, 1.0], [0.5, 0.0]]


@given(st.integers(-50, 50), st.integers(1, 100), st.floats(0, 1))
def test_any_two_ends_make_a_scale(low, width, share):
    cell = repr(low + share * width)
    placed = read_value("a.csv", cell, scale_of(f"{low}-{low + width}"))
    assert placed == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize(
    ("scale", "text", "said"),
    [
        (
            "0-1",
            "era,a\n1,25\n2,0.5\n",
            "line 2, column 'a': a value is a number in [0, 1]; '25' given: state",
        ),
        (
            "percent",
            "era,a\n1,25\n2,101\n",
            "line 3, column 'a': a value is a number in [0, 100]; '101' given",
        ),
        ("percent", "era,a\n1,25\n2,-1\n", "a value is a number in [0, 100]; '-1' given"),
        (
            "percent",
            "era,a\n1,25\n2,\n",
            "line 3, column 'a': a value is a number in [0, 100]; the cell is empty",
        ),
        ("1-7", "era,a\n1,0\n2,3\n", "line 2, column 'a': a value is a number in [1, 7]; '0' given"),
        ("1-7", "era,a\n1,50 %\n2,3\n", "a value is a number in [1, 7]; '50 %' given"),
        (
            ("no", "yes"),
            "era,a\n1,no\n2,yess\n",
            "a value is one of no, yes; 'yess' given; did you mean 'yes'?",
        ),
        (("no", "yes"), "era,a\n1,no\n2,0.5\n", "a value is one of no, yes; '0.5' given"),
        (
            "0-5000",
            'era,a\n1,"1,250"\n2,"2,500"\n',
            "line 2, column 'a': '1,250' given: this and all other commas in the column may be decimal",
        ),
        ("7-1", SHARES, "scale '7-1' goes down; write 1-7"),
        ("3-3", SHARES, "scale '3-3' has one step"),
        ("likert", SHARES, "scale 'likert' is none: 0-1, percent, LOW-HIGH as in 1-7, or a list of labels"),
        ((), SHARES, "a scale of labels has two at least, each once; none given"),
    ],
)
def test_what_is_off_its_scale_is_refused_where_it_stands(scale, text, said, tmp_path):
    with pytest.raises(HistoryError, match=re.escape(said)):
        read_history(write(tmp_path, text), scale=scale)


def test_decimal_commas_of_a_scale_are_read_and_noted(tmp_path):
    history = read_history(write(tmp_path, "era;a\n1;2,5\n2;4\n"), scale="1-7")
    assert history.values.tolist() == [[0.25], [0.5]]
    assert "waves.csv: commas in numbers are decimal commas." in history.notes


@pytest.mark.parametrize("scale", ["7-1", "likert", "[once]", "[a, a]"])
def test_a_scale_that_is_none_is_refused_at_its_place_before_the_file_is_read(scale):
    text = f"name: a\nhistory: {{kind: file, path: waves.csv, scale: {scale}}}\npopulation: {{humans: 12}}\n"
    with pytest.raises(ScenarioError, match=r"2:\d+: history\.scale: "):
        loads(text)


def test_a_spread_is_of_values_in_0_to_1_whatever_the_scale(tmp_path):
    waves = write(tmp_path, SAME[1][1])
    spread = write(tmp_path, "era,trust,calm\n2000,0.1,0.2\n2010,0.1,0.2\n", "spread.csv")
    assert read_history(waves, spread, scale="percent").spreads.tolist() == [[0.1, 0.2], [0.1, 0.2]]
    spread.write_text("era,trust,calm\n2000,10,20\n2010,10,20\n")
    with pytest.raises(
        HistoryError, match=r"a standard deviation is a number in \[0, 0.5\]; '10' given: divide"
    ):
        read_history(waves, spread, scale="percent")
