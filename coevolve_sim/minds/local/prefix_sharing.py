"""Prefix sharing: a plan by which common beginnings of prompts are computed once.

Prompts are rows of tokens. A common beginning of several rows becomes an *edge* of a level; edges of the next
level continue it; the rest of a row is its *leaf*. All edges of a level can be computed in one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Tokens = tuple[int, ...]

LEAST = 12
"""Tokens that must be shared for an edge to be worth a pass of its own."""
DEEPEST = 3
"""Largest number of levels of edges above the leaves."""


@dataclass(frozen=True)
class PrefixRow:
    """A row to read: its tokens, and at how many of its last positions the next token is asked for."""

    tokens: Tokens
    keep: int = 1


@dataclass(frozen=True)
class Edge:
    """Tokens that follow those of a parent edge (its index in the level above; -1 if there is none)."""

    parent: int
    tokens: Tokens


@dataclass(frozen=True)
class Leaf:
    """The rest of a row after edge ``parent`` of level ``level`` (-1: the whole row)."""

    row: int
    level: int
    parent: int
    tokens: Tokens


@dataclass
class Plan:
    """The edges, level by level, and the leaves that continue them."""

    levels: list[list[Edge]] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def n_tokens(self) -> int:
        """Number of tokens that the plan computes."""
        edges = sum(len(edge.tokens) for level in self.levels for edge in level)
        return edges + sum(len(leaf.tokens) for leaf in self.leaves)

    def add(self, level: int, edge: Edge) -> int:
        """Add an edge; return its index in its level."""
        while len(self.levels) <= level:
            self.levels.append([])
        self.levels[level].append(edge)
        return len(self.levels[level]) - 1


def count_common(one: Tokens, other: Tokens) -> int:
    """Return the number of tokens at the beginning that two rows have in common.

    Examples
    --------
    >>> count_common((1, 2, 3), (1, 2, 4, 5))
    2
    """
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(place for place in range(length) if one[place] != other[place])


def plan(rows: Sequence[PrefixRow], *, least: int = LEAST, deepest: int = DEEPEST) -> Plan:
    """Plan the computation of rows, sorted by their tokens, so that common beginnings are computed once.

    Parameters
    ----------
    rows : sequence of PrefixRow
        Sorted by their tokens.
    least : int
        Number of tokens that rows must share for an edge.
    deepest : int
        Largest number of levels; 0 shares nothing.

    Examples
    --------
    >>> rows = [PrefixRow((1, 2, 3, 4)), PrefixRow((1, 2, 3, 5)), PrefixRow((7, 8))]
    >>> made = plan(rows, least=2)
    >>> made.levels, [leaf.tokens for leaf in made.leaves]
    ([[Edge(parent=-1, tokens=(1, 2, 3))]], [(7, 8), (4,), (5,)])
    """
    alike = [0, *(count_common(rows[i - 1].tokens, rows[i].tokens) for i in range(1, len(rows)))]
    made = Plan()
    waiting = [(0, len(rows), 0, -1, -1)]
    while waiting:
        first, end, start, level, parent = waiting.pop(0)
        for low, high in _split_runs(alike, first, end, start + least):
            shared = _count_shared(rows, alike, low, high)
            if high - low > 1 and shared >= start + least and level + 1 < deepest:
                edge = Edge(parent, rows[low].tokens[start:shared])
                waiting.append((low, high, shared, level + 1, made.add(level + 1, edge)))
            else:
                leaves = (Leaf(row, level, parent, rows[row].tokens[start:]) for row in range(low, high))
                made.leaves.extend(leaves)
    return made


def _split_runs(alike: Sequence[int], first: int, end: int, enough: int) -> list[tuple[int, int]]:
    """Split rows into runs in which each row shares enough tokens with the one before."""
    cuts = [first, *(row for row in range(first + 1, end) if alike[row] < enough), end]
    return [(low, high) for low, high in pairwise(cuts) if low < high]


def _count_shared(rows: Sequence[PrefixRow], alike: Sequence[int], low: int, high: int) -> int:
    """Return the number of tokens that rows share, leaving each row the positions to be read."""
    shared = min((alike[row] for row in range(low + 1, high)), default=0)
    return min(shared, *(len(rows[row].tokens) - rows[row].keep for row in range(low, high)))
