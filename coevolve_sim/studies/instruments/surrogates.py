"""Are words needed? Rules without words, fitted to people's moves, and what they leave unexplained.

A ladder of rules, each with a term more than the one below it, is fitted to the transitions of all runs but
some, and predicts those held out: one round ahead, and running free from the first values. Where a rule
without words predicts all that happened, the words of that society carried no more than numbers do.

=====  ====================================================================================
rung   x(t + 1) =
=====  ====================================================================================
M0     x: persistence
M1     c x + b: autoregression, b by dimension
M2     M1 + the population's mean
M3     M2 + the mean of the neighbours within confidence, the confidence fitted too
M4     M3 + x(0), the anchor, and an innate bias b by group and voice (Friedkin and Johnsen)
M5     M4 + a bias of each human's own, shrunk by how little is known of it (identity)
=====  ====================================================================================

What no rule explains is not all words: noise of any kind is unexplained too. So compare with the same society
through numbers, or hold the number against what runs of one seed and other draws differ by.

Identity can only be carried over where human number i is the same person in all runs; where it is not, the
runs held out show that M5 gains nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect
from coevolve_sim.studies.instruments.given_arrays import check_numbers

Topics = NDArray[np.bool_]
"""Which dimensions, or runs, count."""

RUNGS = ("M0", "M1", "M2", "M3", "M4", "M5")
NAMES = {
    "M0": "persistence",
    "M1": "autoregression",
    "M2": "the population's mean",
    "M3": "neighbours within confidence",
    "M4": "Friedkin-Johnsen with innate bias",
    "M5": "Friedkin-Johnsen with identity",
}
CONFIDENCES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, math.inf)
"""The confidences among which M3 and above choose, as joint distances; infinity is averaging."""
LEAST_GAIN = 0.01
"""A rung is better than one below only if it takes off so much of its error, in shares of persistence's."""
LEAST_RUNS = 3


@dataclass(frozen=True, eq=False)
class Network:
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

    def predict(self, values: Floats, first: Floats, network: Network, topics: Topics) -> Floats:
        """Return the next values of everybody, shape (humans, dimensions), cut to [0, 1].

        ``topics`` says of each dimension whether it can move, bool, shape (dimensions,).
        """
        if self.rung == "M0":
            return values
        moved = self.own * values + self.bias
        if self.population:
            moved = moved + self.population * values.mean(axis=0)
        if self.neighbours:
            heard = _hear_on(values, network, topics, self.confidence, self.with_self)
            moved = moved + self.neighbours * heard
        if self.anchor:
            moved = moved + self.anchor * first
        return np.where(topics, np.clip(moved, 0.0, 1.0), values)


@dataclass(frozen=True, eq=False)
class Ladder:
    """How well each rung predicts runs that it was not fitted to.

    Attributes
    ----------
    one_round : float64 array, shape (rungs, runs)
        Root mean square error of the next values, by the run held out.
    free_mean, free_variance : float64 arrays, shape (rungs, runs)
        Root mean square error, over dimensions, of the population's mean and variance in the last round, the
        rung having run free from the first values.
    intervals : float64 array, shape (3, rungs, 2)
        Ends of the 95 % intervals by run of the means of ``one_round``, ``free_mean`` and ``free_variance``.
    chosen : str
        The lowest rung that none above it is better than: by a paired t test over runs, Holm-corrected, and
        by more than `LEAST_GAIN` of persistence's error.
    unexplained : float
        In [0, 1]: the chosen rung's squared error over persistence's; nan where nobody moved.
    fitted : tuple of Surrogate
        Every rung, fitted to all runs.
    """

    one_round: Floats
    free_mean: Floats
    free_variance: Floats
    intervals: Floats
    chosen: str
    unexplained: float
    fitted: tuple[Surrogate, ...]

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if math.isnan(self.unexplained):
            return "Nobody moved: there is nothing that a rule could explain."
        rung = RUNGS.index(self.chosen)
        low, high = self.intervals[0, rung]
        return (
            f"A rule without words ({NAMES[self.chosen]}) leaves {100 * self.unexplained:.0f} % of what "
            f"happened unexplained; it is off by {self.one_round[rung].mean():.4f} a round ({low:.4f} to "
            f"{high:.4f}) in {self.one_round.shape[1]} runs that it was not fitted to."
        )


