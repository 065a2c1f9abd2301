"""Disagreement, assortativity and conflict, against networkx, scipy and direct sums."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import (
    assortativity,
    disagreement_of_communities,
    disagreement_of_individuals,
    disagreement_of_ties,
    expressed_values,
    polarization_disagreement_index,
    without_each_dimension,
)
from coevolve_sim.networks.ties import from_edges, full_mixing


@st.composite
def societies(draw, max_humans=14, directed=None):
    """Values on an exact grid, and ties which may be weighted, directed, few or none."""
    n = draw(st.integers(2, max_humans))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 65, size=(n, draw(st.integers(1, 3)))) / 64
    edges = rng.integers(n, size=(draw(st.integers(0, 25)), 2))
    weights = rng.random(len(edges)) + 0.1 if draw(st.booleans()) else None
    one_sided = draw(st.booleans()) if directed is None else directed
    return values, from_edges(n, edges, weights, directed=one_sided)


def adjacency(ties):
    matrix = np.zeros((ties.n_humans, ties.n_humans))
    matrix[ties.listeners, ties.indices] = 1.0 if ties.weights is None else ties.weights
    return matrix


def everybody(n):
    return from_edges(n, np.array([(i, j) for i in range(n) for j in range(i)]))


@given(societies())
def test_disagreement_of_individuals_is_the_mean_squared_distance_of_pairs(society):
    values, _ = society
    expected = np.mean(pdist(values, "sqeuclidean")) / values.shape[1]
    assert disagreement_of_individuals(values) == pytest.approx(expected, abs=1e-12)


@given(societies())
def test_disagreement_of_ties_is_the_weighted_mean_over_ties(society):
    values, ties = society
    squares = ((values[:, None] - values[None]) ** 2).mean(axis=2)
    weight = adjacency(ties)
    expected = (weight * squares).sum() / weight.sum() if ties.n_ties else math.nan
    assert disagreement_of_ties(values, ties) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(societies(), st.integers(1, 4))
def test_disagreement_of_communities_is_between_over_within_minus_one(society, n_communities):
    values, _ = society
    labels = np.random.default_rng(len(values)).integers(n_communities, size=len(values))
    squares = ((values[:, None] - values[None]) ** 2).sum(axis=2)
    same = labels[:, None] == labels[None]
    pairs = ~np.eye(len(values), dtype=bool)
    inside, outside = squares[same & pairs], squares[~same]
    found = disagreement_of_communities(values, labels)
    if not inside.size or not outside.size:
        assert math.isnan(found)
    elif inside.max() == 0:
        assert found == (math.inf if outside.max() > 0 else 0.0)
    else:
        assert found == pytest.approx(outside.mean() / inside.mean() - 1, abs=1e-9)


def test_communities_of_one_mind_each_disagree_without_bound():
    assert disagreement_of_communities([0.1, 0.1, 0.1, 0.7, 0.7, 0.7], [0, 0, 0, 1, 1, 1]) == math.inf
    assert disagreement_of_communities([0.1] * 6, [0, 0, 0, 1, 1, 1]) == 0.0


def test_random_communities_do_not_matter():
    draw = np.random.default_rng(6)
    values, labels = draw.random((5_000, 4)), draw.integers(5, size=5_000)
    assert disagreement_of_communities(values, labels) == pytest.approx(0.0, abs=0.01)


def test_ties_within_camps_disagree_less_than_individuals():
    values = [0.0, 0.0, 1.0, 1.0]
    ties = from_edges(4, np.array([[0, 1], [2, 3]]))
    assert disagreement_of_ties(values, ties) == 0.0
    assert disagreement_of_individuals(values) == pytest.approx(4 / 6)


@given(societies())
def test_nobody_to_disagree_with_is_not_agreement(society):
    values, _ = society
    assert math.isnan(disagreement_of_individuals(values[:1]))
    assert math.isnan(disagreement_of_ties(values, from_edges(len(values), np.empty((0, 2), int))))


@given(societies())
def test_full_mixing_is_every_tie_written_out(society):
    values, _ = society
    n = len(values)
    written = everybody(n)
    for measure in (disagreement_of_ties, assortativity, polarization_disagreement_index, expressed_values):
        expected = measure(values, written)
        assert measure(values, full_mixing(n)) == pytest.approx(expected, abs=1e-10, nan_ok=True)


@given(societies())
def test_a_measure_is_taken_without_each_dimension_in_turn(society):
    values, ties = society
    if values.shape[1] < 2:
        return
    found = without_each_dimension(disagreement_of_ties, values, ties)
    expected = [disagreement_of_ties(np.delete(values, d, 1), ties) for d in range(values.shape[1])]
    np.testing.assert_array_equal(found, expected)


def test_disagreement_falls_most_without_the_dimension_that_divides():
    values = np.column_stack([np.repeat([0.0, 1.0], 5), np.full(10, 0.5), np.linspace(0.4, 0.6, 10)])
    assert np.argmin(without_each_dimension(disagreement_of_individuals, values)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_assortativity_agrees_with_networkx(seed):
    graph = nx.gnm_random_graph(40, 90, seed=seed)
    values = np.random.default_rng(seed).random(40)
    nx.set_node_attributes(graph, dict(enumerate(values.tolist())), "value")
    ties = from_edges(40, np.array(graph.edges))
    expected = nx.numeric_assortativity_coefficient(graph, "value")
    assert assortativity(values, ties) == pytest.approx(expected, abs=1e-10)


@given(societies())
def test_assortativity_is_the_weighted_correlation_over_ties_both_ways(society):
    values, ties = society
    weight = adjacency(ties)
    weight = weight + weight.T
    found = np.atleast_1d(assortativity(values, ties))
    for d in range(values.shape[1]):
        x = values[:, d]
        ends = x[weight.sum(axis=1) > 0]
        if ends.size == 0 or np.ptp(ends) == 0:
            assert math.isnan(found[d])
            continue
        middle = (weight.sum(axis=1) @ x) / weight.sum()
        off = x - middle
        expected = (off @ weight @ off) / (weight.sum(axis=1) @ off**2)
        assert found[d] == pytest.approx(expected, abs=1e-10)


@given(societies())
def test_network_measures_do_not_depend_on_the_numbering_of_humans(society):
    values, ties = society
    n = len(values)
    order = np.random.default_rng(n).permutation(n)
    place = np.argsort(order)
    edges = np.column_stack([place[ties.indices], place[ties.listeners]])
    moved = from_edges(n, edges, ties.weights, directed=True)
    for measure in (disagreement_of_ties, assortativity):
        expected = measure(values, ties)
        assert measure(values[order], moved) == pytest.approx(expected, abs=1e-10, nan_ok=True)


@given(societies())
def test_network_measures_do_not_change_when_every_scale_is_turned_round(society):
    values, ties = society
    for measure in (disagreement_of_ties, assortativity, polarization_disagreement_index):
        expected = measure(values, ties)
        assert measure(1 - values, ties) == pytest.approx(expected, abs=1e-10, nan_ok=True)


def laplacian(ties):
    symmetric = (adjacency(ties) + adjacency(ties).T) / 2
    return np.diag(symmetric.sum(axis=1)) - symmetric


@given(societies())
def test_the_index_is_polarization_plus_disagreement_of_expressed_values(society):
    values, ties = society
    z = expressed_values(values, ties)
    polarization = ((z - z.mean(axis=0)) ** 2).sum(axis=0)
    disagreement = np.einsum("nd,nm,md->d", z, laplacian(ties), z)
    np.testing.assert_allclose(
        polarization_disagreement_index(values, ties), polarization + disagreement, atol=1e-9
    )


@given(societies())
def test_conflicts_add_up_to_the_innate_values_squared(society):
    """Chen, Lijffijt and De Bie 2018: internal + 2 external conflict + controversy = s's."""
    values, ties = society
    z = expressed_values(values, ties)
    internal = ((z - values) ** 2).sum(axis=0)
    external = np.einsum("nd,nm,md->d", z, laplacian(ties), z)
    controversy = (z**2).sum(axis=0)
    np.testing.assert_allclose(internal + 2 * external + controversy, (values**2).sum(axis=0), atol=1e-9)


