"""The plan of a study: its worlds, the points of its design, its replications; what each run is.

A plan is complete in itself: it can be written down, sent to another process and read there, and the same
plan is the same runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from coevolve_sim.errors import ScenarioError, StudyError
from coevolve_sim.scenario import Change, ChangeableScenario, Scenario, read_changes
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.instruments.catalogue import (
    NEEDS,
    add_worlds,
    find_instruments,
    order_worlds,
    place_instruments,
)
from coevolve_sim.studies.worlds import World, build_world, check_worlds

Record = Literal["none", "summary", "full"]
RECORDS: tuple[Record, ...] = ("none", "summary", "full")
MOST_RUNS = 1_000_000
MOST_BUILT = 256
"""Scenarios that a plan remembers, so that a design of many points does not fill the memory."""


class Task(NamedTuple):
    """The runs of all worlds at one point of the design, with one seed: what is compared pair by pair.

    Attributes
    ----------
    point, replication : int
        From 0.
    """

    point: int
    replication: int


@dataclass(frozen=True)
class StudyPlan:
    """What a study runs.

    Attributes
    ----------
    name : str
        Names the study's folder.
    question : str
        What it asks, in words; may be empty.
    kind : str
        ``compare``, ``sweep``, ``branch`` or ``lock-in``.
    base : ChangeableScenario
        What all worlds are made from.
    worlds : tuple of World
    reference : str
        The world with which the others are compared; empty where there is only one world.
    points : tuple of tuple of Change
        The points of the design; one without changes where there is no design.
    seeds : tuple of int
        Of the replications, in order; the same in every world and at every point.
    outcome : str
        The outcome that the answer is about; empty to choose it by the scenario.
    measures : tuple of str
        The outcomes of which effects are computed; all if empty.
    record : str
        ``none``: outcomes at the end; ``summary``: the trajectory of means, too; ``full``: a run's folder
        each.
    confidence : float
        Of intervals, in (.5, 1).
    design : dict
        How the points were chosen, as plain data; empty without a design.
    details : dict
        What the kind of study keeps besides, as plain data.
    instruments : tuple of str
        Instruments that are read when the runs are done.
    added : tuple of str
        Worlds that instruments need, which nobody asked for.
    """

    name: str
    question: str
    kind: str
    base: ChangeableScenario
    worlds: tuple[World, ...]
    reference: str
    points: tuple[tuple[Change, ...], ...]
    seeds: tuple[int, ...]
    outcome: str = ""
    measures: tuple[str, ...] = ()
    record: Record = "summary"
    confidence: float = 0.95
    design: Mapping[str, Any] | None = None
    details: Mapping[str, Any] | None = None
    instruments: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def n_runs(self) -> int:
        """Number of runs: worlds times points times replications."""
        return len(self.worlds) * len(self.points) * len(self.seeds)

    @property
    def tasks(self) -> Iterator[Task]:
        """The tasks in order: replication by replication of the first point, then of the next."""
        return (Task(p, r) for p in range(len(self.points)) for r in range(len(self.seeds)))

    @cached_property
    def world_names(self) -> tuple[str, ...]:
        """Names of the worlds, in order."""
        return tuple(world.name for world in self.worlds)

    @cached_property
    def asked_worlds(self) -> tuple[str, ...]:
        """Names of the worlds that were asked for: without those that instruments need."""
        return tuple(name for name in self.world_names if name not in self.added)

    @cached_property
    def base_scenario(self) -> Scenario:
        """The base, as written."""
        return self.base.change(()).scenario

    @property
    def until_width(self) -> float | None:
        """Width of the answer's interval at which no more replications are added; None to add none."""
        width = (self.details or {}).get("until_width")
        return None if width is None else float(width)

    @property
    def looks(self) -> int:
        """How often the width of the interval was looked at, the look to come included."""
        return int((self.details or {}).get("looks", 1))

    @property
    def stated_confidence(self) -> float:
        """The confidence at which intervals are computed, corrected for how often they are looked at.

        At look k of a study that adds replications the chance of error is 6 / (pi k)^2 of that asked for:
        these sum to it however many looks there are (a union bound), so that the final interval covers at
        least as often as is said.
        """
        if self.until_width is None:
            return self.confidence
        return 1.0 - (1.0 - self.confidence) * 6.0 / (math.pi * self.looks) ** 2

    def with_replications(self, n: int) -> StudyPlan:
        """Return the plan of the same study with more replications, for the next look at its interval."""
        seeds = tuple(range(self.seeds[0], self.seeds[0] + n))
        return replace(self, seeds=seeds, details={**(self.details or {}), "looks": self.looks + 1})

    def point_values(self, point: int) -> dict[str, Any]:
        """Return the keys that a point of the design sets, and to what."""
        return {change.key: change.value.plain() for change in self.points[point]}

    def scenario_of(self, task: Task, world: World) -> Scenario:
        """Return the scenario of a run.

        Raises
        ------
        ScenarioError
            Where the change is written, if it cannot be.
        """
        built, place = self._built, (task.point, world.name)
        scenario = built.get(place)
        if scenario is None:
            scenario = build_world(self.base, self.points[task.point], world).scenario
            if len(built) >= MOST_BUILT:
                built.clear()
            built[place] = scenario
        return scenario.model_copy(update={"seed": self.seeds[task.replication]})

    @cached_property
    def _built(self) -> dict[tuple[int, str], Scenario]:
        """Scenarios by point and world: replications differ from them in the seed only."""
        return {}

    def with_seeds(self, seeds: Sequence[int]) -> StudyPlan:
        """Return the same plan with other seeds; scenarios that it has built are not built again."""
        plan = replace(self, seeds=tuple(seeds))
        plan.__dict__["_built"] = self._built  # where cached_property looks
        return plan

    def as_text(self) -> str:
        """Return the plan as JSON, from which `read_plan` makes the same plan."""
        return json.dumps(
            {
                "name": self.name,
                "question": self.question,
                "kind": self.kind,
                "base": self.base.node.plain(),
                "worlds": {world.name: _as_plain(world.changes) for world in self.worlds},
                "peers_of": {world.name: world.peers_of for world in self.worlds if world.peers_of},
                "reference": self.reference,
                "points": [_as_plain(point) for point in self.points],
                "seeds": self.seeds,
                "outcome": self.outcome,
                "measures": self.measures,
                "record": self.record,
                "confidence": self.confidence,
                "design": self.design or {},
                "details": self.details or {},
                "instruments": self.instruments,
                "added": self.added,
            },
            ensure_ascii=False,
        )


