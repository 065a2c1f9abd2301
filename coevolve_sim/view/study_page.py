"""The page of a study: choose an outcome, see worlds side by side and effects, and open runs."""

from __future__ import annotations

from html import escape
from pathlib import Path

import solara

from coevolve_sim.report.pictures import ShownPicture
from coevolve_sim.view.boundary import Boundary, use_opened
from coevolve_sim.view.frame import Problem
from coevolve_sim.view.interval_figure import draw_intervals
from coevolve_sim.view.parts import Box, Figure, Heading, NamedChoice, PageHead, Press, Sentence
from coevolve_sim.view.rows import Pager, RowTable
from coevolve_sim.view.shown import build_address
from coevolve_sim.view.study_browsing import BrowsedOutcome, BrowsedStudy

EFFECT_HEADINGS = ("World", "Difference", "", "p (Holm)", "Pairs")


@solara.component
def StudyPage(folder: Path) -> None:
    """Explore a study.

    Parameters
    ----------
    folder : Path
        The study's folder.
    """
    browsed, read_again = use_opened(BrowsedStudy, folder)
    if browsed is None:
        return
    PageHead("A study", browsed.question, browsed.status, browsed.describe_status())
    if browsed.status != "finished":
        Press("Read again", read_again)
    if browsed.outcomes:
        Boundary(lambda: Outcomes(browsed), read_again)
    else:
        Sentence("No run is finished yet, so there is no outcome to choose.")


@solara.component
def Outcomes(browsed: BrowsedStudy) -> None:
    """Show the outcome that is chosen, at the point of the design that is chosen."""
    outcome, choose = solara.use_state(next(iter(browsed.outcomes)))
    point, choose_point = solara.use_state(0)
    NamedChoice("Outcome", browsed.outcomes, outcome, choose)
    if len(browsed.points) > 1:
        names = {str(number): told for number, told in enumerate(browsed.points)}
        NamedChoice("Point of the design", names, str(point), lambda number: choose_point(int(number)))
    chosen = solara.use_memo(lambda: browsed.about(outcome), [browsed, outcome])
    Sentence(chosen.describe(), is_small=True)
    with Box("coevolve-beside"):
        with Box():
            Worlds(chosen, point)
        with Box():
            Effects(chosen, point)
    Pictures(chosen)
    Runs(chosen, point)


@solara.component
def Worlds(chosen: BrowsedOutcome, point: int) -> None:
    """Show the outcome in each world, side by side, with intervals."""
    levels = chosen.list_levels(point)
    Heading("Worlds side by side")
    Figure(draw_intervals([level.interval for level in levels], chosen.name))
    RowTable(
        ("World", "What differs", "Runs", f"Mean [{chosen.interval_name}]"),
        [(level.world, level.differs, level.runs, level.told) for level in levels],
        numbers=(2, 3),
    )


@solara.component
def Effects(chosen: BrowsedOutcome, point: int) -> None:
    """Show the paired difference of each world from the reference."""
    Heading(f"Effects against {chosen.plan.reference}" if chosen.plan.reference else "Effects")
    if why := chosen.explain_no_effects(point):
        Sentence(why)
        return
    Figure(
        draw_intervals(chosen.list_effect_intervals(point), f"difference in {chosen.name}", with_zero=True)
    )
    rows = [
        (one.world, one.difference, one.verdict, one.p_value, one.pairs) for one in chosen.list_effects(point)
    ]
    RowTable(EFFECT_HEADINGS, rows, numbers=(1, 3, 4))
    Sentence(
        "Runs of one seed are a pair. Filled: told from zero with the p-value adjusted for the effects on "
        "this outcome at all points; hollow: not.",
        is_small=True,
    )


@solara.component
def Pictures(chosen: BrowsedOutcome) -> None:
    """Draw the report's pictures of the outcome, in the background, as they take a second or two."""
    Heading("Pictures")
    # A thread that is ended in the middle of an import leaves half a library behind, so it comes to its end.
    drawing = solara.use_thread(
        lambda _cancelled: chosen.draw_pictures(), dependencies=[chosen], intrusive_cancel=False
    )
    if drawing.state == solara.ResultState.ERROR:
        Problem(f"The pictures cannot be drawn: {drawing.error}")
    elif drawing.value is None or drawing.state != solara.ResultState.FINISHED:
        Sentence("Drawing ...")
    else:
        shown = "".join(write_figure(picture) for picture in drawing.value)
        solara.HTML(tag="div", unsafe_innerHTML=shown, classes=["coevolve-beside"])


def write_figure(picture: ShownPicture) -> str:
    """Return a picture of the report's with its caption as HTML; title and caption are escaped."""
    title, caption = escape(picture.title), escape(picture.caption)
    image = ""
    for tile in picture.sheet.tiles if picture.sheet else ():
        wide = "wide" if tile.width > 600 else "narrow"
        size = f'width="{tile.width}" height="{tile.height}"'
        shown = f'<img class="{wide}" src="{tile.source}" {size} alt="{title}">'
        image = f'<div class="scroll" tabindex="0">{shown}</div>'
    return f"<figure>{image}<figcaption><b>{title}.</b> {caption}</figcaption></figure>"


@solara.component
def Runs(chosen: BrowsedOutcome, point: int) -> None:
    """List the runs of a point; those whose folder was kept can be opened."""
    page, turn_to = solara.use_state(0)
    Heading("Runs")
    found = chosen.list_runs(point, page)
    RowTable(
        ("Run", "Status", chosen.name),
        [run.cells for run in found.rows],
        numbers=(2,),
        links=[build_address(run.folder) if run.folder else "" for run in found.rows],
    )
    Pager(found, turn_to, "Runs")
    if not any(run.folder for run in found.rows):
        Sentence(
            "Folders of single runs were not kept, so that their rounds cannot be browsed; record: full "
            "keeps them.",
            is_small=True,
        )
