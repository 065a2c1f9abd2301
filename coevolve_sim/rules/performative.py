"""People who react to what is predicted of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coevolve_sim.rules.channel import columns_of
from coevolve_sim.rules.rule import Consultation, Exchange, Moved, Rule


@dataclass(frozen=True)
class Performative(Rule):
    """People who react to what is predicted of them [Perdomo2020]_.

    Parameters
    ----------
    sensitivity : float
        How far a prediction moves those of whom it is made, at least 0.
    """

    name: ClassVar[str] = "performative"
    meaning: ClassVar[str] = (
        "Reacts to the assistant's values as to a prediction: the anchor plus the sensitivity times it."
    )
    source: ClassVar[str] = "Perdomo2020"
    answers: ClassVar[bool] = True
    moves_alone: ClassVar[bool] = True
    sensitivity: float = 0.5

    def exchange(self, given: Exchange) -> Moved:
        """Put everybody back at their anchors: humans do not hear each other."""
        return Moved(columns_of(given.read_anchors().copy(), given.context.topics))

    def consult(self, given: Consultation) -> Moved:
        """Add what is predicted, times the sensitivity, to the values of those of whom it is."""
        if given.humans.size:
            through = np.isfinite(given.perceived).all(axis=1)
            reached = given.humans[through]
            moved = given.values[reached] + self.sensitivity * given.perceived[through]
            given.values[reached] = np.clip(moved, 0.0, 1.0)
        return Moved(given.values)