def read_plan(text: str, folder: Path | None = None) -> StudyPlan:
    """Read a plan that `StudyPlan.as_text` wrote; relative paths start at the folder."""
    data = json.loads(text)
    here = Path() if folder is None else folder.resolve()
    return StudyPlan(
        name=data["name"],
        question=data["question"],
        kind=data["kind"],
        base=ChangeableScenario.read_dump(json.dumps(data["base"]), here),
        worlds=tuple(
            World(name, _changes(changes, here), data["peers_of"].get(name, ""))
            for name, changes in data["worlds"].items()
        ),
        reference=data["reference"],
        points=tuple(_changes(point, here) for point in data["points"]),
        seeds=tuple(data["seeds"]),
        outcome=data["outcome"],
        measures=tuple(data["measures"]),
        record=data["record"],
        confidence=data["confidence"],
        design=data["design"],
        details=data["details"],
        instruments=tuple(data["instruments"]),
        added=tuple(data["added"]),
    )


def _as_plain(changes: Sequence[Change]) -> list[list[Any]]:
    return [[change.key, change.value.plain()] for change in changes]


def _changes(pairs: Sequence[Sequence[Any]], folder: Path) -> tuple[Change, ...]:
    changes = (change for key, value in pairs for change in read_changes({key: value}, "the study", folder))
    return tuple(changes)


def build_plan(
    base: ChangeableScenario,
    worlds: Sequence[World],
    *,
    name: str = "",
    kind: str = "compare",
    question: str = "",
    reference: str = "",
    points: Sequence[tuple[Change, ...]] = ((),),
    replications: int = 20,
    outcome: str = "",
    measures: Sequence[str] = (),
    record: str = "summary",
    confidence: float = 0.95,
    design: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    instruments: Sequence[str] = (),
) -> StudyPlan:
    """Return the plan of a study, its worlds checked.

    Every world is built once at the first point, and every value of every axis of the design once, so that a
    key that does not exist or a value out of its range is refused before anything runs.

    Parameters
    ----------
    base : ChangeableScenario
    worlds : sequence of World
    replications : int
        How many seeds: that of the base scenario and those after it.
    name, kind, question, reference, points, outcome, measures, record, confidence, design, details
        As of `StudyPlan`; the reference is the last world if not given.
    instruments : sequence of str
        Names in `coevolve_sim.studies.instruments.catalogue.INSTRUMENTS`, or ``FILE.py:NAME``; the worlds
        they need are added.

    Raises
    ------
    ScenarioError
        Where it is written, if a world or a point cannot be.
    StudyError
        If worlds cannot be compared, or a number is out of its range.
    """
    if replications < 1:
        raise StudyError(f"{replications} replications given; at least 1 is needed, 2 for an interval")
    if record not in RECORDS:
        raise StudyError(f"record is '{record}'; allowed: {', '.join(RECORDS)}")
    if not 0.5 < confidence < 1:
        raise StudyError(f"confidence {confidence} given; allowed: above .5 and below 1, as .95")
    names = [world.name for world in worlds]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise StudyError(f"two worlds are called '{repeated}'; give each a name of its own")
    reference = reference or (names[-1] if len(names) > 1 else "")
    if reference and names == [reference]:
        raise StudyError(
            f"the reference '{reference}' is the only world; give another one to compare it with"
        )
    first = points[0] if points else ()
    scenarios = {world.name: build_world(base, first, world).scenario for world in worlds}
    instruments = place_instruments(instruments, Path())
    added = _worlds_of_instruments(instruments, scenarios, worlds, reference, len(points))
    worlds = [*worlds, *added]
    scenarios |= {world.name: build_world(base, first, world).scenario for world in added}
    if len(worlds) > 1:
        peers_of = {world.name: world.peers_of for world in worlds if world.peers_of}
        check_worlds(scenarios, reference or names[0], peers_of)
    _refuse_idle_axes(worlds, points)
    _try_every_value(base, worlds, points)
    if (details or {}).get("until_width") is not None:
        _check_until_width(float((details or {})["until_width"]), replications, reference)
    seed = next(iter(scenarios.values())).seed
    plan = StudyPlan(
        name=name or next(iter(scenarios.values())).name,
        question=question,
        kind=kind,
        base=base,
        worlds=tuple(worlds),
        reference=reference,
        points=tuple(points) or ((),),
        seeds=tuple(range(seed, seed + replications)),
        outcome=outcome,
        measures=tuple(measures),
        record=record,
        confidence=confidence,
        design=design,
        details=details,
        instruments=instruments,
        added=tuple(world.name for world in added),
    )
    if plan.n_runs > MOST_RUNS:
        raise StudyError(
            f"{len(plan.worlds):,} worlds x {len(plan.points):,} points x {len(plan.seeds):,} replications "
            f"are {plan.n_runs:,} runs; at most {MOST_RUNS:,} are taken"
        )
    return plan


