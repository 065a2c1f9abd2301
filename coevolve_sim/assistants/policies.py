"""Policies: how an assistant's values follow from what it has heard of people.

A policy is a pure function ``(values, observation, memory, **parameters) -> (values, memory)``. Its memory is
named arrays, none at first; what it returns is handed to it in the next round, is on record at every
checkpoint, and comes back bit for bit when a run is resumed. A policy without one returns what it was
given. To add a policy: write it here, name it in `POLICIES`, and describe its parameters beside
`LifelongPolicy` in ``coevolve_sim/scenario/study_parts.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import PolicyError
from coevolve_sim.streams import stream

Floats = NDArray[np.float64]
Memory = Mapping[str, NDArray[np.float64] | NDArray[np.int64]]
"""What an assistant keeps from round to round: arrays by name; empty at first, and never changed in place."""

MEMORY_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MEMORY_TYPES = ("float64", "int64")


@dataclass(frozen=True, eq=False)
class Observation:
    """What an assistant heard in a round.

    Attributes
    ----------
    heard : float64 array, shape (consultations, dimensions)
        Values of those who consulted it, as perceived, in [0, 1]; no rows if nobody did.
    humans : int array, shape (consultations,)
        Who they were.
    round_index : int
        The round.
    log_precision : float64 array, shape (consultations,), or None
        Natural logarithm of the precision that each claims of its values; None where humans claim none.
    seed : int
        Of the run, and
    assistant : str
        who it is: what a policy's own draws are addressed by.
    """

    heard: Floats
    humans: NDArray[np.intp]
    round_index: int
    log_precision: Floats | None = None
    seed: int = 0
    assistant: str = ""


def frozen(
    values: Floats,
    observation: Observation,  # noqa: ARG001 - it does not look
    memory: Memory,
) -> tuple[Floats, Memory]:
    """Keep one's values: the time-invariant baseline [Qiu2024]_."""
    return values, memory


def lifelong(values: Floats, observation: Observation, memory: Memory, rate: float) -> tuple[Floats, Memory]:
    """Move a rate of the way to the mean of the people last heard from; stay if nobody was heard.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    memory : Memory
        Handed back as it is.
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
    >>> seen = Observation(np.array([[0.2], [0.4]]), np.array([5, 7]), 1)
    >>> lifelong(np.array([0.9]), seen, {}, rate=0.5)[0].round(3).tolist()
    [0.6]
    """
    if not len(observation.heard):
        return values, memory
    return values + rate * (observation.heard.mean(axis=0) - values), memory


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
    >>> seen = Observation(np.array([[0.2], [0.6]]), np.array([5, 7]), 1, np.log([1.0, 3.0]))
    >>> values, memory = bayesian_trust(np.array([0.9]), seen, {}, trust=0.5)
    >>> values.round(9).tolist(), np.exp(memory["log_precision"]).round(9).tolist()
    ([0.5], [2.0])
    """
    if not len(observation.heard):
        return values, memory
    log_precision = observation.log_precision
    if log_precision is None:
        log_precision = np.zeros(len(observation.heard))
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


POLICIES: dict[str, Callable[..., tuple[Floats, Memory]]] = {
    policy.__name__: policy for policy in (frozen, lifelong, bayesian_trust, self_consuming)
}


def learned(
    kind: str, values: Floats, observation: Observation, memory: Memory, **parameters: Any
) -> tuple[Floats, Memory]:
    """Return what a policy makes of an observation, and what it keeps in memory, both checked.

    Raises
    ------
    PolicyError
        If there is no such policy; if its values have another shape, are not finite or outside [0, 1]; or
        if its memory is not arrays of float64 or int64 by names of lower-case letters, digits and _.
    """
    if kind not in POLICIES:
        raise PolicyError(f"unknown policy '{kind}'; there are: {', '.join(POLICIES)}")
    returned: object = POLICIES[kind](values, observation, memory, **parameters)
    if not (isinstance(returned, tuple) and len(returned) == 2):
        raise PolicyError(
            f"policy '{kind}' returned a {type(returned).__name__}; values and memory are wanted"
        )
    return _checked_values(kind, returned[0], values.shape), _checked_memory(kind, returned[1])


def _checked_values(kind: str, returned: object, shape: tuple[int, ...]) -> Floats:
    moved: Floats = np.asarray(returned, dtype=np.float64)
    if moved.shape != shape:
        raise PolicyError(f"policy '{kind}' returned shape {moved.shape}; shape {shape} is wanted")
    wrong = ~((moved >= -1e-12) & (moved <= 1.0 + 1e-12))
    if wrong.any():
        dimension = int(np.argmax(wrong))
        raise PolicyError(
            f"policy '{kind}' returned {moved[dimension]} in dimension {dimension}; values are in [0, 1]"
        )
    return np.clip(moved, 0.0, 1.0)


def _checked_memory(kind: str, returned: object) -> Memory:
    if not isinstance(returned, Mapping):
        raise PolicyError(f"policy '{kind}' keeps a {type(returned).__name__}; arrays by name are wanted")
    for name, array in returned.items():
        if not (isinstance(name, str) and MEMORY_NAME.fullmatch(name)):
            raise PolicyError(
                f"policy '{kind}' keeps an array called {name!r}; a name has lower-case letters, digits and _"
            )
        if not isinstance(array, np.ndarray) or array.dtype.name not in MEMORY_TYPES:
            found = getattr(array, "dtype", type(array).__name__)
            raise PolicyError(
                f"policy '{kind}' keeps {found} as '{name}'; arrays of {' or '.join(MEMORY_TYPES)} are wanted"
            )
    return returned
