r"""How a scripted mind compares two texts: it prefers the one nearer to its own stance.

The position of a text is the number that it states ("I stand at 63 on ...") or one of the degrees in which
the embedded model's people write ("rather for"). The log odds of the letters of two texts are `SHARPNESS`
times how much nearer the one is. A text that states neither has no position, and a request about it is
``invalid``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from coevolve_sim.errors import MindError
from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS, value_of

SHARPNESS = 10.0
"""Log odds per unit by which one text is nearer."""

_LEVEL_OF = {family.phrase(level): level for family in FAMILIES for level in range(LEVELS + 1)}
_DEGREE = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _LEVEL_OF), key=len, reverse=True))})\b")
_NUMBER = re.compile(r"\bI stand at (\d{1,3}) on\b")
_QUOTATION = re.compile(r"(?:^>.*\n?)+", re.MULTILINE)
_TWO = re.compile(r"^A:\n((?:>.*\n)+)(?:[^>].*\n(?:>.*\n)+)?B:\n((?:>.*\n?)+)", re.MULTILINE)
_IN_A_RUBRIC = re.compile(r"\b(\d{1,3})\b")


@dataclass(frozen=True)
class TwoTexts:
    """Two texts that a prompt shows as A and B, and the part of the prompt before them."""

    before: str
    first: str
    second: str


def find_two_texts(asked: str) -> TwoTexts | None:
    r"""Find the texts that a prompt shows as A and B; return None if it shows none.

    Examples
    --------
    >>> find_two_texts("Which?\nA:\n> One.\nB:\n> Two.\nAnswer with one letter.").second
    '> Two.\n'
    """
    found = _TWO.search(asked)
    return TwoTexts(asked[: found.start()], found[1], found[2]) if found else None


def read_place(text: str) -> float:
    """Read from a text where its writer stands, in [0, 1].

    Raises
    ------
    MindError
        If it states no number, and no degree or more than one.

    Examples
    --------
    >>> read_place("I stand at 63 on telling the truth."), read_place("I am clearly for telling the truth.")
    (0.63, 0.75)
    """
    number = _NUMBER.search(text)
    if number:
        return min(int(number[1]), 100) / 100.0
    levels = {_LEVEL_OF[phrase] for phrase in _DEGREE.findall(text)}
    if len(levels) != 1:
        raise MindError(
            f"a text states no number and {len(levels)} degrees; it must say where its writer stands"
        )
    return value_of(levels.pop())


def prefer_nearer(texts: TwoTexts, stance: Callable[[], float]) -> tuple[float, float]:
    """Return the probabilities of A and B, by distance to one's own quoted text or, without one, to a stance.

    Parameters
    ----------
    texts : TwoTexts
        The texts shown.
    stance : function to float
        Returns the stance in [0, 1]; called only if nothing is quoted before the texts.

    Raises
    ------
    MindError
        If a text states no position, or there is no stance.
    """
    own = _QUOTATION.search(texts.before)
    held = read_place(own[0]) if own else stance()
    odds = SHARPNESS * (abs(held - read_place(texts.second)) - abs(held - read_place(texts.first)))
    share = 1.0 / (1.0 + math.exp(-odds))
    return share, 1.0 - share


def write_critique(asked: str) -> str | None:
    r"""Write how far the second of two quotations is from the first; None if there are not two.

    Examples
    --------
    >>> write_critique("You:\n> I stand at 63 on truth.\nThey:\n> I stand at 20 on truth.\nHow far?")
    'It is 43 away from what I wrote.'
    """
    quotations = _QUOTATION.findall(asked)
    if len(quotations) != 2:
        return None
    own, other = (read_place(text) for text in quotations)
    return f"It is {int(abs(own - other) * 100.0 + 0.5)} away from what I wrote."


def write_verdict(texts: TwoTexts) -> str:
    r"""Write the verdict for the text nearer to the first number of the rubric, from 0 to 100; A in a tie.

    Raises
    ------
    MindError
        If the rubric names no number from 0 to 100, or a text states no position.

    Examples
    --------
    >>> texts = TwoTexts("Rubric: Nearest to 80.", "I stand at 10 on truth.", "I stand at 70 on truth.")
    >>> write_verdict(texts)
    'B is nearer to 80.\nVerdict: B'
    """
    number = _IN_A_RUBRIC.search(texts.before)
    if number is None or int(number[1]) > 100:
        raise MindError("the rubric names no number from 0 to 100 to which a text could be near")
    a, b = (abs(read_place(text) - int(number[1]) / 100.0) for text in (texts.first, texts.second))
    letter = "A" if a <= b + 1e-9 else "B"
    return f"{letter} is nearer to {number[1]}.\nVerdict: {letter}"
