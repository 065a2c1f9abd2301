"""People who average: with a common value, their anchors, history, and an assistant that learns.

All at once, in every round: ``x' = (1 - a - s) x + s x(0) + a z``; and, of their mean m and an assistant z,
``m' = (1 - a - h) m + h history + a z``, ``z' = (1 - r) z + r m``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats


def average_towards(
    first: ArrayLike, target: float, influence: float, n_rounds: int, anchor: float = 0.0
) -> Floats:
    """Return people's values who go to a common value and back to their first ones.

    Parameters
    ----------
    first : float array, shape (replications, humans)
        Values before the first round.
    target : float
        The common value z.
    influence, anchor : float
        a and s, shares of the way in a round.
    n_rounds : int

    Returns
    -------
    float64 array, shape (replications, rounds + 1, humans)

    Examples
    --------
    >>> average_towards([[0.0, 1.0]], 0.5, 0.5, 1).tolist()
    [[[0.0, 1.0], [0.25, 0.75]]]
    """
    start = np.asarray(first, dtype=np.float64)
    course = [start]
    for _ in range(n_rounds):
        course.append((1.0 - influence - anchor) * course[-1] + anchor * start + influence * target)
    return np.stack(course, axis=1)


def average_in_loop(
    people: ArrayLike,
    assistant: ArrayLike,
    *,
    pull: float,
    influence: ArrayLike,
    learning: float,
    n_rounds: int,
    history: float = 0.0,
) -> tuple[Floats, Floats]:
    """Return the means of people and the values of the assistant that they and history move.

    Parameters
    ----------
    people, assistant : float arrays, shape (replications,)
        Values before the first round.
    pull, learning : float
        h and r: history's pull on people, and the assistant's rate.
    influence : float, or float array, shape (rounds,)
        a, the assistant's pull on people; 0 where it is not there.
    n_rounds : int
    history : float
        Where history stands.

    Returns
    -------
    people, assistant : float64 arrays, shape (replications, rounds + 1)

    Examples
    --------
    >>> people, _ = average_in_loop([1.0], [0.0], pull=0.5, influence=0.0, learning=0.0, n_rounds=2)
    >>> people.tolist()
    [[1.0, 0.5, 0.25]]
    """
    m, z = np.asarray(people, dtype=np.float64), np.asarray(assistant, dtype=np.float64)
    courses: tuple[list[Floats], list[Floats]] = ([m], [z])
    for a in np.broadcast_to(np.asarray(influence, dtype=np.float64), (n_rounds,)):
        m, z = (1.0 - a - pull) * m + pull * history + a * z, (1.0 - learning) * z + learning * m
        courses[0].append(m)
        courses[1].append(z)
    return np.stack(courses[0], axis=1), np.stack(courses[1], axis=1)
