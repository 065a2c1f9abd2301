"""How widely an era's values were spread: read beside its history, and where a group's humans begin."""

from __future__ import annotations

import hashlib
import json
import re

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import HistoryError, RecordError, ScenarioError
from coevolve_sim.scenario import content_of, dump, load, loads
from coevolve_sim.society.setup import build_setup
from coevolve_sim.values.histories import read_history

HISTORY = "era,care,fairness\nC013,0.3,0.4\nC014,0.5,0.5\nC015,0.6,0.5\n"
SPREAD = "era,fairness,loyalty,care\nC015,0.11,0.3,0.05\nC013,0.08,0.3,0.12\nC014,0.1,0.3,0.2\n"
SCENARIO = """
name: spread
value_space: moral-foundations
dimensions: [fairness, care]
history: {kind: file, path: history.csv, spread: {path: spread.csv}}
population: {humans: 2000, groups: [{name: everyone, era: C014, sampling: stratified}]}
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a history, its spread, and a scenario of both."""
    for name, text in (("history.csv", HISTORY), ("spread.csv", SPREAD), ("s.yaml", SCENARIO)):
        (tmp_path / name).write_text(text)
    return tmp_path


def begun(folder, **overrides):
    """Return the setup of the scenario, and the standard deviation of its first values."""
    setup = build_setup(load(folder / "s.yaml", overrides))
    return setup, setup.initial_values.std(axis=0)


def test_rows_and_columns_are_put_in_the_order_of_the_history(folder):
    history = read_history(folder / "history.csv", folder / "spread.csv")
    assert history.dimension_names == ("care", "fairness")
    assert history.spreads.tolist() == [[0.12, 0.08], [0.2, 0.1], [0.05, 0.11]]
    assert history.select(["fairness"]).spreads.tolist() == [[0.08], [0.1], [0.11]]
    assert history.span("C014", "C015").spreads.tolist() == [[0.2, 0.1], [0.05, 0.11]]
    assert read_history(folder / "history.csv").select(["care"]).span("C013", "C014").spreads is None
    with pytest.raises(ValueError, match="read-only"):
        history.spreads[0] = 0.1


def test_a_group_begins_spread_as_its_era_was(folder):
    setup, found = begun(folder)
    assert found == pytest.approx([0.1, 0.2], abs=2e-3)
    assert setup.initial_values.mean(axis=0) == pytest.approx([0.5, 0.5], abs=1e-3)
    assert not [note for note in setup.notes if "spread" in note]


def test_each_group_has_its_own_era(folder):
    groups = [
        {"name": "old", "share": 0.5, "era": "C013", "sampling": "stratified"},
        {"name": "new", "share": 0.5, "era": "C015", "sampling": "stratified"},
    ]
    setup, _ = begun(folder, **{"population.groups": groups})
    for group, wanted in enumerate(([0.08, 0.12], [0.11, 0.05])):
        of_group = setup.initial_values[setup.group_of == group]
        assert of_group.std(axis=0) == pytest.approx(wanted, abs=2e-3)


