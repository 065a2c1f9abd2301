"""Openings: words for a speaker's stance that begin its message, where a mind does not say it itself.

An instruction-tuned model below a billion parameters says what is good, whatever its persona holds; a reply
that is begun for it goes on in its sense. So the stance is *planted*: what was begun is kept apart on record,
and what the mind added is read alone, so that nobody takes it for the mind's own.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib import resources

from coevolve_sim.language.parsing import ParsedMessage
from coevolve_sim.minds import Message, Request
from coevolve_sim.streams import stream_seed

GRADES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Stances that openings are written for; a value has those of the nearest."""


def opening_of(value: float, topic: str, draw: int) -> str:
    """Return an opening for a stance on a topic.

    It depends on the grade of the stance, the topic and the draw alone, so that equal prompts meet.

    Parameters
    ----------
    value : float
        The stance, in [0, 1].
    topic : str
        What it is on.
    draw : int
        Which of several openings: that of a round, for one.

    Examples
    --------
    >>> opening_of(0.97, "honesty", 3) == opening_of(1.0, "honesty", 3)
    True
    >>> "honesty" in opening_of(0.0, "honesty", 1)
    True
    """
    grade = min(GRADES, key=lambda known: abs(known - value))
    known = openings()[grade]
    which = stream_seed(0, "opening", str(grade), topic, draw) % len(known)
    return known[which].replace("{topic}", topic)


@cache
def openings() -> dict[float, tuple[str, ...]]:
    """Return all openings by grade, each with ``{topic}`` in it; at least eight a grade."""
    file = resources.files("coevolve_sim.language.prompts") / "openings.csv"
    found: dict[float, list[str]] = {grade: [] for grade in GRADES}
    for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        found[float(row["grade"])].append(row["opening"])
    return {grade: tuple(texts) for grade, texts in found.items()}


def begin(request: Request, begun: str) -> Request:
    """Return a request whose reply is begun for the mind with these words; the request itself if with none.

    Examples
    --------
    >>> spoken = Request("speak", (Message("user", "Where do you stand on thrift?"),))
    >>> begun_in(begin(spoken, "I am for it, because")), begin(spoken, "") == spoken
    ('I am for it, because', True)
    """
    if not begun:
        return request
    return replace(request, messages=(*request.messages, Message("assistant", begun)))


def with_begun(request: Request, found: ParsedMessage) -> ParsedMessage:
    """Return the message of a reply with the words with which its request began it.

    Examples
    --------
    >>> request = Request("speak", (Message("assistant", "I am for it, because"),))
    >>> with_begun(request, ParsedMessage("answered", "it is good.", "it is good.")).heard
    'I am for it, because it is good.'
    """
    begun = begun_in(request)
    if not begun:
        return found
    return replace(found, text=join(begun, found.text), heard=join(begun, found.heard), begun=begun)


def begun_in(request: Request) -> str:
    """Return what a request begins for the mind; empty where it begins nothing."""
    last = request.messages[-1] if request.messages else None
    return last.content if last is not None and last.role == "assistant" else ""


def join(begun: str, rest: str) -> str:
    """Return a text that was begun, with its rest.

    Examples
    --------
    >>> join("I am for it, because", "it is good."), join("I am for it", ", always."), join("", "So be it.")
    ('I am for it, because it is good.', 'I am for it, always.', 'So be it.')
    """
    if not begun or not rest:
        return rest
    return f"{begun}{rest}" if rest[0] in ",.;:!?" else f"{begun} {rest}"
