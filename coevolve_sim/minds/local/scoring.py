"""Log-probabilities of options as continuations of a prompt, by all their spellings.

What an option's log-probability is stands in `coevolve_sim.minds.option_mass`. Common beginnings of prompts
are computed once (`coevolve_sim.minds.local.prefix_sharing`). The score of a spelling of one token is read
off the pass over its prompt; one of several tokens is a row of its own, which shares the whole prompt.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from coevolve_sim.minds.local.batching import TokenBudget, padded_size
from coevolve_sim.minds.local.forward import ForwardPass, KeyValueState
from coevolve_sim.minds.local.prefix_sharing import DEEPEST, Leaf, PrefixRow, Tokens, count_common, plan
from coevolve_sim.minds.option_mass import sum_spellings

DECIMALS = 6
"""Decimals to which log-probabilities are rounded; finer digits are rounding error."""

MOST_HELD = 2**27
"""Log-probabilities that are held at a time: 1 GB in float64."""


@dataclass(frozen=True)
class ScoringRequest:
    """A prompt and the options to score, each by the tokens of its spellings."""

    prompt: Tokens
    options: tuple[tuple[Tokens, ...], ...]

    @property
    def spellings(self) -> tuple[Tokens, ...]:
        """The spellings of all options."""
        return tuple(spelling for option in self.options for spelling in option)

    def rows(self) -> set[Tokens]:
        """Return the rows to read: the prompt with all but the last token of each spelling."""
        ends = {spelling[:-1] for spelling in self.spellings}
        longest = {
            end for end in ends if not any(end != other and other[: len(end)] == end for other in ends)
        }
        return {self.prompt + end for end in longest}


class OptionScorer:
    """Scores options by a model's log-probabilities.

    Parameters
    ----------
    budget : TokenBudget
        Tokens computed at a time.
    shares : bool
        Whether common beginnings of prompts are computed once.
    """

    def __init__(self, budget: TokenBudget, *, shares: bool = True) -> None:
        self.budget = budget
        self.deepest = DEEPEST if shares else 0

    def score(
        self, passes: ForwardPass, asked: Sequence[ScoringRequest]
    ) -> Iterator[tuple[int, tuple[float, ...] | None]]:
        """Yield the index of each prompt with its options' log-probabilities; None where memory ran out."""
        order = sorted(range(len(asked)), key=lambda number: asked[number].prompt)

        def work(numbers: Sequence[int]) -> list[tuple[float, ...]]:
            return self._score_part(passes, [asked[number] for number in numbers])

        def cut(numbers: Sequence[int], first: int, tokens: int) -> int:
            return first + _count_fitting((asked[number] for number in islice(numbers, first, None)), tokens)

        yield from self.budget.run_in_parts(order, cut, work)

    def _score_part(self, passes: ForwardPass, asked: Sequence[ScoringRequest]) -> list[tuple[float, ...]]:
        import torch

        wanted = _collect_wanted(asked)
        rows = sorted(wanted)
        keep = [1 + max(len(row) - place for place, _ in wanted[row]) for row in rows]
        found: dict[tuple[Tokens, int], float] = {}
        with torch.inference_mode():
            for number, logprobs in self._read(
                passes, [PrefixRow(*pair) for pair in zip(rows, keep, strict=True)]
            ):
                _store_logprobs(found, rows[number], wanted[rows[number]], logprobs)
        return [_sum_options(found, scored) for scored in asked]

    def _read(self, passes: ForwardPass, rows: Sequence[PrefixRow]) -> Iterator[tuple[int, Any]]:
        """Yield the index of each row with the log-probabilities after its last tokens."""
        made = plan(rows, deepest=self.deepest)
        held: list[KeyValueState] = []
        for edges in made.levels:
            parents = [edge.parent for edge in edges]
            held.append(passes.extend(held[-1] if held else None, parents, [edge.tokens for edge in edges]))
        for level in range(-1, len(held)):
            leaves = sorted(
                (leaf for leaf in made.leaves if leaf.level == level), key=lambda leaf: len(leaf.tokens)
            )
            before = held[level] if level >= 0 else None
            width = int(before.mask.shape[1]) if before is not None else 0
            yield from self._read_leaves(passes, before, width, leaves, rows)

    def _read_leaves(
        self,
        passes: ForwardPass,
        before: KeyValueState | None,
        width: int,
        leaves: Sequence[Leaf],
        rows: Sequence[PrefixRow],
    ) -> Iterator[tuple[int, Any]]:
        def size(leaf: Leaf) -> int:
            return width + len(leaf.tokens)

        cut = padded_size(size)
        first = 0
        while first < len(leaves):
            part = leaves[first : cut(leaves, first, self.budget.tokens)]
            part = part[: _count_held([rows[leaf.row].keep for leaf in part], passes.vocabulary)]
            keep = max(rows[leaf.row].keep for leaf in part)
            parents, tokens = [leaf.parent for leaf in part], [leaf.tokens for leaf in part]
            logprobs = passes.read(before, parents, tokens, keep)
            yield from zip([leaf.row for leaf in part], logprobs, strict=True)
            first += len(part)


