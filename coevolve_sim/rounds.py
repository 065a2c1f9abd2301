"""One round, phase by phase, on arrays.

interventions -> history moves -> peers exchange -> humans consult assistants
-> the stubborn go back towards their anchors -> assistants learn

The same code for ten humans and ten million. Every phase draws from a stream named after it and the
round, so a round's draws do not depend on what was drawn before, or on who else is there: a society with
a learning, a frozen and no assistant has the same humans, meeting in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.assistants import Memory, Observation, learned
from coevolve_sim.channels import Scene
from coevolve_sim.errors import RoundError, RuleError
from coevolve_sim.foundation import Foundation, blaming, rewired_network, rewiring_address
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import (
    Heard,
    Listening,
    Meetings,
    hear_alone,
    kept_to,
    moral_argument,
    move,
    passes,
    pooled,
    weighed_with_peers,
    with_noise,
)
from coevolve_sim.rules.exchange import Distance
from coevolve_sim.scenario.parts import GroupConfidence, spelled_out
from coevolve_sim.scenario.study_parts import (
    AssistantPart,
    AttractionRepulsion,
    BayesianTrust,
    BayesianTrustPolicy,
    BringIn,
    ChangeConfidence,
    ChangePolicy,
    FrozenPolicy,
    InterventionPart,
    LifelongPolicy,
    MoralArgument,
    Performative,
    Rewire,
    SelfConsumingPolicy,
    SetValues,
    Shock,
    Withdraw,
)
from coevolve_sim.streams import stream, stream_key
from coevolve_sim.talk import Conversation, Hearing, Utterance

Floats = NDArray[np.float64]
Kept = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.uint8]
Policy = FrozenPolicy | LifelongPolicy | BayesianTrustPolicy | SelfConsumingPolicy

RULE_OPTIONS = ("include_self", "distance", "exposure", "bias", "distance_floor")
"""Keys of a scenario's rule that `coevolve_sim.rules.move` takes as they are."""


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
        anchors in place.
    assistant_values : float64 array, shape (assistants, dimensions)
    present : bool array, shape (assistants,)
        Which assistants can be consulted.
    policies : list
        The policy of each assistant.
    ties : Ties
    peer, assistant : Listening
        How humans listen to peers and to assistants.
    adoption : float64 array, shape (humans,)
        Probability of consulting in a round.
    stubbornness : float64 array, shape (humans,)
        Which part of one's anchor is kept in a round, in [0, 1].
    spare : float64 array, shape (humans, dimensions), or None
        Room for values between two phases of a round, so that it need not be made in every round.
    memories : list of Memory
        What the policy of each assistant keeps from round to round: arrays by name.
    of_humans : dict of str to float64 or int64 array, shape (humans, ...)
        What a rule keeps of humans from round to round besides their values: arrays by name.
    conversation : Conversation or None
        What humans remember of what was said; None where they exchange numbers.
    """

    round_index: int
    values: Floats
    anchors: Floats
    assistant_values: Floats
    present: NDArray[np.bool_]
    policies: list[Policy]
    ties: Ties
    peer: Listening
    assistant: Listening
    adoption: Floats
    stubbornness: Floats
    spare: Floats | None = None
    memories: list[Memory] = field(default_factory=list)
    of_humans: dict[str, Kept] = field(default_factory=dict)
    conversation: Conversation | None = None


@dataclass(frozen=True)
class RoundLog:
    """What happened in a round besides values.

    Attributes
    ----------
    n_consultations : tuple of int
        How many humans consulted each assistant.
    n_clipped : int
        How many values history would have moved out of [0, 1].
    interventions : tuple of str
        What was done to the society, in words.
    said, heard : tuple of Utterance, tuple of Hearing
        What was said in words, and what was made of it.
    """

    n_consultations: tuple[int, ...] = ()
    n_clipped: int = 0
    interventions: tuple[str, ...] = field(default=())
    said: tuple[Utterance, ...] = ()
    heard: tuple[Hearing, ...] = ()


def beginning(foundation: Foundation) -> State:
    """Return the state before the first round."""
    scenario, values = foundation.scenario, foundation.initial_values
    groups, update = scenario.population.groups, scenario.update
    per_human = foundation.group_of

    def listening(source: str) -> Listening:
        def by_group(name: str, fallback: float) -> Floats:
            own = [getattr(getattr(group, name), source) for group in groups]
            return np.array([fallback if number is None else number for number in own])[per_human]

        bound = getattr(getattr(update, "confidence", None), source, None)
        unbounded = np.full(per_human.size, np.inf)
        confidence = unbounded if bound is None else by_group("confidence", bound)
        pace = getattr(getattr(update, "rate", None), source, None)
        repulsion = None
        if isinstance(update, AttractionRepulsion):
            repulsion = _repulsion(update, source, confidence)
        return Listening.of(
            foundation.n_humans,
            confidence=confidence,
            rate=1.0 if pace is None else by_group("rate", pace),
            repulsion=repulsion,
        )

    return State(
        0,
        values.copy(),
        values,
        foundation.initial_assistant_values,
        np.array([assistant.present for assistant in scenario.assistants], dtype=bool),
        [assistant.policy for assistant in scenario.assistants],
        foundation.ties,
        listening("peer"),
        listening("assistant"),
        np.array([group.adoption for group in groups])[per_human],
        np.array([group.stubbornness for group in groups])[per_human],
        memories=[_first_memory(assistant, foundation) for assistant in scenario.assistants],
        of_humans=first_beliefs(values) if isinstance(update, BayesianTrust) else {},
        conversation=foundation.channel.conversation(),
    )


def _first_memory(assistant: AssistantPart, foundation: Foundation) -> Memory:
    """Return what an assistant remembers at first: nothing, or that it has heard everybody's first values."""
    policy = assistant.policy
    if isinstance(policy, BayesianTrustPolicy) and assistant.start == "population_mean":
        everybody = Observation(foundation.initial_values, np.arange(foundation.n_humans), 0)
        return learned(policy.kind, foundation.initial_values[0], everybody, {}, trust=policy.trust)[1]
    return {}


