"""What is counted of games: decisions, points, and who defected after it was defected on."""

from __future__ import annotations

from typing import NamedTuple

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import compiled


class GameCounts(NamedTuple):
    """What was counted over all pairs who met and all rounds that they played.

    Attributes
    ----------
    rounds : float
        Rounds of games, of all pairs together; two decisions each.
    cooperated : float
        Decisions to cooperate.
    alike : float
        Rounds in which both made the same move.
    points, most : float
        What was paid to all, and what it would be if each were paid the most of its matrix in every round.
    after, defected_after : float
        Decisions of those on whom the other had defected before in the meeting, and those not to cooperate.
    before, defected_before : float
        The same of those on whom it had not.
    void : float
        Rounds that do not count, as somebody had no move: of minds alone, and in none of the others.
    decided, consistent : float
        Decisions of minds that were answered in both orders of letters, and those alike in both.
    """

    rounds: float
    cooperated: float
    alike: float
    points: float
    most: float
    after: float
    defected_after: float
    before: float
    defected_before: float
    void: float
    decided: float
    consistent: float


@compiled
def count_round(
    counts: Floats,
    payoffs: Floats,
    moves: tuple[int, int],
    cooperated: tuple[bool, bool],
    harmed: tuple[bool, bool],
) -> None:
    """Count a round of a game in the fields of `GameCounts`, in place; what most could be paid is left out.

    Parameters
    ----------
    counts : float64 array, shape (fields,)
    payoffs : float64 array, shape (2, 2, 2)
    moves, cooperated, harmed : tuples of two
        Of both players: the move, whether it is to cooperate, and whether the other had defected before.
    """
    counts[0] += 1
    counts[1] += cooperated[0] + cooperated[1]
    counts[2] += moves[0] == moves[1]
    counts[3] += payoffs[moves[0], moves[1], 0] + payoffs[moves[0], moves[1], 1]
    for player in range(2):
        place = 5 if harmed[player] else 7
        counts[place] += 1
        counts[place + 1] += not cooperated[player]


def finish_counts(counts: Floats, payoffs: Floats) -> GameCounts:
    """Return what was counted round by round, with what most could be paid.

    Examples
    --------
    >>> import numpy as np
    >>> counts, payoffs = np.zeros(12), np.array([[[8.0, 8], [0, 10]], [[10, 0], [5, 5]]])
    >>> count_round(counts, payoffs, (0, 1), (True, False), (False, False))
    >>> finish_counts(counts, payoffs)[:5]
    (1.0, 1.0, 0.0, 10.0, 20.0)
    """
    most = counts[0] * payoffs.max(axis=(0, 1)).sum()
    return GameCounts(*counts.tolist())._replace(most=float(most))
