"""The numeric keys of a scenario that a page offers for changing, with their ranges from the schema."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from coevolve_sim.errors import ViewError
from coevolve_sim.report.numbers import format_parameter
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.spec import Spec

MOST = 30
"""Keys offered; a scenario of many groups and assistants has more."""

WIDEST = 1000
"""Ranges up to this one are worth a slider; of wider ones a number is written."""


@dataclass(frozen=True)
class ChangeableKey:
    """A key, what the scenario says, and what it may say.

    Attributes
    ----------
    key : str
        Dotted path, as for ``--set``.
    label : str
        Its last words, and whose it is.
    meaning, unit : str
        Of the schema; the unit is empty where there is none.
    value : float
        What the scenario says.
    low, high : float
        Least and greatest allowed.
    is_whole : bool
        Whether it is a whole number.
    """

    key: str
    label: str
    meaning: str
    unit: str
    value: float
    low: float
    high: float
    is_whole: bool
    excludes_low: bool = False
    excludes_high: bool = False

    @property
    def step(self) -> float:
        """From one place of a slider to the next."""
        return 1 if self.is_whole else (self.high - self.low) / 100 if self.has_slider else 0.01

    @property
    def has_slider(self) -> bool:
        """Whether its range is small enough for a slider."""
        return self.high - self.low <= WIDEST

    def read(self, given: object) -> float:
        """Return a number as the key takes it.

        Raises
        ------
        ViewError
            If it is none, or outside of the range; says the range.
        """
        number = _read_number(given)
        too_low = number <= self.low if self.excludes_low else number < self.low
        too_high = number >= self.high if self.excludes_high else number > self.high
        if math.isnan(number) or too_low or too_high or (self.is_whole and number != int(number)):
            raise ViewError(f"{self.key}: {given} was given; allowed: {self.describe_range()}")
        return int(number) if self.is_whole else number

    def describe_range(self) -> str:
        """Return the range in words.

        Examples
        --------
        >>> ChangeableKey("seed", "seed", "", "", 1, 0, 9, True).describe_range()
        'a whole number in [0, 9]'
        """
        opening, closing = "(" if self.excludes_low else "[", ")" if self.excludes_high else "]"
        kind = "a whole number" if self.is_whole else "a number"
        low, high = (
            f"{end:,}" if isinstance(end, int) else format_parameter(end) for end in (self.low, self.high)
        )
        return f"{kind} in {opening}{low}, {high}{closing}"


def _read_number(given: object) -> float:
    """Return a number, nan where it is none; a whole one stays as it is, however large."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    try:
        return float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def find_keys(scenario: Scenario) -> tuple[ChangeableKey, ...]:
    """Return the keys of a scenario that a page offers, at most `MOST`: the rule's first, the seed last.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> found = find_keys(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
    >>> [key.key for key in found][:2], found[-1].key
    (['update.confidence.peer', 'update.rate.peer'], 'seed')
    """
    found = [key for key in _walk(scenario) if not _is_idle(key.key, scenario)]
    seed = next(_numbers(scenario, "", "", only=("seed",)))
    return (*found[: MOST - 1], seed)


def _walk(scenario: Scenario) -> Iterator[ChangeableKey]:
    yield from sorted(_numbers(scenario.update, "update", ""), key=_first_the_usual)
    for i, assistant in enumerate(scenario.assistants):
        yield from _numbers(assistant.policy, f"assistants.{i}.policy", f"policy of {assistant.name}")
    for i, group in enumerate(scenario.population.groups):
        whose = group.name if len(scenario.population.groups) > 1 else "everybody"
        only = ("adoption", "stubbornness") if scenario.assistants else ("stubbornness",)
        yield from _numbers(group, f"population.groups.{i}", whose, only=only)
    if not scenario.network.brings_humans and scenario.population.file is None:
        yield from _numbers(scenario.population, "population", "", only=("humans",))
    yield from _numbers(scenario.network, "network", "network")


def _is_idle(key: str, scenario: Scenario) -> bool:
    """Return whether a key changes nothing here: nobody is consulted, or nobody meets in pairs."""
    if key.endswith(".assistant"):
        return not scenario.assistants
    return key.endswith(".encounters_per_human") and getattr(scenario.update, "schedule", "") == "synchronous"


def _first_the_usual(key: ChangeableKey) -> int:
    """Put confidence and rates first, as they are what people turn."""
    order = ("confidence", "rate", "trust", "noise")
    return next((i for i, name in enumerate(order) if f".{name}" in key.key), len(order))


def _numbers(part: Spec, path: str, whose: str, only: tuple[str, ...] = ()) -> Iterator[ChangeableKey]:
    """Yield the numeric keys of a part that have a range, and of the parts in it."""
    for name, described in type(part).model_fields.items():
        if only and name not in only:
            continue
        value, place = getattr(part, name), f"{path}.{name}".lstrip(".")
        if isinstance(value, Spec) and not only:
            yield from _numbers(value, place, f"{name}, {whose}".rstrip(", "))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from _describe(place, name, whose, value, described)


def _describe(place: str, name: str, whose: str, value: float, described: Any) -> Iterator[ChangeableKey]:
    """Yield a key if its schema has both a least and a greatest number."""
    limits = _read_limits(described.metadata)
    if not ({"ge", "gt"} & limits.keys() and {"le", "lt"} & limits.keys()):
        return
    unit = (described.json_schema_extra or {}).get("unit", "none")
    yield ChangeableKey(
        key=place,
        label=_name(name, whose),
        meaning=described.description or "",
        unit="" if unit == "none" else unit,
        value=value,
        low=limits.get("ge", limits.get("gt", 0.0)),
        high=limits.get("le", limits.get("lt", 1.0)),
        is_whole=isinstance(value, Integral) and _is_whole(described.annotation),
        excludes_low="gt" in limits,
        excludes_high="lt" in limits,
    )


def _name(name: str, whose: str) -> str:
    """Return a key in words.

    Examples
    --------
    >>> _name("peer", "confidence"), _name("triangle_probability", "network"), _name("seed", "")
    ('confidence: peer', 'triangle probability: network', 'seed')
    """
    words = name.replace("_", " ")
    if name in ("peer", "assistant"):
        return f"{whose}: {words}"
    return f"{words}: {whose}" if whose else words


def _read_limits(metadata: list[Any]) -> Mapping[str, float]:
    return {
        bound: getattr(limit, bound)
        for limit in metadata
        for bound in ("ge", "gt", "le", "lt")
        if getattr(limit, bound, None) is not None
    }


def _is_whole(annotation: Any) -> bool:
    return annotation is int or int in getattr(annotation, "__args__", ())
