"""Runs: what is left behind, however they end; and that resuming gives the same bytes."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.assistants.policies import POLICIES
from coevolve_sim.errors import RecordError, RoundError, ScenarioError
from coevolve_sim.runs import resume
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.scenario import loads
from tests.runs.edited_records import rewritten

TEXT = """
name: tiny
seed: 5
rounds_per_era: 2
value_space: moral-foundations
history: {kind: planted, shape: reversal, eras: 6}
network: {family: watts_strogatz, degree: 4, rewiring: 0.2}
population:
  humans: 40
  groups:
    - {name: first, share: 0.5, era: 0, stubbornness: 0.2, adoption: 0.6}
    - {name: second, share: 0.5, centre: 0.3}
update:
  rule: hegselmann_krause
  confidence: {peer: 0.3, assistant: 0.5}
  noise: 0.01
channel: {kind: numeric, noise: 0.02}
assistants:
  - {name: helper, policy: {kind: lifelong, rate: 0.3}}
  - {name: idol, policy: {kind: frozen}, start: 0.9, present: false}
interventions:
  - {round: 2, action: bring_in, assistant: idol}
  - {round: 3, action: rewire, fraction: 0.3}
  - {round: 4, action: shock, group: first, shift: {default: 0.0, care: 0.2}}
  - {round: 5, action: change_confidence, group: second, confidence: {peer: 0.1}}
  - {round: 6, action: change_policy, assistant: helper, policy: {kind: frozen}}
  - {round: 7, action: set_values, assistant: idol, values: 0.1}
  - {round: 8, action: withdraw, assistant: helper}
