"""The four questions on a study's page: each world by its number and interval, and a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coevolve_sim.report.findings import QUESTIONS
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.studies.answer import VERDICTS, judge_effect
from coevolve_sim.studies.estimates import format_estimate
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.outcome_words import name_outcome

MOST_WORLDS = 4
_OUTCOMES = {
    "Follow": ("follow_rmse.",),
    "Predict": ("predict_1_rmse.", "predict_"),
    "Coevolve": ("share_of_way", "coevolve_rmse"),
    "Polarization": ("mean_pairwise_distance", "variance", "total_variance"),
}
"""By which outcomes each question is answered, the first of a run's that begins so."""

_UNITS = {
    "Follow": "distance from people's mean over eras (root mean square, 0 to 1)",
    "Predict": "error of what it foretells (root mean square, 0 to 1)",
}
_VERDICTS: dict[str, str] = {
    "open": "not told from zero",
    "alone": "told from zero by itself, not once adjusted for all effects",
}

_NOTHING = {
    "Follow": "No world has an assistant that was scored.",
    "Predict": "No world has an assistant that was scored on eras to come.",
    "Coevolve": "No time passes in these worlds' history, or they have none.",
    "Polarization": "Nothing that bears on it was measured.",
}


@dataclass(frozen=True)
class WorldLevel:
    """A world's number, as text and as places on the picture, from 0 to 100."""

    world: str
    number: str
    low: float
    mean: float
    high: float


@dataclass(frozen=True)
class StudyCard:
    """One question, what it is told by, each world's level, and the difference from the reference.

    ``zero`` is the place of 0 on the picture.
    """

    name: str
    question: str
    sentence: str
    unit: str
    levels: tuple[WorldLevel, ...]
    zero: float = 0.0


def build_study_cards(data: StudyData) -> list[StudyCard]:
    """Return the answers to the four questions; none where a design has points, or nothing was measured."""
    if data.has_points or not data.outcome:
        return []
    return [_build_card(data, name, question) for name, question in QUESTIONS.items()]


def _build_card(data: StudyData, name: str, question: str) -> StudyCard:
    outcome = _choose_outcome(data, _OUTCOMES[name])
    levels, zero = _measure_levels(data, outcome) if outcome else ((), 0.0)
    if not levels:
        return StudyCard(name, question, _NOTHING[name], "", ())
    unit = _UNITS.get(name, name_outcome(outcome))
    if "." in outcome:
        unit = f"{outcome.partition('.')[2]}: {unit}"
    return StudyCard(name, question, _compare_worlds(data, outcome), unit, levels, zero)


def _choose_outcome(data: StudyData, stems: tuple[str, ...]) -> str:
    """Return the outcome of most worlds, of those whose names begin with the first stem that any has."""

    def count_worlds(outcome: str) -> int:
        return sum(bool(np.isfinite(_measure_level(data, outcome, world)[0])) for world in data.worlds)

    for stem in stems:
        fits = [name for name in data.study.outcomes if name.startswith(stem)]
        named = [name for name in fits if name == stem or "_rmse." in name]
        if named:
            return max(named, key=count_worlds)
    return ""


def _choose_worlds(data: StudyData) -> list[str]:
    """Return the worlds shown: the first ones, and the reference."""
    if len(data.worlds) <= MOST_WORLDS:
        return data.worlds
    kept = data.others[: MOST_WORLDS - bool(data.plan.reference)]
    return [*kept, *([data.plan.reference] if data.plan.reference else [])]


def _measure_levels(data: StudyData, outcome: str) -> tuple[tuple[WorldLevel, ...], float]:
    """Return the levels of the worlds that have the outcome, and the place of 0."""
    worlds = _choose_worlds(data)
    found = {world: _measure_level(data, outcome, world) for world in worlds}
    known = {world: level for world, level in found.items() if np.isfinite(level[0])}
    if not known:
        return (), 0.0
    ends = np.nan_to_num(np.array([*known.values(), (0.0, 0.0, 0.0)]), nan=0.0)
    low, span = float(ends.min()), float(np.ptp(ends)) or 1.0
    levels = []
    for world, (mean, lower, upper) in known.items():
        places = (100 * ((mean if np.isnan(end) else end) - low) / span for end in (lower, mean, upper))
        levels.append(WorldLevel(world, format_estimate(mean, lower, upper), *places))
    return tuple(levels), 100 * (0.0 - low) / span


def _measure_level(data: StudyData, outcome: str, world: str) -> tuple[float, float, float]:
    """Return the mean over replications and the ends of its interval; nan where there is no number."""
    scores = data.study.scores(outcome, world)
    level = interval_of_means(np.where(np.isfinite(scores), scores, np.nan)[:, None], data.plan.confidence)
    return float(level.mean[0]), float(level.low[0]), float(level.high[0])


def _compare_worlds(data: StudyData, outcome: str) -> str:
    """Say how each world shown differs from the reference, where both have the outcome."""
    shown = _choose_worlds(data)
    rows = [row for row in data.effect_rows if row.outcome == outcome and row.world in shown]
    told = []
    for row in rows:
        if row.effect is not None:
            size = format_estimate(row.effect.mean, row.effect.low, row.effect.high)
            verdict = judge_effect(row, data.plan.confidence)
            said = _VERDICTS.get(verdict, VERDICTS[verdict])
            told.append(f"{row.world} less {data.plan.reference}: {size}, {said}.")
    if not told:
        lacks = f": {data.plan.reference} has no such number" if data.plan.reference else ""
        told.append(f"Each world by itself{lacks}.")
    n_more = len(data.worlds) - len(shown)
    if n_more > 0:
        told.append(f"{n_more} more worlds are in the tables.")
    return " ".join(told)
