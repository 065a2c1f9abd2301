"""The part of a report on appeals: what messages appeal to, and what of it grew and shrank."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coevolve_sim.errors import CoevolveError
from coevolve_sim.language.appeals import Candidates, Lexicon
from coevolve_sim.measures.appeal_intervals import Interval
from coevolve_sim.report.run_data import RunData
from coevolve_sim.runs.appeals import RunAppeals, SpeakerAppeals, read_run_appeals
from coevolve_sim.society.appeals import plan_appeals

MOST_SPEAKERS = 20
MOST_NAMED = 6


@dataclass(frozen=True)
class AppealRow:
    """What is said of some speakers."""

    speaker: str
    n_messages: int
    breadth: str
    grew_by: str
    most: str
    grew: str
    shrank: str


@dataclass(frozen=True)
class AppealsSection:
    """The part of a report on appeals."""

    rows: tuple[AppealRow, ...]
    left_out: int
    middle: int
    n_candidates: int
    source: str


def build_appeals_section(data: RunData) -> AppealsSection | None:
    """Return the part on appeals; None where the scenario does not measure them, or nothing was heard yet."""
    asked = data.scenario.measures.appeals
    if asked is None or not data.has_begun or not (data.run.messages["heard_text"] != "").any():
        return None
    try:
        plan = plan_appeals(data.scenario.measures)
    except CoevolveError:  # the file of candidates may be gone; the record stands without it
        return None
    assert plan is not None  # noqa: S101 - appeals are asked for
    found = read_run_appeals(data.run, Lexicon(), plan.candidates, plan.thresholds, seed=data.seed)
    rows = tuple(_describe(one, found) for one in found.speakers[:MOST_SPEAKERS])
    left_out = max(len(found.speakers) - MOST_SPEAKERS, 0)
    return AppealsSection(rows, left_out, found.middle, len(plan.candidates), plan.candidates.source)


def _describe(one: SpeakerAppeals, found: RunAppeals) -> AppealRow:
    candidates = found.candidates
    most = [k for k in (-one.shares).argsort(kind="stable")[:MOST_NAMED] if one.shares[k] > 0]
    return AppealRow(
        one.speaker,
        one.texts,
        _format_interval(one.breadth, ".1f"),
        "" if one.changes is None else _format_interval(one.changes.breadth, "+.1f"),
        ", ".join(f"{candidates.all[k].name} {one.shares[k]:.0%}" for k in most),
        _list_names(one.grew, candidates),
        _list_names(one.shrank, candidates),
    )


def _list_names(places: list[int], candidates: Candidates) -> str:
    return ", ".join(candidates.all[k].name for k in places[:MOST_NAMED]) or "–"


def _format_interval(found: Interval, form: str) -> str:
    """Return an estimate with its interval, as far as there is one.

    Examples
    --------
    >>> _format_interval(Interval(4.0, 3.52, 4.61), ".1f")
    '4.0 [3.5, 4.6]'
    >>> _format_interval(Interval(4.0, math.nan, math.nan), ".1f")
    '4.0'
    """
    if math.isnan(found.value):
        return "–"
    told = format(found.value, form)
    return told if math.isnan(found.low) else f"{told} [{found.low:{form}}, {found.high:{form}}]"
