"""Who listens to whom under bounded confidence, and whether a kick changed it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.replications import checked_alike


def find_listened_to(
    values: ArrayLike, confidence: float, ties: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Return who listens to whom: those within one's confidence, by the joint distance.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
    confidence : float
        The distance, Euclidean and divided by the root of the number of dimensions, up to which one listens.
    ties : bool array, shape (humans, humans), optional
        Whom the row's human could hear; everybody if not given.

    Returns
    -------
    bool array, shape (humans, humans)

    Raises
    ------
    StudyError
        If a shape is another.

    References
    ----------
    [Hegselmann2002]_

    Examples
    --------
    >>> int(find_listened_to([[0.1], [0.2], [0.9]], 0.3).sum())
    5
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2:
        raise StudyError(f"values must be an array (humans, dimensions); shape {array.shape} given")
    near = cdist(array, array) <= confidence * np.sqrt(array.shape[1])
    if ties is None:
        return np.asarray(near)
    tied = np.asarray(ties, dtype=bool)
    if tied.shape != near.shape:
        raise StudyError(
            f"ties must be an array (humans, humans), here {near.shape}; shape {tied.shape} given"
        )
    return np.asarray(near & tied)


def changes_listening(
    up: ArrayLike, down: ArrayLike, confidence: float, ties: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Return in which replications a kick changed who listens to whom, in any round.

    Under bounded confidence a response to a kick is no gain where it did: people then hear others. Cost:
    O(humans^2) a round.

    Parameters
    ----------
    up, down : float arrays, shape (replications, rounds, humans, dimensions)
        Values in the worlds kicked up and down.
    confidence, ties
        As in `find_listened_to`.

    Returns
    -------
    bool array, shape (replications,)

    Raises
    ------
    StudyError
        If shapes differ or are others.

    Examples
    --------
    >>> changes_listening([[[[0.1], [0.39]]]], [[[[0.1], [0.41]]]], 0.3).tolist()
    [True]
    """
    above, below = np.asarray(up, dtype=np.float64), np.asarray(down, dtype=np.float64)
    checked_alike(("up", above), ("down", below))
    if above.ndim != 4:
        raise StudyError(
            f"values must be arrays (replications, rounds, humans, dimensions); shape {above.shape} given"
        )
    return np.array(
        [
            any(
                (find_listened_to(x, confidence, ties) != find_listened_to(y, confidence, ties)).any()
                for x, y in zip(one, other, strict=True)
            )
            for one, other in zip(above, below, strict=True)
        ],
        dtype=bool,
    )
