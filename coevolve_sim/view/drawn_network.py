"""Which humans and ties of a society are drawn, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.networks.ties import Ties
from coevolve_sim.report.network_picture import lay_out_humans, select_pairs
from coevolve_sim.report.sampling import FOLLOWED, Humans, sample_humans, sample_neighbourhood

MOST_HUMANS = 1_000
MOST_TIES = 8_000


@dataclass(frozen=True, eq=False)
class DrawnNetwork:
    """The part of a network that is drawn.

    Attributes
    ----------
    humans : int64 array, shape (drawn,)
        Their numbers, ascending; all, or a sample.
    points : float64 array, shape (drawn, 2)
        Where they stand, in [0, 1].
    pairs : int64 array, shape (ties, 2)
        Ties among them, as places in `humans`; all, or a sample.
    told : str
        What is drawn, in a sentence.
    is_laid_out : bool
        Whether tied humans stand near each other; on a circle until then.
    """

    humans: Humans
    points: Floats
    pairs: NDArray[np.int64]
    told: str
    is_laid_out: bool = False


def draw_network(ties: Ties, seed: int, most: int = MOST_HUMANS) -> DrawnNetwork:
    """Choose whom to draw, and put them on a circle, where they can be seen at once.

    Parameters
    ----------
    ties : Ties
    seed : int
        Of the choice, if it is one.
    most : int
        Humans that are drawn.
    """
    n = ties.n_humans
    humans = (
        sample_humans(n, most, seed, "report network")
        if ties.complete
        else sample_neighbourhood(ties, most, seed)
    )
    pairs = select_pairs(ties, humans)
    shown = pairs[sample_humans(len(pairs), MOST_TIES, seed, "report ties")]
    points = spread_on_disc(humans.size) if ties.complete else place_on_circle(humans.size)
    return DrawnNetwork(
        humans, points, shown, _tell(ties, humans.size, len(shown), len(pairs)), ties.complete
    )


def lay_out(drawn: DrawnNetwork, seed: int) -> DrawnNetwork:
    """Return the same network with tied humans near each other; seconds for a thousand."""
    if drawn.is_laid_out:
        return drawn
    points = lay_out_humans(drawn.pairs, drawn.humans.size, seed)
    return replace(drawn, points=np.clip(points, 0.0, 1.0), is_laid_out=True)


def place_on_circle(count: int) -> Floats:
    """Place humans on a circle, in their order.

    Examples
    --------
    >>> place_on_circle(4).round(2).tolist()
    [[1.0, 0.5], [0.5, 1.0], [0.0, 0.5], [0.5, 0.0]]
    """
    angles = 2 * np.pi * np.arange(count) / count
    points: Floats = 0.5 + 0.5 * np.column_stack([np.cos(angles), np.sin(angles)])
    return points


def spread_on_disc(count: int) -> Floats:
    """Place humans evenly on a disc, from the middle outwards, as seeds stand in a sunflower.

    Examples
    --------
    >>> spread_on_disc(1).tolist(), bool(np.hypot(*(spread_on_disc(50) - 0.5).T).max() <= 0.5)
    ([[0.5, 0.5]], True)
    """
    places = np.arange(count)
    radius = 0.5 * np.sqrt(places / max(count, 1))
    angles = places * np.pi * (3 - np.sqrt(5))
    points: Floats = 0.5 + radius[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    return points


def _tell(ties: Ties, drawn: int, n_shown: int, n_pairs: int) -> str:
    """Say what is drawn, and which part of all it is."""
    n = ties.n_humans
    if drawn < n:
        share = f"{100 * drawn / n:.2g} %"
        how = (
            "at random"
            if ties.complete
            else f"by following at most {FOLLOWED} ties of each from one at random"
        )
        told = f"Drawn are {drawn:,} of {n:,} humans ({share}), chosen {how}; they do not stand for all."
    else:
        told = f"Drawn are all {n:,} humans."
    if ties.complete:
        return f"{told} Everybody hears everybody, so no ties are drawn."
    if n_shown < n_pairs:
        return f"{told} Of the ties among them {n_shown:,} of {n_pairs:,} are drawn, chosen at random."
    return f"{told} Grey lines are ties{', drawn without their direction' if ties.directed else ''}."
