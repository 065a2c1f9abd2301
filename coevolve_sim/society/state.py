"""The state of a society: what rounds change, its beginning, and the arrays kept to resume from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.assistants.continuity import empty_memory
from coevolve_sim.assistants.policies import Memory, Observation, apply_policy, looks_at_means, speaks_to_each
from coevolve_sim.assistants.policies.custom import HANDED_OVER
from coevolve_sim.language import Conversation
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Susceptibility, passes
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.process_specs import AssistantSpec, ContinuitySpec
from coevolve_sim.society.adversaries import COUNTS, Counts, count_nothing
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.trust import NOT_PLAYED, keep_trust, restore_trust
from coevolve_sim.threads import run_in_blocks
from coevolve_sim.values.naming import spell_out


@dataclass
class State:
    """Everything that changes from round to round.

    Attributes
    ----------
    round_index : int
        Number of rounds finished.
    values, anchors : float64 arrays, shape (humans, dimensions)
        Values, and the anchors of the stubborn: initial values, moved along by history and shocks. Every
        round makes a new array of values, so that those of a finished round stay unchanged; history moves
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
        Weight of the anchor in a round, in [0, 1].
    spare : float64 array, shape (humans, dimensions), or None
        Buffer for values between two phases of a round, so that none is allocated in every round.
    summed : tuple of float64 array (humans, dimensions) and float64 array (groups, dimensions), or None
        The values whose group means were computed last, and these means.
    last_anchors, anchor_changes : float64 array, shape (humans, dimensions), and list of (dimensions,)
        Anchors as last read, and the moves of history since then. Most societies have nobody stubborn and
        read anchors once in many rounds; then one pass applies all pending moves.
    memories : list of Memory
        What the policy of each assistant keeps from round to round: arrays by name.
    of_humans : dict of str to float64 or int64 array, shape (humans, ...)
        What is kept of humans from round to round besides their values: arrays by name. ``assistant`` is the
        assistant that each loyal human has, -1 for none.
    waiting : list of Memory
        Observations of each assistant that wait out its delay.
    continuity : dict of int to ContinuitySpec
        The continuity of each assistant that goes on with people's text in some round, by its number.
    continued : dict of int to Memory
        What each of these remembers of people; see `coevolve_sim.assistants.continuity`.
    in_use : dict of int to PolicyInUse
        The policy of each assistant as last applied; looked up again when an intervention changes it.
    played : GameCounts or None
        What was counted when games were last played; None where a scenario has none. Trust is the weights of
        ``ties``.
    conversation : Conversation or None
        The messages that humans remember; None with a numeric channel.
    counts : dict of str to int64 array
        What came of attacks and other consultations since the beginning; see
        `coevolve_sim.society.adversaries.count_nothing`.
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
    continuity: dict[int, ContinuitySpec] = field(default_factory=dict)
    continued: dict[int, Memory] = field(default_factory=dict)
    summed: tuple[Floats, Floats] | None = None
    anchor_changes: list[Floats] = field(default_factory=list)
    in_use: dict[int, PolicyInUse] = field(default_factory=dict)
    played: GameCounts | None = None
    counts: Counts = field(default_factory=dict)

    @property
    def anchors(self) -> Floats:
        """Anchors of the stubborn, with all pending moves of history applied."""
        if self.anchor_changes:
            changes, shape = np.array(self.anchor_changes), self.last_anchors.shape
            run_in_blocks(passes.shift_in_turn, shape[0], changes.size, self.last_anchors, changes)
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
        confidence = setup.traits.get(f"confidence.{source}", confidence)
        pace = getattr(getattr(update, "rate", None), source, None)
        return Susceptibility.of(
            setup.n_humans,
            confidence=confidence,
            rate=1.0 if pace is None else by_group("rate", pace),
            repulsion=setup.rule.repels_beyond(source, confidence),
        )

    continuity = setup.continuity
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
        setup.traits.get("adoption", np.array([group.adoption for group in groups])[per_human]),
        setup.traits.get("stubbornness", np.array([group.stubbornness for group in groups])[per_human]),
        memories=[_first_memory(assistant, setup) for assistant in scenario.assistants],
        of_humans=setup.rule.first_state(values),
        waiting=[{} for _ in scenario.assistants],
        conversation=setup.channel.conversation(),
        continuity=continuity,
        continued={which: _empty_memory(spec, setup) for which, spec in continuity.items()},
        played=None if scenario.games is None else NOT_PLAYED,
        counts=count_nothing(scenario),
    )


