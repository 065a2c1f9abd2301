"""Courses of a driven value: a ramp, and a triangle that goes up and down.

A drive starts at its lowest value in round 0, before anything is heard, and moves by the same amount, its
speed, in every round; a last part that is shorter than that is gone in one round. These are functions of the
number of the round alone, so that a resumed run needs nothing but it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats

ROUNDING = 1e-9
"""Part of a round by which a way may exceed whole rounds, for rounding alone, without taking one more."""


def count_rounds(low: float, high: float, speed: float) -> int:
    """Return how many rounds a drive takes from its lowest to its highest value.

    Parameters
    ----------
    low, high : float
        The lowest and the highest value; the second is the greater.
    speed : float
        Value a round, above 0.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If high is not above low, or the speed is not above 0.

    Examples
    --------
    >>> count_rounds(0.0, 1.0, 0.04), count_rounds(0.0, 1.0, 0.0601)
    (25, 17)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"a drive goes from a value to a higher one; {low:g} and {high:g} given")
    if not 0.0 < speed < math.inf:
        raise ValueError(f"a drive's speed is above 0; {speed:g} given")
    return max(1, math.ceil((high - low) / speed - ROUNDING))


def ramp(rounds: ArrayLike, *, speed: float, low: float = 0.0, high: float = 1.0) -> Floats:
    """Return the values of a ramp, which goes from its lowest value to its highest and stays there.

    Parameters
    ----------
    rounds : int array, any shape
        Numbers of rounds, from 0.
    speed, low, high : float
        As in `count_rounds`.

    Returns
    -------
    float64 array
        Of the shape of ``rounds``; in [low, high].

    Raises
    ------
    ValueError
        As in `count_rounds`.

    Examples
    --------
    >>> ramp(np.arange(5), speed=0.4).round(2).tolist()
    [0.0, 0.4, 0.8, 1.0, 1.0]
    """
    number = np.asarray(rounds)
    arrived = number >= count_rounds(low, high, speed)
    return np.where(arrived, high, np.minimum(low + speed * number, high))


def triangle(
    rounds: ArrayLike,
    *,
    speed: float,
    cycles: int,
    low: float = 0.0,
    high: float = 1.0,
    extra_at_low: int = 0,
) -> Floats:
    """Return the values of a triangle, which goes up and down again and again, and then stays at its lowest.

    Parameters
    ----------
    rounds : int array, any shape
        Numbers of rounds, from 0.
    speed, low, high : float
        As in `count_rounds`.
    cycles : int
        How often it goes up and down, at least 1.
    extra_at_low : int
        By how many rounds a cycle is longer because its lowest value lasts: 0 is a plain triangle, whose
        cycle has 2n rounds; with 1 a cycle has 2n + 1.

    Returns
    -------
    float64 array
        Of the shape of ``rounds``; in [low, high].

    Raises
    ------
    ValueError
        As in `count_rounds`.

    Examples
    --------
    >>> triangle(np.arange(10), speed=0.5, cycles=2).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    >>> triangle(np.arange(10), speed=0.5, cycles=2, extra_at_low=1).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.0, 0.5, 1.0, 0.5, 0.0]
    """
    n_up = count_rounds(low, high, speed)
    period = 2 * n_up + extra_at_low
    number = np.asarray(rounds)
    phase = number % period
    rising = ramp(phase, speed=speed, low=low, high=high)
    falling = np.maximum(high - speed * (phase - n_up), low)
    course = np.where(phase <= n_up, rising, np.where(phase >= 2 * n_up, low, falling))
    return np.where(number >= period * cycles, low, course)


def count_drive_rounds(shape: str, *, low: float, high: float, speed: float, cycles: int) -> int:
    """Return in which round a drive ends: a ramp at its highest value, a triangle at its lowest.

    Examples
    --------
    >>> count_drive_rounds("triangle", low=0.0, high=1.0, speed=0.1, cycles=2)
    40
    """
    n_up = count_rounds(low, high, speed)
    return n_up if shape == "ramp" else 2 * n_up * cycles
