"""Clusters, and the senses of polarization that speak of groups."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import (
    cluster_entropy,
    clusters_1d,
    community_fracturing,
    distinctness,
    effective_clusters,
    group_consensus,
    group_divergence,
    size_parity,
)

OF_CLUSTERS = {
    "community_fracturing": (community_fracturing, 1, 51),
    "effective_clusters": (effective_clusters, 1, 51),
    "cluster_entropy": (cluster_entropy, 0, math.log(51)),
    "distinctness": (distinctness, 0, 1),
    "group_divergence": (group_divergence, 0, 1),
    "group_consensus": (group_consensus, 0, 1),
    "size_parity": (size_parity, 0, 1),
}
EACH = pytest.mark.parametrize("name", OF_CLUSTERS)
GROUP_SENSES = (distinctness, group_divergence, group_consensus, size_parity)

UNIT = arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1))
GRID = arrays(np.float64, st.integers(1, 40), elements=st.integers(0, 31).map(lambda k: (2 * k + 1) / 64))


@EACH
@given(values=UNIT)
def test_it_stays_in_its_range(name, values):
    measure, low, high = OF_CLUSTERS[name]
    assert low - 1e-12 <= measure(values) <= high + 1e-12


@EACH
@given(values=UNIT, seed=st.integers(0, 99))
def test_it_is_the_same_to_the_last_bit_for_every_order_of_the_humans(name, values, seed):
    measure = OF_CLUSTERS[name][0]
    assert measure(np.random.default_rng(seed).permutation(values)) == measure(values)


@EACH
@given(values=GRID)
def test_it_does_not_change_when_the_scale_is_turned_round(name, values):
    measure = OF_CLUSTERS[name][0]
    assert measure(1 - values) == pytest.approx(measure(values), abs=1e-12)


@given(values=UNIT, gap=st.floats(0, 0.5))
def test_clusters_are_the_runs_between_gaps(values, gap):
    labels = clusters_1d(values, gap)
    order = np.argsort(values, kind="stable")
    expected = np.concatenate([[0], np.cumsum(np.diff(values[order]) > gap)])
    assert labels[order].tolist() == expected.tolist()


@given(values=UNIT)
def test_clusters_given_as_labels_are_measured_like_clusters_found(values):
    labels = clusters_1d(values)
    for sense in GROUP_SENSES:
        assert sense(values, labels) == pytest.approx(sense(values), abs=1e-12)


@given(values=UNIT)
def test_counts_agree_with_the_labels(values):
    sizes = np.bincount(clusters_1d(values))
    assert community_fracturing(values) == sizes.size
    assert effective_clusters(values) == pytest.approx(sizes.sum() ** 2 / (sizes**2).sum())
    assert cluster_entropy(values) == pytest.approx(stats.entropy(sizes), abs=1e-12)


def test_dimensions_have_clusters_of_their_own():
    values = np.array([[0.1, 0.5], [0.9, 0.5], [0.1, 0.5]])
    assert clusters_1d(values).T.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert effective_clusters(values).tolist() == [pytest.approx(9 / 5), 1.0]


def test_neighbours_exactly_a_gap_apart_are_one_cluster():
    assert community_fracturing([0.0, 0.25, 0.5], gap=0.25) == 1
    assert community_fracturing([0.0, 0.25, 0.5], gap=0.249) == 3
    assert community_fracturing([0.5, 0.5], gap=0.0) == 1


def test_four_equal_camps_count_four_and_a_straggler_counts_little():
    camps = np.repeat([0.1, 0.3, 0.6, 0.9], 25)
    assert effective_clusters(camps) == pytest.approx(4.0)
    assert cluster_entropy(camps) == pytest.approx(math.log(4))
    assert size_parity(camps) == 1.0
    lonely = np.append(np.full(99, 0.1), 0.9)
    assert community_fracturing(lonely) == 2
    assert effective_clusters(lonely) == pytest.approx(10_000 / (99**2 + 1))


def test_all_agreeing_is_one_cluster_of_one_mind():
    agreed = np.full(5, 0.3)
    assert [m(agreed) for m in (community_fracturing, effective_clusters, group_consensus)] == [1.0, 1.0, 1.0]
    assert [m(agreed) for m in (cluster_entropy, distinctness, group_divergence, size_parity)] == [0.0] * 4


def test_groups_with_one_distribution_are_not_distinct_and_groups_apart_are():
    same = [0.2, 0.7, 0.2, 0.7]
    apart = [0.2, 0.2, 0.7, 0.7]
    assert distinctness(same, [0, 0, 1, 1]) == 0.0
    assert distinctness(apart, [0, 0, 1, 1]) == 1.0


def test_distinctness_of_three_groups_is_the_mean_over_pairs():
    values = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9]
    assert distinctness(values, [0, 0, 1, 1, 2, 2]) == pytest.approx(2 / 3)


@given(
    values=arrays(np.float64, 12, elements=st.floats(0, 1)),
    labels=arrays(np.int64, 12, elements=st.integers(-2, 3)),
)
def test_senses_of_given_groups_are_what_their_definitions_say(values, labels):
    members = [values[labels == g] for g in np.unique(labels)]
    pairs = [(a, b) for i, a in enumerate(members) for b in members[:i]]
    shares = {
        id(m): np.bincount(np.minimum((m * 20).astype(int), 19), minlength=20) / m.size for m in members
    }
    overlap = [np.minimum(shares[id(a)], shares[id(b)]).sum() for a, b in pairs]
    apart = [abs(a.mean() - b.mean()) for a, b in pairs]
    deviations = [np.abs(m - m.mean()).mean() for m in members]
    sizes = [m.size for m in members]
    assert distinctness(values, labels) == pytest.approx(1 - np.mean(overlap) if pairs else 0, abs=1e-12)
    assert group_divergence(values, labels) == pytest.approx(np.mean(apart) if pairs else 0, abs=1e-12)
    assert group_consensus(values, labels) == pytest.approx(1 - 2 * np.mean(deviations), abs=1e-12)
    parity = stats.entropy(sizes) / math.log(len(sizes)) if pairs else 0
    assert size_parity(values, labels) == pytest.approx(parity, abs=1e-12)


def test_two_camps_at_the_ends_are_fully_polarized_in_every_group_sense():
    values = [0.0, 0.0, 1.0, 1.0]
    assert [sense(values) for sense in GROUP_SENSES] == [1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: clusters_1d([0.5], gap=-0.1), r"gap must lie in \[0, 1\]; -0.1 given"),
        (lambda: effective_clusters([0.5], gap=2), r"gap must lie in \[0, 1\]; 2 given"),
        (lambda: size_parity([0.5, 0.6], [0]), r"one for each of 2 humans; int64 of shape \(1,\) given"),
        (lambda: distinctness([0.5, 0.6], [0.0, 1.0]), "groups must be whole numbers"),
        (lambda: distinctness([0.5, 0.6], bins=0), "bins must be a whole number"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_was_given(call, text):
    with pytest.raises(MeasureError, match=text):
        call()
