"""Estimate the requests and tokens of a scenario's minds, before any of them is asked.

The same code runs the rounds, but with minds that reply at once with filler text. Who speaks, who hears and
who consults does not depend on what is said, so the number of requests is exact if no two prompts are equal,
and otherwise an upper bound. Messages are assumed to have a typical length.

What is told in a game depends on what was played in it, and moves here are as good as drawn: other moves may
lead to more prompts that differ. So of games every decision is counted, as if no two prompts were equal.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from coevolve_sim.errors import ScenarioError, UnfitError
from coevolve_sim.language.elicitation.game_prompts import ORDERS
from coevolve_sim.minds import Message, Mind, Reply, Request
from coevolve_sim.minds.linear_probe import ProbeCard, ProbeTask
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.society.games import count_decisions
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import Setup

TYPICAL_WORDS = 22
"""Words of a message that a model writes when asked for one or two short sentences."""


IN_GAMES = ("game", "predict")
"""Kinds of requests in games: for a move, and for the move that the other is expected to make."""
_IRRATIONAL = (math.sqrt(5.0) - 1.0) / 2.0
_CARD = ProbeCard("counted", (1,), reads_means=False, penalty=1.0, held_out_r=0.0, n_texts=0)
"""What is told of a probe where nothing is learnt; what learning one reads is not counted."""


@dataclass
class RequestEstimate:
    """Requests of one kind to one mind.

    Attributes
    ----------
    mind, kind : str
        Name of the mind, and kind of request.
    requests : int
        Number of requests, an upper bound.
    tokens_in, tokens_out : int
        Approximate tokens of prompts and of replies, over all requests.
    """

    mind: str
    kind: str
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class _CountingMind:
    """A mind that replies at once with filler text, and counts requests and tokens."""

    is_bitwise = True
    voices: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        count: Callable[[Sequence[Message]], int],
        asked: dict[str, RequestEstimate],
        numbers: Iterator[int],
        *,
        is_model: bool,
    ) -> None:
        self.identity, self._count, self._asked = f"counting {name}", count, asked
        self._name, self._numbers, self.is_model = name, numbers, is_model

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self._count(messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        for index, request in enumerate(requests):
            yield index, self._count_request(request)

    def _count_request(self, request: Request) -> Reply:
        logprobs = None
        if request.linear_probe:
            text, out = ("0.5" if request.messages else _CARD.as_text()), 0
        elif request.options:
            text, out = request.options[0], 1
            logprobs = self._weigh(request)
        else:
            text = f"message {next(self._numbers)} " + "word " * TYPICAL_WORDS
            out = min(self._count([Message("assistant", text)]), request.max_tokens)
        entry = self._asked.setdefault(request.kind, RequestEstimate(self._name, request.kind))
        entry.requests += 1
        entry.tokens_in += self._count(request.messages) if request.messages else 0
        entry.tokens_out += out
        return Reply("answered", text, logprobs, 0, out, self.identity)

    def _weigh(self, request: Request) -> tuple[float, ...]:
        """Return as much for each option; in games never twice the same, as both alike would be no move."""
        if request.kind not in IN_GAMES:
            return (-math.log(len(request.options)),) * len(request.options)
        first = next(self._numbers) * _IRRATIONAL % 1.0
        return math.log(first), math.log1p(-first)

    def close(self) -> None:
        pass


class _ProbedCountingMind(_CountingMind):
    """One whose hidden states would be at hand; it reads nothing to learn a probe."""

    def fit_probe(self, task: ProbeTask, tell: Callable[[int], None] | None = None) -> ProbeCard:  # noqa: ARG002
        return _CARD


def estimate_requests(
    setup: Setup, progress: Callable[[int, int], None] | None = None
) -> list[RequestEstimate]:
    """Return the estimated requests of a scenario, by mind and kind of request.

    Parameters
    ----------
    setup : Setup
        Setup of a scenario with the language channel. Its minds are not opened, except the embedded mind,
        for its tokenizer.
    progress : callable, optional
        Called with rounds counted so far and rounds in all.

    Raises
    ------
    ScenarioError
        If the channel is numeric, so that no mind is asked.
    """
    channel = setup.channel
    if channel.minds is None:
        raise ScenarioError("nothing is asked of any mind: the channel is numeric", path=("channel", "kind"))
    asked: dict[str, dict[str, RequestEstimate]] = {}
    numbers = itertools.count(1)  # one for all minds, so that no two messages are the same

    def open_counting(part: MindSpec) -> Mind:
        counting = _ProbedCountingMind if part.has_hidden_states else _CountingMind
        return counting(
            part.name,
            _choose_counter(part, channel),
            asked.setdefault(part.name, {}),
            numbers,
            is_model=part.kind != "scripted",
        )

    try:
        society = Society(setup.with_minds(open_counting), with_objects=False)
        society.setup.channel.measure_fitness()
        with contextlib.suppress(UnfitError):  # all is read alike here, which no bias map can be made of
            society.setup.channel.prepare()
        n_decisions = 0
        while not society.is_finished:
            society.step()
            n_decisions += count_decisions(setup.scenario, society.state.ties, society.round_index)
            if progress is not None:
                progress(society.round_index, setup.n_rounds)
    finally:
        channel.minds.close()
    found = [entry for kinds in asked.values() for _, entry in sorted(kinds.items())]
    for entry in found:
        if entry.kind in IN_GAMES:
            _count_all(entry, len(ORDERS) * n_decisions)
    return found


def _count_all(entry: RequestEstimate, requests: int) -> None:
    """Let an estimate be of so many requests, each of as many tokens as those counted on average."""
    entry.tokens_in = math.ceil(entry.tokens_in * requests / entry.requests)
    entry.tokens_out = math.ceil(entry.tokens_out * requests / entry.requests)
    entry.requests = requests


def _choose_counter(part: MindSpec, channel: Channel) -> Callable[[Sequence[Message]], int]:
    """Return a function that counts tokens: the embedded mind's tokenizer, or an estimate by characters."""
    if part.counts_offline:
        count: Callable[[Sequence[Message]], int] = channel.minds.open(part.name).count_tokens
        return count
    return lambda messages: 4 * len(messages) + sum(len(message.content) for message in messages) // 4
