"""Means with their intervals as SVG, a row each: worlds side by side, and effects as a forest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from coevolve_sim.report.numbers import format_parameter
from coevolve_sim.report.style import shorten
from coevolve_sim.view.line_figure import Scale, choose_ticks

WIDTH, ROW, TOP, BOTTOM = 620, 34, 8, 40
NAMES, RIGHT = 190, 16
"""Width that names take, and margin at the right."""

LONGEST = 26
"""Letters of a name, at most."""


@dataclass(frozen=True)
class Interval:
    """A row: a mean and the ends of its interval, which are nan where there is none.

    ``is_filled`` is whether the dot is filled; hollow ones are not told from zero.
    """

    name: str
    mean: float
    low: float
    high: float
    colour: str
    is_filled: bool = True


def draw_intervals(rows: Sequence[Interval], label: str, *, with_zero: bool = False) -> str:
    """Draw means with their intervals, one below the other.

    Parameters
    ----------
    rows : sequence of Interval
        Those without a mean have a dash.
    label : str
        What the numbers are.
    with_zero : bool
        Whether a line stands at zero, and the scale holds it.

    Returns
    -------
    str
        An SVG element; names and label are escaped.
    """
    across = _scale(rows, with_zero=with_zero)
    height = TOP + ROW * len(rows) + BOTTOM
    parts = [_draw_grid(across, height)]
    if with_zero:
        x = across.place(0.0)
        parts.append(f'<line class="zero" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
    parts += [_draw_row(row, TOP + ROW * (i + 0.5), across) for i, row in enumerate(rows)]
    parts.append(
        f'<text x="{(NAMES + WIDTH - RIGHT) / 2:.0f}" y="{height - 4}" class="name">{escape(label)}</text>'
    )
    return (
        f'<svg class="lines" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _scale(rows: Sequence[Interval], *, with_zero: bool) -> Scale:
    numbers = np.array([number for row in rows for number in (row.mean, row.low, row.high)])
    finite = numbers[np.isfinite(numbers)]
    finite = np.append(finite, 0.0) if with_zero or not finite.size else finite
    low, high = float(finite.min()), float(finite.max())
    room = 0.08 * (high - low) or 0.05 * abs(high) or 0.5
    return Scale(low - room, high + room, NAMES, WIDTH - RIGHT)


def _draw_grid(across: Scale, height: int) -> str:
    parts = []
    for number in choose_ticks(across.low, across.high):
        x = across.place(number)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
        text = format_parameter(number)
        parts.append(f'<text x="{x:.1f}" y="{height - BOTTOM + 15}" class="across">{text}</text>')
    return "".join(parts)


def _draw_row(row: Interval, y: float, across: Scale) -> str:
    name = escape(shorten(row.name, LONGEST))
    told = f'<text x="{NAMES - 10}" y="{y + 4:.1f}" class="up">{name}</text>'
    if not np.isfinite(row.mean):
        return f'{told}<text x="{NAMES + 8}" y="{y + 4:.1f}">–</text>'
    if np.isfinite(row.low) and np.isfinite(row.high):
        ends = f'x1="{across.place(row.low):.1f}" x2="{across.place(row.high):.1f}"'
        told += f'<line {ends} y1="{y:.1f}" y2="{y:.1f}" stroke="{row.colour}" stroke-width="3"/>'
    face = row.colour if row.is_filled else "var(--page)"
    x = across.place(row.mean)
    return f'{told}<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{face}" stroke="{row.colour}" stroke-width="2"/>'
