"""Policies with feedback loops: people's beliefs taken as evidence, or a model refitted to its own output."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies.observation import Memory, Observation
from coevolve_sim.streams import stream


def bayesian_trust(
    values: Floats, observation: Observation, memory: Memory, trust: float
) -> tuple[Floats, Memory]:
    """Add up what the people last heard from claim to know; keep to what one said if nobody was heard.

    ``q = trust * sum_i q_i``; its values are their means weighed by ``q_i``. Its memory is ``log_precision``,
    shape (1,): the logarithm of the q that it claims in the next round.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard; who claims no precision is taken for one piece of evidence.
    memory : Memory
        Replaced.
    trust : float
        lambda_1, at least 0.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        In [0, 1].
    memory : Memory

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.2], [0.6]]), np.array([5, 7]), 1, log_precision=np.log([1.0, 3.0]))
    >>> values, memory = bayesian_trust(np.array([0.9]), seen, {}, trust=0.5)
    >>> values.round(9).tolist(), np.exp(memory["log_precision"]).round(9).tolist()
    ([0.5], [2.0])
    """
    if not len(observation.heard):
        return values, memory
    log_precision = observation.log_precision
    if log_precision is None:
        log_precision = np.zeros(len(observation.heard))
    # Shifted by the greatest logarithm: precisions themselves overflow after a few thousand rounds.
    greatest = log_precision.max()
    parts = np.exp(log_precision - greatest)
    total = parts.sum()
    with np.errstate(divide="ignore"):
        claimed = greatest + np.log(total) + np.log(trust)
    return (parts / total) @ observation.heard, {"log_precision": np.array([claimed])}


def self_consuming(
    values: Floats, observation: Observation, memory: Memory, samples: int, accumulate: bool
) -> tuple[Floats, Memory]:
    """Refit a normal distribution, each dimension alone, to what it last put out itself.

    The first generation is fitted to the first people heard, two at least, and draws nothing; until then it
    keeps its values. Every later one draws ``samples`` from the model before it and fits to these, or, with
    ``accumulate``, to these and all that earlier ones were fitted to. Its memory is the model (``mean``,
    ``sd``) and the sums it follows from (``sums``, ``squares``, ``count``).

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    memory : Memory
        The model so far.
    samples : int
        Output of a generation, at least 2.
    accumulate : bool
        Whether what it was fitted to before is kept.

    Returns
    -------
    values : float64 array, shape (dimensions,)
        The mean of the model, held in [0, 1].
    memory : Memory

    References
    ----------
    [Shumailov2024]_; [Gerstgrasser2024]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.2], [0.6]]), np.array([5, 7]), 1)
    >>> values, memory = self_consuming(np.array([0.9]), seen, {}, samples=10, accumulate=False)
    >>> values.round(9).tolist(), memory["sd"].round(9).tolist()
    ([0.4], [0.282842712])
    """
    if memory:
        draws = stream(observation.seed, "self-consuming", observation.assistant, observation.round_index)
        data = draws.normal(memory["mean"], memory["sd"], (samples, values.size))
    elif len(observation.heard) >= 2:
        data = observation.heard
    else:
        return values, memory
    kept = memory if accumulate and memory else {"sums": 0.0, "squares": 0.0, "count": 0}
    count = kept["count"] + np.array([len(data)])
    sums, squares = kept["sums"] + data.sum(axis=0), kept["squares"] + (data**2).sum(axis=0)
    mean = sums / count
    sd = np.sqrt(np.maximum(squares - count * mean**2, 0.0) / (count - 1))
    model = {"mean": mean, "sd": sd, "sums": sums, "squares": squares, "count": count}
    return np.clip(mean, 0.0, 1.0), model
