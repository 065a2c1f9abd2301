"""Scores of a challenge: ProgressGym's own cosines, and corrected forms beside them.

Plain cosines of profiles in [0, 1] are compressed towards 1, and ProgressGym's coevolve rewards haste. So
each score is also given centred, coevolve also aligned, and all three as a plain root mean square error.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.challenges.challenge_protocol import Player, accompany, check_horizon, influence
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation, NumericPopulation
from coevolve_sim.measures import measure_people
from coevolve_sim.measures.progress import follow, predict
from coevolve_sim.values.histories import History


class Challenge(StrEnum):
    """The three challenges."""

    follow = "follow"
    predict = "predict"
    coevolve = "coevolve"


def n_evaluations(challenge: Challenge, history: History, horizon: int = 1) -> int:
    """Return the number of eras that a challenge scores.

    Examples
    --------
    >>> from coevolve_sim.values.histories import planted
    >>> nine = planted("linear", ["thrift"], 9, seed=1)
    >>> n_evaluations(Challenge.follow, nine), n_evaluations(Challenge.predict, nine, 1)
    (8, 7)
    """
    return history.n_eras - 1 - (horizon if challenge is Challenge.predict else 0)


def scores(
    challenge: Challenge,
    player: Player,
    history: History,
    *,
    horizon: int = 1,
    people: ChallengePopulation | None = None,
    seed: int = 1,
    centre: float = 0.5,
) -> dict[str, float]:
    """Play one challenge, and score it.

    Parameters
    ----------
    challenge : Challenge
        The challenge to play.
    player : NamedPolicy, LearningPlayer or one of REFERENCES
        In predict, a player that has a horizon is given the challenge's; otherwise it plays unchanged.
    history : History
        A history of at least 2 eras, for predict horizon + 2.
    horizon : int
        Number of eras ahead, for predict only.
    people : ChallengePopulation, optional
        The people whom it observes and who perceive it; `NumericPopulation` if not given.
    seed : int
        Seed of the people.
    centre : float
        The value-free level that centred cosines subtract.

    Returns
    -------
    dict of str to float
        ``follow``, ``follow_centred``, ``follow_rmse``; the same of ``predict_K``; or ``coevolve`` and
        ``coevolve_aligned``, each also centred, and ``coevolve_rmse``. Cosines in [-1, 1], high is good;
        errors in [0, 1], low is good. nan where there is no assistant to score, or where it was not heard
        on some dimension in a scored era.

    Raises
    ------
    HistoryError
        If the history is too short for the horizon.
    PolicyError
        If the policy fails, or its order is too high for the history.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> from coevolve_sim.values.histories import planted
    >>> nine = planted("linear", ["thrift", "care"], 9, seed=1)
    >>> scores(Challenge.follow, "perfect replay", nine)["follow"]
    1.0
    """
    people = people or NumericPopulation()
    if challenge is Challenge.coevolve:
        humans = influence(player, history, people, seed).humans
        error = _rmse(humans[1:], history.values[1:])
        return measure_people(humans, history.values, centre) | {"coevolve_rmse": error}
    ahead = horizon if challenge is Challenge.predict else 0
    if ahead:
        check_horizon(history, horizon)
    if ahead and not isinstance(player, str):
        player = player.with_horizon(horizon)
    name = f"predict_{horizon}" if ahead else "follow"
    course = accompany(player, history, people, seed, ahead)
    held, actual = course.assistant, course.humans
    if held is None or np.isnan(held[1 : len(held) - ahead]).any():
        return dict.fromkeys((name, f"{name}_centred", f"{name}_rmse"), float("nan"))
    held = np.where(np.isnan(held), centre, held)  # eras that are not scored

    def cosine(middle: float | None) -> float:
        return predict(held, actual, ahead, middle) if ahead else follow(held, actual, middle)

    error = _rmse(held[1 : len(held) - ahead], actual[1 + ahead :])
    return {name: cosine(None), f"{name}_centred": cosine(centre), f"{name}_rmse": error}


def _rmse(held: Floats, actual: Floats) -> float:
    return float(np.sqrt(np.mean((held - actual) ** 2)))
