"""Instruments that read a sweep: one axis of a design, one world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.instruments.catalogue import Reading, refuse
from coevolve_sim.studies.instruments.entrenchment import measure_crossed_entrenchment
from coevolve_sim.studies.instruments.tipping import fit_tipping_share
from coevolve_sim.studies.plan import Task
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import World

TIPPED = 0.5
"""A society has tipped where people's mean ends above the middle between 0 and 1."""


class _OverOneAxis:
    """Needs no worlds of its own, and one axis of numbers."""

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:  # noqa: ARG002 - needs none
        """Return none: it reads the points of a design."""
        return []

    def table(self, study: Study) -> tuple[Floats, Floats]:
        """Return the axis, shape (points,), and people's mean at the end, shape (points, replications).

        Of several dimensions, the mean over them.

        Raises
        ------
        StudyError
            If the design is not one axis of numbers, or a run has no end.
        """
        keys = {key for point in range(len(study.plan.points)) for key in study.plan.point_values(point)}
        if len(keys) != 1 or len(study.plan.points) < 2:
            raise StudyError(
                f"it reads a sweep over one key; this study has {len(keys)}: give --grid KEY=V,V,V"
            )
        (key,) = keys
        axis = [study.plan.point_values(point)[key] for point in range(len(study.plan.points))]
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in axis):
            raise StudyError(f"{key} takes values that are no numbers; it reads a sweep over numbers")
        world = study.plan.asked_worlds[0]
        names = [name for name in study.outcomes if name.startswith("people.")]
        points = range(len(study.plan.points))
        ends = np.array(
            [np.mean([study.scores(name, world, point) for name in names], axis=0) for point in points]
        )
        if not np.isfinite(ends).all():
            raise StudyError("a run failed or is left; it reads whole sweeps only")
        return np.array(axis, dtype=np.float64), ends


class Tipping(_OverOneAxis):
    """At which value of the axis half of the societies tip: end with their mean above .5."""

    meaning = "The value of an axis, as a committed share, at which half of the societies tip above .5."
    null = "no value bounded where nothing tips"
    source = "Xie2011"

    def read(self, study: Study) -> list[Reading]:
        """Return the value at which half tip."""
        try:
            axis, ends = self.table(study)
            setup = build_setup(study.plan.scenario_of(Task(0, 0), study.plan.worlds[0]))
            found = fit_tipping_share(
                axis,
                (ends > TIPPED).astype(float),
                n_humans=setup.n_humans,
                n_rounds=setup.n_rounds,
                confidence=study.plan.stated_confidence,
            )
        except StudyError as error:
            return [refuse("tipping", "share at which half tip", str(error))]
        ends_of = (found.p50, found.low, found.high)
        return [Reading("tipping", "share at which half tip", "", *ends_of, "share", found.sentence)]


class EntrenchmentOfStarts(_OverOneAxis):
    """Which part of where people end hangs on where the assistant began: a sweep over its first values."""

    meaning = "The share of the variance of people's end that hangs on the assistant's first values."
    null = "0 where they are forgotten"
    source = "McGraw1996"

    def read(self, study: Study) -> list[Reading]:
        """Return the share of variance."""
        try:
            _, ends = self.table(study)
            found = measure_crossed_entrenchment(ends, confidence=study.plan.stated_confidence)
        except StudyError as error:
            return [refuse("entrenchment", "share of variance", str(error))]
        share = (found.share, found.low, found.high)
        return [Reading("entrenchment", "share of variance", "", *share, "share", found.sentence)]
