"""Stems of English words, so that *protecting* and *protection* count as one; a light set of rules, ours."""

from __future__ import annotations

import re
from functools import lru_cache

_ENDINGS = (
    ("fulness", "ful"),
    ("ality", "al"),
    ("alty", "al"),
    ("ation", ""),
    ("ness", ""),
    ("ion", ""),
    ("ing", ""),
    ("ed", ""),
    ("ly", ""),
)
"""Endings, of which the first that fits is taken off, and what stands in its place."""

_LEAST = 3
"""Letters of a word that its ending must leave."""

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_OPENING = re.compile(r"^(?:right|duty) to ", re.IGNORECASE)


def words_in(text: str) -> list[str]:
    """Return a text's words in lower case; curly apostrophes count as straight ones.

    Examples
    --------
    >>> words_in("One's self-respect, in 3 words")
    ["one's", 'self-respect', 'in', 'words']
    """
    return _WORD.findall(text.lower().replace("\u2019", "'"))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem of a word in lower case.

    Examples
    --------
    >>> [stem(word) for word in ("protecting", "protection", "honesty", "honest", "loyalty", "promises")]
    ['protect', 'protect', 'honest', 'honest', 'loyal', 'promis']
    """
    found = _singular(word.removesuffix("'s"))
    for ending, instead in _ENDINGS:
        if found.endswith(ending) and len(found) - len(ending) >= _LEAST:
            found = found[: -len(ending)] + instead
            break
    if len(found) > _LEAST and found[-1] == found[-2] and found[-1] not in "aeiouls":
        found = found[:-1]
    return found[:-1] if len(found) > _LEAST and found[-1] in "ey" else found


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > _LEAST + 1:
        return word[:-3] + "y"
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > _LEAST
    return word[:-1] if plural else word


@lru_cache(maxsize=20_000)
def stems_of_name(name: str) -> tuple[str, ...]:
    """Return the stems of a candidate's name, without the *Right to* or *Duty to* that it begins with.

    Examples
    --------
    >>> stems_of_name("Right to equal treatment")
    ('equal', 'treatment')
    """
    return tuple(stem(word) for word in words_in(_OPENING.sub("", name, count=1)))


def word_overlap(first: str, second: str) -> float:
    """Return how far two names have the same words: the largest of precision, recall and their F.

    That is the number of stems in both, each as often as in both, divided by that of the shorter name; F lies
    between precision and recall. 0 where a name has no word.

    Examples
    --------
    >>> word_overlap("Right to a fair hearing", "Right to fair hearings"), word_overlap("Trust", "Peace")
    (1.0, 0.0)
    """
    ours, others = stems_of_name(first), list(stems_of_name(second))
    shorter = min(len(ours), len(others))
    shared = 0
    for one in ours:
        if one in others:
            others.remove(one)
            shared += 1
    return shared / shorter if shorter else 0.0
