"""NDlib beside the loop: not run without it, failed where it differs, passed where it is at hand."""

import json
import os
import sys
from pathlib import Path

import pytest

from coevolve_sim.evaluation.verification import list_checks, ndlib_comparison
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from tests import ROOT

NDLIB = Path(os.environ.get("NDLIB_PYTHON", ROOT / ".venv-ndlib" / "bin" / "python"))
KEYS = ["ndlib_friedkin_johnsen", "ndlib_algorithmic_bias_0", "ndlib_algorithmic_bias_1"]


def answering(tmp_path, answers):
    """Return a program that answers for NDlib, whatever it is asked."""
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ncat '{tmp_path}/answers.json'\n")
    program.chmod(0o755)
    return program


def of_ours(seeds, shift=0.0):
    """Return what NDlib would answer if it were this package, Friedkin-Johnsen moved by a shift."""
    running = build_society(
        "{rule: friedkin_johnsen}",
        humans=ndlib_comparison.FJ_HUMANS,
        rounds=ndlib_comparison.FJ_ROUNDS,
        network="{family: watts_strogatz, degree: 10}",
        groups="[{name: all, distribution: uniform, stubbornness: 0.3}]",
    )
    exactly = (run_to_end(running)[:, 0] + shift).tolist()
    one_cluster = [[0.5] * 100 for _ in range(seeds)]
    return {"version": "0", "friedkin_johnsen": exactly, "algorithmic_bias": [one_cluster, one_cluster]}


def test_without_ndlib_its_rows_are_not_run_and_say_so():
    rows = ndlib_comparison.compare_with_ndlib(None, quick=True)
    assert [row.key for row in rows] == KEYS
    assert {row.verdict for row in rows} == {"not run"}
    assert all("name one with --ndlib" in row.reason for row in rows)
    assert list_checks()[-1].rows(quick=True) == rows


def test_a_python_without_ndlib_is_told_by_its_last_word():
    rows = ndlib_comparison.compare_with_ndlib(Path(sys.executable), quick=True)
    assert {row.verdict for row in rows} == {"not run"}
    assert "No package metadata was found for ndlib" in rows[0].reason


def test_a_program_that_is_none_or_answers_nothing_is_not_run(tmp_path):
    assert "PermissionError" in ndlib_comparison.compare_with_ndlib(tmp_path, quick=True)[0].reason
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\ncat > /dev/null\n")
    silent.chmod(0o755)
    assert "IndexError" in ndlib_comparison.compare_with_ndlib(silent, quick=True)[0].reason


@pytest.mark.long
def test_a_difference_of_a_billionth_and_another_distribution_fail(tmp_path):
    rows = ndlib_comparison.compare_with_ndlib(answering(tmp_path, of_ours(20, shift=1e-9)), quick=True)
    assert rows[0].verdict == "failed"
    assert rows[2].verdict == "failed"  # with bias nobody ever settles in one cluster
    again = ndlib_comparison.compare_with_ndlib(answering(tmp_path, of_ours(20)), quick=True)
    assert again[0].verdict == "passed"


@pytest.mark.slow
@pytest.mark.skipif(not NDLIB.is_file(), reason="no environment with NDlib; `make verification` makes one")
def test_ndlib_agrees():
    rows = ndlib_comparison.compare_with_ndlib(NDLIB, quick=True)
    assert [row.verdict for row in rows] == ["passed"] * 3, rows
