"""The population of a society: groups placed on the network, and their initial values.

Initial values are drawn from a Beta distribution with the given mean and standard deviation. If the spread is
too large for the mean, the density of that distribution is infinite at 0 or 1; then the largest spread
without such a peak is used instead, and a note says so. So values stay in [0, 1] without clipping, and their
expected mean is the given one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import special

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import PopulationError
from coevolve_sim.networks import to_networkx
from coevolve_sim.networks.ties import Ties
from coevolve_sim.streams import stream, stream_seed

MAX_HUMANS_TO_DETECT = 20_000
LEAST_SPREAD, LEAST_FROM_END = 1e-7, 1e-12  # where float64 no longer tells a Beta from a point


@dataclass(frozen=True)
class GroupPlan:
    """How a group is to be placed and drawn.

    Attributes
    ----------
    name : str
        Unique.
    share : float
        Of the population, in (0, 1]; shares sum to 1.
    centre, spread : tuple of float
        Mean and standard deviation of each dimension; ``centre`` in [0, 1].
    uniform : bool
        Whether values are uniform in [0, 1] instead.
    stratified : bool
        Whether draws are stratified, so that their mean is very close to the centre.
    placement : str
        ``random``, ``community``, ``highest_degree`` or ``lowest_degree``.
    """

    name: str
    share: float
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    uniform: bool = False
    stratified: bool = False
    placement: str = "random"


def group_sizes(shares: Sequence[float], n_humans: int, names: Sequence[str] | None = None) -> list[int]:
    """Return the number of humans in each group: shares rounded by the largest-remainder method.

    Raises
    ------
    PopulationError
        If a group would have nobody.

    Examples
    --------
    >>> group_sizes([0.5, 0.3, 0.2], 11)
    [6, 3, 2]
    """
    exact = np.asarray(shares) / np.sum(shares) * n_humans
    sizes = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - sizes), kind="stable")
    sizes[order[: n_humans - int(sizes.sum())]] += 1
    for index, size in enumerate(sizes):
        if size == 0:
            name = names[index] if names else str(index)
            raise PopulationError(
                f"group '{name}' has share {shares[index]:g} of {n_humans} humans, which is nobody; "
                f"at least {1 / shares[index]:.0f} humans are needed for one"
            )
    return [int(size) for size in sizes]


def place_groups(plans: Sequence[GroupPlan], ties: Ties, seed: int) -> NDArray[np.int32]:
    """Place groups on the network, and return the group of each human, shape (humans,).

    Groups placed by highest degree take their nodes first, in the order of the groups; then those placed by
    lowest degree; then those placed by community, which fill one community after the other; the rest are
    placed at random. Nodes of equal degree are ordered at random. Communities are those that the network's
    generator planted, else found by the Louvain method (seeded, up to 20,000 humans).

    Raises
    ------
    PopulationError
        If a group is placed by community and the network has none.
    """
    sizes = group_sizes([plan.share for plan in plans], ties.n_humans, [plan.name for plan in plans])
    shuffled = stream(seed, "placement").permutation(ties.n_humans)
    degrees = ties.degrees[shuffled]
    orders = {
        "highest_degree": shuffled[np.argsort(-degrees, kind="stable")],
        "lowest_degree": shuffled[np.argsort(degrees, kind="stable")],
        "random": shuffled,
    }
    if any(plan.placement == "community" for plan in plans):
        communities = _communities(ties, seed)
        orders["community"] = shuffled[np.argsort(communities[shuffled], kind="stable")]
    group_of = np.full(ties.n_humans, -1, dtype=np.int32)
    for placement in ("highest_degree", "lowest_degree", "community", "random"):
        for group, plan in enumerate(plans):
            if plan.placement == placement:
                order = orders[placement]
                free = order[group_of[order] < 0]
                group_of[free[: sizes[group]]] = group
    return group_of


def _communities(ties: Ties, seed: int) -> NDArray[np.int32]:
    if ties.communities is not None:
        return ties.communities
    if ties.complete or ties.n_humans > MAX_HUMANS_TO_DETECT:
        why = "full mixing has none" if ties.complete else f"more than {MAX_HUMANS_TO_DETECT} humans"
        raise PopulationError(
            f"placement by community: the network plants no communities and none can be found ({why}); "
            "use family stochastic_block or caveman, or another placement"
        )
    found = nx.community.louvain_communities(
        to_networkx(ties).to_undirected(), seed=stream_seed(seed, "communities")
    )
    communities = np.zeros(ties.n_humans, dtype=np.int32)
    for index, members in enumerate(sorted(found, key=min)):
        communities[list(members)] = index
    return communities


def initial_values(
    plans: Sequence[GroupPlan], group_of: NDArray[np.int32], seed: int
) -> tuple[Floats, tuple[str, ...]]:
    """Draw the initial values of all humans.

    Parameters
    ----------
    plans : sequence of GroupPlan
        The groups.
    group_of : int array, shape (humans,)
        Group of each human.
    seed : int
        Seed of the run; each group draws from its own stream, addressed by its name.

    Returns
    -------
    values : float64 array, shape (humans, dimensions)
        In [0, 1].
    notes : tuple of str
        Which spreads were too large for their centre, and what was used instead.
    """
    values = np.empty((group_of.size, len(plans[0].centre)))
    notes: list[str] = []
    for group, plan in enumerate(plans):
        members = np.flatnonzero(group_of == group)
        shape = (members.size, values.shape[1])
        rng = stream(seed, "initial values", plan.name)
        if plan.uniform:
            a = b = np.ones(shape[1])
            at_centre = np.zeros(shape[1], dtype=bool)
        else:
            a, b, at_centre, note = beta_parameters(np.array(plan.centre), np.array(plan.spread))
            notes += [f"group '{plan.name}': {note}"] if note else []
        drawn = _draw_stratified(rng, a, b, shape) if plan.stratified else rng.beta(a, b, shape)
        drawn[:, at_centre] = np.array(plan.centre)[at_centre]
        values[members] = drawn
    return values, tuple(notes)


def beta_parameters(centre: Floats, spread: Floats) -> tuple[Floats, Floats, NDArray[np.bool_], str]:
    """Return the Beta distribution of a given mean and standard deviation, with bounded density.

    Both parameters are at least 1, so that the density is nowhere infinite; where that needs a smaller spread
    than the given one, the largest possible is used. A centre of 0 or 1 (within 1e-12), or a spread below
    1e-7, gives a single point.

    Parameters
    ----------
    centre, spread : float arrays, shape (dimensions,)
        Mean in [0, 1] and standard deviation, at least 0.

    Returns
    -------
    a, b : float arrays, shape (dimensions,)
        Parameters of Beta(a, b); 1 where there is a single point.
    at_centre : bool array, shape (dimensions,)
        Where there is a single point.
    note : str
        Which spreads were made smaller; empty if none was.

    Examples
    --------
    >>> a, b, point, note = beta_parameters(np.array([0.5, 0.1]), np.array([12**-0.5, 0.2]))
    >>> a.round(2).tolist(), b.round(2).tolist()
    ([1.0, 1.0], [1.0, 9.0])
    >>> note
    'spread of 1 dimension taken smaller, lest values heap at 0 or 1 (at most by 0.110)'
    """
    at_centre = (spread < LEAST_SPREAD) | (np.minimum(centre, 1.0 - centre) < LEAST_FROM_END)
    m, s = np.where(at_centre, 0.5, centre), np.where(at_centre, 0.25, spread)
    least = 1.0 / np.minimum(m, 1.0 - m)
    asked = m * (1.0 - m) / s**2 - 1.0
    size = np.maximum(asked, least)
    taken = np.sqrt(m * (1.0 - m) / (size + 1.0))
    lessened = ((s - taken > 1e-9) & ~at_centre) | (at_centre & (spread >= LEAST_SPREAD))
    note = ""
    if count := int(lessened.sum()):
        most = float(np.max(np.where(at_centre, spread, spread - taken)[lessened]))
        note = (
            f"spread of {count} dimension{'s' * (count > 1)} taken smaller, lest values heap at 0 or 1 "
            f"(at most by {most:.3f})"
        )
    one = np.ones_like(m)
    return np.where(at_centre, one, m * size), np.where(at_centre, one, (1.0 - m) * size), at_centre, note


def _draw_stratified(rng: np.random.Generator, a: Floats, b: Floats, shape: tuple[int, int]) -> Floats:
    """Draw one value from each of n intervals of equal probability, in an independent order per dimension."""
    slices = rng.permuted(np.broadcast_to(np.arange(shape[0])[:, None], shape), axis=0)
    drawn = special.betaincinv(a, b, (slices + rng.random(shape)) / shape[0])
    return np.clip(np.asarray(drawn, dtype=np.float64), 0.0, 1.0)
