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

pytestmark = pytest.mark.skipif(
    not SCRIPT.is_file() or shutil.which("timeout") is None, reason="needs .ci and timeout"
)


def tried(folder, *seconds, install="exit 0", test="exit 0", installed=False):
    """Run a copy of the script in a folder whose ``make`` does as told; return exit code and output."""
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
    done = subprocess.run(
        [str(folder / ".ci" / "vllm"), *map(str, seconds)],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("test", "code"), [("exit 0", 0), ("exit 2", 2), ("kill -9 $$", 137)])
@pytest.mark.parametrize("installed", [True, False])
def test_in_time_the_verdict_is_that_of_the_tests(test, code, installed, tmp_path):
    status, said = tried(tmp_path, 100, 840, test=test, installed=installed)
    assert status == code
    assert "for which 740 s are left" in said
    assert "left out" not in said


@pytest.mark.parametrize(
    ("gone", "installed", "why"),
    [
        (700, False, "they need 185 s at the very least, and 140 of 840 s are left"),
        (740, True, "they need 110 s at the very least, and 100 of 840 s are left"),
        (900, True, "they need 110 s at the very least, and -60 of 840 s are left"),
    ],
)
def test_too_late_nothing_is_begun(gone, installed, why, tmp_path):
    status, said = tried(tmp_path, gone, 840, install="exit 3", test="exit 4", installed=installed)
    assert status == 0
    assert said == f"== tests against real vLLM were left out: {why}; run them by make test-vllm\n"


def test_an_environment_that_cannot_be_had_leaves_them_out(tmp_path):
    status, said = tried(tmp_path, 0, 840, install="exit 2", test="exit 4")
    assert status == 0
    assert "were left out: vLLM cannot be installed here (make ended with 2);" in said


def test_an_install_that_takes_too_long_leaves_them_out(tmp_path):
    status, said = tried(tmp_path, 10, 16, 1, 5, install="exec sleep 60", test="exit 4")
    assert status == 0
    assert "were left out: vLLM was not installed within 1 s;" in said


def test_tests_that_do_not_come_to_their_end_are_left_out(tmp_path):
    status, said = tried(tmp_path, 10, 12, 1, 2, test="exec sleep 60", installed=True)
    assert status == 0
    assert "were left out: they did not come to their end within 2 s;" in said
