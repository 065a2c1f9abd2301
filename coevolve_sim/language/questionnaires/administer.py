"""Measure a mind's values: every item, in every order of its options, as every persona."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError, QuestionnaireError
from coevolve_sim.language.parsing import Choice, option_masses
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires.item import Item, Questionnaire
from coevolve_sim.language.questionnaires.option_orders import orders
from coevolve_sim.language.questionnaires.requests import request_for
from coevolve_sim.language.questionnaires.scoring import (
    ItemAnswer,
    combine_orders,
    consistency_rate,
    summarize_answers,
)
from coevolve_sim.minds.protocol import STATUSES, Message, Mind, Reply, Request

Progress = Callable[[int, int], None]
Asking = Callable[..., Request]
"""What makes a request of an item, an order, templates and a persona, as `request_for` does."""


@dataclass(frozen=True)
class WrittenText:
    """A text that was written to be read, where values are measured by words.

    Attributes
    ----------
    persona, dimension : str
        Who wrote it, and on what.
    status : str
        How its request ended.
    text : str
        What was read of it; all of it where nothing was.
    value : float
        What was read, in [0, 1]; nan where nothing was.
    """

    persona: str
    dimension: str
    status: str
    text: str
    value: float


@dataclass(frozen=True)
class ReadingQuality:
    """How well the reader of texts reads, on statements of known stance that it was not fitted to.

    Attributes
    ----------
    reader : str
        Which it is, in words.
    auc : float
        Probability that it reads a text for something higher than one against it.
    slope : float
        How much of a difference between stances it reads.
    error : float
        Root mean squared error of a reading. All three are nan of a reader without a calibration.
    """

    reader: str
    auc: float
    slope: float
    error: float


@dataclass(frozen=True, eq=False)
class Measurement:
    """A mind's measured values, persona by persona.

    Attributes
    ----------
    dimensions : tuple of str
        Names of the dimensions, the columns of `values`.
    personas : tuple of str
        Names of the personas, the rows of `values`.
    values : float array, shape (personas, dimensions)
        Mean score of the scored items, in [0, 1]; NaN where no item was scored.
    standard_errors : float array, shape (personas, dimensions)
        Standard error of the mean over items; NaN below two items.
    n_items : int array, shape (personas, dimensions)
        Number of scored items.
    consistency : float array, shape (personas,)
        Share of the scored items with one most probable option in all orders; NaN where none was scored.
    statuses : int array, shape (personas, statuses)
        Number of requests that ended in each of `STATUSES`.
    option_mass : float array, shape (personas,)
        Mean total probability of the options before normalising; NaN without log-probabilities.
    answers : tuple of tuple of ItemAnswer, shape (personas, items)
        Answer to each item; empty where answers were not kept.
    from_earlier : int
        Number of replies that were kept from an earlier run, and not asked for.
    texts : tuple of WrittenText
        What was written and read, where values are measured by words.
    reading : ReadingQuality or None
        How well they are read; None where values are measured by items.
    """

    dimensions: tuple[str, ...]
    personas: tuple[str, ...]
    values: Floats
    standard_errors: Floats
    n_items: NDArray[np.int64]
    consistency: Floats
    statuses: NDArray[np.int64]
    option_mass: Floats
    answers: tuple[tuple[ItemAnswer, ...], ...] = ()
    from_earlier: int = 0
    texts: tuple[WrittenText, ...] = ()
    reading: ReadingQuality | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of requests that ended in each status, over all personas."""
        return dict(zip(STATUSES, self.statuses.sum(axis=0).tolist(), strict=True))

    def centre(self) -> Floats:
        """Return the mean over personas, shape (dimensions,); NaN where no persona has a value."""
        return np.array(
            [float(np.mean(held)) if held.size else math.nan for held in _known_values(self.values)]
        )

    def spread(self) -> Floats:
        """Return the standard deviation over personas, shape (dimensions,); NaN below two with a value.

        It contains the noise of the items besides the differences between personas; `standard_errors` shows
        how large that noise is.
        """
        return np.array(
            [
                float(np.std(held, ddof=1)) if held.size > 1 else math.nan
                for held in _known_values(self.values)
            ]
        )


