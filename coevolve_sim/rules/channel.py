"""Channels: what turns a speaker's values into what a listener perceives.

A channel answers questions, each for a whole round and in this order: what humans perceive of each other,
what they perceive of outlets where there are any, what assistants perceive of humans, what humans perceive of
assistants. `NumericChannel` answers them with numbers; the language channel (`coevolve_sim.language`), in
which minds write and read, answers the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import ChannelError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules.exchange import Perceived, perceive_exactly
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.rules.media import Broadcast, HeardOutlets
from coevolve_sim.rules.mediation import Mediation, mediate
from coevolve_sim.rules.tied_games import Terms, play_with_tied
from coevolve_sim.streams import stream


@dataclass(frozen=True)
class Scene:
    """What a channel needs to know about a round, besides who speaks and who hears.

    Attributes
    ----------
    round_index : int
        The round.
    topics : int array, shape (topics,), or None
        The dimensions that the round is about, ascending; None where it is about all.
    seed : int
        The run's seed; a channel draws from ``stream(seed, purpose, round_index)``.
    mediation : Mediation, or None
        Who edits what humans say to each other, where anybody does; values on all dimensions.
    conversation : coevolve_sim.language.Conversation, or None
        What humans remember, and what is said; for language channels.
    showing : frozenset of int
        Numbers of the assistants that show statements of a side as they are, instead of writing; for language
        channels.
    """

    round_index: int
    topics: Indices | None = None
    conversation: Any = None
    seed: int = 0
    mediation: Mediation | None = None
    showing: frozenset[int] = frozenset()


class Channel:
    """The base class of all channels; derive a custom channel from it.

    Values are arrays (speakers, dimensions) in [0, 1]. What is perceived has one column for each topic of the
    scene, and nan where nothing got through.

    Attributes
    ----------
    is_exact : bool
        Whether everybody is perceived as they are, but for what an assistant edits among humans. A round then
        uses what humans and assistants said to each other without asking the channel.
    minds : object or None
        The language models that speak and read (`coevolve_sim.language.mind_pool.MindPool`); None where there
        are none.
    mind_names : tuple of str
        Names of the minds with which anybody speaks or reads.
    message_rule : int or None
        The rule by which messages are read (`coevolve_sim.language.parsing.RULES`); None for the present one.
    """

    is_exact: bool = False
    minds: Any = None
    mind_names: tuple[str, ...] = ()
    message_rule: int | None = None

    def measure_fitness(self, *, always: bool = False) -> list[Any]:  # noqa: ARG002 - most have no minds
        """Return what was found of each mind that speaks, by planted stances; nothing where none does."""
        return []

    def calibrate(self, calibrations: Mapping[str, str]) -> None:
        """Take calibrations of readers that a record has, by the name of the mind that speaks."""

    def measure_arms(self) -> list[Any]:
        """Return what control arms show of the mind that speaks for humans; nothing where none does."""
        return []

    def prepare(self) -> list[Any]:
        """Prepare for the first round; return what was measured, for the record."""
        return []

    def measure_bias(self) -> list[Any]:
        """Measure the bias of its minds: how they express and read stances without any social influence."""
        return []

    def topics(self, round_index: int) -> Indices | None:  # noqa: ARG002 - most speak of all dimensions
        """Return the dimensions that a round is about, ascending; None for all dimensions."""
        return None

    def conversation(self) -> Any:
        """Return the conversation state before the first round; None where humans remember nothing."""
        return None

    def manifest(self) -> dict[str, str]:
        """Return what identifies the channel besides its keys in the scenario, for the record's manifest.

        A run can be resumed only if this has not changed.
        """
        return {}

    def resumed_from(self, manifest: Mapping[str, str]) -> Channel:  # noqa: ARG002 - most go on as they are
        """Return the same channel, going on as the record with a manifest was made."""
        return self

    def refuse_unknown_voices(self, scenario: Any, minds: Mapping[str, Any]) -> None:
        """Refuse groups and assistants whose voice their mind does not have.

        Raises
        ------
        ScenarioError
            If there is one; points to the key that names the voice.
        """

    def with_minds(self, opener: Callable[[Any], Any]) -> Channel:  # noqa: ARG002 - most have none
        """Return the same channel with minds from another opener, such as one that only counts requests."""
        return self

    def for_counting(self) -> Channel:
        """Return the same channel for minds that only count what they are asked, as those of estimates do."""
        return self

    def play_games(
        self,
        values: Floats,  # noqa: ARG002 - what bears on a choice is in alpha and beta
        ties: Ties,
        weights: tuple[Floats, Floats],
        told: Sequence[int],  # noqa: ARG002 - for minds
        terms: Terms,
        scene: Scene,
    ) -> tuple[Floats, GameCounts]:
        """Let people play with those they are tied to; return trust after it, and what was counted.

        ``weights`` are alpha and beta of each human; ``told`` are the dimensions that a mind is told of.
        """
        return play_with_tied(ties, *weights, terms, scene.seed, scene.round_index)

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what every listener hears of every speaker it is tied to."""
        raise NotImplementedError(f"channel {type(self).__name__} has no among_humans(values, ties, scene)")

    def from_outlets(self, told: Broadcast, scene: Scene) -> HeardOutlets:
        """Return what is perceived of outlets; a scenario with a channel of one's own has none."""
        raise NotImplementedError(f"channel {type(self).__name__} has no from_outlets(told, scene)")

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Return what assistants perceive of each of ``humans``, row by row.

        ``values`` are everybody's; ``chosen`` says which assistant each of ``humans`` consults.
        """
        raise NotImplementedError(f"channel {type(self).__name__} has no from_humans(...)")

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Return what each consulting human perceives; ``spoken`` has a row for each of ``humans``."""
        raise NotImplementedError(f"channel {type(self).__name__} has no from_assistants(...)")


