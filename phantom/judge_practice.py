"""Cases for a judge whose truth is known: two messages of the phantom's grammar, and which is more for it."""

from __future__ import annotations

from coevolve_sim.assistants.training import JudgeCase, JudgeCases
from coevolve_sim.minds.scripted.degrees import LEVELS, value_of
from coevolve_sim.streams import stream
from phantom.grammar import pick, write
from phantom.topics import builtin_topics

RUBRIC = "the text that is more for it"
"""What the judge is to go by: the one rubric that was tried."""


def practice_case(seed: int, part: str, number: int) -> JudgeCase:
    """Return a case: both texts differ in how far they are for the topic, and the reason says on which side.

    Close are those on the same side, so that only how strongly they say it tells them apart.

    Parameters
    ----------
    seed, part, number : int, str, int
        Name the stream it is drawn from (``judge cases``): parts share no draw.

    Examples
    --------
    >>> one = practice_case(1, "held out", 0)
    >>> one.messages[1].content.splitlines()[0], one.verdict in "AB"
    ('Rubric: the text that is more for it', True)
    """
    draw = stream(seed, "judge cases", part, number)
    topic = pick(draw, builtin_topics()).phrase
    first, second = (int(level) for level in draw.choice(LEVELS + 1, size=2, replace=False))
    text_a, text_b = (write(draw, value_of(level), topic).text for level in (first, second))
    return JudgeCase(
        RUBRIC,
        topic,
        text_a,
        text_b,
        verdict="A" if first > second else "B",
        reason=f"A is {_side(first)} it, B is {_side(second)} it.",
        is_close=_side(first) == _side(second),
    )


def practice_cases(seed: int, examples: int, practice: int, held_out: int) -> JudgeCases:
    """Return so many cases of each part.

    Examples
    --------
    >>> cases = practice_cases(1, 2, 3, 1)
    >>> cases.held_out[0] == practice_case(1, "held out", 0), len(cases.practice)
    (True, 3)
    """
    sizes = (("examples", examples), ("practice", practice), ("held out", held_out))
    return JudgeCases(
        *(tuple(practice_case(seed, part, number) for number in range(size)) for part, size in sizes)
    )


def _side(level: int) -> str:
    """Return on which side of a topic a degree is."""
    if level == LEVELS // 2:
        return "torn over"
    return "for" if level > LEVELS // 2 else "against"
