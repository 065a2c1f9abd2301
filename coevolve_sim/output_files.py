"""Write files whole or not at all, and never through a link."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from coevolve_sim.errors import RecordError

PARTIAL = ".partial-"
"""Part of the name of what is being written, beside its place and hidden."""

LEFT_OVER = 3600.0
"""Seconds after which what has not changed, and is partly written, was left by a process that is gone."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file under a temporary name beside its place, and move it there when it is complete.

    A link in its place is replaced, not followed.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.stem}{PARTIAL}{os.getpid()}-{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(exist_ok=True)
        write(partial)
        os.replace(partial, path)  # noqa: PTH105 - atomic, and says so
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return path


def refuse_links(folder: Path) -> None:
    """Refuse a folder to write in where something is a link, through which another file would be written.

    The folder itself may be reached through links: they are the user's way of naming it.

    Raises
    ------
    RecordError
        If something in it, or in its folders, is a link (names the first).
    """
    for place, folders, files in os.walk(folder):
        refuse_link(*(Path(place, name) for name in sorted((*folders, *files))))


def refuse_link(*paths: Path) -> None:
    """Refuse to write files or folders that are links.

    Raises
    ------
    RecordError
        If one is (names the first).
    """
    for path in paths:
        if path.is_symlink():
            raise RecordError(
                f"{path} is a link to {path.readlink()}, and nothing is written through links: remove it"
            )


def remove_left_over(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder: hidden, and unchanged for an hour."""
    with suppress(OSError):
        for path in folder.glob(f".*{PARTIAL}*"):
            if path.is_symlink() or time.time() - path.stat().st_mtime < LEFT_OVER:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
