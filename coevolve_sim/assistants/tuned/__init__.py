"""Assistants whose weights learn from what people prefer, time after time.

This room is the engine; a society and a challenge hand it people and a mode. `write_candidates` has a mind
write pairs of texts, once for all; an `Annotator` says which text of each is preferred, in both orders:
`ByPeople`, `BySelfReference` or `ByJudge`; a mode says how the weights change by that: `Train`, `Replay` or
`DryRun`; a `Readout` measures what the assistant then says. `PreferenceLearner` puts these together, and what
comes of each time is a `Lesson`. `TunedAssistant` keeps the adapters by the `Method` it has.
"""

from coevolve_sim.assistants.tuned.annotators import Annotator, ByJudge, ByPeople, BySelfReference
from coevolve_sim.assistants.tuned.assistant import EraReport, TunedAssistant
from coevolve_sim.assistants.tuned.candidates import Pool, TextPair, Wording, write_candidates
from coevolve_sim.assistants.tuned.learner import PreferenceLearner
from coevolve_sim.assistants.tuned.lesson import Lesson, count_comparisons
from coevolve_sim.assistants.tuned.methods import BASE_WEIGHTS, METHODS, Method, NamedMethod, parse_method
from coevolve_sim.assistants.tuned.modes import (
    DryRun,
    LearningMode,
    ModeChoice,
    Replay,
    Train,
    Trainee,
    choose_mode,
)
from coevolve_sim.assistants.tuned.own_weights import OwnWeights, require_own_weights
from coevolve_sim.assistants.tuned.readout import HeldValues, Readout, Speaker
from coevolve_sim.assistants.tuned.respondents import Respondent

__all__ = [
    "BASE_WEIGHTS",
    "METHODS",
    "Annotator",
    "ByJudge",
    "ByPeople",
    "BySelfReference",
    "DryRun",
    "EraReport",
    "HeldValues",
    "LearningMode",
    "Lesson",
    "Method",
    "ModeChoice",
    "NamedMethod",
    "OwnWeights",
    "Pool",
    "PreferenceLearner",
    "Readout",
    "Replay",
    "Respondent",
    "Speaker",
    "TextPair",
    "Train",
    "Trainee",
    "TunedAssistant",
    "Wording",
    "choose_mode",
    "count_comparisons",
    "parse_method",
    "require_own_weights",
    "write_candidates",
]
