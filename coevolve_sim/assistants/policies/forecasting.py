"""Policies that forecast: they hold the values that people are heading for, extrapolated from those heard."""

from __future__ import annotations

from math import comb

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import (
    Learnt,
    Memory,
    Observation,
    append_latest,
    move_towards,
)
from coevolve_sim.errors import PolicyError

LARGEST_WEIGHT = 5.0
"""Largest number of copies that an extrapolated preference counts for."""

FURTHEST = 20.0
"""Largest logit: a share of 2e-9 counts as 0, and one of 1 - 2e-9 as 1."""


def extrapolate(past: Floats, order: int, horizon: int) -> Floats:
    """Extrapolate a sequence by the polynomial whose differences of order ``order + 1`` vanish.

    ``v(t+1) = sum_i C(M+1, i) (-1)^(M-i) v(t-M+i)``, i = 0..M, done ``horizon`` times. M is the order, or
    less where the past has not M + 1 rows.

    Parameters
    ----------
    past : float array, shape (rounds, ...)
        At least one row, the latest last.
    order : int
        M, at least 0; 0 repeats the last row, 1 goes on in a line, 2 in a parabola.
    horizon : int
        How many rows ahead, at least 0.

    Returns
    -------
    float64 array, shape (...)
        Not cut to [0, 1].

    Raises
    ------
    PolicyError
        If there is no past, or order or horizon is below 0.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> extrapolate(np.array([0.1, 0.2, 0.4]), order=2, horizon=1).round(6)
    np.float64(0.7)
    >>> [float(extrapolate(np.array([-1.0, 1.0]), 1, k)) for k in (1, 2)]
    [3.0, 5.0]
    """
    rows = np.asarray(past, dtype=np.float64)
    if not len(rows) or order < 0 or horizon < 0:
        raise PolicyError(
            f"{len(rows)} rows, order {order} and horizon {horizon} given; extrapolation needs at least one "
            "row, and order and horizon of at least 0"
        )
    m = min(order, len(rows) - 1)
    coefficients = [comb(m + 1, i) * (-1) ** (m - i) for i in range(m + 1)]
    window = [rows[i] for i in range(len(rows) - m - 1, len(rows))]
    for _ in range(horizon):
        ahead = coefficients[0] * window[0]
        for coefficient, row in zip(coefficients[1:], window[1:], strict=True):
            ahead = ahead + coefficient * row
        window = [*window[1:], ahead]
    return np.asarray(window[-1])


def vote_weights(votes: Floats, order: int, horizon: int) -> Floats:
    """Return the number of copies that extrapolated votes count for; negative for the opposite preference.

    Parameters
    ----------
    votes : float array, shape (rounds, ...)
        1 or -1 (0: nobody voted), the latest last.
    order, horizon : int
        As for `extrapolate`.

    Returns
    -------
    float64 array, shape (...)
        In [-5, 5].

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> vote_weights(np.array([[-1.0, 1.0], [1.0, 1.0]]), order=1, horizon=1).tolist()
    [3.0, 1.0]
    """
    weights = extrapolate(votes, order, horizon)
    return np.clip(weights, -LARGEST_WEIGHT, LARGEST_WEIGHT)


def extrapolative(
    values: Floats, observation: Observation, memory: Memory, order: int, horizon: int, rate: float
) -> Learnt:
    """Move a rate of the way to where people's mean will be, if its differences go on as they are.

    Where it sees choices, the votes of the majority are extrapolated instead, and their weight is how many
    times it moves by a rate of the gap between its values and a candidate.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    memory : Memory
        ``past``: the means it heard, or the votes, of up to order + 1 rounds.
    order, horizon : int
        As for `extrapolate`; with order 0 it is `lifelong`, bit for bit.
    rate : float
        In [0, 1].

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.4]]), np.array([0]), 2)
    >>> extrapolative(np.array([0.3]), seen, {"past": np.array([[0.3]])}, 1, 1, rate=1.0)[0].round(3).tolist()
    [0.5]
    """
    if not len(observation.heard):
        return values, memory
    if observation.votes is not None:
        majority = np.sign(observation.votes.sum(axis=0))
        past = append_latest(memory, "past", majority, order + 1)
        change = rate * observation.gap * vote_weights(past, order, horizon)
        return np.clip(values + change, 0.0, 1.0), {"past": past}
    past = append_latest(memory, "past", observation.heard.mean(axis=0), order + 1)
    target = np.clip(extrapolate(past, order, horizon), 0.0, 1.0)
    return move_towards(values, target, rate), {"past": past}


