"""The frame of every page of the live view: the report's colours and letters, in light and dark."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import reacton.ipyvuetify as v
import solara

from coevolve_sim import report

OF_REPORT = ("style.css.j2", "dark.css.j2")
PAGE = ".coevolve-page"


@cache
def read_style() -> str:
    """Return the style of a page: the report's, below the page's own element, and what the view adds."""
    folder = Path(report.__file__).parent
    of_report = "\n".join((folder / name).read_text(encoding="utf-8") for name in OF_REPORT)
    nested = re.sub(r":root\b|\bbody\b", "&", of_report)
    return f"{PAGE} {{\n{nested}\n}}\n" + Path(__file__).with_name("view.css").read_text(encoding="utf-8")


@solara.component
def Frame(children: Any = ()) -> None:
    """A page: its style, and what is shown on it."""
    solara.Style(read_style())
    v.Html(tag="main", class_="coevolve-page", children=list(children))


@solara.component
def Problem(sentence: str) -> None:
    """A sentence that says why there is nothing to see, or what went wrong."""
    v.Html(tag="div", class_="status failed", attributes={"role": "alert"}, children=[sentence])
