"""Several readers as one: a weighted sum of their numbers, the weights found on statements held out."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import numpy as np

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.errors import MindError, UnservedError
from coevolve_sim.language.readers.calibration import FOLDS
from coevolve_sim.language.readers.known_stances import Statement, statements
from coevolve_sim.language.readers.reader import ReaderContext
from coevolve_sim.language.readers.scored import OnTopic, Scored, ScoredReader, on_topics
from coevolve_sim.minds import Mind


class CombinedReader(ScoredReader):
    """Adds up other readers' numbers, each in units of its own spread, with weights that are never negative.

    Weights are least squares on the statements held out; the numbers by which it is calibrated are those of
    topics that the weights were not found on, so that its error is not told too small.

    Parameters
    ----------
    parts : sequence of ScoredReader
        Two or more.
    calibration : str
        As for `ScoredReader`.
    """

    kind = "combined"

    def __init__(self, parts: Sequence[ScoredReader], calibration: str = "line") -> None:
        super().__init__(calibration)
        if len(parts) < 2:
            raise ValueError(f"a combined reader has 2 parts or more; {len(parts)} given")
        self.parts = tuple(parts)
        self.centres = self.weights = self.shares = np.zeros(len(parts))

    def prepare(self, context: ReaderContext) -> CombinedReader:
        """Return one whose parts know what dimensions are called."""
        prepared = copy.copy(self)
        prepared.topics = context.topics
        prepared.names = context.names_for_reading or context.topics
        prepared.parts = tuple(part.prepare(context) for part in self.parts)
        return prepared

    def fit(self, mind: Mind) -> CombinedReader:
        """Return one whose parts are fitted, with weights and a calibration.

        Raises
        ------
        MindError
            If the mind cannot serve one of the parts.
        """
        known = statements(held_out=True)
        parts = [part.learn(mind) for part in self.parts]
        found = [part.scores(mind, on_topics(known)) for part in parts]
        for part, column in zip(parts, found, strict=True):
            if not any(one.status == "answered" for one in column):
                raise UnservedError(
                    f"reader combined: none of {len(known)} statements was read by {part.kind}"
                )
        return self.stacked(
            [part.calibrated(known, one) for part, one in zip(parts, found, strict=True)], known, found
        )

    def stacked(
        self, parts: Sequence[ScoredReader], known: Sequence[Statement], found: Sequence[Sequence[Scored]]
    ) -> CombinedReader:
        """Return one of fitted parts, by the numbers that they made of statements, part by part."""
        numbers = np.array([[one.number for one in column] for column in found]).T
        held = np.array([one.stance for one in known])
        topics = np.array([one.topic for one in known])
        whole = np.isfinite(numbers).all(axis=1)
        if not whole.any():
            raise MindError("reader combined: no statement was read by all of its parts")
        made = copy.copy(self)
        made.parts = tuple(parts)
        told, names = np.full(len(known), np.nan), np.unique(topics)
        for fold in range(min(FOLDS, names.size)):
            out = np.isin(topics, names[fold::FOLDS])
            some = whole & ~out
            if some.any():
                centres, weights = _weigh(numbers[some], held[some])
                told[out & whole] = (numbers[out & whole] - centres) @ weights
        made.centres, made.weights = _weigh(numbers[whole], held[whole])
        in_spreads = made.weights * numbers[whole].std(axis=0)  # a part's own numbers have units of their own
        made.shares = in_spreads / (in_spreads.sum() or 1.0)
        scored = [Scored(number, "answered" if math.isfinite(number) else "invalid") for number in told]
        made.calibration = made.calibrated(known, scored).calibration
        return made

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        """Return the weighted sum of the parts' numbers of each text; parts without weight are not asked.

        Raises
        ------
        MindError
            If the mind cannot be asked at all.
        """
        used = np.flatnonzero(self.weights)
        columns = [self.parts[n].scores(mind, texts) for n in used]
        if not columns:  # no part tells anything
            return [Scored(0.0, "answered") for _ in texts]
        return [self._sum(row, used) for row in zip(*columns, strict=True)]

    def _sum(self, row: Sequence[Scored], used: Indices) -> Scored:
        failed = next((one.status for one in row if one.status != "answered"), None)
        if failed is not None:
            return Scored(math.nan, failed)
        numbers = np.array([one.number for one in row])
        return Scored(float((numbers - self.centres[used]) @ self.weights[used]), "answered")

    def describe(self) -> str:
        """Return its parts with their shares, and its calibration, in words."""
        pairs = zip(self.parts, self.shares, strict=True)
        shares = (f"{part.kind} {share:.2f}" for part, share in pairs)
        return f"{super().describe()} (weights {', '.join(shares)})"


def _weigh(numbers: Floats, held: Floats) -> tuple[Floats, Floats]:
    """Return centres and weights of least squares, shape (parts,); weights are 0 or more."""
    from scipy.optimize import nnls

    centres, spread = numbers.mean(axis=0), numbers.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    weights, _ = nnls((numbers - centres) / spread, held - held.mean())
    return centres, weights / spread
