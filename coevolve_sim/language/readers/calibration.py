"""How a reader's own number becomes a value: a line or a monotone map, fitted to texts of known stance.

A *line* is the classical calibration: the reader's number is regressed on the stance, and the line is read
backwards, so that on average a reading is the stance, whatever its error. A monotone map (*isotonic*) is the
regression of the stance on the number: its error is least, and its readings are drawn towards the middle.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.agreement import area_under_curve, correlation, error, slope

LEAST_R = 0.2
"""Correlation below which a line's gain does not grow: what is read is then mostly error."""

_KEPT = ("kind", "r", "auc", "error", "slope", "n_texts", "reader")

FOLDS = 5
"""Parts into which topics are split to tell the error on topics that a map was not fitted to."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A map from a reader's number to a value, and what is known of it.

    Attributes
    ----------
    kind : str
        ``line`` or ``isotonic``.
    numbers, values : float array, shape (points,)
        Points of the map, ascending in both; between them it is linear, beyond them constant.
    r : float
        Correlation of the number with the stance.
    auc : float
        Probability that the number is larger of a text for than of one against, ties counted half.
    error : float
        Root mean squared error of readings of texts on topics that the map was not fitted to.
    slope : float
        Of these readings on the stance.
    n_texts : int
        Texts that it was fitted to.
    reader : str
        The kind of reader whose number it maps; empty where that is plain.
    told : float array, shape (texts,)
        Of each text what was read by a map fitted to other topics, nan where there was none.
    """

    kind: str
    numbers: Floats = field(repr=False)
    values: Floats = field(repr=False)
    r: float
    auc: float
    error: float
    slope: float
    n_texts: int
    reader: str = ""
    told: Floats = field(repr=False, default_factory=lambda: np.empty(0))

    def as_text(self) -> str:
        """Return it as JSON, without what it told of the texts that it was fitted to."""
        kept = {name: getattr(self, name) for name in _KEPT}
        return json.dumps(
            {**kept, "numbers": self.numbers.tolist(), "values": self.values.tolist()}, allow_nan=False
        )

    @classmethod
    def from_text(cls, text: str) -> Calibration:
        """Return the calibration that a text of `as_text` tells of.

        Raises
        ------
        ValueError
            If it is none.
        """
        try:
            content = json.loads(text)
            for name in ("numbers", "values"):
                content[name] = np.asarray(content[name], dtype=float)
            return cls(**content)
        except (TypeError, KeyError, AttributeError) as problem:
            raise ValueError(f"this is no calibration ({problem}): {text[:100]}") from None

    def value(self, number: float) -> float:
        """Return the value in [0, 1] that a number of the reader stands for; nan for nan."""
        if math.isnan(number):
            return math.nan
        return float(np.clip(np.interp(number, self.numbers, self.values), 0.0, 1.0))


def calibrate(
    numbers: Sequence[float], stances: Sequence[float], topics: Sequence[str], kind: str
) -> Calibration:
    """Fit a map to texts whose writers' stances are known; texts without a number are left out.

    Parameters
    ----------
    numbers : sequence of float, shape (texts,)
        What the reader made of each; nan where it made nothing.
    stances : sequence of float, shape (texts,)
        In [0, 1].
    topics : sequence of str, shape (texts,)
        The error is that on topics left out.
    kind : str
        ``line`` or ``isotonic``.

    Examples
    --------
    >>> found = calibrate([-1, 0, 1, -1, 0, 1], [0, 0.5, 1, 0, 0.5, 1], ["a"] * 3 + ["b"] * 3, "line")
    >>> round(found.value(0.5), 9), round(found.error, 9), found.auc
    (0.75, 0.0, 1.0)
    """
    known = np.isfinite(np.asarray(numbers, dtype=float))
    read, held = np.asarray(numbers, dtype=float)[known], np.asarray(stances, dtype=float)[known]
    about = np.asarray(topics)[known]
    told = np.full(read.size, np.nan)
    names = np.unique(about)
    for fold in range(min(FOLDS, names.size)):
        out = np.isin(about, names[fold::FOLDS])
        if not out.all():
            told[out] = np.clip(np.interp(read[out], *_fit(read[~out], held[~out], kind)), 0.0, 1.0)
    whole = np.isfinite(told)
    return Calibration(
        kind,
        *_fit(read, held, kind),
        correlation(held, read),
        area_under_curve(held, read),
        error(held[whole], told[whole]),
        slope(held[whole], told[whole]),
        int(read.size),
        told=_of_all(told, known),
    )


def _of_all(told: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return what was told of each text, nan of those without a number."""
    found = np.full(known.size, np.nan)
    found[known] = told
    return found


def _fit(read: Floats, held: Floats, kind: str) -> tuple[Floats, Floats]:
    """Return the points of the map: its numbers and its values."""
    if read.size < 3 or np.ptp(read) == 0.0 or np.ptp(held) == 0.0:
        return np.array([0.0]), np.array([0.5])
    if kind == "isotonic":
        from scipy.optimize import isotonic_regression

        order = np.argsort(read, kind="stable")
        numbers, places = np.unique(read[order], return_index=True)
        counts = np.diff([*places, read.size])
        means = np.add.reduceat(held[order], places) / counts
        return numbers, np.asarray(isotonic_regression(means, weights=counts).x)
    r = correlation(held, read)
    if r <= 0.0:
        return np.array([0.0]), np.array([0.5])
    gain = held.std() / (max(r, LEAST_R) * read.std())
    middle, at = read.mean(), held.mean()
    ends = np.array([0.0, 1.0])
    return middle + (ends - at) / gain, ends
