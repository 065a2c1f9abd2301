"""The reader that is chosen: all that a mind can serve are tried, and the one with the least error reads."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coevolve_sim.errors import MindError, UnservedError
from coevolve_sim.language import agreement
from coevolve_sim.language.questionnaires import Questionnaire, shipped_questionnaire
from coevolve_sim.language.readers.calibration import Calibration, calibrate
from coevolve_sim.language.readers.combined import CombinedReader
from coevolve_sim.language.readers.contrast import ContrastReader
from coevolve_sim.language.readers.known_stances import Statement, statements
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.language.readers.listener import ListenerReader
from coevolve_sim.language.readers.probe import ProbeReader
from coevolve_sim.language.readers.reader import Reader, ReaderContext, Reading, ToRead
from coevolve_sim.language.readers.scored import Scored, ScoredReader, on_topics
from coevolve_sim.minds import Mind
from coevolve_sim.values import Dimension, ValueSpace


class AutomaticReader(Reader):
    """Tries letters, contrast, listener, probe and their sum on statements held out; reads by the best.

    The best is what errs least on topics left out: letters as they read, the others by their map of least
    error (isotonic), whatever calibration they then read by. A line is right on average and errs more, the
    less a reader tells, so that its error would say nothing of which reader tells most.

    Letters are tried by a general pair of items on the statements' topics; where they win, they read by the
    society's own questionnaire.

    Parameters
    ----------
    calibration : str
        As for `coevolve_sim.language.readers.scored.ScoredReader`.
    """

    def __init__(self, calibration: str = "line") -> None:
        self.method = calibration
        self.context: ReaderContext | None = None
        self.chosen: Reader | None = None
        self.letters: Calibration | None = None
        self.tried: dict[str, float | str] = {}

    def prepare(self, context: ReaderContext) -> AutomaticReader:
        """Return one that knows the society's dimensions."""
        prepared = copy.copy(self)
        prepared.topics, prepared.context = context.topics, context
        return prepared

    def fit(self, mind: Mind) -> AutomaticReader:
        """Return one that has chosen.

        Raises
        ------
        MindError
            If the mind can serve no reader at all: says why of each.
        """
        context, known = self._told(), statements(held_out=True)
        found: dict[str, list[Scored]] = {}
        readers: dict[str, ScoredReader] = {}
        made = copy.copy(self)
        letters = self._try_letters(mind, known)
        made.tried = {"letters": letters if isinstance(letters, str) else letters[0]}
        made.letters = None if isinstance(letters, str) else letters[1]
        for reader in (ContrastReader(self.method), ListenerReader(self.method), ProbeReader(self.method)):
            try:
                learnt = reader.prepare(context).learn(mind)
                scored = learnt.scores(mind, on_topics(known))
            except UnservedError as error:
                made.tried[reader.kind] = str(error)
                continue
            if not any(one.status == "answered" for one in scored):
                made.tried[reader.kind] = f"no statement was read ({scored[0].status})"
                continue
            fitted = learnt.calibrated(known, scored)
            found[reader.kind], readers[reader.kind] = scored, fitted
            made.tried[reader.kind] = _least_error(known, scored)
        if len(readers) > 1:
            parts, numbers = list(readers.values()), list(found.values())
            both = CombinedReader(parts, self.method).prepare(context).stacked(parts, known, numbers)
            least = CombinedReader(parts, "isotonic").prepare(context).stacked(parts, known, numbers)
            readers["combined"], made.tried["combined"] = both, least.fitted.error
        made.chosen = self._choose(made.tried, readers)
        return made

    def _told(self) -> ReaderContext:
        if self.context is None:
            raise MindError("reader auto was not told of a society; call prepare(context) first")
        return self.context

    def _choose(self, tried: dict[str, float | str], readers: dict[str, ScoredReader]) -> Reader:
        errors = {name: one for name, one in tried.items() if isinstance(one, float) and math.isfinite(one)}
        if not errors:
            why = "; ".join(f"{name}: {one}" for name, one in tried.items())
            raise MindError(f"reader auto: the mind can serve no reader ({why})")
        best = min(errors, key=lambda name: errors[name])
        return readers.get(best) or _letters(self._told())

    def _try_letters(self, mind: Mind, known: Sequence[Statement]) -> tuple[float, Calibration] | str:
        """Return the error of readings by letters, and what else is known of them; or why there are none."""
        topics = list(dict.fromkeys(one.topic for one in known))
        context = replace(self._told(), topics=tuple(topics), questionnaire=_agreement(topics), n_items=2)
        texts = [ToRead(one.text, topics.index(one.topic), "") for one in known]
        read = _letters(context).read(mind, texts)
        if not any(one.status == "answered" for one in read):
            return f"no statement was read ({read[0].status})"
        values = [one.value for one in read]
        held, answered = np.array([one.stance for one in known]), np.isfinite(values)
        found = calibrate(values, held.tolist(), [one.topic for one in known], "isotonic")
        return agreement.error(held[answered], np.array(values)[answered]), found

    def read(self, mind: Mind, messages: Sequence[ToRead]) -> list[Reading]:
        """Return where each message's writer stands, by the reader that was chosen.

        Raises
        ------
        MindError
            If none was chosen yet, or the mind cannot be asked at all.
        """
        if self.chosen is None:
            raise MindError("reader auto has chosen none yet; call fit(mind) first")
        return self.chosen.read(mind, messages)

    def scored(self) -> Reader | None:
        """Return what was chosen, if it has a calibration."""
        return None if self.chosen is None else self.chosen.scored()

    def appraisal(self) -> Calibration | None:
        """Return what is known of what was chosen; letters were tried on the same statements."""
        return None if self.chosen is None else self.chosen.appraisal() or self.letters

    def recalibrated(self, calibration: Calibration) -> AutomaticReader:
        """Return one whose chosen reader has another calibration."""
        made = copy.copy(self)
        made.chosen = None if self.chosen is None else self.chosen.recalibrated(calibration)
        return made

    def describe(self) -> str:
        """Return what was chosen, and what each reader that was tried came to, in words."""
        if self.chosen is None:
            return "auto"
        others = (
            f"{name} {one:.2f}" if isinstance(one, float) else f"{name} not to be had"
            for name, one in self.tried.items()
        )
        return f"auto chose {self.chosen.describe()}; errors on statements held out: {', '.join(others)}"


def _least_error(known: Sequence[Statement], scored: Sequence[Scored]) -> float:
    """Return the error of a reader's map of least error on topics left out."""
    numbers = [one.number for one in scored]
    return calibrate(numbers, [one.stance for one in known], [one.topic for one in known], "isotonic").error


def _letters(context: ReaderContext) -> LetterReader:
    return LetterReader.of(context.questionnaire, context.templates, context.topics, context.n_items)


def _agreement(topics: Sequence[str]) -> Questionnaire:
    """Return general items for and against each topic."""
    named = (Dimension(f"topic_{n}", topic, topic) for n, topic in enumerate(topics))
    return shipped_questionnaire(ValueSpace("statements", tuple(named)))
