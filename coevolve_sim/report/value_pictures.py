"""Pictures of values over time: means by group beside history, and the distribution of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.report.canvas import canvas_in_use
from coevolve_sim.report.grid import (
    add_colour_bar,
    add_legend_above,
    build_panels,
    count_lines,
    label_axes,
    measure_title,
)
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.sampling import BINS, Spread, choose_evenly
from coevolve_sim.report.style import (
    ASSISTANTS,
    DASHES,
    GROUPS,
    HISTORY,
    PEOPLE,
    SHARES_MAP,
    wrap_text,
)
from coevolve_sim.report.timeline import Timeline

MAX_PANELS = 12
MAX_POINTS = 500
SPREAD_PANELS = 4
BESIDE = 1.0
"""Inches beside panels that have a colour bar."""


def draw_value_trajectories(
    data: RunData, timeline: Timeline, dimensions: Sequence[int] | None = None
) -> Picture:
    """Draw mean values of people, groups, assistants and history, one panel for each dimension.

    Without dimensions, those that changed most: as many as the caller's axes, or `MAX_PANELS`.
    """
    chosen, whose = data.most_changed(len(canvas_in_use().given) or MAX_PANELS)
    chosen = chosen if dimensions is None else list(dimensions)
    titles = [wrap_text(data.labels[d], measure_title(len(chosen))) for d in chosen]
    lines = count_lines(titles)
    figure, all_axes = build_panels(len(chosen), 1.3, title_lines=lines, title_pad=timeline.title_pad)
    handles: dict[str, Any] = {}
    for axes, dimension, title in zip(all_axes, chosen, titles, strict=True):
        _draw_means(axes, dimension, data, handles)
        axes.set_title(title, pad=timeline.title_pad)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0.0, 0.5, 1.0])
        timeline.draw_axis(axes)
    label_axes(figure, timeline.label, "value (0 to 1)")
    add_legend_above(figure, list(handles.values()), list(handles))
    caption = "" if dimensions else _describe_selection(len(chosen), data.n_dimensions, whose)
    caption += _write_caption(data) + timeline.key
    return Picture("values", _write_title(data), caption, figure)


def _write_title(data: RunData) -> str:
    """Return a title that names what is drawn: groups if there are several, and history if there is one."""
    title = "Values by group" if len(data.means.groups) > 1 else "Values over time"
    return title if data.means.history is None else f"{title}, beside history"


def _draw_means(axes: Any, dimension: int, data: RunData, handles: dict[str, Any]) -> None:
    means = data.means
    points = choose_evenly(means.rounds.size, MAX_POINTS)
    rounds, dot = means.rounds[points], "o" if points.size == 1 else ""

    def line(label: str, values: Floats, **look: Any) -> None:
        (handles[label],) = axes.plot(rounds, values[points, dimension], marker=dot, markersize=4, **look)

    spread = data.spread
    if spread is not None and spread.n_shown > 1:
        middle = means.people[np.searchsorted(means.rounds, spread.rounds), dimension]
        sd = spread.sd[:, dimension]
        handles["people's mean ± 1 sd"] = axes.fill_between(
            spread.rounds, middle - sd, middle + sd, color=PEOPLE, alpha=0.22, linewidth=0
        )
    line("people's mean", means.people, color=PEOPLE, linewidth=2.6)
    if len(means.groups) > 1:
        for name, color in zip(_choose_groups(data), GROUPS, strict=False):
            line(name, means.groups[name], color=color)
    for number, name in enumerate(_choose_assistants(data)):
        look = {"color": ASSISTANTS[number], "linestyle": DASHES[number]}
        line(name, means.assistants[name], **look)
    if means.history is not None:
        line("history", means.history, color=HISTORY, linestyle=(0, (1, 1.4)), linewidth=1.6)


def _choose_groups(data: RunData) -> list[str]:
    sizes = np.bincount(data.run.group_of, minlength=len(data.run.groups))
    largest = np.argsort(-sizes, kind="stable")[: len(GROUPS)]
    return [data.run.groups[i] for i in sorted(largest.tolist())]


def _choose_assistants(data: RunData) -> list[str]:
    """Choose the assistants to draw: the first of those that were ever present."""
    there = [name for name, rows in data.means.assistants.items() if not np.isnan(rows).all()]
    return there[: len(ASSISTANTS)]


def _describe_selection(shown: int, of: int, whose: str) -> str:
    if shown == of:
        return "One panel a dimension. " if of > 1 else ""
    return f"{shown} of {of} dimensions: those that changed most from first to last round in {whose}. "


def _write_caption(data: RunData) -> str:
    means, spread = data.means, data.spread
    told = "Lines are mean values; where a line is missing, it lies under another or is not there. "
    if len(means.groups) > len(GROUPS):
        told += f"Of {len(means.groups)} groups the {len(GROUPS)} largest are drawn. "
    if len(means.assistants) > len(ASSISTANTS):
        told += f"Of {len(means.assistants)} assistants the first {len(ASSISTANTS)} are drawn. "
    if means.rounds.size > MAX_POINTS:
        told += f"Lines are drawn through {MAX_POINTS} evenly spaced rounds. "
    if spread is None or spread.n_shown < 2:
        return told + "No band is drawn, since fewer than two humans are on record round by round."
    whose = "all humans"
    if spread.n_shown < data.n_humans:
        whose = f"{spread.n_shown:,} of {data.n_humans:,} humans, drawn at random"
    return told + f"The band is one standard deviation of {whose}, to either side of people's mean."


# --- distribution --------------------------------------------------------------------------------


def draw_value_distribution(
    data: RunData, timeline: Timeline, dimensions: Sequence[int] | None = None
) -> Picture:
    """Draw the share of humans in each bin of value over rounds, for a few dimensions.

    Without dimensions, those in which people moved most or are most polarized.
    """
    name, title = "distribution", "How people are spread, round by round"
    spread = data.spread
    if spread is None:
        why = "the record keeps no human's values round by round (record.humans is 0)"
        return Picture(name, title, f"Not drawn: {why}.")
    chosen, why = _choose_dimensions(data) if dimensions is None else (list(dimensions), "")
    chosen = chosen[: len(canvas_in_use().given) or None] if dimensions is None else chosen
    columns = min(len(chosen), 2)
    titles = [wrap_text(data.labels[d], measure_title(columns, right=BESIDE)) for d in chosen]
    figure, all_axes = build_panels(
        len(chosen),
        2.2,
        columns=columns,
        title_lines=count_lines(titles),
        title_pad=timeline.title_pad,
        right=BESIDE,
    )
    most = max(float(spread.shares[:, d].max()) for d in chosen)
    for axes, dimension, told_title in zip(all_axes, chosen, titles, strict=True):
        mesh = _draw_shares(axes, dimension, spread, most)
        _draw_reference(axes, dimension, data)
        axes.set_title(told_title, pad=timeline.title_pad)
        timeline.draw_axis(axes)
    label_axes(figure, timeline.label, "value (0 to 1)")
    add_colour_bar(figure, mesh, "share of humans in a bin")
    return Picture(name, title, _write_distribution_caption(data, spread, why) + timeline.key, figure)


def _choose_dimensions(data: RunData) -> tuple[list[int], str]:
    """Choose the dimensions to draw: where people moved most, and where they end most polarized."""
    if data.n_dimensions <= SPREAD_PANELS:
        return list(range(data.n_dimensions)), ""
    moved = np.argsort(-data.individual_change, kind="stable")
    table = data.run.measures_by_dimension
    last = table[table["measure"] == "esteban_ray"]
    if last.empty:
        return sorted(moved[:SPREAD_PANELS].tolist()), "people moved most, one by one"
    last = last[last["round"] == last["round"].max()].set_index("dimension")["value"]
    polarized = np.argsort(-last.reindex(data.run.dimensions).fillna(0.0).to_numpy(), kind="stable")
    first = moved[: SPREAD_PANELS // 2].tolist()
    others = [d for d in polarized.tolist() if d not in first]
    why = "people moved most, one by one (first two), and those most polarized at the end, by the measure "
    why += "after Esteban and Ray"
    return [*first, *others[: SPREAD_PANELS - len(first)]], why


def _draw_shares(axes: Any, dimension: int, spread: Spread, most: float) -> Any:
    from matplotlib.colors import PowerNorm

    rounds = spread.rounds.astype(float)
    middles = (rounds[1:] + rounds[:-1]) / 2
    edges = np.concatenate([[rounds[0] - 0.5], middles, [rounds[-1] + 0.5]])
    axes.grid(visible=False)
    axes.set_ylim(0.0, 1.0)
    return axes.pcolormesh(
        edges,
        np.linspace(0.0, 1.0, BINS + 1),
        spread.shares[:, dimension].T,
        cmap=SHARES_MAP,
        norm=PowerNorm(0.5, 0.0, most),
        rasterized=True,
    )


def _draw_reference(axes: Any, dimension: int, data: RunData) -> None:
    means = data.means
    points = choose_evenly(means.rounds.size, MAX_POINTS)
    axes.plot(means.rounds[points], means.people[points, dimension], color=ASSISTANTS[0], linewidth=1.2)
    if means.history is not None:
        axes.plot(
            means.rounds[points],
            means.history[points, dimension],
            color=HISTORY,
            linewidth=1.2,
            linestyle=(0, (1, 1.4)),
        )


def _write_distribution_caption(data: RunData, spread: Spread, why: str) -> str:
    told = f"Share of humans in each of {BINS} equal bins of value. "
    if why:
        told += f"Dimensions: those in which {why}. "
    told += "Colour grows with the square root of the share, so that small shares can be seen. "
    told += "Orange: people's mean"
    told += "; dotted: history. " if data.means.history is not None else ". "
    if spread.n_shown < data.n_humans:
        told += f"Counted are {spread.n_shown:,} of {data.n_humans:,} humans, drawn at random. "
    every = data.scenario.record.every
    return told + (f"Values are on record every {every} rounds." if every > 1 else "")
