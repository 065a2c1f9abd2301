"""One value that follows another: with a lag, with two states, or within its confidence only.

A follower hears the new value of a round and moves in the same round.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats


def follow_linearly(
    drive: ArrayLike, time_constant: float, *, start: float = 0.0, noise: ArrayLike = 0.0
) -> Floats:
    """Return a follower that goes the same part of the way in every round, ``m' = m + (z - m) / tau``.

    Parameters
    ----------
    drive : float array, shape (rounds,)
        What it hears.
    time_constant : float
        tau, in rounds.
    start : float
        Where it stands before the first round.
    noise : float, or float array, shape (replications, rounds)
        Added to the follower in each round.

    Returns
    -------
    float64 array, shape (replications, rounds)

    Examples
    --------
    >>> follow_linearly([1.0, 1.0], 2.0).tolist()
    [[0.5, 0.75]]
    """
    return _follow(lambda m, z: m + (z - m) / time_constant, drive, start, noise)


def follow_by_tanh(
    drive: ArrayLike, beta: float, *, rate: float = 0.2, start: float = 0.0, noise: ArrayLike = 0.0
) -> Floats:
    """Return a follower with two states where beta exceeds 1, ``m' = m + rate (tanh(beta (m + h)) - m)``.

    Parameters
    ----------
    drive : float array, shape (rounds,)
        h, what it hears.
    beta, rate : float
    start, noise
        As in `follow_linearly`.

    Returns
    -------
    float64 array, shape (replications, rounds)

    Examples
    --------
    >>> follow_by_tanh([0.0], 1.5, start=1.0).round(4).tolist()
    [[0.981]]
    """
    return _follow(lambda m, h: m + rate * (np.tanh(beta * (m + h)) - m), drive, start, noise)


def follow_within_confidence(
    drive: ArrayLike, rate: float, confidence: float, *, start: float = 0.0, noise: ArrayLike = 0.0
) -> Floats:
    """Return a follower that hears only what is within its confidence, and goes part of the way to it.

    Parameters
    ----------
    drive : float array, shape (rounds,)
    rate, confidence : float
        mu and eps.
    start, noise
        As in `follow_linearly`.

    Returns
    -------
    float64 array, shape (replications, rounds)

    Examples
    --------
    >>> follow_within_confidence([0.1, 0.9], 0.5, 0.2).tolist()
    [[0.05, 0.05]]
    """

    def move(m: Floats, z: float) -> Floats:
        return np.where(np.abs(z - m) <= confidence, m + rate * (z - m), m)

    return _follow(move, drive, start, noise)


def _follow(
    move: Callable[[Floats, float], Floats], drive: ArrayLike, start: float, noise: ArrayLike
) -> Floats:
    heard = np.asarray(drive, dtype=np.float64)
    shocks = np.atleast_2d(np.asarray(noise, dtype=np.float64))
    shocks = np.broadcast_to(shocks, (shocks.shape[0], heard.size))
    m, course = np.full(len(shocks), start, dtype=np.float64), np.empty(shocks.shape)
    for index, z in enumerate(heard):
        m = move(m, float(z)) + shocks[:, index]
        course[:, index] = m
    return course
