"""Base class of readers that make a number of a text, which a calibration turns into a value."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.errors import ChannelError, UnservedError
from coevolve_sim.language.readers.calibration import Calibration, calibrate
from coevolve_sim.language.readers.known_stances import Statement, statements
from coevolve_sim.language.readers.reader import Reader, ReaderContext, Reading, ToRead
from coevolve_sim.minds import Mind


@dataclass(frozen=True)
class OnTopic:
    """A text, what it is about in words, and the voice that is to read it."""

    text: str
    topic: str
    voice: str = ""


@dataclass(frozen=True)
class Scored:
    """A reader's own number of a text, the larger the more its writer is for; nan unless answered."""

    number: float
    status: str


class ScoredReader(Reader):
    """Reads a number of its own kind off each text, and takes the value from its calibration.

    It is calibrated by `fit`, once a mind can be asked, on statements of known stances about other topics
    (`coevolve_sim.language.readers.known_stances`).

    Parameters
    ----------
    calibration : str
        ``line`` or ``isotonic``; see `coevolve_sim.language.readers.calibration`.
    """

    kind = ""

    def __init__(self, calibration: str = "line") -> None:
        self.method = calibration
        self.calibration: Calibration | None = None
        self.names: tuple[str, ...] = ()

    def prepare(self, context: ReaderContext) -> ScoredReader:
        """Return one that knows what dimensions are called where they are read about."""
        prepared = copy.copy(self)
        prepared.topics = context.topics
        prepared.names = context.names_for_reading or context.topics
        return prepared

    @abstractmethod
    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        """Return the reader's own number of each text."""

    def fit(self, mind: Mind) -> ScoredReader:
        """Return one that is calibrated with what this mind makes of statements of known stances.

        Raises
        ------
        UnservedError
            If the mind cannot serve it: says why, and what else to read by.
        """
        fitted = self.learn(mind)
        held_out = statements(held_out=True)
        found = fitted.scores(mind, on_topics(held_out))
        if not any(one.status == "answered" for one in found):
            raise UnservedError(
                f"reader {self.kind}: none of {len(found)} statements could be read with {mind.identity} "
                f"({found[0].status}), as of a mind without the log-probabilities that it needs; take reader "
                "letters or auto, or have another mind read (channel.reader.mind)"
            )
        return fitted.calibrated(held_out, found)

    def learn(self, mind: Mind) -> ScoredReader:  # noqa: ARG002 - readers that learn need it
        """Return one that has learnt from the mind what it needs to make numbers; itself by default."""
        return self

    def calibrated(self, known: Sequence[Statement], found: Sequence[Scored]) -> ScoredReader:
        """Return one calibrated by the numbers that it made of statements."""
        fitted = copy.copy(self)
        fitted.calibration = calibrate(
            [one.number for one in found],
            [one.stance for one in known],
            [one.topic for one in known],
            self.method,
        )
        return fitted

    def recalibrated(self, calibration: Calibration) -> ScoredReader:
        """Return one with another calibration, such as that on the mind's own words."""
        made = copy.copy(self)
        made.calibration = calibration
        return made

    def scored(self) -> ScoredReader:
        """Return itself."""
        return self

    def appraisal(self) -> Calibration | None:
        """Return its calibration."""
        return self.calibration

    def read(self, mind: Mind, messages: Sequence[ToRead]) -> list[Reading]:
        """Return where each message's writer stands, as the mind's voices read it.

        Raises
        ------
        ChannelError
            If it was not fitted.
        MindError
            If the mind cannot be asked at all.
        """
        fitted = self.fitted
        texts = [OnTopic(m.text, self.names[m.dimension], m.voice) for m in messages]
        return [
            Reading(fitted.value(found.number), found.status, error=fitted.error)
            for found in self.scores(mind, texts)
        ]

    @property
    def fitted(self) -> Calibration:
        """Its calibration.

        Raises
        ------
        ChannelError
            If it was not fitted.
        """
        if self.calibration is None:
            raise ChannelError(f"reader {self.kind} was not fitted to the mind; call fit(mind) first")
        return self.calibration

    def describe(self) -> str:
        """Return which reader it is, with its calibration, in words."""
        found = self.calibration
        if found is None:
            return self.kind
        return (
            f"{self.kind}: r {found.r:.2f}, AUC {found.auc:.2f}, error {found.error:.2f}, slope "
            f"{found.slope:.2f} on {found.n_texts} texts held out"
        )


def on_topics(known: Sequence[Statement]) -> list[OnTopic]:
    """Return statements as texts on their topics."""
    return [OnTopic(one.text, one.topic) for one in known]


def less(one: Scored, own: Scored) -> Scored:
    """Return a number less another; the status of the first that is none.

    Examples
    --------
    >>> less(Scored(2.0, "answered"), Scored(0.5, "answered"))
    Scored(number=1.5, status='answered')
    >>> less(Scored(1.0, "answered"), Scored(math.nan, "refused")).status
    'refused'
    """
    failed = next((each for each in (one, own) if each.status != "answered"), None)
    return failed or Scored(one.number - own.number, "answered")


def difference(pairs: Sequence[tuple[float, float, str]]) -> Scored:
    """Return the mean of differences of log-probabilities, each (for, against, status).

    Examples
    --------
    >>> difference([(-1.0, -2.0, "answered"), (-1.0, -4.0, "answered")])
    Scored(number=2.0, status='answered')
    """
    failed = next((status for _, _, status in pairs if status != "answered"), None)
    if failed is not None:
        return Scored(math.nan, failed)
    gaps = [one - other for one, other, _ in pairs]
    if not all(math.isfinite(gap) for gap in gaps):
        return Scored(math.nan, "invalid")
    return Scored(math.fsum(gaps) / len(gaps), "answered")
