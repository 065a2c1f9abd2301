"""The page of a folder of runs: find them by words, open one, tick some and compare them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import solara

from coevolve_sim.errors import CoevolveError
from coevolve_sim.studies.outcome_words import begin_sentence, name_outcome, read_meaning
from coevolve_sim.view.boundary import Boundary, use_opened
from coevolve_sim.view.figures import draw_lines
from coevolve_sim.view.folder_browsing import (
    HEADINGS,
    MOST_COMPARED,
    NUMBERS,
    STUDY_HEADINGS,
    BrowsedFolder,
    ComparedRuns,
)
from coevolve_sim.view.frame import Problem
from coevolve_sim.view.paging import cut_page
from coevolve_sim.view.parts import Figure, Heading, NamedChoice, PageHead, Press, Sentence, Subheading, Words
from coevolve_sim.view.rows import Pager, RowTable
from coevolve_sim.view.shown import build_address


@solara.component
def FolderPage(folder: Path) -> None:
    """List the runs and studies of a folder, and compare runs.

    Parameters
    ----------
    folder : Path
    """
    ticked, set_ticked = solara.use_state(())
    browsed, read_again = use_opened(BrowsedFolder, folder)
    if browsed is None:
        return
    PageHead("A folder", browsed.folder.resolve().name, "finished", [browsed.describe()])
    Press("Read again", read_again)
    if browsed.runs:
        RunList(browsed, ticked, set_ticked)
    if len(ticked) > 1:
        Boundary(lambda: Comparison(ticked), read_again)
    if browsed.studies:
        StudyList(browsed)


@solara.component
def RunList(
    browsed: BrowsedFolder, ticked: tuple[Path, ...], set_ticked: Callable[[tuple[Path, ...]], None]
) -> None:
    """List runs, filtered by words, a box before each that can be compared."""
    words, set_words = solara.use_state("")
    page, turn_to = solara.use_state(0)

    def search(text: str) -> None:
        set_words(text)
        turn_to(0)

    def tick(number: int) -> None:
        folder = found.rows[number].folder
        set_ticked(tuple(one for one in ticked if one != folder) if folder in ticked else (*ticked, folder))

    Heading("Runs")
    Words(label="Only those with these words", words=words, event_search=search)
    found = browsed.find_runs(words, page)
    RowTable(
        HEADINGS,
        [run.cells for run in found.rows],
        numbers=NUMBERS,
        links=[build_address(run.folder) if run.is_readable else "" for run in found.rows],
        ticked=[number for number, run in enumerate(found.rows) if run.folder in ticked],
        closed=[number for number, run in enumerate(found.rows) if not run.is_readable],
        on_tick=tick,
    )
    Pager(found, turn_to, "Runs")
    if not found.found:
        Sentence(f"No run has all of “{words}” in what is listed of it.")
    told = {0: f"Tick two to {MOST_COMPARED} runs to compare them.", 1: "One run is ticked; tick another."}
    Sentence(told.get(len(ticked), f"{len(ticked)} runs are ticked and compared below."), is_small=True)


@solara.component
def Comparison(folders: Sequence[Path]) -> None:
    """Compare runs, read in the background: a measure over time, what was set, and measures at the end."""

    def compare() -> tuple[ComparedRuns | None, str]:
        try:
            return ComparedRuns(folders), ""
        except CoevolveError as error:
            return None, str(error)

    # A thread that is ended in the middle of an import leaves half a library behind, so it comes to its end.
    reading = solara.use_thread(
        lambda _cancelled: compare(), dependencies=[tuple(map(str, folders))], intrusive_cancel=False
    )
    chosen, choose = solara.use_state("")
    Heading("Compared")
    if reading.state == solara.ResultState.ERROR and reading.error is not None:
        raise reading.error
    if reading.value is None or reading.state != solara.ResultState.FINISHED:
        Sentence("Reading ...")
        return
    compared, problem = reading.value
    if compared is None:
        Problem(problem)
        return
    measure = chosen if chosen in compared.measures else compared.measures[0]
    names = {name: begin_sentence(name_outcome(name)) for name in compared.measures}
    NamedChoice("Measure", names, measure, choose)
    rounds, lines = compared.read_lines(measure)
    Figure(draw_lines(rounds, lines, f"{begin_sentence(name_outcome(measure))} over rounds"))
    Sentence(read_meaning(measure), is_small=True)
    Sentence(compared.explain_missing(measure), is_small=True)
    Subheading("What differs in what was set")
    differing = compared.list_differences()
    if differing:
        PagedRows(("Key", *compared.names), differing)
    else:
        Sentence("Nothing: name and description apart, the scenarios are the same.")
    Subheading("Measures at the last round in which they were taken")
    PagedRows(("Measure", *compared.names), compared.list_ends(), has_numbers=True)


@solara.component
def PagedRows(headings: Sequence[str], rows: Sequence[Sequence[str]], *, has_numbers: bool = False) -> None:
    """Show a table a page at a time."""
    page, turn_to = solara.use_state(0)
    cut = cut_page(rows, page)
    RowTable(headings, cut.rows, numbers=range(1, len(headings)) if has_numbers else ())
    Pager(cut, turn_to, "Rows")


@solara.component
def StudyList(browsed: BrowsedFolder) -> None:
    """List studies; each opens on a page of its own."""
    page, turn_to = solara.use_state(0)
    Heading("Studies")
    found = cut_page(browsed.studies, page)
    RowTable(
        STUDY_HEADINGS,
        [study.cells for study in found.rows],
        links=[build_address(study.folder) for study in found.rows],
    )
    Pager(found, turn_to, "Studies")
