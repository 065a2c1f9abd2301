"""What pictures are drawn on: the report's page, a column or a page of a paper, or axes of the caller's own.

The functions that draw ask for panels (`coevolve_sim.report.grid`), and the canvas in use says how wide a
figure is, how large its letters are, and whether there is a figure to make at all. So one function draws a
picture for the report and for ``run.plot``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from coevolve_sim.errors import PlotError
from coevolve_sim.registry import nearest

WIDTH, FONT = 9.0, 9.0
"""Inches of a figure of the report, and points of its letters."""

SIZES = {"column": (3.5, 7.0), "page": (7.0, 8.0)}
"""Sizes of figures for print: inches across (89 and 178 mm, one and two columns of a journal), points."""

ON_PAPER = 0.58
"""Share of the report's width that a single panel takes; in print it takes all of it."""


@dataclass(eq=False)
class Canvas:
    """What pictures are drawn on.

    Attributes
    ----------
    width : float
        Of a figure, in inches.
    font : float
        Size of letters, in points.
    given : tuple of matplotlib Axes
        Axes of the caller's to draw in; empty where a figure is made.
    is_shown : bool
        Whether figures are made through pyplot, so that notebooks and ``plt.show()`` show them.
    panels : list of matplotlib Axes
        The panels of the picture drawn last, without colour bars; none for the report.
    """

    width: float = WIDTH
    font: float = FONT
    given: tuple[Any, ...] = ()
    is_shown: bool = False
    panels: list[Any] = field(default_factory=list)

    @property
    def scale(self) -> float:
        """Size of letters, and of margins that hold them, relative to the report's."""
        return self.font / FONT

    @property
    def single(self) -> float:
        """Width of a figure with a single panel, in inches."""
        return self.width if self.is_shown else ON_PAPER * self.width

    def make_figure(self, width: float, height: float, **options: Any) -> Any:
        """Make a figure of a size in inches."""
        if not self.is_shown:
            from matplotlib.figure import Figure

            return Figure(figsize=(width, height), **options)
        from matplotlib import pyplot as plt

        return plt.figure(figsize=(width, height), **options)

    def take_panels(self, n: int) -> list[Any]:
        """Return the caller's axes for so many panels.

        Raises
        ------
        PlotError
            If the numbers differ.
        """
        if n != len(self.given):
            raise PlotError(
                f"ax has {len(self.given)} axes, and the picture {n} panels; give as many axes, or name what "
                "to draw in them"
            )
        self.keep_panels(list(self.given))
        return self.panels

    def keep_panels(self, panels: list[Any]) -> None:
        """Keep the panels of a picture for whoever asked for it; the report's canvas keeps none alive."""
        self.panels = panels if self.is_shown else []


_IN_USE: ContextVar[Canvas] = ContextVar("canvas", default=Canvas())  # noqa: B039 - the report's


def canvas_in_use() -> Canvas:
    """Return the canvas in use: the report's, unless `draw_on` says another."""
    return _IN_USE.get()


@contextmanager
def draw_on(canvas: Canvas) -> Iterator[None]:
    """Draw on a canvas within a ``with``."""
    before = _IN_USE.set(canvas)
    try:
        yield
    finally:
        _IN_USE.reset(before)


def choose_canvas(ax: Any, size: str) -> Canvas:
    """Return the canvas for axes of the caller's, or for a size in print.

    Parameters
    ----------
    ax : matplotlib Axes, sequence or array of them, or None
    size : str
        A key of `SIZES`.

    Raises
    ------
    PlotError
        If there is no such size, or what is given is no axes.

    Examples
    --------
    >>> choose_canvas(None, "column").width
    3.5
    >>> choose_canvas(None, "columm")
    Traceback (most recent call last):
    coevolve_sim.errors.PlotError: no size is called 'columm'; did you mean 'column'? There are: column, page
    """
    if size not in SIZES:
        raise PlotError(
            f"no size is called '{size}'{nearest(str(size), SIZES) or '.'} There are: {', '.join(SIZES)}"
        )
    width, font = SIZES[size]
    given = () if ax is None else _flatten(ax)
    for one in given:
        if not hasattr(one, "get_figure") or not hasattr(one, "plot"):
            raise PlotError(f"ax is {one!r}; matplotlib Axes are wanted, as plt.subplots() gives")
    return Canvas(width, font, given, is_shown=True)


def choose_backend() -> None:
    """Let pyplot choose its backend, if it has not yet.

    To be called before a style is in use: a notebook's backend turns interactive mode on as it is chosen, and
    the end of the style would turn it off again. Then later pictures would not be shown.
    """
    from matplotlib import pyplot as plt

    plt.draw_if_interactive()


def _flatten(ax: Any) -> tuple[Any, ...]:
    if hasattr(ax, "ravel"):
        return tuple(ax.ravel())
    return tuple(ax) if isinstance(ax, Sequence) else (ax,)
