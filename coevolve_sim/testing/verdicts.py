"""A check and what became of it, the same for every concept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from coevolve_sim.errors import CoevolveError
from coevolve_sim.plugin_calls import FAILURES

Checks = Mapping[str, Callable[..., str]]
"""Checks by the sentence that each holds a plug-in to; a check returns what went wrong, or nothing."""


@dataclass(frozen=True)
class Verdict:
    """What became of one check.

    Attributes
    ----------
    check : str
        What a plug-in of the concept must do, as a sentence without its subject.
    passed : bool
    said : str
        What was given, what came back and what is wanted; empty where it passed.
    """

    check: str
    passed: bool
    said: str = ""


def run_checks(checks: Checks, *given: Any) -> list[Verdict]:
    """Run every check on the same plug-in, those after a failed one too.

    Whatever a plug-in raises fails the check in which it does, and is told.

    Parameters
    ----------
    checks : mapping of str to callable
    *given
        Handed to every check.

    Examples
    --------
    >>> run_checks({"is even": lambda n: "" if n % 2 == 0 else f"{n} is odd"}, 3)
    [Verdict(check='is even', passed=False, said='3 is odd')]
    """
    return [_run_check(sentence, check, given) for sentence, check in checks.items()]


def _run_check(sentence: str, check: Callable[..., str], given: tuple[Any, ...]) -> Verdict:
    try:
        said = check(*given)
    except CoevolveError as error:
        said = str(error)
    except FAILURES as error:
        said = f"{type(error).__name__}: {error}"
    return Verdict(sentence, not said, said)


def failures_of(verdicts: Iterable[Verdict]) -> str:
    """Return the failed checks, a line each; nothing if all passed.

    A test of one's own need say no more than ``assert not failures_of(check_rule(Mine()))``.

    Examples
    --------
    >>> failures_of([Verdict("is even", True), Verdict("is small", False, "9 is not below 5")])
    'is small: 9 is not below 5'
    """
    return "\n".join(f"{verdict.check}: {verdict.said}" for verdict in verdicts if not verdict.passed)


def bytes_of(array: Any) -> tuple[str, tuple[int, ...], bytes]:
    """Return what makes two arrays the same bit for bit: type, shape and bytes."""
    found = np.asarray(array)
    return found.dtype.name, found.shape, found.tobytes()


def difference_of(one: Any, other: Any) -> str:
    """Return how far two arrays lie apart, in words; nothing if they are the same bit for bit.

    Examples
    --------
    >>> difference_of(np.array([0.5, 0.25]), np.array([0.5, 0.75]))
    '0.25 and 0.75 at place (1,)'
    >>> difference_of(np.zeros(2), np.zeros(3))
    'float64 of shape (2,) and float64 of shape (3,)'
    """
    first, second = np.asarray(one), np.asarray(other)
    if bytes_of(first) == bytes_of(second):
        return ""
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return f"{first.dtype} of shape {first.shape} and {second.dtype} of shape {second.shape}"
    apart = np.argwhere(first != second)
    if not len(apart):
        return "the same numbers in other bytes"
    place = tuple(int(at) for at in apart[0])
    return f"{first[place]} and {second[place]} at place {place}"
