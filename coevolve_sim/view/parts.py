"""Parts that the pages for runs, studies and folders are made of: headings, sentences, choices, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import reacton.ipyvuetify as v
import solara

from coevolve_sim.view.controls import Choice

LOOKS = {"finished": "", "running": "unfinished", "interrupted": "unfinished", "unfinished": "unfinished"}
"""The look of the box that says how far something has come, by its status; else that of a failure."""


@cache
def read_style() -> str:
    """Return the style of these pages."""
    return Path(__file__).with_name("browse.css").read_text(encoding="utf-8")


@solara.component
def PageHead(kicker: str, title: str, status: str, sentences: Sequence[str]) -> None:
    """Show what a page is about, and how far it has come."""
    solara.Style(read_style())
    v.Html(tag="p", class_="kicker", children=[kicker])
    v.Html(tag="h1", children=[title])
    lines = [v.Html(tag="p", children=[sentence]) for sentence in sentences]
    v.Html(tag="div", class_=f"status {LOOKS.get(status, 'failed')}", children=lines)


@solara.component
def Heading(text: str) -> None:
    """Show the heading of a section."""
    v.Html(tag="h2", class_="of-section", children=[text])


@solara.component
def Subheading(text: str) -> None:
    """Show the heading of a part of a section."""
    v.Html(tag="h3", class_="of-part", children=[text])


@solara.component
def Sentence(text: str, *, is_small: bool = False) -> None:
    """Show a sentence, never as markup; nothing of an empty one."""
    if text:
        v.Html(tag="p", class_="small" if is_small else "", children=[text])


@solara.component
def Box(kind: str = "", children: Any = ()) -> None:
    """Show parts in a box of a kind that the style knows."""
    v.Html(tag="div", class_=kind, children=list(children))


@solara.component
def Figure(drawn: str) -> None:
    """Show a figure whose names and labels are escaped by who drew it."""
    solara.HTML(tag="div", unsafe_innerHTML=drawn, classes=["coevolve-figure"])


@solara.component
def Press(label: str, press: Callable[[], None], *, is_off: bool = False) -> None:
    """Show a button."""
    button = v.Html(tag="button", attributes={"type": "button", "disabled": is_off}, children=[label])
    v.use_event(button, "click", lambda *_: press())


@solara.component
def NamedChoice(label: str, names: Mapping[str, str], chosen: str, choose: Callable[[str], None]) -> None:
    """Let one of several things be chosen by what it is called.

    Parameters
    ----------
    label : str
    names : mapping of str to str
        What each is called.
    chosen : str
        A key of it.
    choose : callable
        Called with a key.
    """
    keys = list(names)
    Choice(
        label=label,
        options=list(names.values()),
        chosen=keys.index(chosen),
        event_choose=lambda place: choose(keys[place]),
    )


@solara.component_vue("words.vue", vuetify=False)
def Words(label: str, words: str = "", event_search: Callable[[str], None] | None = None) -> None:
    """Let words be written by which a list is searched."""


@solara.component_vue("round_slider.vue", vuetify=False)
def RoundSlider(
    round: int = 0,  # noqa: A002 - the word of the page
    last: int = 0,
    event_go: Callable[[int], None] | None = None,
) -> None:
    """Let a round be chosen, by a slider or one by one."""