def climb_ladder(
    runs: Sequence[ArrayLike],
    indptr: ArrayLike,
    indices: ArrayLike,
    groups: ArrayLike | None = None,
    voices: ArrayLike | None = None,
    *,
    topics: ArrayLike | None = None,
    folds: int = 5,
    confidences: Sequence[float] = CONFIDENCES,
) -> Ladder:
    """Fit every rung to all runs but some, and say how well it predicts those.

    Cost: a fit for each rung, confidence and fold; O(folds x transitions x ties).

    Parameters
    ----------
    runs : list of float arrays, shape (rounds + 1, humans, dimensions)
        Humans' values in [0, 1], of one society with several seeds, on one network.
    indptr, indices : int arrays, shapes (humans + 1,) and (ties,)
        Who hears whom, as compressed rows: `coevolve_sim.networks.Ties` has them.
    groups, voices : int arrays, shape (humans,), optional
        Group and voice of each human; all alike if not given.
    topics : bool array, shape (rounds, dimensions) or (runs, rounds, dimensions), optional
        The dimensions that each round was about; the others stay, and do not count. All if not given.
    folds : int
        At least 2: in how many parts runs are held out; each run alone where there are fewer.
    confidences : list of float
        Joint distances above 0, among which the confidence of M3 and above is chosen.

    Returns
    -------
    Ladder

    Raises
    ------
    StudyError
        If there are fewer than 3 runs, they differ in shape, or the network does not fit them.

    References
    ----------
    [Friedkin1990]_; [Hegselmann2002]_; [Efron1973]_, for the shrinking of M5.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> runs = [np.repeat(rng.random((1, 4, 1)), 3, axis=0) for _ in range(3)]
    >>> climb_ladder(runs, np.zeros(5, int), []).sentence
    'Nobody moved: there is nothing that a rule could explain.'
    """
    paths = _check_runs(runs)
    network = check_network(indptr, indices, groups, voices, paths.shape[2])
    about = _check_topics(topics, paths)
    if folds < 2 or not confidences or min(confidences) <= 0:
        raise StudyError(
            "runs are held out in 2 parts at least, and confidences lie above 0; "
            f"{folds} and {list(confidences)} given"
        )
    n = len(paths)
    part_of = np.arange(n) % min(folds, n)
    scores = np.empty((3, len(RUNGS), n))
    parts = [part_of != part for part in range(int(part_of.max()) + 1)]
    for part, models in enumerate(_fit_parts(paths, about, network, parts, confidences)):
        for run in np.flatnonzero(part_of == part):
            for row, model in enumerate(models):
                scores[:, row, run] = _score(model, paths[run], about[run], network)
    half = stats.t.isf(0.025, n - 1) * scores.std(axis=2, ddof=1) / math.sqrt(n)
    means = scores.mean(axis=2)
    chosen = _choose(scores[0])
    squares = (scores[0] ** 2).mean(axis=1)
    left = float(squares[chosen] / squares[0]) if squares[0] > 0 else math.nan
    return Ladder(
        one_round=scores[0],
        free_mean=scores[1],
        free_variance=scores[2],
        intervals=np.stack([np.maximum(means - half, 0.0), means + half], axis=-1),
        chosen=RUNGS[chosen],
        unexplained=left,
        fitted=_fit_parts(paths, about, network, [np.ones(n, dtype=bool)], confidences)[0],
    )


def check_network(
    indptr: ArrayLike, indices: ArrayLike, groups: ArrayLike | None, voices: ArrayLike | None, n_humans: int
) -> Network:
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
    return Network(pointers.astype(np.int64), speakers.astype(np.int64), cells.reshape(-1).astype(np.int64))


