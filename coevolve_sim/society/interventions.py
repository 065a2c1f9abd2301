"""Interventions: what a scenario does to a society at the beginning of a round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.rules import Susceptibility
from coevolve_sim.scenario.process_specs import (
    BringInSpec,
    ChangeConfidenceSpec,
    ChangeContinuitySpec,
    ChangePolicySpec,
    InterventionSpec,
    RestartHistorySpec,
    RewireSpec,
    SetValuesSpec,
    ShockSpec,
    WithdrawSpec,
)
from coevolve_sim.scenario.spec import GroupConfidenceSpec
from coevolve_sim.society.plugins import error_at
from coevolve_sim.society.setup import Setup, rewired_network, rewiring_address
from coevolve_sim.society.state import State
from coevolve_sim.values.naming import spell_out


def intervene(state: State, setup: Setup, round_index: int, *, replay: bool = False) -> list[str]:
    """Apply the scenario's interventions at the beginning of a round; return them in words.

    With ``replay``, values are not changed: a resumed run restores values from its record, so only the rest
    (presence, policies, ties, confidence) is applied again.
    """
    said = []
    for index, act in enumerate(setup.scenario.interventions):
        if act.round == round_index:
            with error_at("interventions", index):
                said.append(_apply(act, index, state, setup, replay))
    return said


def _apply(act: InterventionSpec, index: int, state: State, setup: Setup, replay: bool) -> str:
    if isinstance(act, RewireSpec):
        return _rewire(act, index, state, setup)
    if isinstance(act, ChangeConfidenceSpec):
        return _change_confidence(act, state, setup)
    if isinstance(act, ShockSpec):
        return f"group {act.group or 'everybody'} shocked" if replay else _shock(act, state, setup)
    if isinstance(act, RestartHistorySpec):  # `HistoryCourse` is a function of the round; no state changes
        return f"history begins again{', which changes nothing' if act.round == 1 else ''}"
    which = setup.assistant_names.index(act.assistant)
    if isinstance(act, WithdrawSpec | BringInSpec):
        before, state.present = state.present[which], state.present.copy()
        state.present[which] = isinstance(act, BringInSpec)
        done = "brought in" if isinstance(act, BringInSpec) else "withdrawn"
        already = ", which changes nothing" if before == state.present[which] else ""
        return f"assistant {act.assistant} {done}{already}"
    if isinstance(act, ChangePolicySpec):
        state.policies = [*state.policies]
        state.policies[which] = act.policy
        state.memories = [*state.memories]
        state.memories[which] = {}
        return f"assistant {act.assistant} has policy {act.policy.kind}"
    if isinstance(act, ChangeContinuitySpec):
        changed = state.continuity[which].model_copy(update={"share": act.to})
        state.continuity = {**state.continuity, which: changed}
        return f"assistant {act.assistant} has continuity {act.to:g}"
    return f"assistant {act.assistant} values set" if replay else _set_values(act, which, state, setup)


def _rewire(act: RewireSpec, index: int, state: State, setup: Setup) -> str:
    scenario = setup.scenario
    if act.fraction is not None:
        address = rewiring_address(scenario, index)
        state.ties = networks.rewire(state.ties, act.fraction, scenario.seed, *address)
        return f"ties rewired with probability {act.fraction:g}"
    state.ties = rewired_network(scenario, setup.rule, index, setup.n_humans)
    return f"network is now {act.network.family}"  # type: ignore[union-attr]


def _members(group: str | None, setup: Setup) -> NDArray[np.intp]:
    if group is None:
        return np.arange(setup.n_humans)
    return np.flatnonzero(setup.group_of == setup.group_names.index(group))


def _change_confidence(act: ChangeConfidenceSpec, state: State, setup: Setup) -> str:
    members = _members(act.group, setup)
    for source, number in (("peer", act.confidence.peer), ("assistant", act.confidence.assistant)):
        if number is not None:
            changed: Susceptibility = getattr(state, source).replace(members, confidence=number)
            beyond = setup.rule.repels_beyond(source, changed.confidence)
            changed = changed if beyond is None else replace(changed, repulsion=beyond)
            setattr(state, source, changed)
    return f"confidence of {act.group or 'everybody'} is now {_couplings(act.confidence)}"


def _couplings(given: GroupConfidenceSpec) -> str:
    named = {"peer": given.peer, "assistant": given.assistant}
    return ", ".join(f"{number:g} ({name})" for name, number in named.items() if number is not None)


def _shock(act: ShockSpec, state: State, setup: Setup) -> str:
    members = _members(act.group, setup)
    shift = np.array(spell_out(act.shift, setup.space.names))
    for name in ("values", "anchors") if act.anchors == "move" else ("values",):
        array = getattr(state, name).copy()
        array[members] = np.clip(array[members] + shift, 0.0, 1.0)
        setattr(state, name, array)
    return f"group {act.group or 'everybody'} shocked"


def _set_values(act: SetValuesSpec, which: int, state: State, setup: Setup) -> str:
    state.assistant_values = state.assistant_values.copy()
    state.assistant_values[which] = spell_out(act.values, setup.space.names)
    return f"assistant {act.assistant} values set"
