"""Challenge populations that speak: people express their values in words, and a reader perceives them.

People of an era are personas who speak with that era's voice; their prompts state no values, so they express
the values of the voice. People around a centre, such as the simulated human of coevolve, are told their value
in the prompt, one topic at a time, and speak with the mind's own voice; so does an assistant that is told its
values. All messages are read with the mind's own voice. A message that was not answered, or could not be
read, is counted but not used; a person who was not heard on every topic is left out of the observation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.policies import Observation
from coevolve_sim.assistants.tuned import Readout, Respondent
from coevolve_sim.errors import PolicyError
from coevolve_sim.evaluation.challenges.populations import NumericPopulation
from coevolve_sim.language.questionnaires import Persona, mean_of_known
from coevolve_sim.minds import Mind
from coevolve_sim.streams import stream
from coevolve_sim.values.histories import History


@dataclass(frozen=True, eq=False)
class LanguagePopulation:
    """A challenge population whose people are heard in words.

    Attributes
    ----------
    mind : Mind
        The mind that speaks for them; it should keep its replies, so that no request is made twice
        (`coevolve_sim.minds.recorded`).
    voices : tuple of str, shape (eras,)
        The voice of each era, in the order of the history.
    personas : tuple of Persona
        The personas from which each replication draws people, with replacement.
    readout : Readout
        How people are asked and their messages read.
    assistant : str
        Name in prompts of an assistant that is told its values.
    spread, dose : float
        As for `NumericPopulation`.
    n_people : int, optional
        Number of people that a replication draws; the number of personas if not given.
    ends : mapping of str to Counter
        Number of messages so far by status: of ``era`` people, of people around a centre (``human``), and of
        an ``assistant``.

    Raises
    ------
    PolicyError
        If spread, dose or the number of people is out of range, or there are no personas.
    """

    mind: Mind
    voices: tuple[str, ...]
    personas: tuple[Persona, ...]
    readout: Readout
    assistant: str = "helper"
    spread: float = 0.18
    dose: float = 0.25
    n_people: int | None = None
    ends: Mapping[str, Counter[str]] = field(
        default_factory=lambda: {"era": Counter(), "human": Counter(), "assistant": Counter()}
    )
    _heard: dict[tuple[object, ...], float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.personas:
            raise PolicyError("people speak as personas; none given")
        _ = self._numeric

    @property
    def description(self) -> str:
        """Number of people, how they are heard, and the dose."""
        many = f"{self._numeric.humans} people an era, drawn from {len(self.personas)} personas"
        return f"{many} and heard in words (around a human: of spread {self.spread:g}), dose {self.dose:g}"

    def observe_era(self, history: History, era: int, seed: int) -> Observation:  # noqa: ARG002 - its voice tells
        """Return what an assistant observes of people of an era, who express the values of its voice."""
        return self._observe(self.people_of_era(era, seed), era, seed, "era")

    def observe_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant observes of people who are told values drawn around a centre."""
        return self._observe(self.people_around(centre, seed, era), era, seed, "human")

    def express(self, values: Floats) -> Floats:
        """Return the values perceived from an assistant that is told its values, the mean over messages."""
        templates, readout = self.readout.templates, self.readout
        speaking = [
            (templates.assistant(self.assistant, [(topic, float(value))]), dimension, "", draw)
            for dimension, (topic, value) in enumerate(zip(readout.topics, values, strict=True))
            for draw in range(readout.draws)
        ]
        return mean_of_known(self._read_messages(speaking, "assistant").reshape(len(values), -1))

    def people_of_era(self, era: int, seed: int) -> list[Respondent]:
        """Return the people of an era in a replication: personas drawn with replacement, with its voice."""
        return [
            Respondent(self.personas[number].who, self.voices[era])
            for number in self._draw_personas(seed, era)
        ]

    def people_around(self, centre: Floats, seed: int, era: int) -> list[Respondent]:
        """Return people around a centre in a replication: personas who are told the values drawn for them."""
        values = self._numeric.observe_around(centre, seed, era).heard
        return [
            Respondent(self.personas[number].who, "", dict(zip(self.readout.topics, row, strict=True)))
            for number, row in zip(self._draw_personas(seed, era), values.tolist(), strict=True)
        ]

    @property
    def _numeric(self) -> NumericPopulation:
        """The numeric population of the same size, spread and dose; it also validates them."""
        return NumericPopulation(self.n_people or len(self.personas), self.spread, self.dose)

    def _draw_personas(self, seed: int, era: int) -> list[int]:
        draw = stream(seed, "personas of an era", era)
        drawn: list[int] = draw.integers(len(self.personas), size=self._numeric.humans).tolist()
        return drawn

    def _observe(self, people: Sequence[Respondent], era: int, seed: int, whose: str) -> Observation:
        """Return what is perceived of people: a row for each person who was heard on every topic."""
        readout = self.readout
        speaking = [
            (one.write_system(topic, readout.templates), dimension, one.voice, 0)
            for one in people
            for dimension, topic in enumerate(readout.topics)
        ]
        rows = self._read_messages(speaking, whose).reshape(len(people), -1)
        there = np.flatnonzero(~np.isnan(rows).any(axis=1))
        return Observation(rows[there], there, era, seed=seed)

    def _read_messages(self, speaking: Sequence[tuple[str, int, str, int]], whose: str) -> Floats:
        """Return the values read from messages, given by system prompt, dimension, voice and draw.

        The mind is asked for each distinct message once; it is looked up afterwards.
        """
        new = [key for key in dict.fromkeys(speaking) if key not in self._heard]
        requests = [
            (self.readout.request(system, dimension, voice, system, draw), dimension)
            for system, dimension, voice, draw in new
        ]
        if new:
            read, ends = self.readout.read(self.mind, requests)
            self._heard.update(zip(new, read.tolist(), strict=True))
            self.ends[whose].update(ends)
        return np.array([self._heard[key] for key in speaking])
