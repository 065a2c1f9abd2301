"""What a mind answers to the same statements in many framings: by probability of words, and in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError, QuestionnaireError
from coevolve_sim.language.elicitation.dilemma_choices import MOST_OF_ONE_WORD
from coevolve_sim.language.elicitation.elicit import LEAST_CONSISTENCY
from coevolve_sim.language.endings import CountedMind, require_answers
from coevolve_sim.language.parsing import parse_stance
from coevolve_sim.language.questionnaires.administer import Progress, ReplyCounter, ask_choices
from coevolve_sim.language.questionnaires.framings import Framing, FramingTexts, Statement
from coevolve_sim.language.questionnaires.scoring import combine_orders, mean_of_known
from coevolve_sim.language.stance_words import LANGUAGES, SIDES, STANCES
from coevolve_sim.measures.framings import Agreement, compare_readings, stance_of
from coevolve_sim.minds.answers import DEFAULT_LIMIT, AnswerLimits, Answers
from coevolve_sim.minds.protocol import Message, Mind, Request
from coevolve_sim.minds.recorded import ask_all

READ = ("logprob", "words")
"""How answers are read: by how likely the three words are, and in a sentence or two."""

ORDERS = ((0, 1, 2), (2, 1, 0))
"""Orders of the words, both of which are asked."""

MAX_TOKENS = 64
"""Of what is said."""

BATCH = 256
"""Requests that are put to a mind at once."""

_SAME = 1e-9
_NUMBERS = {"agrees": 1.0, "neutral": 0.0, "disagrees": -1.0}


@dataclass(frozen=True, eq=False)
class FramingAnswers:
    """What a mind answered, statement by statement and framing by framing.

    Attributes
    ----------
    texts : FramingTexts
        What was put to it.
    framings : tuple of Framing
        In which framings: the columns.
    read : tuple of str
        How answers were read, some of `READ`.
    masses : float array, shape (statements, framings, 3)
        Probability of agreeing, neither and disagreeing, over both orders of the words; nan where one order
        was not answered, or this was not asked.
    alike : float array, shape (statements, framings)
        1 where one word was likeliest in both orders, 0 where not; nan as before.
    mass_on_words : float array, shape (statements, framings)
        What the three words hold of the probability of an answer; nan where the mind does not tell.
    said : array of str, shape (statements, framings)
        One of `coevolve_sim.language.stance_words.STANCES`, ``unclear``, or the status of a reply that came
        to no answer; empty where this was not asked.
    unscored : tuple of (Framing, str)
        Words that no answer in a framing gave any probability, as of a server that scores single tokens and
        not a word of several; that framing has no masses.
    """

    texts: FramingTexts
    framings: tuple[Framing, ...]
    read: tuple[str, ...]
    masses: Floats
    alike: Floats
    mass_on_words: Floats
    said: NDArray[np.str_]
    unscored: tuple[tuple[Framing, str], ...] = ()

    @property
    def poles(self) -> Floats:
        """Side of its topic on which each statement lies, shape (statements, 1)."""
        return np.array([[float(one.pole)] for one in self.texts.statements])

    @property
    def topics(self) -> NDArray[np.int64]:
        """Number of each statement's topic, shape (statements,)."""
        return np.array([self.texts.topics.index(one.topic) for one in self.texts.statements])

    @property
    def stances(self) -> Floats:
        """Stances by probability, in [-1, 1], shape (statements, framings)."""
        return stance_of(self.masses)

    @property
    def said_stances(self) -> Floats:
        """Stances by words: 1, 0 or -1; nan where none was told, or it was partly refused."""
        found = np.full(self.said.shape, np.nan)
        for told, number in _NUMBERS.items():
            found[self.said == told] = number
        return found

    @property
    def refused(self) -> Floats:
        """1 where a reply in words was wholly refused, 0 where it was not; nan without a reply."""
        replied = np.isin(self.said, [*STANCES, "unclear"])
        return np.where(replied, (self.said == "refused").astype(np.float64), np.nan)

    @property
    def chosen(self) -> NDArray[np.int64]:
        """The likeliest word over both orders: 0, 1 or 2; -1 where there is none, or two are as likely."""
        there = np.isfinite(self.masses.sum(axis=2))
        ordered = np.sort(np.where(there[..., None], self.masses, 0.0), axis=2)
        is_one = ordered[..., 2] - ordered[..., 1] > _SAME
        return np.where(there & is_one, np.argmax(np.nan_to_num(self.masses), axis=2), -1).astype(np.int64)

    @property
    def readings(self) -> Agreement:
        """How far the likeliest word and what was said in words are the same."""
        told = np.select([self.said == side for side in SIDES], [0, 1, 2], -1)
        return compare_readings(self.chosen, told.astype(np.int64))

    @property
    def answered(self) -> float:
        """Share of statements and framings for which a word was chosen in both orders."""
        return float((~np.isnan(self.alike)).mean())

    @property
    def consistency(self) -> float:
        """Share of these in which the same word was likeliest in both orders; nan without any."""
        return float(mean_of_known(self.alike.ravel()))

    @property
    def most_of_one_word(self) -> float:
        """Share of the commonest of the three words in each framing, over all framings; nan of none."""
        chosen = self.chosen
        counts = np.stack([(chosen == word).sum(axis=0) for word in range(3)])
        return float(counts.max(axis=0).sum() / counts.sum()) if counts.any() else float("nan")

    @property
    def verdict(self) -> str:
        """Say what stands in the way of reading probabilities as stances; empty if nothing does."""
        if not self.answered:
            return "no word was chosen in both orders"
        if self.consistency < LEAST_CONSISTENCY:
            return (
                f"{self.consistency:.0%} of the answers were alike in both orders of the words, less than "
                f"{LEAST_CONSISTENCY:.0%}: most tell a word's place, not a stance"
            )
        if self.most_of_one_word >= MOST_OF_ONE_WORD:
            return (
                f"one word of a framing was likeliest in {self.most_of_one_word:.0%} of its statements: a "
                "word, whatever is stated, rather than a stance"
            )
        return ""


