"""Phrases for degrees of being for or against something."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = 12
"""Degrees run from 0 (wholly against) to LEVELS (wholly for); the middle one is torn."""


@dataclass(frozen=True)
class Family:
    """A family of phrases for the degrees.

    Attributes
    ----------
    adverbs : tuple of str
        Six, from the weakest to the strongest; no two begin with the same word.
    torn : str
        The phrase for the middle.
    pro, con : str
        The two sides.
    """

    adverbs: tuple[str, str, str, str, str, str]
    torn: str
    pro: str
    con: str

    def phrase(self, level: int) -> str:
        """Return the phrase for a degree.

        Examples
        --------
        >>> [FAMILIES[0].phrase(level) for level in (0, 5, 6, 8)]
        ['wholly against', 'slightly against', 'torn over', 'rather for']
        """
        distance = level - LEVELS // 2
        if distance == 0:
            return self.torn
        side = self.pro if distance > 0 else self.con
        return f"{self.adverbs[abs(distance) - 1]} {side}"


FAMILIES: tuple[Family, ...] = (
    Family(("slightly", "rather", "clearly", "firmly", "strongly", "wholly"), "torn over", "for", "against"),
    Family(
        ("faintly", "somewhat", "plainly", "deeply", "fiercely", "completely"),
        "undecided about",
        "in favour of",
        "opposed to",
    ),
    Family(
        ("barely", "mildly", "fairly", "largely", "almost entirely", "unreservedly"),
        "of two minds about",
        "on the side of",
        "set against",
    ),
)
"""All families of phrases; a message uses one."""


def value_of(level: int) -> float:
    """Return the value of a degree, in [0, 1].

    Examples
    --------
    >>> value_of(9)
    0.75
    """
    return level / LEVELS
