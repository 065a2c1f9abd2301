"""Tables of numbers: progress measures, and the measures of rounds at start, middle and end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coevolve_sim.measures import CATALOGUE, Measure, progress_measure
from coevolve_sim.measures.measure import build_custom_measure
from coevolve_sim.report.numbers import format_count, format_number
from coevolve_sim.report.run_data import RunData

MOST_ASSISTANTS = 20


@dataclass(frozen=True)
class ProgressRow:
    """A progress measure of an assistant, or of people."""

    of: str
    name: str
    plain: str
    centred: str
    meaning: str
    high_means: str
    range: str
    source: str


@dataclass(frozen=True)
class MeasureRow:
    """A measure of a round, at several rounds."""

    name: str
    values: tuple[str, ...]
    meaning: str
    high_means: str
    range: str
    source: str


def build_progress_rows(data: RunData) -> list[ProgressRow]:
    """Build rows of the progress measures, plain and centred; those of people come first."""
    table = data.run.summary
    values = {(a, m): v for a, m, v in zip(table["assistant"], table["measure"], table["value"], strict=True)}
    names = ["", *(assistant.name for assistant in data.scenario.assistants[:MOST_ASSISTANTS])]
    rows = []
    for name in names:
        measures = [m for a, m in values if a == name and not m.endswith("_centred")]
        for measure in measures:
            about = progress_measure(measure)
            centred = format_number(values[name, f"{measure}_centred"])
            plain = format_number(values[name, measure])
            rows.append(
                ProgressRow(
                    name or "people",
                    measure,
                    plain,
                    centred,
                    _fill_in_horizon(about.meaning, measure),
                    about.high_means,
                    format_interval(about.range),
                    about.source,
                )
            )
    return rows


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
    printed = text.replace("-", "−").replace("inf]", "∞]")
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
    """Build a row for every measure, at the rounds of `choose_measured_rounds`."""
    table = data.measures.loc[choose_measured_rounds(data)] if len(data.measures) else data.measures
    rows = []
    for name in table.columns:
        about = _describe_measure(name)
        values = tuple(format_number(float(value)) for value in table[name])
        rows.append(
            MeasureRow(
                name, values, about.meaning, about.high_means, format_interval(about.range), about.source
            )
        )
    return rows
