"""How compiled loops share the cores of a machine: the same bytes whatever the number of threads.

A loop over rows is cut into blocks, and a few threads take block after block. Where blocks end follows from
the work in a row alone, never from the number of threads, and what must be added up in one order is: block
after block, whichever is ready first. What is too little for two blocks runs in the thread that asks for it.

Loops let go of Python's lock as they run (`coevolve_sim.compiled.compiled`). One loop at a time has the
threads; another that comes meanwhile, as from a second run in the same process, runs in its own thread alone.

The number of threads is no part of a scenario. It is what `set_threads` says, else ``COEVOLVE_THREADS``,
else the number of cores that this process may use.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from coevolve_sim.errors import CoevolveError

VARIABLE = "COEVOLVE_THREADS"
"""The environment variable that says how many threads to use."""

BLOCK = 1 << 18
"""Numbers that the rows of a block hold or read, about: half a millisecond of work."""

ALIGNED = 64
"""Blocks begin at multiples of this many rows, where loops begin to fetch rows ahead."""

Part = TypeVar("Part")


class _Crew:
    """The threads of this process: how many are wanted, and those that wait for work."""

    def __init__(self) -> None:
        self.wanted: int | None = None
        self.taken = threading.Lock()
        self.waiting: ThreadPoolExecutor | None = None

    def size(self) -> int:
        """Return the number of threads, and find it out at the first time."""
        if self.wanted is None:
            self.wanted = _read_variable() or count_cores()
        return self.wanted

    def resize(self, number: int | None) -> None:
        """Let another number of threads be used from the next loop on."""
        with self.taken:
            if self.waiting is not None:
                self.waiting.shutdown()
            self.wanted, self.waiting = number, None

    def helpers(self) -> ThreadPoolExecutor:
        """Return the threads besides the one that asks, started at the first time."""
        if self.waiting is None:
            self.waiting = ThreadPoolExecutor(max(self.size() - 1, 1), "coevolve_sim")
        return self.waiting


_crew = _Crew()


def _begin_anew() -> None:
    """Forget threads that a forked process does not have, keeping their number."""
    wanted = _crew.wanted
    _crew.__init__()  # type: ignore[misc]
    _crew.wanted = wanted


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def count_cores() -> int:
    """Return the number of cores that this process may use, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_threads() -> int:
    """Return the number of threads that loops use.

    Raises
    ------
    CoevolveError
        If ``COEVOLVE_THREADS`` is asked and is no number from 1.
    """
    return _crew.size()


def set_threads(number: int | None) -> None:
    """Use this many threads from now on in this process; None for what is used where nothing was said.

    Parameters
    ----------
    number : int or None
        From 1; more than there are cores are used as given, and gain nothing.

    Raises
    ------
    CoevolveError
        If it is below 1.

    Examples
    --------
    >>> set_threads(2)
    >>> count_threads()
    2
    >>> set_threads(0)
    Traceback (most recent call last):
    coevolve_sim.errors.CoevolveError: 0 threads given; at least 1 is needed
    >>> set_threads(None)
    """
    if number is not None and number < 1:
        raise CoevolveError(f"{number} threads given; at least 1 is needed")
    if number is None or number != _crew.wanted:
        _crew.resize(number)


@contextmanager
def hold_threads(number: int | None) -> Iterator[None]:
    """Use this many threads within the context and as many as before afterwards; None changes nothing.

    Examples
    --------
    >>> with hold_threads(3):
    ...     count_threads()
    3
    """
    before = _crew.wanted
    if number is not None:
        set_threads(number)
    try:
        yield
    finally:
        if number is not None:
            set_threads(before)


def _read_variable() -> int | None:
    """Return the number of threads that the environment asks for; None if it asks for none."""
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise CoevolveError(
            f"{VARIABLE} is '{text}'; a whole number of threads from 1 is wanted, or nothing for one a core"
        )
    return int(text)


