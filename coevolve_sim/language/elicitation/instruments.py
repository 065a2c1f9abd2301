"""How an era's values are measured: by items that it answers, or by what it writes on each topic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.endings import CountedMind
from coevolve_sim.language.openings import begin, with_begun
from coevolve_sim.language.parsing import ParsedMessage, parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import (
    Measurement,
    Questionnaire,
    ReadingQuality,
    WrittenText,
    measure,
    name_for_reading,
    shipped_questionnaire,
    topic_of,
)
from coevolve_sim.language.readers import READERS, Reader, ReaderContext, ToRead
from coevolve_sim.language.readers.known_stances import statements_fingerprint
from coevolve_sim.minds import Message, Mind, Request
from coevolve_sim.minds.answers import Answers
from coevolve_sim.minds.option_mass import INSTRUMENT
from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream_seed
from coevolve_sim.values import ValueSpace

Progress = Callable[[int, int], None]

MAX_TOKENS = 64
"""Of a text."""

SHOWN_EVERY = 64
"""Texts between two reports of progress."""

READ_BY = ("auto", "contrast", "listener", "probe")
"""Readers that can read what is written."""


class Instrument(Protocol):
    """What measures the values of a mind that speaks for an era."""

    @property
    def name(self) -> str:
        """What it is called in files."""

    @property
    def fingerprint(self) -> str:
        """Digest of all that it asks."""

    @property
    def mark(self) -> str:
        """By which definition it measures, and with what it reads."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its values should know."""

    @property
    def space(self) -> ValueSpace:
        """The dimensions that it measures."""

    def measure(
        self,
        mind: Mind,
        personas: Mapping[str, str],
        templates: Templates,
        *,
        voice: str,
        batch_size: int,
        progress: Progress | None,
        answers: Answers,
    ) -> Measurement:
        """Return the values of a mind's voice as personas, whose system messages are given by name.

        How the requests ended by which it speaks for the era is added to ``answers``.
        """


@dataclass(frozen=True)
class Items:
    """Asks the items of a questionnaire, each in every order of its options.

    Attributes
    ----------
    questionnaire : Questionnaire
    """

    questionnaire: Questionnaire

    mark = INSTRUMENT

    @property
    def name(self) -> str:
        """Name of the questionnaire."""
        return self.questionnaire.name

    @property
    def fingerprint(self) -> str:
        """Of the questionnaire."""
        return self.questionnaire.fingerprint

    @property
    def notes(self) -> tuple[str, ...]:
        """Of the questionnaire."""
        return self.questionnaire.notes

    @property
    def space(self) -> ValueSpace:
        """Of the questionnaire."""
        return self.questionnaire.space

    def measure(
        self,
        mind: Mind,
        personas: Mapping[str, str],
        templates: Templates,
        *,
        voice: str,
        batch_size: int,
        progress: Progress | None,
        answers: Answers,
    ) -> Measurement:
        """Return the values of a mind's voice as personas."""
        return measure(
            CountedMind(mind, answers),
            self.questionnaire,
            personas,
            templates,
            voice=voice,
            batch_size=batch_size,
            progress=progress,
        )


