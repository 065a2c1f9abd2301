"""Rules without words as fitted to people's moves: each rung of the ladder, by least squares.

`coevolve_sim.studies.instruments.surrogates` says what the rungs are, and compares them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError

Topics = NDArray[np.bool_]
"""Which dimensions, or runs, count."""


@dataclass(frozen=True, eq=False)
class SurrogateNetwork:
    """Who hears whom, as compressed rows, and who everybody is.

    Attributes
    ----------
    indptr : int array, shape (humans + 1,)
    indices : int array, shape (ties,)
        Human i hears ``indices[indptr[i]:indptr[i + 1]]``.
    cells : int array, shape (humans,)
        Number of each human's pair of group and voice, from 0.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    cells: NDArray[np.int64]

    @property
    def n_humans(self) -> int:
        """Number of humans."""
        return int(self.indptr.size - 1)

    @property
    def listeners(self) -> NDArray[np.int64]:
        """The listener of each tie, shape (ties,)."""
        return np.repeat(np.arange(self.n_humans), np.diff(self.indptr))


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A fitted rule without words.

    Attributes
    ----------
    rung : str
    own, population, neighbours, anchor : float
        Weights of x, of the population's mean, of the neighbours' mean, and of x(0).
    confidence : float
        The distance within which neighbours are heard; infinite for all.
    with_self : bool
        Whether one counts among one's neighbours.
    bias : float64 array, shape (humans, dimensions)
        What is added: by dimension, by group and voice, or each human's own.
    """

    rung: str
    own: float
    population: float
    neighbours: float
    anchor: float
    confidence: float
    with_self: bool
    bias: Floats

    def predict(self, values: Floats, first: Floats, network: SurrogateNetwork, topics: Topics) -> Floats:
        """Return the next values of everybody, shape (humans, dimensions), cut to [0, 1].

        ``topics`` says of each dimension whether it can move, bool, shape (dimensions,).
        """
        if self.rung == "M0":
            return values
        moved = self.own * values + self.bias
        if self.population:
            moved = moved + self.population * values.mean(axis=0)
        if self.neighbours:
            heard = hear_on(values, network, topics, self.confidence, self.with_self)
            moved = moved + self.neighbours * heard
        if self.anchor:
            moved = moved + self.anchor * first
        return np.where(topics, np.clip(moved, 0.0, 1.0), values)


def check_network(
    indptr: ArrayLike, indices: ArrayLike, groups: ArrayLike | None, voices: ArrayLike | None, n_humans: int
) -> SurrogateNetwork:
    """Return who hears whom and who everybody is, checked.

    Raises
    ------
    StudyError
        If the rows do not fit the humans, or groups or voices are not one for each.
    """
    pointers, speakers = np.asarray(indptr), np.asarray(indices)
    speakers = speakers.astype(np.int64) if speakers.size == 0 else speakers
    if (
        pointers.dtype.kind not in "iu"
        or pointers.shape != (n_humans + 1,)
        or speakers.dtype.kind not in "iu"
    ):
        raise StudyError(
            f"indptr and indices are whole numbers, and indptr has {n_humans + 1} entries for {n_humans} "
            f"humans; {pointers.dtype} of shape {pointers.shape} given"
        )
    if (np.diff(pointers) < 0).any() or pointers[0] != 0 or pointers[-1] != speakers.size:
        raise StudyError(f"indptr must ascend from 0 to the number of ties, {speakers.size}")
    if speakers.size and not 0 <= speakers.min() <= speakers.max() < n_humans:
        raise StudyError(f"indices must be humans from 0 to {n_humans - 1}")
    labels = [np.zeros(n_humans, np.int64)]
    for name, given in (("groups", groups), ("voices", voices)):
        if given is not None:
            if np.shape(given) != (n_humans,):
                raise StudyError(
                    f"{name} must have one entry for each of {n_humans} humans; {np.shape(given)} given"
                )
            labels.append(np.unique(np.asarray(given), return_inverse=True)[1])
    cells = np.unique(np.stack(labels), axis=1, return_inverse=True)[1]
    return SurrogateNetwork(
        pointers.astype(np.int64), speakers.astype(np.int64), cells.reshape(-1).astype(np.int64)
    )


def mean_of_neighbours(
    values: Floats, network: SurrogateNetwork, confidence: float = math.inf, *, with_self: bool = False
) -> Floats:
    """Return the mean of the neighbours within confidence, one's own value where there are none.

    Parameters
    ----------
    values : float64 array, shape (humans, dimensions)
    network : SurrogateNetwork
    confidence : float
        Euclidean distance over the root of the number of dimensions.
    with_self : bool
        Whether one's own value counts in the mean.

    Returns
    -------
    float64 array, shape (humans, dimensions)

    Examples
    --------
    >>> pair = check_network([0, 1, 2], [1, 0], None, None, 2)
    >>> mean_of_neighbours(np.array([[0.0], [1.0]]), pair, with_self=True).tolist()
    [[0.5], [0.5]]
    """
    listeners = network.listeners
    gaps = values[network.indices] - values[listeners]
    if math.isfinite(confidence):
        near = (gaps**2).mean(axis=1) <= confidence**2
        listeners, gaps = listeners[near], gaps[near]
    n, n_dimensions = values.shape
    total = np.bincount(listeners, minlength=n) + float(with_self)
    pull = np.stack(
        [np.bincount(listeners, weights=gaps[:, d], minlength=n) for d in range(n_dimensions)], axis=1
    )
    heard: Floats = values + pull / np.maximum(total, 1.0)[:, None]
    return heard


def fit_parts(
    paths: Floats,
    about: Topics,
    networks: Sequence[SurrogateNetwork],
    parts: list[Topics],
    confidences: Sequence[float],
) -> list[tuple[Surrogate, ...]]:
    """Fit every rung to each part of the runs, by least squares; neighbours are heard once for all parts.

    Parameters
    ----------
    paths : float64 array, shape (runs, rounds + 1, humans, dimensions)
    about : bool array, shape (runs, rounds, dimensions)
        The dimensions that each round was about.
    networks : sequence of SurrogateNetwork
        One for each run, all with the same cells.
    parts : list of bool array, shape (runs,)
        The runs of each part.
    confidences : list of float
        Among which the confidence of M3 and above is chosen.

    Returns
    -------
    list of tuple of Surrogate
        For each part, M0 to M5.

    Examples
    --------
    >>> first = np.array([[0.8], [0.4]])
    >>> paths = np.array([[scale * first * 0.5**t for t in range(4)] for scale in (1.0, 0.7)])
    >>> alone, every = check_network([0, 0, 0], [], None, None, 2), np.ones((2, 3, 1), dtype=bool)
    >>> (rungs,) = fit_parts(paths, every, [alone] * 2, [np.ones(2, dtype=bool)], [1.0])
    >>> [model.rung for model in rungs], round(rungs[1].own, 9)
    (['M0', 'M1', 'M2', 'M3', 'M4', 'M5'], 0.5)
    """
    fits = [
        _Fit(paths[part], about[part], [networks[run] for run in np.flatnonzero(part).tolist()])
        for part in parts
    ]
    lower = [_fit_lower_rungs(fit) for fit in fits]
    best: list[dict[str, tuple[float, Surrogate]]] = [{} for _ in parts]
    for confidence in confidences:
        for with_self in (False, True):
            heard = _hear(paths[:, :-1], about, networks, confidence, with_self)
            for found, fit, part in zip(best, fits, parts, strict=True):
                for error, model in _fit_near(fit, heard[part], confidence, with_self):
                    _keep_better(found, error, model)
    return [
        (*rungs, found["M3"][1], found["M4"][1], _fit_identity(found["M4"][1], fit))
        for rungs, found, fit in zip(lower, best, fits, strict=True)
    ]


class _Fit:
    """Least squares on transitions of some runs: one regression, with a bias for each cell and dimension.

    Attributes
    ----------
    about : bool array, shape (runs, rounds, dimensions)
    networks : list of SurrogateNetwork
        Of the runs, in order.
    now, after, population, first : float64 arrays, shape (runs, rounds, humans, dimensions)
        Values before and after, the population's mean, and first values.
    """

    def __init__(self, paths: Floats, about: Topics, networks: list[SurrogateNetwork]) -> None:
        self.about, self.networks = about, networks
        self.now, self.after = paths[:, :-1], paths[:, 1:]
        self.population = np.broadcast_to(self.now.mean(axis=2, keepdims=True), self.now.shape)
        self.first = np.broadcast_to(paths[:, :1], self.now.shape)
        self._counted = np.broadcast_to(about[:, :, None, :], self.now.shape)
        self._times = np.maximum(about.sum(axis=(0, 1)), 1)

    def fit(self, terms: list[Floats], cells: NDArray[np.int64]) -> tuple[list[float], Floats, float]:
        """Return the weights of terms, the bias of each human by its cell, and the mean squared error.

        Biases of cells and dimensions are taken out first, so that the regression is on the terms alone.
        """
        means = [self._mean_of_cells(term, cells) for term in terms]
        goal = self._mean_of_cells(self.after, cells)
        columns = [(term - mean[cells])[self._counted] for term, mean in zip(terms, means, strict=True)]
        design, moved = np.stack(columns, axis=1), (self.after - goal[cells])[self._counted]
        weights = np.linalg.lstsq(design, moved, rcond=1e-10)[0]
        error = float(((moved - design @ weights) ** 2).mean())
        bias: Floats = goal - np.tensordot(weights, np.array(means), axes=1)
        return [float(weight) for weight in weights], bias[cells], error

    @property
    def cells(self) -> NDArray[np.int64]:
        """Number of each human's pair of group and voice, the same in all runs."""
        return self.networks[0].cells

    def mean_of_runs(self, array: Floats) -> Floats:
        """Return each run's mean over the rounds that count, shape (runs, humans, dimensions)."""
        counts = np.maximum(self.about.sum(axis=1), 1)[:, None, :]
        means: Floats = np.where(self._counted, array, 0.0).sum(axis=1) / counts
        return means

    def _mean_of_cells(self, array: Floats, cells: NDArray[np.int64]) -> Floats:
        size = np.bincount(cells)
        summed = np.zeros((size.size, array.shape[3]))
        np.add.at(summed, cells, np.where(self._counted, array, 0.0).sum(axis=(0, 1)))
        means: Floats = summed / (size[:, None] * self._times)
        return means


