"""The stream of what is said while a society plays, the latest first."""

from __future__ import annotations

import reacton.ipyvuetify as v
import solara

from coevolve_sim.view.spoken import NOT_BY_HUMAN, Spoken

MOST_SHOWN = 40
"""Messages on the page."""


@solara.component
def Conversation(
    spoken: tuple[Spoken, ...], human: int | None, name: str, *, is_by_cells: bool = False
) -> None:
    """The last messages: of all, or those that a human wrote or heard.

    Parameters
    ----------
    spoken : tuple of Spoken
        The latest last.
    human : int or None
        Number of the chosen human.
    name : str
        What that human is called.
    is_by_cells : bool
        Whether cells of humans are asked: everybody's words are shown then, as none are of one human alone.
    """
    told = ""
    if is_by_cells and human is not None:
        human, told = None, f"{NOT_BY_HUMAN}. "
    shown = [one for one in reversed(spoken) if human is None or human in one.humans]
    whose = "Everybody's words" if human is None else f"Words that {name} wrote or heard"
    with v.Html(tag="section", class_="coevolve-talk", attributes={"aria-label": "Conversation"}):
        v.Html(tag="h2", children=["Conversation"])
        v.Html(tag="p", class_="small", children=[f"{told}{whose}, the latest first. {_tell(len(shown))}"])
        for one in shown[:MOST_SHOWN]:
            _Message(one)


def _tell(count: int) -> str:
    if not count:
        return "Nothing has been said yet."
    return f"Shown are {MOST_SHOWN} of the last {count:,}." if count > MOST_SHOWN else ""


@solara.component
def _Message(one: Spoken) -> None:
    with v.Html(tag="article", class_="speech"):
        with v.Html(tag="p", class_="who"):
            v.Html(tag="span", class_="lead", children=[one.who])
            v.Html(
                tag="span",
                class_="small",
                children=[f" to {one.to}, round {one.round_index}, on {one.topic}"],
            )
        if one.text or one.begun:
            with v.Html(
                tag="blockquote", class_="" if one.is_heard else "unheard", attributes={"dir": "auto"}
            ):
                if one.begun:
                    v.Html(
                        tag="em",
                        class_="begun",
                        attributes={"title": "begun for the mind"},
                        children=[one.begun],
                    )
                v.Html(tag="span", children=[f" {one.text}" if one.begun else one.text])
        else:
            v.Html(tag="blockquote", class_="failed", children=[f"No words: {one.status}"])
        read_by_itself = f"holding {one.held}; own words read as {one.expressed}; {one.read}"
        v.Html(tag="p", class_="small", children=[f"{read_by_itself}. {one.note}".strip()])
