"""The probe of a served mind: what it answers to a few fixed prompts, by which it is known again.

A server's name and what it says of itself need not tell which model it serves: two servers may both call
theirs ``local-model``, and one server may come to serve other weights under the same name. So a served mind
is asked the same few prompts whenever it is opened, and the log-probabilities of its first tokens are kept
beside its identity. Texts are not compared: a busy server's vary even at temperature 0. Each prompt is asked
twice, once alone and once together with the others, which shows the server's own noise.

Two probes are of the same mind if, for each voice, the root mean square of the differences between
log-probabilities is at most `Probe.tolerance`. Only clear tokens count: those likely enough (`CLEAR`) and so
far above the end of the server's list that noise does not drop them from it. Weights that differ by less than
this are not told apart: such are adapters that were hardly trained.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from coevolve_sim.errors import MindError
from coevolve_sim.minds.protocol import Message, Mind
from coevolve_sim.minds.wrappers import unwrap

PROMPTS: tuple[tuple[Message, ...], ...] = tuple(
    (Message("user", text),)
    for text in (
        "Name a colour. Answer with one word.",
        "Is it ever right to tell a lie? Begin with yes or no.",
        "Go on with this sentence: The most important thing in life is",
        "What do you tell a neighbour who disagrees with you?",
    )
)
"""What is asked; a change of these makes all earlier probes those of another mind."""

CLEAR = -7.0
"""Least log-probability of a token that counts."""

MARGIN = 1.0
"""How far above the end of a server's list a token lies that counts, unless the list holds all there is."""

LEAST_TOLERANCE = 0.1
"""Differences (root mean square, in log-probability) up to which two probes agree whatever the noise: what
rounding in bfloat16 amounts to, whose logits between 16 and 32 are an eighth apart."""

LARGEST_TOLERANCE = 0.5
"""Largest difference that noise excuses."""

NOISES = 4.0
"""How many times a server's own noise two probes may differ."""

FirstTokens = Mapping[str, float]
"""Log-probability of each listed token at the first place of a reply."""


@dataclass(frozen=True)
class ProbeAnswer:
    """What a voice answers to one of `PROMPTS`: its first tokens when asked alone, and again with others."""

    voice: str
    prompt: int
    alone: FirstTokens
    together: FirstTokens


