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
from numpy.typing import ArrayLike
from scipy import stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect
from coevolve_sim.studies.instruments.given_arrays import check_numbers
from coevolve_sim.studies.instruments.surrogate_fits import (
    Surrogate,
    SurrogateNetwork,
    Topics,
    check_network,
    fit_parts,
)

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
    return climb_ladder_on_networks(
        runs, [network] * len(paths), topics=topics, folds=folds, confidences=confidences
    )


def climb_ladder_on_networks(
    runs: Sequence[ArrayLike],
    networks: Sequence[SurrogateNetwork],
    *,
    topics: ArrayLike | None = None,
    folds: int = 5,
    confidences: Sequence[float] = CONFIDENCES,
) -> Ladder:
    """Fit every rung to all runs but some, where each run has a network of its own; see `climb_ladder`.

    Parameters
    ----------
    runs : list of float arrays, shape (rounds + 1, humans, dimensions)
    networks : sequence of SurrogateNetwork
        One for each run; human number i is of the same group and voice in all.
    topics, folds, confidences
        As for `climb_ladder`.

    Returns
    -------
    Ladder

    Raises
    ------
    StudyError
        As `climb_ladder`, or if groups or voices differ from run to run.
    """
    paths = _check_runs(runs)
    if len(networks) != len(paths) or any(
        not np.array_equal(one.cells, networks[0].cells) for one in networks
    ):
        raise StudyError(
            f"{len(paths)} runs need as many networks, with the same group and voice of each human in all"
        )
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
    for part, models in enumerate(fit_parts(paths, about, networks, parts, confidences)):
        for run in np.flatnonzero(part_of == part).tolist():
            for row, model in enumerate(models):
                scores[:, row, run] = _score(model, paths[run], about[run], networks[run])
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
        fitted=fit_parts(paths, about, networks, [np.ones(n, dtype=bool)], confidences)[0],
    )


def _score(
    model: Surrogate, path: Floats, about: Topics, network: SurrogateNetwork
) -> tuple[float, float, float]:
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
