"""Grids of panels, laid out in inches.

matplotlib's own layout measures every tick label several times, which took a third of a report's time. The
sizes here follow from the font sizes of `coevolve_sim.report.style`.
"""

from __future__ import annotations

from typing import Any

from coevolve_sim.report.style import WIDTH, escape_dollars

LEFT, RIGHT, BOTTOM, ABOVE = 0.78, 0.22, 0.62, 0.1
LINE, LEGEND_ROW = 0.165, 0.22
TICK_LABELS = 0.22
BETWEEN_SHARED, BETWEEN_OWN = 0.2, 0.66
"""Inches: margins; a line of a title, a row of a legend; tick labels below a panel; gaps between columns
whose panels share their scale, and whose panels each have their own.
"""


def build_panels(
    n: int,
    panel_height: float,
    *,
    share: bool = True,
    share_across: bool = True,
    columns: int | None = None,
    title_lines: int = 1,
    title_pad: float = 4.0,
    right: float = RIGHT,
) -> tuple[Any, list[Any]]:
    """Build a figure with panels in a grid; return it and its panels, row by row.

    Parameters
    ----------
    n : int
        Number of panels.
    panel_height : float
        In inches; a single panel is at least 2.2 high. The width follows from the width of the figure.
    share : bool
        Whether all panels have the same vertical scale.
    share_across : bool
        Whether all panels have the same horizontal scale.
    columns : int, optional
        Number of panels side by side; `choose_n_columns` if not given.
    title_lines : int
        Number of lines of the longest title.
    title_pad : float
        Points between a title and its panel.
    right : float
        Right margin in inches.
    """
    from matplotlib.figure import Figure

    columns = columns or choose_n_columns(n)
    rows = -(-n // columns)
    width = WIDTH if columns > 1 else 0.75 * WIDTH
    panel_height = panel_height if columns > 1 else max(panel_height, 2.2)
    title = title_lines * LINE + title_pad / 72
    across = BETWEEN_SHARED if share else BETWEEN_OWN
    down = title + 0.16 + (TICK_LABELS if n % columns or not share_across else 0.0)
    height = ABOVE + title + rows * panel_height + (rows - 1) * down + BOTTOM
    panel_width = (width - LEFT - right - (columns - 1) * across) / columns
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - right / width,
        bottom=BOTTOM / height,
        top=1 - (ABOVE + title) / height,
        wspace=across / panel_width,
        hspace=down / panel_height,
    )
    grid = figure.subplots(rows, columns, squeeze=False, sharex=share_across, sharey=share)
    flat = list(grid.ravel())
    for unused in flat[n:]:
        unused.set_visible(False)
    for last in flat[max(n - columns, 0) : n]:
        last.xaxis.set_tick_params(labelbottom=True)
    return figure, flat[:n]


def choose_n_columns(n: int) -> int:
    """Return the number of panels side by side.

    Examples
    --------
    >>> [choose_n_columns(n) for n in (1, 2, 3, 4, 6, 10, 12)]
    [1, 2, 3, 4, 3, 4, 4]
    """
    if n <= 4:
        return n
    return 3 if n in (5, 6, 9) else 4


def label_axes(figure: Any, across: str, up: str) -> None:
    """Label the axes of all panels together."""
    width, height = figure.get_size_inches()
    middle = (figure.axes[0].get_position().y1 + figure.axes[-1].get_position().y0) / 2
    figure.supxlabel(across, fontsize=9, y=0.1 / height)
    figure.supylabel(up, fontsize=9, x=0.1 / width, y=middle)


def add_legend_above(figure: Any, handles: list[Any], labels: list[str]) -> None:
    """Add a legend above all panels, in one row if it fits.

    To be called last, as it makes the figure taller.
    """
    room = int(figure.get_size_inches()[0] * 13)
    widest = max(map(len, labels))
    fits = sum(map(len, labels)) + 7 * len(labels) <= room
    columns = len(labels) if fits else max(1, room // (widest + 7))
    height = _add_height(figure, -(-len(labels) // columns) * LEGEND_ROW + 0.08)
    figure.legend(
        handles,
        [escape_dollars(label) for label in labels],
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.06 / height),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=columns,
        handlelength=2.6,
        columnspacing=1.6,
    )


def _add_height(figure: Any, inches: float) -> float:
    """Add space at the top without moving what is there; return the new height."""
    width, before = figure.get_size_inches()
    after = float(before + inches)
    figure.set_size_inches(width, after)
    margins = figure.subplotpars
    figure.subplots_adjust(bottom=margins.bottom * before / after, top=margins.top * before / after)
    for label in (figure._supxlabel, figure._supylabel):  # noqa: SLF001 - they have no public name
        if label is not None:
            label.set_y(label.get_position()[1] * before / after)
    return after
