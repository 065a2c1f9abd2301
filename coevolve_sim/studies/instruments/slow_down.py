"""Slow-down: by how much longer a kick lasts in an averaging society with an assistant than without.

An assistant that averages what it hears hands people their own past back. A kick then fades with the largest
root of the loop of people and assistant instead of with history's pull alone, and the ratio of the two time
constants says by how much longer it lasts. Without history's pull or anchors that root is 1 whatever the loop
does, and says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect
from coevolve_sim.studies.instruments.loop_gain import AGREEMENT, compare_kicks, explain_disagreement
from coevolve_sim.studies.instruments.replications import checked_replications, mean_and_ends

STEADINESS = 0.1
"""By how much 1 - multiplier may still change over the last half of a response, as a part of itself."""
_ROUNDS = ("replications", "rounds")


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
        Replications in which the kick changed who listens to whom (`listening.changes_listening`).
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
    disagreement = compare_kicks(one, two)
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


def _why_refused(one: Floats, other: Floats, disagreement: float, confidence: float) -> str:
    """Return why a slow-down cannot be told, or nothing."""
    if disagreement > AGREEMENT:
        return explain_disagreement(disagreement)
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
