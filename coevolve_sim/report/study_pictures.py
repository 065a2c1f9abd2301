"""Pictures of a study: the difference from the reference world, worlds side by side, effects on outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.report.canvas import canvas_in_use
from coevolve_sim.report.grid import (
    add_legend_above,
    build_panels,
    count_lines,
    label_axes,
    make_room_for_names,
    measure_title,
)
from coevolve_sim.report.numbers import format_count
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.sampling import choose_evenly
from coevolve_sim.report.study_data import LEAST_SHARE_OF_FURTHEST, StudyData
from coevolve_sim.report.style import DASHES, GROUPS, HISTORY, PEOPLE, escape_dollars, shorten, wrap_text
from coevolve_sim.studies.answer import judge_effect
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.outcome_words import begin_sentence, name_outcome
from coevolve_sim.studies.study import EffectRow

MAX_POINTS, MAX_NAME = 500, 28

LINEAR_UP_TO = 5.0
"""Standardised effects up to this size are drawn on a linear scale; beyond, the scale is logarithmic."""


def color_of(data: StudyData, world: str) -> str:
    """Return the colour of a world; the reference is grey."""
    return PEOPLE if world == data.plan.reference else GROUPS[data.others.index(world) % len(GROUPS)]


def _confidence(data: StudyData) -> str:
    return f"{100 * data.plan.confidence:g} % t interval"


# --- the difference --------------------------------------------------------------------------------


def draw_difference(data: StudyData) -> Picture:
    """Draw the paired difference from the reference over rounds, or pair by pair where rounds have none."""
    if not data.plan.reference:
        return draw_outcome(data)
    tables, reference = data.outcome_by_round, data.plan.reference
    if reference not in tables or len(tables) < 2:
        return draw_pairs(data)
    figure, [axes] = build_panels(1, 2.7, title_lines=0)
    handles: dict[str, Any] = {}
    drawn = [world for world in data.others if world in tables]
    for number, world in enumerate(drawn):
        differences = tables[world] - tables[reference]
        look = {"color": color_of(data, world), "linestyle": "-" if number == 0 else DASHES[(number - 1) % 6]}
        handles[world] = _draw_band(axes, data.rounds, differences, data.plan.confidence, look)
    axes.axhline(0.0, color=HISTORY, linewidth=0.9, zorder=1)
    _draw_round_axis(axes, data.rounds)
    label_axes(figure, "round", wrap_text(f"difference in {name_outcome(data.outcome)}", 40))
    add_legend_above(figure, list(handles.values()), [shorten(f"{w} less {reference}", 60) for w in handles])
    told = f"{_begin_with_outcome(data)} of a world less that of {reference}, of runs with "
    told += "the same seed: mean over pairs"
    told += f", and its {_confidence(data)} at each round" if len(data.plan.seeds) > 1 else ""
    told += ". Where a band holds the line at 0, the worlds are not told apart at that round. "
    told += _say_runs(data, drawn) + _say_rounds_left_out(data) + _say_point(data)
    return Picture("difference", f"Difference from {reference}, round by round", told, figure)


def draw_pairs(data: StudyData) -> Picture:
    """Draw the difference of each pair of runs, with the mean and its interval."""
    name, title = "difference", f"Difference from {data.plan.reference}, pair by pair"
    rows = {row.world: row for row in data.headline.rows if row.point == 0 and not np.isnan(row.world_mean)}
    shown = [world for world in data.others if world in rows]
    if not shown:
        return Picture(name, title, "Not drawn: no pair of runs has a number on both sides.")
    figure, [axes] = build_panels(1, max(2.2, 0.45 * len(shown) + 0.6), title_lines=0)
    for place, world in enumerate(shown):
        here, there = (data.study.scores(data.outcome, one) for one in (world, data.plan.reference))
        each, color = here - there, color_of(data, world)
        each = each[np.isfinite(each)]
        axes.plot(each, np.full(each.size, place + 0.14), "o", color=color, markersize=3.5, alpha=0.6)
        effect = rows[world].effect
        if effect is not None:
            _draw_estimate(axes, place - 0.14, effect.mean, effect.low, effect.high, color)
    axes.axvline(0.0, color=HISTORY, linewidth=0.9, zorder=1)
    axes.set_yticks(range(len(shown)), [escape_dollars(shorten(world, MAX_NAME)) for world in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    make_room_for_names(figure, _longest(shown))
    axes.set_xlabel(escape_dollars(f"difference in {name_outcome(data.outcome)}"))
    told = f"{_begin_with_outcome(data)} of a world less that of {data.plan.reference}: a dot "
    told += (
        f"a pair of runs with the same seed; above them the mean and its {_confidence(data)}, if there is "
    )
    told += "more than one pair." + _say_point(data, " ")
    return Picture(name, title, told, figure)


def _draw_estimate(axes: Any, place: float, mean: float, low: float, high: float, color: str) -> None:
    axes.plot([low, high], [place, place], color=color, linewidth=2.2)
    axes.plot([mean], [place], "D", color=color, markersize=5)


# --- worlds side by side ---------------------------------------------------------------------------


def draw_outcome(data: StudyData) -> Picture:
    """Draw the study's outcome in each world over rounds."""
    name, title = "outcome", f"{_begin_with_outcome(data)} in each world"
    tables = data.outcome_by_round
    if not tables:
        why = "the study keeps no trajectories (record: none)" if not len(data.rounds) else ""
        return Picture(name, title, f"Not drawn: {why or 'a round has no such number; a whole run has'}.")
    figure, [axes] = build_panels(1, 2.5, title_lines=0)
    handles: dict[str, Any] = {}
    for world, table in tables.items():
        handles[world] = _draw_band(
            axes, data.rounds, table, data.plan.confidence, {"color": color_of(data, world)}
        )
    _draw_round_axis(axes, data.rounds)
    label_axes(figure, "round", wrap_text(name_outcome(data.outcome), 40))
    add_legend_above(figure, list(handles.values()), [shorten(world, MAX_NAME) for world in handles])
    told = "Mean over replications" + (
        f", and its {_confidence(data)} at each round. " if len(data.plan.seeds) > 1 else ". "
    )
    if data.plan.reference:
        told += "Bands of two worlds may overlap where the paired difference is told from zero: what people, "
        told += "ties and draws have in common widens the bands of both. "
    return Picture(name, title, told + _say_rounds_left_out(data) + _say_point(data), figure)


