"""Societies whose humans hear from peers what was said in another world.

Mediation asks where people end in world u if their peers say what they say in world v (`x(u, M(v))`). So one
society records, round by round, what listeners perceived of their peers, and another hears that record in
place of its own peers. The channel alone differs: everything else of the round is as it is, and a society
that neither records nor replays has nothing added to its rounds.

A record is kept in memory. A round costs ``8 * humans * topics`` bytes with a numeric channel (twice that
with noise, and ``4 * humans`` more in full mixing), and ``(8 * topics + 4) * ties`` bytes, the messages and
their readings with a channel of language: 100 rounds of 10,000 people and 10 dimensions are 80 MB.
`PeerRecord.n_bytes` says how much an array-wise record holds.

What is replayed is what was perceived. A rule that reads more of a peer than that (the precision it claims,
or where it stands at the time of an encounter) cannot hear another world, and is refused. A rule of one's own
is taken to read its peers in ``given.perceived`` only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import StudyError
from coevolve_sim.language import Conversation, Hearing, Utterance
from coevolve_sim.language.cells.conversation import CellConversation
from coevolve_sim.language.readers import Reading
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Channel, Scene
from coevolve_sim.rules.media import Broadcast, HeardOutlets
from coevolve_sim.rules.moral_argument import MoralArgument
from coevolve_sim.society.setup import Setup


@dataclass(frozen=True, eq=False)
class PeersOfRound:
    """What listeners perceived of their peers in one round.

    Attributes
    ----------
    perceived : Perceived
        As the channel returned it, its values copied.
    ties : Ties
        The network of that round.
    topics : int array, shape (topics,), or None
        The dimensions that the round was about; None where it was about all.
    said, heard : tuple of Utterance, tuple of Hearing, or None
        The messages among peers, and how listeners read them; None with a channel without words.
    """

    perceived: Perceived
    ties: Ties
    topics: Indices | None
    said: tuple[Utterance, ...] | None = None
    heard: tuple[Hearing, ...] | None = None


@dataclass(eq=False)
class PeerRecord:
    """What listeners perceived of their peers in one world, by round.

    Attributes
    ----------
    n_humans : int
    dimension_names : tuple of str
    rounds : dict of int to PeersOfRound
        By the number of the round; the first is 1.
    """

    n_humans: int
    dimension_names: tuple[str, ...]
    rounds: dict[int, PeersOfRound] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Bytes of what was perceived, messages not counted."""
        return sum(
            one.perceived.perceived.nbytes
            + (0 if one.perceived.offsets is None else one.perceived.offsets.nbytes)
            + (0 if one.perceived.rows is one.ties.indices else one.perceived.rows.nbytes)
            for one in self.rounds.values()
        )


def record_peers(setup: Setup) -> tuple[Setup, PeerRecord]:
    """Return the setup of the same society, and the record that its rounds will fill.

    The trajectory is the same, bit for bit.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    setup : Setup
        For one `coevolve_sim.society.Society`.
    record : PeerRecord
        Empty; every round that the society runs is added.

    Raises
    ------
    StudyError
        If the society's rule cannot hear peers of another world.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society import Society, build_setup
    >>> setup, record = record_peers(build_setup(loads("{name: tiny, rounds: 2, population: {humans: 20}}")))
    >>> society = Society(setup, with_objects=False)
    >>> society.step()
    >>> sorted(record.rounds), record.n_bytes == 8 * 20 * 19
    ([1], True)
    """
    _refuse_rule(setup)
    record = PeerRecord(setup.n_humans, setup.space.names)
    return replace(setup, channel=RecordingChannel(setup.channel, record)), record


