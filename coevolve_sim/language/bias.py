"""The bias that a mind shows by itself, by topic and stance, before anybody influences anybody.

Language models drift without any social influence: a text by a persona of a known stance is read as another
stance, a claim weighs more than its negation, and a persona that repeatedly reads its own words moves away
from its stance. The bias map holds these errors as measured before the first round, so that they can be
reported and subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class BiasRow:
    """One measured bias: the mean perceived value of texts whose stance is known.

    Attributes
    ----------
    arm : str
        How the bias was measured: from a text that a persona wrote (``written``), from a claim (``claim``),
        from its negation (``negation``), or from a persona that repeatedly read nothing but its own words
        (``alone``).
    voice : str
        The voice that wrote and read.
    dimension : int
        Index of the topic.
    stance : float
        The writer's stance at first, in [0, 1]; 1 for a claim and 0 for its negation.
    passes : int
        How many times the persona has read its own words; 1 except in the arm ``alone``.
    perceived : float
        Mean over answered readings, in [0, 1]; nan where none was answered.
    n_readings : int
        Number of answered readings.
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
    """The bias to subtract from perceived values, by voice and topic.

    Examples
    --------
    >>> bias = BiasMap()
    >>> bias.learn([BiasRow("written", "", 0, s, 1, 0.1 + 0.8 * s, 3) for s in (0.25, 0.75)])
    >>> round(bias.corrected("", 0, 0.3), 12), bias.corrected("", 1, 0.3)
    (0.25, 0.3)
    """

    _points: dict[tuple[str, int], list[tuple[float, float]]] = field(default_factory=dict)

    def learn(self, rows: Iterable[BiasRow]) -> None:
        """Add the measured biases of the arm ``written``; rows of other arms are ignored."""
        for row in rows:
            if row.arm == "written" and np.isfinite(row.perceived):
                self._points.setdefault((row.voice, row.dimension), []).append((row.perceived, row.stance))

    def corrected(self, voice: str, dimension: int, perceived: float) -> float:
        """Return a perceived value minus its bias, clipped to [0, 1].

        The bias (perceived minus held) is interpolated linearly between the measured points and constant
        beyond them. Where nothing was measured, the value is returned unchanged.
        """
        points = sorted(self._points.get((voice, dimension), []))  # np.interp needs ascending readings
        if not points:
            return perceived
        read, held = np.array(points).T
        bias = float(np.interp(perceived, read, read - held))
        return min(max(perceived - bias, 0.0), 1.0)
