"""A figure in parts that a page lays out by its width: panels side by side on a desk, stacked on a phone.

A panel is cut out of the figure's SVG, with the tick labels that it shares with a neighbour. What stands
around the panels (legend, names of the axes, colour bar) is text and lines of the page, which wrap.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

MAX_SVG = 600_000
"""Bytes up to which the page carries a figure as SVG, sharp at any size; beyond, as PNG."""

STOPS = 48
"""Colours that a colour bar of the page is drawn with."""

LEAST_APART = 9.0
"""Per cent of a colour bar between two of its labels."""

_PART = re.compile(
    r"<clipPath id=\"([^\"]+)\".*?</clipPath>|<(?!clipPath)\w+ id=\"([^\"]+)\"[^>]*/>", re.DOTALL
)
_USED = re.compile(r"(?:href=\"#|url\(#)([^\")]+)")


@dataclass(frozen=True)
class Tile:
    """A part of a figure: a data URI, its size in pixels of the page, and the words for who cannot see it."""

    source: str
    width: int
    height: int
    label: str


@dataclass(frozen=True)
class Key:
    """An entry of a legend: what it is called, and how its line or its area looks."""

    label: str
    colour: str
    width: float = 0.0
    dashes: str = ""
    opacity: float = 1.0
    has_dot: bool = False


@dataclass(frozen=True)
class ColourBar:
    """A scale of colours: from left to right, with ticks as places in per cent and their labels."""

    label: str
    colours: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Sheet:
    """A figure as the page shows it; ``widest`` is the number of pixels beyond which it does not grow."""

    tiles: tuple[Tile, ...]
    keys: tuple[Key, ...] = ()
    across: str = ""
    up: str = ""
    bars: tuple[ColourBar, ...] = ()
    widest: int = 0

    @property
    def narrowest(self) -> int:
        """Return the pixels of a tile below which fewer stand side by side."""
        return round(0.8 * self.tiles[0].width) if self.tiles else 0


def name_parts(figure: Any) -> list[Any]:
    """Give the panels and their axes names by which they are found in the SVG; return the panels."""
    panels = [axes for axes in figure.axes if axes.get_visible() and not hasattr(axes, "_colorbar")]
    for number, panel in enumerate(panels):
        panel.set_gid(f"panel_{number}")
        panel.xaxis.set_gid(f"panel_{number}_x")
        panel.yaxis.set_gid(f"panel_{number}_y")
    return panels


Margins = tuple[float, float, float, float]
"""Inches left of a panel, below, right and above it."""


def measure_margins(panels: list[Any], renderer: Any) -> list[Margins]:
    """Return how far each panel's labels and title reach on each side; nothing for a single panel."""
    if len(panels) < 2:
        return []
    found = []
    for panel in panels:
        dpi, inner = panel.get_figure().dpi, panel.get_window_extent(renderer)
        outer = panel.get_tightbbox(renderer, bbox_extra_artists=panel.texts)  # lines end where a panel does
        reach = (inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, outer.y1 - inner.y1)
        left, below, right, above = (max(dots / dpi, 0.0) + 0.04 for dots in reach)
        found.append((left, below, right, above))
    return found


