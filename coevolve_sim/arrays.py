"""Type aliases for arrays in signatures; shapes and ranges are given in docstrings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Double-precision numbers."""

Indices = NDArray[np.intp]
"""Integer positions of humans, assistants, dimensions or rows."""

Kept = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.uint8]
"""State kept from round to round and restored bit for bit when a run is resumed."""


def as_floats(given: object) -> Floats:
    """Return what users' code gave as float64, if it is real numbers: nothing is left out or read into it.

    NumPy itself would drop imaginary parts, and read texts as numbers.

    Raises
    ------
    TypeError
        If it is of another type; the text says which.
    ValueError
        If it is no array: rows of different lengths.

    Examples
    --------
    >>> as_floats([0, 0.5])
    array([0. , 0.5])
    >>> as_floats([0.5 + 0.1j])
    Traceback (most recent call last):
    TypeError: complex numbers
    """
    try:
        array = np.asarray(given)
    except ValueError:
        raise ValueError(f"a {type(given).__name__} that is no array") from None
    if array.dtype.kind not in "fiu":
        kinds = {"U": "text", "S": "text", "b": "True or False", "c": "complex numbers"}
        raise TypeError(kinds.get(array.dtype.kind, f"a value of type {type(given).__name__}"))
    return array.astype(np.float64, copy=False)
