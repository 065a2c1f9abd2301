"""Text generation: tokens are sampled one after another, each row with random numbers of its own.

A row's uniform numbers come from a stream named by its seed and draw (`coevolve_sim.streams`); the token is
the one at which the cumulative probability passes the number. So a text depends only on the row's own
probabilities, never on the other rows of the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from coevolve_sim.minds.local.batching import TokenBudget, padded_size
from coevolve_sim.minds.local.forbidden_tokens import ForbiddenTokens
from coevolve_sim.minds.local.forward import ForwardPass, log_probabilities
from coevolve_sim.minds.local.prefix_sharing import Tokens
from coevolve_sim.streams import stream

_TIES = 9
"""Logits that agree to this many decimals count as ties; the first token of them is taken."""


@dataclass(frozen=True)
class GenerationRequest:
    """A text to generate, as tokens.

    Attributes
    ----------
    prompt : tuple of int
        Tokens to continue from.
    most : int
        Largest number of tokens to generate.
    temperature : float
        0 takes the likeliest token each time.
    seed, draw : int
        Name the stream of random numbers.
    top : int
        Number of likeliest tokens whose log-probabilities are returned, in addition to the chosen one.
    also : tuple of int
        Tokens whose log-probabilities are returned too, however unlikely.
    """

    prompt: Tokens
    most: int
    temperature: float = 0.0
    seed: int = 0
    draw: int = 0
    top: int | None = None
    also: tuple[int, ...] = ()


@dataclass
class GeneratedText:
    """A generated text: its tokens, log-probabilities of these and of the likeliest, and whether it ended."""

    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    tops: list[list[tuple[int, float]]] = field(default_factory=list)
    has_ended: bool = False


class Sampler:
    """Generates text with a model, batch by batch.

    Parameters
    ----------
    budget : TokenBudget
        Tokens computed at a time.
    ends : set of int
        Tokens that end a reply.
    forbidden : ForbiddenTokens, optional
        Tokens that are not written.
    """

    def __init__(
        self, budget: TokenBudget, ends: frozenset[int], forbidden: ForbiddenTokens | None = None
    ) -> None:
        self.budget = budget
        self.ends = ends
        self.forbidden = forbidden
        self._table: Any = None

    def generate(
        self, passes: ForwardPass, asked: Sequence[GenerationRequest]
    ) -> Iterator[tuple[int, GeneratedText | None]]:
        """Yield the index of each request with its text; None where memory ran out."""
        order = sorted(range(len(asked)), key=lambda number: (len(asked[number].prompt), asked[number].most))

        def size(number: int) -> int:
            return len(asked[number].prompt) + asked[number].most

        cut = padded_size(size)
        yield from self.budget.run_in_parts(
            order, cut, lambda part: self._batch(passes, [asked[n] for n in part])
        )

    def _batch(self, passes: ForwardPass, asked: Sequence[GenerationRequest]) -> list[GeneratedText]:
        import torch

        done = [GeneratedText() for _ in asked]
        draws = _draw_uniforms(asked)
        rows = torch.arange(len(asked), device=passes.device)
        with torch.inference_mode():
            logits, cache, mask, lengths = passes.begin([writing.prompt for writing in asked])
            while True:
                tokens = self._next(logits, rows.tolist(), asked, done, draws)
                going = [
                    at for at, row in enumerate(rows.tolist()) if not self._is_done(asked[row], done[row])
                ]
                if not going:
                    return done
                # Finished rows are dropped once they are half of the batch: each time, the cache is copied.
                if len(going) <= len(rows) // 2:
                    kept = torch.tensor(going, device=passes.device)
                    cache.batch_select_indices(kept)
                    rows, tokens, mask, lengths = rows[kept], tokens[kept], mask[kept], lengths[kept]
                mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)
                logits = passes.go_on(tokens, cache, mask, lengths)
                lengths = lengths + 1

    def _is_done(self, writing: GenerationRequest, written: GeneratedText) -> bool:
        return written.has_ended or len(written.tokens) >= writing.most

    def _next(
        self,
        logits: Any,
        rows: Sequence[int],
        asked: Sequence[GenerationRequest],
        done: Sequence[GeneratedText],
        draws: Sequence[Any],
    ) -> Any:
        """Choose and store the next token of each row; rows that are done get one that is ignored."""
        chosen = _choose_tokens(
            self._forbid(logits.double(), [asked[row] for row in rows], [done[row] for row in rows]),
            [asked[row].temperature for row in rows],
            [float(draws[row][min(len(done[row].tokens), len(draws[row]) - 1)]) for row in rows],
        )
        wants = any(asked[row].top is not None for row in rows)
        logprobs = log_probabilities(logits) if wants else None
        for at, (row, token) in enumerate(zip(rows, chosen.tolist(), strict=True)):
            if not self._is_done(asked[row], done[row]):
                _keep(done[row], token, asked[row], None if logprobs is None else logprobs[at])
                done[row].has_ended = token in self.ends
        return chosen

    def _forbid(self, logits: Any, asked: Sequence[GenerationRequest], done: Sequence[GeneratedText]) -> Any:
        """Return logits, -inf at tokens that are not written after what each row has so far."""
        import torch

        if self.forbidden is None:
            return logits
        if self._table is None:
            self._table = torch.from_numpy(self.forbidden.table).to(logits.device)
        last = [(has.tokens or of.prompt)[-1] for of, has in zip(asked, done, strict=True)]
        codes = self.forbidden.codes(last, [len(has.tokens) for has in done])
        return logits.masked_fill(self._table[torch.from_numpy(codes).to(logits.device)], float("-inf"))


def _draw_uniforms(asked: Sequence[GenerationRequest]) -> list[Any]:
    """Draw each row's uniform numbers, one per token; zeros at temperature 0."""
    import numpy as np

    return [
        stream(writing.seed, "next tokens", writing.draw).random(max(1, writing.most))
        if writing.temperature > 0.0
        else np.zeros(max(1, writing.most))
        for writing in asked
    ]


