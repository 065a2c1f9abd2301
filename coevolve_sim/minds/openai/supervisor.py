"""A child process that ends with this one, together with all processes that it started.

A model server starts processes of its own and holds a GPU's memory: an orphan would block the next run. So it
is started by a supervisor (this file, run as a program) in a session of its own. The supervisor waits at a
pipe from the process that wants the server: when that closes, at `SupervisedProcess.stop`, at exit or because
that process was killed, the supervisor ends the whole process group.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

_ERROR = re.compile(r"^(?:.*\bERROR\b.*?\s)?(\w*(?:Error|Exception): .+)$")
_MOST_SEARCHED, _MOST_OF_AN_ERROR = 1_000_000, 300
_GRACE = 5.0
"""Seconds that a process group has to end by itself before it is killed."""


class SupervisedProcess:
    """A program that runs under a supervisor.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    environment : mapping of str to str
        Its complete environment.
    log : Path
        File for its output.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - what the caller names is run
                [sys.executable, "-I", "-S", __file__, *command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )
        self._finalizer = weakref.finalize(self, _stop, self._process)

    @property
    def has_ended(self) -> bool:
        """Whether the program has ended."""
        return self._process.poll() is not None

    def ends_within(self, seconds: float) -> bool:
        """Wait for the program to end, at most some seconds; return whether it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.has_ended

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of its output."""
        with contextlib.suppress(OSError):
            text = self.log.read_bytes()[-20_000:].decode("utf-8", "replace")
            return "\n".join(text.rstrip().splitlines()[-lines:])
        return ""

    def first_error(self) -> str:
        """Return the first error in its output, which later lines may bury; empty if there is none."""
        with contextlib.suppress(OSError):
            text = self.log.read_bytes()[-_MOST_SEARCHED:].decode("utf-8", "replace")
            found = next(filter(None, map(_ERROR.search, text.splitlines())), None)
            return found[1].strip()[:_MOST_OF_AN_ERROR] if found else ""
        return ""

    def stop(self) -> None:
        """End the program and all processes that it started; return when they have ended."""
        self._finalizer()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_GRACE + 5.0)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run_supervised(command: Sequence[str]) -> None:
    """Run a program until it ends or standard input closes; then end the group, including this process."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # a handler, unlike SIG_IGN, is not inherited
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
    except OSError as error:
        sys.stdout.write(f"{command[0]} cannot be started: {error}\n")
        sys.stdout.flush()
        return
    while child.poll() is None and not _has_closed(sys.stdin.fileno(), 0.2):
        pass
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline and _others_in_group(child):
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


def _has_closed(descriptor: int, seconds: float) -> bool:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    return bool(ready) and not os.read(descriptor, 1024)


def _others_in_group(child: subprocess.Popen[bytes]) -> bool:
    """Return whether the program or another process of its group still runs (by /proc, on Linux only)."""
    if child.poll() is None:
        return True
    own, group = os.getpid(), os.getpgrp()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, _, there = path.read_text().rsplit(")", 1)[1].split()[:3]
            if int(there) == group and int(path.parent.name) != own and state != "Z":
                return True
    return False


if __name__ == "__main__":
    run_supervised(sys.argv[1:])
