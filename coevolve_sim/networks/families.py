"""Random networks: one function for each family, which returns `Ties`.

Each family draws from the stream ``(seed, "network", family)``. Below 20,000 humans
(`coevolve_sim.networks.limits.COMPILED_FROM`) most use networkx, the reference in the field; from there on
they use the compiled generators of `coevolve_sim.networks.large`, which tests compare with networkx in
distribution. The two draw differently, so the same seed gives different networks below and above;
``method="networkx"`` or ``"compiled"`` overrides the choice. A single human has no ties in any family.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.networks.blocks import block_sizes, tie_probabilities
from coevolve_sim.networks.graphs import from_drawn_graph, from_networkx
from coevolve_sim.networks.limits import (
    check_even_degree,
    check_mean_degree,
    check_probability,
    check_size,
    check_whole,
    is_compiled,
)
from coevolve_sim.networks.ties import Ties, from_rows
from coevolve_sim.streams import stream, stream_key, stream_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    from numpy.typing import NDArray


def _draw_key(seed: int, family: str) -> np.uint64:
    return stream_key(seed, "network", family)


def _networkx_seed(seed: int, family: str) -> int:
    return stream_seed(seed, "network", family)


def erdos_renyi(n: int, degree: float, seed: int, directed: bool = False, method: str = "auto") -> Ties:
    """Erdos-Renyi random graph: every pair of humans is tied with the same probability.

    Parameters
    ----------
    n : int
        Number of humans, at least 1.
    degree : float
        Mean number of speakers heard, in [0, n - 1]; the probability is ``degree / (n - 1)``.
    seed : int
        The run's seed.
    directed : bool
        Whether each direction is drawn on its own.
    method : {"auto", "networkx", "compiled"}
        Which generator draws.

    Raises
    ------
    NetworkError
        If a parameter is out of range.

    References
    ----------
    [Erdos1959]_; drawn by skips [Batagelj2005]_.

    Examples
    --------
    >>> ties = erdos_renyi(1000, 10.0, seed=1)
    >>> 9 < ties.n_ties / 1000 < 11
    True
    """
    check_size("erdos_renyi", n)
    chance = check_mean_degree("erdos_renyi", n, degree) / max(n - 1, 1)
    if is_compiled("erdos_renyi", method, n):
        from coevolve_sim.networks import large

        alike = np.zeros(n, np.int32)
        key = _draw_key(seed, "erdos_renyi")
        rows = large.block_ties(key, alike, np.array([chance]), 0.0, directed=directed)
        return from_rows(*rows, directed=directed)
    import networkx as nx

    graph = nx.fast_gnp_random_graph(n, chance, _networkx_seed(seed, "erdos_renyi"), directed)
    return from_drawn_graph(graph)


def watts_strogatz(n: int, degree: int, rewiring: float, seed: int, method: str = "auto") -> Ties:
    """Watts-Strogatz small world: a ring of nearest neighbours in which some ties are rewired at random.

    Parameters
    ----------
    n : int
        Number of humans, at least 1.
    degree : int
        Number of nearest neighbours tied at first, even, in 0..n-1; rewiring keeps it as the mean degree.
    rewiring : float
        Probability in [0, 1] that the far end of a tie is moved.
    seed : int
        The run's seed.
    method : {"auto", "networkx", "compiled"}
        Which generator draws.

    Raises
    ------
    NetworkError
        If a parameter is out of range.

    References
    ----------
    [Watts1998]_

    Examples
    --------
    >>> watts_strogatz(1000, 10, 0.1, seed=1).degrees.mean()
    np.float64(10.0)
    """
    check_size("watts_strogatz", n)
    degree = check_even_degree("watts_strogatz", n, degree)
    check_probability("watts_strogatz", "rewiring", rewiring)
    if is_compiled("watts_strogatz", method, n):
        from coevolve_sim.networks import large

        return from_rows(
            *large.small_world(_draw_key(seed, "watts_strogatz"), n, degree // 2, float(rewiring))
        )
    import networkx as nx

    drawn = nx.watts_strogatz_graph(n, degree, rewiring, _networkx_seed(seed, "watts_strogatz"))
    return from_drawn_graph(drawn)


def _check_attachments(family: str, n: int, attachments: int) -> None:
    most = n - 1 if n > 1 else 2**31 - 1
    check_whole(family, "attachments", attachments, 1, most, "lower it or take more humans")


def barabasi_albert(n: int, attachments: int, seed: int, method: str = "auto") -> Ties:
    """Barabasi-Albert preferential attachment: newcomers tie to humans with many ties, which makes hubs.

    Parameters
    ----------
    n : int
        Number of humans, at least 1; the oldest come first.
    attachments : int
        Number of ties of each newcomer, 1..n-1; the mean degree is nearly twice this.
    seed : int
        The run's seed.
    method : {"auto", "networkx", "compiled"}
        Which generator draws.

    Raises
    ------
    NetworkError
        If a parameter is out of range.

    References
    ----------
    [Albert1999]_; drawn as in [Batagelj2005]_.

    Examples
    --------
    >>> barabasi_albert(1000, 5, seed=1).n_ties // 2
    4975
    """
    check_size("barabasi_albert", n)
    _check_attachments("barabasi_albert", n, attachments)
    if n == 1:
        return _single_human()
    if is_compiled("barabasi_albert", method, n):
        from coevolve_sim.networks import large

        return from_rows(*large.preferential(_draw_key(seed, "barabasi_albert"), n, attachments))
    import networkx as nx

    drawn = nx.barabasi_albert_graph(n, attachments, _networkx_seed(seed, "barabasi_albert"))
    return from_drawn_graph(drawn)


def power_law_cluster(n: int, attachments: int, triangle_probability: float, seed: int) -> Ties:
    """Holme-Kim network: preferential attachment that also closes triangles, for hubs and clustering.

    Always compiled. networkx's ``powerlaw_cluster_graph`` (3.6) takes its targets from a Python set
    lowest number first, which makes its largest hub half as large again as the model's, and it loses
    a tie whenever a triangle took a target it had drawn. The walk over hubs' partners makes this the
    slowest family: about ten seconds for a million humans with five attachments.

    Parameters
    ----------
    n : int
        Number of humans, at least 1; the oldest come first.
    attachments : int
        Number of ties of each newcomer, 1..n-1; the mean degree is nearly twice this.
    triangle_probability : float
        Probability in [0, 1] that a further tie goes to a partner of the last one drawn by degree.
    seed : int
        The run's seed.

    Raises
    ------
    NetworkError
        If a parameter is out of range.

    References
    ----------
    [Holme2002]_

    Examples
    --------
    >>> from coevolve_sim.networks import clustering
    >>> flat, clustered = (power_law_cluster(1000, 5, p, seed=1) for p in (0.0, 0.9))
    >>> clustering(clustered) > 3 * clustering(flat)
    True
    """
    check_size("power_law_cluster", n)
    _check_attachments("power_law_cluster", n, attachments)
    check_probability("power_law_cluster", "triangle_probability", triangle_probability)
    if n == 1:
        return _single_human()
    from coevolve_sim.networks import large

    key = _draw_key(seed, "power_law_cluster")
    return from_rows(*large.clustered_preferential(key, n, attachments, float(triangle_probability)))


def _single_human() -> Ties:
    return from_rows(np.zeros(2, np.int64), np.empty(0, np.int32))


def stochastic_block(
    n: int,
    blocks: int | Sequence[float],
    degree_within: float,
    degree_between: float,
    seed: int,
    directed: bool = False,
    method: str = "auto",
) -> Ties:
    """Stochastic block model: planted communities with one mean degree within blocks, another between.

    Parameters
    ----------
    n : int
        Number of humans, at least 1; blocks lie one after another.
    blocks : int or sequence of float
        A number of equal blocks, or the shares of the blocks, above 0, summing to 1.
    degree_within : float
        Mean number of speakers heard in the human's own block, the same for each block; at most the smallest
        block's size minus 1.
    degree_between : float
        Mean number of speakers heard in all other blocks together, over all humans. Any two humans of
        different blocks are tied with the same probability, so members of small blocks have more.
    seed : int
        The run's seed.
    directed : bool
        Whether each direction is drawn on its own.
    method : {"auto", "networkx", "compiled"}
        Which generator draws.

    Returns
    -------
    Ties
        `communities` holds the blocks.

    Raises
    ------
    NetworkError
        If a parameter is out of range, shares do not sum to 1, or a block would be empty.

    References
    ----------
    [Holland1983]_

    Examples
    --------
    >>> ties = stochastic_block(1000, [0.5, 0.3, 0.2], 8.0, 2.0, seed=1)
    >>> np.bincount(ties.communities).tolist()
    [500, 300, 200]
    """
    check_size("stochastic_block", n)
    sizes = block_sizes(n, blocks)
    within, between = tie_probabilities(sizes, degree_within, degree_between)
    communities = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    if is_compiled("stochastic_block", method, n):
        from coevolve_sim.networks import large

        key = _draw_key(seed, "stochastic_block")
        rows = large.block_ties(key, communities, within, between, directed=directed)
        return from_rows(*rows, directed=directed, communities=communities)
    import networkx as nx

    chances = np.full((len(sizes), len(sizes)), between)
    np.fill_diagonal(chances, within)
    graph = nx.stochastic_block_model(
        sizes.tolist(), chances.tolist(), seed=_networkx_seed(seed, "stochastic_block"), directed=directed
    )
    return replace(from_networkx(_without_data(graph)), communities=communities)


def random_geometric(n: int, degree: float, seed: int, method: str = "auto") -> Ties:
    """Random geometric graph: humans at random points of the unit square, tied to all within a distance.

    Parameters
    ----------
    n : int
        Number of humans, at least 1.
    degree : float
        Mean number of ties, in [0, n - 1], *away from the borders*: the distance is
        ``sqrt(degree / (pi (n - 1)))``. Humans near a border have fewer.
    seed : int
        The run's seed.
    method : {"auto", "networkx", "compiled"}
        Which code searches for neighbours; the points, and so the ties, are the same.

    Raises
    ------
    NetworkError
        If a parameter is out of range.

    References
    ----------
    [Dall2002]_

    Examples
    --------
    >>> ties = random_geometric(1000, 10.0, seed=1)
    >>> 8 < ties.n_ties / 1000 < 10
    True
    """
    check_size("random_geometric", n)
    degree = check_mean_degree("random_geometric", n, degree)
    if degree == 0:
        return from_rows(np.zeros(n + 1, np.int64), np.empty(0, np.int32))
    radius = math.sqrt(degree / (math.pi * (n - 1)))
    points = stream(seed, "network", "random_geometric").random((n, 2))
    if is_compiled("random_geometric", method, n):
        from coevolve_sim.networks import large

        return from_rows(*large.geometric_ties(points, radius))
    import networkx as nx

    places: dict[int, NDArray[np.float64]] = dict(enumerate(points))
    return from_networkx(_without_data(nx.random_geometric_graph(n, radius, pos=places, seed=0)))


def _without_data(graph: nx.Graph[int]) -> nx.Graph[int]:
    """Return a graph without what its generator says of nodes, which no human has."""
    for _, data in graph.nodes(data=True):
        data.clear()
    return graph
