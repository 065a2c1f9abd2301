"""How far apart two sets of texts are in the words they use, with intervals and what chance would give.

Texts are rows of shares of their words (or of the categories of a lexicon); a set is the mean of its texts.
Two distances: one less the cosine of these means, which goes by frequent words, and the mean over words of
the difference in standard deviations of all texts, in which all words weigh alike [Lyu2024]_.

Both are distances of means that are known with error, and so are above 0 for two sets of one and the same
source. Resampling adds to the cosine's distance as much again, as it goes by squares near 0; so the basic
bootstrap [Davison1997]_, which reflects resamples at what was found, takes that off. Absolute differences
grow otherwise: off their mean is taken what texts give that are dealt out anew between the two sets, and what
is left is their excess over chance. For texts of one source 0 lies within both intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RESAMPLES = 1_000
"""Resamples of texts for an interval, and deals for what chance gives."""

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
        Ends of the 95 % interval of that, by the basic bootstrap over texts. An end below 0 says that chance
        would do.
    by_chance : float
        The mean of `found` where texts are dealt out anew between the two sets.
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
    first: csr_array | ArrayLike, second: csr_array | ArrayLike, *, seed: int = 1, resamples: int = RESAMPLES
) -> LinguisticDistance:
    """Measure how far apart two sets of texts are in the words they use.

    Parameters
    ----------
    first, second : float array or sparse array, shape (texts, words)
        Share of each word, or of each category of a lexicon, in each text; the same words in both.
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
        finite, no text of a set has any of the words, or there are too few resamples.

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
    resampled = _collect(measures, _resample(a, b, seed, resamples))
    dealt = _collect(measures, _deal(a, b, seed, resamples))
    return LinguisticDistance(
        _summarize(found[0], resampled[0], dealt[0], by_deals=False),
        _summarize(found[1], resampled[1], dealt[1], by_deals=True),
    )


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


def _resample(a: csr_array, b: csr_array, seed: int, resamples: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield mean shares of resampled sets, each of shape (some resamples, words)."""
    draws = [stream(seed, "resampled texts", number) for number in range(2)]
    for some in _parts(resamples, a.shape[1]):
        means = []
        for shares, draw in zip((a, b), draws, strict=True):
            n = shares.shape[0]
            weights = draw.multinomial(n, np.full(n, 1.0 / n), some) / n
            means.append(np.asarray((shares.T @ weights.T).T))
        yield means[0], means[1]


def _deal(a: csr_array, b: csr_array, seed: int, resamples: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield mean shares of sets to which all texts are dealt out anew."""
    from scipy.sparse import vstack

    draw, n_first, n_second = stream(seed, "texts dealt out anew"), a.shape[0], b.shape[0]
    both = vstack([a, b]).tocsr()
    total = np.asarray(both.sum(axis=0)).ravel()
    for some in _parts(resamples, a.shape[1]):
        order = draw.random((some, n_first + n_second)).argsort(axis=1)
        sums = np.asarray((both.T @ (order < n_first).T.astype(np.float64)).T)
        yield sums / n_first, np.maximum(total - sums, 0.0) / n_second


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
