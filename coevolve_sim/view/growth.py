"""What grows as a society is played: values of people and assistants, and measures, round by round."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.report.sampling import MAX_HUMANS, count_bin_shares, sample_humans
from coevolve_sim.society.model import Society

BAND = (10, 90)
"""Percentiles of people between which a band is drawn."""


@dataclass(eq=False)
class Growth:
    """Values and measures of the rounds so far, one entry a round.

    Attributes
    ----------
    rounds : list of int
        From 0, the beginning.
    means, lows, highs : list of float arrays, shape (dimensions,)
        Mean of people, and the percentiles `BAND`; of at most `MAX_HUMANS` people, drawn once.
    assistants : list of float arrays, shape (assistants, dimensions)
        nan where one is absent.
    history : list of float arrays, shape (dimensions,)
        Empty where there is no history.
    measured : list of int
        Rounds in which measures were taken.
    measures : dict of str to list of float
        By name, one number for each of these.
    first_shares, shares : float array, shape (dimensions, bins)
        Share of people in each bin of [0, 1]: at the beginning, and now.
    """

    rounds: list[int] = field(default_factory=list)
    means: list[Floats] = field(default_factory=list)
    lows: list[Floats] = field(default_factory=list)
    highs: list[Floats] = field(default_factory=list)
    assistants: list[Floats] = field(default_factory=list)
    history: list[Floats] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)
    measures: dict[str, list[float]] = field(default_factory=dict)
    first_shares: Floats = field(default_factory=lambda: np.empty((0, 0)))
    shares: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def add(self, society: Society) -> None:
        """Add the round that a society has just finished, or its beginning."""
        state, setup = society.state, society.setup
        seen = state.values[sample_humans(setup.n_humans, MAX_HUMANS, society.seed, "report recorded humans")]
        low, high = np.percentile(seen, BAND, axis=0)
        self.means.append(state.values.mean(axis=0))
        self.lows.append(low)
        self.highs.append(high)
        self.assistants.append(np.where(np.asarray(state.present)[:, None], state.assistant_values, np.nan))
        if (reference := setup.history_at(society.round_index)) is not None:
            self.history.append(np.array(reference))
        self.shares = count_bin_shares(seen)
        if society.round_index == 0:
            self.first_shares = self.shares
        if society.is_measured(society.round_index):
            self._add_measures(society)
        self.rounds.append(society.round_index)  # last: whoever reads meanwhile goes by its length

    def _add_measures(self, society: Society) -> None:
        for name, value in society.measures.overall.items():
            self.measures.setdefault(name, [math.nan] * len(self.measured)).append(float(value))
        for numbers in self.measures.values():  # some are not defined in every round
            numbers.extend([math.nan] * (len(self.measured) + 1 - len(numbers)))
        self.measured.append(society.round_index)
