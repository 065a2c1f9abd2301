"""Pictures of a study from Python: ``study.plot.effect()`` and its like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from coevolve_sim.errors import PlotError
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.plots import Names, Plots, read_names, require_name
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.study_design_pictures import draw_phase, draw_phase_of_difference
from coevolve_sim.report.study_pictures import draw_difference, draw_effects
from coevolve_sim.studies.study import Study, open_study


class StudyPlots(Plots):
    """Pictures of a study.

    Every function takes ``ax`` and ``size``, returns Axes and raises a `PlotError`, as those of
    `coevolve_sim.report.plots.RunPlots`.

    Parameters
    ----------
    study : Study
        As far as it has come.
    """

    def __init__(self, study: Study) -> None:
        self._study = study

    def effect(self, outcome: str = "", *, ax: Any = None, size: str = "page") -> Any:
        """Draw the paired difference from the reference world: over rounds, or pair by pair.

        It is drawn pair by pair where rounds have no such number, or the study keeps no trajectories. Without
        a reference world, the outcome is drawn in each.

        Parameters
        ----------
        outcome : str, optional
            That of the study's answer if not given.
        ax, size
            See the class.
        """
        return self.draw_picture(lambda: draw_difference(self._read(outcome)), ax, size)

    def forest(self, outcomes: Names = None, *, ax: Any = None, size: str = "page") -> Any:
        """Draw effects on several outcomes with their intervals, one below the other.

        Parameters
        ----------
        outcomes : str or iterable of str, optional
            Those that the report draws if not given.
        ax, size
            See the class.

        Raises
        ------
        PlotError
            If the study has no reference world, to which effects are differences.
        """
        if not self._study.plan.reference:
            raise PlotError("without a reference world there are no effects; coevolve_sim.compare has one")

        def draw() -> Picture:
            data = self._read()
            names = data.main_outcomes if outcomes is None else read_names(outcomes)
            for name in names:
                require_name(name, data.study.outcomes, "outcome")
            return draw_effects(data, names)

        return self.draw_picture(draw, ax, size)

    def phase(
        self,
        outcome: str = "",
        *,
        world: str = "",
        difference: bool = False,
        ax: Any = None,
        size: str = "page",
    ) -> Any:
        """Draw an outcome over the two keys of a sweep, a map a world.

        Parameters
        ----------
        outcome : str, optional
            That of the study's answer if not given.
        world : str, optional
            All worlds, at most four, if not given.
        difference : bool
            Whether to draw the paired difference from the reference world instead.
        ax, size
            See the class.

        Raises
        ------
        PlotError
            If the study is no sweep over a grid of two keys with numbers, or has no reference world to differ
            from.
        """
        worlds = [world] if world else None
        if world:
            require_name(world, self._study.plan.world_names, "world")
        if difference and (not self._study.plan.reference or world == self._study.plan.reference):
            raise PlotError(
                "a difference is that of a world from the reference world, and here there is none"
            )

        def draw() -> Picture:
            data = self._read(outcome)
            if difference:
                return draw_phase(data, draw_phase_of_difference, worlds)
            return draw_phase(data, worlds=worlds)

        return self.draw_picture(draw, ax, size)

    def _read(self, outcome: str = "") -> StudyData:
        return read_about(self._study.folder, outcome)


def read_about(folder: Path, outcome: str = "") -> StudyData:
    """Return a study, read anew, as if it were about an outcome.

    Parameters
    ----------
    folder : Path
        The study's folder.
    outcome : str
        That of the study's answer if empty.

    Raises
    ------
    PlotError
        If there is no such outcome, or no run is finished.
    """
    study = open_study(folder)
    if outcome:
        require_name(outcome, study.outcomes, "outcome")
        study.plan = replace(study.plan, outcome=outcome)
    data = StudyData(study)
    if not data.outcome:
        raise PlotError(f"{study.folder}: no run is finished yet; `coevolve resume` runs them")
    return data
