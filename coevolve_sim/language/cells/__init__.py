"""Humans whose prompts are equal, asked together: cells, their draws, who says which, and the audit."""

from coevolve_sim.language.cells.audit import (
    Audited,
    AuditRow,
    Drift,
    Verdict,
    bound_drift,
    judge_audit,
    summarize,
)
from coevolve_sim.language.cells.cell_round import CellRound

__all__ = [
    "AuditRow",
    "Audited",
    "CellRound",
    "Drift",
    "Verdict",
    "bound_drift",
    "judge_audit",
    "summarize",
]
