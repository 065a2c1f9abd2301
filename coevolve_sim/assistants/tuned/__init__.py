"""Tuned assistants: assistants whose weights learn repeatedly from what people prefer.

This room is the engine; societies and challenges give it people and a mode. `write_candidates` has a mind
write pairs of texts, once per run. An `Annotator` says which text of each pair is preferred, in both orders:
`ByPeople`, `BySelfReference` or `ByJudge`. A mode decides how the weights change: `Train`, `Replay` or
`DryRun`. A `Readout` measures what the assistant then says. `PreferenceLearner` combines these, and each time
of learning is recorded as a `Lesson`. `TunedAssistant` stores the adapters that its `Method` gives.
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
