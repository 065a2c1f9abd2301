"""Check that what a scenario declares of fairness fits its population."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.problems import Problem, require_known
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.society_specs import DEFAULT_HUMANS

LEAST_MEMBERS = 2
"""Fewest humans of a group of which something is said."""


def check_fairness(scenario: Scenario) -> Iterator[Problem]:
    """Yield what does not fit: subjects that are no groups, named twice, or of fewer than two humans."""
    declared = scenario.fairness
    if declared is None:
        return
    groups = {group.name: group for group in scenario.population.groups}
    humans = scenario.population.humans
    if humans is None and not scenario.network.brings_humans:
        humans = DEFAULT_HUMANS
    for index, name in enumerate(declared.subjects):
        path = ("fairness", "subjects", index)
        yield from require_known(name, [*groups], path, "group")
        if name in declared.subjects[:index]:
            yield Problem(path, f"group '{name}' is named twice; once suffices")
        elif name in groups and humans is not None and groups[name].share * humans < LEAST_MEMBERS - 0.5:
            yield Problem(
                path,
                f"group '{name}' has {groups[name].share * humans:.2g} of {humans} humans; nothing is said "
                f"of a group of fewer than {LEAST_MEMBERS}",
            )
