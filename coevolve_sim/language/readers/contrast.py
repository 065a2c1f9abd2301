"""The reader by contrast: how much likelier a mind calls a writer *for* a topic than *against* it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.reading import reading_question
from coevolve_sim.language.readers.scored import OnTopic, Scored, ScoredReader, difference, less
from coevolve_sim.minds import Message, Mind, Reply, Request
from coevolve_sim.minds.recorded import ask_all

WORDS = ("for", "against")
"""The answers, of which the log-probabilities are compared."""

FORMS = ("for_or_against", "against_or_for")
"""The question in both orders of its answers, so that a preference for a place cancels."""

FLOOR = -20.0
"""Least log-probability that is told apart."""

NOTHING_SAID = "I have something to say about this."
"""A text without a stance: what a mind makes of it on a topic is taken off, as its own view of the topic."""


class ContrastReader(ScoredReader):
    """Asks whether the writer is for or against, in both orders, less what the mind says of an empty text."""

    kind = "contrast"

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        """Return log P(for) - log P(against), averaged over both orders, less that of a text without stance.

        Raises
        ------
        MindError
            If the mind cannot be asked at all.
        """
        nothing = [OnTopic(NOTHING_SAID, topic, voice) for topic, voice in _pairs(texts)]
        found = self._gaps(mind, [*texts, *nothing])
        own = dict(zip(_pairs(texts), found[len(texts) :], strict=True))
        return [less(one, own[text.topic, text.voice]) for text, one in zip(texts, found, strict=False)]

    def _gaps(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        replies = iter(ask_all(mind, [_request(form, text) for text in texts for form in FORMS]))
        return [difference([_pair(next(replies)) for _ in FORMS]) for _ in texts]


def _pairs(texts: Sequence[OnTopic]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((text.topic, text.voice) for text in texts))


def _request(form: str, text: OnTopic) -> Request:
    words = reading_question(form, text.topic, text.text)
    return Request(
        "read",
        (Message("system", Templates.standard().reader()), Message("user", words)),
        options=WORDS,
        voice=text.voice,
    )


def _pair(reply: Reply) -> tuple[float, float, str]:
    """Return the log-probabilities of both answers, and the reply's status."""
    if reply.status != "answered":
        return math.nan, math.nan, reply.status
    if reply.logprobs is None or len(reply.logprobs) != len(WORDS):
        return math.nan, math.nan, "invalid"
    one, other = reply.logprobs
    return _at_least(one, other), _at_least(other, one), "answered"


def _at_least(logprob: float, other: float) -> float:
    """Return a word's log-probability; where a server did not name the word, the most that it can be.

    That is what the other word leaves, or as much as the other: so what is read is nearer to the middle, and
    the clearest texts are not lost.
    """
    if logprob > -math.inf or other == -math.inf:
        return logprob
    left = math.log1p(-math.exp(other)) if other < 0.0 else FLOOR
    return min(max(left, FLOOR), other)
