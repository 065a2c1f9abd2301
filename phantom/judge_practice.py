"""Judge cases of known truth: two messages of the phantom's grammar, and which is more in favour."""

from __future__ import annotations

from coevolve_sim.assistants.training import JudgeCase, JudgeCases
from coevolve_sim.minds.scripted.degrees import LEVELS, value_of
from coevolve_sim.streams import stream
from phantom.grammar import pick, write
from phantom.topics import builtin_topics

RUBRIC = "the text that is more for it"
"""The only rubric of these cases."""


def practice_case(seed: int, part: str, number: int) -> JudgeCase:
    """Draw a case: the texts differ in degree, and the reason says on which side of the topic each is.

    A case is close if both texts are on the same side, so that only their strength tells them apart.

    Parameters
    ----------
    seed, part, number : int, str, int
        Address of the stream (``judge cases``) from which the case is drawn.

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
    """Draw the given number of cases for each part.

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
    """Return the side of a degree as a word: ``for``, ``against`` or ``torn over``."""
    if level == LEVELS // 2:
        return "torn over"
    return "for" if level > LEVELS // 2 else "against"
