"""Reading files that others wrote: only regular files, and never more of one than a stated limit.

What a file holds is not known before it is read: a pipe or a device never ends, and a small gzip file can
unpack to any size. So the kind and the size are looked at first, and limits are held while reading.
"""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

from coevolve_sim.errors import CoevolveError

_CHUNK = 1 << 20
_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

MOST_UNPACKED_FREELY = 16 << 20
"""Bytes to which a gzip file may unpack whatever its own size."""
MOST_RATIO = 100
"""How many times its own size a gzip file may unpack to beyond that; lists of ties reach 3 to 10."""


def read_input(path: str | Path, error: type[CoevolveError], most: int) -> bytes:
    """Return the content of a regular file of at most so many bytes.

    Parameters
    ----------
    path : str or Path
        The file.
    error : type of CoevolveError
        What is raised.
    most : int
        Bytes that are allowed.

    Raises
    ------
    CoevolveError
        Of that type, if there is no such file, it is not a regular one (a folder, a pipe, a device), it
        cannot be read, or it is larger.

    Examples
    --------
    >>> from coevolve_sim.errors import HistoryError
    >>> read_input("/dev/null", HistoryError, most=100)
    Traceback (most recent call last):
    coevolve_sim.errors.HistoryError: /dev/null: is a device, not a regular file; give a regular file
    """
    # Without waiting: to open a pipe that nobody writes to would otherwise never return.
    try:
        opened = os.open(path, os.O_RDONLY | _NO_WAITING)
    except FileNotFoundError:
        raise error(f"{path}: there is no such file") from None
    except (OSError, ValueError) as failed:
        raise error(f"{path}: cannot be read: {getattr(failed, 'strerror', None) or failed}") from None
    try:
        state = os.fstat(opened)
        if kind := _irregular_kind(state.st_mode):
            raise error(f"{path}: is {kind}, not a regular file; give a regular file")
        if state.st_size > most:
            raise error(f"{path}: is {size_text(state.st_size)}; {_allowed(most)}")
        content = _read_chunks(opened, most + 1)
    except OSError as failed:
        raise error(f"{path}: cannot be read: {failed.strerror}") from None
    finally:
        os.close(opened)
    if len(content) > most:  # a file can grow, and some of the system's say that they are empty
        raise error(f"{path}: is larger than {size_text(most)}; {_allowed(most)}")
    return content


def _read_chunks(opened: int, most: int) -> bytes:
    content = bytearray()
    while len(content) < most and (chunk := os.read(opened, min(_CHUNK, most - len(content)))):
        content += chunk
    return bytes(content)


def unpack_gzip(path: str | Path, packed: bytes, error: type[CoevolveError], most: int) -> bytes:
    """Return what a gzip file holds, if that is at most so many bytes and in proportion to its own size.

    It may unpack to 16 MiB whatever its size, and beyond that to 100 times its size.

    Raises
    ------
    CoevolveError
        Of the given type, if it is not a whole gzip file, or unpacks to more; found out without unpacking
        more.

    Examples
    --------
    >>> import gzip
    >>> from coevolve_sim.errors import NetworkError
    >>> unpack_gzip("a.gz", gzip.compress(bytes(20 << 20)), NetworkError, most=1 << 30)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: a.gz: unpacks to more than 16 MiB from 19.9 KiB, more than 100 times its
    size; give the text itself, without .gz, if that is so
    """
    limit = min(most, max(MOST_UNPACKED_FREELY, MOST_RATIO * len(packed)))
    unpacked, member = bytearray(), None
    try:
        for start in range(0, len(packed), _CHUNK):
            left = packed[start : start + _CHUNK]
            while left:
                if member is not None and member.eof:  # zeros may stand between members and after the last
                    left = left.lstrip(b"\0")
                    member = None if left else member
                    continue
                member = member or zlib.decompressobj(wbits=31)
                unpacked += member.decompress(left, limit + 1 - len(unpacked))
                if len(unpacked) > limit:
                    raise error(_too_much(path, limit, most, len(packed)))
                left = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as failed:
        raise error(
            f"{path}: not a whole gzip file ({failed}): take .gz off its name if it is plain text"
        ) from None
    if member is not None and not member.eof:
        raise error(f"{path}: not a whole gzip file: it ends too early; get it again")
    return bytes(unpacked)


def _too_much(path: str | Path, limit: int, most: int, n_packed: int) -> str:
    if limit == most:
        return f"{path}: unpacks to more than {size_text(most)}; {_allowed(most)}"
    return (
        f"{path}: unpacks to more than {size_text(limit)} from {size_text(n_packed)}, more than "
        f"{MOST_RATIO} times its size; give the text itself, without .gz, if that is so"
    )


def size_text(n_bytes: int) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> size_text(12), size_text(3 << 20), size_text(1_500_000)
    ('12 bytes', '3 MiB', '1.4 MiB')
    """
    number, unit = float(n_bytes), "bytes"
    for larger in ("KiB", "MiB", "GiB"):
        if number < 1024:
            break
        number, unit = number / 1024, larger
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"


def _allowed(most: int) -> str:
    return f"at most {size_text(most)} are read: give a smaller file"


def _irregular_kind(mode: int) -> str:
    """Return what a file is that is not a regular one, with its article; an empty text for a regular one."""
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "a socket"