def cut_figure(figure: Any, panels: list[Any], margins: list[Margins], svg: bytes, png: bytes) -> Sheet:
    """Return a figure in parts: each panel by itself, and what stands around them.

    Parameters
    ----------
    figure : matplotlib Figure
    panels : list of matplotlib Axes
        As `name_parts` returned them.
    margins : list of tuple of float
        As `measure_margins` returned them.
    svg, png : bytes
        The figure drawn after it had `name_parts`.
    """
    width, height = (float(inches) for inches in figure.get_size_inches())
    if len(panels) < 2:
        source = _as_source(svg, "svg+xml") if len(svg) <= MAX_SVG else _as_source(png, "png")
        whole = Tile(source, round(96 * width), round(96 * height), "")
        return Sheet((whole,), widest=round(1.15 * whole.width))
    text = svg.decode("utf-8")
    parts = {
        found[1] or found[2]: found[0]
        for defs in re.findall(r"<defs>(.*?)</defs>", text, re.DOTALL)
        for found in _PART.finditer(defs)
    }
    left, below, right, above = (max(sides) for sides in zip(*margins, strict=True))
    most = (left, below, right, above)
    boxes = [_expand(panel.get_position(), most, width, height) for panel in panels]
    if len(svg) <= MAX_SVG:
        sources = [_cut_svg(text, parts, panels, k, box) for k, box in enumerate(boxes)]
    else:
        own = [_expand(p.get_position(), one, width, height) for p, one in zip(panels, margins, strict=True)]
        sources = _cut_png(png, boxes, own, height)
    tiles = tuple(
        Tile(source, round(96 * box[2]), round(96 * box[3]), _plain(panel.get_title()))
        for source, box, panel in zip(sources, boxes, panels, strict=True)
    )
    in_a_row = sum(abs(box[1] - boxes[0][1]) < 0.01 for box in boxes)
    return Sheet(
        tiles,
        tuple(key for legend in figure.legends for key in _read_keys(legend)),
        _plain(figure.get_supxlabel()),
        _plain(figure.get_supylabel()),
        tuple(_read_bar(axes) for axes in figure.axes if hasattr(axes, "_colorbar")),
        round(1.1 * in_a_row * (tiles[0].width + 12)),
    )


# --- panels --------------------------------------------------------------------------------------

Box = tuple[float, float, float, float]
"""Left, top, width and height in inches from the figure's upper left corner."""


def _expand(place: Any, margins: Margins, width: float, height: float) -> Box:
    left, below, right, above = margins
    return (
        place.x0 * width - left,
        (1 - place.y1) * height - above,
        place.width * width + left + right,
        place.height * height + above + below,
    )


def _cut_svg(text: str, parts: dict[str, str], panels: list[Any], number: int, box: Box) -> str:
    """Return a panel with its tick labels as an SVG of its own."""
    drawn = take_group(text, f"panel_{number}") + _borrow_labels(text, panels, number)
    there = set(re.findall(r" id=\"([^\"]+)\"", drawn))
    needed = "".join(parts[one] for one in dict.fromkeys(_USED.findall(drawn)) if one not in there)
    view = " ".join(f"{72 * inches:.2f}" for inches in box)
    whole = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{view}" width="{72 * box[2]:.2f}pt" height="{72 * box[3]:.2f}pt"><defs><style>'
        f"*{{stroke-linejoin: round; stroke-linecap: butt}}</style>{needed}</defs>{drawn}</svg>"
    )
    return _as_source(whole.encode("utf-8"), "svg+xml")


def _borrow_labels(text: str, panels: list[Any], number: int) -> str:
    """Return the tick labels that a panel shares with another, which alone shows them, in its own place."""
    panel, moved = panels[number], ""
    width, height = panel.get_figure().get_size_inches()
    for axis, shows, shared in (
        ("x", "labelbottom", panel.get_shared_x_axes()),
        ("y", "labelleft", panel.get_shared_y_axes()),
    ):
        if not _axis(panel, axis).get_tick_params().get(shows, True):
            for other, lender in enumerate(panels):
                if shared.joined(panel, lender) and _axis(lender, axis).get_tick_params().get(shows, True):
                    here, there = panel.get_position(), lender.get_position()
                    across, down = 72 * width * (here.x0 - there.x0), 72 * height * (there.y0 - here.y0)
                    labels = _take_labels(take_group(text, f"panel_{other}_{axis}"))
                    moved += f'<g transform="translate({across:.3f} {down:.3f})">{labels}</g>'
                    break
    return moved


def _axis(panel: Any, name: str) -> Any:
    return panel.xaxis if name == "x" else panel.yaxis


def _take_labels(group: str) -> str:
    """Return the texts of an axis's ticks, without lines and without the axis's own label."""
    ticks = re.findall(r"<g id=\"([xy]tick_\d+)\">", group)
    found = (re.search(r"<g id=\"(text_\d+)\">", take_group(group, tick)) for tick in ticks)
    return "".join(take_group(group, label[1]) for label in found if label)


