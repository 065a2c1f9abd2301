"""What turns a speaker's values into what a listener perceives.

A channel answers three questions, each for a whole round: what do humans hear of each other, what do
humans hear of assistants, what do assistants hear of humans. Here: numbers. A channel in which minds write
and read answers the same questions, with a message for every tie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.errors import ChannelError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Heard, heard_exactly
from coevolve_sim.streams import stream

Floats = NDArray[np.float64]


class Channel(Protocol):
    """What every channel answers; values and answers are arrays (speakers, dimensions) in [0, 1]."""

    def among_humans(self, values: Floats, ties: Ties, round_index: int) -> Heard:
        """Return what every listener hears of every speaker it is tied to."""

    def from_assistants(self, spoken: Floats, round_index: int) -> Floats:
        """Return what each consulting human perceives; ``spoken`` has a row for each of them."""

    def from_humans(self, spoken: Floats, round_index: int) -> Floats:
        """Return what assistants perceive of each consulting human, row by row."""


@dataclass(frozen=True)
class NumericChannel:
    """Perceived = expressed + noise, within [0, 1].

    Attributes
    ----------
    seed : int
        Of the run.
    noise : float
        Standard deviation of the noise, in [0, 1]. A speaker is misperceived by the same amount by all
        who hear it in a round.

    Raises
    ------
    ChannelError
        If the noise is not in [0, 1].

    Examples
    --------
    >>> NumericChannel(seed=1).from_humans(np.array([[0.2]]), 1).tolist()
    [[0.2]]
    """

    seed: int
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.noise <= 1.0:
            raise ChannelError(f"noise is {self.noise}; must be in [0, 1]")

    def among_humans(self, values: Floats, ties: Ties, round_index: int) -> Heard:
        """Return what every listener hears of every speaker it is tied to."""
        exact = heard_exactly(values, ties)
        if self.noise == 0.0:
            return exact
        offsets = stream(self.seed, "channel among humans", round_index).normal(0.0, self.noise, values.shape)
        return Heard(np.clip(values + offsets, 0.0, 1.0), exact.rows, offsets)

    def from_assistants(self, spoken: Floats, round_index: int) -> Floats:
        """Return what each consulting human perceives."""
        return self._perceived(spoken, "channel from assistants", round_index)

    def from_humans(self, spoken: Floats, round_index: int) -> Floats:
        """Return what assistants perceive of each consulting human."""
        return self._perceived(spoken, "channel from humans", round_index)

    def _perceived(self, spoken: Floats, purpose: str, round_index: int) -> Floats:
        if self.noise == 0.0:
            return spoken
        noise = stream(self.seed, purpose, round_index).normal(0.0, self.noise, spoken.shape)
        return np.clip(spoken + noise, 0.0, 1.0)