def mean_of_neighbours(
    values: Floats, network: Network, confidence: float = math.inf, *, with_self: bool = False
) -> Floats:
    """Return the mean of the neighbours within confidence, one's own value where there are none.

    Parameters
    ----------
    values : float64 array, shape (humans, dimensions)
    network : Network
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


def _fit_parts(
    paths: Floats,
    about: Topics,
    network: Network,
    parts: list[Topics],
    confidences: Sequence[float],
) -> list[tuple[Surrogate, ...]]:
    """Return the rungs fitted to each part of the runs; neighbours are heard once for all parts."""
    fits = [_Fit(paths[part], about[part]) for part in parts]
    lower = [_fit_lower_rungs(fit) for fit in fits]
    best: list[dict[str, tuple[float, Surrogate]]] = [{} for _ in parts]
    for confidence in confidences:
        for with_self in (False, True):
            heard = _hear(paths[:, :-1], about, network, confidence, with_self)
            for found, fit, part in zip(best, fits, parts, strict=True):
                for error, model in _fit_near(fit, heard[part], network, confidence, with_self):
                    _keep_better(found, error, model)
    return [
        (*rungs, found["M3"][1], found["M4"][1], _fit_identity(found["M4"][1], fit, network))
        for rungs, found, fit in zip(lower, best, fits, strict=True)
    ]


class _Fit:
    """Least squares on transitions of some runs: one regression, with a bias for each cell and dimension.

    Attributes
    ----------
    about : bool array, shape (runs, rounds, dimensions)
    now, after, population, first : float64 arrays, shape (runs, rounds, humans, dimensions)
        Values before and after, the population's mean, and first values.
    """

    def __init__(self, paths: Floats, about: Topics) -> None:
        self.about = about
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


def _fit_near(
    fit: _Fit, heard: Floats, network: Network, confidence: float, with_self: bool
) -> list[tuple[float, Surrogate]]:
    """Return M3 and M4 with one confidence, each with its mean squared error."""
    everybody = np.zeros(network.n_humans, np.int64)
    (own, crowd, near), bias, error = fit.fit([fit.now, fit.population, heard], everybody)
    third = Surrogate("M3", own, crowd, near, 0.0, confidence, with_self, bias)
    weights, bias, less = fit.fit([fit.now, fit.population, heard, fit.first], network.cells)
    own, crowd, near, anchor = weights
    return [(error, third), (less, Surrogate("M4", own, crowd, near, anchor, confidence, with_self, bias))]


def _fit_identity(model: Surrogate, fit: _Fit, network: Network) -> Surrogate:
    """Return M5: M4 fitted with a bias for each human, which is shrunk to its group's by how noisy it is."""
    heard = _hear(fit.now, fit.about, network, model.confidence, model.with_self)
    terms = [fit.now, fit.population, heard, fit.first]
    weights, bias, _ = fit.fit(terms, np.arange(network.n_humans))
    left = fit.after - bias - sum(weight * term for weight, term in zip(weights, terms, strict=True))
    # Rounds of a run are not independent, so that the spread between runs says how noisy a bias is.
    by_run = fit.mean_of_runs(left)
    noise = float(by_run.var(axis=0, ddof=1).mean()) / len(by_run)
    size = np.bincount(network.cells)[:, None]
    centre = np.zeros((size.size, bias.shape[1]))
    np.add.at(centre, network.cells, bias)
    centre = (centre / size)[network.cells]
    spread = max(float(((bias - centre) ** 2).mean()) - noise, 0.0)
    share = spread / (spread + noise) if spread > 0 else 0.0
    own, crowd, near, anchor = weights
    kept = centre + share * (bias - centre)
    return Surrogate("M5", own, crowd, near, anchor, model.confidence, model.with_self, kept)


