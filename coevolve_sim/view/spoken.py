"""What was said in a round, as a page shows it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.language import Hearing, Utterance
from coevolve_sim.language.conversation import BY_ASSISTANTS, BY_PEOPLE
from coevolve_sim.report.conversations import MOST_LETTERS, format_value
from coevolve_sim.report.numbers import format_assistant, format_count
from coevolve_sim.report.style import shorten
from coevolve_sim.society.round import RoundLog
from coevolve_sim.society.setup import Setup

LONGEST_NAME = 40
UNHEARD = "heard by nobody"
NOT_BY_HUMAN = "Cells of humans were asked: who said and heard what is not shown by human"


@dataclass(frozen=True)
class Spoken:
    """A message, and how it was read. All texts come from a mind and are never used as markup.

    Attributes
    ----------
    round_index : int
    who, to : str
        Speaker and addressee in words.
    humans : frozenset of int
        The humans who wrote, were asked or heard it.
    topic : str
    begun, text : str
        What was put there for the mind, and its own words that others hear; empty if nothing is heard.
    held, expressed : str
        The speaker's value, and what its own mind reads in the words.
    read : str
        How listeners read it, in words.
    status, note : str
        How the reply ended, and what was cut off it or why there is none.
    """

    round_index: int
    who: str
    to: str
    humans: frozenset[int]
    topic: str
    begun: str
    text: str
    held: str
    expressed: str
    read: str
    status: str
    note: str

    @property
    def is_heard(self) -> bool:
        """Whether anybody heard it."""
        return self.read != UNHEARD


def name_human(setup: Setup, number: int) -> str:
    """Return what a human is called: its name, or its number, and its group if there are several."""
    names = setup.ties.names
    called = f"human {number}" if names is None else shorten(names[number], LONGEST_NAME)
    groups = setup.group_names
    return f"{called} ({groups[setup.group_of[number]]})" if len(groups) > 1 else called


def list_spoken(setup: Setup, log: RoundLog, round_index: int) -> list[Spoken]:
    """Return the messages of a round, in the order in which they were written."""
    heard: dict[int, list[Hearing]] = defaultdict(list)
    n_heard: Counter[int] = Counter()
    for hearing, people in zip(log.heard, _count_listeners(log), strict=True):
        heard[hearing.message].append(hearing)
        n_heard[hearing.message] += people
    return [
        _build(setup, said, heard.get(place, []), n_heard[place], round_index)
        for place, said in enumerate(log.said)
    ]


def _count_listeners(log: RoundLog) -> tuple[int, ...]:
    """Return how many each reading stands for: several only where cells of humans are asked."""
    return (1,) * len(log.heard) if log.cells is None else log.cells.n_listeners


def _build(setup: Setup, said: Utterance, heard: Sequence[Hearing], n_heard: int, round_index: int) -> Spoken:
    begun = said.begun if said.heard else ""
    note = f"cut off: {', '.join(said.cuts)}" if said.cuts else said.detail
    return Spoken(
        round_index,
        _name_speaker(setup, said),
        _name_addressee(setup, said),
        _find_humans(said, heard),
        setup.space.labels[said.dimension],
        begun,
        shorten(said.heard.removeprefix(begun).strip(), MOST_LETTERS),
        format_value(said.latent),
        format_value(said.expressed),
        _describe_reading(heard, n_heard),
        said.status,
        note,
    )


def _name_speaker(setup: Setup, said: Utterance) -> str:
    if said.kind == "outlet":
        return f"outlet {setup.scenario.media[said.speaker].name}"
    if said.kind in BY_ASSISTANTS:
        return format_assistant(setup.assistant_names[said.speaker])
    return name_human(setup, said.speaker)


def _name_addressee(setup: Setup, said: Utterance) -> str:
    if said.listener < 0:
        return "all who follow it" if said.kind == "outlet" else "all who hear it"
    if said.kind == "question":
        return format_assistant(setup.assistant_names[said.listener])
    return name_human(setup, said.listener)


def _find_humans(said: Utterance, heard: Sequence[Hearing]) -> frozenset[int]:
    found = {said.speaker} if said.kind in BY_PEOPLE else set()
    if said.kind != "question":
        found |= {one.listener for one in heard} | ({said.listener} if said.listener >= 0 else set())
    return frozenset(found)


def _describe_reading(heard: Sequence[Hearing], n_heard: int) -> str:
    """Say by how many a message was heard, and as what they read it.

    Examples
    --------
    >>> _describe_reading([], 0), _describe_reading([Hearing(0, 1, 0.25, "answered")], 1200)
    ('heard by nobody', 'heard by 1,200, read as 0.250')
    """
    if not heard:
        return UNHEARD
    known = [one.perceived for one in heard if not np.isnan(one.perceived)]
    told = f"heard by {n_heard:,}"
    if not known:
        return f"{told}, and read by nobody: {heard[0].status}"
    low, high = format_value(min(known)), format_value(max(known))
    n_missed = len(heard) - len(known)
    missed = f"; {format_count(n_missed, 'reading')} came to no answer" if n_missed else ""
    return f"{told}, read as {low if low == high else f'{low} to {high}'}{missed}"
