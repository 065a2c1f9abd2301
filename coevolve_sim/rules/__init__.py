"""How listeners' values move: rules, the arithmetic they are made of, and the channel of numbers.

A `Rule` is an object that moves values and owns its options and state; `RULES` has those of the package and
of whoever installed more, by name. The arithmetic is pure functions of arrays: `averaged` moves everybody at
once, `met` lets pairs meet one after the other, `heard_alone` moves those who consulted an assistant,
`moral_argument` is a recursion of its own, `weighed_with_peers` and `pooled` are beliefs with a precision.
`coevolve_sim.rules.plain` has their plain twins.
"""

from coevolve_sim.rules.bayesian_trust import pooled, weighed_with_peers
from coevolve_sim.rules.catalogue import RULES
from coevolve_sim.rules.exchange import (
    Meetings,
    Perceived,
    averaged,
    hear_alone,
    heard_alone,
    kept_to,
    met,
    perceive_exactly,
    with_noise,
)
from coevolve_sim.rules.moral_argument import moral_argument
from coevolve_sim.rules.rule import Consultation, Exchange, Moved, RoundContext, Rule
from coevolve_sim.rules.scheduled import move
from coevolve_sim.rules.susceptibility import Susceptibility

__all__ = [
    "RULES",
    "Consultation",
    "Exchange",
    "Meetings",
    "Moved",
    "Perceived",
    "RoundContext",
    "Rule",
    "Susceptibility",
    "averaged",
    "hear_alone",
    "heard_alone",
    "kept_to",
    "met",
    "moral_argument",
    "move",
    "perceive_exactly",
    "pooled",
    "weighed_with_peers",
    "with_noise",
]
