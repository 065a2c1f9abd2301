"""Intervals for what texts appeal to, and what grew and shrank between earlier and later ones.

They resample speakers: what one speaker says is no two observations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.appeals import breadth_of_sums, checked_relevance
from coevolve_sim.streams import stream

LEAST_SPEAKERS = 10
"""Fewest speakers for an interval: resamples of fewer show too little spread."""

RESAMPLES = 1_000
"""Resamples of speakers for an interval."""


class Interval(NamedTuple):
    """An estimate and the ends of its 95 % interval, nan where there is none."""

    value: float
    low: float
    high: float


def interval_of_breadth(
    relevance: ArrayLike, speakers: ArrayLike, *, seed: int = 1, resamples: int = RESAMPLES
) -> Interval:
    """Return the breadth of some texts with an interval over speakers.

    Resamples repeat some texts and miss others, so that their breadth is too small, by about as much as that
    of the texts themselves is for all that could be said. So the ends lie as far from the breadth, on the
    scale of entropy, as 97.5 % of the resamples reach below it: a little further than they need to.

    Parameters
    ----------
    relevance : float array, shape (texts, candidates)
        In [0, 1].
    speakers : int array, shape (texts,)
        Who is behind each text.
    seed : int
        Of the resamples.
    resamples : int
        At least 100.

    Returns
    -------
    Interval
        The breadth, and ends of its 95 % interval, within [1, candidates]; these are nan below
        `LEAST_SPEAKERS` speakers.

    Raises
    ------
    MeasureError
        As `appeal_breadth`, or if there is not one speaker a text.

    Examples
    --------
    >>> said = np.eye(4)[np.arange(40) % 4]
    >>> found = interval_of_breadth(said, np.arange(40))
    >>> found.value, bool(3 < found.low < 4 <= found.high)
    (4.0, True)
    """
    weights = checked_relevance(relevance)
    sums = _sum_by(weights, _places(speakers, len(weights)))
    value = breadth_of_sums(sums.sum(axis=0))
    again = breadth_of_sums(_draw_speakers(len(sums), seed, resamples) @ sums)
    if len(sums) < LEAST_SPEAKERS or not np.isfinite(value):
        return Interval(float(value), np.nan, np.nan)
    reach = max(np.log(value) - np.nanquantile(np.log(again), 0.025), 0.0)
    low, high = value * np.exp((-reach, reach))
    return Interval(float(value), max(float(low), 1.0), min(float(high), float(weights.shape[1])))


class AppealChanges(NamedTuple):
    """How much more texts of later rounds appeal to each candidate than earlier ones, on the same topics.

    Attributes
    ----------
    earlier, later : float array, shape (candidates,)
        Mean relevance of a text, the mean over topics of both; nan where no topic is of both.
    low, high : float array, shape (candidates,)
        Ends of intervals for the difference that hold for all candidates together, with 95 %; nan of
        candidates to which nobody appeals, and below `LEAST_SPEAKERS` speakers.
    breadth : Interval
        Later breadth less the earlier one.
    topics : int
        On how many topics both spoke.
    """

    earlier: Floats
    later: Floats
    low: Floats
    high: Floats
    breadth: Interval
    topics: int

    @property
    def change(self) -> Floats:
        """Later less earlier."""
        return self.later - self.earlier


def compare_appeals(
    relevance: ArrayLike,
    is_later: ArrayLike,
    topics: ArrayLike,
    speakers: ArrayLike,
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> AppealChanges:
    """Return what grew and shrank between earlier and later texts, topic by topic.

    Where rounds have topics, texts of different rounds differ by topic before anything else. So the mean
    relevance of a text is compared within topics of both, each of which counts the same.

    Parameters
    ----------
    relevance : float array, shape (texts, candidates)
        In [0, 1].
    is_later : bool array, shape (texts,)
        Whether each text is of the later rounds.
    topics, speakers : int array, shape (texts,)
        What each text is about, and who is behind it.
    seed, resamples : int
        As for `interval_of_breadth`.

    Returns
    -------
    AppealChanges

    Raises
    ------
    MeasureError
        As `interval_of_breadth`.

    Examples
    --------
    >>> found = compare_appeals(
    ...     [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [False, True, True], [0, 0, 1], [0, 1, 1]
    ... )
    >>> found.change.tolist(), found.topics  # topic 1 is of later rounds alone
    ([-1.0, 1.0], 1)
    """
    weights = checked_relevance(relevance)
    who, about = _places(speakers, len(weights)), _places(topics, len(weights))
    later = np.asarray(is_later, dtype=bool)
    n_topics = int(about.max(initial=-1)) + 1
    cell = 2 * about + later
    both = np.isin(np.arange(n_topics), about[later]) & np.isin(np.arange(n_topics), about[~later])
    kept = np.repeat(both, 2)
    # a column more holds 1 for each text, so that sums and numbers of texts are resampled together
    counted = np.column_stack([weights, np.ones(len(weights))])
    table = np.zeros((who.max(initial=-1) + 1, 2 * n_topics, counted.shape[1]))
    np.add.at(table, (who, cell), counted)
    table = table[:, kept]
    earlier, later_means = _means_by_topic(table.sum(axis=0)[None])
    point = breadth_of_sums(later_means[0]) - breadth_of_sums(earlier[0])
    drawn = _draw_speakers(len(table), seed, resamples)
    again = np.tensordot(drawn, table, axes=1)
    early_again, late_again = _means_by_topic(again)
    change = later_means[0] - earlier[0]
    low, high = _joint_interval(change, late_again - early_again, len(table))
    moved = breadth_of_sums(late_again) - breadth_of_sums(early_again)
    breadth = _widest_interval(float(point), moved, len(table))
    return AppealChanges(earlier[0], later_means[0], low, high, breadth, int(both.sum()))


def _places(labels: ArrayLike, n_texts: int) -> NDArray[np.int64]:
    """Return labels of texts as numbers from 0, without gaps."""
    given = np.asarray(labels)
    if given.shape != (n_texts,):
        raise MeasureError(f"{n_texts} texts have as many speakers and topics; shape {given.shape} given")
    found: NDArray[np.int64] = np.unique(given, return_inverse=True)[1].reshape(n_texts)
    return found


def _sum_by(weights: Floats, who: NDArray[np.int64]) -> Floats:
    sums = np.zeros((who.max(initial=-1) + 1, weights.shape[1]))
    np.add.at(sums, who, weights)
    return sums


def _draw_speakers(n_speakers: int, seed: int, resamples: int) -> Floats:
    """Return how often each speaker is in each resample, shape (resamples, speakers)."""
    if resamples < 100:
        raise MeasureError(f"an interval needs at least 100 resamples; {resamples} given")
    if not n_speakers:
        return np.zeros((resamples, 0))
    draw = stream(seed, "resampled speakers")
    return draw.multinomial(n_speakers, np.full(n_speakers, 1 / n_speakers), resamples).astype(np.float64)


def _means_by_topic(sums: Floats) -> tuple[Floats, Floats]:
    """Return mean relevance in earlier and later texts, over topics of both.

    Sums are of shape (resamples, topics * 2, candidates + 1), earlier and later in turn; the last column
    counts texts. A topic that a resample has not both of is left out of it.
    """
    cells = sums.reshape(len(sums), sums.shape[1] // 2, 2, sums.shape[-1])
    n_texts = cells[..., -1:]
    means = np.divide(cells[..., :-1], n_texts, out=np.zeros_like(cells[..., :-1]), where=n_texts > 0)
    there = np.all(n_texts > 0, axis=2)
    n_topics = there.sum(axis=1)
    total = (means * there[:, :, None]).sum(axis=1)
    counts = n_topics[:, :, None]
    found = np.divide(total, counts, out=np.full_like(total, np.nan), where=counts > 0)
    return found[:, 0], found[:, 1]


def _joint_interval(change: Floats, again: Floats, n_speakers: int) -> tuple[Floats, Floats]:
    """Return intervals that hold for all candidates together, by the largest studentized deviation."""
    none = np.full(change.shape, np.nan)
    again = again[np.isfinite(again).all(axis=1)]
    if n_speakers < LEAST_SPEAKERS or len(again) < 2 or not np.isfinite(change).all():
        return none, none.copy()
    error = again.std(axis=0, ddof=1)
    told = np.flatnonzero(error > 1e-12)
    if not told.size:
        return none, none.copy()
    furthest = np.quantile(np.max(np.abs(again[:, told] - change[told]) / error[told], axis=1), 0.975)
    half = none.copy()
    half[told] = furthest * error[told]
    return change - half, change + half


def _widest_interval(value: float, again: Floats, n_speakers: int) -> Interval:
    """Return an interval as wide to both sides as 97.5 % of resamples lie from the value, bias included."""
    again = again[np.isfinite(again)]
    if n_speakers < LEAST_SPEAKERS or len(again) < 2 or not np.isfinite(value):
        return Interval(value, np.nan, np.nan)
    half = float(np.quantile(np.abs(again - value), 0.975))
    return Interval(value, value - half, value + half)
