"""A study as one browses it: an outcome in each world, effects, pictures, and the runs of a point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from coevolve_sim.report.numbers import format_count
from coevolve_sim.report.pictures import Picture, ShownPicture, show_picture
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.study_design_pictures import draw_design
from coevolve_sim.report.study_pictures import color_of, draw_difference, draw_effects
from coevolve_sim.report.study_plots import read_about
from coevolve_sim.report.study_tables import EffectCells, format_effect
from coevolve_sim.report.style import use_report_style
from coevolve_sim.report.tables import format_interval
from coevolve_sim.studies.answer import describe_point, describe_question, describe_state, judge_effect
from coevolve_sim.studies.estimates import format_alone, format_estimate
from coevolve_sim.studies.execution import RUNS
from coevolve_sim.studies.intervals import interval_of_means
from coevolve_sim.studies.outcome_words import begin_sentence, name_outcome, read_meaning, read_scale
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.studies.study import EffectRow, Study, open_study
from coevolve_sim.view.interval_figure import Interval
from coevolve_sim.view.paging import Page, cut_page

_DRAWING = Lock()
"""Matplotlib's style belongs to the whole process, so that pictures are drawn one after the other."""


@dataclass(frozen=True)
class WorldLevel:
    """An outcome in a world at a point: its mean over runs, with its interval."""

    world: str
    differs: str
    runs: str
    told: str
    interval: Interval


@dataclass(frozen=True)
class KeptRun:
    """A run of a point, and its folder where it was kept."""

    world: str
    seed: int
    status: str
    outcome: str
    folder: Path | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The run as a row of a table."""
        return (f"{self.world}, seed {self.seed}", self.status, self.outcome)


class BrowsedStudy:
    """A study, as far as it had come when it was opened.

    Parameters
    ----------
    folder : path
        The study's folder.

    Raises
    ------
    RecordError
        If there is no study, or it was altered or damaged.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.study: Study = open_study(self.folder)
        self.plan = self.study.plan

    @property
    def question(self) -> str:
        """What the study asks."""
        return describe_question(self.study)

    def describe_status(self) -> list[str]:
        """Return how far the study has come, what failed, and what is not known."""
        counts, total = self.study.counts, self.plan.n_runs
        told = f"{counts['finished']:,} of {format_count(total, 'run')} finished"
        told += f", {counts['failed']:,} failed" if counts["failed"] else ""
        return [f"{told}.", *describe_state(self.study)]

    @property
    def status(self) -> str:
        """Failed where a run failed, unfinished while runs are left, else finished."""
        counts = self.study.counts
        return "failed" if counts["failed"] else "unfinished" if counts["left"] else "finished"

    @cached_property
    def outcomes(self) -> dict[str, str]:
        """What each outcome of the runs is called; that of the study's answer is the first."""
        if not self.study.outcomes:
            return {}
        first = self.study.outcome
        names = [first, *(name for name in self.study.outcomes if name != first)]
        return {name: begin_sentence(name_outcome(name)) for name in names}

    @cached_property
    def points(self) -> list[str]:
        """What each point of the design sets, in a line."""
        return [describe_point(self.study, point) for point in range(len(self.plan.points))]

    def about(self, outcome: str) -> BrowsedOutcome:
        """Return the study as if it were about an outcome.

        Raises
        ------
        PlotError
            If no run has it.
        """
        return BrowsedOutcome(read_about(self.folder, outcome))


