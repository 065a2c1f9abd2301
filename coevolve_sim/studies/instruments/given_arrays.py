"""Checks of the arrays that instruments are given: shape, finite numbers, how many replications."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError


def check_numbers(name: str, given: ArrayLike, shape: str) -> Floats:
    """Return finite numbers as a float64 array with as many axes as the shape in words names.

    Parameters
    ----------
    name : str
        What errors call the array.
    given : float array
    shape : str
        Its axes, as in ``"(replications, rounds)"``.

    Raises
    ------
    StudyError
        If it has another number of axes, is empty, or holds a number that is not finite (names the first).

    Examples
    --------
    >>> check_numbers("ends", [0.1, 0.2], "(replications,)").tolist()
    [0.1, 0.2]
    """
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise StudyError(f"{name} must be an array of numbers {shape}; something else given") from None
    n_axes = len([axis for axis in shape.strip("()").split(",") if axis.strip()])
    if array.ndim != n_axes or array.size == 0:
        raise StudyError(f"{name} must be an array {shape}, not empty; shape {array.shape} given")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise StudyError(f"{name} must be finite; {array[place]} stands at {place}")
    return array


def check_same_shape(**arrays: Floats) -> None:
    """Refuse arrays of which one has another shape than the first.

    Raises
    ------
    StudyError
        Names both, and their shapes.
    """
    (first, one), *others = arrays.items()
    for name, array in others:
        if array.shape != one.shape:
            raise StudyError(f"{first} and {name} must have one shape; {one.shape} and {array.shape} given")


def check_replications(n: int, least: int, what: str) -> None:
    """Refuse fewer replications than an instrument needs.

    Raises
    ------
    StudyError
        Says how many are given, and how many are needed.
    """
    if n < least:
        raise StudyError(f"{what} needs at least {least} replications; {n} given: run more seeds")
