"""Attack against defence: how often tries succeed within a budget, past guards that each let some pass.

A try succeeds with ``s = rate * prod(pass_attack)``, an attack within a budget of b tries with
``1 - (1 - s)^b``; what is benign passes with ``prod(pass_benign)``. Tries and guards are independent
[Xu2024]_.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError


def pass_all(rates: Sequence[float]) -> float:
    """Return which share passes all guards, if each lets a share pass whatever the others do; 1 without any.

    Examples
    --------
    >>> round(pass_all([0.166, 0.646]), 4), pass_all([])
    (0.1072, 1.0)
    """
    passes = np.asarray(rates, dtype=np.float64)
    if not ((passes >= 0.0) & (passes <= 1.0)).all():
        raise RuleError(f"guards let pass {passes.tolist()}; shares in [0, 1] are wanted")
    return float(passes.prod())


def success_within(rate: float | Floats, budget: int) -> float | Floats:
    """Return the probability of a success within a budget of tries, ``1 - (1 - rate)^budget``.

    Parameters
    ----------
    rate : float or float array
        Probability that one try succeeds, in [0, 1].
    budget : int
        Number of tries, at least 1.

    Returns
    -------
    float or float64 array
        In [0, 1].

    Raises
    ------
    RuleError
        If a rate or the budget is outside its range.

    References
    ----------
    [Xu2024]_

    Examples
    --------
    >>> round(success_within(0.05, 75), 3)
    0.979
    """
    each = np.asarray(rate, dtype=np.float64)
    if not ((each >= 0.0) & (each <= 1.0)).all():
        raise RuleError(f"rates per try are {each.tolist()}; each must be in [0, 1]")
    _require_tries(budget)
    with np.errstate(divide="ignore"):  # a rate of 1 is a logarithm of 0, and a success
        found = -np.expm1(budget * np.log1p(-each))
    return found if isinstance(rate, np.ndarray) else float(found)


def rate_per_try(success: float, tries: int) -> float:
    """Return the rate per try that gives a share of successes within some tries, if tries are independent.

    Parameters
    ----------
    success : float
        In [0, 1): of a success that never fails no rate follows.
    tries : int
        At least 1.

    Returns
    -------
    float
        ``1 - (1 - success)^(1 / tries)``, in [0, 1).

    Raises
    ------
    RuleError
        If ``success`` is not in [0, 1), or ``tries`` is below 1.

    References
    ----------
    [Xu2024]_

    Examples
    --------
    >>> round(rate_per_try(0.95, 75), 4)
    0.0392
    """
    if not 0.0 <= success < 1.0:
        raise RuleError(
            f"a share of {success:g} succeeds within {tries} tries; a rate per try follows only of one in "
            "[0, 1): give the rate per try itself"
        )
    _require_tries(tries)
    return float(-np.expm1(np.log1p(-success) / tries))


def try_within(draws: Floats, rates: Floats, budget: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which attacks succeed within a budget, and how many tries each takes.

    The first success is found by inverting its distribution, so that one draw an attack suffices, and a
    higher rate or a larger budget only adds successes on the same draws.

    Parameters
    ----------
    draws : float array, shape (attacks,)
        Uniform in [0, 1).
    rates : float array, shape (attacks,)
        Probability that one try succeeds, in [0, 1].
    budget : int
        Tries at the most, at least 1.

    Returns
    -------
    bool array, shape (attacks,)
        Who succeeds.
    int64 array, shape (attacks,)
        In 1 to ``budget``.

    Raises
    ------
    RuleError
        If the budget is below 1.

    Examples
    --------
    >>> succeeds, n_tries = try_within(np.array([0.1, 0.6, 0.9]), np.array([0.5, 0.5, 0.0]), 3)
    >>> succeeds.tolist(), n_tries.tolist()
    ([True, True, False], [1, 2, 3])
    """
    _require_tries(budget)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.ceil(np.log1p(-draws) / np.log1p(-rates))
    first = np.where(rates > 0.0, np.maximum(first, 1.0), np.inf)  # a draw of 0 succeeds at once
    return first <= budget, np.minimum(first, budget).astype(np.int64)


def _require_tries(number: int) -> None:
    if number < 1:
        raise RuleError(f"{number} tries; at least 1 is wanted")
