"""Humans consult assistants: who consults whom, what each perceives, and how humans' values move."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.continuity import continue_from, mean_told, remember_said, remember_told
from coevolve_sim.assistants.policies import Listeners, Observation, say_to_each
from coevolve_sim.rules import Consultation, Moved, RoundContext, move_by_speaker_in_place
from coevolve_sim.rules.channel import Scene, replace_topics, select_topics
from coevolve_sim.scenario.policy_specs import SeesSpec
from coevolve_sim.society.assistant_view import delay_observation, observation_of
from coevolve_sim.society.market import NOBODY, keep_or_switch, market_of
from coevolve_sim.society.persuasion import Persuasion, persuade
from coevolve_sim.society.plugins import error_at
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State, policy_in_use
from coevolve_sim.streams import stream

FEW_HUMANS = 100_000
"""Up to so many, the draws of a round are kept for other worlds of the same seed."""

_SEES_ALL = SeesSpec()


def consult(state: State, setup: Setup, scene: Scene) -> tuple[tuple[int, ...], list[Observation]]:
    """Let humans consult assistants; return the number who consulted each, and what each observed of them.

    Each human consults with the probability of its adoption, and chooses by their shares among the assistants
    that are present and serve its group. Both express the values with which they entered the consultation:
    the assistant hears what the human held before being influenced. Under a rule that answers
    (`coevolve_sim.rules.Rule.answers`), the human moves first and the assistant hears its new values.
    Of adversaries whose attack succeeds it hears their target, and who is held back by a guard hears nothing.
    ``state.values`` may be changed in place: the exchange among peers before has made a new array.
    """
    humans, chosen = who_consults(state, setup, scene.round_index)
    counts = tuple(int(count) for count in np.bincount(chosen, minlength=len(state.policies)))
    persuasion = persuade(state, setup, humans, chosen, scene.round_index)
    if setup.rule.answers:
        own = _own_values(state, chosen)
        _hear_assistants(state, setup, *_deliver(humans, chosen, own, persuasion), scene)
    elif persuasion.changes_nothing and _means_suffice(state, setup):
        return counts, _consult_in_one_pass(state, setup, humans, chosen, scene.round_index)
    told = _tell(state, setup, humans, chosen, persuasion, scene)
    through: NDArray[np.bool_] | None = None
    perceived: NDArray[np.bool_] | None = None
    if scene.topics is not None:
        through = np.asarray(np.isfinite(told).all(axis=1))
        perceived = np.zeros((humans.size, state.values.shape[1]), dtype=bool)
        perceived[:, scene.topics] = np.isfinite(told)
    if state.continuity:
        _remember(state, told, humans, chosen, scene)
    told = _fill_dimensions(told, state, chosen, scene)
    carried = persuasion.mark_carried(humans.size)
    shown = [
        _show(state, setup, told, through, carried, humans, chosen, which, scene.round_index)
        for which in range(len(state.policies))
    ]
    observations = [_wait(state, setup, which, one) for which, one in enumerate(shown)]
    if not setup.rule.answers:
        said = _values_spoken(state, setup, told, perceived, shown, humans, chosen, scene)
        humans, chosen, said = _deliver(humans, chosen, said, persuasion)
        if state.continuity:
            said = _continue(state, said, humans, chosen, scene)
        _hear_assistants(state, setup, humans, chosen, said, scene)
    return counts, observations


def who_consults(state: State, setup: Setup, round_index: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the humans who consult in a round, ascending, and the assistant that each of them chose."""
    if not state.present.any():
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    few = setup.n_humans <= FEW_HUMANS
    draw = _draw_and_keep if few else _draw_consultations
    whether, whom = draw(setup.scenario.seed, round_index, setup.n_humans, alone := _is_alone(setup))
    humans = np.flatnonzero(whether < state.adoption)
    if alone:
        return humans, np.zeros(humans.size, dtype=np.intp)
    # Drawn for all humans, so that a human's choice does not depend on who else consults.
    chosen = _choose_assistants(state, setup, humans, whom, round_index)
    return humans[chosen != NOBODY], chosen[chosen != NOBODY]