def kept_arrays(state: State, foundation: Foundation) -> dict[str, Kept]:
    """Return what is kept from round to round besides values, anchors and assistants' values.

    Named ``assistant/NAME/ARRAY`` for the memory of a policy, ``humans/ARRAY``, and ``conversation/ARRAY``.
    """
    arrays = {f"humans/{name}": array for name, array in state.of_humans.items()}
    for assistant, memory in zip(foundation.assistant_names, state.memories, strict=True):
        arrays |= {f"assistant/{assistant}/{name}": array for name, array in memory.items()}
    if state.conversation is not None:
        arrays |= {f"conversation/{name}": array for name, array in state.conversation.arrays().items()}
    return arrays


def restore_kept(state: State, foundation: Foundation, arrays: Mapping[str, Kept]) -> None:
    """Put back what `kept_arrays` returned, instead of what is kept now."""
    state.of_humans = _below("humans/", arrays)
    state.memories = [
        cast("Memory", _below(f"assistant/{name}/", arrays)) for name in foundation.assistant_names
    ]
    if state.conversation is not None:
        state.conversation.restore(_below("conversation/", arrays))


def _below(place: str, arrays: Mapping[str, Kept]) -> dict[str, Kept]:
    return {name.removeprefix(place): array for name, array in arrays.items() if name.startswith(place)}


def _repulsion(update: AttractionRepulsion, source: str, confidence: Floats) -> Floats:
    """Return the distance beyond which each human is repelled: as confidence where not given."""
    beyond = getattr(update.repulsion, source)
    return confidence if beyond is None else np.maximum(confidence, beyond)


