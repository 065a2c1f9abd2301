"""Atomic replacement of a folder: the new one is written beside it and exchanged with it in one step."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextlib.contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to write to, which replaces the given one once everything is written.

    A process killed meanwhile leaves the old folder or the new one, complete, and at most a folder
    ``.NAME.new`` beside it, which the next writer removes. Where the system cannot exchange two folders (it
    is not Linux, or has an old file system), the old one is removed first: then a kill between removing and
    renaming leaves no folder of that name, and the new one as ``.NAME.new``.

    Parameters
    ----------
    folder : Path
        It may exist. Only one process may write it at a time.

    Raises
    ------
    OSError
        If it cannot be written; the old folder then stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.new")
    _remove(beside)
    beside.mkdir()
    try:
        yield beside
        _flush_to_disk(beside)
        _take_place(beside, folder)
    finally:
        _remove(beside)


def _flush_to_disk(folder: Path) -> None:
    """Flush a folder's files, and those of its subfolders, to the disk before the folder gets its name."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _take_place(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
    elif not _exchange(new, folder):
        _remove(folder)
        new.rename(folder)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders atomically; return whether the system could."""
    if not sys.platform.startswith("linux"):
        return False
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if exchange is None:
        return False
    done = exchange(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(done == 0)


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