def _draw_consultations(seed: int, round_index: int, n_humans: int, alone: bool) -> tuple[Floats, Floats]:
    """Return the draws of a round by which humans consult, and by which they choose if there is a choice."""
    rng = stream(seed, "consult", round_index)
    whether = rng.random(n_humans)
    return whether, whether[:0] if alone else rng.random(n_humans)


_draw_and_keep = lru_cache(maxsize=4)(_draw_consultations)
"""The same, kept for the next worlds of the seed, which go through the round at about the same time."""


def _is_alone(setup: Setup) -> bool:
    """Return whether a single assistant serves everybody, so that there is nothing to choose."""
    scenario = setup.scenario
    return (
        len(scenario.assistants) == 1
        and scenario.assistants[0].groups is None
        and scenario.consulting.choice == "anew"
    )


def _choose_assistants(
    state: State, setup: Setup, humans: NDArray[np.intp], draws: Floats, round_index: int
) -> NDArray[np.intp]:
    """Return the assistant that each consulting human chooses; -1 where none serves it."""
    scenario = setup.scenario
    market = market_of(scenario.assistants, state.present, setup.group_names, setup.group_of)
    if scenario.consulting.choice == "anew" or not humans.size:
        return market.choose(humans, draws[humans])
    had = state.of_humans.get("assistant", np.full(setup.n_humans, NOBODY, dtype=np.int64))
    chosen = keep_or_switch(
        market,
        scenario.consulting,
        humans,
        had.astype(np.int64),
        state.values,
        state.assistant_values,
        scenario.seed,
        round_index,
    )
    now = had.copy()
    now[humans] = chosen
    state.of_humans = state.of_humans | {"assistant": now}
    return chosen


# --- what assistants hear ------------------------------------------------------------------------


def _tell(
    state: State,
    setup: Setup,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    persuasion: Persuasion,
    scene: Scene,
) -> Floats:
    """Return what assistants perceive of who consults them; of adversaries who succeed, their target."""
    carried, target = persuasion.carried, persuasion.target
    if carried is None or target is None or not carried.size:
        return setup.channel.from_humans(state.values, humans, chosen, scene)
    if setup.channel.is_exact:
        told = select_topics(state.values[humans], scene.topics)
        told[carried] = target if scene.topics is None else target[scene.topics]
        return told
    expressed = state.values.copy()
    expressed[humans[carried]] = target
    return setup.channel.from_humans(expressed, humans, chosen, scene)


def _means_suffice(state: State, setup: Setup) -> bool:
    """Return whether assistants need means alone: values are heard exactly, and used as a mean only."""
    exact = setup.channel.is_exact and setup.rule.consults_by_confidence
    see_all = all(assistant.sees == _SEES_ALL for assistant in setup.scenario.assistants)
    return (
        exact
        and not state.continuity
        and see_all
        and all(policy_in_use(which, state, setup).looks_at_means for which in range(len(state.policies)))
    )


def _consult_in_one_pass(
    state: State,
    setup: Setup,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    round_index: int,
) -> list[Observation]:
    """Let humans move towards the assistants they chose; return observations that hold only means.

    Moving the humans and summing their earlier values is one pass over the array, for large societies. A
    single dimension is summed by NumPy, which adds up one column in another order than the pass would: the
    last bits would differ.
    """
    said = state.assistant_values
    alone = said.shape[1] == 1
    before = state.values[humans] if alone else said[:0]
    told = None if alone else np.zeros_like(said)
    move_by_speaker_in_place(
        state.values,
        humans,
        said,
        state.assistant,
        _anchors_of(state),
        setup.rule.distance,
        speakers=chosen,
        told=told,
    )
    observations = []
    for which in range(len(said)):
        by = chosen == which
        rows = slice(None) if by.all() else by
        own = humans[rows]
        mean = None if told is None or not own.size else told[which] / own.size
        heard = before[rows] if alone else before
        observations.append(Observation(heard, own, round_index, kept_mean=mean))
    return observations


