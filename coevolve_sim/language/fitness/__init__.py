"""Whether a mind is fit to speak and to be read: measured before the first round, said in one sentence."""

from coevolve_sim.language.fitness.kept import find_kept, keep
from coevolve_sim.language.fitness.planted import Planted, Speaking, plant
from coevolve_sim.language.fitness.recalibration import recalibrate
from coevolve_sim.language.fitness.verdict import ALL_TOPICS, UNFIT, Fitness, FitnessRow, judge, require_fit

__all__ = [
    "ALL_TOPICS",
    "UNFIT",
    "Fitness",
    "FitnessRow",
    "Planted",
    "Speaking",
    "find_kept",
    "judge",
    "keep",
    "plant",
    "recalibrate",
    "require_fit",
]
