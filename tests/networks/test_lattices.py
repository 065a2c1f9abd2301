"""Networks that follow a plan, checked by hand and against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from coevolve_sim.networks import (
    caveman,
    complete,
    components,
    degree_sequence,
    grid,
    ring,
    star,
    to_networkx,
)


def rows(ties):
    return [ties.indices[a:b].tolist() for a, b in zip(ties.indptr, ties.indptr[1:], strict=False)]


def edges(graph):
    return {frozenset(edge) for edge in graph.edges()}


def test_a_ring_of_six_with_four_neighbours():
    assert rows(ring(6, 4))[0] == [1, 2, 4, 5]
    assert rows(ring(6, 4))[3] == [1, 2, 4, 5]


@pytest.mark.parametrize(("n", "degree"), [(5, 4), (10, 2), (31, 8), (7, 0)])
def test_rings_are_networkxs_without_rewiring(n, degree):
    assert edges(to_networkx(ring(n, degree))) == edges(nx.watts_strogatz_graph(n, degree, 0.0, seed=0))


@pytest.mark.parametrize(
    ("n", "rows_", "columns"), [(12, 3, 4), (2, 1, 2), (3, 1, 3), (4, 2, 2), (36, 6, 6), (15, 3, 5)]
)
@pytest.mark.parametrize("periodic", [True, False])
def test_grids_are_networkxs(n, rows_, columns, periodic):
    """Ours keeps sides of 1 and 2 open, where networkx adds no second tie either."""
    plan = nx.convert_node_labels_to_integers(
        nx.grid_2d_graph(rows_, columns, periodic=(periodic and rows_ > 2, periodic and columns > 2)),
        ordering="sorted",
    )
    assert edges(to_networkx(grid(n, periodic))) == edges(plan)


def test_a_grid_can_be_a_line_or_have_its_rows_named():
    assert grid(7, rows=1).degrees.tolist() == [1, 2, 2, 2, 2, 2, 1]
    assert rows(grid(12, rows=2))[0] == [1, 6]


def test_a_star_of_four():
    assert rows(star(4)) == [[1, 2, 3], [0], [0], [0]]


def test_full_mixing_holds_no_arrays_however_many():
    ties = complete(2**31 - 1)
    assert ties.complete
    assert ties.indices.size == 0
    assert ties.n_ties == (2**31 - 1) * (2**31 - 2)


@pytest.mark.parametrize(("caves", "size"), [(2, 3), (4, 5), (10, 6)])
def test_unrelaxed_caves_are_networkxs_connected_ones(caves, size):
    ties = caveman(caves * size, size, 0.0, 1)
    assert edges(to_networkx(ties)) == edges(nx.connected_caveman_graph(caves, size))
    assert components(ties) == 1


def test_a_single_cave_is_a_clique():
    assert caveman(5, 5, 0.0, 1).degrees.tolist() == [4] * 5


def test_relaxed_caves_keep_their_ties_and_mix():
    tight, loose = caveman(300, 6, 0.0, 1), caveman(300, 6, 0.5, 1)
    assert loose.n_ties == tight.n_ties
    assert loose.communities.tolist() == tight.communities.tolist()
    inside = [np.mean(t.communities[t.listeners] == t.communities[t.indices]) for t in (tight, loose)]
    assert inside[0] > 0.9
    assert inside[1] < 0.6


def test_given_degrees_are_kept_but_for_loops_and_repeats():
    ties = degree_sequence(200, seed=1, degrees=[3] * 100 + [5] * 100)
    lost = 800 - ties.n_ties
    assert 0 < lost < 60
    assert any("self-loop" in note or "repeated" in note for note in ties.notes)
    assert (ties.degrees <= [3] * 100 + [5] * 100).all()


def test_a_power_law_has_its_exponent():
    """Maximum likelihood over discrete degrees from 5 on [Clauset, Shalizi, Newman 2009, eq. 3.7]."""
    degrees = degree_sequence(30_000, seed=1, exponent=3.0, min_degree=5).degrees
    degrees = degrees[degrees >= 5]
    assert 1 + 1 / np.log(degrees / 4.5).mean() == pytest.approx(3.0, abs=0.08)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 9])
def test_small_power_laws_have_an_even_number_of_hands(n):
    for seed in range(20):
        assert degree_sequence(n, seed, exponent=1.5, min_degree=1).n_ties % 2 == 0


@pytest.mark.parametrize("degrees", [[0, 0, 0], [2, 2, 2], [3, 1, 1, 1], [3, 3, 2, 2, 2], [1, 1, 0, 0]])
def test_graphical_degrees_are_accepted_as_networkx_accepts_them(degrees):
    assert nx.is_graphical(degrees)
    degree_sequence(len(degrees), seed=1, degrees=degrees)
