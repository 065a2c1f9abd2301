"""The figure of a leaderboard: errors and shares of history's way, a column of panels for each history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coevolve_sim.evaluation.challenges.challenge_protocol import LAST_VALUE, NO_ASSISTANT, Order
from coevolve_sim.evaluation.challenges.leaderboard import Leaderboard
from coevolve_sim.evaluation.challenges.leaderboard_text import short_columns_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#DDDDDD"
STYLES: dict[str, tuple[str, str, str]] = {
    "": (BLUE, "o", "policy"),
    Order.PROGRESSGYM: (BLUE, "o", "policy"),
    Order.HISTORY_LAST: (GREEN, "s", "coevolve with history's dose last"),
}
"""Colour, marker and name of each order of doses."""

DEFAULT, LINE, COMPARED = "at the default", "reference line", "compared with"
LEGEND = (*dict.fromkeys(name for _, _, name in STYLES.values()), DEFAULT, LINE, COMPARED)


def draw(board: Leaderboard) -> Figure:
    """Draw the errors of every player, and the shares of history's way: one column of panels a history.

    With a single history the panels stand side by side.

    Dots are means, horizontal lines their 95 % intervals (where wide enough to be seen), hollow dots means at
    the default setting; reference lines stand below the policies, and the one that all are compared with is
    drawn across. Players are in the order of the first history's first panel.
    """
    from matplotlib.figure import Figure

    histories = list(dict.fromkeys(board.table["history"]))
    measures = list(dict.fromkeys(measure for measure, _ in short_columns_of(board)))
    names = _order_players(board, histories[0], measures[0])
    side_by_side = len(histories) == 1
    n_rows, n_columns = (1, len(measures)) if side_by_side else (len(measures), len(histories))
    size = (1.9 + 2.8 * n_columns, 0.9 + n_rows * (0.75 + 0.165 * len(names)))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True)
    for row, measure in enumerate(measures):
        for column, history in enumerate(histories):
            panel = panels[0][row] if side_by_side else panels[row][column]
            _draw_panel(panel, board, history, measure, names)
    handles, labels = _legend(panels)
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, fontsize=8.5)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG or SVG, as the path's suffix says; the same figure gives the same bytes."""
    import matplotlib as mpl

    metadata: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": "leaderboard", "svg.fonttype": "path"}):
        figure.savefig(path, dpi=110, metadata=metadata)


def _order_players(board: Leaderboard, history: str, measure: str) -> list[str]:
    """Return the policies, best first, then the reference lines."""
    rows = board.of(history, measure)
    return [str(name) for name in rows.sort_values("reference", kind="stable")["player"]]


def _draw_panel(panel: Axes, board: Leaderboard, history: str, measure: str, names: list[str]) -> None:
    heights = np.arange(len(names), dtype=np.float64)[::-1]
    rows = board.table[(board.table["history"] == history) & (board.table["measure"] == measure)]
    orders = list(dict.fromkeys(rows["order"]))
    for index, order in enumerate(orders):
        shift = 0.17 * (len(orders) - 1 - 2 * index)
        of_order = rows[rows["order"] == order].set_index("player").loc[names]
        _draw_players(panel, of_order, heights + shift, order)
    line = NO_ASSISTANT if measure.startswith("coevolve") else LAST_VALUE
    where = rows.set_index("player")["mean"].loc[[line]].iloc[0]
    if not np.isnan(where):
        panel.axvline(where, color=ORANGE, ls=":", lw=1.1, label=COMPARED, zorder=1)
    share = measure.endswith("_share")
    title = "coevolve" if share else measure.removesuffix("_rmse").replace("_", " ")
    panel.set_title(f"{title}, {history}", fontsize=8.5, pad=4)
    panel.set_xlabel("share of history's way" if share else "root mean square error", fontsize=7.5)
    panel.set_yticks(heights, names, fontsize=7.5)
    panel.set_xlim(left=min(0.0, float(np.nanmin(rows["low"]))) - 0.02 * float(np.nanmax(rows["mean"])))
    panel.tick_params(axis="x", labelsize=7.5, length=2)
    panel.tick_params(axis="y", length=0)
    panel.grid(color=GREY, lw=0.5)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _draw_players(panel: Axes, rows: pd.DataFrame, heights: np.ndarray[Any, Any], order: str) -> None:
    colour, marker, label = STYLES[order]
    mean = rows["mean"].to_numpy(dtype=np.float64)
    edges = np.maximum([mean - rows["low"].to_numpy(), rows["high"].to_numpy() - mean], 0.0)
    is_line = rows["reference"].to_numpy(dtype=bool)
    for of, paint, name in ((~is_line, colour, label), (is_line, ORANGE, LINE)):
        panel.errorbar(
            mean[of],
            heights[of],
            xerr=edges[:, of],
            fmt=marker,
            ms=3.8,
            color=paint,
            lw=1.2,
            label=name,
            zorder=3,
        )
    default = rows["default_mean"].to_numpy(dtype=np.float64)
    if not np.isnan(default).all():
        panel.plot(
            default,
            heights,
            marker,
            ms=3.8,
            mfc="none",
            mec=colour,
            mew=0.7,
            label=DEFAULT,
            zorder=2,
        )


def _legend(panels: np.ndarray[Any, Any]) -> tuple[list[Any], list[str]]:
    found: dict[str, Any] = {}
    for panel in panels.flat:
        for handle, name in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    names = sorted(found, key=LEGEND.index)
    return [found[name] for name in names], names
