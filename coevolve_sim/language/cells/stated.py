"""What a prompt says of a value, as a number: values that a prompt tells alike have the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.openings import GRADES
from coevolve_sim.language.prompts.templates import IN_WORDS, STANCES
from coevolve_sim.language.writing import PromptWriter

Codes = NDArray[np.int64]

MOST_CODES = 101 * len(GRADES)
"""Codes are below this number."""

_BETWEEN = tuple((low + high) / 2 for low, high in pairwise(GRADES))


def code_stated(values: Floats, writing: PromptWriter) -> Codes:
    """Return a number for what a prompt says of each value: its stance, and the grade of its opening.

    Parameters
    ----------
    values : float64 array
        In [0, 1].
    writing : PromptWriter
        That of the run: whether it tells stances as numbers or words, and whether messages are begun.

    Returns
    -------
    int64 array, of the same shape
        In [0, `MOST_CODES`).

    Examples
    --------
    >>> from coevolve_sim.language.prompts import Templates
    >>> words = PromptWriter(1, Templates.standard(version="v2"), ("thrift",), 0.0, 60)
    >>> code_stated(np.array([0.02, 0.1, 0.5, 1.0]), words).tolist()
    [0, 0, 15, 30]
    """
    stances = _in_words(values) if writing.templates.version == IN_WORDS else _in_numbers(values)
    grades = np.zeros_like(stances)
    if writing.opening != "none":
        for between in _BETWEEN:
            grades += values > between  # as near to two grades, it has the lower
    return stances * len(GRADES) + grades


def _in_numbers(values: Floats) -> Codes:
    """Return values as `coevolve_sim.language.prompts.templates.stance` states them."""
    return np.floor(values * 100.0 + 0.5).astype(np.int64)


def _in_words(values: Floats) -> Codes:
    """Return which of the words for a stance are said of values, by number."""
    codes = np.zeros(values.shape, dtype=np.int64)
    for most, _ in STANCES[:-1]:
        codes += values > most if most <= 0.5 else values >= most
    return codes
