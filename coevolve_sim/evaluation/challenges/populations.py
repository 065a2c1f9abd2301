"""The people of a challenge: whom an assistant observes in an era, and how they perceive its values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Observation
from coevolve_sim.errors import PolicyError
from coevolve_sim.evaluation.challenges.surveyed import carry_forward
from coevolve_sim.society.population import beta_parameters
from coevolve_sim.streams import stream
from coevolve_sim.values.histories import History


class ChallengePopulation(Protocol):
    """People whom an assistant observes: in numbers (`NumericPopulation`) or words (`LanguagePopulation`)."""

    @property
    def dose(self) -> float:
        """Share of the distance that the simulated human of coevolve moves in one dose, in [0, 1]."""

    @property
    def description(self) -> str:
        """Who they are, in the words that a leaderboard prints after ``seed 3,``."""

    def observe_era(self, history: History, era: int, seed: int) -> Observation:
        """Return what an assistant observes of people of an era, the same for every player."""

    def observe_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant observes of people around a centre, such as the simulated human."""

    def express(self, values: Floats) -> Floats:
        """Return an assistant's values as people perceive them; nan where it was not heard."""


@dataclass(frozen=True)
class NumericPopulation:
    """A challenge population whose values are observed as exact numbers.

    Attributes
    ----------
    humans : int
        Number of people, at least 1.
    spread : float
        Standard deviation of their values around the era's, in [0, .5].
    dose : float
        Share of the distance that the simulated human of coevolve moves in one dose, in [0, 1].
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
    def sampling_error(self) -> float:
        """Standard error of the mean of the people heard in an era: no policy that averages them has less."""
        return self.spread / float(np.sqrt(self.humans))

    @property
    def description(self) -> str:
        """Number of people, their spread, and the dose."""
        return f"{self.humans} people an era of spread {self.spread:g}, dose {self.dose:g}"

    def observe_era(self, history: History, era: int, seed: int) -> Observation:
        """Return what an assistant observes of people drawn around an era's values."""
        return self.observe_around(values_of(history)[era], seed, era)

    def observe_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant observes of people drawn around a centre, the same for every policy."""
        # As bytes, because the cache needs arguments that can be hashed.
        return _draw_people(self, np.asarray(centre, dtype=np.float64).tobytes(), seed, era)

    def express(self, values: Floats) -> Floats:
        """Return the values unchanged: numbers are perceived exactly."""
        return values


def values_of(history: History) -> Floats:
    """Return what people of each era say, shape (eras, dimensions): what had last been surveyed by then."""
    return carry_forward(history)


@lru_cache(maxsize=64)
def _draw_people(people: NumericPopulation, centre_bytes: bytes, seed: int, era: int) -> Observation:
    """Draw people around a centre; cached, because every player of a replication observes the same."""
    centre = np.frombuffer(centre_bytes)
    a, b, at_centre, _ = beta_parameters(centre, np.full(centre.size, people.spread))
    drawn = stream(seed, "people of an era", era).beta(a, b, (people.humans, centre.size))
    drawn[:, at_centre] = centre[at_centre]
    drawn.flags.writeable = False  # the cache hands the same array to every player
    return Observation(drawn, np.arange(people.humans), era, seed=seed)
