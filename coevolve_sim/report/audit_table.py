"""What cells of humans are off by, as a table: humans asked in full beside what their cells say for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coevolve_sim.report.conversations import format_signed

if TYPE_CHECKING:
    from coevolve_sim.runs.results import Run

_SHOWN = {"peer": "messages to peers", "question": "questions", "answer": "answers"}


def build_audit_rows(run: Run) -> list[dict[str, str]]:
    """Return a row for each kind of message, voice that reads, and topic; none where every human is asked."""
    if run.audit is None:
        return []
    return [
        {
            "kind": _SHOWN[row.kind],
            "voice": row.voice or "its mind's own",
            "topic": run.dimensions[row.dimension],
            "n": f"{row.n:,}",
            "alone": f"{row.only_in_full:,} and {row.only_by_cell:,}",
            "mean": format_signed(row.mean, 4),
            "interval": f"{format_signed(row.low, 4)} to {format_signed(row.high, 4)}",
            "rms": f"{row.rms:.4f}",
        }
        for row in run.audit.rows
    ]
