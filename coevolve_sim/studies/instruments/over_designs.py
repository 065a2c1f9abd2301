"""Instruments that read a sweep: one axis of a design, one world."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.drive_shapes import count_rounds, triangle
from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import read_changes
from coevolve_sim.scenario.process_specs import ShockSpec
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.studies.instruments.catalogue import Reading, refuse
from coevolve_sim.studies.instruments.entrenchment import measure_crossed_entrenchment
from coevolve_sim.studies.instruments.hysteresis import MemoryVerdict, judge_memory, loop_area
from coevolve_sim.studies.instruments.loop_gain import kick_response
from coevolve_sim.studies.instruments.recovery import relaxation_time
from coevolve_sim.studies.instruments.tipping import fit_tipping_share
from coevolve_sim.studies.plan import Task
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import World

TIPPED = 0.5
"""A society has tipped where people's mean ends above the middle between 0 and 1."""


class _OverOneAxis:
    """Needs no worlds of its own, and one axis of numbers."""

    needs = ("sweep",)

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:  # noqa: ARG002 - needs none
        """Return none: it reads the points of a design."""
        return []

    def table(self, study: Study, axis_is: str = "") -> tuple[str, Floats, Floats]:
        """Return the key, the axis, shape (points,), and people's mean at the end, (points, replications).

        Of several dimensions, the mean over them.

        Raises
        ------
        StudyError
            If the design is not one axis of numbers, its key is not as the pattern, or a run has no end.
        """
        keys = {key for point in range(len(study.plan.points)) for key in study.plan.point_values(point)}
        if len(keys) != 1 or len(study.plan.points) < 2:
            raise StudyError(
                f"it reads a sweep over one key; this study has {len(keys)}: give --grid KEY=V,V,V"
            )
        (key,) = keys
        if axis_is and not re.fullmatch(axis_is, key):
            raise StudyError(
                f"it reads a sweep over the assistant's first values, as assistants.0.start.DIMENSION; this "
                f"one is over {key}"
            )
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
        return key, np.array(axis, dtype=np.float64), ends


class Tipping(_OverOneAxis):
    """At which value of the axis half of the societies tip: end with their mean above .5."""

    meaning = "The value of an axis, as a committed share, at which half of the societies tip above .5."
    null = "no value bounded where nothing tips"
    source = "Xie2011"

    def read(self, study: Study) -> list[Reading]:
        """Return the value at which half tip."""
        try:
            key, axis, ends = self.table(study)
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
        told = f"{key}, read as a committed share: {found.sentence}"
        return [Reading("tipping", "share at which half tip", "", *ends_of, "share", told)]


class EntrenchmentOfStarts(_OverOneAxis):
    """Which part of where people end hangs on where the assistant began: a sweep over its first values."""

    meaning = "The share of the variance of people's end that hangs on the assistant's first values."
    null = "0 where they are forgotten"
    source = "McGraw1996"

    def read(self, study: Study) -> list[Reading]:
        """Return the share of variance."""
        try:
            _, _, ends = self.table(study, r"assistants\.\d+\.start(\..+)?")
            found = measure_crossed_entrenchment(ends, confidence=study.plan.stated_confidence)
        except StudyError as error:
            return [refuse("entrenchment", "share of variance", str(error))]
        share = (found.share, found.low, found.high)
        return [Reading("entrenchment", "share of variance", "", *share, "share", found.sentence)]


KICK = 0.01
"""Moves everybody by this, up and down, where nothing is driven: it tells how long people take to rest."""


class HysteresisOverSpeeds(_OverOneAxis):
    """Whether people who are driven up and down come back the way they went: a sweep over ``drive.speed``.

    The study keeps means by round (``record: summary``) and runs for two whole cycles of the slowest drive.
    """

    meaning = "The area between people's ways up and down that is left at speed 0: memory, or lag alone."
    null = "lag: nothing is left"
    source = "Jung1990"
    up, down = "hysteresis-up", "hysteresis-down"
    compares = False

    def worlds(self, setup: Setup, given: Sequence[World]) -> list[World]:
        """Return two worlds in which nothing is driven and everybody is kicked; none without a drive."""
        scenario = setup.scenario
        if scenario.drive is None:
            return []
        which = [one.name for one in scenario.assistants].index(scenario.drive.assistant)
        made = []
        for name, sign in ((self.up, 1), (self.down, -1)):
            shock = ShockSpec(round=1, shift={scenario.drive.dimension: sign * KICK}, anchors="stay")
            changes = {
                "drive": None,
                f"assistants.{which}.policy": {"kind": "frozen"},
                "interventions": [act.model_dump(mode="json") for act in (*scenario.interventions, shock)],
            }
            own = [one for one in given[0].changes if one.key.split(".")[0] not in ("interventions", "drive")]
            made.append(World(name, (*own, *read_changes(changes)), given[0].peers_of))
        return made

    def read(self, study: Study) -> list[Reading]:
        """Return the areas left at speed 0 by both laws, and whether there is memory."""
        try:
            verdict = self._judge(study)
        except StudyError as error:
            return [refuse("hysteresis", "area left at speed 0", str(error))]
        if verdict.verdict == "refused":
            return [refuse("hysteresis", "area left at speed 0", verdict.reason)]
        told = f"{verdict.verdict}: {verdict.reason}"
        by_node = (verdict.saddle_node, verdict.saddle_node_low, verdict.saddle_node_high)
        by_line = (verdict.line, verdict.line_low, verdict.line_high)
        return [
            Reading("hysteresis", "area left at speed 0, by v^(2/3)", "", *by_node, "value squared", told),
            Reading("hysteresis", "area left at speed 0, by v", "", *by_line, "value squared", told),
        ]

    def _judge(self, study: Study) -> MemoryVerdict:
        _, speeds, _ = self.table(study)
        drive = study.plan.scenario_of(Task(0, 0), study.plan.worlds[0]).drive
        if drive is None or "drive.speed" not in study.plan.point_values(0):
            raise StudyError("it reads a sweep over drive.speed of a scenario that drives an assistant")
        world = study.plan.asked_worlds[0]
        _ = study.people(world)  # says so where the study keeps none
        column = study.dimensions.index(drive.dimension)
        areas = []
        for point, speed in enumerate(speeds):
            half = count_rounds(drive.low, drive.high, float(speed))
            people = study.people(world, point)[:, :, column]
            if people.shape[1] < 4 * half + 1 or study.rounds[4 * half] != 4 * half:
                raise StudyError(
                    f"at speed {speed:g} two cycles take {4 * half} rounds, and the runs have "
                    f"{people.shape[1] - 1} measured ones; set rounds and measures.every=1"
                )
            heard = triangle(
                np.arange(2 * half, 4 * half + 1),
                speed=float(speed),
                low=drive.low,
                high=drive.high,
                cycles=drive.cycles,
            )
            areas.append(loop_area(people[:, 2 * half : 4 * half + 1], heard, signed=True))
        way_round = 1.0 if np.mean(areas) >= 0 else -1.0  # ahead of the drive areas are negative
        up, down = (study.people(name)[:, 1:, column] for name in (self.up, self.down))
        rest = relaxation_time(kick_response(up, down, KICK))
        return judge_memory(
            speeds,
            way_round * np.array(areas).T,
            amplitude=(drive.high - drive.low) / 2,
            relaxation=rest,
            confidence=study.plan.stated_confidence,
        )
