"""Grids of panels, laid out in inches.

matplotlib's own layout measures every tick label several times, which took a third of a report's time. The
sizes here follow from the font sizes of `coevolve_sim.report.style`; on a canvas of smaller letters all are
smaller alike. In axes of the caller's own nothing is laid out: each has its own labels, and the first has the
legend.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coevolve_sim.report.canvas import Canvas, canvas_in_use
from coevolve_sim.report.style import escape_dollars

LEFT, RIGHT, BOTTOM, ABOVE = 0.78, 0.22, 0.62, 0.1
LINE, LEGEND_ROW = 0.165, 0.19
TICK_LABELS = 0.22
BETWEEN_SHARED, BETWEEN_OWN = 0.2, 0.66
BAR, BAR_FROM_RIGHT = 0.16, 0.85
BAR_HEIGHT, BAR_FROM_BOTTOM = 0.09, 0.44
"""Inches: margins; a line of a title, a row of a legend; tick labels below a panel; gaps between columns
whose panels share their scale, and whose panels each have their own; a colour bar, and how far it is from the
right; one below the panels, and how far it is from the bottom.
"""

LETTER, NAME_LETTER = 0.072, 0.066
"""Inches of a letter in a title, and in a name beside a panel."""

MOST_LETTERS = 40
"""Letters of a title's line, however wide its panel is."""

NARROWEST = 1.15
"""Inches of a panel, without margins, below which fewer stand side by side."""


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
        Number of panels side by side; `choose_n_columns` if not given. Fewer where the canvas is narrow.
    title_lines : int
        Number of lines of the longest title.
    title_pad : float
        Points between a title and its panel.
    right : float
        Right margin in inches.

    Raises
    ------
    PlotError
        If the caller's own axes are not as many as the panels.
    """
    canvas = canvas_in_use()
    if canvas.given:
        panels = canvas.take_panels(n)
        return panels[0].get_figure(), panels
    scale = canvas.scale
    columns = fit_columns(columns or choose_n_columns(n), share=share, right=right)
    rows = -(-n // columns)
    width = canvas.width if columns > 1 else canvas.single
    panel_height = scale * (panel_height if columns > 1 else max(panel_height, 2.2))
    title = title_lines * LINE * scale + title_pad / 72
    across = scale * (BETWEEN_SHARED if share else BETWEEN_OWN)
    down = title + scale * (0.16 + (TICK_LABELS if n % columns or not share_across else 0.0))
    height = scale * ABOVE + title + rows * panel_height + (rows - 1) * down + scale * BOTTOM
    left, right = scale * LEFT, scale * right
    panel_width = (width - left - right - (columns - 1) * across) / columns
    figure = canvas.make_figure(width, height)
    figure.subplots_adjust(
        left=left / width,
        right=1 - right / width,
        bottom=scale * BOTTOM / height,
        top=1 - (scale * ABOVE + title) / height,
        wspace=across / panel_width,
        hspace=down / panel_height,
    )
    grid = figure.subplots(rows, columns, squeeze=False, sharex=share_across, sharey=share)
    flat = list(grid.ravel())
    for unused in flat[n:]:
        unused.set_visible(False)
    for last in flat[max(n - columns, 0) : n]:
        last.xaxis.set_tick_params(labelbottom=True)
    canvas.keep_panels(flat[:n])
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


def fit_columns(columns: int, *, share: bool = True, right: float = RIGHT) -> int:
    """Return the number of panels side by side that the canvas in use has room for.

    Examples
    --------
    >>> fit_columns(4)
    4
    """
    canvas = canvas_in_use()
    between = canvas.scale * (BETWEEN_SHARED if share else BETWEEN_OWN)
    room = canvas.width - canvas.scale * (LEFT + right) + between
    return max(1, min(columns, int(room / (canvas.scale * NARROWEST + between))))


def measure_panel(n: int, *, share: bool = True, right: float = RIGHT) -> float:
    """Return the width of one of so many panels, in inches.

    Examples
    --------
    >>> round(measure_panel(4), 2)
    1.85
    """
    canvas = canvas_in_use()
    if canvas.given:
        return float(canvas.given[0].get_window_extent().width / canvas.given[0].get_figure().dpi)
    columns = fit_columns(choose_n_columns(n), share=share, right=right)
    width = canvas.width if columns > 1 else canvas.single
    between = (columns - 1) * (BETWEEN_SHARED if share else BETWEEN_OWN)
    return (width - canvas.scale * (LEFT + right + between)) / columns


def measure_title(n: int, *, share: bool = True, right: float = RIGHT) -> int:
    """Return the number of letters that fit above one of so many panels, and a little beside it.

    Examples
    --------
    >>> measure_title(4), measure_title(2)
    (26, 40)
    """
    beside = min(BETWEEN_SHARED if share else BETWEEN_OWN, 2 * RIGHT) - 0.12
    room = measure_panel(n, share=share, right=right) / canvas_in_use().scale + beside
    return max(8, min(int(room / LETTER), MOST_LETTERS))


def count_lines(titles: Sequence[str]) -> int:
    """Return the number of lines of the longest title."""
    return 1 + max(title.count("\n") for title in titles)


def label_axes(figure: Any, across: str, up: str) -> None:
    """Label the axes of all panels together; where there is one for print, or they are the caller's, each."""
    canvas = canvas_in_use()
    if canvas.given or (canvas.is_shown and len(canvas.panels) == 1):
        for panel in canvas.panels:
            panel.set_xlabel(across, fontsize=canvas.font)
            panel.set_ylabel(up, fontsize=canvas.font)
        return
    width, height = figure.get_size_inches()
    middle = (figure.axes[0].get_position().y1 + figure.axes[-1].get_position().y0) / 2
    figure.supxlabel(across, fontsize=canvas.font, y=0.1 * canvas.scale / height)
    figure.supylabel(up, fontsize=canvas.font, x=0.1 * canvas.scale / width, y=middle)


