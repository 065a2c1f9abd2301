"""A round is written while the next is computed, and nothing of the record tells."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

import coevolve_sim
from coevolve_sim import threads
from coevolve_sim.errors import RecordError, RoundError
from coevolve_sim.runs import record
from coevolve_sim.runs.record import RecordWriter
from coevolve_sim.society.model import Society

TEXT = """
name: ahead
rounds: 12
rounds_per_era: 3
value_space: {name: v, dimensions: [a, b]}
history: {kind: planted, eras: 4}
network: {family: watts_strogatz, degree: 4}
population: {humans: 200, groups: [{name: all, stubbornness: 0.2}]}
assistants: [{name: assistant}]
"""
KILLED = """
import os, signal, sys, time
import coevolve_sim
from coevolve_sim import threads
from coevolve_sim.runs import record
from coevolve_sim.society.model import Society

threads.BLOCK = 64
threads.set_threads(2)
seal, step = record.seal_round, Society.step

def seal_slowly(connection, round_index, known):
    seal(connection, round_index, known)
    if round_index == 5:
        if {inside}:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

def step_once(society):
    step(society)
    if society.round_index == 6:
        os.kill(os.getpid(), signal.SIGKILL)

record.seal_round = seal_slowly
if not {inside}:
    Society.step = step_once
coevolve_sim.run(sys.argv[1], results=sys.argv[2])
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def digest(path, tmp_path):
    """Return the digest of the run without threads."""
    with threads.hold_threads(1):
        return coevolve_sim.run(path, results=tmp_path / "whole").digest()


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(threads, "BLOCK", 64)
    with threads.hold_threads(2):
        yield


def committing(monkeypatch, before):
    """Call something with the round before it is committed."""
    commit = RecordWriter.commit_round

    def commit_round(writer, draft):
        before(draft.round_index)
        commit(writer, draft)

    monkeypatch.setattr(RecordWriter, "commit_round", commit_round)


def test_the_record_is_the_same_and_was_written_by_another_thread(path, digest, tmp_path, monkeypatch):
    by = {}
    committing(monkeypatch, lambda round_index: by.setdefault(round_index, threading.current_thread().name))
    told = []
    run = coevolve_sim.run(path, results=tmp_path / "r", progress=lambda done, _all: told.append(done))
    assert run.digest() == digest
    assert told == [*range(1, 13)]
    assert by.pop(0) == "MainThread"
    assert len(by) == 12
    assert all(name.startswith("coevolve_sim record") for name in by.values())


def test_one_round_is_ahead_and_never_two(path, digest, tmp_path, monkeypatch):
    events, step = [], Society.step

    def step_once(society):
        events.append(("begins", society.round_index + 1))
        step(society)

    def commit_slowly(round_index):
        time.sleep(0.05)
        events.append(("is written", round_index))

    monkeypatch.setattr(Society, "step", step_once)
    committing(monkeypatch, commit_slowly)
    assert coevolve_sim.run(path, results=tmp_path / "r").digest() == digest
    place = {event: number for number, event in enumerate(events)}
    assert all(place["begins", r + 1] < place["is written", r] for r in range(1, 12))
    assert all(place["is written", r] < place["begins", r + 2] for r in range(1, 11))


def test_what_watches_a_society_and_what_is_small_is_written_before_it_goes_on(path, tmp_path, monkeypatch):
    by = set()
    committing(monkeypatch, lambda _round: by.add(threading.current_thread().name))
    monkeypatch.setattr(threads, "BLOCK", 401)
    coevolve_sim.run(path, results=tmp_path / "small")
    assert by == {"MainThread"}


def test_a_round_that_cannot_be_written_ends_the_run_before_the_next_is(path, digest, tmp_path, monkeypatch):
    begun, folders, step = [], [], Society.step

    def step_once(society):
        begun.append(society.round_index + 1)
        step(society)

    def fail(round_index):
        if round_index == 4:
            raise RecordError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Society, "step", step_once)
        committing(patch, fail)
        with pytest.raises(RecordError, match="the disk is full"):
            coevolve_sim.run(path, results=tmp_path / "r", started=folders.append)
    assert max(begun) == 5
    found = coevolve_sim.open_run(folders[0])
    assert found.rounds["round"].max() == 3
    assert coevolve_sim.resume(folders[0]).digest() == digest


def test_a_round_that_goes_wrong_stands_after_the_one_that_was_being_written(path, tmp_path, monkeypatch):
    folders, step = [], Society.step

    def step_once(society):
        if society.round_index == 6:
            raise RoundError("round 7: something")
        step(society)

    monkeypatch.setattr(Society, "step", step_once)
    committing(monkeypatch, lambda _round: time.sleep(0.05))
    with pytest.raises(RoundError, match="round 7"):
        coevolve_sim.run(path, results=tmp_path / "r", started=folders.append)
    rounds = coevolve_sim.open_run(folders[0]).rounds
    assert rounds["status"].tolist() == ["finished"] * 7 + ["failed"]
    assert rounds["message"].tolist()[-1] == "RoundError: round 7: something"


def test_an_interrupted_run_has_what_was_being_written_and_goes_on(path, digest, tmp_path, monkeypatch):
    folders, step = [], Society.step

    def step_once(society):
        if society.round_index == 6:
            raise KeyboardInterrupt
        step(society)

    with monkeypatch.context() as patch:
        patch.setattr(Society, "step", step_once)
        committing(patch, lambda _round: time.sleep(0.05))
        with pytest.raises(KeyboardInterrupt):
            coevolve_sim.run(path, results=tmp_path / "r", started=folders.append)
    found = coevolve_sim.open_run(folders[0])
    assert found.status == "interrupted"
    assert found.rounds["round"].max() == 6
    assert coevolve_sim.resume(folders[0]).digest() == digest


@pytest.mark.long
@pytest.mark.parametrize("inside", [True, False])
def test_a_run_killed_while_a_round_is_written_goes_on_to_the_same_bytes(path, digest, tmp_path, inside):
    """Inside the transaction of round 5; or when round 6 is computed and 5 not committed."""
    script = KILLED.format(inside=inside)
    process = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path / "r")], check=False, timeout=120
    )
    assert process.returncode == -signal.SIGKILL
    (folder,) = (tmp_path / "r").glob("ahead-*")
    found = coevolve_sim.open_run(folder)
    assert found.status == "killed"
    assert found.rounds["round"].max() == 4
    assert coevolve_sim.resume(folder).digest() == digest


def test_a_draft_does_not_change_with_the_society(path, tmp_path):
    society = Society(coevolve_sim.load(path), with_objects=False)
    record.create(tmp_path, {}, society.setup)
    writer = RecordWriter(tmp_path, society.setup)
    society.step()
    draft = writer.draft_round(society.state, society.log, None, society.group_means())
    rows, checkpoint = repr(draft.rows), repr(draft.checkpoint)
    society.state.values[:] = society.state.anchors[:] = 0.0
    assert (repr(draft.rows), repr(draft.checkpoint)) == (rows, checkpoint)
    writer.close()
