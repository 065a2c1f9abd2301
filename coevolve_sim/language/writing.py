"""What is asked of minds that write: of a human who speaks or asks, of an assistant that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.arrays import Floats
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.people import Person
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Message, Request
from coevolve_sim.streams import stream_seed


@dataclass(frozen=True)
class PromptWriter:
    """How messages are asked for.

    Attributes
    ----------
    seed : int
        Of the run.
    templates : Templates
        Words of the prompts.
    topics : tuple of str
        What each dimension is called in a sentence.
    temperature : float
        Of what is written.
    max_tokens : int
        Longest message.
    """

    seed: int
    templates: Templates
    topics: tuple[str, ...]
    temperature: float
    max_tokens: int

    def speak(
        self,
        person: Person,
        human: int,
        values: Floats,
        dimensions: Sequence[int],
        dimension: int,
        round_index: int,
        conversation: Conversation,
    ) -> Request:
        """Return what a human is asked who speaks to those who hear it."""
        persona = self.persona(person, values, dimensions, self.remembered(human, dimension, conversation))
        address = (round_index, "speak", human, dimension)
        return self._request(
            "speak", persona, self.templates.speak(self.topics[dimension]), person.voice, address
        )

    def ask(
        self,
        person: Person,
        human: int,
        values: Floats,
        dimensions: Sequence[int],
        dimension: int,
        assistant: str,
        round_index: int,
        conversation: Conversation,
    ) -> Request:
        """Return what a human is asked who turns to an assistant."""
        persona = self.persona(person, values, dimensions, self.remembered(human, dimension, conversation))
        words = self.templates.ask(assistant.replace("_", " "), self.topics[dimension])
        return self._request("ask", persona, words, person.voice, (round_index, "ask", human, dimension))

    def answer(
        self,
        assistant: str,
        voice: str,
        values: Floats | None,
        dimensions: Sequence[int],
        dimension: int,
        human: int,
        text: str,
        round_index: int,
    ) -> Request:
        """Return what an assistant is asked whom a human wrote to; without values, none are stated to it."""
        name = assistant.replace("_", " ")
        if values is None:
            persona = self.templates.assistant_sketch(name)
        else:
            stances = [(self.topics[d], float(values[d])) for d in dimensions]
            persona = self.templates.assistant(name, stances)
        words = self.templates.answer(self.topics[dimension], text)
        return self._request("answer", persona, words, voice, (round_index, "answer", human, dimension))

    def persona(self, person: Person, values: Floats, dimensions: Sequence[int], memory: str = "") -> str:
        """Return who a human is and where it stands on some dimensions."""
        return self.templates.persona(
            person.who, [(self.topics[d], float(values[d])) for d in dimensions], memory
        )

    def remembered(self, human: int, dimension: int, conversation: Conversation) -> str:
        """Return what a human remembers of a topic; empty where it heard nothing."""
        count = int(conversation.counts[human, dimension])
        last = conversation.last[human].get(dimension, ())
        if not count or not last:
            return ""
        mean = float(conversation.sums[human, dimension]) / count
        return self.templates.memory(count, self.topics[dimension], mean, last)

    def _request(
        self, kind: str, persona: str, words: str, voice: str, address: tuple[int | str, ...]
    ) -> Request:
        return Request(
            kind,
            (Message("system", persona), Message("user", words)),
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            seed=stream_seed(self.seed, "words", *address) % 2**31,
            voice=voice,
        )
