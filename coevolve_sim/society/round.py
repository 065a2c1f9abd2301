"""One round, phase by phase, on arrays.

interventions -> a drive moves its assistant -> history moves -> peers exchange -> outlets are heard
-> humans consult assistants -> the stubborn go back towards their anchors
-> humans of a class of the user's own act -> assistants learn -> tied people play games

The code is the same for ten humans and ten million. Every phase draws from a stream named after it and the
round, so a round's draws depend neither on earlier draws nor on who else is present: societies with a
learning, a frozen and no assistant have the same humans and draws. They meet in the same order, but where
whom one meets depends on values (`algorithmic_bias`; `attraction_repulsion` with an `exposure`): there the
same draws lead to other meetings as soon as values differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Memory, Observation, apply_policy
from coevolve_sim.assistants.tuned import Lesson
from coevolve_sim.errors import MindError, RoundError, RuleError
from coevolve_sim.language import Hearing, Utterance
from coevolve_sim.language.cells import CellRound
from coevolve_sim.rules import Exchange, Mediation, add_noise, mix_with_anchors, passes
from coevolve_sim.rules.channel import Scene, replace_topics, select_topics
from coevolve_sim.rules.media import Broadcast, hear_outlets_in_place
from coevolve_sim.society.consultation import consult, context_of, keep_of_humans
from coevolve_sim.society.dilemmas import SocietyChoices
from coevolve_sim.society.driven import drive_assistant
from coevolve_sim.society.games import play_games
from coevolve_sim.society.interventions import intervene
from coevolve_sim.society.media import express_outlets, find_followers, place_outlets
from coevolve_sim.society.plugins import error_at
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State, policy_in_use
from coevolve_sim.society.tuned_assistants import fill_unheard
from coevolve_sim.streams import stream
from coevolve_sim.threads import run_in_blocks


@dataclass(frozen=True)
class RoundLog:
    """What happened in a round besides values.

    Attributes
    ----------
    n_consultations : tuple of int
        Number of humans who consulted each assistant.
    n_clipped : int
        Number of values that history would have moved out of [0, 1].
    interventions : tuple of str
        The interventions of the round, in words.
    said, heard : tuple of Utterance, tuple of Hearing
        The messages of the round, and how listeners read them.
    lessons : tuple of Lesson
        The lessons of assistants whose weights learnt, in the order of assistants.
    n_followers : tuple of int
        Number of humans who followed and heard each outlet.
    chosen : SocietyChoices or None
        What was chosen in dilemmas at its end; None where none were put.
    cells : CellRound or None
        Who says which message, and the audit, where cells of humans are asked; else None.
    """

    n_consultations: tuple[int, ...] = ()
    n_clipped: int = 0
    interventions: tuple[str, ...] = field(default=())
    said: tuple[Utterance, ...] = ()
    heard: tuple[Hearing, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    n_followers: tuple[int, ...] = ()
    chosen: SocietyChoices | None = None
    cells: CellRound | None = None


def run_round(state: State, setup: Setup, act: Callable[[], None] | None = None) -> RoundLog:
    """Run one round, changing the state in place.

    Parameters
    ----------
    state : State
    setup : Setup
    act : callable, optional
        Called once all else that moves people has; it may replace ``state.values``.

    Raises
    ------
    RoundError
        If a value is no longer finite: names human, dimension, rule and round.
    ScenarioError
        If an intervention is impossible.
    """
    begun = begin_round(state, setup)
    exchange_among_peers(state, setup, begun.scene)
    return end_round(state, setup, begun, act)


class Begun(NamedTuple):
    """A round before people exchange views.

    Attributes
    ----------
    scene : Scene
        What the channel needs to know of it.
    interventions : tuple of str
        Those of the round, in words.
    n_clipped : int
        Number of values that history would have moved out of [0, 1].
    """

    scene: Scene
    interventions: tuple[str, ...]
    n_clipped: int


def begin_round(state: State, setup: Setup) -> Begun:
    """Do all of a round that comes before people exchange views.

    Raises
    ------
    ScenarioError
        If an intervention is impossible.
    """
    round_index = state.round_index + 1
    done = tuple(intervene(state, setup, round_index))
    drive_assistant(state, setup, round_index)
    showing = frozenset(which for which, policy in enumerate(state.policies) if policy.shows_statements)
    scene = Scene(
        round_index,
        setup.channel.topics(round_index),
        state.conversation,
        setup.scenario.seed,
        mediation_of(state, setup),
        showing,
    )
    return Begun(scene, done, move_with_history(state, setup, round_index))


def end_round(state: State, setup: Setup, begun: Begun, act: Callable[[], None] | None = None) -> RoundLog:
    """Do all of a round that comes after people have exchanged views; return its log.

    Raises
    ------
    RoundError
        If a value is no longer finite: names human, dimension, rule and round.
    """
    scene = begun.scene
    n_followers = hear_media(state, setup, scene)
    counts, observations = consult(state, setup, scene)
    if state.stubbornness.any():
        state.values = mix_with_anchors(state.anchors, state.values, state.stubbornness)
    if act is not None:
        act()
    lessons = learn(state, setup, observations)
    drive_assistant(state, setup, scene.round_index)
    check(state, setup, scene.round_index)
    play_games(state, setup, scene)
    state.round_index = scene.round_index
    done = (counts, begun.n_clipped, begun.interventions)
    if state.conversation is None:
        return RoundLog(*done, lessons=tuple(lessons), n_followers=n_followers)
    said, heard = state.conversation.take_round()
    cells = state.conversation.take_cells()
    return RoundLog(*done, said, heard, tuple(lessons), n_followers, cells=cells)


# --- history -------------------------------------------------------------------------------------


def move_with_history(state: State, setup: Setup, round_index: int) -> int:
    """Let history move everybody; return the number of values that it would have moved out of [0, 1].

    shift: ``x += a(now) - a(before)``, and anchors likewise, so that the stubborn move along with history.
    attract: ``x += pull * (a(now) - x)``.
    """
    spec = setup.scenario.history
    if spec.kind == "none" or spec.effect == "none":
        return 0
    now = setup.history_at(round_index)
    before = setup.history_standing(setup.course.position_before(round_index))
    if now is None or before is None:
        return 0
    if spec.effect == "attract":
        state.values = np.clip(state.values + spec.pull * (now - state.values), 0.0, 1.0)
        return 0
    change = now - before
    if not change.any():
        return 0
    if state.spare is None:
        state.spare = np.empty_like(state.values)
    clipped = run_in_blocks(passes.shift, *state.values.shape, state.values, change, state.spare)
    state.values = state.spare
    if state.last_anchors is setup.initial_values:
        state.last_anchors = state.last_anchors.copy()
    state.anchor_changes.append(change)
    return int(sum(clipped))


# --- exchange ------------------------------------------------------------------------------------


def mediation_of(state: State, setup: Setup) -> Mediation | None:
    """Return who edits what humans say to each other, and how much; None if nobody does.

    An assistant that is absent edits nothing: what people say is heard as they say it.
    """
    spec = getattr(setup.scenario.channel, "mediator", None)
    if spec is None or spec.share == 0.0:
        return None
    which = setup.assistant_names.index(spec.assistant)
    if not state.present[which]:
        return None
    return Mediation(spec.share, state.assistant_values[which], which)


def exchange_among_peers(state: State, setup: Setup, scene: Scene) -> None:
    """Let humans exchange views with their peers on the round's topics, and move by the scenario's rule.

    Where an assistant edits what they say, listeners perceive it as edited (`coevolve_sim.rules.mediation`).

    Raises
    ------
    RoundError
        If a value was not finite before.
    """
    try:
        _exchange(state, setup, scene)
    except RuleError:
        check(state, setup, scene.round_index)  # a value that is not finite explains more than the rule does
        raise


def _exchange(state: State, setup: Setup, scene: Scene) -> None:
    heard = setup.channel.among_humans(state.values, state.ties, scene)
    held = select_topics(state.values, scene.topics)
    given = Exchange(
        held,
        heard,
        state.ties if heard.ties is None else heard.ties,
        state.peer,
        state.of_humans,
        lambda: state.anchors,
        context_of(setup, scene),
    )
    moved = setup.rule.exchange(given)
    keep_of_humans(state, moved)
    take_moved(state, setup, scene, moved.values)


def take_moved(state: State, setup: Setup, scene: Scene, moved: Floats) -> None:
    """Take over where an exchange on the round's topics has moved people, with the noise of their own."""
    state.values = replace_topics(state.values, scene.topics, moved)
    noise_sd = setup.scenario.update.noise
    if noise_sd > 0.0:
        noise = stream(setup.scenario.seed, "noise", scene.round_index)
        state.values = add_noise(state.values, noise.normal(0.0, noise_sd, state.values.shape))


