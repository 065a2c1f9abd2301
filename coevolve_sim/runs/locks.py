"""The lock of a run's folder: one process writes a run, and who does is written in the lock."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from coevolve_sim.errors import RecordError
from coevolve_sim.output_files import refuse_links

LOCK = "run.lock"
LOCK_PATIENCE = 1.0
"""Seconds for which a writer waits for those who only look whether the folder is locked."""

_MOST_BYTES = 1000
_FAR_OFF = 1 << 30
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # to open a pipe that nobody writes to would never return


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock a run's folder for writing; the lock ends with the process, however that ends.

    Raises
    ------
    RecordError
        If another process holds the lock (it says which, and since when), or something in the folder is a
        link, through which other files would be written.
    """
    refuse_links(folder)
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | _NO_LINK | _NO_WAITING, 0o644)
    except OSError as error:
        raise RecordError(f"{folder / LOCK} cannot be written: {error.strerror or error}") from error
    try:
        if not _is_regular(handle):
            raise RecordError(f"{folder / LOCK} is no regular file, so that nothing can be locked; remove it")
        _wait_for(handle, folder)
        _write_holder(handle, folder)
        yield
    finally:
        os.close(handle)


def is_locked(folder: Path) -> bool:
    """Return whether a process is writing a run's folder, without a lock that could keep a writer out."""
    try:
        handle = os.open(folder / LOCK, os.O_RDONLY | _NO_LINK | _NO_WAITING)
    except OSError:
        return False
    try:
        return _is_regular(handle) and not _try_lock(handle, shared=True)
    except OSError:
        return False
    finally:
        os.close(handle)


def _is_regular(handle: int) -> bool:
    return stat.S_ISREG(os.fstat(handle).st_mode)


def _wait_for(handle: int, folder: Path) -> None:
    ends = time.monotonic() + LOCK_PATIENCE
    try:
        while not _try_lock(handle):
            if time.monotonic() > ends:
                raise RecordError(
                    f"{folder} is being written by another process{_read_holder(handle)}; wait for it, or "
                    "stop it first"
                )
            time.sleep(0.02)
    except OSError as error:
        raise RecordError(f"{folder / LOCK} cannot be locked: {error.strerror or error}") from error


def _write_holder(handle: int, folder: Path) -> None:
    """Write into the lock who holds it, and since when."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
    try:
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"{holder}\n".encode())
    except OSError as error:
        raise RecordError(f"{folder / LOCK} cannot be written: {error.strerror or error}") from error


def _read_holder(handle: int) -> str:
    """Return who holds a lock, in words; nothing where the lock does not say."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        holder = json.loads(os.read(handle, _MOST_BYTES))
        pid, host, since = (str(holder[key]) for key in ("pid", "host", "since"))
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    plain = re.fullmatch(r"\d{1,20}", pid) and re.fullmatch(r"[\w.:+-]{1,300}", f"{host}{since}")
    return f" ({pid} on {host}, since {since})" if plain else ""


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int, *, shared: bool = False) -> bool:  # noqa: ARG001 - Windows has no shared lock
        os.lseek(handle, _FAR_OFF, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int, *, shared: bool = False) -> bool:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
