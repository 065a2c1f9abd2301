"""Confidence and rate from files: a network, and what its people hold in two waves or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.rules.exchange import Distance
from coevolve_sim.studies.calibration.profile import (
    RESAMPLES,
    Intervals,
    Profile,
    profile_confidence,
    resample_egos,
)
from coevolve_sim.studies.calibration.regressors import RegressorScore, compare_regressors
from coevolve_sim.studies.calibration.reliability import FEWEST_PERSONS, Reliability, estimate_reliability
from coevolve_sim.studies.calibration.swarm import SwarmResult, minimise_by_swarm
from coevolve_sim.studies.calibration.transitions import FullSteps
from coevolve_sim.studies.calibration.waves import NetworkWaves, read_waves

SWARM_DIGITS = 3
"""Decimals to which a swarm's confidences are rounded, so that each is computed once."""


@dataclass(frozen=True, eq=False)
class CalibrationResult:
    """Confidence and rate of a rule that fit a network's waves best, and how far to trust them.

    Attributes
    ----------
    rule : str
    n_humans, n_egos, n_ties, n_waves : int
    dimension_names : tuple of str
    confidence, rate : float
        The best.
    error, persistence : float
        Mean square error of the rule, and of saying that nothing changes.
    intervals : Intervals
        Over resampled egos.
    level : float
        Of the intervals.
    profile : Profile
    swarm : SwarmResult or None
        Its parameters are confidence and rate; None if not asked for.
    regressors : tuple of RegressorScore
        Empty if not asked for.
    reliability : mapping of str to Reliability
        By dimension; empty with two waves.
    rate_of_error : float
        The rate that measurement error in egos' own values could feign at most, if nobody heard anybody; nan
        with two waves.
    notes : tuple of str
        What was left out, and what to beware of.
    """

    rule: str
    n_humans: int
    n_egos: int
    n_ties: int
    n_waves: int
    dimension_names: tuple[str, ...]
    confidence: float
    rate: float
    error: float
    persistence: float
    intervals: Intervals
    level: float
    profile: Profile
    swarm: SwarmResult | None
    regressors: tuple[RegressorScore, ...]
    reliability: dict[str, Reliability]
    rate_of_error: float
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        swarm = None
        if self.swarm is not None:
            swarm = {
                "restarts": [
                    {"confidence": float(place[0]), "rate": float(place[1]), "error": float(error)}
                    for place, error in zip(self.swarm.positions, self.swarm.errors, strict=True)
                ],
                "n_stuck": self.swarm.n_stuck,
            }
        names = ("rule", "n_humans", "n_egos", "n_ties", "n_waves", "confidence", "rate", "error")
        return {
            **{name: getattr(self, name) for name in (*names, "persistence", "level")},
            "rate_of_error": None if np.isnan(self.rate_of_error) else self.rate_of_error,
            "dimensions": list(self.dimension_names),
            "intervals": {
                name: list(ends) if isinstance(ends, tuple) else ends
                for name, ends in asdict(self.intervals).items()
            },
            "profile": {
                "confidence": self.profile.confidence.tolist(),
                "rate": self.profile.rate.tolist(),
                "error": self.profile.error.tolist(),
            },
            "swarm": swarm,
            "regressors": [asdict(one) for one in self.regressors],
            "reliability": {name: asdict(one) for name, one in self.reliability.items()},
            "notes": list(self.notes),
        }

    def as_text(self) -> str:
        """Return what was found, in lines."""
        ends = self.intervals
        lines = [
            (
                f"{self.rule} on {self.n_waves} waves of {len(self.dimension_names)} dimensions: "
                f"{self.n_egos:,} egos among {self.n_humans:,} people, {self.n_ties:,} ties"
            ),
            f"confidence  {self.confidence:.3f}  [{ends.confidence[0]:.3f}, {ends.confidence[1]:.3f}]",
            f"rate        {self.rate:.3f}  [{ends.rate[0]:.3f}, {ends.rate[1]:.3f}]",
            (
                f"mean square error {self.error:.5f}; of no change {self.persistence:.5f}; "
                f"{_percent(self)} less [{ends.gain[0]:.1%}, {ends.gain[1]:.1%}]"
            ),
            f"Intervals of {self.level:.0%} over {ends.n_resamples} resamples of egos.",
            *_swarm_lines(self.swarm),
            *_regressor_lines(self.regressors),
            *_reliability_lines(self),
        ]
        return "\n".join([*lines, *(f"Note: {note}." for note in self.notes)])


def calibrate_network(
    edges: str | Path,
    waves: Sequence[str | Path],
    *,
    rule: str = "hegselmann_krause",
    grid: ArrayLike | None = None,
    include_self: bool = True,
    distance: Distance = "joint",
    directed: bool = False,
    least_ties: int = 1,
    most_ties: int | None = None,
    swarm: bool = False,
    regressors: bool = False,
    level: float = 0.95,
    n_resamples: int = RESAMPLES,
    seed: int = 1,
) -> CalibrationResult:
    """Find the confidence and the rate of a rule that fit what people hold from wave to wave.

    One round of the rule is taken to pass from a wave to the next.

    Parameters
    ----------
    edges, waves, directed
        As in `read_waves`.
    rule, include_self, distance
        As in `FullSteps`.
    grid : float array, optional
        As in `profile_confidence`.
    least_ties, most_ties : int
        Of the people whose change is explained (egos).
    swarm : bool
        Whether to search by a particle swarm as well, which should find the same.
    regressors : bool
        Whether to score regressors with and without the rule (`compare_regressors`).
    level, n_resamples
        Of intervals over resampled egos.
    seed : int
        Of resamples, swarm and folds.

    Returns
    -------
    CalibrationResult

    Raises
    ------
    StudyError
        As the functions named above.
    NetworkError
        If the network cannot be read.

    References
    ----------
    [Mukta2021]_
    """
    read = read_waves(edges, waves, directed=directed)
    steps = FullSteps(read.transitions(least_ties, most_ties), rule, include_self, distance)
    profile = profile_confidence(steps, grid)
    confidence, rate = float(profile.confidence[profile.best]), float(profile.rate[profile.best])
    reliability, notes = _reliabilities(read)
    return CalibrationResult(
        rule=rule,
        n_humans=read.ties.n_humans,
        n_egos=len(steps.change),
        n_ties=read.ties.n_ties,
        n_waves=len(waves),
        dimension_names=read.dimension_names,
        confidence=confidence,
        rate=rate,
        error=float(profile.error[profile.best]),
        persistence=profile.persistence,
        intervals=resample_egos(steps, profile, level=level, n_resamples=n_resamples, seed=seed),
        level=level,
        profile=profile,
        swarm=search_by_swarm(steps, profile, seed) if swarm else None,
        regressors=compare_regressors(steps, profile, seed=seed) if regressors else (),
        reliability=reliability,
        rate_of_error=_rate_of_error(steps, confidence, read, reliability),
        notes=(*read.notes, *notes, *_warnings(read, profile)),
    )


