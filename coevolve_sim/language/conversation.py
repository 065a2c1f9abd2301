"""The messages of a round, what listeners read in them, and what humans remember of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.readers import Reading

if TYPE_CHECKING:
    from coevolve_sim.language.cells.cell_round import CellRound
    from coevolve_sim.language.message_text import Cut
    from coevolve_sim.language.parsing import ParsedMessage

NOBODY = -1

SHOWN = "a statement, shown as it is"
"""Detail of an answer that no mind was asked for."""

TO_PEERS = "peer"
"""The kind of messages that humans write to all who hear them, with and without an assistant."""

BY_PEOPLE = (TO_PEERS, "question")
"""Kinds of messages that humans write."""

BY_ASSISTANTS = ("answer", "edit")
"""Kinds of messages that assistants write."""


@dataclass
class Utterance:
    """One message as it was written.

    Attributes
    ----------
    kind : str
        ``peer`` (a human to all who hear it), ``edit`` (the same as edited by an assistant, heard in its
        place), ``outlet`` (an outlet to all who follow it), ``question`` (a human to an assistant) or
        ``answer``.
    speaker : int
        Number of the human; for an ``answer`` or an ``edit``, of the assistant; for an ``outlet``, of that.
    listener : int
        Number of the addressee (for a ``question``, the assistant; for an ``edit``, the human whose message
        it was); -1 for all who hear the speaker.
    dimension : int
        Index of its topic.
    status : str
        Status of the reply.
    text : str
        What was written if answered or truncated, or if nothing of it was left to be heard; else empty.
    detail : str
        Why it came to no answer.
    latent : float
        The value that the speaker holds, in [0, 1]; of an ``edit``, that of the human whose message it was;
        of an ``outlet``, where what it was to say stands (`coevolve_sim.rules.media.take_sides`).
    expressed : float
        The value that the speaker's own mind reads in the text, in [0, 1]; nan where it could not be read. Of
        an ``edit``, what the human's own mind reads in it, so that the two can be compared.
    tokens : int
        Number of tokens of the text.
    heard_text : str
        What others hear of the text; empty if it is not heard. If not given, an answered text is heard as it
        was written, and no other is heard.
    cuts : tuple of Cut
        What was cut off the text.
    begun : str
        The words for its stance with which the message was begun for the mind; both texts begin with them.
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
    heard_text: str | None = None
    cuts: tuple[Cut, ...] = ()
    begun: str = ""

    def __post_init__(self) -> None:
        if self.heard_text is None:
            self.heard_text = self.text if self.status == "answered" else ""

    @property
    def heard(self) -> str:
        """What others hear of it; empty if it is not heard."""
        return self.heard_text or ""


def utter(
    about: tuple[str, int, int, int], written: ParsedMessage, detail: str, latent: float, tokens: int
) -> Utterance:
    """Return a message as it was written: its kind, speaker, listener and topic, and its text."""
    return Utterance(
        *about,
        written.status,
        written.text,
        detail,
        latent,
        tokens=tokens,
        heard_text=written.heard,
        cuts=written.cuts,
        begun=written.begun,
    )


@dataclass(frozen=True)
class Hearing:
    """How one listener read a message.

    Attributes
    ----------
    message : int
        Number of the utterance in its round.
    listener : int
        Number of the human; for a ``question``, of the assistant.
    perceived : float
        The value that its mind reads in the text, in [0, 1]; nan unless answered.
    status : str
        Status of the reading.
    option_mass : float
        Mean probability that the options of the items held together, in [0, 1]; nan where it is not known.
    """

    message: int
    listener: int
    perceived: float
    status: str
    option_mass: float = float("nan")


class Recalled(NamedTuple):
    """What a human remembers of a topic.

    Attributes
    ----------
    number : str
        Number of views heard, as prompts tell it.
    mean : float
        Their mean, as perceived, in [0, 1].
    last : tuple of str
        The last texts heard, oldest first; empty where texts are not remembered.
    """

    number: str
    mean: float
    last: tuple[str, ...]


@dataclass
class Conversation:
    """What humans remember of earlier rounds, and the messages of the present round.

    Attributes
    ----------
    counts : int64 array, shape (humans, dimensions)
        Number of views that each human has heard on each topic.
    sums : float64 array, shape (humans, dimensions)
        Sum of these views, as perceived.
    last : list of dict
        For each human: the last texts heard on a topic, oldest first, by dimension.
    length : int
        Number of texts remembered for a topic.
    said, heard : list
        Utterances and hearings of the present round.
    voices : dict of int to str
        The voice with which each assistant whose weights learn speaks now, by the assistant's number; empty
        for its mind's own voice. It follows from what the assistant has learnt, so no checkpoint keeps it.
    """

    counts: NDArray[np.int64]
    sums: Floats
    last: list[dict[int, tuple[str, ...]]]
    length: int
    said: list[Utterance] = field(default_factory=list)
    heard: list[Hearing] = field(default_factory=list)
    voices: dict[int, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, n_humans: int, n_dimensions: int, length: int) -> Conversation:
        """Return the memory of humans who have heard nothing yet."""
        shape = (n_humans, n_dimensions)
        return cls(np.zeros(shape, dtype=np.int64), np.zeros(shape), [{} for _ in range(n_humans)], length)

    def say(self, utterance: Utterance) -> int:
        """Add an utterance and return its number in the round."""
        self.said.append(utterance)
        return len(self.said) - 1

    def note(self, message: int, listener: int, reading: Reading) -> None:
        """Add a listener's reading of an utterance, without remembering it."""
        self.heard.append(Hearing(message, listener, reading.value, reading.status, reading.option_mass))

    def hear(self, message: int, human: int, reading: Reading) -> None:
        """Add a human's reading of an utterance, and remember it if it was answered."""
        self.note(message, human, reading)
        if reading.status != "answered":
            return
        utterance = self.said[message]
        self.counts[human, utterance.dimension] += 1
        self.sums[human, utterance.dimension] += reading.value
        if self.length:
            before = self.last[human].get(utterance.dimension, ())
            self.last[human][utterance.dimension] = (*before, utterance.heard)[-self.length :]

    def recall(self, human: int, dimension: int) -> Recalled | None:
        """Return what a human remembers of a topic; None where that is nothing."""
        count, last = int(self.counts[human, dimension]), self.last[human].get(dimension, ())
        if not count or not last:
            return None
        return Recalled(str(count), float(self.sums[human, dimension]) / count, last)

    def take_round(self) -> tuple[tuple[Utterance, ...], tuple[Hearing, ...]]:
        """Return the round's utterances and hearings, and empty both lists for the next round."""
        said, heard = tuple(self.said), tuple(self.heard)
        self.said, self.heard = [], []
        return said, heard

    def take_cells(self) -> CellRound | None:
        """Return who says which message where cells of humans are asked; None where everybody is."""
        return None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the memory as arrays, for a checkpoint."""
        texts = json.dumps([{str(d): texts for d, texts in human.items()} for human in self.last])
        return {
            "counts": self.counts.copy(),
            "sums": self.sums.copy(),
            "last": np.frombuffer(texts.encode(), dtype=np.uint8),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore the memory from what `arrays` returned."""
        self.counts, self.sums = arrays["counts"].copy(), arrays["sums"].copy()
        texts = json.loads(arrays["last"].tobytes().decode())
        self.last = [{int(d): tuple(said) for d, said in human.items()} for human in texts]