@dataclass(frozen=True)
class Probe:
    """What a served mind answered to `PROMPTS`.

    Attributes
    ----------
    answers : tuple of ProbeAnswer
        Of each voice to each prompt.

    Examples
    --------
    >>> def answer(red, blue):
    ...     return {"Red": math.log(red), "Blue": math.log(blue)}
    >>> probe = Probe((ProbeAnswer("", 0, answer(0.9, 0.1), answer(0.89, 0.11)),))
    >>> other = Probe((ProbeAnswer("", 0, answer(0.1, 0.9), answer(0.1, 0.9)),))
    >>> round(probe.noise, 3), round(probe.tolerance(other), 3), round(probe.difference(other), 3)
    (0.068, 0.271, 2.178)
    >>> probe.agrees_with(probe), probe.agrees_with(other)
    (True, False)
    """

    answers: tuple[ProbeAnswer, ...]

    @cached_property
    def is_telling(self) -> bool:
        """Whether every voice has a clear token, so that it can be known again."""
        voices = {answer.voice for answer in self.answers}
        told = {a.voice for a in self.answers if _clear_tokens(a.alone) and _clear_tokens(a.together)}
        return bool(voices) and voices == told

    @cached_property
    def noise(self) -> float:
        """How far the two answers to the same prompts differ: root mean square, of the worst voice."""
        pairs = [(a.voice, _differences(a.alone, a.together)) for a in self.answers]
        return _worst(pairs)

    def difference(self, other: Probe) -> float:
        """Return how far two probes are apart: the root mean square of the voice that differs most.

        It is infinite where a voice was asked in one of them only, or no token can be compared.
        """
        mine, others = self._by_place(), other._by_place()
        if mine.keys() != others.keys() or not mine:
            return math.inf
        pairs = [(voice, _differences(mine[voice, at], others[voice, at])) for voice, at in mine]
        return _worst(pairs, empty=math.inf)

    def tolerance(self, other: Probe) -> float:
        """Return the difference up to which two probes agree, from the noise of both."""
        noise = NOISES * max(self.noise, other.noise)
        return min(max(LEAST_TOLERANCE, noise), LARGEST_TOLERANCE)

    def agrees_with(self, other: Probe) -> bool:
        """Return whether two probes may be of the same mind."""
        return self.difference(other) <= self.tolerance(other)

    def as_json(self) -> str:
        """Return the probe as a text of JSON, with eight decimals."""
        return json.dumps(
            [[a.voice, a.prompt, _rounded(a.alone), _rounded(a.together)] for a in self.answers],
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Probe:
        """Read what `as_json` wrote.

        Raises
        ------
        MindError
            If the text is something else.
        """
        try:
            answers = tuple(
                ProbeAnswer(str(voice), int(prompt), _read_tokens(alone), _read_tokens(together))
                for voice, prompt, alone, together in json.loads(text)
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise MindError(f"a probe on record cannot be read: {error}") from None
        return cls(answers)

    def _by_place(self) -> dict[tuple[str, int], FirstTokens]:
        return {(a.voice, a.prompt): _mean(a.alone, a.together) for a in self.answers}


def is_served(mind: Mind) -> bool:
    """Return whether a mind is served elsewhere, so that its identity is what a server says of itself.

    Such minds have an attribute `probe`, None where the server gives no log-probabilities, and `url`.
    """
    return hasattr(unwrap(mind), "probe")


def probe_of(mind: Mind) -> Probe | None:
    """Return the probe of a mind; None if it has none that tells it from others."""
    found: Probe | None = getattr(unwrap(mind), "probe", None)
    return found if found is not None and found.is_telling else None


def are_replicas(mind: Mind, other: Mind) -> bool:
    """Return whether two served minds of one identity are the same model, as far as their probes tell."""
    one, two = probe_of(mind), probe_of(other)
    return one is not None and two is not None and one.agrees_with(two)


def _clear_tokens(tokens: FirstTokens) -> dict[str, float]:
    """Return the tokens likely enough, and far enough above the end of the list, to be listed again."""
    end = _end_of_list(tokens) + MARGIN
    return {token: value for token, value in tokens.items() if value >= max(CLEAR, end)}


def _end_of_list(tokens: FirstTokens) -> float:
    """Return the least log-probability in a list; -inf where the list holds practically all there is."""
    if math.fsum(math.exp(value) for value in tokens.values()) > 0.9999:
        return -math.inf
    return min(tokens.values(), default=math.inf)


def _differences(one: FirstTokens, other: FirstTokens) -> list[float]:
    """Return the differences of clear tokens; of a token that only one list holds, the least possible."""
    found = []
    for mine, others in ((one, other), (other, one)):
        end = max(_end_of_list(others), CLEAR)
        for token, value in _clear_tokens(mine).items():
            if token in others:
                found.append(value - others[token])
            elif value > end:
                found.append(value - end)
    return found


def _worst(pairs: Sequence[tuple[str, list[float]]], empty: float = 0.0) -> float:
    """Return the largest root mean square of a voice's differences; ``empty`` for a voice without any."""
    by_voice: dict[str, list[float]] = {}
    for voice, differences in pairs:
        by_voice.setdefault(voice, []).extend(differences)
    squares = [
        math.sqrt(math.fsum(d * d for d in differences) / len(differences)) if differences else empty
        for differences in by_voice.values()
    ]
    return max(squares, default=empty)


def _mean(one: FirstTokens, other: FirstTokens) -> dict[str, float]:
    both = {token: (value + other[token]) / 2 for token, value in one.items() if token in other}
    return {**one, **other, **both}


def _rounded(tokens: FirstTokens) -> dict[str, float]:
    return {token: round(value, 8) for token, value in tokens.items()}


def _read_tokens(tokens: Mapping[str, float]) -> dict[str, float]:
    return {str(token): float(value) for token, value in tokens.items()}
