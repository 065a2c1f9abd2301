"""Continuous integration in time: what fails ends it, lanes take turns at being left out, and it is said."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from tests import ROOT

SCRIPT = ROOT / ".ci" / "lanes.py"

pytestmark = [pytest.mark.long, pytest.mark.skipif(not SCRIPT.is_file(), reason="needs .ci")]


@pytest.fixture(scope="module")
def ci():
    spec = importlib.util.spec_from_file_location("ci_lanes", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(ci, capfd):
    """Run lanes given as name and command; return exit code and what was said at the beginning of lines."""

    def run(first, taking_turns, limit=60, n_commits=0):
        made = [[ci.Lane(*lane) for lane in lanes] for lanes in (first, taking_turns)]
        code = ci.run_lanes(*map(tuple, made), limit, n_commits)
        return code, capfd.readouterr().out.splitlines()

    return run


def test_the_lanes_are_those_of_contributing(ci):
    assert [lane.name for lane in ci.FIRST] == ["style", "tests"]
    assert [lane.name for lane in ci.TAKING_TURNS] == [
        "base install under Python 3.12",
        "plug-in and sdist",
        "site and notebooks",
        "commands of pages",
        "browser",
        "real vLLM",
        "real model",
    ]
    assert ci.LIMIT < 45 * 60
    scripts = {lane.command.split()[0] for lane in ci.TAKING_TURNS} - {"make"}
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


def test_where_time_is_for_all_but_one_none_is_left_out_twice_running(ci):
    lanes = ci.TAKING_TURNS
    last = [ci.order_lanes(lanes, n)[-1] for n in range(100)]
    assert all(one != another for one, another in pairwise(last))
    assert set(last[: len(lanes)]) == set(lanes)
    assert ci.order_lanes(lanes, 7) == ci.order_lanes(lanes, 7)
    assert all(set(ci.order_lanes(lanes, n)) == set(lanes) for n in range(4))


def test_the_number_of_commits_is_that_of_a_clone_and_nothing_where_there_is_none(ci, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert ci.count_commits() == 0
    subprocess.run(["git", "init", "-q"], check=True)
    for text in ("one", "two"):
        who = ["-c", "user.name=nobody", "-c", "user.email="]
        subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", text], check=True)
    assert ci.count_commits() == 2


def test_all_lanes_run_in_their_order_and_the_turn_follows_the_commits(run):
    first, others = [("a", "echo A")], [(name, f"echo {name}") for name in "bcd"]
    for n_commits, order in enumerate(["Abcd", "Acdb", "Adbc", "Abcd"]):
        code, said = run(first, others, n_commits=n_commits)
        assert code == 0
        assert "".join(line for line in said if len(line) == 1) == order
        assert said[-1] == "== passed in 0 s"


@pytest.mark.parametrize("first", [True, False])
def test_what_fails_ends_it_with_its_code(first, run):
    failing = ("bad", "exit 3")
    others = [("other", "echo O"), ("more", "echo M")]
    code, said = run([failing], others) if first else run([], [failing, *others])
    assert code == 3
    assert said[-1] == "== failed: bad"
    assert not {"O", "M"} & set(said)


def test_a_lane_for_which_too_little_is_left_is_not_begun(run):
    code, said = run([], [("long", "echo L", 61), ("short", "echo S")])
    assert code == 0
    assert "L" not in said
    assert "S" in said
    assert said[-1] == "== left out: long (it needs 61 s at the very least, and 60 s are left)"


def test_a_lane_says_why_it_cannot_be_tried_and_all_are_in_one_line(run):
    code, said = run([], [("x", 'echo "no such Python" > "$LEFT_OUT"; exit 75'), ("y", "exit 75")])
    assert code == 0
    assert said[-1] == "== left out: x (no such Python); y (it did not say why)"


def test_a_lane_that_does_not_come_to_its_end_is_ended_with_what_it_started_and_left_out(run, tmp_path):
    note = tmp_path / "note"
    child = f"(trap 'echo ended > {note}; exit' TERM; sleep 60 & wait) & wait"
    began = time.monotonic()
    code, said = run([], [("endless", child)], limit=1)
    assert time.monotonic() - began < 30
    assert code == 0
    assert said[-1] == "== left out: endless (it did not come to its end in the 1 s that were left)"
    assert note.read_text() == "ended\n"


def test_style_and_tests_that_do_not_come_to_their_end_fail(run):
    code, said = run([("tests", "sleep 60")], [("other", "echo O")], limit=1)
    assert code == 75
    assert said[-1] == "== failed: tests (it did not come to its end in the 1 s that were left)"


def test_a_lane_is_told_the_seconds_that_are_left_and_one_that_is_slow_is_named(run):
    code, said = run([], [("told", "echo {left}; sleep 0.2", 0, 0)], limit=20)
    assert code == 0
    assert said[1] in {"20", "19"}
    assert said[-2] == "== slow: told took 0 s, and should take 0 s at most"