@given(societies())
def test_expressed_values_keep_the_mean_and_solve_the_equation(society):
    values, ties = society
    z = expressed_values(values, ties)
    np.testing.assert_allclose(z.mean(axis=0), values.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(z + laplacian(ties) @ z, values, atol=1e-9)


@pytest.mark.parametrize("directed", [False, True])
def test_conjugate_gradients_agree_with_a_dense_solve(directed):
    draw = np.random.default_rng(7)
    n = 900
    edges = draw.integers(n - 20, size=(4_000, 2))  # the last 20 humans stand alone
    ties = from_edges(n, edges, draw.random(4_000) * 10 + 0.01, directed=directed)
    values = draw.random((n, 3))
    values[:, 1] = 0.3
    centred = values - values.mean(axis=0)
    solved = np.linalg.solve(np.eye(n) + laplacian(ties), centred)
    np.testing.assert_allclose(expressed_values(values, ties), values.mean(axis=0) + solved, atol=1e-8)
    index = polarization_disagreement_index(values, ties)
    np.testing.assert_allclose(index, (centred * solved).sum(axis=0), rtol=1e-9, atol=1e-12)
    assert index[1] == 0.0


def test_expressed_values_agree_with_networkx_laplacian():
    graph = nx.karate_club_graph()
    innate = np.random.default_rng(8).random(34)
    weights = np.array([w for *_, w in graph.edges.data("weight")], dtype=float)
    ties = from_edges(34, np.array(graph.edges), weights)
    expected = np.linalg.solve(np.eye(34) + nx.laplacian_matrix(graph).toarray(), innate)
    np.testing.assert_allclose(expressed_values(innate, ties), expected, atol=1e-12)


def test_an_unsolvable_spread_of_weights_is_refused(monkeypatch):
    monkeypatch.setattr("coevolve_sim.measures.conflict.MAX_ITERATIONS", 1)
    draw = np.random.default_rng(9)
    ties = from_edges(300, draw.integers(300, size=(900, 2)))
    with pytest.raises(MeasureError, match=r"residual of 1e-10 in 1 iterations; .* reached: rescale"):
        expressed_values(draw.random(300), ties)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: disagreement_of_ties([0.1, 0.2], full_mixing(3)),
            "ties must be among 2 humans.*among 3 given",
        ),
        (lambda: assortativity([0.1, 0.2], full_mixing(3)), "among 3 given"),
        (lambda: expressed_values([0.1, 2.0], full_mixing(2)), r"innate values .* \[0, 1\]; human 1 has 2.0"),
        (
            lambda: disagreement_of_communities([0.1, 0.2], [0]),
            r"communities must be whole numbers, one for each of 2 humans; int64 of shape \(1,\) given",
        ),
        (
            lambda: without_each_dimension(disagreement_of_individuals, [0.1, 0.2]),
            "at least 2 dimensions; 1 given",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_was_given(call, text):
    with pytest.raises(MeasureError, match=text):
        call()
