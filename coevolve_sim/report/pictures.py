"""A picture: a figure with title and caption, its files, and the part embedded in the page."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coevolve_sim.errors import RecordError
from coevolve_sim.output_files import write_atomically
from coevolve_sim.report.tiles import Margins, Sheet, cut_figure, measure_margins, name_parts


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with its title and caption.

    Attributes
    ----------
    name : str
        Name of its files, ``figures/NAME.svg`` and ``figures/NAME.png``.
    title : str
        Heading that says what it shows.
    caption : str
        How to read it; without a figure, why there is none.
    figure : matplotlib.figure.Figure or None
    """

    name: str
    title: str
    caption: str
    figure: Any = None


@dataclass(frozen=True)
class ShownPicture:
    """A picture as the page shows it; ``sheet`` is None without a figure."""

    name: str
    title: str
    caption: str
    sheet: Sheet | None = None


def save_picture(picture: Picture, folder: Path) -> ShownPicture:
    """Write a picture's files and return its form for the page.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    if picture.figure is None:
        return ShownPicture(picture.name, picture.title, picture.caption)
    figure = picture.figure
    _leave_empty_labels(figure)
    panels = name_parts(figure)
    png, margins = _render_png(figure, panels)
    svg = _render_svg(figure)
    for data, suffix in ((png, "png"), (svg, "svg")):
        _write(folder / f"{picture.name}.{suffix}", data)
    sheet = cut_figure(figure, panels, margins, svg, png)
    return ShownPicture(picture.name, picture.title, picture.caption, sheet)


def show_picture(picture: Picture) -> ShownPicture:
    """Return the form of a picture for a page of its own, in one piece, without writing files."""
    if picture.figure is None:
        return ShownPicture(picture.name, picture.title, picture.caption)
    png, _ = _render_png(picture.figure, [])
    sheet = cut_figure(picture.figure, [], [], _render_svg(picture.figure), png)
    return ShownPicture(picture.name, picture.title, picture.caption, sheet)


def _leave_empty_labels(figure: Any) -> None:
    """Give a place to labels without text, for which matplotlib would measure all ticks at each drawing."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.label.get_text():
                axis.set_label_coords(0.0, 0.0)


def _render_png(figure: Any, panels: list[Any]) -> tuple[bytes, list[Margins]]:
    """Render a figure as PNG, with the margins that its panels need.

    By the canvas itself, which also lays it out: `savefig` would draw it twice.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    canvas = FigureCanvasAgg(figure)
    canvas.print_png(buffer, metadata={"Software": None}, pil_kwargs={"compress_level": 2})
    figure.set_layout_engine("none")
    return buffer.getvalue(), measure_margins(panels, canvas.get_renderer())


def _render_svg(figure: Any) -> bytes:
    """Render a figure that is laid out as SVG, without dates or versions, so that the bytes are the same."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    FigureCanvasSVG(figure).print_svg(buffer, metadata=nothing)
    return buffer.getvalue()


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RecordError(f"{path.parent} cannot be made: {error.strerror or error}") from error
    write_atomically(path, lambda partial: partial.write_bytes(data))
