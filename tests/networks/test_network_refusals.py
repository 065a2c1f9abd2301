"""A network that cannot exist is refused with what was given, what is allowed, and what to do."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import (
    barabasi_albert,
    build,
    caveman,
    complete,
    degree_sequence,
    erdos_renyi,
    from_edges,
    from_networkx,
    full_mixing,
    grid,
    power_law_cluster,
    random_geometric,
    rewire,
    ring,
    star,
    stochastic_block,
    to_networkx,
    watts_strogatz,
)

REFUSED = [
    (lambda: complete(0), "complete: n must be a whole number from 1 to 2147483647; 0 given"),
    (lambda: star(2.0), "star: n must be a whole number from 1 to 2147483647; 2.0 given"),
    (lambda: ring(True, 0), "ring: n must be a whole number from 1 to 2147483647; True given"),
    (lambda: full_mixing(-3), "a network needs 1 to 2147483647 humans; -3 given"),
    (
        lambda: erdos_renyi(10, 10, 1),
        "erdos_renyi: degree must be in [0, 9], as each of 10 humans can be tied to 9 others; 10 given: ",
    ),
    (lambda: erdos_renyi(10, -1.0, 1), "erdos_renyi: degree must be in [0, 9]"),
    (lambda: erdos_renyi(10, float("nan"), 1), "nan given"),
    (lambda: erdos_renyi(1, float("inf"), 1), "inf given"),
    (
        lambda: erdos_renyi(10, 2.0, 1, method="igraph"),
        "erdos_renyi: method must be one of auto, networkx, compiled; igraph given",
    ),
    (
        lambda: watts_strogatz(100, 5, 0.1, 1),
        "watts_strogatz: degree must be even, half of the neighbours on either side; 5 given: take 4 or 6",
    ),
    (
        lambda: watts_strogatz(10, 10, 0.1, 1),
        "watts_strogatz: degree must be a whole number from 0 to 9; 10 given: lower it, take more humans,",
    ),
    (
        lambda: watts_strogatz(10, 2, 1.1, 1),
        "watts_strogatz: rewiring must be a probability in [0, 1]; 1.1 given",
    ),
    (lambda: ring(2, 2), "ring: degree must be a whole number from 0 to 1; 2 given"),
    (lambda: ring(10, 2.0), "ring: degree must be a whole number from 0 to 9; 2.0 given"),
    (
        lambda: barabasi_albert(5, 5, 1),
        "barabasi_albert: attachments must be a whole number from 1 to 4; 5 given: lower it or take more",
    ),
    (lambda: barabasi_albert(5, 0, 1), "attachments must be a whole number from 1 to 4; 0 given"),
    (
        lambda: power_law_cluster(5, 9, 0.5, 1),
        "power_law_cluster: attachments must be a whole number from 1 to 4",
    ),
    (
        lambda: power_law_cluster(5, 2, -0.1, 1),
        "power_law_cluster: triangle_probability must be a probability in [0, 1]; -0.1 given",
    ),
    (
        lambda: stochastic_block(10, [0.5, 0.4], 1.0, 1.0, 1),
        "a number of blocks, or shares above 0 that sum to 1; [0.5, 0.4] given, which sum to 0.9",
    ),
    (lambda: stochastic_block(10, [1.2, -0.2], 1.0, 1.0, 1), "shares above 0 that sum to 1"),
    (lambda: stochastic_block(10, 0, 1.0, 1.0, 1), "blocks must be a whole number from 1 to 10; 0 given"),
    (lambda: stochastic_block(10, 11, 1.0, 1.0, 1), "11 given: each needs a human"),
    (
        lambda: stochastic_block(10, [0.99, 0.01], 1.0, 1.0, 1),
        "block 1 with share 0.01 of 10 humans would be empty: take more humans or a larger share",
    ),
    (
        lambda: stochastic_block(10, 5, 2.0, 1.0, 1),
        "degree_within must be in [0, 1], as the smallest block has 2 humans; 2.0 given: lower it",
    ),
    (
        lambda: stochastic_block(10, 2, 1.0, 6.0, 1),
        "degree_between must be in [0, 5], the mean number of humans in other blocks; 6.0 given",
    ),
    (lambda: stochastic_block(10, 1, 1.0, 1.0, 1), "degree_between must be in [0, 0]"),
    (lambda: stochastic_block(10, 2, -1.0, 1.0, 1), "stochastic_block: degree_within must be in [0, 9]"),
    (lambda: random_geometric(10, 10.0, 1), "random_geometric: degree must be in [0, 9]"),
    (
        lambda: grid(13),
        "grid: n = 13 is a prime and has no rows x columns; take 12 (3 x 4) or 14 (2 x 7) humans",
    ),
    (lambda: grid(12, rows=5), "grid: rows must divide n = 12; 5 given: leave it out"),
    (lambda: grid(12, rows=0), "grid: rows must be a whole number from 1 to 12; 0 given"),
    (
        lambda: caveman(10, 4, 0.0, 1),
        "caveman: n must be a multiple of cave_size = 4; 10 given: take 8 or 12 humans",
    ),
    (lambda: caveman(10, 2, 0.0, 1), "caveman: cave_size must be a whole number from 3 to 10; 2 given"),
    (lambda: caveman(9, 3, 2, 1), "caveman: rewiring must be a probability in [0, 1]; 2 given"),
    (
        lambda: degree_sequence(3, 1, degrees=[1, 1, 1]),
        "degree_sequence: degrees must sum to an even number, as a tie has two ends; 3 given",
    ),
    (lambda: degree_sequence(3, 1, degrees=[3, 1, 2]), "degrees must be in 0..2; 3 given for human 0"),
    (lambda: degree_sequence(3, 1, degrees=[1, 1]), "degrees must be 3 whole numbers, one a human"),
    (lambda: degree_sequence(2, 1, degrees=[1.0, 1.0]), "degrees must be 2 whole numbers"),
    (
        lambda: degree_sequence(4, 1, degrees=[3, 3, 1, 1]),
        "no network has these degrees: the 2 largest ask for 6 ends and at most 4 can be had: lower the",
    ),
    (lambda: degree_sequence(9, 1, exponent=1.0), "degree_sequence: exponent must be above 1; 1.0 given"),
    (lambda: degree_sequence(9, 1, min_degree=9), "min_degree must be a whole number from 1 to 8; 9 given"),
    (
        lambda: rewire(complete(5), 0.1, 1),
        "rewire: in full mixing (family complete) everybody is tied already, so no tie can move",
    ),
    (lambda: rewire(ring(5, 2), 1.5, 1), "rewire: fraction must be a probability in [0, 1]; 1.5 given"),
    (lambda: from_edges(3, np.array([[0, 3]])), "edge (0, 3) names a human outside 0..2"),
    (lambda: from_edges(3, np.array([[0, 1], [-1, 2]])), "edge (-1, 2) names a human outside 0..2"),
    (
        lambda: from_edges(3, np.array([[0.0, 1.0]])),
        "edges must be whole numbers of shape (n_edges, 2); float64",
    ),
    (lambda: from_edges(3, np.array([0, 1])), "edges must be whole numbers of shape (n_edges, 2)"),
    (
        lambda: from_edges(3, np.array([[0, 1]]), np.array([0.0])),
        "tie weights must be finite and above 0; 0.0 given",
    ),
    (lambda: from_edges(3, np.array([[0, 1]]), np.array([np.inf])), "tie weights must be finite"),
    (
        lambda: from_edges(3, np.array([[0, 1]]), np.array([1.0, 2.0])),
        "1 edges need 1 weights; shape (2,) given",
    ),
    (lambda: from_edges(0, np.empty((0, 2), int)), "a network needs 1 to 2147483647 humans; 0 given"),
    (lambda: from_edges(2, np.array([[0, 1]]), labels=("a",)), "labels must name all 2 humans; 1 given"),
    (lambda: from_networkx(nx.Graph()), "the graph has no nodes; a network needs at least 1 human"),
    (lambda: from_networkx(nx.Graph([("1", 1)])), "two nodes of the graph are called 1"),
    (
        lambda: to_networkx(complete(2_001)),
        "full mixing of 2001 humans would be 2001000 ties; a graph is made up to 2000 humans",
    ),
    (
        lambda: to_networkx(ring(3, 2), np.zeros((2, 1))),
        "values must be of shape (3, dimensions); shape (2, 1)",
    ),
    (lambda: to_networkx(ring(3, 2), np.zeros((3, 2)), ["a"]), "dimensions must be 2 different names"),
    (
        lambda: to_networkx(ring(3, 2), np.zeros((3, 1)), ["group"]),
        "none of community, group, label; ['group']",
    ),
    (lambda: to_networkx(ring(3, 2), groups=["a"]), "groups must name all 3 humans; 1 given"),
    (
        lambda: build(SimpleNamespace(family="lattice"), 5, 1),
        "no network family lattice; there are barabasi_albert, caveman, complete",
    ),
    (
        lambda: build(SimpleNamespace(family="star"), None, 1),
        "star: the number of humans is missing; only family file brings its own",
    ),
]


@pytest.mark.parametrize(("make", "text"), REFUSED, ids=[text[:50] for _, text in REFUSED])
def test_it_is_refused_in_words(make, text):
    with pytest.raises(NetworkError, match=re.escape(text)):
        make()


def test_degrees_are_refused_exactly_when_networkx_finds_them_not_graphical():
    for degrees in itertools.combinations_with_replacement(range(5), 5):
        if nx.is_graphical(list(degrees)):
            degree_sequence(5, 1, degrees=degrees)
        else:
            with pytest.raises(NetworkError, match=r"even number|no network has these degrees"):
                degree_sequence(5, 1, degrees=degrees)