def _fill_dimensions(told: Floats, state: State, chosen: NDArray[np.intp], scene: Scene) -> Floats:
    """Return perceived values on all dimensions: the assistant's own where nothing was perceived."""
    if scene.topics is None:
        return told
    own = state.assistant_values[chosen]
    heard = replace_topics(own, scene.topics, told)
    return np.where(np.isfinite(heard), heard, own)


def _show(
    state: State,
    setup: Setup,
    told: Floats,
    through: NDArray[np.bool_] | None,
    carried: NDArray[np.bool_] | None,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    which: int,
    round_index: int,
) -> Observation:
    """Return what an assistant sees of those who consulted it in a round."""
    consulted = chosen == which
    if through is not None:
        consulted = consulted & through
    by = slice(None) if consulted.all() else consulted
    claimed = setup.rule.claims(state.of_humans)
    part = setup.scenario.assistants[which]
    heard = Observation(
        told[by],
        humans[by],
        round_index,
        setup.group_of[humans[by]].astype(np.intp),
        seed=setup.scenario.seed,
        assistant=part.name,
        log_precision=None if claimed is None else claimed[humans[by]],
        carried=None if carried is None else carried[by],
    )
    values = state.assistant_values[which]
    return observation_of(heard, part.sees, setup.group_names, setup.n_humans, values, part.name)


def _wait(state: State, setup: Setup, which: int, shown: Observation) -> Observation:
    """Return what an assistant learns from: what it sees, or with a delay what it saw in an earlier round.

    Changes ``state.waiting``, the assistant's queue of observations.
    """
    queue, turn = delay_observation(state.waiting[which], shown, setup.scenario.assistants[which].sees.delay)
    state.waiting = [*state.waiting[:which], queue, *state.waiting[which + 1 :]]
    return turn


def _remember(
    state: State, told: Floats, humans: NDArray[np.intp], chosen: NDArray[np.intp], scene: Scene
) -> None:
    """Let assistants that go on with people's text remember what these told; nan was not perceived."""
    perceived = told
    if scene.topics is not None:
        perceived = replace_topics(np.full((humans.size, state.values.shape[1]), np.nan), scene.topics, told)
    for which in state.continuity:
        by = chosen == which
        if by.any():
            memory = remember_told(state.continued[which], humans[by], perceived[by])
            state.continued = {**state.continued, which: memory}


# --- what humans hear ----------------------------------------------------------------------------


def _values_spoken(
    state: State,
    setup: Setup,
    told: Floats,
    perceived: NDArray[np.bool_] | None,
    shown: list[Observation],
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    scene: Scene,
) -> Floats:
    """Return what the assistants express to each consulting human: their values, or what a policy says.

    A policy that speaks to each knows of it what its assistant sees in the round: as exactly and no more. A
    delay bears on what it learns from, not on whom it answers.
    """
    said: Floats | None = None
    for which in range(len(state.policies)):
        with error_at("assistants", which, "policy"):
            used, by = policy_in_use(which, state, setup), chosen == which
            if not used.speaks_to_each or not by.any():
                continue
            values, part = state.assistant_values[which], setup.scenario.assistants[which]
            among = None if perceived is None else perceived[by]
            known, seen = _as_seen(values, told[by], among, humans[by], shown[which], part.sees)
            who = Listeners(humans[by], scene.round_index, scene.seed, part.name, seen)
            own = say_to_each(used.kind, values, known, who, **used.parameters)
        if own is not None:
            said = state.assistant_values[chosen] if said is None else said
            said[by] = own
    if said is not None:
        return said
    return _own_values(state, chosen)