"""


@pytest.fixture
def scenario_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def finished(scenario_file, tmp_path):
    return coevolve_sim.run(scenario_file, results=tmp_path / "results")


def test_a_run_leaves_every_round_on_record(finished):
    assert finished.status == "finished"
    assert finished.rounds["round"].tolist() == list(range(11))
    assert set(finished.rounds["status"]) == {"finished"}
    assert finished.measures.index.tolist() == list(range(11))
    assert finished.measures.notna().all(axis=None)
    assert finished.trajectories.shape == (11 * 40, 4 + 5)
    assert sorted(finished.snapshots()) == [0, 5, 10]
    assert finished.consultations.loc[9, "helper"] == 0
    assert finished.consultations["idol"].loc[:1].sum() == 0


def test_interventions_are_on_record_in_words(finished):
    said = finished.notes[finished.notes["kind"] == "intervention"].set_index("round")["text"]
    assert said[2] == "assistant idol brought in"
    assert said[3] == "ties rewired with probability 0.3"
    assert said[5] == "confidence of second is now 0.1 (peer)"
    assert said[8] == "assistant helper withdrawn"
    assert said.size == 7


def test_the_network_on_record_is_that_of_the_round(finished):
    assert np.array_equal(finished.ties(2).indices, finished.ties(0).indices)
    assert not np.array_equal(finished.ties(3).indices, finished.ties(2).indices)


def test_trajectories_hold_what_the_snapshots_hold(finished):
    last = finished.trajectories.query("round == 10")[list(finished.dimensions)].to_numpy()
    np.testing.assert_array_equal(last, finished.snapshots()[10])
    people = finished.means.query("round == 10 and kind == 'people'")[list(finished.dimensions)].to_numpy()[0]
    np.testing.assert_allclose(people, last.mean(axis=0), atol=1e-15)


def test_progress_is_measured_for_people_and_for_each_assistant_while_it_is_there(finished):
    summary = finished.summary.set_index(["assistant", "measure"])["value"]
    assert set(summary.index.get_level_values("assistant")) == {"", "helper", "idol"}
    assert ("", "coevolve_aligned_centred") in summary.index
    assert ("helper", "predict_1") in summary.index
    eras = finished.means[finished.means["round"].isin([0, 2, 4, 6])]
    dims = list(finished.dimensions)
    helper = eras[eras["name"] == "helper"][dims].to_numpy()
    people = eras[eras["kind"] == "people"][dims].to_numpy()
    cosines = (helper * people).sum(1) / np.linalg.norm(helper, axis=1) / np.linalg.norm(people, axis=1)
    assert summary["helper", "follow"] == pytest.approx(cosines[1:].mean(), abs=1e-12)


def test_the_record_says_over_which_eras_an_assistant_was_scored(finished):
    said = set(finished.notes[finished.notes["kind"] == "progress"]["text"])
    assert len(said) == 2
    assert any(text.startswith("assistant helper: progress is measured over eras 0 to 3") for text in said)
    assert any(text.startswith("assistant idol: progress is measured over eras 1 to 5") for text in said)


def test_the_same_scenario_gives_the_same_digest_and_another_seed_another(finished, scenario_file, tmp_path):
    again = coevolve_sim.run(scenario_file, results=tmp_path / "again")
    other = coevolve_sim.run(scenario_file, results=tmp_path / "again", seed=6)
    assert again.digest() == finished.digest()
    assert other.digest() != finished.digest()


def test_the_digest_does_not_depend_on_where_input_files_lie(tmp_path):
    digests = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "ties.txt").write_text("0 1\n1 2\n2 3\n")
        (folder / "s.yaml").write_text("{name: f, rounds: 2, network: {family: file, path: ties.txt}}")
        digests.append(coevolve_sim.run(folder / "s.yaml", results=folder).digest())
    assert digests[0] == digests[1]


def test_a_digest_sees_one_bit(finished):
    before = finished.digest()
    with rewritten(finished.folder) as connection:
        (data,) = connection.execute("SELECT data FROM trajectories WHERE round_index = 3").fetchone()
        flipped = bytes([data[0] ^ 1]) + data[1:]
        connection.execute("UPDATE trajectories SET data = ? WHERE round_index = 3", (flipped,))
    assert coevolve_sim.open_run(finished.folder).digest() != before


class StopError(Exception):
    """What stops a run in these tests."""


def stopped_at(scenario_file, results, round_index, error=KeyboardInterrupt):
    def progress(done, asked):
        if done == round_index:
            raise error

    with pytest.raises(error):
        coevolve_sim.run(scenario_file, results=results, progress=progress)
    return next(results.iterdir())


@pytest.mark.long
@pytest.mark.parametrize("round_index", range(1, 10))
@pytest.mark.parametrize("schedule", ["synchronous", "pairwise"])
def test_an_interrupted_run_resumes_to_the_same_bytes(tmp_path, round_index, schedule):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT.replace("  noise: 0.01", f"  noise: 0.01\n  schedule: {schedule}"))
    whole = coevolve_sim.run(path, results=tmp_path / "whole")
    folder = stopped_at(path, tmp_path / "stopped", round_index)
    assert coevolve_sim.open_run(folder).status == "interrupted"
    assert coevolve_sim.open_run(folder).n_rounds_finished == round_index
    resumed = coevolve_sim.resume(folder)
    assert resumed.status == "finished"
    assert resumed.digest() == whole.digest()
    assert [s["status"] for s in resumed.sessions] == ["interrupted", "finished"]


@pytest.mark.parametrize("every", [3, 4])
def test_with_rare_checkpoints_it_resumes_to_the_same_bytes_too(tmp_path, every):
    path = tmp_path / "s.yaml"
    path.write_text(
        TEXT + f"record: {{checkpoint_every: {every}, every: 2, humans: 7}}\nmeasures: {{every: 3}}\n"
    )
    whole = coevolve_sim.run(path, results=tmp_path / "whole")
    folder = stopped_at(path, tmp_path / "stopped", 8)
    assert coevolve_sim.resume(folder).digest() == whole.digest()
    assert whole.recorded_humans.size == 7
    assert whole.measures.index.tolist() == [0, 3, 6, 9, 10]


def mean_of_all_it_ever_heard(values, observation, memory, rate):
    """A policy that needs its memory: the mean over all rounds, and who it heard last."""
    n_heard, total = (
        memory.get("n_heard", np.int64(0) * np.ones((), np.int64)),
        memory.get("total", 0 * values),
    )
    n_heard, total = n_heard + np.array(len(observation.heard)), total + observation.heard.sum(axis=0)
    kept = {"n_heard": np.array(n_heard), "total": total, "last": observation.humans.astype(np.int64)}
    return (total / n_heard if n_heard else values), kept


@pytest.mark.long
@pytest.mark.parametrize("every", [1, 3])
def test_what_a_policy_remembers_survives_a_stop(tmp_path, every):
    with POLICIES.replaced("lifelong", mean_of_all_it_ever_heard):
        path = tmp_path / "s.yaml"
        path.write_text(TEXT + f"record: {{checkpoint_every: {every}}}\n")
        whole = coevolve_sim.run(path, results=tmp_path / "whole")
        for round_index in (1, 4, 5):
            folder = stopped_at(path, tmp_path / f"stopped{round_index}", round_index)
            with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
                names = {name for (name,) in connection.execute("SELECT name FROM checkpoint_arrays")}
            if round_index >= every:
                assert names == {f"assistant/helper/{name}" for name in ("n_heard", "total", "last")}
            assert coevolve_sim.resume(folder).digest() == whole.digest()


def test_a_resumed_run_without_its_memory_is_another(tmp_path):
    with POLICIES.replaced("lifelong", mean_of_all_it_ever_heard):
        path = tmp_path / "s.yaml"
        path.write_text(TEXT)
        whole = coevolve_sim.run(path, results=tmp_path / "whole")
        folder = stopped_at(path, tmp_path / "stopped", 3)
        with rewritten(folder) as connection:
            connection.execute("DELETE FROM checkpoint_arrays")
        assert coevolve_sim.resume(folder).digest() != whole.digest()


TRUSTING = """
name: trusting
rounds: 200
value_space: {name: v, dimensions: [a, b]}
network: {family: watts_strogatz, degree: 4}
population: {humans: 30, groups: [{name: all, adoption: 0.6}]}
update: {rule: bayesian_trust, trust: {peer: 0.05}, noise: 0.01}
assistants:
  - {name: one, policy: {kind: bayesian_trust, trust: 0.05}}
  - {name: two, policy: {kind: self_consuming, samples: 20, accumulate: true}}
