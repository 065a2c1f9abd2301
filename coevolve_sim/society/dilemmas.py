"""Dilemmas put to a society while it runs: what assistants and some humans choose, beside what they hold.

Everybody is asked as its prompts introduce it, with its values on all dimensions as they are at the end of
the round; an assistant whose weights learn is told none, and speaks with its weights. Nobody hears of it,
and no value moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, cast

import numpy as np

from coevolve_sim.language import LanguageChannel
from coevolve_sim.language.elicitation.dilemma_choices import DilemmaAnswers, ask_speakers
from coevolve_sim.measures.dilemmas import ChoiceScores
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario.dilemma_checks import PEOPLE
from coevolve_sim.society.dilemma_panel import DilemmaPanel
from coevolve_sim.society.state import State

KIND = "dilemma"
"""Kind of the requests, for the record of usage."""


class Speaker(NamedTuple):
    """Who is asked: ``assistant`` or ``human``, and its number."""

    kind: str
    number: int


@dataclass(frozen=True, eq=False)
class SocietyChoices:
    """What was chosen in one round.

    Attributes
    ----------
    speakers : tuple of Speaker
        Who was asked: assistants that are there, then humans, by number.
    answers : DilemmaAnswers
        A row for each.
    scores : mapping of (str, str, str) to tuple of float
        By who chose (`PEOPLE`, or the name of an assistant), theory and what that tells apart: score, low,
        high, places and dilemmas of `coevolve_sim.measures.dilemmas.ChoiceScores`.
    """

    speakers: tuple[Speaker, ...]
    answers: DilemmaAnswers
    scores: Mapping[tuple[str, str, str], tuple[float, ...]]


def put_dilemmas(panel: DilemmaPanel, state: State, channel: Channel) -> SocietyChoices:
    """Put a panel's dilemmas to assistants and humans, as they are at the end of a round.

    Raises
    ------
    MindError
        If a mind cannot be asked.
    """
    speaking = cast("LanguageChannel", channel)  # reading a scenario refuses dilemmas with any other
    asked = [*_introduce_assistants(state, speaking), *_introduce_humans(panel, state, speaking)]
    found: list[DilemmaAnswers] = []
    for (mind, voice), some in groupby(asked, key=lambda one: (one.mind, one.voice)):
        personas = {f"{one.speaker.kind} {one.speaker.number}": one.persona for one in some}
        found.append(
            ask_speakers(
                speaking.minds.get(mind),
                panel.questionnaire,
                panel.labels,
                personas,
                speaking.writing.templates,
                voice=voice,
                read=panel.spec.read,
                kind=KIND,
            )
        )
    answers = DilemmaAnswers(
        panel.labels,
        np.concatenate([one.choices for one in found]),
        np.concatenate([one.shares for one in found]),
    )
    speakers = tuple(one.speaker for one in asked)
    return SocietyChoices(speakers, answers, _score(panel, speakers, answers, speaking))


def _score(
    panel: DilemmaPanel, speakers: tuple[Speaker, ...], answers: DilemmaAnswers, speaking: LanguageChannel
) -> dict[tuple[str, str, str], tuple[float, ...]]:
    rows: dict[str, list[int]] = {}
    for row, (kind, number) in enumerate(speakers):
        who = speaking.assistants[number].name if kind == "assistant" else PEOPLE
        rows.setdefault(who, []).append(row)
    found = {}
    for who, own in rows.items():
        for theory, (names, places) in panel.theories.items():
            scores: ChoiceScores = answers.select(own).score(places, len(names), seed=panel.seed)
            for row, name in enumerate(names):
                found[who, theory, name] = tuple(float(column[row]) for column in scores)
    return found


class _Introduced(NamedTuple):
    """A speaker as its mind is told of it."""

    speaker: Speaker
    mind: str
    voice: str
    persona: str


def _introduce_assistants(state: State, speaking: LanguageChannel) -> Iterator[_Introduced]:
    every = range(speaking.n_dimensions)
    voices = {} if state.conversation is None else state.conversation.voices
    for which in np.flatnonzero(state.present).tolist():
        one = speaking.assistants[which]
        values = None if one.is_tuned else state.assistant_values[which]
        voice = voices.get(which, one.voice)
        persona = speaking.writing.persona_of_assistant(one.name, values, every)
        yield _Introduced(Speaker("assistant", which), one.mind, voice, persona)


def _introduce_humans(panel: DilemmaPanel, state: State, speaking: LanguageChannel) -> Iterator[_Introduced]:
    every = range(speaking.n_dimensions)
    for human in panel.humans.tolist():
        person = speaking.people[human]
        persona = speaking.writing.persona(person, state.values[human], every)
        yield _Introduced(Speaker("human", human), speaking.mind, person.voice, persona)
