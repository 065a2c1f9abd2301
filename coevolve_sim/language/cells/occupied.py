"""Which cells have somebody in them, and which draw of its cell each human says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.cells.stated import Codes
from coevolve_sim.streams import stream


class Spoken(NamedTuple):
    """The draws of cells that somebody says.

    Attributes
    ----------
    first : int64 array, shape (draws,)
        The first human, by its place, who says each.
    draws : int64 array, shape (draws,)
        Which of its cell's draws each is, in [0, replies).
    n_humans : int64 array, shape (draws,)
        How many humans say each.
    mean : float64 array, shape (draws,)
        Mean of the values of those who say it.
    said : int64 array, shape (humans,)
        Which of these draws each human says.
    """

    first: NDArray[np.intp]
    draws: Codes
    n_humans: NDArray[np.intp]
    mean: Floats
    said: NDArray[np.intp]


def find_spoken(codes: Codes, draws: Codes, replies: int, values: Floats) -> Spoken:
    """Return which draws of which cells are said, in the order of cells and draws.

    Parameters
    ----------
    codes : int64 array, shape (humans,)
        The cell of each human.
    draws : int64 array, shape (humans,)
        Which of its cell's draws each says, in [0, replies).
    replies : int
        Number of draws of a cell.
    values : float64 array, shape (humans,)
        What each holds.

    Examples
    --------
    >>> found = find_spoken(np.array([7, 3, 7]), np.array([0, 1, 0]), 2, np.array([0.2, 0.9, 0.4]))
    >>> found.said.tolist(), found.draws.tolist(), found.n_humans.tolist()
    ([1, 0, 1], [1, 0], [1, 2])
    """
    found, first, said = np.unique(codes * replies + draws, return_index=True, return_inverse=True)
    said = said.reshape(-1)
    n_humans = np.bincount(said, minlength=found.size)
    return Spoken(first, found % replies, n_humans, np.bincount(said, values, found.size) / n_humans, said)


def one_speaker(value: float) -> Spoken:
    """Return the draws of a cell of one speaker alone, who holds a value."""
    one, zero = np.ones(1, dtype=np.intp), np.zeros(1, dtype=np.intp)
    return Spoken(zero, zero, one, np.array([value]), zero)


def draw_replies(n_humans: int, replies: int, seed: int, round_index: int) -> Codes:
    """Return which of its cell's draws each human says in a round; a human's own, however many there are.

    Examples
    --------
    >>> few, many = draw_replies(3, 4, seed=1, round_index=2), draw_replies(9, 4, seed=1, round_index=2)
    >>> few.tolist() == many[:3].tolist()
    True
    """
    drawn = stream(seed, "draw", round_index).integers(0, 2**32, size=n_humans, dtype=np.uint32)
    return (drawn % np.uint32(replies)).astype(np.int64)
