"""A study that is killed, interrupted or failed goes on to the same bytes, and every run has one status."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError, ScenarioError
from coevolve_sim.runs import inputs
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.streams import stream
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, resume_study, run_plan
from coevolve_sim.studies.store import DATABASE, MANIFEST
from coevolve_sim.studies.study import open_study
from coevolve_sim.studies.sweeping import plan_sweep
from tests.studies.tiny import DEADLY, WITH_AND_WITHOUT, numbers, write

N_RUNS = 30
WORLDS = ("--world", "with=", "--world", "without=assistants=[]")


def start(*arguments, folder):
    """Start the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "coevolve_sim", *map(str, arguments)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def wait_for_rows(folder, n):
    """Wait until a study lies in a results folder and has so many rows; return its folder."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        for one in folder.glob("results/[!.]*"):
            if open_study(one).counts["finished"] >= n:
                return one
        time.sleep(0.01)
    raise AssertionError("the study did not begin")


@pytest.mark.long
def test_a_study_killed_twice_goes_on_to_the_digest_of_one_that_was_not(tmp_path):
    slow = ("--set", "rounds=40", "--set", "population.humans=200")
    file = write(tmp_path)
    process = start(
        "compare", file, *WORLDS, *slow, "-n", N_RUNS // 2, "--workers", 1, "--only-record", folder=tmp_path
    )
    moments = stream(1, "kill").integers(1, 8, 2)
    study = wait_for_rows(tmp_path, int(moments[0]))
    process.kill()
    process.communicate()
    counts = open_study(study).counts
    assert counts["left"] > 0
    assert sum(counts.values()) == N_RUNS
    process = start("resume", study, "--workers", 1, folder=tmp_path)
    wait_for_rows(tmp_path, counts["finished"] + int(moments[1]))
    process.kill()
    process.communicate()
    assert open_study(study).status == "interrupted"
    found = resume_study(study, Means(workers=1))
    assert found.counts == {"finished": N_RUNS, "failed": 0, "left": 0}
    plan = plan_comparison(file, WITH_AND_WITHOUT, overrides=slow[1::2], replications=N_RUNS // 2)
    assert found.digest() == run_plan(plan, tmp_path / "whole", Means(workers=1)).digest()


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_study_says_how_to_go_on(how, tmp_path):
    file = write(tmp_path)
    slow = ("--set", "rounds=60", "--set", "population.humans=300", "-n", 200, "--workers", 1)
    process = start("compare", file, *WORLDS, *slow, "--only-record", folder=tmp_path)
    study = wait_for_rows(tmp_path, 2)
    process.send_signal(how)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"Finished runs are kept; go on with: coevolve resume {study.relative_to(tmp_path)}" in told
    assert "Traceback" not in told
    assert open_study(study).counts["finished"] >= 2


def failing_sweep(folder, unless=""):
    """Return the plan of a sweep: at one of two points the assistant fails."""
    (folder / "mine.py").write_text(DEADLY, "utf-8")
    path = f"{folder}/mine.py:Failing"
    policy = f"{{kind: custom, path: '{path}', parameters: {{unless: '{unless}', fails: 0}}}}"
    axes = {"assistants.0.policy.parameters.fails": [0, 1]}
    return plan_sweep(numbers(f"assistants.0.policy={policy}", "rounds=2"), axes, replications=3)


def test_a_failed_run_is_a_row_with_stage_and_error(tmp_path):
    study = run_plan(failing_sweep(tmp_path), tmp_path, Means(workers=1))
    assert study.counts == {"finished": 3, "failed": 3, "left": 0}
    assert study.status == "finished"
    failed = study.runs[study.runs["status"] == "failed"]
    assert failed["point"].tolist() == [1, 1, 1]
    assert set(failed["stage"]) == {"rounds"}
    assert failed["error"].str.contains("no idea what to learn").all()
    assert failed["variance"].isna().all()
    assert resume_study(study.folder).digest() == study.digest()


def test_failed_runs_are_computed_again_if_asked_for(tmp_path):
    mark = tmp_path / "mark"
    plan = failing_sweep(tmp_path, unless=mark)
    study = run_plan(plan, tmp_path, Means(workers=1))
    assert study.counts["failed"] == 3
    mark.touch()
    assert resume_study(study.folder).counts["failed"] == 3
    again = resume_study(study.folder, retry_failed=True)
    assert again.counts == {"finished": 6, "failed": 0, "left": 0}
    assert again.digest() == run_plan(plan, tmp_path / "whole", Means(workers=1)).digest()


def begun_with_files_that_went(folder):
    """Run a study on a table of people, and take the table away."""
    people = folder / "people.csv"
    people.write_text("id,care,fairness\n" + "".join(f"p{i},0.{i},0.5\n" for i in range(1, 9)))
    scenario = numbers("rounds=2", f"population={{file: '{people}'}}")
    study = run_plan(
        plan_comparison(scenario, WITH_AND_WITHOUT, replications=2), folder / "results", Means(workers=1)
    )
    people.unlink()
    return study, people


def test_a_finished_study_is_resumed_without_the_files_that_it_read(tmp_path):
    study, _ = begun_with_files_that_went(tmp_path)
    digest = study.digest()
    moved = study.folder.rename(tmp_path / "elsewhere")
    assert resume_study(moved).digest() == digest
    assert (moved / MANIFEST).exists()


def take_runs_away(study):
    with closing(sqlite3.connect(study.folder / DATABASE)) as connection:
        connection.execute("DELETE FROM runs WHERE replication = 1")
        connection.commit()


def test_a_study_with_runs_left_goes_on_with_its_own_copies(tmp_path):
    study, _ = begun_with_files_that_went(tmp_path)
    digest = study.digest()
    take_runs_away(study)
    assert resume_study(study.folder, Means(workers=1)).digest() == digest


def test_a_study_with_a_file_too_large_to_copy_says_which_to_put_back(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_COPIED_BYTES", 10)
    study, people = begun_with_files_that_went(tmp_path)
    digest = study.digest()
    take_runs_away(study)
    with pytest.raises(ScenarioError) as caught:
        resume_study(study.folder)
    assert f"population.file: {people}: there is no such file. {study.folder} was begun" in str(caught.value)
    assert str(caught.value).endswith("has no copy of it: put the file back there to go on")
    people.write_text("id,care,fairness\n" + "".join(f"p{i},0.{i},0.5\n" for i in range(1, 9)))
    assert resume_study(study.folder, Means(workers=1)).digest() == digest


def test_a_run_that_cannot_be_built_fails_at_its_setup(tmp_path):
    edges = tmp_path / "edges.txt"
    edges.write_text("0 1\n1 2\n", "utf-8")
    base = numbers(f"network={{family: file, path: '{edges}'}}", "population.humans=null")
    worlds = {"as": {}, "fast": {"update.rate.peer": 0.9}}
    seen = []

    def take_away(finished, _all):
        seen.append(finished)
        if finished == 2:
            next(tmp_path.glob("*-compare-*/inputs/*/edges.txt")).unlink()

    plan = plan_comparison(base, worlds, replications=3)
    study = run_plan(plan, tmp_path, Means(workers=1, progress=take_away))
    assert study.counts == {"finished": 2, "failed": 4, "left": 0}
    assert set(study.runs["stage"].iloc[2:]) == {"setup"}
    assert seen == [0, 2, 4, 6]
    assert {row.left_out for row in study.effect_rows} == {2}


def test_two_processes_do_not_write_one_study(tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=2)
    study = run_plan(plan, tmp_path, Means(workers=1))
    with lock_folder(study.folder), pytest.raises(RecordError, match="is being written by another process"):
        resume_study(study.folder)


def test_the_command_line_goes_on_with_a_study_and_tells_what_failed(tmp_path):
    mark = tmp_path / "mark"
    study = run_plan(failing_sweep(tmp_path, unless=mark), tmp_path / "results", Means(workers=1))
    shown = CliRunner().invoke(app, ["show", str(study.folder)])
    assert "3 runs failed; the first in world as_written, seed 3, at rounds" in shown.output
    mark.touch()
    done = CliRunner().invoke(app, ["resume", str(study.folder), "--retry-failed", "--json"])
    assert done.exit_code == 0, done.output
    assert open_study(study.folder).counts["failed"] == 0
