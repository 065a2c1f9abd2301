"""What changes from round to round, as it is in the beginning, and as it is kept to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.assistants.policies import Memory, Observation, apply_policy, looks_at_means
from coevolve_sim.assistants.policies.custom import HANDED_OVER
from coevolve_sim.language import Conversation
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Rule, Susceptibility, passes
from coevolve_sim.rules.rule import check_state
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.process_specs import AssistantSpec
from coevolve_sim.society.setup import Setup
from coevolve_sim.values.naming import spell_out


@dataclass
class State:
    """Everything that changes from round to round.

    Attributes
    ----------
    round_index : int
        Rounds finished.
    values, anchors : float64 arrays, shape (humans, dimensions)
        Values, and what the stubborn keep to: their initial values, moved along by history and shocks.
        Every round makes values anew, so those of a finished round stay as they are; history moves
        anchors in place, when they are next read.
    assistant_values : float64 array, shape (assistants, dimensions)
    present : bool array, shape (assistants,)
        Which assistants can be consulted.
    policies : list
        The policy of each assistant.
    ties : Ties
    peer, assistant : Susceptibility
        How humans listen to peers and to assistants.
    adoption : float64 array, shape (humans,)
        Probability of consulting in a round.
    stubbornness : float64 array, shape (humans,)
        Which part of one's anchor is kept in a round, in [0, 1].
    spare : float64 array, shape (humans, dimensions), or None
        Room for values between two phases of a round, so that it need not be made in every round.
    summed : tuple of float64 array (humans, dimensions) and float64 array (groups, dimensions), or None
        The values that were last looked at, and the mean of each group that was found in passing.
    last_anchors, anchor_changes : float64 array, shape (humans, dimensions), and list of (dimensions,)
        Anchors as they were last read, and by what history has moved them since: most societies have nobody
        who is stubborn and read them once in many rounds, and one pass makes up for all of these.
    memories : list of Memory
        What the policy of each assistant keeps from round to round: arrays by name.
    of_humans : dict of str to float64 or int64 array, shape (humans, ...)
        What is kept of humans from round to round besides their values: arrays by name. ``assistant``: whom
        the loyal have chosen, -1 for nobody.
    waiting : list of Memory
        What each assistant has heard and, by its delay, not yet learnt from.
    in_use : dict of int to PolicyInUse
        The policy of each assistant as it was last applied; found anew where the policy is another.
    conversation : Conversation or None
        What humans remember of what was said; None where they exchange numbers.
    """

    round_index: int
    values: Floats
    last_anchors: Floats
    assistant_values: Floats
    present: NDArray[np.bool_]
    policies: list[PolicySpec]
    ties: Ties
    peer: Susceptibility
    assistant: Susceptibility
    adoption: Floats
    stubbornness: Floats
    spare: Floats | None = None
    memories: list[Memory] = field(default_factory=list)
    of_humans: dict[str, Kept] = field(default_factory=dict)
    waiting: list[Memory] = field(default_factory=list)
    conversation: Conversation | None = None
    summed: tuple[Floats, Floats] | None = None
    anchor_changes: list[Floats] = field(default_factory=list)
    in_use: dict[int, PolicyInUse] = field(default_factory=dict)

    @property
    def anchors(self) -> Floats:
        """What the stubborn keep to, with all that history has changed."""
        if self.anchor_changes:
            passes.shift_in_turn(self.last_anchors, np.array(self.anchor_changes))
            self.anchor_changes = []
        return self.last_anchors

    @anchors.setter
    def anchors(self, anchors: Floats) -> None:
        self.last_anchors, self.anchor_changes = anchors, []


def first_state(setup: Setup) -> State:
    """Return the state before the first round."""
    scenario, values = setup.scenario, setup.initial_values
    groups, update = scenario.population.groups, scenario.update
    per_human = setup.group_of

    def susceptibility(source: str) -> Susceptibility:
        def by_group(name: str, fallback: float) -> Floats:
            own = [getattr(getattr(group, name), source) for group in groups]
            return np.array([fallback if number is None else number for number in own])[per_human]

        bound = getattr(getattr(update, "confidence", None), source, None)
        unbounded = np.full(per_human.size, np.inf)
        confidence = unbounded if bound is None else by_group("confidence", bound)
        pace = getattr(getattr(update, "rate", None), source, None)
        return Susceptibility.of(
            setup.n_humans,
            confidence=confidence,
            rate=1.0 if pace is None else by_group("rate", pace),
            repulsion=setup.rule.repels_beyond(source, confidence),
        )

    return State(
        0,
        values.copy(),
        values,
        setup.initial_assistant_values,
        np.array([assistant.present for assistant in scenario.assistants], dtype=bool),
        [assistant.policy for assistant in scenario.assistants],
        setup.ties,
        susceptibility("peer"),
        susceptibility("assistant"),
        np.array([group.adoption for group in groups])[per_human],
        np.array([group.stubbornness for group in groups])[per_human],
        memories=[_first_memory(assistant, setup) for assistant in scenario.assistants],
        of_humans=_first_of_humans(setup.rule, values),
        waiting=[{} for _ in scenario.assistants],
        conversation=setup.channel.conversation(),
    )


def _first_memory(assistant: AssistantSpec, setup: Setup) -> Memory:
    """Return what an assistant remembers at first: nothing, or that it has heard everybody's first values."""
    policy = assistant.policy
    if policy.hears_everybody_first and assistant.start == "population_mean":
        everybody = Observation(setup.initial_values, np.arange(setup.n_humans), 0)
        return apply_policy(
            policy.kind, setup.initial_values[0], everybody, {}, **parameters_of(policy, setup)
        )[1]
    return {}


