"""The page of a study: its answer first, then what shows it, into one self-contained file."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from typing import Any

from coevolve_sim.output_files import refuse_links, remove_left_over, write_atomically
from coevolve_sim.report.pictures import Picture, ShownPicture, save_picture
from coevolve_sim.report.study_cards import build_study_cards
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.study_design_pictures import draw_design
from coevolve_sim.report.study_pictures import draw_difference, draw_effects, draw_outcome, draw_values
from coevolve_sim.report.study_tables import (
    build_effect_rows,
    build_failure_rows,
    build_point_rows,
    build_world_rows,
    list_commands,
    list_facts,
)
from coevolve_sim.report.style import ASSISTANTS, use_report_style
from coevolve_sim.report.templates import mark_identifiers, render_template
from coevolve_sim.scenario import dump
from coevolve_sim.studies.answer import (
    describe_followers,
    describe_question,
    describe_reading,
    describe_state,
    describe_verdict,
    read_instruments,
)
from coevolve_sim.studies.estimates import format_estimate
from coevolve_sim.studies.instruments.catalogue import Reading
from coevolve_sim.studies.outcome_words import begin_sentence, name_outcome
from coevolve_sim.studies.study import Study, open_study

TEMPLATE = "study.html.j2"


def write_study_report(study: Study) -> Path:
    """Draw a study's figures and write its report, for all runs finished so far.

    Figures are written as PNG and SVG under ``figures/`` in the study's folder; ``report.html`` contains them
    and needs neither these files nor a network. The same study gives the same bytes.

    Parameters
    ----------
    study : Study
        Finished or not.

    Returns
    -------
    Path
        Path of the report.

    Raises
    ------
    RecordError
        If the study cannot be read, or its folder cannot be written.
    StudyError
        If its plan names an outcome that no run has.
    """
    refuse_links(study.folder)
    remove_left_over(study.folder)
    data = StudyData(open_study(study.folder))
    content = _collect_content(data, _save_pictures(data, study.folder / "figures"))
    html = mark_identifiers(render_template(TEMPLATE, content))
    return write_atomically(
        study.folder / "report.html", lambda path: path.write_text(html, "utf-8", newline="\n")
    )


def _save_pictures(data: StudyData, folder: Path) -> dict[str, list[ShownPicture]]:
    """Draw, write and close one picture after the other; return them by the section they stand in."""
    if not data.outcome:
        return {"answer": [], "worlds": [], "effects": []}
    found: dict[str, list[ShownPicture]] = {}
    with use_report_style():
        design = [save_picture(picture, folder) for picture in draw_design(data)]
        first, *others = [*design, *([] if design else [save_picture(draw_difference(data), folder)])]
        found["answer"] = [first, *others]
        found["worlds"] = [save_picture(picture, folder) for picture in _draw_worlds(data)]
        effects = [draw_effects(data, data.main_outcomes)] if data.plan.reference else []
        found["effects"] = [save_picture(picture, folder) for picture in effects]
    return found


def _draw_worlds(data: StudyData) -> list[Picture]:
    difference = [draw_difference(data)] if data.design is not None and data.plan.reference else []
    outcome = [draw_outcome(data)] if data.plan.reference or data.design is not None else []
    return [*difference, *outcome, draw_values(data)]


def _collect_content(data: StudyData, pictures: dict[str, list[ShownPicture]]) -> dict[str, Any]:
    study, plan = data.study, data.plan
    numbered = {shown.name: i for i, shown in enumerate(chain(*pictures.values()), 1)}
    point_rows, points_left_out = build_point_rows(data)
    failures, failures_left_out = build_failure_rows(data)
    readings, no_readings = read_instruments(study)
    return {
        "name": plan.name,
        "question": describe_question(study),
        "description": plan.base_scenario.description.strip(),
        "state": _name_state(data),
        "state_sentences": describe_state(study),
        "verdict": describe_verdict(study),
        "readings": [_show_reading(one) for one in readings],
        "no_readings": no_readings,
        "cards": build_study_cards(data),
        "assistant_colours": ASSISTANTS,
        "findings": data.findings,
        "findings_left_out": max(len(plan.asked_worlds) - bool(plan.reference) - len(data.findings), 0)
        if data.findings
        else 0,
        "reading": [*describe_followers(study), *describe_reading(study)],
        "pictures": pictures,
        "numbered": numbered,
        "reference": plan.reference,
        "outcome": name_outcome(data.outcome) if data.outcome else "",
        "outcome_heading": begin_sentence(name_outcome(data.outcome)) if data.outcome else "",
        "confidence": f"{100 * plan.confidence:g} %",
        "level": f"{1 - plan.confidence:.6g}",
        "worlds": build_world_rows(data),
        "n_points": len(plan.points),
        "points": point_rows,
        "points_left_out": points_left_out,
        "n_tests": sum(row.effect is not None for row in study.effect_rows) if data.outcome else 0,
        "n_own_tests": data.headline.n_tests,
        "has_own_tests": study.plan.reference != "" and data.outcome not in plan.measures,
        "effects": build_effect_rows(data, main=True),
        "more_effects": build_effect_rows(data, main=False),
        "without_number": [name_outcome(name) for name in data.without_number],
        "failures": failures,
        "failures_left_out": failures_left_out,
        "n_left": plan.n_runs - len(study.runs),
        "folder": study.folder.resolve().name,
        "unanswered": _list_unanswered(data),
        "facts": list_facts(data),
        "commands": list_commands(data),
        "scenario": dump(plan.base_scenario).replace(f"{study.folder.resolve()}{os.sep}", ""),
    }


def _show_reading(reading: Reading) -> dict[str, str]:
    """Return a reading as the page shows it."""
    number = "" if reading.refused else format_estimate(reading.value, reading.low, reading.high)
    return {
        "instrument": reading.instrument,
        "quantity": reading.quantity,
        "world": reading.world,
        "number": number or "refused",
        "unit": "" if reading.refused else reading.unit,
        "sentence": reading.sentence,
    }


def _name_state(data: StudyData) -> str:
    counts = data.study.runs["status"].value_counts()
    if counts.get("failed", 0):
        return "failed"
    return "unfinished" if len(data.study.runs) < data.plan.n_runs else "finished"


def _list_unanswered(data: StudyData) -> list[tuple[str, str, str]]:
    """List requests by world, and the share that came to no answer; nothing of a study in numbers."""
    runs = data.study.runs
    if "requests" not in runs:
        return []
    found = []
    for world, own in runs.groupby("world", sort=False):
        asked = float(own["requests"].sum())
        without = float((own["requests"] * own["share_without_answer"]).sum())
        found.append((str(world), f"{asked:,.0f}", f"{without:,.0f}"))
    return found
