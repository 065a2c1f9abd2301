"""Random numbers that belong to nobody: the global generators of NumPy and Python, which nothing may use."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

import numpy as np

Result = TypeVar("Result")


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
    kept, python = np.random.get_state(), random.getstate()  # noqa: NPY002 - the point is that nobody does
    before = _place_of_numpy()
    try:
        result = work()
        drawn = [
            name
            for name, changed in (
                ("NumPy's", _place_of_numpy() != before),
                ("Python's", random.getstate() != python),
            )
            if changed
        ]
    finally:
        np.random.set_state(kept)  # noqa: NPY002
        random.setstate(python)
    return result, f"it drew from {' and '.join(drawn)} global generator" if drawn else ""


def _place_of_numpy() -> str:
    return repr([*map(_written, np.random.get_state(legacy=True))])  # noqa: NPY002


def _written(part: object) -> object:
    return part.tobytes() if isinstance(part, np.ndarray) else part
