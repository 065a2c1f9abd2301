"""Calibration without a network: how stable and how well measured the answers of a panel are.

A panel is a table in long form with the columns ``person``, ``wave``, ``item`` and ``value`` (in [0, 1]), and
``panel`` where there are several; a name that ends in ``.gz`` is unpacked. Of each item the persons count who
answered in all of the first three waves. Intervals resample persons within panels, all items of a person
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.delimited import parse_number, read_table
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream
from coevolve_sim.studies.calibration.reliability import (
    RESAMPLES,
    STATISTICS,
    Reliability,
    compute_statistics,
    draw_counts,
    estimate_reliability,
    read_intervals,
    take_medians,
)
from coevolve_sim.studies.calibration.waves import find_column, parse_value

MOST_BYTES = 256 << 20
WAVES = 3
COLUMNS = ("person", "wave", "item", "value")

Interval = tuple[float, float]


@dataclass(frozen=True)
class PanelItem:
    """One item of one panel.

    Attributes
    ----------
    panel, item : str
    n_persons : int
        Who answered it in all three waves.
    found : Reliability
    intervals : mapping of str to (float, float)
        By the names of `Reliability`'s fields.
    """

    panel: str
    item: str
    n_persons: int
    found: Reliability
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, eq=False)
class PanelResult:
    """What the panels of a file say.

    Attributes
    ----------
    items : tuple of PanelItem
        By panel and item.
    medians : mapping of str to float
        Of each field of `Reliability`, over items.
    intervals : mapping of str to (float, float)
        Of these medians.
    level : float
        Of all intervals.
    notes : tuple of str
        What was left out, and why.
    """

    items: tuple[PanelItem, ...]
    medians: Mapping[str, float]
    intervals: Mapping[str, Interval]
    level: float
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "items": [
                {
                    "panel": one.panel,
                    "item": one.item,
                    "n_persons": one.n_persons,
                    **asdict(one.found),
                    "intervals": {name: list(ends) for name, ends in one.intervals.items()},
                }
                for one in self.items
            ],
            "medians": dict(self.medians),
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "level": self.level,
            "notes": list(self.notes),
        }

    def as_text(self) -> str:
        """Return the table of items, the medians with their intervals, and what they mean."""
        head = f"{'panel':10} {'item':14} {'persons':>7} {'r12':>6} {'r23':>6} {'r13':>6} {'reliab':>6} "
        lines = [head + f"{'noise':>6} {'stable':>6} {'naive':>7} {'instr':>7}"]
        for one in self.items:
            found = one.found
            lines.append(
                f"{one.panel[:10]:10} {one.item[:14]:14} {one.n_persons:7} {found.r12:6.3f} {found.r23:6.3f} "
                f"{found.r13:6.3f} {found.reliability:6.3f} {found.noise:6.3f} {found.stability12:6.3f} "
                f"{found.slope12:7.3f} {found.instrumented:7.3f}"
            )
        lines += ["", f"Medians over {len(self.items)} items, {self.level:.0%} intervals over persons:"]
        for name, told in _TOLD.items():
            low, high = self.intervals[name]
            lines.append(f"  {told}: {self.medians[name]:.3f} [{low:.3f}, {high:.3f}]")
        lines += [f"Note: {note}." for note in self.notes]
        return "\n".join(lines)


_TOLD = {
    "r12": "test-retest correlation, waves 1 and 2",
    "r23": "test-retest correlation, waves 2 and 3",
    "r13": "test-retest correlation, waves 1 and 3",
    "reliability": "reliability (share of an answer's variance that is no error)",
    "noise": "standard deviation of measurement error",
    "stability12": "correlation of true values, waves 1 and 2",
    "change": "standard deviation of change as answered",
    "true_change": "standard deviation of true change",
    "error_share": "share of the variance of change that is error",
    "slope12": "naive slope of change on the value before, waves 1 to 2",
    "slope23": "naive slope of change on the value before, waves 2 to 3",
    "instrumented": "the same without error (instrumented), waves 2 to 3",
}


def calibrate_panel(
    path: str | Path, *, level: float = 0.95, n_resamples: int = RESAMPLES, seed: int = 1
) -> PanelResult:
    """Tell change from measurement error in a file of panels.

    Parameters
    ----------
    path : str or Path
        A table as the module describes.
    level : float
        Of the intervals, in (0, 1).
    n_resamples : int
        20 or more.
    seed : int
        Of the resamples.

    Returns
    -------
    PanelResult

    Raises
    ------
    StudyError
        If the file is not as described (with line and column), or no item has three waves that vary and 20
        persons in all of them.

    References
    ----------
    [Heise1969]_; [Efron1979]_
    """
    if not 0 < level < 1 or n_resamples < 20:
        raise StudyError(
            f"intervals need a level between 0 and 1 and at least 20 resamples; {level} and {n_resamples} "
            "given"
        )
    path = Path(path)
    panels, notes = read_panels(path)
    items: list[PanelItem] = []
    drawn: list[Floats] = []
    for panel, answers_by_item in panels.items():
        n_persons = len(next(iter(answers_by_item.values())))
        counts = draw_counts(n_persons, n_resamples, stream(seed, "resampled persons", panel))
        for item, answers in answers_by_item.items():
            there = ~np.isnan(answers).any(axis=1)
            try:
                found = estimate_reliability(answers[there])
            except StudyError as error:
                notes.append(f"{f'{panel}, ' * bool(panel)}{item} is left out: {error}")
                continue
            statistics = compute_statistics(answers[there], counts[:, there])
            items.append(PanelItem(panel, item, int(there.sum()), found, read_intervals(statistics, level)))
            drawn.append(statistics)
    if not items:
        raise StudyError(f"{path}: no item can be used. {notes[-1] if notes else 'There is none'}")
    middles = take_medians([np.array([getattr(one.found, name) for name in STATISTICS]) for one in items])
    return PanelResult(
        tuple(items),
        {name: float(middle) for name, middle in zip(STATISTICS, middles, strict=True)},
        read_intervals(take_medians(drawn), level),
        level,
        tuple(notes),
    )


def read_panels(path: Path) -> tuple[dict[str, dict[str, Floats]], list[str]]:
    """Return the answers to each item of each panel, shape (persons of the panel, 3), nan where none.

    Raises
    ------
    StudyError
        If the file is not as the module describes, or a panel has fewer than three waves.
    """
    table = read_table(path, StudyError, MOST_BYTES)
    person, wave, item, value = (find_column(path, table, name) for name in COLUMNS)
    panel = table.columns.index("panel") if "panel" in table.columns else None
    answers: dict[str, dict[tuple[str, str, str], float]] = {}
    for line, cells in table.rows:
        own = answers.setdefault("" if panel is None else cells[panel], {})
        key = (cells[person], cells[wave], cells[item])
        if not all(key):
            raise StudyError(f"{path}:{line}: person, wave and item are named in every row; one is empty")
        if key in own:
            raise StudyError(
                f"{path}:{line}: person '{key[0]}' has two answers to '{key[2]}' in wave {key[1]}; "
                "each has one"
            )
        if cells[value]:
            own[key] = parse_value(f"{path}:{line}, column 'value'", cells[value])
    if not any(answers.values()):
        raise StudyError(f"{path}: there is no answer in it")
    notes = list(table.notes)
    panels = {}
    for name, own in sorted(answers.items()):
        waves = _order_waves(path, name, {key[1] for key in own})
        if len(waves) > WAVES:
            notes.append(f"{name or path.name} has {len(waves)} waves; the first three are used")
        panels[name] = _arrange(own, waves[:WAVES])
    return panels, notes


def _order_waves(path: Path, panel: str, waves: set[str]) -> list[str]:
    if len(waves) < WAVES:
        raise StudyError(
            f"{path}: {f'panel {panel}' if panel else 'the panel'} has {len(waves)} wave"
            f"{'s' * (len(waves) != 1)}; three are needed: with two, error and change cannot be told apart"
        )
    numbers = {wave: parse_number(wave) for wave in waves}
    if any(number is None for number in numbers.values()):
        raise StudyError(f"{path}: waves are numbers, in the order of time; {', '.join(sorted(waves))} given")
    return sorted(waves, key=lambda wave: numbers[wave] or 0.0)


def _arrange(own: Mapping[tuple[str, str, str], float], waves: Sequence[str]) -> dict[str, Floats]:
    persons = {name: row for row, name in enumerate(dict.fromkeys(key[0] for key in own))}
    columns = {name: column for column, name in enumerate(waves)}
    arrays: dict[str, Floats] = {}
    for (person, wave, item), value in own.items():
        array = arrays.setdefault(item, np.full((len(persons), WAVES), np.nan))
        if wave in columns:
            array[persons[person], columns[wave]] = value
    return dict(sorted(arrays.items()))