# --- media ---------------------------------------------------------------------------------------


def hear_media(state: State, setup: Setup, scene: Scene) -> tuple[int, ...]:
    """Let humans hear the outlets that they follow, and return how many heard each.

    Whom an outlet is the nearest to goes by where it stands; what is heard of it, by what it says and by what
    the channel makes of that. The exchange among peers before has made a new array of values.
    """
    scenario, able = setup.scenario, setup.able
    if able is None:
        return ()
    standing = place_outlets(scenario, setup.space.names, scene.round_index)
    followed = find_followers(scenario, able, state.values, standing)
    said = express_outlets(scenario, standing, scene.round_index)
    names = tuple(outlet.name for outlet in scenario.media)
    heard = setup.channel.from_outlets(Broadcast(names, said, able, followed), scene)
    rates = np.array([outlet.rate for outlet in scenario.media])
    values = select_topics(state.values, scene.topics)
    n_heard = hear_outlets_in_place(values, followed, heard, rates, state.peer, setup.rule.distance)
    state.values = replace_topics(state.values, scene.topics, values)
    return n_heard


# --- learning and checking -----------------------------------------------------------------------


def learn(state: State, setup: Setup, observations: list[Observation]) -> list[Lesson]:
    """Let every present assistant learn from what it observed; return the lessons of those by weights."""
    learning, memories = state.assistant_values.copy(), [*state.memories]
    lessons: list[Lesson] = []
    for which, (policy, observation) in enumerate(zip(state.policies, observations, strict=True)):
        if state.present[which]:
            with error_at("assistants", which, "policy"):
                if policy.trains_weights:
                    learning[which], memories[which], taken = _learn_by_weights(
                        which, state, setup, observation
                    )
                    lessons += taken
                    continue
                used = policy_in_use(which, state, setup)
                learning[which], memories[which] = apply_policy(
                    used.kind, state.assistant_values[which], observation, memories[which], **used.parameters
                )
    state.assistant_values, state.memories = learning, memories
    return lessons