def _keep_better(best: dict[str, tuple[float, Surrogate]], error: float, model: Surrogate) -> None:
    # Of equals (errors that are rounding) the first stays, so that a fit does not hang on last digits.
    if model.rung not in best or error < best[model.rung][0] * (1 - 1e-6) - 1e-20:
        best[model.rung] = (error, model)


def _hear(now: Floats, about: Topics, network: Network, confidence: float, with_self: bool) -> Floats:
    """Return the mean of everybody's neighbours in every round of every run."""
    return np.array(
        [
            [
                _hear_on(x, network, topics, confidence, with_self)
                for x, topics in zip(run, rounds, strict=True)
            ]
            for run, rounds in zip(now, about, strict=True)
        ]
    )


def _hear_on(values: Floats, network: Network, topics: Topics, confidence: float, with_self: bool) -> Floats:
    """Return the mean of neighbours on the topics, near or far by these alone; one's own values elsewhere."""
    heard = values.copy()
    heard[:, topics] = mean_of_neighbours(values[:, topics], network, confidence, with_self=with_self)
    return heard


def _score(model: Surrogate, path: Floats, about: Topics, network: Network) -> tuple[float, float, float]:
    """Return the error of the next values, and of the mean and variance of the last round of running free."""
    squares, values = [], path[0]
    for (now, after), topics in zip(itertools.pairwise(path), about, strict=True):
        off = model.predict(now, path[0], network, topics) - after
        squares.append((off[:, topics] ** 2).sum())
        values = model.predict(values, path[0], network, topics)
    off_mean = values.mean(axis=0) - path[-1].mean(axis=0)
    off_variance = values.var(axis=0) - path[-1].var(axis=0)
    return (
        math.sqrt(float(np.sum(squares)) / (path.shape[1] * max(int(about.sum()), 1))),
        math.sqrt(float((off_mean**2).mean())),
        math.sqrt(float((off_variance**2).mean())),
    )


def _choose(one_round: Floats) -> int:
    """Return the lowest rung that none above it is better than."""
    least = LEAST_GAIN * float(one_round[0].mean())
    for rung in range(len(RUNGS) - 1):
        above = range(rung + 1, len(RUNGS))
        gains = [paired_effect(one_round[rung], one_round[other]) for other in above]
        level = 0.05 / len(gains)  # Bonferroni's first step is Holm's too: any is better only if this one is
        if not any(gain.mean > least and gain.p_value <= level for gain in gains):
            return rung
    return len(RUNGS) - 1


def _check_runs(runs: Sequence[ArrayLike]) -> Floats:
    """Return runs as one array (runs, rounds + 1, humans, dimensions)."""
    if len(runs) < LEAST_RUNS:
        raise StudyError(
            f"a ladder holds runs out and needs {LEAST_RUNS} at least; {len(runs)} given: run more seeds"
        )
    paths = [check_numbers(f"run {i}", run, "(rounds + 1, humans, dimensions)") for i, run in enumerate(runs)]
    for index, path in enumerate(paths):
        if path.shape != paths[0].shape:
            raise StudyError(
                f"runs must have one shape; run 0 has {paths[0].shape}, run {index} {path.shape}"
            )
    if paths[0].shape[0] < 3:
        raise StudyError(f"a run needs 2 rounds at least; {paths[0].shape[0] - 1} given")
    return np.stack(paths)


def _check_topics(topics: ArrayLike | None, paths: Floats) -> Topics:
    """Return which dimensions count in which round of which run, shape (runs, rounds, dimensions)."""
    shape = (paths.shape[0], paths.shape[1] - 1, paths.shape[3])
    if topics is None:
        return np.ones(shape, dtype=bool)
    given = np.asarray(topics)
    if given.dtype != np.bool_ or given.shape not in (shape, shape[1:]):
        raise StudyError(
            f"topics must be true or false, of shape {shape[1:]} or {shape}; {given.dtype} of shape "
            f"{given.shape} given"
        )
    if not given.any():
        raise StudyError("topics leave no round that is about anything")
    return np.broadcast_to(given, shape)
