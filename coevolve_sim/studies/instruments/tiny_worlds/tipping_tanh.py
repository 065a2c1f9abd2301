"""A mean-field society with committed people: m' = tanh(beta M), M = p + (1 - p) m.

All but a share p of people hold m in [-1, 1]; the committed hold 1. From m = -1 the society goes over to the
committed if p is above a threshold: .0338, .0893, .1591 and .2432 at beta 1.2, 1.5, 2 and 3.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize

from coevolve_sim.arrays import Floats


def find_tanh_threshold(beta: float) -> float:
    """Return the least share of committed people from which no one stays behind.

    At the threshold the curve touches the diagonal: with slope beta (1 - p) (1 - m^2) = 1.

    Parameters
    ----------
    beta : float
        Steepness, above 1; at 1 and below any share tips everybody.

    Examples
    --------
    >>> [round(find_tanh_threshold(beta), 4) for beta in (1.2, 1.5, 2.0, 3.0)]
    [0.0338, 0.0893, 0.1591, 0.2432]
    """

    def gap(share: float) -> float:
        """Return tanh(beta M) - m at the m below 0 where the slope is 1: above 0 once the society tips."""
        m = -math.sqrt(max(0.0, 1 - 1 / (beta * (1 - share))))
        return math.tanh(beta * (share + (1 - share) * m)) - m

    return float(optimize.brentq(gap, 0.0, 1 - 1 / beta, xtol=1e-14))


def run_tanh(share: float, beta: float, n_rounds: int) -> Floats:
    """Return the path of m from -1, shape (rounds + 1,).

    Examples
    --------
    >>> run_tanh(0.0, 2.0, 2).round(3).tolist()
    [-1.0, -0.964, -0.959]
    """
    path = np.empty(n_rounds + 1)
    path[0] = -1.0
    for t in range(n_rounds):
        path[t + 1] = math.tanh(beta * (share + (1 - share) * path[t]))
    return path
