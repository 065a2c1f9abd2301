"""Tipping: the share of committed people at which a society goes over to them in one case of two.

The shares are a fixed design, each run with several seeds; the probability of tipping is a logistic function
of the share, fitted by maximum likelihood. Bisection over noisy runs would chase the noise. The answer holds
for one size of society and one number of rounds, which stand in the result: a small society tips below the
threshold of an infinite one, and a short run does not see what tips late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.given_arrays import check_numbers

STEEPEST = 1e4
"""The greatest slope, in logits over the narrowest gap of the design, that is told from a jump."""


@dataclass(frozen=True, eq=False)
class TippingShare:
    """The share at which a society tips in half of all cases.

    Attributes
    ----------
    p50, low, high : float
        The share, in [0, 1], and the ends of its profile likelihood interval; 0 and 1 where the design does
        not bound it.
    confidence : float
        In (.5, 1).
    slope : float
        Logits of tipping for a share of 1, above 0; infinite where `separated`.
    p_value : float
        In [0, 1]; likelihood ratio test against tipping that does not depend on the share.
    separated : bool
        Whether nothing tipped below some share and everything above it, so that the slope has no bound; the
        p50 is then the middle of the gap of the design, or the one share at which both happened.
    n_humans, n_rounds, n_replications : int
        Of the society: how many people, for how many rounds, with how many seeds at each share.
    """

    p50: float
    low: float
    high: float
    confidence: float
    slope: float
    p_value: float
    separated: bool
    n_humans: int
    n_rounds: int
    n_replications: int

    @property
    def sentence(self) -> str:
        """The finding in words, with the size and the length of the runs it holds for."""
        said = (
            f"Of {self.n_humans:,} people over {self.n_rounds:,} rounds, a committed share of {self.p50:.3f} "
            f"tips half of the societies ({self.confidence:.0%} interval {self.low:.3f} to {self.high:.3f}; "
            f"{self.n_replications} replications a share)."
        )
        if self.separated:
            said += " Nothing tipped below and everything above: finer shares would narrow the interval."
        return said


def fit_tipping_share(
    shares: ArrayLike, tips: ArrayLike, *, n_humans: int, n_rounds: int, confidence: float = 0.95
) -> TippingShare:
    """Fit P(tips | share) = logistic(slope (share - p50)) by maximum likelihood.

    Parameters
    ----------
    shares : float array, shape (shares,)
        The committed shares of the design, ascending, in [0, 1].
    tips : bool or 0/1 array, shape (shares, replications)
        Whether each replication tipped at each share.
    n_humans, n_rounds : int
        Size of the society and length of its runs, for the sentence.
    confidence : float
        In (.5, 1).

    Returns
    -------
    TippingShare

    Raises
    ------
    StudyError
        If a shape or a range is wrong, all or none of the societies tipped, or they tip less with more, or so
        little more that the p50 lies off the scale.

    References
    ----------
    [Venzon1988]_, for the interval.

    Examples
    --------
    >>> tips = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 1, 1], [1, 1, 1, 1]])
    >>> found = fit_tipping_share([0.05, 0.08, 0.11, 0.14], tips, n_humans=100, n_rounds=50)
    >>> round(found.p50, 4), round(found.low, 3), round(found.high, 3), found.separated
    (0.095, 0.075, 0.115, False)
    """
    x, tipped, n = _check_design(shares, tips)
    if not 0.5 < confidence < 1 or n_humans < 1 or n_rounds < 1:
        raise StudyError(
            "a tipping share needs people, rounds, and a confidence between .5 and 1; "
            f"{n_humans}, {n_rounds} and {confidence} given"
        )
    total, every = float(tipped.sum()), float(n * x.size)
    if total in {0.0, every}:
        which, do = ("no", "larger") if total == 0 else ("every", "smaller")
        raise StudyError(
            f"{which} society tipped at shares from {x[0]:g} to {x[-1]:g}: try {do} shares as well"
        )
    flat = total * math.log(total / every) + (every - total) * math.log1p(-total / every)
    separated = bool(x[tipped < n].max() <= x[tipped > 0].min())
    if separated:
        p50, slope = float((x[tipped < n].max() + x[tipped > 0].min()) / 2), math.inf
        best = _profile(p50, x, tipped, n)
    else:
        p50, slope, best = _maximise(x, tipped, n)
    p_value = float(stats.chi2.sf(max(2 * (best - flat), 0.0), 1))
    if not 0 <= p50 <= 1:
        raise StudyError(
            f"tipping hardly depends on the share (p {p_value:.2g}): by the fit, half of the societies tip "
            f"at a share of {p50:.3g}, off the scale; spread the design further"
        )
    drop = float(stats.chi2.ppf(confidence, 1)) / 2
    low, high = (_end_of_interval(p50, end, best - drop, x, tipped, n) for end in (0.0, 1.0))
    return TippingShare(
        p50, low, high, confidence, slope, p_value, separated, n_humans, n_rounds, n_replications=n
    )


def _check_design(shares: ArrayLike, tips: ArrayLike) -> tuple[Floats, Floats, int]:
    """Return the shares, how many replications tipped at each, and how many there were."""
    x = check_numbers("shares", shares, "(shares,)")
    table = check_numbers("tips", tips, "(shares, replications)")
    if x.size < 2 or (np.diff(x) <= 0).any() or x[0] < 0 or x[-1] > 1:
        raise StudyError(f"shares must ascend in [0, 1], two at least; {x.tolist()} given")
    if len(table) != x.size:
        raise StudyError(f"tips must have a row for each of the {x.size} shares; {len(table)} given")
    if not np.isin(table, (0.0, 1.0)).all():
        raise StudyError("tips must be true or false (1 or 0); something else given")
    return x, table.sum(axis=1), table.shape[1]


def _log_likelihood(p50: float, slope: float, x: Floats, tipped: Floats, n: int) -> float:
    logits = slope * (x - p50)
    return float((tipped * special.log_expit(logits) + (n - tipped) * special.log_expit(-logits)).sum())


def _maximise(x: Floats, tipped: Floats, n: int) -> tuple[float, float, float]:
    """Return the p50 and slope of greatest likelihood, and its logarithm; the likelihood is concave."""
    centre, width = x.mean(), np.ptp(x)
    z = (x - centre) / width

    def badness(at: Floats) -> tuple[float, Floats]:
        logits = at[0] + at[1] * z
        short = n * special.expit(logits) - tipped
        value = -(tipped * special.log_expit(logits) + (n - tipped) * special.log_expit(-logits)).sum()
        return float(value), np.array([short.sum(), (short * z).sum()])

    def curvature(at: Floats) -> Floats:
        p = special.expit(at[0] + at[1] * z)
        weight = n * p * (1 - p)
        return np.array([[weight.sum(), (weight * z).sum()], [(weight * z).sum(), (weight * z**2).sum()]])

    found = optimize.minimize(
        badness, np.zeros(2), jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-9}
    )
    level, steepness = (float(number) for number in found.x)
    if steepness <= 1e-9:
        raise StudyError("societies do not tip more often with a larger share, so that no share tips half")
    return float(centre - width * level / steepness), float(steepness / width), -float(found.fun)


def _profile(p50: float, x: Floats, tipped: Floats, n: int) -> float:
    """Return the greatest log likelihood of any slope that is at least 0, for one p50."""

    def gain(slope: float) -> float:
        return float(((tipped - n * special.expit(slope * (x - p50))) * (x - p50)).sum())

    steepest = STEEPEST / float(np.diff(x).min())
    if gain(0.0) <= 0:
        slope = 0.0
    elif gain(steepest) >= 0:
        slope = steepest
    else:
        slope = float(optimize.brentq(gain, 0.0, steepest))
    return _log_likelihood(p50, slope, x, tipped, n)


def _end_of_interval(p50: float, end: float, least: float, x: Floats, tipped: Floats, n: int) -> float:
    """Return where the profile likelihood falls to its least between the p50 and an end of the scale."""

    def above(at: float) -> float:
        return _profile(at, x, tipped, n) - least

    if above(end) >= 0:
        return end
    return float(optimize.brentq(above, p50, end, xtol=1e-10))
