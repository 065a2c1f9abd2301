"""Measurement of an assistant's values, from its messages and from its answers to a questionnaire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.parsing import RULE, parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import Questionnaire, mean_of_known, measure
from coevolve_sim.language.readers import Reader, ToRead
from coevolve_sim.minds import Message, Mind, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream_seed


@dataclass(frozen=True, eq=False)
class Speaker:
    """The mind, system message and voice that speak for an assistant.

    Attributes
    ----------
    mind : Mind
        The mind that is asked.
    system : str
        The assistant's system message.
    voice : str
        The voice of the mind; empty for its own.
    """

    mind: Mind
    system: str
    voice: str = ""


@dataclass(frozen=True, eq=False)
class HeldValues:
    """An assistant's measured values, by dimension.

    Attributes
    ----------
    said : float array, shape (dimensions,)
        Values read from its messages: the mean over those that were heard and read, in [0, 1]; nan where
        there are none.
    answered : float array, shape (dimensions,)
        Values from its answers to a questionnaire, in [0, 1]; nan where no item was answered in all its
        orders.
    statuses : mapping of str to int
        Counts of its messages' statuses; a message that was heard and could not be read counts under the
        status of its reading.
    """

    said: Floats
    answered: Floats
    statuses: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Readout:
    """Settings by which messages are asked for and read.

    Attributes
    ----------
    mind : Mind
        The mind that reads, with its own voice.
    questionnaire : Questionnaire
        The items that an assistant is asked in addition.
    reader : Reader
        How messages are read.
    templates : Templates
        Words of the prompts.
    seed : int
        Of the words.
    draws : int
        Messages of an assistant on each topic, at least 1.
    temperature : float
        Of what is written.
    max_tokens : int
        Of the longest message.
    rule : int
        The rule by which messages are read, one of `coevolve_sim.language.parsing.RULES`.
    """

    mind: Mind
    questionnaire: Questionnaire
    reader: Reader
    templates: Templates
    seed: int = 1
    draws: int = 4
    temperature: float = 0.7
    max_tokens: int = 60
    rule: int = RULE

    @property
    def topics(self) -> tuple[str, ...]:
        """What each dimension is called in prompts."""
        return self.reader.topics

    def request(self, system: str, dimension: int, voice: str, *address: str | int) -> Request:
        """Return the request that asks somebody to say where they stand on a dimension.

        Parameters
        ----------
        system : str
            The system message, which says who they are.
        dimension : int
            Index of the dimension.
        voice : str
            The mind's voice that answers.
        address : str or int
            Identifies the speaker and the message; the seed of its words is derived from it.
        """
        topic = self.topics[dimension]
        return Request(
            "speak",
            (Message("system", system), Message("user", self.templates.speak(topic))),
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            seed=stream_seed(self.seed, "words", topic, *address) % 2**31,
            voice=voice,
        )

    def read(self, speaker: Mind, requests: Sequence[tuple[Request, int]]) -> tuple[Floats, Counter[str]]:
        """Ask for messages and read them; return the writers' values and counts of statuses.

        The value is nan where nothing of a message is heard, or it could not be read.

        Parameters
        ----------
        speaker : Mind
            The mind that writes.
        requests : sequence of (Request, int)
            Requests for messages, each with its dimension.
        """
        replies = ask_all(speaker, [request for request, _ in requests])
        said = [parse_message(reply, rule=self.rule) for reply in replies]
        found = np.full(len(requests), np.nan)
        ends: Counter[str] = Counter(one.status for one in said)
        there = [number for number, one in enumerate(said) if one.is_heard]
        messages = [ToRead(said[number].heard, requests[number][1], "") for number in there]
        for number, reading in zip(there, self.reader.read(self.mind, messages), strict=True):
            found[number] = reading.value
            if reading.status != "answered":
                ends[said[number].status] -= 1
                ends[reading.status] += 1
        return found, +ends

    def measure_held(self, speaker: Speaker) -> HeldValues:
        """Measure an assistant's values, from its messages and from its answers to the questionnaire."""
        said, ends = self.measure_said(speaker)
        told = {"": speaker.system}
        taken = measure(speaker.mind, self.questionnaire, told, self.templates, voice=speaker.voice)
        return HeldValues(said, taken.values[0], ends)

    def measure_said(self, speaker: Speaker) -> tuple[Floats, Counter[str]]:
        """Measure an assistant's values from its messages alone; return them with counts of statuses.

        Returns
        -------
        said : float array, shape (dimensions,)
            In [0, 1]; nan where no message on a dimension was heard and read.
        statuses : Counter of str
            As of `HeldValues`.
        """
        n_dimensions = len(self.topics)
        requests = [
            (self.request(speaker.system, dimension, speaker.voice, "assistant", draw), dimension)
            for dimension in range(n_dimensions)
            for draw in range(self.draws)
        ]
        read, ends = self.read(speaker.mind, requests)
        return mean_of_known(read.reshape(n_dimensions, self.draws)), ends
