"""Memory of a topic in steps, so that many humans remember alike: an approximation of what each remembers."""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.cells.stated import Codes

COUNTS = ("1", "2 or 3", "4 or more")
"""How many views were heard, as prompts tell it; nobody is told of none."""

MEAN_STEPS = 10
"""Into how many steps the mean of what was heard is put; a prompt tells the middle of a step."""

MOST_REMEMBERED = 1 + len(COUNTS) * MEAN_STEPS
"""Numbers for what is remembered are below this one."""


def code_remembered(counts: Codes, sums: Floats) -> Codes:
    """Return a number for what each human remembers of a topic, in steps; 0 for nothing.

    Parameters
    ----------
    counts : int64 array, shape (humans,)
        Number of views heard.
    sums : float64 array, shape (humans,)
        Sum of these views, each in [0, 1].

    Examples
    --------
    >>> code_remembered(np.array([0, 1, 3, 9]), np.array([0.0, 0.31, 0.9, 9.0])).tolist()
    [0, 4, 14, 30]
    """
    means = sums / np.maximum(counts, 1)
    steps = np.minimum((means * MEAN_STEPS).astype(np.int64), MEAN_STEPS - 1)
    classes = (counts >= 2).astype(np.int64) + (counts >= 4)
    return np.where(counts > 0, 1 + classes * MEAN_STEPS + steps, 0)


def tell_remembered(code: int) -> tuple[str, float]:
    """Return the number of views and their mean as a prompt tells them, by a number of `code_remembered`.

    Examples
    --------
    >>> tell_remembered(14)
    ('2 or 3', 0.35)
    """
    which, step = divmod(code - 1, MEAN_STEPS)
    return COUNTS[which], (step + 0.5) / MEAN_STEPS
