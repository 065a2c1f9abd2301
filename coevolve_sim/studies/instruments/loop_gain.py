"""Loop gain: what the loop of people and assistant makes of a small kick.

Three numbers that must not be taken for one another:

- the *evidence gain* of a society that weighs beliefs by precision: how often a round counts a belief again,
  (q(t+1) - p(t+1)) / q(t). Beliefs lock in above 1. Values alone never show it: a kick of values shrinks by
  ``c q / (p + c q)`` a round, which tends to c below the threshold and to 1 above it;
- the *persistence plateau*: the part of a kick of values that stays for good, 0 below the threshold;
- the *slow-down* of an averaging society: by how much longer a kick lasts with the assistant than without.

A kick is given twice, up and down, in paired worlds; half the difference of the two is free of all that the
kick did not cause. It must not depend on the size of the kick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.replications import checked_alike, checked_replications, mean_and_ends

_ROUNDS = ("replications", "rounds")
PLATEAU = 0.99
"""A response has levelled off if its second half keeps this part of it."""
LEAST_PLATEAU = 0.001
"""A plateau below this part of the kick is none."""
AGREEMENT = 0.05
"""Responses to kicks of two sizes agree within this part of the kick."""


# --- evidence gain -------------------------------------------------------------------------------


def evidence_gain(log_precision: ArrayLike, log_evidence: ArrayLike) -> Floats:
    """Return how often each round counts again what was believed, (q(t+1) - p(t+1)) / q(t).

    Parameters
    ----------
    log_precision : float array, shape (..., rounds)
        Natural logarithm of q, the precision that is claimed; logarithms, as precisions overflow.
    log_evidence : float array, shape (..., rounds)
        Natural logarithm of p, the precision of one's own evidence up to that round.

    Returns
    -------
    float64 array, shape (..., rounds - 1)
        0 without a loop; above 1 beliefs lock in.

    Raises
    ------
    StudyError
        If shapes differ, there are fewer than two rounds, or less precision is claimed than there is
        evidence.

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> evidence_gain(np.log([1.0, 2.5]), np.log([1.0, 2.0])).round(9).tolist()
    [0.5]
    """
    claimed, own = np.asarray(log_precision, dtype=np.float64), np.asarray(log_evidence, dtype=np.float64)
    checked_alike(("log_precision", claimed), ("log_evidence", own))
    if claimed.ndim == 0 or claimed.shape[-1] < 2:
        raise StudyError("an evidence gain needs at least two rounds, as the last axis")
    over = own[..., 1:] - claimed[..., 1:]
    if not (over <= 1e-9).all():
        raise StudyError(
            "less precision is claimed than there is evidence of one's own; give natural logarithms of both, "
            "of the same rounds"
        )
    # q - p in logarithms: ln q + ln(1 - p/q)
    with np.errstate(divide="ignore"):
        told = claimed[..., 1:] + np.log(-np.expm1(np.minimum(over, 0.0)))
    gain: Floats = np.exp(told - claimed[..., :-1])
    return gain


def gain_of_kicked_precision(up: ArrayLike, down: ArrayLike) -> Floats:
    """Return the evidence gain as two worlds show it whose claimed precision was kicked up and down.

    The difference of their precisions is multiplied by the gain in every round; the evidence need not be
    known.

    Parameters
    ----------
    up, down : float arrays, shape (..., rounds)
        Natural logarithm of the precision claimed, from the round of the kick on.

    Returns
    -------
    float64 array, shape (..., rounds - 1)
        Where the difference has drowned in rounding, nan.

    Raises
    ------
    StudyError
        If shapes differ, there are fewer than two rounds, or the kick left no difference.

    Examples
    --------
    >>> gain_of_kicked_precision(np.log([1.1, 2.55]), np.log([0.9, 2.45])).round(9).tolist()
    [0.5]
    """
    more, less = np.asarray(up, dtype=np.float64), np.asarray(down, dtype=np.float64)
    checked_alike(("up", more), ("down", less))
    if more.ndim == 0 or more.shape[-1] < 2:
        raise StudyError("an evidence gain needs at least two rounds, as the last axis")
    if not (more[..., 0] > less[..., 0]).all():
        raise StudyError("precision must be kicked up in the first world and down in the second")
    apart = more - less
    with np.errstate(divide="ignore", invalid="ignore"):
        # ln(q_up - q_down) = ln q_down + ln(q_up / q_down - 1)
        grown = np.diff(less + np.log(np.where(apart > 1e-12, np.expm1(apart), np.nan)), axis=-1)
    return np.asarray(np.exp(grown), dtype=np.float64)


# --- kicks of values -----------------------------------------------------------------------------


def kick_response(up: ArrayLike, down: ArrayLike, size: float) -> Floats:
    """Return the antisymmetric response to a kick: half the difference of two worlds, a part of the kick.

    Parameters
    ----------
    up, down : float arrays, shape (replications, rounds)
        A mean value in the worlds kicked by +size and -size, from the end of the round of the kick on.
    size : float
        Of the kick, above 0.

    Returns
    -------
    float64 array, shape (replications, rounds)
        1 where the kick is whole, 0 where it is gone.

    Raises
    ------
    StudyError
        If shapes differ, an entry is not finite, or the size is not above 0.

    Examples
    --------
    >>> kick_response([[0.51, 0.505]], [[0.49, 0.495]], 0.01).round(9).tolist()
    [[1.0, 0.5]]
    """
    if not 0 < size < np.inf:
        raise StudyError(f"a kick has a size above 0; {size} given")
    above, below = checked_replications(up, "up", _ROUNDS), checked_replications(down, "down", _ROUNDS)
    checked_alike(("up", above), ("down", below))
    response: Floats = (above - below) / (2.0 * size)
    return response


def compare_kicks(small: ArrayLike, large: ArrayLike) -> float:
    """Return by how much responses to kicks of two sizes differ, which they must not.

    Parameters
    ----------
    small, large : float arrays, shape (replications, rounds)
        Responses to a small and to a larger kick, from `kick_response`.

    Returns
    -------
    float
        Greatest difference of the means over replications in any round, a part of the kick.

    Raises
    ------
    StudyError
        If shapes differ, or an entry is not finite.

    Examples
    --------
    >>> round(compare_kicks([[1.0, 0.5]], [[1.0, 0.4]]), 9)
    0.1
    """
    one = checked_replications(small, "the response to the small kick", _ROUNDS)
    other = checked_replications(large, "the response to the larger kick", _ROUNDS)
    checked_alike(("responses to the small", one), ("to the larger kick", other))
    return float(np.abs(one.mean(axis=0) - other.mean(axis=0)).max())


def explain_disagreement(disagreement: float) -> str:
    """Return what it means that responses to two kicks differ by more than `AGREEMENT`, in a sentence."""
    return (
        f"responses to the two kicks differ by {disagreement:.2g} of the kick: the society does not answer "
        "in proportion, so that there is no one gain, or replications are too few"
    )


@dataclass(frozen=True)
class Persistence:
    """What becomes of a kick of values.

    Attributes
    ----------
    verdict : {"plateau", "none", "undecided"}
        Whether a part of the kick stays for good.
    reason : str
        Why, in a sentence.
    plateau, low, high : float
        The part that stays, and the ends of its interval; 0 for none; for undecided, what is left at the end.
    late_multiplier : float
        Response in the last round as a part of that in the round before; nan where nothing is left.
    """

    verdict: Literal["plateau", "none", "undecided"]
    reason: str
    plateau: float
    low: float
    high: float
    late_multiplier: float


def measure_persistence(
    response: ArrayLike, *, larger: ArrayLike | None = None, confidence: float = 0.95
) -> Persistence:
    """Return whether a part of a kick stays for good, and which.

    It does if the second half of the response keeps 99 % of what the first has left, and the interval of the
    last round lies above .1 % of the kick. It does not if that interval does not reach so high. Else the
    response is still falling, and a longer one is needed: at the threshold itself it falls for ever, but ever
    more slowly.

    Parameters
    ----------
    response : float array, shape (replications, rounds)
        From `kick_response`.
    larger : float array, shape (replications, rounds), optional
        Response to a larger kick; where it differs by more than 5 % of the kick, nothing is decided.
    confidence : float
        In (.5, 1).

    Returns
    -------
    Persistence

    Raises
    ------
    StudyError
        If there are fewer than 4 rounds, or an entry is not finite.

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> measure_persistence([0.5 + 0.5 * 0.8 ** np.arange(100)]).verdict
    'plateau'
    >>> measure_persistence([0.8 ** np.arange(100)]).verdict
    'none'
    """
    array = checked_replications(response, "response", _ROUNDS, least=4)
    mean, low, high = mean_and_ends(array[:, -1], confidence)
    course = array.mean(axis=0)
    disagreement = 0.0 if larger is None else compare_kicks(array, larger)
    with np.errstate(divide="ignore", invalid="ignore"):
        late = float(course[-1] / course[-2]) if abs(course[-2]) > 1e-15 else float("nan")
        kept = float(course[-1] / course[course.size // 2])
    n_rounds = array.shape[1] - 1
    if disagreement > AGREEMENT:
        return Persistence("undecided", explain_disagreement(disagreement), mean, low, high, late)
    if high < LEAST_PLATEAU:
        reason = f"after {n_rounds} rounds at most {high:.2g} of it is left"
        return Persistence("none", reason, 0.0, 0.0, 0.0, late)
    if low <= LEAST_PLATEAU:
        reason = (
            f"after {n_rounds} rounds {low:.2g} to {high:.2g} of it is left: give more replications, "
            "or rounds"
        )
        return Persistence("undecided", reason, mean, low, high, late)
    if kept < PLATEAU:
        reason = (
            f"after {n_rounds} rounds {mean:.2g} of it is left and still falls, to {kept:.2g} of what it "
            "was half-way: follow it for longer"
        )
        return Persistence("undecided", reason, mean, low, high, late)
    return Persistence("plateau", f"{mean:.3g} of it stays for good", mean, low, high, late)
