"""One society: its setup before round 1, the state that rounds change, and the Mesa model over both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.registry import front_door

if TYPE_CHECKING:
    from coevolve_sim.society.agents import Assistant, Human
    from coevolve_sim.society.model import Society
    from coevolve_sim.society.setup import Setup, build_setup
    from coevolve_sim.society.state import State

_HOMES = {
    "Assistant": "coevolve_sim.society.agents",
    "Human": "coevolve_sim.society.agents",
    "Setup": "coevolve_sim.society.setup",
    "Society": "coevolve_sim.society.model",
    "State": "coevolve_sim.society.state",
    "build_setup": "coevolve_sim.society.setup",
}
__all__ = ["Assistant", "Human", "Setup", "Society", "State", "build_setup"]
__getattr__, __dir__ = front_door(__name__, _HOMES)
