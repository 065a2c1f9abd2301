"""Early warning of a tipping point: slower returns from small perturbations, seen as variance and memory.

With one history only, a window is moved along it and the trend of its lag-1 autocorrelation is taken; that
trend is so noisy that a threshold means nothing before the null was simulated. We have replications, and so
read variance and lag-1 autocorrelation across them, at each round, against the world without an assistant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream
from coevolve_sim.studies.effects import POWER, adjust_holm
from coevolve_sim.studies.instruments.given_arrays import check_numbers, check_replications, check_same_shape

LEAST_REPLICATIONS = 50
LEAST_WINDOW = 10
CHUNK = 200
"""Series taken at a time, so that their windows fit the memory."""


@dataclass(frozen=True)
class WindowWarning:
    """The trend of lag-1 autocorrelation in a moving window, against a threshold of its own null.

    Attributes
    ----------
    trend : float
        Kendall's tau of autocorrelation and time, in [-1, 1].
    threshold : float
        The tau that a stationary series of the same length, window and memory passes with probability
        ``level``.
    level : float
    p_value : float
        Share of stationary series, itself included, with a trend as great; in (0, 1].
    warns : bool
        Whether the trend is above the threshold.
    """

    trend: float
    threshold: float
    level: float
    p_value: float
    warns: bool

    @property
    def sentence(self) -> str:
        """The finding in words."""
        told = "rises: a warning" if self.warns else "is not told from one that stays"
        return (
            f"Memory in a moving window {told} (trend {self.trend:+.2f}, threshold {self.threshold:.2f} from "
            f"series in which nothing changes, p {self.p_value:.3f}). At 200 rounds and windows of 100, such "
            "a warning misses more than half of what it is meant for."
        )


@dataclass(frozen=True, eq=False)
class ReplicationWarning:
    """Variance and lag-1 autocorrelation across replications, against the world without an assistant.

    Attributes
    ----------
    variance_ratio : float64 array, shape (rounds,)
        Variance across replications over that of the reference world: 1 in the null, nan where neither
        varies.
    variance_p, paired_variance_p : float64 arrays, shape (rounds,)
        One-sided p-values that it has risen: F test, which takes the two worlds for independent and so errs
        on the safe side where replications are paired, and Pitman and Morgan's, which uses the pairs.
    autocorrelation, reference_autocorrelation : float64 arrays, shape (rounds,)
        Correlation, across replications, of a round with the one before; nan for round 0.
    autocorrelation_p : float64 array, shape (rounds,)
        One-sided p-values that it is above the reference's.
    warns : bool array, shape (rounds,)
        Where the F test or that of autocorrelation passes ``level``, corrected for all rounds and both tests.
    level : float
    smallest_ratio_seen : float
        What the variance ratio of a round must truly be for the F test to warn with power .8.
    """

    variance_ratio: Floats
    variance_p: Floats
    paired_variance_p: Floats
    autocorrelation: Floats
    reference_autocorrelation: Floats
    autocorrelation_p: Floats
    warns: NDArray[np.bool_]
    level: float
    smallest_ratio_seen: float

    @property
    def sentence(self) -> str:
        """The finding in words, with what would have been seen."""
        rounds = np.flatnonzero(self.warns)
        if rounds.size:
            told = f"have risen against the reference in {rounds.size} rounds, first in round {rounds[0]}"
        else:
            told = "cannot be told from the reference's in any round"
        return (
            f"Variance and memory across replications {told}; variance {self.smallest_ratio_seen:.2f} times "
            "the reference's in one round would have been seen."
        )


def rolling_autocorrelation(series: ArrayLike, window: int) -> Floats:
    """Return the lag-1 autocorrelation in each window, its linear trend taken out.

    Parameters
    ----------
    series : float array, shape (replications, rounds)
    window : int
        Rounds of a window, at least 10.

    Returns
    -------
    float64 array, shape (replications, rounds - window + 1)
        In [-1, 1]; nan where a window is a straight line.

    Raises
    ------
    StudyError
        If the window is too short, or longer than the series.

    References
    ----------
    [Dakos2008]_

    Examples
    --------
    >>> zigzag = np.tile([0.0, 1.0], 10)[None]
    >>> rolling_autocorrelation(zigzag, 16)[0, :2].round(2).tolist()
    [-0.94, -0.94]
    """
    x = check_numbers("series", series, "(replications, rounds)")
    if not LEAST_WINDOW <= window <= x.shape[1]:
        raise StudyError(
            f"a window has {LEAST_WINDOW} to {x.shape[1]} rounds, no more than the series; {window} given"
        )
    return np.concatenate([_windows(x[i : i + CHUNK], window) for i in range(0, len(x), CHUNK)])


def _windows(x: Floats, window: int) -> Floats:
    time = np.arange(window) - (window - 1) / 2
    views = np.lib.stride_tricks.sliding_window_view(x, window, axis=1)
    left = views - views.mean(axis=-1, keepdims=True)
    left = left - ((left @ time) / (time @ time))[..., None] * time
    power = (left**2).sum(axis=-1)
    shared = (left[..., 1:] * left[..., :-1]).sum(axis=-1)
    straight = power <= 1e-20 * window * np.maximum(1.0, np.abs(x).max())
    found: Floats = np.where(straight, np.nan, shared / np.where(straight, 1.0, power))
    return found


def take_trend(series: ArrayLike) -> Floats:
    """Return Kendall's tau of each row with time, shape (replications,), in [-1, 1].

    Ties count half; there are none in continuous values.

    Examples
    --------
    >>> take_trend([[0.1, 0.2, 0.4, 0.3]]).round(4).tolist()
    [0.6667]
    """
    x = check_numbers("series", series, "(replications, windows)")
    total, n = np.zeros(len(x)), x.shape[1]
    for lag in range(1, n):
        total += np.sign(x[:, lag:] - x[:, :-lag]).sum(axis=1)
    trends: Floats = total / (n * (n - 1) / 2)
    return trends


def simulate_null_trends(
    n_rounds: int, window: int, memory: float, *, replications: int = 2_000, seed: int = 1
) -> Floats:
    """Return the trends of stationary AR(1) series, shape (replications,).

    Parameters
    ----------
    n_rounds, window : int
    memory : float
        phi, the lag-1 autocorrelation of the null, in (-1, 1).
    replications, seed : int

    References
    ----------
    [Boettiger2012]_

    Examples
    --------
    >>> trends = simulate_null_trends(200, 100, 0.5, replications=400)
    >>> bool(0.4 < trends.std() < 0.56)
    True
    """
    if not -1 < memory < 1:
        raise StudyError(f"a stationary series has a memory between -1 and 1; {memory} given")
    noise = stream(seed, "null of early warning").normal(size=(n_rounds, replications))
    series = np.empty((replications, n_rounds))
    series[:, 0] = noise[0] / np.sqrt(1 - memory**2)
    for t in range(1, n_rounds):
        series[:, t] = memory * series[:, t - 1] + noise[t]
    return take_trend(rolling_autocorrelation(series, window))


def warn_by_window(
    series: ArrayLike,
    window: int,
    *,
    memory: float | None = None,
    level: float = 0.05,
    null_replications: int = 2_000,
    seed: int = 1,
) -> WindowWarning:
    """Return whether memory rises along one series, by a threshold from simulating the null.

    Weak: at 200 rounds and windows of 100 it sees a memory that rises from .5 to .99 in less than half of all
    cases. Where there are replications, take `warn_by_replications`.

    Parameters
    ----------
    series : float array, shape (rounds,)
    window : int
        Rounds of a window, at least 10.
    memory : float, optional
        phi of the null; the lag-1 autocorrelation of the series, its linear trend taken out, if not given.
    level : float
        Chance, at most, of a warning where nothing changes; in (0, .5).
    null_replications, seed : int
        Of the null's simulation.

    Returns
    -------
    WindowWarning

    Raises
    ------
    StudyError
        If the series is a straight line, or too short for its window.

    References
    ----------
    [Dakos2008]_; [Boettiger2012]_

    Examples
    --------
    >>> found = warn_by_window(np.sin(np.arange(60.0) ** 1.5), 30, memory=0.0, null_replications=200)
    >>> -1 <= found.trend <= 1 and 0 < found.p_value <= 1
    True
    """
    x = check_numbers("series", series, "(rounds,)")
    if not 0 < level < 0.5 or null_replications < 1 / level:
        raise StudyError(
            f"a level lies in (0, .5), with at least 1 / level series of the null; {level} and "
            f"{null_replications} given"
        )
    rolled = rolling_autocorrelation(x[None], window)
    if np.isnan(rolled).any():
        raise StudyError("the series is a straight line in some window: nothing fluctuates there")
    trend = float(take_trend(rolled)[0])
    phi = float(_windows(x[None], x.size)[0, 0]) if memory is None else memory
    null = simulate_null_trends(x.size, window, phi, replications=null_replications, seed=seed)
    threshold = float(np.quantile(null, 1 - level))
    p_value = float((1 + (null >= trend).sum()) / (1 + null.size))
    return WindowWarning(trend, threshold, level, p_value, trend > threshold)


def warn_by_replications(
    world: ArrayLike, reference: ArrayLike, *, level: float = 0.05
) -> ReplicationWarning:
    """Return where variance or memory across replications has risen against the world without an assistant.

    Parameters
    ----------
    world, reference : float arrays, shape (replications, rounds)
        Trajectories of people's mean; rows of one position share people, ties and draws.
    level : float
        Chance, at most, of any warning where the worlds do not differ; in (0, .5).

    Returns
    -------
    ReplicationWarning

    Raises
    ------
    StudyError
        If shapes differ, there are fewer than 50 replications or 2 rounds.

    References
    ----------
    [Pitman1939]_; [Fisher1921]_

    Examples
    --------
    >>> calm = np.random.default_rng(1).normal(size=(60, 3))
    >>> found = warn_by_replications(calm * [1.0, 1.0, 3.0], calm)
    >>> found.variance_ratio.round(6).tolist(), found.warns.tolist()
    ([1.0, 1.0, 9.0], [False, False, True])
    """
    x = check_numbers("world", world, "(replications, rounds)")
    y = check_numbers("reference", reference, "(replications, rounds)")
    check_same_shape(world=x, reference=y)
    check_replications(len(x), LEAST_REPLICATIONS, "early warning by replications")
    if x.shape[1] < 2 or not 0 < level < 0.5:
        raise StudyError(
            f"early warning needs at least 2 rounds and a level in (0, .5); {x.shape[1]} and {level} given"
        )
    ratio, variance_p, paired_p = _compare_variances(x, y)
    memory, other = _memory(x), _memory(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (np.arctanh(memory) - np.arctanh(other)) / np.sqrt(2 / (len(x) - 3))
    memory_p = np.where(np.isnan(z), 1.0, stats.norm.sf(z))
    adjusted = adjust_holm(np.concatenate([variance_p, memory_p]))
    of_variance, of_memory = (adjusted <= level).reshape(2, -1)
    freedom = (len(x) - 1, len(x) - 1)
    seen = stats.f.isf(level / adjusted.size, *freedom) / stats.f.isf(POWER, *freedom)
    return ReplicationWarning(
        ratio,
        variance_p,
        paired_p,
        memory,
        other,
        memory_p,
        of_variance | of_memory,
        level,
        smallest_ratio_seen=float(seen),
    )


def _compare_variances(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return, by round, the ratio of variances and the p-values of the F test and of Pitman and Morgan's."""
    n = len(x)
    variances, others = x.var(axis=0, ddof=1), y.var(axis=0, ddof=1)
    still = (variances <= 0) & (others <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(still, np.nan, variances / others)
        # The sum and the difference of a pair are correlated exactly as their variances differ.
        r = np.clip(_correlate(x + y, x - y), -1, 1)
        t = r * np.sqrt((n - 2) / (1 - r**2))
    variance_p = np.where(still, 1.0, stats.f.sf(np.where(still, 1.0, ratio), n - 1, n - 1))
    return ratio, variance_p, np.where(np.isnan(t), 1.0, stats.t.sf(t, n - 2))


def _memory(x: Floats) -> Floats:
    """Return the correlation across replications of each round with the one before; nan for round 0."""
    return np.concatenate([[np.nan], _correlate(x[:, 1:], x[:, :-1])])


def _correlate(x: Floats, y: Floats) -> Floats:
    """Return the correlation across replications, by column; nan where one of them does not vary."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (x * y).sum(axis=0) / np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))
    return found
