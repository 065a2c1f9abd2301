"""Preferences of a future era, extrapolated from past eras' votes on the same pairs.

Each era votes 1 or -1 on a pair. Votes are extrapolated as values are; the sign of the result says which text
is preferred, and its size how many copies of the pair a learner sees, at most 5 [Qiu2024]_. After the votes
(-1, 1), order 1 and horizon 1 give 3 copies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.assistants.policies.forecasting import vote_weights
from coevolve_sim.assistants.preferences.pairs import Preference
from coevolve_sim.errors import PreferenceError

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class ExtrapolatedPreference:
    """The extrapolated preference between two texts.

    Attributes
    ----------
    topic, first, second : str
        The pair.
    votes : tuple of float, shape (eras,)
        1 for the first text, -1 for the second, 0 for a tie; NaN where an era has no usable preference.
    weight : float
        The extrapolated vote, in [-5, 5]; NaN where a vote is.
    is_consistent : bool
        Whether in every era all preferences were consistent.
    """

    topic: str
    first: str
    second: str
    votes: tuple[float, ...]
    weight: float
    is_consistent: bool

    @property
    def preferred(self) -> int:
        """1 for the first text, -1 for the second, 0 for neither or where it is not known."""
        return 0 if math.isnan(self.weight) else int(np.sign(self.weight))

    @property
    def strength(self) -> float:
        """How many copies of the preference, in [0, 5]; NaN where it is not known."""
        return abs(self.weight)


def extrapolate_preferences(
    by_era: Sequence[Sequence[Preference]], order: int, horizon: int
) -> list[ExtrapolatedPreference]:
    """Extrapolate each pair's preference from what every era prefers.

    Where an era has several preferences on a pair, such as of several people, its vote is their majority.
    `coevolve_sim.assistants.preferences.pairs_of` with ``weighted=True`` makes pairs with that many copies of
    them.

    Parameters
    ----------
    by_era : sequence of sequence of Preference
        The preferences of each era, the latest last; a pair is identified by topic, first and second text.
    order : int
        M, at least 0; 0 repeats the last vote.
    horizon : int
        How many eras ahead, at least 0.

    Returns
    -------
    list of ExtrapolatedPreference
        One for each pair of any era, in order of first appearance.

    Raises
    ------
    PreferenceError
        If there is no era.
    PolicyError
        If order or horizon is below 0.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> from coevolve_sim.assistants.preferences.comparison import Comparison
    >>> def era(logit):
    ...     return [Comparison("Ada", "thrift", "Save.", "Spend.", (logit, logit), ("answered",) * 2)]
    >>> [found] = extrapolate_preferences([era(-0.4), era(2.0)], order=1, horizon=1)
    >>> found.votes, found.weight, found.preferred
    ((-1.0, 1.0), 3.0, 1)
    """
    if not by_era:
        raise PreferenceError("preferences of at least 1 era are needed to extrapolate; none given")
    found = [_group_by_pair(era) for era in by_era]
    keys = list(dict.fromkeys(key for era in found for key in era))
    history = np.array([[_vote(era.get(key, [])) for key in keys] for era in found])
    weights = vote_weights(history, order, horizon)
    return [
        ExtrapolatedPreference(
            *key,
            tuple(votes.tolist()),
            float(weight) if np.isfinite(votes).all() else math.nan,
            all(one.is_consistent for era in found for one in era.get(key, [])),
        )
        for key, votes, weight in zip(keys, history.T, weights, strict=True)
    ]


def _group_by_pair(era: Sequence[Preference]) -> dict[_Key, list[Preference]]:
    grouped: dict[_Key, list[Preference]] = {}
    for one in era:
        grouped.setdefault((one.topic, one.first, one.second), []).append(one)
    return grouped


def _vote(preferences: Sequence[Preference]) -> float:
    """Return the majority of the usable preferences, NaN without any."""
    usable = [one.preferred for one in preferences if not math.isnan(one.strength)]
    return float(np.sign(sum(usable))) if usable else math.nan
