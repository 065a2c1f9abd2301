"""Batches by a budget of tokens, which is halved when memory runs out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Cut: TypeAlias = Callable[[Sequence[Item], int, int], int]

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate", "cannot allocate")


class TokenBudget:
    """The number of tokens computed at a time.

    When a batch does not fit the memory, the budget is halved, which is reported once (as a warning, and in
    `notes`), and work goes on; an item that does not fit alone is given up.

    Parameters
    ----------
    tokens : int
        At least 1.
    """

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.notes: list[str] = []

    def run_in_parts(
        self,
        items: Sequence[Item],
        cut: Cut[Item],
        work: Callable[[Sequence[Item]], list[Result]],
    ) -> Iterator[tuple[Item, Result | None]]:
        """Yield items with their results, computed in parts that fit; None for what does not fit alone.

        Parameters
        ----------
        items : sequence
            The items to compute; neighbours share a part.
        cut : callable
            ``cut(items, first, tokens)`` returns the end of the part that begins at ``first``.
        work : callable
            Computes a part; returns one result per item.
        """
        first = 0
        while first < len(items):
            part = items[first : cut(items, first, self.tokens)]
            try:
                results: Sequence[Result | None] = work(part)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                results = [None]
            if len(results) < len(part):
                self._halve(items, first, cut, len(part))
                continue
            first += len(part)
            yield from zip(part, results, strict=True)

    def _halve(self, items: Sequence[Item], first: int, cut: Cut[Item], n_items: int) -> None:
        while self.tokens > 1 and cut(items, first, self.tokens) - first > n_items // 2:
            self.tokens //= 2
        if not self.notes:
            self.notes.append(
                f"{n_items} prompts at a time did not fit the memory; their number was halved, and again "
                "where needed (batch_tokens sets it)"
            )
            warnings.warn(self.notes[0], RuntimeWarning, stacklevel=2)


def padded_size(size: Callable[[Item], int]) -> Cut[Item]:
    """Return a function that cuts off parts whose items are padded to the longest among them.

    Examples
    --------
    >>> padded_size(len)(["a", "b", "ccc", "d"], 0, 8)
    2
    """

    def cut(items: Sequence[Item], first: int, tokens: int) -> int:
        widest, end = size(items[first]), first + 1
        while end < len(items):
            widest = max(widest, size(items[end]))
            if widest * (end + 1 - first) > tokens:
                break
            end += 1
        return end

    return cut


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, on a GPU or in main memory.

    Examples
    --------
    >>> is_out_of_memory(RuntimeError("CUDA out of memory.")), is_out_of_memory(ValueError())
    (True, False)
    """
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _OUT_OF_MEMORY)
