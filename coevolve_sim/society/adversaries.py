"""Who is an adversary in a society, what they try, and what guards of assistants let pass.

Who is an adversary is drawn once, before the first round; what comes of their tries, in each
(`coevolve_sim.society.persuasion`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.rules.guards import pass_all, rate_per_try
from coevolve_sim.scenario.guard_specs import AdversariesSpec
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.streams import stream

NO_ADVERSARY = -1
"""The operator of whoever is none."""

Operators = NDArray[np.int8]
"""The operator of each human, by its number; `NO_ADVERSARY` of all others. Shape (humans,)."""

Counts = dict[str, Kept]
"""What came of attacks and of all other consultations since the beginning; see `count_nothing`."""
COUNTS = "guards/"
"""Under which names counts are kept for a checkpoint begin."""


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


def can_be_persuaded(policy: PolicySpec) -> bool:
    """Return whether an assistant of a policy learns, and is kept from some of what it would learn.

    Examples
    --------
    >>> from coevolve_sim.scenario.policy_specs import FrozenPolicySpec, RolePolicySpec
    >>> can_be_persuaded(RolePolicySpec()), can_be_persuaded(FrozenPolicySpec())
    (True, False)
    """
    return policy.learns and policy.permitted is not None


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


def count_nothing(scenario: Scenario) -> Counts:
    """Return counts before the first round; none where there are neither adversaries nor guards.

    Of the shape (assistants, operators): ``attacks``, their ``tries``, and those that ``carried``. Of shape
    (assistants,): ``answers`` due to all others, and those of them that guards ``held_back``.
    """
    spec = scenario.adversaries
    if spec is None and not any(assistant.guards for assistant in scenario.assistants):
        return {}
    n_assistants = len(scenario.assistants)
    by_operator = (n_assistants, 0 if spec is None else len(spec.operators))
    shapes = dict.fromkeys(("attacks", "tries", "carried"), by_operator)
    shapes_of_others = dict.fromkeys(("answers", "held_back"), (n_assistants,))
    return {name: np.zeros(shape, dtype=np.int64) for name, shape in (shapes | shapes_of_others).items()}


def carry_counts(counts: Counts, before: Scenario, now: Scenario) -> Counts:
    """Return what was counted in a world so far, for one that goes on from it with other parts.

    Assistants and operators are those of the same name, in whichever order; of new ones nothing is counted
    yet, and of those that are there no more nothing is kept.
    """
    carried = count_nothing(now)
    assistants = _places_of([[one.name for one in world.assistants] for world in (before, now)])
    operators = _places_of(
        [[] if world.adversaries is None else [*world.adversaries.operators] for world in (before, now)]
    )
    for name in counts.keys() & carried.keys():
        places = (assistants, operators)[: carried[name].ndim]
        carried[name][np.ix_(*(there for _, there in places))] = counts[name][
            np.ix_(*(at for at, _ in places))
        ]
    return carried


def _places_of(names: Sequence[list[str]]) -> tuple[list[int], list[int]]:
    """Return the places, before and now, of the names that are there both times."""
    before, now = names
    kept = [name for name in now if name in before]
    return [before.index(name) for name in kept], [now.index(name) for name in kept]


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
