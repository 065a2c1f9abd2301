"""Pictures of a study's design: an outcome over its axes, and which of them it depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.report.grid import (
    add_colour_bar,
    add_legend_above,
    build_panels,
    label_axes,
    make_room_for_names,
)
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.study_pictures import MAX_NAME, color_of
from coevolve_sim.report.style import GROUPS, HISTORY, VALUES_MAP, escape_dollars, shorten, wrap_text
from coevolve_sim.studies.answer import format_setting, judge_effect
from coevolve_sim.studies.designs import Axis, Design
from coevolve_sim.studies.estimates import format_alone
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.outcome_rounds import SHARE_OF_WAY
from coevolve_sim.studies.outcome_words import begin_sentence, name_outcome
from coevolve_sim.studies.phase_diagram import PhaseDiagram, build_phase_diagram, trace_contour
from coevolve_sim.studies.sensitivity import estimate_sobol_indices, screen_by_morris

MOST_MAPS, MOST_AXES = 4, 9

DrawMaps = Callable[[StudyData, Design, Sequence[str] | None], Picture]


def draw_design(data: StudyData) -> list[Picture]:
    """Draw the outcome over the points of a design, in the way that suits it; nothing without points."""
    design = data.design
    if design is None or not data.outcome:
        return []
    if design.kind in ("sobol", "morris"):
        return [draw_sensitivity(data, design), draw_over_axes(data, design)]
    if is_phase_plane(design):
        maps = [draw_phase_diagram(data, design)]
        return (
            [*maps, draw_phase_of_difference(data, design)] if data.others and data.plan.reference else maps
        )
    if design.kind == "grid" and len(design.axes) == 1:
        return [draw_over_axis(data, design)]
    if data.plan.reference:
        return [draw_difference_over_axes(data, design), draw_over_axes(data, design)]
    return [draw_over_axes(data, design)]


def table_of_scores(data: StudyData, world: str) -> Floats:
    """Return the study's outcome in a world, shape (points, replications), nan where there is none."""
    n_points = len(data.plan.points)
    scores = np.stack([data.study.scores(data.outcome, world, point) for point in range(n_points)])
    return np.where(np.isfinite(scores), scores, np.nan)


def _is_numeric(axis: Axis) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in axis.values)


def _outcome(data: StudyData) -> str:
    return name_outcome(data.outcome)


def _confidence(data: StudyData) -> str:
    return f"{100 * data.plan.confidence:g} % t interval"


# --- one axis --------------------------------------------------------------------------------------


def draw_over_axis(data: StudyData, design: Design) -> Picture:
    """Draw the outcome over the only axis, in each world, and beside it the difference from the reference."""
    axis, reference = design.axes[0], data.plan.reference
    figure, panels = build_panels(2 if reference else 1, 2.5, share=False)
    order, places = _lay_out(axis)
    handles: dict[str, Any] = {}
    tables = {world: table_of_scores(data, world) for world in data.worlds}
    for world, table in tables.items():
        look = {"color": color_of(data, world)}
        handles[world] = _draw_over(panels[0], places, table[order], data.plan.confidence, look)
    panels[0].set_title(wrap_text(_outcome(data), 44))
    for world in data.others if reference else []:
        difference = tables[world] - tables[reference]
        _draw_over(
            panels[1], places, difference[order], data.plan.confidence, {"color": color_of(data, world)}
        )
    if reference:
        panels[1].axhline(0.0, color=HISTORY, linewidth=0.9, zorder=1)
        panels[1].set_title(wrap_text(f"difference from {reference}", 44))
    for panel in panels:
        _label_places(panel, axis, places)
    label_axes(figure, escape_dollars(axis.key), "")
    add_legend_above(figure, list(handles.values()), [shorten(world, MAX_NAME) for world in handles])
    told = f"Means over replications with their {_confidence(data)}, by {axis.key}. "
    told += "Right: the paired difference; where its interval holds 0, worlds are not told apart there. "
    told = told if reference else told.partition("Right")[0]
    told += "" if _is_numeric(axis) else "Its values are names, in the order given. "
    return Picture("design", f"{begin_sentence(_outcome(data))} by {axis.key}", told, figure)


