"""Adversaries in a society, and guards of assistants: who persuades which in a round, and who is answered.

Who is an adversary is drawn once; what comes of their tries, and whose answer a guard holds back, in each
round. Nothing of it bears on a round but the counts, which are kept for measures, so that a resumed run needs
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices, Kept
from coevolve_sim.rules.guards import pass_all, rate_per_try, try_within
from coevolve_sim.scenario.guard_specs import AdversariesSpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.spec import PerDimension
from coevolve_sim.streams import stream
from coevolve_sim.values.naming import spell_out

if TYPE_CHECKING:
    from coevolve_sim.society.setup import Setup
    from coevolve_sim.society.state import State

NO_ADVERSARY = -1
"""The operator of whoever is none."""

Operators = NDArray[np.int8]
"""The operator of each human, by its number; `NO_ADVERSARY` of all others. Shape (humans,)."""

Counts = dict[str, Kept]
"""What came of attacks and of all other consultations since the beginning; see `count_nothing`."""


def draw_adversaries(scenario: Scenario, n_humans: int) -> Operators | None:
    """Draw who is an adversary, and with which operator, once for the whole run; None where there are none.

    A larger share adds to the adversaries of a smaller one, whose operators stay.
    """
    spec = scenario.adversaries
    if spec is None or spec.share == 0.0:
        return None
    drawn = stream(scenario.seed, "operators of adversaries").random(n_humans)
    operator_of = (drawn * len(spec.operators)).astype(np.int8)
    operator_of[stream(scenario.seed, "adversaries").random(n_humans) >= spec.share] = NO_ADVERSARY
    return operator_of


def rates_of_operators(spec: AdversariesSpec) -> Floats:
    """Return the rate per try of each operator, in their order.

    Examples
    --------
    >>> given = {"templates": 0.216, "pair": {"success": 0.8, "tries": 75}}
    >>> rates_of_operators(AdversariesSpec(share=0.1, operators=given, target=0.9)).round(4).tolist()
    [0.216, 0.0212]
    """
    return np.array(
        [
            given if isinstance(given, float) else rate_per_try(given.success, given.tries)
            for given in spec.operators.values()
        ]
    )


def pass_rates(scenario: Scenario) -> tuple[Floats, Floats]:
    """Return which share of tries, and of other answers, the guards of each assistant let pass."""
    guards = [assistant.guards for assistant in scenario.assistants]
    attack = [pass_all([guard.pass_attack for guard in each]) for each in guards]
    benign = [pass_all([guard.pass_benign for guard in each]) for each in guards]
    return np.array(attack), np.array(benign)


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
    Those whose attack succeeded have had their answer; guards hold back those of others.
    """
    if setup.operator_of is None and not setup.is_guarded:
        return NO_PERSUASION
    spec = setup.scenario.adversaries
    past_attack, past_benign = pass_rates(setup.scenario)
    counts = {name: array.copy() for name, array in state.counts.items()}
    carried: Indices | None = None
    target: Floats | None = None
    if spec is not None and setup.operator_of is not None:
        draws = stream(setup.scenario.seed, "attacks", round_index).random(setup.n_humans)
        carried = _attack(counts, spec, setup.operator_of[humans], past_attack, humans, chosen, draws)
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


def count_nothing(setup: Setup) -> Counts:
    """Return counts before the first round; none where there are neither adversaries nor guards.

    Of the shape (assistants, operators): ``attacks``, their ``tries``, and those that ``carried``. Of shape
    (assistants,): ``answers`` due to all others, and those of them that guards ``held_back``.
    """
    if setup.operator_of is None and not setup.is_guarded:
        return {}
    n_assistants, spec = len(setup.assistant_names), setup.scenario.adversaries
    by_operator = (n_assistants, 0 if spec is None else len(spec.operators))
    shapes = dict.fromkeys(("attacks", "tries", "carried"), by_operator)
    shapes_of_others = dict.fromkeys(("answers", "held_back"), (n_assistants,))
    return {name: np.zeros(shape, dtype=np.int64) for name, shape in (shapes | shapes_of_others).items()}


def adversary_notes(scenario: Scenario, operator_of: Operators | None) -> Iterator[str]:
    """Yield how many adversaries there are, and the rates per try that follow from other figures."""
    spec = scenario.adversaries
    if spec is None:
        return
    count = 0 if operator_of is None else int((operator_of != NO_ADVERSARY).sum())
    yield f"adversaries: {count} of the humans"
    for (name, given), rate in zip(spec.operators.items(), rates_of_operators(spec), strict=True):
        if not isinstance(given, float):
            yield (
                f"adversaries: operator {name} succeeds in {rate:.4g} of its tries, derived from "
                f"{given.success:g} within {given.tries} if tries are independent"
            )
