"""Performative prediction: people react to what an assistant predicts about them [Perdomo2020]_."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coevolve_sim.rules.channel import select_topics
from coevolve_sim.rules.rule import Consultation, Exchange, Moved, Rule


@dataclass(frozen=True)
class Performative(Rule):
    """Rule in which people react to what an assistant predicts about them [Perdomo2020]_.

    Parameters
    ----------
    sensitivity : float
        Change of a human's value for each unit of the prediction, at least 0.
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
        """Return everybody to their anchors: under this rule humans do not hear each other."""
        return Moved(select_topics(given.read_anchors().copy(), given.context.topics))

    def consult(self, given: Consultation) -> Moved:
        """Add the prediction, times the sensitivity, to the values of those who consulted."""
        humans, _, perceived = given.reached()
        if humans.size:
            moved = given.values[humans] + self.sensitivity * perceived
            given.values[humans] = np.clip(moved, 0.0, 1.0)
        return Moved(given.values)