def take_group(text: str, name: str) -> str:
    """Return a group of an SVG, with all that is in it; empty where there is none of that name.

    Examples
    --------
    >>> take_group('<g id="a"><g id="b"><path/></g></g><g id="c"></g>', "a")
    '<g id="a"><g id="b"><path/></g></g>'
    """
    start = text.find(f'<g id="{name}">')
    depth = 0
    for found in re.compile(r"<g[ >]|</g>").finditer(text, max(start, 0)):
        depth += -1 if found[0] == "</g>" else 1
        if depth == 0 and start >= 0:
            return text[start : found.end()]
    return ""


def _cut_png(png: bytes, boxes: list[Box], own: list[Box], height: float) -> list[str]:
    """Return panels cut out of the figure's pixels, each on a ground as large as the others'."""
    from PIL import Image

    found = []
    with Image.open(BytesIO(png)) as whole:
        dots = whole.height / height
        for box, (left, top, across, down) in zip(boxes, own, strict=True):
            x0, y0 = (round(dots * max(inches, 0.0)) for inches in (left, top))
            x1 = min(round(dots * (left + across)), whole.width)
            y1 = min(round(dots * (top + down)), whole.height)
            part = Image.new("RGB", (round(dots * box[2]), round(dots * box[3])), "white")
            place = (x0 - round(dots * box[0]), y0 - round(dots * box[1]))
            part.paste(whole.convert("RGB").crop((x0, y0, x1, y1)), place)
            buffer = BytesIO()
            part.save(buffer, "png", compress_level=2)
            found.append(_as_source(buffer.getvalue(), "png"))
    return found


def _as_source(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"


# --- around the panels ---------------------------------------------------------------------------


def _read_keys(legend: Any) -> list[Key]:
    return [
        _read_key(handle, _plain(told.get_text()))
        for handle, told in zip(legend.legend_handles, legend.get_texts(), strict=True)
    ]


def _read_key(handle: Any, label: str) -> Key:
    from matplotlib.colors import to_hex, to_rgba

    if not hasattr(handle, "get_linestyle") or hasattr(handle, "get_facecolor"):
        face = to_rgba(handle.get_facecolor())
        return Key(label, to_hex(face), opacity=round(float(face[3]), 3))
    dashes = handle._unscaled_dash_pattern[1] if handle.is_dashed() else None  # noqa: SLF001 - has no public name
    width = 4 / 3 * float(handle.get_linewidth())
    has_line = handle.get_linestyle() not in {"None", "none", " ", ""}
    return Key(
        label,
        to_hex(handle.get_color()),
        width if has_line else 0.01,
        " ".join(f"{width * length:.2f}" for length in dashes or ()),
        has_dot=handle.get_marker() not in {None, "None", "none", " ", ""},
    )


def _read_bar(axes: Any) -> ColourBar:
    from matplotlib.colors import to_hex

    bar = axes._colorbar  # noqa: SLF001 - has no public name
    is_upright = bar.orientation == "vertical"
    axis = axes.yaxis if is_upright else axes.xaxis
    places = [float(bar.norm(tick)) for tick in axis.get_majorticklocs()]
    labels = [_plain(label.get_text()) for label in axis.get_majorticklabels()]
    return ColourBar(
        _plain(axis.get_label_text()),
        tuple(to_hex(bar.cmap((i + 0.5) / STOPS)) for i in range(STOPS)),
        _choose_ticks(places, labels),
    )


def _choose_ticks(places: list[float], labels: list[str]) -> tuple[tuple[float, str], ...]:
    """Return the ticks on a scale from 0 to 1, in per cent, without those that would lie on another."""
    found: list[tuple[float, str]] = []
    for place, label in zip(places, labels, strict=True):
        if -1e-9 <= place <= 1 + 1e-9 and (not found or 100 * place - found[-1][0] >= LEAST_APART):
            found.append((round(100 * place, 2), label))
    return tuple(found)


def _plain(text: str) -> str:
    r"""Return text of a figure in one line, as the page shows it.

    Examples
    --------
    >>> _plain("costs\n\\$5")
    'costs $5'
    """
    return " ".join(text.replace(r"\$", "$").split())
