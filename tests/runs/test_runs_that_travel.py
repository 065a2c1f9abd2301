"""A run's folder holds what it read: it opens, checks and goes on where its inputs are not."""

import json
import shutil

import networkx as nx
import pytest
import xarray as xr
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import CoevolveError, RecordError
from coevolve_sim.runs import inputs, record
from coevolve_sim.society.model import Society

TOWN = """
name: town
rounds: 6
value_space: {name: survey, dimensions: [trust]}
history: {kind: file, path: waves.csv, spread: {path: spread.csv}, effect: attract}
network: {family: file, path: net.graphml}
population: {file: people.csv, groups_from: camp}
interventions: [{round: 3, action: rewire, network: {family: file, path: later.csv}}]
assistants: [{name: helper}]
measures: {every: 2}
"""


@pytest.fixture
def home(tmp_path):
    """Return a folder with a scenario and five files that it reads."""
    folder = tmp_path / "home"
    folder.mkdir()
    graph = nx.Graph([("n1", "n2"), ("n2", "n3")])
    nx.set_node_attributes(graph, {"n1": "ann", "n2": "bob", "n3": "cem"}, "label")
    nx.set_node_attributes(graph, {"n1": 0, "n2": 0, "n3": 1}, "camp")
    nx.write_graphml(graph, folder / "net.graphml")
    (folder / "people.csv").write_text("id,trust\nann,0.1\nbob,0.5\ncem,0.9\n")
    (folder / "waves.csv").write_text("era,trust\n" + "".join(f"{2000 + i},0.{i + 1}\n" for i in range(7)))
    (folder / "spread.csv").write_text("era,trust\n" + "".join(f"{2000 + i},0.1\n" for i in range(7)))
    (folder / "later.csv").write_text("source,target\n0,1\n1,2\n0,2\n")
    (folder / "town.yaml").write_text(TOWN)
    return folder


def interrupted(home, results, monkeypatch):
    """Return the folder of a run that was interrupted in round 4."""
    step = Society.step

    def interrupt(society):
        if society.round_index == 3:
            raise KeyboardInterrupt
        step(society)

    with monkeypatch.context() as patch:
        patch.setattr(Society, "step", interrupt)
        with pytest.raises(KeyboardInterrupt):
            coevolve_sim.run(home / "town.yaml", results=results)
    return next(results.iterdir())


def said_by(*arguments):
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_a_moved_run_is_shown_checked_resumed_and_reported_without_its_inputs(home, tmp_path, monkeypatch):
    whole = coevolve_sim.run(home / "town.yaml", results=tmp_path / "whole")
    folder = interrupted(home, tmp_path / "results", monkeypatch)
    moved = tmp_path / "elsewhere" / "a run"
    moved.parent.mkdir()
    shutil.move(folder, moved)
    shutil.rmtree(home)
    assert said_by("show", moved)[0] == 0
    assert "ok, 3 humans, 6 rounds" in said_by("check", moved / "scenario.yaml")[1]
    resumed = coevolve_sim.resume(moved)
    assert resumed.digest() == whole.digest(), "the same bytes as without a break and a move"
    assert resumed.report().is_file()
    assert said_by("export", moved)[0] == 0
    again = coevolve_sim.run(moved / "scenario.yaml", results=tmp_path / "again")
    assert again.digest() == whole.digest()


def test_no_place_of_this_machine_is_in_a_runs_scenario(home, tmp_path):
    run = coevolve_sim.run(home / "town.yaml", results=tmp_path / "results")
    for text in (run.manifest["scenario"], (run.folder / "scenario.yaml").read_text()):
        assert str(tmp_path) not in text
    assert run.manifest["history_source"] == "waves.csv"
    kept = {path.name for path in (run.folder / "inputs").glob("*/*")}
    assert kept == {"net.graphml", "people.csv", "waves.csv", "spread.csv", "later.csv"}
    for path in (run.folder / "inputs").glob("*/*"):
        assert path.read_bytes() == (home / path.name).read_bytes()


def test_where_files_lie_does_not_change_a_digest(home, tmp_path):
    one = coevolve_sim.run(home / "town.yaml", results=tmp_path / "results")
    shutil.copytree(home, tmp_path / "other")
    other = coevolve_sim.run(tmp_path / "other" / "town.yaml", results=tmp_path / "results")
    assert one.digest() == other.digest()


def test_runs_beside_each_other_share_the_room_of_a_file(home, tmp_path):
    for seed in (1, 2):
        coevolve_sim.run(home / "town.yaml", seed=seed, results=tmp_path / "results")
    first, second = sorted((tmp_path / "results").glob("*/inputs/*/net.graphml"))
    assert first.stat().st_ino == second.stat().st_ino
    assert first.stat().st_ino != (home / "net.graphml").stat().st_ino, "the user's own may change"


def test_a_copy_that_was_changed_is_not_shared_and_refused_on_resume(home, tmp_path, monkeypatch):
    folder = interrupted(home, tmp_path / "results", monkeypatch)
    copy = next(folder.glob("inputs/*/people.csv"))
    copy.write_text(copy.read_text().replace("0.1", "0.2"))
    with pytest.raises(
        RecordError, match=r"the file at population\.file\.path was changed since the run began"
    ):
        coevolve_sim.resume(folder)
    other = coevolve_sim.run(home / "town.yaml", seed=2, results=tmp_path / "results")
    assert next(other.folder.glob("inputs/*/people.csv")).read_bytes() == (home / "people.csv").read_bytes()


