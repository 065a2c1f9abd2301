"""A stand-in for a mind, known exactly: who speaks and which reply it is matter by planted amounts.

What is perceived of a message is

    .9 stance + .05 + effect of the persona (sd .02) + .03 sin(9 stance) + noise of the reply (sd .031),

within [0, 1]. The noise follows from the request's seed. The mind writes this number in millionths, and the
reader reads back what is written, so that all a society perceives can be computed by a formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from unittest.mock import patch

import numpy as np

import coevolve_sim.language.cells.speech as speech_module
from coevolve_sim.language.cells.channel import CellChannel
from coevolve_sim.language.cells.memory import MOST_REMEMBERED
from coevolve_sim.language.cells.occupied import find_spoken
from coevolve_sim.language.cells.stated import MOST_CODES
from coevolve_sim.language.questionnaires import read_personas
from coevolve_sim.language.readers import CorrectedReader, Reader, Reading
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.networks.ties import from_rows
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup
from coevolve_sim.streams import stream
from tests.language.channel.talking import scenario

SKETCHES = tuple(persona.who for persona in read_personas())
EFFECT_SD, NOISE_SD = 0.02, 0.031
TEXT = """
name: planted
seed: 1
rounds: 40
value_space: {name: one, dimensions: [thrift]}
population: {humans: 200, groups: [{name: all, adoption: 0.0}]}
network: {family: ring, degree: 2}
minds: [{kind: scripted}]
channel: {kind: language, unfit: unmeasured, bias_map: false, temperature: 1, memory: 0}
update: {rule: hegselmann_krause, include_self: false, confidence: {peer: 0.3}, rate: {peer: 0.3}}
assistants: []
measures: {every: 1000, names: [variance]}
mesa: {agents: never}
"""
_PERSONA = re.compile(r"You are (.+), one of the [\w ]+\.\n[^\n]*\n- [^\n]*: (\d+)\Z")
_WRITTEN = re.compile(r"I am at (\d+) in a million\.")


@dataclass(frozen=True)
class Planted:
    """What is planted: an effect of each persona, by its sketch, and the spread of replies."""

    effects: Mapping[str, float] = field(default_factory=dict)
    noise_sd: float = NOISE_SD

    @classmethod
    def drawn(cls, seed: int) -> Planted:
        """Return one whose effects are drawn."""
        drawn = stream(seed, "planted effects").normal(0.0, EFFECT_SD, len(SKETCHES))
        return cls(dict(zip(SKETCHES, drawn.tolist(), strict=True)))

    def expect(self, sketch: str, stance: float) -> float:
        """Return what is perceived on average of a persona with a stance."""
        return 0.9 * stance + 0.05 + self.effects.get(sketch, 0.0) + 0.03 * np.sin(9.0 * stance)

    def say(self, sketch: str, stance: float, seed: int) -> float:
        """Return what is perceived of a reply, in whole millionths."""
        noise = np.random.Generator(np.random.Philox(key=seed)).normal(0.0, self.noise_sd)
        return round(1e6 * min(max(self.expect(sketch, stance) + noise, 0.0), 1.0)) / 1e6

    def answer(self, request) -> str:
        """Return the reply to a request to speak."""
        sketch, stance = _PERSONA.match(request.messages[0].content).groups()
        return f"I am at {round(1e6 * self.say(sketch, int(stance) / 100, request.seed))} in a million."


class Exact(Reader):
    """Reads the number that is written."""

    def read(self, mind, messages):
        return [Reading(int(_WRITTEN.match(one.text)[1]) / 1e6, "answered") for one in messages]


@dataclass
class People:
    """People on a network whose values and peers are drawn, for a society with what is planted."""

    humans: int
    seed: int
    peers: int = 10

    @cached_property
    def values(self):
        """Values at first, shape (humans, 1)."""
        return stream(self.seed, "planted values").beta(2.0, 2.0, (self.humans, 1))

    @cached_property
    def ties(self):
        """Everybody's peers: so many others at random, the same in all rounds."""
        rng = stream(self.seed, "planted peers")
        rows = np.array([rng.choice(self.humans - 1, self.peers, replace=False) for _ in range(self.humans)])
        rows = np.sort(rows + (rows >= np.arange(self.humans)[:, None]), axis=1)
        starts = np.arange(self.humans + 1, dtype=np.int64) * self.peers
        return from_rows(starts, rows.astype(np.int32).ravel(), directed=True)


