"""What was said in a round: messages in words, how they were read, and what of them was not heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from coevolve_sim.language.conversation import BY_PEOPLE
from coevolve_sim.report.conversations import add_others, format_signed, format_value
from coevolve_sim.report.plots import NOT_IN_WORDS
from coevolve_sim.view.paging import Page, cut_page
from coevolve_sim.view.run_browsing import BrowsedRun
from coevolve_sim.view.spoken import NOT_BY_HUMAN

MOST_READINGS = 12
"""Readings of a message that are shown, at most."""


@dataclass(frozen=True)
class Reading:
    """How a listener read a message, and where it stood before and after the round."""

    who: str
    perceived: str
    before: str
    after: str
    moved: str


@dataclass(frozen=True)
class SaidMessage:
    """A message as the page shows it; its texts come from a mind and are never used as markup.

    Attributes
    ----------
    heading : str
        Who speaks to whom.
    topic : str
    is_of_assistant : bool
    held, said : str
        What the speaker holds, and what its own mind reads in its words.
    begun : str
        The words with which it was begun for the mind.
    text : str
        What was heard of it after these; or, where nothing was, what was written.
    was_heard : bool
        Whether anything of it was.
    marks : tuple of str
        What a reader has to know of it, a sentence each.
    readings : tuple of Reading
    n_heard : int
        Number of those who read it: where cells are asked a reading is that of many.
    more : int
        Number of readings that are not shown.
    """

    heading: str
    topic: str
    is_of_assistant: bool
    held: str
    said: str
    begun: str
    text: str
    was_heard: bool
    marks: tuple[str, ...]
    readings: tuple[Reading, ...]
    n_heard: int
    more: int


def list_messages(browsed: BrowsedRun, round_index: int, human: int | None, page: int) -> Page[SaidMessage]:
    """Return a page of the messages of a round: those that a human said or heard, or all.

    Parameters
    ----------
    browsed : BrowsedRun
    round_index : int
    human : int, optional
        Everybody's if not given. None has any where cells of humans were asked.
    page : int
        From 0.
    """
    if not browsed.is_in_words or (browsed.is_by_cells and human is not None):
        return cut_page([], page)
    said, heard = browsed.talk.messages, browsed.talk.hearings
    said, heard = said[said["round"] == round_index], heard[heard["round"] == round_index]
    if human is not None:
        said = _select_own(said, heard, human)
    rows: list[dict[str, Any]] = [
        {str(k): cell for k, cell in row.items()} for row in said.to_dict("records")
    ]
    cut = cut_page(rows, page)
    shown = tuple(_build_message(browsed, row, heard, human) for row in cut.rows)
    return Page(shown, cut.number, cut.count, cut.found)


def describe_absence(browsed: BrowsedRun, round_index: int, human: int | None) -> str:
    """Return why there is no message to show."""
    if not browsed.is_in_words:
        told = NOT_IN_WORDS
        return f"{told[0].upper()}{told[1:]}."
    if round_index == 0:
        return "Round 0 is the beginning: nobody has spoken yet."
    if human is not None and browsed.is_by_cells:
        return f"{NOT_BY_HUMAN}. Run.said_by has the number of the message that each says."
    who = "Nobody spoke" if human is None else "This human neither spoke nor heard a word"
    return f"{who} in round {round_index}."


def _select_own(said: pd.DataFrame, heard: pd.DataFrame, human: int) -> pd.DataFrame:
    """Return the messages that a human wrote or heard, and what an assistant made of its own."""
    kinds = heard["kind"]
    own = heard[(kinds != "question") & (heard["listener"] == human)]
    speaks = (said["speaker"] == human) & said["kind"].isin(["peer", "question"])
    edited = (said["listener"] == human) & (said["kind"] == "edit")
    answered = (said["listener"] == human) & (said["kind"] == "answer")
    return said[speaks | edited | answered | said["message"].isin(own["message"])]


def _build_message(
    browsed: BrowsedRun, row: dict[str, Any], heard: pd.DataFrame, human: int | None
) -> SaidMessage:
    readings = heard[heard["message"] == row["message"]]
    own = readings["listener"] == (-1 if human is None else human)
    ordered = pd.concat([readings[own], readings[~own]])
    was_heard = bool(row["heard_text"])
    text = str(row["heard_text"] if was_heard else row["text"])
    begun = str(row["begun"])
    return SaidMessage(
        _write_heading(browsed, row),
        browsed.labels[row["dimension"]],
        row["kind"] in ("answer", "edit"),
        format_value(row["latent"]),
        format_value(row["expressed"]),
        begun if text.startswith(begun) else "",
        text.removeprefix(begun).strip(),
        was_heard,
        tuple(_mark(row, begun=bool(begun), was_heard=was_heard, n_readings=len(readings))),
        tuple(
            _build_reading(browsed, row["kind"], one)
            for one in ordered.head(MOST_READINGS).to_dict("records")
        ),
        int(readings["people"].sum()),
        max(len(readings) - MOST_READINGS, 0),
    )


def _write_heading(browsed: BrowsedRun, row: dict[str, Any]) -> str:
    kind, who = row["kind"], browsed.talk.speaker(row["kind"], row["speaker"])
    who = add_others(who, row) if kind in BY_PEOPLE else who
    who = f"{who[0].upper()}{who[1:]}"
    if kind == "edit":
        return f"{who}, editing {add_others(browsed.name_human(int(row['listener'])), row)}"
    if kind == "question":
        return f"{who} to {browsed.talk.listener(kind, row['listener'])}"
    if kind == "answer":
        return f"{who} to {add_others(browsed.talk.listener(kind, row['listener']), row)}"
    return f"{who} to {'all who follow it' if kind == 'outlet' else 'all who hear it'}"


def _mark(row: dict[str, Any], *, begun: bool, was_heard: bool, n_readings: int) -> list[str]:
    marks = []
    if begun:
        marks.append("The words in italics were put there for the mind; only what follows is its own.")
    if row["cuts"]:
        marks.append(f"Cut from what was written: {row['cuts']}.")
    if row["status"] != "answered":
        why = f" ({row['detail']})" if row["detail"] else ""
        marks.append(f"The reply was {row['status']}{why}.")
    if not was_heard:
        marks.append("Not heard: nothing of it came to anybody.")
    elif not n_readings:
        marks.append("Nobody heard it.")
    return marks


def _build_reading(browsed: BrowsedRun, kind: str, row: dict[str, Any]) -> Reading:
    return Reading(
        add_others(browsed.talk.listener(kind, int(row["listener"])), row),
        format_value(row["perceived"]) if row["status"] == "answered" else str(row["status"]),
        format_value(row["before"]),
        format_value(row["after"]),
        format_signed(row["moved"]),
    )