def advance(state: State, foundation: Foundation) -> RoundLog:
    """Run one round, changing the state in place.

    Raises
    ------
    RoundError
        If a value is no longer finite: names human, dimension, rule and round.
    ScenarioError
        If an intervention cannot be.
    """
    round_index = state.round_index + 1
    done = tuple(intervene(state, foundation, round_index))
    scene = Scene(round_index, foundation.channel.topics(round_index), state.conversation)
    n_clipped = move_with_history(state, foundation, round_index)
    try:
        exchange_among_peers(state, foundation, scene)
    except RuleError:
        check(state, foundation, round_index)
        raise
    consultations = consult(state, foundation, scene)
    state.values = kept_to(state.anchors, state.values, state.stubbornness)
    learn(state, consultations)
    check(state, foundation, round_index)
    state.round_index = round_index
    counts = tuple(len(observation.humans) for observation in consultations)
    said, heard = ((), ()) if state.conversation is None else state.conversation.taken()
    return RoundLog(counts, n_clipped, done, said, heard)


# --- interventions -------------------------------------------------------------------------------


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
                beyond = _repulsion(update, source, changed.confidence)
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


# --- history -------------------------------------------------------------------------------------


def move_with_history(state: State, foundation: Foundation, round_index: int) -> int:
    """Let history move everybody; return how many values it would have moved out of [0, 1].

    shift: ``x += a(now) - a(before)``, and anchors likewise, since it is the ground that moves.
    attract: ``x += pull * (a(now) - x)``.
    """
    spec = foundation.scenario.history
    if foundation.history is None or spec.kind == "none" or spec.effect == "none":
        return 0
    now = foundation.history.at(foundation.era_position(round_index))
    before = foundation.history.at(foundation.era_position(round_index - 1))
    if spec.effect == "attract":
        state.values = np.clip(state.values + spec.pull * (now - state.values), 0.0, 1.0)
        return 0
    change = now - before
    if not change.any():
        return 0
    if state.spare is None:
        state.spare = np.empty_like(state.values)
    n_clipped = int(passes.shift(state.values, change, state.spare))
    state.values = state.spare
    if state.anchors is foundation.initial_values:
        state.anchors = state.anchors.copy()
    passes.shift(state.anchors, change, state.anchors)
    return n_clipped


# --- exchange ------------------------------------------------------------------------------------


def exchange_among_peers(state: State, foundation: Foundation, scene: Scene) -> None:
    """Let humans exchange views with each other, by the scenario's rule, on the round's topics."""
    update, seed, names = foundation.scenario.update, foundation.scenario.seed, foundation.space.names
    heard = foundation.channel.among_humans(state.values, state.ties, scene)
    held = _columns(state.values, scene.topics)
    ties = state.ties if heard.ties is None else heard.ties
    if isinstance(update, MoralArgument):
        moved = moral_argument(
            held,
            ties,
            np.isin(foundation.group_of, [foundation.group_names.index(name) for name in update.liberals]),
            _columns(np.array(spelled_out(update.persuasion_for, names)), scene.topics),
            _columns(np.array(spelled_out(update.persuasion_against, names)), scene.topics),
            exposure_of_liberals=update.exposure_of_liberals,
            exposure_of_conservatives=update.exposure_of_conservatives,
            following=update.following,
            heard=heard,
        )
    elif isinstance(update, BayesianTrust):
        moved = weigh_evidence(state, foundation, update, heard, scene.round_index)
    elif isinstance(update, Performative):
        moved = state.anchors.copy()
    else:
        meetings = None
        if update.schedule == "pairwise":
            n_encounters = round(update.encounters_per_human * foundation.n_humans)
            meetings = Meetings(n_encounters, stream_key(seed, "encounters", scene.round_index))
        moved = move(
            foundation.rule,
            held,
            ties,
            state.peer,
            heard=heard,
            meetings=meetings,
            **{name: getattr(update, name) for name in RULE_OPTIONS if name in type(update).model_fields},
        )
    state.values = _with_columns(state.values, scene.topics, moved)
    if update.noise > 0.0:
        noise = stream(seed, "noise", scene.round_index).normal(0.0, update.noise, state.values.shape)
        state.values = with_noise(state.values, noise)


def _columns(array: Floats, topics: NDArray[np.intp] | None) -> Floats:
    """Return the columns of the topics, or the array itself where all dimensions are spoken of."""
    return array if topics is None else np.ascontiguousarray(array[..., topics])


