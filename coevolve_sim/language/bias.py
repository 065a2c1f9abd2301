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

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import UnfitError
from coevolve_sim.language.agreement import slope


@dataclass(frozen=True)
class BiasRow:
    """One measured bias: the mean perceived value of texts whose stance is known.

    Attributes
    ----------
    arm : str
        How the bias was measured: from a text that a persona wrote (``written``), from a claim (``claim``),
        from its negation (``negation``), from both after an editor (``edited_claim``, ``edited_negation``),
        or from a persona that repeatedly read nothing but its own words (``alone``).
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


LEAST_SLOPE = 0.3
"""Least slope of what is read on what is held, by voice and topic, for a bias to be subtracted."""

LARGEST_GAIN = 4.0
"""By how much a difference in what is read is enlarged at most: beyond it, errors are, and not stances."""


@dataclass
class BiasMap:
    """The bias to subtract from perceived values, by voice and topic.

    What is read is a function of what is held: where it is measured not to rise, the nearest rising one is
    taken (isotonic regression), and it is read backwards with a gain of at most `LARGEST_GAIN`.

    Examples
    --------
    >>> bias = BiasMap()
    >>> bias.learn([BiasRow("written", "", 0, s, 1, 0.1 + 0.8 * s, 3) for s in (0.25, 0.75)])
    >>> round(bias.corrected("", 0, 0.3), 12), bias.corrected("", 1, 0.3)
    (0.25, 0.3)
    """

    _points: dict[tuple[str, int], tuple[Floats, Floats]] = field(default_factory=dict)

    def learn(self, rows: Iterable[BiasRow]) -> None:
        """Add the measured biases of the arm ``written``; rows of other arms are ignored.

        Raises
        ------
        UnfitError
            If what is read hardly depends on what is held, so that a bias cannot be told from it.
        """
        found: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for row in rows:
            if row.arm == "written" and np.isfinite(row.perceived):
                found.setdefault((row.voice, row.dimension), []).append((row.stance, row.perceived))
        for (voice, dimension), points in found.items():
            held, read = np.array(sorted(points)).T
            rise = slope(held, read)
            if held.size > 1 and not rise >= LEAST_SLOPE:
                called = f"voice '{voice}'" if voice else "its own voice"
                raise UnfitError(
                    f"channel.subtract_bias: what {called} reads rises by {rise + 0.0:.2f} where what is "
                    f"held rises by 1, on topic {dimension}; from {LEAST_SLOPE} on a bias can be told. "
                    "Leave subtract_bias out, or take another reader or mind (coevolve preflight)"
                )
            self._points[voice, dimension] = _rising(held, read), held

    def corrected(self, voice: str, dimension: int, perceived: float) -> float:
        """Return a perceived value minus its bias, clipped to [0, 1].

        The bias (perceived minus held) is interpolated linearly between the measured points and constant
        beyond them. Where nothing was measured, the value is returned unchanged.
        """
        points = self._points.get((voice, dimension))
        if points is None:
            return perceived
        read, held = points
        bias = float(np.interp(perceived, read, read - held))
        return min(max(perceived - bias, 0.0), 1.0)


def _rising(held: Floats, read: Floats) -> Floats:
    """Return what is read, made to rise with what is held by at least the inverse of the largest gain.

    Examples
    --------
    >>> _rising(np.array([0.0, 0.5, 1.0]), np.array([0.2, 0.5, 0.8])).tolist()
    [0.2, 0.5, 0.8]
    >>> _rising(np.array([0.0, 0.5, 1.0]), np.array([0.5, 0.3, 0.9])).round(3).tolist()
    [0.338, 0.462, 0.9]
    """
    floor = held / LARGEST_GAIN
    if held.size < 2 or (np.diff(read - floor) >= 0.0).all():
        return read
    from scipy.optimize import isotonic_regression

    rising: Floats = isotonic_regression(read - floor).x + floor
    return rising
