"""What a scenario does to a society at the beginning of a round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.rules import Listening
from coevolve_sim.scenario.process_specs import (
    AttractionRepulsion,
    BringIn,
    ChangeConfidence,
    ChangePolicy,
    InterventionPart,
    Rewire,
    SetValues,
    Shock,
    Withdraw,
)
from coevolve_sim.scenario.spec import GroupConfidence, spelled_out
from coevolve_sim.society.setup import Foundation, blaming, rewired_network, rewiring_address
from coevolve_sim.society.state import State, repulsion_of


def intervene(state: State, foundation: Foundation, round_index: int, *, replay: bool = False) -> list[str]:
    """Do what the scenario asks to be done at the beginning of a round; return it in words.

    With ``replay``, values are left alone: a resumed run restores them, and only what is not values (who is
    there, policies, ties, confidence) has to be done again.
    """
    said = []
    for index, act in enumerate(foundation.scenario.interventions):
        if act.round == round_index:
            with blaming("interventions", index):
                said.append(_do(act, index, state, foundation, replay))
    return said


def _do(act: InterventionPart, index: int, state: State, foundation: Foundation, replay: bool) -> str:
    if isinstance(act, Rewire):
        return _rewire(act, index, state, foundation)
    if isinstance(act, ChangeConfidence):
        return _change_confidence(act, state, foundation)
    if isinstance(act, Shock):
        return f"group {act.group or 'everybody'} shocked" if replay else _shock(act, state, foundation)
    which = foundation.assistant_names.index(act.assistant)
    if isinstance(act, Withdraw | BringIn):
        before, state.present = state.present[which], state.present.copy()
        state.present[which] = isinstance(act, BringIn)
        done = "brought in" if isinstance(act, BringIn) else "withdrawn"
        already = ", which changes nothing" if before == state.present[which] else ""
        return f"assistant {act.assistant} {done}{already}"
    if isinstance(act, ChangePolicy):
        state.policies = [*state.policies]
        state.policies[which] = act.policy
        state.memories = [*state.memories]
        state.memories[which] = {}
        return f"assistant {act.assistant} has policy {act.policy.kind}"
    return f"assistant {act.assistant} values set" if replay else _set_values(act, which, state, foundation)


def _rewire(act: Rewire, index: int, state: State, foundation: Foundation) -> str:
    scenario = foundation.scenario
    if act.fraction is not None:
        address = rewiring_address(scenario, index)
        state.ties = networks.rewire(state.ties, act.fraction, scenario.seed, *address)
        return f"ties rewired with probability {act.fraction:g}"
    state.ties = rewired_network(scenario, index, foundation.n_humans)
    return f"network is now {act.network.family}"  # type: ignore[union-attr]


def _members(group: str | None, foundation: Foundation) -> NDArray[np.intp]:
    if group is None:
        return np.arange(foundation.n_humans)
    return np.flatnonzero(foundation.group_of == foundation.group_names.index(group))


def _change_confidence(act: ChangeConfidence, state: State, foundation: Foundation) -> str:
    members = _members(act.group, foundation)
    for source, number in (("peer", act.confidence.peer), ("assistant", act.confidence.assistant)):
        if number is not None:
            changed: Listening = getattr(state, source).changed(members, confidence=number)
            if isinstance(update := foundation.scenario.update, AttractionRepulsion):
                beyond = repulsion_of(update, source, changed.confidence)
                changed = replace(changed, repulsion=beyond)
            setattr(state, source, changed)
    return f"confidence of {act.group or 'everybody'} is now {_couplings(act.confidence)}"


def _couplings(given: GroupConfidence) -> str:
    named = {"peer": given.peer, "assistant": given.assistant}
    return ", ".join(f"{number:g} ({name})" for name, number in named.items() if number is not None)


def _shock(act: Shock, state: State, foundation: Foundation) -> str:
    members = _members(act.group, foundation)
    shift = np.array(spelled_out(act.shift, foundation.space.names))
    for name in ("values", "anchors"):
        array = getattr(state, name).copy()
        array[members] = np.clip(array[members] + shift, 0.0, 1.0)
        setattr(state, name, array)
    return f"group {act.group or 'everybody'} shocked"


def _set_values(act: SetValues, which: int, state: State, foundation: Foundation) -> str:
    state.assistant_values = state.assistant_values.copy()
    state.assistant_values[which] = spelled_out(act.values, foundation.space.names)
    return f"assistant {act.assistant} values set"