def _worlds_of_instruments(
    names: Sequence[str],
    scenarios: Mapping[str, Scenario],
    worlds: Sequence[World],
    reference: str,
    n_points: int,
) -> list[World]:
    """Return the worlds that instruments need, each once."""
    if not names:
        return []
    worlds = order_worlds(worlds, reference)
    setup = build_setup(scenarios[worlds[0].name])
    fulfilled = {
        "every_round": setup.scenario.measures.every == 1,
        "one_point": n_points < 2,
        "sweep": n_points > 1,
    }
    added: list[World] = []
    for name, instrument in find_instruments(names).items():
        own = add_worlds(name, instrument, setup, [*worlds, *added])
        if own and len(worlds) < 2 and getattr(instrument, "compares", True):
            raise StudyError(
                f"{name}: these need worlds of their own, to be compared; give two worlds at least"
            )
        for need in getattr(instrument, "needs", ()):
            if need not in fulfilled:
                raise StudyError(f"{name}: it needs '{need}', which is none of {', '.join(NEEDS)}")
            if not fulfilled[need]:
                raise StudyError(f"{name}: {NEEDS[need]}")
        added += own
    return added


def _refuse_idle_axes(worlds: Sequence[World], points: Sequence[tuple[Change, ...]]) -> None:
    """Refuse axes that would change nothing: seeds, which are replications, and what every world sets."""
    for key in dict.fromkeys(change.key for point in points for change in point):
        if key == "seed":
            raise StudyError("seed: the seeds of a study are its replications; set --replications instead")
        if all(any(_covers(change.key, key) for change in world.changes) for world in worlds):
            raise StudyError(
                f"{key}: every world sets it, so that the points of the design would not differ in it; leave "
                "it out of the worlds, or of the design"
            )


def _covers(above: str, key: str) -> bool:
    return key == above or key.startswith(f"{above}.")


def _check_until_width(width: float, replications: int, reference: str) -> None:
    if not (math.isfinite(width) and width > 0):
        raise StudyError(f"a width of {width:g} given; an interval is wider than 0")
    if not reference or replications < 2:
        raise StudyError("a width is that of an effect's interval: 2 worlds and 2 replications are needed")


def _try_every_value(
    base: ChangeableScenario, worlds: Sequence[World], points: Sequence[tuple[Change, ...]]
) -> None:
    """Build the first world with each value of each axis, the others as at the first point.

    Of a design whose axes have many values, the least and the greatest.
    """
    tried: dict[str, dict[str, Change]] = {}
    for point in points:
        for change in point:
            tried.setdefault(change.key, {}).setdefault(json.dumps(change.value.plain()), change)
    for changes in tried.values():
        values = list(changes.values())
        if len(values) > 20:
            values = sorted(values, key=lambda change: _number(change.value.plain()))
            values = [values[0], values[-1]]
        for change in values:
            others = tuple(other for other in points[0] if other.key != change.key)
            build_world(base, (*others, change), worlds[0])


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def base_of(scenario: Scenario | ChangeableScenario | Path | str, overrides: Any = ()) -> ChangeableScenario:
    """Return a scenario, from Python or a file, as what worlds are made from; keys may be set first.

    Raises
    ------
    ScenarioError
        If it cannot be read.
    """
    if isinstance(scenario, ChangeableScenario):
        return ChangeableScenario(scenario.change(read_changes(overrides)).node)
    if isinstance(scenario, Scenario):
        if list(overrides):
            raise ScenarioError("overrides are for a scenario file; use scenario.model_copy(update=...)")
        return ChangeableScenario.of(scenario)
    changes = read_changes(overrides)
    base = ChangeableScenario.read(scenario)
    return ChangeableScenario(base.change(changes).node) if changes else base
