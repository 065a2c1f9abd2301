"""The language channel: a mind writes what a speaker holds, another reads what the writer holds.

A round is about one topic or a few. Every human that anybody hears writes one message on it; whoever hears
it reads it, by items of a questionnaire ("how would the writer answer?"), in every order of their options.
Listeners who share a mind's voice read the same words the same way, so each message is read once by each
voice. What is not answered (refused, cut short, given up) is not heard: it is on record, and never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.bias_measurement import measure_bias
from coevolve_sim.language.conversation import NOBODY, Conversation, Utterance
from coevolve_sim.language.mind_pool import MindPool
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.language.people import Person
from coevolve_sim.language.readers import CorrectedReader, Reading, ToRead
from coevolve_sim.language.voices import refuse_unknown_voices
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind, Reply
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.networks.ties import Ties
from coevolve_sim.rules import Perceived
from coevolve_sim.rules.channel import Channel, Scene
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.streams import stream

Readings = dict[tuple[int, str], Reading]
"""What each voice read in each message, by the message's number in its round."""


@dataclass(frozen=True)
class AssistantVoice:
    """An assistant as prompts introduce it: its name, mind and voice, and whether its weights learn.

    One whose weights learn is told nothing of where it stands, speaks with the voice that the conversation
    has for it, and reads with its mind's own.
    """

    name: str
    mind: str
    voice: str
    is_tuned: bool = False