def measure(
    mind: Mind,
    questionnaire: Questionnaire,
    personas: Mapping[str, str | Sequence[Message]],
    templates: Templates | None = None,
    *,
    voice: str = "",
    kind: str = "item",
    batch_size: int = 1024,
    progress: Progress | None = None,
    asking: Asking = request_for,
) -> Measurement:
    """Ask a mind every item in every order as every persona, and score its answers.

    An item is scored for a persona if all its orders were answered. Refused, invalid, truncated and given-up
    replies are counted as such and never scored. Items that measure nothing are not asked.

    Parameters
    ----------
    mind : Mind
        The mind to measure.
    questionnaire : Questionnaire
        The items to ask.
    personas : mapping of str to (str or sequence of Message)
        The system message, or the messages, before each item; an empty one for the mind as it is.
    templates : Templates, optional
        The package's own if not given.
    voice : str
        The voice of the mind to ask; empty for its own.
    kind : str
        Kind of the requests, for the record of usage.
    batch_size : int
        Largest number of requests put to the mind at once, at least 1.
    progress : callable, optional
        Called after each reply with the number of replies so far and their total.
    asking : callable
        What makes the requests: `request_for` or `request_in_words`.

    Raises
    ------
    QuestionnaireError
        If there is no persona, or no item that measures anything, or the batch size is not positive.
    MindError
        If the mind cannot be asked, or does not answer each request exactly once.
    """
    asked = [item for item in questionnaire.items if item.dimensions]
    _check(questionnaire, asked, personas, batch_size)
    words = templates or Templates.standard()
    total = len(personas) * sum(len(orders(item)) for item in asked)
    requests = (
        asking(item, order, words, before, voice=voice, kind=kind)
        for before in personas.values()
        for item in asked
        for order in orders(item)
    )
    counter = ReplyCounter(progress, total)
    choices = iter(ask_choices(mind, requests, batch_size, counter))
    by_persona = [_collect_answers(questionnaire, choices) for _ in personas]
    taken = _build_measurement(questionnaire, tuple(personas), by_persona)
    return replace(taken, from_earlier=counter.from_earlier)


@dataclass
class ReplyCounter:
    """Counts replies, and reports each to ``progress``.

    Attributes
    ----------
    progress : callable or None
        Called after each reply with the number of replies so far and their total.
    total : int
        How many replies there will be.
    done, from_earlier : int
        How many there are, and how many of them were kept from an earlier run.
    """

    progress: Progress | None
    total: int
    done: int = 0
    from_earlier: int = 0

    def count_reply(self, reply: Reply) -> None:
        """Count a reply."""
        self.done += 1
        self.from_earlier += reply.attempts.is_earlier
        if self.progress:
            self.progress(self.done, self.total)


_PersonaAnswers = tuple[tuple[ItemAnswer, ...], list[Choice]]


def _collect_answers(questionnaire: Questionnaire, choices: Iterator[Choice]) -> _PersonaAnswers:
    """Return one persona's answer to each item, and all its parsed choices."""
    answers, read = [], []
    for item in questionnaire.items:
        in_orders = orders(item) if item.dimensions else ()
        got = list(islice(choices, len(in_orders)))
        answers.append(combine_orders(in_orders, got) if got else ItemAnswer())
        read += got
    return tuple(answers), read


def ask_choices(
    mind: Mind, requests: Iterator[Request], batch_size: int, counter: ReplyCounter
) -> Iterator[Choice]:
    """Yield the parsed choice of each reply, in the order of the requests.

    Requests are built one batch at a time, so that a large questionnaire is never held in memory at once.

    Raises
    ------
    MindError
        If the mind cannot be asked, or does not answer each request exactly once.
    """
    while batch := list(islice(requests, batch_size)):
        found: list[Choice | None] = [None] * len(batch)
        for index, reply in mind.ask(batch):
            if not 0 <= index < len(batch) or found[index] is not None:
                raise MindError(
                    f"the mind {mind.identity} gave a reply numbered {index} out of {len(batch)} requests, "
                    "or gave it twice; each request is answered exactly once"
                )
            found[index] = option_masses(reply, batch[index].options)
            counter.count_reply(reply)
        for choice in found:
            if choice is None:
                raise MindError(
                    f"the mind {mind.identity} answered {len(found) - found.count(None)} of {len(found)} "
                    "requests; each is answered exactly once, if only as given up"
                )
            yield choice


def _build_measurement(
    questionnaire: Questionnaire, names: tuple[str, ...], by_persona: Sequence[_PersonaAnswers]
) -> Measurement:
    rows = [summarize_answers(questionnaire, answers) for answers, _ in by_persona]
    values, errors, counts = (np.array(column) for column in zip(*rows, strict=True))
    ends = [Counter(choice.status for choice in read) for _, read in by_persona]
    return Measurement(
        dimensions=questionnaire.space.names,
        personas=names,
        values=values,
        standard_errors=errors,
        n_items=counts,
        consistency=np.array([consistency_rate(answers) for answers, _ in by_persona]),
        statuses=np.array([[end[status] for status in STATUSES] for end in ends]),
        option_mass=np.array([_mean_mass(read) for _, read in by_persona]),
        answers=tuple(answers for answers, _ in by_persona),
    )


def _mean_mass(read: Sequence[Choice]) -> float:
    known = [choice.mass_on_options for choice in read if not math.isnan(choice.mass_on_options)]
    return sum(known) / len(known) if known else math.nan


def _known_values(values: Floats) -> list[Floats]:
    return [column[~np.isnan(column)] for column in values.T]


def _check(
    questionnaire: Questionnaire, asked: Sequence[Item], personas: Mapping[str, object], batch: int
) -> None:
    if not personas:
        raise QuestionnaireError(
            "values are measured of at least 1 persona; none given ({'': ''} is the mind itself)"
        )
    if not asked:
        raise QuestionnaireError(
            f"questionnaire '{questionnaire.name}' has no item that measures a dimension"
        )
    if batch < 1:
        raise QuestionnaireError(f"batch_size is at least 1; {batch} given")