def _fit_lower_rungs(fit: _Fit) -> tuple[Surrogate, ...]:
    """Return M0, M1 and M2, which hear no neighbours."""
    shape = fit.now.shape[2:]
    everybody = np.zeros(shape[0], np.int64)
    alone, bias, _ = fit.fit([fit.now], everybody)
    crowd, bias_in_crowd, _ = fit.fit([fit.now, fit.population], everybody)
    return (
        Surrogate("M0", 1.0, 0.0, 0.0, 0.0, math.inf, False, np.zeros(shape)),
        Surrogate("M1", alone[0], 0.0, 0.0, 0.0, math.inf, False, bias),
        Surrogate("M2", crowd[0], crowd[1], 0.0, 0.0, math.inf, False, bias_in_crowd),
    )


def _fit_near(fit: _Fit, heard: Floats, confidence: float, with_self: bool) -> list[tuple[float, Surrogate]]:
    """Return M3 and M4 with one confidence, each with its mean squared error."""
    everybody = np.zeros(fit.cells.size, np.int64)
    (own, crowd, near), bias, error = fit.fit([fit.now, fit.population, heard], everybody)
    third = Surrogate("M3", own, crowd, near, 0.0, confidence, with_self, bias)
    weights, bias, less = fit.fit([fit.now, fit.population, heard, fit.first], fit.cells)
    own, crowd, near, anchor = weights
    return [(error, third), (less, Surrogate("M4", own, crowd, near, anchor, confidence, with_self, bias))]


