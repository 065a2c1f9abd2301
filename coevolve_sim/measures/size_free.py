"""Entries of the catalogue that stand in for measures which depend on the number of people.

A run takes them if its scenario names them; what every run takes is part of its digest.
"""

from __future__ import annotations

from coevolve_sim.measures.conflict import index_by_dimension
from coevolve_sim.measures.density_modes import modes_by_dimension, modes_on_axis
from coevolve_sim.measures.measure import Measure

DENSITY_MODES = Measure(
    "density_modes",
    "The number of modes of the density of people, at bandwidths .01, .02 and .04, whatever their number.",
    "society stands in many camps",
    "[1, 30]",
    "Silverman1981",
    "O(N D), and about 0.5 ms a dimension",
    True,
    lambda a: modes_by_dimension(a.values),
)
DENSITY_MODES_ON_FIRST_AXIS = Measure(
    "density_modes_on_first_axis",
    "The number of modes of the density of people along the direction in which they differ most.",
    "society stands in many camps, over all dimensions at once",
    "[1, 30]",
    "Silverman1981",
    "O(N D^2), shared with participation_ratio",
    False,
    lambda a: modes_on_axis(a.values, a.covariance),
)
PER_HEAD = Measure(
    "polarization_disagreement_per_head",
    "The polarization-disagreement index over the number of people: its mean, not its sum.",
    "the network leaves people apart, or tied to those they differ from",
    "[0, 0.25]",
    "Musco2018",
    "that of polarization_disagreement_index",
    True,
    lambda a: index_by_dimension(a.initial_values, a.ties) / len(a.initial_values),
)
