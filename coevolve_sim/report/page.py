"""The report's page: all sections through one template, into one self-contained file."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from coevolve_sim.output_files import refuse_links, remove_left_over, write_atomically
from coevolve_sim.report.answer_cards import build_answer_cards
from coevolve_sim.report.appeals_section import build_appeals_section
from coevolve_sim.report.changes import BOUNDS
from coevolve_sim.report.choices_section import (
    ChoicesSection,
    build_choices_section,
    draw_course_of_choices,
    draw_last_choices,
)
from coevolve_sim.report.comparison import RunComparison, draw_measures_of_both, draw_values_of_both
from coevolve_sim.report.fairness_section import build_fairness_section
from coevolve_sim.report.findings import answer_questions, describe_limits, name_command
from coevolve_sim.report.fitness_table import UNMEASURED, describe_fitness, has_doubts, is_unmeasured
from coevolve_sim.report.games_section import build_games_section
from coevolve_sim.report.guards_section import build_guards_section
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.language_pictures import draw_bias_map, draw_drift_alone, draw_perceived_against_held
from coevolve_sim.report.language_section import build_language_section
from coevolve_sim.report.measure_groups import group_measures
from coevolve_sim.report.measure_pictures import (
    draw_assistant_distance,
    draw_dividing_dimensions,
    draw_measures,
)
from coevolve_sim.report.media_section import build_media_section
from coevolve_sim.report.network_picture import draw_network
from coevolve_sim.report.numbers import format_count, format_note
from coevolve_sim.report.pictures import ShownPicture, save_picture
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.scenario_text import describe_scenario
from coevolve_sim.report.style import ASSISTANTS, use_report_style
from coevolve_sim.report.tables import (
    MOST_ASSISTANTS,
    build_measure_rows,
    build_progress_rows,
    build_way_rows,
    choose_measured_rounds,
)
from coevolve_sim.report.templates import mark_identifiers, render_template
from coevolve_sim.report.timeline import build_timeline
from coevolve_sim.report.value_pictures import draw_value_distribution, draw_value_trajectories
from coevolve_sim.runs.mind_notes import notes_on_minds
from coevolve_sim.runs.results import Run, open_run

TEMPLATE = "report.html.j2"


def write_report(run: Run, beside: Run | None = None) -> Path:
    """Draw a run's figures and write its report, for all rounds finished so far.

    Figures are written as PNG and SVG under ``figures/`` in the run's folder; ``report.html`` contains them
    and needs neither these files nor a network. The same run gives the same bytes.

    Parameters
    ----------
    run : Run
        Finished or not.
    beside : Run, optional
        Another run to compare with, drawn dashed: with the same dimensions and rounds of the same length.

    Returns
    -------
    Path
        Path of the report.

    Raises
    ------
    RecordError
        If a run cannot be read, the two cannot be compared, or the folder cannot be written.
    """
    refuse_links(run.folder)
    remove_left_over(run.folder)
    with ExitStack() as stack:
        pinned = stack.enter_context(open_run(run.folder).pin())
        pinned.verify()
        data = RunData(pinned)
        both = None
        if beside is not None:
            both = RunComparison(data, stack.enter_context(open_run(beside.folder).pin()))
        html = _render_page(data, both)
    return write_atomically(
        run.folder / "report.html", lambda path: path.write_text(html, "utf-8", newline="\n")
    )


def _render_page(data: RunData, beside: RunComparison | None) -> str:
    """Write all figures and return the page's HTML."""
    folder = data.run.folder / "figures"
    begun = data.has_begun
    language_data = LanguageData(data.run) if begun and _is_in_words(data.run) else None
    pictures = _save_pictures(data, folder) if begun else []
    content = _collect_content(data, pictures, has_section_on_language=language_data is not None)
    content["talk"] = (
        None
        if language_data is None
        else build_language_section(language_data)
        | {"pictures": _save_language_pictures(language_data, folder)}
    )
    chosen = build_choices_section(data.run) if begun else None
    content["chosen"] = chosen and {"rows": chosen.rows, "pictures": _save_choice_pictures(chosen, folder)}
    content["beside"] = None
    if beside is not None:
        content["beside"] = beside.content() | {"pictures": _save_comparison_pictures(beside, folder)}
    return mark_identifiers(render_template(TEMPLATE, content))


def _is_in_words(run: Run) -> bool:
    """Return whether minds or messages are on record, whatever the channel: a user's own may have them."""
    return len(run.minds) > 0 or len(run.messages) > 0


def _save_pictures(data: RunData, folder: Path) -> list[ShownPicture]:
    """Draw, write and close one picture after the other."""
    with use_report_style():
        timeline = build_timeline(data)
        return [
            save_picture(draw_value_trajectories(data, timeline), folder),
            save_picture(draw_network(data), folder),
            save_picture(draw_value_distribution(data, timeline), folder),
            save_picture(draw_measures(data, timeline), folder),
            save_picture(draw_assistant_distance(data, timeline), folder),
            save_picture(draw_dividing_dimensions(data), folder),
        ]


def _save_language_pictures(language_data: LanguageData, folder: Path) -> list[ShownPicture]:
    with use_report_style():
        return [
            save_picture(draw(language_data), folder)
            for draw in (draw_perceived_against_held, draw_bias_map, draw_drift_alone)
        ]


def _save_choice_pictures(chosen: ChoicesSection, folder: Path) -> list[ShownPicture]:
    with use_report_style():
        return [save_picture(draw(chosen), folder) for draw in (draw_last_choices, draw_course_of_choices)]


def _save_comparison_pictures(beside: RunComparison, folder: Path) -> list[ShownPicture]:
    with use_report_style():
        timeline = build_timeline(beside.here)
        return [
            save_picture(draw(beside, timeline), folder)
            for draw in (draw_values_of_both, draw_measures_of_both)
        ]


