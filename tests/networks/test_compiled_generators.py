"""The compiled generators draw from the same distribution as networkx."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.networks import (
    barabasi_albert,
    clustering,
    components,
    erdos_renyi,
    from_edges,
    power_law_cluster,
    random_geometric,
    stochastic_block,
    watts_strogatz,
)
from coevolve_sim.networks.limits import COMPILED_FROM

N = 3_000
SEEDS = range(4)
FAMILIES = {
    "erdos_renyi": lambda seed, method: erdos_renyi(N, 10.0, seed, method=method),
    "erdos_renyi, directed": lambda seed, method: erdos_renyi(N, 10.0, seed, True, method=method),
    "watts_strogatz": lambda seed, method: watts_strogatz(N, 10, 0.3, seed, method=method),
    "watts_strogatz, dense": lambda seed, method: watts_strogatz(N, 40, 1.0, seed, method=method),
    "barabasi_albert": lambda seed, method: barabasi_albert(N, 5, seed, method=method),
    "stochastic_block": lambda seed, method: stochastic_block(
        N, [0.6, 0.3, 0.1], 8.0, 3.0, seed, method=method
    ),
    "stochastic_block, directed": lambda seed, method: stochastic_block(
        N, 5, 8.0, 3.0, seed, True, method=method
    ),
}


def differ(ours, theirs):
    """In standard errors of the difference of means."""
    error = np.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / len(ours))
    return abs(np.mean(ours) - np.mean(theirs)) / (error or 1.0)


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_degrees_and_clustering_agree_with_networkx(family):
    """Kolmogorov-Smirnov distance of degrees below .025 over 12,000 humans, clustering within 4 errors."""
    make = FAMILIES[family]
    ours, theirs = ([make(seed, method) for seed in SEEDS] for method in ("compiled", "networkx"))
    distance = stats.ks_2samp(
        np.concatenate([t.degrees for t in ours]), np.concatenate([t.degrees for t in theirs])
    ).statistic
    assert distance < 0.025
    assert differ([clustering(t) for t in ours], [clustering(t) for t in theirs]) < 4
    assert np.mean([t.n_ties for t in ours]) == pytest.approx(np.mean([t.n_ties for t in theirs]), rel=0.02)
    assert abs(components(ours[0]) - components(theirs[0])) <= 5


def plain_holme_kim(n, attachments, triangle, seed):
    """The model of Holme and Kim in plain Python; networkx's own favours the oldest humans."""
    draw = random.Random(seed)  # noqa: S311
    partners = [set() for _ in range(n)]
    pool = list(range(attachments))
    for newcomer in range(attachments, n):
        laid, target = [], None
        for _ in range(attachments):
            end = None
            if laid and draw.random() < triangle:
                open_ = sorted(partners[target] - partners[newcomer] - {newcomer})
                end = draw.choice(open_) if open_ else None
            if end is None:
                while end is None or end in laid:
                    end = draw.choice(pool)
                target = end
            partners[newcomer].add(end)
            partners[end].add(newcomer)
            laid.append(end)
        pool += laid + [newcomer] * attachments
    return from_edges(n, np.array([(u, v) for u in range(n) for v in partners[u] if v < u]))


def test_clustered_hubs_agree_with_the_model_written_plainly():
    ours = [power_law_cluster(1_500, 4, 0.7, seed) for seed in range(8)]
    plain = [plain_holme_kim(1_500, 4, 0.7, seed) for seed in range(8)]
    assert {t.n_ties for t in ours} == {t.n_ties for t in plain} == {2 * 4 * 1_496}
    degrees = [np.concatenate([t.degrees for t in some]) for some in (ours, plain)]
    assert stats.ks_2samp(*degrees).statistic < 0.025
    assert differ([clustering(t) for t in ours], [clustering(t) for t in plain]) < 4
    assert differ([t.degrees.max() for t in ours], [t.degrees.max() for t in plain]) < 4


