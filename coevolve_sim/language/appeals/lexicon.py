"""The reader by a lexicon: a text appeals to what its words name. Small, and ours.

A candidate that a text names h times has the relevance h / (h + 1). A mention opposes it where an odd number
of words that deny or reject stand before it in its clause, supports it where an even number does, and is
either where its clause wavers or its sentence asks. Clauses end at punctuation and before such words as
*because*. It reads no irony, no metaphor, nothing that is meant and not named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.appeals.candidates import Candidate
from coevolve_sim.language.appeals.stems import stem, stems_of_name, words_in

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_CLAUSE = re.compile(r"[,;:()\u2013\u2014]|\b(?:because|but|since|although|though|while|whereas|as)\b")
_DENIES = re.compile(
    r"\b(?:not|no|never|nor|neither|without|cannot|nothing|nobody|against|oppos\w*|reject\w*|refus\w*|"
    r"dislik\w*|hat(?:e|es|ed)|despis\w*|condemn\w*|distrust\w*)\b|n't\b"
)
_WAVERS = re.compile(
    r"\b(?:torn|unsure|undecided|uncertain|of two minds|in two minds|neither for nor against|depends)\b"
)
_SMALL = frozenset(
    ("a", "an", "the", "of", "to", "for", "in", "on", "with", "and", "or", "be", "is", "one", "own")
)

SUPPORTS, OPPOSES, EITHER = range(3)
"""Columns of valence."""


class Lexicon:
    """Reads what a text appeals to by words; see the module."""

    name = "lexicon"

    is_model = False

    def relevance(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return how relevant each candidate is to each text.

        Parameters
        ----------
        texts : sequence of str
        candidates : sequence of Candidate
        wanted : bool array, shape (texts, candidates), optional
            Pairs that are looked at; all if not given.

        Returns
        -------
        float array, shape (texts, candidates)
            In [0, 1]; nan of pairs that are not wanted.

        Examples
        --------
        >>> some = (Candidate("Honesty", "Value", ("honest*", "truth")), Candidate("Peace", "Value"))
        >>> Lexicon().relevance(["I am honest, and the truth is: I want peace."], some).round(3).tolist()
        [[0.667, 0.5]]
        """
        hits = self._mentions(texts, candidates).sum(axis=-1)
        found: Floats = hits / (hits + 1.0)
        return found if wanted is None else np.where(wanted, found, np.nan)

    def valence(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return whether each text supports or opposes each candidate, or either.

        Returns
        -------
        float array, shape (texts, candidates, 3)
            Shares of supports, opposes and either; nan of what is not mentioned or not wanted.

        Examples
        --------
        >>> some = (Candidate("Honesty", "Value"), Candidate("Peace", "Value"))
        >>> Lexicon().valence(["I am against honesty, but for peace."], some).tolist()
        [[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]]
        """
        counts = self._mentions(texts, candidates)
        total = counts.sum(axis=-1, keepdims=True)
        found = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
        return found if wanted is None else np.where(wanted[:, :, None], found, np.nan)

    def _mentions(self, texts: Sequence[str], candidates: Sequence[Candidate]) -> Floats:
        """Return how often each text mentions each candidate, by column of valence."""
        counts = np.zeros((len(texts), len(candidates), 3))
        finders = [_finder(one) for one in candidates]
        by_name = any(not one.words for one in candidates)
        for row, text in enumerate(texts):
            for clause, asks in _clauses(text):
                stems = Counter(map(stem, words_in(clause))) if by_name else Counter[str]()
                for column, find in enumerate(finders):
                    for start in find(clause, stems):
                        counts[row, column, _direction(clause, start, asks=asks)] += 1
        return counts


def _clauses(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a text's clauses in lower case, with whether each stands in a question."""
    for sentence in _SENTENCE.findall(text.lower().replace("\u2019", "'")):
        for clause in _CLAUSE.split(sentence):
            if clause.strip():
                yield clause, sentence.rstrip().endswith("?")


def _direction(clause: str, start: int, *, asks: bool) -> int:
    if asks or _WAVERS.search(clause):
        return EITHER
    denials = len(_DENIES.findall(clause[:start]))
    return OPPOSES if denials % 2 else SUPPORTS


_Find = Callable[[str, "Counter[str]"], list[int]]


@lru_cache(maxsize=5_000)
def _finder(candidate: Candidate) -> _Find:
    """Return what finds where a clause mentions a candidate: by its words, or by those of its name."""
    if not candidate.words:
        wanted = [one for one in stems_of_name(candidate.name) if one not in _SMALL] or [
            *stems_of_name(candidate.name)
        ]
        pattern = re.compile(rf"\b{re.escape(wanted[0])}")

        def find_name(clause: str, stems: Counter[str]) -> list[int]:
            if not all(one in stems for one in wanted):
                return []
            first = pattern.search(clause)
            return [first.start() if first else 0]

        return find_name
    # the longest first, so that words in a row are counted once and not once each
    entries = sorted(candidate.words, key=lambda word: (-len(word), word))
    spelled = "|".join(
        re.escape(word.rstrip("*")).replace("_", r"\s+") + r"\w*" * word.endswith("*") for word in entries
    )
    found = re.compile(rf"(?<![\w'-])(?:{spelled})(?![\w'-])")
    return lambda clause, _stems: [one.start() for one in found.finditer(clause)]
