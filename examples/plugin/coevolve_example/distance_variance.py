"""A measure: polarization as the variance of all distances between two people."""

from __future__ import annotations

import numpy as np

from coevolve_sim.measures.round_arrays import RoundArrays

MOST_HUMANS = 2_000
"""Distances of all pairs are taken; of more humans, of so many that stand evenly among them."""


def distance_variance(arrays: RoundArrays) -> float:
    """How unequal distances between people are: 0 in a consensus, most where two like camps stand apart.

    The variance, over all pairs of people, of their distance: the mean absolute difference over dimensions.

    Parameters
    ----------
    arrays : RoundArrays
        Of it ``values``, shape (humans, dimensions), in [0, 1].

    Returns
    -------
    float
        In [0, 0.25]; nan for one human alone.

    References
    ----------
    Flache, A. and Macy, M. W. (2011). Small worlds and cultural polarization. Journal of Mathematical
    Sociology, 35(1-3), 146-176. doi:10.1080/0022250X.2010.532261

    Examples
    --------
    Two against two at the ends: of six pairs, two have distance 0 and four 1; their mean is 2/3, and their
    variance (2 * 4/9 + 4 * 1/9) / 6 = 2/9:

    >>> from types import SimpleNamespace
    >>> round(distance_variance(SimpleNamespace(values=np.array([[0.0], [0.0], [1.0], [1.0]]))), 6)
    0.222222
    """
    values = arrays.values
    if len(values) > MOST_HUMANS:
        values = values[np.linspace(0, len(values) - 1, MOST_HUMANS).astype(np.intp)]
    one, other = np.triu_indices(len(values), 1)
    if not one.size:
        return float("nan")
    distances = np.zeros(one.size)
    for column in values.T:
        distances += np.abs(column[one] - column[other])
    return float(np.var(distances / values.shape[1]))