def _as_seen(
    values: Floats,
    told: Floats,
    perceived: NDArray[np.bool_] | None,
    humans: NDArray[np.intp],
    shown: Observation,
    sees: SeesSpec,
) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Return what an assistant knows of each listener, its own values where nothing, and where it does.

    ``perceived`` says where anything was perceived of them, whether or not it may see it; None for all.
    """
    if sees == _SEES_ALL:
        return told, perceived
    rows = np.searchsorted(humans, shown.humans)  # both ascending
    known, seen = np.tile(values, (humans.size, 1)), np.zeros(told.shape, dtype=bool)
    known[rows] = shown.heard
    seen[rows] = True if perceived is None else perceived[rows]
    return known, seen


def _continue(
    state: State, said: Floats, humans: NDArray[np.intp], chosen: NDArray[np.intp], scene: Scene
) -> Floats:
    """Return what assistants express once those with a continuity go on with people's own text."""
    answers = said
    for which, given in state.continuity.items():
        by = chosen == which
        if not by.any() or (given.share == 0.0 and given.self == 0.0):
            continue
        memory, own = state.continued[which], humans[by]
        last = memory["said"][own] if given.self > 0.0 else None
        answer = continue_from(said[by], mean_told(memory, own), last, given.share, given.self)
        if given.self > 0.0:
            state.continued = {**state.continued, which: remember_said(memory, own, answer, scene.topics)}
        answers = answers.copy() if answers is said else answers
        answers[by] = answer
    return answers


def _deliver(
    humans: NDArray[np.intp], chosen: NDArray[np.intp], said: Floats, persuasion: Persuasion
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return those to whom guards let an answer pass, their assistants, and what these say."""
    kept = persuasion.answered
    if kept is None or kept.size == humans.size:
        return humans, chosen, said
    one_for_all = said.strides[0] == 0  # a single row, broadcast: a copy of it for each would cost a round
    spoken = np.broadcast_to(said[0], (kept.size, said.shape[1])) if one_for_all else said[kept]
    return humans[kept], chosen[kept], spoken


def _own_values(state: State, chosen: NDArray[np.intp]) -> Floats:
    """Return the values of the assistant that each human chose; a single broadcast row if all chose one."""
    one = chosen.size > 0 and bool((chosen == chosen[0]).all())
    rows = state.assistant_values[chosen[:1] if one else chosen]
    return np.broadcast_to(rows, (chosen.size, state.values.shape[1]))


def _hear_assistants(
    state: State,
    setup: Setup,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    said: Floats,
    scene: Scene,
) -> None:
    """Let consulting humans perceive what their assistants express, and move their values by the rule."""
    heard = said[:0] if scene.topics is None else select_topics(said[:0], scene.topics)
    if humans.size:
        heard = setup.channel.from_assistants(said, humans, chosen, scene)
    given = Consultation(
        state.values,
        humans,
        chosen,
        heard,
        state.assistant,
        state.of_humans,
        lambda: _anchors_of(state),
        lambda: _claimed_log_precision(state),
        context_of(setup, scene),
        setup.channel.is_exact,
    )
    moved = setup.rule.consult(given)
    keep_of_humans(state, moved)
    state.values = moved.values


def context_of(setup: Setup, scene: Scene) -> RoundContext:
    """Return what a rule needs to know of a round as a whole: seed, names, groups, topics."""
    return RoundContext(
        setup.scenario.seed,
        scene.round_index,
        setup.space.names,
        setup.group_names,
        setup.group_of,
        scene.topics,
    )


def keep_of_humans(state: State, moved: Moved) -> None:
    """Store the arrays that a rule keeps of humans; other arrays stay, such as the assistant each has."""
    if moved.state is not None:
        state.of_humans = {**state.of_humans, **moved.state}


def _claimed_log_precision(state: State) -> Floats:
    """Return the log precision that each assistant claims; 0, one piece of evidence, where it claims none."""
    return np.array([float(memory.get("log_precision", np.zeros(1))[0]) for memory in state.memories])


def _anchors_of(state: State) -> Floats:
    """Return anchors for those who hear assistants; where nobody is stubborn, without updating them."""
    return state.anchors if state.assistant.stubbornness.any() else state.last_anchors