def test_a_large_file_stays_where_it_is_and_a_note_says_so(home, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_COPIED_BYTES", 100)
    folder = interrupted(home, tmp_path / "results", monkeypatch)
    assert not list(folder.glob("inputs/*/net.graphml"))
    resumed = coevolve_sim.resume(folder)
    note = "network.path: net.graphml is larger than 100 bytes and stays where it is; take it along"
    assert any(note in text for text in resumed.notes["text"])
    assert str(home / "net.graphml") in resumed.manifest["scenario"]
    whole = coevolve_sim.run(home / "town.yaml", results=tmp_path / "whole")
    assert resumed.digest() == whole.digest()


def test_a_branch_starts_from_the_runs_own_copies(home, tmp_path):
    run = coevolve_sim.run(home / "town.yaml", results=tmp_path / "results")
    moved = tmp_path / "moved"
    shutil.move(run.folder, moved)
    shutil.rmtree(home)
    code, said = said_by(
        "branch", moved, "--at", 2, "--world", "alone=update.rate.assistant=0", "--results", tmp_path / "b"
    )
    assert code == 0, said


def test_names_of_too_many_people_are_not_kept_and_a_note_says_so(home, tmp_path, monkeypatch):
    whole = coevolve_sim.run(home / "town.yaml", results=tmp_path / "whole")
    for module in (record, inputs):
        monkeypatch.setattr(module, "MOST_NAMED", 2)
    run = coevolve_sim.run(home / "town.yaml", results=tmp_path / "results")
    assert run.names is None
    assert "names and attributes of more than 2 humans are not kept" in run.notes["text"].to_list()
    assert run.means.equals(whole.means)


# --- the table of runs ---------------------------------------------------------------------------


def test_the_table_of_runs_says_what_was_set(home, tmp_path):
    results = tmp_path / "results"
    coevolve_sim.run(home / "town.yaml", seed=7, overrides={"rounds": 4}, results=results)
    coevolve_sim.run(
        home / "town.yaml", overrides=["history.path=" + str(home / "waves.csv")], results=results
    )
    (results / "broken").mkdir()
    (results / "broken" / "run.sqlite").write_text("no database")
    table = coevolve_sim.runs_table(results).set_index("run")
    readable = table[table["status"] == "finished"].sort_values("seed")
    assert readable["scenario"].tolist() == ["town", "town"]
    assert readable["seed"].tolist() == [1, 7]
    assert readable["set"].tolist() == [{"history.path": "waves.csv"}, {"rounds": 4}]
    assert readable["finished"].tolist() == readable["rounds"].tolist() == [6, 4]
    assert table.loc["broken", "status"].startswith("unreadable: ")
    code, said = said_by("list", "runs", "--results", results, "--json")
    listed = {row["run"]: row for row in json.loads(said)}
    assert code == 0
    assert {row.get("set") for row in listed.values()} == {"rounds=4", 'history.path="waves.csv"', None}
    assert [row["seed"] for row in listed.values() if row.get("set") == "rounds=4"] == [7]
    assert all(row["began"].startswith("20") for row in listed.values() if "began" in row)


def test_the_table_of_runs_names_minds(tmp_path):
    text = "name: a\nrounds: 1\nvalue_space: {name: v, dimensions: [x]}\npopulation: {humans: 12}\n"
    (tmp_path / "a.yaml").write_text(text + "channel: {kind: language}\nminds: [{kind: scripted}]\n")
    coevolve_sim.run(tmp_path / "a.yaml", results=tmp_path / "results")
    (minds,) = coevolve_sim.runs_table(tmp_path / "results")["minds"]
    assert [*minds] == ["people"]
    assert "scripted" in minds["people"]
    assert "minds: people (scripted" in said_by("list", "runs", "--results", tmp_path / "results")[1]


def test_a_folder_without_runs_is_an_empty_table_and_a_file_is_refused(tmp_path):
    assert coevolve_sim.runs_table(tmp_path).empty
    (tmp_path / "file").write_text("")
    with pytest.raises(CoevolveError, match="is a file; runs lie in a folder"):
        coevolve_sim.runs_table(tmp_path / "file")


# --- NetCDF --------------------------------------------------------------------------------------


def test_netcdf_tells_units_ranges_sources_people_and_the_summary(home, tmp_path):
    run = coevolve_sim.run(home / "town.yaml", results=tmp_path / "results")
    run.export(("netcdf",))
    with xr.open_dataset(run.folder / "run.nc", engine="h5netcdf") as data:
        data.load()
    unexplained = [name for name, variable in data.variables.items() if "long_name" not in variable.attrs]
    assert unexplained == ["summary_meaning"]
    assert data["values"].attrs["valid_max"] == 1.0
    assert data["values"].attrs["units"] == "1"
    assert (data["variance"].attrs["references"], data["variance"].attrs["valid_max"]) == (
        "Bramson2016",
        0.25,
    )
    assert data["name"].values.tolist() == ["ann", "bob", "cem"]
    assert data["human_camp"].values.tolist() == [0.0, 0.0, 1.0]
    told = {
        (str(a), str(m)): data["summary"].sel(summary_of=a, summary_measure=m).item()
        for a in data["summary_of"].values
        for m in data["summary_measure"].values
    }
    for row in run.summary.itertuples():
        assert told[row.assistant or "people", row.measure] == pytest.approx(row.value, nan_ok=True)
    assert data.attrs["sha256"] == run.digest()
    assert set(json.loads(data.attrs["inputs"])) == set(json.loads(run.manifest["inputs"]))
    assert "matched to humans by name" in data.attrs["notes"]
