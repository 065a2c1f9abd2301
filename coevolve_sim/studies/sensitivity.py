"""Which keys an outcome depends on: Sobol indices, and the screening of Morris.

Both are estimated from the outcomes at the points of a `coevolve_sim.studies.designs.Design`, by SALib
[Iwanaga2022]_. Where every point was run several times, outcomes are averaged over replications first; what
chance is left in them counts as interaction of all axes in total indices, so that these of an axis without
influence exceed 0. A point whose runs failed leaves a hole that neither method can work around: it is
refused, with how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.studies.designs import MORRIS_LEVELS, Design, load_salib, salib_problem

RESAMPLES = 1_000


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Shares of an outcome's variance over a design.

    Attributes
    ----------
    keys : tuple of str
        The axes.
    first, first_margin : float64 arrays, shape (axes,)
        Share of the variance that an axis explains by itself, and half the width of its interval.
    total, total_margin : float64 arrays, shape (axes,)
        Share of the variance that would be left if all other axes were known, and half its interval.
    confidence : float
        Of the intervals, in (0, 1).
    """

    keys: tuple[str, ...]
    first: Floats
    first_margin: Floats
    total: Floats
    total_margin: Floats
    confidence: float


@dataclass(frozen=True, eq=False)
class MorrisScreening:
    """Elementary effects: how an outcome changes when one axis does, per full range of the axis.

    Attributes
    ----------
    keys : tuple of str
        The axes.
    mean_effect, mean_absolute_effect : float64 arrays, shape (axes,)
        mu and mu*, in the unit of the outcome.
    margin : float64 array, shape (axes,)
        Half the width of the interval of mu*.
    spread : float64 array, shape (axes,)
        sigma, the standard deviation of effects: 0 where the outcome is linear and nothing interacts.
    confidence : float
        Of the intervals, in (0, 1).
    """

    keys: tuple[str, ...]
    mean_effect: Floats
    mean_absolute_effect: Floats
    margin: Floats
    spread: Floats
    confidence: float


def estimate_sobol_indices(
    design: Design, outcomes: ArrayLike, *, confidence: float = 0.95, seed: int = 1
) -> SobolIndices:
    """Estimate first and total Sobol indices from a ``sobol`` design.

    Parameters
    ----------
    design : Design
        Of kind ``sobol``.
    outcomes : float array, shape (points,) or (points, replications)
        Outcome of each point; averaged over replications. To see how much chance there is in the indices,
        give one replication at a time.
    confidence : float
        Of the intervals, in (0, 1).
    seed : int
        Of the bootstrap over base points.

    Returns
    -------
    SobolIndices

    Raises
    ------
    StudyError
        If the design is of another kind, shapes disagree, an outcome is missing (says how many are), or all
        are the same.

    References
    ----------
    [Sobol2001]_; [Saltelli2010]_

    Examples
    --------
    >>> from coevolve_sim.studies.designs import Axis, build_design
    >>> design = build_design([Axis("a", low=0, high=1), Axis("b", low=0, high=1)], "sobol", 512)
    >>> found = estimate_sobol_indices(design, design.shares @ [2.0, 1.0])
    >>> found.first.round(2).tolist()
    [0.8, 0.2]
    """
    means = _averaged(design, outcomes, "sobol", confidence)
    if np.ptp(means) <= 1e-12 * max(1.0, float(np.abs(means).max())):
        raise StudyError(
            f"the outcome is {means[0]:g} at all {means.size} points: there is no variance to share out"
        )
    found = load_salib("SALib.analyze.sobol").analyze(
        salib_problem(design.keys),
        means,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=confidence,
        seed=stream(seed, "sobol bootstrap"),
    )
    return SobolIndices(
        design.keys,
        _column(found, "S1"),
        _column(found, "S1_conf"),
        _column(found, "ST"),
        _column(found, "ST_conf"),
        confidence,
    )


def screen_by_morris(
    design: Design, outcomes: ArrayLike, *, confidence: float = 0.95, seed: int = 1
) -> MorrisScreening:
    """Screen axes by their elementary effects, from a ``morris`` design.

    Parameters
    ----------
    design : Design
        Of kind ``morris``.
    outcomes : float array, shape (points,) or (points, replications)
        Outcome of each point; averaged over replications.
    confidence : float
        Of the intervals, in (0, 1).
    seed : int
        Of the bootstrap over trajectories.

    Returns
    -------
    MorrisScreening

    Raises
    ------
    StudyError
        As `estimate_sobol_indices`, but that outcomes may all be the same.

    References
    ----------
    [Morris1991]_; [Campolongo2007]_

    Examples
    --------
    >>> from coevolve_sim.studies.designs import Axis, build_design
    >>> design = build_design([Axis("a", low=0, high=1), Axis("b", low=0, high=1)], "morris", 4)
    >>> found = screen_by_morris(design, design.shares @ [2.0, -1.0])
    >>> found.mean_absolute_effect.round(9).tolist(), found.spread.round(9).tolist()
    ([2.0, 1.0], [0.0, 0.0])
    """
    means = _averaged(design, outcomes, "morris", confidence)
    found = load_salib("SALib.analyze.morris").analyze(
        salib_problem(design.keys),
        design.shares,
        means,
        num_resamples=RESAMPLES,
        conf_level=confidence,
        num_levels=MORRIS_LEVELS,
        seed=stream_seed(seed, "morris bootstrap"),
    )
    return MorrisScreening(
        design.keys,
        _column(found, "mu"),
        _column(found, "mu_star"),
        _column(found, "mu_star_conf"),
        _column(found, "sigma"),
        confidence,
    )


def _column(found: Mapping[str, object], name: str) -> Floats:
    return np.array(found[name], dtype=np.float64)


def _averaged(design: Design, outcomes: ArrayLike, kind: str, confidence: float) -> Floats:
    """Return the mean outcome of each point, if none is missing."""
    if design.kind != kind:
        raise StudyError(f"the points must be of a design {kind}:N; they are of {design.kind}")
    if not 0 < confidence < 1:
        raise StudyError(f"a confidence must lie between 0 and 1; {confidence} given")
    array = np.asarray(outcomes, dtype=np.float64)
    n_points = len(design.points)
    if array.ndim not in (1, 2) or len(array) != n_points or array.size == 0:
        raise StudyError(
            f"outcomes must be an array ({n_points},) or ({n_points}, replications), a row a point of the "
            f"design; shape {array.shape} given"
        )
    missing = ~np.isfinite(array)
    if missing.any():
        first = int(np.flatnonzero(missing.reshape(n_points, -1).any(axis=1))[0])
        raise StudyError(
            f"{int(missing.sum())} of {array.size} outcomes are missing, the first at point {first}; "
            f"{kind} needs all of them: run the failed points again"
        )
    return array if array.ndim == 1 else array.mean(axis=1)
