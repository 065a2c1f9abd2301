"""Which prompts begin alike, so that what they share is computed once.

Prompts are rows of token numbers. What several begin with becomes an *edge* of a level; edges of the next
level go on from it; a row's own end is its *leaf*. All edges of a level can be computed in one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Tokens = tuple[int, ...]

LEAST = 12
"""Tokens that must be shared for an edge to be worth a pass of its own."""
DEEPEST = 3
"""Levels of edges above the leaves."""


@dataclass(frozen=True)
class PrefixRow:
    """A row to be read: its tokens, and after how many of its last ones the next token is asked for."""

    tokens: Tokens
    keep: int = 1


@dataclass(frozen=True)
class Edge:
    """Tokens that follow those of another edge (its number in the level above; -1 where nothing precedes)."""

    parent: int
    tokens: Tokens


@dataclass(frozen=True)
class Leaf:
    """The end of a row: after edge ``parent`` of level ``level`` (-1: the whole row)."""

    row: int
    level: int
    parent: int
    tokens: Tokens


@dataclass
class Plan:
    """Edges, level by level, and the leaves that hang on them."""

    levels: list[list[Edge]] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def n_tokens(self) -> int:
        """How many tokens are computed."""
        edges = sum(len(edge.tokens) for level in self.levels for edge in level)
        return edges + sum(len(leaf.tokens) for leaf in self.leaves)

    def add(self, level: int, edge: Edge) -> int:
        """Add an edge; return its number in its level."""
        while len(self.levels) <= level:
            self.levels.append([])
        self.levels[level].append(edge)
        return len(self.levels[level]) - 1


def count_common(one: Tokens, other: Tokens) -> int:
    """Return how many tokens two rows begin with in common.

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
    """Return how to compute rows, given in the order of their tokens, such that what they share is shared.

    Parameters
    ----------
    rows : sequence of PrefixPrefixRow
        Sorted by their tokens.
    least : int
        Tokens that must be shared for an edge.
    deepest : int
        Levels at most; 0 shares nothing.

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
    """Return the runs of rows of which each shares enough with the one before."""
    cuts = [first, *(row for row in range(first + 1, end) if alike[row] < enough), end]
    return [(low, high) for low, high in pairwise(cuts) if low < high]


def _count_shared(rows: Sequence[PrefixRow], alike: Sequence[int], low: int, high: int) -> int:
    """Return how many tokens rows share, leaving each what is to be read of it."""
    shared = min((alike[row] for row in range(low + 1, high)), default=0)
    return min(shared, *(len(rows[row].tokens) - rows[row].keep for row in range(low, high)))