def test_the_compiled_geometric_network_is_networkxs_own():
    for n, degree in ((400, 10.0), (400, 399.0), (50, 3.0), (2, 1.0)):
        ours, theirs = (random_geometric(n, degree, 5, method=method) for method in ("compiled", "networkx"))
        assert ours.indptr.tolist() == theirs.indptr.tolist()
        assert ours.indices.tolist() == theirs.indices.tolist()


def test_directed_ties_are_as_many_spoken_as_heard_over_all_pairs():
    ties = erdos_renyi(1_000, 20.0, 1, directed=True, method="compiled")
    spoken = np.bincount(ties.indices, minlength=1_000)
    assert spoken.var() == pytest.approx(20.0, rel=0.2)
    mutual = np.isin(
        ties.listeners.astype(int) * 1_000 + ties.indices, ties.indices.astype(int) * 1_000 + ties.listeners
    )
    assert mutual.mean() == pytest.approx(20 / 999, abs=0.01)


def test_blocks_are_tied_as_often_as_asked():
    ties = stochastic_block(4_000, [0.5, 0.25, 0.25], 9.0, 3.0, 1, method="compiled")
    block = ties.communities
    same = block[ties.listeners] == block[ties.indices]
    for number in range(3):
        members = np.count_nonzero(block == number)
        assert same[block[ties.listeners] == number].sum() / members == pytest.approx(9.0, rel=0.05)
    assert (~same).sum() / 4_000 == pytest.approx(3.0, rel=0.05)
    pairs = [
        np.count_nonzero((block[ties.listeners] == a) & (block[ties.indices] == b))
        for a, b in ((0, 1), (1, 2))
    ]
    assert pairs[0] / (2_000 * 1_000) == pytest.approx(pairs[1] / (1_000 * 1_000), rel=0.15)


def test_every_pair_is_equally_likely_in_a_small_compiled_network():
    """Chi-square over the 28 pairs of 8 humans, 3,000 networks; the same draws every time."""
    counts = np.zeros((8, 8))
    for seed in range(3_000):
        ties = erdos_renyi(8, 3.0, seed, method="compiled")
        counts[ties.listeners, ties.indices] += 1
    seen = counts[np.triu_indices(8, 1)]
    chance = 3 / 7
    chi = ((seen - 3_000 * chance) ** 2 / (3_000 * chance * (1 - chance))).sum()
    assert stats.chi2.sf(chi, 28) > 0.001


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_certain_and_impossible_ties(share):
    ties = stochastic_block(12, 3, 3.0 * share, 8.0 * share, 1, method="compiled")
    assert ties.degrees.tolist() == [int(11 * share)] * 12


def test_the_dense_corners_of_watts_strogatz_end():
    assert watts_strogatz(9, 8, 1.0, 1, method="compiled").degrees.tolist() == [8] * 9
    assert watts_strogatz(10, 8, 1.0, 1, method="compiled").n_ties == 80


def test_newcomers_lay_all_their_ties():
    ties = power_law_cluster(500, 4, 1.0, 1)
    assert ties.n_ties == 2 * 4 * (500 - 4)
    older = [np.count_nonzero(ties.indices[ties.indptr[i] : ties.indptr[i + 1]] < i) for i in range(4, 500)]
    assert set(older) == {4}


def test_from_twenty_thousand_humans_on_the_compiled_one_is_taken():
    for n, method in ((COMPILED_FROM, "compiled"), (COMPILED_FROM - 1, "networkx")):
        auto, named = watts_strogatz(n, 2, 0.5, 1), watts_strogatz(n, 2, 0.5, 1, method=method)
        assert auto.indices.tobytes() == named.indices.tobytes()


def test_a_large_network_is_made_with_hubs_and_no_repeats():
    ties = barabasi_albert(200_000, 5, 1)
    assert ties.n_ties == 2 * 5 * (200_000 - 5)
    assert ties.degrees.max() > 500
    inside = np.diff(ties.indices) > 0
    inside[ties.indptr[1:-1] - 1] = True
    assert inside.all()
