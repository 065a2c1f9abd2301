"""Histories made to order, for studies in which the truth must be known.

Six shapes, each between a start and an end that every dimension has of its own:

=============  ==================================================================================
linear         start to end in equal steps
logistic       start to end along an S, steepest at the turning point
reversal       start to end until the turning point, then back to start
regime_shift   start until the turning point, end from it on
oscillation    from start to end and back, once every `period` eras
random_walk    from start, a normal step every era, reflected at 0 and 1
=============  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import HistoryError
from coevolve_sim.streams import stream
from coevolve_sim.values.histories.history import History
from coevolve_sim.values.naming import describe_unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

Ends = float | Mapping[str, float] | None

_DRAWN_WITHIN = (0.15, 0.85)


@dataclass(frozen=True)
class _Course:
    start: float
    end: float
    turning_point: float
    period: float
    steepness: float
    step_sd: float
    draws: np.random.Generator


def planted(
    kind: str,
    dimension_names: Iterable[str],
    n_eras: int,
    seed: int,
    *,
    start: Ends = None,
    end: Ends = None,
    turning_point: float = 0.5,
    period: float = 8.0,
    steepness: float = 10.0,
    step_sd: float = 0.05,
) -> History:
    """Return a history of a known shape.

    Parameters
    ----------
    kind : str
        One of `SHAPES`. A shape ignores the parameters it has no use for.
    dimension_names : iterable of str
        What the columns are.
    n_eras : int
        At least 2.
    seed : int
        Of the starts and ends that are drawn, and of the random walk.
    start, end : float, mapping of dimension name to float, or None
        In [0, 1]. A dimension without one draws its own, uniformly from [.15, .85]. A random walk
        has no end, and refuses one.
    turning_point : float
        When a logistic is steepest, a reversal turns, a regime shifts: a fraction of the history,
        above 0 and below 1.
    period : float
        Eras from crest to crest of an oscillation, at least 2.
    steepness : float
        Of a logistic, in [.1, 1000]: its rate if the whole history lasted 1; near .1 it is a line.
    step_sd : float
        Standard deviation of a random walk's step, in (0, 1].

    Raises
    ------
    HistoryError
        If the shape is unknown or a parameter out of its range; nothing is clipped.

    Examples
    --------
    >>> planted("reversal", ["thrift"], 5, seed=1, start=0.2, end=0.6).values[:, 0].round(6).tolist()
    [0.2, 0.4, 0.6, 0.4, 0.2]
    """
    names = tuple(dimension_names)
    if kind not in _COURSES:
        raise HistoryError(f"planted history: {describe_unknown_name('shape', kind, SHAPES)}")
    if kind == "random_walk" and end is not None:
        raise HistoryError(f"planted history: a random_walk has no end; leave it out ({end!r} given)")
    _check_range("n_eras", n_eras, "at least 2", n_eras >= 2)
    _check_range("turning_point", turning_point, "above 0 and below 1", 0 < turning_point < 1)
    _check_range("period", period, "at least 2 eras, and finite", 2 <= period < np.inf)
    _check_range("steepness", steepness, "in [0.1, 1000]", 0.1 <= steepness <= 1000)
    _check_range("step_sd", step_sd, "above 0 and at most 1", 0 < step_sd <= 1)
    _check_end("start", start, names)
    _check_end("end", end, names)
    eras = np.arange(n_eras, dtype=np.float64)
    values = np.empty((n_eras, len(names)))
    for i, name in enumerate(names):
        draws = stream(seed, "history", kind, name)
        drawn_start, drawn_end = draws.uniform(*_DRAWN_WITHIN, size=2)
        first, last = _given(start, name, drawn_start), _given(end, name, drawn_end)
        course = _Course(first, last, turning_point, period, steepness, step_sd, draws)
        values[:, i] = _COURSES[kind](eras, course)
    return History(
        f"planted-{kind}",
        era_names=tuple(str(era) for era in range(n_eras)),
        times=eras,
        dimension_names=names,
        values=values,
        observed=np.ones(values.shape, dtype=np.bool_),
        source=f"planted: {kind}, seed {seed}",
        notes=(f"The history is invented: {kind}, {n_eras} eras.",),
    )


def _check_range(what: str, given: object, allowed: str, fits: object) -> None:
    if not fits:
        raise HistoryError(f"planted history: {what} is {allowed}; {given} given")


def _check_end(what: str, ends: Ends, names: tuple[str, ...]) -> None:
    """Refuse a start or end outside [0, 1], or for a dimension that there is not."""
    if ends is None:
        return
    for name, value in ends.items() if isinstance(ends, Mapping) else [(None, ends)]:
        if name is not None and name not in names:
            raise HistoryError(f"planted history, {what}: {describe_unknown_name('dimension', name, names)}")
        where = what if name is None else f"{what} of '{name}'"
        _check_range(where, value, "a number in [0, 1]", 0 <= value <= 1)


def _given(ends: Ends, name: str, drawn: float) -> float:
    if isinstance(ends, Mapping):
        return float(ends.get(name, drawn))
    return float(drawn if ends is None else ends)


def _mix(share: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    """Values a share of the way from start to end; shares are in [0, 1], so are values."""
    return (1 - share) * course.start + share * course.end


def _passed(era: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = era / era[-1]
    return share


def _linear(era: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    return _mix(_passed(era), course)


def _logistic(era: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    curve = np.tanh(course.steepness / 2 * (_passed(era) - course.turning_point))
    return _mix((curve - curve[0]) / (curve[-1] - curve[0]), course)


def _reversal(era: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    return _mix(np.interp(_passed(era), [0, course.turning_point, 1], [0, 1, 0]), course)


def _regime_shift(era: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    return np.where(_passed(era) < course.turning_point, course.start, course.end)


def _oscillation(era: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    share: NDArray[np.float64] = (1 - np.cos(2 * np.pi * era / course.period)) / 2
    return _mix(share, course)


def _random_walk(era: NDArray[np.float64], course: _Course) -> NDArray[np.float64]:
    steps = course.draws.normal(0.0, course.step_sd, size=era.size - 1)
    free = course.start + np.concatenate([[0.0], np.cumsum(steps)])
    folded = np.mod(free, 2.0)
    reflected: NDArray[np.float64] = np.where(folded > 1, 2 - folded, folded)
    return reflected


_COURSES: dict[str, Callable[[NDArray[np.float64], _Course], NDArray[np.float64]]] = {
    "linear": _linear,
    "logistic": _logistic,
    "reversal": _reversal,
    "regime_shift": _regime_shift,
    "oscillation": _oscillation,
    "random_walk": _random_walk,
}

SHAPES: tuple[str, ...] = tuple(_COURSES)
"""The shapes a planted history can have."""
