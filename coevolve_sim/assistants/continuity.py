"""Continuity pressure: an assistant that goes on with people's text, not only from what it holds itself.

What it answers is mixed of three parts: what it would say without (its target), where this human stood of
late as the assistant perceived it, and its own last answer to this human. These are functions of arrays; an
assistant's memory of people is named arrays with a row for each human, ``nan`` where nothing was told yet.
A dimension that a round was not about keeps what it had.

References
----------
[Yin2023]_
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.assistants.policies import Memory


def empty_memory(n_humans: int, n_dimensions: int, window: int, *, answers: bool) -> Memory:
    """Return the memory of an assistant whom nobody has told anything.

    Parameters
    ----------
    n_humans, n_dimensions : int
    window : int
        How many stances of a human are remembered, at least 1.
    answers : bool
        Whether the last answer to each human is remembered, too.

    Returns
    -------
    Memory
        ``told``, float64, shape (humans, window, dimensions), the latest stance last; with ``answers``
        also ``said``, shape (humans, dimensions). All nan.

    Examples
    --------
    >>> {name: array.shape for name, array in empty_memory(5, 2, 3, answers=True).items()}
    {'told': (5, 3, 2), 'said': (5, 2)}
    """
    memory = {"told": np.full((n_humans, window, n_dimensions), np.nan)}
    return memory | ({"said": np.full((n_humans, n_dimensions), np.nan)} if answers else {})


def remember_told(memory: Memory, humans: NDArray[np.intp], told: Floats) -> Memory:
    """Return the memory with what humans told last; the oldest stance is forgotten.

    Parameters
    ----------
    memory : Memory
        Its arrays are not changed.
    humans : int array, shape (consultations,)
        Who told something, each once, ascending.
    told : float array, shape (consultations, dimensions)
        In [0, 1]; nan where nothing was perceived, which forgets nothing.

    Returns
    -------
    Memory

    Examples
    --------
    >>> first = empty_memory(1, 2, 2, answers=False)
    >>> once = remember_told(first, np.array([0]), np.array([[0.25, np.nan]]))
    >>> remember_told(once, np.array([0]), np.array([[0.75, 0.5]]))["told"].tolist()
    [[[0.25, nan], [0.75, 0.5]]]
    """
    told_before = memory["told"]
    own = told_before[humans]
    later = np.empty_like(own)
    later[:, :-1], later[:, -1] = own[:, 1:], told
    if not np.isfinite(told.sum()):  # one sum tells whether anything is nan, at a fraction of looking at each
        later = np.where(np.isfinite(told)[:, None], later, own)
    if humans.size == len(told_before):  # everybody, in order
        return {**memory, "told": later}
    kept = told_before.copy()
    kept[humans] = later
    return {**memory, "told": kept}


def remember_said(
    memory: Memory, humans: NDArray[np.intp], said: Floats, topics: Indices | None = None
) -> Memory:
    """Return the memory with the last answer to each of some humans, on a round's topics; all if None.

    Examples
    --------
    >>> memory = empty_memory(2, 1, 1, answers=True)
    >>> remember_said(memory, np.array([1]), np.array([[0.5]]))["said"].tolist()
    [[nan], [0.5]]
    """
    kept = memory["said"].copy()
    if topics is None:
        kept[humans] = said
    else:
        kept[np.ix_(humans, topics)] = said[:, topics]
    return {**memory, "said": kept}


def mean_told(memory: Memory, humans: NDArray[np.intp]) -> Floats:
    """Return the mean of the stances that are remembered of each human; nan where there is none.

    Examples
    --------
    >>> memory = remember_told(empty_memory(2, 1, 3, answers=False), np.array([1]), np.array([[0.5]]))
    >>> mean_told(memory, np.array([0, 1])).tolist()
    [[nan], [0.5]]
    """
    told = memory["told"]
    own = told if humans.size == len(told) else told[humans]
    # Added up in one order, whatever others have told: a human's mean is the same to the last bit.
    total: Floats = own[:, 0].astype(np.float64)
    for place in range(1, own.shape[1]):
        total += own[:, place]
    if np.isfinite(total.sum()):
        total /= own.shape[1]
        return total
    total, count = np.zeros_like(total), np.zeros_like(total)
    for place in range(own.shape[1]):
        known = np.isfinite(own[:, place])
        total += np.where(known, own[:, place], 0.0)
        count += known
    mean: Floats = np.where(count > 0.0, total / np.maximum(count, 1.0), np.nan)
    return mean


def continue_from(
    target: Floats, own: Floats, last: Floats | None, share: float, self_share: float
) -> Floats:
    """Return what an assistant answers: ``(1 - c - s) target + c own + s last``.

    Where a human has told nothing yet, or was not answered yet, that part is the target's.

    Parameters
    ----------
    target : float array, shape (consultations, dimensions)
        What it would say without, in [0, 1].
    own : float array, shape (consultations, dimensions)
        Mean stance of each human of late, as perceived; nan where none is known.
    last : float array, shape (consultations, dimensions), or None
        Its last answer to each; nan where there was none, None where it does not count.
    share, self_share : float
        c and s, each in [0, 1], their sum at most 1. With both 0 the target is returned as it is.

    Returns
    -------
    float64 array, shape (consultations, dimensions)
        In [0, 1].

    References
    ----------
    [Yin2023]_

    Examples
    --------
    >>> continue_from(np.array([[0.5]]), np.array([[0.8]]), None, 0.3, 0.0).round(12).tolist()
    [[0.59]]
    >>> continue_from(np.array([[0.5]]), np.array([[np.nan]]), None, 0.3, 0.0).tolist()
    [[0.5]]
    """
    answer = target
    for part, weight in ((own, share), (last, self_share)):
        if part is not None and weight > 0.0:
            answer = answer + weight * (np.where(np.isfinite(part), part, target) - target)
    return answer if answer is target else np.clip(answer, 0.0, 1.0)
