"""Policies: how an assistant's values follow from what it has heard of people.

A policy is a pure function ``(values, observation, memory, **parameters) -> (values, memory)``. Its memory is
a mapping of named arrays, empty at first. The memory that it returns is passed to it in the next round, is
recorded at every checkpoint, and is restored bit for bit when a run is resumed; a policy that needs none
returns what it was given. A policy declares two more properties (`declare`): whether it looks at means alone,
and how it speaks to each listener.
To add a policy: write it here, name it in `POLICIES`, and describe its parameters beside `LifelongPolicySpec`
in ``coevolve_sim/scenario/policy_specs.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats, as_floats
from coevolve_sim.assistants.policies.custom import HANDED_OVER, POLICIES, find_policy, find_speech
from coevolve_sim.assistants.policies.observation import (
    Learnt,
    Listeners,
    Memory,
    Observation,
    declare,
    move_towards,
)
from coevolve_sim.errors import PolicyError
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import plugin_name

MEMORY_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MEMORY_TYPES = ("float64", "int64")


@declare(looks_at="mean")
def frozen(
    values: Floats,
    observation: Observation,  # noqa: ARG001 - it does not look
    memory: Memory,
) -> tuple[Floats, Memory]:
    """Keep one's values: the time-invariant baseline [Qiu2024]_."""
    return values, memory


@declare(looks_at="mean")
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
    if not len(observation.humans):
        return values, memory
    return move_towards(values, observation.mean, rate), memory


def independent(values: Floats, observation: Observation, memory: Memory, rate: float) -> Learnt:
    """Learn as `lifelong` does, but each time anew from the first state, keeping nothing of rounds between.

    Parameters
    ----------
    values, observation, rate
        As for `lifelong`.
    memory : Memory
        ``first``: its values before it ever learnt.

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
    >>> seen = Observation(np.array([[0.4]]), np.array([5]), 1)
    >>> independent(np.array([0.9]), seen, {"first": np.array([0.0])}, rate=0.5)[0].round(3).tolist()
    [0.2]
    """
    kept = {"first": memory.get("first", values)}
    if not len(observation.heard):
        return values, kept
    return move_towards(np.asarray(kept["first"]), observation.heard.mean(axis=0), rate), kept


def speaks_to_each(kind: str, **parameters: Any) -> bool:
    """Return whether a policy says something of its own to each listener, instead of its values to all.

    Examples
    --------
    >>> speaks_to_each("mirror"), speaks_to_each("lifelong")
    (True, False)
    """
    return find_speech(kind, parameters) is not None


def looks_at_means(kind: str, **parameters: Any) -> bool:
    """Return whether a policy needs only the mean of what was heard.

    Where all policies of a society do, a round adds up what people say instead of keeping a copy of it. One
    that speaks to each listener needs what each has told, whatever it learns from.

    Parameters
    ----------
    kind : str
        A key of `POLICIES`, or the kind of a policy by weights.

    Raises
    ------
    PolicyError
        If a user's policy cannot be loaded.

    Examples
    --------
    >>> looks_at_means("lifelong"), looks_at_means("median")
    (True, False)
    """
    policy = find_policy(kind, parameters)
    speaks_to_each = callable(getattr(policy, "speak", None))
    return getattr(policy, "looks_at", None) == "mean" and not speaks_to_each


def say_to_each(
    kind: str, values: Floats, told: Floats, listeners: Listeners | None = None, **parameters: Any
) -> Floats | None:
    """Return what an assistant says to each listener; None if it says its own values to everybody.

    Parameters
    ----------
    kind : str
        A key of `POLICIES`.
    values : float array, shape (dimensions,)
        The assistant's.
    told : float array, shape (listeners, dimensions)
        What it perceives of each of them.
    listeners : Listeners, optional
        Who they are, for a policy that asks; humans 0, 1, ... of round 0 if not given.

    Returns
    -------
    float64 array, shape (listeners, dimensions), or None
        In [0, 1].

    Raises
    ------
    PolicyError
        If what a user's policy returns are not values: wrong shape, not finite, or outside [0, 1].
    """
    speak = find_speech(kind, parameters)
    if speak is None or not len(told):
        return None
    name = _name_in_errors(kind, parameters)
    who = Listeners(np.arange(len(told)), 0) if listeners is None else listeners
    said: object = _call_policy(name, lambda: speak(view_read_only(values), view_read_only(told), who), kind)
    return _check_values(name, said, told.shape)


