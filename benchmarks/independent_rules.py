"""Bounded confidence by other code: loops of its own on other graphs, and nothing of `coevolve_sim`.

    python benchmarks/independent_rules.py [--seeds 200] [--only NAME]

It prints what `coevolve_sim/evaluation/verification/independent_results.py` holds: how many seeds come to
consensus and of how many, or mean, standard deviation and number of seeds. Draws are numpy's and graphs
networkx's: runs agree with those of the package in distribution only.
"""

from __future__ import annotations

import argparse

import networkx as nx
import numpy as np
from numba import njit

HUMANS, GAP, STILL = 2500, 0.02, 1e-9


@njit(cache=True)
def synchronous_round(x, one, other, confidence, degree):
    """Let everybody take the mean of itself and of those within its confidence."""
    total, count = x.copy(), np.ones(x.size)
    for e in range(one.size):
        i, j = one[e], other[e]
        if abs(x[i] - x[j]) <= confidence:
            total[i] += x[j]
            count[i] += 1.0
            total[j] += x[i]
            count[j] += 1.0
    low, high, moved = 2.0, -1.0, 0.0
    for i in range(x.size):
        new = total[i] / count[i]
        moved = max(moved, abs(new - x[i]))
        x[i] = new
        if degree[i] > 0:
            low, high = min(low, new), max(high, new)
    return moved, high - low


@njit(cache=True)
def all_to_all_round(x, confidence, joint):
    """Do the same where everybody hears everybody, in several dimensions."""
    n, d = x.shape
    new, moved = np.empty_like(x), 0.0
    total, count, gap = np.empty(d), np.empty(d), np.empty(d)
    for i in range(n):
        total[:] = 0.0
        count[:] = 0.0
        for j in range(n):
            away = 0.0
            for k in range(d):
                gap[k] = abs(x[i, k] - x[j, k])
                away += gap[k] * gap[k]
            for k in range(d):
                if (joint and away <= d * confidence * confidence) or (not joint and gap[k] <= confidence):
                    total[k] += x[j, k]
                    count[k] += 1.0
        for k in range(d):
            new[i, k] = total[k] / count[k]
            moved = max(moved, abs(new[i, k] - x[i, k]))
    x[:] = new
    return moved


@njit(cache=True)
def sorted_round(x, confidence):
    """Do the same in one dimension, values in order: those within confidence stand beside each other."""
    sums = np.zeros(x.size + 1)
    for i in range(x.size):
        sums[i + 1] = sums[i] + x[i]
    low, high, moved = 0, 0, 0.0
    new = np.empty_like(x)
    for i in range(x.size):
        while x[i] - x[low] > confidence:
            low += 1
        while high < x.size and x[high] - x[i] <= confidence:
            high += 1
        new[i] = (sums[high] - sums[low]) / (high - low)
        moved = max(moved, abs(new[i] - x[i]))
    x[:] = new
    return moved


@njit(cache=True)
def pair_encounters(x, confidence, offsets, neighbours, n, rng):
    """Let a human meet one it is tied to (anybody, without ties); within confidence both go half-way."""
    for _ in range(n):
        i = int(rng.random() * x.size)
        if neighbours.size:
            if offsets[i + 1] == offsets[i]:
                continue
            j = neighbours[offsets[i] + int(rng.random() * (offsets[i + 1] - offsets[i]))]
        else:
            j = int(rng.random() * (x.size - 1))
            j += j >= i
        if abs(x[i] - x[j]) <= confidence:
            x[i] = x[j] = 0.5 * (x[i] + x[j])


@njit(cache=True)
def repelling_encounters(x, tolerance, exposure, rate, n, rng):
    """Let a human meet another with probability .5^(d/exposure); within tolerance it goes near, else away."""
    for _ in range(n):
        i = int(rng.random() * x.size)
        j = int(rng.random() * (x.size - 1))
        j += j >= i
        away = abs(x[i] - x[j])
        if rng.random() < 0.5 ** (away / exposure):
            step = rate if away <= tolerance else -rate
            x[i] = min(1.0, max(0.0, x[i] + step * (x[j] - x[i])))


def build_graph(kind, seed):
    """Return the two ends of each tie."""
    if kind == "ws":
        graph = nx.watts_strogatz_graph(HUMANS, 10, 0.1, seed=seed)
    elif kind == "ba":
        graph = nx.barabasi_albert_graph(HUMANS, 4, seed=seed)
    elif kind == "torus":
        graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(50, 50, periodic=True))
    else:
        tied = np.random.default_rng([seed, 1]).random((HUMANS, HUMANS)) < float(kind) / (HUMANS - 1)
        return np.nonzero(np.triu(tied, 1))
    ends = np.array(graph.edges())
    return ends[:, 0].copy(), ends[:, 1].copy()