def ask_framings(
    mind: Mind,
    texts: FramingTexts,
    framings: Sequence[Framing],
    *,
    read: Sequence[str] = READ,
    progress: Progress | None = None,
    at_most_unanswered: float = DEFAULT_LIMIT,
) -> FramingAnswers:
    """Put every statement to a mind in every framing.

    Parameters
    ----------
    mind : Mind
        The mind to ask.
    texts : FramingTexts
        Statements, templates and groups.
    framings : sequence of Framing
        As `FramingTexts.list_framings` returns them.
    read : sequence of str
        Some of `READ`. ``logprob`` asks for one of three words, in both orders; ``words`` for a sentence or
        two, of which the likeliest is taken.
    progress : callable, optional
        Called after each reply with the number of replies so far and their total.
    at_most_unanswered : float
        Largest share of requests that may be given up or invalid, in [0, 1].

    Raises
    ------
    QuestionnaireError
        If there is no such way to read, or stances in words are not read in one of the languages.
    UnansweredError
        If more was not answered than is allowed.
    MindError
        If the mind cannot be asked, or lacks a voice.
    """
    require_readable(framings, read)
    _require_voices(mind, framings)
    cells = [(statement, framing) for statement in texts.statements for framing in framings]
    total = len(cells) * sum(len(ORDERS) if way == "logprob" else 1 for way in read)
    ended, counter = Answers(), ReplyCounter(progress, total)
    counted = CountedMind(mind, ended)
    shape = len(texts.statements), len(framings)
    numbers = np.full((len(cells), 5), np.nan)
    said = np.full(len(cells), "", dtype="<U16")
    if "logprob" in read:
        numbers[:] = [*_choose(counted, texts, cells, counter)]
    if "words" in read:
        said[:] = [*_say(counted, texts, cells, counter)]
    require_answers(ended, AnswerLimits(at_most_unanswered), "no table is shown", "--at-most-unanswered")
    chosen = numbers.reshape(*shape, 5)
    unscored = _find_unscored(chosen, texts, framings)
    chosen[:, [framings.index(framing) for framing, _ in unscored]] = np.nan
    return FramingAnswers(
        texts,
        tuple(framings),
        tuple(read),
        chosen[..., :3],
        chosen[..., 3],
        chosen[..., 4],
        said.reshape(shape),
        unscored,
    )


