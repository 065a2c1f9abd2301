"""What tied people did in games, and how far they trust each other: measures of a society that plays.

The first four are those of `coevolve_sim.measures.games`, over all pairs who met when games were last played
and both players of each. Trust is the weight of a tie, and is that of the round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.measure import Compute, Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from coevolve_sim.networks.ties import Ties
    from coevolve_sim.rules.game_counts import GameCounts

_COUNTED = "none, counted as games are played"


def share_cooperated(counts: GameCounts) -> float:
    """Return the share of decisions to cooperate, in [0, 1]; nan if nothing was played.

    Examples
    --------
    >>> from coevolve_sim.rules.game_counts import GameCounts
    >>> share_cooperated(GameCounts(2.0, 3.0, 1.0, 26.0, 40.0, 1.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0))
    0.75
    """
    return _ratio(counts.cooperated, 2.0 * counts.rounds)


def share_alike(counts: GameCounts) -> float:
    """Return the share of rounds in which both made the same move, in [0, 1]; nan if nothing was played.

    Examples
    --------
    >>> from coevolve_sim.rules.game_counts import GameCounts
    >>> share_alike(GameCounts(2.0, 3.0, 1.0, 26.0, 40.0, 1.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0))
    0.5
    """
    return _ratio(counts.alike, counts.rounds)


def pooled_unforgivingness(counts: GameCounts) -> float:
    """Return P(does not cooperate | the other ever did not in this meeting) - P(the same | it never did not).

    Pooled over people: it is also above 0 where some meet many who do not cooperate and answer alike all.

    Returns
    -------
    float
        In [-1, 1]; nan where either never came about.

    Examples
    --------
    >>> from coevolve_sim.rules.game_counts import GameCounts
    >>> pooled_unforgivingness(GameCounts(4.0, 5.0, 1.0, 52.0, 80.0, 2.0, 1.0, 8.0, 2.0, 0.0, 0.0, 0.0))
    0.25
    """
    return _ratio(counts.defected_after, counts.after) - _ratio(counts.defected_before, counts.before)


def share_of_most(counts: GameCounts) -> float:
    """Return what all were paid over the most that the matrix has for each; nan where that is not above 0.

    Examples
    --------
    >>> from coevolve_sim.rules.game_counts import GameCounts
    >>> share_of_most(GameCounts(2.0, 3.0, 1.0, 26.0, 40.0, 1.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0))
    0.65
    """
    return _ratio(counts.points, counts.most)


def share_void(counts: GameCounts) -> float:
    """Return the share of rounds that do not count, as somebody's mind made no move, in [0, 1].

    Examples
    --------
    >>> from coevolve_sim.rules.game_counts import GameCounts
    >>> share_void(GameCounts(3.0, 3.0, 1.0, 26.0, 60.0, 1.0, 1.0, 5.0, 2.0, 1.0, 8.0, 6.0))
    0.25
    """
    return _ratio(counts.void, counts.rounds + counts.void)


def order_consistency(counts: GameCounts) -> float:
    """Return the share of minds' decisions that were alike in both orders of letters, in [0, 1].

    Examples
    --------
    >>> from coevolve_sim.rules.game_counts import GameCounts
    >>> order_consistency(GameCounts(3.0, 3.0, 1.0, 26.0, 60.0, 1.0, 1.0, 5.0, 2.0, 1.0, 8.0, 6.0))
    0.75
    """
    return _ratio(counts.consistent, counts.decided)


def mean_trust(ties: Ties) -> float:
    """Return the mean weight of a tie, 1 where ties have none; nan without ties.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> mean_trust(from_edges(2, np.array([[0, 1]])).with_weights(np.array([1.0, 0.25])))
    0.625
    """
    if not ties.indices.size:
        return float("nan")
    return 1.0 if ties.weights is None else float(ties.weights.mean())


def trust_in_groups(ties: Ties, groups: NDArray[np.integer], n_groups: int) -> Floats:
    """Return the mean trust of members of each group in those of each, shape (who trusts, who is trusted).

    Cost: O(E).

    Parameters
    ----------
    ties : Ties
        Not full mixing; a weight is the trust of the listener in the speaker.
    groups : int array, shape (humans,)
        0-based.
    n_groups : int

    Returns
    -------
    float64 array, shape (n_groups, n_groups)
        nan where nobody of the one is tied to anybody of the other.

    Raises
    ------
    MeasureError
        If the network is full mixing.

    References
    ----------
    [Akata2025]_, in whose games trust is by deeds.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> ties = from_edges(2, np.array([[0, 1]])).with_weights(np.array([1.0, 0.25]))
    >>> trust_in_groups(ties, np.array([0, 1]), 2).tolist()
    [[nan, 1.0], [0.25, nan]]
    """
    if ties.complete:
        raise MeasureError("in full mixing there are no ties, so that there is no trust in anybody")
    place = groups[ties.listeners] * n_groups + groups[ties.indices]
    n_ties = np.bincount(place, minlength=n_groups * n_groups)
    sums = np.bincount(place, weights=ties.weights, minlength=n_groups * n_groups)
    means: Floats = np.full(n_groups * n_groups, np.nan)
    np.divide(sums, n_ties, out=means, where=n_ties > 0)
    return means.reshape(n_groups, n_groups)


def trust_gap_of_groups(ties: Ties, groups: NDArray[np.integer], n_groups: int) -> float:
    """Return by how much the group that is trusted most is trusted more than the one trusted least.

    Trust in a group is the mean weight of the ties by which its members are heard, by whomever.

    Returns
    -------
    float
        In [0, 1]; nan where fewer than two groups are tied to anybody.

    Examples
    --------
    >>> from coevolve_sim.networks.ties import from_edges
    >>> ties = from_edges(2, np.array([[0, 1]])).with_weights(np.array([1.0, 0.25]))
    >>> trust_gap_of_groups(ties, np.array([0, 1]), 2)
    0.75
    """
    n_heard = np.bincount(groups[ties.indices], minlength=n_groups)
    sums = np.bincount(groups[ties.indices], weights=ties.weights, minlength=n_groups)
    trusted = sums[n_heard > 0] / n_heard[n_heard > 0]
    return float(np.ptp(trusted)) if trusted.size > 1 else float("nan")


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else float("nan")


def _of_counts(read: Callable[[GameCounts], float]) -> Compute:
    return lambda a: None if a.games is None else read(a.games)


def _of_minds(read: Callable[[GameCounts], float]) -> Compute:
    """Return what takes a measure of decisions of minds, and leaves it out where numbers decide."""
    return lambda a: None if a.games is None or not a.games.decided + a.games.void else read(a.games)


GAMES_COOPERATION = Measure(
    "games_cooperation",
    "The share of decisions to cooperate, in the games last played.",
    "people make the move that lets the other win most",
    "[0, 1]",
    "Akata2025",
    _COUNTED,
    False,
    _of_counts(share_cooperated),
)
GAMES_COORDINATION = Measure(
    "games_coordination",
    "The share of rounds of the games last played in which both made the same move.",
    "two who meet move alike",
    "[0, 1]",
    "Akata2025",
    _COUNTED,
    False,
    _of_counts(share_alike),
)
GAMES_UNFORGIVINGNESS = Measure(
    "games_unforgivingness",
    "How much likelier those defect on whom the other has defected in the same meeting, than the others.",
    "who was let down lets down, or some are let down by all whom they let down",
    "[-1, 1]",
    "Akata2025",
    _COUNTED,
    False,
    _of_counts(pooled_unforgivingness),
)
GAMES_SHARE_OF_MAXIMUM = Measure(
    "games_share_of_maximum",
    "What all were paid in the games last played over what each would be if all played only for it.",
    "people do well by each other",
    "[-inf, 1]",
    "Akata2025",
    _COUNTED,
    False,
    _of_counts(share_of_most),
)
GAMES_VOID = Measure(
    "games_void",
    "The share of rounds of the games last played that do not count, as a mind made no move in them.",
    "minds do not answer, or answer by a letter or its place",
    "[0, 1]",
    "Akata2025",
    _COUNTED,
    False,
    _of_minds(share_void),
)
GAMES_ORDER_CONSISTENCY = Measure(
    "games_order_consistency",
    "The share of decisions of minds, in the games last played, that were alike in both orders of letters.",
    "minds choose moves, not letters or places",
    "[0, 1]",
    "Akata2025",
    _COUNTED,
    False,
    _of_minds(order_consistency),
)
TRUST = Measure(
    "trust",
    "The mean weight of a tie, which is the trust of who hears in who is heard.",
    "people expect each other to cooperate, and hear each other",
    "[0, 1]",
    "Akata2025",
    "O(E)",
    False,
    lambda a: None if a.games is None else mean_trust(a.ties),
)
TRUST_GAP_OF_GROUPS = Measure(
    "trust_gap_of_groups",
    "By how much the group that is trusted most is trusted more than the one trusted least.",
    "members of one group are trusted, by whomever, and those of another are not",
    "[0, 1]",
    "Akata2025",
    "O(E)",
    False,
    lambda a: None if a.games is None or a.groups is None else trust_gap_of_groups(a.ties, *a.groups),
)

OF_GAMES = (
    "games_cooperation",
    "games_coordination",
    "games_unforgivingness",
    "games_share_of_maximum",
    "games_void",
    "games_order_consistency",
    "trust",
    "trust_gap_of_groups",
)
"""Measures of a society that plays games, which its runs take unless the scenario names others."""
