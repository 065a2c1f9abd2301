"""How much a scenario will ask of its minds, before anything is asked.

The rounds are run, by the very code that runs them in earnest, with minds that answer at once and nothing:
who speaks, who hears, who consults does not depend on what is said, so the number of requests is exact where
no two prompts are the same, and an upper bound where some are. Lengths of texts are those of a typical
message.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from coevolve_sim.errors import ScenarioError
from coevolve_sim.minds import Message, Mind, Reply, Request
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import Setup

TYPICAL_WORDS = 22
"""Words of a message that a model writes when asked for one or two short sentences."""


@dataclass
class RequestEstimate:
    """Requests of one kind to one mind.

    Attributes
    ----------
    mind, kind : str
        Whom, and what for.
    requests : int
        At most so many.
    tokens_in, tokens_out : int
        About so many.
    """

    mind: str
    kind: str
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class _CountingMind:
    """Answers at once, and counts."""

    is_bitwise = True
    voices: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        count: Callable[[Sequence[Message]], int],
        asked: dict[str, RequestEstimate],
        numbers: Iterator[int],
    ) -> None:
        self.identity, self._count, self._asked = f"counting {name}", count, asked
        self._name, self._numbers = name, numbers

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self._count(messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        for index, request in enumerate(requests):
            yield index, self._counted(request)

    def _counted(self, request: Request) -> Reply:
        logprobs = None
        if request.options:
            text, out = request.options[0], 1
            logprobs = (-math.log(len(request.options)),) * len(request.options)
        else:
            text = f"message {next(self._numbers)} " + "word " * TYPICAL_WORDS
            out = min(self._count([Message("assistant", text)]), request.max_tokens)
        entry = self._asked.setdefault(request.kind, RequestEstimate(self._name, request.kind))
        entry.requests += 1
        entry.tokens_in += self._count(request.messages)
        entry.tokens_out += out
        return Reply("answered", text, logprobs, 0, out, self.identity)

    def close(self) -> None:
        pass


def estimate_requests(
    setup: Setup, progress: Callable[[int, int], None] | None = None
) -> list[RequestEstimate]:
    """Return what a scenario will ask of its minds, by mind and kind of request.

    Parameters
    ----------
    setup : Setup
        Of a scenario with a channel of language; its minds are not opened (the package's own is, for its
        tokenizer).
    progress : callable, optional
        Called with rounds counted and rounds in all.

    Raises
    ------
    ScenarioError
        If no mind is asked anything.
    """
    channel = setup.channel
    if channel.minds is None:
        raise ScenarioError("nothing is asked of any mind: the channel is numeric", path=("channel", "kind"))
    asked: dict[str, dict[str, RequestEstimate]] = {}
    numbers = itertools.count(1)  # one for all minds, so that no two messages are the same

    def opened(part: MindSpec) -> Mind:
        return _CountingMind(part.name, _counter_of(part, channel), asked.setdefault(part.name, {}), numbers)

    try:
        society = Society(setup.with_minds(opened), with_objects=False)
        society.setup.channel.prepare()
        while not society.is_finished:
            society.step()
            if progress is not None:
                progress(society.round_index, setup.n_rounds)
    finally:
        channel.minds.close()
    return [entry for kinds in asked.values() for _, entry in sorted(kinds.items())]


def _counter_of(part: MindSpec, channel: Channel) -> Callable[[Sequence[Message]], int]:
    """Return how tokens are counted: by the package's own model where it is the mind, else by characters."""
    if part.counts_offline:
        count: Callable[[Sequence[Message]], int] = channel.minds.opened(part.name).count_tokens
        return count
    return lambda messages: 4 * len(messages) + sum(len(message.content) for message in messages) // 4
