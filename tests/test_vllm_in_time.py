"""Real vLLM in continuous integration: what fails fails, what takes too long is left out and said to be."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests import ROOT

SCRIPT = ROOT / ".ci" / "vllm"
MAKE = """#!/bin/sh
case "$1" in
  .venv-vllm/.installed) {install} ;;
  test-vllm) {test} ;;
esac
"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not SCRIPT.is_file() or shutil.which("timeout") is None, reason="needs .ci and timeout"
    ),
]


def tried(folder, *seconds, install="exit 0", test="exit 0", installed=False):
    """Run a copy of the script in a folder whose ``make`` does as told; return exit code and why left out."""
    (folder / ".ci").mkdir()
    (folder / "programs").mkdir()
    shutil.copy(SCRIPT, folder / ".ci")
    make = folder / "programs" / "make"
    make.write_text(MAKE.format(install=install, test=test))
    make.chmod(0o755)
    if installed:
        (folder / ".venv-vllm").mkdir()
        (folder / ".venv-vllm" / ".installed").touch()
    path = f"{folder / 'programs'}:{os.environ['PATH']}"
    reason = folder / "reason"
    done = subprocess.run(
        [str(folder / ".ci" / "vllm"), *map(str, seconds)],
        env=os.environ | {"PATH": path, "LEFT_OUT": str(reason)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, reason.read_text() if reason.is_file() else ""


@pytest.mark.parametrize(("test", "code"), [("exit 0", 0), ("exit 2", 2), ("kill -9 $$", 137)])
@pytest.mark.parametrize("installed", [True, False])
def test_in_time_the_verdict_is_that_of_the_tests(test, code, installed, tmp_path):
    assert tried(tmp_path, 740, test=test, installed=installed) == (code, "")


@pytest.mark.parametrize(
    ("left", "installed", "needed"), [(140, False, 185), (100, True, 110), (-60, True, 110)]
)
def test_too_late_nothing_is_begun(left, installed, needed, tmp_path):
    code, why = tried(tmp_path, left, install="exit 3", test="exit 4", installed=installed)
    assert code == 75
    assert why == (
        f"it needs {needed} s at the very least, and {left} s are left; run them by make test-vllm\n"
    )


def test_an_environment_that_cannot_be_had_leaves_them_out(tmp_path):
    code, why = tried(tmp_path, 840, install="exit 2", test="exit 4")
    assert code == 75
    assert why.startswith("vLLM cannot be installed here (make ended with 2);")


def test_an_install_that_takes_too_long_leaves_them_out(tmp_path):
    code, why = tried(tmp_path, 7, 1, 5, install="exec sleep 60", test="exit 4")
    assert code == 75
    assert why.startswith("vLLM was not installed within 2 s;")


def test_tests_that_do_not_come_to_their_end_are_left_out(tmp_path):
    code, why = tried(tmp_path, 2, 1, 2, test="exec sleep 60", installed=True)
    assert code == 75
    assert why.startswith("the tests did not come to their end within 2 s;")
