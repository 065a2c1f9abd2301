"""Tables of numbers: progress measures, and the measures of rounds at start, middle and end."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import CATALOGUE, SIZE_FREE, Measure, progress_measure
from coevolve_sim.measures.measure import build_custom_measure
from coevolve_sim.report.numbers import format_count, format_number
from coevolve_sim.report.run_data import RunData
from coevolve_sim.runs.progress import read_eras

MOST_ASSISTANTS, MOST_DIMENSIONS = 20, 60


@dataclass(frozen=True)
class ProgressRow:
    """A progress measure of an assistant, or of people."""

    of: str
    name: str
    plain: str
    centred: str
    rmse: str
    meaning: str
    high_means: str
    range: str
    source: str
    note: str


@dataclass(frozen=True)
class WayRow:
    """The way of history and of people's mean in a dimension, and people's share of history's."""

    dimension: str
    history: str
    people: str
    share: str
    note: str


@dataclass(frozen=True)
class MeasureRow:
    """A measure of a round, at several rounds."""

    name: str
    values: tuple[str, ...]
    meaning: str
    high_means: str
    range: str
    source: str
    with_size: str


def build_progress_rows(data: RunData) -> list[ProgressRow]:
    """Build rows of the progress measures: plain, centred, and in size; those of people come first."""
    table = data.run.progress
    whole = table[table["dimension"] == ""]
    keys = list(zip(whole["assistant"], whole["measure"], strict=True))
    values = dict(zip(keys, whole["value"], strict=True))
    notes = dict(zip(keys, whole["note"], strict=True))
    shown = ["", *(assistant.name for assistant in data.scenario.assistants[:MOST_ASSISTANTS])]
    stems = dict.fromkeys((of, m.removesuffix("_centred").removesuffix("_rmse")) for of, m in keys)
    return [_build_progress_row(of, stem, values, notes) for one in shown for of, stem in stems if of == one]


def _build_progress_row(
    of: str, stem: str, values: dict[tuple[str, str], float], notes: dict[tuple[str, str], str]
) -> ProgressRow:
    """Build the row of a measure in its three forms; while a run goes on it has an error but no cosine."""
    forms = [f"{stem}{ending}" for ending in ("", "_centred", "_rmse")]
    plain, centred, rmse = (_format_cell(values.get((of, form))) for form in forms)
    about = progress_measure(stem if (of, stem) in values else f"{stem}_rmse")
    return ProgressRow(
        of or "people",
        stem,
        plain,
        centred,
        rmse,
        _fill_in_horizon(about.meaning, stem),
        about.high_means,
        format_interval(about.range),
        about.source,
        _join_notes({form: notes.get((of, form), "") for form in forms}),
    )


def _format_cell(value: float | None) -> str:
    return "" if value is None else "–" if math.isnan(value) else format_number(value)


def _join_notes(notes: dict[str, str]) -> str:
    """Join the notes on the forms of a measure; where all that have one have the same, it stands once."""
    told = {form: note for form, note in notes.items() if note}
    if len(set(told.values())) == 1 and len(told) != 1:
        return next(iter(told.values()))
    named = [f"{'centred: ' if form.endswith('_centred') else ''}{note}" for form, note in told.items()]
    return "; ".join(named)


def build_way_rows(data: RunData) -> tuple[list[WayRow], int]:
    """Build rows of the dimensions in which history went furthest; return them and how many are left out."""
    table = data.run.progress
    of_each = table[(table["measure"] == "share_of_way") & (table["dimension"] != "")]
    if len(of_each) < 2:
        return [], 0
    eras = read_eras(data.run)
    people, history = eras.people, cast("Floats", eras.history)
    furthest = np.argsort(-np.abs(history[-1] - history[0]), kind="stable")
    rows = [
        WayRow(
            data.labels[d],
            f"{history[0, d]:.3f} to {history[-1, d]:.3f}",
            f"{people[0, d]:.3f} to {people[-1, d]:.3f}",
            _format_cell(float(of_each["value"].iloc[d])),
            str(of_each["note"].iloc[d]),
        )
        for d in furthest[:MOST_DIMENSIONS].tolist()
    ]
    return rows, max(len(of_each) - MOST_DIMENSIONS, 0)


def _fill_in_horizon(meaning: str, measure: str) -> str:
    """Return a measure's meaning with the horizon that its name gives."""
    horizon = re.match(r"predict_([0-9]+)", measure)
    return meaning.replace("K eras", format_count(int(horizon[1]), "era")) if horizon else meaning


def format_interval(text: str) -> str:
    r"""Format an interval for print; fractions in it are not broken over lines.

    Examples
    --------
    >>> format_interval("[-1, inf]"), format_interval("[1 / bins, 1]")
    ('[−1, ∞]', '[1\xa0/\xa0bins, 1]')
    """
    printed = text.replace("-", "−").replace("inf", "∞")
    for sign in ("/", "+", "−"):
        printed = printed.replace(f" {sign} ", f"\u00a0{sign}\u00a0")
    return printed


def choose_measured_rounds(data: RunData) -> list[int]:
    """Choose the first measured round, the one nearest the middle, and the last."""
    rounds = [int(r) for r in data.measures.index]
    if not rounds:
        return []
    middle = min(rounds, key=lambda r: abs(r - (rounds[0] + rounds[-1]) / 2))
    return sorted({rounds[0], middle, rounds[-1]})


def _describe_measure(name: str) -> Measure:
    """Return the description of a measure; for a custom one it is empty, as none of its code is run."""
    if name in CATALOGUE.own:
        found: Measure = CATALOGUE[name]
        return found
    return build_custom_measure(name, lambda _arrays: None, {})


def build_measure_rows(data: RunData) -> list[MeasureRow]:
    """Build a row for every measure, at the rounds of `choose_measured_rounds`; size-free ones come last."""
    rounds = choose_measured_rounds(data)
    table = data.measures.loc[rounds] if len(data.measures) else data.measures
    rows = [_build_measure_row(str(name), [float(value) for value in table[name]]) for name in table.columns]
    if not rounds:
        return rows
    size_free: pd.DataFrame = data.run.size_free.reindex(rounds)
    return rows + [_build_measure_row(str(name), size_free[name].tolist()) for name in size_free.columns]


def _build_measure_row(name: str, values: list[float]) -> MeasureRow:
    about = _describe_measure(name)
    taken = name not in SIZE_FREE
    return MeasureRow(
        name,
        tuple(format_number(value) if taken else _format_cell(value) for value in values),
        about.meaning,
        about.high_means,
        format_interval(about.range),
        about.source,
        about.with_size.replace("`", ""),
    )
