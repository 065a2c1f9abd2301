"""Lines over rounds as SVG: light enough to be drawn anew whenever one slides to another round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.report.numbers import format_parameter
from coevolve_sim.report.style import DASHES, GROUPS

WIDTH, HEIGHT = 620, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 36
"""Margins that hold the numbers of the axes."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line: what it is called, its rounds, and its numbers; nan where there is none."""

    name: str
    rounds: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A straight way from numbers to places on the figure."""

    low: float
    high: float
    start: float
    end: float

    def place(self, number: float) -> float:
        """Return where a number stands.

        Examples
        --------
        >>> Scale(0.0, 2.0, 100.0, 0.0).place(0.5)
        75.0
        """
        return self.start + (number - self.low) / (self.high - self.low) * (self.end - self.start)


def draw_lines(
    lines: Sequence[Line], label: str, *, at: int | None = None, ends: tuple[float, float] | None = None
) -> str:
    """Draw lines over rounds.

    Parameters
    ----------
    lines : sequence of Line
        Told apart by colour, and by dashes where there are several; a legend names them.
    label : str
        What the numbers are.
    at : int, optional
        A round to mark.
    ends : (float, float), optional
        Of the scale of numbers; those of the numbers if not given.

    Returns
    -------
    str
        An SVG element, and before it the legend; names and label are escaped.
    """
    across, up = _scale_rounds(lines), _scale_numbers(lines, ends)
    parts = [_draw_grid(across, up)]
    if at is not None:
        x = across.place(at)
        parts.append(f'<line class="at" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    parts += [_draw_line(line, number, across, up) for number, line in enumerate(lines)]
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 3}" class="name">round</text>')
    told = f"{label} over rounds" + (f"; round {at} is marked" if at is not None else "")
    return (
        f"{_write_legend(lines)}"
        f'<svg class="lines" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(told)}">'
        f"{''.join(parts)}</svg>"
    )


def _scale_rounds(lines: Sequence[Line]) -> Scale:
    rounds = np.concatenate([line.rounds for line in lines]) if lines else np.zeros(1)
    low, high = float(rounds.min()), float(rounds.max())
    return Scale(low, high if high > low else low + 1.0, LEFT, WIDTH - RIGHT)


def _scale_numbers(lines: Sequence[Line], ends: tuple[float, float] | None) -> Scale:
    if ends is None:
        values = np.concatenate([line.values for line in lines]) if lines else np.zeros(1)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        ends = (low - room, high + room)
    return Scale(*ends, HEIGHT - BOTTOM, TOP)


def _draw_grid(across: Scale, up: Scale) -> str:
    parts = []
    for number in choose_ticks(up.low, up.high):
        y = up.place(number)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="up">{format_parameter(number)}</text>')
    for number in choose_ticks(across.low, across.high, whole=True):
        x = across.place(number)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" class="across">{format_parameter(number)}</text>'
        )
    return "".join(parts)


def choose_ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return at most six round numbers in an interval.

    Examples
    --------
    >>> choose_ticks(0.0, 1.0), choose_ticks(0.0, 12.0, whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 5.0, 10.0])
    >>> choose_ticks(0.0, 2.0, whole=True)
    [0.0, 1.0, 2.0]
    """
    size = 10.0 ** math.floor(math.log10(max((high - low) / 5, 1e-12)))
    steps = (size * factor for factor in (1, 2, 5, 10, 20))
    step = next(one for one in steps if (high - low) / one <= 5.0 + 1e-9 and (not whole or one >= 1.0))
    first = math.ceil(low / step - 1e-9)
    ticks = [round(step * number, 12) for number in range(first, first + 7)]
    return [tick for tick in ticks if tick <= high + 1e-9 * step]


def _draw_line(line: Line, number: int, across: Scale, up: Scale) -> str:
    colour = colour_of(number)
    known = np.isfinite(line.values)
    places = [
        (across.place(float(x)), up.place(float(np.clip(y, up.low, up.high))))
        for x, y in zip(line.rounds[known], line.values[known], strict=True)
    ]
    if len(places) == 1:
        return f'<circle cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="3.5" fill="{colour}"/>'
    # A line is broken where a number is missing, and goes on after it.
    breaks = np.flatnonzero(np.diff(np.flatnonzero(known)) > 1) + 1
    starts = {0, *breaks.tolist()}
    path = "".join(f"{'M' if i in starts else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(places))
    return f'<path d="{path}" stroke="{colour}"{_write_dash(number)}/>' if path else ""


def _write_dash(number: int) -> str:
    if number == 0:
        return ""
    _, lengths = DASHES[(number - 1) % len(DASHES)]
    return f' stroke-dasharray="{" ".join(f"{2 * length:g}" for length in lengths)}"'


def colour_of(number: int) -> str:
    """Return the colour of the line of a number, of those of groups in the report."""
    return GROUPS[number % len(GROUPS)]


def _write_legend(lines: Sequence[Line]) -> str:
    if len(lines) < 2:
        return ""
    items = "".join(
        f'<span><svg viewBox="0 0 30 8" width="30" height="8" aria-hidden="true"><path d="M0 4L30 4" '
        f'stroke="{colour_of(i)}"{_write_dash(i)}/></svg> {escape(line.name)}</span>'
        for i, line in enumerate(lines)
    )
    return f'<div class="legend small">{items}</div>'
