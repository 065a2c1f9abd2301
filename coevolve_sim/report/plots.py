"""Pictures of a run from Python: ``run.plot.values()`` and its like; `study_plots` has those of a study.

Each draws with the function that the report draws with, and returns the axes: one matplotlib Axes where the
picture has one panel, an array of them where it has several. ``ax=`` draws into axes of the caller's, as many
as there are panels; ``size="column"`` or ``"page"`` makes a figure as wide as a column or a page of a
journal.
Colours are told apart by colour-blind readers, and lines by their dashes in print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from coevolve_sim.errors import PlotError
from coevolve_sim.measures import CATALOGUE
from coevolve_sim.registry import nearest
from coevolve_sim.report.canvas import choose_backend, choose_canvas, draw_on
from coevolve_sim.report.conversation_picture import draw_conversation
from coevolve_sim.report.language_data import KINDS, LanguageData
from coevolve_sim.report.language_pictures import draw_perceived_against_held
from coevolve_sim.report.measure_pictures import draw_measures
from coevolve_sim.report.network_picture import draw_network
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.run_data import RunData
from coevolve_sim.report.style import use_report_style
from coevolve_sim.report.timeline import build_timeline
from coevolve_sim.report.value_pictures import draw_value_distribution, draw_value_trajectories
from coevolve_sim.runs.results import Run, open_run

Names = str | Iterable[str] | None
"""One name, several, or None for those that the report shows."""

NOT_IN_WORDS = "in this run nobody speaks; channel.kind: language records messages"


class Plots:
    """What plots of runs and studies have in common.

    Attributes
    ----------
    caption : str
        How to read the picture that was drawn last; empty before the first.
    """

    caption = ""

    def draw_picture(self, draw: Callable[[], Picture], ax: Any, size: str) -> Any:
        """Draw a picture on the caller's axes or a new figure, and return its axes."""
        canvas = choose_canvas(ax, size)
        choose_backend()
        with use_report_style(canvas.scale), draw_on(canvas):
            picture = draw()
        if picture.figure is None:
            raise PlotError(f"{picture.title}: {picture.caption.rstrip('.')}")
        self.caption = picture.caption
        panels = canvas.panels
        return panels[0] if len(panels) == 1 else np.array(panels, dtype=object)


