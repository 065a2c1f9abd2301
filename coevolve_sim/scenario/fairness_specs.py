"""What a scenario declares of fairness, before any number is shown, and whether that fits its population."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from coevolve_sim.scenario.problems import Problem, require_known
from coevolve_sim.scenario.society_specs import DEFAULT_HUMANS
from coevolve_sim.scenario.spec import Spec, field

if TYPE_CHECKING:
    from coevolve_sim.scenario.scenario import Scenario

FairnessMeasure = Literal["parity", "contractualist", "voice", "calibration"]

LEAST_MEMBERS = 2
"""Fewest humans of a group of which something is said."""


class FairnessSpec(Spec):
    """What is meant by fair: the report then says who is followed, and nothing of it without this."""

    object: str = field(..., "What is to be fair, such as what the assistant says.", min_length=1)
    justification: str = field(..., "Why it is owed, and by which view of fairness.", min_length=1)
    subjects: tuple[str, ...] = field(..., "The groups to whom it is owed: two or more.", min_length=2)
    harm: str = field(..., "What befalls those to whom it is not fair.", min_length=1)
    provider: str = field(..., "Who owes it.", min_length=1)
    scope: str = field(..., "Where and for how long it holds.", min_length=1)
    measures: tuple[FairnessMeasure, ...] = field(
        ...,
        "parity: distances to the groups, and by how much they differ. contractualist: what the group that "
        "has least has. voice: whom the assistant hears. calibration: how far its values miss what each "
        "group comes to hold an era later.",
        min_length=1,
    )
    tolerance: float = field(
        ..., "By how much groups may differ and still be said to be treated alike.", "value", gt=0.0, le=1.0
    )


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
