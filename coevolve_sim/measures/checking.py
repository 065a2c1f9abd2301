"""Checks of the arguments of measures.

Each function returns its argument in the form that measures work on, or raises a `MeasureError` that names
the allowed interval and what was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MeasureError

if TYPE_CHECKING:
    from coevolve_sim.networks.ties import Ties

Measured = float | Floats
"""A float for values of shape (humans,); an array (dimensions,) for (humans, dimensions)."""


def checked_values(values: ArrayLike, name: str = "values") -> Floats:
    """Return values as a float64 array (humans, dimensions); shape (humans,) counts as one dimension.

    Raises
    ------
    MeasureError
        If there is no human or no dimension, or a value is not finite or outside [0, 1]
        (names the first such human).

    Examples
    --------
    >>> checked_values([0.25, 0.75]).shape
    (2, 1)
    """
    matrix = np.ascontiguousarray(values, dtype=np.float64)
    if np.ndim(values) not in {1, 2} or matrix.size == 0:
        raise MeasureError(
            f"{name} must be an array (humans,) or (humans, dimensions) of at least one human and one "
            f"dimension; shape {np.shape(values)} given"
        )
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if not (matrix.min() >= 0.0 and matrix.max() <= 1.0):
        human, dimension = np.argwhere(~((matrix >= 0.0) & (matrix <= 1.0)))[0]
        raise MeasureError(
            f"{name} must be finite and lie in [0, 1]; human {human} has {matrix[human, dimension]} "
            f"in dimension {dimension}"
        )
    return matrix


def match_input_shape(result: Floats, values: ArrayLike) -> Measured:
    """Return a float for values of shape (humans,), and an array over dimensions otherwise."""
    return float(result[0]) if np.ndim(values) == 1 else result


def checked_vectors(vectors: ArrayLike, name: str) -> Floats:
    """Return vectors as a finite float64 array (eras, dimensions).

    Raises
    ------
    MeasureError
        If it has another shape, or an entry is not finite (names the first such era).
    """
    array = np.ascontiguousarray(vectors, dtype=np.float64)  # else the last bit depends on the layout
    if array.ndim != 2 or array.size == 0:
        raise MeasureError(
            f"{name} must be an array (eras, dimensions) of at least one era and one dimension; "
            f"shape {array.shape} given"
        )
    if not np.isfinite(array).all():
        era = int(np.argwhere(~np.isfinite(array))[0, 0])
        raise MeasureError(f"{name} must be finite; era {era} is {array[era].tolist()}")
    return array


def checked_pair(first: tuple[str, ArrayLike], second: tuple[str, ArrayLike]) -> tuple[Floats, Floats]:
    """Return two named arrays (eras, dimensions) of equal shape.

    Raises
    ------
    MeasureError
        If either is malformed, or their shapes differ.
    """
    a, b = checked_vectors(first[1], first[0]), checked_vectors(second[1], second[0])
    if a.shape != b.shape:
        raise MeasureError(
            f"{first[0]} and {second[0]} must have equal shapes (eras, dimensions); "
            f"{a.shape} and {b.shape} given"
        )
    return a, b


def checked_labels(labels: ArrayLike, n_humans: int, name: str = "groups") -> tuple[NDArray[np.int64], int]:
    """Return labels renumbered from 0 without gaps, and the number of distinct labels.

    Raises
    ------
    MeasureError
        If labels are not integers, or not one for each human.

    Examples
    --------
    >>> checked_labels([7, 3, 7], 3)
    (array([1, 0, 1]), 2)
    """
    array = np.asarray(labels)
    if array.shape != (n_humans,) or not np.issubdtype(array.dtype, np.integer):
        raise MeasureError(
            f"{name} must be whole numbers, one for each of {n_humans} humans; "
            f"{array.dtype} of shape {array.shape} given"
        )
    if array.size and array.min() >= 0 and array.max() < array.size:
        numbers = array.astype(np.int64, copy=False)
        if np.bincount(numbers).all():  # without holes already: nothing to sort
            return numbers, int(array.max()) + 1
    known, inverse = np.unique(array, return_inverse=True)
    return inverse.astype(np.int64), int(known.size)


def checked_ties(ties: Ties, n_humans: int) -> Ties:
    """Check that ties and values have the same number of humans, and return the ties.

    Raises
    ------
    MeasureError
        If the numbers of humans differ.
    """
    if ties.n_humans != n_humans:
        raise MeasureError(
            f"ties must be among {n_humans} humans, as the values are; among {ties.n_humans} given"
        )
    return ties


def checked_number(name: str, value: float, low: float, high: float) -> float:
    """Check that a number is in [low, high], and return it.

    Raises
    ------
    MeasureError
        If it is not in [low, high].

    Examples
    --------
    >>> checked_number("gap", 0.02, 0, 1)
    0.02
    """
    if not low <= value <= high:
        raise MeasureError(f"{name} must lie in [{low:g}, {high:g}]; {value} given")
    return float(value)


def checked_count(name: str, value: float, low: int, high: int) -> int:
    """Check that a number is whole and in [low, high], and return it as an int.

    Raises
    ------
    MeasureError
        If it is not whole, or not in [low, high].
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise MeasureError(f"{name} must be a whole number in [{low}, {high}]; {value!r} given")
    return int(value)