def rows_of_block(numbers_a_row: float) -> int:
    """Return the number of rows in a block: a multiple of 64, whatever the number of threads.

    Examples
    --------
    >>> rows_of_block(209.0), rows_of_block(1e9)
    (1216, 64)
    """
    return ALIGNED * max(1, int(BLOCK / max(numbers_a_row, 1.0)) // ALIGNED)


def run_in_blocks(
    work: Callable[..., Part],
    n_rows: int,
    numbers_a_row: float,
    *arguments: Any,
    then: Callable[[int, int, Part], object] | None = None,
) -> list[Part]:
    """Call a loop over rows block by block, several at a time; return what each call returned, in order.

    Parameters
    ----------
    work : callable
        Called with the first row of a block, the row after its last, and the arguments. It may write to the
        rows of its block and nowhere else.
    n_rows : int
    numbers_a_row : float
        How many numbers are read of a row, about.
    *arguments
    then : callable, optional
        Called with the ends of each block and what ``work`` returned, which is not kept then, in the order
        of blocks, never two at a time: for sums of which the order is part of the result.

    Examples
    --------
    >>> run_in_blocks(lambda first, last: last - first, 200, BLOCK / 64)
    [64, 64, 64, 8]
    """
    return run_in_parts(work, n_rows, rows_of_block(numbers_a_row), *arguments, then=then)


def run_by_dimension(
    work: Callable[..., Part], n_dimensions: int, numbers_of_each: int, *arguments: Any, least: int = 1
) -> list[Part]:
    """Call a loop for each dimension, several at a time; for more in one call where they are short.

    As `run_in_blocks`, with dimensions in place of rows; ``least`` go together in any case.
    """
    together = max(least, min(n_dimensions, BLOCK // max(numbers_of_each, 1)))
    return run_in_parts(work, n_dimensions, together, *arguments)


def run_in_parts(
    work: Callable[..., Part],
    n: int,
    size: int,
    *arguments: Any,
    then: Callable[[int, int, Part], object] | None = None,
) -> list[Part]:
    """Call a loop for parts of a size of n things; as `run_in_blocks`."""
    parts = _Parts(work, n, size, arguments, then)
    helpers = min(count_threads(), len(parts.found)) - 1
    if helpers < 1 or not _crew.taken.acquire(blocking=False):
        parts.work_off()
    else:
        try:
            parts.work_off_together(helpers)
        finally:
            _crew.taken.release()
    return parts.found


class _Parts(Generic[Part]):
    """The parts of one loop: taken in their order by whoever is free, and finished in their order."""

    def __init__(
        self,
        work: Callable[..., Part],
        n: int,
        size: int,
        arguments: tuple[Any, ...],
        then: Callable[[int, int, Part], object] | None,
    ) -> None:
        self._work, self._n, self._size, self._arguments, self._then = work, n, size, arguments, then
        self._numbers, self._stopped = itertools.count(), False
        self._turn, self._n_finished = threading.Lock(), 0
        self.found: list[Any] = [_Parts] * max(-(-n // size), 1)  # the class stands for what is not there yet

    def _ends(self, number: int) -> tuple[int, int]:
        return number * self._size, min((number + 1) * self._size, self._n)

    def work_off(self) -> None:
        """Take part after part until none is left, or something went wrong with one."""
        try:
            while not self._stopped and (number := next(self._numbers)) < len(self.found):
                self.found[number] = self._work(*self._ends(number), *self._arguments)
                if self._then is not None:
                    self._finish()
        except BaseException:
            self._stopped = True
            raise

    def work_off_together(self, n_helpers: int) -> None:
        """Work off all parts in this thread and others."""
        helpers = [_crew.helpers().submit(self.work_off) for _ in range(n_helpers)]
        try:
            self.work_off()
        finally:
            # Those that have not begun yet find nothing left.
            wait(begun := [helper for helper in helpers if not helper.cancel()])
        for helper in begun:
            helper.result()
        if self._then is not None:
            self._finish()  # who had the turn may have let go of it just before the last part was there

    def _finish(self) -> None:
        """Finish what is there in its order, unless another thread is at it."""
        if self._then is None or not self._turn.acquire(blocking=False):
            return
        try:
            while self._n_finished < len(self.found) and self.found[self._n_finished] is not _Parts:
                self._then(*self._ends(self._n_finished), self.found[self._n_finished])
                self.found[self._n_finished] = None  # what is finished need not be kept
                self._n_finished += 1
        finally:
            self._turn.release()
