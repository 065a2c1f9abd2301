"""People and an assistant that follow each other: m' = (1 - a) m + a z, z' = (1 - r) z + r m."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats


def weigh_beginnings(pull: float, learning: float, n_rounds: int, history: float = 0.0) -> Floats:
    """Return the weights of the first values of people and assistant in people's value at the end.

    Parameters
    ----------
    pull, learning : float
        a and r, in [0, 1].
    n_rounds : int
    history : float
        h, in [0, 1 - a]: the pull of a history of its own on people, so that beginnings are forgotten.

    Returns
    -------
    float64 array, shape (2,)

    Examples
    --------
    >>> weigh_beginnings(0.1, 0.1, 5).round(4).tolist()
    [0.6638, 0.3362]
    """
    turn = np.array([[1 - pull - history, pull], [learning, 1 - learning]])
    weights: Floats = np.linalg.matrix_power(turn, n_rounds)[0]
    return weights
