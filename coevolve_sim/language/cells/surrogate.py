"""What cells have been heard to say, as a monotone map from stance to what is perceived, with its error.

A cell whose map is known well enough need not be asked. A map is of one kind of message, one reader's voice
and one topic. It knows the stances it has seen; between two of them it says what lies between, and how little
that is; beyond them it says that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from coevolve_sim.arrays import Floats

N_STANCES = 101
"""Stances are whole numbers from 0 to 100, as prompts state them."""

Stances = NDArray[np.int64]


class MonotoneMap(NamedTuple):
    """What is perceived at each stance, never less at a higher one.

    Attributes
    ----------
    mean : float64 array, shape (stances,)
        In [0, 1]; nan beyond the stances seen.
    error : float64 array, shape (stances,)
        Standard error of the mean; infinite beyond the stances seen.
    spread : float
        Standard deviation of what is perceived about the mean of its stance; nan where no stance was seen
        twice.
    """

    mean: Floats
    error: Floats
    spread: float

    def asks(self, stances: Stances, tolerance: float) -> NDArray[np.bool_]:
        """Return which stances are to be asked, because the map does not know them within a tolerance."""
        return ~(self.error[stances] <= tolerance)


@dataclass
class StanceDraws:
    """What was perceived at each stance so far: number, sum, and sum of squares, shape (stances,) each.

    Examples
    --------
    >>> draws = StanceDraws()
    >>> draws.learn(np.array([20, 20, 40, 40]), np.array([0.2, 0.3, 0.4, 0.5]))
    >>> found = draws.fit()
    >>> found.mean[[20, 30, 40]].round(2).tolist(), found.asks(np.array([20, 90]), 0.1).tolist()
    ([0.25, 0.35, 0.45], [False, True])
    """

    numbers: Stances = field(default_factory=lambda: np.zeros(N_STANCES, dtype=np.int64))
    sums: Floats = field(default_factory=lambda: np.zeros(N_STANCES))
    squares: Floats = field(default_factory=lambda: np.zeros(N_STANCES))

    def learn(self, stances: Stances, perceived: Floats) -> None:
        """Add what was perceived of messages at some stances; what was not read (nan) is left out.

        Parameters
        ----------
        stances : int64 array, shape (messages,)
            In [0, 100].
        perceived : float64 array, shape (messages,)
            In [0, 1].
        """
        is_read = np.isfinite(perceived)
        at, values = stances[is_read], perceived[is_read]
        self.numbers += np.bincount(at, minlength=N_STANCES)
        self.sums += np.bincount(at, values, N_STANCES)
        self.squares += np.bincount(at, values**2, N_STANCES)

    def fit(self) -> MonotoneMap:
        """Return the map: isotonic regression on the means of stances.

        The error at a stance is that of the mean of all stances that the regression has at one level with it.
        Between two stances seen, anything from the lower's mean to the higher's may be: the standard
        deviation of that is added.
        """
        mean, error = np.full(N_STANCES, np.nan), np.full(N_STANCES, np.inf)
        seen, spread = np.flatnonzero(self.numbers), self._find_spread()
        if not seen.size:
            return MonotoneMap(mean, error, spread)
        counts = self.numbers[seen]
        fitted = isotonic_regression(self.sums[seen] / counts, weights=counts)
        n_of_level = np.add.reduceat(counts, fitted.blocks[:-1])
        errors = spread / np.sqrt(np.repeat(n_of_level, np.diff(fitted.blocks)))
        between = np.arange(seen[0], seen[-1] + 1)
        mean[between] = np.interp(between, seen, fitted.x)
        right = np.searchsorted(seen, between)
        left = np.where(seen[right] == between, right, right - 1)
        gap = (fitted.x[right] - fitted.x[left]) / np.sqrt(12.0)
        error[between] = np.hypot(np.maximum(errors[left], errors[right]), gap)
        return MonotoneMap(mean, np.where(np.isnan(error), np.inf, error), spread)

    def _find_spread(self) -> float:
        """Return the standard deviation within stances, over all of them; nan if each was seen once."""
        seen = self.numbers > 0
        free = int(self.numbers.sum() - seen.sum())
        if free < 1:
            return float("nan")
        within = self.squares[seen] - self.sums[seen] ** 2 / self.numbers[seen]
        return float(np.sqrt(max(float(within.sum()), 0.0) / free))
