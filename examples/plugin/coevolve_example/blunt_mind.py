"""A mind: it says one of five things, and reads which of them was said. No model, no draws, always the same.

It is made for the package's own prompts, which tell where somebody stands (``- telling the truth: 63``) and
quote what was said behind ``> ``. A mind of yours would ask a model here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Reply, Request

DEGREES = ("wholly against", "rather against", "of two minds about", "rather for", "wholly for")
OPTIONS = ("disagree strongly", "disagree", "neither agree nor disagree", "agree", "agree strongly")
"""What each of `DEGREES` would answer to a statement for it."""

_STANCE = re.compile(r"^- (.+): (\d{1,3})$", re.MULTILINE)
_SAID = re.compile("|".join(DEGREES))
_OPTION = re.compile(r"^([A-J]): (.+)$", re.MULTILINE)
LEAST = math.log(1e-3)
"""What it gives to each option that it would not choose."""


class BluntMind:
    """Says bluntly where it stands.

    Parameters
    ----------
    mood : int
        By how many of five degrees it says more than it holds, in -2..2.
    """

    is_bitwise = True
    voices: tuple[str, ...] = ()

    def __init__(self, mood: int = 0) -> None:
        if not -2 <= mood <= 2:
            raise MindError(f"mood is {mood}; it is a whole number from -2 to 2")
        self.mood, self.is_closed = mood, False

    @property
    def identity(self) -> str:
        """What it is; with another mood, replies differ."""
        return f"blunt 1, mood {self.mood}"

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of words."""
        return sum(len(message.content.split()) for message in messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the number of each request with its reply.

        Raises
        ------
        MindError
            If it was closed.
        """
        if self.is_closed:
            raise MindError("the blunt mind is closed; open another")
        for index, request in enumerate(requests):
            yield index, self._reply(request)

    def close(self) -> None:
        """Have nothing more asked."""
        self.is_closed = True

    def _reply(self, request: Request) -> Reply:
        tokens = self.count_tokens(request.messages)
        if request.voice:
            detail = f"the blunt mind has no voice {request.voice}"
            return Reply("invalid", tokens_in=tokens, model=self.identity, detail=detail)
        asked = request.messages[-1].content
        if request.options:
            logprobs = self._scores(request)
            likeliest = request.options[logprobs.index(max(logprobs))]
            return Reply("answered", likeliest, logprobs, tokens, 1, self.identity)
        degree = _degree_of(_stance_in(request.messages[0].content, asked)) + self.mood
        words = f"I am {DEGREES[min(max(degree, 0), 4)]} it.".split()
        cut = len(words) > request.max_tokens
        text = " ".join(words[: request.max_tokens])
        status = "truncated" if cut else "answered"
        return Reply(status, text, None, tokens, min(len(words), request.max_tokens), self.identity)

    def _scores(self, request: Request) -> tuple[float, ...]:
        """Return a log-probability for each option: high for what the writer that is read would choose."""
        asked = request.messages[-1].content
        said = _SAID.search("\n".join(line for line in asked.splitlines() if line.startswith(">")))
        degree = (
            DEGREES.index(said[0]) if said else _degree_of(_stance_in(request.messages[0].content, asked))
        )
        shown = dict(_OPTION.findall(asked))
        likely = [shown.get(option, option) == OPTIONS[degree] for option in request.options]
        if not any(likely):  # no option that it knows: the first in the alphabet
            likely = [option == min(request.options) for option in request.options]
        return tuple(math.log1p(-(len(likely) - 1) * 1e-3) if one else LEAST for one in likely)


def _stance_in(persona: str, asked: str) -> float:
    """Return the stance told on the topic that is asked for, in [0, 1]; the middle where none is."""
    told = {topic: int(number) / 100.0 for topic, number in _STANCE.findall(persona)}
    topic = max((topic for topic in told if topic in asked), key=len, default=None)
    return 0.5 if topic is None else told[topic]


def _degree_of(value: float) -> int:
    return min(int(value * 5.0), 4)
