"""How far apart two sets of texts are in the words they use, with intervals and what chance would give.

Texts are rows of shares of their words (or of the categories of a lexicon); a set is the mean of its texts.
Two distances: one less the cosine of these means, which goes by frequent words, and the mean over words of
the difference in standard deviations of all texts, in which all words weigh alike [Lyu2024]_.

Both are distances of means that are known with error, and so are above 0 for two sets of one and the same
source. Resampling adds to the cosine's distance as much again, as it goes by squares near 0; so the basic
bootstrap [Davison1997]_, which reflects resamples at what was found, takes that off. Absolute differences
grow otherwise: off their mean is taken what sets give between which speakers are dealt out anew, and what is
left is their excess over chance.

What one speaker says is no two observations: whoever has words of their own repeats them. So speakers are
resampled and dealt out, with all their texts; those who speak in both sets are resampled in both, and swap
sets. Where a set has one speaker alone its texts are resampled, and texts are dealt: then nothing is said of
others like these speakers. Of fewer than `LEAST_SPEAKERS` in a set there is no interval, as resamples of few
show too little spread; for 20 speakers of one source 0 lies within it unless habits are strong, where the
cosine's begins above 0 too often. What chance gives, and p, hold for few speakers too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.appeal_intervals import LEAST_SPEAKERS
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RESAMPLES = 1_000
"""Resamples of speakers for an interval, and deals for what chance gives."""

LEAST_TEXTS = 3
"""Texts that each set has at least, so that they can be resampled."""

_MOST_NUMBERS = 20_000_000
"""Numbers held at a time: resamples times words."""


class DistanceInterval(NamedTuple):
    """A distance between two sets of texts.

    Attributes
    ----------
    found : float
        Of the texts there are; above 0 for two samples of one source.
    corrected : float
        Less what chance adds: of the cosine's, as resampling adds to it; of the z's, `by_chance`.
    low, high : float
        Ends of the 95 % interval of that, by the basic bootstrap over speakers. An end below 0 says that
        chance would do. Both nan where a set has several speakers but fewer than `LEAST_SPEAKERS`.
    by_chance : float
        The mean of `found` where speakers are dealt out anew between the two sets.
    p : float
        The share of deals that are as far apart, this one counted.
    """

    found: float
    corrected: float
    low: float
    high: float
    by_chance: float
    p: float


class LinguisticDistance(NamedTuple):
    """Both distances between two sets of texts.

    Attributes
    ----------
    cosine : DistanceInterval
        One less the cosine of mean shares, in [0, 1].
    z : DistanceInterval
        The mean over words of the difference of mean shares in standard deviations, 0 or more.
    """

    cosine: DistanceInterval
    z: DistanceInterval


def cosine_distance(first: ArrayLike, second: ArrayLike) -> Floats:
    """Return one less the cosine of two vectors of shares, along the last axis; nan where one is all 0.

    Examples
    --------
    >>> cosine_distance([[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [1.0, 1.0]]).round(12).tolist()
    [1.0, 0.0]
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    lengths = np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1))
    cosine = (a * b).sum(axis=-1) / np.where(lengths > 0.0, lengths, np.nan)
    return np.asarray(np.clip(1.0 - cosine, 0.0, 1.0))


def mean_z_difference(first: ArrayLike, second: ArrayLike, deviations: ArrayLike) -> Floats:
    """Return the mean over words of how far apart two mean shares are, in standard deviations.

    A word whose share is the same in all texts tells nothing apart, and counts 0.

    Parameters
    ----------
    first, second : float array, shape (..., words)
        Mean shares of two sets.
    deviations : float array, shape (words,)
        Standard deviation of each share over all texts.

    Examples
    --------
    >>> mean_z_difference([0.2, 0.5], [0.4, 0.5], [0.1, 0.0]).tolist()
    1.0
    """
    spread = np.asarray(deviations, dtype=np.float64)
    apart = np.abs(np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64))
    return np.asarray(np.where(spread > 0.0, apart / np.where(spread > 0.0, spread, 1.0), 0.0).mean(axis=-1))


