"""The configuration model: random networks with a given degree sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.limits import check_size, check_whole
from coevolve_sim.networks.ties import Ties, from_edges
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def degree_sequence(
    n: int,
    seed: int,
    degrees: Sequence[int] | None = None,
    exponent: float = 2.5,
    min_degree: int = 3,
) -> Ties:
    """Give each human as many stubs as its degree and join stubs at random: the configuration model.

    Self-loops and multi-edges that this makes are removed and counted in `notes`, so hubs end with somewhat
    fewer ties than their degree. Drawn with NumPy at any size (about two seconds for a million humans with
    ten ties each).

    Parameters
    ----------
    n : int
        Number of humans, at least 1.
    seed : int
        The run's seed.
    degrees : sequence of int, length n, optional
        Number of ties of each human, 0..n-1. They must sum to an even number and be graphical: some network
        without self-loops and multi-edges has them [ErdosGallai1960]_.
    exponent : float
        Used without `degrees`, above 1: degrees k = `min_degree`..n-1 are drawn with probability proportional
        to ``k ** -exponent``. If their sum is odd, one human with a degree below n - 1 gets one more.
    min_degree : int
        Smallest degree that is drawn, 1..n-1.

    Raises
    ------
    NetworkError
        If no network has the degrees, or a parameter is out of range.

    References
    ----------
    [Newman2001]_

    Examples
    --------
    >>> degree_sequence(4, seed=1, degrees=[1, 1, 1, 1]).degrees.tolist()
    [1, 1, 1, 1]
    >>> degree_sequence(1000, seed=1, exponent=2.5, min_degree=3).degrees.min() >= 1
    np.True_
    """
    check_size("degree_sequence", n)
    generator = stream(seed, "network", "degree_sequence")
    hands = (
        _draw_power_law(n, exponent, min_degree, generator)
        if degrees is None
        else _check_graphical(n, degrees)
    )
    stubs = np.repeat(np.arange(n, dtype=np.int32), hands)
    generator.shuffle(stubs)
    return from_edges(n, stubs.reshape(-1, 2))


def _check_graphical(n: int, degrees: Sequence[int]) -> NDArray[np.int64]:
    given = np.asarray(degrees)
    if given.shape != (n,) or given.dtype.kind not in "iu":
        raise NetworkError(
            f"degree_sequence: degrees must be {n} whole numbers, one a human; "
            f"{given.dtype} of shape {given.shape} given"
        )
    if given.min() < 0 or given.max() > n - 1:
        human = int(np.flatnonzero((given < 0) | (given > n - 1))[0])
        raise NetworkError(
            f"degree_sequence: degrees must be in 0..{n - 1}; {given[human]} given for human {human}"
        )
    if total := int(given.sum()) % 2:
        raise NetworkError(
            f"degree_sequence: degrees must sum to an even number, as a tie has two ends; "
            f"{int(given.sum())} given: add or take {total} somewhere"
        )
    ordered = np.sort(given)[::-1].astype(np.int64)
    first = np.arange(1, n + 1)
    # sum over the rest of min(d, k): those above k count k, the others what they have
    above = np.maximum(np.searchsorted(-ordered, -first, side="left"), first)
    tail = np.concatenate([[0], np.cumsum(ordered)])
    room = first * (first - 1) + (above - first) * first + tail[-1] - tail[above]
    if (tail[1:] > room).any():
        k = int(np.flatnonzero(tail[1:] > room)[0])
        raise NetworkError(
            f"degree_sequence: no network has these degrees: the {k + 1} largest ask for {tail[k + 1]} ends "
            f"and at most {room[k]} can be had: lower the largest or raise the others"
        )
    return given.astype(np.int64)


def _draw_power_law(
    n: int, exponent: float, min_degree: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    if not 1 < exponent < np.inf:
        raise NetworkError(f"degree_sequence: exponent must be above 1; {exponent} given")
    check_whole("degree_sequence", "min_degree", min_degree, 1, n - 1 if n > 1 else 2**31 - 1)
    if n == 1:
        return np.zeros(1, np.int64)
    choices = np.arange(min_degree, n, dtype=np.int64)
    weight = np.cumsum(choices ** -float(exponent))
    hands: NDArray[np.int64] = choices[
        np.searchsorted(weight, generator.random(n) * weight[-1], side="right")
    ]
    if hands.sum() % 2:
        hands[generator.choice(np.flatnonzero(hands < n - 1))] += 1
    return hands