_Cell = tuple[Statement, Framing]


def _choose(
    mind: Mind, texts: FramingTexts, cells: Sequence[_Cell], counter: ReplyCounter
) -> Iterator[tuple[float, ...]]:
    """Yield, for each cell: the masses of the three words, whether orders were alike, the mass on words."""
    requests = (
        _choice_request(texts, statement, framing, order) for statement, framing in cells for order in ORDERS
    )
    choices = ask_choices(mind, requests, BATCH, counter)
    for _ in cells:
        both = list(islice(choices, len(ORDERS)))
        answer = combine_orders(ORDERS, both)
        if not answer.masses:
            yield (np.nan,) * 5
            continue
        mass = sum(choice.mass_on_options for choice in both) / len(both)
        yield *answer.masses, float(answer.is_consistent), mass


def _find_unscored(
    chosen: Floats, texts: FramingTexts, framings: Sequence[Framing]
) -> tuple[tuple[Framing, str], ...]:
    """Return words that have no probability in any answer in a framing, though the others have.

    Of a choice without probabilities nothing is known, so that it is left as it is.
    """
    found = []
    for place, framing in enumerate(framings):
        scored = chosen[np.isfinite(chosen[:, place, 4]), place, :3]
        absent = (scored == 0).all(axis=0) if len(scored) else np.zeros(3, dtype=bool)
        found += [(framing, texts.wording_of(framing).words[word]) for word in np.flatnonzero(absent)]
    return tuple(found)


def _choice_request(
    texts: FramingTexts, statement: Statement, framing: Framing, order: Sequence[int]
) -> Request:
    asked, words = texts.wording_of(framing).ask_to_choose(statement.texts[framing.language], order)
    messages = (Message("user", texts.put_before(framing, asked)),)
    return Request("item", messages, options=words, max_tokens=1, voice=framing.voice)


def _say(mind: Mind, texts: FramingTexts, cells: Sequence[_Cell], counter: ReplyCounter) -> Iterator[str]:
    """Yield, for each cell, where what was said stands."""
    for first in range(0, len(cells), BATCH):
        part = cells[first : first + BATCH]
        replies = ask_all(mind, [_request_to_say(texts, *cell) for cell in part])
        for (_, framing), reply in zip(part, replies, strict=True):
            counter.count_reply(reply)
            yield parse_stance(reply, framing.language, texts.wording_of(framing).words)


def _request_to_say(texts: FramingTexts, statement: Statement, framing: Framing) -> Request:
    asked = texts.wording_of(framing).ask_to_say(statement.texts[framing.language])
    messages = (Message("user", texts.put_before(framing, asked)),)
    return Request("speak", messages, max_tokens=MAX_TOKENS, voice=framing.voice)


def require_readable(framings: Sequence[Framing], read: Sequence[str]) -> None:
    """Require that answers in some framings can be read in some ways.

    Raises
    ------
    QuestionnaireError
        If there is no such way, no framing, or stances in words are not read in one of the languages.
    """
    unknown = [way for way in read if way not in READ]
    if unknown or not read or len({*read}) < len(read):
        raise QuestionnaireError(f"framings are read by {' and '.join(READ)}; '{','.join(read)}' given")
    if not framings:
        raise QuestionnaireError("statements are put in 1 framing or more; none given")
    unread = next((one.language for one in framings if one.language not in LANGUAGES), None)
    if "words" in read and unread:
        raise QuestionnaireError(
            f"stances are not told in words in '{unread}', only in {', '.join(LANGUAGES)}; read it by logprob"
        )


def _require_voices(mind: Mind, framings: Sequence[Framing]) -> None:
    lacking = next((one.voice for one in framings if one.voice and one.voice not in mind.voices), None)
    if lacking:
        raise MindError(
            f"the mind {mind.identity} has no voice '{lacking}'; it has {', '.join(mind.voices) or 'none'}"
        )
