"""Moved ties: as many as before, sound, and drawn by name."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve_sim.networks import caveman, erdos_renyi, from_edges, rewire, ring, star, stochastic_block


def pairs(ties):
    return set(zip(ties.listeners.tolist(), ties.indices.tolist(), strict=True))


@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_ties_stay_as_many_and_simple_and_about_the_fraction_moves(fraction):
    before = erdos_renyi(1_000, 10.0, 1)
    after = rewire(before, fraction, 1, "round", 3)
    assert after.n_ties == before.n_ties
    assert after.notes == () or "repeated" not in " ".join(after.notes)
    moved = len(pairs(before) - pairs(after)) / before.n_ties
    assert moved == pytest.approx(fraction, abs=0.03)
    assert {(v, u) for u, v in pairs(after)} == pairs(after)
    assert all(u != v for u, v in pairs(after))


def test_each_moved_tie_keeps_one_end_and_the_new_one_is_anybody():
    """From a ring without rewiring, the new ends are spread evenly over the circle."""
    before = ring(2_000, 2)
    after = rewire(before, 1.0, 1)
    apart = np.abs(after.listeners - after.indices)
    apart = np.minimum(apart, 2_000 - apart)
    assert apart.mean() == pytest.approx(500, rel=0.05)
    assert after.degrees.var() == pytest.approx(1.5, rel=0.1)  # 2 ends kept or not, Poisson(1) new


def test_the_address_names_the_draw():
    before = ring(200, 4)
    again, other = rewire(before, 0.3, 1, 7), rewire(before, 0.3, 1, 8)
    assert rewire(before, 0.3, 1, 7).indices.tobytes() == again.indices.tobytes()
    assert other.indices.tobytes() != again.indices.tobytes()
    assert rewire(before, 0.3, 2, 7).indices.tobytes() != again.indices.tobytes()


def test_nothing_moves_at_fraction_zero():
    before = ring(20, 4)
    assert rewire(before, 0.0, 1) is before


def test_communities_and_labels_stay_and_the_given_network_is_untouched():
    before = stochastic_block(300, 3, 6.0, 1.0, 1)
    kept = before.indices.copy()
    after = rewire(before, 0.5, 1)
    assert after.communities is before.communities
    assert (before.indices == kept).all()
    named = from_edges(4, np.array([[0, 1], [1, 2]]), labels=("a", "b", "c", "d"))
    assert rewire(named, 1.0, 1).labels == ("a", "b", "c", "d")


def test_weights_go_with_their_ties():
    edges = np.column_stack([np.arange(50), np.arange(50) + 50])
    before = from_edges(100, edges, np.arange(1.0, 51.0))
    after = rewire(before, 0.6, 1)
    assert sorted(after.weights) == sorted(before.weights)
    for u, v, weight in zip(after.listeners, after.indices, after.weights, strict=True):
        tie = edges[int(weight) - 1]
        assert u in tie or v in tie


def test_directed_ties_keep_their_direction():
    before = erdos_renyi(500, 4.0, 1, directed=True)
    after = rewire(before, 0.5, 1)
    assert after.directed
    assert after.n_ties == before.n_ties
    assert len(pairs(before) - pairs(after)) / before.n_ties == pytest.approx(0.5, abs=0.05)


def test_ties_that_find_no_free_place_stay_and_are_counted():
    everybody = from_edges(6, np.array([(u, v) for u in range(6) for v in range(u)]))
    after = rewire(everybody, 1.0, 1)
    assert pairs(after) == pairs(everybody)
    assert after.notes == ("15 ties found no free place and stayed",)


def test_a_hub_can_lose_its_ties():
    after = rewire(star(200), 1.0, 1)
    assert after.n_ties == 398
    assert after.degrees[0] < 150


def test_relaxing_caves_again_moves_others():
    once = caveman(60, 6, 0.2, 1)
    assert rewire(once, 0.2, 1).indices.tobytes() != once.indices.tobytes()
