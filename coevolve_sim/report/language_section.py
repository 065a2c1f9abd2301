"""The page's section on language, for runs in which humans speak."""

from __future__ import annotations

from typing import Any

from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.report.audit_table import build_audit_rows
from coevolve_sim.report.conversations import (
    Moves,
    choose_failures,
    choose_outlet_messages,
    choose_peer_messages,
    choose_questions,
    format_value,
)
from coevolve_sim.report.fitness_table import FITNESS_COLUMNS, build_fitness_rows, describe_fitness
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.language_tables import (
    GAP_COLUMNS,
    build_fairness_rows,
    build_gap_rows,
    build_lesson_rows,
    build_mind_rows,
    build_option_rows,
    build_status_rows,
    build_usage_rows,
    describe_totals,
    summarize_language,
)
from coevolve_sim.report.mediated_table import build_mediated
from coevolve_sim.report.message_list import list_messages, read_script
from coevolve_sim.runs.mind_notes import notes_on_minds


def build_language_section(language_data: LanguageData) -> dict[str, Any]:
    """Collect what the template needs; texts by minds are data, which the template escapes."""
    rows, left_out = build_gap_rows(language_data)
    told: Moves = set()
    script, script_hash = read_script()
    return {
        "listed": list_messages(language_data),
        "n_messages": len(language_data.messages),
        "script": script,
        "script_hash": script_hash,
        "among_humans": choose_peer_messages(language_data, told),
        "has_outlets": bool(language_data.run.scenario.media),
        "of_outlets": choose_outlet_messages(language_data, told),
        "with_assistants": choose_questions(language_data, told),
        "failures": choose_failures(language_data),
        "mediated": build_mediated(language_data),
        "mind_notes": notes_on_minds(language_data.run),
        "option_masses": build_option_rows(language_data),
        "least_option_mass": format_value(language_data.run.least_option_mass),
        "in_short": summarize_language(language_data),
        "audit_rows": build_audit_rows(language_data.run),
        "fitness": describe_fitness(language_data.run),
        "has_openings": bool((language_data.messages["begun"] != "").any()),
        "fitness_columns": tuple(FITNESS_COLUMNS.values()),
        "fitness_rows": build_fitness_rows(language_data.run),
        "gap_columns": GAP_COLUMNS,
        "gap_rows": rows,
        "gap_rows_left_out": left_out,
        "statuses": STATUSES,
        "status_rows": build_status_rows(language_data),
        "not_as_written": language_data.run.message_totals.warning,
        "lesson_rows": build_lesson_rows(language_data),
        "fairness_rows": build_fairness_rows(language_data),
        "minds": build_mind_rows(language_data),
        "totals": describe_totals(language_data),
        "usage_rows": build_usage_rows(language_data),
    }
