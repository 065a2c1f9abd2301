"""Examples: a message or two by others, shown before a message is asked for, where a mind learns by them.

Each is a turn of the conversation: a stance on a topic of its own, told in words, and a short message that
states it. The stances are not the speaker's: of two, one is for and one against its topic. The texts are our
own (``prompts/examples.csv``).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.templates import stance_in_words
from coevolve_sim.minds import Message
from coevolve_sim.streams import stream

_SUPPOSED = "Suppose you are {stance} {topic}. {asked}"


@dataclass(frozen=True)
class Example:
    """A message that states a stance.

    Attributes
    ----------
    topic : str
        What it is about.
    stance : float
        Of who wrote it, in [0, 1].
    message : str
        One or two short sentences.
    """

    topic: str
    stance: float
    message: str


@cache
def shipped_examples() -> tuple[Example, ...]:
    """Return the examples that come with the package."""
    file = resources.files("coevolve_sim.language.prompts") / "examples.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple(Example(row["topic"], float(row["stance"]), row["message"]) for row in rows)


def choose_examples(number: int, topic: str, seed: int, *address: int | str) -> tuple[Example, ...]:
    """Return examples that are not about a topic; of two, one is for and one against, of different topics.

    Parameters
    ----------
    number : int
        0, 1 or 2.
    topic : str
        What the message that follows is about.
    seed : int
        Seed of the run.
    address : int or str
        Names the message: each has a draw of its own.

    Examples
    --------
    >>> first, second = choose_examples(2, "night trains", 1, 3, "speak", 0)
    >>> (first.stance > 0.5) != (second.stance > 0.5), first.topic != second.topic
    (True, True)
    """
    draw = stream(seed, "examples", *address)
    others = [one for one in shipped_examples() if one.topic != topic]
    chosen: list[Example] = []
    while len(chosen) < number:
        left = [
            one
            for one in others
            if all(one.topic != had.topic and (one.stance > 0.5) != (had.stance > 0.5) for had in chosen)
        ]
        chosen.append(left[int(draw.integers(len(left)))])
    return tuple(chosen)


def as_turns(examples: tuple[Example, ...], templates: Templates) -> tuple[Message, ...]:
    """Return examples as turns of a conversation: what was asked, and the message.

    Examples
    --------
    >>> asked, said = as_turns(shipped_examples()[:1], Templates.standard(version="v2"))
    >>> asked.content[:65], said.role
    ('Suppose you are strongly for night trains. Tell somebody where yo', 'assistant')
    """
    return tuple(
        turn
        for one in examples
        for turn in (
            Message(
                "user",
                _SUPPOSED.format(
                    stance=stance_in_words(one.stance), topic=one.topic, asked=templates.speak(one.topic)
                ),
            ),
            Message("assistant", one.message),
        )
    )


def examples_fingerprint() -> str:
    """Return the first 16 digits of the SHA-256 of all examples."""
    return hashlib.sha256(repr(shipped_examples()).encode()).hexdigest()[:16]
