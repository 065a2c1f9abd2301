"""The picture of a conversation: what a human said and heard in a round, and how it moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from coevolve_sim.report.canvas import canvas_in_use
from coevolve_sim.report.grid import LINE, add_legend_above, build_panels
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.style import ASSISTANTS, GROUPS, HISTORY, PEOPLE, escape_dollars, shorten, wrap_text

NAME, TITLE = "conversation", "A conversation: what was held, said and heard"
MOST_MESSAGES, MOST_LINES = 8, 4
TEXT, GAP = 1.5, 0.06
"""Width of the texts and the gap beside the scale of values, whose width is 1."""

LETTER = 0.067
"""Inches of a letter of running text."""


@dataclass(frozen=True)
class Place:
    """Where the conversation is: a human, in a round, on a topic."""

    human: int
    round_index: int
    dimension: str


@dataclass(frozen=True)
class Line:
    """A message as it is drawn: who speaks, its text in lines, and the values that belong to it."""

    who: str
    text: str
    held: float
    said: float
    heard: float
    is_of_assistant: bool

    @property
    def height(self) -> float:
        """Lines that it takes, its heading and the space below it included."""
        return self.text.count("\n") + 2.9


def draw_conversation(
    language_data: LanguageData,
    human: int | None = None,
    round_index: int | None = None,
    dimension: str | None = None,
) -> Picture:
    """Draw what a human said and heard in a round on a topic; without these, where somebody moved most."""
    place = find_place(language_data, human, round_index, dimension)
    if place is None:
        return Picture(NAME, TITLE, "Not drawn: nobody heard a message there whose reading is on record.")
    rows = _select_messages(language_data, place)
    lines = [_build_line(language_data, row, place) for row in rows[:MOST_MESSAGES]]
    before, after = _read_move(language_data, place)
    height = sum(line.height for line in lines) + 2.2
    figure, [axes] = build_panels(1, height * LINE, title_lines=0)
    if not canvas_in_use().given:
        figure.subplots_adjust(left=0.02, right=0.98)
    handles = _draw_lines(axes, lines)
    handles |= _draw_move(axes, height - 1.6, language_data.human(place.human), before, after)
    _set_scale(axes, height, language_data.labels[place.dimension])
    add_legend_above(figure, list(handles.values()), list(handles))
    return Picture(NAME, TITLE, _write_caption(language_data, place, len(rows)), figure)


def find_place(
    language_data: LanguageData, human: int | None, round_index: int | None, dimension: str | None
) -> Place | None:
    """Return the human, round and topic, of those asked for, of the largest move; None if nobody heard."""
    hearings = language_data.hearings
    hearings = hearings[hearings["kind"] != "question"].dropna(subset=["perceived"])
    for column, wanted in (("listener", human), ("round", round_index), ("dimension", dimension)):
        hearings = hearings if wanted is None else hearings[hearings[column] == wanted]
    if not len(hearings):
        return None
    moved = hearings["moved"].abs().fillna(0.0).to_numpy()
    row = hearings.iloc[int(np.argmax(moved))]
    return Place(int(row["listener"]), int(row["round"]), str(row["dimension"]))


def _select_messages(language_data: LanguageData, place: Place) -> list[dict[str, Any]]:
    """Return the messages that the human said or heard there, in the order of the round."""
    said, heard = language_data.messages, language_data.hearings
    there = (heard["round"] == place.round_index) & (heard["dimension"] == place.dimension)
    own = heard[there & (heard["kind"] != "question") & (heard["listener"] == place.human)]
    here = said[(said["round"] == place.round_index) & (said["dimension"] == place.dimension)]
    speaks = (here["speaker"] == place.human) & here["kind"].isin(["peer", "question"])
    chosen = here[speaks | here["message"].isin(own["message"])]
    return [{str(key): cell for key, cell in row.items()} for row in chosen.to_dict("records")]


def _build_line(language_data: LanguageData, row: dict[str, Any], place: Place) -> Line:
    canvas = canvas_in_use()
    text = row["heard_text"] or f"({row['status']}, nothing was heard)"
    who = language_data.speaker(row["kind"], row["speaker"])
    to = language_data.listener("question", row["listener"]) if row["kind"] == "question" else ""
    heading = f"{who} to {to}" if to else who
    return Line(
        shorten(heading[0].upper() + heading[1:], _count_letters() - 2),
        wrap_text(text, _count_letters(), MOST_LINES if canvas.width > TEXT * 3 else MOST_LINES + 2),
        float(row["latent"]),
        float(row["expressed"]),
        _read_heard(language_data, row, place),
        row["kind"] in ("answer", "edit"),
    )


def _read_heard(language_data: LanguageData, row: dict[str, Any], place: Place) -> float:
    """Return what was perceived of a message: by the human itself, or by those who heard it, on average."""
    heard = language_data.hearings
    at = heard[(heard["round"] == row["round"]) & (heard["message"] == row["message"])]
    own = at[at["listener"] == place.human] if row["kind"] != "question" else at
    found = (own if len(own) else at)["perceived"].to_numpy(dtype=float)
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def _read_move(language_data: LanguageData, place: Place) -> tuple[float, float]:
    heard = language_data.hearings
    at = heard[(heard["round"] == place.round_index) & (heard["dimension"] == place.dimension)]
    own: pd.DataFrame = at[(at["listener"] == place.human) & (at["kind"] != "question")]
    return float(own["before"].iloc[0]), float(own["after"].iloc[0])


def _count_letters() -> int:
    """Return the letters that fit on a line of text."""
    canvas = canvas_in_use()
    if canvas.given:
        width = canvas.given[0].get_window_extent().width / canvas.given[0].get_figure().dpi
    else:
        width = 0.96 * canvas.single
    return max(12, int(width * TEXT / (TEXT + 1.0 + 2 * GAP) / (canvas.scale * LETTER)))


# --- drawing -------------------------------------------------------------------------------------


def _draw_lines(axes: Any, lines: list[Line]) -> dict[str, Any]:
    handles: dict[str, Any] = {}
    top = 0.4
    for line in lines:
        color = ASSISTANTS[0] if line.is_of_assistant else GROUPS[0]
        axes.text(-TEXT - GAP, top, escape_dollars(line.who), color=color, va="top", weight="bold")
        axes.text(-TEXT - GAP, top + 1.15, line.text, color="#222222", va="top", linespacing=1.1)
        at = top + 0.5 * (line.height - 0.6)
        axes.plot([0.0, 1.0], [at, at], color="#D5D5D5", linewidth=0.8, zorder=1)
        axes.plot([line.held, line.heard], [at, at], color=color, linewidth=1.1, alpha=0.6, zorder=2)
        marks = (
            ("held by the speaker", line.held, {"marker": "o", "markerfacecolor": "white"}),
            ("said", line.said, {"marker": "D", "markerfacecolor": color, "markersize": 4}),
            ("heard", line.heard, {"marker": "|", "markersize": 11, "markeredgewidth": 2.2}),
        )
        for name, value, look in marks:
            (mark,) = axes.plot([value], [at], color=color, linestyle="none", zorder=3, clip_on=False, **look)
            if np.isfinite(value):
                handles.setdefault(name, _copy_in_grey(mark))
        top += line.height
    return {name: handles[name] for name in ("held by the speaker", "said", "heard") if name in handles}


def _copy_in_grey(mark: Any) -> Any:
    from matplotlib.lines import Line2D

    face = "white" if mark.get_markerfacecolor() == "white" else PEOPLE
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=mark.get_marker(),
        color=PEOPLE,
        markerfacecolor=face,
        markersize=min(mark.get_markersize(), 8.0),
        markeredgewidth=mark.get_markeredgewidth(),
    )


def _draw_move(axes: Any, at: float, who: str, before: float, after: float) -> dict[str, Any]:
    """Draw where the human stood before and after the round; nothing if that is not on record."""
    if not (np.isfinite(before) and np.isfinite(after)):
        return {}
    told = f"{who[0].upper()}{who[1:]}: {before:.3f} before the round, {after:.3f} after it"
    axes.text(-TEXT - GAP, at, wrap_text(told, _count_letters()), color=HISTORY, va="center")
    axes.plot([0.0, 1.0], [at, at], color="#D5D5D5", linewidth=0.8, zorder=1)
    (start,) = axes.plot([before], [at], "s", color=HISTORY, markerfacecolor="white", markersize=5, zorder=3)
    (end,) = axes.plot([after], [at], "s", color=HISTORY, markersize=5, zorder=3)
    return {"who listens, before": start, "after": end}


def _set_scale(axes: Any, height: float, label: str) -> None:
    axes.set_xlim(-TEXT - GAP, 1.0 + GAP)
    axes.set_ylim(height, 0.0)
    axes.set_yticks([])
    axes.set_xticks([0.0, 0.5, 1.0])
    axes.grid(visible=False)
    axes.vlines([0.0, 0.5, 1.0], 0.0, height, color="#EBEBEB", linewidth=0.8, zorder=0)
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.spines["bottom"].set_bounds(0.0, 1.0)
    axes.annotate(
        wrap_text(label, _count_letters() * 2 // 3),
        (0.5, 0.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, -21 * canvas_in_use().scale),
        textcoords="offset points",
        ha="center",
        va="top",
    )


def _write_caption(language_data: LanguageData, place: Place, n_messages: int) -> str:
    told = f"What {language_data.human(place.human)} said and heard in round {place.round_index} on "
    told += f"{language_data.labels[place.dimension]}. Circle: what the speaker held; diamond: what the "
    told += (
        "message says, as its own mind reads it; bar: what was heard, by all who heard it on average where "
    )
    told += "the human itself speaks. Squares: where the human stood on it before and after the round."
    left_out = n_messages - MOST_MESSAGES
    return told + (f" {left_out} more messages are not drawn." if left_out > 0 else "")
