"""What was said and heard in a round, and what humans remember of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.readers import Reading

NOBODY = -1


@dataclass
class Utterance:
    """One message, as written.

    Attributes
    ----------
    kind : str
        ``peer`` (a human to all who hear it), ``question`` (a human to an assistant) or ``answer``.
    speaker : int
        Number of the human, or for an answer of the assistant.
    listener : int
        Number of whom it is for; -1 for all who hear the speaker.
    dimension : int
        Its topic.
    status : str
        As of a reply; only what is answered is heard.
    text : str
        The words; of a truncated message what there is of it, else empty unless answered.
    detail : str
        Why it is not answered.
    latent : float
        What the speaker holds, in [0, 1].
    expressed : float
        What the speaker's own mind reads in the words, in [0, 1]; nan where it could not be read.
    tokens : int
        Of the text.
    """

    kind: str
    speaker: int
    listener: int
    dimension: int
    status: str
    text: str
    detail: str
    latent: float
    expressed: float = float("nan")
    tokens: int = 0


@dataclass(frozen=True)
class Hearing:
    """What one listener made of a message.

    Attributes
    ----------
    message : int
        Number of the utterance in its round.
    listener : int
        Number of the human, or for a question of the assistant.
    perceived : float
        What its mind reads in the words, in [0, 1]; nan unless answered.
    status : str
        How the reading ended.
    """

    message: int
    listener: int
    perceived: float
    status: str


@dataclass
class Conversation:
    """What humans remember, and what is said in the round that goes on.

    Attributes
    ----------
    counts : int64 array, shape (humans, dimensions)
        How many views each has heard on each topic.
    sums : float64 array, shape (humans, dimensions)
        Sum of these views, as perceived.
    last : list of dict
        For each human: the last texts heard on a topic, oldest first, by dimension.
    length : int
        How many texts are remembered for a topic.
    said, heard : list
        Utterances and hearings of the round.
    voices : dict of int to str
        The voice that each assistant whose weights learn speaks with by now, by the assistant's number; empty
        for its mind's own. It follows from what the assistant has learnt, so no checkpoint keeps it.
    """

    counts: NDArray[np.int64]
    sums: Floats
    last: list[dict[int, tuple[str, ...]]]
    length: int
    said: list[Utterance] = field(default_factory=list)
    heard: list[Hearing] = field(default_factory=list)
    voices: dict[int, str] = field(default_factory=dict)

    @classmethod
    def beginning(cls, n_humans: int, n_dimensions: int, length: int) -> Conversation:
        """Return the memory of humans who have heard nothing yet."""
        shape = (n_humans, n_dimensions)
        return cls(np.zeros(shape, dtype=np.int64), np.zeros(shape), [{} for _ in range(n_humans)], length)

    def say(self, utterance: Utterance) -> int:
        """Add an utterance; return its number in the round."""
        self.said.append(utterance)
        return len(self.said) - 1

    def note(self, message: int, listener: int, reading: Reading) -> None:
        """Add what a listener made of an utterance."""
        self.heard.append(Hearing(message, listener, reading.value, reading.status))

    def hear(self, message: int, human: int, reading: Reading) -> None:
        """Add what a human made of an utterance; what got through is remembered."""
        self.note(message, human, reading)
        if reading.status != "answered":
            return
        utterance = self.said[message]
        self.counts[human, utterance.dimension] += 1
        self.sums[human, utterance.dimension] += reading.value
        if self.length:
            before = self.last[human].get(utterance.dimension, ())
            self.last[human][utterance.dimension] = (*before, utterance.text)[-self.length :]

    def taken(self) -> tuple[tuple[Utterance, ...], tuple[Hearing, ...]]:
        """Return what the round brought, and be ready for the next."""
        said, heard = tuple(self.said), tuple(self.heard)
        self.said, self.heard = [], []
        return said, heard

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that is remembered as arrays, for a checkpoint."""
        texts = json.dumps([{str(d): texts for d, texts in human.items()} for human in self.last])
        return {
            "counts": self.counts.copy(),
            "sums": self.sums.copy(),
            "last": np.frombuffer(texts.encode(), dtype=np.uint8),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `arrays` returned."""
        self.counts, self.sums = arrays["counts"].copy(), arrays["sums"].copy()
        texts = json.loads(arrays["last"].tobytes().decode())
        self.last = [{int(d): tuple(said) for d, said in human.items()} for human in texts]
