"""What every measure of a round must do, ours and a user's alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.measures import Measure
from coevolve_sim.measures.measure import build_custom_measure
from coevolve_sim.measures.round_arrays import RoundArrays
from coevolve_sim.plugin_calls import watch_ambient_draws
from coevolve_sim.rules.game_counts import GameCounts
from coevolve_sim.testing.societies import GROUPS, SEED, TrialSociety, make_society
from coevolve_sim.testing.verdicts import Verdict, difference_of, run_checks

CLOSE = 1e-9
PLAYED = GameCounts(20.0, 25.0, 13.0, 270.0, 400.0, 12.0, 7.0, 28.0, 8.0, 4.0, 40.0, 30.0)
_RANGE = re.compile(r"\[(-?[\d.]+), (-?[\d.]+|inf)\]")


def check_measure(measure: Measure | Callable[..., object], **parameters: Any) -> list[Verdict]:
    """Check that a measure is one: a number, nan where it is not defined, and the same whoever stands where.

    What a measure says of itself is held to: its range, where that is an interval of numbers.

    Parameters
    ----------
    measure : Measure or callable
        One of the catalogue's kind, or a function ``(arrays, **parameters)``.
    **parameters
        Handed to a function.

    Returns
    -------
    list of Verdict
        One a check, in the order of `MEASURE_CHECKS`; all are run even if one fails.

    Examples
    --------
    >>> def spread(arrays):
    ...     return np.ptp(arrays.values, axis=0)
    >>> [verdict for verdict in check_measure(spread) if not verdict.passed]
    []
    """
    if isinstance(measure, Measure):
        return run_checks(MEASURE_CHECKS, _Trial(measure.compute, measure))
    name = getattr(measure, "__name__", "measure")
    written = partial(measure, **parameters)
    return run_checks(MEASURE_CHECKS, _Trial(written, build_custom_measure(name, measure, parameters)))


@dataclass(frozen=True)
class _Trial:
    """A measure as its author wrote it, and as a run takes it: what it returns is checked."""

    written: Callable[[RoundArrays], object]
    measure: Measure

    def taken(self, society: TrialSociety) -> Floats:
        """Return the measure of a society, one number or one a dimension; nan where there is none."""
        result = self.measure.compute(_arrays(society))
        return np.atleast_1d(np.asarray(np.nan if result is None else result, dtype=np.float64))


def _arrays(society: TrialSociety) -> RoundArrays:
    groups = (society.group_of.astype(np.int64), len(GROUPS)) if society.group_of.max() else None
    values, initial, held = society.values.copy(), 1.0 - society.values, society.spoken.copy()
    followed = np.stack([values[:, 0] <= 0.6, values[:, 0] >= 0.4], axis=1)
    outlets = (society.spoken.copy(), followed)
    said = np.array([[1.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
    permitted = (society.spoken.copy(), np.full_like(society.spoken, 0.3), np.full_like(society.spoken, 0.6))
    counts = {"attacks": np.array([[4, 2]]), "carried": np.array([[1, 2]])}
    counts |= {"answers": np.array([40]), "held_back": np.array([3])}
    arrays = RoundArrays(values, initial, society.ties, groups, 0.02, 20, SEED, 1, held, outlets)
    return replace(arrays, appeals=said, games=PLAYED, permitted=permitted, counts=counts)


def _societies() -> list[tuple[str, TrialSociety]]:
    """Return societies that a measure must be able to take, with what is special about each."""
    plain = make_society()
    return [
        ("24 humans of 3 dimensions", plain),
        ("24 humans of 1 dimension", make_society(n_dimensions=1)),
        ("humans who all hear each other", make_society(network="complete")),
        ("humans without ties", make_society(network="isolated")),
        ("humans who all agree", replace(plain, values=np.full_like(plain.values, 0.3))),
        ("humans at the ends of the scale", replace(plain, values=np.round(plain.values))),
        ("two humans", make_society(2)),
        ("one human", make_society(1)),
    ]


def _result(trial: _Trial) -> str:
    for what, society in _societies():
        result: object = trial.measure.compute(_arrays(society))
        if result is None or isinstance(result, float):
            continue
        if not isinstance(result, np.ndarray) or result.shape != (society.values.shape[1],):
            shape = getattr(result, "shape", "")
            kind = type(result).__name__
            return f"of {what} it returned a value of type {kind} {shape}; a number, or one a dimension"
    return ""


def _range(trial: _Trial) -> str:
    found = _RANGE.match(trial.measure.range)
    if found is None:
        return ""
    low, high = float(found[1]), float(found[2])
    for what, society in _societies():
        taken = trial.taken(society)
        outside = taken[(taken < low - CLOSE) | (taken > high + CLOSE)]
        if outside.size:
            return f"of {what} it is {outside[0]}; its range is {trial.measure.range}"
    return ""


def _same_again(trial: _Trial) -> str:
    society = make_society()
    once, drew = watch_ambient_draws(lambda: trial.taken(society))
    if drew:
        return f"{drew}; it draws from stream(arrays.seed, purpose, arrays.round_index)"
    apart = difference_of(once, trial.taken(society))
    return f"the same round gave {apart}; the same are wanted" if apart else ""


def _changes_nothing(trial: _Trial) -> str:
    arrays = _arrays(make_society())
    names = ("values", "initial_values", "assistant_values")
    before = [getattr(arrays, name).copy() for name in names]
    trial.written(arrays)
    for name, one in zip(names, before, strict=True):
        if difference_of(one, getattr(arrays, name)):
            return f"it changed arrays.{name}; it makes new arrays"
    return ""


def _relabelling(trial: _Trial) -> str:
    society = make_society()
    arrays = _arrays(society)
    order = np.random.default_rng(SEED).permutation(len(society.values))
    one, another = map(trial.measure.compute, (arrays, _arrays(society.relabelled(order))))
    if one is None or another is None:
        return "" if one is another else f"it is {one}, and {another} where humans stand in another order"
    if not np.allclose(one, another, rtol=0.0, atol=CLOSE, equal_nan=True):
        return (
            f"it is {one}, and {another} where humans stand in another order; who stands where in "
            "an array is not what a measure is of"
        )
    return ""


MEASURE_CHECKS: dict[str, Callable[[_Trial], str]] = {
    "returns a number, one a dimension or None, of one human and many": _result,
    "stays within the range that it says": _range,
    "writes to nothing that it is given": _changes_nothing,
    "gives the same bytes again, and draws from named streams only": _same_again,
    "does not care in which order humans stand": _relabelling,
}
"""What every measure must do, and the check of it, which returns what went wrong."""
