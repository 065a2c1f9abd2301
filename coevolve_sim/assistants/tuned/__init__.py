"""Assistants whose weights learn from what people prefer, era after era.

`candidates` has a mind write pairs of texts, once for a whole run; an `Annotator` says which are preferred,
in both orders: `ByPeople`, `BySelfReference` or `ByJudge`; a `TunedAssistant` learns from that by the
`Method` it has, speaks with the adapter that comes of it, and says what it `HeldValues`.
"""

from coevolve_sim.assistants.tuned.annotators import Annotator, ByJudge, ByPeople, BySelfReference
from coevolve_sim.assistants.tuned.assistant import EraReport, TunedAssistant
from coevolve_sim.assistants.tuned.candidates import Pool, TextPair, candidates
from coevolve_sim.assistants.tuned.methods import METHODS, Method, NamedMethod, parse_method
from coevolve_sim.assistants.tuned.own_weights import OwnWeights, own_weights
from coevolve_sim.assistants.tuned.readout import HeldValues, Readout
from coevolve_sim.assistants.tuned.respondents import Respondent

__all__ = [
    "METHODS",
    "Annotator",
    "ByJudge",
    "ByPeople",
    "BySelfReference",
    "EraReport",
    "HeldValues",
    "Method",
    "NamedMethod",
    "OwnWeights",
    "Pool",
    "Readout",
    "Respondent",
    "TextPair",
    "TunedAssistant",
    "candidates",
    "own_weights",
    "parse_method",
]