record: {checkpoint_every: 7}
"""


@pytest.mark.long
def test_beliefs_and_models_survive_a_kill(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TRUSTING)
    whole = coevolve_sim.run(path, results=tmp_path / "whole")
    results = tmp_path / "killed"
    process = start(["run", str(path), "--results", str(results), "--only-record"])
    folder = None
    while folder is None or rounds_on_record(folder) < 40:
        folder = folder or next(results.glob("trusting-*/"), None)
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM checkpoint_arrays")}
    assert names >= {"humans/log_precision", "humans/evidence", "assistant/one/log_precision"}
    assert "assistant/two/sd" in names
    resumed = coevolve_sim.resume(folder)
    assert resumed.sessions[1]["from_round"] < 200
    assert resumed.digest() == whole.digest()


def test_resuming_a_finished_run_changes_nothing(finished):
    before = finished.digest()
    assert coevolve_sim.resume(finished.folder).digest() == before
    assert len(coevolve_sim.open_run(finished.folder).sessions) == 1


def test_resuming_a_changed_scenario_is_refused_and_names_the_field(scenario_file, tmp_path):
    folder = stopped_at(scenario_file, tmp_path / "results", 4)
    kept = folder / "scenario.yaml"
    kept.write_text(kept.read_text().replace("peer: 0.3", "peer: 0.25"))
    with pytest.raises(RecordError, match=r"update\.confidence\.peer: 0\.3 -> 0\.25"):
        coevolve_sim.resume(folder)


def test_resuming_with_a_changed_input_file_is_refused(tmp_path):
    (tmp_path / "ties.txt").write_text("0 1\n1 2\n2 3\n")
    path = tmp_path / "s.yaml"
    path.write_text("{name: f, rounds: 5, network: {family: file, path: ties.txt}}")
    folder = stopped_at(path, tmp_path / "results", 2)
    (tmp_path / "ties.txt").write_text("0 1\n1 2\n1 3\n")  # which the run has a copy of
    next(folder.glob("inputs/*/ties.txt")).write_text("0 1\n1 2\n1 3\n")
    with pytest.raises(RecordError, match=r"network\.path was changed"):
        coevolve_sim.resume(folder)


def test_resuming_under_another_version_is_refused(scenario_file, tmp_path, monkeypatch):
    folder = stopped_at(scenario_file, tmp_path / "results", 4)
    real = resume.versions()
    monkeypatch.setattr(resume, "versions", lambda _libraries: real | {"numpy": "1.0.0"})
    with pytest.raises(RecordError, match=r"numpy .*; with 1\.0\.0"):
        coevolve_sim.resume(folder)


def test_a_run_that_another_process_writes_cannot_be_resumed(scenario_file, tmp_path):
    folder = stopped_at(scenario_file, tmp_path / "results", 4)
    with lock_folder(folder), pytest.raises(RecordError, match="another process"):
        coevolve_sim.resume(folder)


def test_a_nan_stops_the_round_and_the_finished_rounds_stand(scenario_file, tmp_path, monkeypatch):
    from coevolve_sim.society import round as round_phases

    real = round_phases.exchange_among_peers

    def poisoned(state, setup, scene):
        real(state, setup, scene)
        if scene.round_index == 6:
            state.values[17, 2] = np.nan

    whole = coevolve_sim.run(scenario_file, results=tmp_path / "whole")
    monkeypatch.setattr(round_phases, "exchange_among_peers", poisoned)
    with pytest.raises(RoundError, match=r"round 6: .*human 17.*'loyalty'.*hegselmann_krause.*5 rounds"):
        coevolve_sim.run(scenario_file, results=tmp_path / "results")
    run = coevolve_sim.open_run(next((tmp_path / "results").iterdir()))
    assert run.status == "failed"
    assert run.n_rounds_finished == 5
    failed = run.rounds[run.rounds["status"] == "failed"]
    assert failed["round"].tolist() == [6]
    assert "human 17" in failed["message"].iloc[0]
    monkeypatch.undo()
    assert coevolve_sim.resume(run.folder).digest() == whole.digest()


def test_an_unforeseen_fault_is_on_record_too(scenario_file, tmp_path):
    folder = stopped_at(scenario_file, tmp_path / "results", 3, StopError)
    run = coevolve_sim.open_run(folder)
    assert run.status == "failed"
    assert "StopError" in run.rounds["message"].iloc[-1]


def test_a_scenario_that_cannot_be_leaves_nothing_behind(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("name: s\nrounds: 3\nnetwork:\n  family: ring\n  degree: 40\npopulation:\n  humans: 20\n")
    with pytest.raises(ScenarioError, match=r"s\.yaml:4:3: .*40"):
        coevolve_sim.run(path, results=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_a_results_folder_that_cannot_be_written_is_a_record_error(scenario_file, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be written"):
        coevolve_sim.run(scenario_file, results=tmp_path / "file")


@pytest.mark.slow
def test_a_run_killed_while_it_is_created_leaves_no_folder_that_looks_like_a_run(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT)
    for attempt in range(3):
        results = tmp_path / f"r{attempt}"
        process = start(["run", str(path), "--results", str(results), "--only-record"])
        while process.poll() is None and not any(results.glob("*")):
            time.sleep(0.0002)
        process.kill()
        process.wait()
        for folder in results.glob("tiny-*/"):
            assert coevolve_sim.resume(folder).status == "finished"


def test_reading_a_run_while_it_goes_on_sees_one_moment(scenario_file, tmp_path):
    seen = []

    def look(done, asked):
        folder = next((tmp_path / "results").glob("tiny-*/"))
        if done == 4:
            seen.append(coevolve_sim.open_run(folder))
            with seen[0].pin() as pinned:
                before = pinned.rounds.shape[0], pinned.status
            seen.append(before)
            seen[0].export(("csv", "parquet"))

    coevolve_sim.run(scenario_file, results=tmp_path / "results", progress=look)
    assert seen[1] == (5, "running")


def test_looking_whether_a_folder_is_locked_refuses_no_writer(tmp_path):
    from coevolve_sim.runs.locks import is_locked

    with lock_folder(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(RecordError, match="another process"), lock_folder(tmp_path):
            pass
    assert not is_locked(tmp_path)
    assert not is_locked(tmp_path / "nowhere")


def test_a_lost_manifest_or_scenario_file_is_restored(scenario_file, tmp_path):
    folder = stopped_at(scenario_file, tmp_path / "results", 4)
    (folder / "scenario.yaml").unlink()
    finished = coevolve_sim.resume(folder)
    assert loads((folder / "scenario.yaml").read_text()) == finished.scenario
    (folder / "manifest.json").unlink()
    coevolve_sim.resume(folder)
    assert json.loads((folder / "manifest.json").read_text())["status"] == "finished"


def test_a_scenario_file_that_was_emptied_is_a_record_error(scenario_file, tmp_path):
    folder = stopped_at(scenario_file, tmp_path / "results", 4)
    (folder / "scenario.yaml").write_text("")
    with pytest.raises(RecordError, match="no scenario now"):
        coevolve_sim.resume(folder)


def test_an_export_before_any_round_says_so(scenario_file, tmp_path, monkeypatch):
    folders = []

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("coevolve_sim.runs.record.RecordWriter.write_round", stop)
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(scenario_file, results=tmp_path / "results", started=folders.append)
    with pytest.raises(RecordError, match="no round is on record yet"):
        coevolve_sim.open_run(folders[0]).export()
    monkeypatch.undo()
    assert coevolve_sim.resume(folders[0]).status == "finished"


@pytest.mark.long
def test_the_digest_does_not_depend_on_the_number_of_threads(tmp_path):
    path = tmp_path / "wide.yaml"
    path.write_text(
        "name: wide\nrounds: 2\nvalue_space: {name: v, dimensions: [a]}\nmesa: {agents: never}\n"
        "network: {family: erdos_renyi, degree: 8}\npopulation: {humans: 30000}\n"
    )
    digests = set()
    for threads in ("1", "2"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "COEVOLVE_THREADS")
        done = subprocess.run(
            [sys.executable, "-m", "coevolve_sim", "run", str(path), "--only-record", "--json"],
            cwd=tmp_path,
            env=os.environ | dict.fromkeys(names, threads),
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(json.loads(done.stdout)["sha256"])
    assert len(digests) == 1


def test_what_is_no_run_is_said_to_be_none(tmp_path):
    with pytest.raises(RecordError, match="holds no run"):
        coevolve_sim.open_run(tmp_path)
    with closing(sqlite3.connect(tmp_path / "run.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(RecordError, match="format 99"):
        coevolve_sim.open_run(tmp_path)


def test_two_runs_of_one_second_have_two_folders(scenario_file, tmp_path):
    for _ in range(3):
        coevolve_sim.run(scenario_file, results=tmp_path / "results")
    assert len(list((tmp_path / "results").iterdir())) == 3


def test_a_scenario_object_runs_without_a_file(tmp_path):
    scenario = loads(TEXT)
    assert coevolve_sim.run(scenario, results=tmp_path, seed=9).scenario.seed == 9
    with pytest.raises(ScenarioError, match="overrides are for a scenario file"):
        coevolve_sim.run(scenario, results=tmp_path, overrides=["seed=1"])


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_gives_the_same_hash(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(
        TEXT.replace("rounds_per_era: 2", "rounds_per_era: 120").replace("humans: 40", "humans: 150")
    )
    whole = coevolve_sim.run(path, results=tmp_path / "whole")
    results = tmp_path / "killed"
    rng = random.Random(7)  # noqa: S311 - moments, not secrets
    folder, command = None, ["run", str(path), "--results", str(results), "--only-record"]
    kills = 0
    while kills < 10:
        process = start(command)
        before = 0 if folder is None else rounds_on_record(folder)
        goal = before + rng.randint(1, 40)
        while process.poll() is None:
            folder = folder or next(results.glob("tiny-*/"), None)
            if folder is not None and rounds_on_record(folder) >= goal:
                time.sleep(rng.random() * 0.02)
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.001)
        assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed"
        kills += 1
        assert coevolve_sim.open_run(folder).status == "killed"
        command = ["resume", str(folder)]
    resumed = coevolve_sim.resume(folder)
    assert resumed.digest() == whole.digest()
    assert len(resumed.sessions) == 11


@pytest.mark.long
def test_sigterm_ends_a_run_between_rounds_and_says_how_to_go_on(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT.replace("rounds_per_era: 2", "rounds_per_era: 400"))
    process = start(["run", str(path), "--results", str(tmp_path / "r"), "--only-record"], subprocess.PIPE)
    while not (folder := next((tmp_path / "r").glob("tiny-*/"), None)) or rounds_on_record(folder) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.terminate()
    _, said = process.communicate()
    assert process.returncode == 130
    assert "coevolve resume" in said
    assert coevolve_sim.open_run(folder).status == "interrupted"


def start(arguments, stderr=subprocess.DEVNULL):
    return subprocess.Popen(
        [sys.executable, "-m", "coevolve_sim", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )


def rounds_on_record(folder: Path):
    try:
        with closing(sqlite3.connect(f"file:{folder}/run.sqlite?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM rounds").fetchone()[0]
    except sqlite3.Error:
        return 0


def test_the_manifest_file_says_what_ran(finished):
    manifest = json.loads((finished.folder / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    assert manifest["sha256"] == finished.digest()
    assert manifest["reproducible"] == "bitwise"
    assert manifest["versions"]["mesa"].startswith("3.")


@pytest.mark.parametrize("limit", ["MAX_DRAWN_HUMANS", "MAX_DRAWN_TIES"])
def test_a_network_too_large_to_draw_is_not_written(finished, monkeypatch, limit):
    from coevolve_sim.runs import export

    monkeypatch.setattr(export, limit, 10)
    assert export.export(finished, ("graphml", "gexf")) == []
