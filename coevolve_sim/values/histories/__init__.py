"""Histories: the reference along which a population's values move, era by era.

One is real (`gss_moral`), six shapes are invented (`planted`), and any other is a file
(`read_history`). `build` takes what a scenario says and returns the history it means.
"""

from coevolve_sim.values.histories.files import read_history
from coevolve_sim.values.histories.gss import gss_moral, survey_figures
from coevolve_sim.values.histories.history import History
from coevolve_sim.values.histories.planted import SHAPES, planted
from coevolve_sim.values.histories.specification import KINDS, build

__all__ = ["KINDS", "SHAPES", "History", "build", "gss_moral", "planted", "read_history", "survey_figures"]
