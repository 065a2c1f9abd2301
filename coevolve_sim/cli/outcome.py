"""What came out of a run, as ``coevolve run`` and ``coevolve show`` print it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table

from coevolve_sim.cli.console import jsonable, said

if TYPE_CHECKING:
    import pandas as pd

    from coevolve_sim.runs.results import Run

MOST_DIMENSIONS = 6


def describe_one_run(found: Run) -> str:
    """Return a sentence on what the numbers of a single run are not."""
    told = (
        "One run with one seed: no number here has an interval. Runs with other seeds say how much is chance"
    )
    if not found.scenario.assistants:
        return told + "."
    return told + "; a run of the same people without the assistant says what it did to them."


def describe_progress(found: Run) -> Iterator[Table | str]:
    """Yield the table of progress measures, what was left out of it and why, and history's way."""
    if not len(found.measures) or not len(found.progress):
        return
    progress = found.progress
    whole = progress[progress["dimension"] == ""]
    keys = list(zip(whole["assistant"], whole["measure"], strict=True))
    yield _build_progress_table(dict(zip(keys, whole["value"], strict=True)))
    yield from _describe_notes(dict(zip(keys, whole["note"], strict=True)))
    if ("", "share_of_way") in keys:
        yield _describe_way(progress)


def _describe_notes(notes: dict[tuple[str, str], str]) -> Iterator[str]:
    """Yield each note with the measures that it is on; where plain and centred share one, they are one."""
    on: dict[str, dict[str, None]] = {}
    for (assistant, measure), note in notes.items():
        stem = measure.removesuffix("_centred")
        if not note:
            continue
        name = stem if notes.get((assistant, stem)) == note else measure
        on.setdefault(note, {})[f"{name} of {assistant or 'people'}"] = None
    for note, names in on.items():
        yield f"{', '.join(names)}: {note}."


def _build_progress_table(values: dict[tuple[str, str], float]) -> Table:
    table = Table(box=None, header_style="bold")
    for name in ("progress", "of", "plain", "centred", "rmse"):
        table.add_column(name, justify="left" if name in ("progress", "of") else "right")
    stems = dict.fromkeys((a, m.removesuffix("_centred").removesuffix("_rmse")) for a, m in values)
    for assistant, stem in stems:
        cells = [
            _format_cell(values.get((assistant, f"{stem}{ending}"))) for ending in ("", "_centred", "_rmse")
        ]
        table.add_row(stem, assistant or "people", *cells)
    return table


def _format_cell(value: float | None) -> str:
    return "" if value is None else "-" if math.isnan(value) else f"{value:.4f}"


def _describe_way(progress: pd.DataFrame) -> str:
    """Return the share of history's way by dimension, all of them or their extremes."""
    of_each = progress[(progress["measure"] == "share_of_way") & (progress["dimension"] != "")]
    defined = of_each[of_each["value"].notna()]
    told = "share_of_way is 1 where people came as far as history, 0 where they stayed."
    if len(of_each) == 1:
        return told
    told += " By dimension: "
    if defined.empty:
        return told + "undefined, as history moved in none."
    if len(of_each) <= MOST_DIMENSIONS:
        told += ", ".join(
            f"{name} {_format_cell(value)}"
            for name, value in zip(of_each["dimension"], of_each["value"], strict=True)
        )
        return told + "."
    ordered = defined.sort_values("value")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    told += f"median {ordered['value'].median():.4f}, from {low['value']:.4f} ({low['dimension']}) to "
    return told + f"{high['value']:.4f} ({high['dimension']}); history moved in {len(defined)}."


def describe_size(found: Run) -> str:
    """Return a sentence on which measures would differ among another number of people; else nothing."""
    from coevolve_sim.measures import CATALOGUE
    from coevolve_sim.measures.measured_round import get_measure

    own = [name for name in found.measures.columns if name in CATALOGUE.own]
    changing = [name for name in own if get_measure(name).with_size]
    if not changing:
        return ""
    told = f"These depend on the number of people, so compare them at {found.n_humans:,} only: "
    return told + f"{', '.join(changing)}."


def build_measure_table(found: Run) -> Table:
    """Build the table of measures at the first and the last measured round, size-free ones below."""
    measures, size_free = found.measures, found.size_free
    table = Table(box=None, header_style="bold", title=None)
    table.add_column("measure")
    ends = [measures.index[0], measures.index[-1]]
    for round_index in ends:
        table.add_column(f"round {round_index}", justify="right")
    for name in measures.columns:
        table.add_row(str(name), *(f"{measures[name].iloc[place]:.4f}" for place in (0, -1)))
    for name in size_free.columns:
        cells = [_format_cell(float(size_free[name].get(round_index, math.nan))) for round_index in ends]
        table.add_row(str(name), *cells)
    return table


def summarise_run(found: Run) -> dict[str, Any]:
    """Return the summary of a run that ``coevolve show --json`` prints."""
    measures, size_free = found.measures, found.size_free
    from coevolve_sim.runs.mind_notes import notes_on_minds, summarise_minds

    shown: dict[str, Any] = jsonable(
        {
            "folder": str(found.folder),
            "scenario": found.manifest["name"],
            "seed": int(found.manifest["seed"]),
            "status": found.status,
            "rounds": {"finished": found.n_rounds_finished, "asked": found.n_rounds},
            "humans": found.n_humans,
            "requests": None if found.request_totals is None else found.request_totals.as_json(),
            "messages": found.message_totals.as_json() if found.message_totals.messages else None,
            "progress": found.progress.to_dict("records") if len(measures) else [],
            "minds": summarise_minds(found),
            "mind_notes": notes_on_minds(found),
            "verdicts": found.verdicts.to_dict("records"),
            "audit": None if found.audit is None else found.audit.as_json(),
            "measures": {
                "first": measures.iloc[0].to_dict() if len(measures) else {},
                "last": measures.iloc[-1].to_dict() if len(measures) else {},
            },
            "size_free": {str(index): row.to_dict() for index, row in size_free.iterrows()},
            "meaning": describe_one_run(found),
            "sha256": found.digest(),
        }
    )
    return shown


def print_run(found: Run) -> None:
    """Print what a run is, how far it came, and what came out."""
    from coevolve_sim.runs.mind_notes import notes_on_minds

    failed = found.rounds[found.rounds["status"] == "failed"]
    said.print(
        f"{found.manifest['name']}, seed {found.manifest['seed']}: {found.status}, "
        f"{found.n_rounds_finished} of {found.n_rounds} rounds, {found.n_humans} humans"
        + ("" if found.audit is None else f"; cells: {found.audit.verdict.verdict}"),
    )
    if found.audit is not None:
        said.print(found.audit.sentence, soft_wrap=True)
    for message in filter(None, (*failed["message"], found.failure)):
        said.print(message, soft_wrap=True)
    from coevolve_sim.report.fitness_table import describe_fitness
    from coevolve_sim.report.influence import describe_influence

    for sentence in describe_fitness(found):
        said.print(sentence, soft_wrap=True)
    for asked in () if found.request_totals is None else found.request_totals.describe():
        said.print(asked, soft_wrap=True)
    if told := found.message_totals.warning:
        said.print(told, soft_wrap=True)
    for note in notes_on_minds(found):
        said.print(f"Note: {note}.", soft_wrap=True)
    for line in describe_progress(found):
        said.print(line, soft_wrap=True)
    if len(found.summary) and (influence := describe_influence(found.scenario)):
        said.print(influence, soft_wrap=True)
    if len(found.measures):
        said.print(build_measure_table(found))
        for told in filter(None, (describe_size(found), describe_one_run(found))):
            said.print(told, soft_wrap=True)
