"""The layout of the network's picture is that of networkx, to rounding."""

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.report.network_picture import spread_by_springs


@pytest.mark.parametrize("graph", [nx.gnm_random_graph(30, 60, seed=1), nx.path_graph(12), nx.empty_graph(5)])
def test_springs_put_people_where_networkx_puts_them(graph):
    n = len(graph)
    first = np.random.default_rng(3).random((n, 2))
    first[0], first[1] = 0.0, 1.0  # networkx takes the largest coordinate for the size of the plane
    pairs = np.array(graph.edges(), dtype=np.int64).reshape(-1, 2)
    known = nx.spring_layout(
        graph, pos=dict(enumerate(first)), k=0.3, iterations=40, method="force", scale=None, seed=1
    )
    found = spread_by_springs(pairs, first, 0.3)
    assert np.allclose(found, [known[i] for i in range(n)], atol=1e-6)


def test_tied_people_end_nearer_to_each_other_than_others():
    camps = np.array([(i, j) for c in (0, 10) for i in range(c, c + 10) for j in range(i + 1, c + 10)])
    places = spread_by_springs(camps, np.random.default_rng(1).random((20, 2)), 1.6 / np.sqrt(20))
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    assert apart[:10, :10].mean() < 0.6 * apart[:10, 10:].mean()
