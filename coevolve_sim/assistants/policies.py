"""Policies: how an assistant's values follow from what it has heard of people.

A policy is a pure function of the assistant's values and an `Observation`. To add one: write it here, name
it in `POLICIES`, and describe its parameters beside `LifelongPolicy` in
``coevolve_sim/scenario/study_parts.py``. If the mean of what was heard is all it looks at, name it in
`LOOK_AT_MEANS` too: a round then adds up what people say instead of keeping a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import PolicyError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observation:
    """What an assistant heard in a round.

    Attributes
    ----------
    heard : float64 array, shape (consultations, dimensions)
        Values of those who consulted it, as perceived, in [0, 1]; no rows if nobody did, or if only their
        mean was kept.
    humans : int array, shape (consultations,)
        Who they were.
    round_index : int
        The round.
    kept_mean : float64 array, shape (dimensions,), or None
        Mean of what was heard, where that alone was kept; None where ``heard`` has its rows.
    """

    heard: Floats
    humans: NDArray[np.intp]
    round_index: int
    kept_mean: Floats | None = None

    @property
    def mean(self) -> Floats:
        """Mean of what was heard, shape (dimensions,); somebody must have been heard."""
        return self.heard.mean(axis=0) if self.kept_mean is None else self.kept_mean


def frozen(values: Floats, observation: Observation) -> Floats:  # noqa: ARG001 - it does not look
    """Keep one's values: the time-invariant baseline [Qiu2024]_."""
    return values


def lifelong(values: Floats, observation: Observation, rate: float) -> Floats:
    """Move a rate of the way to the mean of the people last heard from; stay if nobody was heard.

    Parameters
    ----------
    values : float array, shape (dimensions,)
        In [0, 1].
    observation : Observation
        Whom it heard.
    rate : float
        In [0, 1].

    Returns
    -------
    float64 array, shape (dimensions,)
        In [0, 1].

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> seen = Observation(np.array([[0.2], [0.4]]), np.array([5, 7]), 1)
    >>> lifelong(np.array([0.9]), seen, rate=0.5).round(3).tolist()
    [0.6]
    """
    if not len(observation.humans):
        return values
    moved: Floats = values + rate * (observation.mean - values)
    return moved


POLICIES: dict[str, Callable[..., Floats]] = {"frozen": frozen, "lifelong": lifelong}
LOOK_AT_MEANS = frozenset({"frozen", "lifelong"})
"""Policies that look at no more of what was heard than its mean."""


def learned(kind: str, values: Floats, observation: Observation, **parameters: Any) -> Floats:
    """Return what a policy makes of an observation, checked.

    Raises
    ------
    PolicyError
        If there is no such policy, or it returned another shape, something not finite or outside [0, 1].
    """
    if kind not in POLICIES:
        raise PolicyError(f"unknown policy '{kind}'; there are: {', '.join(POLICIES)}")
    moved = np.asarray(POLICIES[kind](values, observation, **parameters), dtype=np.float64)
    if moved.shape != values.shape:
        raise PolicyError(f"policy '{kind}' returned shape {moved.shape}; shape {values.shape} is wanted")
    wrong = ~((moved >= -1e-12) & (moved <= 1.0 + 1e-12))
    if wrong.any():
        dimension = int(np.argmax(wrong))
        raise PolicyError(
            f"policy '{kind}' returned {moved[dimension]} in dimension {dimension}; values are in [0, 1]"
        )
    return np.clip(moved, 0.0, 1.0)
