"""Measures of a round: the description that the catalogue keeps, and measures from a user's function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures.round_arrays import RoundArrays
from coevolve_sim.plugin_calls import plugin_call

Compute = Callable[[RoundArrays], Floats | float | None]


@dataclass(frozen=True)
class Measure:
    """A measure of a round: its description, and the function that computes it.

    Attributes
    ----------
    name : str
        Its key in the catalogue, in records and in reports.
    meaning : str
        One plain sentence.
    high_means : str
        What a high value means.
    range : str
        Interval, as text.
    source : str
        Key into ``docs/references.bib``.
    cost : str
        Growth with humans N, dimensions D and ties E.
    per_dimension : bool
        Whether it is computed for each dimension; the overall value is then their mean.
    compute : callable
        Takes a `RoundArrays`; returns an array (dimensions,), a float, or None where the measure does not
        apply to the round.
    with_size : str
        What it does in larger and larger samples of the same people, in one sentence; empty where it stays as
        it is, so that societies of different sizes can be compared (from some 100 humans on).
    by_column : bool
        Whether each dimension is measured by its own values, gap and bins alone, to the bit: the dimensions
        of several societies can then be measured as those of one.
    """

    name: str
    meaning: str
    high_means: str
    range: str
    source: str
    cost: str
    per_dimension: bool
    compute: Compute = field(repr=False)
    with_size: str = ""
    by_column: bool = False


def build_custom_measure(
    name: str, function: Callable[..., object], parameters: Mapping[str, object]
) -> Measure:
    """Build a measure from a user's function, whose results are checked.

    Parameters
    ----------
    name : str
        Its name in records and reports.
    function : callable
        ``(arrays, **parameters)``: takes `RoundArrays` and returns a number, an array (dimensions,), or None
        where the measure does not apply; nan stands for undefined. It gets copies, so that it cannot change
        the arrays.
    parameters : mapping of str to object
        Passed to the function.

    Examples
    --------
    >>> build_custom_measure("top", lambda arrays, of: arrays.values.max() - of, {"of": 0.5}).name
    'top'
    """

    def compute(arrays: RoundArrays) -> Floats | float | None:
        with plugin_call(f"measure '{name}'", MeasureError):
            returned = function(arrays.as_copies(), **parameters)
        return _checked_result(name, returned, arrays.values.shape[1])

    told = (inspect.getdoc(function) or f"A measure of your own, {name}.").split("\n")[0]
    return Measure(name, told, "as its author says", "as its author says", "", "its own", False, compute)


def _checked_result(name: str, returned: object, n_dimensions: int) -> Floats | float | None:
    if returned is None:
        return None
    try:
        result = np.asarray(returned)
        number = result.astype(np.float64) if result.dtype.kind in "fiub" else None
    except (TypeError, ValueError):
        number = None
    if number is None or number.shape not in {(), (n_dimensions,)}:
        shape = "" if number is None else f" of shape {number.shape}"
        raise MeasureError(
            f"measure '{name}' returned a value of type {type(returned).__name__}{shape}; "
            f"a number, or one for each of the {n_dimensions} dimensions, is wanted"
        )
    return float(number) if number.shape == () else number
