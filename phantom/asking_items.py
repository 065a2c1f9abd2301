"""Questionnaire items asked in several orders, and the values measured by the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.arrays import Floats
from phantom.dialogues import LIKERT_VALUES, Form
from phantom.speaking import Chat
from phantom.topics import Topic
from phantom.wordings import Wording

_TIES = {"pair": (0.5,), "likert": (0.125, 0.375, 0.625, 0.875)}
"""Values at which two options are equally likely."""
_NEAR = 0.05


@dataclass(frozen=True)
class Ask:
    """One item with its options in one order.

    Attributes
    ----------
    chat : tuple of str
        System message and what is asked.
    form : str
        ``likert`` or ``pair``.
    item : tuple
        Identifies the item, whatever the order of its options.
    order : tuple of int
        Index of the option at each position.
    scores : tuple of float
        Value of each option, in the order shown.
    planted : float
        The value held.
    measured_as : tuple
        Identifies the person and topic; all their items are averaged.
    """

    chat: Chat
    form: Form
    item: tuple[object, ...]
    order: tuple[int, ...]
    scores: tuple[float, ...]
    planted: float
    measured_as: tuple[object, ...]

    @property
    def n_options(self) -> int:
        """Number of options shown."""
        return len(self.order)


def ask_in_orders(
    draw: np.random.Generator,
    wording: Wording,
    system: str,
    topic: Topic,
    value: float,
    *,
    message: str | None = None,
) -> list[Ask]:
    """Build three likert items and two pair items on a topic, each with its options in both orders.

    Parameters
    ----------
    draw : numpy.random.Generator
        Of orders.
    wording : Wording
        Templates and questions.
    system : str
        The system message.
    topic : Topic
        What is asked about.
    value : float
        The value held on it.
    message : str, optional
        A text whose writer the items are about; if not given, they are about the person of the system
        message.
    """
    mark = (system, topic.phrase, message, int(draw.integers(2**60)))
    asks: list[Ask] = []
    for form, question, options, scores in _list_items(wording, topic):
        own = np.arange(len(options))
        for order in (own, own[::-1]):
            shown = [options[number] for number in order]
            asked = (
                wording.templates.item(question, shown)
                if message is None
                else wording.templates.read(topic.phrase, message, question, shown)
            )
            asks.append(
                Ask(
                    (system, asked),
                    form,
                    (*mark, question, *options),
                    tuple(order.tolist()),
                    tuple(scores[number] for number in order),
                    value,
                    mark,
                )
            )
    return asks


def _list_items(wording: Wording, topic: Topic) -> list[tuple[Form, str, list[str], list[float]]]:
    pros, cons = topic.select_statements(1)[:2], topic.select_statements(-1)[:1]
    found: list[tuple[Form, str, list[str], list[float]]] = []
    for statement in (*pros, *cons):
        scores = LIKERT_VALUES if statement.keyed == 1 else 1.0 - LIKERT_VALUES
        found.append(("likert", wording.likert.format(statement.text), list(wording.scale), scores.tolist()))
    return found + [("pair", wording.pair, [pro.text, cons[0].text], [1.0, 0.0]) for pro in pros]


def average_answers(asks: Sequence[Ask], answers: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return measured and planted values, one of each per person and topic, averaged over their items."""
    found: dict[tuple[object, ...], list[float]] = {}
    planted: dict[tuple[object, ...], float] = {}
    for ask, answer in zip(asks, answers, strict=True):
        found.setdefault(ask.measured_as, []).append(float(answer @ np.array(ask.scores) / answer.sum()))
        planted[ask.measured_as] = ask.planted
    return np.array([np.mean(each) for each in found.values()]), np.array(list(planted.values()))


def order_agreement(asks: Sequence[Ask], answers: Sequence[Floats]) -> float:
    """Return the share of items whose likeliest option is the same in both orders.

    Items whose value is within 0.05 of one at which two options are equally likely do not count.
    """
    chosen: dict[tuple[object, ...], set[int]] = {}
    for ask, answer in zip(asks, answers, strict=True):
        if all(abs(ask.planted - tie) > _NEAR for tie in _TIES[ask.form]):
            chosen.setdefault(ask.item, set()).add(ask.order[int(np.argmax(answer))])
    return float(np.mean([len(options) == 1 for options in chosen.values()])) if chosen else float("nan")
