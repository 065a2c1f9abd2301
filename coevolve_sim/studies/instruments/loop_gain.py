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
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect
from coevolve_sim.studies.instruments.replications import checked_alike, checked_replications, mean_and_ends

_ROUNDS = ("replications", "rounds")
PLATEAU = 0.99
"""A response has levelled off if its second half keeps this part of it."""
LEAST_PLATEAU = 0.001
"""A plateau below this part of the kick is none."""
AGREEMENT = 0.05
"""Responses to kicks of two sizes agree within this part of the kick."""
STEADINESS = 0.1
"""By how much 1 - multiplier may still change over the last half of a response, as a part of itself."""


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
    disagreement = _disagreement(array, larger)
    with np.errstate(divide="ignore", invalid="ignore"):
        late = float(course[-1] / course[-2]) if abs(course[-2]) > 1e-15 else float("nan")
        kept = float(course[-1] / course[course.size // 2])
    n_rounds = array.shape[1] - 1
    if disagreement > AGREEMENT:
        return Persistence("undecided", _out_of_proportion(disagreement), mean, low, high, late)
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


# --- slow-down -----------------------------------------------------------------------------------


def loop_multiplier(pull: float, influence: float, learning: float) -> float:
    """Return by what a kick is multiplied in a round, late: the largest root of the loop's matrix.

    The matrix is [[1 - a - h, a], [r, 1 - r]], of people's mean and an assistant that averages. Without an
    assistant's influence its own root, 1 - r, moves nobody and is left out. Without pull it is 1 whatever the
    loop does, and says nothing.

    Parameters
    ----------
    pull, influence, learning : float
        h, history's (or anchors') pull on people; a, the assistant's; r, the assistant's rate. Shares of the
        way in a round; a + h at most 1.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    StudyError
        If one lies outside [0, 1], or a + h is above 1.

    Examples
    --------
    >>> round(loop_multiplier(0.1, 0.2, 0.5), 4)
    0.9317
    """
    for name, share in (("pull", pull), ("influence", influence), ("learning", learning)):
        if not 0 <= share <= 1:
            raise StudyError(f"{name} is a share of the way, in [0, 1]; {share} given")
    if influence + pull > 1:
        raise StudyError(f"influence and pull are at most 1 together; {influence} and {pull} given")
    if influence == 0:
        return 1 - pull
    people = 1 - influence - pull
    half = (people + 1 - learning) / 2
    return float(half + np.sqrt((people - 1 + learning) ** 2 / 4 + influence * learning))


def slow_down(pull: float, influence: float, learning: float) -> float:
    """Return by how much longer a kick lasts with the assistant than without, in an averaging society.

    ``tau / tau_without`` with ``tau = 1 / (1 - multiplier)`` and ``tau_without = 1 / h``.

    Parameters
    ----------
    pull, influence, learning : float
        As in `loop_multiplier`; the pull is above 0.

    Returns
    -------
    float
        1 without influence; inf where the assistant never learns anything else than the kick.

    Raises
    ------
    StudyError
        As in `loop_multiplier`, and without pull, where every society keeps kicks for ever.

    Examples
    --------
    >>> round(slow_down(0.1, 0.2, 0.05), 3)
    6.702
    """
    if pull == 0:
        raise StudyError(
            "without history's pull or anchors no kick is ever forgotten; a slow-down needs some"
        )
    rest = 1 - loop_multiplier(pull, influence, learning)
    return pull / rest if rest > 0 else float("inf")


@dataclass(frozen=True)
class SlowDown:
    """By how much longer a kick lasts with the assistant than without.

    Attributes
    ----------
    refused : str
        Why the numbers are not to be read, in a sentence; empty where they are.
    reason : str
        What was found, in a sentence, with the slow-down that would have been seen where none is told.
    n : int
        Number of replications.
    multiplier, multiplier_low, multiplier_high : float
        What a kick is multiplied by in a round, late, with the assistant; and the ends of its interval.
    without : float
        The same without the assistant.
    slow_down, low, high : float
        Ratio of the two time constants 1 / (1 - multiplier), and the ends of its interval.
    disagreement : float
        Greatest difference of the responses to kicks of two sizes, a part of the kick.
    share_changed : float
        Share of replications in which the kick changed who listens to whom; nan if not given.
    """

    refused: str
    reason: str
    n: int
    multiplier: float
    multiplier_low: float
    multiplier_high: float
    without: float
    slow_down: float
    low: float
    high: float
    disagreement: float
    share_changed: float


def measure_slow_down(
    small: ArrayLike,
    large: ArrayLike,
    without: ArrayLike,
    *,
    changed: ArrayLike | None = None,
    confidence: float = 0.95,
) -> SlowDown:
    """Return by how much longer a kick lasts with the assistant than without, as paired worlds show it.

    The multiplier is the slope of the logarithm of the response over its second half, when only the slowest
    part of it is left. The number is refused where responses to the two kicks differ by more than 5 % of the
    kick, where a response is lost in noise or still changes its pace, and where the society without the
    assistant forgets nothing.

    Parameters
    ----------
    small, large : float arrays, shape (replications, rounds)
        Responses to a small and to a larger kick with the assistant, from `kick_response`.
    without : float array, shape (replications, rounds)
        Response to the small kick without the assistant.
    changed : bool array, shape (replications,), optional
        Replications in which the kick changed who listens to whom (`changes_listening`).
    confidence : float
        In (.5, 1).

    Returns
    -------
    SlowDown

    Raises
    ------
    StudyError
        If numbers of replications differ, there are fewer than 8 rounds, or an entry is not finite.

    Examples
    --------
    >>> with_it, without = [0.95 ** np.arange(40)], [0.9 ** np.arange(40)]
    >>> round(measure_slow_down(with_it, with_it, without).slow_down, 6)
    2.0
    """
    one, two, other = (
        checked_replications(given, name, _ROUNDS, least=8)
        for given, name in ((small, "small"), (large, "large"), (without, "without"))
    )
    if len(other) != len(one):
        raise StudyError(
            f"without must have as many replications as small; {len(other)} and {len(one)} given"
        )
    disagreement = _disagreement(one, two)
    share = float("nan") if changed is None else float(np.mean(np.asarray(changed, dtype=bool)))
    refused = _why_refused(one, other, disagreement, confidence)
    if refused:
        nothing = (float("nan"),) * 7
        return SlowDown(refused, "", len(one), *nothing, disagreement, share)
    kept, forgot = _late_multipliers(one), _late_multipliers(other)
    multiplier = mean_and_ends(kept, confidence)
    # The ratio of paces behaves where a time constant may be infinite; it is turned over in the end.
    pace, slowest, fastest = mean_and_ends((1 - kept) / (1 - forgot), confidence)
    slow, low, high = (1 / end if end > 0 else float("inf") for end in (pace, fastest, slowest))
    reason = f"a kick lasts {slow:.3g} times as long with the assistant ({low:.3g} to {high:.3g})"
    if low <= 1 <= high and low < high:
        reason += f": not told from 1; {_seen(kept, forgot, confidence)} would have been seen"
    without_it = float(forgot.mean())
    return SlowDown("", reason, len(one), *multiplier, without_it, slow, low, high, disagreement, share)


def find_listened_to(
    values: ArrayLike, confidence: float, ties: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Return who listens to whom: those within one's confidence, by the joint distance.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
    confidence : float
        The distance, Euclidean and divided by the root of the number of dimensions, up to which one listens.
    ties : bool array, shape (humans, humans), optional
        Whom the row's human could hear; everybody if not given.

    Returns
    -------
    bool array, shape (humans, humans)

    Raises
    ------
    StudyError
        If a shape is another.

    References
    ----------
    [Hegselmann2002]_

    Examples
    --------
    >>> int(find_listened_to([[0.1], [0.2], [0.9]], 0.3).sum())
    5
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2:
        raise StudyError(f"values must be an array (humans, dimensions); shape {array.shape} given")
    near = cdist(array, array) <= confidence * np.sqrt(array.shape[1])
    if ties is None:
        return np.asarray(near)
    tied = np.asarray(ties, dtype=bool)
    if tied.shape != near.shape:
        raise StudyError(
            f"ties must be an array (humans, humans), here {near.shape}; shape {tied.shape} given"
        )
    return np.asarray(near & tied)


def changes_listening(
    up: ArrayLike, down: ArrayLike, confidence: float, ties: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Return in which replications a kick changed who listens to whom, in any round.

    Under bounded confidence a response to a kick is no gain where it did: people then hear others. Cost:
    O(humans^2) a round.

    Parameters
    ----------
    up, down : float arrays, shape (replications, rounds, humans, dimensions)
        Values in the worlds kicked up and down.
    confidence, ties
        As in `find_listened_to`.

    Returns
    -------
    bool array, shape (replications,)

    Raises
    ------
    StudyError
        If shapes differ or are others.

    Examples
    --------
    >>> changes_listening([[[[0.1], [0.39]]]], [[[[0.1], [0.41]]]], 0.3).tolist()
    [True]
    """
    above, below = np.asarray(up, dtype=np.float64), np.asarray(down, dtype=np.float64)
    checked_alike(("up", above), ("down", below))
    if above.ndim != 4:
        raise StudyError(
            f"values must be arrays (replications, rounds, humans, dimensions); shape {above.shape} given"
        )
    return np.array(
        [
            any(
                (find_listened_to(x, confidence, ties) != find_listened_to(y, confidence, ties)).any()
                for x, y in zip(one, other, strict=True)
            )
            for one, other in zip(above, below, strict=True)
        ],
        dtype=bool,
    )


def _why_refused(one: Floats, other: Floats, disagreement: float, confidence: float) -> str:
    """Return why a slow-down cannot be told, or nothing."""
    if disagreement > AGREEMENT:
        return _out_of_proportion(disagreement)
    for name, response in (("with", one), ("without", other)):
        _, low, _ = mean_and_ends(response[:, -1], confidence)
        if low <= 0 or (response[:, response.shape[1] // 2 :] <= 0).any():
            return (
                f"{name} the assistant the response is lost in noise by the last round, "
                f"{response.shape[1] - 1}: follow it for fewer rounds, or give more replications"
            )
    forgot = 1 - float(_late_multipliers(other).mean())
    if forgot < 1e-6:
        return "without the assistant no kick is forgotten: no history pulls and nobody has an anchor"
    kept = one.mean(axis=0)
    quarter = kept.size // 4
    early, late = (
        1 - float((kept[end] / kept[end - quarter]) ** (1 / quarter)) for end in (-1 - quarter, -1)
    )
    if abs(late - early) > STEADINESS * max(abs(early), abs(late)):
        return (
            f"the response still changes its pace, from a multiplier of {1 - early:.4f} to {1 - late:.4f} a "
            "round: follow it for longer, or give more replications"
        )
    return ""


def _disagreement(small: Floats, large: ArrayLike | None) -> float:
    """Return the greatest difference of mean responses to kicks of two sizes, a part of the kick."""
    if large is None:
        return 0.0
    other = checked_replications(large, "the response to the larger kick", _ROUNDS)
    checked_alike(("responses to the small", small), ("to the larger kick", other))
    return float(np.abs(small.mean(axis=0) - other.mean(axis=0)).max())


def _out_of_proportion(disagreement: float) -> str:
    return (
        f"responses to the two kicks differ by {disagreement:.2g} of the kick: the society does not answer "
        "in proportion, so that there is no one gain, or replications are too few"
    )


def _seen(kept: Floats, forgot: Floats, confidence: float) -> str:
    """Return the slow-down that would have been seen, in words."""
    pace = (1 - kept) / (1 - forgot)
    effect = paired_effect(pace, np.ones(pace.size), confidence=confidence)
    left = 1 - effect.smallest_effect_seen
    return f"one of {1 / left:.3g}" if left > 0 else "no slow-down, however long,"


def _late_multipliers(response: Floats) -> Floats:
    """Return the multiplier a round over the second half of each replication's response."""
    late = np.log(response[:, response.shape[1] // 2 :])
    rounds = np.arange(late.shape[1]) - (late.shape[1] - 1) / 2
    multipliers: Floats = np.exp(late @ rounds / (rounds @ rounds))
    return multipliers
