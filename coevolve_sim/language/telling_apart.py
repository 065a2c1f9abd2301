"""What tells two sets of texts apart: their distance in words, and which words make it.

A logistic model learns to tell the sets by their weighed words. What each word adds to how much likelier it
takes a text of the second set to be of the second (in log odds, on average) sums to all of it: linear Shapley
values (`coevolve_sim.measures.linear_shapley`). How well it tells texts that it did not learn from says how
much that is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coevolve_sim.errors import MeasureError
from coevolve_sim.language.word_counts import WordTable, count_words, split_words, weigh_words
from coevolve_sim.measures.linear_shapley import HeldOut, deal_folds, fit_logistic, score_classes
from coevolve_sim.measures.linguistic_distance import (
    LEAST_TEXTS,
    LinguisticDistance,
    measure_linguistic_distance,
)

FOLDS = 5
"""Parts of the texts, each of which is told by a model that learnt from the others."""


@dataclass(frozen=True)
class WordRow:
    """One word, or one category of a lexicon, of two sets of texts.

    Attributes
    ----------
    word : str
    first, second : float
        Mean share of the words of each set's texts.
    adds : float
        What it adds to the mean log odds of the second set's texts over the first's; below 0, it speaks for
        the set that it is rarer in.
    """

    word: str
    first: float
    second: float
    adds: float


@dataclass(frozen=True)
class ToldApart:
    """What tells two sets of texts apart.

    Attributes
    ----------
    n_first, n_second : int
        Texts of each, with a word at least.
    distance : LinguisticDistance
    words : tuple of WordRow
        All words, those that add most first.
    log_odds : float
        What they add up to.
    held_out : HeldOut or None
        How well texts are told by a model that did not learn from them; None with fewer than `FOLDS` in
        either set.
    """

    n_first: int
    n_second: int
    distance: LinguisticDistance
    words: tuple[WordRow, ...]
    log_odds: float
    held_out: HeldOut | None


def tell_apart(
    first: Sequence[str],
    second: Sequence[str],
    lexicon: Mapping[str, frozenset[str]] | None = None,
    *,
    seed: int = 1,
) -> ToldApart:
    """Say what tells two sets of texts apart.

    Parameters
    ----------
    first, second : sequence of str
        Texts; those without a word are left out.
    lexicon : mapping of str to set of str, optional
        Categories to count instead of words (`coevolve_sim.language.word_counts.read_lexicon`).
    seed : int
        Of resamples, deals and folds.

    Raises
    ------
    MeasureError
        If a set has fewer than three texts with a word, or none with a word that is counted.

    Examples
    --------
    >>> found = tell_apart(["I am for it."] * 4, ["I am against it."] * 4)
    >>> sorted(row.word for row in found.words[:2]), round(found.distance.cosine.found, 3)
    (['against', 'for'], 0.25)
    """
    kept = [[text for text in texts if split_words(text)] for texts in (first, second)]
    for texts, name in zip(kept, ("first", "second"), strict=True):
        if len(texts) < LEAST_TEXTS:
            raise MeasureError(
                f"the {name} set has {len(texts)} texts with a word; at least {LEAST_TEXTS} are wanted"
            )
    n_first, n_second = map(len, kept)
    table = count_words([*kept[0], *kept[1]], lexicon)
    is_second = np.arange(n_first + n_second) >= n_first
    shares = table.shares
    distance = measure_linguistic_distance(shares[:n_first], shares[n_first:], seed=seed)
    rows = _rank_words(table, is_second)
    total = float(sum(row.adds for row in rows))
    return ToldApart(n_first, n_second, distance, rows, total, _tell_held_out(table, is_second, seed))


def _rank_words(table: WordTable, is_second: np.ndarray) -> tuple[WordRow, ...]:
    weighed, shares = weigh_words(table.counts), table.shares
    weights = fit_logistic(weighed, is_second).weights
    # The mean Shapley value of a word over one set, less that over the other: the average drops out.
    adds = weights * np.ravel(weighed[is_second].mean(axis=0) - weighed[~is_second].mean(axis=0))
    first, second = (np.ravel(shares[which].mean(axis=0)) for which in (~is_second, is_second))
    order = np.argsort(-np.abs(adds), kind="stable")
    return tuple(
        WordRow(table.names[k], float(first[k]), float(second[k]), float(adds[k])) for k in order.tolist()
    )


def _tell_held_out(table: WordTable, is_second: np.ndarray, seed: int) -> HeldOut | None:
    if min(is_second.sum(), (~is_second).sum()) < FOLDS:
        return None
    folds, told = deal_folds(is_second, FOLDS, seed), np.empty(is_second.size, dtype=bool)
    for fold in range(FOLDS):
        learnt, out = table.counts[folds != fold], folds == fold
        model = fit_logistic(weigh_words(learnt), is_second[folds != fold])
        told[out] = model.log_odds(weigh_words(table.counts[out], learnt)) > 0.0
    return score_classes(is_second, told)
