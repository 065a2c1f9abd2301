"""The questions of readers other than by letters: fixed texts, of which a digest tells in what is kept."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from string import Template

from coevolve_sim.language.prompts.templates import quote

QUESTIONS = (
    "for_or_against",
    "against_or_for",
    "strongly_for",
    "strongly_against",
    "what_does_this_person_think",
    "this_person_thinks",
)
"""Names of the texts in ``prompts/readers``."""


def reading_question(name: str, topic: str, text: str = "") -> str:
    """Return a question on a topic, with a text quoted where it has a place for one.

    Examples
    --------
    >>> reading_question("strongly_for", "honesty")
    'You are strongly for honesty.'
    """
    return Template(_texts()[name]).substitute(topic=topic, quote=quote(text))


@cache
def questions_fingerprint() -> str:
    """First 16 digits of the SHA-256 of all the texts."""
    return hashlib.sha256("\0".join(_texts()[name] for name in QUESTIONS).encode()).hexdigest()[:16]


@cache
def _texts() -> dict[str, str]:
    folder = resources.files("coevolve_sim.language.prompts") / "readers"
    return {name: (folder / f"{name}.txt").read_text(encoding="utf-8").strip() for name in QUESTIONS}
