"""Elicitation: a mind's values over personas, era by era, written as files that a scenario reads."""

from coevolve_sim.elicitation.eliciting import Elicitation, elicit
from coevolve_sim.elicitation.eras import CENTURIES, Era, eras_of, hub_ids
from coevolve_sim.elicitation.measured import MeasuredEra

__all__ = ["CENTURIES", "Elicitation", "Era", "MeasuredEra", "elicit", "eras_of", "hub_ids"]
