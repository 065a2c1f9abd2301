"""People who take each other's beliefs for evidence: ``q' = p' + c q``, and means weighed by precision.

One belief stands for all. In round t it has t pieces of evidence, and itself of the round before, c times:
``m' = (p' e' + c q m) / q'``. Precisions are not logarithms here: c ** rounds must not overflow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats


class TrustCourse(NamedTuple):
    """Evidence p and precision q, shape (rounds,), and means, shape (replications, rounds), from round 1 on.

    A kick stands in the mean of its round.
    """

    evidence: Floats
    precision: Floats
    means: Floats


def trust_each_other(
    estimates: ArrayLike, c: float, *, kick: float = 0.0, kick_round: int = 1, precision_kick: float = 1.0
) -> TrustCourse:
    """Return beliefs of people who trust each other.

    Parameters
    ----------
    estimates : float array, shape (replications, rounds)
        Mean of the evidence up to each round.
    c : float
        How often what was believed counts again.
    kick : float
        Added to the belief after a round.
    kick_round : int
        That round; the first is 1.
    precision_kick : float
        Factor of the precision after that round.

    Returns
    -------
    TrustCourse

    Examples
    --------
    >>> course = trust_each_other([[0.0, 1.0]], 1.0)
    >>> course.precision.tolist(), course.means.round(3).tolist()
    ([1.0, 3.0], [[0.0, 0.667]])
    """
    seen = np.asarray(estimates, dtype=np.float64)
    n_rounds = seen.shape[1]
    evidence = np.arange(1.0, n_rounds + 1)
    precision, means = evidence.copy(), seen.copy()
    for index in range(n_rounds):
        if index:
            told = c * precision[index - 1]
            precision[index] = evidence[index] + told
            means[:, index] = (evidence[index] * seen[:, index] + told * means[:, index - 1]) / precision[
                index
            ]
        if index == kick_round - 1:
            precision[index] *= precision_kick
            means[:, index] += kick
    return TrustCourse(evidence, precision, means)