def _lay_out(axis: Axis) -> tuple[list[int], Floats]:
    """Return the order in which values are drawn, and where: numbers ascending, names as given."""
    if not _is_numeric(axis):
        return list(range(len(axis.values))), np.arange(len(axis.values), dtype=float)
    values = np.array(axis.values, dtype=float)
    order = np.argsort(values)
    return order.tolist(), values[order]


def _draw_over(axes: Any, places: Floats, table: Floats, confidence: float, look: dict[str, Any]) -> Any:
    level = interval_of_means(table.T, confidence)
    if np.isfinite(level.low).any():
        axes.fill_between(places, level.low, level.high, alpha=0.22, linewidth=0, color=look["color"])
    return axes.plot(places, level.mean, marker="o", markersize=4, **look)[0]


def _label_places(axes: Any, axis: Axis, places: Floats) -> None:
    if not _is_numeric(axis):
        labels = [escape_dollars(shorten(format_setting(value), 16)) for value in axis.values]
        axes.set_xticks(places, labels)
        axes.set_xlim(-0.5, len(labels) - 0.5)


# --- two axes --------------------------------------------------------------------------------------


def is_phase_plane(design: Design | None) -> bool:
    """Return whether a design is a grid over two axes of numbers."""
    return (
        design is not None
        and design.kind == "grid"
        and len(design.axes) == 2
        and all(map(_is_numeric, design.axes))
    )


def draw_phase(data: StudyData, draw: DrawMaps | None = None, worlds: Sequence[str] | None = None) -> Picture:
    """Draw maps over the two axes of a design; say which design has them where this one has not."""
    design = data.design
    if design is None or not is_phase_plane(design):
        told = (
            "the study is no grid over two keys with numbers; coevolve_sim.sweep(scenario, {KEY: [0.1, 0.2], "
        )
        return Picture("design", "Outcome over two axes", f"Not drawn: {told}OTHER: [1, 2]}}) makes one.")
    return (draw or draw_phase_diagram)(data, design, worlds)


def draw_phase_diagram(data: StudyData, design: Design, worlds: Sequence[str] | None = None) -> Picture:
    """Draw the outcome over two axes, a map a world, with the line on which it passes a threshold."""
    name, title = "design", f"{begin_sentence(_outcome(data))} over two axes"
    chosen = data.worlds[-MOST_MAPS:] if worlds is None else worlds
    tables = {world: table_of_scores(data, world) for world in chosen}
    diagrams = {
        world: build_phase_diagram(design, table)
        for world, table in tables.items()
        if np.isfinite(table).any()
    }
    if not diagrams:
        return Picture(name, title, "Not drawn: no run came to its end.")
    threshold, why = _choose_threshold(data, list(diagrams.values()))
    ends = [np.nanmin([d.means for d in diagrams.values()]), np.nanmax([d.means for d in diagrams.values()])]
    figure, panels = _build_maps(len(diagrams))
    has_lines: list[bool] = []
    for panel, (world, diagram) in zip(panels, diagrams.items(), strict=True):
        mesh = _draw_map(panel, diagram, VALUES_MAP, float(ends[0]), float(ends[1]))
        has_lines.append(_draw_contour(panel, diagram, threshold))
        panel.set_title(wrap_text(world, 30))
    _finish_maps(figure, design, mesh, _outcome(data))
    told = "A cell is the mean over replications at a point of the design; cells are drawn of equal size. "
    told += f"The line is where the outcome is {format_alone(threshold)}, {why}, linear between cells. "
    told += "" if all(has_lines) else "Where there is none, the outcome does not pass it. "
    masked = sum(diagram.n_masked for diagram in diagrams.values())
    told += f"{masked} white cells have no finished run. " if masked else ""
    return Picture(name, title, told, figure)


