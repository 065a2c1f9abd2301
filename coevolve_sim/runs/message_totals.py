"""How many of a run's messages were heard as they were written, and what was cut from the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coevolve_sim.language.message_text import CUTS

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = {
    "thoughts": "thoughts removed from {n}",
    "stop tokens": "leaked stop tokens cut from {n}",
    "further turns": "further turns cut from {n}",
    "labels": "labels cut from {n}",
    "quotation marks": "wrapping quotation marks taken off {n}",
    "length": "{n} cut at the most characters that are heard",
}


@dataclass(frozen=True)
class MessageTotals:
    """What became of a run's messages between writing and hearing.

    Attributes
    ----------
    messages, heard : int
        Number of messages, and of those of which others hear anything.
    cut_and_heard, cut_and_lost : int
        Truncated ones that are heard up to their last whole sentence (or the end of their turn, if it came
        before), and those that are not heard.
    cuts : dict of str to int
        Number of messages by what was cut, for each of `coevolve_sim.language.message_text.CUTS`.
    """

    messages: int = 0
    heard: int = 0
    cut_and_heard: int = 0
    cut_and_lost: int = 0
    cuts: dict[str, int] = field(default_factory=dict)

    @property
    def warning(self) -> str:
        """A sentence on what was not heard as it was written; empty if there is nothing to tell."""
        told = []
        if truncated := self.cut_and_heard + self.cut_and_lost:
            told.append(
                f"{truncated:,} cut at the limit of tokens ({self.cut_and_heard:,} cut and heard, "
                f"{self.cut_and_lost:,} cut and lost)"
            )
        told += [words.format(n=f"{self.cuts[cut]:,}") for cut, words in _SHOWN.items() if self.cuts.get(cut)]
        return f"Of {self.messages:,} messages: {'; '.join(told)}." if told else ""

    def as_json(self) -> dict[str, Any]:
        """Return the totals as data for JSON."""
        return {
            "messages": self.messages,
            "heard": self.heard,
            "cut_and_heard": self.cut_and_heard,
            "cut_and_lost": self.cut_and_lost,
            "cuts": {cut.replace(" ", "_"): n for cut, n in self.cuts.items()},
        }


def sum_messages(table: pd.DataFrame) -> MessageTotals:
    """Return the totals of a table of messages (`RecordReader.messages`)."""
    is_heard, is_truncated = table["heard_text"] != "", table["status"] == "truncated"
    lists = [text.split(", ") for text in table["cuts"]]
    return MessageTotals(
        len(table),
        int(is_heard.sum()),
        int((is_truncated & is_heard).sum()),
        int((is_truncated & ~is_heard).sum()),
        {cut: sum(cut in cuts for cuts in lists) for cut in CUTS},
    )
