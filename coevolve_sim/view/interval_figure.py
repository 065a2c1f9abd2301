"""Means with their intervals as SVG, a row each: worlds side by side, and effects as a forest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from coevolve_sim.report.numbers import format_parameter
from coevolve_sim.report.style import shorten
from coevolve_sim.view.figures import choose_marks

WIDTH, ROW, TOP, BOTTOM = 520.0, 32.0, 6.0, 40.0
NAMES, RIGHT = 150.0, 14.0
"""Width that names take, and margin at the right."""

LONGEST = 22
"""Letters of a name, at most."""


@dataclass(frozen=True)
class Interval:
    """A row: a mean and the ends of its interval, which are nan where there is none.

    ``is_open`` is whether its dot is hollow, as that of an effect that is not told from zero.
    """

    name: str
    mean: float
    low: float
    high: float
    colour: str
    is_open: bool = False


@dataclass(frozen=True)
class Scale:
    """A straight way from numbers to places across the figure."""

    low: float
    high: float

    def place(self, number: float) -> float:
        """Return where a number stands.

        Examples
        --------
        >>> Scale(0.0, 2.0).place(0.0) == NAMES, Scale(0.0, 2.0).place(2.0) == WIDTH - RIGHT
        (True, True)
        """
        return NAMES + (number - self.low) / (self.high - self.low) * (WIDTH - RIGHT - NAMES)


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

    Examples
    --------
    >>> drawn = draw_intervals([Interval("a & b", 0.5, 0.4, 0.6, "#0072B2")], "variance")
    >>> "a &amp; b" in drawn, drawn.count("<circle")
    (True, 1)
    """
    across = _find_scale(rows, with_zero=with_zero)
    floor = TOP + ROW * len(rows)
    parts = [_draw_axis(across, floor, label)]
    if with_zero:
        parts.append(f'<path class="zero" d="M{across.place(0.0):.1f} {TOP}V{floor}"/>')
    parts += [_draw_row(row, TOP + ROW * (place + 0.5), across) for place, row in enumerate(rows)]
    box = f'viewBox="0 0 {WIDTH:g} {floor + BOTTOM:g}"'
    return f'<svg {box} role="img" aria-label="{escape(_tell(rows, label))}">{"".join(parts)}</svg>'


def _tell(rows: Sequence[Interval], label: str) -> str:
    """Return the figure in words, for those who do not see it."""
    told = [f"{row.name} {format_parameter(row.mean)}" for row in rows if np.isfinite(row.mean)]
    return f"{label}: {', '.join(told) or 'no number'}"


def _find_scale(rows: Sequence[Interval], *, with_zero: bool) -> Scale:
    numbers = np.array([number for row in rows for number in (row.mean, row.low, row.high)])
    finite = numbers[np.isfinite(numbers)]
    finite = np.append(finite, 0.0) if with_zero or not finite.size else finite
    low, high = float(finite.min()), float(finite.max())
    room = 0.08 * (high - low) or 0.05 * abs(high) or 0.5
    return Scale(low - room, high + room)


def _draw_axis(across: Scale, floor: float, label: str) -> str:
    parts = []
    for number in choose_marks(across.low, across.high):
        x = across.place(number)
        parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{floor}"/>')
        told = format_parameter(number)
        parts.append(f'<text x="{x:.1f}" y="{floor + 15:.1f}" text-anchor="middle">{told}</text>')
    middle = (NAMES + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.1f}" y="{floor + 33:.1f}" text-anchor="middle">{escape(label)}</text>')
    return "".join(parts)


def _draw_row(row: Interval, y: float, across: Scale) -> str:
    name = escape(shorten(row.name, LONGEST))
    told = f'<text x="{NAMES - 10:g}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
    if not np.isfinite(row.mean):
        return f'{told}<text x="{NAMES + 8:g}" y="{y + 4:.1f}">–</text>'
    if np.isfinite(row.low) and np.isfinite(row.high):
        low, high = across.place(row.low), across.place(row.high)
        told += f'<path class="interval" stroke="{row.colour}" d="M{low:.1f} {y:.1f}H{high:.1f}"/>'
    face = 'class="open"' if row.is_open else f'fill="{row.colour}"'
    return (
        f'{told}<circle {face} cx="{across.place(row.mean):.1f}" cy="{y:.1f}" r="5.5" stroke="{row.colour}"/>'
    )
