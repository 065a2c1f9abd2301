"""Measure a mind's own bias before anybody talks to anybody; see `coevolve_sim.language.bias`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.own_words import Read, write_and_read
from coevolve_sim.language.people import Person
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind

STANCES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Stances given to personas."""

PERSONAS = 3
"""Number of personas that write at each stance, in each voice."""

PASSES = 3
"""How many times a persona reads its own words in the arm ``alone``."""


def measure_bias(
    mind: Mind,
    writing: PromptWriter,
    read: Read,
    people: Sequence[Person],
    claims: Sequence[tuple[str, str]],
) -> list[BiasRow]:
    """Measure how a mind's voices read texts whose writer's stance is known.

    Parameters
    ----------
    mind : Mind
        The mind of the humans.
    writing : PromptWriter
        That of the run.
    read : callable
        Returns what listeners of that mind read in messages, no bias taken off.
    people : sequence of Person
        The humans; the first `PERSONAS` of each voice write.
    claims : sequence of (str, str)
        For each dimension, a statement for it and one against it.

    Returns
    -------
    list of BiasRow
        The arms ``written`` and ``alone`` pass by pass, then the claims and negations; within each by voice,
        dimension and stance.
    """
    voices = sorted({person.voice for person in people})
    personas = {voice: [p for p in people if p.voice == voice][:PERSONAS] for voice in voices}
    rows = _measure_alone(mind, writing, read, personas, len(claims))
    return [*rows, *_measure_claims(read, voices, claims)]


def _measure_alone(
    mind: Mind,
    writing: PromptWriter,
    read: Read,
    personas: dict[str, list[Person]],
    n_dimensions: int,
) -> list[BiasRow]:
    """Let personas write repeatedly, each time at the stance they read in their own last text.

    The first pass is both the arm ``written`` and the first row of ``alone``.
    """
    cells = [
        (person, number, d, stance)
        for people in personas.values()
        for number, person in enumerate(people)
        for d in range(n_dimensions)
        for stance in STANCES
    ]
    standing = np.array([stance for *_, stance in cells])
    rows = []
    for pass_index in range(1, PASSES + 1):
        readings = _read_own_words(mind, writing, read, cells, standing, pass_index)
        rows += _average_readings("written", cells, readings, pass_index) if pass_index == 1 else []
        rows += _average_readings("alone", cells, readings, pass_index)
        values = np.array([reading.value for reading in readings])
        standing = np.where(np.isfinite(values), values, standing)
    return rows


Cell = tuple[Person, int, int, float]


def _read_own_words(
    mind: Mind,
    writing: PromptWriter,
    read: Read,
    cells: Sequence[Cell],
    standing: np.ndarray,
    pass_index: int,
) -> list[Reading]:
    """Let each persona write at its present stance, and return how its own voice reads the text."""
    n_dimensions = 1 + max(d for _, _, d, _ in cells)
    no_memory = Conversation.empty(len(cells), n_dimensions, 0)
    requests = []
    for index, (person, _, d, _) in enumerate(cells):
        values = np.full(n_dimensions, np.nan)
        values[d] = standing[index]
        # A negative round: seeds of these texts are never those of a round of the run.
        requests.append(writing.speak(person, index, values, [d], d, -pass_index, no_memory))
    people, dimensions = [cell[0] for cell in cells], [cell[2] for cell in cells]
    return write_and_read(mind, writing, read, requests, people, dimensions)[1]


def _average_readings(
    arm: str, cells: Sequence[Cell], readings: Sequence[Reading], pass_index: int
) -> list[BiasRow]:
    """Return the mean reading of each voice, topic and stance; nan where none was answered."""
    grouped: dict[tuple[str, int, float], list[float]] = {}
    for (person, _, d, stance), reading in zip(cells, readings, strict=True):
        grouped.setdefault((person.voice, d, stance), []).append(reading.value)
    rows = []
    for (voice, d, stance), found in grouped.items():
        finite = [value for value in found if np.isfinite(value)]
        mean = float(np.mean(finite)) if finite else float("nan")
        rows.append(BiasRow(arm, voice, d, stance, pass_index, mean, len(finite)))
    return rows


def _measure_claims(read: Read, voices: Sequence[str], claims: Sequence[tuple[str, str]]) -> list[BiasRow]:
    """Let every voice read a claim and its negation: an unbiased reader puts both equally far from 0.5."""
    cells = [
        (arm, stance, voice, d, text)
        for voice in voices
        for d, pair in enumerate(claims)
        for (arm, stance), text in zip((("claim", 1.0), ("negation", 0.0)), pair, strict=True)
    ]
    readings = read([ToRead(text, d, voice) for _, _, voice, d, text in cells])
    return [
        BiasRow(arm, voice, d, stance, 1, reading.value, int(np.isfinite(reading.value)))
        for (arm, stance, voice, d, _), reading in zip(cells, readings, strict=True)
    ]
