"""Checks of network parameters; every error names the family, what was given and what is allowed.

A society of one human has no ties in any family: whatever degree is given, it becomes 0.
"""

from __future__ import annotations

import math
from numbers import Integral, Real

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.ties import MOST_HUMANS

METHODS = ("auto", "networkx", "compiled")
COMPILED_FROM = 20_000
"""Number of humans from which ``method="auto"`` leaves networkx for the compiled generators."""


def check_size(family: str, n: int) -> None:
    """Refuse a number of humans that is not a whole number in 1..2**31 - 1.

    Examples
    --------
    >>> check_size("ring", 0)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: ring: n must be a whole number from 1 to 2147483647; 0 given
    """
    check_whole(family, "n", n, 1, MOST_HUMANS)


def check_whole(family: str, name: str, value: int, low: int, high: int, advice: str = "") -> None:
    """Refuse a value that is not a whole number in `low`..`high`.

    Examples
    --------
    >>> check_whole("barabasi_albert", "attachments", 9, 1, 4, "take more humans")
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: barabasi_albert: attachments must be a whole number from 1 to 4;
    9 given: take more humans
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not (whole and low <= value <= high):
        raise NetworkError(
            f"{family}: {name} must be a whole number from {low} to {high}; {value} given"
            + (f": {advice}" if advice else "")
        )


def check_probability(family: str, name: str, value: float) -> None:
    """Refuse a value that is not in [0, 1].

    Examples
    --------
    >>> check_probability("watts_strogatz", "rewiring", 1.5)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: watts_strogatz: rewiring must be a probability in [0, 1]; 1.5 given
    """
    if not (isinstance(value, Real) and 0 <= value <= 1):
        raise NetworkError(f"{family}: {name} must be a probability in [0, 1]; {value} given")


def check_mean_degree(family: str, n: int, degree: float, name: str = "degree") -> float:
    """Check a mean degree, in [0, n - 1], and return it; 0 for one human.

    Examples
    --------
    >>> check_mean_degree("erdos_renyi", 10, 12.5)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: erdos_renyi: degree must be in [0, 9], as each of 10 humans can be
    tied to 9 others; 12.5 given: lower it, take more humans, or take family complete
    """
    most = n - 1 if n > 1 else math.inf
    if not (isinstance(degree, Real) and 0 <= degree <= most and math.isfinite(degree)):
        raise NetworkError(
            f"{family}: {name} must be in [0, {most}], as each of {n} humans can be tied to {n - 1} others;"
            f" {degree} given: lower it, take more humans, or take family complete"
        )
    return float(degree) if n > 1 else 0.0


def check_even_degree(family: str, n: int, degree: int) -> int:
    """Check an even number of nearest neighbours, in 0..n-1, and return it; 0 for one human.

    Examples
    --------
    >>> check_even_degree("ring", 10, 3)
    Traceback (most recent call last):
    coevolve_sim.errors.NetworkError: ring: degree must be even, half of the neighbours on either side;
    3 given: take 2 or 4
    >>> check_even_degree("ring", 1, 4)
    0
    """
    check_whole(
        family,
        "degree",
        degree,
        0,
        n - 1 if n > 1 else MOST_HUMANS,
        "lower it, take more humans, or take family complete",
    )
    if degree % 2:
        raise NetworkError(
            f"{family}: degree must be even, half of the neighbours on either side; {degree} given:"
            f" take {degree - 1} or {degree + 1}"
        )
    return int(degree) if n > 1 else 0


def is_compiled(family: str, method: str, n: int) -> bool:
    """Return whether `method` selects the compiled generator at this number of humans.

    Examples
    --------
    >>> is_compiled("erdos_renyi", "auto", 100), is_compiled("erdos_renyi", "auto", 10**6)
    (False, True)
    """
    if method not in METHODS:
        raise NetworkError(f"{family}: method must be one of {', '.join(METHODS)}; {method} given")
    return method == "compiled" or (method == "auto" and n >= COMPILED_FROM)
