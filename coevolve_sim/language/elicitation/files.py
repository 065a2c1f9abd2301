"""Write the files of an elicitation: values, a summary, and for several eras a history and its spread."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.elicitation.instruments import Instrument
from coevolve_sim.language.elicitation.measured_eras import MeasuredEra, write_whole
from coevolve_sim.language.questionnaires import ReadingQuality, mean_of_known
from coevolve_sim.language.table_cells import escape_text

VALUES, PERSONAS, SUMMARY = "values.csv", "personas.csv", "summary.json"
HISTORY, SPREAD = "history.csv", "spread.csv"
TEXTS = "texts.csv"


def write_values(folder: Path, eras: Sequence[MeasuredEra]) -> None:
    """Write values by era and dimension, and by era and persona; cells without a value are empty."""
    rows = [row for era in eras for row in _value_rows(era)]
    head = ["era", "dimension", "centre", "spread", "standard_error", "personas", "items"]
    write_whole(folder / VALUES, _csv([head, *rows]))
    head = ["era", "persona", "consistency", *eras[0].measurement.dimensions]
    write_whole(folder / PERSONAS, _csv([head, *(row for era in eras for row in _persona_rows(era))]))


def write_texts(folder: Path, eras: Sequence[MeasuredEra]) -> None:
    """Write what was written and read, a row each; nothing where values were measured by items."""
    (folder / TEXTS).unlink(missing_ok=True)
    rows = [
        [era.name, text.persona, text.dimension, text.status, _text(text.value), escape_text(text.text)]
        for era in eras
        for text in era.measurement.texts
    ]
    if rows:
        head = ["era", "persona", "dimension", "status", "value", "text"]
        write_whole(folder / TEXTS, _csv([head, *rows]))


def write_summary(folder: Path, questionnaire: Instrument, eras: Sequence[MeasuredEra]) -> None:
    """Write a summary: who was asked what, and how many requests ended in each status."""
    summary = {
        "questionnaire": questionnaire.name,
        "fingerprint": questionnaire.fingerprint,
        "notes": list(questionnaire.notes),
        "space": questionnaire.space.name,
        "templates": eras[0].asked.templates,
        "personas": dict(eras[0].asked.personas),
        "eras": [_era_summary(era) for era in eras],
    }
    write_whole(folder / SUMMARY, json.dumps(summary, indent=1, ensure_ascii=False) + "\n")


def write_history(folder: Path, eras: Sequence[MeasuredEra]) -> None:
    """Write centres and spreads, one row for each era, as a scenario's ``history: {kind: file}`` reads them.

    Raises
    ------
    QuestionnaireError
        If an era has no value on a dimension, or a value of fewer than two personas: a history has no gaps.
    """
    dimensions = eras[0].measurement.dimensions
    for name in (HISTORY, SPREAD):
        (folder / name).unlink(missing_ok=True)
    centres = [era.measurement.centre() for era in eras]
    spreads = [era.measurement.spread() for era in eras]
    for era, spread in zip(eras, spreads, strict=True):
        empty = [dimensions[i] for i in np.flatnonzero(np.isnan(spread))]
        if empty:
            raise QuestionnaireError(
                f"era '{era.name}' has values of fewer than 2 personas on {', '.join(empty)}, so that no "
                f"history is written ({VALUES} is); {SUMMARY} tells how requests ended. Ask about the "
                "other dimensions: questionnaire.select([...])"
            )
    for name, rows in ((HISTORY, centres), (SPREAD, spreads)):
        table = [[era.name, *map(_text, row)] for era, row in zip(eras, rows, strict=True)]
        write_whole(folder / name, _csv([["era", *dimensions], *table]))


def _value_rows(era: MeasuredEra) -> Iterable[list[str]]:
    taken = era.measurement
    centre, spread = taken.centre(), taken.spread()
    for column, dimension in enumerate(taken.dimensions):
        with_value = int((~np.isnan(taken.values[:, column])).sum())
        error = float(mean_of_known(taken.standard_errors[:, column]))
        numbers = (_text(number) for number in (centre[column], spread[column], error))
        yield [era.name, dimension, *numbers, str(with_value), str(taken.n_items[:, column].max())]


def _persona_rows(era: MeasuredEra) -> Iterable[list[str]]:
    taken = era.measurement
    for persona, consistency, values in zip(taken.personas, taken.consistency, taken.values, strict=True):
        yield [era.name, escape_text(persona), _text(consistency), *map(_text, values)]


def _era_summary(era: MeasuredEra) -> dict[str, object]:
    taken = era.measurement
    return {
        "era": era.name,
        "mind": era.identity,
        "voice": era.voice,
        "source": era.source,
        "requests": taken.counts,
        "order_consistency": _or_none(float(mean_of_known(taken.consistency))),
        "from_earlier_runs": taken.from_earlier,
        "option_mass": _or_none(float(mean_of_known(taken.option_mass))),
        **({} if taken.reading is None else _summary_of_reading(taken.reading, len(taken.texts))),
        "values": dict(zip(taken.dimensions, map(_or_none, taken.centre().tolist()), strict=True)),
    }


def _summary_of_reading(reading: ReadingQuality, n_texts: int) -> dict[str, object]:
    numbers = {"auc": reading.auc, "slope": reading.slope, "error": reading.error}
    told = {f"reading_{name}": _or_none(number) for name, number in numbers.items()}
    return {"texts": n_texts, "reader": reading.reader} | told


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _text(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.6f}"


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 6)