def replay_peers(setup: Setup, record: PeerRecord, *, after: int = 0) -> Setup:
    """Return the setup of a society whose humans hear from peers what is on record of another world.

    Nobody is asked for peers' messages: with a channel of language, those on record are heard, and
    remembered, as if they had been said here; they stand in the round's log.

    Parameters
    ----------
    setup : Setup
        Of the society that hears; it has the people and ties of the one that was recorded.
    record : PeerRecord
        Of every round that the society will run.
    after : int
        The round from which the society is continued, if it does not begin with the first.

    Returns
    -------
    Setup

    Raises
    ------
    StudyError
        If the rule cannot hear peers of another world, people or ties are others, or rounds are missing.
        A round in which ties or topics have become others is refused when it is run.

    References
    ----------
    [Pearl2001]_

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society import Society, build_setup
    >>> plain = build_setup(loads("{name: tiny, rounds: 1, population: {humans: 20}}"))
    >>> setup, record = record_peers(plain)
    >>> recorded = Society(setup, with_objects=False)
    >>> recorded.step()
    >>> again = Society(replay_peers(plain, record), with_objects=False)
    >>> again.step()
    >>> bool((again.values == recorded.values).all())
    True
    """
    _refuse_rule(setup)
    if record.n_humans != setup.n_humans or record.dimension_names != setup.space.names:
        raise StudyError(
            f"peers were recorded of {record.n_humans} humans on {', '.join(record.dimension_names)}; this "
            f"society has {setup.n_humans} on {', '.join(setup.space.names)}: replay a world of the same "
            "people"
        )
    missing = [index for index in range(after + 1, setup.n_rounds + 1) if index not in record.rounds]
    if missing:
        raise StudyError(
            f"this society runs to round {setup.n_rounds}, and what peers said in round {missing[0]} is not "
            f"on record ({len(record.rounds)} rounds are): run the recorded society further"
        )
    first = record.rounds.get(1)
    if after == 0 and first is not None and not _is_same_network(first.ties, setup.ties):
        raise StudyError(
            "peers were recorded on other ties than this society has: give both the same network and seed"
        )
    return replace(setup, channel=ReplayingChannel(setup.channel, record))


def _refuse_rule(setup: Setup) -> None:
    """Refuse a rule that reads more of a peer than what is perceived of it.

    Raises
    ------
    StudyError
        Says what it reads, and what to take.
    """
    rule, name = setup.rule, setup.rule.name
    instead = "take a rule in which all listen at once to what they perceive, as degroot or hegselmann_krause"
    why = ""
    if rule.both_move:
        why = "moves both of a pair, and a peer of another world cannot be moved in this one"
    elif setup.scenario.update.schedule == "pairwise":
        why = "runs pairwise, where one hears where the other stands after earlier encounters of this world"
    elif rule.claims(rule.first_state(setup.initial_values)) is not None:
        why = (
            "weighs peers by the precision they claim in this world, which is not what was perceived of them"
        )
    elif isinstance(rule, MoralArgument) and setup.ties.complete:
        why = "counts a listener among those it hears in full mixing, so that it would hear itself elsewhere"
        instead = "give everybody the ties they have, as a network"
    if why:
        raise StudyError(f"peers of another world cannot be heard under rule {name}: it {why}; {instead}")
    if getattr(setup.scenario.channel, "mediator", None) is not None:
        raise StudyError(
            "peers of another world were edited there by its mediator: what would be told as the way by "
            "peers is the editor's own; leave channel.mediator out"
        )
    remembered: object = setup.channel.conversation()
    if isinstance(remembered, CellConversation):
        raise StudyError(
            "peers of another world cannot be heard where cells of humans are asked: what is on record is "
            "said by many; set channel.population.by to humans"
        )
    if not isinstance(remembered, Conversation | None):
        raise StudyError(
            "peers of another world cannot be heard through a channel that remembers in a "
            f"{type(remembered).__name__} of its own: take channel numeric or language"
        )


