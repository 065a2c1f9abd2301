"""Call users' own code, which fails in one sentence and may not draw from a global generator.

A run states that the same scenario and seed give the same bytes, and ends with the exit code of what became
of it. A plug-in that draws from the global generators of NumPy or Python would make the first untrue; one
that calls ``sys.exit``, the second.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from coevolve_sim.errors import CoevolveError
from coevolve_sim.registry import describe_exception

Result = TypeVar("Result")

FAILURES = (Exception, SystemExit)
"""What users' code may raise that is its own failure; Ctrl-C is not."""


@contextmanager
def plugin_failures(what: str, error: type[CoevolveError], verb: str = "failed") -> Iterator[None]:
    """Run users' code in a ``with`` block, as `plugin_call` does, whatever it draws from.

    Raises
    ------
    CoevolveError
        Of the given type, if the code raises anything or ends the program.
    """
    try:
        yield
    except CoevolveError:
        raise
    except FAILURES as failure:
        raise error(f"{what} {verb}: {describe_exception(failure)}") from failure


@contextmanager
def plugin_call(what: str, error: type[CoevolveError], verb: str = "failed") -> Iterator[None]:
    """Run users' code in a ``with`` block, in which it may not draw from a global generator.

    Parameters
    ----------
    what : str
        What errors call it: ``policy 'mine.py:Mine'``.
    error : type of CoevolveError
        What is raised; errors of the package's own tree pass as they are.
    verb : str
        What it did: ``failed``, ``cannot be made``.

    Raises
    ------
    CoevolveError
        Of the given type, if the code raises anything or ends the program, or drew from a global generator,
        which is put back as it was.

    Examples
    --------
    >>> from coevolve_sim.errors import PolicyError
    >>> with plugin_call("policy 'mine'", PolicyError):
    ...     raise SystemExit(0)
    Traceback (most recent call last):
    coevolve_sim.errors.PolicyError: policy 'mine' failed: SystemExit: 0
    """
    with _generators_kept() as drawn, plugin_failures(what, error, verb):
        yield
    if drawn:
        raise error(
            f"{what} drew from {drawn[0]} global generator, so that a run could not be repeated; draw from "
            "coevolve_sim.streams.stream(seed, 'what for', round_index)"
        )


def watch_ambient_draws(work: Callable[[], Result]) -> tuple[Result, str]:
    """Return what some work comes to and, in words, which global generator it drew from; nothing if none.

    The generators are put back as they were.

    Examples
    --------
    >>> watch_ambient_draws(lambda: 1)
    (1, '')
    >>> watch_ambient_draws(lambda: random.random() < 2)
    (True, "it drew from Python's global generator")
    """
    with _generators_kept() as drawn:
        result = work()
    return result, f"it drew from {drawn[0]} global generator" if drawn else ""


@contextmanager
def _generators_kept() -> Iterator[list[str]]:
    """Put the global generators back at the end; yield a list which then says whose were drawn from."""
    import numpy as np  # here, so that what can do without NumPy is imported without it

    kept, python = np.random.get_state(), random.getstate()  # noqa: NPY002 - the point is that nobody does
    before = _place_of_numpy()
    drawn: list[str] = []
    try:
        yield drawn
    finally:
        whose = ["NumPy's"] if _place_of_numpy() != before else []
        whose += ["Python's"] if random.getstate() != python else []
        if whose:
            drawn.append(" and ".join(whose))
            np.random.set_state(kept)  # noqa: NPY002
            random.setstate(python)


def _place_of_numpy() -> tuple[object, ...]:
    import numpy as np

    state = np.random.get_state(legacy=True)  # noqa: NPY002
    return tuple(part.tobytes() if isinstance(part, np.ndarray) else part for part in state)
