"""One round, phase by phase, on arrays.

interventions -> history moves -> peers exchange -> humans consult assistants
-> the stubborn go back towards their anchors -> assistants learn

The same code for ten humans and ten million. Every phase draws from a stream named after it and the
round, so a round's draws do not depend on what was drawn before, or on who else is there: a society with
a learning, a frozen and no assistant has the same humans, meeting in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.assistants.policies import Memory, Observation, learned
from coevolve_sim.errors import MindError, RoundError, RuleError
from coevolve_sim.language import Hearing, Utterance
from coevolve_sim.minds.replay import Lesson
from coevolve_sim.rules import Meetings, kept_to, moral_argument, move, passes, with_noise
from coevolve_sim.rules.channel import Scene, columns_of, with_columns
from coevolve_sim.scenario.policy_specs import WeightsPolicy
from coevolve_sim.scenario.process_specs import BayesianTrust, MoralArgument, Performative
from coevolve_sim.scenario.spec import spelled_out
from coevolve_sim.society.consultation import consult
from coevolve_sim.society.interventions import intervene
from coevolve_sim.society.setup import Foundation, blaming
from coevolve_sim.society.state import Floats, State, parameters_of
from coevolve_sim.society.trust_state import weigh_evidence
from coevolve_sim.society.tuned_assistants import known
from coevolve_sim.streams import stream, stream_key

RULE_OPTIONS = ("include_self", "distance", "exposure", "bias", "distance_floor")
"""Keys of a scenario's rule that `coevolve_sim.rules.move` takes as they are."""


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
    lessons : tuple of Lesson
        What became of the weights of assistants that learnt by them, in the order of assistants.
    """

    n_consultations: tuple[int, ...] = ()
    n_clipped: int = 0
    interventions: tuple[str, ...] = field(default=())
    said: tuple[Utterance, ...] = ()
    heard: tuple[Hearing, ...] = ()
    lessons: tuple[Lesson, ...] = ()


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
    counts, observations = consult(state, foundation, scene)
    if state.stubbornness.any():
        state.values = kept_to(state.anchors, state.values, state.stubbornness)
    lessons = learn(state, foundation, observations)
    check(state, foundation, round_index)
    state.round_index = round_index
    said, heard = ((), ()) if state.conversation is None else state.conversation.taken()
    return RoundLog(counts, n_clipped, done, said, heard, tuple(lessons))


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


def exchange_among_peers(state: State, foundation: Foundation, scene: Scene) -> None:
    """Let humans exchange views with each other, by the scenario's rule, on the round's topics."""
    update, seed, names = foundation.scenario.update, foundation.scenario.seed, foundation.space.names
    heard = foundation.channel.among_humans(state.values, state.ties, scene)
    held = columns_of(state.values, scene.topics)
    ties = state.ties if heard.ties is None else heard.ties
    if isinstance(update, MoralArgument):
        moved = moral_argument(
            held,
            ties,
            np.isin(foundation.group_of, [foundation.group_names.index(name) for name in update.liberals]),
            columns_of(np.array(spelled_out(update.persuasion_for, names)), scene.topics),
            columns_of(np.array(spelled_out(update.persuasion_against, names)), scene.topics),
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
    state.values = with_columns(state.values, scene.topics, moved)
    if update.noise > 0.0:
        noise = stream(seed, "noise", scene.round_index).normal(0.0, update.noise, state.values.shape)
        state.values = with_noise(state.values, noise)


# --- learning and checking -----------------------------------------------------------------------


def learn(state: State, foundation: Foundation, observations: list[Observation]) -> list[Lesson]:
    """Let every assistant that is there learn from what it heard; return what became of weights."""
    learning, memories = state.assistant_values.copy(), [*state.memories]
    lessons: list[Lesson] = []
    for which, (policy, observation) in enumerate(zip(state.policies, observations, strict=True)):
        if state.present[which]:
            with blaming("assistants", which, "policy"):
                if isinstance(policy, WeightsPolicy):
                    learning[which], memories[which], lesson = _learnt_by_weights(
                        which, policy, state, foundation, observation
                    )
                    lessons += [] if lesson is None else [lesson]
                    continue
                learning[which], memories[which] = learned(
                    policy.kind,
                    state.assistant_values[which],
                    observation,
                    memories[which],
                    **parameters_of(policy, foundation),
                )
    state.assistant_values, state.memories = learning, memories
    return lessons


def begin_with_weights(state: State, foundation: Foundation) -> None:
    """Let assistants whose weights learn go back to where they were; before the first round, hear them.

    Raises
    ------
    MindError
        If a mind cannot be asked, or nothing on a dimension that an assistant says at first can be read.
    """
    weights = foundation.weights
    if weights is None:
        return
    weights.begin({which: len(state.memories[which].get("rounds", ())) for which in weights.policies})
    if state.round_index == 0:
        state.assistant_values = state.assistant_values.copy()
        for which in weights.policies:
            said = weights.said(which)
            unheard = [foundation.space.names[d] for d in np.flatnonzero(np.isnan(said))]
            if unheard:
                raise MindError(
                    f"assistant '{foundation.assistant_names[which]}' has values from what it says only, and "
                    f"no message of it on {', '.join(unheard)} could be read; take another mind, or other "
                    "dimensions"
                )
            state.assistant_values[which] = said


def _learnt_by_weights(
    which: int, policy: WeightsPolicy, state: State, foundation: Foundation, observation: Observation
) -> tuple[Floats, Memory, Lesson | None]:
    """Return what an assistant holds whose weights learn, what it keeps in mind, and the lesson, if any.

    In mind it keeps ``humans``, who consulted it since it last learnt, and ``rounds``, in which it learnt.
    """
    values, memory = state.assistant_values[which], state.memories[which]
    round_index = state.round_index + 1
    humans = np.union1d(memory.get("humans", np.empty(0, np.int64)), observation.humans).astype(np.int64)
    rounds = memory.get("rounds", np.empty(0, np.int64)).astype(np.int64)
    lesson = None
    if foundation.weights is not None and round_index % policy.every == 0 and humans.size:
        said, lesson = foundation.weights.learn(which, rounds.size + 1, humans.tolist(), state.values)
        values, rounds = known(values, said), np.append(rounds, round_index)
        humans = humans[:0]
    return values, {"humans": humans, "rounds": rounds}, lesson


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
