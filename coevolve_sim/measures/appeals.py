"""What texts appeal to: how many values, rights and duties, which way, and what grew and shrank.

The relevance of a candidate to a text is a share in [0, 1], 0 where the text does not appeal to it. The
breadth of some texts is the exponential of the entropy of the shares that candidates have of all relevance
[Jost2006]_: k candidates of equal share give k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.measure import Measure

OF_APPEALS = ("appeal_breadth", "appeal_breadth_assistants")
"""Measures of what messages appeal to, which a run takes if its scenario has ``measures.appeals``."""


def checked_relevance(relevance: ArrayLike) -> Floats:
    """Return relevance as a float64 array (texts, candidates); shape (candidates,) counts as one text.

    Raises
    ------
    MeasureError
        If it is no such array, or an entry is nan or outside [0, 1] (names the first).

    Examples
    --------
    >>> checked_relevance([0.5, 1.0]).shape
    (1, 2)
    """
    found = np.atleast_2d(np.asarray(relevance, dtype=np.float64))
    if found.ndim != 2 or not found.shape[1]:
        raise MeasureError(f"relevance is an array (texts, candidates); shape {found.shape} given")
    if not ((found >= 0.0) & (found <= 1.0)).all():
        text, candidate = np.argwhere(~((found >= 0.0) & (found <= 1.0)))[0]
        raise MeasureError(
            f"relevance must lie in [0, 1]; text {text} has {found[text, candidate]} for candidate "
            f"{candidate}. Give 0 where a text does not appeal to it, and leave out what was not answered"
        )
    return found


def appeal_breadth(relevance: ArrayLike) -> float:
    """Return to how many candidates, as if in equal shares, some texts appeal.

    Parameters
    ----------
    relevance : float array, shape (texts, candidates) or (candidates,)
        In [0, 1].

    Returns
    -------
    float
        In [1, candidates]; nan where nothing is appealed to.

    Raises
    ------
    MeasureError
        If an entry is nan or outside [0, 1].

    References
    ----------
    [Jost2006]_

    Examples
    --------
    >>> appeal_breadth([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    3.0
    """
    return float(breadth_of_sums(checked_relevance(relevance).sum(axis=0)))


def breadth_of_sums(sums: Floats) -> Floats:
    """Return the breadth of summed relevance, over the last axis; nan where all of it is 0.

    Examples
    --------
    >>> breadth_of_sums(np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 0.0]])).tolist()
    [2.0, 1.0, nan]
    """
    total = sums.sum(axis=-1, keepdims=True)
    shares = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    found = np.exp(-(shares * logs).sum(axis=-1))
    # k equal shares give k itself, not k less the rounding of k logarithms
    whole = np.round(found)
    found = np.where(np.abs(found - whole) < 1e-12 * np.maximum(whole, 1.0), whole, found)
    return np.where(total[..., 0] > 0, found, np.nan)


def text_valence(relevance: ArrayLike, valence: ArrayLike) -> Floats:
    """Return which way each text speaks of what it appeals to: its candidates' valence, by relevance.

    Parameters
    ----------
    relevance : float array, shape (texts, candidates)
        In [0, 1].
    valence : float array, shape (texts, candidates, 3)
        Shares of supports, opposes and either; whatever where relevance is 0.

    Returns
    -------
    float array, shape (texts,)
        In [-1, 1]: 1 where all is supported; nan of a text that appeals to nothing.

    Raises
    ------
    MeasureError
        If shapes do not fit, or shares of what is relevant are not three that sum to 1.

    References
    ----------
    [Sorensen2024]_

    Examples
    --------
    >>> text_valence([[1.0, 0.5]], [[[1, 0, 0], [0, 1, 0]]]).tolist()
    [0.3333333333333333]
    """
    weights, net = _net_support(relevance, valence)
    total = weights.sum(axis=1)
    found: Floats = np.full(len(total), np.nan)
    np.divide(net.sum(axis=1), total, out=found, where=total > 0)
    return found


def text_vectors(relevance: ArrayLike, valence: ArrayLike, places: ArrayLike, n_places: int) -> Floats:
    """Return what each text supports less what it opposes, summed over the candidates of each dimension.

    Parameters
    ----------
    relevance, valence
        As for `text_valence`.
    places : int array, shape (candidates,)
        The dimension that each candidate belongs to, below 0 for none.
    n_places : int
        Number of dimensions.

    Returns
    -------
    float array, shape (texts, n_places)

    Raises
    ------
    MeasureError
        As `text_valence`, or if a candidate belongs to a dimension that there is not.

    References
    ----------
    [Sorensen2024]_

    Examples
    --------
    >>> text_vectors([[1.0, 0.5]], [[[1, 0, 0], [0, 1, 0]]], [0, 0], 2).tolist()
    [[0.5, 0.0]]
    """
    weights, net = _net_support(relevance, valence)
    to = np.asarray(places, dtype=np.int64)
    if to.shape != (weights.shape[1],) or to.max(initial=-1) >= n_places:
        raise MeasureError(
            f"each of {weights.shape[1]} candidates belongs to one of {n_places} dimensions, or to none (-1)"
        )
    belongs = to[:, None] == np.arange(n_places)
    found: Floats = net @ belongs
    return found


def _net_support(relevance: ArrayLike, valence: ArrayLike) -> tuple[Floats, Floats]:
    """Return relevance, and relevance times support less opposition; both of shape (texts, candidates)."""
    weights = checked_relevance(relevance)
    shares = np.asarray(valence, dtype=np.float64)
    if shares.shape != (*weights.shape, 3):
        raise MeasureError(
            f"valence has three shares for each text and candidate, shape {(*weights.shape, 3)}; "
            f"{shares.shape} given"
        )
    told = shares[weights > 0]
    if not ((told >= 0).all() and np.allclose(told.sum(axis=-1), 1.0, atol=1e-6)):
        raise MeasureError("shares of supports, opposes and either are at least 0 and sum to 1")
    relevant = weights > 0
    difference = np.where(relevant, shares[..., 0] - shares[..., 1], 0.0)
    return weights, weights * difference


APPEAL_BREADTH = Measure(
    "appeal_breadth",
    "To how many values, rights and duties what people said to each other in the round appeals, as if in "
    "equal shares; nan in a round without any. Questions to assistants do not count.",
    "people give many different reasons; what it loses against the same people without the assistant is "
    "lock-in of what is appealed to",
    "[1, candidates]",
    "Sorensen2024",
    "O(characters of messages)",
    False,
    lambda a: None if a.appeals is None else float(breadth_of_sums(a.appeals[0])),
    "Grows with N: of few messages each adds what no other names.",
)
APPEAL_BREADTH_ASSISTANTS = Measure(
    "appeal_breadth_assistants",
    "To how many values, rights and duties what assistants said in the round appeals, as if in equal shares.",
    "assistants give many different reasons",
    "[1, candidates]",
    "Sorensen2024",
    "O(characters of messages)",
    False,
    lambda a: None if a.appeals is None else float(breadth_of_sums(a.appeals[1])),
    "Grows with N: of few messages each adds what no other names.",
)
