"""Mediation: an assistant edits what people say to each other, before anybody hears it [Tsirtsis2026]_.

What is perceived of a peer who holds x is ``(1 - g) x + g z``, where z are the present values of the
assistant that edits and g is the share of each message that is its own. Whoever hears, hears that: bounded
confidence and repulsion go by the distance to what is perceived. Whom one meets goes by what people hold
(the odds of `algorithmic_bias`, the exposure of `attraction_repulsion`), as nobody has spoken yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.rules import passes
from coevolve_sim.threads import run_in_blocks


@dataclass(frozen=True, eq=False)
class Mediation:
    """Who edits what people say to each other in a round, and how much of it.

    Attributes
    ----------
    share : float
        In numbers the share of each message that is the editor's own, in words the share of messages that it
        edits; in [0, 1].
    values : float64 array, shape (dimensions,)
        The editor's present values, in [0, 1].
    assistant : int
        Number of the assistant that edits.

    Raises
    ------
    RuleError
        If the share is not in [0, 1].
    """

    share: float
    values: Floats
    assistant: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise RuleError(f"the share of what is edited is {self.share}; must be in [0, 1]")


def mediate(values: Floats, mediation: Mediation) -> Floats:
    """Return what is perceived of people whose words an assistant edits: ``x + g (z - x)``.

    Parameters
    ----------
    values : float array, shape (humans, dimensions)
        What they express, in [0, 1].
    mediation : Mediation
        Who edits, and how much.

    Returns
    -------
    float64 array, shape (humans, dimensions)
        In [0, 1]; a new array.

    Raises
    ------
    RuleError
        If the editor has values on another number of dimensions.

    References
    ----------
    [Tsirtsis2026]_

    Examples
    --------
    >>> mediate(np.array([[0.5], [1.0]]), Mediation(0.5, np.array([0.0]))).tolist()
    [[0.25], [0.5]]
    """
    if mediation.values.shape != values.shape[1:]:
        raise RuleError(
            f"the editor has values of shape {mediation.values.shape}; shape {values.shape[1:]} is wanted"
        )
    edited = np.empty(values.shape)
    held = np.ascontiguousarray(values, dtype=np.float64)
    run_in_blocks(passes.edit, len(held), held.shape[1], held, mediation.share, mediation.values, edited)
    return edited
