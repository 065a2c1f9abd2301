"""The page: everything a report says, through one template, into one file that needs no other."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from coevolve_sim.report.comparison import RunComparison, beside_values, compare_measures
from coevolve_sim.report.findings import caution, findings
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.language_pictures import bias_map, drift_alone, heard_against_held
from coevolve_sim.report.language_section import talk_in_words
from coevolve_sim.report.measure_pictures import assistant_distance, dividing_dimensions, measures_over_time
from coevolve_sim.report.network_picture import network_by_value
from coevolve_sim.report.numbers import counted
from coevolve_sim.report.pictures import ShownPicture, save
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.scenario_text import in_words
from coevolve_sim.report.style import styled
from coevolve_sim.report.tables import MOST_ASSISTANTS, measure_rows, measured_rounds, progress_rows
from coevolve_sim.report.timeline import timeline_of
from coevolve_sim.report.value_pictures import value_distribution, value_trajectories
from coevolve_sim.runs.export import write_atomically
from coevolve_sim.runs.results import Run, open_run

TEMPLATE = "report.html.j2"


def write_report(run: Run, beside: Run | None = None) -> Path:
    """Draw a run's figures and write its report, as far as the run has come.

    Figures are written as PNG and SVG under ``figures/`` in the run's folder; ``report.html`` carries
    them within itself and needs neither them nor a network. The same run gives the same bytes.

    Parameters
    ----------
    run : Run
        Finished or not.
    beside : Run, optional
        Another run to be laid beside it, dashed: of the same dimensions, and of rounds of the same length.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    RecordError
        If a run cannot be read, the two make no sense beside each other, or the folder cannot be written.
    """
    with ExitStack() as stack:
        material = RunData(stack.enter_context(open_run(run.folder).pin()))
        both = None
        if beside is not None:
            both = RunComparison(material, stack.enter_context(open_run(beside.folder).pin()))
        html = _html(material, both)
    return write_atomically(
        run.folder / "report.html", lambda path: path.write_text(html, "utf-8", newline="\n")
    )


def _html(material: RunData, beside: RunComparison | None) -> str:
    """Return the page, its figures written."""
    folder = material.run.folder / "figures"
    begun = material.has_begun
    talk = LanguageData(material.run) if begun and material.scenario.channel.kind == "language" else None
    pictures = _pictures(material, folder) if begun else []
    content = _content(material, pictures)
    content["talk"] = None if talk is None else talk_in_words(talk) | {"pictures": _of_talk(talk, folder)}
    content["beside"] = None
    if beside is not None:
        content["beside"] = beside.content() | {"pictures": _of_beside(beside, folder)}
    return str(_template().render(content))


def _pictures(material: RunData, folder: Path) -> list[ShownPicture]:
    """Draw, write and let go of one picture after the other."""
    with styled():
        timeline = timeline_of(material)
        return [
            save(value_trajectories(material, timeline), folder),
            save(network_by_value(material), folder),
            save(value_distribution(material, timeline), folder),
            save(measures_over_time(material, timeline), folder),
            save(assistant_distance(material, timeline), folder),
            save(dividing_dimensions(material), folder),
        ]


def _of_talk(talk: LanguageData, folder: Path) -> list[ShownPicture]:
    with styled():
        return [save(draw(talk), folder) for draw in (heard_against_held, bias_map, drift_alone)]


def _of_beside(beside: RunComparison, folder: Path) -> list[ShownPicture]:
    with styled():
        timeline = timeline_of(beside.here)
        return [save(draw(beside, timeline), folder) for draw in (beside_values, compare_measures)]


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coevolve_sim.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE)


def _content(material: RunData, pictures: list[ShownPicture]) -> dict[str, Any]:
    run, scenario = material.run, material.scenario
    begun = material.has_begun
    return {
        "name": scenario.name,
        "description": scenario.description.strip(),
        "state": material.status,
        "status": _status(material),
        "failure": material.failure,
        "statements": in_words(material) if begun else [],
        "answers": findings(material) if begun else [],
        "caution": caution(material),
        "progress": progress_rows(material) if begun else [],
        "progress_left_out": max(len(scenario.assistants) - MOST_ASSISTANTS, 0),
        "centre": f"{scenario.measures.centre:g}",
        "rounds": measured_rounds(material),
        "measures": measure_rows(material),
        "pictures": pictures,
        "notes": _notes(material),
        "facts": _facts(material),
        "sessions": run.sessions,
        "inputs": json.loads(run.manifest["inputs"]),
        "scenario": run.manifest["scenario"],
    }


def _status(material: RunData) -> str:
    """Return how the run stands, in a sentence, and what can be done about it."""
    run = material.run
    done = f"{run.n_rounds_finished:,} of {counted(run.n_rounds, 'round')}"
    resume = f"Go on with: coevolve resume {run.folder.resolve().name}"
    match material.status:
        case "finished":
            return f"Finished: {done}."
        case "running":
            return f"Still running: {done} when this report was written."
        case "failed":
            return f"Failed: {done} finished and kept. When the cause is mended: {resume[12:]}"
        case "interrupted":
            return f"Interrupted: {done} finished and kept. {resume}"
    return f"Killed, its process being gone without a word: {done} finished and kept. {resume}"


def _notes(material: RunData) -> list[tuple[str, str]]:
    """Return what a reader must know: when it was noted, and what; the same note once."""
    notes = material.run.notes
    told: dict[tuple[str, str], None] = {}
    for round_index, kind, text in zip(notes["round"], notes["kind"], notes["text"], strict=True):
        told[(f"round {round_index}" if kind == "intervention" else kind, str(text))] = None
    clipped = _clipped(material)
    return [*told, ("history", clipped)] if clipped else list(told)


def _clipped(material: RunData) -> str:
    """Return how often history would have moved values out of [0, 1]; empty if never."""
    counts = material.run.rounds["n_clipped"]
    if not counts.any():
        return ""
    total, rounds = int(counts.sum()), int((counts > 0).sum())
    told = (
        f"History would have moved {counted(total, 'value')} out of [0, 1], in {counted(rounds, 'round')}; "
    )
    return told + "they were kept at the border, so that people's mean falls behind history there."


def _facts(material: RunData) -> list[tuple[str, str]]:
    """Return what is needed to make the run again and to tell whether it is the same."""
    run = material.run
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
        ("SHA-256 of the canonical export", run.digest()),
        ("Versions", versions),
    ]
