"""What an assistant holds, measured by what it says and by what it answers to a questionnaire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import Questionnaire, mean_of_known, measure
from coevolve_sim.language.readers import Reader, ToRead
from coevolve_sim.minds import Message, Mind, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream_seed


@dataclass(frozen=True, eq=False)
class Speaker:
    """Who speaks for an assistant.

    Attributes
    ----------
    mind : Mind
        Who is asked.
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
    """What an assistant holds, by dimension.

    Attributes
    ----------
    said : float array, shape (dimensions,)
        What a reader takes from its messages, the mean over those that were answered and read, in [0, 1]; nan
        where none was.
    answered : float array, shape (dimensions,)
        What it answers to a questionnaire, in [0, 1]; nan where no item was answered in all its orders.
    statuses : mapping of str to int
        How its messages ended, an answered one that could not be read as the reading did.
    """

    said: Floats
    answered: Floats
    statuses: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Readout:
    """How messages are asked for and read.

    Attributes
    ----------
    mind : Mind
        Who reads, with its own voice.
    questionnaire : Questionnaire
        What is asked besides.
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
    """

    mind: Mind
    questionnaire: Questionnaire
    reader: Reader
    templates: Templates
    seed: int = 1
    draws: int = 4
    temperature: float = 0.7
    max_tokens: int = 60

    @property
    def topics(self) -> tuple[str, ...]:
        """What each dimension is called in prompts."""
        return self.reader.topics

    def request(self, system: str, dimension: int, voice: str, *address: str | int) -> Request:
        """Return what somebody is asked who is to say where they stand on a dimension.

        Parameters
        ----------
        system : str
            Who they are.
        dimension : int
            Which.
        voice : str
            Whose.
        address : str or int
            Who and which of their messages it is: what its words are drawn by.
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
        """Return where the writers of messages stand, and how the messages ended.

        Where one was not answered, or could not be read, there is nan.

        Parameters
        ----------
        speaker : Mind
            Who writes.
        requests : sequence of (Request, int)
            What to write, and on which dimension.
        """
        said = [parse_message(reply) for reply in ask_all(speaker, [request for request, _ in requests])]
        found = np.full(len(requests), np.nan)
        ends: Counter[str] = Counter(one.status for one in said)
        there = [number for number, one in enumerate(said) if one.status == "answered"]
        messages = [ToRead(said[number].text, requests[number][1], "") for number in there]
        for number, reading in zip(there, self.reader.read(self.mind, messages), strict=True):
            found[number] = reading.value
            if reading.status != "answered":
                ends["answered"] -= 1
                ends[reading.status] += 1
        return found, +ends

    def measure_held(self, speaker: Speaker) -> HeldValues:
        """Return what an assistant says and what it answers that is told nothing of where it stands."""
        said, ends = self.measure_said(speaker)
        told = {"": speaker.system}
        taken = measure(speaker.mind, self.questionnaire, told, self.templates, voice=speaker.voice)
        return HeldValues(said, taken.values[0], ends)

    def measure_said(self, speaker: Speaker) -> tuple[Floats, Counter[str]]:
        """Return what is read from an assistant's messages, and how they ended; no questionnaire is asked.

        Returns
        -------
        said : float array, shape (dimensions,)
            In [0, 1]; nan where no message on a dimension was answered and read.
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
