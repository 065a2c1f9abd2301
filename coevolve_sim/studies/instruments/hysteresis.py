"""Hysteresis: whether people who follow an assistant up and down come back the way they went.

An assistant is driven up and down; A(v) = |closed integral of m dz| is the area between the two ways of
people's mean m over the drive z at speed v. **Area alone is lag**: whoever follows with a delay has one, and
it goes to 0 with the speed. Memory is what is left at speed 0: near a saddle-node areas approach it as
v^(2/3), and lag goes as v. So there is memory only if both laws leave something at 0, both describe the
areas, and the slowest speed is far below amplitude / tau, with tau the time in which people come to rest.
Otherwise the question is refused, with the speeds that would answer it: at speeds that are too high every lag
looks like memory.

A ramp asks something simpler: people who hear what is within eps and go mu of the way follow it for ever if
and only if v < mu eps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.replications import checked_replications, mean_and_ends

SADDLE_NODE, LAG = 2 / 3, 1.0
"""Exponents of the speed by which areas approach what is left at speed 0."""
LARGEST_MISFIT = 0.05
"""A law describes areas if its root mean square error is at most this part of their mean, or is noise."""
SLOW_ENOUGH = 1 / 16
"""The slowest speed is at most this part of amplitude / tau."""


def loop_area(people: ArrayLike, drive: ArrayLike, *, signed: bool = False) -> Floats:
    """Return the area between people's ways up and down, over one closed cycle of the drive.

    By trapezoids. Where people are noisy take the signed area: the size of noise alone is never 0. A drive
    that holds its lowest value for a round more has another area than a plain triangle, by .003 of .58 at a
    speed of .02.

    Parameters
    ----------
    people : float array, shape (replications, rounds)
        Mean value at the end of each round of the cycle, the second or a later one.
    drive : float array, shape (rounds,)
        What was heard in these rounds; its first and its last value are the same.
    signed : bool
        Whether the area is negative where people's way goes round the other way, ahead of the drive.

    Returns
    -------
    float64 array, shape (replications,)
        At least 0 unless signed; positive where people lag behind.

    Raises
    ------
    StudyError
        If shapes disagree, an entry is not finite, or the drive does not come back.

    Examples
    --------
    >>> loop_area([[0.0, 0.0, 1.0, 1.0, 0.0]], [0.0, 1.0, 1.0, 0.0, 0.0]).tolist()
    [1.0]
    """
    m = checked_replications(people, "people", ("replications", "rounds"), least=3)
    z = checked_replications(drive, "drive", ("rounds",), least=3)
    if z.size != m.shape[1]:
        raise StudyError(f"people and drive must have as many rounds; {m.shape[1]} and {z.size} given")
    if abs(z[0] - z[-1]) > 1e-9:
        raise StudyError(
            f"a cycle ends where it began; the drive goes from {z[0]:g} to {z[-1]:g}: include "
            "the round in which it is back"
        )
    area: Floats = -((m[:, 1:] + m[:, :-1]) / 2) @ np.diff(z)
    return area if signed else np.abs(area)


def extrapolate_area(speeds: ArrayLike, areas: ArrayLike, exponent: float) -> tuple[Floats, float]:
    """Return what is left of areas at speed 0 by ``A(v) = A0 + b v^exponent``, and how badly that fits.

    Parameters
    ----------
    speeds : float array, shape (speeds,)
        At least three, all different and above 0.
    areas : float array, shape (replications, speeds)
    exponent : float
        2/3 near a saddle-node, 1 for lag.

    Returns
    -------
    left : float64 array, shape (replications,)
        A0 of each replication, by least squares.
    misfit : float
        Root mean square error of the fit to the mean over replications, as a part of its mean.

    Raises
    ------
    StudyError
        If shapes disagree, an entry is not finite, or speeds are others.

    Examples
    --------
    >>> left, misfit = extrapolate_area([0.1, 0.2, 0.4], [[0.6, 0.7, 0.9]], 1.0)
    >>> left.round(9).tolist(), round(misfit, 9)
    ([0.5], 0.0)
    """
    v, all_areas = _checked_areas(speeds, areas)
    law = np.column_stack([np.ones(v.size), v**exponent])
    fitted = np.linalg.lstsq(law, all_areas.T, rcond=None)[0]
    mean = all_areas.mean(axis=0)
    errors = mean - law @ fitted.mean(axis=1)
    size = float(np.abs(mean).mean())
    return fitted[0], float(np.sqrt(np.mean(errors**2))) / size if size > 0 else 0.0


@dataclass(frozen=True)
class MemoryVerdict:
    """Whether people's way up and down differs for another reason than lag.

    Attributes
    ----------
    verdict : {"memory", "lag", "refused"}
        lag: no memory can be told.
    reason : str
        Why, in a sentence; of ``refused`` with the speeds that are needed.
    n : int
        Number of replications.
    saddle_node, saddle_node_low, saddle_node_high : float
        What is left at speed 0 by the law v^(2/3), and the ends of its interval over replications; all the
        same for one replication, of a society without noise.
    line, line_low, line_high : float
        The same by the law v.
    needed_speeds : tuple of float
        Speeds that would answer; empty unless refused.
    """

    verdict: Literal["memory", "lag", "refused"]
    reason: str
    n: int
    saddle_node: float
    saddle_node_low: float
    saddle_node_high: float
    line: float
    line_low: float
    line_high: float
    needed_speeds: tuple[float, ...] = ()


def judge_memory(
    speeds: ArrayLike,
    areas: ArrayLike,
    *,
    amplitude: float,
    relaxation: float,
    confidence: float = 0.95,
) -> MemoryVerdict:
    """Return whether areas of several speeds show memory, lag, or neither yet.

    Parameters
    ----------
    speeds : float array, shape (speeds,)
        At least three, all different and above 0, in value a round.
    areas : float array, shape (replications, speeds)
        From `loop_area`; signed where people are noisy.
    amplitude : float
        Half of the way from the drive's lowest to its highest value.
    relaxation : float
        The longest time, in rounds, in which people come to rest anywhere along the drive; inf where they
        never do, which is always refused.
    confidence : float
        In (.5, 1), of the intervals over replications.

    Returns
    -------
    MemoryVerdict

    Raises
    ------
    StudyError
        If shapes disagree, an entry is not finite, or a number is not above 0.

    References
    ----------
    [Jung1990]_, for the law v^(2/3).

    Examples
    --------
    >>> speeds = np.array([0.004, 0.002, 0.001])
    >>> judge_memory(speeds, [0.4 + 2 * speeds], amplitude=0.5, relaxation=10).verdict
    'memory'
    >>> judge_memory(speeds, [20 * speeds], amplitude=0.5, relaxation=10).verdict
    'lag'
    >>> judge_memory(speeds, [20 * speeds], amplitude=0.5, relaxation=200).needed_speeds
    (0.00015625, 7.8125e-05, 3.90625e-05)
    """
    v, all_areas = _checked_areas(speeds, areas)
    if not 0 < amplitude < np.inf or not relaxation > 0:
        raise StudyError(f"amplitude and relaxation time must be above 0; {amplitude} and {relaxation} given")
    node, node_misfit = extrapolate_area(v, all_areas, SADDLE_NODE)
    line, line_misfit = extrapolate_area(v, all_areas, LAG)
    by_node, by_line = mean_and_ends(node, confidence), mean_and_ends(line, confidence)
    both = f"at speed 0 {_said(by_node)} are left by v^(2/3), {_said(by_line)} by v"
    is_memory = by_node[1] > 0 and by_line[1] > 0
    misfits = (node_misfit, line_misfit)
    refused, needed = _why_refused(
        v, all_areas, misfits, amplitude / relaxation, confidence, is_memory=is_memory
    )
    if refused:
        return MemoryVerdict("refused", refused, len(all_areas), *by_node, *by_line, needed)
    if is_memory:
        return MemoryVerdict("memory", both, len(all_areas), *by_node, *by_line)
    reason = f"{both}: no memory can be told from lag, and none above {max(by_node[2], by_line[2], 0):.2g}"
    return MemoryVerdict("lag", reason, len(all_areas), *by_node, *by_line)


# --- ramps ---------------------------------------------------------------------------------------


def follows_ramp(people: ArrayLike, drive: float, confidence: float) -> NDArray[np.bool_]:
    """Return in which replications people still hear a driven assistant at the end of its ramp.

    Parameters
    ----------
    people : float array, shape (replications,)
        Mean value at the end of the round in which the ramp reaches its end.
    drive : float
        That end.
    confidence : float
        eps, the distance up to which people hear the assistant.

    Returns
    -------
    bool array, shape (replications,)

    Raises
    ------
    StudyError
        If the shape is another, or an entry is not finite.

    Examples
    --------
    >>> follows_ramp([0.9, 0.53], 1.0, 0.2).tolist()
    [True, False]
    """
    m = checked_replications(people, "people", ("replications",))
    return np.asarray(np.abs(drive - m) <= confidence)


def fastest_followed(rate: float, confidence: float) -> float:
    """Return the speed below which people who go part of the way within their confidence follow for ever.

    The gap to a ramp of speed v settles at v / mu before people move; they hear it while that is within eps.

    Parameters
    ----------
    rate, confidence : float
        mu, the part of the way, and eps, the distance up to which they hear.

    Returns
    -------
    float
        mu eps, in value a round.

    Raises
    ------
    StudyError
        If the rate is not in (0, 1], or the confidence not above 0.

    References
    ----------
    [Hegselmann2002]_, for bounded confidence.

    Examples
    --------
    >>> round(fastest_followed(0.3, 0.2), 9)
    0.06
    """
    if not 0 < rate <= 1 or not confidence > 0:
        raise StudyError(f"a rate lies in (0, 1] and a confidence above 0; {rate} and {confidence} given")
    return rate * confidence


def round_of_loss(speed: float, rate: float, confidence: float) -> float:
    """Return in which round of a ramp people who stood with it at first no longer hear it.

    A ramp must be longer than that to lose anybody; just above the boundary it is long.

    Parameters
    ----------
    speed : float
        Of the ramp, above 0.
    rate, confidence : float
        As in `fastest_followed`.

    Returns
    -------
    float
        A whole number; inf where they follow for ever.

    Raises
    ------
    StudyError
        As in `fastest_followed`, or if the speed is not above 0.

    Examples
    --------
    >>> round_of_loss(0.0601, 0.3, 0.2), round_of_loss(0.0599, 0.3, 0.2)
    (18.0, inf)
    """
    boundary = fastest_followed(rate, confidence)
    if not speed > 0:
        raise StudyError(f"a ramp's speed is above 0; {speed} given")
    if speed > confidence:
        return 1.0
    if speed <= boundary:
        return float("inf")
    # before people move in round t the gap is v / mu (1 - (1 - mu)^t)
    return float(np.floor(np.log1p(-boundary / speed) / np.log1p(-rate)) + 1)


def _checked_areas(speeds: ArrayLike, areas: ArrayLike) -> tuple[Floats, Floats]:
    """Return speeds from the fastest to the slowest, and areas in that order."""
    v = checked_replications(speeds, "speeds", ("speeds",))
    all_areas = checked_replications(areas, "areas", ("replications", "speeds"))
    if v.size != all_areas.shape[1]:
        raise StudyError(f"areas must be of as many speeds; {v.size} and {all_areas.shape[1]} given")
    if v.size < 3 or np.unique(v).size < v.size or (v <= 0).any():
        raise StudyError(
            "what is left at speed 0 needs three speeds or more, all different and above 0; "
            f"{v.tolist()} given"
        )
    order = np.argsort(-v)
    return v[order], all_areas[:, order]


def _why_refused(
    v: Floats, areas: Floats, misfits: tuple[float, float], pace: float, confidence: float, *, is_memory: bool
) -> tuple[str, tuple[float, ...]]:
    """Return why areas answer nothing, and the speeds that would; nothing where they do.

    ``v`` goes from the fastest to the slowest; ``pace`` is amplitude / tau.
    """
    slowest, largest = float(v[-1]), SLOW_ENOUGH * pace
    slower = tuple(float(min(slowest, largest) / 2**k) for k in range(3))
    wanted = f"give {', '.join(f'{speed:.2g}' for speed in slower)}"
    if largest == 0:
        return "people never come to rest along the drive, so that no speed is slow enough", ()
    if slowest > largest * (1 + 1e-9):
        reason = f"the slowest speed, {slowest:.2g}, is not far below amplitude / tau, {pace:.2g}: {wanted}"
        return reason, slower
    further = tuple(slowest / 2**k for k in range(3))
    wanted = f"give {', '.join(f'{speed:.2g}' for speed in further)}"
    if any(mean_and_ends(rise, confidence)[1] > 0 for rise in np.diff(areas, axis=1).T):
        return f"the area does not fall with the speed: the speeds are too high; {wanted}", further
    worst = max(misfits) if is_memory else min(misfits)
    if worst > max(LARGEST_MISFIT, 2 * _noise_of(areas)):
        which = "one of the two laws does" if is_memory else "the two laws do"
        return f"{which} not describe the areas (error {worst:.2g} of them): {wanted}", further
    return "", ()


def _noise_of(areas: Floats) -> float:
    """Return the standard error of mean areas, root mean square over speeds, as a part of their mean."""
    if len(areas) == 1 or not areas.any():
        return 0.0
    errors = areas.var(axis=0, ddof=1) / len(areas)
    return float(np.sqrt(errors.mean()) / np.abs(areas.mean(axis=0)).mean())


def _said(ends: tuple[float, float, float]) -> str:
    mean, low, high = ends
    return f"{mean:.3g}" if low == high else f"{mean:.3g} ({low:.3g} to {high:.3g})"