def draw_phase_of_difference(data: StudyData, design: Design, worlds: Sequence[str] | None = None) -> Picture:
    """Draw the paired difference from the reference over two axes, a map a world."""
    reference = data.plan.reference
    name, title = "design-difference", f"Difference from {reference} over two axes"
    there = table_of_scores(data, reference)
    diagrams = {}
    for world in data.others[:MOST_MAPS] if worlds is None else worlds:
        difference = table_of_scores(data, world) - there
        if np.isfinite(difference).any():
            diagrams[world] = build_phase_diagram(design, difference)
    if not diagrams:
        return Picture(name, title, "Not drawn: no pair of runs came to its end.")
    most = max(float(np.nanmax(np.abs(diagram.means))) for diagram in diagrams.values()) or 1.0
    figure, panels = _build_maps(len(diagrams))
    for panel, (world, diagram) in zip(panels, diagrams.items(), strict=True):
        mesh = _draw_map(panel, diagram, "RdBu_r", -most, most)
        _draw_contour(panel, diagram, 0.0)
        _mark_not_told(panel, data, design, world)
        panel.set_title(wrap_text(f"{world} less {reference}", 40))
    _finish_maps(figure, design, mesh, f"difference in {_outcome(data)}")
    told = f"The mean paired difference from {reference}. A cross: not told from zero at that point, the "
    told += "p-value being adjusted (Holm), or no interval. The line is where the mean is 0."
    return Picture(name, title, told, figure)


def _build_maps(n: int) -> tuple[Any, list[Any]]:
    figure, panels = build_panels(n, 2.4, columns=min(n, 2), right=1.1)
    for panel in panels:
        panel.grid(visible=False)
    return figure, panels