def agree_on_graph(kind, confidence, seed):
    """Whether all who have a tie come to consensus on a graph, all moving at once."""
    one, other = build_graph(kind, seed)
    x = np.random.default_rng(seed).random(HUMANS)
    degree = np.bincount(np.concatenate([one, other]), minlength=HUMANS)
    for _ in range(2000):
        moved, spread = synchronous_round(x, one, other, confidence, degree)
        if spread <= GAP:
            return True
        if moved <= STILL:
            break
    return False


def agree_in_pairs(kind, confidence, seed):
    """Whether they do after 400 encounters a human."""
    one, other = build_graph(kind, seed)
    ends = np.concatenate([one, other])
    order = np.argsort(ends, kind="stable")
    degree = np.bincount(ends, minlength=HUMANS)
    offsets = np.concatenate([[0], np.cumsum(degree)])
    rng = np.random.default_rng(seed)
    x = rng.random(HUMANS)
    pair_encounters(x, confidence, offsets, np.concatenate([other, one])[order], 400 * HUMANS, rng)
    return np.ptp(x[degree > 0]) <= GAP


def agree_in_full_mixing(confidence, seed, humans=2000, rounds=3000):
    """Whether everybody comes to consensus where everybody hears everybody."""
    x = np.sort(np.random.default_rng(seed).random(humans))
    for _ in range(rounds):
        if sorted_round(x, confidence) <= STILL:
            break
    return x[-1] - x[0] <= GAP


def agree_in_dimensions(dimensions, confidence, joint, seed):
    """Whether 800 humans do in several dimensions."""
    x = np.random.default_rng(seed).random((800, dimensions))
    for _ in range(1000):
        if all_to_all_round(x, confidence, joint) <= STILL:
            break
    return np.ptp(x, axis=0).max() <= GAP


def effective_clusters(x):
    """Return (sum n)^2 / sum n^2 over clusters separated by gaps over `GAP`."""
    x = np.sort(x)
    sizes = np.diff(np.concatenate([[0], np.flatnonzero(np.diff(x) > GAP) + 1, [x.size]]))
    return x.size**2 / (sizes**2).sum()


def pairs_in_full_mixing(confidence, seed):
    """Return Deffuant's effective clusters of 2,000 humans after 400 encounters a human."""
    rng = np.random.default_rng(seed)
    x = rng.random(2000)
    nobody = np.zeros(0, dtype=np.int64)
    pair_encounters(x, confidence, nobody, nobody, 400 * x.size, rng)
    return effective_clusters(x)


def variance_of_repulsion(tolerance, seed):
    """Return the final variance of 100 humans after 500,000 encounters."""
    rng = np.random.default_rng(seed)
    x = np.clip(rng.normal(0.5, 0.2, 100), 0.0, 1.0)
    repelling_encounters(x, tolerance, 0.1, 0.25, 500_000, rng)
    return x.var()


def shares():
    """Return, by row of `coevolve verify`, whether a seed comes to consensus."""
    rows = {f"hegselmann_krause_consensus_{c:g}": (agree_in_full_mixing, c) for c in (0.19, 0.2, 0.21, 0.25)}
    for kind in ("ba", "ws", "er", "torus"):
        graph = "10" if kind == "er" else kind
        for confidence in (0.52, 0.4):
            rows[f"threshold_deffuant_{kind}_{confidence:g}"] = (agree_in_pairs, graph, confidence)
            rows[f"threshold_hk_{kind}_{confidence:g}"] = (agree_on_graph, graph, confidence)
    rows |= {f"mean_degree_{degree}": (agree_on_graph, str(degree), 0.3) for degree in (10, 400)}
    for dimensions, both in {1: (0.196, 0.23), 2: (0.23, 0.27), 10: (0.663, 0.9), 19: (1.139, 1.42)}.items():
        for euclidean in both:
            key, confidence = f"vector_joint_{dimensions}_{euclidean:.3g}", euclidean / np.sqrt(dimensions)
            rows[key] = (agree_in_dimensions, dimensions, confidence, True)
    for dimensions in (2, 10):
        for confidence in (0.25, 0.195):
            key = f"vector_alone_{dimensions}_{confidence:g}"
            rows[key] = (agree_in_dimensions, dimensions, confidence, False)
    return rows


def means():
    """Return, by row of `coevolve verify`, the number that a seed gives."""
    rows = {f"deffuant_clusters_{c:g}": (pairs_in_full_mixing, c) for c in (0.05, 0.1, 0.2, 0.27, 0.3)}
    rows |= {f"attraction_repulsion_{t:g}": (variance_of_repulsion, t) for t in (0.05, 0.2, 0.3, 0.6, 0.8)}
    return rows


def main():
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--only", default="", help="only rows whose name holds this")
    given = parser.parse_args()
    for name, (run, *settings) in (shares() | means()).items():
        if given.only not in name:
            continue
        found = np.array([float(run(*settings, 10_000 + seed)) for seed in range(given.seeds)])
        what = (int(found.sum()), given.seeds)
        if name in means():
            what = (round(float(found.mean()), 5), round(float(found.std(ddof=1)), 5), given.seeds)
        print(f'    "{name}": {what},', flush=True)


if __name__ == "__main__":
    main()
