"""Adversaries persuade assistants in a round, past guards that also hold some answers back from others.

Nothing of it bears on later rounds but what assistants learn, and counts, which are kept for measures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.rules.guards import try_within
from coevolve_sim.scenario.guard_specs import AdversariesSpec
from coevolve_sim.scenario.spec import PerDimension
from coevolve_sim.society.adversaries import (
    NO_ADVERSARY,
    Counts,
    Operators,
    can_be_persuaded,
    pass_rates,
    rates_of_operators,
)
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State
from coevolve_sim.streams import stream
from coevolve_sim.values.naming import spell_out


def regions_of(state: State, setup: Setup) -> tuple[Floats, Floats, Floats]:
    """Return what present assistants hold that are permitted not everything, and the ends of what they are.

    Returns
    -------
    float64 arrays, shape (assistants, dimensions)
        Values, least and greatest that are permitted.
    """
    names = setup.space.names
    bounds = {
        which: policy.permitted
        for which, policy in enumerate(state.policies)
        if policy.permitted is not None and state.present[which]
    }
    standard = _spelt([standard for standard, _ in bounds.values()], names)
    tolerance = _spelt([tolerance for _, tolerance in bounds.values()], names)
    held = state.assistant_values[[*bounds]]
    return held, np.maximum(standard - tolerance, 0.0), np.minimum(standard + tolerance, 1.0)


def _spelt(given: list[PerDimension], names: tuple[str, ...]) -> Floats:
    return np.array([spell_out(one, names) for one in given]).reshape(len(given), len(names))


@dataclass(frozen=True, eq=False)
class Persuasion:
    """What adversaries and guards make of a round's consultations.

    Attributes
    ----------
    carried : int array, shape (successes,), or None
        The consultations in which an attack succeeded, ascending; None where there are no adversaries.
    answered : int array, shape (answers,), or None
        Those whose answer is given, ascending; None where no guard holds any back.
    target : float64 array, shape (dimensions,), or None
        What the assistant is told by those who succeed.
    """

    carried: Indices | None = None
    answered: Indices | None = None
    target: Floats | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether no attack succeeded and every answer is given: all is as without adversaries and guards."""
        return self.answered is None and (self.carried is None or not self.carried.size)

    def mark_carried(self, n_consultations: int) -> NDArray[np.bool_] | None:
        """Return in which consultations an attack succeeded; None where there are no adversaries."""
        if self.carried is None:
            return None
        marked = np.zeros(n_consultations, dtype=bool)
        marked[self.carried] = True
        return marked


NO_PERSUASION = Persuasion()


def persuade(
    state: State, setup: Setup, humans: NDArray[np.intp], chosen: NDArray[np.intp], round_index: int
) -> Persuasion:
    """Let adversaries among those who consult try, and guards hold answers back; count both in the state.

    Draws are made for every human, so that what comes of one's tries does not depend on who else consults.
    Those whose attack succeeded have had their answer; guards hold back those of others. An assistant that
    nobody can persuade is not attacked: adversaries consult it as anybody does.
    """
    if not state.counts:
        return NO_PERSUASION
    spec = setup.scenario.adversaries
    past_attack, past_benign = pass_rates(setup.scenario)
    counts = {name: array.copy() for name, array in state.counts.items()}
    carried: Indices | None = None
    target: Floats | None = None
    if spec is not None and setup.operator_of is not None:
        draws = stream(setup.scenario.seed, "attacks", round_index).random(setup.n_humans)
        open_to = np.array([can_be_persuaded(policy) for policy in state.policies])
        operators = np.where(open_to[chosen], setup.operator_of[humans], NO_ADVERSARY)
        carried = _attack(counts, spec, operators, past_attack, humans, chosen, draws)
        target = np.array(spell_out(spec.target, setup.space.names), dtype=np.float64)
    answered = _hold_back(counts, setup, past_benign, carried, humans, chosen, round_index)
    state.counts = counts
    return Persuasion(carried, answered, target)


def _attack(
    counts: Counts,
    spec: AdversariesSpec,
    operators: Operators,
    passes: Floats,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    draws: Floats,
) -> Indices:
    """Return where an attack succeeds, and add attacks, their tries and successes to the counts."""
    rows = np.flatnonzero(operators != NO_ADVERSARY)
    who = (chosen[rows], operators[rows].astype(np.intp))
    rates = rates_of_operators(spec)[who[1]] * passes[who[0]]
    succeeds, n_tries = try_within(draws[humans[rows]], rates, spec.budget)
    for name, each in (("attacks", 1), ("tries", n_tries), ("carried", succeeds.astype(np.int64))):
        np.add.at(counts[name], who, each)
    return rows[succeeds]


def _hold_back(
    counts: Counts,
    setup: Setup,
    passes: Floats,
    carried: Indices | None,
    humans: NDArray[np.intp],
    chosen: NDArray[np.intp],
    round_index: int,
) -> Indices | None:
    """Return where answers are given, and add those due and held back to the counts; None if all are."""
    n_assistants = len(passes)
    asked = _count_by_assistant(chosen, n_assistants)
    succeeded = 0 if carried is None else _count_by_assistant(chosen[carried], n_assistants)
    counts["answers"] += asked - succeeded
    if (passes >= 1.0).all():
        return None
    draws = stream(setup.scenario.seed, "guards", round_index).random(setup.n_humans)
    passing = draws[humans] < (passes[chosen] if n_assistants > 1 else passes)
    if carried is not None:
        passing[carried] = True
    answered = np.flatnonzero(passing)
    counts["held_back"] += asked - _count_by_assistant(chosen[answered], n_assistants)
    return answered


def _count_by_assistant(chosen: NDArray[np.intp], n_assistants: int) -> NDArray[np.int64]:
    if n_assistants == 1:
        return np.array([chosen.size])
    return np.bincount(chosen, minlength=n_assistants).astype(np.int64)
