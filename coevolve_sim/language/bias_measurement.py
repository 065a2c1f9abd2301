"""Measuring a mind's own bias before anybody talks to anybody; see `coevolve_sim.language.bias`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.language.bias import BiasRow
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.language.people import Person
from coevolve_sim.language.readers import Reader, Reading, ToRead
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind
from coevolve_sim.minds.recorded import ask_all

STANCES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Stances that personas are given."""

PERSONAS = 3
"""How many personas write at each stance, in each voice."""

PASSES = 3
"""How often a persona reads its own words in the arm ``alone``."""


def measure_bias(
    mind: Mind,
    writing: PromptWriter,
    reader: Reader,
    people: Sequence[Person],
    claims: Sequence[tuple[str, str]],
) -> list[BiasRow]:
    """Return what a mind's voices read where the writer's stance is known.

    Parameters
    ----------
    mind : Mind
        Of the humans.
    writing, reader : PromptWriter, Reader
        As in the run.
    people : sequence of Person
        The humans; the first few of each voice write.
    claims : sequence of (str, str)
        A statement for each dimension, and one against.

    Returns
    -------
    list of BiasRow
        In the order of arms, voices, dimensions, stances.
    """
    voices = sorted({person.voice for person in people})
    personas = {voice: [p for p in people if p.voice == voice][:PERSONAS] for voice in voices}
    rows = _alone(mind, writing, reader, personas, len(claims))
    return [*rows, *_claimed(mind, reader, voices, claims)]


def _alone(
    mind: Mind,
    writing: PromptWriter,
    reader: Reader,
    personas: dict[str, list[Person]],
    n_dimensions: int,
) -> list[BiasRow]:
    """Let personas write, then stand where they read themselves; the first pass is ``written``."""
    cells = [
        (person, number, d, stance)
        for people in personas.values()
        for number, person in enumerate(people)
        for d in range(n_dimensions)
        for stance in STANCES
    ]
    standing = np.array([stance for *_, stance in cells])
    rows = []
    for one in range(1, PASSES + 1):
        readings = _read_own_words(mind, writing, reader, cells, standing, one)
        rows += _summed("written", cells, readings, one) if one == 1 else []
        rows += _summed("alone", cells, readings, one)
        read = np.array([reading.value for reading in readings])
        standing = np.where(np.isfinite(read), read, standing)
    return rows


Cell = tuple[Person, int, int, float]


def _read_own_words(
    mind: Mind, writing: PromptWriter, reader: Reader, cells: Sequence[Cell], standing: np.ndarray, one: int
) -> list[Reading]:
    """Let each persona write where it stands now, and read that."""
    n_dimensions = 1 + max(d for _, _, d, _ in cells)
    nothing = Conversation.beginning(len(cells), n_dimensions, 0)
    requests = []
    for index, (person, _, d, _) in enumerate(cells):
        values = np.full(n_dimensions, np.nan)
        values[d] = standing[index]
        requests.append(writing.speak(person, index, values, [d], d, -one, nothing))
    texts = [parse_message(reply) for reply in ask_all(mind, requests)]
    wanted = [i for i, said in enumerate(texts) if said.status == "answered"]
    to_read = [ToRead(texts[i].text, cells[i][2], cells[i][0].voice) for i in wanted]
    found = dict(zip(wanted, reader.read(mind, to_read), strict=True))
    return [found.get(i, Reading(float("nan"), texts[i].status)) for i in range(len(cells))]


def _summed(arm: str, cells: Sequence[Cell], readings: Sequence[Reading], one: int) -> list[BiasRow]:
    grouped: dict[tuple[str, int, float], list[float]] = {}
    for (person, _, d, stance), reading in zip(cells, readings, strict=True):
        grouped.setdefault((person.voice, d, stance), []).append(reading.value)
    rows = []
    for (voice, d, stance), found in grouped.items():
        finite = [value for value in found if np.isfinite(value)]
        mean = float(np.mean(finite)) if finite else float("nan")
        rows.append(BiasRow(arm, voice, d, stance, one, mean, len(finite)))
    return rows


def _claimed(
    mind: Mind, reader: Reader, voices: Sequence[str], claims: Sequence[tuple[str, str]]
) -> list[BiasRow]:
    """Let every voice read a claim and its negation: a fair reader puts them as far from the middle."""
    cells = [
        (arm, stance, voice, d, text)
        for voice in voices
        for d, pair in enumerate(claims)
        for (arm, stance), text in zip((("claim", 1.0), ("negation", 0.0)), pair, strict=True)
    ]
    readings = reader.read(mind, [ToRead(text, d, voice) for _, _, voice, d, text in cells])
    return [
        BiasRow(arm, voice, d, stance, 1, reading.value, int(np.isfinite(reading.value)))
        for (arm, stance, voice, d, _), reading in zip(cells, readings, strict=True)
    ]