def search_by_swarm(steps: FullSteps, profile: Profile, seed: int = 1, **settings: int) -> SwarmResult:
    """Return what a particle swarm finds between the ends of a profile; parameters confidence and rate.

    Confidences are rounded to three decimals, so that the rule is asked about each once. `settings` go to
    `minimise_by_swarm`.
    """

    def errors(places: Floats) -> Floats:
        rounded = np.round(places[:, 0], SWARM_DIGITS)
        return np.array(
            [
                steps.mean_square_error(float(c), float(rate))
                for c, rate in zip(rounded, places[:, 1], strict=True)
            ]
        )

    ends = profile.confidence[[0, -1]]
    found = minimise_by_swarm(errors, [float(ends[0]), 0.0], [float(ends[1]), 1.0], seed=seed, **settings)
    places = np.stack([np.round(found.positions[:, 0], SWARM_DIGITS), found.positions[:, 1]], axis=1)
    return SwarmResult(places, found.errors)


def _reliabilities(read: NetworkWaves) -> tuple[dict[str, Reliability], list[str]]:
    """Return the reliability of each dimension from the first three waves, and notes on what is missing."""
    if len(read.values) < 3:
        return {}, [
            (
                "with two waves, measurement error cannot be told from change; give a third wave, or see "
                "what a panel says of the same questions (--panel)"
            )
        ]
    if read.values.shape[1] < FEWEST_PERSONS:
        return {}, [f"fewer than {FEWEST_PERSONS} people are too few to tell error from change"]
    found, notes = {}, []
    for place, name in enumerate(read.dimension_names):
        try:
            found[name] = estimate_reliability(read.values[:3, :, place].T)
        except StudyError as error:
            notes.append(f"the reliability of {name} cannot be told: {error}")
    return found, notes


def _rate_of_error(
    steps: FullSteps, confidence: float, read: NetworkWaves, reliability: dict[str, Reliability]
) -> float:
    """Return the rate that errors of own values feign.

    Whatever moves, <step, change> has their variance in it once: the error is in both.
    """
    if len(reliability) < len(read.dimension_names):
        return float("nan")
    variance = sum(one.noise**2 for one in reliability.values())
    square = float(steps.at(confidence).step.sum())
    total = variance * len(steps.change) * len(steps.transitions)
    return min(total / square, 1.0) if square > 0 else float("nan")


def _warnings(read: NetworkWaves, profile: Profile) -> list[str]:
    told = []
    if profile.at_end:
        told.append(
            "the best confidence is at an end of the grid: the data say only that it lies there or beyond"
        )
    if profile.at_bound:
        told.append("the best rate lies outside [0, 1] and was cut: the rule does not fit")
    if len(read.dimension_names) == 1:
        told.append("with one dimension, few friends are told from many; confidence and rate are vague")
    return told


def _percent(found: CalibrationResult) -> str:
    return f"{1 - found.error / found.persistence:.1%}" if found.persistence > 0 else "0.0%"


def _swarm_lines(swarm: SwarmResult | None) -> list[str]:
    if swarm is None:
        return []
    spread = swarm.spread
    return [
        (
            f"Swarm: confidence {swarm.best[0]:.3f}, rate {swarm.best[1]:.3f}, mean square error "
            f"{swarm.errors.min():.5f}; over {len(swarm.errors)} restarts they spread by {spread[0]:.4f} and "
            f"{spread[1]:.4f} (standard deviations), errors from {swarm.errors.min():.5f} to "
            f"{swarm.errors.max():.5f}; {swarm.n_stuck} ended more than 2 % above the best"
        )
    ]


def _regressor_lines(scores: tuple[RegressorScore, ...]) -> list[str]:
    if not scores:
        return []
    lines = [f"{'on other egos':14} {'without':>9} {'with rule':>9} {'gain':>9} {'+-':>8}"]
    lines += [
        f"{one.name:14} {one.without:9.5f} {one.with_rule:9.5f} {one.gain:9.5f} {one.gain_error:8.5f}"
        for one in scores
    ]
    return lines


def _reliability_lines(found: CalibrationResult) -> list[str]:
    lines = [
        f"{name}: reliability {one.reliability:.3f}, noise {one.noise:.4f}, test-retest {one.r12:.3f} and "
        f"{one.r23:.3f}"
        for name, one in found.reliability.items()
    ]
    if np.isfinite(found.rate_of_error):
        lines.append(
            f"Measurement error in egos' own values could feign a rate of up to {found.rate_of_error:.3f}."
        )
    return lines
