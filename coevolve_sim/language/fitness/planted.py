"""Planted stances: personas of known stances write, and their own voice reads what they wrote.

Seeds are fixed and no run's own, so that what is found is the mind's and can be kept for other runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coevolve_sim.language.bias_measurement import STANCES
from coevolve_sim.language.conversation import Conversation
from coevolve_sim.language.own_words import Read, write_and_read
from coevolve_sim.language.people import Person
from coevolve_sim.language.prompts.templates import stance as as_number
from coevolve_sim.language.readers import Reading, ToRead
from coevolve_sim.language.writing import PromptWriter
from coevolve_sim.minds import Mind

TEXTS_A_VOICE = 60
"""Texts that each voice writes at least, over all topics and stances."""

SEED = 0
"""Of what personas write here, in every run."""

_OF_THE_PROMPT = re.compile(r"from 0 \(|\(wholly (?:for|against)\)|where you stand, from", re.IGNORECASE)


@dataclass(frozen=True)
class Planted:
    """One text whose writer's stance is known, and what was made of it.

    Attributes
    ----------
    voice : str
        The voice that wrote and read.
    dimension : int
        Index of its topic.
    stance : float
        That the persona was given, in [0, 1]; 1 and 0 for a claim and its negation.
    status : str
        How the message ended.
    reading : Reading
        What the voice reads in what is heard; not answered where nothing is.
    leaks : bool
        Whether the text repeats the number or the words of its prompt.
    is_claim : bool
        Whether it is a shipped claim or negation, which no persona wrote.
    rest : Reading, optional
        What the voice reads in what the mind itself wrote, where the message was begun for it.
    heard, rest_text : str
        What was heard, and what of it the mind itself wrote.
    writer : int
        Number of the persona in its voice.
    """

    voice: str
    dimension: int
    stance: float
    status: str
    reading: Reading
    leaks: bool = False
    is_claim: bool = False
    rest: Reading | None = None
    heard: str = ""
    rest_text: str = ""
    writer: int = 0


@dataclass(frozen=True)
class Speaking:
    """A mind that is to be shown, with all that it takes to let personas speak and be read.

    Attributes
    ----------
    mind : Mind
        That speaks.
    writing : PromptWriter
        The run's; its seed is not used.
    people : tuple of Person
        Who may write; the first of each voice do.
    claims : tuple of (str, str)
        For each dimension, a statement for it and one against it.
    read : callable
        Returns what listeners of the mind read in messages, no bias taken off.
    """

    mind: Mind
    writing: PromptWriter
    people: tuple[Person, ...]
    claims: tuple[tuple[str, str], ...]
    read: Read


def plant(speaking: Speaking) -> list[Planted]:
    """Let personas write at known stances on every topic, and their voices read that and shipped claims.

    Each voice writes `TEXTS_A_VOICE` texts or more.

    Returns
    -------
    list of Planted
        Texts by voice, person, dimension and stance; then claims by voice and dimension.
    """
    people, claims = speaking.people, speaking.claims
    cells = _cells(people, len(claims))
    writing, nobody = replace(speaking.writing, seed=SEED), Conversation.empty(len(cells), len(claims), 0)
    requests = []
    for index, (person, number, d, stance) in enumerate(cells):
        values = np.full(len(claims), np.nan)
        values[d] = stance
        requests.append(writing.speak(person, index, values, [d], d, -1 - number, nobody))
    people_of, topics_of = [cell[0] for cell in cells], [cell[2] for cell in cells]
    texts, readings = write_and_read(speaking.mind, writing, speaking.read, requests, people_of, topics_of)
    begun = [index for index, text in enumerate(texts) if text.begun and text.rest]
    of_rests = speaking.read([ToRead(texts[i].rest, topics_of[i], people_of[i].voice) for i in begun])
    rests = dict(zip(begun, of_rests, strict=True))
    written = [
        Planted(
            person.voice,
            d,
            stance,
            texts[index].status,
            readings[index],
            leaks(texts[index].text, stance),
            rest=rests.get(index),
            heard=texts[index].heard,
            rest_text=texts[index].rest,
            writer=number,
        )
        for index, (person, number, d, stance) in enumerate(cells)
    ]
    return [*written, *_read_claims(speaking.read, sorted({person.voice for person in people}), claims)]


def leaks(text: str, stance: float) -> bool:
    """Return whether a text repeats its prompt's number for the stance, or the words of its scale.

    Examples
    --------
    >>> leaks("On that I stand at 63.", 0.63), leaks("I am for it.", 0.63), leaks("I read 1630 books.", 0.63)
    (True, False, False)
    """
    number = as_number(stance)
    return bool(_OF_THE_PROMPT.search(text) or re.search(rf"(?<![\d.]){number}(?![\d]|\.\d)", text))


def _cells(people: Sequence[Person], n_dimensions: int) -> list[tuple[Person, int, int, float]]:
    """Return who writes: person, its number in its voice, dimension and stance."""
    a_voice = -(-TEXTS_A_VOICE // (n_dimensions * len(STANCES)))
    found = []
    for voice in sorted({person.voice for person in people}):
        of_voice = list(dict.fromkeys(person for person in people if person.voice == voice))
        for number in range(a_voice):
            person = of_voice[number % len(of_voice)]
            found += [(person, number, d, stance) for d in range(n_dimensions) for stance in STANCES]
    return found


def _read_claims(
    read: Read,
    voices: Sequence[str],
    claims: Sequence[tuple[str, str]],
) -> list[Planted]:
    cells = [
        (voice, d, stance, text)
        for voice in voices
        for d, pair in enumerate(claims)
        for stance, text in zip((1.0, 0.0), pair, strict=True)
    ]
    readings = read([ToRead(text, d, voice) for voice, d, _, text in cells])
    return [
        Planted(voice, d, stance, "answered", reading, is_claim=True, heard=text)
        for (voice, d, stance, text), reading in zip(cells, readings, strict=True)
    ]
