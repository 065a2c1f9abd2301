"""Run the lanes of continuous integration, one after another, in 45 minutes at most.

Style and tests come first and must pass. The other lanes take turns at coming first among themselves, by the
number of commits, because the last of them is left out when time runs out: with a commit more, another one is
last. No state is kept, so a fresh clone takes the same turn. What fails ends all; one line at the end says
what was left out.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

LIMIT = 44 * 60
"""Seconds for all lanes: 45 minutes, less one to end in."""

LEFT_OUT = 75
"""Exit code of a lane that cannot be tried here; it writes why to the file that LEFT_OUT names."""


@dataclass(frozen=True)
class Lane:
    """One thing to be checked: a command for the shell, in which ``{left}`` is the number of seconds left."""

    name: str
    command: str
    needs: int = 0
    """Seconds it takes at the very least; with less left it is not begun."""
    at_most: int = LIMIT
    """Seconds it should take; more is said at the end."""


FIRST = (
    Lane("style", "make style"),
    Lane("tests", "make test", at_most=12 * 60),
)
TAKING_TURNS = (
    Lane("base install under Python 3.12", ".ci/python312", needs=120),
    Lane("plug-in and sdist", "make test-packaging", needs=60),
    Lane("site and notebooks", "make site test-notebooks", needs=120),
    Lane("commands of pages", "make test-pages", needs=300),
    Lane("browser", ".ci/browser", needs=150),
    Lane("real vLLM", ".ci/vllm $(({left} - 15))", needs=110),
    Lane("real model", "make test-real", needs=700),
)


def order_lanes(lanes: tuple[Lane, ...], n_commits: int) -> tuple[Lane, ...]:
    """Return the lanes in their order, beginning with another one at the next commit.

    As long as time is for all but one, none is left out twice in two commits that follow each other.
    """
    turn = n_commits % len(lanes)
    return lanes[turn:] + lanes[:turn]


def count_commits() -> int:
    """Return the number of commits up to this one; 0 where this is no clone."""
    done = subprocess.run(["git", "rev-list", "--count", "HEAD"], capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 else 0


def run_lane(lane: Lane, left: float) -> tuple[int, str]:
    """Run a lane in the seconds that are left; return its exit code and, if it was left out, why."""
    with tempfile.TemporaryDirectory() as folder:
        reason = Path(folder) / "reason"
        process = subprocess.Popen(  # in a group of its own, so that what it starts can be ended with it
            ["bash", "-c", lane.command.format(left=int(left))],
            env={**os.environ, "LEFT_OUT": str(reason)},
            start_new_session=True,
        )
        try:
            code = process.wait(left)
        except subprocess.TimeoutExpired:
            end_group(process)
            return LEFT_OUT, f"it did not come to its end in the {left:.0f} s that were left"
        except BaseException:
            end_group(process)
            raise
        told = reason.read_text(encoding="utf-8").strip() if reason.is_file() else "it did not say why"
        return code, told if code == LEFT_OUT else ""


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: asked first, made to after ten seconds."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        for _ in range(100):
            process.poll()
            os.killpg(process.pid, 0)  # asks only whether anything of the group is left
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run_lanes(first: tuple[Lane, ...], taking_turns: tuple[Lane, ...], limit: float, n_commits: int) -> int:
    """Run all lanes; return 0, or the exit code of the first that failed."""
    began = time.monotonic()
    left_out, too_slow = [], []
    for lane in (*first, *order_lanes(taking_turns, n_commits)):
        begun = time.monotonic()
        left = limit - (begun - began)
        code, why = LEFT_OUT, f"it needs {lane.needs} s at the very least, and {left:.0f} s are left"
        if left > lane.needs:
            print(f"== {lane.name}: {left:.0f} s are left", flush=True)
            code, why = run_lane(lane, left)
        took = time.monotonic() - begun
        if code == LEFT_OUT and lane not in first:
            left_out.append(f"{lane.name} ({why})")
        elif code:
            print(f"== failed: {lane.name}{f' ({why})' if why else ''}", flush=True)
            return code
        if took > lane.at_most:
            too_slow.append(f"{lane.name} took {took:.0f} s, and should take {lane.at_most} s at most")
    for sentence in too_slow:
        print(f"== slow: {sentence}")
    print(f"== passed in {time.monotonic() - began:.0f} s")
    if left_out:
        print(f"== left out: {'; '.join(left_out)}")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that no lane outlives this
    sys.exit(run_lanes(FIRST, TAKING_TURNS, LIMIT, count_commits()))
