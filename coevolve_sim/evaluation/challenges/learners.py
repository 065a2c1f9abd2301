"""The learners of a challenge: a policy with its values and memory, or an assistant with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Memory, NamedPolicy, Observation, apply_policy
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation
from coevolve_sim.values.histories import History

Among = Literal["eras", "human"]
"""From whom a learner learns: the people of each era, or the simulated human of coevolve."""


class Learner(Protocol):
    """Whatever learns in one play of a challenge, era after era."""

    def express_values(self) -> Floats:
        """Return its values as people perceive them, shape (dimensions,), in [0, 1]; nan where unheard."""

    def learn_of_era(self, era: int) -> None:
        """Learn from people of an era."""

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from people around a centre, in an era."""


class LearningPlayer(Protocol):
    """A player that is not a policy and makes its own learners: an assistant whose weights learn."""

    @property
    def name(self) -> str:
        """Its name, as it was given."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Its order and horizon, if it has them."""

    def with_horizon(self, horizon: int) -> LearningPlayer:
        """Return the same player with another horizon, or itself if it has none."""

    def make_learner(self, people: ChallengePopulation, seed: int, among: Among) -> Learner:
        """Return a learner for one play that has learnt nothing yet."""


@dataclass
class PolicyLearner:
    """A policy among people: it observes their values, and expresses its own.

    Attributes
    ----------
    policy : NamedPolicy
        The policy with its parameters; its horizon is not changed here.
    history : History
        The history whose eras the people belong to.
    people : ChallengePopulation
        The people whom it observes.
    seed : int
        Seed of the people.
    values : float array, shape (dimensions,)
        Its present values, in [0, 1].
    memory : Memory
        What the policy keeps between eras.
    """

    policy: NamedPolicy
    history: History
    people: ChallengePopulation
    seed: int
    values: Floats
    memory: Memory = field(default_factory=dict)

    def express_values(self) -> Floats:
        """Return its values as people perceive them."""
        return self.people.express(self.values)

    def learn_of_era(self, era: int) -> None:
        """Learn from the values of people of an era."""
        self._learn(self.people.observe_era(self.history, era, self.seed))

    def learn_around(self, centre: Floats, era: int) -> None:
        """Learn from the values of people around a centre."""
        self._learn(self.people.observe_around(centre, self.seed, era))

    def _learn(self, heard: Observation) -> None:
        self.values, self.memory = apply_policy(
            self.policy.kind, self.values, heard, self.memory, **self.policy.parameters
        )
