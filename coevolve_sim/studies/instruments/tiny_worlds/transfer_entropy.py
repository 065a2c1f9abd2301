"""Why transfer entropy is a warning here, and not a measure.

Transfer entropy asks by how much the past of z sharpens the forecast of x, beyond the past of x. A common
driver of both sharpens it as well: without any influence of z on x it comes out greater than under a real
influence of the same strength. Only branches, in which z is taken away, tell the two apart; so the function
stands among the tiny worlds, to show this, and is offered nowhere as a measure.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import linalg

from coevolve_sim.arrays import Floats


def compute_gaussian_transfer_entropy(turn: Floats, noise: Floats, source: Floats, target: int = 0) -> float:
    """Return the transfer entropy to one variable of a linear Gaussian world, from one reading of another.

    Half the logarithm of how much the variance of x(t + 1) given x(t) falls if z(t) is given too.

    Parameters
    ----------
    turn : float array, shape (variables, variables)
        A in s' = A s + e, its spectral radius below 1.
    noise : float array, shape (variables, variables)
        Covariance of e.
    source : float array, shape (variables + 1,)
        z = source[:-1] . s + source[-1] times standard normal noise.
    target : int
        Which variable is x.

    Returns
    -------
    float
        In nats, at least 0.

    References
    ----------
    [Schreiber2000]_; [Barnett2009]_

    Examples
    --------
    >>> turn = np.array([[0.5, 0.5], [0.0, 0.0]])
    >>> round(compute_gaussian_transfer_entropy(turn, np.eye(2), np.array([0.0, 1.0, 0.0])), 4)
    0.1116
    """
    covariance = linalg.solve_discrete_lyapunov(turn, noise)
    read = np.vstack([np.eye(len(turn))[target], source[:-1]])
    given = read @ covariance @ read.T
    given[1, 1] += source[-1] ** 2
    ahead = (read @ covariance @ turn.T)[:, target]
    total = covariance[target, target]
    alone = total - ahead[0] ** 2 / given[0, 0]
    both = total - ahead @ np.linalg.solve(given, ahead)
    return 0.5 * math.log(alone / both)
