"""Read a study file: a question, a base scenario, worlds, replications, a design; as strictly as a scenario.

::

    name: who_is_ahead
    question: How far does an assistant that learns from people hold them back?
    base: held_back
    worlds:
      learning: {}
      frozen: {assistants.0.policy: {kind: frozen}}
      none: {assistants: []}
    reference: none
    replications: 20
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from coevolve_sim.errors import ScenarioError, StudyError
from coevolve_sim.scenario import (
    ChangeableScenario,
    build_change,
    find_scenario,
    read_changes,
    read_text,
)
from coevolve_sim.scenario.problems import problems_of
from coevolve_sim.scenario.society_specs import NAME_PATTERN
from coevolve_sim.scenario.spec import Spec, field
from coevolve_sim.scenario.yaml_text import Mark, Node, read_node
from coevolve_sim.studies.designs import Axis, Design, build_design
from coevolve_sim.studies.driver import DEFAULT_MEANS, Means
from coevolve_sim.studies.instruments.catalogue import place_instruments
from coevolve_sim.studies.lock_in_study import plan_lock_in
from coevolve_sim.studies.plan import StudyPlan
from coevolve_sim.studies.shipped_studies import find_study_file
from coevolve_sim.studies.sweeping import plan_design
from coevolve_sim.studies.worlds import NO_ASSISTANT, build_default_worlds, read_world_entries


class RangeSpec(Spec):
    """A range of a key."""

    low: float = field(..., "Its lower end.", "that of the key")
    high: float = field(..., "Its upper end.", "that of the key")
    log: bool = field(False, "Whether points are even in the logarithm.")
    whole: bool = field(False, "Whether only whole numbers are taken.")


class GridDesignSpec(Spec):
    """Every combination of listed values."""

    kind: Literal["grid"] = field("grid", "Every combination of the listed values.")
    axes: dict[str, tuple[Any, ...]] = field(..., "Values of each key, as in a scenario.")


class SampledDesignSpec(Spec):
    """Points drawn over ranges."""

    kind: Literal["sobol", "morris", "lhs"] = field(
        ..., "sobol: for first and total indices. morris: for screening. lhs: a Latin hypercube."
    )
    size: int = field(..., "Base points, a power of two (sobol); trajectories (morris); points (lhs).", ge=1)
    ranges: dict[str, RangeSpec] = field(..., "The range of each key.")
    seed: int = field(1, "Of the draws.", ge=0)


DesignSpec = Annotated[GridDesignSpec | SampledDesignSpec, Field(discriminator="kind")]


class LockInSpec(Spec):
    """The protocol that tells lock-in from influence and drag."""

    withdraw_after: int | None = field(
        None, "Round after which the assistants leave; half of the rounds if not given.", "round", ge=1
    )
    horizon: int | None = field(
        None,
        "Rounds after that at which the verdict is given; five relaxation times of the society without "
        "assistants, which a pilot measures, if not given.",
        "rounds",
        ge=1,
    )
    of: Literal["way", "position", "variety"] | None = field(
        None,
        "What clause (ii) is about: the share of history's way, people's mean, or their total variance. way "
        "where history moves, else position, if not given.",
    )
    threshold: float = field(0.5, "Share that counts as recovered.", "share", gt=0.0, lt=1.0)


class StudySpec(Spec):
    """A study: one question of many runs."""

    name: str = field(..., "What it is called; names its folder.", pattern=NAME_PATTERN)
    question: str = field("", "What it asks, in words; the report begins with it.")
    base: str = field(
        ..., "The scenario from which worlds are made: a file, relative to this one, or a shipped one's name."
    )
    set: dict[str, Any] = field({}, "Keys set in every world, by dotted path.")
    worlds: dict[str, dict[str, Any]] = field(
        {},
        "Name of each world to the keys in which it differs, by dotted path. As written, with frozen "
        "assistants and without assistants, if not given.",
    )
    reference: str | None = field(
        None, "The world that others are compared with; that without assistants, else the last, if not given."
    )
    replications: int = field(20, "How many seeds: the scenario's and those after it.", ge=1, le=100_000)
    design: DesignSpec | None = field(None, "Points at which all worlds are run; one point if not given.")
    lock_in: LockInSpec | None = field(
        None, "Ask by the protocol whether the assistants lock people in; it brings worlds of its own."
    )
    outcome: str = field(
        "", "What the answer is about; the share of history's way, else the total variance, if not given."
    )
    measures: tuple[str, ...] = field(
        (), "Outcomes of which effects are computed, and p-values adjusted; all if not given."
    )
    record: Literal["none", "summary", "full"] | None = field(
        None,
        "none: outcomes alone, as of a design if not given. summary: means by round, as without a design if "
        "not given. full: a run's folder each.",
    )
    confidence: float = field(0.95, "Of intervals.", "probability", gt=0.5, lt=1.0)
    instruments: tuple[str, ...] = field(
        (),
        "Instruments to read; the worlds they need are added. `coevolve list instruments` shows all; "
        "FILE.py:NAME, relative to this file, is one of your own.",
    )


def read_study_file(
    path: Path | str, overrides: Sequence[str] = (), means: Means = DEFAULT_MEANS
) -> StudyPlan:
    """Read a study file and return its plan.

    A study of lock-in runs its pilot for that.

    Parameters
    ----------
    path : path
        A file, or the name of a shipped study.
    overrides : sequence of str
        ``KEY=VALUE`` of the study, as in ``replications=50``.
    means : Means, optional
        With what a pilot is computed.

    Raises
    ------
    ScenarioError
        At ``file:line:column`` of the study or of its base.
    StudyError
        If its worlds cannot be compared.
    """
    place = find_study_file(path)
    node = read_node(read_text(place), str(place))
    if not isinstance(node.content, dict):
        raise ScenarioError("a study is a mapping of keys to values", str(node.mark))
    for change in read_changes(overrides):
        node = Node({**node.content, change.key: (change.mark, change.value)}, node.mark)
    spec = _validated(node)
    return _plan_of(spec, node, place.parent, means)


def is_study_file(path: Path) -> bool:
    """Return whether a YAML file is a study's, which names a base, and not a scenario's."""
    try:
        content = read_node(read_text(path), str(path)).content
    except ScenarioError:
        return False
    return isinstance(content, dict) and "base" in content


def _validated(node: Node) -> StudySpec:
    data = node.plain()
    try:
        return StudySpec.model_validate_json(json.dumps(data))
    except ValidationError as error:
        problem = problems_of(error, data, StudySpec)[0]
        name = ".".join(str(key) for key in problem.path)
        raise ScenarioError(
            f"{name}: {problem.message}" if name else problem.message,
            str(node.locate(problem.path, key=problem.at_key)),
            problem.path,
        ) from None


def _plan_of(spec: StudySpec, node: Node, folder: Path, means: Means) -> StudyPlan:
    base = _read_base(spec, node, folder)
    if spec.lock_in is not None:
        return _plan_of_lock_in(spec, spec.lock_in, base, node, means)
    entries = _entries_of(node, "worlds")
    worlds = (
        read_world_entries(entries, folder) if entries else build_default_worlds(base.change(()).scenario)
    )
    reference = spec.reference or (NO_ASSISTANT if any(w.name == NO_ASSISTANT for w in worlds) else "")
    design = _design_of(spec, node)
    try:
        return plan_design(
            base,
            worlds,
            design,
            name=spec.name,
            question=spec.question,
            reference=reference,
            replications=spec.replications,
            outcome=spec.outcome,
            measures=spec.measures,
            record=spec.record,
            confidence=spec.confidence,
            instruments=place_instruments(spec.instruments, folder),
        )
    except StudyError as error:
        raise StudyError(f"{node.mark.source}: {error}") from None


def _plan_of_lock_in(
    spec: StudySpec, asked: LockInSpec, base: ChangeableScenario, node: Node, means: Means
) -> StudyPlan:
    for key in ("worlds", "reference", "design", "outcome", "measures", "record", "instruments"):
        if isinstance(node.content, dict) and key in node.content:
            raise ScenarioError(
                f"{key}: a study of lock-in brings its own; leave {key} out, or lock_in",
                str(node.locate((key,), key=True)),
            )
    plan = plan_lock_in(
        base,
        replications=spec.replications,
        withdraw_after=asked.withdraw_after,
        horizon=asked.horizon,
        on=asked.of or "",
        threshold=asked.threshold,
        confidence=spec.confidence,
        means=means,
    )
    return replace(plan, name=spec.name, question=spec.question or plan.question)


def _entries_of(node: Node, key: str) -> dict[str, tuple[Mark, Node]]:
    """Return the entries of a mapping in the study; none where it is not given."""
    part = node.content[key][1].content if isinstance(node.content, dict) and key in node.content else None
    return part if isinstance(part, dict) else {}


def _read_base(spec: StudySpec, node: Node, folder: Path) -> ChangeableScenario:
    mark = str(node.locate(("base",)))
    beside = folder / spec.base
    try:
        found = beside if beside.is_file() else find_scenario(spec.base)
        base = ChangeableScenario.read(found)
    except ScenarioError as error:
        if error.where is None:
            raise ScenarioError(error.problem, mark) from None
        raise
    entries = _entries_of(node, "set").items()
    changes = [build_change(key, value, at, folder) for key, (at, value) in entries]
    return ChangeableScenario(base.change(changes).node) if changes else base


def _design_of(spec: StudySpec, node: Node) -> Design | None:
    if spec.design is None:
        return None
    try:
        if isinstance(spec.design, GridDesignSpec):
            axes = [Axis(key, tuple(values)) for key, values in spec.design.axes.items()]
            return build_design(axes)
        ranges = spec.design.ranges.items()
        axes = [Axis(key, (), one.low, one.high, one.log, one.whole) for key, one in ranges]
        return build_design(axes, spec.design.kind, spec.design.size, seed=spec.design.seed)
    except StudyError as error:
        raise ScenarioError(f"design: {error}", str(node.locate(("design",)))) from None
