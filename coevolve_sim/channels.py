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
Indices = NDArray[np.intp]


class Channel(Protocol):
    """What every channel answers; values and answers are arrays (speakers, dimensions) in [0, 1].

    A channel may have an attribute ``is_exact``: where it is true, a round may take what is heard of and by
    assistants for what was said, without asking.
    """

    def among_humans(self, values: Floats, ties: Ties, round_index: int) -> Heard:
        """Return what every listener hears of every speaker it is tied to."""

    def from_assistants(self, spoken: Floats, humans: Indices, round_index: int) -> Floats:
        """Return what each consulting human perceives; ``spoken`` has a row for each of ``humans``."""

    def from_humans(self, values: Floats, humans: Indices, round_index: int) -> Floats:
        """Return what assistants perceive of each of ``humans``, row by row; ``values`` are everybody's."""


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
    >>> NumericChannel(seed=1).from_humans(np.array([[0.2]]), np.array([0]), 1).tolist()
    [[0.2]]
    """

    seed: int
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.noise <= 1.0:
            raise ChannelError(f"noise is {self.noise}; must be in [0, 1]")

    @property
    def is_exact(self) -> bool:
        """Whether everybody is perceived as they are, so that nobody need ask."""
        return self.noise == 0.0

    def among_humans(self, values: Floats, ties: Ties, round_index: int) -> Heard:
        """Return what every listener hears of every speaker it is tied to."""
        exact = heard_exactly(values, ties)
        if self.is_exact:
            return exact
        offsets = stream(self.seed, "channel among humans", round_index).normal(0.0, self.noise, values.shape)
        return Heard(np.clip(values + offsets, 0.0, 1.0), exact.rows, offsets)

    def from_assistants(self, spoken: Floats, humans: Indices, round_index: int) -> Floats:
        """Return what each consulting human perceives."""
        return self._perceived(spoken, humans, "channel from assistants", round_index)

    def from_humans(self, values: Floats, humans: Indices, round_index: int) -> Floats:
        """Return what assistants perceive of each consulting human."""
        return self._perceived(values[humans], humans, "channel from humans", round_index)

    def _perceived(self, spoken: Floats, humans: Indices, purpose: str, round_index: int) -> Floats:
        """Add noise that is drawn for everybody, so that who else consults does not change one's own."""
        if self.is_exact or not humans.size:
            return spoken
        shape = (int(humans.max()) + 1, spoken.shape[1])
        noise = stream(self.seed, purpose, round_index).normal(0.0, self.noise, shape)
        return np.clip(spoken + noise[humans], 0.0, 1.0)
