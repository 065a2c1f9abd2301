"""What the audit of a run's cells found, as its record has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from coevolve_sim.errors import MeasureError
from coevolve_sim.language.cells import (
    Audited,
    AuditRow,
    Drift,
    Verdict,
    bound_drift,
    judge_audit,
    summarize,
)
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.cell_specs import CellsSpec

if TYPE_CHECKING:
    import pandas as pd


class AuditFound(NamedTuple):
    """What the audit of a run's cells found.

    Attributes
    ----------
    rows : tuple of AuditRow
        By kind of message, voice that reads, and topic.
    drift : Drift
        About how far the error of cells can have moved people.
    verdict : Verdict
        Whether it is within the scenario's tolerance.
    corrected : bool
        Whether what is perceived by cell was corrected by the audit.
    """

    rows: tuple[AuditRow, ...]
    drift: Drift
    verdict: Verdict
    corrected: bool

    @property
    def sentence(self) -> str:
        """What was found, for the first lines of the run."""
        how = " What was perceived was corrected by the audit so far." if self.corrected else ""
        return f"Cells of humans {_SHORT[self.verdict.verdict]}. {self.verdict.sentence}{self._drift}{how}"

    @property
    def _drift(self) -> str:
        if math.isnan(self.drift.bound):
            return ""
        return (
            f" Over all rounds what people heard can have moved them by about {self.drift.bound:.4f}; where "
            f"cells are off by nothing, noise alone gives {self.drift.by_chance:.4f}."
        )

    def as_json(self) -> dict[str, Any]:
        """Return what was found as data for JSON."""
        return {
            "verdict": self.verdict.verdict,
            "sentence": self.sentence,
            "corrected": self.corrected,
            "drift": self.drift._asdict(),
            "rows": [row._asdict() for row in self.rows],
        }


_SHORT = {
    "within": "stand for the humans in them",
    "beyond": "do NOT stand for the humans in them",
    "undecided": "are not shown to stand for the humans in them",
}


def greatest_rate(scenario: Scenario, towards: str) -> float:
    """Return the greatest share of the way that anybody goes towards peers or assistants."""
    shared = getattr(getattr(scenario.update, "rate", None), towards, 1.0)
    own = [getattr(group.rate, towards) for group in scenario.population.groups]
    return max(shared if rate is None else rate for rate in own)


def asks_cells(scenario: Scenario) -> bool:
    """Return whether cells of humans are asked, so that a message is that of all who say it."""
    return bool(getattr(scenario.channel, "population", CellsSpec()).by == "cells")


def require_all_texts(scenario: Scenario, folder: Path, what: str) -> None:
    """Require that the run of a scenario has every message as often as it was said.

    Raises
    ------
    MeasureError
        If cells of humans were asked, of which each message is on record once.
    """
    if asks_cells(scenario):
        raise MeasureError(
            f"{folder}: cells of humans were asked in this run, and a message that many say is on record "
            f"once, so that {what} would count it once; run a scenario with channel.population.by: humans"
        )


def read_audit(table: pd.DataFrame, dimensions: Sequence[str], scenario: Scenario) -> AuditFound | None:
    """Return what the audit of a run found; None if nobody was asked in full.

    Parameters
    ----------
    table : DataFrame
        As `coevolve_sim.runs.reader.RecordReader.audits` has it.
    dimensions : sequence of str
    scenario : Scenario
        Whose tolerance it is held to.
    """
    if table.empty:
        return None
    number_of = {name: d for d, name in enumerate(dimensions)}
    rounds: dict[int, list[Audited]] = {}
    columns = [table[name].tolist() for name in ("round", *Audited._fields)]
    for round_index, human, kind, voice, dimension, *perceived in zip(*columns, strict=True):
        one = Audited(human, kind, voice, number_of[dimension], *perceived)
        rounds.setdefault(round_index, []).append(one)
    cells: CellsSpec = getattr(scenario.channel, "population", CellsSpec())
    rates = {"peer": greatest_rate(scenario, "peer"), "answer": greatest_rate(scenario, "assistant")}
    rows = summarize(one for audited in rounds.values() for one in audited)
    drift = bound_drift([rounds[key] for key in sorted(rounds)], rates)
    return AuditFound(tuple(rows), drift, judge_audit(rows, cells.tolerance, drift), cells.audit_correct)
