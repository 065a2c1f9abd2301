"""One round, phase by phase, on arrays.

interventions -> history moves -> peers exchange -> humans consult assistants
-> the stubborn go back towards their anchors -> assistants learn

The same code for ten humans and ten million. Every phase draws from a stream named after it and the
round, so a round's draws do not depend on what was drawn before, or on who else is there: a society with
a learning, a frozen and no assistant has the same humans, meeting in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.assistants import LOOK_AT_MEANS, Observation, learned
from coevolve_sim.errors import RoundError, RuleError
from coevolve_sim.foundation import Foundation, blaming, rewired_network, rewiring_address
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import (
    Listening,
    Meetings,
    hear_alone,
    kept_to,
    moral_argument,
    move,
    passes,
    with_noise,
)
from coevolve_sim.rules.exchange import Distance
from coevolve_sim.scenario.parts import GroupConfidence, spelled_out
from coevolve_sim.scenario.study_parts import (
    AttractionRepulsion,
    BringIn,
    ChangeConfidence,
    ChangePolicy,
    FrozenPolicy,
    InterventionPart,
    LifelongPolicy,
    MoralArgument,
    Rewire,
    SetValues,
    Shock,
    Withdraw,
)
from coevolve_sim.streams import stream, stream_key

Floats = NDArray[np.float64]
Policy = FrozenPolicy | LifelongPolicy

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
        anchors in place, when they are next read.
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
    summed : tuple of float64 array (humans, dimensions) and float64 array (groups, dimensions), or None
        The values that were last looked at, and the mean of each group that was found in passing.
    last_anchors, anchor_changes : float64 array, shape (humans, dimensions), and list of (dimensions,)
        Anchors as they were last read, and by what history has moved them since: most societies have nobody
        who is stubborn and read them once in many rounds, and one pass makes up for all of these.
    """

    round_index: int
    values: Floats
    last_anchors: Floats
    assistant_values: Floats
    present: NDArray[np.bool_]
    policies: list[Policy]
    ties: Ties
    peer: Listening
    assistant: Listening
    adoption: Floats
    stubbornness: Floats
    spare: Floats | None = None
    summed: tuple[Floats, Floats] | None = None
    anchor_changes: list[Floats] = field(default_factory=list)

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
    """

    n_consultations: tuple[int, ...] = ()
    n_clipped: int = 0
    interventions: tuple[str, ...] = field(default=())


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
        pace = getattr(update.rate, source, None)
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
    )


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
    said = tuple(intervene(state, foundation, round_index))
    n_clipped = move_with_history(state, foundation, round_index)
    try:
        exchange_among_peers(state, foundation, round_index)
    except RuleError:
        check(state, foundation, round_index)
        raise
    consultations = consult(state, foundation, round_index)
    if state.stubbornness.any():
        state.values = kept_to(state.anchors, state.values, state.stubbornness)
    learn(state, consultations)
    check(state, foundation, round_index)
    state.round_index = round_index
    counts = tuple(len(observation.humans) for observation in consultations)
    return RoundLog(counts, n_clipped, said)


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
    if state.last_anchors is foundation.initial_values:
        state.last_anchors = state.last_anchors.copy()
    state.anchor_changes.append(change)
    return n_clipped


# --- exchange ------------------------------------------------------------------------------------


def exchange_among_peers(state: State, foundation: Foundation, round_index: int) -> None:
    """Let humans exchange views with each other, by the scenario's rule."""
    update, seed = foundation.scenario.update, foundation.scenario.seed
    heard = foundation.channel.among_humans(state.values, state.ties, round_index)
    if isinstance(update, MoralArgument):
        state.values = moral_argument(
            state.values,
            state.ties,
            np.isin(foundation.group_of, [foundation.group_names.index(name) for name in update.liberals]),
            np.array(spelled_out(update.persuasion_for, foundation.space.names)),
            np.array(spelled_out(update.persuasion_against, foundation.space.names)),
            exposure_of_liberals=update.exposure_of_liberals,
            exposure_of_conservatives=update.exposure_of_conservatives,
            following=update.following,
            heard=heard,
        )
    else:
        meetings = None
        if update.schedule == "pairwise":
            n_encounters = round(update.encounters_per_human * foundation.n_humans)
            meetings = Meetings(n_encounters, stream_key(seed, "encounters", round_index))
        state.values = move(
            foundation.rule,
            state.values,
            state.ties,
            state.peer,
            heard=heard,
            meetings=meetings,
            **{name: getattr(update, name) for name in RULE_OPTIONS if name in type(update).model_fields},
        )
    if update.noise > 0.0:
        noise = stream(seed, "noise", round_index).normal(0.0, update.noise, state.values.shape)
        state.values = with_noise(state.values, noise)


