"""Candidate pairs of texts to compare: written once, before any learning, and the same for a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from coevolve_sim.errors import PreferenceError
from coevolve_sim.language.openings import begin, opening_of, with_begun
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import STATUSES, Message, Mind, Request
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream, stream_seed


@dataclass(frozen=True)
class TextPair:
    """Two texts on a topic."""

    topic: str
    first: str
    second: str


@dataclass(frozen=True)
class Pool:
    """The pairs to compare, and the statuses of the requests that wrote their texts.

    Attributes
    ----------
    pairs : tuple of TextPair
        In the order of their topics.
    statuses : mapping of str to int
        How many texts ended in each of `coevolve_sim.minds.STATUSES`; a text that was not answered makes no
        pair.
    n_alike : int
        Pairs left out because both texts were the same, so that neither can be preferred.
    """

    pairs: tuple[TextPair, ...]
    statuses: Mapping[str, int]
    n_alike: int = 0


class Wording(Protocol):
    """Interface of settings for asking for messages; `Readout` and the channel's `PromptWriter` have them."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What each dimension is called in prompts."""

    @property
    def templates(self) -> Templates:
        """Words of the prompts."""

    @property
    def temperature(self) -> float:
        """Of what is written, at least 0."""

    @property
    def max_tokens(self) -> int:
        """Of the longest message."""

    @property
    def rule(self) -> int:
        """The rule by which messages are read, one of `coevolve_sim.language.parsing.RULES`."""


def write_candidates(
    mind: Mind,
    wording: Wording,
    n_pairs: int,
    seed: int,
    *,
    called: str = "helper",
    opening: str = "none",
) -> Pool:
    """Have a mind's own voice write pairs of texts on each topic, spread over the whole scale.

    Each text is written by an assistant that is told one value on the topic. Values are a stratified sample:
    one is drawn from each of as many equal parts of [0, 1] as there are texts on the topic; they are paired
    at random.

    Write candidates before anything is learnt: a mind's identity changes by learning, so that a cache or
    record would not know them any more.

    Parameters
    ----------
    mind : Mind
        The mind that writes.
    wording : Wording
        Settings of the requests; of the templates, `assistant` and `speak` are used.
    n_pairs : int
        Of each topic, at least 1.
    seed : int
        Of values and words.
    called : str
        What prompts call the assistant that writes.
    opening : str
        ``none``, or ``stance``: each text is begun with words for its value, for a mind that does not say
        what it is told to hold (`coevolve_sim.language.openings`); what was begun is part of the text.

    Returns
    -------
    Pool

    Raises
    ------
    PreferenceError
        If fewer than 1 pair is asked for, or a topic has none in the end.
    MindError
        If the mind cannot be asked at all.

    Examples
    --------
    >>> from coevolve_sim.language.writing import PromptWriter
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> wording = PromptWriter(1, Templates.standard(), ("thrift",), 0.7, 60)
    >>> pool = write_candidates(ScriptedMind(), wording, n_pairs=1, seed=1)
    >>> pool.pairs[0].first, pool.pairs[0].second
    ('I stand at 69 on thrift.', 'I stand at 30 on thrift.')
    """
    if n_pairs < 1:
        raise PreferenceError(f"at least 1 pair of texts a topic is needed; {n_pairs} given")
    used, topics = wording.templates, wording.topics
    asked = [
        (topic, place, value) for topic in topics for place, value in _draw_values(seed, topic, 2 * n_pairs)
    ]
    requests = [
        begin(
            Request(
                "candidate",
                (
                    Message("system", used.assistant(called, [(topic, value)])),
                    Message("user", used.speak(topic)),
                ),
                max_tokens=wording.max_tokens,
                temperature=wording.temperature,
                seed=stream_seed(seed, "words", "candidate", topic, place) % 2**31,
            ),
            opening_of(value, topic, place) if opening == "stance" else "",
        )
        for topic, place, value in asked
    ]
    said = [
        with_begun(request, parse_message(reply, (called,), wording.rule))
        for request, reply in zip(requests, ask_all(mind, requests), strict=True)
    ]
    ends = Counter(one.status for one in said)
    pairs, n_alike = [], 0
    for (topic, *_), first, second in zip(asked[::2], said[::2], said[1::2], strict=True):
        if first.is_heard and second.is_heard:
            alike = first.heard == second.heard
            n_alike += alike
            pairs += [] if alike else [TextPair(topic, first.heard, second.heard)]
    statuses: dict[str, int] = {status: ends[status] for status in STATUSES}
    _require_all(topics, pairs, statuses, n_alike)
    return Pool(tuple(dict.fromkeys(pairs)), statuses, n_alike)


def _draw_values(seed: int, topic: str, n_texts: int) -> list[tuple[int, float]]:
    """Draw an index and a value for each text, stratified over the scale and in random order."""
    draw = stream(seed, "values of candidates", topic)
    values = (draw.permutation(n_texts) + draw.random(n_texts)) / n_texts
    return list(enumerate(values.tolist()))


def _require_all(
    topics: Sequence[str], pairs: Sequence[TextPair], statuses: Mapping[str, int], n_alike: int
) -> None:
    lacking = [topic for topic in topics if all(pair.topic != topic for pair in pairs)]
    if lacking:
        ends = ", ".join(f"{count} {status}" for status, count in statuses.items() if count)
        raise PreferenceError(
            f"there is no pair of texts on '{lacking[0]}': of all texts, {ends}, and {n_alike} pairs said "
            "the same twice; ask for more pairs, or another mind"
        )
