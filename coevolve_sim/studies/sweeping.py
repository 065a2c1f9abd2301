"""Run worlds at every point of a design: sweeps over grids and ranges of a scenario's keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from coevolve_sim.errors import StudyError
from coevolve_sim.notebook import Progress, show_progress
from coevolve_sim.scenario import Change, ChangeableScenario, Scenario, read_changes
from coevolve_sim.society.objects import Objects
from coevolve_sim.studies.comparing import Worlds, worlds_of
from coevolve_sim.studies.designs import (
    Axis,
    Design,
    build_design,
    parse_axis,
    parse_design,
)
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.plain_designs import describe_plainly
from coevolve_sim.studies.plan import StudyPlan, base_of, build_plan
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import AS_WRITTEN, World

Axes = Mapping[str, Sequence[Any] | str] | Iterable[str | Axis]


def sweep(
    scenario: Scenario | Path | str,
    axes: Axes,
    design: str = "grid",
    *,
    worlds: Worlds | None = None,
    replications: int = 5,
    seed: int = 1,
    overrides: Mapping[str, object] | Iterable[str] = (),
    results: Path | str = "results",
    workers: int | None = 1,
    progress: Progress | bool | None = None,
    objects: Objects | None = None,
    **settings: Any,
) -> Study:
    """Run a scenario at the points of a design, and return the study.

    Parameters
    ----------
    scenario : Scenario or path
        The base of all worlds.
    axes : mapping or iterable
        Key to its values (``{"update.confidence.peer": [.1, .2]}``) or to its range (``"0..1"``); or texts
        as ``update.confidence.peer=.1,.2``.
    design : str
        ``grid``, ``sobol:N``, ``morris:N`` or ``lhs:N``.
    worlds : mapping, optional
        As for `coevolve_sim.compare`; the scenario as written alone if not given.
    replications : int
        How many seeds at every point.
    seed : int
        Of the design's draws.
    overrides, results, workers, progress
        As for `coevolve_sim.compare`.
    objects : Objects, optional
        Python objects that replace what the scenario names.
    **settings
        ``reference``, ``outcome``, ``measures``, ``record``, ``confidence``, as for `coevolve_sim.compare`.

    Returns
    -------
    Study

    Raises
    ------
    ScenarioError, StudyError
        If a point or a world cannot be.
    """
    plan = plan_sweep(
        scenario,
        axes,
        design,
        worlds=worlds,
        seed=seed,
        overrides=overrides,
        replications=replications,
        **settings,
    )
    return run_plan(
        plan, results, Means(workers=workers, progress=show_progress(progress, "runs")), objects or Objects()
    )


def plan_sweep(
    scenario: Scenario | Path | str,
    axes: Axes,
    design: str = "grid",
    *,
    worlds: Worlds | Sequence[World] | None = None,
    seed: int = 1,
    overrides: Mapping[str, object] | Iterable[str] = (),
    replications: int = 5,
    **settings: Any,
) -> StudyPlan:
    """Return the plan of a sweep; see `sweep`."""
    kind, size = parse_design(design)
    laid = build_design(_axes_of(axes), kind, size, seed=seed)
    given = worlds_of(worlds) if worlds else [World(AS_WRITTEN)]
    base = base_of(scenario, overrides)
    return plan_design(base, given, laid, replications=replications, **settings)


def _axes_of(axes: Axes) -> list[Axis]:
    if not isinstance(axes, Mapping):
        return [axis if isinstance(axis, Axis) else parse_axis(axis) for axis in axes]
    found = []
    for key, values in axes.items():
        if isinstance(values, str):
            found.append(parse_axis(f"{key}={values}"))
        elif isinstance(values, Sequence):
            found.append(Axis(key, tuple(values)))
        else:
            raise StudyError(f"{key}: give a list of values, or a range as text, as in '0..1'")
    return found


def plan_design(
    base: ChangeableScenario,
    worlds: Sequence[World],
    design: Design | None,
    *,
    record: str | None = None,
    **settings: Any,
) -> StudyPlan:
    """Return the plan of worlds at every point of a design, or at one point without a design.

    Raises
    ------
    ScenarioError, StudyError
        As `coevolve_sim.studies.plan.build_plan`.
    """
    if design is None:
        return build_plan(base, worlds, record=record or "summary", **settings)
    return build_plan(
        base,
        worlds,
        kind="sweep",
        points=[_changes_of(point) for point in design.points],
        record=record or "none",
        design=describe_plainly(design),
        **settings,
    )


def _changes_of(point: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(read_changes(point, "the design"))
