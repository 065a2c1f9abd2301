"""Check that adversaries and guards fit the assistants of a scenario."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from coevolve_sim.scenario.guard_specs import AdversariesSpec, SuccessWithinSpec
from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.process_specs import AssistantSpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.society_specs import NAME_PATTERN
from coevolve_sim.scenario.spec import PerDimension
from coevolve_sim.scenario.yaml_text import Path
from coevolve_sim.values.naming import DEFAULT_KEY, spell_out

PerDimensionCheck = Callable[[object, tuple[str, ...], Path], Iterator[Problem]]
Policies = Callable[[Scenario, str], Iterator[tuple[Path, PolicySpec]]]

EDGE = 1e-9
"""How far outside what is permitted a target must lie, for rounding alone."""


def check_guards(
    scenario: Scenario, names: tuple[str, ...], per_dimension: PerDimensionCheck, policies_of: Policies
) -> Iterator[Problem]:
    """Yield what does not fit: operators without a rate, targets that are permitted, and nothing to guard.

    Parameters
    ----------
    scenario : Scenario
    names : tuple of str
        Its dimensions.
    per_dimension : callable
        Yields the problems of a mapping from dimension to number.
    policies_of : callable
        Yields every policy that an assistant ever has, and where it stands.
    """
    adversaries = scenario.adversaries
    if adversaries is not None:
        yield from _operators(adversaries)
        yield from per_dimension(adversaries.target, names, ("adversaries", "target"))
        if not scenario.assistants:
            yield Problem(
                ("adversaries",),
                "there is no assistant that they could persuade; give one of policy role, or leave "
                "adversaries out",
            )
    for index, assistant in enumerate(scenario.assistants):
        yield from _guards(assistant, ("assistants", index, "guards"))
        if adversaries is None and not assistant.guards:
            continue
        for path, policy in policies_of(scenario, assistant.name):
            yield from _region(policy, assistant, path, guarded_only=adversaries is None)
            if adversaries is not None and policy.permitted is not None:
                yield from _target(adversaries, policy.permitted, assistant, names)


def _operators(adversaries: AdversariesSpec) -> Iterator[Problem]:
    for name, given in adversaries.operators.items():
        path: Path = ("adversaries", "operators", name)
        if not re.fullmatch(NAME_PATTERN, name):
            yield Problem(
                path,
                f"'{name}' cannot name an operator; use lower-case letters, digits, - and _, beginning with "
                "a letter or digit",
                at_key=True,
            )
        if isinstance(given, SuccessWithinSpec) and given.success >= 1.0:
            yield Problem(
                (*path, "success"),
                f"{given.success:g} given: every attack succeeds within {given.tries} tries, from which no "
                "rate per try follows; give the rate per try itself, or a success below 1",
            )


def _guards(assistant: AssistantSpec, path: Path) -> Iterator[Problem]:
    names = [guard.name for guard in assistant.guards]
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield Problem(
                (*path, last, "name"),
                f"guard '{name}' is there {count} times; guards are independent of each other, which one is "
                "not of itself: name it once",
            )


def _region(
    policy: PolicySpec, assistant: AssistantSpec, path: Path, *, guarded_only: bool
) -> Iterator[Problem]:
    """Yield the problem of an assistant that may become anything."""
    if policy.permitted is not None or not policy.learns:
        return
    what = "its guards have nothing to keep it to" if guarded_only else "adversaries only persuade it"
    yield Problem(
        path,
        f"assistant '{assistant.name}' of policy {policy.kind} is permitted everything, so that {what}; let "
        "its policy be role, whose standard and tolerance say what is permitted",
    )


def _target(
    adversaries: AdversariesSpec,
    permitted: tuple[PerDimension, PerDimension],
    assistant: AssistantSpec,
    names: tuple[str, ...],
) -> Iterator[Problem]:
    """Yield the problem of a target that is permitted already."""
    given = (adversaries.target, *permitted)
    if any(not _names_all(one, names) for one in given):
        return  # said already, where it stands
    target, standard, tolerance = (np.array(spell_out(one, names)) for one in given)
    if (np.abs(target - standard) <= tolerance + EDGE).all():
        yield Problem(
            ("adversaries", "target"),
            f"lies within what assistant '{assistant.name}' is permitted, so that it takes no attack to "
            "carry it there; give a target outside, or the assistant a smaller tolerance",
        )


def _names_all(given: object, names: tuple[str, ...]) -> bool:
    if not isinstance(given, dict):
        return True
    return set(given) <= {*names, DEFAULT_KEY} and (DEFAULT_KEY in given or set(names) <= set(given))


def guard_notes(scenario: Scenario) -> Iterator[str]:
    """Yield notes on guards that nobody tries to pass, and on assistants that nobody can persuade."""
    adversaries = scenario.adversaries
    for assistant in scenario.assistants:
        if adversaries is None and any(guard.pass_attack < 1.0 for guard in assistant.guards):
            yield (
                f"assistants: pass_attack of the guards of {assistant.name} has no effect without adversaries"
            )
        if adversaries is not None and not assistant.policy.learns:
            kind = assistant.policy.kind
            yield f"adversaries: nobody persuades {assistant.name}, whose policy {kind} learns nothing"