class RunPlots(Plots):
    """Pictures of a run.

    Every function takes ``ax`` (matplotlib Axes, or several) and ``size`` (``"column"`` or ``"page"``),
    returns Axes, or an array of them where there are several panels, and raises a `PlotError` that names the
    key to record with where what is to be drawn is not on record.

    Parameters
    ----------
    run : Run
        Finished or not: all rounds finished so far are drawn.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def values(self, dimensions: Names = None, *, ax: Any = None, size: str = "page") -> Any:
        """Draw mean values of people, groups, assistants and history over rounds, a panel a dimension.

        Parameters
        ----------
        dimensions : str or iterable of str, optional
            Those that changed most if not given.
        ax, size
            See the class.
        """
        return self._draw_run(
            lambda data: draw_value_trajectories(data, build_timeline(data), _places(data, dimensions)),
            ax,
            size,
        )

    def measures(self, names: Names = None, *, ax: Any = None, size: str = "page") -> Any:
        """Draw measures over rounds, a panel each.

        Parameters
        ----------
        names : str or iterable of str, optional
            Those that the report draws if not given.
        ax, size
            See the class.
        """
        return self._draw_run(
            lambda data: draw_measures(data, build_timeline(data), _measure_names(data, names)), ax, size
        )

    def distribution(self, dimensions: Names = None, *, ax: Any = None, size: str = "page") -> Any:
        """Draw how people are spread, round by round, a panel a dimension.

        Parameters
        ----------
        dimensions : str or iterable of str, optional
            Those in which people moved most, or are most polarized, if not given.
        ax, size
            See the class.
        """
        return self._draw_run(
            lambda data: draw_value_distribution(data, build_timeline(data), _places(data, dimensions)),
            ax,
            size,
        )

    def network(
        self,
        round_index: int | None = None,
        *,
        dimension: str | None = None,
        ax: Any = None,
        size: str = "page",
    ) -> Any:
        """Draw the network, humans coloured by value.

        Parameters
        ----------
        round_index : int, optional
            At the end of this round; if not given, at start, middle and end, a panel each.
        dimension : str, optional
            Whose value is the colour; that in which people moved most if not given.
        ax, size
            See the class.
        """

        def draw(data: RunData) -> Picture:
            last = data.run.n_rounds_finished
            if round_index is not None and not 0 <= round_index <= last:
                raise PlotError(f"round {round_index} is not on record; there are rounds 0 to {last}")
            place = _places(data, dimension)
            return draw_network(data, round_index, None if place is None else place[0])

        return self._draw_run(draw, ax, size)

    def conversation(
        self,
        human: int | None = None,
        round_index: int | None = None,
        dimension: str | None = None,
        *,
        ax: Any = None,
        size: str = "page",
    ) -> Any:
        """Draw what a human said and heard in a round on a topic, and how it moved.

        Parameters
        ----------
        human, round_index : int, optional
            Without them, where somebody moved most.
        dimension : str, optional
            The topic; that on which the human moved most if not given.
        ax, size
            See the class.
        """

        def draw(data: LanguageData) -> Picture:
            if dimension is not None:
                require_name(dimension, data.run.dimensions, "dimension")
            return draw_conversation(data, human, round_index, dimension)

        return self._draw_talk(draw, ax, size)

    def exchange_error(self, kinds: Names = None, *, ax: Any = None, size: str = "page") -> Any:
        """Draw what listeners perceived against what speakers held, a panel a kind of message.

        Parameters
        ----------
        kinds : str or iterable of str, optional
            Of peer, edit, question, answer; all that were said if not given.
        ax, size
            See the class.
        """
        chosen = KINDS if kinds is None else read_names(kinds)
        for kind in chosen:
            require_name(kind, KINDS, "kind of message")
        return self._draw_talk(lambda data: draw_perceived_against_held(data, chosen), ax, size)

    def _draw_run(self, draw: Callable[[RunData], Picture], ax: Any, size: str) -> Any:
        with open_run(self._run.folder).pin() as pinned:
            data = RunData(pinned)
            if not data.has_begun:
                raise PlotError(f"{pinned.folder}: no round is on record yet; `coevolve resume` runs it")
            return self.draw_picture(lambda: draw(data), ax, size)

    def _draw_talk(self, draw: Callable[[LanguageData], Picture], ax: Any, size: str) -> Any:
        with open_run(self._run.folder).pin() as pinned:
            if not len(pinned.messages):
                raise PlotError(NOT_IN_WORDS)
            return self.draw_picture(lambda: draw(LanguageData(pinned)), ax, size)


# --- names ---------------------------------------------------------------------------------------


def read_names(names: str | Iterable[str]) -> list[str]:
    """Return one name or several as a list."""
    return [names] if isinstance(names, str) else list(names)


def require_name(name: str, there: Sequence[str], what: str) -> None:
    """Refuse a name that is none of those there are.

    Raises
    ------
    PlotError
        Says what is called so, and what there is.
    """
    if name not in there:
        raise PlotError(
            f"no {what} is called '{name}'{nearest(str(name), there) or '.'} There are: {', '.join(there)}"
        )


def _places(data: RunData, dimensions: Names) -> list[int] | None:
    """Return the columns of dimensions; None for those that the drawing chooses."""
    if dimensions is None:
        return None
    for name in (names := read_names(dimensions)):
        require_name(name, data.run.dimensions, "dimension")
    return [data.run.dimensions.index(name) for name in names]


def _measure_names(data: RunData, names: Names) -> list[str] | None:
    """Return measures that were taken; refuse others, with the key that has them taken."""
    if names is None:
        return None
    taken = [str(column) for column in data.measures.columns]
    for name in (wanted := read_names(names)):
        if name in CATALOGUE and name not in taken:
            raise PlotError(f"measure '{name}' is not on record; measures.names: [{name}] records it")
        require_name(name, taken, "measure")
    return wanted
