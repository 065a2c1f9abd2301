"""A picture: a figure with title and caption, its files, and the part embedded in the page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coevolve_sim.errors import RecordError
from coevolve_sim.output_files import write_atomically

MAX_EMBEDDED_SVG = 400_000
"""Bytes up to which the page carries a figure as SVG, sharp at any size; beyond, as PNG."""


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
    """A picture as the page shows it; ``source`` is a data URI, empty without a figure."""

    name: str
    title: str
    caption: str
    source: str = ""
    width: int = 0
    height: int = 0


def save_picture(picture: Picture, folder: Path) -> ShownPicture:
    """Write a picture's files and return its form for the page.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    if picture.figure is None:
        return ShownPicture(picture.name, picture.title, picture.caption)
    png, svg = _render_png(picture.figure), _render_svg(picture.figure)
    for data, suffix in ((png, "png"), (svg, "svg")):
        _write(folder / f"{picture.name}.{suffix}", data)
    return _show(picture, png, svg)


def show_picture(picture: Picture) -> ShownPicture:
    """Return the form of a picture for a page, without writing files."""
    if picture.figure is None:
        return ShownPicture(picture.name, picture.title, picture.caption)
    return _show(picture, _render_png(picture.figure), _render_svg(picture.figure))


def _show(picture: Picture, png: bytes, svg: bytes) -> ShownPicture:
    kind, data = ("svg+xml", svg) if len(svg) <= MAX_EMBEDDED_SVG else ("png", png)
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    width, height = (round(float(inches) * 96) for inches in picture.figure.get_size_inches())
    return ShownPicture(picture.name, picture.title, picture.caption, source, width, height)


def _render_png(figure: Any) -> bytes:
    """Render a figure as PNG by the canvas itself, which also lays it out: `savefig` would draw it twice."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    figure.set_layout_engine("none")
    return buffer.getvalue()


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
