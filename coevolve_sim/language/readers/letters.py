"""Reading where a writer stands, by what they would answer to a few items."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from coevolve_sim.language.parsing import Choice, option_masses
from coevolve_sim.language.prompts import LETTERS, Templates
from coevolve_sim.language.questionnaires.item import Item, Questionnaire
from coevolve_sim.language.questionnaires.option_orders import orders, undo_order
from coevolve_sim.language.questionnaires.requests import reading_request_for
from coevolve_sim.language.readers.reader import Reader, ReaderContext, Reading, ToRead
from coevolve_sim.minds import Mind, Reply, Request
from coevolve_sim.minds.recorded import ask_all


@dataclass(frozen=True, eq=False)
class LetterReader(Reader):
    """Reads by items of a questionnaire, whose options stand behind letters.

    Attributes
    ----------
    templates : Templates
        Words of the prompts.
    topics : tuple of str
        What each dimension is called in a sentence.
    items : tuple of tuple of Item
        By which each dimension is read.
    columns : tuple of tuple of int
        Which of an item's own dimensions that is.
    """

    templates: Templates
    topics: tuple[str, ...] = field()  # none by default, although the base class has one
    items: tuple[tuple[Item, ...], ...]
    columns: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls, questionnaire: Questionnaire, templates: Templates, topics: tuple[str, ...], n_items: int
    ) -> LetterReader:
        """Make one that reads each dimension by a few items, those for and those against it in turn."""
        names = questionnaire.space.names
        items = tuple(_for_and_against(questionnaire.items_on(name))[:n_items] for name in names)
        columns = tuple(
            tuple(item.dimensions.index(name) for item in chosen)
            for name, chosen in zip(names, items, strict=True)
        )
        return cls(templates, topics, items, columns)

    def describe(self) -> str:
        """Return which reader it is."""
        return "letters"

    def prepare(self, context: ReaderContext) -> LetterReader:
        """Return one that reads by the items of the society's questionnaire."""
        return self.of(context.questionnaire, context.templates, context.topics, context.n_items)

    def read(self, mind: Mind, messages: Sequence[ToRead]) -> list[Reading]:
        """Return where each message's writer stands, as the mind's voices read it.

        Every item is asked in every order of its options; an item counts if all its orders were answered.

        Raises
        ------
        MindError
            If the mind cannot be asked at all.
        """
        requests = [request for message in messages for request in self._requests(message)]
        replies = iter(ask_all(mind, requests))
        return [self._made_of(message, replies) for message in messages]

    def _requests(self, message: ToRead) -> Iterator[Request]:
        topic = self.topics[message.dimension]
        for item in self.items[message.dimension]:
            for order in orders(item):
                yield reading_request_for(
                    item, order, self.templates, topic, message.text, voice=message.voice
                )

    def _made_of(self, message: ToRead, replies: Iterator[Reply]) -> Reading:
        """Return what the next replies make of a message."""
        scores, failed, known, agreed = [], None, list[float](), list[float]()
        for item, column in zip(self.items[message.dimension], self.columns[message.dimension], strict=True):
            letters = LETTERS[: len(item.options)]
            shown = [(order, option_masses(next(replies), letters)) for order in orders(item)]
            known += [choice.mass_on_options for _, choice in shown]
            failed = failed or next((choice for _, choice in shown if choice.status != "answered"), None)
            if all(choice.status == "answered" for _, choice in shown):
                scores.append(_score(item, shown)[column])
                agreed.append(_agree(shown))
        if not scores:
            return Reading(float("nan"), "invalid" if failed is None else failed.status, _mean_known(known))
        value = sum(scores) / len(scores)
        return Reading(value, "answered", _mean_known(known), math.fsum(agreed) / len(agreed))


def _mean_known(masses: Sequence[float]) -> float:
    """Return the mean of the masses that are known; nan if none is."""
    known = [mass for mass in masses if not math.isnan(mass)]
    return math.fsum(known) / len(known) if known else math.nan


def _score(item: Item, shown: Sequence[tuple[tuple[int, ...], Choice]]) -> tuple[float, ...]:
    """Return an item's values, the mass of each option being its mean over orders."""
    by_order = [undo_order(choice.masses, order) for order, choice in shown]
    return item.score([sum(masses) / len(by_order) for masses in zip(*by_order, strict=True)])


def _agree(shown: Sequence[tuple[tuple[int, ...], Choice]]) -> float:
    """Return 1 if the same option was likeliest in every order, else 0."""
    masses = [undo_order(choice.masses, order) for order, choice in shown]
    return float(len({by_order.index(max(by_order)) for by_order in map(list, masses)}) == 1)


def _for_and_against(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return items from both ends in turn: a standard questionnaire has those against a dimension last."""
    left, taken = list(items), list[Item]()
    while left:
        taken.append(left.pop(0 if len(taken) % 2 == 0 else -1))
    return tuple(taken)
