"""Who hears which message of a round, and with which voice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Hearings:
    """Messages as they are heard: one entry for each listener of each message.

    Attributes
    ----------
    messages : int array, shape (hearings,)
        Numbers of the messages, from 0.
    voices : int array, shape (hearings,)
        Number of the voice with which each listener reads.
    listeners : int array, shape (hearings,)
        Who hears: humans, or assistants where they read what humans ask.
    n_voices : int
        Number of voices there are.

    Examples
    --------
    >>> heard = Hearings(np.array([1, 0, 1]), np.array([0, 1, 0]), np.array([5, 6, 7]), 2)
    >>> heard.tally(2).tolist(), heard.find_first(2).tolist()
    ([[0, 1], [2, 0]], [[-1, 6], [5, -1]])
    """

    messages: NDArray[Any]
    voices: NDArray[Any]
    listeners: NDArray[Any]
    n_voices: int

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The place of each hearing in a table of messages and voices, row after row."""
        places: NDArray[np.int64] = self.messages.astype(np.int64) * self.n_voices + self.voices
        return places

    def tally(self, n_messages: int) -> NDArray[np.intp]:
        """Return how many hear each message with each voice, shape (messages, voices)."""
        shape = n_messages, self.n_voices
        return np.bincount(self.rows, minlength=n_messages * self.n_voices).reshape(shape)

    def find_first(self, n_messages: int) -> NDArray[np.int64]:
        """Return the first listener of each message with each voice, -1 for none, in the same shape."""
        found = np.full(n_messages * self.n_voices, -1, dtype=np.int64)
        found[self.rows[::-1]] = self.listeners[::-1]  # of several, the last that is set stays
        return found.reshape(n_messages, self.n_voices)
