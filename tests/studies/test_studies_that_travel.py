"""A study's folder holds what its scenarios read: it goes on, is reported and shown where that is not."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, resume_study, run_plan
from coevolve_sim.studies.store import DATABASE
from coevolve_sim.studies.study import open_study
from coevolve_sim.studies.sweeping import plan_sweep

ALONE = Means(workers=1)

TOWN = """
name: town
rounds: 4
value_space: {name: survey, dimensions: [trust, calm]}
history: {kind: file, path: waves.csv, effect: attract}
network: {family: file, path: ties.csv}
population: {file: people.csv}
assistants: [{name: helper}]
"""

REWIRE = {"round": 2, "action": "rewire", "network": {"family": "file", "path": "other.csv"}}
WORLDS = {"near": {}, "other": {"interventions": [REWIRE]}, "none": {"assistants": []}}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a folder with a scenario and four files that it and its worlds read, in which one stands."""
    folder = tmp_path / "home"
    folder.mkdir()
    people = "".join(f"p{i},0.{i},0.5\n" for i in range(1, 7))
    (folder / "people.csv").write_text("id,trust,calm\n" + people)
    (folder / "ties.csv").write_text("source,target\n" + "".join(f"p{i},p{i + 1}\n" for i in range(1, 6)))
    (folder / "other.csv").write_text("source,target\n" + "".join(f"p1,p{i}\n" for i in range(2, 7)))
    (folder / "waves.csv").write_text("era,trust,calm\n" + "".join(f"{i},0.{i},0.4\n" for i in range(1, 6)))
    (folder / "town.yaml").write_text(TOWN)
    monkeypatch.chdir(folder)
    return folder


def begin(home, results, worlds=WORLDS, **settings):
    plan = plan_comparison(home / "town.yaml", worlds, replications=3, **settings)
    return run_plan(plan, results, ALONE)


def half_done(study):
    """Take runs away, as if the study had been killed; return its folder."""
    with closing(sqlite3.connect(study.folder / DATABASE)) as connection:
        connection.execute("DELETE FROM runs WHERE replication > 0")
        connection.commit()
    return study.folder


def move(folder, home, tmp_path, monkeypatch):
    """Move a study to another place, and delete all that lay beside its scenario."""
    moved = tmp_path / "another machine" / "a study"
    moved.parent.mkdir()
    shutil.move(folder, moved)
    monkeypatch.chdir(moved.parent)
    shutil.rmtree(home)
    return moved


def said_by(*arguments):
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize("record", ["summary", "full"])
def test_a_moved_study_is_shown_reported_and_resumed_to_the_same_bytes(record, home, tmp_path, monkeypatch):
    whole = begin(home, tmp_path / "whole", record=record)
    digest, runs = whole.digest(), whole.runs
    folder = half_done(begin(home, tmp_path / "results", record=record))
    moved = move(folder, home, tmp_path, monkeypatch)
    code, said = said_by("show", moved)
    assert (code, "3 of 9 runs finished" in said) == (0, True), said
    code, said = said_by("resume", moved)
    assert code == 0, said
    assert open_study(moved).digest() == digest
    drop = ["folder"] if "folder" in runs else []
    assert open_study(moved).runs.drop(columns=drop).equals(runs.drop(columns=drop))
    assert said_by("report", moved)[0] == said_by("export", moved)[0] == 0
    assert str(tmp_path) not in (moved / "study.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in (moved / "report.html").read_text(encoding="utf-8")


def test_no_place_of_this_machine_is_in_a_studys_plan_and_each_file_is_kept_once(home, tmp_path):
    study = begin(home, tmp_path / "results")
    with closing(sqlite3.connect(study.folder / DATABASE)) as connection:
        (plan,) = connection.execute("SELECT value FROM study WHERE key = 'plan'").fetchone()
    assert str(tmp_path) not in plan
    kept = sorted(path.name for path in study.folder.glob("inputs/*/*"))
    assert kept == ["other.csv", "people.csv", "ties.csv", "waves.csv"]


def test_where_files_lie_does_not_change_a_studys_digest(home, tmp_path, monkeypatch):
    one = begin(home, tmp_path / "results")
    shutil.copytree(home, tmp_path / "other")
    monkeypatch.chdir(tmp_path / "other")
    assert begin(tmp_path / "other", tmp_path / "results").digest() == one.digest()


def test_a_study_without_files_keeps_none(home, tmp_path):
    plain = "name: town\nrounds: 2\npopulation: {humans: 12}\nassistants: [{name: a}]\n"
    (home / "town.yaml").write_text(plain)
    study = begin(home, tmp_path / "results", {"with": {}, "without": {"assistants": []}})
    assert not (study.folder / "inputs").exists()


def test_files_of_a_design_travel_too(home, tmp_path, monkeypatch):
    axes = {"network.path": [str(home / "ties.csv"), str(home / "other.csv")]}
    plan = plan_sweep(home / "town.yaml", axes, replications=2)
    whole = run_plan(plan, tmp_path / "whole", ALONE)
    folder = half_done(run_plan(plan, tmp_path / "results", ALONE))
    moved = move(folder, home, tmp_path, monkeypatch)
    assert resume_study(moved, ALONE).digest() == whole.digest()


def test_a_study_that_adds_replications_names_its_copies_still(home, tmp_path, monkeypatch):
    plan = plan_comparison(home / "town.yaml", WORLDS, replications=2, details={"until_width": 0.05})
    whole = run_plan(plan, tmp_path / "whole", ALONE)
    assert len(whole.plan.seeds) > 2
    moved = move(half_done(whole), home, tmp_path, monkeypatch)
    assert resume_study(moved, ALONE).digest() == run_again(moved)


def run_again(folder):
    """Return the digest of a study whose plan is run anew, from its own copies."""
    return run_plan(open_study(folder).plan, folder.parent / "again", ALONE).digest()


def test_a_copy_that_was_changed_is_refused_when_a_study_goes_on(home, tmp_path):
    folder = half_done(begin(home, tmp_path / "results"))
    copy = next(folder.glob("inputs/*/people.csv"))
    copy.write_text(copy.read_text().replace("0.1", "0.2"))
    with pytest.raises(RecordError, match=r"people\.csv was changed since the study began; put back"):
        resume_study(folder, ALONE)
    assert len(open_study(folder).runs) == 3


def test_shipped_scenarios_that_read_files_make_one_study_wherever_they_are_installed(tmp_path):
    worlds = {"with": {}, "without": {"assistants": []}}
    small = {"rounds": 1, "population.humans": 6, "channel.bias_map": False}
    small |= {"minds": [{"name": "people", "kind": "scripted"}]}
    small |= {f"population.groups.{i}.voice": "" for i in range(3)}
    plan = plan_comparison("quickstart", worlds, replications=2, overrides=small)
    study = run_plan(plan, tmp_path, ALONE)
    assert [path.name for path in study.folder.glob("inputs/*/*")] == ["embedded_eras.csv"]


def test_what_a_file_browser_leaves_among_the_copies_is_none_of_them(home, tmp_path, monkeypatch):
    whole = begin(home, tmp_path / "whole").digest()
    moved = move(half_done(begin(home, tmp_path / "half")), home, tmp_path, monkeypatch)
    copy = next(moved.glob("inputs/*/*"))
    (copy.parent / ".DS_Store").write_bytes(b"where icons lie")
    (copy.parent / "a folder").mkdir()
    assert resume_study(moved, ALONE).digest() == whole
