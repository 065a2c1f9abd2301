"""Elicit the values of one or several eras' minds, and write them to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError, QuestionnaireError, UnfitError
from coevolve_sim.language.elicitation.eras import Era, OneMind, one_mind_at_a_time
from coevolve_sim.language.elicitation.files import (
    HISTORY,
    SPREAD,
    TEXTS,
    VALUES,
    write_history,
    write_summary,
    write_texts,
    write_values,
)
from coevolve_sim.language.elicitation.instruments import Instrument, Items
from coevolve_sim.language.elicitation.measured_eras import EraRequest, MeasuredEra, MeasuredEras
from coevolve_sim.language.endings import require_answers
from coevolve_sim.language.fitness.verdict import LEAST_AUC
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import (
    Persona,
    Questionnaire,
    mean_of_known,
    read_personas,
    system_messages,
)
from coevolve_sim.minds.answers import DEFAULT_LIMIT, AnswerLimits, Answers
from coevolve_sim.minds.option_mass import LEAST_MASS
from coevolve_sim.minds.probe import probe_of
from coevolve_sim.values.histories.files import DOUBTFUL_CONSISTENCY

LEAST_CONSISTENCY = 0.5
"""Share of items that have to be answered alike in every order of their options for values to be written."""

Progress = Callable[[str, int, int], None]
"""Told the era, how many replies there are, and of how many."""


@dataclass(frozen=True)
class Elicitation:
    """The measured eras, and the files in which they are written.

    Attributes
    ----------
    eras : tuple of MeasuredEra
        The eras, in the order given.
    values : Path
        The values file; `summary.json` and `personas.csv` lie beside it.
    history, spread : Path or None
        Centre and spread by era, for a scenario's ``history: {kind: file}``; None for a single era.
    asked_anew : tuple of str
        Names of the eras that were measured now, not found on disk.
    answers : Answers
        How the requests that were asked now ended.
    texts : Path or None
        What was written and read, where values are measured by words.
    """

    eras: tuple[MeasuredEra, ...]
    values: Path
    history: Path | None
    spread: Path | None
    asked_anew: tuple[str, ...]
    answers: Answers = field(default_factory=Answers)
    texts: Path | None = None

    @property
    def centres(self) -> Floats:
        """Mean over personas, shape (eras, dimensions)."""
        return np.array([era.measurement.centre() for era in self.eras])

    @property
    def spreads(self) -> Floats:
        """Standard deviation over personas, shape (eras, dimensions)."""
        return np.array([era.measurement.spread() for era in self.eras])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know: replies kept from earlier runs, options that held little probability."""
        return tuple(note for era in self.eras for note in _notes_on(era))


def _notes_on(era: MeasuredEra) -> list[str]:
    taken, notes = era.measurement, list[str]()
    if taken.from_earlier:
        notes.append(
            f"era '{era.name}': {taken.from_earlier:,} of {taken.statuses.sum():,} replies were kept from "
            "earlier runs, and not asked for again"
        )
    alike = float(mean_of_known(taken.consistency))
    if alike < DOUBTFUL_CONSISTENCY:
        notes.append(
            f"era '{era.name}': {alike:.0%} of items were answered alike in every order of their options; "
            "the others tell an option's place, so that these values are doubtful"
        )
    if taken.reading is not None:
        heard = sum(text.value == text.value for text in taken.texts)
        notes.append(
            f"era '{era.name}': {heard:,} of {len(taken.texts):,} texts were read, each with an error of "
            f"{taken.reading.error:.2f}, by {taken.reading.reader}"
        )
    mass = float(mean_of_known(taken.option_mass))
    if mass < LEAST_MASS:
        notes.append(
            f"era '{era.name}': the options held {mass:.2g} of the probability on average, less than "
            f"{LEAST_MASS:g}: the mind would rather say something else, so that these values are doubtful"
        )
    return notes