@dataclass(frozen=True, eq=False)
class LanguageChannel(Channel):
    """Values said in words and read from them.

    Attributes
    ----------
    minds : MindPool
        Opened when first asked.
    mind : str
        Name of the mind that speaks and reads for humans.
    people : tuple of Person
        Who each human is.
    assistants : tuple of AssistantVoice
        Who each assistant is.
    writing : PromptWriter
        How messages are asked for.
    reader : CorrectedReader
        How they are read.
    n_dimensions, topics_per_round : int
        Of the value space, and what a round is about.
    topics_drawn : bool
        Whether topics are drawn instead of taken in their order.
    memory : int
        How many of the last messages on a topic a human remembers.
    claims : tuple of (str, str)
        A statement for each dimension, and one against, for the bias map.
    maps_bias, subtracts_bias : bool
        Whether the mind's own bias is measured before the first round, and taken off what is read.
    """

    minds: MindPool = field()  # none by default, although the base class has one
    mind: str
    people: tuple[Person, ...]
    assistants: tuple[AssistantVoice, ...]
    writing: PromptWriter
    reader: CorrectedReader
    n_dimensions: int
    topics_per_round: int
    topics_drawn: bool
    memory: int
    claims: tuple[tuple[str, str], ...]
    maps_bias: bool
    subtracts_bias: bool

    def manifest(self) -> dict[str, str]:
        """Return the fingerprint of the prompts' templates."""
        return {"templates": self.writing.templates.fingerprint}

    def refuse_unknown_voices(self, scenario: Scenario, minds: Mapping[str, Mind]) -> None:
        """Refuse groups, assistants and judges with a voice that their mind does not have."""
        refuse_unknown_voices(scenario, self.mind, minds)

    def with_minds(self, opener: Callable[[MindSpec], Mind]) -> LanguageChannel:
        """Return the same channel, its minds opened by something else and its bias map empty."""
        minds = MindPool(tuple(self.minds.parts.values()), opener)
        return replace(self, minds=minds, reader=self.reader.without_correction())

    @property
    def mind_names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The minds that anybody here speaks or reads with."""
        return tuple(dict.fromkeys((self.mind, *(assistant.mind for assistant in self.assistants))))

    def prepare(self) -> list[BiasRow]:
        """Measure the mind's own bias, if that is asked for; nothing is said in the society yet."""
        if not (self.maps_bias or self.subtracts_bias):
            return []
        rows = self.measure_bias()
        if self.subtracts_bias:
            self.reader.bias.learn(rows)
        return rows

    def measure_bias(self) -> list[BiasRow]:
        """Return what the mind itself makes of stances, by voice and topic."""
        plain = self.reader.without_correction()
        return measure_bias(self.minds.of(self.mind), self.writing, plain, self.people, self.claims)

    def topics(self, round_index: int) -> Indices:
        """Return the dimensions that a round is about, ascending."""
        if self.topics_drawn:
            rng = stream(self.writing.seed, "topics", round_index)
            return np.sort(rng.choice(self.n_dimensions, size=self.topics_per_round, replace=False))
        first = (round_index - 1) * self.topics_per_round
        return np.unique(np.arange(first, first + self.topics_per_round) % self.n_dimensions)

    def conversation(self) -> Conversation:
        """Return what humans remember before the first round: nothing."""
        return Conversation.beginning(len(self.people), self.n_dimensions, self.memory)

    # --- among humans ----------------------------------------------------------------------------

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what every listener perceives of the speakers whose words got through to it."""
        topics, conversation = _of(scene)
        ties = ties.to_explicit()
        said = [(int(human), d) for human in np.unique(ties.indices) for d in topics]
        requests = [
            self.writing.speak(
                self.people[human], human, values[human], topics, d, scene.round_index, conversation
            )
            for human, d in said
        ]
        replies = ask_all(self.minds.of(self.mind), requests)
        numbers = {
            (human, d): self._say(conversation, ("peer", human, NOBODY, d), reply, values[human, d])
            for (human, d), reply in zip(said, replies, strict=True)
        }
        voices = self._voices_that_hear(ties)
        pairs = [(number, voice) for (human, _), number in numbers.items() for voice in voices[human]]
        readings = self._read(self.mind, conversation, pairs)
        for (human, _), number in numbers.items():
            _note_expressed(conversation.said[number], readings.get((number, self.people[human].voice)))
        return self._heard_along(ties, topics, numbers, readings, conversation)

    def _voices_that_hear(self, ties: Ties) -> dict[int, list[str]]:
        """Return the voices that read each human's words: its own, and those of whoever hears it."""
        voices: dict[int, set[str]] = {}
        for listener, speaker in zip(ties.listeners, ties.indices, strict=True):
            heard_by = voices.setdefault(int(speaker), {self.people[speaker].voice})
            heard_by.add(self.people[listener].voice)
        return {human: sorted(found) for human, found in voices.items()}

    def _heard_along(
        self,
        ties: Ties,
        topics: list[int],
        numbers: dict[tuple[int, int], int],
        readings: Readings,
        conversation: Conversation,
    ) -> Perceived:
        """Return a row a tie; a tie along which a topic did not get through is not heard this round."""
        perceived = np.full((ties.indices.size, len(topics)), np.nan)
        for tie, (listener, speaker) in enumerate(zip(ties.listeners, ties.indices, strict=True)):
            for column, d in enumerate(topics):
                number = numbers[int(speaker), d]
                if reading := readings.get((number, self.people[listener].voice)):
                    perceived[tie, column] = reading.value
                    conversation.hear(number, int(listener), reading)
        through = np.isfinite(perceived).all(axis=1)
        heard_along = ties.keep(through)
        rows = np.arange(heard_along.indices.size, dtype=np.int32)
        return Perceived(perceived[through], rows, ties=heard_along)

    # --- humans and assistants -------------------------------------------------------------------

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let humans write to the assistants they chose; return what those read, nan where nothing was."""
        topics, conversation = _of(scene)
        said = [(row, int(human), d) for row, human in enumerate(humans) for d in topics]
        requests = [
            self.writing.ask(
                self.people[human],
                human,
                values[human],
                topics,
                d,
                self.assistants[chosen[row]].name,
                scene.round_index,
                conversation,
            )
            for row, human, d in said
        ]
        replies = ask_all(self.minds.of(self.mind), requests)
        told = np.full((len(humans), len(topics)), np.nan)
        by_assistant: dict[int, list[tuple[int, int, int]]] = {}
        for (row, human, d), reply in zip(said, replies, strict=True):
            about = ("question", human, int(chosen[row]), d)
            number = self._say(conversation, about, reply, values[human, d])
            by_assistant.setdefault(int(chosen[row]), []).append((number, row, topics.index(d)))
        own = [
            (number, self.people[conversation.said[number].speaker].voice)
            for entries in by_assistant.values()
            for number, _, _ in entries
        ]
        for (number, _), reading in self._read(self.mind, conversation, own).items():
            _note_expressed(conversation.said[number], reading)
        for which, entries in sorted(by_assistant.items()):
            assistant = self.assistants[which]
            pairs = [(number, assistant.voice) for number, _, _ in entries]
            readings = self._read(assistant.mind, conversation, pairs)
            for number, row, column in entries:
                read = readings.get((number, assistant.voice))
                if read is not None:
                    told[row, column] = read.value
                    conversation.note(number, which, read)
        return told

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Let assistants answer what humans wrote; return what these read, nan where nothing was.

        ``spoken`` has a row for each of ``humans``: where the assistant it chose stands, on all dimensions.
        """
        topics, conversation = _of(scene)
        questions = {(u.speaker, u.dimension): u for u in conversation.said if u.kind == "question"}
        answered = [
            (row, int(human), d)
            for row, human in enumerate(humans)
            for d in topics
            if questions[int(human), d].status == "answered"
        ]
        numbers = self._answer(answered, spoken, chosen, questions, scene)
        pairs = [
            (number, self.people[human].voice)
            for number, (_, human, _) in zip(numbers, answered, strict=True)
        ]
        readings = self._read(self.mind, conversation, pairs)
        heard = np.full((len(humans), len(topics)), np.nan)
        for pair, (row, human, d) in zip(pairs, answered, strict=True):
            read = readings.get(pair)
            if read is not None:
                heard[row, topics.index(d)] = read.value
                conversation.hear(pair[0], human, read)
        return heard

    def _answer(
        self,
        answered: list[tuple[int, int, int]],
        spoken: Floats,
        chosen: Indices,
        questions: dict[tuple[int, int], Utterance],
        scene: Scene,
    ) -> list[int]:
        """Let assistants write answers to questions; return the numbers of these messages."""
        topics, conversation = _of(scene)
        requests = [
            self.writing.answer(
                self.assistants[chosen[row]].name,
                conversation.voices.get(int(chosen[row]), self.assistants[chosen[row]].voice),
                None if self.assistants[chosen[row]].is_tuned else spoken[row],
                topics,
                d,
                human,
                questions[human, d].text,
                scene.round_index,
            )
            for row, human, d in answered
        ]
        numbers = [0] * len(answered)
        for which in sorted({int(chosen[row]) for row, _, _ in answered}):
            assistant = self.assistants[which]
            mine = [i for i, (row, _, _) in enumerate(answered) if chosen[row] == which]
            replies = ask_all(self.minds.of(assistant.mind), [requests[i] for i in mine])
            for i, reply in zip(mine, replies, strict=True):
                row, human, d = answered[i]
                about = ("answer", which, human, d)
                numbers[i] = self._say(conversation, about, reply, spoken[row, d])
            own = [(numbers[i], assistant.voice) for i in mine]
            for (number, _), reading in self._read(assistant.mind, conversation, own).items():
                _note_expressed(conversation.said[number], reading)
        return numbers

    # --- both ------------------------------------------------------------------------------------

    def _say(
        self,
        conversation: Conversation,
        about: tuple[str, int, int, int],
        reply: Reply,
        latent: float,
    ) -> int:
        """Add what came of a request to write to the conversation; return its number."""
        kind, speaker, listener, dimension = about
        written = parse_message(reply)
        return conversation.say(
            Utterance(
                kind,
                speaker,
                listener,
                dimension,
                written.status,
                written.text,
                reply.detail,
                float(latent),
                tokens=reply.tokens_out,
            )
        )

    def _read(self, mind: str, conversation: Conversation, pairs: Iterable[tuple[int, str]]) -> Readings:
        """Let a mind's voices read messages; those that were not answered are left out.

        The bias that is known is that of the humans' mind; nothing is taken off what another reads.
        """
        wanted = [pair for pair in pairs if conversation.said[pair[0]].status == "answered"]
        to_read = [
            ToRead(conversation.said[number].text, conversation.said[number].dimension, voice)
            for number, voice in wanted
        ]
        reader = self.reader if mind == self.mind else self.reader.without_correction()
        return dict(zip(wanted, reader.read(self.minds.of(mind), to_read), strict=True))


def _of(scene: Scene) -> tuple[list[int], Conversation]:
    """Return a round's topics and conversation."""
    topics: Sequence[int] = [] if scene.topics is None else scene.topics.tolist()
    return list(topics), scene.conversation


def _note_expressed(utterance: Utterance, reading: Reading | None) -> None:
    utterance.expressed = float("nan") if reading is None else reading.value