def _empty_memory(spec: ContinuitySpec, setup: Setup) -> Memory:
    return empty_memory(setup.n_humans, setup.space.n_dimensions, spec.window, answers=spec.self > 0.0)


def _first_memory(assistant: AssistantSpec, setup: Setup) -> Memory:
    """Return an assistant's first memory: empty, or as if it had observed everybody's initial values."""
    policy = assistant.policy
    if policy.hears_everybody_first and assistant.start == "population_mean":
        everybody = Observation(setup.initial_values, np.arange(setup.n_humans), 0)
        return apply_policy(
            policy.kind, setup.initial_values[0], everybody, {}, **parameters_of(policy, setup)
        )[1]
    return {}


def kept_arrays(state: State, setup: Setup) -> dict[str, Kept]:
    """Return the state's arrays by name, besides values, anchors and assistants' values, for a checkpoint.

    Names are ``assistant/NAME/ARRAY`` for the memory of a policy, ``waiting/NAME/ARRAY`` for observations
    that wait, ``continued/NAME/ARRAY`` for what an assistant goes on with, ``humans/ARRAY``,
    ``games/trust`` and ``games/played``, ``guards/ARRAY`` for what came of attacks and other consultations,
    and ``conversation/ARRAY``.
    """
    arrays = {f"humans/{name}": array for name, array in state.of_humans.items()}
    for kind, kept in (("assistant", state.memories), ("waiting", state.waiting)):
        for assistant, memory in zip(setup.assistant_names, kept, strict=True):
            arrays |= {f"{kind}/{assistant}/{name}": array for name, array in memory.items()}
    for which, memory in state.continued.items():
        place = f"continued/{setup.assistant_names[which]}"
        arrays |= {f"{place}/{name}": array for name, array in memory.items()}
    arrays |= keep_trust(state.ties, state.played)
    arrays |= {f"{COUNTS}{name}": array for name, array in state.counts.items()}
    if state.conversation is not None:
        arrays |= {f"conversation/{name}": array for name, array in state.conversation.arrays().items()}
    return arrays


def restore_kept(state: State, setup: Setup, arrays: Mapping[str, Kept]) -> None:
    """Restore what `kept_arrays` returned, replacing the present arrays."""
    state.of_humans = _arrays_under("humans/", arrays)
    state.memories = [_memory_under(f"assistant/{name}/", arrays) for name in setup.assistant_names]
    state.waiting = [_memory_under(f"waiting/{name}/", arrays) for name in setup.assistant_names]
    for which in state.continued:
        found = _memory_under(f"continued/{setup.assistant_names[which]}/", arrays)
        state.continued[which] = {**state.continued[which], **found}
    state.ties, state.played = restore_trust(state.ties, state.played, arrays)
    state.counts |= _arrays_under(COUNTS, arrays)
    if state.conversation is not None:
        state.conversation.restore(_arrays_under("conversation/", arrays))


def _memory_under(place: str, arrays: Mapping[str, Kept]) -> Memory:
    return cast("Memory", _arrays_under(place, arrays))


def _arrays_under(place: str, arrays: Mapping[str, Kept]) -> dict[str, Kept]:
    return {name.removeprefix(place): array for name, array in arrays.items() if name.startswith(place)}


class PolicyInUse(NamedTuple):
    """An assistant's policy as a round applies it.

    Attributes
    ----------
    spec : PolicySpec
        The policy in the scenario.
    kind : str
        As for `coevolve_sim.assistants.policies.apply_policy`.
    parameters : dict of str to object
        The policy's parameters, those given by dimension as arrays.
    looks_at_means : bool
        Whether it uses nothing but the mean of an observation.
    speaks_to_each : bool
        Whether it says something of its own to each listener.
    """

    spec: PolicySpec
    kind: str
    parameters: dict[str, Any]
    looks_at_means: bool
    speaks_to_each: bool


def policy_in_use(which: int, state: State, setup: Setup) -> PolicyInUse:
    """Return an assistant's policy, looked up once and kept for later rounds.

    A policy handed over from Python is in use until an intervention changes the assistant's policy.
    """
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
    return PolicyInUse(
        spec, kind, parameters, looks_at_means(kind, **parameters), speaks_to_each(kind, **parameters)
    )


def parameters_of(policy: PolicySpec, setup: Setup) -> dict[str, Any]:
    """Return a policy's parameters, with those given by dimension as arrays."""
    return {
        key: np.array(spell_out(given, setup.space.names))
        if isinstance(given, dict) and key != "parameters"
        else given
        for key, given in policy
        if key != "kind"
    }
