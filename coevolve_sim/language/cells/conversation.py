"""What is said in a round by cells: messages, who says which, how each voice reads them, and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.cells.audit import Audited
from coevolve_sim.language.cells.cell_round import CellRound, Numbers
from coevolve_sim.language.cells.memory import code_remembered, tell_remembered
from coevolve_sim.language.conversation import Conversation, Hearing, Recalled, Utterance

SILENT = -1
"""Number of the message of a human who says none."""


class _InFull(Conversation):
    """What humans remember without texts: how many views, and their mean."""

    def recall(self, human: int, dimension: int) -> Recalled | None:
        """Return what a human remembers of a topic; None where that is nothing."""
        if not self.counts.size or not self.counts[human, dimension]:
            return None
        count = int(self.counts[human, dimension])
        return Recalled(str(count), float(self.sums[human, dimension]) / count, ())


@dataclass
class CellConversation(Conversation):
    """What humans remember, as arrays, and the messages of the present round by cells.

    ``said`` has a message for each draw of a cell that somebody says, with the first human who says it as its
    speaker; ``heard`` a reading for each message and voice, with the first human who hears it so.

    Attributes
    ----------
    residuals : float64 array, shape (kinds, voices, dimensions, 2)
        Number and sum of the audit's residuals so far.
    draws, n_speakers, n_listeners, said_by, audited
        As `CellRound` has them, of the present round.
    asked_in_full : dict of int to str
        What is heard of the questions of humans who were asked in full in the present round.
    """

    residuals: Floats = field(default_factory=lambda: np.zeros((0, 0, 0, 2)))
    draws: list[int] = field(default_factory=list)
    n_speakers: list[int] = field(default_factory=list)
    n_listeners: list[int] = field(default_factory=list)
    said_by: dict[tuple[str, int], Numbers] = field(default_factory=dict)
    audited: list[Audited] = field(default_factory=list)
    asked_in_full: dict[int, str] = field(default_factory=dict)

    def say_by(self, utterance: Utterance, draw: int, n_speakers: int) -> int:
        """Add a message that so many humans say, and return its number in the round."""
        self.draws.append(draw)
        self.n_speakers.append(n_speakers)
        return self.say(utterance)

    def hear_by(self, hearing: Hearing, n_listeners: int) -> None:
        """Add a reading with which so many humans (of a question, messages of humans) are heard."""
        self.n_listeners.append(n_listeners)
        self.heard.append(hearing)

    def note_said_by(
        self, kind: str, dimension: int, humans: NDArray[Any], numbers: NDArray[Any], n_humans: int
    ) -> None:
        """Note which message each of some humans says (of an ``answer``, hears)."""
        said = self.said_by.setdefault((kind, dimension), np.full(n_humans, SILENT, dtype=np.int32))
        said[humans] = numbers

    def recall(self, human: int, dimension: int) -> Recalled | None:
        """Return what a human remembers of a topic, in steps; None where that is nothing."""
        if not self.counts.size or not self.counts[human, dimension]:
            return None
        one = [human]
        code = int(code_remembered(self.counts[one, dimension], self.sums[one, dimension])[0])
        return Recalled(*tell_remembered(code), ())

    def in_full(self) -> Conversation:
        """Return the same memory, recalled as it is."""
        return _InFull(self.counts, self.sums, [], 0, voices=self.voices)

    def remember(self, humans: NDArray[Any], dimension: int, perceived: Floats) -> None:
        """Let humans remember what they perceived on a topic, where they remember anything."""
        if not self.counts.size:
            return
        n_humans = len(self.counts)
        self.counts[:, dimension] += np.bincount(humans, minlength=n_humans)
        self.sums[:, dimension] += np.bincount(humans, weights=perceived, minlength=n_humans)

    def take_cells(self) -> CellRound:
        """Return what `CellRound` has of the round, and empty it for the next."""
        taken = CellRound(
            tuple(self.draws),
            tuple(self.n_speakers),
            tuple(self.n_listeners),
            self.said_by,
            tuple(self.audited),
        )
        self.draws, self.n_speakers, self.n_listeners = [], [], []
        self.said_by, self.audited, self.asked_in_full = {}, [], {}
        return taken

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is remembered as arrays, for a checkpoint."""
        return {"counts": self.counts.copy(), "sums": self.sums.copy(), "residuals": self.residuals.copy()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore what `arrays` returned."""
        self.counts, self.sums = arrays["counts"].copy(), arrays["sums"].copy()
        self.residuals = arrays["residuals"].copy()
