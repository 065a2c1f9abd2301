"""Which page is shown: that of a scenario, a run, a study or a folder of runs.

The server and its pages are one process. `show` says, before the server starts, what was asked for; an
address with ``?open=PATH`` (see `coevolve_sim.view.shown.build_address`) opens something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import solara

from coevolve_sim.errors import CoevolveError
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.registry import resolve
from coevolve_sim.view.frame import Frame, Problem
from coevolve_sim.view.shown import FOLDER, RUN, SCENARIO, STUDY, Shown, find_shown, read_address

PAGES: Mapping[str, str] = {
    SCENARIO: "coevolve_sim.view.society_page:SocietyPage",
    RUN: "coevolve_sim.view.run_page:RunPage",
    STUDY: "coevolve_sim.view.study_page:StudyPage",
    FOLDER: "coevolve_sim.view.folder_page:FolderPage",
}
"""The component of each kind, called with the path; loaded when it is first shown."""

_asked_for: list[Shown] = []
_budgets: list[RequestBudget] = [NO_LIMIT]


def show(shown: Shown, budget: RequestBudget = NO_LIMIT) -> None:
    """Say what the page shows whose address asks for nothing else, and what societies may ask of minds."""
    _asked_for[:], _budgets[:] = [shown], [budget]


def read_budget() -> RequestBudget:
    """Return what the minds of a society may be asked, at most, from each beginning on."""
    return _budgets[0]


@solara.component
def Page() -> None:
    """The page for what was asked for: one component, or the sentence that says why there is none."""
    opened = read_address(solara.use_router().search)
    try:
        shown = find_shown(Path(opened)) if opened else _asked_for[0]
    except CoevolveError as error:
        Problem(str(error))
        return
    page: Callable[[Path], Any] = resolve(PAGES[shown.kind])
    page(shown.path)


Layout = Frame
"""What Solara puts around the page, by its name."""
