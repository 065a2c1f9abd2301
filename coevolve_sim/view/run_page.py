"""The page of a run: slide over its rounds, choose a human, read what was said, see what was not kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import reacton.ipyvuetify as v
import solara

from coevolve_sim.measures import CATALOGUE
from coevolve_sim.report.conversations import format_value
from coevolve_sim.report.style import GROUPS
from coevolve_sim.report.templates import render_template
from coevolve_sim.studies.outcome_words import begin_sentence, name_outcome, read_meaning
from coevolve_sim.view.boundary import Boundary, use_opened
from coevolve_sim.view.canvas import NetworkCanvas
from coevolve_sim.view.figures import Line, draw_lines
from coevolve_sim.view.human_browsing import (
    describe_human,
    describe_speakers,
    explain_move,
    find_humans,
    list_speakers,
    read_course,
)
from coevolve_sim.view.parts import (
    Box,
    Figure,
    Heading,
    NamedChoice,
    PageHead,
    Press,
    RoundSlider,
    Sentence,
    Subheading,
    Words,
)
from coevolve_sim.view.record_gaps import explain_absent_measure, list_gaps
from coevolve_sim.view.rows import Pager, RowTable
from coevolve_sim.view.run_browsing import BrowsedRun
from coevolve_sim.view.talk_browsing import describe_absence, list_messages

MOST_LINES = 8
"""Dimensions of a human that are drawn at once."""


@solara.component
def RunPage(folder: Path) -> None:
    """Browse a run.

    Parameters
    ----------
    folder : Path
        The run's folder.
    """
    browsed, read_again = use_opened(BrowsedRun, folder)
    if browsed is None:
        return
    PageHead("A run", browsed.title, browsed.status, browsed.describe_status())
    if browsed.status != "finished":
        Press("Read again", read_again)
    if browsed.has_rounds:
        Boundary(lambda: Rounds(browsed), read_again)


@solara.component
def Rounds(browsed: BrowsedRun) -> None:
    """Show a run at the round that is chosen."""
    round_index, go_to = solara.use_state(browsed.last)
    place, choose_place = solara.use_state(0)
    human, choose = solara.use_state(None)
    round_index = min(round_index, browsed.last)
    dimension = browsed.run.dimensions[place]
    with Box("coevolve-bar"):
        RoundSlider(round=round_index, last=browsed.last, event_go=go_to)
    if len(browsed.run.dimensions) > 1:
        NamedChoice(
            "Dimension",
            browsed.labels,
            dimension,
            lambda name: choose_place(browsed.run.dimensions.index(name)),
        )
    with Box("coevolve-beside"):
        with Box():
            Network(browsed, round_index, place, human, choose)
            HumanFinder(browsed, round_index, place, human, choose)
            Measures(browsed, round_index)
        with Box():
            HumanPanel(browsed, round_index, place, human)
    Messages(browsed, round_index, human)
    Gaps(browsed)


@solara.component
def Network(
    browsed: BrowsedRun,
    round_index: int,
    place: int,
    human: int | None,
    choose: Callable[[int | None], None],
) -> None:
    """Show the network at a round, humans coloured by their value on a dimension."""
    laid_out = solara.use_thread(
        lambda _cancelled: browsed.laid_out_network, dependencies=[browsed], intrusive_cancel=False
    )
    drawn = laid_out.value or browsed.chosen_network
    ties, told = solara.use_memo(lambda: browsed.read_ties(round_index), [browsed, round_index])
    at = int(np.searchsorted(drawn.humans, -1 if human is None else human))
    is_drawn = human is not None and at < drawn.humans.size and drawn.humans[at] == human
    NetworkCanvas(
        points=drawn.points,
        ties=ties,
        colours=browsed.values_at(round_index).values[drawn.humans, place],
        names=browsed.drawn_names,
        selected=at if is_drawn else None,
        on_select=lambda found: choose(None if found is None else int(drawn.humans[found])),
    )
    ends = [v.Html(tag="span", children=[text]) for text in ("0", f"1  {browsed.run.labels[place]}")]
    v.Html(
        tag="div", class_="coevolve-scale", children=[ends[0], v.Html(tag="span", class_="colours"), ends[1]]
    )
    Sentence(browsed.describe_values(round_index), is_small=True)
    Sentence(told, is_small=True)
    if human is not None and not is_drawn:
        Sentence(f"{begin_sentence(browsed.name_human(human))} is not among those drawn.", is_small=True)


@solara.component
def HumanFinder(
    browsed: BrowsedRun,
    round_index: int,
    place: int,
    human: int | None,
    choose: Callable[[int | None], None],
) -> None:
    """Find humans by number, name or group, and choose one."""
    words, set_words = solara.use_state("")
    page, turn_to = solara.use_state(0)

    def search(text: str) -> None:
        set_words(text)
        turn_to(0)

    with v.Html(tag="details", class_="find"):
        v.Html(tag="summary", children=["Find a human"])
        Words(label="Number, name or group", words=words, event_search=search)
        found = find_humans(browsed, words, page)
        values = browsed.values_at(round_index).values[:, place]
        rows = [(browsed.name_human(one), format_value(float(values[one]))) for one in found.rows]
        RowTable(
            ("Human", "Value"),
            rows,
            numbers=(1,),
            chosen=found.rows.index(human) if human in found.rows else None,
            on_choose=lambda number: choose(found.rows[number]),
        )
        Pager(found, turn_to, "Humans")
        if not found.found:
            Sentence(f"No human has all of “{words}” in number, name or group.")


@solara.component
def HumanPanel(browsed: BrowsedRun, round_index: int, place: int, human: int | None) -> None:
    """Show the chosen human: who it is, what moved it, its values over time, whom it hears."""
    if human is None:
        Subheading("Nobody chosen")
        Sentence("Click a human in the network, or find one by number, name or group.")
        return
    Subheading(begin_sentence(browsed.name_human(human)))
    facts = describe_human(browsed, human)
    Sentence("; ".join(f"{name}: {text}" for name, text in facts), is_small=True)
    HumanMove(browsed, round_index, place, human)
    HumanCourse(browsed, round_index, place, human)
    Speakers(browsed, round_index, place, human)


@solara.component
def HumanMove(browsed: BrowsedRun, round_index: int, place: int, human: int) -> None:
    """Show how far a human moved in a round, and what may have moved it."""
    move = explain_move(browsed, human, round_index, place)
    Subheading("What moved it")
    Sentence(move.told)
    if move.influences:
        rows = [(one.source, one.count, one.stood, one.pull, one.note) for one in move.influences]
        RowTable(("From", "How many", "Stood at", "Pull", ""), rows, numbers=(1, 2, 3))
        Sentence(
            "Pull: how far it stood from this human before the round; of history, how far it moved people. "
            "How much of a pull becomes a move is up to the rule, and to whom this human listens.",
            is_small=True,
        )


@solara.component
def HumanCourse(browsed: BrowsedRun, round_index: int, place: int, human: int) -> None:
    """Draw a human's values over time, the chosen dimension first."""
    Subheading("Its values over time")
    course = read_course(browsed, human)
    order = [place, *(d for d in range(course.values.shape[1]) if d != place)][:MOST_LINES]
    labels = list(browsed.labels.values())
    lines = [Line(labels[d], course.values[:, d], GROUPS[number]) for number, d in enumerate(order)]
    lines = lines if len(lines) > 1 else [Line("", course.values[:, place])]
    Figure(
        draw_lines(
            course.rounds,
            lines,
            "Values of the chosen human over rounds",
            limits=(0.0, 1.0),
            last_round=browsed.last,
            marked=round_index,
        )
    )
    left_out = course.values.shape[1] - len(order)
    Sentence(
        f"{left_out} more dimensions are not drawn; choose one above." if left_out else "", is_small=True
    )
    Sentence(course.note, is_small=True)


