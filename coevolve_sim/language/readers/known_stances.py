"""Statements of our own whose writers' stances are known: what readers learn from and are calibrated on.

Explicit ones are made of patterns that name a topic; implicit ones were written topic by topic and name none.
Some topics, with wordings of their own, are held out: a probe learns from the others, and all readers are
calibrated and compared on these. None of the topics is one of the package's value spaces.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

PATTERNS_A_TOPIC = 3
"""Explicit statements of each grade on a topic."""

HELD_OUT_EVERY = 4
"""Every fourth topic is held out, and every fourth pattern is used for these alone."""


@dataclass(frozen=True)
class Statement:
    """A text whose writer's stance is known.

    Attributes
    ----------
    text, topic : str
    stance : float
        0, .25, .5, .75 or 1.
    wording : str
        The pattern that it was made of, or its own text.
    is_explicit : bool
        Whether it names its topic and says where the writer stands.
    """

    text: str
    topic: str
    stance: float
    wording: str
    is_explicit: bool


@cache
def statements(held_out: bool) -> tuple[Statement, ...]:
    """Return the statements that readers learn from, or those held out."""
    rows = _rows("implicit.csv")
    topics = list(dict.fromkeys(row["topic"] for row in rows))
    chosen = [topic for n, topic in enumerate(topics) if (n % HELD_OUT_EVERY == 0) == held_out]
    implicit = [
        Statement(row["text"], row["topic"], float(row["grade"]), row["text"], is_explicit=False)
        for row in rows
        if row["topic"] in set(chosen)
    ]
    return (*implicit, *_explicit(chosen, held_out=held_out))


def _explicit(topics: Sequence[str], *, held_out: bool) -> list[Statement]:
    """Return explicit statements on topics: each topic has the next patterns of each grade in turn."""
    by_grade: dict[str, list[str]] = {}
    for row in _rows("explicit.csv"):
        by_grade.setdefault(row["grade"], []).append(row["pattern"])
    found = []
    for grade, patterns in by_grade.items():
        some = [p for n, p in enumerate(patterns) if (n % HELD_OUT_EVERY == 0) == held_out]
        for number, topic in enumerate(topics):
            for k in range(min(PATTERNS_A_TOPIC, len(some))):
                pattern = some[(PATTERNS_A_TOPIC * number + k) % len(some)]
                found.append(Statement(fill(pattern, topic), topic, float(grade), pattern, is_explicit=True))
    return found


@cache
def clear_patterns(side: int) -> tuple[str, ...]:
    """Return patterns of statements wholly for a topic (1) or against it (0); readers learn from none."""
    patterns = [row["pattern"] for row in _rows("explicit.csv") if row["grade"] == str(side)]
    return tuple(patterns[::HELD_OUT_EVERY])


def state_side(side: int, topic: str, draw: float) -> str:
    """Return a statement wholly for a topic (side 1) or against it (0), chosen by a draw in [0, 1).

    Examples
    --------
    >>> state_side(0, "honesty", 0.0)
    'I am dead set against honesty.'
    """
    patterns = clear_patterns(side)
    return fill(patterns[int(draw * len(patterns))], topic)


def fill(pattern: str, topic: str) -> str:
    """Return a pattern with a topic in its place.

    Examples
    --------
    >>> fill("{Topic} is good; I like {topic}.", "honesty")
    'Honesty is good; I like honesty.'
    """
    return pattern.replace("{topic}", topic).replace("{Topic}", topic[:1].upper() + topic[1:])


@cache
def statements_fingerprint() -> str:
    """First 16 digits of the SHA-256 of all statements."""
    both = [*statements(False), *statements(True)]
    joined = "\0".join(f"{one.topic}\0{one.stance}\0{one.text}" for one in both)
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def _rows(name: str) -> list[dict[str, str]]:
    file = resources.files("coevolve_sim.language.readers") / "statements" / name
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
