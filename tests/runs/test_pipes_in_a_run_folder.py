"""A pipe in the place of a file of a run is refused in a sentence: nothing waits for who writes to it."""

import os
import shutil
import signal
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.assistants.tuned import assistant
from coevolve_sim.cli.main import app
from coevolve_sim.errors import QuestionnaireError, RecordError, TrainingError
from coevolve_sim.language.elicitation import measured_eras
from coevolve_sim.runs.locks import is_locked
from coevolve_sim.scenario import loads

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
NUMBERS = "{name: s, rounds: 2, network: {family: ring, degree: 2}, population: {humans: 6}}"
PATIENCE = 60


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return coevolve_sim.run(loads(NUMBERS), results=tmp_path_factory.mktemp("results")).folder


@pytest.fixture
def folder(recorded, tmp_path):
    return Path(shutil.copytree(recorded, tmp_path / "results" / "run"))


@pytest.fixture(autouse=True)
def _no_waiting():
    """Fail a test that waits for a pipe, instead of waiting with it."""

    def fail(_number, _frame):
        raise AssertionError("something waits for a pipe")

    assert threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def as_pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def said_by(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    assert not isinstance(done.exception, AssertionError), done.exception
    return done.exit_code, done.output + done.stderr


@pytest.mark.parametrize("command", ["show", "export", "resume"])
def test_a_manifest_file_that_is_a_pipe_is_refused(folder, command):
    as_pipe(folder / "manifest.json")
    code, said = said_by(command, str(folder))
    assert code == 5
    assert (
        "manifest.json was altered or damaged and cannot be read (is a pipe, not a regular file; give" in said
    )
    assert said_by("list", "runs", "--results", str(folder.parent))[0] == 0


def test_a_lock_that_is_a_pipe_locks_nothing_out_and_nobody_writes_with_it(folder):
    lock = as_pipe(folder / "run.lock")
    assert not is_locked(folder)
    assert said_by("show", str(folder))[0] == 0
    assert said_by("list", "runs", "--results", str(folder.parent))[0] == 0
    code, said = said_by("resume", str(folder))
    assert code == 5
    assert f"{lock} is no regular file, so that nothing can be locked; remove it" in said


def test_a_scenario_file_that_is_a_pipe_is_neither_waited_for_nor_written_over(tmp_path):
    def stop(_done, _asked):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(loads(NUMBERS), results=tmp_path, progress=stop)
    (folder,) = tmp_path.iterdir()
    path = as_pipe(folder / "scenario.yaml")
    with pytest.raises(
        RecordError, match=r"scenario.yaml: is a pipe, not a regular file; give a regular file"
    ):
        coevolve_sim.resume(folder)
    assert path.is_fifo()


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_pipe_beside_the_database_is_refused(folder, end):
    pipe = as_pipe(folder / f"run.sqlite{end}")
    code, said = said_by("show", str(folder))
    assert code == 5
    assert f"{pipe} is no regular file, and run.sqlite would be read with it; remove it" in said


def test_pipes_among_what_assistants_and_measured_eras_keep_are_refused(tmp_path):
    told = as_pipe(tmp_path / "learnt.json")
    with pytest.raises(TrainingError, match=r"does not tell what an assistant learnt: .*is a pipe"):
        assistant._find_adapter(tmp_path)
    assert assistant._find_update(told, tmp_path, "mark") is None
    with pytest.raises(QuestionnaireError, match=r"no record of a measured era \(is a pipe, not a regular"):
        measured_eras._read(told)
