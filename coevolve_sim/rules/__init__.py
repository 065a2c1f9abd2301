"""How listeners' values move: update rules, the functions they are built from, and the numeric channel.

A `Rule` is an object that moves values and owns its options and state; `RULES` lists, by name, the rules of
the package and of installed plug-ins. The functions are pure functions of arrays: `update_synchronously`
moves everybody at once, `update_pairwise` lets pairs meet one after the other, `move_by_speaker` moves those
who consulted an assistant, `moral_argument` is a recursion of its own, and `pool_with_peers` and
`pool_beliefs` combine beliefs by their precision. `coevolve_sim.rules.plain` has slow reference versions in
plain Python, which tests compare with the compiled ones. `play` lets two players play a `Game`, which moves
no values.
"""

from coevolve_sim.rules.bayesian_trust import pool_beliefs, pool_with_peers
from coevolve_sim.rules.catalogue import RULES
from coevolve_sim.rules.channel import Channel
from coevolve_sim.rules.exchange import (
    Meetings,
    Perceived,
    add_noise,
    mix_with_anchors,
    move_by_speaker,
    move_by_speaker_in_place,
    perceive_exactly,
    update_pairwise,
    update_synchronously,
)
from coevolve_sim.rules.games import Game, Match, play
from coevolve_sim.rules.mediation import Mediation, mediate
from coevolve_sim.rules.moral_argument import moral_argument
from coevolve_sim.rules.rule import Consultation, Exchange, Moved, RoundContext, Rule
from coevolve_sim.rules.scheduled import move
from coevolve_sim.rules.susceptibility import Susceptibility

__all__ = [
    "RULES",
    "Channel",
    "Consultation",
    "Exchange",
    "Game",
    "Match",
    "Mediation",
    "Meetings",
    "Moved",
    "Perceived",
    "RoundContext",
    "Rule",
    "Susceptibility",
    "add_noise",
    "mediate",
    "mix_with_anchors",
    "moral_argument",
    "move",
    "move_by_speaker",
    "move_by_speaker_in_place",
    "perceive_exactly",
    "play",
    "pool_beliefs",
    "pool_with_peers",
    "update_pairwise",
    "update_synchronously",
]
