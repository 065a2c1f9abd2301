"""Write a leaderboard to files: CSV, Markdown, and a figure."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coevolve_sim.errors import RecordError
from coevolve_sim.evaluation.challenges.leaderboard import Leaderboard, is_error
from coevolve_sim.files import refuse_link

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POLICY, REFERENCE, GREY = "#0072B2", "#D55E00", "#DDDDDD"
STYLES: dict[str, Any] = {
    "perfect replay": "-",
    "last value": "--",
    "no assistant": ":",
    "frozen": "-.",
    "base weights": (0, (1, 4)),
}


def format_place(best: float, worst: float) -> str:
    """Return a place as text: a shared place as a range, an empty text for nan.

    Examples
    --------
    >>> format_place(1, 1), format_place(2, 4), format_place(float("nan"), float("nan"))
    ('1', '2-4', '')
    """
    if np.isnan(best):
        return ""
    return f"{best:.0f}" if best == worst else f"{best:.0f}-{worst:.0f}"


def measures_of(board: Leaderboard) -> list[str]:
    """Return the names of a leaderboard's measures, in its order."""
    return list(dict.fromkeys(board.table["measure"]))


def as_markdown(board: Leaderboard, measures: list[str] | None = None) -> str:
    """Return a Markdown table for each history: players in rows, measures in columns.

    Each cell has the mean, half the width of its interval, and the place.

    Parameters
    ----------
    board : Leaderboard
    measures : list of str, optional
        Measures to show; all if not given.
    """
    chosen = measures or measures_of(board)
    how = (
        f"Mean of {board.n_replications} replications, seed {board.seed}, {board.people.description}. "
        "In brackets half the width of the 95 % bootstrap "
        "interval of the mean, then the place among policies, a range where it is shared because the "
        "difference cannot be told from none. Reference lines, in italics, have no place. Low is good for "
        "rmse, high for all else."
    )
    said = [how, ""]
    for history in dict.fromkeys(board.table["history"]):
        said += [f"**{history}**", "", *_table(board, history, chosen), ""]
    return "\n".join(said)


def _table(board: Leaderboard, history: str, measures: list[str]) -> list[str]:
    rows = {measure: board.of(history, measure).set_index("player") for measure in measures}
    order = rows[measures[0]]
    lines = ["| policy | " + " | ".join(measures) + " |", "|---|" + "---|" * len(measures)]
    for player in order.index:
        name = f"*{player}*" if order.loc[player, "reference"] else f"`{player}`"
        cells = [_cell(rows[measure].loc[player]) for measure in measures]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _cell(row: pd.Series[Any]) -> str:
    if np.isnan(row["mean"]):
        return "-"
    half = (row["high"] - row["low"]) / 2.0
    interval = f" ({half:.4f})" if half >= 0.00005 else ""
    there = format_place(row["best"], row["worst"])
    return f"{row['mean']:.4f}{interval}" + (f" #{there}" if there else "")


def as_short_markdown(board: Leaderboard) -> str:
    """Return one Markdown table of root mean square errors: players by histories and challenges.

    A policy's place stands in brackets; players are in the order of the first column.
    """
    histories = list(dict.fromkeys(board.table["history"]))
    columns = [(h, m) for h in histories for m in measures_of(board) if is_error(m)]
    rows = [board.of(history, measure).set_index("player") for history, measure in columns]
    heads = [f"{history}: {measure.removesuffix('_rmse').replace('_', ' ')}" for history, measure in columns]
    lines = ["| policy | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for player in rows[0].index:
        name = f"*{player}*" if rows[0].loc[player, "reference"] else f"`{player}`"
        cells = [_short_cell(found.loc[player]) for found in rows]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _short_cell(row: pd.Series[Any]) -> str:
    if np.isnan(row["mean"]):
        return "-"
    there = format_place(row["best"], row["worst"])
    return f"{row['mean']:.3f}".removeprefix("0") + (f" ({there})" if there else "")


def draw(board: Leaderboard) -> Figure:
    """Draw the root mean square errors of every policy: one column for each history, one row per challenge.

    With a single history, challenges stand side by side.

    Dots are means, horizontal lines their 95 % bootstrap intervals (where wide enough to be seen), vertical
    lines the references. Policies are in the order of the first history's first panel.
    """
    from matplotlib.figure import Figure

    histories = list(dict.fromkeys(board.table["history"]))
    measures = [measure for measure in measures_of(board) if is_error(measure)]
    first = board.of(histories[0], measures[0])
    order = [name for name, is_line in zip(first["player"], first["reference"], strict=True) if not is_line]
    cells = [[(history, measure) for history in histories] for measure in measures]
    if len(histories) == 1:
        cells = [[(histories[0], measure) for measure in measures]]
    size = (1.9 + 2.8 * len(cells[0]), 0.9 + len(cells) * (0.55 + 0.175 * len(order)))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(cells), len(cells[0]), squeeze=False, sharey=True)
    for panel, (history, measure) in zip(panels.flat, chain(*cells), strict=True):
        _draw_panel(panel, board.of(history, measure).set_index("player"), order)
        title = f"{measure.removesuffix('_rmse').replace('_', ' ')}"
        panel.set_title(f"{title}, {history}", fontsize=8.5, pad=4)
    handles, names = _legend(panels[-1][-1] if len(cells) == 1 else panels[-1][0])
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), frameon=False, fontsize=8.5)
    figure.supxlabel("root mean square error, in shares of the scale; left is better", fontsize=9)
    return figure


