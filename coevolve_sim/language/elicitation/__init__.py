"""Elicitation: a mind's values over personas, era by era, written as files that a scenario reads."""

from coevolve_sim.language.elicitation.elicit import Elicitation, elicit
from coevolve_sim.language.elicitation.eras import CENTURIES, Era, eras_of, hub_ids
from coevolve_sim.language.elicitation.instruments import Instrument, Items, Words
from coevolve_sim.language.elicitation.measured_eras import MeasuredEra

__all__ = [
    "CENTURIES",
    "Elicitation",
    "Era",
    "Instrument",
    "Items",
    "MeasuredEra",
    "Words",
    "elicit",
    "eras_of",
    "hub_ids",
]
