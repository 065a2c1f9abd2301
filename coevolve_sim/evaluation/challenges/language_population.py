"""People who say what they hold, and are heard as a reader takes their words.

People of an era are personas who speak with that era's voice; nobody states anything for them, so what they
say is what the voice holds. People around a centre, such as the simulated human of coevolve, are told where
they stand, one topic a prompt, and speak with the mind's own voice. An assistant that is told its values
speaks likewise. All messages are read with the mind's own voice. A message that was not answered, or could
not be read, is counted and not heard; who was not heard on every topic is not among those heard.
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
    """People who are heard in words.

    Attributes
    ----------
    mind : Mind
        Who speaks for them; what is asked twice should be asked once (`coevolve_sim.minds.recorded`).
    voices : tuple of str, shape (eras,)
        The voice of each era, in the order of the history.
    personas : tuple of Persona
        Who they are. A replication draws as many of them as there are, with replacement.
    readout : Readout
        How they are asked and read.
    assistant : str
        What prompts call an assistant that is told its values.
    spread, dose : float
        As of `NumericPopulation`.
    n_people : int, optional
        How many a replication draws; as many as there are personas if not given.
    ends : mapping of str to Counter
        How all messages so far ended: those of ``era`` people, of people around a centre (``human``), and of
        an ``assistant``.

    Raises
    ------
    PolicyError
        If spread, dose or the number of people cannot be, or there is nobody.
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
        _ = self._numbers

    @property
    def described(self) -> str:
        """How many there are, how they are heard, and the dose."""
        many = f"{self._numbers.humans} people an era, drawn from {len(self.personas)} personas"
        return f"{many} and heard in words (around a human: of spread {self.spread:g}), dose {self.dose:g}"

    def of_era(self, history: History, era: int, seed: int) -> Observation:  # noqa: ARG002 - its voice tells
        """Return what an assistant hears of people of an era, who say what their voice holds."""
        return self._observed(self.people_of_era(era, seed), era, seed, "era")

    def heard_around(self, centre: Floats, seed: int, era: int) -> Observation:
        """Return what an assistant hears of people who are told values drawn around a centre."""
        return self._observed(self.people_around(centre, seed, era), era, seed, "human")

    def said(self, values: Floats) -> Floats:
        """Return what is read from an assistant that is told its values, the mean over its messages."""
        templates, readout = self.readout.templates, self.readout
        speaking = [
            (templates.assistant(self.assistant, [(topic, float(value))]), dimension, "", draw)
            for dimension, (topic, value) in enumerate(zip(readout.topics, values, strict=True))
            for draw in range(readout.draws)
        ]
        return mean_of_known(self._listened(speaking, "assistant").reshape(len(values), -1))

    def people_of_era(self, era: int, seed: int) -> list[Respondent]:
        """Return the people of an era in a replication: personas drawn with replacement, the era's voice."""
        return [Respondent(self.personas[number].who, self.voices[era]) for number in self._drawn(seed, era)]

    def people_around(self, centre: Floats, seed: int, era: int) -> list[Respondent]:
        """Return people around a centre in a replication: personas who are told drawn values."""
        values = self._numbers.heard_around(centre, seed, era).heard
        return [
            Respondent(self.personas[number].who, "", dict(zip(self.readout.topics, row, strict=True)))
            for number, row in zip(self._drawn(seed, era), values.tolist(), strict=True)
        ]

    @property
    def _numbers(self) -> NumericPopulation:
        """Return the same people in numbers."""
        return NumericPopulation(self.n_people or len(self.personas), self.spread, self.dose)

    def _drawn(self, seed: int, era: int) -> list[int]:
        draw = stream(seed, "personas of an era", era)
        drawn: list[int] = draw.integers(len(self.personas), size=self._numbers.humans).tolist()
        return drawn

    def _observed(self, people: Sequence[Respondent], era: int, seed: int, whose: str) -> Observation:
        """Return what is heard of people: a row for each who was heard on every topic."""
        readout = self.readout
        speaking = [
            (one.write_system(topic, readout.templates), dimension, one.voice, 0)
            for one in people
            for dimension, topic in enumerate(readout.topics)
        ]
        rows = self._listened(speaking, whose).reshape(len(people), -1)
        there = np.flatnonzero(~np.isnan(rows).any(axis=1))
        return Observation(rows[there], there, era, seed=seed)

    def _listened(self, speaking: Sequence[tuple[str, int, str, int]], whose: str) -> Floats:
        """Return what is read from messages, by who speaks, dimension, voice and draw; each is said once."""
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