def add_legend_above(figure: Any, handles: list[Any], labels: list[str]) -> None:
    """Add a legend above all panels, in one row if it fits; in the first of the caller's own axes.

    To be called last, as it makes the figure taller.
    """
    canvas = canvas_in_use()
    shown = [escape_dollars(label) for label in labels]
    if canvas.given:
        _add_legend_within(canvas.panels[0], handles, shown, 0.85 * canvas.font)
        return
    room = int(figure.get_size_inches()[0] * 13 / canvas.scale)
    widest = max(map(len, labels))
    fits = sum(map(len, labels)) + 7 * len(labels) <= room
    columns = len(labels) if fits else max(1, room // (widest + 7))
    height = _add_height(figure, canvas.scale * (-(-len(labels) // columns) * LEGEND_ROW + 0.08))
    figure.legend(
        handles,
        shown,
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.06 * canvas.scale / height),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=columns,
        handlelength=2.6,
        columnspacing=1.6,
    )


def _add_legend_within(panel: Any, handles: list[Any], labels: list[str], font: float) -> None:
    """Add a legend to one of the caller's axes: above it where it has no title, else inside."""
    look: dict[str, Any] = {"fontsize": font, "handlelength": 1.5, "columnspacing": 1.0}
    if panel.get_title():
        panel.legend(handles, labels, ncols=2 if len(labels) > 3 else 1, **look)
        return
    look |= {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
    panel.legend(handles, labels, ncols=min(len(labels), 5), **look)


def add_colour_bar(figure: Any, mesh: Any, label: str, from_right: float = BAR_FROM_RIGHT) -> None:
    """Add a colour bar to the right of all panels, in the margin that they leave."""
    canvas = canvas_in_use()
    if canvas.given:
        bar = figure.colorbar(mesh, ax=list(canvas.given))
    else:
        width, grid, scale = figure.get_size_inches()[0], figure.subplotpars, canvas.scale
        place = (1 - scale * from_right / width, grid.bottom, scale * BAR / width, grid.top - grid.bottom)
        bar = figure.colorbar(mesh, cax=figure.add_axes(place))
    bar.set_label(label)
    bar.outline.set_visible(False)


def add_colour_bar_below(figure: Any, mesh: Any, label: str, share: float) -> None:
    """Add a colour bar below all panels that takes a share of their width, in the margin that they leave."""
    canvas = canvas_in_use()
    if canvas.given:
        bar = figure.colorbar(mesh, ax=list(canvas.given), orientation="horizontal", shrink=share)
    else:
        height, scale = figure.get_size_inches()[1], canvas.scale
        place = ((1 - share) / 2, scale * BAR_FROM_BOTTOM / height, share, scale * BAR_HEIGHT / height)
        bar = figure.colorbar(mesh, cax=figure.add_axes(place), orientation="horizontal")
    bar.set_label(label, parse_math=False)
    bar.outline.set_visible(False)


def make_room_for_names(figure: Any, longest: int) -> None:
    """Widen the left margin for names of so many letters beside the panels, in figures of our own."""
    canvas: Canvas = canvas_in_use()
    if not canvas.given:
        inches = canvas.scale * max(0.25 + NAME_LETTER * longest, LEFT)
        figure.subplots_adjust(left=inches / figure.get_size_inches()[0])


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
