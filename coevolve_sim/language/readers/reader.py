"""Readers: what turns a text into a value that is perceived; the package's own by letters, and a user's."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coevolve_sim.errors import ChannelError
from coevolve_sim.language.bias import BiasMap
from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import Registry

if TYPE_CHECKING:
    from coevolve_sim.language.prompts import Templates
    from coevolve_sim.language.questionnaires.item import Questionnaire
    from coevolve_sim.language.readers.calibration import Calibration
    from coevolve_sim.minds import Mind

READERS = Registry(
    "reader",
    "coevolve_sim.readers",
    ChannelError,
    {
        "letters": "coevolve_sim.language.readers.letters:LetterReader",
        "contrast": "coevolve_sim.language.readers.contrast:ContrastReader",
        "listener": "coevolve_sim.language.readers.listener:ListenerReader",
        "probe": "coevolve_sim.language.readers.probe:ProbeReader",
        "entailment": "coevolve_sim.language.readers.entailment:EntailmentReader",
        "embedding": "coevolve_sim.language.readers.embedding:EmbeddingReader",
        "combined": "coevolve_sim.language.readers.combined:CombinedReader",
        "auto": "coevolve_sim.language.readers.automatic:AutomaticReader",
    },
)
"""Classes that derive from `Reader`, by the name that a scenario gives them."""


@dataclass(frozen=True)
class ToRead:
    """A message, its topic, and the voice of the mind that is to read it."""

    text: str
    dimension: int
    voice: str


@dataclass(frozen=True)
class Reading:
    """Where a reader takes a writer to stand.

    Attributes
    ----------
    value : float
        In [0, 1]; nan unless answered.
    status : str
        ``answered`` if there is a value; else how what the mind was asked for ended. By letters: answered if
        at least one item was answered in every order of its options; else how the first that was not ended.
    option_mass : float
        Mean probability that the options held together in the replies it is made of, in [0, 1]; nan where it
        is not known, because nothing was scored by log-probability.
    consistency : float
        Share of its items in which the same option was likeliest in every order of the options; nan where
        nothing was asked in several orders.
    error : float
        Root mean squared error of such readings, as the reader's calibration found it; nan where it has none.
    """

    value: float
    status: str
    option_mass: float = field(default=math.nan, compare=False)
    consistency: float = field(default=math.nan, compare=False)
    error: float = field(default=math.nan, compare=False)


@dataclass(frozen=True)
class ReaderContext:
    """What a reader is told before anything is read.

    Attributes
    ----------
    topics : tuple of str
        What each dimension is called in a sentence.
    templates : Templates
        Words of the prompts.
    questionnaire : Questionnaire
        Items over the dimensions; its ``space`` names them.
    n_items : int
        By how many items a topic is to be read, at most.
    seed : int
        Of the run: what is drawn is drawn from streams of it.
    names_for_reading : tuple of str
        What each dimension is called where a reader asks for or against it: without a *never* or *no*, which
        models read worst; empty where these are the topics.
    """

    topics: tuple[str, ...]
    templates: Templates
    questionnaire: Questionnaire
    n_items: int
    seed: int
    names_for_reading: tuple[str, ...] = ()


class Reader(ABC):
    """What every reader does; one of the user's own derives from this and is made with its parameters."""

    topics: tuple[str, ...] = ()

    def prepare(self, context: ReaderContext) -> Reader:
        """Return the reader for a society; itself, which keeps ``topics``, unless it has more to do."""
        self.topics = context.topics
        return self

    def fit(self, mind: Mind) -> Reader:  # noqa: ARG002 - readers that learn from a mind need it
        """Return the reader fitted to the mind that reads; asked once, before anything is read.

        What it asks of the mind is on record like anything that is asked. Itself where nothing is fitted.

        Raises
        ------
        MindError
            If the mind cannot serve it.
        """
        return self

    def scored(self) -> Reader | None:
        """Return the reader within that has a calibration of its own number; None if there is none."""
        return None

    def appraisal(self) -> Calibration | None:
        """Return what is known of its readings of statements of known stance; None if nothing is."""
        return None

    def recalibrated(self, calibration: Calibration) -> Reader:  # noqa: ARG002 - most have none
        """Return the reader with another calibration; itself where it has none."""
        return self

    def describe(self) -> str:
        """Return which reader it is, in a few words."""
        return type(self).__name__

    @abstractmethod
    def read(self, mind: Mind, messages: Sequence[ToRead]) -> list[Reading]:
        """Return where each message's writer stands, as the mind's voices read it.

        The same messages are read the same way whatever else is read beside them.

        Raises
        ------
        MindError
            If the mind cannot be asked at all.
        """

    def without_correction(self) -> Reader:
        """Return one that takes nothing off what it reads; itself where nothing is."""
        return self