def draw_values(data: StudyData) -> Picture:
    """Draw mean values of people and assistants in each world, beside history, a panel a dimension."""
    name, title = "values", "Values in each world"
    chosen = data.chosen_dimensions
    if not chosen:
        return Picture(name, title, "Not drawn: the study keeps no trajectories of a finished run.")
    names = data.study.dimensions
    titles = [wrap_text(names[d], measure_title(len(chosen))) for d in chosen]
    lines = count_lines(titles)
    figure, all_axes = build_panels(len(chosen), 1.4, title_lines=lines)
    handles: dict[str, Any] = {}
    for axes, dimension, told_title in zip(all_axes, chosen, titles, strict=True):
        for world in data.worlds:
            _draw_world(axes, data, world, dimension, handles)
        axes.set_title(told_title, pad=4.0)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0.0, 0.5, 1.0])
        _draw_round_axis(axes, data.rounds)
    label_axes(figure, "round", "value (0 to 1)")
    handles |= {"history": handles.pop("history")} if "history" in handles else {}
    add_legend_above(figure, list(handles.values()), list(handles))
    told = "Solid: people's mean, averaged over replications"
    told += f", with its {_confidence(data)}" if len(data.plan.seeds) > 1 else ""
    told += "; dashed: assistants of that world; dotted: history. "
    if len(chosen) < len(names):
        told += f"{len(chosen)} of {len(names)} dimensions: those in which worlds lie furthest apart. "
    told += "A line that is missing lies under another. "
    return Picture(name, title, told + _say_worlds_left_out(data) + _say_point(data), figure)


