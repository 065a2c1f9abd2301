"""The row of a run in a study: how it ended, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import numpy as np

from coevolve_sim.runs.database import from_bytes, to_bytes
from coevolve_sim.studies.run_summary import Column, RunSummary

RunStatus = Literal["finished", "failed"]
Stage = Literal["", "scenario", "setup", "rounds", "worker"]
"""Where a failed run failed: its scenario cannot be, its society cannot be built, a round went wrong, or the
process that computed it died."""

Cells = tuple[int, str, int, int, str, str, str, str, str, bytes, bytes]


@dataclass(frozen=True, eq=False)
class RunRow:
    """One run of a study.

    Attributes
    ----------
    point, replication : int
        From 0.
    world : str
    seed : int
    status : str
        ``finished`` or ``failed``; a run that has no row is still to be computed.
    stage, error : str
        Of a failed run; else empty.
    summary : RunSummary or None
        Of a finished run.
    folder : str
        Name of the run's own folder, where there is one.
    """

    point: int
    world: str
    replication: int
    seed: int
    status: RunStatus
    stage: Stage = ""
    error: str = ""
    summary: RunSummary | None = None
    folder: str = ""

    def cells(self) -> Cells:
        """Return the row as SQLite keeps it: outcomes and columns as JSON, arrays as bytes."""
        kept = self.summary
        outcomes = {} if kept is None else {k: _or_none(v) for k, v in kept.outcomes.items()}
        return (
            self.point,
            self.world,
            self.replication,
            self.seed,
            self.status,
            self.stage,
            self.error,
            json.dumps(outcomes),
            json.dumps([] if kept is None else kept.columns),
            b"" if kept is None else to_bytes(kept.rounds),
            b"" if kept is None else to_bytes(kept.trajectory),
        )


def read_row(cells: Cells, folder: str = "") -> RunRow:
    """Return the row that `RunRow.cells` wrote."""
    point, world, replication, seed, status, stage, error, outcomes, columns, rounds, trajectory = cells
    summary = None
    if status == "finished":
        kept = _read_columns(columns)
        at = from_bytes(rounds, "int64", (-1,))
        values = from_bytes(trajectory, "float64", (at.size, len(kept)) if kept else (0, 0))
        numbers = {name: np.nan if v is None else float(v) for name, v in json.loads(outcomes).items()}
        summary = RunSummary(numbers, at, kept, values)
    return RunRow(
        point,
        world,
        replication,
        seed,
        "finished" if status == "finished" else "failed",
        cast("Stage", stage),
        error,
        summary,
        folder,
    )


@lru_cache(maxsize=256)
def _read_columns(text: str) -> tuple[Column, ...]:
    """Return the columns of a layout, which many rows share."""
    return tuple(Column(*column) for column in json.loads(text))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
