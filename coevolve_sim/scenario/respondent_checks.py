"""Check that a table of respondents, and groups from the network's file, fit the rest of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coevolve_sim.errors import PopulationError
from coevolve_sim.registry import nearest
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.process_specs import DeGrootSpec, PerformativePeersSpec
from coevolve_sim.scenario.respondent_specs import RespondentsSpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.society_specs import GroupSpec
from coevolve_sim.scenario.yaml_text import Path
from coevolve_sim.values.scales import read_scale

COLUMN_IN_SKETCH = re.compile(r"\$\{([^}]*)\}")
"""Where a sketch names a column."""

_AT: Path = ("population", "file")
_IDLE = ("era", "centre", "spread", "distribution", "sampling")


def check_respondents(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    """Yield the problems of a population's file, and of groups that a network's file tells."""
    population = scenario.population
    given = population.file
    if given is None:
        return
    if given.group is not None and population.groups_from is not None:
        yield Problem((*_AT, "group"), "groups come from a column or from the network's file; leave one out")
    yield from _check_scales(given)
    yield from _check_items(given, names)
    yield from _check_traits(given, scenario)
    if given.sketch is not None and not COLUMN_IN_SKETCH.search(given.sketch):
        yield Problem((*_AT, "sketch"), "names no column; write it as ${COLUMN}")


def _check_scales(given: RespondentsSpec) -> Iterator[Problem]:
    places: list[tuple[Path, object]] = [(("scale",), given.scale)]
    places += [(("items", i, "scale"), item.scale) for i, item in enumerate(given.items)]
    traits = {
        ("adoption",): given.adoption,
        ("stubbornness",): given.stubbornness,
        ("confidence", "peer"): given.confidence.peer,
        ("confidence", "assistant"): given.confidence.assistant,
    }
    places += [((*path, "scale"), getattr(trait, "scale", None)) for path, trait in traits.items()]
    for path, scale in places:
        if isinstance(scale, str | tuple):
            yield from check_scale(scale, (*_AT, *path))


def check_scale(scale: str | Sequence[str], path: Path) -> Iterator[Problem]:
    """Yield what is wrong with a scale of cells."""
    try:
        read_scale(scale)
    except PopulationError as error:
        yield Problem(path, str(error))


def _check_items(given: RespondentsSpec, names: tuple[str, ...]) -> Iterator[Problem]:
    asked = [item.dimension or item.column for item in given.items]
    pairs = [(item.column, name) for item, name in zip(given.items, asked, strict=True)]
    for i, item in enumerate(given.items):
        if asked[i] not in names:
            yield Problem(
                (*_AT, "items", i, "dimension" if item.dimension else "column"),
                f"unknown dimension '{asked[i]}'{nearest(asked[i], names) or '.'} Dimensions here: "
                f"{', '.join(names)}",
            )
        if pairs[i] in pairs[:i]:
            yield Problem((*_AT, "items", i, "column"), f"'{item.column}' is an item of {asked[i]} already")
    if missing := [name for name in names if given.items and name not in asked]:
        yield Problem(
            (*_AT, "items"),
            f"no item asks about dimension '{missing[0]}'; add one, or leave the dimension out with "
            "dimensions",
        )


def _check_traits(given: RespondentsSpec, scenario: Scenario) -> Iterator[Problem]:
    if given.stubbornness is not None and isinstance(scenario.update, DeGrootSpec | PerformativePeersSpec):
        yield Problem((*_AT, "stubbornness"), f"rule {scenario.update.rule} has none; leave it out")
    for source in ("peer", "assistant"):
        told = getattr(given.confidence, source)
        if told is not None and not hasattr(getattr(scenario.update, "confidence", None), source):
            yield Problem(
                (*_AT, "confidence", source),
                f"rule {scenario.update.rule} has no confidence towards {source}s",
            )


def takes_groups_as_found(scenario: Scenario) -> bool:
    """Return whether a file says who belongs to which group, so that shares follow from it."""
    population = scenario.population
    return population.groups_from is not None or (
        population.file is not None and population.file.group is not None
    )


def respondent_notes(scenario: Scenario) -> Iterator[str]:
    """Yield notes on keys of groups that have no effect beside a file of people."""
    population = scenario.population
    if population.file is not None:
        for key in _IDLE:
            if any(_is_set(group, key) for group in population.groups):
                yield f"population.groups.{key} has no effect: population.file tells values"
        if population.file.sketch is not None and scenario.channel.kind != "language":
            yield "population.file.sketch has no effect unless channel.kind is language"
    if takes_groups_as_found(scenario) and any(_is_set(group, "placement") for group in population.groups):
        yield "population.groups.placement has no effect: a file tells who belongs to which group"


def _is_set(group: GroupSpec, key: str) -> bool:
    return bool(getattr(group, key) != GroupSpec.model_fields[key].default)
