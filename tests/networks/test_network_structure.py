"""Clustering and components against networkx."""

from __future__ import annotations

import networkx as nx
import pytest

from coevolve_sim.networks import (
    barabasi_albert,
    caveman,
    clustering,
    complete,
    components,
    erdos_renyi,
    grid,
    power_law_cluster,
    ring,
    star,
    to_networkx,
)

NETWORKS = {
    "ring": ring(50, 6),
    "hubs": barabasi_albert(400, 4, 1),
    "hubs and triangles": power_law_cluster(400, 4, 0.8, 1),
    "sparse": erdos_renyi(300, 1.0, 1),
    "dense": erdos_renyi(60, 50.0, 1),
    "caves": caveman(60, 6, 0.2, 1),
    "star": star(30),
    "grid": grid(30),
    "complete": complete(12),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_clustering_is_networkxs_average(name):
    ties = NETWORKS[name]
    assert clustering(ties) == pytest.approx(nx.average_clustering(to_networkx(ties)), abs=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_components_are_as_many_as_networkx_counts(name):
    assert components(NETWORKS[name]) == nx.number_connected_components(to_networkx(NETWORKS[name]))


def test_directed_ties_are_taken_as_undirected():
    ties = erdos_renyi(200, 2.0, 1, directed=True)
    graph = to_networkx(ties)
    assert clustering(ties) == pytest.approx(nx.average_clustering(graph.to_undirected()), abs=1e-12)
    assert components(ties) == nx.number_weakly_connected_components(graph)


def test_one_and_two_humans():
    assert [clustering(complete(n)) for n in (1, 2, 3)] == [0.0, 0.0, 1.0]
    assert (clustering(star(1)), components(star(1)), components(complete(5))) == (0.0, 1, 1)


def test_a_star_of_a_million_does_not_take_a_million_squared_steps():
    assert clustering(star(1_000_000)) == 0.0
