"""Who learns in a challenge: a policy with its values and memory, or an assistant with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Memory, NamedPolicy, Observation, apply_policy
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation
from coevolve_sim.values.histories import History

Among = Literal["eras", "human"]
"""Who teaches: people of era after era, or the simulated human of coevolve."""


class Learner(Protocol):
    """One that learns in one play of a challenge, era after era."""

    def says(self) -> Floats:
        """Return what people take it to hold now, shape (dimensions,), in [0, 1]; nan where not heard."""

    def learn_of_era(self, era: int) -> None:
        """Learn from people of an era."""

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from people around a centre, in an era."""


class LearningPlayer(Protocol):
    """A player that is no policy and makes learners of its own: one whose weights learn."""

    @property
    def name(self) -> str:
        """As it was asked for."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Its order and horizon, where it has them."""

    def with_horizon(self, horizon: int) -> LearningPlayer:
        """Return the same with another horizon, if it has one; itself if not."""

    def make_learner(self, people: ChallengePopulation, seed: int, among: Among) -> Learner:
        """Return a learner for one play, which has not learnt anything yet."""


@dataclass
class PolicyLearner:
    """A policy among people: it hears what they hold, and says what it holds.

    Attributes
    ----------
    policy : NamedPolicy
        Taken as it is.
    history : History
        Along which people of an era are found.
    people : ChallengePopulation
        Who they are.
    seed : int
        Of the people.
    values : float array, shape (dimensions,)
        What it holds, in [0, 1].
    memory : Memory
        What it keeps in mind.
    """

    policy: NamedPolicy
    history: History
    people: ChallengePopulation
    seed: int
    values: Floats
    memory: Memory = field(default_factory=dict)

    def says(self) -> Floats:
        """Return what its values come to once said."""
        return self.people.said(self.values)

    def learn_of_era(self, era: int) -> None:
        """Learn from what people of an era hold."""
        self._learn(self.people.of_era(self.history, era, self.seed))

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from what people around a centre hold."""
        self._learn(self.people.heard_around(centre, self.seed, era))

    def _learn(self, heard: Observation) -> None:
        self.values, self.memory = apply_policy(
            self.policy.kind, self.values, heard, self.memory, **self.policy.parameters
        )
