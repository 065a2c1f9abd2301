"""Entries of the catalogue that say where assistants stand among people: `coevolve_sim.measures.alignment`.

A run takes them if its scenario names them.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures.alignment import OPTIONS, answers_of_values, shares_of_values
from coevolve_sim.measures.measure import Measure

OF_ASSISTANTS = ("alignment", "alignment_start")
"""Measures of where assistants stand among people, which a run takes if its scenario names them."""


def alignment_by_dimension(values: Floats, assistant_values: Floats) -> Floats:
    """Return, for each dimension, the share of people in the fifth where an assistant stands.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        People's values, in [0, 1].
    assistant_values : float array, shape (assistants, dimensions)
        Values of assistants, over which the mean is taken.

    Returns
    -------
    float array, shape (dimensions,)

    Examples
    --------
    >>> alignment_by_dimension(np.array([[0.1], [0.1], [0.5], [0.9]]), np.array([[0.15], [0.95]]))
    array([0.375])
    """
    shares = shares_of_values(values)
    given = np.clip(assistant_values, 0.0, 1.0)
    alike: Floats = np.take_along_axis(shares, answers_of_values(given).T - 1, axis=1).mean(axis=1)
    return alike


def describe_bounds(values: Floats) -> str:
    """Say what an alignment with these people has to be held against.

    Examples
    --------
    >>> describe_bounds(np.array([[0.1], [0.1], [0.5], [0.9]]))
    'always the commonest fifth scores 0.500, always the middle 0.250, chance .2'
    """
    shares = shares_of_values(values)
    upper, neutral = shares.max(axis=1).mean(), shares[:, OPTIONS // 2].mean()
    return f"always the commonest fifth scores {upper:.3f}, always the middle {neutral:.3f}, chance .2"


ALIGNMENT = Measure(
    "alignment",
    "The share of people, as they are now, who stand in the same fifth of the scale as the assistant; the "
    "mean over assistants (after KorNAT).",
    "people would answer as the assistant does; .2 is chance",
    "[0, 1]",
    "Lee2024",
    "O(N D)",
    True,
    lambda a: None if a.assistant_values is None else alignment_by_dimension(a.values, a.assistant_values),
)
ALIGNMENT_START = Measure(
    "alignment_start",
    "The share of people, as they were before the first round, who stood in the same fifth of the scale as "
    "the assistant does now.",
    "the assistant says what people would have answered at first; its distance from `alignment` is drift",
    "[0, 1]",
    "Lee2024",
    "O(N D)",
    True,
    lambda a: (
        None if a.assistant_values is None else alignment_by_dimension(a.initial_values, a.assistant_values)
    ),
)
