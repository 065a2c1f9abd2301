"""Two people who hear each other, the first of whom consults an assistant.

x_1' = x_1 + w (p_1 - x_1) + a u (1 - x_1) and x_2' = x_2 + w (p_2 - x_2), from 0: u is 1 with the assistant,
which stands at 1, and 0 without it; p is what a person hears from the other, in this world or another.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.arrays import Floats


def run_two_people(
    n_rounds: int, *, consults: bool, said: Floats | None = None, weight: float = 0.2, pull: float = 0.1
) -> Floats:
    """Return the values of both, round by round.

    Parameters
    ----------
    n_rounds : int
    consults : bool
        Whether the assistant is there.
    said : float array, shape (rounds + 1, 2), optional
        A path of this function in another world, of which each hears the other's part.
    weight, pull : float
        w and a, in [0, 1].

    Returns
    -------
    float64 array, shape (rounds + 1, 2)

    Examples
    --------
    >>> run_two_people(3, consults=True)[-1].round(4).tolist()
    [0.223, 0.05]
    """
    path = np.zeros((n_rounds + 1, 2))
    for t in range(n_rounds):
        x = path[t]
        heard = (x if said is None else said[t])[::-1]
        pulled = pull * (1 - x) * [float(consults), 0.0]
        path[t + 1] = x + weight * (heard - x) + pulled
    return path