class BrowsedOutcome:
    """One outcome of a study.

    Parameters
    ----------
    data : StudyData
        The study, about this outcome.
    """

    def __init__(self, data: StudyData) -> None:
        self.data, self.study, self.plan = data, data.study, data.plan

    @property
    def name(self) -> str:
        """What the outcome is called."""
        return name_outcome(self.data.outcome)

    def describe(self) -> str:
        """Return what the outcome means, and its scale where it has ends."""
        meaning, scale = read_meaning(self.data.outcome), read_scale(self.data.outcome)
        return f"{meaning} On {format_interval(scale)}.".strip() if scale and "inf" not in scale else meaning

    @property
    def interval_name(self) -> str:
        """What the intervals are."""
        return f"{100 * self.plan.confidence:g} % t interval over replications"

    def list_levels(self, point: int) -> list[WorldLevel]:
        """Return the outcome in each world at a point of the design."""
        return [self._measure_level(name, point) for name in self.data.worlds]

    def _measure_level(self, world: str, point: int) -> WorldLevel:
        scores = self.study.scores(self.data.outcome, world, point)
        level = interval_of_means(np.where(np.isfinite(scores), scores, np.nan), self.plan.confidence)
        ends = (float(level.mean), float(level.low), float(level.high))
        differs = next(one.describe() for one in self.plan.worlds if one.name == world)
        return WorldLevel(
            world,
            differs,
            f"{int(level.n):,} of {len(self.plan.seeds):,}",
            format_estimate(*ends) if level.n else "–",
            Interval(world, *ends, color_of(self.data, world)),
        )

    def list_effects(self, point: int) -> list[EffectCells]:
        """Return the difference of each world from the reference at a point, in words and numbers."""
        return [format_effect(self.data, row) for row in self._rows_at(point)]

    def list_effect_intervals(self, point: int) -> list[Interval]:
        """Return these differences with their intervals; filled where they are told from zero."""
        return [
            Interval(
                row.world,
                row.world_mean - row.reference_mean,
                np.nan if row.effect is None else row.effect.low,
                np.nan if row.effect is None else row.effect.high,
                color_of(self.data, row.world),
                is_open=judge_effect(row, self.plan.confidence) not in ("above", "below"),
            )
            for row in self._rows_at(point)
        ]

    def _rows_at(self, point: int) -> list[EffectRow]:
        return [
            row for row in self.data.headline.rows if row.point == point and row.world in self.data.worlds
        ]

    def explain_no_effects(self, point: int) -> str:
        """Return why there is no effect at a point; empty where there is one."""
        if not self.plan.reference:
            return (
                "Without a reference world there are no effects; coevolve compare and --reference have one."
            )
        if not self._rows_at(point):
            return "No world besides the reference has runs at this point."
        return ""

    def draw_pictures(self) -> list[ShownPicture]:
        """Draw the outcome over the design and over rounds, and effects on several outcomes."""
        with _DRAWING, use_report_style():
            return [show_picture(picture) for picture in self._draw()]

    def _draw(self) -> Iterator[Picture]:
        yield from draw_design(self.data)
        yield self._name_point(draw_difference(self.data))
        if self.plan.reference:
            yield self._name_point(draw_effects(self.data, self.data.main_outcomes))

    def _name_point(self, picture: Picture) -> Picture:
        """Say in a picture's title that it is of the first point, whichever is chosen on the page."""
        at = ", at the first point of the design" if self.data.has_points else ""
        return replace(picture, title=f"{picture.title}{at}")

    def list_runs(self, point: int, page: int) -> Page[KeptRun]:
        """Return a page of the runs of a point, world by world."""
        cut = cut_page(self._runs_at(point), page)
        return Page(tuple(map(self._describe_run, cut.rows)), cut.number, cut.count, cut.found)

    def _runs_at(self, point: int) -> list[RunRow]:
        places = {name: place for place, name in enumerate(self.plan.world_names)}
        rows = [row for row in self.study.run_rows if row.point == point]
        return sorted(rows, key=lambda row: (places[row.world], row.replication))

    def _describe_run(self, row: RunRow) -> KeptRun:
        found = np.nan if row.summary is None else row.summary.outcomes.get(self.data.outcome, np.nan)
        status = row.status if row.status == "finished" else f"{row.status} ({row.stage}): {row.error}"
        folder = self.study.folder / RUNS / row.folder if row.folder else None
        return KeptRun(
            row.world,
            row.seed,
            status,
            format_alone(found) if np.isfinite(found) else "–",
            folder if folder is not None and folder.is_dir() else None,
        )
