"""The network on an HTML canvas, fed with bytes: a frame of 1,000 people is 1,000 bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import reacton.ipyvuetify as v
import solara
from numpy.typing import ArrayLike

from coevolve_sim.view.packing import pack_colours, pack_points, pack_ties


@solara.component_vue("canvas.vue", vuetify=False)
def _Canvas(
    points_bytes: bytes,
    ties_bytes: bytes,
    colours_bytes: bytes,
    count: int = 0,
    names: list[str] | None = None,
    selected: int | None = None,
    can_select: bool = False,
    event_select: Callable[[int | None], None] | None = None,
) -> None: ...


@solara.component
def NetworkCanvas(
    *,
    points: ArrayLike,
    ties: ArrayLike,
    colours: ArrayLike,
    names: Sequence[str] | None = None,
    selected: int | None = None,
    on_select: Callable[[int | None], None] | None = None,
) -> None:
    """Draw humans and the ties among them, coloured by value; a click, or an arrow key, chooses a human.

    Parameters
    ----------
    points : float array, shape (humans, 2)
        Where each stands, in [0, 1]; the first number runs to the right, the second up.
    ties : int array, shape (ties, 2)
        Pairs of places in `points`.
    colours : float array, shape (humans,)
        In [0, 1], from dark to light; nan is grey.
    names : sequence of str, optional
        Shown beside the pointer; ``human 0`` and so on if not given.
    selected : int, optional
        The chosen human, who is ringed: a place in `points`.
    on_select : callable, optional
        Called with the place of the human who was chosen, or None where a click met nobody.

    Raises
    ------
    PlotError
        If shapes disagree, or a tie leads to nobody.
    """
    count = len(np.asarray(points))
    _Canvas(
        points_bytes=pack_points(points),
        ties_bytes=pack_ties(ties, count),
        colours_bytes=pack_colours(colours, count),
        count=count,
        names=None if names is None else list(names),
        selected=selected,
        can_select=on_select is not None,
        event_select=on_select or _ignore,
    )


@solara.component
def ValueScale(label: str = "value") -> None:
    """The scale of colours, from 0 to 1."""
    with v.Html(
        tag="div",
        class_="coevolve-scale",
        attributes={"role": "img", "aria-label": f"{label}: dark is 0, light is 1"},
    ):
        v.Html(tag="span", children=["0"])
        v.Html(tag="span", class_="colours")
        v.Html(tag="span", children=["1"])
        v.Html(tag="span", class_="small", children=[label])


def _ignore(_human: int | None) -> None:
    """Do nothing with a choice."""
