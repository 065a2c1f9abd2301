"""Comparison with a second run, such as the same people with the numeric channel or without an assistant.

Both runs must have the same dimensions, and rounds of the same length in history. They are compared round by
round, up to the last round that both have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RecordError
from coevolve_sim.report.grid import add_legend_above, build_panels, count_lines, label_axes, measure_title
from coevolve_sim.report.measure_pictures import SHOWN, rms_distance
from coevolve_sim.report.numbers import format_count, format_number
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.sampling import choose_evenly
from coevolve_sim.report.style import DASHES, GROUPS, PEOPLE, wrap_text
from coevolve_sim.report.timeline import Timeline
from coevolve_sim.runs.results import Run
from coevolve_sim.scenario import Scenario

MAX_PANELS, MAX_POINTS, MAX_GROUPS, MOST_DIFFERENCES = 12, 500, 4, 12


@dataclass(frozen=True)
class ComparisonRow:
    """A measure of both runs, at the last round that both have measured."""

    name: str
    here: str
    there: str


def check_comparable(run: Run, other: Run) -> None:
    """Refuse a run that cannot be compared with another.

    Raises
    ------
    RecordError
        If it is the same run, or has other dimensions, no round on record, or rounds of another length.
    """
    told = f"{other.folder.name} cannot stand beside {run.folder.name}"
    if other.folder.resolve() == run.folder.resolve():
        raise RecordError(f"{told}: it is the same run; name another with --beside")
    if other.dimensions != run.dimensions:
        raise RecordError(
            f"{told}: its dimensions are {_shorten_names(other.dimensions)}, here they are "
            f"{_shorten_names(run.dimensions)}; both must have the same value space"
        )
    for one in (run, other):
        if not one.has_rounds:
            raise RecordError(
                f"{told}: {one.folder.name} has no round on record yet; `coevolve resume` runs it"
            )
    here, there = run.scenario, other.scenario
    both_move = "none" not in (here.history.kind, there.history.kind)
    if both_move and here.rounds_per_era != there.rounds_per_era:
        raise RecordError(
            f"{told}: an era lasts {format_count(there.rounds_per_era, 'round')} there and "
            f"{here.rounds_per_era} here, "
            "so that a round is another stretch of history; run one with the other's rounds_per_era"
        )


def _shorten_names(names: tuple[str, ...]) -> str:
    listed = ", ".join(names[:6])
    return f"{listed} and {len(names) - 6} more" if len(names) > 6 else listed


class RunComparison:
    """Two runs, compared round by round.

    Parameters
    ----------
    data : RunData
        Data of the run that the report is about.
    other : Run
        The other run, pinned to one moment.

    Raises
    ------
    RecordError
        If the two cannot be compared.
    """

    def __init__(self, data: RunData, other: Run) -> None:
        check_comparable(data.run, other)
        self.here, self.there = data, RunData(other)

    @property
    def n_common(self) -> int:
        """Number of rounds that both runs have, round 0 included."""
        return min(len(self.here.means.rounds), len(self.there.means.rounds))

    def distance(self) -> Floats:
        """Return the distance of people's means in each round: RMS over dimensions, in [0, 1]."""
        n = self.n_common
        return rms_distance(self.here.means.people[:n], self.there.means.people[:n])

    def describe(self) -> list[str]:
        """Return sentences that say what the other run is and how far the two are apart."""
        there, apart = self.there, self.distance()
        told = f"Beside it: {there.scenario.name}, seed {there.seed}, {there.status}, channel "
        told += f"{there.scenario.channel.kind}, {format_count(there.n_humans, 'human')}, "
        told += f"{format_count(there.run.n_rounds_finished, 'round')}; digest {there.run.digest()}."
        last = self.n_common - 1
        gap = f"The means of people lay {format_number(float(apart[0]))} apart in the beginning "
        gap += f"(RMS over dimensions, 0 to 1), {format_number(float(apart[last]))} after round {last}, "
        gap += f"the last that both have, and at most {format_number(float(apart.max()))}, "
        gap += f"after round {int(apart.argmax())}."
        return [told, gap, *self._topics_a_round()]

    def _topics_a_round(self) -> Iterator[str]:
        """Return a note where a round in words is about fewer dimensions than a round in numbers."""
        topics = [
            min(getattr(one.scenario.channel, "topics_per_round", one.n_dimensions), one.n_dimensions)
            for one in (self.here, self.there)
        ]
        if topics[0] != topics[1]:
            yield (
                f"A round here is about {format_count(topics[0], 'dimension')}, there about "
                f"{topics[1]}: the one that "
                "talks about more goes further in a round, whatever its channel."
            )

    def differences(self) -> tuple[list[tuple[str, str, str]], int]:
        """Return the scenario's keys that differ (key, here, there), and how many more there are."""
        found = [
            (key, here, there)
            for key, (here, there) in list_differences([self.here.scenario, self.there.scenario])
        ]
        return found[:MOST_DIFFERENCES], max(len(found) - MOST_DIFFERENCES, 0)

    def content(self) -> dict[str, Any]:
        """Return the page's section on the comparison."""
        differences, more = self.differences()
        last, rows = self.rows()
        return {
            "paragraphs": self.describe(),
            "differences": differences,
            "differences_left_out": more,
            "round": last,
            "rows": rows,
        }

    def rows(self) -> tuple[int, list[ComparisonRow]]:
        """Return the last round that both have measured, and the measures in it."""
        here, there = self.here.measures, self.there.measures
        common = here.index.intersection(there.index)
        if common.empty:
            return 0, []
        last = int(common.max())
        names = [name for name in here.columns if name in there.columns]
        return last, [
            ComparisonRow(
                str(name),
                *(
                    format_number(float(table[name].to_numpy()[table.index == last][0]))
                    for table in (here, there)
                ),
            )
            for name in names
        ]

    def groups(self) -> list[str]:
        """Return the groups that both have, largest first, if there is more than one."""
        sizes = np.bincount(self.here.run.group_of, minlength=len(self.here.run.groups))
        ordered = [self.here.run.groups[i] for i in np.argsort(-sizes, kind="stable")]
        both = [name for name in ordered if name in self.there.run.groups]
        return both[:MAX_GROUPS] if len(both) > 1 else []

    def most_apart(self) -> list[int]:
        """Return the dimensions in which people's means end furthest apart, in column order."""
        n = self.n_common
        apart = np.abs(self.here.means.people[:n] - self.there.means.people[:n]).max(axis=0)
        return sorted(np.argsort(-apart, kind="stable")[:MAX_PANELS].tolist())


