"""Sketches: lines and bars of a hundred points or fewer, as the paths of a small picture on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.report.numbers import format_number
from coevolve_sim.report.sampling import choose_evenly

WIDTH, HEIGHT = 240.0, 72.0
"""Of the picture, in its own units; a page shows it at any size."""

MOST_POINTS = 120
_EDGE = 3.0


@dataclass(frozen=True)
class SketchLine:
    """A line: whose it is (the page's style of it), its label, and its path."""

    of: str
    label: str
    path: str


@dataclass(frozen=True)
class SketchBar:
    """A bar: whose it is, its label, the number at its end, and how far it reaches, from 0 to 1."""

    of: str
    label: str
    number: str
    share: float


@dataclass(frozen=True)
class Sketch:
    """A small picture without axes.

    Attributes
    ----------
    told : str
        What it shows, in a sentence; for those who do not see it.
    lines : tuple of SketchLine
    bars : tuple of SketchBar
    low, high : str
        The values at its lower and upper edge; empty for bars.
    first, last : str
        What stands at its left and right edge; empty for bars.
    """

    told: str
    lines: tuple[SketchLine, ...] = ()
    bars: tuple[SketchBar, ...] = ()
    low: str = ""
    high: str = ""
    first: str = ""
    last: str = ""


def sketch_lines(rounds: ArrayLike, lines: Sequence[tuple[str, str, ArrayLike]], told: str) -> Sketch | None:
    """Return a picture of lines over rounds; None where no two points of any line are known.

    Parameters
    ----------
    rounds : int array, shape (points,)
        Ascending.
    lines : sequence of (str, str, float array of shape (points,))
        Whose each is, its label, and its values; gaps where they are not finite.
    told : str
        What it shows.

    Examples
    --------
    >>> drawn = sketch_lines([0, 1, 2], [("people", "people", [0.0, 0.5, 1.0])], "People rise.")
    >>> drawn.lines[0].path, drawn.low, drawn.high
    ('M3.0 69.0L120.0 36.0L237.0 3.0', '0.0000', '1.0000')
    >>> sketch_lines([0], [("people", "people", [0.5])], "A point.") is None
    True
    """
    whole = np.asarray(rounds, dtype=np.float64)
    kept = choose_evenly(len(whole), MOST_POINTS)
    x = whole[kept]
    values = [np.asarray(given, dtype=np.float64)[kept] for _, _, given in lines]
    known = np.concatenate([row[np.isfinite(row)] for row in values]) if values else np.empty(0)
    if len(x) < 2 or known.size < 2:
        return None
    low, high = min(0.0, float(known.min())), float(known.max())
    across = _EDGE + (x - x[0]) / (x[-1] - x[0]) * (WIDTH - 2 * _EDGE)
    span = high - low if high > low else 1.0
    drawn = (
        SketchLine(of, label, _write_path(across, HEIGHT - _EDGE - (row - low) / span * (HEIGHT - 2 * _EDGE)))
        for (of, label, _), row in zip(lines, values, strict=True)
    )
    return Sketch(
        told,
        tuple(line for line in drawn if line.path),
        low=format_number(low),
        high=format_number(high),
        first=f"round {whole[0]:.0f}",
        last=f"round {whole[-1]:.0f}",
    )


def sketch_bars(bars: Sequence[tuple[str, str, float]], told: str) -> Sketch | None:
    """Return a picture of bars from 0; None where one of them is not known.

    Examples
    --------
    >>> [bar.share for bar in sketch_bars([("assistant", "it", 0.1), ("plain", "none", 0.4)], "").bars]
    [0.25, 1.0]
    """
    numbers = np.array([number for _, _, number in bars])
    if not np.isfinite(numbers).all():
        return None
    longest = float(numbers.max()) or 1.0
    return Sketch(
        told,
        bars=tuple(SketchBar(of, label, format_number(size), size / longest) for of, label, size in bars),
    )


def _write_path(x: Floats, y: Floats) -> str:
    """Write the points that are known as a path, broken where one is not."""
    path, pen = [], "M"
    for across, up in zip(x, y, strict=True):
        if np.isfinite(up):
            path.append(f"{pen}{across:.1f} {up:.1f}")
        pen = "L" if np.isfinite(up) else "M"
    return "".join(path)
