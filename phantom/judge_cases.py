"""Cases for a judge whose truth is known: two messages of the phantom's grammar, and which is more for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coevolve_sim.language.prompts.templates import Templates
from coevolve_sim.minds.protocol import Message
from coevolve_sim.minds.scripted.degrees import LEVELS, value_of
from coevolve_sim.streams import stream
from phantom.grammar import pick, write
from phantom.topics import built_in

RUBRIC = "the text that is more for it"
"""What the judge is to go by: the one rubric that was tried."""

Letter = Literal["A", "B"]


@dataclass(frozen=True)
class Case:
    """Two messages on one topic, to be judged.

    Attributes
    ----------
    messages : tuple of Message
        What the judge is asked, by the templates ``judging`` and ``judge``.
    levels : tuple of int
        The degree that each message says, 0 to 12; they differ.
    """

    messages: tuple[Message, ...]
    levels: tuple[int, int]

    @property
    def truth(self) -> Letter:
        """Which of the two the rubric prefers."""
        return "A" if self.levels[0] > self.levels[1] else "B"

    @property
    def is_close(self) -> bool:
        """Whether both are on the same side, so that only how strongly they say it tells them apart."""
        return _side(self.levels[0]) == _side(self.levels[1])

    @property
    def right(self) -> str:
        """What a judge that is right says: where each text stands, and the verdict."""
        first, second = (_side(level) for level in self.levels)
        return f"A is {first} it, B is {second} it.\nVerdict: {self.truth}"


def case(seed: int, part: str, number: int) -> Case:
    """Return a case.

    Parameters
    ----------
    seed, part, number : int, str, int
        Name the stream it is drawn from (``judge cases``): parts share no draw.

    Examples
    --------
    >>> one = case(1, "held out", 0)
    >>> one.messages[1].content.splitlines()[0], one.truth in "AB"
    ('Rubric: the text that is more for it', True)
    """
    draw = stream(seed, "judge cases", part, number)
    topic = pick(draw, built_in()).phrase
    first, second = (int(level) for level in draw.choice(LEVELS + 1, size=2, replace=False))
    texts = [write(draw, value_of(level), topic).text for level in (first, second)]
    templates = Templates.standard()
    asked = templates.judge(RUBRIC, topic, texts[0], texts[1])
    return Case((Message("system", templates.judging()), Message("user", asked)), (first, second))


def _side(level: int) -> str:
    """Return on which side of a topic a degree is."""
    if level == LEVELS // 2:
        return "torn over"
    return "for" if level > LEVELS // 2 else "against"
