"""Designs as the plain data that a plan keeps, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.designs import Axis, Design, build_design
from coevolve_sim.studies.plan import StudyPlan


def describe_plainly(design: Design) -> dict[str, Any]:
    """Return a design as plain data, from which `read_design` lays the same points.

    Examples
    --------
    >>> describe_plainly(build_design([Axis("update.noise", (0.0, 0.1))]))["axes"]
    [{'key': 'update.noise', 'values': [0.0, 0.1]}]
    """
    return {
        "kind": design.kind,
        "n": design.n,
        "seed": design.seed,
        "axes": [_describe_axis(axis) for axis in design.axes],
    }


def _describe_axis(axis: Axis) -> dict[str, Any]:
    if not axis.ranged:
        return {"key": axis.key, "values": list(axis.values)}
    return {"key": axis.key, "low": axis.low, "high": axis.high, "log": axis.log, "whole": axis.whole}


def read_design(data: Mapping[str, Any]) -> Design:
    """Return the design that `describe_plainly` described.

    Raises
    ------
    StudyError
        If the data are of another form.

    Examples
    --------
    >>> data = {"kind": "grid", "axes": [{"key": "update.noise", "values": [0.0, 0.1]}]}
    >>> read_design(data).points
    ({'update.noise': 0.0}, {'update.noise': 0.1})
    """
    try:
        kind = data["kind"]
        axes = [
            Axis(
                axis["key"],
                tuple(axis.get("values", ())),
                axis.get("low", math.nan),
                axis.get("high", math.nan),
                axis.get("log", False),
                axis.get("whole", False),
            )
            for axis in data["axes"]
        ]
        return build_design(axes, kind, None if kind == "grid" else data["n"], seed=data.get("seed", 1))
    except (KeyError, TypeError, AttributeError) as error:
        raise StudyError("the plan's design needs kind, n, seed and axes, each with a key") from error


def find_design(plan: StudyPlan) -> Design | None:
    """Return the design whose points a plan has: the one it keeps, or else a grid, if the points are one.

    None where there is a single point, or the points are of no design that is known.
    """
    points = [plan.point_values(point) for point in range(len(plan.points))]
    if len(points) < 2 or not points[0]:
        return None
    if plan.design:
        try:
            design = read_design(plan.design)
        except StudyError:
            return None
        return design if _as_text(design.points) == _as_text(points) else None
    if any(point.keys() != points[0].keys() for point in points):
        return None
    axes = []
    for key in points[0]:
        values = {json.dumps(point[key]): point[key] for point in points}
        axes.append(Axis(key, tuple(values.values())))
    grid_size = math.prod(len(axis.values) for axis in axes)
    if grid_size != len(points):
        return None
    design = build_design(axes)
    return design if _as_text(design.points) == _as_text(points) else None


def _as_text(points: Any) -> str:
    return json.dumps(list(points))
