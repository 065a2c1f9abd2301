"""``--threads`` and COEVOLVE_THREADS: what they take, refuse and say; they change no result."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from coevolve_sim import threads
from coevolve_sim.cli.main import app
from tests.studies.tiny import write

RUN = ("run", "tiny.yaml", "--only-record", "--json")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(threads, "BLOCK", 256)
    before = threads._crew.wanted
    write(tmp_path)
    yield
    threads.set_threads(before)


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_a_run_has_one_digest_whatever_the_number_of_threads():
    many = ("--set", "population.humans=300")
    done = [call(*RUN, *many, "--threads", n) for n in (1, 2)]
    assert [one.exit_code for one in done] == [0, 0]
    one, two = (json.loads(one.stdout) for one in done)
    assert one["sha256"] == two["sha256"]
    assert "gain nothing" not in done[0].stderr


def test_more_threads_than_cores_are_a_note():
    done = call(*RUN, "--threads", 4 * threads.count_cores())
    assert done.exit_code == 0
    assert f"threads for {threads.count_cores()} cores: more than one a core gain nothing" in done.stderr


@pytest.mark.parametrize("wrong", ["0", "-2", "many", "1.5"])
@pytest.mark.parametrize("command", [RUN, ("resume", "last"), ("compare", "tiny.yaml"), ("branch", "last")])
def test_what_is_no_number_of_threads_is_one_error(command, wrong):
    done = call(*command, "--threads", wrong)
    assert done.exit_code == 2
    assert "--threads" in done.stderr


def test_an_environment_that_asks_for_none_is_one_error_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv(threads.VARIABLE, "none")
    threads.set_threads(None)
    for command in (RUN, ("compare", "tiny.yaml", "-n", "2")):
        done = call(*command)
        assert done.exit_code == 3
        assert "COEVOLVE_THREADS is 'none'; a whole number of threads from 1 is wanted" in done.stderr
    assert not (tmp_path / "results").exists()


def test_workers_and_their_threads_are_no_more_than_cores(monkeypatch):
    monkeypatch.setattr("coevolve_sim.studies.driver.count_cores", lambda: 4)
    done = call("compare", "tiny.yaml", "-n", "2", "--workers", 3, "--threads", 2)
    assert done.exit_code != 0
    assert "3 workers of 2 threads each are more than the 4 cores here; give at most 1" in done.stderr