def kept_arrays(state: State, setup: Setup) -> dict[str, Kept]:
    """Return what is kept from round to round besides values, anchors and assistants' values.

    Named ``assistant/NAME/ARRAY`` for the memory of a policy, ``waiting/NAME/ARRAY`` for what it has yet to
    learn from, ``humans/ARRAY``, and ``conversation/ARRAY``.
    """
    arrays = {f"humans/{name}": array for name, array in state.of_humans.items()}
    for kind, kept in (("assistant", state.memories), ("waiting", state.waiting)):
        for assistant, memory in zip(setup.assistant_names, kept, strict=True):
            arrays |= {f"{kind}/{assistant}/{name}": array for name, array in memory.items()}
    if state.conversation is not None:
        arrays |= {f"conversation/{name}": array for name, array in state.conversation.arrays().items()}
    return arrays


def restore_kept(state: State, setup: Setup, arrays: Mapping[str, Kept]) -> None:
    """Put back what `kept_arrays` returned, instead of what is kept now."""
    state.of_humans = _under("humans/", arrays)
    state.memories = [_remembered(f"assistant/{name}/", arrays) for name in setup.assistant_names]
    state.waiting = [_remembered(f"waiting/{name}/", arrays) for name in setup.assistant_names]
    if state.conversation is not None:
        state.conversation.restore(_under("conversation/", arrays))


def _remembered(place: str, arrays: Mapping[str, Kept]) -> Memory:
    return cast("Memory", _under(place, arrays))


def _under(place: str, arrays: Mapping[str, Kept]) -> dict[str, Kept]:
    return {name.removeprefix(place): array for name, array in arrays.items() if name.startswith(place)}


def _first_of_humans(rule: Rule, values: Floats) -> dict[str, Kept]:
    kept = rule.first_state(values)
    check_state(rule, kept, len(values))
    return dict(kept)


class PolicyInUse(NamedTuple):
    """An assistant's policy as a round applies it.

    Attributes
    ----------
    spec : PolicySpec
        What the scenario says of it.
    kind : str
        As for `coevolve_sim.assistants.policies.apply_policy`.
    parameters : dict of str to object
    looks_at_means : bool
        Whether it looks at no more of what was heard than its mean.
    """

    spec: PolicySpec
    kind: str
    parameters: dict[str, Any]
    looks_at_means: bool


def policy_in_use(which: int, state: State, setup: Setup) -> PolicyInUse:
    """Return an assistant's policy: the one handed over, until it is changed; found once for many rounds."""
    spec, used = state.policies[which], state.in_use.get(which)
    if used is None or used.spec is not spec:
        used = state.in_use[which] = _find_policy(spec, which, setup)
    return used


def _find_policy(spec: PolicySpec, which: int, setup: Setup) -> PolicyInUse:
    assistant = setup.scenario.assistants[which]
    kind: str = spec.kind
    parameters = parameters_of(spec, setup)
    if assistant.name in setup.objects.policies and spec is assistant.policy:
        kind, parameters = HANDED_OVER, {"policy": setup.objects.policies[assistant.name]}
    return PolicyInUse(spec, kind, parameters, looks_at_means(kind, **parameters))


def parameters_of(policy: PolicySpec, setup: Setup) -> dict[str, Any]:
    """Return a policy's parameters, those that are given for each dimension as arrays."""
    return {
        key: np.array(spell_out(given, setup.space.names))
        if isinstance(given, dict) and key != "parameters"
        else given
        for key, given in policy
        if key != "kind"
    }
