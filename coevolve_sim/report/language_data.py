"""The messages and hearings of a run in which humans speak, read once, and how they moved listeners."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from coevolve_sim.arrays import Floats
from coevolve_sim.language.conversation import BY_ASSISTANTS
from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.report.numbers import format_assistant
from coevolve_sim.report.style import shorten
from coevolve_sim.runs.gaps import gaps_by, hearings_beside_messages, messages_with_voices
from coevolve_sim.runs.results import Run

KINDS = ("peer", "edit", "outlet", "question", "answer")
"""Of messages, in the order of a round."""

LONGEST_NAME = 40
"""Characters of a human's name that are shown."""


class LanguageData:
    """Messages and hearings of a run.

    Parameters
    ----------
    run : Run
        A run with the language channel, pinned to one moment.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.assistants = tuple(assistant.name for assistant in run.scenario.assistants)
        self.labels = dict(zip(run.dimensions, run.labels, strict=True))

    @cached_property
    def messages(self) -> pd.DataFrame:
        """All messages, with the voice that wrote each."""
        return messages_with_voices(self.run)

    @cached_property
    def hearings(self) -> pd.DataFrame:
        """Hearings joined to their messages, with the listener's value before and after the round.

        The value is that on the message's topic; it is nan where the listener is an assistant, or its values
        are not on record.
        """
        table = hearings_beside_messages(self.run)
        before, after = read_values_around(self.run, table)
        return table.assign(before=before, after=after, moved=after - before)

    @cached_property
    def voices(self) -> tuple[str, ...]:
        """Voices that wrote or read anything, or whose bias was measured."""
        found = {*self.messages["voice"], *self.hearings["voice"], *self.run.bias["voice"]}
        return tuple(sorted(found))

    def gaps(self, *by: str) -> pd.DataFrame:
        """Return the gaps between held, expressed and perceived values; see `gaps_by`."""
        return gaps_by(self.messages, self.hearings, by)

    def statuses(self) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
        """Return the numbers of messages and of readings by status, for each kind of message."""
        counts: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
        for kind in KINDS:
            said, read = (
                _count_statuses(table[table["kind"] == kind]["status"])
                for table in (self.messages, self.hearings)
            )
            counts[kind] = (said, read)
        return counts

    def human(self, number: int) -> str:
        """Return a human's label: its name, or its number, and its group."""
        groups, names = self.run.groups, self.run.names
        group = f" ({groups[self.run.group_of[number]]})" if len(groups) > 1 else ""
        called = f"human {number}" if names is None else shorten(names[number], LONGEST_NAME)
        return f"{called}{group}"

    def speaker(self, kind: str, number: int) -> str:
        """Return the label of a speaker."""
        if kind == "outlet":
            return f"outlet {self.run.scenario.media[number].name}"
        if kind not in BY_ASSISTANTS:
            return self.human(number)
        # Peers of another world may have been edited there by an assistant that this one has not.
        there = number < len(self.assistants)
        return format_assistant(self.assistants[number]) if there else "an assistant of another world"

    def listener(self, kind: str, number: int) -> str:
        """Return the label of a listener."""
        return format_assistant(self.assistants[number]) if kind == "question" else self.human(number)


def _count_statuses(ended: pd.Series[str]) -> dict[str, int]:
    return {str(status): int((ended == status).sum()) for status in STATUSES}


def describe_voice(voice: str) -> str:
    """Return the name of a voice, or a description of the voice without a name.

    Examples
    --------
    >>> describe_voice(""), describe_voice("elder")
    ("the mind's own", 'elder')
    """
    return voice or "the mind's own"


def read_values_around(run: Run, hearings: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return each listener's value on the topic before and after the round, one round read at a time."""
    before, after = np.full(len(hearings), np.nan), np.full(len(hearings), np.nan)
    recorded = run.recorded_humans
    if not recorded.size:
        return before, after
    listeners = hearings["listener"].to_numpy(dtype=np.int64)
    places = np.minimum(np.searchsorted(recorded, listeners), recorded.size - 1)
    is_known = (hearings["kind"].to_numpy() != "question") & (recorded[places] == listeners)
    columns = np.array([run.dimensions.index(name) for name in hearings["dimension"]], dtype=np.intp)
    rounds = hearings["round"].to_numpy(dtype=np.int64)
    for round_index in np.unique(rounds):
        rows = np.flatnonzero((rounds == round_index) & is_known)
        for found, which in ((before, round_index - 1), (after, round_index)):
            values = run.recorded_values(int(which))
            if values is not None:
                found[rows] = values[places[rows], columns[rows]]
    return before, after