@dataclass(frozen=True)
class _ElicitationSettings:
    """The settings of an elicitation that are the same for all eras."""

    instrument: Instrument
    templates: Templates
    asked: EraRequest
    kept: MeasuredEras
    batch_size: int
    progress: Progress | None
    at_most_unanswered: float
    answers: Answers


def elicit(
    eras: Era | Sequence[Era],
    questionnaire: Questionnaire | Instrument,
    folder: str | Path,
    *,
    personas: Sequence[Persona] | None = None,
    templates: Templates | None = None,
    batch_size: int = 1024,
    progress: Progress | None = None,
    at_most_unanswered: float = DEFAULT_LIMIT,
    allow_unfit: bool = False,
) -> Elicitation:
    """Measure the values of the minds of one or several eras over personas, and write them to files.

    Writes into ``folder``: ``values.csv`` (era, dimension, centre, spread, standard error), ``personas.csv``
    (one row for each era and persona), ``summary.json`` (who was asked what, how requests ended, order
    consistency), by words also ``texts.csv`` (what was written and read), and for two or more eras
    ``history.csv`` and ``spread.csv``. Each era is kept in ``eras/`` as soon as it is measured: an era
    measured with the same mind, questionnaire, templates and personas is not asked again, unless some of its
    requests were given up.

    Parameters
    ----------
    eras : Era or sequence of Era
        The eras, in the order of time; `eras_of` makes them from the voices of a mind.
    questionnaire : Questionnaire or Instrument
        The items to ask, or another instrument, such as `coevolve_sim.language.elicitation.Words`.
    folder : str or Path
        Folder to write to; created if it does not exist.
    personas : sequence of Persona, optional
        Personas as whom the mind answers; by default the package's own 24. At least two for a history.
    templates : Templates, optional
        The package's own if not given.
    batch_size : int
        Largest number of requests put to a mind at once.
    progress : callable, optional
        Called after each reply with the era, the number of its replies so far, and their total.
    at_most_unanswered : float
        Largest share of an era's requests that may be given up or invalid, in [0, 1]; in force from 20
        requests on, and where nothing was answered at all. 1 is no limit.
    allow_unfit : bool
        Whether values are written, too, of a mind that answers items by their options' places, and by a
        reader that hardly tells texts for from texts against.

    Raises
    ------
    UnfitError
        If an era answered fewer items alike in every order of their options than `LEAST_CONSISTENCY`, or was
        read with an AUC below `coevolve_sim.language.fitness.verdict.LEAST_AUC`, and this is not allowed;
        what was measured is kept, nothing else is written.
    UnansweredError
        If more of an era is not answered; nothing is written of that era, and eras before it are kept.
    QuestionnaireError
        If eras, personas or questionnaire are invalid, or a file cannot be written or read; if a history is
        to be written and an era lacks values (the other files are then written).
    MindError
        If a mind cannot be opened or asked, or lacks a voice.
    """
    eras = (eras,) if isinstance(eras, Era) else tuple(eras)
    people = read_personas() if personas is None else tuple(personas)
    _check(eras, people)
    words = templates or Templates.standard()
    by = Items(questionnaire) if isinstance(questionnaire, Questionnaire) else questionnaire
    asked = EraRequest(by.fingerprint, words.fingerprint, system_messages(people, words), by.mark)
    folder = Path(folder)
    settings = _ElicitationSettings(
        by,
        words,
        asked,
        MeasuredEras(folder / "eras"),
        batch_size,
        progress,
        at_most_unanswered,
        Answers(),
    )
    with one_mind_at_a_time() as held:
        found = [_measure_era(era, settings, held) for era in eras]
    measured = [era for era, _ in found]
    if not allow_unfit:
        _require_consistency(measured)
        _require_readings(measured)
    write_values(folder, measured)
    write_summary(folder, by, measured)
    write_texts(folder, measured)
    several = len(eras) > 1
    if several:
        write_history(folder, measured)
    return Elicitation(
        eras=tuple(measured),
        values=folder / VALUES,
        history=folder / HISTORY if several else None,
        spread=folder / SPREAD if several else None,
        asked_anew=tuple(era.name for era, is_new in found if is_new),
        answers=settings.answers,
        texts=folder / TEXTS if any(era.measurement.texts for era in measured) else None,
    )