def _choose_tokens(logits: Any, temperatures: Sequence[float], draws: Sequence[float]) -> Any:
    """Choose a token for each row, shape (rows,): the likeliest at temperature 0, else the one drawn."""
    import torch

    likeliest = logits.round(decimals=_TIES).argmax(dim=-1)
    if not any(temperatures):
        return likeliest
    heat = torch.tensor(temperatures, dtype=torch.float64, device=logits.device)[:, None]
    numbers = torch.tensor(draws, dtype=torch.float64, device=logits.device)[:, None]
    cumulative = torch.softmax(logits / heat.clamp(min=1e-6), dim=-1).cumsum(dim=-1)
    drawn = torch.searchsorted(cumulative, numbers * cumulative[:, -1:], right=True)[:, 0]
    return torch.where(heat[:, 0] > 0.0, drawn.clamp(max=logits.shape[-1] - 1), likeliest)


def _keep(written: GeneratedText, token: int, writing: GenerationRequest, logprobs: Any) -> None:
    written.tokens.append(token)
    if writing.top is not None:
        written.logprobs.append(min(float(logprobs[token]), 0.0))
        written.tops.append(top_tokens(logprobs, writing.top, writing.also))


def top_tokens(logprobs: Any, top: int, also: Sequence[int] = ()) -> list[tuple[int, float]]:
    """Return the ``top`` likeliest tokens and the tokens in ``also``, with their log-probabilities.

    At most 0; nan where the model computed no number, which ``min(0.0, value)`` would make a certainty.
    """
    values, tokens = logprobs.topk(min(top, logprobs.shape[-1]))
    found = dict(zip(tokens.tolist(), values.tolist(), strict=True))
    found |= {token: float(logprobs[token]) for token in also}
    return [(token, min(value, 0.0)) for token, value in found.items()]