def _draw_world(axes: Any, data: StudyData, world: str, dimension: int, handles: dict[str, Any]) -> None:
    color, people = color_of(data, world), data.people(world)
    if not people.size:
        return
    handles[shorten(world, MAX_NAME)] = _draw_band(
        axes, data.rounds, people[:, :, dimension], data.plan.confidence, {"color": color, "linewidth": 1.7}
    )
    points = choose_evenly(data.rounds.size, MAX_POINTS)
    for name in data.assistant_names(world)[:2]:
        level = interval_of_means(data.assistant(world, name)[:, :, dimension], data.plan.confidence)
        axes.plot(
            data.rounds[points],
            level.mean[points],
            color=color,
            linestyle=(0, (4, 2)),
            linewidth=1.0,
            alpha=0.8,
        )
    if (history := data.history(world)) is not None:
        (handles["history"],) = axes.plot(
            data.rounds[points],
            history[points, dimension],
            color=HISTORY,
            linestyle=(0, (1, 1.4)),
            linewidth=1.3,
        )


def _draw_band(
    axes: Any, rounds: NDArray[np.int64], values: Floats, confidence: float, look: dict[str, Any]
) -> Any:
    """Draw means over replications through the rounds at which there are any, and their intervals."""
    level = interval_of_means(values, confidence)
    there = np.flatnonzero(np.isfinite(level.mean))
    points = there[choose_evenly(there.size, MAX_POINTS)] if there.size else there
    if np.isfinite(level.low[points]).any():
        axes.fill_between(
            rounds[points],
            level.low[points],
            level.high[points],
            color=look["color"],
            alpha=0.22,
            linewidth=0,
        )
    (line,) = axes.plot(
        rounds[points], level.mean[points], marker="o" if points.size == 1 else "", markersize=4, **look
    )
    return line


def _draw_round_axis(axes: Any, rounds: NDArray[np.int64]) -> None:
    from matplotlib.ticker import MaxNLocator

    first, last = int(rounds[0]), int(rounds[-1])
    pad = 0.5 if first == last else 0.01 * (last - first)
    axes.set_xlim(first - pad, last + pad)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


# --- effects on outcomes ---------------------------------------------------------------------------


def draw_effects(data: StudyData, outcomes: Sequence[str]) -> Picture:
    """Draw paired effects on several outcomes, each divided by its standard deviation over pairs."""
    name, title = "effects", f"Effects against {data.plan.reference}, on several outcomes"
    from matplotlib.lines import Line2D

    found = {(row.outcome, row.world): row for row in data.effect_rows if row.effect is not None}
    shown = [outcome for outcome in outcomes if any((outcome, world) in found for world in data.others)]
    if not shown:
        return Picture(name, title, "Not drawn: no outcome has two pairs, and so none has an interval.")
    each = max(0.3, 0.15 * len(data.others) + 0.12)
    figure, [axes] = build_panels(1, max(2.2, each * len(shown) + 0.3), title_lines=0)
    handles: dict[str, Any] = {}
    sizes = [1.0]
    for place, outcome in enumerate(shown):
        for number, world in enumerate(data.others):
            row = found.get((outcome, world))
            at = place + (number - (len(data.others) - 1) / 2) * 0.7 / max(len(data.others), 1)
            if row is not None:
                sizes += _draw_standardised(axes, at, row, data, color_of(data, world))
                handles[world] = Line2D([], [], marker="o", linestyle="none", color=color_of(data, world))
    _set_effect_axis(axes, max(sizes))
    axes.axvline(0.0, color=HISTORY, linewidth=0.9, zorder=1)
    labels = [shorten(name_outcome(outcome), 34) for outcome in shown]
    axes.set_yticks(range(len(shown)), [escape_dollars(label) for label in labels])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    make_room_for_names(figure, _longest(labels))
    canvas = canvas_in_use()
    axes.set_xlabel("difference / its sd over pairs", fontsize=canvas.font)
    add_legend_above(figure, list(handles.values()), [shorten(world, MAX_NAME) for world in handles])
    told = "A dot is the mean of a paired difference and a line its "
    told += (
        f"{_confidence(data)}, both divided by the standard deviation of the difference over pairs, so that "
    )
    told += (
        "outcomes of different units stand on one scale: it says how regular an effect is, not how large. "
    )
    told += (
        "Sizes are in the table. Filled: told from zero with the p-value adjusted (Holm), as in the table; "
    )
    told += "hollow: not. A square at the edge: the same difference, not 0, in every pair; a cross: none."
    if max(sizes) > LINEAR_UP_TO:
        told += " Beyond ±1 the scale is logarithmic."
    return Picture(name, title, told + _say_point(data, " "), figure)