class _ChannelBefore(Channel):
    """A channel that answers as another does."""

    def __init__(self, channel: Channel, record: PeerRecord) -> None:
        self.channel, self.record = channel, record
        self.is_exact = channel.is_exact
        self.minds, self.mind_names = channel.minds, channel.mind_names

    def measure_fitness(self, *, always: bool = False) -> list[Any]:
        return self.channel.measure_fitness(always=always)

    def calibrate(self, calibrations: Mapping[str, str]) -> None:
        self.channel.calibrate(calibrations)

    def measure_arms(self) -> list[Any]:
        return self.channel.measure_arms()

    @property
    def message_rule(self) -> int | None:  # type: ignore[override]
        return self.channel.message_rule

    def resumed_from(self, manifest: Mapping[str, str]) -> Channel:
        return type(self)(self.channel.resumed_from(manifest), self.record)

    def prepare(self) -> list[Any]:
        return self.channel.prepare()

    def measure_bias(self) -> list[Any]:
        return self.channel.measure_bias()

    def topics(self, round_index: int) -> Indices | None:
        return self.channel.topics(round_index)

    def conversation(self) -> Any:
        return self.channel.conversation()

    def manifest(self) -> dict[str, str]:
        return self.channel.manifest()

    def refuse_unknown_voices(self, scenario: Any, minds: Mapping[str, Any]) -> None:
        self.channel.refuse_unknown_voices(scenario, minds)

    def with_minds(self, opener: Callable[[Any], Any]) -> Channel:
        return type(self)(self.channel.with_minds(opener), self.record)

    def from_outlets(self, told: Broadcast, scene: Scene) -> HeardOutlets:
        return self.channel.from_outlets(told, scene)

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        return self.channel.from_humans(values, humans, chosen, scene)

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        return self.channel.from_assistants(spoken, humans, chosen, scene)


class RecordingChannel(_ChannelBefore):
    """A channel that keeps what humans perceive of each other, and returns it unchanged."""

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what the channel before it returns, and keep a copy."""
        heard = self.channel.among_humans(values, ties, scene)
        # A copy, because history moves people in a buffer that later rounds write to.
        kept = replace(heard, perceived=heard.perceived.copy())
        topics = None if scene.topics is None else scene.topics.copy()
        said = notes = None
        if scene.conversation is not None:
            said = tuple(scene.conversation.said)
            notes = tuple(scene.conversation.heard)
        self.record.rounds[scene.round_index] = PeersOfRound(kept, ties, topics, said, notes)
        return heard


class ReplayingChannel(_ChannelBefore):
    """A channel in which humans perceive of each other what is on record of another world."""

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:  # noqa: ARG002 - not asked
        """Return what was perceived of peers in this round of the other world.

        Raises
        ------
        StudyError
            If the round is not on record, or its ties, topics or kind of channel are others.
        """
        before = self.record.rounds.get(scene.round_index)
        if before is None:
            raise StudyError(f"what peers said in round {scene.round_index} is not on record")
        for what, same in (
            ("ties", _is_same_network(before.ties, ties)),
            ("topics", _is_same_array(before.topics, scene.topics)),
            ("words, or none,", (before.said is None) == (scene.conversation is None)),
        ):
            if not same:
                raise StudyError(
                    f"round {scene.round_index}: peers were recorded with other {what} than this society "
                    "has; give both worlds the same network, rewiring, channel and seed"
                )
        if before.said is not None and before.heard is not None:
            _repeat(scene.conversation, before.said, before.heard)
        return before.perceived


def _repeat(conversation: Any, said: tuple[Utterance, ...], heard: tuple[Hearing, ...]) -> None:
    """Let messages on record be said and heard in a conversation."""
    numbers = [conversation.say(utterance) for utterance in said]
    for note in heard:
        reading = Reading(note.perceived, note.status, note.option_mass)
        conversation.hear(numbers[note.message], note.listener, reading)


def _is_same_network(one: Ties, other: Ties) -> bool:
    return one is other or (
        one.n_humans == other.n_humans
        and one.complete == other.complete
        and all(
            _is_same_array(getattr(one, part), getattr(other, part))
            for part in ("indptr", "indices", "weights")
        )
    )


def _is_same_array(one: NDArray[Any] | None, other: NDArray[Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or np.array_equal(one, other)
