"""How each human listens to others (confidence, rate, stubbornness, repulsion), and checks of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RuleError
from coevolve_sim.rules.passes import all_finite


@dataclass(frozen=True, eq=False)
class Susceptibility:
    """How humans listen to one kind of source: peers, or assistants.

    Attributes
    ----------
    confidence : float64 array, shape (humans,)
        Distance beyond which a speaker is not listened to, in [0, inf].
    rate : float64 array, shape (humans,)
        Share of the way to what was heard that a listener moves, in [0, 1].
    stubbornness : float64 array, shape (humans,)
        Weight of the human's anchor in every exchange, in [0, 1].
    repulsion : float64 array, shape (humans,), or None
        Distance beyond which a speaker repels, in [0, inf]; None where nobody repels.
    """

    confidence: Floats
    rate: Floats
    stubbornness: Floats
    repulsion: Floats | None = None

    @classmethod
    def of(
        cls,
        n_humans: int,
        *,
        confidence: float | Floats = np.inf,
        rate: float | Floats = 1.0,
        stubbornness: float | Floats = 0.0,
        repulsion: float | Floats | None = None,
    ) -> Susceptibility:
        """Build a susceptibility from numbers or arrays, checking their shapes and ranges.

        Raises
        ------
        RuleError
            If a shape is not (humans,) or a number is outside its range; names the human.

        Examples
        --------
        >>> Susceptibility.of(3, confidence=0.2).confidence.tolist()
        [0.2, 0.2, 0.2]
        """
        return cls(
            _expand_per_human(confidence, n_humans, "confidence", np.inf),
            _expand_per_human(rate, n_humans, "rate", 1.0),
            _expand_per_human(stubbornness, n_humans, "stubbornness", 1.0),
            None if repulsion is None else _expand_per_human(repulsion, n_humans, "repulsion", np.inf),
        )

    def replace(self, humans: NDArray[np.intp], **fields: float) -> Susceptibility:
        """Return a copy with new numbers for some humans."""
        arrays: Mapping[str, Floats] = {name: getattr(self, name).copy() for name in fields}
        for name, number in fields.items():
            arrays[name][humans] = number
        return replace(self, **arrays)


def _expand_per_human(given: float | Floats, n_humans: int, name: str, high: float) -> Floats:
    array = np.asarray(given, dtype=np.float64)
    if array.ndim == 0:
        array = np.full(n_humans, float(array))
    if array.shape != (n_humans,):
        raise RuleError(f"{name} has shape {array.shape}; one number or shape ({n_humans},) is wanted")
    wrong = ~((array >= 0.0) & (array <= high))
    if wrong.any():
        human = int(np.argmax(wrong))
        raise RuleError(f"{name} of human {human} is {array[human]}; must be in [0, {high:g}]")
    return np.ascontiguousarray(array)


def checked_shape(values: Floats, n_humans: int | None = None, name: str = "values") -> Floats:
    """Return values as a C-contiguous float64 array (humans, dimensions), or raise.

    Raises
    ------
    RuleError
        If the array is not two-dimensional or has another number of humans.
    """
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 2 or (n_humans is not None and array.shape[0] != n_humans):
        wanted = "(humans, dimensions)" if n_humans is None else f"({n_humans}, dimensions)"
        raise RuleError(f"{name} have shape {array.shape}; shape {wanted} is wanted")
    return array


def checked_values(values: Floats, n_humans: int | None = None, name: str = "values") -> Floats:
    """Return values as `checked_shape` does, or raise if one is not finite.

    Raises
    ------
    RuleError
        If the array is not two-dimensional, has another number of humans, or is not finite.
    """
    array = checked_shape(values, n_humans, name)
    if not all_finite(array):
        human, dimension = (int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise RuleError(f"{name} of human {human}, dimension {dimension}, are {array[human, dimension]}")
    return array
