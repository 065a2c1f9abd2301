"""Among whom an assistant is: people of an era, a simulated human, and what its values come to with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Observation
from coevolve_sim.errors import PolicyError
from coevolve_sim.society.population import beta_parameters
from coevolve_sim.streams import stream
from coevolve_sim.values.histories import History


class ChallengePopulation(Protocol):
    """Whom an assistant hears: in numbers (`NumericPopulation`) or in words (`LanguagePopulation`)."""

    @property
    def dose(self) -> float:
        """Which part of the way the simulated human of coevolve goes in one dose, in [0, 1]."""

    @property
    def described(self) -> str:
        """Who they are, as a leaderboard says it: what follows "seed 3, "."""

    def of_era(self, history: History, era: int, seed: int) -> Observation:
        """Return what an assistant hears of people of an era, the same for every player."""

    def heard_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant hears of people around a centre: the simulated human."""

    def said(self, values: Floats) -> Floats:
        """Return what an assistant's values come to once it has said them; nan where it was not heard."""


@dataclass(frozen=True)
class NumericPopulation:
    """People whose values are heard as numbers.

    Attributes
    ----------
    humans : int
        How many, at least 1.
    spread : float
        Standard deviation of their values around the era's, in [0, .5].
    dose : float
        Which part of the way the simulated human of coevolve goes in one dose, in [0, 1].
    """

    humans: int = 200
    spread: float = 0.18
    dose: float = 0.25

    def __post_init__(self) -> None:
        if not (self.humans >= 1 and 0.0 <= self.spread <= 0.5 and 0.0 <= self.dose <= 1.0):
            raise PolicyError(
                f"{self.humans} humans of spread {self.spread} and dose {self.dose} given; at least 1, a "
                "spread in [0, 0.5] and a dose in [0, 1] are wanted"
            )

    @property
    def described(self) -> str:
        """How many there are, how far apart, and the dose."""
        return f"{self.humans} people an era of spread {self.spread:g}, dose {self.dose:g}"

    def of_era(self, history: History, era: int, seed: int) -> Observation:
        """Return what an assistant hears of people drawn around an era's values."""
        return self.heard_around(values_of(history)[era], seed, era)

    def heard_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant hears of people drawn around a centre, the same for every policy."""
        return _heard_around(self, np.asarray(centre, dtype=np.float64).tobytes(), seed, era)

    def said(self, values: Floats) -> Floats:
        """Return values as they are: numbers lose nothing when they are said."""
        return values


def values_of(history: History) -> Floats:
    """Return a history's values, shape (eras, dimensions)."""
    values: Floats = history.values
    return values


@lru_cache(maxsize=64)
def _heard_around(people: NumericPopulation, centre_bytes: bytes, seed: int, era: int) -> Observation:
    """Draw people; kept for a while, as every player of a replication hears the same."""
    centre = np.frombuffer(centre_bytes)
    a, b, at_centre, _ = beta_parameters(centre, np.full(centre.size, people.spread))
    drawn = stream(seed, "people of an era", era).beta(a, b, (people.humans, centre.size))
    drawn[:, at_centre] = centre[at_centre]
    drawn.flags.writeable = False
    return Observation(drawn, np.arange(people.humans), era, seed=seed)
