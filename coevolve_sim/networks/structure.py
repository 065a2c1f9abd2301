"""Structure of a network: clustering coefficient and connected components."""

from __future__ import annotations

import numpy as np

from coevolve_sim.networks.ties import Ties, from_edges


def clustering(ties: Ties) -> float:
    """Average clustering coefficient: mean share of pairs of a human's partners that are tied to each other.

    High means that friends of friends are friends. A human with fewer than two partners counts 0. Weights are
    ignored, and directed ties count as undirected.

    Parameters
    ----------
    ties : Ties
        Any network.

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    [Watts1998]_

    Examples
    --------
    >>> from coevolve_sim.networks import complete, ring, star
    >>> clustering(ring(20, 4)), clustering(star(5)), clustering(complete(3))
    (0.5, 0.0, 1.0)
    """
    if ties.complete:
        return 1.0 if ties.n_humans > 2 else 0.0
    from coevolve_sim.networks.passes import triangles

    if ties.directed:
        pairs = np.column_stack([ties.indices, ties.listeners])
        ties = from_edges(ties.n_humans, pairs)
    degrees = ties.degrees
    pairs_of_partners = degrees * (degrees - 1) / 2
    shares = triangles(ties.indptr, ties.indices) / np.maximum(pairs_of_partners, 1)
    return float(shares.mean())


def components(ties: Ties) -> int:
    """Count the (weakly) connected components, between which nobody hears anybody.

    Parameters
    ----------
    ties : Ties
        Any network.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> from coevolve_sim.networks import ring, star
    >>> components(star(5)), components(ring(5, 0))
    (1, 5)
    """
    if ties.complete:
        return 1
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = ties.n_humans
    rows = csr_array((np.ones(ties.n_ties, np.int8), ties.indices, ties.indptr), shape=(n, n))
    parts, _ = connected_components(rows, directed=ties.directed, connection="weak")
    return int(parts)
