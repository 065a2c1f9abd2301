"""Humans consult assistants: who consults whom, what each hears of the other, and how humans move by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import LOOK_AT_MEANS, Observation, say_to_each
from coevolve_sim.rules import hear_alone
from coevolve_sim.rules.channel import Scene, columns_of, with_columns
from coevolve_sim.rules.exchange import Distance
from coevolve_sim.scenario.policy_specs import SeesSpec
from coevolve_sim.scenario.process_specs import BayesianTrustSpec, PerformativeSpec
from coevolve_sim.society.market import NOBODY, delay_observation, kept_or_switched, market_of, observation_of
from coevolve_sim.society.setup import Setup, error_at
from coevolve_sim.society.state import State, parameters_of
from coevolve_sim.society.trust_state import be_told_beliefs, claimed_log_precision, weigh_what_was_told
from coevolve_sim.streams import stream


def consult(state: State, setup: Setup, scene: Scene) -> tuple[tuple[int, ...], list[Observation]]:
    """Let humans consult assistants; return how many consulted each, and what each saw of them.

    Each human consults with the probability of its adoption one of the assistants that are there and serve
    its group, chosen by their shares. Both speak as they entered the consultation: the assistant hears what
    the human held before it was influenced. Under a rule that answers (`coevolve_sim.rules.Rule.answers`), it
    hears what the human made of its words. Values are changed in place: the exchange before has made them
    anew.
    """
    humans, chosen = who_consults(state, setup, scene.round_index)
    counts = tuple(int(count) for count in np.bincount(chosen, minlength=len(state.policies)))
    if setup.rule.answers:
        _be_told(state, setup, humans, chosen, _own_values(state, chosen), scene)
    elif _means_are_enough(state, setup):
        return counts, _consult_in_one_pass(state, setup, humans, chosen, scene.round_index)
    told = setup.channel.from_humans(state.values, humans, chosen, scene)
    through: NDArray[np.bool_] | None = None
    if scene.topics is not None:
        through = np.asarray(np.isfinite(told).all(axis=1))
    told = _on_all_dimensions(told, state, chosen, scene)
    observations = [
        _observed(state, setup, told, through, humans, chosen, which, scene.round_index)
        for which in range(len(state.policies))
    ]
    if not setup.rule.answers:
        _be_told(state, setup, humans, chosen, _said(state, setup, told, chosen), scene)
    return counts, observations


def who_consults(state: State, setup: Setup, round_index: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return who consults in a round, ascending, and the assistant that each of them chose."""
    if not state.present.any():
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    rng = stream(setup.scenario.seed, "consult", round_index)
    humans = np.flatnonzero(rng.random(setup.n_humans) < state.adoption)
    if _is_alone(setup):
        return humans, np.zeros(humans.size, dtype=np.intp)
    chosen = _chosen(state, setup, humans, rng.random(setup.n_humans), round_index)
    return humans[chosen != NOBODY], chosen[chosen != NOBODY]


def _is_alone(setup: Setup) -> bool:
    """Return whether there is one assistant only, which serves everybody: then nothing is chosen."""
    scenario = setup.scenario
    return (
        len(scenario.assistants) == 1
        and scenario.assistants[0].groups is None
        and scenario.consulting.choice == "anew"
    )


