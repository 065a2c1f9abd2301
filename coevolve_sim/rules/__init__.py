"""How listeners' values move: pure functions of arrays.

`averaged` moves everybody at once, `met` lets pairs meet one after the other, `heard_alone` moves those
who consulted an assistant, `moral_argument` is a recursion of its own, `weighed_with_peers` and `pooled` are
beliefs with a precision; `RULES` names them as scenarios do and `move` applies one.
`coevolve_sim.rules.plain` has their plain twins.
"""

from coevolve_sim.rules.bayesian_trust import pooled, weighed_with_peers
from coevolve_sim.rules.catalogue import RULES, Rule, move, with_noise
from coevolve_sim.rules.exchange import (
    Meetings,
    Perceived,
    averaged,
    hear_alone,
    heard_alone,
    kept_to,
    met,
    perceive_exactly,
)
from coevolve_sim.rules.moral_argument import moral_argument
from coevolve_sim.rules.susceptibility import Susceptibility

__all__ = [
    "RULES",
    "Meetings",
    "Perceived",
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
