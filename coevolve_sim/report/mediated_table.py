"""Messages that an assistant edited: how far edits moved them, examples, and the editor's own tilt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coevolve_sim.report.conversations import MOST_LETTERS, format_signed, format_value
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.style import shorten
from coevolve_sim.streams import stream

EXAMPLES = 3
SAID, EDITED = "expressed_said", "expressed_edited"
TILT = (("claim", "edited_claim"), ("negation", "edited_negation"))


@dataclass(frozen=True)
class MediatedRow:
    """Edits on a topic: how many came to a text and to none, and what was read before and after."""

    topic: str
    edited: str
    left: str
    before: str
    after: str
    moved: str


@dataclass(frozen=True)
class TiltRow:
    """What is read on a topic in a claim and in its negation, before and after the editor."""

    topic: str
    claim: str
    edited_claim: str
    negation: str
    edited_negation: str
    lean: str


@dataclass(frozen=True)
class ShownEdit:
    """A message as it was written, and as it was heard; texts by minds are never used as markup."""

    round: int
    topic: str
    who: str
    before: str
    after: str
    written: str
    heard: str


@dataclass(frozen=True)
class MediatedTalk:
    """What the page shows of messages that an assistant edited."""

    in_short: str
    rows: tuple[MediatedRow, ...]
    tilt: tuple[TiltRow, ...]
    examples: tuple[ShownEdit, ...]


def build_mediated(language_data: LanguageData) -> MediatedTalk | None:
    """Build the part on edited messages; None where no assistant edits what people write to each other."""
    spec = getattr(language_data.run.scenario.channel, "mediator", None)
    if spec is None or spec.share == 0.0:
        return None
    edits = pair_edits(language_data.messages)
    rows = [
        _build_row(language_data.labels[str(name)], table)
        for name, table in edits.groupby("dimension", sort=False)
    ]
    rows = [_build_row("all topics", edits), *(rows if len(rows) > 1 else [])] if len(edits) else []
    n_messages = int((language_data.messages["kind"] == "peer").sum())
    return MediatedTalk(
        _summarize(spec.assistant, n_messages, edits),
        tuple(rows),
        tuple(_build_tilt(language_data)),
        tuple(_choose_examples(language_data, edits)),
    )


def pair_edits(messages: pd.DataFrame) -> pd.DataFrame:
    """Return edits beside the messages that they are of, a row an edit in their order.

    Columns round, dimension, human (who wrote), status (of the edit), and text, heard_text and expressed with
    ``_said`` and ``_edited``.
    """
    texts = ["text", "heard_text", "expressed"]
    of_message = ["round", "dimension", "human"]
    said = messages[messages["kind"] == "peer"].rename(columns={"speaker": "human"})
    edits = messages[messages["kind"] == "edit"].rename(columns={"listener": "human"})
    return edits[[*of_message, "status", *texts]].merge(
        said[[*of_message, *texts]], on=of_message, how="left", suffixes=("_edited", "_said")
    )


def _build_row(topic: str, edits: pd.DataFrame) -> MediatedRow:
    through = edits[edits["heard_text_edited"] != ""]
    both = through[[SAID, EDITED]].dropna()
    before, after = (both[name].to_numpy() for name in (SAID, EDITED))
    return MediatedRow(
        topic,
        f"{len(through):,}",
        f"{len(edits) - len(through):,}",
        format_value(_mean(before)),
        format_value(_mean(after)),
        _with_interval(after - before),
    )


def _summarize(editor: str, n_messages: int, edits: pd.DataFrame) -> str:
    through = edits[edits["heard_text_edited"] != ""]
    told = (
        f"Of {n_messages:,} messages among humans {len(edits):,} were drawn to be edited by {editor}, and "
        f"{len(through):,} were heard as it edited them"
    )
    left = edits[edits["heard_text_edited"] == ""]
    if len(left):
        ended = ", ".join(f"{n:,} {status}" for status, n in left["status"].value_counts().items())
        told += f"; the other edits came to nothing ({ended}), and these messages were heard as written"
    moved = (through[EDITED] - through[SAID]).dropna().to_numpy()
    if not moved.size:
        return f"{told}."
    return (
        f"{told}. Read by their writers' own mind, an edit moved a message by {_with_interval(moved)} on "
        "average."
    )


def _build_tilt(language_data: LanguageData) -> list[TiltRow]:
    """Build rows of the editor's own tilt by topic, over voices; none where it was not measured."""
    bias, rows = language_data.run.bias, []
    if not bias["arm"].str.startswith("edited").any():
        return []
    means = bias.groupby(["dimension", "arm"])["perceived"].mean()
    for name, label in language_data.labels.items():
        read = {arm: float(means.get((name, arm), np.nan)) for pair in TILT for arm in pair}
        tilt = [read[edited] - read[plain] for plain, edited in TILT]
        told = {arm: format_value(number) for arm, number in read.items()}
        rows.append(TiltRow(topic=label, lean=format_signed(sum(tilt) / 2.0), **told))
    return rows


def _choose_examples(language_data: LanguageData, edits: pd.DataFrame) -> list[ShownEdit]:
    through = edits[edits["heard_text_edited"] != ""].reset_index(drop=True)
    drawn = stream(language_data.run.scenario.seed, "report edits").permutation(len(through))[:EXAMPLES]
    return [
        ShownEdit(
            int(row["round"]),
            language_data.labels[row["dimension"]],
            language_data.human(int(row["human"])),
            format_value(row[SAID]),
            format_value(row[EDITED]),
            shorten(row["heard_text_said"], MOST_LETTERS),
            shorten(row["heard_text_edited"], MOST_LETTERS),
        )
        for row in through.loc[np.sort(drawn)].to_dict("records")
    ]


def _mean(numbers: np.ndarray) -> float:
    return float(numbers.mean()) if numbers.size else float("nan")


def _with_interval(moved: np.ndarray) -> str:
    """Return a mean with its interval of 95 % by messages (1.96 standard errors); the mean alone of one."""
    mean = _mean(moved)
    if moved.size < 2:
        return format_signed(mean)
    half = 1.96 * float(moved.std(ddof=1)) / np.sqrt(moved.size)
    return f"{format_signed(mean)} [{format_signed(mean - half)}, {format_signed(mean + half)}]"
