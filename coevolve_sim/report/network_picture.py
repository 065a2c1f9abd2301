"""The picture of the network at start, middle and end, with humans coloured by value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.networks.ties import Ties
from coevolve_sim.report.canvas import canvas_in_use
from coevolve_sim.report.grid import fit_columns
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.sampling import FOLLOWED, Humans, sample_humans
from coevolve_sim.report.style import VALUES_MAP, shorten
from coevolve_sim.society.history_course import course_of
from coevolve_sim.streams import stream_seed

Pairs = NDArray[np.int64]

MAX_DRAWN_TIES = 6_000
USUAL = 2.2
"""Inches of a panel from which on dots have their full size."""

NAME, TITLE = "network", "The network, coloured by value"


def draw_network(data: RunData, round_index: int | None = None, dimension: int | None = None) -> Picture:
    """Draw the network in one layout, coloured by a dimension: at a round, or at the snapshots.

    Without a dimension, the one that changed most. On axes of the caller's, without a round, at the last
    snapshots.
    """
    ties = data.first_ties
    if ties is None or ties.complete:
        why = "with full mixing everybody hears everybody, so there is no network to see"
        return Picture(NAME, TITLE, f"Not drawn: {why}.")
    humans = data.drawn_humans
    snapshots = data.snapshots_of(humans)
    if round_index is not None:
        values = data.values_at(round_index, humans)
        if values is None:
            return Picture(NAME, TITLE, f"Not drawn: {data.why_no_values(round_index)}.")
        snapshots = {round_index: values}
    elif given := len(canvas_in_use().given):
        snapshots = dict(list(snapshots.items())[-given:])
    changed_most = dimension is None
    dimension = int(np.argmax(data.individual_change)) if dimension is None else dimension
    places = lay_out_humans(select_pairs(ties, humans), humans.size, data.seed)
    figure, all_axes = _build_panels(len(snapshots))
    all_drawn = True
    for axes, (shown_round, values) in zip(all_axes, snapshots.items(), strict=True):
        pairs = select_pairs(data.run.ties(shown_round), humans)
        shown = pairs[sample_humans(len(pairs), MAX_DRAWN_TIES, data.seed, "report ties")]
        all_drawn &= len(shown) == len(pairs)
        points = _draw_panel(axes, places, shown, values[:, dimension])
        axes.set_title(_name_round(shown_round, data))
    look = {"orientation": "horizontal", "aspect": 50, "shrink": 0.5, "pad": 0.03}
    if len(all_axes) == 1 and canvas_in_use().is_shown:
        look |= {"aspect": 30, "shrink": 0.8}
    bar = figure.colorbar(points, ax=all_axes, **look)
    label = shorten(data.labels[dimension], 70 if len(all_axes) > 1 else 40)
    bar.set_label(f"value (0 to 1): {label}", parse_math=False)
    bar.outline.set_visible(False)
    caption = _write_caption(data, ties, dimension, changed_most=changed_most, all_drawn=all_drawn)
    return Picture(NAME, TITLE, caption, figure)


def _build_panels(count: int) -> tuple[Any, list[Any]]:
    canvas = canvas_in_use()
    if canvas.given:
        panels = canvas.take_panels(count)
    else:
        columns = fit_columns(count)
        rows = -(-count // columns)
        width = canvas.width if canvas.is_shown or columns > 1 else 0.6 * canvas.width
        height = rows * width / columns + canvas.scale * 0.9
        figure = canvas.make_figure(width, height, layout="constrained")
        grid = list(figure.subplots(rows, columns, squeeze=False).ravel())
        for unused in grid[count:]:
            unused.set_visible(False)
        panels = grid[:count]
        canvas.keep_panels(panels)
    for axes in panels:
        axes.set_axis_off()
        axes.set(aspect="equal", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
    return panels[0].get_figure(), panels


def select_pairs(ties: Ties, humans: Humans) -> Pairs:
    """Return the ties among some humans as pairs of their positions, each pair once."""
    if ties.complete:
        return np.empty((0, 2), dtype=np.int64)
    degrees = np.diff(ties.indptr)[humans]
    listeners = np.repeat(np.arange(humans.size), degrees)
    starts = ties.indptr[humans] - np.concatenate([[0], np.cumsum(degrees)[:-1]])
    speakers = ties.indices[np.arange(degrees.sum()) + np.repeat(starts, degrees)].astype(np.int64)
    places = np.minimum(np.searchsorted(humans, speakers), humans.size - 1)
    among = humans[places] == speakers
    pairs = np.column_stack([listeners[among], places[among]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def lay_out_humans(pairs: Pairs, n: int, seed: int) -> Floats:
    """Place humans on a plane, tied ones near each other; the result depends on the seed alone."""
    import networkx as nx

    graph: Any = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(pairs.tolist())
    if n == 1:
        return np.full((1, 2), 0.5)
    found = nx.spring_layout(
        graph, seed=stream_seed(seed, "report layout"), iterations=40, method="force", k=1.6 / np.sqrt(n)
    )
    places = np.array([found[i] for i in range(n)])
    extent = np.ptp(places, axis=0)
    filling: Floats = (places - places.min(axis=0)) / np.where(extent > 0, extent, 1.0)
    return filling


def _draw_panel(axes: Any, places: Floats, pairs: Pairs, colours: Floats) -> Any:
    """Draw ties and humans; dots are of a size that suits the panel and their number."""
    from matplotlib.collections import LineCollection

    lines = LineCollection(list(places[pairs]), colors="#9A9A9A", linewidths=0.3, alpha=0.45, rasterized=True)
    axes.add_collection(lines)
    size = float(np.clip(4200 / colours.size, 7.0, 60.0))
    if canvas_in_use().is_shown:
        across = axes.get_position().width * axes.get_figure().get_size_inches()[0]
        size *= min(1.0, across / USUAL) ** 2
    return axes.scatter(
        places[:, 0],
        places[:, 1],
        c=colours,
        s=size,
        cmap=VALUES_MAP,
        vmin=0.0,
        vmax=1.0,
        linewidths=0.25,
        edgecolors="white",
        zorder=2,
    )


def _name_round(round_index: int, data: RunData) -> str:
    names = data.era_names
    course = course_of(data.scenario)
    era, over = divmod(course.rounds_gone(round_index), course.rounds_per_era)
    if names is None or over or era >= len(names):
        return f"round {round_index}"
    return f"round {round_index} ({shorten(names[era], 20)})".replace("$", r"\$")


def _write_caption(data: RunData, ties: Ties, dimension: int, *, changed_most: bool, all_drawn: bool) -> str:
    n, drawn = data.n_humans, data.drawn_humans.size
    told = f"Each dot is a human, each grey line a tie. The colour is the value of {data.labels[dimension]}"
    is_chosen = changed_most and data.n_dimensions > 1
    told += ", the dimension in which people moved most, one by one. " if is_chosen else ". "
    told += "Places are the same in all panels (spring layout, seeded): tied humans lie near each other. "
    if ties.directed:
        told += "Ties are drawn without their direction. "
    if drawn < n:
        told += (
            f"Drawn are {drawn:,} of {n:,} humans, reached from one drawn at random by following at most "
            f"{FOLLOWED} ties of each; they do not stand for all. "
        )
    if not all_drawn:
        told += f"At most {MAX_DRAWN_TIES:,} ties are drawn, chosen at random. "
    if any(data.run.ties(r).complete for r in data.snapshots_of(data.drawn_humans)):
        told += "Where no ties are drawn, the network had become full mixing. "
    return told.strip()
