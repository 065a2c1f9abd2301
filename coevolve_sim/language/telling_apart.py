"""What tells two sets of texts apart: their distance in words, and which words make it.

A logistic model learns to tell the sets by their weighed words. What each word adds to how much likelier it
takes a text of the second set to be of the second (in log odds, on average) sums to all of it: linear Shapley
values (`coevolve_sim.measures.linear_shapley`). How well it tells texts of speakers that it did not learn
from says how much that is worth.
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
"""Parts of the speakers with their texts, each of which is told by a model that learnt from the others."""


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
    speakers : tuple of int
        How many wrote those of the first and of the second. Where one of them is 1, these speakers alone are
        compared, by their texts; nothing is said of others like them.
    distance : LinguisticDistance
    words : tuple of WordRow
        All words, those that add most first.
    log_odds : float
        What they add up to.
    held_out : HeldOut or None
        How well texts are told by a model that did not learn from their speakers; None with fewer than
        `FOLDS` speakers in either set, or texts where one speaker has them all.
    """

    n_first: int
    n_second: int
    speakers: tuple[int, int]
    distance: LinguisticDistance
    words: tuple[WordRow, ...]
    log_odds: float
    held_out: HeldOut | None


def tell_apart(
    first: Sequence[str],
    second: Sequence[str],
    lexicon: Mapping[str, frozenset[str]] | None = None,
    *,
    speakers: tuple[Sequence[str], Sequence[str]] | None = None,
    seed: int = 1,
) -> ToldApart:
    """Say what tells two sets of texts apart.

    Parameters
    ----------
    first, second : sequence of str
        Texts; those without a word are left out.
    lexicon : mapping of str to set of str, optional
        Categories to count instead of words (`coevolve_sim.language.word_counts.read_lexicon`).
    speakers : two sequences of str, optional
        Who wrote each text, by names that mean the same in both sets; all texts have different writers if not
        given.
    seed : int
        Of resamples, deals and folds.

    Raises
    ------
    MeasureError
        If a set has fewer than three texts with a word, or none with a word that is counted, or there is
        not one speaker a text.

    Examples
    --------
    >>> found = tell_apart(["I am for it."] * 4, ["I am against it."] * 4)
    >>> sorted(row.word for row in found.words[:2]), round(found.distance.cosine.found, 3)
    (['against', 'for'], 0.25)
    """
    named = speakers or tuple(
        [f"{side} {k}" for k in range(len(of))] for side, of in enumerate((first, second))
    )
    kept, who = zip(*map(_keep_worded, (first, second), named, ("first", "second")), strict=True)
    n_first, n_second = map(len, kept)
    table = count_words([*kept[0], *kept[1]], lexicon)
    is_second = np.arange(n_first + n_second) >= n_first
    shares = table.shares
    distance = measure_linguistic_distance(shares[:n_first], shares[n_first:], speakers=who, seed=seed)
    rows = _rank_words(table, is_second)
    total = float(sum(row.adds for row in rows))
    n_speakers = (len(set(who[0])), len(set(who[1])))
    held_out = _tell_held_out(table, is_second, _name_units(*who), seed)
    return ToldApart(n_first, n_second, n_speakers, distance, rows, total, held_out)


def _keep_worded(texts: Sequence[str], speakers: Sequence[str], name: str) -> tuple[list[str], list[str]]:
    """Return the texts that have a word, and who wrote them."""
    if len(texts) != len(speakers):
        raise MeasureError(f"the {name} set has {len(texts)} texts and {len(speakers)} speakers")
    kept = [(text, one) for text, one in zip(texts, speakers, strict=True) if split_words(text)]
    if len(kept) < LEAST_TEXTS:
        raise MeasureError(
            f"the {name} set has {len(kept)} texts with a word; at least {LEAST_TEXTS} are wanted"
        )
    return [text for text, _ in kept], [one for _, one in kept]


def _name_units(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Return whose texts are held out together: a speaker's, or each alone where one has all of a set."""
    units = []
    for side, names in enumerate((first, second)):
        is_one = len(set(names)) == 1
        units += [f"text {k} of set {side}" if is_one else name for k, name in enumerate(names)]
    return units


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


def _tell_held_out(
    table: WordTable, is_second: np.ndarray, units: Sequence[str], seed: int
) -> HeldOut | None:
    whose = np.array(units)
    if min(np.unique(whose[is_second]).size, np.unique(whose[~is_second]).size) < FOLDS:
        return None
    folds, told = deal_folds(is_second, FOLDS, seed, whose), np.empty(is_second.size, dtype=bool)
    for fold in range(FOLDS):
        learnt, out = table.counts[folds != fold], folds == fold
        model = fit_logistic(weigh_words(learnt), is_second[folds != fold])
        told[out] = model.log_odds(weigh_words(table.counts[out], learnt)) > 0.0
    return score_classes(is_second, told)
