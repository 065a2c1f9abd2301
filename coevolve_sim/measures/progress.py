"""Follow, predict, coevolve: how assistant, people and history move together over eras.

The measures are ProgressGym's [Qiu2024]_, each with a *centred* form: plain cosines of profiles in [0, 1] are
compressed towards 1 (two random profiles average 0.84), so the value-free vector can be subtracted first.

A cosine compares directions and is blind to how far a profile goes: an assistant that stands still at .51 in
every dimension scores 1 while people go from .6 to .9. Read it beside `progress_error` and the share of
history's way (`coevolve_sim.measures.history_way`). Three things follow for the means of cosines below:

- in one dimension there are but two directions: they are nan there;
- an era in which a profile has no direction (its length is 0, or it lies within `LEAST_OFFSET` of the centre
  that is subtracted) has no cosine and is left out; `count_directed_eras` says how many are not;
- where fewer than half of the pairs of eras have a cosine, the mean is nan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.checking import Measured, checked_pair

Centre = float | ArrayLike | None

LEAST_OFFSET, NEAR_CENTRE = 1e-9, 0.005
"""Distances from the centre (root mean square over dimensions): from the first on a profile has a direction,
below the second small changes turn it anywhere."""


def cosine(u: ArrayLike, v: ArrayLike, centre: Centre = None) -> Measured:
    """Cosine of the angle between vectors; 1 when they point the same way.

    Cost: O(entries).

    Parameters
    ----------
    u, v : float arrays, shape (..., dimensions)
        Vectors, broadcast against each other.
    centre : float or array of shape (dimensions,), optional
        Subtracted from both first; None leaves them as they are.

    Returns
    -------
    float or float array, shape (...)
        In [-1, 1]; nan where a vector has length 0 (after centring).

    Raises
    ------
    MeasureError
        If the shapes do not fit each other.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> round(cosine([1.0, 0.0], [1.0, 1.0]), 4)
    0.7071
    >>> round(cosine([1.0, 0.0], [0.0, 1.0], centre=0.5), 4)
    -1.0
    """
    a, b = _centred(u, centre), _centred(v, centre)
    try:
        product = np.sum(a * b, axis=-1)
    except ValueError:
        raise MeasureError(
            f"cosine needs vectors of equal length; shapes {a.shape} and {b.shape} given"
        ) from None
    lengths = np.sqrt(np.sum(a * a, axis=-1)) * np.sqrt(np.sum(b * b, axis=-1))
    quotient = np.full(np.shape(product), np.nan)
    np.divide(product, lengths, out=quotient, where=lengths > 0)
    clipped: Floats = np.clip(quotient, -1.0, 1.0)
    return float(clipped) if clipped.ndim == 0 else clipped


def follow(assistant: ArrayLike, actual: ArrayLike, centre: Centre = None) -> float:
    """How well the assistant follows people: mean over eras 1.. of cos(assistant, actual) in the same era.

    Cost: O(T D).

    Parameters
    ----------
    assistant, actual : float arrays, shape (eras, dimensions)
        What the assistant holds, and what it should follow: people, or the history. Era 0 is the
        start and is not scored.
    centre : float or array of shape (dimensions,), optional
        The value-free vector; None for plain cosines.

    Returns
    -------
    float
        In [-1, 1]; nan in one dimension, or if fewer than half of the pairs of eras are defined.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than 2 eras.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> follow([[0, 1], [1, 0], [0, 1]], [[1, 0], [1, 0], [1, 0]])
    0.5
    """
    return predict(assistant, actual, 0, centre)


def predict(assistant: ArrayLike, actual: ArrayLike, horizon: int, centre: Centre = None) -> float:
    """How well the assistant predicts: mean over eras 1.. of cos(assistant, actual `horizon` eras later).

    Cost: O(T D).

    Parameters
    ----------
    assistant, actual : float arrays, shape (eras, dimensions)
        As in `follow`.
    horizon : int
        Eras ahead, at least 0; 0 is `follow`.
    centre : float or array of shape (dimensions,), optional
        The value-free vector; None for plain cosines.

    Returns
    -------
    float
        In [-1, 1]; nan in one dimension, or if fewer than half of the pairs of eras are defined.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than horizon + 2 eras.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> predict([[1, 0], [0, 1], [1, 0]], [[1, 0], [1, 0], [0, 1]], horizon=1)
    1.0
    """
    ours, theirs = checked_pair(("assistant", assistant), ("actual", actual))
    n_eras = _checked_eras(len(theirs), horizon)
    return _mean_of_defined(_directions(ours[1 : n_eras - horizon], theirs[1 + horizon :], centre))


def coevolve(humans: ArrayLike, actual: ArrayLike, centre: Centre = None) -> float:
    """How well people move along the reference history, as ProgressGym scores it.

    The mean, over eras k of people and eras i of history, of max_{j >= i} cos(people_k, history_j).
    It rewards haste: people who are at history's last era from the start score 1. Read it together with
    `coevolve_aligned`. Cost: O(T^2 D).

    Parameters
    ----------
    humans, actual : float arrays, shape (eras, dimensions)
        People's mean values, and the history.
    centre : float or array of shape (dimensions,), optional
        The value-free vector; None for plain cosines.

    Returns
    -------
    float
        In [-1, 1]; nan in one dimension, or if fewer than half of the pairs of eras are defined.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there is no era.

    References
    ----------
    [Qiu2024]_

    Examples
    --------
    >>> history = [[1, 0], [0.5**0.5, 0.5**0.5], [0, 1]]
    >>> round(coevolve(history, history), 10)
    0.8238015069
    """
    return _mean_of_defined(_best_from_each_era(humans, actual, centre))


def coevolve_aligned(humans: ArrayLike, actual: ArrayLike, centre: Centre = None) -> float:
    """How well people match history at its present or future: mean over eras k of max_{j >= k} cos.

    Unlike `coevolve`, it compares people of era k only with eras k and later. Cost: O(T^2 D).

    Parameters
    ----------
    humans, actual : float arrays, shape (eras, dimensions)
        People's mean values, and the history.
    centre : float or array of shape (dimensions,), optional
        The value-free vector; None for plain cosines.

    Returns
    -------
    float
        In [-1, 1]; 1 when people follow the history exactly; nan in one dimension, or if fewer than half of
        the eras are defined.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there is no era.

    References
    ----------
    [Qiu2024]_, equation for Coevolve, with i = k.

    Examples
    --------
    >>> history = [[1, 0], [0.5**0.5, 0.5**0.5], [0, 1]]
    >>> round(coevolve_aligned(history, history), 10)
    1.0
    """
    return _mean_of_defined(np.diagonal(_best_from_each_era(humans, actual, centre)))


def progress_error(assistant: ArrayLike, actual: ArrayLike, horizon: int = 0) -> float:
    """Root mean square error of the assistant's values, over eras 1.. and dimensions, `horizon` eras ahead.

    It sees how far a profile goes, but not whether it is behind, beside or ahead. Cost: O(T D).

    Parameters
    ----------
    assistant, actual : float arrays, shape (eras, dimensions)
        As in `follow`; for coevolve, people and their history.
    horizon : int, optional
        Eras ahead, at least 0.

    Returns
    -------
    float
        In [0, 1] for values in [0, 1]; 0 is a perfect match.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than horizon + 2 eras.

    References
    ----------
    [Qiu2024]_, for what is compared with what.

    Examples
    --------
    >>> progress_error([[0.5], [0.5], [0.5]], [[0.5], [0.6], [0.6]])
    0.09999999999999998
    """
    ours, theirs = checked_pair(("assistant", assistant), ("actual", actual))
    n_eras = _checked_eras(len(theirs), horizon)
    difference = ours[1 : n_eras - horizon] - theirs[1 + horizon :]
    return float(np.sqrt(np.mean(difference**2)))


def count_directed_eras(
    ours: ArrayLike, actual: ArrayLike, horizon: int = 0, centre: Centre = None, least: float = LEAST_OFFSET
) -> tuple[int, int]:
    """Return the number of pairs of eras 1.. in which both profiles have a direction, and the number of all.

    Parameters
    ----------
    ours, actual, horizon, centre
        As in `predict`.
    least : float, optional
        How far from the centre both must lie to count; `NEAR_CENTRE` leaves out what is mostly noise.

    Returns
    -------
    tuple of int
        Pairs that a mean of cosines runs over, and all pairs; the first is 0 in one dimension.

    Raises
    ------
    MeasureError
        If shapes differ, an entry is not finite, or there are fewer than horizon + 2 eras.

    Examples
    --------
    >>> count_directed_eras([[0.2, 0.1], [0.5, 0.5], [0.9, 0.7]], [[0.2, 0.1]] * 3, centre=0.5)
    (1, 2)
    """
    one, other = checked_pair(("assistant", ours), ("actual", actual))
    n_eras = _checked_eras(len(other), horizon)
    directed = _directions(one[1 : n_eras - horizon], other[1 + horizon :], centre, least)
    return int((~np.isnan(directed)).sum()), int(directed.size)


def _checked_eras(n_eras: int, horizon: int) -> int:
    """Return the number of eras if it allows a horizon."""
    if horizon < 0 or n_eras < horizon + 2:
        raise MeasureError(
            f"a horizon of {horizon} eras must be at least 0 and needs at least {max(horizon, 0) + 2} eras; "
            f"{n_eras} given"
        )
    return n_eras


def _directions(ours: Floats, theirs: Floats, centre: Centre, least: float = LEAST_OFFSET) -> Floats:
    """Return the cosine of each pair of profiles; nan in one dimension, and without a direction."""
    cosines = np.array(cosine(ours, theirs, centre), ndmin=1)
    if ours.shape[-1] < 2:
        return np.full_like(cosines, np.nan)
    if centre is not None:
        offsets = [np.sqrt(np.mean(_centred(one, centre) ** 2, axis=-1)) for one in (ours, theirs)]
        cosines[np.minimum(*offsets) < least] = np.nan
    return cosines


def _centred(vectors: ArrayLike, centre: Centre) -> Floats:
    array = np.asarray(vectors, dtype=np.float64)
    if centre is None:
        return array
    middle = np.asarray(centre, dtype=np.float64)
    if middle.ndim and (array.ndim == 0 or middle.shape != array.shape[-1:]):
        raise MeasureError(
            f"centre must be a number or one number for each dimension, shape {array.shape[-1:]}; "
            f"shape {middle.shape} given"
        )
    return array - middle


def _best_from_each_era(humans: ArrayLike, actual: ArrayLike, centre: Centre) -> Floats:
    """Return, at [k, i], the best cosine of people in era k with history from era i on; nan if undefined."""
    people, history = checked_pair(("humans", humans), ("actual", actual))
    each = _directions(people[:, None, :], history[None, :, :], centre)
    best: Floats = np.fmax.accumulate(each[:, ::-1], axis=1)[:, ::-1]
    return best


def _mean_of_defined(cosines: Floats) -> float:
    """Return the mean of what is defined; nan where that is less than half."""
    defined = cosines[~np.isnan(cosines)]
    return float(defined.mean()) if 2 * defined.size >= cosines.size > 0 else float("nan")