def list_differences(scenarios: Sequence[Scenario]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the keys in which scenarios differ, each with its value in every one; – where one lacks it.

    Name and description do not count.
    """
    keys = [dict(_flatten_keys(scenario.model_dump(mode="json"))) for scenario in scenarios]
    names = [name for name in dict.fromkeys(chain(*keys)) if name not in ("name", "description")]
    rows = [(name, tuple(one.get(name, "–") for one in keys)) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _flatten_keys(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield a scenario's keys and their values."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else None
    if pairs is None or not tree:
        yield path, format_setting(tree)
        return
    for key, inner in pairs:
        yield from _flatten_keys(inner, f"{path}.{key}" if path else str(key))


def format_setting(setting: Any) -> str:
    """Return the value of a key as YAML would write it.

    Examples
    --------
    >>> format_setting(True), format_setting(None), format_setting(0.5), format_setting("")
    ('true', 'null', '0.5', '""')
    """
    if setting is None or isinstance(setting, bool):
        return {True: "true", False: "false", None: "null"}[setting]
    return str(setting) if setting != "" else '""'


# --- pictures ------------------------------------------------------------------------------------


def draw_values_of_both(beside: RunComparison, timeline: Timeline) -> Picture:
    """Draw means of people and groups in both runs, one panel for each dimension, the other run dashed."""
    chosen = beside.most_apart()
    titles = [wrap_text(beside.here.labels[d], measure_title(len(chosen))) for d in chosen]
    lines = count_lines(titles)
    figure, all_axes = build_panels(len(chosen), 1.3, title_lines=lines, title_pad=timeline.title_pad)
    handles: dict[str, Any] = {}
    for axes, dimension, title in zip(all_axes, chosen, titles, strict=True):
        _draw_both(axes, dimension, beside, handles)
        axes.set_title(title, pad=timeline.title_pad)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0.0, 0.5, 1.0])
        timeline.draw_axis(axes)
    label_axes(figure, timeline.label, "value (0 to 1)")
    add_legend_above(figure, list(handles.values()), list(handles))
    told = "Mean values; solid here, dashed in the other run. "
    if len(chosen) < beside.here.n_dimensions:
        told += f"{len(chosen)} of {beside.here.n_dimensions} dimensions: "
        told += "where people's means lie furthest apart. "
    if groups := beside.groups():
        told += f"Of the groups that both have, {len(groups)} are drawn. "
    told += "The axis of rounds is that of this run." + timeline.key
    return Picture("beside-values", "Values, beside the other run", told, figure)


def _draw_both(axes: Any, dimension: int, beside: RunComparison, handles: dict[str, Any]) -> None:
    last = beside.here.means.rounds[-1]
    for which, data in (("", beside.here), (", beside", beside.there)):
        means = data.means
        points = choose_evenly(int((means.rounds <= last).sum()), MAX_POINTS)
        dash = DASHES[0] if which else "-"
        dot = "o" if points.size == 1 else ""
        lines = [("people's mean", means.people, PEOPLE, 2.4)]
        lines += [(name, means.groups[name], GROUPS[i], 1.4) for i, name in enumerate(beside.groups())]
        for label, values, color, width in lines:
            (handles[label + which],) = axes.plot(
                means.rounds[points],
                values[points, dimension],
                color=color,
                linewidth=width,
                linestyle=dash,
                marker=dot,
            )


def draw_measures_of_both(beside: RunComparison, timeline: Timeline) -> Picture:
    """Draw selected measures of both runs, the other run dashed."""
    name, title = "beside-measures", "Measures, beside the other run"
    tables = (beside.here.measures, beside.there.measures)
    chosen = [measure for measure in SHOWN if all(measure in table.columns for table in tables)]
    if not chosen:
        return Picture(name, title, "Not drawn: the two have none of the measures drawn here in common.")
    figure, all_axes = build_panels(len(chosen), 1.25, share=False, title_pad=timeline.title_pad)
    handles: dict[str, Any] = {}
    for axes, measure in zip(all_axes, chosen, strict=True):
        for label, table, dash in zip(("this run", "the other run"), tables, ("-", DASHES[0]), strict=True):
            rows = table.index <= timeline.last
            values = table[measure].to_numpy(dtype=float)[rows]
            points = choose_evenly(values.size, MAX_POINTS)
            finite = np.where(np.isfinite(values), values, np.nan)[points]
            dot = "o" if points.size == 1 else ""
            (handles[label],) = axes.plot(
                table.index[rows].to_numpy()[points], finite, color=GROUPS[0], linestyle=dash, marker=dot
            )
        axes.set_title(measure.replace("_", " "), pad=timeline.title_pad)
        timeline.draw_axis(axes)
    label_axes(figure, timeline.label, "measure (its own scale)")
    add_legend_above(figure, list(handles.values()), list(handles))
    told = "Of all humans at the end of a round; solid here, dashed in the other run. "
    told += "Scales differ from panel to panel. Gaps are undefined or infinite."
    return Picture(name, title, told + timeline.key, figure)