@solara.component
def Speakers(browsed: BrowsedRun, round_index: int, place: int, human: int) -> None:
    """List whom a human hears."""
    page, turn_to = solara.use_state(0)
    Subheading("Whom it hears")
    Sentence(describe_speakers(browsed, human, round_index))
    heard = list_speakers(browsed, human, round_index, place, page)
    if heard.found:
        has_weights = any(weight for _, weight, _ in heard.rows)
        rows = heard.rows if has_weights else [(name, value) for name, _, value in heard.rows]
        headings = ("Human", "Weight", "Value") if has_weights else ("Human", "Value")
        RowTable(headings, rows, numbers=range(1, len(headings)))
        Pager(heard, turn_to, "Humans")


@solara.component
def Messages(browsed: BrowsedRun, round_index: int, human: int | None) -> None:
    """Show the messages of a round: of the chosen human, or of everybody."""
    everybody, set_everybody = solara.use_state("")
    page, turn_to = solara.use_state(0)
    Heading(f"Messages of round {round_index}")
    if human is not None and browsed.is_in_words:
        names = {"": "the chosen human's", "all": "everybody's"}
        NamedChoice("Whose", names, everybody, set_everybody)
    whose = None if everybody else human
    said = list_messages(browsed, round_index, whose, page)
    if not said.found:
        Sentence(describe_absence(browsed, round_index, whose))
        return
    told = "all that were written" if whose is None else f"what {browsed.name_human(whose)} said and heard"
    Sentence(f"{said.found:,}: {told}. A dashed frame: not heard.", is_small=True)
    Pager(said, turn_to, "Messages")
    solara.HTML(
        tag="div",
        classes=["coevolve-beside"],
        unsafe_innerHTML=render_template("messages.html.j2", {"messages": said.rows}, "coevolve_sim.view"),
    )


@solara.component
def Measures(browsed: BrowsedRun, round_index: int) -> None:
    """Draw a measure over time, with the round that is shown."""
    names = [*browsed.measures, *(name for name in CATALOGUE.own if name not in browsed.measures)]
    chosen, choose = solara.use_state(names[0])
    Heading("Measures over time")
    NamedChoice("Measure", {name: begin_sentence(name_outcome(name)) for name in names}, chosen, choose)
    if chosen not in browsed.measures:
        Sentence(explain_absent_measure(chosen))
        return
    rounds, values = browsed.measures[chosen]
    told = f"{begin_sentence(name_outcome(chosen))} over rounds; round {round_index} is marked"
    Figure(draw_lines(rounds, [Line("", values)], told, last_round=browsed.last, marked=round_index))
    Sentence(read_meaning(chosen), is_small=True)


@solara.component
def Gaps(browsed: BrowsedRun) -> None:
    """List what the record does not have, and the keys that would record it."""
    gaps = list_gaps(browsed)
    Heading("Not on record")
    if not gaps:
        Sentence("All that a record can hold is there.")
        return
    RowTable(("What is missing", "What records it"), [(gap.missing, gap.key) for gap in gaps])
