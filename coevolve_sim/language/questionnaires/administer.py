"""Measuring a mind's values: every item, in every order, as every persona."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    answer_of,
    consistency_rate,
    summarize_answers,
)
from coevolve_sim.minds.protocol import STATUSES, Message, Mind, Request

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Measurement:
    """What a mind answered, persona by persona.

    Attributes
    ----------
    dimensions : tuple of str
        The columns of `values`.
    personas : tuple of str
        Their names: the rows.
    values : float array, shape (personas, dimensions)
        Mean score of the scored items, in [0, 1]; NaN where none was.
    standard_errors : float array, shape (personas, dimensions)
        Of the mean over items; NaN below two items.
    n_items : int array, shape (personas, dimensions)
        How many items were scored.
    consistency : float array, shape (personas,)
        Share of the scored items with one most probable option in all orders; NaN where none was scored.
    statuses : int array, shape (personas, statuses)
        How many requests ended in each of `STATUSES`.
    option_mass : float array, shape (personas,)
        Mean probability that lay on the options at all; NaN where the mind gave no log-probabilities.
    answers : tuple of tuple of ItemAnswer, shape (personas, items)
        What each item got; empty where it was not kept.
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

    @property
    def counts(self) -> dict[str, int]:
        """How many requests ended in each status, over all personas."""
        return dict(zip(STATUSES, self.statuses.sum(axis=0).tolist(), strict=True))

    def centre(self) -> Floats:
        """Return the mean over personas, shape (dimensions,); NaN where no persona has a value."""
        return np.array([float(np.mean(held)) if held.size else math.nan for held in _held(self.values)])

    def spread(self) -> Floats:
        """Return the standard deviation over personas, shape (dimensions,); NaN below two with a value.

        Besides how personas differ it holds the noise of the items; `standard_errors` tells how much that is.
        """
        return np.array(
            [float(np.std(held, ddof=1)) if held.size > 1 else math.nan for held in _held(self.values)]
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
) -> Measurement:
    """Ask a mind every item in every order as every persona, and score what it answers.

    An item counts for a persona if all its orders were answered; what is refused, invalid, truncated or given
    up counts as such and as nothing else. Items that measure nothing are not asked.

    Parameters
    ----------
    mind : Mind
        Whom to ask.
    questionnaire : Questionnaire
        What to ask.
    personas : mapping of str to (str or sequence of Message)
        The system message, or the messages, before each item; an empty one for the mind as it is.
    templates : Templates, optional
        The package's own if not given.
    voice : str
        Which of the mind's voices.
    kind : str
        Of the requests, for accounts.
    batch_size : int
        The most requests put to the mind at once, at least 1.
    progress : callable, optional
        Told after each reply how many there are, of how many.

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
        request_for(item, order, words, before, voice=voice, kind=kind)
        for before in personas.values()
        for item in asked
        for order in orders(item)
    )
    choices = iter(_choices(mind, requests, batch_size, _Told(progress, total)))
    by_persona = [_of_persona(questionnaire, choices) for _ in personas]
    return _measurement(questionnaire, tuple(personas), by_persona)


@dataclass
class _Told:
    """Who is told of replies, and how many there have been."""

    progress: Progress | None
    total: int
    done: int = 0

    def one_more(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)


_OfPersona = tuple[tuple[ItemAnswer, ...], list[Choice]]


def _of_persona(questionnaire: Questionnaire, choices: Iterator[Choice]) -> _OfPersona:
    """Return what each item got of one persona, and all that was read."""
    answers, read = [], []
    for item in questionnaire.items:
        in_orders = orders(item) if item.dimensions else ()
        got = list(islice(choices, len(in_orders)))
        answers.append(answer_of(in_orders, got) if got else ItemAnswer())
        read += got
    return tuple(answers), read


def _choices(mind: Mind, requests: Iterator[Request], batch_size: int, told: _Told) -> Iterator[Choice]:
    """Yield what is read of each reply, in the order of the requests, which are made a batch at a time."""
    while batch := list(islice(requests, batch_size)):
        found: list[Choice | None] = [None] * len(batch)
        for index, reply in mind.ask(batch):
            if not 0 <= index < len(batch) or found[index] is not None:
                raise MindError(
                    f"the mind {mind.identity} gave a reply numbered {index} out of {len(batch)} requests, "
                    "or gave it twice; each request is answered exactly once"
                )
            found[index] = option_masses(reply, len(batch[index].options))
            told.one_more()
        for choice in found:
            if choice is None:
                raise MindError(
                    f"the mind {mind.identity} answered {len(found) - found.count(None)} of {len(found)} "
                    "requests; each is answered exactly once, if only as given up"
                )
            yield choice


def _measurement(
    questionnaire: Questionnaire, names: tuple[str, ...], by_persona: Sequence[_OfPersona]
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


def _held(values: Floats) -> list[Floats]:
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