def _chosen(
    state: State, setup: Setup, humans: NDArray[np.intp], draws: Floats, round_index: int
) -> NDArray[np.intp]:
    """Return which assistant each of the willing consults; -1 where none serves it."""
    scenario = setup.scenario
    market = market_of(scenario.assistants, state.present, setup.group_names, setup.group_of)
    if scenario.consulting.choice == "anew" or not humans.size:
        return market.chosen(humans, draws[humans])
    had = state.of_humans.get("assistant", np.full(setup.n_humans, NOBODY, dtype=np.int64))
    chosen = kept_or_switched(
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


def _means_are_enough(state: State, setup: Setup) -> bool:
    """Return whether what assistants hear need only be added up: exactly heard, and used as a mean.

    One dimension is left to NumPy, which adds up a single column in another order.
    """
    exact = getattr(setup.channel, "is_exact", False)
    looking = {policy.kind for policy in state.policies}
    see_all = all(assistant.sees == SeesSpec() for assistant in setup.scenario.assistants)
    return bool(exact and see_all and looking <= LOOK_AT_MEANS and setup.space.n_dimensions > 1)


def _consult_in_one_pass(
    state: State,
    setup: Setup,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    round_index: int,
) -> list[Observation]:
    """Let humans hear the assistants they chose; return observations with means alone."""
    told, said = np.zeros_like(state.assistant_values), state.assistant_values
    distance: Distance = getattr(setup.scenario.update, "distance", "joint")
    hear_alone(
        state.values, humans, said, state.assistant, _anchors_of(state), distance, speakers=chosen, told=told
    )
    observations = []
    for which in range(len(said)):
        by = chosen == which
        own = humans if by.all() else humans[by]
        mean = told[which] / own.size if own.size else None
        observations.append(Observation(told[:0], own, round_index, kept_mean=mean))
    return observations


def _on_all_dimensions(told: Floats, state: State, chosen: NDArray[np.intp], scene: Scene) -> Floats:
    """Return what was perceived of people, who count as standing where the assistant does on all else."""
    if scene.topics is None:
        return told
    own = state.assistant_values[chosen]
    heard = with_columns(own, scene.topics, told)
    return np.where(np.isfinite(heard), heard, own)


def _observed(
    state: State,
    setup: Setup,
    told: Floats,
    through: NDArray[np.bool_] | None,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    which: int,
    round_index: int,
) -> Observation:
    """Return what an assistant sees of those who consulted it, or what it saw when its delay began."""
    consulted = chosen == which
    if through is not None:
        consulted = consulted & through
    by = slice(None) if consulted.all() else consulted
    claimed = state.of_humans.get("log_precision")
    part = setup.scenario.assistants[which]
    heard = Observation(
        told[by],
        humans[by],
        round_index,
        setup.group_of[humans[by]].astype(np.intp),
        seed=setup.scenario.seed,
        assistant=part.name,
        log_precision=None if claimed is None else np.asarray(claimed, dtype=np.float64)[humans[by]],
    )
    values = state.assistant_values[which]
    shown = observation_of(heard, part.sees, setup.group_names, setup.n_humans, values, part.name)
    queue, turn = delay_observation(state.waiting[which], shown, part.sees.delay)
    state.waiting = [*state.waiting[:which], queue, *state.waiting[which + 1 :]]
    return turn


# --- what humans hear ----------------------------------------------------------------------------


def _said(state: State, setup: Setup, told: Floats, chosen: NDArray[np.intp]) -> Floats:
    """Return what each who consults is told: the assistant's values, or what its policy says to them."""
    said: Floats | None = None
    for which, policy in enumerate(state.policies):
        by = chosen == which
        with error_at("assistants", which, "policy"):
            own = say_to_each(
                policy.kind, state.assistant_values[which], told[by], **parameters_of(policy, setup)
            )
        if own is not None:
            said = state.assistant_values[chosen] if said is None else said
            said[by] = own
    if said is not None:
        return said
    return _own_values(state, chosen)


def _own_values(state: State, chosen: NDArray[np.intp]) -> Floats:
    """Return the values of the assistant that each chose; one row for all where all chose the same."""
    one = chosen.size > 0 and bool((chosen == chosen[0]).all())
    rows = state.assistant_values[chosen[:1] if one else chosen]
    return np.broadcast_to(rows, (chosen.size, state.values.shape[1]))


def _be_told(
    state: State,
    setup: Setup,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    said: Floats,
    scene: Scene,
) -> None:
    """Let those who consult hear what the assistant they chose says, and move by it."""
    update = setup.scenario.update
    if humans.size:
        heard = setup.channel.from_assistants(said, humans, chosen, scene)
        if isinstance(update, BayesianTrustSpec):
            be_told_beliefs(state, humans, heard, claimed_log_precision(state)[chosen])
        elif isinstance(update, PerformativeSpec):
            state.values[humans] = np.clip(state.values[humans] + update.sensitivity * heard, 0.0, 1.0)
        else:
            _move_towards_assistants(state, setup, humans, heard, scene)
    if isinstance(update, BayesianTrustSpec):
        weigh_what_was_told(state, update)


def _move_towards_assistants(
    state: State, setup: Setup, humans: NDArray[np.intp], heard: Floats, scene: Scene
) -> None:
    """Move those who consulted by what they heard, on the round's topics; what did not get through, not."""
    distance: Distance = getattr(setup.scenario.update, "distance", "joint")
    if scene.topics is None:
        hear_alone(state.values, humans, heard, state.assistant, _anchors_of(state), distance)
        return
    through = np.isfinite(heard).all(axis=1)
    held, anchors = columns_of(state.values, scene.topics), columns_of(_anchors_of(state), scene.topics)
    hear_alone(held, humans[through], heard[through], state.assistant, anchors, distance)
    state.values[:, scene.topics] = held


def _anchors_of(state: State) -> Floats:
    """Return anchors for those who hear assistants; not brought up to date where none is stubborn."""
    return state.anchors if state.assistant.stubbornness.any() else state.last_anchors