def _collect_content(
    data: RunData, pictures: list[ShownPicture], *, has_section_on_language: bool
) -> dict[str, Any]:
    run, scenario = data.run, data.scenario
    begun = data.has_begun
    way, way_left_out = build_way_rows(data) if begun else ([], 0)
    first_measures, measure_groups = group_measures(build_measure_rows(data))
    return {
        "name": scenario.name,
        "description": scenario.description.strip(),
        "state": data.status,
        "status": describe_status(data),
        "fitness": describe_fitness(run) if has_doubts(run) else [],
        "unmeasured": UNMEASURED if is_unmeasured(run) else "",
        "unheard": _describe_unheard(run) if begun else "",
        "no_answer": _describe_no_answer(data),
        "cells": run.audit,
        "failure": data.failure,
        "statements": describe_scenario(data) if begun else [],
        "answers": answer_questions(data) if begun else [],
        "cards": build_answer_cards(data) if begun else [],
        "assistant_colours": ASSISTANTS,
        "caution": describe_limits(data),
        "bounds": BOUNDS,
        "intervals_by": name_command(data),
        "progress": build_progress_rows(data) if begun else [],
        "progress_left_out": max(len(scenario.assistants) - MOST_ASSISTANTS, 0),
        "way": way,
        "way_left_out": way_left_out,
        "centre": f"{scenario.measures.centre:g}",
        "fairness": build_fairness_section(data),
        "media": build_media_section(data),
        "appeals": build_appeals_section(data),
        "games": build_games_section(data),
        "guards": build_guards_section(data),
        "rounds": choose_measured_rounds(data),
        "first_measures": first_measures,
        "measure_groups": measure_groups,
        "pictures": pictures,
        "notes": _collect_notes(data, has_section_on_language),
        "facts": _list_facts(data),
        "sessions": run.sessions,
        "inputs": json.loads(run.manifest["inputs"]),
        "scenario": run.manifest["scenario"],
    }


def describe_status(data: RunData, moment: str = "when this report was written") -> str:
    """Describe the run's status, and how to continue; of one that goes on, as of a moment."""
    run = data.run
    done = f"{run.n_rounds_finished:,} of {format_count(run.n_rounds, 'round')}"
    resume = f"Go on with: coevolve resume {run.folder.resolve().name}"
    match data.status:
        case "finished":
            return f"Finished: {done}."
        case "running":
            return f"Still running: {done} {moment}."
        case "failed":
            return f"Failed: {done} finished and kept. When the cause is mended: {resume[12:]}"
        case "interrupted":
            return f"Interrupted: {done} finished and kept. {resume}"
    return f"Killed, its process being gone without a word: {done} finished and kept. {resume}"


def _describe_no_answer(data: RunData) -> str:
    """Describe what came to no answer, refusals included, with the commonest reason; empty if nothing did."""
    totals = data.run.request_totals
    return totals.warning if totals else ""


def _describe_unheard(run: Run) -> str:
    """Describe how many messages nobody could hear, and how many readings gave no value; empty if none."""
    said, read = run.messages, run.hearings
    said = said[said["kind"] != "edit"]  # where an edit fails, what its writer wrote is heard
    counts = [
        (int((said["heard_text"] == "").sum()), len(said), "messages were not heard"),
        (int((read["status"] != "answered").sum()), len(read), "readings came to no value"),
    ]
    told = [f"{n:,} of {of:,} {what} ({max(100 * n / of, 1):.0f} %)" for n, of, what in counts if n]
    return f"{'; '.join(told)}. Nothing of this moved anybody." if told else ""


def _collect_notes(data: RunData, has_section_on_language: bool) -> list[tuple[str, str]]:
    """Collect the run's notes, each once, with when it was made; none that stands above on the page."""
    notes, on_minds = data.run.notes, notes_on_minds(data.run)
    above = {
        _describe_no_answer(data),
        *((*on_minds, data.run.message_totals.warning) if has_section_on_language else ()),
    }
    told: dict[tuple[str, str], None] = {}
    for round_index, kind, text in zip(notes["round"], notes["kind"], notes["text"], strict=True):
        if text not in above:
            told[f"round {round_index}" if kind == "intervention" else kind, format_note(str(text))] = None
    for note in on_minds:
        if note not in above and note not in set(notes["text"]):
            told["minds", note] = None
    clipped = _describe_clipping(data)
    return [*told, ("history", clipped)] if clipped else list(told)


def _describe_clipping(data: RunData) -> str:
    """Describe how often history would have moved values out of [0, 1]; empty if never."""
    counts = data.run.rounds["n_clipped"]
    if not counts.any():
        return ""
    total, rounds = int(counts.sum()), int((counts > 0).sum())
    told = f"History would have moved {format_count(total, 'value')} out of [0, 1], in "
    told += f"{format_count(rounds, 'round')}; "
    return told + "they were kept at the border, so that people's mean falls behind history there."


def _list_facts(data: RunData) -> list[tuple[str, str]]:
    """List what is needed to repeat the run and to check that it is the same."""
    run = data.run
    versions = ", ".join(
        f"{name} {version}" for name, version in json.loads(run.manifest["versions"]).items()
    )
    meaning = {
        "bitwise": "bitwise: the same scenario, seed and versions give the same bytes",
        "replay-only": "replay-only: the replies on record are needed to give the same bytes",
    }
    given = run.manifest["reproducible"]
    return [
        ("Seed", run.manifest["seed"]),
        ("Reproducible", meaning.get(given, given)),
        ("Digest of its content", run.digest()),
        ("Versions", versions),
    ]