def _with_columns(array: Floats, topics: NDArray[np.intp] | None, columns: Floats) -> Floats:
    if topics is None:
        return columns
    whole = array.copy()
    whole[:, topics] = columns
    return whole


def consult(state: State, foundation: Foundation, scene: Scene) -> list[Observation]:
    """Let humans consult assistants; return what each assistant heard.

    Each human consults with the probability of its adoption one of the assistants that are there, each as
    likely. Both speak as they entered the consultation: the assistant hears what the human held before
    it was influenced. Under a rule that answers (`coevolve_sim.rules.Rule.answers`), it hears what the human
    made of its words. Values are changed in place: the exchange before has made them anew.
    """
    nobody = np.empty(0, dtype=np.intp)
    present = np.flatnonzero(state.present)
    rng = stream(foundation.scenario.seed, "consult", scene.round_index)
    willing, choice = rng.random(foundation.n_humans), rng.random(foundation.n_humans)
    humans = np.flatnonzero(willing < state.adoption) if present.size else nobody
    chosen = present[(choice[humans] * present.size).astype(np.intp)] if present.size else nobody
    if foundation.rule.answers:
        _be_told(state, foundation, humans, chosen, present, scene)
    told = foundation.channel.from_humans(state.values, humans, chosen, scene)
    observations = [
        _observed(state, foundation, told, humans, chosen, which, scene)
        for which in range(len(state.policies))
    ]
    if not foundation.rule.answers:
        _be_told(state, foundation, humans, chosen, present, scene)
    return observations


def _observed(
    state: State,
    foundation: Foundation,
    told: Floats,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    which: int,
    scene: Scene,
) -> Observation:
    """Return what one assistant heard of those who chose it.

    On what was not spoken of, people count as standing where the assistant does.
    """
    claimed = state.of_humans.get("log_precision")
    log_precision = None if claimed is None else np.asarray(claimed, dtype=np.float64)
    by = chosen == which
    if scene.topics is not None:
        by = by & np.isfinite(told).all(axis=1)
        own = np.broadcast_to(state.assistant_values[which], (len(told), state.values.shape[1]))
        told = _with_columns(own, scene.topics, told)
    if not by.all():
        told, humans = told[by], humans[by]
    return Observation(
        told,
        humans,
        scene.round_index,
        None if log_precision is None else log_precision[humans],
        foundation.scenario.seed,
        foundation.assistant_names[which],
    )


def _be_told(
    state: State,
    foundation: Foundation,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    present: NDArray[np.intp],
    scene: Scene,
) -> None:
    """Let those who consult hear what the assistant they chose says, and move by it."""
    update = foundation.scenario.update
    if humans.size:
        spoken = state.assistant_values[chosen] if present.size > 1 else state.assistant_values[present]
        spoken = np.broadcast_to(spoken, (humans.size, spoken.shape[1]))
        heard = foundation.channel.from_assistants(spoken, humans, chosen, scene)
        if isinstance(update, BayesianTrust):
            be_told_beliefs(state, humans, heard, claimed_log_precision(state)[chosen])
        elif isinstance(update, Performative):
            state.values[humans] = np.clip(state.values[humans] + update.sensitivity * heard, 0.0, 1.0)
        else:
            _move_towards_assistants(state, foundation, humans, heard, scene)
    if isinstance(update, BayesianTrust):
        weigh_what_was_told(state, update)


def _move_towards_assistants(
    state: State, foundation: Foundation, humans: NDArray[np.intp], heard: Floats, scene: Scene
) -> None:
    """Move those who consulted by what they heard, on the round's topics; what did not get through, not."""
    distance: Distance = getattr(foundation.scenario.update, "distance", "joint")
    if scene.topics is None:
        hear_alone(state.values, humans, heard, state.assistant, state.anchors, distance)
        return
    through = np.isfinite(heard).all(axis=1)
    held, anchors = _columns(state.values, scene.topics), _columns(state.anchors, scene.topics)
    hear_alone(held, humans[through], heard[through], state.assistant, anchors, distance)
    state.values[:, scene.topics] = held


# --- beliefs with a precision --------------------------------------------------------------------