def _require_consistency(measured: Sequence[MeasuredEra]) -> None:
    """Require that items were answered by what options say, and not by where they stand.

    Raises
    ------
    UnfitError
        Names the era of which least were.
    """
    found = {era.name: float(mean_of_known(era.measurement.consistency)) for era in measured}
    found = {name: alike for name, alike in found.items() if alike == alike}  # noqa: PLR0124 - not nan
    worst = min(found, key=lambda name: found[name], default="")
    if worst and found[worst] < LEAST_CONSISTENCY:
        raise UnfitError(
            f"era '{worst}': {found[worst]:.0%} of items were answered alike in every order of options; "
            f"{LEAST_CONSISTENCY:.0%} is the least: the mind answers by an option's place, so that no "
            "values were measured. Nothing is written; take another mind, or --allow-unfit"
        )


def _require_readings(measured: Sequence[MeasuredEra]) -> None:
    """Require, where values are read in texts, that the reader tells those for something from those against.

    Raises
    ------
    UnfitError
        Names the first era of which it does not.
    """
    for era in measured:
        reading = era.measurement.reading
        if reading is not None and not reading.auc >= LEAST_AUC:  # nan is unknown, and not enough
            raise UnfitError(
                f"era '{era.name}': its reader ({reading.reader}) reads a text for something higher than one "
                f"against it in {reading.auc:.0%} of pairs of statements whose stance is known; "
                f"{LEAST_AUC:.0%} is the least: it does not read stances. Nothing is written; take another "
                "reader (--reader), have another mind read (--read-by), or --allow-unfit"
            )


def _measure_era(era: Era, settings: _ElicitationSettings, held: OneMind) -> tuple[MeasuredEra, bool]:
    """Return an era with its measured values, and whether it was measured now.

    The source is looked up first, because it needs no open mind: a mind may take minutes to load.
    """
    known = settings.kept.find_by_source(era.name, era.source, era.voice, settings.asked)
    if known:
        return known, False
    mind = held.open(era)
    known = settings.kept.find_by_mind(era.name, mind, era.voice, settings.asked)
    if known:
        return known, False
    if era.voice and era.voice not in mind.voices:
        raise MindError(
            f"the mind {mind.identity} has no voice '{era.voice}'; it has {', '.join(mind.voices) or 'none'} "
            "(--voice NAME=FOLDER gives it an adapter as one, of a server NAME=MODEL what it serves)"
        )
    answers = Answers()
    taken = settings.instrument.measure(
        mind,
        settings.asked.personas,
        settings.templates,
        voice=era.voice,
        batch_size=settings.batch_size,
        progress=partial(settings.progress, era.name) if settings.progress else None,
        answers=answers,
    )
    require_answers(
        answers,
        AnswerLimits(settings.at_most_unanswered),
        f"nothing of era '{era.name}' is written",
        "--at-most-unanswered",
    )
    settings.answers.join(answers)
    measured = MeasuredEra(
        era.name, mind.identity, era.voice, era.source, settings.asked, taken, probe_of(mind)
    )
    settings.kept.keep(measured)
    return measured, True


def _check(eras: Sequence[Era], personas: Sequence[Persona]) -> None:
    names = [era.name for era in eras]
    repeated = [name for i, name in enumerate(names) if name in names[:i]]
    if not eras or repeated:
        given = f"'{repeated[0]}' given twice" if repeated else "none given"
        raise QuestionnaireError(f"values are elicited of at least 1 era, each named once; {given}")
    people = [persona.name for persona in personas]
    if len(set(people)) < len(people):
        raise QuestionnaireError("two personas have one name; each may stand once")
    if len(personas) < min(len(eras), 2):
        raise QuestionnaireError(
            "a history with its spread needs at least 2 personas, a single era at least 1; "
            f"{len(personas)} given"
        )
