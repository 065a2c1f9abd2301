"""What two did in a repeated game: cooperation, coordination, unforgivingness, share of the maximum.

Moves are given as an array of shape (rounds, 2): the first player's and the second's, 0 or 1, and below 0 for
both where a round is void, which counts nowhere. In games in which one can cooperate, move 0 is to cooperate
and move 1 to defect. Every function returns one number for each player; nan where nothing is known of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.rules.games import leave_out_void


def cooperation(moves: ArrayLike) -> Floats:
    """Return the share of rounds in which each player cooperated.

    Parameters
    ----------
    moves : int array, shape (rounds, 2)
        As the module says.

    Returns
    -------
    float array, shape (2,)
        In [0, 1].

    Raises
    ------
    MeasureError
        If moves have another shape or are no moves.

    References
    ----------
    [Akata2025]_

    Examples
    --------
    >>> cooperation([[0, 1], [1, 1], [-1, -1], [0, 1], [0, 0]])
    array([0.75, 0.25])
    """
    return _share_of(_counted(moves) == 0)


def coordination(moves: ArrayLike) -> float:
    """Return the share of rounds in which both made the same move, in [0, 1].

    Parameters
    ----------
    moves : int array, shape (rounds, 2)
        As the module says.

    Raises
    ------
    MeasureError
        If moves have another shape or are no moves.

    References
    ----------
    [Akata2025]_

    Examples
    --------
    >>> coordination([[0, 1], [1, 1], [-1, -1], [0, 0], [1, 0]])
    0.5
    """
    counted = _counted(moves)
    return float(np.mean(counted[:, 0] == counted[:, 1])) if len(counted) else float("nan")


def unforgivingness(moves: ArrayLike) -> Floats:
    """Return how much likelier each player defects once it was ever defected on: P(after) - P(before).

    It is 1 for who never forgives (grim), and 1 over the number of rounds after it for who answers one
    defection once. A player's first round is always before; who was not defected on before its last round
    shows nothing.

    Parameters
    ----------
    moves : int array, shape (rounds, 2)
        As the module says.

    Returns
    -------
    float array, shape (2,)
        In [-1, 1]; nan for who was not defected on before the last round.

    Raises
    ------
    MeasureError
        If moves have another shape or are no moves.

    References
    ----------
    [Akata2025]_

    Examples
    --------
    >>> unforgivingness([[0, 1], [1, 0], [0, 0], [0, 0], [0, 0]])  # the first answers one defection once
    array([ 0.25, -0.5 ])
    """
    counted = _counted(moves)
    defected = (counted == 1).astype(np.float64)
    of_other = np.maximum.accumulate(defected[:, ::-1], axis=0)
    was = np.vstack([np.zeros((1, 2)), of_other])[: len(counted)].astype(bool)
    return np.array(
        [
            _share_of(defected[was[:, player], player : player + 1])[0]
            - _share_of(defected[~was[:, player], player : player + 1])[0]
            for player in (0, 1)
        ]
    )


def share_of_maximum(payoffs: ArrayLike, moves: ArrayLike) -> Floats:
    """Return what each player was paid over the most that the matrix has for it, in all counted rounds.

    The most is what it would have if both played only for it, which no partner has to allow.

    Parameters
    ----------
    payoffs : float array, shape (2, 2, 2)
        By the first player's move, the second's, and who is paid.
    moves : int array, shape (rounds, 2)
        As the module says.

    Returns
    -------
    float array, shape (2,)
        At most 1; nan without a counted round, or where the most is not above 0.

    Raises
    ------
    MeasureError
        If payoffs or moves have another shape, or are none.

    References
    ----------
    [Akata2025]_

    Examples
    --------
    >>> share_of_maximum([[[8, 8], [0, 10]], [[10, 0], [5, 5]]], [[0, 0], [0, 1]])
    array([0.4, 0.9])
    """
    paid, counted = np.asarray(payoffs, dtype=np.float64), _counted(moves)
    if paid.shape != (2, 2, 2) or not np.isfinite(paid).all():
        raise MeasureError(f"payoffs are finite numbers of shape (2, 2, 2); shape {paid.shape} given")
    most = paid.max(axis=(0, 1)) * len(counted)
    found = paid[counted[:, 0], counted[:, 1]].sum(axis=0)
    shares: Floats = np.full(2, np.nan)
    np.divide(found, most, out=shares, where=most > 0)
    return shares


def _counted(moves: ArrayLike) -> NDArray[np.int64]:
    """Return the moves of rounds that are not void."""
    given = np.asarray(moves)
    if given.ndim != 2 or given.shape[1] != 2 or given.dtype.kind not in "iu":
        raise MeasureError(f"moves are whole numbers of shape (rounds, 2); shape {given.shape} given")
    void = given < 0
    if (given > 1).any() or (void.any(axis=1) != void.all(axis=1)).any():
        raise MeasureError("moves are 0 or 1, or below 0 for both players where a round is void")
    return leave_out_void(given.astype(np.int64))


def _share_of(held: NDArray[np.bool_] | Floats) -> Floats:
    """Return the mean over rounds, nan without any."""
    return np.mean(held, axis=0) if len(held) else np.full(held.shape[1], np.nan)