def society(people, planted, *changes, seed=None):
    """Return a society of people with a planted mind; ``seed`` is of replies, and of who is who."""
    given = (f"population.humans={people.humans}", f"seed={people.seed if seed is None else seed}", *changes)
    setup = build_setup(scenario(*given, text=TEXT))
    channel = setup.channel.with_minds(lambda part: ScriptedMind(planted.answer))
    channel = replace(channel, reader=CorrectedReader(Exact()))
    made = Society(replace(setup, channel=channel), with_objects=False)
    made.state.values, made.state.ties = people.values.copy(), people.ties
    return made


def sketches_of(made):
    """Return the sketch of each human of a society."""
    return [person.who.rpartition(", one of the ")[0] for person in made.setup.channel.people]


def run_by_formula(people, planted, sketches, rounds, draw):
    """Return the values after each round of people who are all asked, without any channel.

    ``draw(round_index)`` has the noise of each human's reply.
    """
    values, effects = [people.values[:, 0]], np.array([planted.effects.get(who, 0.0) for who in sketches])
    peers = people.ties.indices.reshape(people.humans, -1)
    for round_index in range(1, rounds + 1):
        x = values[-1]
        stance = np.floor(x * 100.0 + 0.5) / 100.0
        said = 0.9 * stance + 0.05 + effects + 0.03 * np.sin(9.0 * stance) + draw(round_index)
        heard = (np.round(1e6 * np.clip(said, 0.0, 1.0)) / 1e6)[peers]
        near = np.abs(heard - x[:, None]) <= 0.3
        n_near = near.sum(axis=1)
        mean = np.where(n_near, (heard * near).sum(axis=1) / np.maximum(n_near, 1), x)
        values.append(np.clip(x + 0.3 * (mean - x), 0.0, 1.0))
    return np.array(values)


def find_error(values, others):
    """Return the greatest difference of the means of people in two runs, over rounds."""
    return float(np.abs(values.mean(axis=1) - others.mean(axis=1)).max())


@contextmanager
def persona_left_out(choose: Callable[[CellChannel, int], int]) -> Iterator[None]:
    """Let cells go by stance alone: all of a cell are asked as the persona that ``choose`` has for it.

    A wrong key, which no scenario can have: what it does is to be seen in the error and in the audit.
    """

    def ask_cell(self, kind, human, _partner, cell, values, scene):
        d, talk = int(scene.topics[0]), scene.conversation
        stated, _, draw = cell
        person = self.people.kinds[choose(self, stated)]
        named = self._name(kind, scene, person.who, stated, draw, d)
        return self.writing.speak(person, human, values[human], [d], d, scene.round_index, talk, named)

    def find(codes, *rest):
        return find_spoken(codes % (MOST_CODES * MOST_REMEMBERED), *rest)

    with patch.object(speech_module, "find_spoken", find), patch.object(CellChannel, "_ask_cell", ask_cell):
        yield


def draw_persona(channel: CellChannel, stated: int) -> int:
    """Return a persona drawn once for each stance."""
    return int(stream(channel.writing.seed, "persona of a cell", stated).integers(len(channel.people.kinds)))


def run_rounds(made):
    """Run a society; return people's values after each round, and the log of each."""
    values, logs = [made.values.copy()], []
    while not made.is_finished:
        made.step()
        values.append(made.values.copy())
        logs.append(made.log)
        for mind in made.setup.channel.minds.opened.values():
            mind.seen.clear()
    return np.array(values)[:, :, 0], logs