def _draw_panel(panel: Axes, rows: pd.DataFrame, order: list[str]) -> None:
    heights = np.arange(len(order))[::-1]
    shown = rows.loc[order]
    mean = shown["mean"].to_numpy(dtype=np.float64)
    edges = [mean - shown["low"].to_numpy(), shown["high"].to_numpy() - mean]
    panel.errorbar(
        mean,
        heights,
        xerr=np.maximum(edges, 0.0),
        fmt="o",
        ms=4.2,
        color=POLICY,
        lw=1.2,
        label="policy",
        zorder=3,
    )
    means = {str(name): float(number) for name, number in rows["mean"].items()}
    for name, style in STYLES.items():
        if not np.isnan(where := means.get(name, np.nan)):
            panel.axvline(where, color=REFERENCE, ls=style, lw=1.1, label=name, zorder=2)
    panel.set_yticks(heights, order, fontsize=7.5)
    panel.set_xlim(left=-0.02 * float(np.nanmax(rows["mean"])))
    panel.tick_params(axis="x", labelsize=7.5, length=2)
    panel.tick_params(axis="y", length=0)
    panel.grid(color=GREY, lw=0.5)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _legend(panel: Axes) -> tuple[list[Any], list[str]]:
    handles, names = panel.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda index: names[index] != "policy")
    return [handles[index] for index in order], [names[index] for index in order]


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG or SVG, as the path's suffix says; the same figure gives the same bytes."""
    import matplotlib as mpl

    metadata: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": "leaderboard", "svg.fonttype": "path"}):
        figure.savefig(path, dpi=110, metadata=metadata)


ENDS = (".csv", ".md", "_short.md", ".png")
"""Ends of the names of a leaderboard's files."""


def write(board: Leaderboard, folder: Path, forecasts: pd.DataFrame | None = None) -> list[Path]:
    """Write a leaderboard as CSV, Markdown and PNG, and forecasts, if given, as ``forecasts.csv``.

    Parameters
    ----------
    board : Leaderboard
    folder : Path
        Created if it does not exist.
    forecasts : DataFrame, optional
        Tables of `forecast_errors`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    RecordError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        refuse_link(*(folder / f"leaderboard{end}" for end in ENDS), folder / "forecasts.csv")
        board.table.to_csv(folder / "leaderboard.csv", index=False, float_format="%.6f", lineterminator="\n")
        page = as_markdown(board)
        written = [folder / f"leaderboard{end}" for end in ENDS]
        if forecasts is not None:
            written.append(folder / "forecasts.csv")
            forecasts.to_csv(written[-1], index=False, float_format="%.6f", lineterminator="\n")
            page += "\n" + forecasts_as_markdown(forecasts)
        written[1].write_text(page, encoding="utf-8")
        written[2].write_text(as_short_markdown(board), encoding="utf-8")
        save(draw(board), written[3])
    except OSError as error:
        raise RecordError(f"{folder} cannot be written: {error.strerror}; name another with --out") from None
    return written


def forecasts_as_markdown(table: pd.DataFrame) -> str:
    """Return forecasts of the survey as a Markdown table: forecasters in rows, origins in columns."""
    wide = table.assign(task=table["origin"].astype(str) + " to " + table["years"])
    tasks = list(dict.fromkeys(wide["task"]))
    lines = [
        "| forecaster | " + " | ".join(f"from {task}" for task in tasks) + " |",
        "|---|" + "---|" * len(tasks),
    ]
    plain = dict(zip(table["forecaster"], ~table["policy"], strict=True))
    by_task = wide.pivot_table(index="forecaster", columns="task", values="rmse").loc[:, tasks]
    for name, row in by_task.sort_values(tasks[0]).iterrows():
        shown = f"*{name}*" if plain[name] else f"`{name}`"
        lines.append(f"| {shown} | " + " | ".join(f"{error:.4f}" for error in row) + " |")
    return "\n".join(lines) + "\n"
