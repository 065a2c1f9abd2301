"""Messages one below the other, for who looks for a word, a speaker or a status in them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from coevolve_sim.report.conversations import MOST_LETTERS
from coevolve_sim.report.language_data import LanguageData
from coevolve_sim.report.style import shorten
from coevolve_sim.report.templates import render_template
from coevolve_sim.streams import stream

MOST_LISTED = 300
"""Messages on the page; of more, so many are drawn at random."""


@dataclass(frozen=True)
class ListedMessage:
    """A message in short; ``text``, empty if nothing was heard, is a mind's and never used as markup."""

    round: int
    topic: str
    who: str
    status: str
    text: str
    detail: str


def list_messages(language_data: LanguageData) -> list[ListedMessage]:
    """Return all messages in their order, or `MOST_LISTED` of them drawn at random."""
    said = language_data.messages
    if len(said) > MOST_LISTED:
        rng = stream(language_data.run.scenario.seed, "report messages")
        said = said.iloc[sorted(rng.permutation(len(said))[:MOST_LISTED].tolist())]
    columns = ("round", "dimension", "kind", "speaker", "status", "heard_text", "detail")
    return [
        ListedMessage(
            int(round_index),
            language_data.labels[dimension],
            language_data.speaker(kind, int(speaker)),
            str(status),
            shorten(text.strip(), MOST_LETTERS),
            str(detail),
        )
        for round_index, dimension, kind, speaker, status, text, detail in zip(
            *(said[column] for column in columns), strict=True
        )
    ]


def read_script() -> tuple[str, str]:
    """Return the script that filters messages, and the hash by which the page allows it and no other.

    Examples
    --------
    >>> script, allowed = read_script()
    >>> allowed.startswith("sha256-"), "</" in script
    (True, False)
    """
    script = render_template("search.js.j2", {})
    return script, f"sha256-{b64encode(sha256(script.encode('utf-8')).digest()).decode('ascii')}"