def begin_with_weights(state: State, setup: Setup) -> None:
    """Restore the weights of assistants whose weights learn; before the first round, measure their values.

    The voices with which they speak are set in the state's conversation.

    Raises
    ------
    MindError
        If a mind cannot be asked, or no first message of an assistant on some dimension can be read.
    TrainingError
        If an adapter that an assistant learnt before is missing.
    """
    weights = setup.weights
    if weights is None:
        return
    n_lessons = {which: len(state.memories[which].get("rounds", ())) for which in weights.policies}
    _set_voices(state, weights.begin(n_lessons))
    if state.round_index == 0:
        state.assistant_values = state.assistant_values.copy()
        for which in weights.policies:
            said = weights.measure_said(which)
            unheard = [setup.space.names[d] for d in np.flatnonzero(np.isnan(said))]
            if unheard:
                raise MindError(
                    f"assistant '{setup.assistant_names[which]}' has values from what it says only, and "
                    f"no message of it on {', '.join(unheard)} could be read; take another mind, or other "
                    "dimensions"
                )
            state.assistant_values[which] = said


def _learn_by_weights(
    which: int, state: State, setup: Setup, observation: Observation
) -> tuple[Floats, Memory, list[Lesson]]:
    """Return an assistant's values, its memory, and its lesson if its weights learn in this round.

    Its memory holds ``humans``, who have consulted it since its last lesson, and ``rounds``, the rounds in
    which it had a lesson.
    """
    values, memory, weights = state.assistant_values[which], state.memories[which], setup.weights
    round_index = state.round_index + 1
    humans = np.union1d(memory.get("humans", np.empty(0, np.int64)), observation.humans).astype(np.int64)
    rounds = memory.get("rounds", np.empty(0, np.int64)).astype(np.int64)
    if weights is None or not humans.size or not weights.is_due(which, round_index):
        return values, {"humans": humans, "rounds": rounds}, []
    learnt = weights.learn(which, rounds.size + 1, humans.tolist(), state.values)
    _set_voices(state, {which: learnt.voice})
    kept: Memory = {"humans": humans[:0], "rounds": np.append(rounds, round_index)}
    return fill_unheard(values, learnt.values), kept, [learnt.lesson]


def _set_voices(state: State, voices: Mapping[int, str]) -> None:
    """Set the voices, by assistant number, with which assistants speak from now on."""
    if state.conversation is not None:
        state.conversation.voices |= voices


def check(state: State, setup: Setup, round_index: int) -> None:
    """Stop a round in which a value is no longer finite.

    Group means show it, because the mean of a group with a value that is not finite is not finite either;
    they are computed for the record anyway.

    Raises
    ------
    RoundError
        Names human, dimension, rule and round.
    """
    means = means_of_groups(state.values, setup)
    state.summed = (state.values, means)
    if not np.isfinite(means).all() and not passes.all_finite(state.values):
        human, dimension = (int(i) for i in np.argwhere(~np.isfinite(state.values))[0])
        raise RoundError(
            f"round {round_index}: values of human {human} are {state.values[human, dimension]} in dimension "
            f"'{setup.space.names[dimension]}' under rule {setup.rule.name}; "
            f"the {round_index - 1} rounds before it stand"
        )


def means_of_groups(values: Floats, setup: Setup) -> Floats:
    """Return the mean values of each group, shape (groups, dimensions)."""
    sums, sizes = passes.sums_of_groups(values, setup.group_of, len(setup.group_names))
    means: Floats = sums / sizes[:, None]
    return means


def read_group_means(state: State, setup: Setup) -> Floats:
    """Return the mean present values of each group, shape (groups, dimensions)."""
    if state.summed is not None and state.summed[0] is state.values:
        return state.summed[1]
    return means_of_groups(state.values, setup)