@dataclass(frozen=True)
class Words:
    """Lets a voice write on each topic, and has what it wrote read: for minds that items cannot ask.

    Attributes
    ----------
    space : ValueSpace
        Each of its dimensions is a topic.
    reader : str
        Which reader reads, one of `READ_BY`; it is calibrated on statements of known stances, by the map of
        least error (isotonic), so that its readings are drawn towards the middle. It reads with the mind's
        own weights, whatever the voice: so that what differs between voices is what they wrote.
    texts : int
        That each persona writes on each topic, at least 1.
    begin : str
        Words with which every text is begun for the voice; ``{topic}`` in them is the topic's name. They say
        nothing for or against.
    temperature : float
        At which texts are drawn.
    read_by : Mind, optional
        Another mind that reads, for eras that have a model each.
    """

    space: ValueSpace
    reader: str = "auto"
    texts: int = 1
    begin: str = ""
    temperature: float = 0.7
    read_by: Mind | None = None
    _fitted: dict[str, Reader] = field(default_factory=dict, compare=False, repr=False)

    name = "words"

    def __post_init__(self) -> None:
        if self.texts < 1:
            raise QuestionnaireError(f"each persona writes at least 1 text on a topic; {self.texts} given")
        if self.reader not in READ_BY:
            raise QuestionnaireError(f"values are read by {', '.join(READ_BY)}; {self.reader!r} given")

    @property
    def fingerprint(self) -> str:
        """What is written about, and how."""
        asked = (self.space.name, *self.space.names, self.texts, self.begin, self.temperature, MAX_TOKENS)
        return f"words {stream_seed(0, *map(str, asked)):016x}"

    @property
    def mark(self) -> str:
        """Which reader reads what is written, and of which mind."""
        reading = "" if self.read_by is None else f" of {self.read_by.identity}"
        return f"words read by {self.reader}{reading}, calibrated on statements {statements_fingerprint()}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its values should know."""
        begun = f"Each text was begun with: {self.begin}" if self.begin else "No text was begun."
        error = "Values are what a reader made of texts, not answers to items: they hold its error."
        return (error, begun)

    def measure(
        self,
        mind: Mind,
        personas: Mapping[str, str],
        templates: Templates,
        *,
        voice: str,
        batch_size: int,
        progress: Progress | None,
        answers: Answers,
    ) -> Measurement:
        """Return the values of a mind's voice as personas.

        Raises
        ------
        MindError
            If the mind cannot be asked, or cannot serve the reader.
        """
        reading = mind if self.read_by is None else self.read_by
        reader = self._reader_of(reading, templates)
        topics = [topic_of(self.space, name) for name in self.space.names]
        cells = [
            (who, d, number) for who in personas for d in range(len(topics)) for number in range(self.texts)
        ]
        requests = [
            self._request(personas[who], topics[d], templates, (who, topics[d], number), voice)
            for who, d, number in cells
        ]
        texts = _write(CountedMind(mind, answers), requests, batch_size, progress)
        heard = [n for n, text in enumerate(texts) if text.is_heard]
        readings = reader.read(reading, [ToRead(texts[n].heard, cells[n][1], "") for n in heard])
        read = dict(zip(heard, readings, strict=True))
        written = [
            WrittenText(
                who,
                self.space.names[d],
                text.status,
                text.heard if text.is_heard else text.text,
                read[n].value if n in read and read[n].status == "answered" else math.nan,
            )
            for n, ((who, d, _), text) in enumerate(zip(cells, texts, strict=True))
        ]
        return _measurement(tuple(personas), self.space.names, written, _quality_of(reader))

    def _request(
        self, system: str, topic: str, templates: Templates, address: tuple[object, ...], voice: str
    ) -> Request:
        asked = Request(
            "speak",
            (Message("system", system), Message("user", templates.speak(topic))),
            max_tokens=MAX_TOKENS,
            temperature=self.temperature,
            # Not by voice or era: what differs between them is theirs alone.
            seed=stream_seed(0, "words of an era", *map(str, address)) % 2**31,
            voice=voice,
        )
        return begin(asked, self.begin.replace("{topic}", topic))

    def _reader_of(self, reading: Mind, templates: Templates) -> Reader:
        """Return the reader fitted to the mind that reads, once for all eras that it reads."""
        known = self._fitted.get(reading.identity)
        if known is not None:
            return known
        space = self.space
        context = ReaderContext(
            tuple(topic_of(space, name) for name in space.names),
            templates,
            shipped_questionnaire(space),
            4,
            0,
            tuple(name_for_reading(space, name) for name in space.names),
        )
        made: Reader = READERS[self.reader](calibration="isotonic")
        self._fitted[reading.identity] = made.prepare(context).fit(reading)
        return self._fitted[reading.identity]


def _quality_of(reader: Reader) -> ReadingQuality:
    found = reader.appraisal()
    if found is None:
        return ReadingQuality(reader.describe(), math.nan, math.nan, math.nan)
    return ReadingQuality(reader.describe(), found.auc, found.slope, found.error)


def _write(
    mind: Mind, requests: Sequence[Request], batch_size: int, progress: Progress | None
) -> list[ParsedMessage]:
    """Return the message of the reply to each request."""
    found: list[ParsedMessage] = []
    for first in range(0, len(requests), min(batch_size, SHOWN_EVERY)):
        part = requests[first : first + min(batch_size, SHOWN_EVERY)]
        replies = zip(part, ask_all(mind, part), strict=True)
        found += [with_begun(request, parse_message(reply)) for request, reply in replies]
        if progress is not None:
            progress(len(found), len(requests))
    return found


def _measurement(
    personas: tuple[str, ...],
    dimensions: tuple[str, ...],
    written: Sequence[WrittenText],
    reading: ReadingQuality,
) -> Measurement:
    shape = (len(personas), len(dimensions))
    values, errors = np.full(shape, np.nan), np.full(shape, np.nan)
    counts = np.zeros(shape, dtype=np.int64)
    for row, who in enumerate(personas):
        for column, name in enumerate(dimensions):
            own = np.array([text.value for text in written if (text.persona, text.dimension) == (who, name)])
            known: Floats = own[np.isfinite(own)]
            counts[row, column] = known.size
            if known.size:
                values[row, column] = known.mean()
            if known.size > 1:
                errors[row, column] = known.std(ddof=1) / math.sqrt(known.size)
    ends = [Counter(text.status for text in written if text.persona == who) for who in personas]
    unknown = np.full(len(personas), np.nan)
    return Measurement(
        dimensions,
        personas,
        values,
        errors,
        counts,
        unknown,
        np.array([[end[status] for status in STATUSES] for end in ends]),
        unknown.copy(),
        texts=tuple(written),
        reading=reading,
    )
