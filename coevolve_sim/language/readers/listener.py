"""The reader as a listener: which writer would have been likelier to say just that.

A noisy-channel reading: the log-likelihood of the text under a writer who is strongly for the topic, less
that under one who is strongly against it, a word; less the same of texts without a stance, since the names of
some topics alone make a writer for them likelier to say anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.reading import reading_question
from coevolve_sim.language.readers.scored import OnTopic, Scored, ScoredReader, difference, less
from coevolve_sim.minds import Message, Mind, Reply, Request
from coevolve_sim.minds.recorded import ask_all

WRITERS = ("strongly_for", "strongly_against")
"""The two writers under whom a text is scored."""

NOTHING_SAID = (
    "I have something to say about this, and I will say it when I have thought about it.",
    "People have asked me about this before, and they will ask me again.",
)
"""Texts without a stance, whose mean is taken off by topic."""


class ListenerReader(ScoredReader):
    """Compares how likely the text is of a writer for and of one against; needs scored texts of a mind."""

    kind = "listener"

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        """Return the difference of log-likelihoods a word, less that of texts without a stance.

        Raises
        ------
        MindError
            If the mind cannot be asked at all.
        """
        about = list(dict.fromkeys((text.topic, text.voice) for text in texts))
        nothing = [OnTopic(said, topic, voice) for topic, voice in about for said in NOTHING_SAID]
        found = self._gaps(mind, [*texts, *nothing])
        at = len(texts)
        own = {
            pair: difference(
                [
                    (one.number, 0.0, one.status)
                    for one in found[at + n * len(NOTHING_SAID) : at + (n + 1) * len(NOTHING_SAID)]
                ]
            )
            for n, pair in enumerate(about)
        }
        return [less(one, own[text.topic, text.voice]) for text, one in zip(texts, found, strict=False)]

    def _gaps(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        """Return the difference of log-likelihoods a word of each text."""
        replies = ask_all(mind, [_request(writer, text) for text in texts for writer in WRITERS])
        found = []
        for n, text in enumerate(texts):
            likely, unlikely = replies[2 * n], replies[2 * n + 1]
            status = likely.status if likely.status != "answered" else unlikely.status
            words = max(len(text.text.split()), 1)
            found.append(difference([(_likelihood(likely) / words, _likelihood(unlikely) / words, status)]))
        return found


def _request(writer: str, text: OnTopic) -> Request:
    persona = reading_question(writer, text.topic)
    asked = Templates.standard().speak(text.topic)
    return Request(
        "read",
        (Message("system", persona), Message("user", asked)),
        options=(text.text,),
        voice=text.voice,
    )


def _likelihood(reply: Reply) -> float:
    if reply.status != "answered" or reply.logprobs is None or len(reply.logprobs) != 1:
        return math.nan
    return reply.logprobs[0]
