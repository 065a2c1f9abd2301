"""Pictures of measures: over time, the assistant's distance from people, and which dimensions divide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import disagreement_of_individuals, without_each_dimension
from coevolve_sim.report.canvas import canvas_in_use
from coevolve_sim.report.grid import (
    MOST_LETTERS,
    add_legend_above,
    build_panels,
    count_lines,
    label_axes,
    make_room_for_names,
    measure_title,
)
from coevolve_sim.report.numbers import ROUNDING, format_number
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.sampling import choose_evenly
from coevolve_sim.report.style import (
    ASSISTANTS,
    DASHES,
    GROUPS,
    HISTORY,
    escape_dollars,
    shorten,
    wrap_text,
)
from coevolve_sim.report.timeline import Timeline

SHOWN = (
    "variance",
    "mean_pairwise_distance",
    "total_variance",
    "participation_ratio",
    "effective_clusters",
    "bimodality",
    "esteban_ray",
    "assortativity",
    "disagreement_of_ties",
    "disagreement_of_communities",
)
"""Measures drawn, of those that were taken: spread, shape, then who differs from whom."""

MAX_POINTS = 500
MAX_BARS = 20


def draw_measures(data: RunData, timeline: Timeline, names: Sequence[str] | None = None) -> Picture:
    """Draw measures over time, one panel each: of these names, or else those of `SHOWN` that were taken."""
    name, title = "measures", "Measures over time"
    table = data.measures
    chosen = [measure for measure in SHOWN if measure in table.columns] or list(table.columns[:10])
    chosen = chosen[: len(canvas_in_use().given) or None] if names is None else list(names)
    if not chosen:
        return Picture(name, title, "Not drawn: nothing was measured.")
    titles = [
        wrap_text(measure.replace("_", " "), measure_title(len(chosen), share=False)) for measure in chosen
    ]
    figure, all_axes = build_panels(
        len(chosen), 1.25, share=False, title_lines=count_lines(titles), title_pad=timeline.title_pad
    )
    rows = choose_evenly(len(table), MAX_POINTS)
    rounds = table.index.to_numpy()[rows]
    for axes, measure, told_title in zip(all_axes, chosen, titles, strict=True):
        _draw_measure(axes, rounds, table[measure].to_numpy(dtype=float)[rows], measure)
        axes.set_title(told_title, pad=timeline.title_pad)
        timeline.draw_axis(axes)
    label_axes(figure, timeline.label, "measure (its own scale)")
    told = "Meanings and ranges are in the table of measures. Scales differ from panel to panel; where no "
    told += "value is below 0, they begin at 0 (effective clusters at 1). Gaps are undefined or infinite."
    return Picture(name, title, told + timeline.key, figure)


def _draw_measure(axes: Any, rounds: NDArray[np.int64], values: Floats, measure: str) -> None:
    from matplotlib.ticker import MaxNLocator

    finite = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(finite).all():
        says = "infinite" if np.isinf(values).any() else "undefined"
        axes.text(0.5, 0.5, says, transform=axes.transAxes, ha="center", color="#6B6B6B")
        axes.set_yticks([])
        return
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    dot = "o" if rounds.size == 1 else ""
    axes.plot(rounds, finite, color=GROUPS[0], marker=dot, markersize=4, clip_on=False, zorder=3)
    floor = 1.0 if measure == "effective_clusters" else 0.0
    low, high = float(np.nanmin(finite)), float(np.nanmax(finite))
    if low >= floor:
        axes.set_ylim(floor, high + 0.08 * (high - floor) if high > floor else floor + 0.1)
    elif high - low < 1e-9:
        axes.set_ylim(low - 0.1, high + 0.1)


# --- assistants ----------------------------------------------------------------------------------


def draw_assistant_distance(data: RunData, timeline: Timeline) -> Picture:
    """Draw each assistant's distance from people, and how many consulted it."""
    name, title = "assistants", "Assistants: distance from people, and consultations"
    means = data.means
    there = [key for key, rows in means.assistants.items() if not np.isnan(rows).all()][: len(ASSISTANTS)]
    if not there:
        had = "was there in no round" if means.assistants else "is not in this scenario"
        return Picture(name, title, f"Not drawn: an assistant {had}.")
    figure, (left, right) = build_panels(2, 2.3, share=False, title_pad=timeline.title_pad)
    points = choose_evenly(means.rounds.size, MAX_POINTS)
    handles: dict[str, Any] = {}
    for number, assistant in enumerate(there):
        look: dict[str, Any] = {"color": ASSISTANTS[number], "markersize": 4, "clip_on": False, "zorder": 3}
        look["linestyle"] = DASHES[number] if len(there) > 1 else "-"
        look["marker"] = "o" if points.size == 1 else ""
        away = rms_distance(means.assistants[assistant], means.people)[points]
        (handles[assistant],) = left.plot(means.rounds[points], away, **look)
        _draw_consultations(right, assistant, data, look)
    if means.history is not None:
        away = rms_distance(means.people, means.history)[points]
        (handles["people's mean from history"],) = left.plot(
            means.rounds[points], away, color=HISTORY, linestyle=(0, (1, 1.4))
        )
    left.set_title("distance from people's mean", pad=timeline.title_pad)
    left.set_ylabel("RMS over dimensions (0 to 1)")
    right.set_title("consultations", pad=timeline.title_pad)
    right.set_ylabel("humans a round")
    for axes in (left, right):
        axes.set_ylim(bottom=0.0, top=None if axes.get_ylim()[1] > 1e-9 else 1.0)
        timeline.draw_axis(axes)
        axes.set_xlabel(timeline.label)
    add_legend_above(figure, list(handles.values()), list(handles))
    return Picture(name, title, _write_assistant_caption(data, len(there)) + timeline.key, figure)


