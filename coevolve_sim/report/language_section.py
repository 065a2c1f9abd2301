"""What the page says of a run whose humans speak."""

from __future__ import annotations

from typing import Any

from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.report.conversations import choose_failures, choose_peer_messages, choose_questions
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.language_tables import (
    GAP_COLUMNS,
    build_fairness_rows,
    build_gap_rows,
    build_lesson_rows,
    build_mind_rows,
    build_status_rows,
    build_usage_rows,
    summarize_language,
)


def build_language_section(talk: LanguageData) -> dict[str, Any]:
    """Return what the template needs; all texts of minds among it are data, for it to escape."""
    rows, left_out = build_gap_rows(talk)
    return {
        "among_humans": choose_peer_messages(talk),
        "with_assistants": choose_questions(talk),
        "failures": choose_failures(talk),
        "in_short": summarize_language(talk),
        "gap_columns": GAP_COLUMNS,
        "gap_rows": rows,
        "gap_rows_left_out": left_out,
        "statuses": STATUSES,
        "status_rows": build_status_rows(talk),
        "lesson_rows": build_lesson_rows(talk),
        "fairness_rows": build_fairness_rows(talk),
        "minds": build_mind_rows(talk),
        "usage_rows": build_usage_rows(talk),
    }
