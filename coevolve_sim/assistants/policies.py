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
    """

    heard: Floats
    humans: NDArray[np.intp]
    round_index: int


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


POLICIES: dict[str, Callable[..., tuple[Floats, Memory]]] = {"frozen": frozen, "lifelong": lifelong}


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
