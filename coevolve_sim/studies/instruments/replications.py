"""What all instruments do with replications: check arrays of them, and give a mean its interval.

Replications are the first axis. A single replication of a society without noise has no interval; where an
instrument takes one, the ends of its interval are the value itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect


def checked_replications(given: ArrayLike, name: str, axes: tuple[str, ...], least: int = 1) -> Floats:
    """Return an array of replications as float64, if it is finite and has the axes that are wanted.

    Parameters
    ----------
    given : float array
        First axis: replications.
    name : str
        What it is called in an error.
    axes : tuple of str
        Names of the axes.
    least : int
        Least length of the last axis.

    Returns
    -------
    float64 array

    Raises
    ------
    StudyError
        If it has other axes, is empty or too short, or an entry is not finite (names the first).

    Examples
    --------
    >>> checked_replications([[0, 1]], "gap", ("replications", "rounds")).tolist()
    [[0.0, 1.0]]
    """
    array = np.asarray(given, dtype=np.float64)
    wanted = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
    if array.ndim != len(axes) or array.size == 0:
        raise StudyError(f"{name} must be an array {wanted}; shape {array.shape} given")
    if array.shape[-1] < least:
        raise StudyError(f"{name} needs at least {least} {axes[-1]}; {array.shape[-1]} given")
    if not np.isfinite(array).all():
        where = tuple(int(place) for place in np.argwhere(~np.isfinite(array))[0])
        raise StudyError(f"{name} must be finite; {array[where]} stands at {wanted} = {where}")
    return array


def checked_alike(one: tuple[str, Floats], other: tuple[str, Floats]) -> None:
    """Raise if two arrays that are compared pair by pair have different shapes.

    Raises
    ------
    StudyError
        Names both, with their shapes.
    """
    if one[1].shape != other[1].shape:
        raise StudyError(
            f"{one[0]} and {other[0]} must have one shape; {one[1].shape} and {other[1].shape} given"
        )


def mean_and_ends(scores: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the mean over replications, and the ends of its t interval.

    Parameters
    ----------
    scores : float array, shape (replications,)
    confidence : float
        In (.5, 1).

    Returns
    -------
    mean, low, high : float
        All three the score itself where there is one replication.

    Raises
    ------
    StudyError
        If the shape is another, or a score is not finite.

    References
    ----------
    [Student1908]_

    Examples
    --------
    >>> [round(end, 3) for end in mean_and_ends([0.1, 0.2, 0.3])]
    [0.2, -0.048, 0.448]
    """
    array = checked_replications(scores, "scores", ("replications",))
    if array.size == 1:
        return float(array[0]), float(array[0]), float(array[0])
    found = paired_effect(array, np.zeros(array.size), confidence=confidence)
    return found.mean, found.low, found.high
