"""The mind's own bias, by topic and stance: what is read where nobody influenced anybody.

Language models drift by themselves: what a persona of a known stance writes is read as another stance, a
claim weighs more than its negation, and a persona that reads its own words walks off. The bias map holds what
was found before the first round, so that it can be seen, and taken off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

ARMS = ("written", "claim", "negation", "alone")
"""How a bias was found: from words that a persona wrote, from a claim, from its negation, and from a persona
that read nothing but its own words, again and again."""


@dataclass(frozen=True)
class BiasRow:
    """One finding.

    Attributes
    ----------
    arm : str
        One of `ARMS`.
    voice : str
        The voice that wrote and read.
    dimension : int
        The topic.
    stance : float
        Where the writer stood in the beginning, in [0, 1]; 1 for a claim and 0 for its negation.
    passes : int
        How often the persona read its own words; 1 except alone.
    perceived : float
        What was read, the mean over readings; nan where none was answered.
    n_readings : int
        How many were answered.
    """

    arm: str
    voice: str
    dimension: int
    stance: float
    passes: int
    perceived: float
    n_readings: int


@dataclass
class BiasMap:
    """What to take off what is read, by voice and topic.

    Examples
    --------
    >>> bias = BiasMap()
    >>> bias.learn([BiasRow("written", "", 0, s, 1, 0.1 + 0.8 * s, 3) for s in (0.25, 0.75)])
    >>> round(bias.corrected("", 0, 0.3), 12), bias.corrected("", 1, 0.3)
    (0.25, 0.3)
    """

    _points: dict[tuple[str, int], list[tuple[float, float]]] = field(default_factory=dict)

    def learn(self, rows: Iterable[BiasRow]) -> None:
        """Take in what was found in the arm ``written``."""
        for row in rows:
            if row.arm == "written" and np.isfinite(row.perceived):
                self._points.setdefault((row.voice, row.dimension), []).append((row.perceived, row.stance))

    def corrected(self, voice: str, dimension: int, perceived: float) -> float:
        """Return what was read less the bias found nearby, within [0, 1].

        The bias (read less held) lies on a line between the stances that were tried, and stays as it is
        beyond them; as it was read where nothing was tried.
        """
        points = sorted(self._points.get((voice, dimension), []))
        if not points:
            return perceived
        read, held = np.array(points).T
        bias = float(np.interp(perceived, read, read - held))
        return min(max(perceived - bias, 0.0), 1.0)
