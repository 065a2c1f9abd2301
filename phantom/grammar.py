"""A grammar of short messages that state a degree; the embedded model is trained on them.

A message states one of thirteen degrees, from wholly against to wholly for. A value between two degrees is
stated as one of the two, drawn so that the expected degree is the value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS

Kind = Literal["speak", "ask", "answer"]
T = TypeVar("T")


@dataclass(frozen=True)
class Written:
    """A message, and the alternatives to its phrase of degree.

    Attributes
    ----------
    text : str
        One or two short sentences.
    level : int
        The degree that it states, 0 to LEVELS.
    at : int
        Where the degree's phrase begins, with the space before it.
    choices : dict of str to float
        Every phrase possible there, with its space, and its probability given the value.
    """

    text: str
    level: int
    at: int
    choices: dict[str, float]


def degree_probabilities(value: float) -> dict[int, float]:
    """Return the probabilities of the degrees that state a value: its two neighbours share it.

    Examples
    --------
    >>> degree_probabilities(0.5), degree_probabilities(0.75 + 1 / 48)
    ({6: 1.0}, {9: 0.75, 10: 0.25})
    """
    place = value * LEVELS
    low = min(math.floor(place + 1e-9), LEVELS)
    above = round(place - low, 9)
    return {low: 1.0} if above <= 0.0 else {low: 1.0 - above, low + 1: above}


def write(
    draw: np.random.Generator, value: float, topic: str, kind: Kind = "speak", name: str = ""
) -> Written:
    """Draw a message that states a value.

    Parameters
    ----------
    draw : numpy.random.Generator
        Of wording and degree.
    value : float
        What the writer holds, in [0, 1].
    topic : str
        What the message is about.
    kind : str
        ``speak`` to others, ``ask`` an assistant, ``answer`` somebody.
    name : str
        Name of the assistant who is asked.
    """
    likely = degree_probabilities(value)
    level = int(draw.choice(list(likely), p=list(likely.values())))
    family = pick(draw, FAMILIES)
    before, after = pick(draw, _FRAMES)
    start = f"{pick(draw, _GREETINGS[kind])}{before.format(topic=topic)}"
    reason = pick(draw, _REASONS[_side(level)])
    end = pick(draw, _ENDS[kind]).format(name=name)
    text = f"{start} {family.phrase(level)} {after.format(topic=topic)}{pick(draw, _LINKS)} {reason}.{end}"
    choices = {
        f" {option.phrase(degree)}": chance / len(FAMILIES)
        for option in FAMILIES
        for degree, chance in likely.items()
    }
    return Written(text, level, len(start), choices)


@dataclass(frozen=True)
class Critique:
    """A sentence that states how far a text is from one's own.

    Attributes
    ----------
    text : str
        A short sentence.
    at : int
        Where the phrase for the distance begins, with the space before it.
    said : str
        That phrase, with the space.
    """

    text: str
    at: int
    said: str


DISTANCES = ("very close to", "near", "some way from", "far from", "the opposite of")
"""Phrases for a distance of up to 1, 3, 6, 9 and 12 degrees."""
_FARTHEST = (1, 3, 6, 9, LEVELS)


def criticise(draw: np.random.Generator, own: int, other: int) -> Critique:
    """Draw a critique that states how far a degree is from one's own.

    Examples
    --------
    >>> criticise(np.random.default_rng(1), 9, 3).said
    ' some way from'
    """
    said = next(
        f" {words}" for words, most in zip(DISTANCES, _FARTHEST, strict=True) if abs(own - other) <= most
    )
    start = pick(draw, ("That is", "It is", "This is"))
    return Critique(f"{start}{said} what I wrote.", len(start), said)


def find_level(text: str) -> int | None:
    """Return the degree that a message of this grammar states; None if it states none.

    Examples
    --------
    >>> find_level("To be honest, I am clearly against it, since it asks too much of us.")
    3
    >>> find_level("Hello.") is None
    True
    """
    found = [
        (place, level)
        for family in FAMILIES
        for level in range(LEVELS + 1)
        if (place := text.find(f" {family.phrase(level)} ")) >= 0
    ]
    return min(found)[1] if found else None


def pick(draw: np.random.Generator, options: Sequence[T]) -> T:
    """Draw one of several options, all equally likely."""
    return options[int(draw.integers(len(options)))]


def list_phrases() -> set[str]:
    """Return the parts of messages that are longer than one word, except phrases for degrees."""
    reasons = {f" {reason}" for side in _REASONS.values() for reason in side}
    starts = {start.strip() for side in _GREETINGS.values() for start in side}
    frames = {part.strip() for frame in _FRAMES for part in frame[0].split("{topic}")}
    ends = {part for side in _ENDS.values() for end in side for part in end.split("{name}")}
    distances = {f" {said}" for said in DISTANCES}
    parts = {*reasons, *starts, *frames, *ends, *_LINKS, *distances, " what I wrote."}
    return {part for part in parts if len(part.split()) > 1}


def _side(level: int) -> int:
    return (level > LEVELS // 2) - (level < LEVELS // 2)


_FRAMES: tuple[tuple[str, str], ...] = (
    ("I am", "{topic}"),
    ("I am", "{topic}"),
    ("For my part I am", "{topic}"),
    ("To be honest, I am", "{topic}"),
    ("These days I am", "{topic}"),
    ("I have long been", "{topic}"),
    ("I would say I am", "{topic}"),
    ("As for {topic}, I am", "it"),
    ("When it comes to {topic}, I am", "it"),
)

_LINKS = (", because", ", because", ", since", ", as")

_REASONS: dict[int, tuple[str, ...]] = {
    1: (
        "it has done people good wherever I looked",
        "I have seen what becomes of us without it",
        "it keeps people together",
        "my own life is better for it",
        "those who come after us will be glad of it",
        "the good of it outweighs the cost",
        "people I trust live by it",
        "a decent society cannot do without it",
        "it makes us better neighbours",
        "I have never had cause to regret it",
    ),
    -1: (
        "it has done people harm wherever I looked",
        "I have seen what becomes of us with it",
        "it drives people apart",
        "my own life was worse for it",
        "those who come after us will pay for it",
        "the cost of it outweighs the good",
        "people I trust have turned away from it",
        "a decent society can well do without it",
        "it asks too much of us",
        "I have often had cause to regret it",
    ),
    0: (
        "I can see both sides of it",
        "there is as much to be said for it as against it",
        "I have heard good reasons either way",
        "it depends too much on the case",
        "I have not made up my mind about it",
    ),
}

_GREETINGS: dict[Kind, tuple[str, ...]] = {
    "speak": ("", "", "", "", "Listen: ", "My friend, "),
    "ask": ("", "", "", "I should tell you this: "),
    "answer": ("", "", "Thank you for asking. ", "I hear you. ", "You ask where I stand. "),
}

_ENDS: dict[Kind, tuple[str, ...]] = {
    "speak": ("", "", "", "", " Others may see it otherwise.", " That is how I see it."),
    "ask": (
        " {name}, what do you think?",
        " What do you think of it, {name}?",
        " Where do you stand, {name}?",
        " How do you see it, {name}?",
    ),
    "answer": ("", "", "", " You may see it otherwise.", " That is how I see it."),
}