def first_beliefs(values: Floats) -> dict[str, Kept]:
    """Return what is kept of humans under `BayesianTrust` before the first round.

    ``log_precision``, of one's belief: of one piece of evidence. ``evidence``, the mean of all pieces so far:
    the first values. ``told_log_precision`` and ``told``, what an assistant last said: nothing yet.
    """
    n_humans = len(values)
    return {
        "log_precision": np.zeros(n_humans),
        "evidence": values.copy(),
        "told_log_precision": np.full(n_humans, -np.inf),
        "told": np.zeros_like(values),
    }


def weigh_evidence(
    state: State, foundation: Foundation, update: BayesianTrust, heard: Heard, round_index: int
) -> Floats:
    """Weigh all evidence up to the round before with what peers believed then; then a piece more is seen.

    Returns what everybody believes now.

    In round r there are r pieces: the first values, and one of each round before.
    """
    kept = state.of_humans
    evidence = np.asarray(kept["evidence"], dtype=np.float64)
    log_precision, means = weighed_with_peers(
        np.full(foundation.n_humans, np.log(round_index)),
        evidence,
        np.asarray(kept["log_precision"], dtype=np.float64),
        heard,
        state.ties,
        update.trust.peer,
    )
    truth = np.array(spelled_out(update.truth, foundation.space.names))
    draws = stream(foundation.scenario.seed, "evidence", round_index)
    seen = draws.normal(truth, update.evidence_sd, evidence.shape)
    state.of_humans = {
        **kept,
        "log_precision": log_precision,
        "evidence": evidence + (seen - evidence) / (round_index + 1.0),
    }
    return means


def claimed_log_precision(state: State) -> Floats:
    """Return the logarithm of the precision that each assistant claims: of one piece where it claims none."""
    return np.array([float(memory.get("log_precision", np.zeros(1))[0]) for memory in state.memories])


def be_told_beliefs(state: State, humans: NDArray[np.intp], heard: Floats, log_precision: Floats) -> None:
    """Let some humans remember what an assistant said, in place of what one said before."""
    told_log_precision, told = (state.of_humans[name].copy() for name in ("told_log_precision", "told"))
    told_log_precision[humans], told[humans] = log_precision, heard
    state.of_humans = {**state.of_humans, "told_log_precision": told_log_precision, "told": told}


def weigh_what_was_told(state: State, update: BayesianTrust) -> None:
    """Weigh everybody's belief with what an assistant last said."""
    kept = {name: np.asarray(array, dtype=np.float64) for name, array in state.of_humans.items()}
    with np.errstate(divide="ignore"):
        trusted = kept["told_log_precision"] + np.log(update.trust.assistant)
    log_precision, means = pooled(kept["log_precision"], state.values, trusted, kept["told"])
    state.of_humans = {**state.of_humans, "log_precision": log_precision}
    state.values = np.clip(means, 0.0, 1.0)


def learn(state: State, observations: list[Observation]) -> None:
    """Let every assistant that is there learn from what it heard."""
    learning, memories = state.assistant_values.copy(), [*state.memories]
    for which, (policy, observation) in enumerate(zip(state.policies, observations, strict=True)):
        if state.present[which]:
            with blaming("assistants", which, "policy"):
                learning[which], memories[which] = learned(
                    policy.kind,
                    state.assistant_values[which],
                    observation,
                    memories[which],
                    **policy.model_dump(exclude={"kind"}),
                )
    state.assistant_values, state.memories = learning, memories


def check(state: State, foundation: Foundation, round_index: int) -> None:
    """Stop a round in which a value is no longer finite.

    Raises
    ------
    RoundError
        Names human, dimension, rule and round.
    """
    if not passes.all_finite(state.values):
        human, dimension = (int(i) for i in np.argwhere(~np.isfinite(state.values))[0])
        raise RoundError(
            f"round {round_index}: values of human {human} are {state.values[human, dimension]} in dimension "
            f"'{foundation.space.names[dimension]}' under rule {foundation.rule.name}; "
            f"the {round_index - 1} rounds before it stand"
        )
