"""What the page says of a run whose humans speak."""

from __future__ import annotations

from typing import Any

from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.report.conversations import among_humans, failures, with_assistants
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.language_tables import (
    GAP_COLUMNS,
    fairness_rows,
    gap_rows,
    language_summary,
    lesson_rows,
    mind_rows,
    status_rows,
    usage_rows,
)


def talk_in_words(talk: LanguageData) -> dict[str, Any]:
    """Return what the template needs; all texts of minds among it are data, for it to escape."""
    rows, left_out = gap_rows(talk)
    return {
        "among_humans": among_humans(talk),
        "with_assistants": with_assistants(talk),
        "failures": failures(talk),
        "in_short": language_summary(talk),
        "gap_columns": GAP_COLUMNS,
        "gap_rows": rows,
        "gap_rows_left_out": left_out,
        "statuses": STATUSES,
        "status_rows": status_rows(talk),
        "lesson_rows": lesson_rows(talk),
        "fairness_rows": fairness_rows(talk),
        "minds": mind_rows(talk),
        "usage_rows": usage_rows(talk),
    }
