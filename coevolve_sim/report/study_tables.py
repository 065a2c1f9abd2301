"""Tables of a study's page: worlds, effects, points of the design, failed runs, how to repeat a run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.tables import format_interval
from coevolve_sim.studies.answer import VERDICTS, describe_point, judge_effect
from coevolve_sim.studies.estimates import format_alone, format_estimate, format_p, format_seeds
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.outcome_words import name_outcome, read_meaning, read_scale
from coevolve_sim.studies.study import EffectRow
from coevolve_sim.studies.study_inputs import name_by_place, places_of_copies

_KEPT = {
    "none": "outcomes at its end",
    "summary": "outcomes at its end, and means by round",
    "full": "outcomes, means by round, and a folder of its own under runs/",
}
MOST_ROWS, MOST_POINT_ROWS, MOST_FAILURES = 300, 60, 20


class WorldRow(NamedTuple):
    """A world: what differs, its runs, and the study's outcome in it."""

    name: str
    is_reference: bool
    differs: str
    finished: str
    failed: int
    outcome: str


class EffectCells(NamedTuple):
    """An effect, formatted."""

    world: str
    outcome: str
    name: str
    meaning: str
    point: str
    here: str
    there: str
    difference: str
    verdict: str
    p_value: str
    pairs: str
    seen: str
    reduction: str


class FailureRow(NamedTuple):
    """Runs that failed in the same way."""

    stage: str
    error: str
    n_runs: int
    where: str


def build_world_rows(data: StudyData) -> list[WorldRow]:
    """Build a row for every world, at the first point where there are several."""
    runs, study = data.study.runs, data.study
    rows = []
    for world in data.plan.worlds:
        own = runs[runs["world"] == world.name]
        outcome = ""
        if data.outcome:
            scores = study.scores(data.outcome, world.name)
            level = interval_of_means(np.where(np.isfinite(scores), scores, np.nan), data.plan.confidence)
            ends = (float(level.mean), float(level.low), float(level.high))
            outcome = format_estimate(*ends) if level.n else "–"
        rows.append(
            WorldRow(
                world.name,
                world.name == data.plan.reference,
                world.describe(),
                _count_finished(data, own),
                int((own["status"] == "failed").sum()),
                outcome,
            )
        )
    return rows


def _count_finished(data: StudyData, own: pd.DataFrame) -> str:
    """Return how many runs of a world finished; where there are several points, at the first one, too."""
    of = data.plan.n_runs // len(data.plan.worlds)
    is_finished = own["status"] == "finished"
    told = f"{int(is_finished.sum()):,} of {of:,}"
    if not data.has_points:
        return told
    n_here = int((is_finished & (own["point"] == 0)).sum())
    return f"{n_here:,} of {len(data.plan.seeds):,} at this point; {told} in all"


def build_effect_rows(data: StudyData, *, main: bool) -> list[EffectCells]:
    """Build the rows of effects at the first point: those of the main outcomes, or all others."""
    chosen = data.main_outcomes
    rows = [row for row in data.effect_rows if (row.outcome in chosen) == main]
    if main:
        rows = sorted(rows, key=lambda row: chosen.index(row.outcome))
    return [format_effect(data, row) for row in rows[:MOST_ROWS]]


def build_point_rows(data: StudyData) -> tuple[list[EffectCells], int]:
    """Build the rows of the study's outcome at each point; return them and how many are left out."""
    rows = data.headline.rows if data.has_points else []
    kept = [format_effect(data, row) for row in rows[:MOST_POINT_ROWS]]
    return kept, max(len(rows) - MOST_POINT_ROWS, 0)


def format_effect(data: StudyData, row: EffectRow) -> EffectCells:
    """Return an effect as it stands in a table."""
    effect, scale = row.effect, read_scale(row.outcome)
    meaning = read_meaning(row.outcome)
    told = f"{meaning} On {format_interval(scale)}." if scale and "inf" not in scale else meaning
    difference = format_alone(row.world_mean - row.reference_mean)
    if effect is not None:
        difference = format_estimate(effect.mean, effect.low, effect.high)
    has_reduction = effect is not None and not np.isnan(effect.variance_reduction)
    return EffectCells(
        row.world,
        row.outcome,
        name_outcome(row.outcome),
        told,
        describe_point(data.study, row.point),
        format_alone(row.world_mean),
        format_alone(row.reference_mean),
        difference,
        VERDICTS[judge_effect(row, data.plan.confidence)],
        "–" if effect is None else format_p(row.adjusted).removeprefix("p ").removeprefix("= "),
        f"{len(data.plan.seeds) - row.left_out:,}",
        "–" if effect is None else format_alone(effect.smallest_effect_seen),
        format_alone(effect.variance_reduction) if effect is not None and has_reduction else "–",
    )


def build_failure_rows(data: StudyData) -> tuple[list[FailureRow], int]:
    """Build a row for each way in which runs failed, most frequent first; return how many are left out."""
    runs = data.study.runs
    failed = runs[runs["status"] == "failed"]
    rows = []
    for (stage, error), group in failed.groupby(["stage", "error"], sort=False):
        parts = []
        for world, own in group.groupby("world", sort=False):
            parts.append(f"{world}: {_list_seeds(own['seed'].tolist())}")
        rows.append(FailureRow(str(stage), str(error), len(group), "; ".join(parts)))
    rows.sort(key=lambda row: -row.n_runs)
    return rows[:MOST_FAILURES], max(len(rows) - MOST_FAILURES, 0)


def _list_seeds(seeds: Sequence[int]) -> str:
    shown = list(dict.fromkeys(seeds))
    if len(shown) > 1 and shown == list(range(shown[0], shown[-1] + 1)):
        return format_seeds(shown)
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return f"seed{'s' if len(shown) > 1 else ''} {', '.join(map(str, shown[:8]))}{more}"


def list_commands(data: StudyData) -> list[tuple[str, str]]:
    """List, for each world, the command that makes its first run again, with the base as a file.

    Files that the study's folder has copies of are named from there.
    """
    places = places_of_copies(data.study.folder)
    found = []
    for world in data.plan.worlds:
        told = ["coevolve run scenario.yaml", f"--seed {data.plan.seeds[0]}"]
        for change in (*data.plan.points[0], *world.changes):
            value = name_by_place(json.dumps(change.value.plain(), ensure_ascii=False), places)
            told.append(f"--set {shlex.quote(f'{change.key}={value}')}")
        found.append((world.name, " ".join(told)))
    return found


def list_facts(data: StudyData) -> list[tuple[str, str]]:
    """List what is needed to repeat the study and to check that it is the same."""
    study, plan = data.study, data.plan
    facts = [
        ("Kind", plan.kind),
        (
            "Runs",
            f"{len(plan.worlds):,} worlds × {len(plan.points):,} points × {len(plan.seeds):,} replications",
        ),
        ("Seeds", f"{format_seeds(plan.seeds)}, the same in every world and at every point"),
        ("Kept of each run", _KEPT[plan.record]),
        ("Digest of its plan and rows", study.digest()),
        ("Version", study.facts.get("version", "not on record")),
        ("Made", study.facts.get("created", "not on record")),
    ]
    if plan.design:
        facts.insert(2, ("Design", f"{plan.design.get('kind', 'points')} over {_list_keys(data)}"))
    return facts


def _list_keys(data: StudyData) -> str:
    return ", ".join(change.key for change in data.plan.points[0])
