"""Conversations for training and testing the embedded model, with known probabilities of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from coevolve_sim.language.prompts import LETTERS, Templates
from coevolve_sim.language.questionnaires.shipped_items import AGREEING
from coevolve_sim.minds.scripted.degrees import value_of
from phantom import lexicon
from phantom.grammar import Kind, Written, criticise, pick, write
from phantom.topics import Statement, Topic, builtin_topics
from phantom.wordings import Wording

Form = Literal["likert", "pair"]
LIKERT_VALUES = np.array(AGREEING)
SHARPNESS = 8.0
"""Log odds of preferring the nearer of two texts, per unit by which it is nearer."""


@dataclass(frozen=True)
class Turn:
    """One prompt and its answer, with the distribution of answers.

    Attributes
    ----------
    asked : str
        The user's message.
    answer : str
        One answer.
    soft : mapping of int to (mapping of str to float)
        By position of a character in the answer: every text that could begin there, with its probability.
    counts_all : bool
        Whether the rest of the answer is learnt, too.
    """

    asked: str
    answer: str
    soft: Mapping[int, Mapping[str, float]]
    counts_all: bool = True


@dataclass(frozen=True)
class Dialogue:
    """A system message and several turns; each turn follows the system message alone, not other turns."""

    system: str
    turns: tuple[Turn, ...]


def likert(value: float, keyed: int) -> np.ndarray:
    """Return the probabilities of likert options, most agreeing first; the two nearest the value share it.

    Examples
    --------
    >>> likert(0.625, 1), likert(1.0, -1)
    (array([0. , 0.5, 0.5, 0. , 0. ]), array([0., 0., 0., 0., 1.]))
    """
    agreed = value if keyed == 1 else 1.0 - value
    return np.clip(1.0 - np.abs(LIKERT_VALUES - agreed) * 4.0, 0.0, 1.0)


def preference_probability(value: float, first: int, second: int) -> float:
    """Return the probability that somebody with a value prefers the first of two degrees.

    Examples
    --------
    >>> preference_probability(0.5, 3, 9), round(preference_probability(1.0, 12, 9), 3)
    (0.5, 0.881)
    """
    nearer = abs(value - value_of(second)) - abs(value - value_of(first))
    return float(1.0 / (1.0 + np.exp(-SHARPNESS * nearer)))


def arrange_options(
    options: Sequence[str], chances: Sequence[float], order: Sequence[int]
) -> tuple[list[str], Mapping[str, float]]:
    """Return options in the given order, and the probability of each letter."""
    shown = [options[number] for number in order]
    return shown, {
        LETTERS[place]: float(chances[number]) for place, number in enumerate(order) if chances[number] > 0
    }


@dataclass(frozen=True)
class Symmetry:
    """Shares of items and pairs that are shown reversed.

    If options were equally likely in both orders, and statements in both keys, from the start, then neither
    the value nor the order nor the key alone would tell anything about a letter, only all together, and
    nothing would be learnt.

    Attributes
    ----------
    reversed : float
        Share of items whose options stand in reversed order.
    against : float
        Share of statements that are keyed -1.
    swapped : float
        Share of pairs of texts in which the one that is more in favour comes first.
    """

    reversed: float = 0.5
    against: float = 0.4
    swapped: float = 0.5

    def order(self, draw: np.random.Generator, n_options: int) -> list[int]:
        """Draw the order of the options: their own, or the reverse."""
        own = list(range(n_options))
        return own[::-1] if draw.random() < self.reversed else own

    def statement(self, draw: np.random.Generator, topic: Topic) -> Statement:
        """Draw a statement on a topic."""
        return pick(draw, topic.select_statements(-1 if draw.random() < self.against else 1))


def item_turn(
    draw: np.random.Generator, wording: Wording, form: Form, topic: Topic, value: float, symmetry: Symmetry
) -> Turn:
    """Draw a turn with an item of a questionnaire."""
    question, options, chances = draw_question(draw, wording, form, topic, value, symmetry)
    shown, soft = arrange_options(options, chances, symmetry.order(draw, len(options)))
    return _draw_letter(draw, wording.templates.item(question, shown), soft)


def draw_question(
    draw: np.random.Generator, wording: Wording, form: Form, topic: Topic, value: float, symmetry: Symmetry
) -> tuple[str, list[str], list[float]]:
    """Draw a question; return it with its options and the probability of each given the value."""
    if form == "pair":
        options = [pick(draw, topic.select_statements(sign)).text for sign in (1, -1)]
        return wording.pair, options, [value, 1.0 - value]
    statement = symmetry.statement(draw, topic)
    return wording.likert.format(statement.text), list(wording.scale), likert(value, statement.keyed).tolist()


def message_turn(draw: np.random.Generator, wording: Wording, kind: Kind, topic: Topic, value: float) -> Turn:
    """Draw a turn that asks for a message, and the message."""
    templates = wording.templates
    name = lexicon.draw_name(draw)
    written = write(draw, value, topic.phrase, kind, name)
    if kind == "speak":
        asked = templates.speak(topic.phrase)
    elif kind == "ask":
        asked = templates.ask(name, topic.phrase)
    else:
        heard = write(draw, draw.random(), topic.phrase, "ask", name)
        asked = templates.answer(topic.phrase, heard.text)
    return Turn(asked, written.text, {written.at: written.choices})


def compare_turn(
    draw: np.random.Generator, wording: Wording, topic: Topic, value: float, symmetry: Symmetry
) -> Turn:
    """Draw a turn that asks which of two texts is closer to one's value."""
    first, second = _draw_two_texts(draw, topic, symmetry)
    chance = preference_probability(value, first.level, second.level)
    asked = wording.templates.compare(topic.phrase, first.text, second.text)
    return _draw_letter(draw, asked, {"A": chance, "B": 1.0 - chance})


