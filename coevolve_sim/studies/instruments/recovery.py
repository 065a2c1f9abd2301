"""Recovery: how much of the gap to the world without the assistant closes once the assistant is gone.

With m_w the world in which the assistant leaves after round T and m_0 the world that never had it, the share
recovered after k rounds is, pair by pair,

    Rec(k) = 1 - |m_w(T + k) - m_0(T + k)| / |m_w(T) - m_0(T)|

It is measured against that world and not against history, which moves by itself. Where the gap at T cannot be
told from zero there is nothing to recover from, and the share is refused. A gap that noise keeps open counts
as not recovered, as the share takes distances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import PairedEffect, paired_effect
from coevolve_sim.studies.instruments.replications import checked_alike, mean_and_ends

RELAXATION_TIMES = 5
"""After so many relaxation times of the society without an assistant a verdict is given."""


@dataclass(frozen=True, eq=False)
class Recovery:
    """How a gap closes.

    Attributes
    ----------
    refused : str
        Why the shares are not to be read, in a sentence; empty where they are.
    gap : PairedEffect
        The gap when the assistant leaves; of several dimensions, in that in which it is clearest, with an
        interval that allows for their number.
    share, low, high : float64 arrays, shape (rounds,)
        Mean share recovered k rounds after, from k = 0, and the ends of its interval; nan where refused.
    half_life, half_life_low, half_life_high : float
        Rounds after which half of the gap is closed, and the ends of its interval; inf where that does not
        happen in the rounds given.
    at_horizon : PairedEffect or None
        The share recovered in the last round; None where refused.
    """

    refused: str
    gap: PairedEffect
    share: Floats
    low: Floats
    high: Floats
    half_life: float
    half_life_low: float
    half_life_high: float
    at_horizon: PairedEffect | None


def recovered_share(world: ArrayLike, reference: ArrayLike) -> Floats:
    """Return which share of the gap between two worlds has closed, pair by pair.

    Parameters
    ----------
    world, reference : float arrays, shape (replications, rounds) or (replications, rounds, dimensions)
        Mean values, from the last round before the assistant leaves on; of several dimensions the distance
        counts.

    Returns
    -------
    float64 array, shape (replications, rounds)
        0 in the first round; 1 where the gap is closed, negative where it has grown.

    Raises
    ------
    StudyError
        If shapes differ or are others, an entry is not finite, or a pair has no gap (names the first).

    Examples
    --------
    >>> recovered_share([[0.6, 0.55, 0.5]], [[0.5, 0.5, 0.5]]).round(9).tolist()
    [[0.0, 0.5, 1.0]]
    """
    distance = np.linalg.norm(_gaps(world, reference), axis=-1)
    none = np.flatnonzero(distance[:, 0] == 0)
    if none.size:
        raise StudyError(f"the two worlds do not differ in replication {none[0]}; there is no gap to close")
    share: Floats = 1.0 - distance / distance[:, :1]
    return share


def measure_recovery(world: ArrayLike, reference: ArrayLike, *, confidence: float = 0.95) -> Recovery:
    """Return how the gap between two worlds closes, with intervals over replications.

    Parameters
    ----------
    world, reference : float arrays, shape (replications, rounds) or (replications, rounds, dimensions)
        As in `recovered_share`; the last round is the horizon.
    confidence : float
        In (.5, 1).

    Returns
    -------
    Recovery

    Raises
    ------
    StudyError
        If shapes differ or are others, an entry is not finite, or there are fewer than two replications.

    Examples
    --------
    >>> gap = 0.9 ** np.arange(11)
    >>> found = measure_recovery([0.5 + 0.2 * gap, 0.5 + 0.1 * gap], np.full((2, 11), 0.5), confidence=0.6)
    >>> round(found.half_life, 4), found.share[10].round(5)
    (6.5788, np.float64(0.65132))
    """
    gaps = _gaps(world, reference)
    gap = _clearest_gap(_first_values(world), _first_values(reference), confidence)
    n_rounds = gaps.shape[1]
    refused = _why_refused(gap, gaps[:, 0])
    if refused:
        nothing = np.full(n_rounds, np.nan)
        return Recovery(refused, gap, nothing, nothing, nothing, np.nan, np.nan, np.nan, None)
    shares = recovered_share(world, reference)
    ends = np.array([mean_and_ends(shares[:, k], confidence) for k in range(n_rounds)]).T
    last = paired_effect(shares[:, -1], np.zeros(len(shares)), confidence=confidence)
    half, soonest, latest = (crossing_round(1 - curve, 0.5) for curve in (ends[0], ends[2], ends[1]))
    return Recovery("", gap, ends[0], ends[1], ends[2], half, soonest, latest, last)


def crossing_round(left: ArrayLike, level: float) -> float:
    """Return after how many rounds what is left first comes down to a level, between rounds too.

    Between two rounds what is left is taken to fall at a constant rate.

    Parameters
    ----------
    left : float array, shape (rounds,)
        Begins with 1, or above the level.
    level : float
        Above 0.

    Returns
    -------
    float
        inf where it does not come down so far.

    Raises
    ------
    StudyError
        If the shape is another, or the level is not above 0.

    Examples
    --------
    >>> round(crossing_round(0.9 ** np.arange(20), 0.5), 4)
    6.5788
    """
    course = np.asarray(left, dtype=np.float64)
    if course.ndim != 1 or not level > 0:
        raise StudyError("what is left must be an array (rounds,), and the level above 0")
    below = np.flatnonzero(course <= level)
    if not below.size:
        return float("inf")
    after = int(below[0])
    if after == 0:
        return 0.0
    before, now = course[after - 1], course[after]
    if now <= 0:  # no constant rate leads to nothing
        return float(after - 1 + (before - level) / (before - now))
    return float(after - 1 + np.log(before / level) / np.log(before / now))


def relaxation_time(response: ArrayLike) -> float:
    """Return after how many rounds the mean response to a kick has come down to 1/e of itself.

    Parameters
    ----------
    response : float array, shape (replications, rounds)
        Of a society without an assistant, from `loop_gain.kick_response`.

    Returns
    -------
    float
        inf where it does not in the rounds given: follow it for longer, or the society forgets nothing.

    Raises
    ------
    StudyError
        If the shape is another, or the first response is not above 0.

    Examples
    --------
    >>> round(relaxation_time([np.exp(-np.arange(30) / 8)]), 6)
    8.0
    """
    array = np.asarray(response, dtype=np.float64)
    if array.ndim != 2 or array.size == 0 or not array[:, 0].mean() > 0:
        raise StudyError("a response must be an array (replications, rounds) that begins above 0")
    mean = array.mean(axis=0)
    return crossing_round(mean / mean[0], float(np.exp(-1)))


def horizon_of(relaxation: float, times: float = RELAXATION_TIMES) -> int:
    """Return the round, after the assistant left, in which a verdict is given.

    Parameters
    ----------
    relaxation : float
        Relaxation time of the society without an assistant, in rounds.
    times : float
        How many of them.

    Returns
    -------
    int

    Raises
    ------
    StudyError
        If the relaxation time is not finite: such a society forgets nothing.

    Examples
    --------
    >>> horizon_of(9.4912)
    48
    """
    if not 0 < relaxation < np.inf or not 0 < times < np.inf:
        raise StudyError(
            f"a horizon needs a finite relaxation time above 0; {relaxation} given: a society that forgets "
            "nothing has none; give the horizon itself"
        )
    return int(np.ceil(times * relaxation))


def _gaps(world: ArrayLike, reference: ArrayLike) -> Floats:
    """Return differences of two worlds, shape (replications, rounds, dimensions)."""
    ours, other = np.asarray(world, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    checked_alike(("world", ours), ("reference", other))
    if ours.ndim not in (2, 3) or ours.size == 0:
        raise StudyError(
            "worlds must be arrays (replications, rounds) or (replications, rounds, dimensions); shape "
            f"{ours.shape} given"
        )
    if not (np.isfinite(ours).all() and np.isfinite(other).all()):
        raise StudyError("values of both worlds must be finite")
    gaps: Floats = (ours - other).reshape(*ours.shape[:2], -1)
    return gaps


def _why_refused(gap: PairedEffect, first: Floats) -> str:
    """Return why a share of a gap says nothing, or nothing."""
    if gap.low <= 0 <= gap.high:
        return (
            f"the gap when the assistant leaves, {gap.low:.3g} to {gap.high:.3g}, cannot be told from zero: "
            f"there is nothing to recover from; a gap of {gap.smallest_effect_seen:.2g} would have been seen"
        )
    closed = np.flatnonzero(~first.any(axis=1))
    if closed.size:
        return f"in replication {closed[0]} there is no gap that could close when the assistant leaves"
    return ""


def _first_values(world: ArrayLike) -> Floats:
    """Return the values of the first round, shape (replications, dimensions)."""
    array = np.asarray(world, dtype=np.float64)
    first: Floats = array[:, 0].reshape(len(array), -1)
    return first


def _clearest_gap(world: Floats, reference: Floats, confidence: float) -> PairedEffect:
    """Return the gap in the dimension in which it is most clearly told from zero.

    Its interval allows for how many dimensions were looked at, by Bonferroni's correction, so that it leaves
    0 out by chance alone no oftener than stated.
    """
    each = 1 - (1 - confidence) / world.shape[1]
    found = [paired_effect(*pair, confidence=each) for pair in zip(world.T, reference.T, strict=True)]
    return min(found, key=lambda effect: effect.p_value)
