"""What adversaries achieve and what guards cost: measures that a run takes if its scenario names them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.measure import Measure

OF_GUARDS = ("role_breach", "attacks_carried", "answers_held_back")
"""Measures of adversaries and guards, which a run takes if its scenario names them."""


def mean_breach(held: Floats, least: Floats, most: Floats) -> float:
    """Return how far assistants stand outside what they are permitted, the mean over them.

    Parameters
    ----------
    held : float array, shape (assistants, dimensions)
        What they hold, in [0, 1].
    least, most : float array, shape (assistants, dimensions)
        Ends of what each is permitted, in [0, 1].

    Returns
    -------
    float
        In [0, 1]: distance to the nearest point permitted, over all dimensions together, divided by the root
        of their number. nan without assistants.

    Raises
    ------
    MeasureError
        If shapes do not fit.

    Examples
    --------
    >>> mean_breach(np.array([[0.9], [0.5]]), np.array([[0.2], [0.2]]), np.array([[0.7], [0.7]]))
    0.10000000000000003
    """
    if not held.shape == least.shape == most.shape:
        raise MeasureError(
            f"assistants of shape {held.shape} are permitted what lies between arrays of shape {least.shape} "
            f"and {most.shape}; the same shape is wanted"
        )
    if not held.size:
        return float("nan")
    outside = held - np.clip(held, least, most)
    return float(np.sqrt((outside**2).mean(axis=1)).mean())


def share_of_counts(counts: Mapping[str, Kept], part: str, whole: str) -> float:
    """Return the share that one count has of another, each summed up; nan where there are none of the other.

    Examples
    --------
    >>> share_of_counts({"carried": np.array([[1, 2]]), "attacks": np.array([[4, 2]])}, "carried", "attacks")
    0.5
    """
    total = int(counts[whole].sum())
    return int(counts[part].sum()) / total if total else float("nan")


ROLE_BREACH = Measure(
    "role_breach",
    "How far assistants stand outside what their role permits, the mean over those of policy role.",
    "assistants were carried out of what they are permitted",
    "[0, 1]",
    "Xu2024",
    "O(1)",
    False,
    lambda a: None if a.permitted is None else mean_breach(*a.permitted),
)
ATTACKS_CARRIED = Measure(
    "attacks_carried",
    "The share of adversaries' attacks, since the beginning, that passed all guards within their budget.",
    "guards keep little from adversaries",
    "[0, 1]",
    "Xu2024",
    "O(1)",
    False,
    lambda a: None if a.counts is None else share_of_counts(a.counts, "carried", "attacks"),
)
ANSWERS_HELD_BACK = Measure(
    "answers_held_back",
    "The share of answers to all others, since the beginning, that guards held back.",
    "guards keep much from those who mean no harm",
    "[0, 1]",
    "Xu2024",
    "O(1)",
    False,
    lambda a: None if a.counts is None else share_of_counts(a.counts, "held_back", "answers"),
)