def test_a_group_of_wave_four_is_centred_where_wave_four_was_and_there_is_no_wave_three(folder):
    (folder / "history.csv").write_text("era,care,fairness\n1,0.1,0.1\n2,0.2,0.2\n4,0.8,0.4\n5,0.9,0.5\n")
    keys = {"history": {"kind": "file", "path": str(folder / "history.csv")}}
    setup, _ = begun(folder, **keys, **{"population.groups.0.era": 4})
    assert setup.initial_values.mean(axis=0) == pytest.approx([0.4, 0.8], abs=2e-3)
    with pytest.raises(ScenarioError, match=r"no era is called '3'\. There are: 1, 2, 4, 5"):
        begun(folder, **keys, **{"population.groups.0.era": 3})


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({"era": "C014", "spread": 0.03}, 0.03),
        ({"era": "C014", "spread": {"default": 0.04}}, 0.04),
        ({"centre": 0.5}, 0.15),
    ],
)
def test_a_spread_of_its_own_or_no_era_goes_before_and_a_note_says_so(keys, wanted, folder):
    group = {"name": "everyone", "sampling": "stratified", **keys}
    setup, found = begun(folder, **{"population.groups": [group]})
    assert found == pytest.approx([wanted] * 2, abs=2e-3)
    idle = "history.spread has no effect unless a group has an era and no spread of its own"
    assert idle in setup.notes


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            "C014,0.1,0.3,0.2\n",
            "",
            "there is no spread of era 'C014', which the history has; there are: C015, C013.",
        ),
        (
            "fairness",
            "purity",
            "there is no spread of dimension 'fairness', which the history has; there are: pur",
        ),
        ("0.12", "0.51", "line 3, column 'care': a standard deviation is a number in [0, 0.5]; '0.51' given"),
        ("0.12", "-0.1", "line 3, column 'care': a standard deviation is a number in [0, 0.5]; '-0.1' given"),
        (
            "0.12",
            "",
            "line 3, column 'care': a standard deviation is a number in [0, 0.5]; the cell is empty",
        ),
        ("era", "when", "there is no column 'era', which names the eras; the columns are 'when',"),
        ("C015", "C014", "line 4, column 'era': era 'C014' stands twice; each may stand once"),
    ],
)
def test_a_table_of_spreads_that_will_not_do_is_refused_where_it_is_wrong(was, now, said, folder):
    assert SPREAD.count(was) == 1
    (folder / "spread.csv").write_text(SPREAD.replace(was, now))
    with pytest.raises(HistoryError, match=re.escape(said)) as refused:
        read_history(folder / "history.csv", folder / "spread.csv")
    assert str(refused.value).startswith(str(folder / "spread.csv"))
    with pytest.raises(ScenarioError, match=re.escape(said)) as placed:
        coevolve_sim.run(folder / "s.yaml", results=folder / "results")
    assert placed.value.where.startswith(f"{folder / 's.yaml'}:5:")
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere.csv", "nowhere.csv: there is no such file"),
        ("history.txt", "history.txt: a table of spreads is a .csv or a .parquet file; '.txt' given"),
    ],
)
def test_a_table_of_spreads_that_is_not_there_is_refused(path, said, folder):
    with pytest.raises(ScenarioError, match=re.escape(said)):
        begun(folder, **{"history.spread.path": str(folder / path)})


def test_a_key_that_is_none_and_a_history_that_has_no_file_are_refused(folder):
    with pytest.raises(ScenarioError, match=r"history\.spread\.file: unknown key"):
        begun(folder, **{"history.spread": {"file": "spread.csv"}})
    with pytest.raises(ScenarioError, match=r"history\.spread: unknown key"):
        begun(folder, history={"kind": "gss-moral", "spread": {"path": "spread.csv"}})


def test_the_scenario_is_written_out_and_read_back(folder):
    scenario = load(folder / "s.yaml")
    assert scenario.history.spread.path == str(folder / "spread.csv")
    assert loads(dump(scenario)) == scenario


def test_the_file_is_content_its_place_is_not_and_a_resumed_run_must_find_it_as_it_was(folder, monkeypatch):
    found = coevolve_sim.run(folder / "s.yaml", results=folder / "results")
    inputs = json.loads(found.manifest["inputs"])
    assert inputs["history.spread.path"] == hashlib.sha256(SPREAD.encode()).hexdigest()
    assert json.loads(found.manifest["content"])["history"]["spread"] == {"path": "spread.csv"}
    monkeypatch.setattr("coevolve_sim.runs.runner.is_finished", lambda _found: False)
    (kept,) = found.folder.glob("inputs/*/spread.csv")
    kept.write_text(SPREAD.replace("0.12", "0.13"))
    with pytest.raises(RecordError, match=r"the file at history\.spread\.path was changed"):
        coevolve_sim.resume(found.folder)


def test_a_scenario_without_a_spread_has_the_content_it_always_had(folder):
    plain = load(folder / "s.yaml", {"history.spread": None})
    assert "spread" not in content_of(plain)["history"]
    assert "spread" in content_of(load(folder / "s.yaml"))["history"]
    assert np.array_equal(build_setup(plain).initial_values.shape, (2000, 2))
