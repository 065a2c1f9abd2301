"""Light figures: lines over rounds and bars, as SVG written by hand.

Matplotlib takes a tenth of a second for each of its figures, too long for what changes while a society plays.
Colours follow the page, in light and dark. All texts are escaped.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.report.numbers import format_parameter
from coevolve_sim.report.sampling import choose_evenly

WIDTH, HEIGHT = 420.0, 220.0
"""In the figure's own units; a page shows it at any width."""

LEFT, RIGHT, TOP, BOTTOM = 54.0, 10.0, 10.0, 26.0
MOST_POINTS = 300


@dataclass(frozen=True)
class Line:
    """A line over rounds.

    Attributes
    ----------
    label : str
    values : float array, shape (points,)
        Gaps where not finite.
    colour : str
        A colour, or a variable of the page's style.
    dashed : bool
    """

    label: str
    values: ArrayLike
    colour: str = "var(--people)"
    dashed: bool = False


def draw_lines(
    rounds: ArrayLike,
    lines: Sequence[Line],
    told: str,
    *,
    band: tuple[ArrayLike, ArrayLike] | None = None,
    limits: tuple[float, float] | None = None,
    last_round: int | None = None,
    marked: int | None = None,
) -> str:
    """Return a figure of lines over rounds as SVG.

    Parameters
    ----------
    rounds : int array, shape (points,)
        Ascending.
    lines : sequence of Line
    told : str
        What the figure shows, for those who do not see it.
    band : two float arrays, shape (points,), optional
        Between which a band is drawn, behind the lines.
    limits : (float, float), optional
        Of the upright axis; those of what is drawn if not given.
    last_round : int, optional
        Where the axis of rounds ends; at the last of `rounds` if not given.
    marked : int, optional
        A round at which an upright line stands.

    Examples
    --------
    >>> drawn = draw_lines([0, 1], [Line("people & all", [0.0, 1.0])], "People rise.")
    >>> drawn.startswith("<svg"), "people &amp; all" in drawn
    (True, True)
    """
    whole = np.asarray(rounds, dtype=np.float64)
    kept = choose_evenly(len(whole), MOST_POINTS)
    rows = [np.asarray(line.values, dtype=np.float64)[kept] for line in lines]
    ends = [] if band is None else [np.asarray(end, dtype=np.float64)[kept] for end in band]
    low, high = limits or _find_limits([*rows, *ends])
    last = float(max(last_round or 0, whole[-1] if whole.size else 0, 1))
    x = _across(whole[kept], last)
    parts = [_draw_axes(low, high, last)]
    if ends:
        there = np.isfinite(ends[0]) & np.isfinite(ends[1])
        parts.append(_draw_band(x[there], _up(ends[0][there], low, high), _up(ends[1][there], low, high)))
    if marked is not None:
        at = float(_across(np.array([float(marked)]), last)[0])
        parts.append(f'<path class="marked" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
    parts += [_draw_line(line, x, _up(row, low, high)) for line, row in zip(lines, rows, strict=True)]
    return _wrap("".join(parts), told) + _draw_legend(lines)


def draw_bars(shares: ArrayLike, told: str, before: ArrayLike | None = None) -> str:
    """Return the distribution over [0, 1] as SVG: bars, and a line for an earlier one.

    Parameters
    ----------
    shares : float array, shape (bins,)
        Share of people in each of equal bins.
    told : str
        What the figure shows, for those who do not see it.
    before : float array, shape (bins,), optional
        An earlier distribution, drawn as a line.

    Examples
    --------
    >>> draw_bars([0.25, 0.75], "Most stand high.").count("<rect")
    2
    """
    now = np.asarray(shares, dtype=np.float64)
    was = now if before is None else np.asarray(before, dtype=np.float64)
    most = float(max(now.max(initial=0.0), was.max(initial=0.0), 0.05))
    edges = _across(np.linspace(0.0, 1.0, now.size + 1), 1.0)
    tops, floor = _up(now, 0.0, most), HEIGHT - BOTTOM
    bars = "".join(
        f'<rect x="{edges[i] + 0.5:.1f}" y="{top:.1f}" width="{edges[i + 1] - edges[i] - 1:.1f}" '
        f'height="{floor - top:.1f}"/>'
        for i, top in enumerate(tops)
    )
    stairs = ""
    if before is not None:
        heights = _up(was, 0.0, most)
        steps = "".join(f"V{up:.1f}H{edges[i + 1]:.1f}" for i, up in enumerate(heights))
        stairs = f'<path class="before" d="M{edges[0]:.1f} {floor:.1f}{steps}V{floor:.1f}"/>'
    axes = _draw_axes(0.0, most, 1.0, whole=False, share=True)
    legend = [Line("now", []), Line("at the beginning", [], "var(--ink)", dashed=True)]
    drawn = _wrap(f'{axes}<g class="bars">{bars}</g>{stairs}', told)
    return drawn + (_draw_legend(legend) if before is not None else "")


# --- places --------------------------------------------------------------------------------------


def _across(x: Floats, last: float) -> Floats:
    placed: Floats = LEFT + x / last * (WIDTH - LEFT - RIGHT)
    return placed


def _up(y: Floats, low: float, high: float) -> Floats:
    placed: Floats = HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
    return placed


def _find_limits(rows: Sequence[Floats]) -> tuple[float, float]:
    """Return the limits of what is drawn, a little apart where all of it is one number."""
    known = np.concatenate([row[np.isfinite(row)] for row in rows]) if rows else np.empty(0)
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return (0.0 if 0.0 <= low <= 0.3 * high else low - room), high + room


def choose_marks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers between two, for an axis.

    Examples
    --------
    >>> choose_marks(0.0, 1.0), choose_marks(0.0, 92.0)
    ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 20.0, 40.0, 60.0, 80.0])
    """
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    size = 10.0 ** math.floor(math.log10(span))
    for step in (size * part for part in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5)):
        first = math.ceil(low / step - 1e-9)
        count = math.floor(high / step + 1e-9) - first + 1
        if count <= most:
            break
    return [round((first + i) * step, 10) for i in range(count)]


# --- parts ---------------------------------------------------------------------------------------


def _draw_axes(low: float, high: float, last: float, *, whole: bool = True, share: bool = False) -> str:
    marks = []
    for y in choose_marks(low, high):
        up = float(_up(np.array([y]), low, high)[0])
        told = f"{100 * y:g} %" if share else format_parameter(y)
        marks.append(f'<path class="grid" d="M{LEFT} {up:.1f}H{WIDTH - RIGHT}"/>')
        marks.append(f'<text x="{LEFT - 6}" y="{up + 3.5:.1f}" text-anchor="end">{told}</text>')
    for x in (one for one in choose_marks(0.0, last) if not whole or one.is_integer()):
        at = float(_across(np.array([x]), last)[0])
        marks.append(f'<text x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{format_parameter(x)}</text>')
    floor = HEIGHT - BOTTOM
    return "".join(marks) + f'<path class="axis" d="M{LEFT} {floor}H{WIDTH - RIGHT}"/>'


def _draw_band(x: Floats, low: Floats, high: Floats) -> str:
    if not x.size:
        return ""
    there = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, low, strict=True))
    back = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x[::-1], high[::-1], strict=True))
    return f'<path class="band" d="M{there}L{back}Z"/>'


def _draw_line(line: Line, x: Floats, y: Floats) -> str:
    path, pen = [], "M"
    for a, b in zip(x, y, strict=True):
        if math.isfinite(b):
            path.append(f"{pen}{a:.1f} {b:.1f}")
        pen = "L" if math.isfinite(b) else "M"
    if len(path) == 1:  # a point of its own would not be seen
        path.append("h0.1")
    dashes = ' stroke-dasharray="5 3"' if line.dashed else ""
    return f'<path class="line" style="stroke: {html.escape(line.colour)}"{dashes} d="{"".join(path)}"/>'


def _draw_legend(lines: Sequence[Line]) -> str:
    entries = "".join(
        f'<li><span class="swatch{" dashed" if line.dashed else ""}" style="border-color: '
        f'{html.escape(line.colour)}"></span>{html.escape(line.label)}</li>'
        for line in lines
        if line.label
    )
    return f'<ul class="legend">{entries}</ul>' if entries else ""


def _wrap(parts: str, told: str) -> str:
    label = html.escape(told, quote=True)
    return f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">{parts}</svg>'
