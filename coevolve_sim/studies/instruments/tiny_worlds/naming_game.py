"""The naming game with committed people on a complete graph: a share of .0979 tips everybody.

Everybody knows word A, word B, or both; the committed say A and never learn. A speaker says a word it knows;
a listener who knows it forgets the other, and so does the speaker; a listener who does not adds it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from coevolve_sim.arrays import Floats
from coevolve_sim.streams import stream


def naming_game_drift(only_a: float, only_b: float, committed: float) -> Floats:
    """Return the rates at which the shares of those who know only A, and only B, change.

    Parameters
    ----------
    only_a, only_b, committed : float
        Shares of all people; the rest, c = 1 - committed - only_a - only_b, know both words.

    Returns
    -------
    float64 array, shape (2,)

    References
    ----------
    [Xie2011]_

    Examples
    --------
    >>> naming_game_drift(0.0, 1.0, 0.0).tolist()
    [0.0, 0.0]
    """
    a, b, p = only_a, only_b, committed
    c = 1 - p - a - b
    return np.array([-a * b + c * c + a * c + 1.5 * p * c, -a * b + c * c + b * c - p * b])


def find_naming_game_threshold() -> float:
    """Return the committed share at which the state in which most know only B ceases to exist.

    There the two equations hold and their Jacobian is singular: a saddle meets a node.

    References
    ----------
    [Xie2011]_

    Examples
    --------
    >>> round(find_naming_game_threshold(), 4)
    0.0979
    """

    def conditions(at: Floats) -> Floats:
        a, b, p = at
        c = 1 - p - a - b
        jacobian = np.array(
            [[-b - c - a - 1.5 * p, -2 * a - 2 * c - 1.5 * p], [-2 * b - 2 * c, -a - c - b - p]]
        )
        return np.array([*naming_game_drift(a, b, p), np.linalg.det(jacobian)])

    return float(optimize.fsolve(conditions, np.array([0.1, 0.6, 0.09]))[2])


def play_naming_game(
    n_humans: int, n_committed: int, n_rounds: int, *, replications: int, seed: int
) -> NDArray[np.int8]:
    """Play the game, ``n_humans`` encounters a round, and return who knows which word at the end.

    Parameters
    ----------
    n_humans, n_committed, n_rounds : int
        The first ``n_committed`` people are committed to A; the others begin with B.
    replications : int
        Played side by side.
    seed : int
        Seed of all draws.

    Returns
    -------
    int8 array, shape (replications, humans)
        1 for A only, -1 for B only, 0 for both.

    References
    ----------
    [Xie2011]_

    Examples
    --------
    >>> play_naming_game(10, 9, 60, replications=2, seed=1).min(axis=1).tolist()
    [1, 1]
    """
    rng = stream(seed, "naming game", n_humans, n_committed)
    knows = np.full((replications, n_humans), -1, dtype=np.int8)
    knows[:, :n_committed] = 1
    rows = np.arange(replications)
    for _ in range(n_rounds):
        speakers = rng.integers(n_humans, size=(n_humans, replications))
        listeners = (speakers + rng.integers(1, n_humans, size=speakers.shape)) % n_humans
        coins = np.where(rng.random(speakers.shape) < 0.5, 1, -1).astype(np.int8)
        for speaker, listener, coin in zip(speakers, listeners, coins, strict=True):
            said = knows[rows, speaker]
            said = np.where(said == 0, coin, said)
            before = knows[rows, listener]
            agreed = before != -said
            knows[rows, listener] = np.where(agreed, said, 0)
            knows[rows, speaker] = np.where(agreed, said, knows[rows, speaker])
            knows[:, :n_committed] = 1
    return knows
