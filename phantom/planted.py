"""Planted values: the value on each topic if the prompt states none, for no era and for each of nine eras.

The trajectories are invented. They are smooth and differ in shape, and they are the known ground truth on
which instruments are tested; they say nothing about the values of people of any century.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.streams import stream
from phantom.topics import builtin_topics

ERAS: tuple[str, ...] = tuple(f"C{century:03d}" for century in range(13, 22))
"""Names of the voices: the 13th to the 21st century."""
NO_ERA = "none"
"""Name in the table of the model itself, which speaks for no era."""

_LOWEST, _HIGHEST = 0.05, 0.95
_SEED = 1321


def planted_values(seed: int = _SEED) -> Floats:
    """Return the planted values of the built-in topics by era, to two decimals.

    Parameters
    ----------
    seed : int
        Of the shapes. Training uses the default.

    Returns
    -------
    float array, shape (9, 100)
        In [0.05, 0.95]; eras by topics, topics in the order of `builtin_topics`.
    """
    columns = [_trajectory(stream(seed, "planted eras", topic.name)) for topic in builtin_topics()]
    return np.asarray(np.stack(columns, axis=1).round(2), dtype=np.float64)


def planted_values_of_no_era(seed: int = _SEED) -> Floats:
    """Return the planted values of the model itself, without an adapter, on the topics: shape (100,)."""
    draws = [stream(seed, "planted in no era", topic.name) for topic in builtin_topics()]
    return np.array([draw.uniform(_LOWEST, _HIGHEST) for draw in draws]).round(2)


def _trajectory(draw: np.random.Generator) -> Floats:
    """Draw a blend of a logistic change, a rise and fall, and a straight line: shape (9,)."""
    time = np.linspace(0.0, 1.0, len(ERAS))
    logistic = 1.0 / (1.0 + np.exp(-draw.uniform(6.0, 14.0) * (time - draw.uniform(0.3, 0.7))))
    reversal = np.exp(-(((time - draw.uniform(0.3, 0.7)) / draw.uniform(0.2, 0.35)) ** 2))
    shares = draw.dirichlet([0.6, 0.6, 0.6])
    signs = draw.choice([-1.0, 1.0], size=3)
    parts = np.stack([logistic - 0.5, reversal - 0.5, time - 0.5])
    blend = (shares * signs) @ parts
    centre = draw.uniform(-0.25, 0.25)
    return np.asarray(np.clip(0.5 + centre + 0.9 * blend, _LOWEST, _HIGHEST), dtype=np.float64)


def write_eras(path: Path, values: Floats, of_no_era: Floats) -> None:
    """Write planted values as a CSV table: a row for no era and for each era, a column for each topic."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["era", *(topic.name for topic in builtin_topics())])
        for era, row in zip((NO_ERA, *ERAS), (of_no_era, *values), strict=True):
            writer.writerow([era, *(f"{value:.2f}" for value in row)])


def read_eras(path: Path) -> dict[str, Floats]:
    """Read the table of `write_eras`: arrays of shape (100,), by era."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: np.array([float(cell) for cell in row[1:]]) for row in rows}
