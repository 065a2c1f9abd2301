"""Bayesian trust of n people in each other, with everything that is claimed and true known exactly.

q' = p + c q with p = t pieces of evidence after t rounds, and W = c / n in all entries, the diagonal too.
Beliefs are linear in the evidence, so that their variance follows from the weight that each piece carries.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.streams import stream


def compute_exact_overconfidence(trust: float, n_humans: int, n_rounds: int) -> tuple[float, float]:
    """Return the overconfidence, and the variance over that of pooling all evidence.

    Parameters
    ----------
    trust : float
        c, at least 0; beliefs lock in above 1.
    n_humans, n_rounds : int
        Each human draws a piece of evidence of mean 0 and variance 1 in each round.

    Returns
    -------
    overconfidence : float
        Claimed precision times variance of the belief; 1 is honest.
    variance_ratio : float
        Variance of the belief times ``n_humans * n_rounds``; 1 is the best that is possible.

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> [round(number, 3) for number in compute_exact_overconfidence(0.9, 10, 60)]
    [1.013, 1.192]
    """
    own, others = np.zeros(n_rounds), np.zeros(n_rounds)  # weights of a human's own pieces, and of another's
    own[0] = precision = 1.0
    for t in range(2, n_rounds + 1):
        passed_on = trust / n_humans * (own + (n_humans - 1) * others)
        own, others = passed_on.copy(), passed_on
        own[:t] += 1.0
        precision = t + trust * precision
    variance = (own @ own + (n_humans - 1) * (others @ others)) / precision**2
    return float(precision * variance), float(variance * n_humans * n_rounds)


def draw_beliefs(
    trust: float, n_humans: int, n_rounds: int, *, replications: int, seed: int
) -> tuple[float, Floats]:
    """Return the claimed precision, and beliefs of drawn evidence, shape (replications, humans).

    Examples
    --------
    >>> precision, beliefs = draw_beliefs(0.5, 10, 3, replications=4, seed=1)
    >>> precision, beliefs.shape
    (4.25, (4, 10))
    """
    pieces = stream(seed, "evidence").normal(size=(n_rounds, replications, n_humans))
    summed, precision = pieces[0], 1.0  # beliefs times their precision
    for t in range(2, n_rounds + 1):
        summed = pieces[:t].sum(axis=0) + trust * summed.mean(axis=1, keepdims=True)
        precision = t + trust * precision
    return precision, summed / precision
