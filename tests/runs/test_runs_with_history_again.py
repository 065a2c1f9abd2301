"""A run in which history begins again: its record, its export, its progress, its report, and going on."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.measures import measure_way
from coevolve_sim.report.findings import answer_questions
from coevolve_sim.report.network_picture import _name_round
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.scenario_text import describe_scenario
from coevolve_sim.report.timeline import build_timeline
from coevolve_sim.runs.progress import read_eras
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.branching import branch
from coevolve_sim.studies.run_summary import HISTORY, PEOPLE, summarise_run

TEXT = """
name: again
seed: 5
rounds: 11
rounds_per_era: 2
value_space: {name: v, dimensions: [thrift, mercy]}
history: {kind: file, path: eras.csv, effect: attract, pull: 0.4}
network: {family: watts_strogatz, degree: 4, rewiring: 0.2}
population: {humans: 40, groups: [{name: first, era: C013, stubbornness: 0.1, adoption: 0.6}]}
update: {rule: friedkin_johnsen, noise: 0.01}
assistants: [{name: helper, policy: {kind: lifelong, rate: 0.3}}]
interventions: [{round: 6, action: restart_history}]
"""
ERAS = "era,thrift,mercy\nC013,0.2,0.4\nC016,0.3,0.5\nC019,0.6,0.5\nC020,0.7,0.2\n"
POSITIONS = [0, 0.5, 1, 1.5, 2, 2.5, 0.5, 1, 1.5, 2, 2.5, 3]


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    (folder / "eras.csv").write_text(ERAS)
    (folder / "again.yaml").write_text(TEXT)
    return folder / "again.yaml"


@pytest.fixture(scope="module")
def finished(scenario_file):
    return coevolve_sim.run(scenario_file, results=scenario_file.parent / "results")


def test_the_record_has_the_position_of_each_round_and_the_restart_in_words(finished):
    assert finished.rounds["era"].tolist() == POSITIONS
    means = finished.means
    history = means[means["kind"] == "history"].set_index("round")
    assert history.loc[5, ["thrift", "mercy"]].tolist() == pytest.approx([0.65, 0.35])
    assert history.loc[6, ["thrift", "mercy"]].tolist() == pytest.approx([0.25, 0.45])
    notes = finished.notes
    said = notes[notes["kind"] == "intervention"][["round", "text"]].to_numpy().tolist()
    assert said == [[6, "history begins again"]]
    assert finished.to_xarray()["era"].to_numpy().tolist() == POSITIONS


def test_eras_as_read_from_the_record_are_those_of_the_setup(finished):
    setup = build_setup(finished.scenario)
    assert setup.era_rounds == (0, 2, 4, 7, 9, 11)
    people = finished.means.query("kind == 'people'").set_index("round")[["thrift", "mercy"]]
    eras = read_eras(finished)
    np.testing.assert_array_equal(eras.people, people.loc[list(setup.era_rounds)])
    expected = [[0.2, 0.4], [0.3, 0.5], [0.6, 0.5], [0.3, 0.5], [0.6, 0.5], [0.7, 0.2]]
    np.testing.assert_allclose(eras.history, expected, atol=1e-15)


def test_progress_of_a_record_and_of_a_studys_summary_are_the_same_and_over_these_eras(finished):
    summary = summarise_run(build_setup(finished.scenario))
    rows = finished.progress
    rows = rows[rows["dimension"] == ""]
    assert len(rows) > 8
    for assistant, measure, value in rows[["assistant", "measure", "value"]].itertuples(index=False):
        kept = summary.outcomes[f"{measure}.{assistant}" if assistant else measure]
        assert kept == pytest.approx(value, abs=1e-12), measure
    at = np.searchsorted(summary.rounds, (0, 2, 4, 7, 9, 11))
    way = measure_way(summary.select(PEOPLE)[at], summary.select(HISTORY)[at])
    assert summary.outcomes["share_of_way"] == way["share_of_way"]


@pytest.mark.parametrize("stop", [4, 5, 6, 7])
def test_a_run_stopped_around_the_restart_resumes_to_the_same_bytes(finished, scenario_file, tmp_path, stop):
    def progress(done, asked):
        if done == stop:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        coevolve_sim.run(scenario_file, results=tmp_path, progress=progress)
    folder = next(tmp_path.iterdir())
    assert coevolve_sim.open_run(folder).n_rounds_finished == stop
    assert coevolve_sim.resume(folder).digest() == finished.digest()


def test_a_run_killed_before_the_restart_goes_on_over_it_to_the_same_bytes(tmp_path):
    path = tmp_path / "again.yaml"
    text = TEXT.replace("rounds: 11", "rounds: 900").replace("round: 6", "round: 700")
    path.write_text(text.replace("rounds_per_era: 2", "rounds_per_era: 200\nrecord: {checkpoint_every: 7}"))
    (tmp_path / "eras.csv").write_text(ERAS)
    whole = coevolve_sim.run(path, results=tmp_path / "whole")
    results = tmp_path / "killed"
    command = [sys.executable, "-m", "coevolve_sim", "run", str(path), "--results", str(results)]
    process = subprocess.Popen([*command, "--only-record"], stdout=subprocess.DEVNULL)
    folder, reached = None, 0
    while reached < 40 and process.poll() is None:
        folder = folder or next(results.glob("again-*/"), None)
        if folder is not None:
            with suppress(sqlite3.Error), closing(sqlite3.connect(folder / "run.sqlite")) as connection:
                reached = connection.execute("SELECT max(round_index) FROM rounds").fetchone()[0] or 0
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    resumed = coevolve_sim.resume(folder)
    assert resumed.sessions[1]["from_round"] < 700
    assert resumed.digest() == whole.digest()


def test_a_branch_in_which_history_begins_again_is_the_run_that_was_written_so(
    finished, scenario_file, tmp_path
):
    goes_on = coevolve_sim.run(scenario_file, overrides=["interventions=[]"], results=tmp_path / "runs")
    restart = [{"round": 6, "action": "restart_history"}]
    study = branch(goes_on.folder, 5, {"again": {"interventions": restart}}, results=tmp_path / "branches")
    assert study.counts == {"finished": 2, "failed": 0, "left": 0}
    people = finished.means.query("kind == 'people'")[["thrift", "mercy"]].to_numpy()
    np.testing.assert_array_equal(study.people("again")[0], people)
    assert not np.array_equal(study.people("as_written")[0], people)


# --- the report ----------------------------------------------------------------------------------


def test_the_axis_of_a_report_names_eras_anew_after_the_restart(finished):
    timeline = build_timeline(RunData(finished))
    assert timeline.ticks == ((0, "C013"), (4, "C019"), (9, "C019"))
    assert timeline.label == "era (one era lasts 2 rounds)"
    assert timeline.marks == ((6, "history begins again"),)


def test_rounds_of_a_report_bear_the_era_that_history_is_in(finished):
    data = RunData(finished)
    named = [_name_round(r, data) for r in (4, 5, 6, 7, 11)]
    assert named == ["round 4 (C019)", "round 5", "round 6", "round 7 (C016)", "round 11 (C020)"]


def test_a_report_tells_the_restart(finished):
    data = RunData(finished)
    planned = next(one for one in describe_scenario(data) if one.lead == "Interventions")
    told = (
        "At the beginning of round 6: lets history begin again with its first era: in this round it does what"
    )
    assert planned.items[0].startswith(told)
    assert "()" not in planned.items[0]
    coevolve = next(one.paragraphs for one in answer_questions(data) if one.name == "Coevolve")
    assert "History began again in the course of the run" in " ".join(coevolve)
    plain = RunData(finished)
    plain.history_restarts = ()
    without = next(one.paragraphs for one in answer_questions(plain) if one.name == "Coevolve")
    assert "began again" not in " ".join(without)


def test_a_scenario_with_a_restart_is_written_back_as_it_was(finished):
    assert finished.scenario.interventions[0].model_dump() == {"round": 6, "action": "restart_history"}
    assert loads("{name: t, rounds: 3}").interventions == ()
