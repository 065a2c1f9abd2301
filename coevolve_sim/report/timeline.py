"""The axis of rounds: ticks at rounds or named eras, and marks at interventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coevolve_sim.report.canvas import canvas_in_use
from coevolve_sim.report.grid import measure_panel
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.style import INTERVENTION, escape_dollars, shorten
from coevolve_sim.society.history_course import course_of

MAX_MARKS = 12


@dataclass(frozen=True)
class Timeline:
    """Labels, ticks and marks of the axis of rounds.

    Attributes
    ----------
    last : int
        The last round reached.
    label : str
        Name of the axis.
    ticks : tuple of (int, str)
        Rounds and their labels; empty where round numbers are enough.
    marks : tuple of (int, str)
        Rounds with interventions, and their descriptions; one entry for each round.
    """

    last: int
    label: str
    ticks: tuple[tuple[int, str], ...]
    marks: tuple[tuple[int, str], ...]

    def draw_axis(self, axes: Any) -> None:
        """Draw the axis of rounds and the marks in a panel."""
        from matplotlib.ticker import MaxNLocator

        pad = 0.5 if self.last == 0 else 0.01 * self.last
        axes.set_xlim(-pad, self.last + pad)
        if self.ticks:
            axes.set_xticks([r for r, _ in self.ticks], [escape_dollars(name) for _, name in self.ticks])
        else:
            axes.xaxis.set_major_locator(
                MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
            )
        for position, (round_index, _) in enumerate(self.marks):
            axes.axvline(round_index, color=INTERVENTION, linewidth=0.8, linestyle=(0, (1, 1)), zorder=1)
            axes.annotate(
                mark_letter(position),
                (round_index, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 1),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8 * canvas_in_use().scale,
                color=INTERVENTION,
            )

    @property
    def title_pad(self) -> float:
        """Points between a panel and its title: space for the letters of marks, if there are any."""
        return 14.0 if self.marks else 4.0

    @property
    def key(self) -> str:
        """The sentence that explains the marks; empty if there are none."""
        if not self.marks:
            return ""
        told = "; ".join(f"{mark_letter(i)}, round {r}: {text}" for i, (r, text) in enumerate(self.marks))
        return f" Dotted vertical lines mark interventions ({told})."


def _measure_axis() -> int:
    """Return the number of letters that fit below the narrowest panel."""
    return int(10.9 * measure_panel(4) / canvas_in_use().scale)


def mark_letter(position: int) -> str:
    """Return the letter that marks an intervention."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[position]


def build_timeline(data: RunData) -> Timeline:
    """Build the axis of rounds of a run."""
    last = int(data.means.rounds[-1])
    names = data.era_names
    marks: dict[int, list[str]] = {}
    for round_index, text in data.interventions:
        marks.setdefault(round_index, []).append(text)
    told = tuple((r, shorten(", ".join(texts), 120)) for r, texts in sorted(marks.items()))[:MAX_MARKS]
    if names is None:
        return Timeline(last, "round", (), told)
    course = course_of(data.scenario, len(names))
    reached = course.eras_reached(last)
    if len(reached) < 2 or not course.stays_in_its_eras(last):
        return Timeline(last, "round", (), told)
    longest = max(len(name) for name in names)
    step = nice_step(len(reached), max(2, min(4, _measure_axis() // max(longest, 1))))
    ticks = tuple((r, shorten(names[era], 14)) for r, era in reached[::step])
    per_era = course.rounds_per_era
    label = "era" if per_era == 1 else f"era (one era lasts {per_era} rounds)"
    return Timeline(last, label, ticks, told)


def nice_step(count: int, most: int) -> int:
    """Return the smallest step of 1, 2, 5, 10, ... that gives at most the given number of ticks.

    Examples
    --------
    >>> nice_step(47, 5), nice_step(3, 5)
    (10, 1)
    """
    step = 1
    while -(-count // step) > most:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step
