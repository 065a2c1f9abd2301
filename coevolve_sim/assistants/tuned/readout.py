"""What an assistant holds, told by what it says and by what it answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import Questionnaire, measure
from coevolve_sim.language.reader import Reader, ToRead
from coevolve_sim.minds import Message, Mind, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream_seed


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

    def held(self, speaker: Mind, system: str, voice: str) -> HeldValues:
        """Return what somebody holds who is told nothing of where they stand.

        Parameters
        ----------
        speaker : Mind
            Who speaks for them.
        system : str
            Who they are.
        voice : str
            Their voice.
        """
        said, ends = self.said(speaker, system, voice)
        taken = measure(speaker, self.questionnaire, {"": system}, self.templates, voice=voice)
        return HeldValues(said, taken.values[0], ends)

    def said(self, speaker: Mind, system: str, voice: str) -> tuple[Floats, Counter[str]]:
        """Return what is read from somebody's messages, by dimension, and how they ended; as of `held`."""
        n_dimensions = len(self.topics)
        requests = [
            (self.request(system, dimension, voice, "assistant", draw), dimension)
            for dimension in range(n_dimensions)
            for draw in range(self.draws)
        ]
        read, ends = self.read(speaker, requests)
        return mean_of_known(read.reshape(n_dimensions, self.draws)), ends


def mean_of_known(rows: Floats) -> Floats:
    """Return the mean of each row over what is not nan; nan where nothing is.

    Examples
    --------
    >>> mean_of_known(np.array([[0.25, np.nan, 0.75], [np.nan, np.nan, np.nan]])).tolist()
    [0.5, nan]
    """
    known = ~np.isnan(rows)
    counts = known.sum(axis=-1)
    sums = np.where(known, rows, 0.0).sum(axis=-1)
    means: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means
