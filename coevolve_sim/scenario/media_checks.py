"""Check that the outlets of a scenario fit each other, its people and its rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from coevolve_sim.scenario.media_specs import OutletSpec
from coevolve_sim.scenario.problems import Problem, require_known
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.yaml_text import Path

PerDimensionCheck = Callable[[object, tuple[str, ...], Path], Iterator[Problem]]

ROUNDING = 1e-9
"""By how much rates may sum to more than 1, for rounding alone."""


def check_media(
    scenario: Scenario, names: tuple[str, ...], per_dimension: PerDimensionCheck
) -> Iterator[Problem]:
    """Yield what does not fit: names, courses, followers, minds, rates, and societies that hear no outlets.

    Parameters
    ----------
    scenario : Scenario
    names : tuple of str
        Its dimensions.
    per_dimension : callable
        Yields the problems of a mapping from dimension to number.
    """
    if not scenario.media:
        return
    if scenario.channel.kind == "custom":
        yield Problem(
            ("media",),
            "a channel of one's own says nothing of what is heard of outlets; let channel.kind be numeric or "
            "language, or leave media out",
        )
    if scenario.update.deaf_to_outlets:
        yield Problem(
            ("media",),
            f"rule {scenario.update.rule} {scenario.update.deaf_to_outlets}; take another rule, or leave "
            "media out",
        )
    yield from _names(scenario)
    groups = [group.name for group in scenario.population.groups]
    for index, outlet in enumerate(scenario.media):
        path: Path = ("media", index)
        yield from _course(outlet, path)
        yield from _mind(outlet, scenario, path)
        yield from per_dimension(outlet.values, names, (*path, "values"))
        if outlet.ramp is not None:
            for key in ("start", "end"):
                yield from per_dimension(getattr(outlet.ramp, key), names, (*path, "ramp", key))
        if isinstance(outlet.followers, tuple):
            for row, name in enumerate(outlet.followers):
                where: Path = (*path, "followers", row)
                yield from require_known(name, groups, where, "group")
                if name in outlet.followers[:row]:
                    yield Problem(where, f"group '{name}' is named twice; once suffices")
    yield from _rates(scenario, groups)


def _names(scenario: Scenario) -> Iterator[Problem]:
    taken = {assistant.name: "an assistant" for assistant in scenario.assistants}
    taken |= {group.name: "a group" for group in scenario.population.groups}
    names = [outlet.name for outlet in scenario.media]
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield Problem(
                ("media", last, "name"), f"outlet '{name}' is there {count} times; names must differ"
            )
    for index, name in enumerate(names):
        if name in taken:
            yield Problem(
                ("media", index, "name"), f"'{name}' is the name of {taken[name]}; give the outlet another"
            )


def _course(outlet: OutletSpec, path: Path) -> Iterator[Problem]:
    if outlet.ramp is None and outlet.values is None:
        yield Problem(path, f"outlet '{outlet.name}' stands nowhere; give it values or a ramp")
    elif outlet.ramp is not None and outlet.values is not None:
        yield Problem((*path, "values"), "an outlet has values or a ramp, not both")
    elif outlet.ramp is not None and outlet.ramp.start == outlet.ramp.end:
        yield Problem((*path, "ramp", "end"), "it ends where it starts; give another end, or values instead")


def _mind(outlet: OutletSpec, scenario: Scenario, path: Path) -> Iterator[Problem]:
    if scenario.channel.kind == "language" and outlet.mind is not None:
        yield from require_known(outlet.mind, [mind.name for mind in scenario.minds], (*path, "mind"), "mind")


def _rates(scenario: Scenario, groups: list[str]) -> Iterator[Problem]:
    """Yield a group whose members may go more than all the way: to several outlets in one round."""
    nearest = [one.rate for one in scenario.media if one.followers == "homophily"]
    for group in groups:
        able = [
            one
            for one in scenario.media
            if one.followers == "all" or (isinstance(one.followers, tuple) and group in one.followers)
        ]
        total = sum(one.rate for one in able) + max(nearest, default=0.0)
        if total > 1.0 + ROUNDING:
            yield Problem(
                ("media",),
                f"the rates of the outlets that a human of group '{group}' may follow sum to {total:.10g}; "
                "they must sum to at most 1",
            )
            return


def media_notes(scenario: Scenario) -> Iterator[str]:
    """Yield notes on keys of outlets that have no effect, and on courses that outlast the run's rounds."""
    silent = scenario.channel.kind != "language"
    if silent and any(outlet.mind or outlet.voice for outlet in scenario.media):
        yield "media.mind and media.voice have no effect unless channel.kind is language"
    for outlet in scenario.media:
        ramp = outlet.ramp
        if outlet.followers != "homophily" and outlet.within != OutletSpec.model_fields["within"].default:
            yield f"media: within of outlet {outlet.name} has no effect unless its followers are by homophily"
        if ramp is not None and ramp.shape == "ramp" and ramp.cycles != 1:
            yield f"media: cycles of outlet {outlet.name} has no effect with shape ramp"