@dataclass(frozen=True)
class NumericChannel(Channel):
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
    >>> one = np.array([0])
    >>> NumericChannel(seed=1).from_humans(np.array([[0.2]]), one, one, Scene(1)).tolist()
    [[0.2]]
    """

    seed: int
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.noise <= 1.0:
            raise ChannelError(f"noise is {self.noise}; must be in [0, 1]")

    @property
    def is_exact(self) -> bool:  # type: ignore[override]
        """Whether everybody is perceived as they are, so that nobody need ask."""
        return self.noise == 0.0

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what every listener hears of every speaker it is tied to, as edited where anybody edits."""
        expressed = values if scene.mediation is None else mediate(values, scene.mediation)
        exact = replace(perceive_exactly(expressed, ties), mediation=scene.mediation)
        if self.is_exact:
            return exact
        offsets = stream(self.seed, "channel among humans", scene.round_index).normal(
            0.0, self.noise, values.shape
        )
        heard = _misperceive(expressed, offsets)
        return Perceived(heard, exact.rows, offsets, mediation=scene.mediation)

    def from_outlets(self, told: Broadcast, scene: Scene) -> HeardOutlets:
        """Return what all perceive of outlets: misperceived by draws that go by the outlet's name."""
        if self.is_exact:
            return HeardOutlets(told.said[None])
        shape = told.said.shape[1]
        offsets = [
            stream(self.seed, "channel from an outlet", scene.round_index, name).normal(
                0.0, self.noise, shape
            )
            for name in told.names
        ]
        return HeardOutlets(_misperceive(told.said, np.array(offsets))[None])

    def from_humans(
        self,
        values: Floats,
        humans: Indices,
        chosen: Indices,  # noqa: ARG002 - each assistant hears alike
        scene: Scene,
    ) -> Floats:
        """Return what assistants perceive of each consulting human."""
        return self._perceived(values[humans], humans, "channel from humans", scene.round_index)

    def from_assistants(
        self,
        spoken: Floats,
        humans: Indices,
        chosen: Indices,  # noqa: ARG002 - each assistant is heard alike
        scene: Scene,
    ) -> Floats:
        """Return what each consulting human perceives."""
        return self._perceived(spoken, humans, "channel from assistants", scene.round_index)

    def _perceived(self, spoken: Floats, humans: Indices, purpose: str, round_index: int) -> Floats:
        """Add noise that is drawn for everybody, so that who else consults does not change one's own."""
        if self.is_exact or not humans.size:
            return spoken
        shape = (int(humans.max()) + 1, spoken.shape[1])
        noise = stream(self.seed, purpose, round_index).normal(0.0, self.noise, shape)
        return _misperceive(spoken, noise[humans])


def _misperceive(expressed: Floats, offsets: Floats) -> Floats:
    """Return what is perceived of values where it is off by so much; it stays in [0, 1]."""
    return np.clip(expressed + offsets, 0.0, 1.0)


def select_topics(array: Floats, topics: Indices | None) -> Floats:
    """Return the columns of the topics, or the array itself where all dimensions are spoken of."""
    return array if topics is None else np.ascontiguousarray(array[..., topics])


def replace_topics(array: Floats, topics: Indices | None, columns: Floats) -> Floats:
    """Return an array with other columns of the topics; the columns where all dimensions are spoken of."""
    if topics is None:
        return columns
    whole = array.copy()
    whole[:, topics] = columns
    return whole
