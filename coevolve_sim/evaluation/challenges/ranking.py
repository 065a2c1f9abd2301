"""What replications of a score say of each player: intervals, places, differences from a reference line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.evaluation.challenges.challenge_protocol import LAST_VALUE, LINES, NO_ASSISTANT
from coevolve_sim.evaluation.challenges.scoring import Challenge
from coevolve_sim.studies import adjust_holm, paired_effect, rank_places

LEVEL = 0.05
"""The chance, at most, that any two equal policies of a column are put in an order by chance."""

LINE_OF = {
    Challenge.follow: LAST_VALUE,
    Challenge.predict: LAST_VALUE,
    Challenge.coevolve: NO_ASSISTANT,
}
"""The reference line that players are compared with: what knows all and looks no further, or no assistant."""

STATISTICS = (
    "mean",
    "low",
    "high",
    "best",
    "worst",
    "difference",
    "difference_low",
    "difference_high",
    "p_holm",
    "smallest_seen",
)
"""The columns that `rank_players` fills."""


def is_error(measure: str) -> bool:
    """Return whether a measure is one of which low values are good: an error, or what lies across the way.

    Examples
    --------
    >>> is_error("follow_rmse"), is_error("coevolve_across"), is_error("follow")
    (True, True, False)
    """
    return measure.endswith(("_rmse", "_across"))


def is_ranked(measure: str) -> bool:
    """Return whether more of a measure is better or worse all along; of the share of the way 1 is right.

    Examples
    --------
    >>> is_ranked("follow_rmse"), is_ranked("coevolve_share")
    (True, False)
    """
    return not measure.endswith("_share")


def rank_players(measure: str, found: Mapping[str, Floats], line: str) -> dict[str, dict[str, float]]:
    """Return what the replications of one measure say of each player.

    Parameters
    ----------
    measure : str
        Its name: it tells whether low is good.
    found : mapping of str to float array, shape (replications,)
        Each player's score in each replication, in which all players met the same people; nan where a player
        was not heard.
    line : str
        The player with whom all others are compared.

    Returns
    -------
    dict of str to dict of str to float
        By player the statistics of `STATISTICS`: the mean and its 95 % interval (Student's t); the places
        that it may have among policies (paired t tests of all pairs, Holm's correction, level .05); the mean
        difference from the line, its 95 % interval (paired t), its p-value (Holm's correction over policies)
        and the smallest difference that would have been told from 0 with power .8. nan where there is none: a
        reference line has no place, nor has a policy that was not heard.

    References
    ----------
    [Student1908]_; [Holm1979]_

    Examples
    --------
    >>> scores = {"a": [0.1, 0.12, 0.11], "b": [0.3, 0.31, 0.29], "last value": [0.2, 0.2, 0.2]}
    >>> told = rank_players("follow_rmse", {name: np.array(of) for name, of in scores.items()}, "last value")
    >>> [(of["best"], of["worst"]) for of in told.values()]
    [(1.0, 1.0), (2.0, 2.0), (nan, nan)]
    """
    told = {name: dict.fromkeys(STATISTICS, np.nan) for name in found}
    heard = [name for name, scores in found.items() if not np.isnan(scores).any()]
    for name in heard:
        whole = paired_effect(found[name], np.zeros_like(found[name]))
        told[name] |= {"mean": whole.mean, "low": whole.low, "high": whole.high}
    contestants = [name for name in heard if name not in LINES]
    if contestants and is_ranked(measure):
        sign = -1.0 if is_error(measure) else 1.0
        best, worst = rank_places(sign * np.array([found[name] for name in contestants]), LEVEL)
        for name, first, last in zip(contestants, best.tolist(), worst.tolist(), strict=True):
            told[name] |= {"best": float(first), "worst": float(last)}
    if contestants and line in heard:
        effects = [paired_effect(found[name], found[line]) for name in contestants]
        adjusted = adjust_holm([effect.p_value for effect in effects])
        for name, effect, p_value in zip(contestants, effects, adjusted.tolist(), strict=True):
            told[name] |= {
                "difference": effect.mean,
                "difference_low": effect.low,
                "difference_high": effect.high,
                "p_holm": p_value,
                "smallest_seen": effect.smallest_effect_seen,
            }
    return told