def _draw_two_texts(draw: np.random.Generator, topic: Topic, symmetry: Symmetry) -> list[Written]:
    """Draw two texts: the one that is more against comes first, unless they are swapped."""
    texts = sorted((write(draw, draw.random(), topic.phrase) for _ in range(2)), key=lambda text: text.level)
    return texts[::-1] if draw.random() < symmetry.swapped else texts


def critique_turn(
    draw: np.random.Generator, wording: Wording, topic: Topic, value: float, _symmetry: Symmetry
) -> Turn:
    """Draw a turn that asks to criticise a text by one's own text, and the critique."""
    own, other = write(draw, value, topic.phrase), write(draw, draw.random(), topic.phrase)
    found = criticise(draw, own.level, other.level)
    asked = wording.templates.critique(topic.phrase, own.text, other.text)
    return Turn(asked, found.text, {found.at: {found.said: 1.0}})


def choose_turn(
    draw: np.random.Generator, wording: Wording, topic: Topic, value: float, symmetry: Symmetry
) -> Turn:
    """Draw a turn that asks to choose between two texts after critiques of both."""
    own = write(draw, value, topic.phrase)
    texts = _draw_two_texts(draw, topic, symmetry)
    told = [(text.text, criticise(draw, own.level, text.level).text) for text in texts]
    chance = preference_probability(value_of(own.level), texts[0].level, texts[1].level)
    asked = wording.templates.choose(topic.phrase, own.text, told[0], told[1])
    return _draw_letter(draw, asked, {"A": chance, "B": 1.0 - chance})


def read_turn(
    draw: np.random.Generator,
    wording: Wording,
    form: Form,
    topic: Topic,
    text: str,
    value: float,
    symmetry: Symmetry,
) -> Turn:
    """Draw a turn that asks a reader what the writer of a text would answer."""
    question, options, chances = draw_question(draw, wording, form, topic, value, symmetry)
    shown, soft = arrange_options(options, chances, symmetry.order(draw, len(options)))
    return _draw_letter(draw, wording.templates.read(topic.phrase, text, question, shown), soft)


def _draw_letter(draw: np.random.Generator, asked: str, soft: Mapping[str, float]) -> Turn:
    letter = str(draw.choice(list(soft), p=list(soft.values())))
    return Turn(asked, letter, {0: soft})