def logit(shares: Floats) -> Floats:
    """Return log odds, in [-20, 20].

    Examples
    --------
    >>> logit(np.array([0.0, 0.5, 1.0])).tolist()
    [-20.0, 0.0, 20.0]
    """
    with np.errstate(divide="ignore"):
        odds = np.log(shares) - np.log1p(-shares)
    cut: Floats = np.clip(odds, -FURTHEST, FURTHEST)
    return cut


def inverse_logit(odds: Floats) -> Floats:
    """Return the shares whose log odds are given: the inverse of `logit`.

    Examples
    --------
    >>> inverse_logit(np.array([0.0])).tolist()
    [0.5]
    """
    shares: Floats = 1.0 / (1.0 + np.exp(-odds))
    return shares


def drift(past: Floats, times: Floats | None = None) -> Floats:
    """Return the slope of the least-squares line through the rows of the past.

    Parameters
    ----------
    past : float array, shape (rounds, dimensions)
        The latest last; of a single row the slope is 0.
    times : float array, shape (rounds,), optional
        When the rows were; 0, 1, 2, ... if not given.

    Returns
    -------
    float64 array, shape (dimensions,)

    Examples
    --------
    >>> drift(np.array([[0.1], [0.2], [0.3]])).round(6).tolist()
    [0.1]
    """
    when = np.arange(len(past), dtype=np.float64) if times is None else times
    apart = when - when.mean()
    if len(past) == 1:
        return np.zeros(past.shape[1])
    slope: Floats = apart @ (past - past.mean(axis=0)) / (apart @ apart)
    return slope


def logit_trend(
    values: Floats, observation: Observation, memory: Memory, window: int, horizon: int, rate: float
) -> Learnt:
    """Move a rate of the way to where the last log odds come to if they go on as they have of late.

    From the last on, along the slope of the least-squares line through those of the window. On the scale of
    log odds a trend can go on without leaving [0, 1], and slows down towards both ends, as the spread of a
    view through a population does.

    Parameters
    ----------
    values, observation, rate
        As for `extrapolative`.
    memory : Memory
        ``past``: the means it heard in up to ``window`` rounds.
    window : int
        How many rounds the slope is taken of, at least 2.
    horizon : int
        How many rounds ahead, at least 0.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Strimling2019]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.5]]), np.array([0]), 2)
    >>> past = {"past": np.array([[0.2]])}
    >>> logit_trend(np.array([0.5]), seen, past, window=5, horizon=1, rate=1.0)[0].round(3).tolist()
    [0.8]
    """
    if not len(observation.heard):
        return values, memory
    past = append_latest(memory, "past", observation.heard.mean(axis=0), window)
    odds = logit(past)
    target = inverse_logit(odds[-1] + horizon * drift(odds))
    return move_towards(values, target, rate), {"past": past}


def damped(
    values: Floats,
    observation: Observation,
    memory: Memory,
    smoothing: float,
    trend_smoothing: float,
    damping: float,
    horizon: int,
    rate: float,
) -> Learnt:
    """Move a rate of the way to where a trend leads that dies out: Holt's smoothing with a damped trend.

    ``l' = a x + (1-a) (l + d b)``; ``b' = c (l' - l) + (1-c) d b``; forecast
    ``l' + (d + d^2 + ... + d^horizon) b'``.

    Parameters
    ----------
    values, observation, rate
        As for `extrapolative`.
    memory : Memory
        ``level`` and ``trend``, shape (dimensions,).
    smoothing, trend_smoothing : float
        a and c: how much the latest round counts for the level and for the trend, in (0, 1].
    damping : float
        d: which part of the trend is left a round later, in [0, 1].
    horizon : int
        How many rounds ahead, at least 0.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Gardner1985]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.4]]), np.array([0]), 2)
    >>> before = {"level": np.array([0.3]), "trend": np.array([0.1])}
    >>> damped(np.array([0.3]), seen, before, 1.0, 1.0, 0.5, 2, rate=1.0)[0].round(3).tolist()
    [0.475]
    """
    if not len(observation.heard):
        return values, memory
    heard = observation.heard.mean(axis=0)
    if "level" not in memory:
        level, trend = heard, np.zeros_like(heard)
    else:
        before, slope = memory["level"], damping * memory["trend"]
        level = smoothing * heard + (1.0 - smoothing) * (before + slope)
        trend = trend_smoothing * (level - before) + (1.0 - trend_smoothing) * slope
    left = sum(damping**k for k in range(1, horizon + 1))
    target = np.clip(level + left * trend, 0.0, 1.0)
    return move_towards(values, target, rate), {"level": level, "trend": trend}