def _draw_standardised(axes: Any, place: float, row: EffectRow, data: StudyData, color: str) -> list[float]:
    """Draw an effect divided by its standard deviation; return the sizes of the ends of its interval."""
    effect = row.effect
    if effect is None:
        return []
    verdict = judge_effect(row, data.plan.confidence)
    sd = effect.standard_error * np.sqrt(effect.n)
    look: dict[str, Any] = {"color": color, "linestyle": "none", "markersize": 5.5, "clip_on": False}
    if sd == 0 and effect.mean == 0:
        axes.plot([0.0], [place], marker="x", **look)
        return []
    if sd == 0:
        edge = 1.0 if effect.mean > 0 else 0.0
        axes.plot([edge], [place], marker="s", transform=axes.get_yaxis_transform(), **look)
        return []
    mean, low, high = (end / sd for end in (effect.mean, effect.low, effect.high))
    axes.plot([low, high], [place, place], color=color, linewidth=1.8)
    face = color if verdict in ("above", "below") else "white"
    axes.plot([mean], [place], marker="o", markerfacecolor=face, zorder=3, **look)
    return [abs(low), abs(high)]


def _set_effect_axis(axes: Any, largest: float) -> None:
    if largest <= LINEAR_UP_TO:
        axes.set_xlim(-1.1 * largest, 1.1 * largest)
        return
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axes.set_xscale("symlog", linthresh=1.0, linscale=1.0)
    axes.set_xlim(-1.5 * largest, 1.5 * largest)
    powers = np.arange(0, int(np.log10(largest * 1.5)) + 1)
    step = 1 if powers.size < 5 else 2
    ticks = 10.0 ** powers[::step]
    axes.xaxis.set_major_locator(FixedLocator([*(-ticks[::-1]), 0.0, *ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}".replace("-", "−")))


def _longest(names: Sequence[str]) -> int:
    return max(len(shorten(name, 34)) for name in names)


# --- captions --------------------------------------------------------------------------------------


def _begin_with_outcome(data: StudyData) -> str:
    return begin_sentence(name_outcome(data.outcome))


def _say_runs(data: StudyData, worlds: Sequence[str]) -> str:
    """Say how many runs are behind lines, where it is not the same in all worlds."""
    counts = {world: len(data.summaries[world]) for world in (*worlds, data.plan.reference)}
    if len(set(counts.values())) == 1:
        return _say_worlds_left_out(data)
    told = ", ".join(f"{n} of {world}" for world, n in counts.items())
    return f"Runs that came to their end: {told}. " + _say_worlds_left_out(data)


def _say_worlds_left_out(data: StudyData) -> str:
    left_out = len(data.plan.worlds) - len(data.worlds)
    return f"{format_count(left_out, 'world')} more not drawn. " if left_out else ""


def _say_rounds_left_out(data: StudyData) -> str:
    if not data.n_rounds_left_out:
        return ""
    share = f"{100 * LEAST_SHARE_OF_FURTHEST:.0f} %"
    return f"Lines begin where history has gone {share} of its furthest distance; a share of less is noise. "


def _say_point(data: StudyData, before: str = "") -> str:
    if not data.has_points:
        return ""
    return f"{before}At the first of {format_count(len(data.plan.points), 'point')} of the design."