def apply_policy(
    kind: str, values: Floats, observation: Observation, memory: Memory, **parameters: Any
) -> tuple[Floats, Memory]:
    """Apply a policy to an observation; return the new values and the new memory, both checked.

    Raises
    ------
    PolicyError
        If there is no such policy; if its values have another shape, are not finite or outside [0, 1]; or
        if its memory is not arrays of float64 or int64 by names of lower-case letters, digits and _.
    """
    policy = _bind_policy(kind, parameters)
    seen = observation
    if kind == "custom" or kind not in POLICIES.own:  # the package's own write to nothing that they are given
        views = {name: view_read_only(array) for name, array in observation.per_human().items()}
        seen = replace(observation, **views)
    kept = {name: view_read_only(array) for name, array in memory.items()}
    name = _name_in_errors(kind, parameters)
    returned: object = _call_policy(name, lambda: policy(view_read_only(values), seen, kept), kind)
    if not (isinstance(returned, tuple) and len(returned) == 2):
        raise PolicyError(
            f"policy '{name}' returned a value of type {type(returned).__name__}; "
            "values and memory are wanted"
        )
    return _check_values(name, returned[0], values.shape), _check_memory(name, returned[1])


def _name_in_errors(kind: str, parameters: dict[str, Any]) -> str:
    """Return what errors call a policy: its kind, a user's file and name, or the object's class."""
    if kind == HANDED_OVER:
        policy = parameters["policy"]
        return str(getattr(policy, "__name__", type(policy).__name__))
    return plugin_name(parameters["path"]) if kind == "custom" else kind


def _bind_policy(kind: str, parameters: dict[str, Any]) -> Callable[..., object]:
    """Return a policy as a function of values, observation and memory, its parameters bound."""
    if kind == HANDED_OVER:
        learn: Callable[..., object] = getattr(parameters["policy"], "learn", parameters["policy"])
        return learn
    if kind not in POLICIES:
        raise PolicyError(f"unknown policy '{kind}'; there are: {', '.join(POLICIES)}")
    return partial(POLICIES[kind], **parameters)


def view_read_only(array: Any) -> Any:
    """Return a read-only view of an array; the array itself stays writable."""
    view = array.view()
    view.flags.writeable = False
    return view


def _call_policy(name: str, policy: Callable[[], object], kind: str) -> object:
    """Call a policy; raise an error that names it if it writes to its input or a user's own policy fails."""
    if kind not in ("custom", HANDED_OVER):
        return policy()
    with plugin_call(f"policy '{name}'", PolicyError):
        try:
            return policy()
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise PolicyError(
                f"policy '{name}' writes to what it may only read (values, what it heard, or its memory); "
                "it makes new arrays and returns them"
            ) from error


def _check_values(name: str, returned: object, shape: tuple[int, ...]) -> Floats:
    try:
        moved = as_floats(returned)
    except (TypeError, ValueError) as error:
        raise PolicyError(f"policy '{name}' returned {error}; an array of real numbers is wanted") from None
    if moved.shape != shape:
        raise PolicyError(f"policy '{name}' returned shape {moved.shape}; shape {shape} is wanted")
    # Written so that NaN counts as wrong, too: every comparison with NaN is false.
    wrong = ~((moved >= -1e-12) & (moved <= 1.0 + 1e-12))
    if wrong.any():
        *row, dimension = (int(place) for place in np.argwhere(wrong)[0])
        found = moved[*row, dimension]
        raise PolicyError(f"policy '{name}' returned {found} in dimension {dimension}; values are in [0, 1]")
    return np.clip(moved, 0.0, 1.0)


def _check_memory(owner: str, returned: object) -> Memory:
    if not isinstance(returned, Mapping):
        raise PolicyError(
            f"policy '{owner}' keeps a memory of type {type(returned).__name__}; arrays by name are wanted"
        )
    for name, array in returned.items():
        if not (isinstance(name, str) and MEMORY_NAME.fullmatch(name)):
            raise PolicyError(
                f"policy '{owner}' keeps an array called {name!r}; "
                "a name has lower-case letters, digits and _"
            )
        if not isinstance(array, np.ndarray) or array.dtype.name not in MEMORY_TYPES:
            found = getattr(array, "dtype", type(array).__name__)
            raise PolicyError(
                f"policy '{owner}' keeps {found} as '{name}'; "
                f"arrays of {' or '.join(MEMORY_TYPES)} are wanted"
            )
    return returned