def measure_linguistic_distance(
    first: csr_array | ArrayLike,
    second: csr_array | ArrayLike,
    *,
    speakers: tuple[ArrayLike, ArrayLike] | None = None,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> LinguisticDistance:
    """Measure how far apart two sets of texts are in the words they use.

    Parameters
    ----------
    first, second : float array or sparse array, shape (texts, words)
        Share of each word, or of each category of a lexicon, in each text; the same words in both.
    speakers : two arrays, shape (texts,), optional
        Who wrote each text of either set, by names or numbers that mean the same in both; each text has a
        writer of its own if not given.
    seed : int
        Of resamples and deals.
    resamples : int
        Of each, at least 100.

    Returns
    -------
    LinguisticDistance

    Raises
    ------
    MeasureError
        If a set has fewer than `LEAST_TEXTS` texts, words differ in number, a share is outside [0, 1] or not
        finite, no text of a set has any of the words, there is not one speaker a text, or there are too few
        resamples.

    References
    ----------
    [Lyu2024]_, [Davison1997]_

    Examples
    --------
    >>> here, there = np.eye(3)[[0, 0, 1, 1]], np.eye(3)[[1, 1, 2, 2]]
    >>> round(measure_linguistic_distance(here, there).cosine.found, 9)
    0.5
    """
    a, b = (_as_shares(shares, name) for shares, name in ((first, "first"), (second, "second")))
    if a.shape[1] != b.shape[1]:
        raise MeasureError(
            f"{a.shape[1]} and {b.shape[1]} words are counted; the same are wanted in both sets"
        )
    if resamples < 100:
        raise MeasureError(f"an interval needs at least 100 resamples; {resamples} given")
    spread = _spread_of_shares(a, b)
    measures: tuple[Callable[[Floats, Floats], Floats], ...] = (
        cosine_distance,
        lambda one, other: mean_z_difference(one, other, spread),
    )
    found = [float(measure(_mean(a), _mean(b))) for measure in measures]
    units = _group_texts(a.shape[0], b.shape[0], speakers)
    resampled = _collect(measures, _resample(a, b, units, seed, resamples))
    dealt = _collect(measures, _deal(a, b, units, seed, resamples))
    told = (
        _summarize(found[0], resampled[0], dealt[0], by_deals=False),
        _summarize(found[1], resampled[1], dealt[1], by_deals=True),
    )
    return LinguisticDistance(*(one._replace(low=np.nan, high=np.nan) if units.few else one for one in told))


def _as_shares(shares: csr_array | ArrayLike, name: str) -> csr_array:
    from scipy.sparse import csr_array, issparse

    table: Any = shares if issparse(shares) else np.asarray(shares, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < LEAST_TEXTS or not table.shape[1]:
        raise MeasureError(
            f"the {name} set has shares of shape {table.shape}; at least {LEAST_TEXTS} texts and a word are "
            "wanted"
        )
    held = csr_array(table)
    if not ((held.data >= 0.0) & (held.data <= 1.0)).all():
        raise MeasureError(f"the {name} set has a share outside [0, 1]; shares of a text's words are wanted")
    if not held.data.any():
        raise MeasureError(f"no text of the {name} set has any of the words that are counted")
    return held


def _mean(shares: csr_array) -> Floats:
    return np.asarray(shares.mean(axis=0), dtype=np.float64).ravel()


def _spread_of_shares(a: csr_array, b: csr_array) -> Floats:
    """Return the standard deviation of each share over the texts of both sets."""
    n = a.shape[0] + b.shape[0]
    mean = (np.asarray(a.sum(axis=0)) + np.asarray(b.sum(axis=0))) / n
    squares = (np.asarray(a.multiply(a).sum(axis=0)) + np.asarray(b.multiply(b).sum(axis=0))) / n
    variance = np.ravel(squares - mean**2)
    return np.sqrt(np.where(variance > 1e-15, variance, 0.0))


class _Units(NamedTuple):
    """Which texts of each set are resampled and dealt out together: numbers from 0, shape (texts,)."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    paired: bool  # whether a number means the same speaker in both sets
    one_alone: bool  # whether a set has one speaker
    few: bool  # whether a set has several, but too few for an interval


def _group_texts(n_first: int, n_second: int, speakers: tuple[ArrayLike, ArrayLike] | None) -> _Units:
    if speakers is None:
        return _Units(np.arange(n_first), np.arange(n_second), paired=False, one_alone=False, few=False)
    names = [np.asarray(given) for given in speakers]
    if [given.shape for given in names] != [(n_first,), (n_second,)]:
        raise MeasureError(
            f"{n_first} and {n_second} texts have one speaker each; speakers of shapes {names[0].shape} and "
            f"{names[1].shape} given"
        )
    n_speakers = [np.unique(given).size for given in names]
    alone, few = [n == 1 for n in n_speakers], any(1 < n < LEAST_SPEAKERS for n in n_speakers)
    paired = not any(alone) and bool(np.isin(names[0], names[1]).any())
    if paired:
        both = np.unique(np.concatenate(names), return_inverse=True)[1].ravel()
        return _Units(both[:n_first], both[n_first:], paired, one_alone=False, few=few)
    first, second = (
        np.arange(given.size) if is_alone else np.unique(given, return_inverse=True)[1].ravel()
        for given, is_alone in zip(names, alone, strict=True)
    )
    return _Units(first, second, paired, any(alone), few)


def _sum_by(shares: csr_array, unit: NDArray[np.intp], n_units: int) -> tuple[csr_array, Floats]:
    """Return summed shares of each unit, shape (units, words), and its number of texts."""
    from scipy.sparse import csr_array

    n = unit.size
    belongs = csr_array((np.ones(n), (unit, np.arange(n))), shape=(n_units, n))
    return csr_array(belongs @ shares), np.bincount(unit, minlength=n_units).astype(np.float64)


def _weighted_mean(sums: csr_array, counts: Floats, weights: Floats) -> Floats:
    """Return means over texts of weighted units, shape (resamples, words); nan where no text is drawn."""
    n_texts = (weights @ counts)[:, None]
    return np.asarray((sums.T @ weights.T).T) / np.where(n_texts > 0.0, n_texts, np.nan)


def _resample(
    a: csr_array, b: csr_array, units: _Units, seed: int, resamples: int
) -> Iterator[tuple[Floats, Floats]]:
    """Yield mean shares of resampled sets, each of shape (some resamples, words)."""
    n_units = [int(unit.max()) + 1 for unit in units[:2]]
    if units.paired:
        n_units = [max(n_units)] * 2
    tables = [_sum_by(*of) for of in zip((a, b), units[:2], n_units, strict=True)]
    draws = [stream(seed, "resampled texts", number) for number in range(2)]
    for some in _parts(resamples, a.shape[1]):
        weights = [
            draw.multinomial(n, np.full(n, 1.0 / n), some).astype(np.float64)
            for draw, n in zip(draws, n_units, strict=True)
        ]
        there = weights[0] if units.paired else weights[1]
        yield _weighted_mean(*tables[0], weights[0]), _weighted_mean(*tables[1], there)


def _deal(
    a: csr_array, b: csr_array, units: _Units, seed: int, resamples: int
) -> Iterator[tuple[Floats, Floats]]:
    """Yield mean shares of sets between which all speakers are dealt out anew."""
    from scipy.sparse import vstack

    draw, both = stream(seed, "texts dealt out anew"), vstack([a, b]).tocsr()
    first, second = units[:2]
    if units.one_alone:
        first, second = np.arange(a.shape[0]), np.arange(b.shape[0])
    n_first = int(first.max()) + 1 if not units.paired else int(max(first.max(), second.max())) + 1
    unit = np.concatenate([first, second + n_first])
    n_units = 2 * n_first if units.paired else int(unit.max()) + 1
    sums, counts = _sum_by(both, unit, n_units)
    for some in _parts(resamples, a.shape[1]):
        if units.paired:
            stays = draw.random((some, n_first)) < 0.5
            in_first = np.hstack([stays, ~stays])
        else:
            in_first = draw.random((some, n_units)).argsort(axis=1) < n_first
        here, there = (_weighted_mean(sums, counts, one.astype(np.float64)) for one in (in_first, ~in_first))
        yield here, there


def _parts(resamples: int, n_words: int) -> Iterator[int]:
    """Yield how many resamples are taken at a time, so that they fit in memory."""
    at_once = max(1, _MOST_NUMBERS // n_words)
    for first in range(0, resamples, at_once):
        yield min(at_once, resamples - first)


def _collect(
    measures: tuple[Callable[[Floats, Floats], Floats], ...], means: Iterator[tuple[Floats, Floats]]
) -> list[Floats]:
    rows = [[measure(one, other) for measure in measures] for one, other in means]
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def _summarize(found: float, resampled: Floats, dealt: Floats, *, by_deals: bool) -> DistanceInterval:
    known = resampled[np.isfinite(resampled)]  # a resample may have none of a lexicon's words
    chance = dealt[np.isfinite(dealt)]
    added = float(chance.mean()) if by_deals else float(known.mean()) - found
    corrected = found - added
    low, high = corrected + known.mean() - np.quantile(known, [0.975, 0.025])
    as_far = int((chance >= found * (1.0 - 1e-12)).sum())
    p = (1 + as_far) / (1 + chance.size)
    return DistanceInterval(found, corrected, float(low), float(high), float(chance.mean()), p)