def _fit_identity(model: Surrogate, fit: _Fit) -> Surrogate:
    """Return M5: M4 fitted with a bias for each human, which is shrunk to its group's by how noisy it is."""
    heard, cells = _hear(fit.now, fit.about, fit.networks, model.confidence, model.with_self), fit.cells
    terms = [fit.now, fit.population, heard, fit.first]
    weights, bias, _ = fit.fit(terms, np.arange(cells.size))
    left = fit.after - bias - sum(weight * term for weight, term in zip(weights, terms, strict=True))
    # Rounds of a run are not independent, so that the spread between runs says how noisy a bias is.
    by_run = fit.mean_of_runs(left)
    noise = float(by_run.var(axis=0, ddof=1).mean()) / len(by_run)
    size = np.bincount(cells)[:, None]
    centre = np.zeros((size.size, bias.shape[1]))
    np.add.at(centre, cells, bias)
    centre = (centre / size)[cells]
    spread = max(float(((bias - centre) ** 2).mean()) - noise, 0.0)
    share = spread / (spread + noise) if spread > 0 else 0.0
    own, crowd, near, anchor = weights
    kept = centre + share * (bias - centre)
    return Surrogate("M5", own, crowd, near, anchor, model.confidence, model.with_self, kept)


def _keep_better(best: dict[str, tuple[float, Surrogate]], error: float, model: Surrogate) -> None:
    # Of equals (errors that are rounding) the first stays, so that a fit does not hang on last digits.
    if model.rung not in best or error < best[model.rung][0] * (1 - 1e-6) - 1e-20:
        best[model.rung] = (error, model)


def _hear(
    now: Floats,
    about: Topics,
    networks: Sequence[SurrogateNetwork],
    confidence: float,
    with_self: bool,
) -> Floats:
    """Return the mean of everybody's neighbours in every round of every run."""
    return np.array(
        [
            [
                hear_on(x, network, topics, confidence, with_self)
                for x, topics in zip(run, rounds, strict=True)
            ]
            for run, rounds, network in zip(now, about, networks, strict=True)
        ]
    )


def hear_on(
    values: Floats, network: SurrogateNetwork, topics: Topics, confidence: float, with_self: bool
) -> Floats:
    """Return the mean of neighbours on the topics, near or far by these alone; one's own values elsewhere."""
    heard = values.copy()
    heard[:, topics] = mean_of_neighbours(values[:, topics], network, confidence, with_self=with_self)
    return heard