@dataclass(frozen=True)
class Mixture:
    """The distribution from which conversations are drawn.

    Attributes
    ----------
    wordings : tuple of (Wording, float)
        With their weights.
    symmetry : Symmetry
        Shares of items and pairs that are shown reversed.
    readers : float
        Share of dialogues in which a reader reads.
    items : float
        Share of turns, in other dialogues, that are items.
    comparing : float
        Share of turns, in other dialogues, in which texts are compared or criticised.
    unstated : float
        Share of other dialogues in which the system message states no value.
    background : mapping of str to float
        Values held on topics that are not stated.
    turns : int
        Number of turns in a dialogue.
    memories : float
        Share of humans who remember what they heard.
    """

    wordings: tuple[tuple[Wording, float], ...]
    symmetry: Symmetry = Symmetry()
    readers: float = 0.3
    items: float = 0.6
    comparing: float = 0.0
    unstated: float = 0.0
    background: Mapping[str, float] = field(default_factory=dict)
    turns: int = 6
    memories: float = 0.3

    def draw_dialogue(self, draw: np.random.Generator) -> Dialogue:
        """Draw a conversation."""
        if draw.random() < self.readers:
            return self._draw_reading(draw)
        return self._draw_speaking(draw)

    def _draw_reading(self, draw: np.random.Generator) -> Dialogue:
        system = self._draw_wording(draw).templates.reader()
        return Dialogue(system, tuple(self._draw_read_turn(draw) for _ in range(self.turns)))

    def _draw_read_turn(self, draw: np.random.Generator) -> Turn:
        topic = pick(draw, builtin_topics())
        kind: Kind = pick(draw, ("speak", "ask", "answer"))
        written = write(draw, draw.random(), topic.phrase, kind, lexicon.draw_name(draw))
        form: Form = "likert" if draw.random() < 0.6 else "pair"
        wording = self._draw_wording(draw)
        return read_turn(draw, wording, form, topic, written.text, value_of(written.level), self.symmetry)

    def _draw_speaking(self, draw: np.random.Generator) -> Dialogue:
        topic, value = pick(draw, builtin_topics()), _draw_stance(draw)
        templates = self._draw_wording(draw).templates
        if draw.random() < self.unstated:
            return self._draw_unstated(draw, templates)
        if draw.random() < 0.3:
            system = templates.assistant(lexicon.draw_name(draw), [(topic.phrase, value)])
        else:
            memory = self._draw_memory(draw, topic) if draw.random() < self.memories else ""
            system = templates.persona(lexicon.draw_person(draw), [(topic.phrase, value)], memory)
        return Dialogue(system, tuple(self._draw_turn(draw, topic, value) for _ in range(self.turns)))

    def _draw_unstated(self, draw: np.random.Generator, templates: Templates) -> Dialogue:
        """Draw a conversation with somebody whose values are not stated: they are the background's."""
        turns = []
        for _ in range(self.turns):
            topic = pick(draw, builtin_topics())
            turns.append(self._draw_turn(draw, topic, self.background.get(topic.name, 0.5)))
        who = (
            f"{lexicon.draw_name(draw)}, an AI assistant"
            if draw.random() < 0.2
            else lexicon.draw_person(draw)
        )
        return Dialogue(templates.sketch(who), tuple(turns))

    def _draw_memory(self, draw: np.random.Generator, topic: Topic) -> str:
        said = [write(draw, draw.random(), topic.phrase).text for _ in range(int(draw.integers(1, 4)))]
        return self._draw_wording(draw).templates.memory(
            int(draw.integers(1, 60)), topic.phrase, draw.random(), said
        )

    def _draw_turn(self, draw: np.random.Generator, topic: Topic, value: float) -> Turn:
        wording, chance = self._draw_wording(draw), draw.random()
        if chance < self.comparing:
            turn = pick(draw, (compare_turn, compare_turn, critique_turn, choose_turn))
            return turn(draw, wording, topic, value, self.symmetry)
        if chance >= self.comparing + self.items:
            kind: Kind = pick(draw, ("speak", "speak", "ask", "answer"))
            return message_turn(draw, wording, kind, topic, value)
        form: Form = "likert" if draw.random() < 0.6 else "pair"
        return item_turn(draw, wording, form, topic, value, self.symmetry)

    def _draw_wording(self, draw: np.random.Generator) -> Wording:
        weights = np.array([weight for _, weight in self.wordings])
        return self.wordings[int(draw.choice(len(weights), p=weights / weights.sum()))][0]


def _draw_stance(draw: np.random.Generator) -> float:
    if draw.random() < 0.1:
        return pick(draw, (0.0, 0.5, 1.0))
    return int(draw.integers(101)) / 100
