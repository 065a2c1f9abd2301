"""Examples of messages: drawn at random, and those with the largest effects; and messages that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from coevolve_sim.language.conversation import BY_PEOPLE
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.style import shorten
from coevolve_sim.streams import stream

DRAWN, MOST_LISTENERS, MOST_LETTERS = 2, 6, 600
TOLD_ABOVE = "told above"
MOVED, MISREAD, BY_CHANCE = (
    "whose listener moved most",
    "which was read furthest from what was held",
    "drawn at random",
)


Cells = dict[str, Any]
"""A row of a table, by column."""

Moves = set[tuple[int, int, str]]
"""Moves that are told already: round, human and topic. All that reaches a human in a round shares one."""


@dataclass(frozen=True)
class Listener:
    """How a listener read a message, and its value on the topic before and after the round.

    A move belongs to the round, not to the message: one told under an earlier message is not told again.
    """

    who: str
    perceived: str
    before: str
    after: str
    moved: str


@dataclass(frozen=True)
class ShownMessage:
    """A message as the page shows it: what was heard of it, and what was cut to get there.

    ``text`` comes from a mind and is never used as markup; it is empty if nothing was heard. ``begun`` is
    what stood before it, put there for the mind.
    """

    kind: str
    who: str
    latent: str
    expressed: str
    begun: str
    text: str
    cuts: str
    status: str
    detail: str
    listeners: tuple[Listener, ...]
    more: int

    @property
    def heard_by(self) -> str:
        """By how many it was heard, and between which numbers they perceived it."""
        known = sorted((one.perceived for one in self.listeners if one.perceived[:1].isdigit()), key=float)
        told = f"Heard by {len(self.listeners) + self.more:,}"
        if not known:
            return told
        between = known[0] if known[0] == known[-1] else f"{known[0]} to {known[-1]}"
        return f"{told}, perceived as {between}"


@dataclass(frozen=True)
class ShownExchange:
    """A message, or a question with its answer, and the reason for showing it."""

    round: int
    topic: str
    why: str
    messages: tuple[ShownMessage, ...]


@dataclass(frozen=True)
class Failure:
    """A message, or a reading of one, that came to no answer."""

    round: int
    topic: str
    what: str
    status: str
    detail: str


def choose_peer_messages(language_data: LanguageData, told: Moves) -> list[ShownExchange]:
    """Choose some messages among humans; the moves that they show are added to those told."""
    chosen = _choose_messages(language_data, "peer", "report conversations", told)
    return [_build_exchange(language_data, why, [row], told) for row, why in chosen.items()]


def choose_outlet_messages(language_data: LanguageData, told: Moves) -> list[ShownExchange]:
    """Choose some messages of outlets; the moves that they show are added to those told."""
    chosen = _choose_messages(language_data, "outlet", "report outlets", told)
    return [_build_exchange(language_data, why, [row], told) for row, why in chosen.items()]


def choose_questions(language_data: LanguageData, told: Moves) -> list[ShownExchange]:
    """Choose some questions to assistants, each with its answer; the moves shown are added to those told."""
    said = language_data.messages
    asked = _index_rows(said[said["kind"] == "question"], "round", "speaker", "listener", "dimension")
    shown = []
    for row, why in _choose_messages(language_data, "answer", "report consultations", told).items():
        answer = _read_row(said, row)
        key = (answer["round"], answer["listener"], answer["speaker"], answer["dimension"])
        shown.append(_build_exchange(language_data, why, [asked[key], row], told))
    return shown


def choose_failures(language_data: LanguageData) -> list[Failure]:
    """Choose a few messages and readings that came to no answer, of each status."""
    said, heard = language_data.messages, language_data.hearings
    rng = stream(language_data.run.scenario.seed, "report failures")
    told = []
    for table, is_message in ((said, True), (heard, False)):
        failed = table[table["heard_text"] == ""] if is_message else table[table["status"] != "answered"]
        for _, of_status in failed.groupby("status", sort=True):
            rows = _draw_rows(of_status.index.to_numpy(), DRAWN, rng)
            told += [
                _build_failure(language_data, _read_row(table, row), is_message=is_message) for row in rows
            ]
    return told


# --- choosing ------------------------------------------------------------------------------------


def _choose_messages(language_data: LanguageData, kind: str, purpose: str, told: Moves) -> dict[int, str]:
    """Choose messages of a kind, with reasons: first those with large effects, then random ones.

    No message is chosen for a move that is told already, or that an earlier one of these will tell.
    """
    hearings = language_data.hearings[language_data.hearings["kind"] == kind]
    row_of = _index_rows(language_data.messages, "round", "message")
    chosen: dict[int, str] = {}
    for amount, why in (
        (hearings["moved"].abs(), MOVED),
        ((hearings["perceived"] - hearings["latent"]).abs(), MISREAD),
    ):
        ranked = hearings.loc[amount[amount > 0].sort_values(ascending=False, kind="stable").index]
        ranked = ranked.drop_duplicates(["round", "listener"])
        if why == MOVED:
            ranked = _leave_out_told(ranked, hearings, told)
        _add_rows(chosen, [row_of[key] for key in zip(ranked["round"], ranked["message"], strict=True)], why)
    rows = language_data.messages.index[(language_data.messages["kind"] == kind).to_numpy()].to_numpy()
    drawn = _draw_rows(rows, DRAWN + len(chosen), stream(language_data.run.scenario.seed, purpose))
    _add_rows(chosen, drawn, BY_CHANCE)
    return chosen


def _leave_out_told(ranked: pd.DataFrame, hearings: pd.DataFrame, told: Moves) -> pd.DataFrame:
    """Return the first few of ranked hearings whose moves no earlier one of them, or of those told, shows."""
    covered, kept = set(told), []
    for row, key in zip(ranked.index, _move_keys(ranked), strict=True):
        if key not in covered:
            kept.append(row)
            at = (hearings["round"] == ranked["round"][row]) & (hearings["message"] == ranked["message"][row])
            covered.update(_move_keys(hearings[at]))
        if len(kept) == DRAWN:
            break
    return ranked.loc[kept]


def _move_keys(hearings: pd.DataFrame) -> list[tuple[int, int, str]]:
    return [
        (int(r), int(human), str(topic))
        for r, human, topic in zip(
            hearings["round"], hearings["listener"], hearings["dimension"], strict=True
        )
    ]


def _add_rows(chosen: dict[int, str], rows: Sequence[int], why: str) -> None:
    """Add the first rows that are not chosen yet, for one reason."""
    new = [row for row in dict.fromkeys(rows) if row not in chosen]
    chosen.update(dict.fromkeys(new[:DRAWN], why))


def _index_rows(table: pd.DataFrame, *columns: str) -> dict[tuple[Any, ...], int]:
    """Return the row number of each combination of values in some columns."""
    return dict(zip(table[list(columns)].itertuples(index=False, name=None), table.index, strict=True))


def _read_row(table: pd.DataFrame, row: int) -> Cells:
    cells = next(table.loc[[row]].itertuples(index=False, name=None))
    return dict(zip(map(str, table.columns), cells, strict=True))


def _draw_rows(rows: np.ndarray, most: int, rng: np.random.Generator) -> list[int]:
    return [int(rows[place]) for place in rng.permutation(len(rows))[:most]]


# --- showing -------------------------------------------------------------------------------------


def _build_exchange(language_data: LanguageData, why: str, rows: Sequence[int], told: Moves) -> ShownExchange:
    first = _read_row(language_data.messages, rows[0])
    messages = tuple(
        _build_message(language_data, _read_row(language_data.messages, row), told) for row in rows
    )
    return ShownExchange(int(first["round"]), language_data.labels[first["dimension"]], why, messages)


def _build_message(language_data: LanguageData, message: Cells, told: Moves) -> ShownMessage:
    heard = language_data.hearings
    at = (heard["round"].to_numpy() == message["round"]) & (heard["message"].to_numpy() == message["message"])
    hearings = heard[at]
    begun = message["begun"] if message["heard_text"] else ""
    speaker = language_data.speaker(message["kind"], message["speaker"])
    shown = hearings["moved"].abs().sort_values(ascending=False, kind="stable").index[:MOST_LISTENERS]
    return ShownMessage(
        message["kind"],
        add_others(speaker, message) if message["kind"] in BY_PEOPLE else speaker,
        format_value(message["latent"]),
        format_value(message["expressed"]),
        begun,
        shorten(message["heard_text"].removeprefix(begun).strip(), MOST_LETTERS),
        message["cuts"],
        message["status"],
        message["detail"],
        tuple(_build_listener(language_data, _read_row(hearings, row), told) for row in sorted(shown)),
        max(len(hearings) - MOST_LISTENERS, 0),
    )


def add_others(name: str, row: Cells) -> str:
    """Return a name with how many more say or hear the same, where cells of humans are asked."""
    others = int(row["people"]) - 1
    return f"{name} and {others:,} more" if others > 0 else name


def _build_listener(language_data: LanguageData, row: Cells, told: Moves) -> Listener:
    key = (int(row["round"]), int(row["listener"]), str(row["dimension"]))
    moved = TOLD_ABOVE if key in told and row["kind"] != "question" else format_signed(row["moved"])
    if row["kind"] != "question":
        told.add(key)
    return Listener(
        add_others(language_data.listener(row["kind"], row["listener"]), row),
        format_value(row["perceived"]) if row["status"] == "answered" else str(row["status"]),
        format_value(row["before"]),
        format_value(row["after"]),
        moved,
    )


def _build_failure(language_data: LanguageData, row: Cells, *, is_message: bool) -> Failure:
    kind, speaker = row["kind"], language_data.speaker(row["kind"], row["speaker"])
    noun = "message" if kind in {"peer", "outlet"} else str(kind)
    what = f"{noun} of {speaker}"
    if not is_message:
        article = "an" if noun[0] in "ae" else "a"
        what = f"{language_data.listener(kind, row['listener'])} reading {article} {what}"
    detail = row["detail"] if is_message else ""
    return Failure(int(row["round"]), language_data.labels[row["dimension"]], what, row["status"], detail)


def format_value(number: float) -> str:
    """Format a value with three digits; a dash where there is none.

    Examples
    --------
    >>> format_value(0.4124), format_value(float("nan"))
    ('0.412', '–')
    """
    return "–" if np.isnan(number) else f"{number:.3f}"


def format_signed(number: float, digits: int = 3) -> str:
    """Format a difference of values with its sign.

    Examples
    --------
    >>> format_signed(0.04), format_signed(-0.041, 2), format_signed(-0.0001), format_signed(float("nan"))
    ('+0.040', '−0.04', '0.000', '–')
    """
    if np.isnan(number):
        return "–"
    text = f"{number:+.{digits}f}"
    return text.replace("-", "−") if text[1:].strip("0.") else text[1:]
