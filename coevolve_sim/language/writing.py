"""Messages asked for and read: of humans to each other and to assistants, of outlets, of assistants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.arrays import Floats
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.examples import as_turns, choose_examples
from coevolve_sim.language.openings import begin, opening_of, with_begun
from coevolve_sim.language.parsing import RULE, ParsedMessage, parse_message
from coevolve_sim.language.people import Person
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Message, Reply, Request
from coevolve_sim.streams import stream_seed

Address = tuple[int | str, ...]
"""Names the draws of a message: its words, and the examples that are shown before it."""


@dataclass(frozen=True)
class PromptWriter:
    """Builds the requests by which minds are asked for messages, and reads the messages of their replies.

    Attributes
    ----------
    seed : int
        Seed of the run.
    templates : Templates
        Templates of the prompts.
    topics : tuple of str
        Name of each dimension in a sentence.
    temperature : float
        Sampling temperature of messages.
    max_tokens : int
        Most tokens of a message.
    opening : str
        ``none``, or ``stance``: a message is begun for the mind; see `coevolve_sim.language.openings`.
    rule : int
        The rule by which messages are read, one of `coevolve_sim.language.parsing.RULES`.
    examples : int
        How many messages by others are shown first; see `coevolve_sim.language.examples`.
    """

    seed: int
    templates: Templates
    topics: tuple[str, ...]
    temperature: float
    max_tokens: int
    opening: str = "none"
    rule: int = RULE
    examples: int = 0

    def read(self, request: Request, reply: Reply, speaker: str = "") -> ParsedMessage:
        """Return the message of a reply, or why there is none; with what the request began for the mind.

        Parameters
        ----------
        request : Request
            One of these requests.
        reply : Reply
            The reply to it.
        speaker : str
            Who wrote it, as prompts say: *a baker in a small town, one of the elders*, or the name of an
            assistant.
        """
        return with_begun(request, parse_message(reply, _labels_of(speaker), self.rule))

    def speak(
        self,
        person: Person,
        human: int,
        values: Floats,
        dimensions: Sequence[int],
        dimension: int,
        round_index: int,
        conversation: Conversation,
        named: Address = (),
    ) -> Request:
        """Return the request for a human's message to those who hear it.

        Its draws go by round and human, unless they are ``named`` otherwise.
        """
        persona = self.persona(person, values, dimensions, self.recall(human, dimension, conversation))
        address = named or (round_index, "speak", human, dimension)
        words = self.templates.speak(self.topics[dimension])
        begun = self._opening(values, dimension, round_index)
        shown = self._examples(dimension, address)
        return self._request("speak", persona, words, person.voice, address, begun, shown)

    def publish(
        self,
        outlet: Person,
        name: str,
        values: Floats,
        dimensions: Sequence[int],
        dimension: int,
        round_index: int,
    ) -> Request:
        """Return the request for an outlet's message to those who follow it; its draws go by its name."""
        persona, address = self.persona(outlet, values, dimensions), (round_index, "publish", name, dimension)
        words, begun = (
            self.templates.speak(self.topics[dimension]),
            self._opening(values, dimension, round_index),
        )
        shown = self._examples(dimension, address)
        return self._request("publish", persona, words, outlet.voice, address, begun, shown)

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
        named: Address = (),
    ) -> Request:
        """Return the request for a human's message to an assistant; its draws go as those of `speak`."""
        persona = self.persona(person, values, dimensions, self.recall(human, dimension, conversation))
        words = self.templates.ask(assistant.replace("_", " "), self.topics[dimension])
        address = named or (round_index, "ask", human, dimension)
        begun = self._opening(values, dimension, round_index)
        shown = self._examples(dimension, address)
        return self._request("ask", persona, words, person.voice, address, begun, shown)

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
        named: Address = (),
    ) -> Request:
        """Return the request for an assistant's answer to a human's message; its draws go as in `speak`.

        Without ``values``, its prompt says nothing of where the assistant stands: so it is for an assistant
        whose weights learn, whose values are in its weights.
        """
        persona = self.persona_of_assistant(assistant, values, dimensions)
        words = self.templates.answer(self.topics[dimension], text)
        begun = "" if values is None else self._opening(values, dimension, round_index)
        address = named or (round_index, "answer", human, dimension)
        shown = () if values is None else self._examples(dimension, address)
        return self._request("answer", persona, words, voice, address, begun, shown)

    def mediate(
        self,
        assistant: str,
        voice: str,
        value: float | None,
        dimension: int,
        human: int,
        text: str,
        round_index: int,
        named: Address = (),
    ) -> Request:
        """Return the request that an assistant edit a human's message to others; draws go as in `speak`.

        It is told its own stance on the topic as personas are told theirs; without ``value``, none.
        """
        name, topic = assistant.replace("_", " "), self.topics[dimension]
        persona = (
            self.templates.assistant_sketch(name)
            if value is None
            else self.templates.assistant(name, [(topic, value)])
        )
        address = named or (round_index, "mediate", human, dimension)
        return self._request("mediate", persona, self.templates.mediate(topic, text), voice, address, "", ())

    def persona(self, person: Person, values: Floats, dimensions: Sequence[int], memory: str = "") -> str:
        """Return the persona of a human or an outlet: who it is and its values on some dimensions."""
        return self.templates.persona(
            person.who, [(self.topics[d], float(values[d])) for d in dimensions], memory
        )

    def persona_of_assistant(self, assistant: str, values: Floats | None, dimensions: Sequence[int]) -> str:
        """Return the persona of an assistant: its name, and its values on some dimensions if it has any."""
        name = assistant.replace("_", " ")
        if values is None:
            return self.templates.assistant_sketch(name)
        return self.templates.assistant(name, [(self.topics[d], float(values[d])) for d in dimensions])

    def recall(self, human: int, dimension: int, conversation: Conversation) -> str:
        """Return a human's memory of a topic in words; empty where it has heard nothing on it."""
        found = conversation.recall(human, dimension)
        if found is None:
            return ""
        if not found.last:
            return self.templates.gist(found.number, self.topics[dimension], found.mean)
        return self.templates.memory(found.number, self.topics[dimension], found.mean, found.last)

    def _opening(self, values: Floats, dimension: int, round_index: int) -> str:
        """Return the words with which a message is begun for the mind; none unless openings are asked for."""
        if self.opening == "none":
            return ""
        return opening_of(float(values[dimension]), self.topics[dimension], round_index)

    def _examples(self, dimension: int, address: Address) -> tuple[Message, ...]:
        """Return the turns that are shown before a message is asked for."""
        if not self.examples:
            return ()
        chosen = choose_examples(self.examples, self.topics[dimension], self.seed, *address)
        return as_turns(chosen, self.templates)

    def _request(
        self,
        kind: str,
        persona: str,
        words: str,
        voice: str,
        address: Address,
        begun: str,
        shown: tuple[Message, ...],
    ) -> Request:
        asked = Request(
            kind,
            (Message("system", persona), *shown, Message("user", words)),
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            seed=stream_seed(self.seed, "words", *address) % 2**31,
            voice=voice,
        )
        return begin(asked, begun)


def _labels_of(speaker: str) -> tuple[str, ...]:
    """Return what a speaker may write before its own words: its name, or how it is introduced.

    Examples
    --------
    >>> _labels_of("a baker, one of the elders"), _labels_of("wise_guide")
    (('a baker, one of the elders', 'a baker', 'baker'), ('wise_guide', 'wise guide'))
    """
    short = speaker.partition(",")[0]
    without_article = short.removeprefix("an ").removeprefix("a ")
    return tuple(
        dict.fromkeys(name for name in (speaker, short, without_article, speaker.replace("_", " ")) if name)
    )
