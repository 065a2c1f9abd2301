"""What a run prints: errors beside cosines, history's way, and what its numbers are not."""

import json

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.cli.outcome import describe_one_run, describe_progress, describe_size

HISTORY = "history: {kind: planted, eras: 4, start: 0.55, end: 0.95}"
KEYS = {
    "one": "value_space: {name: v, dimensions: [thrift]}",
    "two": "value_space: {name: v, dimensions: [thrift, mercy]}",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    found = {}
    for name, keys in KEYS.items():
        path = folder / f"{name}.yaml"
        path.write_text(
            f"{{name: {name}, {keys}, {HISTORY}, network: {{family: ring}}, "
            "population: {humans: 9}, assistants: [{name: still, start: 0.501, policy: {kind: frozen}}]}"
        )
        found[name] = coevolve_sim.run(path, results=folder / "results")
    return found


def printed(run):
    return CliRunner().invoke(app, ["show", str(run.folder)], env={"COLUMNS": "200"}).output


def test_one_dimension_prints_errors_and_says_why_there_is_no_cosine(runs):
    text = printed(runs["one"])
    row = next(line.split() for line in text.splitlines() if line.startswith(" follow "))
    assert row[:4] == ["follow", "still", "-", "-"]
    assert float(row[4]) > 0.1
    assert "follow of still, follow_history of still, predict_1 of still: absent: in one dimension" in text
    assert "distance_across_way of people: undefined: in one dimension nothing lies across" in text


def test_two_dimensions_print_a_share_of_historys_way_by_dimension(runs):
    text = printed(runs["two"])
    assert "share_of_way" in text
    assert "By dimension: thrift " in text
    assert "absent" not in text


def test_a_run_says_that_it_is_one_and_which_measures_depend_on_its_size(runs):
    text = " ".join(printed(runs["two"]).split())
    assert describe_one_run(runs["two"]) in text
    assert "no number here has an interval" in text
    assert "compare them at 9 only: spread, coverage" in describe_size(runs["two"])
    assert "density_modes_on_first_axis" in text


def test_the_same_stands_in_json(runs):
    shown = json.loads(CliRunner().invoke(app, ["show", str(runs["one"].folder), "--json"]).output)
    rows = {(row["assistant"], row["measure"], row["dimension"]): row for row in shown["progress"]}
    assert rows["still", "follow", ""]["value"] is None
    assert rows["still", "follow", ""]["note"].startswith("absent")
    assert rows["still", "follow_rmse", ""]["value"] > 0.1
    assert rows["", "share_of_way", "thrift"]["value"] == pytest.approx(rows["", "share_of_way", ""]["value"])
    assert shown["size_free"]["0"]["density_modes"] == 1.0
    assert "no number here has an interval" in shown["meaning"]


def test_a_run_without_history_and_assistants_prints_no_progress(tmp_path):
    path = tmp_path / "alone.yaml"
    path.write_text("{name: alone, rounds: 1, network: {family: ring}, population: {humans: 4}}")
    run = coevolve_sim.run(path, results=tmp_path)
    assert list(describe_progress(run)) == []
    assert describe_one_run(run).endswith("how much is chance.")