def consult(state: State, foundation: Foundation, round_index: int) -> list[Observation]:
    """Let humans consult assistants; return what each assistant heard.

    Each human consults with the probability of its adoption one of the assistants that are there, each as
    likely. Both speak as they entered the consultation: the assistant hears what the human held before
    it was influenced. Values are changed in place: the exchange before has made them anew.
    """
    humans, chosen = _who_consults(state, foundation, round_index)
    distance: Distance = getattr(foundation.scenario.update, "distance", "joint")
    if _means_are_enough(state, foundation):
        return _consult_in_one_pass(state, humans, chosen, distance, round_index)
    told = foundation.channel.from_humans(state.values, humans, round_index)
    observations = [
        _observed(told, humans, chosen == which, round_index) for which in range(len(state.policies))
    ]
    if humans.size:
        spoken = state.assistant_values[chosen]
        heard = foundation.channel.from_assistants(spoken, humans, round_index)
        hear_alone(state.values, humans, heard, state.assistant, _anchors_of_listening(state), distance)
    return observations


def _anchors_of_listening(state: State) -> Floats:
    """Return anchors for those who hear assistants; not read where none is stubborn."""
    return state.anchors if state.assistant.stubbornness.any() else state.last_anchors


def _who_consults(
    state: State, foundation: Foundation, round_index: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return who consults, ascending, and the assistant each of them chose."""
    present = np.flatnonzero(state.present)
    if not present.size:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    rng = stream(foundation.scenario.seed, "consult", round_index)
    humans = np.flatnonzero(rng.random(foundation.n_humans) < state.adoption)
    if present.size == 1:
        return humans, np.full(humans.size, present[0])
    choice = rng.random(foundation.n_humans)[humans]
    return humans, present[(choice * present.size).astype(np.intp)]


def _means_are_enough(state: State, foundation: Foundation) -> bool:
    """Return whether what assistants hear need only be added up: exactly heard, and used as a mean.

    One dimension is left to NumPy, which adds up a single column in another order.
    """
    exact = getattr(foundation.channel, "is_exact", False)
    looking = {policy.kind for policy in state.policies}
    return bool(exact and looking <= LOOK_AT_MEANS and foundation.space.n_dimensions > 1)


def _consult_in_one_pass(
    state: State, humans: NDArray[np.intp], chosen: NDArray[np.intp], distance: Distance, round_index: int
) -> list[Observation]:
    """Let humans hear the assistants they chose; return observations with means alone."""
    told, said = np.zeros_like(state.assistant_values), state.assistant_values
    listening, anchors = state.assistant, _anchors_of_listening(state)
    hear_alone(state.values, humans, said, listening, anchors, distance, speakers=chosen, told=told)
    observations = []
    for which in range(len(said)):
        by = chosen == which
        own = humans if by.all() else humans[by]
        mean = told[which] / own.size if own.size else None
        observations.append(Observation(told[:0], own, round_index, mean))
    return observations


def _observed(told: Floats, humans: NDArray[np.intp], by: NDArray[np.bool_], round_index: int) -> Observation:
    if by.all():
        return Observation(told, humans, round_index)
    return Observation(told[by], humans[by], round_index)


def learn(state: State, observations: list[Observation]) -> None:
    """Let every assistant that is there learn from what it heard."""
    learning = state.assistant_values.copy()
    for which, (policy, observation) in enumerate(zip(state.policies, observations, strict=True)):
        if state.present[which]:
            with blaming("assistants", which, "policy"):
                learning[which] = learned(
                    policy.kind, learning[which], observation, **policy.model_dump(exclude={"kind"})
                )
    state.assistant_values = learning


def check(state: State, foundation: Foundation, round_index: int) -> None:
    """Stop a round in which a value is no longer finite: the sums of groups, kept for the record, tell.

    Raises
    ------
    RoundError
        Names human, dimension, rule and round.
    """
    means = means_of_groups(state.values, foundation)
    state.summed = (state.values, means)
    if not np.isfinite(means).all() and not passes.all_finite(state.values):
        human, dimension = (int(i) for i in np.argwhere(~np.isfinite(state.values))[0])
        raise RoundError(
            f"round {round_index}: values of human {human} are {state.values[human, dimension]} in dimension "
            f"'{foundation.space.names[dimension]}' under rule {foundation.rule.name}; "
            f"the {round_index - 1} rounds before it stand"
        )


def means_of_groups(values: Floats, foundation: Foundation) -> Floats:
    """Return the mean values of each group, shape (groups, dimensions)."""
    sums, sizes = passes.sums_of_groups(values, foundation.group_of, len(foundation.group_names))
    means: Floats = sums / sizes[:, None]
    return means
