"""How far from themselves people hear outlets: a measure that a run takes if its scenario names it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.measure import Measure

OF_MEDIA = ("media_exposure",)
"""Measures of what is heard of outlets, which a run takes if its scenario names them."""


def mean_exposure(values: Floats, outlets: Floats, followed: NDArray[np.bool_]) -> float:
    """Return the mean distance between people and what the outlets that they follow say.

    Over all pairs of a human and an outlet that it follows: who follows two counts twice, who follows none
    does not count.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        In [0, 1].
    outlets : float array, shape (outlets, dimensions)
        Where what outlets say stands, in [0, 1].
    followed : bool array, shape (humans, outlets)
        Who follows which.

    Returns
    -------
    float
        In [0, 1]: distance over all dimensions together, divided by the root of their number. nan where
        nobody follows any.

    Raises
    ------
    MeasureError
        If shapes do not fit.

    Examples
    --------
    >>> mean_exposure(np.array([[0.2], [0.9]]), np.array([[0.5], [1.0]]), np.array([[1, 0], [1, 1]], bool))
    0.26666666666666666
    """
    if followed.shape != (len(values), len(outlets)) or outlets.shape[1:] != values.shape[1:]:
        raise MeasureError(
            f"outlets of shape {outlets.shape} are followed as in shape {followed.shape}; "
            f"(outlets, {values.shape[1]}) and ({len(values)}, outlets) are wanted"
        )
    n_heard = int(followed.sum())
    if not n_heard:
        return float("nan")
    total = 0.0
    for k, outlet in enumerate(outlets):
        away = np.sqrt(((values[followed[:, k]] - outlet) ** 2).mean(axis=1))
        total += float(away.sum())
    return total / n_heard


MEDIA_EXPOSURE = Measure(
    "media_exposure",
    "The mean distance between people and what the outlets that they follow say, over all pairs of the two.",
    "people hear of their media what is far from what they hold",
    "[0, 1]",
    "Lyu2024",
    "O(N D) for each outlet",
    False,
    lambda a: None if a.outlets is None else mean_exposure(a.values, *a.outlets),
)
