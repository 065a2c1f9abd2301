"""The picture of what is chosen in dilemmas: a panel a theory, with how much stands behind each bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coevolve_sim.measures.dilemmas import LEAST_ITEMS, ChoiceScores
from coevolve_sim.report.style import GROUPS, use_report_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 0.34
"""Inches of a bar."""


class TheoryScores(NamedTuple):
    """Scores by what a theory tells apart, of each who chose.

    Attributes
    ----------
    theory : str
        Its name.
    names : tuple of str
        What it tells apart.
    columns : mapping of str to ChoiceScores
        Scores, by who chose.
    """

    theory: str
    names: tuple[str, ...]
    columns: Mapping[str, ChoiceScores]


def draw_choices(theories: Sequence[TheoryScores]) -> Figure:
    """Draw scores by theory as bars with intervals, and the number of dilemmas behind each bar.

    Bars of fewer dilemmas than `LEAST_ITEMS` are left out.

    Parameters
    ----------
    theories : sequence of TheoryScores
        A panel each, from top to bottom; all of the same columns.
    """
    from matplotlib.figure import Figure

    rows = [_told_rows(theory) for theory in theories]
    heights = [max(len(told), 1) for told in rows]
    figure = Figure(figsize=(5.4, 1.2 + sum(heights) * _HEIGHT + 0.4 * len(heights)), layout="constrained")
    panels = figure.subplots(len(theories), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    for panel, theory, told in zip(panels, theories, rows, strict=True):
        _draw_theory(panel, theory, told)
    panels[-1].set_xlabel("neglected (-100) to selected (100), with 95 % intervals;\nnumbers: dilemmas")
    if len(theories[0].columns) > 1:
        panels[0].legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
    return figure


def write_choices(theories: Sequence[TheoryScores], path: Path) -> None:
    """Write the picture to a file, whose ending says the format."""
    with use_report_style():
        draw_choices(theories).savefig(path, dpi=150)


def _told_rows(theory: TheoryScores) -> list[int]:
    """Return the places of what some column has enough dilemmas of."""
    enough = np.max([column.dilemmas for column in theory.columns.values()], axis=0) >= LEAST_ITEMS
    return [int(row) for row in np.flatnonzero(enough)]


def _draw_theory(panel: Axes, theory: TheoryScores, told: list[int]) -> None:
    width = 0.8 / len(theory.columns)
    for number, (who, column) in enumerate(theory.columns.items()):
        there = [(at, row) for at, row in enumerate(told) if column.dilemmas[row] >= LEAST_ITEMS]
        at = np.array([place for place, _ in there]) + width * (number - (len(theory.columns) - 1) / 2)
        score, low, high = (
            np.array([numbers[row] for _, row in there])
            for numbers in (column.score, column.low, column.high)
        )
        colour = GROUPS[number % len(GROUPS)]
        panel.barh(at, score, width * 0.9, color=colour, alpha=0.6, label=who)
        panel.errorbar(score, at, xerr=[score - low, high - score], fmt="none", ecolor=colour, lw=1)
        for place, (_, row) in zip(at, there, strict=True):
            panel.text(103, place, f"{column.dilemmas[row]:,}", va="center", fontsize=7, color=colour)
    panel.axvline(0, color="#555555", lw=0.8)
    panel.set_yticks(range(len(told)), [theory.names[row] for row in told])
    panel.set_xlim(-100, 100)
    panel.invert_yaxis()
    panel.set_title(theory.theory, loc="left", fontsize=9)