@dataclass(frozen=True, eq=False)
class CorrectedReader(Reader):
    """A reader whose readings are held to what a reading is, and off which a mind's own bias is taken.

    Attributes
    ----------
    reader : Reader
        What reads.
    bias : BiasMap
        What is taken off what is read; empty unless it was told something.
    """

    reader: Reader
    bias: BiasMap = field(default_factory=BiasMap)

    @property
    def topics(self) -> tuple[str, ...]:  # type: ignore[override]
        """What each dimension is called in a sentence."""
        return self.reader.topics

    def fit(self, mind: Mind) -> CorrectedReader:
        """Return one whose reader is fitted to the mind that reads; the bias map is shared.

        Raises
        ------
        MindError
            If the mind cannot serve it.
        ChannelError
            If a reader of a user's own fails.
        """
        if type(self.reader).__module__.startswith("coevolve_sim."):
            return CorrectedReader(self.reader.fit(mind), self.bias)
        with plugin_call(f"reader {type(self.reader).__name__}", ChannelError):
            return CorrectedReader(self.reader.fit(mind), self.bias)

    def scored(self) -> Reader | None:
        """Return the reader within that has a calibration; None if there is none."""
        return self.reader.scored()

    def appraisal(self) -> Calibration | None:
        """Return what is known of its readings of statements of known stance; None if nothing is."""
        return None

    def recalibrated(self, calibration: Calibration) -> CorrectedReader:
        """Return one whose reader has another calibration."""
        return CorrectedReader(self.reader.recalibrated(calibration), self.bias)

    def describe(self) -> str:
        """Return which reader it is."""
        return self.reader.describe()

    def read(self, mind: Mind, messages: Sequence[ToRead]) -> list[Reading]:
        """Return readings, corrected.

        Raises
        ------
        MindError
            If the mind cannot be asked at all.
        ChannelError
            If the reader returned what is not readings.
        """
        return self.correct(messages, check_readings(self.reader, self._read(mind, messages), len(messages)))

    def correct(self, messages: Sequence[ToRead], readings: Sequence[Reading]) -> list[Reading]:
        """Return readings of messages, less the bias of the voices that were to read them."""
        return [
            replace(found, value=self.bias.corrected(message.voice, message.dimension, found.value))
            if found.status == "answered"
            else found
            for message, found in zip(messages, readings, strict=True)
        ]

    def _read(self, mind: Mind, messages: Sequence[ToRead]) -> object:
        if type(self.reader).__module__.startswith("coevolve_sim."):
            return self.reader.read(mind, messages)
        with plugin_call(f"reader {type(self.reader).__name__}", ChannelError):
            return self.reader.read(mind, messages)

    def without_correction(self) -> CorrectedReader:
        """Return one that takes nothing off."""
        return CorrectedReader(self.reader.without_correction())


def check_readings(reader: Reader, returned: object, n_messages: int) -> list[Reading]:
    """Return what a reader returned, if it is a reading for each message.

    Raises
    ------
    ChannelError
        Names the first that is none.

    Examples
    --------
    >>> check_readings(None, [Reading(1.5, "answered")], 1)
    Traceback (most recent call last):
    coevolve_sim.errors.ChannelError: reader NoneType read 1.5 with status 'answered'; an answered one ...
    """
    name = type(reader).__name__
    if not (isinstance(returned, list) and all(isinstance(found, Reading) for found in returned)):
        raise ChannelError(
            f"reader {name} returned a value of type {type(returned).__name__}; a list of Reading is wanted"
        )
    if len(returned) != n_messages:
        raise ChannelError(f"reader {name} returned {len(returned)} readings of {n_messages} messages")
    for found in returned:
        fits = 0.0 <= found.value <= 1.0 if found.status == "answered" else math.isnan(found.value)
        if found.status not in STATUSES or not fits:
            raise ChannelError(
                f"reader {name} read {found.value} with status {found.status!r}; an answered one is in "
                f"[0, 1], one of {', '.join(STATUSES[1:])} is nan"
            )
    return returned
