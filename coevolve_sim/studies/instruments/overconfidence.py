"""Overconfidence: how much surer people are than they are right, by what they claim and how far off they are.

A belief of precision q claims a squared error of 1/q pieces of evidence. Overconfidence, q times the squared
error, is 1 in honest beliefs. It passes 1 before the loop locks in: people who count each other's beliefs as
evidence first become surer than they are right, while pooling still makes them better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.effects import paired_effect
from coevolve_sim.studies.instruments.given_arrays import check_numbers, check_replications, check_same_shape

LEAST_REPLICATIONS = 20
"""Squared errors are skewed, so that fewer give an interval that is too short."""


@dataclass(frozen=True)
class Overconfidence:
    """Claimed precision times squared error, on average.

    Attributes
    ----------
    score, low, high : float
        1 is honest, above 1 surer than right; with the ends of its confidence interval over replications.
    p_value : float
        In [0, 1]; against honest beliefs.
    smallest_effect_seen : float
        By how much a score must truly differ from 1 to be told from it with power .8.
    n : int
        Number of replications.
    verdict : str
        ``overconfident``, ``underconfident`` or ``not told from honest``.
    """

    score: float
    low: float
    high: float
    p_value: float
    smallest_effect_seen: float
    n: int
    verdict: str

    @property
    def sentence(self) -> str:
        """The finding in words, with what would have been seen."""
        return (
            f"Claimed precision times squared error is {self.score:.3f} ({self.low:.3f} to {self.high:.3f}; "
            f"1 is honest): {self.verdict}. A difference of {self.smallest_effect_seen:.3f} would have been "
            "seen."
        )


def measure_overconfidence(
    log_precision: ArrayLike,
    means: ArrayLike,
    truth: float,
    *,
    evidence_sd: float = 1.0,
    confidence: float = 0.95,
) -> Overconfidence:
    """Return by how much the precision that people claim exceeds what their errors bear out.

    Parameters
    ----------
    log_precision : float array, shape (replications, humans)
        Natural logarithm of the precision that each claims, in pieces of evidence.
    means : float array, shape (replications, humans)
        Mean of each belief.
    truth : float
        What the beliefs are about, in the unit of the means.
    evidence_sd : float
        Standard deviation of one piece of evidence, above 0, in the unit of the means.
    confidence : float
        In (.5, 1).

    Returns
    -------
    Overconfidence

    Raises
    ------
    StudyError
        If shapes differ, a number is not finite, there are fewer than 20 replications, or a score is beyond
        float64.

    References
    ----------
    [Qiu2025]_

    Examples
    --------
    >>> errors = np.tile([0.5, -0.5], 20)[:, None]
    >>> found = measure_overconfidence(np.full((40, 1), np.log(8.0)), errors, truth=0.0)
    >>> round(found.score, 12), found.verdict
    (2.0, 'overconfident')
    """
    claimed = check_numbers("log_precision", log_precision, "(replications, humans)")
    believed = check_numbers("means", means, "(replications, humans)")
    check_same_shape(log_precision=claimed, means=believed)
    check_replications(len(believed), LEAST_REPLICATIONS, "overconfidence")
    if not (np.isfinite(truth) and 0 < evidence_sd < np.inf):
        raise StudyError(
            f"a finite truth and an evidence_sd above 0 are wanted; {truth} and {evidence_sd} given"
        )
    with np.errstate(divide="ignore", over="ignore"):
        scores = np.exp(claimed + 2 * np.log(np.abs(believed - truth) / evidence_sd)).mean(axis=1)
    if not np.isfinite(scores).all():
        raise StudyError("claimed precisions are so large that a score is beyond float64: run fewer rounds")
    found = paired_effect(scores, np.ones_like(scores), confidence=confidence)
    verdict = "not told from honest"
    if found.low > 0 or found.high < 0:
        verdict = "overconfident" if found.mean > 0 else "underconfident"
    return Overconfidence(
        1 + found.mean,
        1 + found.low,
        1 + found.high,
        found.p_value,
        found.smallest_effect_seen,
        found.n,
        verdict,
    )