def _draw_map(axes: Any, diagram: PhaseDiagram, colors: str, low: float, high: float) -> Any:
    high = high if high > low else low + 1e-9
    for set_ticks, values in ((axes.set_xticks, diagram.x), (axes.set_yticks, diagram.y)):
        step = -(-values.size // 8)
        set_ticks(np.arange(values.size)[::step], [f"{value:.3g}" for value in values[::step]])
    edges = [np.arange(values.size + 1) - 0.5 for values in (diagram.x, diagram.y)]
    return axes.pcolormesh(*edges, diagram.means, cmap=colors, vmin=low, vmax=high, rasterized=True)


def _draw_contour(axes: Any, diagram: PhaseDiagram, threshold: float) -> bool:
    """Draw the line on which the mean passes a threshold; return whether there is one."""
    if min(diagram.x.size, diagram.y.size) < 2:
        return False
    lines = trace_contour(diagram, threshold)
    for line in lines:
        across, up = (
            np.interp(line[:, column], values, np.arange(values.size))
            for column, values in enumerate((diagram.x, diagram.y))
        )
        axes.plot(across, up, color="white", linewidth=3.2)
        axes.plot(across, up, color=HISTORY, linewidth=1.4)
    return bool(lines)


def _mark_not_told(axes: Any, data: StudyData, design: Design, world: str) -> None:
    told = {
        row.point
        for row in data.headline.rows
        if row.world == world and judge_effect(row, data.plan.confidence) in ("above", "below")
    }
    across, up = (np.sort(np.array(axis.values, dtype=float)) for axis in design.axes)
    marks = [
        (np.searchsorted(across, point[design.keys[0]]), np.searchsorted(up, point[design.keys[1]]))
        for number, point in enumerate(design.points)
        if number not in told
    ]
    if marks:
        axes.plot(*zip(*marks, strict=True), "x", color="#444444", markersize=5, linestyle="none")


def _finish_maps(figure: Any, design: Design, mesh: Any, label: str) -> None:
    add_colour_bar(figure, mesh, wrap_text(label, 34), from_right=0.95)
    label_axes(figure, escape_dollars(design.keys[0]), wrap_text(design.keys[1], 44))


def _choose_threshold(data: StudyData, diagrams: Sequence[PhaseDiagram]) -> tuple[float, str]:
    """Return the threshold of the line, and why it is this one."""
    given = (data.plan.details or {}).get("threshold")
    if isinstance(given, int | float):
        return float(given), "as asked for"
    means = np.concatenate([diagram.means.ravel() for diagram in diagrams])
    low, high = float(np.nanmin(means)), float(np.nanmax(means))
    margin = (high - low) / 10
    if data.outcome == SHARE_OF_WAY and low + margin < 0.5 < high - margin:
        return 0.5, "half of history's way"
    return (low + high) / 2, "halfway between the least and the greatest mean"


# --- any axes --------------------------------------------------------------------------------------


def draw_over_axes(data: StudyData, design: Design) -> Picture:
    """Draw the outcome of every point against each axis, in each world."""
    handles: dict[str, Any] = {}
    figure, panels = _build_axis_panels(design)
    levels = {
        world: interval_of_means(table_of_scores(data, world).T, data.plan.confidence).mean
        for world in data.worlds
    }
    for panel, axis in zip(panels, design.axes, strict=False):
        places = _place_points(panel, axis, design)
        for world, means in levels.items():
            look: dict[str, Any] = {"color": color_of(data, world), "markersize": 3.5, "alpha": 0.6}
            (handles[world],) = panel.plot(places, means, "o", **look)
    label_axes(figure, "value of the axis", wrap_text(_outcome(data), 40))
    add_legend_above(figure, list(handles.values()), [shorten(world, MAX_NAME) for world in handles])
    told = "A dot is the mean over replications at a point of the design; all other axes vary, too. "
    title = f"{begin_sentence(_outcome(data))} at every point, by axis"
    return Picture("design-points", title, told + _say_axes_left_out(design), figure)


def draw_difference_over_axes(data: StudyData, design: Design) -> Picture:
    """Draw the paired difference from the reference at every point against each axis."""
    reference = data.plan.reference
    rows = [row for row in data.headline.rows if np.isfinite(row.world_mean)]
    title = f"Difference from {reference} at every point, by axis"
    if not rows:
        return Picture("design-difference", title, "Not drawn: no pair of runs came to its end.")
    handles: dict[str, Any] = {}
    figure, panels = _build_axis_panels(design)
    for panel, axis in zip(panels, design.axes, strict=False):
        places = _place_points(panel, axis, design)
        for world in data.others:
            own = [row for row in rows if row.world == world]
            told = [judge_effect(row, data.plan.confidence) in ("above", "below") for row in own]
            color = color_of(data, world)
            panel.scatter(
                [places[row.point] for row in own],
                [row.world_mean - row.reference_mean for row in own],
                s=18,
                edgecolors=color,
                facecolors=[color if is_told else "white" for is_told in told],
            )
            (handles[world],) = panel.plot([], [], "o", color=color, markersize=4)
        panel.axhline(0.0, color=HISTORY, linewidth=0.9, zorder=1)
    label_axes(figure, "value of the axis", wrap_text(f"difference in {_outcome(data)}", 40))
    add_legend_above(figure, list(handles.values()), [shorten(world, MAX_NAME) for world in handles])
    caption = (
        "A dot is the mean paired difference at a point of the design; all other axes vary, too. Filled: "
    )
    caption += "told from zero, the p-value being adjusted (Holm); hollow: not, or no interval. "
    return Picture("design-difference", title, caption + _say_axes_left_out(design), figure)


def _build_axis_panels(design: Design) -> tuple[Any, list[Any]]:
    """Build a panel for each axis, each with its own scale across."""
    shown = design.axes[:MOST_AXES]
    figure, panels = build_panels(len(shown), 1.7, share_across=False)
    for panel, axis in zip(panels, shown, strict=True):
        panel.set_title(wrap_text(axis.key, 34))
        if axis.log:
            panel.set_xscale("log")
    return figure, panels


def _place_points(axes: Any, axis: Axis, design: Design) -> Floats:
    """Return where each point lies on an axis; names are placed in the order given, and written below."""
    given = [point[axis.key] for point in design.points]
    if axis.ranged or _is_numeric(axis):
        return np.array(given, dtype=float)
    kinds = list(axis.values)
    _label_places(axes, axis, np.arange(len(kinds), dtype=float))
    return np.array([kinds.index(value) for value in given], dtype=float)


def _say_axes_left_out(design: Design) -> str:
    left_out = len(design.axes) - MOST_AXES
    return f"{left_out} more axes are not drawn. " if left_out > 0 else ""


def draw_sensitivity(data: StudyData, design: Design) -> Picture:
    """Draw Sobol indices or Morris's screening, a panel a world."""
    name = "design"
    title = f"What {_outcome(data)} depends on"
    worlds = data.worlds[:MOST_MAPS]
    found: dict[str, Any] = {}
    why = ""
    analyse: Any = estimate_sobol_indices if design.kind == "sobol" else screen_by_morris
    for world in worlds:
        try:
            found[world] = analyse(design, table_of_scores(data, world), confidence=data.plan.confidence)
        except StudyError as error:
            why = f"{world}: {error}"
    if not found:
        return Picture(name, title, f"Not drawn: {why}.")
    height = max(1.6, 0.34 * len(design.keys) + 0.4)
    figure, panels = build_panels(len(found), height, columns=min(len(found), 2))
    for panel, (world, indices) in zip(panels, found.items(), strict=True):
        handles = _draw_indices(panel, design, indices)
        panel.set_title(wrap_text(world, 40))
    label = "share of variance" if design.kind == "sobol" else f"change in {_outcome(data)}, per full range"
    longest = max(len(shorten(key, 34)) for key in design.keys)
    make_room_for_names(figure, longest)
    label_axes(figure, escape_dollars(label), "")
    add_legend_above(figure, list(handles.values()), list(handles))
    return Picture(name, title, _write_sensitivity_caption(data, design, why), figure)


def _draw_indices(axes: Any, design: Design, indices: Any) -> dict[str, Any]:
    """Draw two bars an axis, with intervals where there are any."""
    if design.kind == "sobol":
        bars = {
            "alone (first index)": (indices.first, indices.first_margin),
            "with others (total index)": (indices.total, indices.total_margin),
        }
    else:
        bars = {
            "mean absolute effect (mu*)": (indices.mean_absolute_effect, indices.margin),
            "spread of effects (sigma)": (indices.spread, None),
        }
    places = np.arange(len(design.keys))
    handles = {}
    for number, (label, (values, margin)) in enumerate(bars.items()):
        handles[label] = axes.barh(
            places + (number - 0.5) * 0.36,
            values,
            height=0.34,
            xerr=margin,
            color=GROUPS[number],
            error_kw={"elinewidth": 1.2, "ecolor": "#333333"},
        )
    axes.set_yticks(places, [escape_dollars(shorten(key, 34)) for key in design.keys])
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.axvline(0.0, color=HISTORY, linewidth=0.9)
    return handles


def _write_sensitivity_caption(data: StudyData, design: Design, why: str) -> str:
    share = f"{100 * data.plan.confidence:g} %"
    if design.kind == "sobol":
        told = f"Sobol indices over the design ({design.n} base points), with {share} bootstrap intervals. "
        told += (
            "First: the share of the variance that an axis explains alone; total: the share that would be "
        )
        told += "left if all others were known. What chance is left in the outcomes counts as interaction; "
        told += "an interval far wider than its index asks for more points. "
    else:
        told = (
            f"Morris's screening ({design.n} trajectories), with {share} intervals of mu*. mu*: how much the "
        )
        told += "outcome changes on average when one axis does; sigma: how unlike these changes are, 0 where "
        told += "the outcome is linear and nothing interacts. "
    return told + (f"Left out: {why}. " if why else "")
