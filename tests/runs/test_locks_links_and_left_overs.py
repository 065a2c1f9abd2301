"""Whoever writes a run is named, nothing is written through a link, and what kills leave is removed."""

import os
import re
import shutil
import socket
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.assistants.training.atomic_folder import replace_folder
from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError
from coevolve_sim.evaluation.challenges.files import write as write_leaderboard
from coevolve_sim.output_files import LEFT_OVER, remove_left_over, write_atomically
from coevolve_sim.runs.locks import is_locked, lock_folder
from coevolve_sim.scenario import loads

SCENARIO = "{name: s, rounds: 2, network: {family: ring, degree: 2}, population: {humans: 6}}"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return coevolve_sim.run(loads(SCENARIO), results=tmp_path_factory.mktemp("results")).folder


@pytest.fixture
def folder(recorded, tmp_path):
    return Path(shutil.copytree(recorded, tmp_path / "run"))


# --- locks ----------------------------------------------------------------------------------------


def test_a_refusal_names_the_process_the_host_and_since_when(folder):
    with lock_folder(folder), pytest.raises(RecordError) as refused:
        coevolve_sim.resume(folder)
    who = rf"{os.getpid()} on {re.escape(socket.gethostname())}, since \d{{4}}-\d\d-\d\dT[\d:]+\+00:00"
    assert re.search(
        rf"is being written by another process \({who}\); wait for it, or stop it", str(refused.value)
    )


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\0\xff" * 3000,
        b"SQLite format 3\0rubbish",
        b'{"pid": "x\\n", "host": 1, "since": []}',
        b"[" * 900,
    ],
)
def test_rubbish_in_a_lock_neither_locks_nor_unlocks(folder, rubbish):
    (folder / "run.lock").write_bytes(rubbish)
    assert not is_locked(folder)
    assert coevolve_sim.open_run(folder).status == "finished"
    assert coevolve_sim.resume(folder).status == "finished"
    with lock_folder(folder):
        (folder / "run.lock").write_bytes(rubbish)
        assert is_locked(folder)
        with pytest.raises(RecordError, match="is being written by another process; wait for it"):
            coevolve_sim.resume(folder)


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["export", "report", "resume", "migrate"])
@pytest.mark.parametrize("name", ["networks", "figures", "run.lock", "report.html", "adapters"])
def test_nothing_is_written_through_a_link_in_a_run_folder(folder, tmp_path, name, command):
    elsewhere = tmp_path / "elsewhere"
    if "." in name:
        elsewhere.write_text("precious")
    else:
        elsewhere.mkdir()
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(elsewhere)
    refused = CliRunner().invoke(app, [command, str(folder)])
    assert refused.exit_code == 5, refused.output
    assert (
        f"{path} is a link to {elsewhere}, and nothing is written through links: remove it" in refused.stderr
    )
    assert elsewhere.read_text() == "precious" if "." in name else not list(elsewhere.iterdir())


def test_a_database_that_is_a_link_is_read_and_never_written(folder, tmp_path):
    (folder / "run.sqlite").rename(tmp_path / "elsewhere")
    (folder / "run.sqlite").symlink_to(tmp_path / "elsewhere")
    assert coevolve_sim.open_run(folder).status == "finished"
    with pytest.raises(RecordError, match="is a link to"):
        coevolve_sim.resume(folder)


def test_a_run_may_be_named_through_a_link(folder, tmp_path):
    (tmp_path / "best").symlink_to(folder)
    assert coevolve_sim.open_run(tmp_path / "best").export(("csv",))


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    write_atomically(tmp_path / "file", lambda path: path.write_text("new"))
    assert (tmp_path / "elsewhere").read_text() == "precious"
    assert (tmp_path / "file").read_text() == "new"
    assert not (tmp_path / "file").is_symlink()


# --- left-overs -----------------------------------------------------------------------------------


def test_what_killed_processes_left_half_written_is_removed_and_what_is_being_written_stays(folder):
    old, new = folder / ".run.partial-17-ab.nc", folder / ".run.partial-18-cd.nc"
    for path in (old, new):
        path.write_text("half")
    before = time.time() - 2 * LEFT_OVER
    os.utime(old, (before, before))
    assert coevolve_sim.open_run(folder).status == "finished"
    coevolve_sim.open_run(folder).export(("csv",))
    assert [path.name for path in folder.glob(".*")] == [new.name]


def test_a_folder_half_made_is_no_run_and_is_removed_by_a_later_run(tmp_path):
    half = tmp_path / ".s-seed0-20260101-000000.partial-17"
    half.mkdir()
    (half / "run.sqlite").write_text("half")
    before = time.time() - 2 * LEFT_OVER
    os.utime(half, (before, before))
    listed = CliRunner().invoke(app, ["list", "runs", "--results", str(tmp_path)])
    assert half.name not in listed.output
    coevolve_sim.run(loads(SCENARIO), results=tmp_path)
    assert not half.exists()
    remove_left_over(tmp_path / "nowhere")


def test_a_folder_that_is_replaced_is_not_the_one_a_link_leads_to(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("precious")
    for name in ("adapter", ".adapter.new"):
        (tmp_path / name).symlink_to(elsewhere)
    with replace_folder(tmp_path / "adapter") as beside:
        (beside / "file").write_text("new")
    assert (elsewhere / "file").read_text() == "precious"
    assert (tmp_path / "adapter" / "file").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "elsewhere"]


@pytest.mark.parametrize("name", ["leaderboard.csv", "leaderboard.md", "leaderboard.png"])
def test_a_leaderboard_is_not_written_through_a_link(tmp_path, name):
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        RecordError, match=rf"{name} is a link to .*elsewhere, and nothing is written through"
    ):
        write_leaderboard(None, tmp_path / "out")
    assert (tmp_path / "elsewhere").read_text() == "precious"
