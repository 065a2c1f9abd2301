"""A table of rows to read, to choose one of, or to tick some of; and the buttons that turn its pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reacton.ipyvuetify as v
import solara

from coevolve_sim.view.paging import Page
from coevolve_sim.view.parts import Press


@solara.component_vue("rows.vue", vuetify=False)
def _Rows(
    headings: list[str],
    rows: list[list[str]],
    numbers: list[int],
    links: list[str],
    ticked: list[int],
    closed: list[int],
    chosen: int | None = None,
    can_choose: bool = False,
    can_tick: bool = False,
    event_choose: Callable[[int], None] | None = None,
    event_tick: Callable[[int], None] | None = None,
) -> None: ...


@solara.component
def RowTable(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    links: Sequence[str] = (),
    ticked: Sequence[int] = (),
    closed: Sequence[int] = (),
    chosen: int | None = None,
    on_choose: Callable[[int], None] | None = None,
    on_tick: Callable[[int], None] | None = None,
) -> None:
    """Show a table; texts in it are never used as markup.

    Parameters
    ----------
    headings : sequence of str
    rows : sequence of sequences of str
        A cell for each heading.
    numbers : sequence of int
        Columns that hold numbers, which stand to the right.
    links : sequence of str
        Where the first cell of each row leads; empty: nowhere.
    ticked, closed : sequence of int
        Rows that are ticked, and those that cannot be.
    chosen : int, optional
        A row that is set off.
    on_choose, on_tick : callable, optional
        Called with the number of the row whose first cell, or whose box, was clicked.
    """
    _Rows(
        headings=list(headings),
        rows=[list(row) for row in rows],
        numbers=list(numbers),
        links=list(links) or [""] * len(rows),
        ticked=list(ticked),
        closed=list(closed),
        chosen=chosen,
        can_choose=on_choose is not None,
        can_tick=on_tick is not None,
        event_choose=on_choose or _ignore,
        event_tick=on_tick or _ignore,
    )


def _ignore(_row: int) -> None:
    """Do nothing with a click."""


@solara.component
def Pager(page: Page[Any], turn_to: Callable[[int], None], what: str) -> None:
    """Say which rows of a list are shown, and turn its pages; nothing where there is one."""
    if page.count == 1:
        return
    with v.Html(tag="div", class_="coevolve-pager"):
        Press("Earlier", lambda: turn_to(page.number - 1), is_off=page.number == 0)
        Press("Further", lambda: turn_to(page.number + 1), is_off=page.number == page.count - 1)
        v.Html(tag="span", class_="small", children=[f"{what} {page.told}"])