def _count_held(keeps: Sequence[int], vocabulary: int) -> int:
    """Return how many rows, at least one, have log-probabilities that are held at a time.

    Each row has those of the whole vocabulary at as many places as the row of the batch that needs most: of a
    whole text at each of its tokens.

    Examples
    --------
    >>> _count_held([1] * 500, 50_000), _count_held([60] * 500, 50_000), _count_held([9000], 50_000)
    (500, 44, 1)
    """
    most = 0
    for number, keep in enumerate(keeps):
        most = max(most, keep)
        if number and (number + 1) * most * vocabulary > MOST_HELD:
            return number
    return len(keeps)


def _count_fitting(asked: Iterable[ScoringRequest], tokens: int) -> int:
    """Return the number of prompts, at least one, that fit the tokens, shared ones counted once."""
    total, before, number = 0, (), 0  # type: tuple[int, Tokens, int]
    for scored in asked:
        ends = sum(len(row) - len(scored.prompt) for row in scored.rows())
        total += len(scored.prompt) - count_common(before, scored.prompt) + ends
        if number and total > tokens:
            break
        before, number = scored.prompt, number + 1
    return number


def _collect_wanted(asked: Iterable[ScoringRequest]) -> dict[Tokens, set[tuple[int, int]]]:
    """Return for each row the (position, token) pairs whose log-probabilities are needed."""
    wanted: dict[Tokens, set[tuple[int, int]]] = {}
    for scored in asked:
        start = len(scored.prompt)
        rows = {row: wanted.setdefault(row, set()) for row in scored.rows()}
        for option in scored.spellings:
            for row, places in rows.items():
                fits = scored.prompt + option[:-1] == row[: start + len(option) - 1]
                places.update((start + at, token) for at, token in enumerate(option) if fits)
    return wanted


def _store_logprobs(
    found: dict[tuple[Tokens, int], float], row: Tokens, places: set[tuple[int, int]], logprobs: Any
) -> None:
    """Store the log-probabilities needed of a row; ``logprobs`` are those after its last tokens."""
    ordered = sorted(places)
    offset = len(row) - len(logprobs) + 1
    at = [place - offset for place, _ in ordered]
    values = logprobs[at, [token for _, token in ordered]].tolist()
    for (place, token), value in zip(ordered, values, strict=True):
        found[row[:place], token] = value


def _sum_options(found: dict[tuple[Tokens, int], float], scored: ScoringRequest) -> tuple[float, ...]:
    """Return the log-probability of each option, at most 0, from those of its spellings; nan as there."""
    spelled = [
        [_sum_spelling(found, scored.prompt, spelling) for spelling in option] for option in scored.options
    ]
    # Not min(0.0, value), which makes a certainty of a value that is not a number.
    return tuple(min(round(value, DECIMALS), 0.0) for value in sum_spellings(spelled))


def _sum_spelling(found: dict[tuple[Tokens, int], float], prompt: Tokens, spelling: Tokens) -> float:
    return math.fsum(found[prompt + spelling[:at], token] for at, token in enumerate(spelling))
