"""Policies without memory that aggregate people's values: mean, median, Borda count, and the mirror."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import Learnt, Memory, Observation, declare, move_towards


def mean(values: Floats, observation: Observation, memory: Memory, rate: float) -> Learnt:
    """Hold the mean of the people last heard, all of the way by default.

    The mean minimizes the sum of squared distances to people; one who is far from all others counts most.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    memory : Memory
        Handed back as it is.
    rate : float
        Which part of the way it goes, in [0, 1].

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    Examples
    --------
    >>> seen = Observation(np.array([[0.1], [0.2], [0.9]]), np.arange(3), 1)
    >>> mean(np.array([0.5]), seen, {}, rate=1.0)[0].round(3).tolist()
    [0.4]
    """
    if not len(observation.heard):
        return values, memory
    return move_towards(values, observation.heard.mean(axis=0), rate), memory


def median(values: Floats, observation: Observation, memory: Memory, rate: float) -> Learnt:
    """Hold what half of the people last heard are above and half below, dimension by dimension.

    On each dimension it beats every other position in a vote of those heard, if they prefer what is
    nearer to them [Black1948]_.

    Parameters
    ----------
    values, observation, memory, rate
        As for `mean`.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Black1948]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.1], [0.2], [0.9]]), np.arange(3), 1)
    >>> median(np.array([0.5]), seen, {}, rate=1.0)[0].round(3).tolist()
    [0.2]
    """
    if not len(observation.heard):
        return values, memory
    return move_towards(values, np.median(observation.heard, axis=0), rate), memory


def borda(values: Floats, observation: Observation, memory: Memory, n_candidates: int, rate: float) -> Learnt:
    """Hold the candidate position that people rank highest together, dimension by dimension.

    Candidates are equally spaced from 0 to 1. Everybody ranks them by how near they are; a candidate gets
    a point for each it is ranked above, and half a point for each that is as near. Where several win, their
    mean is taken.

    Parameters
    ----------
    values, observation, memory, rate
        As for `mean`.
    n_candidates : int
        At least 2.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Young1974]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.1], [0.2], [0.9]]), np.arange(3), 1)
    >>> borda(np.array([0.5]), seen, {}, n_candidates=11, rate=1.0)[0].round(3).tolist()
    [0.2]
    """
    if not len(observation.heard):
        return values, memory
    places = np.linspace(0.0, 1.0, n_candidates)
    return move_towards(values, _find_winners(observation.heard, places), rate), memory


def _find_winners(heard: Floats, places: Floats) -> Floats:
    """Return the candidate with the most Borda points on each dimension; the mean of those that tie."""
    # Rounded, so that candidates at the same distance tie whatever the last bits of the subtraction.
    distances = np.abs(heard.T[:, None, :] - places[:, None]).round(9)
    points = np.empty((heard.shape[1], places.size))
    for index in range(places.size):
        own = distances[:, index : index + 1]
        nearer, as_near = (
            np.count_nonzero(found, axis=(1, 2)) for found in (own < distances, own == distances)
        )
        points[:, index] = nearer + 0.5 * as_near
    wins = points >= points.max(axis=1, keepdims=True)
    winners: Floats = (wins * places).sum(axis=1) / wins.sum(axis=1)
    return winners


def say_back(values: Floats, told: Floats) -> Floats:  # noqa: ARG001 - it says nothing of its own
    """Return what a mirror says to each listener: the values that the listener told it.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        The assistant's.
    told : float array, shape (listeners, dimensions)
        What it perceives of each of them.

    Examples
    --------
    >>> say_back(np.array([0.5]), np.array([[0.1], [0.9]])).tolist()
    [[0.1], [0.9]]
    """
    return told


@declare(speak=say_back)
def mirror(values: Floats, observation: Observation, memory: Memory) -> Learnt:
    """Say back to each human what it holds: the sycophant, which moves nobody.

    What it says differs from listener to listener (see `say_back`); the values it is recorded with are the
    mean of those who last consulted it and whom it sees. To one whom it does not see it says these.

    Parameters
    ----------
    values, observation, memory
        As for `mean`.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Sharma2023]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.1], [0.3]]), np.arange(2), 1)
    >>> mirror(np.array([0.5]), seen, {})[0].round(3).tolist()
    [0.2]
    """
    if not len(observation.heard):
        return values, memory
    return observation.heard.mean(axis=0), memory