def rms_distance(one: Floats, other: Floats) -> Floats:
    """Return the distance between two profiles, row by row: root mean square over dimensions, in [0, 1].

    Examples
    --------
    >>> rms_distance(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])).tolist()
    [1.0]
    """
    distance: Floats = np.sqrt(((one - other) ** 2).mean(axis=-1))
    return distance


def _draw_consultations(axes: Any, assistant: str, data: RunData, look: dict[str, Any]) -> None:
    table = data.run.consultations
    if assistant in table.columns:
        rows = choose_evenly(len(table), MAX_POINTS)
        there = ~np.isnan(data.means.assistants[assistant][:, 0])
        counts = table[assistant].where(np.isin(table.index, data.means.rounds[there]))
        axes.plot(table.index.to_numpy()[rows], counts.to_numpy(dtype=float)[rows], **look)


def _write_assistant_caption(data: RunData, shown: int) -> str:
    told = "Left: root mean square, over dimensions, of the difference between the assistant's values and "
    told += "people's mean. A line breaks off while its assistant is not there. "
    if data.means.history is not None:
        told += "Dotted: the same distance between people's mean and the history. "
    told += "Right: how many humans consulted it in each round."
    if shown < len(data.means.assistants):
        told += f" {shown} of {len(data.means.assistants)} assistants are drawn."
    return told


# --- dimensions ----------------------------------------------------------------------------------


def draw_dividing_dimensions(data: RunData) -> Picture:
    """Draw how much disagreement changes when a dimension is removed, at the last snapshot."""
    name, title = "dimensions", "Which dimension divides most"
    round_index, values = list(data.snapshots_of(data.sample).items())[-1]
    if data.n_dimensions < 2:
        return Picture(name, title, "Not drawn: with one dimension there is none to take out.")
    if len(values) < 2:
        return Picture(name, title, "Not drawn: one human disagrees with nobody.")
    whole = disagreement_of_individuals(values)
    if whole <= ROUNDING:
        return Picture(
            name, title, f"Not drawn: at the end of round {round_index} nobody disagrees with anybody."
        )
    change = 100.0 * (without_each_dimension(disagreement_of_individuals, values) / whole - 1.0)
    shown = np.argsort(-np.abs(change), kind="stable")[:MAX_BARS]
    shown = shown[np.argsort(change[shown], kind="stable")]
    figure = _draw_bars([data.labels[d] for d in shown], change[shown])
    return Picture(name, title, _write_dividing_caption(data, round_index, whole, len(shown)), figure)


def _draw_bars(labels: list[str], change: Floats) -> Any:
    shown = [shorten(label, MOST_LETTERS) for label in labels]
    figure, (axes,) = build_panels(1, 0.24 * len(labels), title_lines=0, title_pad=0.0)
    make_room_for_names(figure, max(map(len, shown)))
    places = np.arange(len(labels))
    colours = [GROUPS[0] if x < 0 else GROUPS[1] for x in change]
    axes.barh(places, change, color=colours, height=0.7)
    axes.set_yticks(places, [escape_dollars(label) for label in shown])
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.axvline(0.0, color="#444444", linewidth=0.8)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    if np.abs(change).max() < 1e-6:
        axes.set_xlim(-1.0, 1.0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("change when it is taken out (%)")
    return figure


def _write_dividing_caption(data: RunData, round_index: int, whole: float, shown: int) -> str:
    told = f"By how much the disagreement of individuals, {format_number(whole)} at the end of round "
    told += f"{round_index}, "
    told += (
        "would change if people did not hold this value. Left of 0 (blue): they would disagree less, so the "
    )
    told += "dimension divides more than the average one; right of 0 (orange): less than the average one. "
    if shown < data.n_dimensions:
        told += f"The {shown} of {data.n_dimensions} dimensions with the largest change either way. "
    if data.sample.size < data.n_humans:
        told += f"Taken of {data.sample.size:,} of {data.n_humans:,} humans, drawn at random. "
    return told.strip()
