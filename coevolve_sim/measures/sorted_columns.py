"""Loops over sorted columns, shared by the measures of one dimension at a time.

Every measure of a distribution (spread, clusters, bins, moments) reads the values of a dimension in ascending
order. A round therefore sorts once, and each loop below passes over the rows (dimensions, humans) once. Sums
are taken in ascending order of value, so they do not depend on the order of the humans, not even in the last
bit; several dimensions are computed at a time (`coevolve_sim.threads`). Arguments are not checked here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.compiled import compiled
from coevolve_sim.threads import run_by_dimension

N_CLUSTERS, EFFECTIVE, ENTROPY, DISTINCTNESS, DIVERGENCE, CONSENSUS = range(6)
DISPERSION, VARIANCE, BIMODALITY = range(3)
OCCUPIED, EMPTY_STRETCHES = range(2)


def sort_columns(values: Floats) -> Floats:
    """Return a sorted copy of values (humans, dimensions) as (dimensions, humans).

    Cost: O(D N log N) time, one copy of the values.

    Examples
    --------
    >>> sort_columns(np.array([[0.5, 0.1], [0.2, 0.4]]))
    array([[0.2, 0.5],
           [0.1, 0.4]])
    """
    columns = np.empty((values.shape[1], len(values)))

    def sort(first: int, last: int) -> None:
        columns[first:last] = values.T[first:last]
        columns[first:last].sort(axis=1)

    run_by_dimension(sort, len(columns), columns.shape[1])
    return columns


def moments(columns: Floats) -> Floats:
    """Return mean absolute deviation, variance and Sarle's coefficient of each row; 0 for a constant row."""
    return _of_each(_moments, columns)


def bin_occupancy(columns: Floats, n_bins: int) -> Floats:
    """Count occupied bins, and stretches of empty bins between occupied ones, in each row."""
    return _of_each(_bin_occupancy, columns, n_bins)


def esteban_ray_of_columns(columns: Floats, alpha: float, n_bins: int) -> Floats:
    """Return Esteban-Ray of each row; camps are bins at their mean, or equal values if n_bins is 0."""
    return _of_each(_esteban_ray, columns, alpha, n_bins)


def cluster_senses(columns: Floats, gap: float, n_bins: int) -> Floats:
    """Return six measures of each row's gap-separated clusters, in the order of the names above."""
    return _of_each(_cluster_senses, columns, gap, n_bins)


def _of_each(senses: Callable[..., Floats], columns: Floats, *given: float) -> Floats:
    """Return what a loop over rows finds in each."""

    def look(first: int, last: int) -> Floats:
        return senses(columns[first:last], *given)

    return np.concatenate(run_by_dimension(look, len(columns), columns.shape[1]))


@compiled
def _moments(columns: Floats) -> Floats:
    out = np.zeros((columns.shape[0], 3))
    for d in range(columns.shape[0]):
        row = columns[d]
        low, n = row[0], row.size
        width = row[n - 1] - low
        if width == 0.0:
            continue
        mean = 0.0
        for i in range(n):
            mean += row[i] - low  # counted from the smallest, which keeps the digits of values close together
        mean /= n
        scale = max(mean, width - mean)  # deviations are at most 1 then: their fourth powers do not vanish
        m1 = m2 = m3 = m4 = 0.0
        for i in range(n):
            u = (row[i] - low - mean) / scale
            square = u * u
            m1 += abs(u)
            m2 += square
            m3 += square * u
            m4 += square * square
        m1, m2, m3, m4 = m1 / n, m2 / n, m3 / n, m4 / n
        out[d, 0] = m1 * scale
        out[d, 1] = m2 * scale * scale
        # Sarle's (skewness^2 + 1) / kurtosis, multiplied out: m3^2 / m2^3 + 1 over m4 / m2^2.
        out[d, 2] = min(1.0, (m3 * m3 + m2 * m2 * m2) / (m2 * m4))
    return out


@compiled
def bin_of(value: float, n_bins: int) -> int:
    """Return which of n equal bins of [0, 1] holds a value; a bin holds its lower edge, the last one both."""
    return min(int(value * n_bins), n_bins - 1)


@compiled
def _bin_occupancy(columns: Floats, n_bins: int) -> Floats:
    out = np.zeros((columns.shape[0], 2))
    for d in range(columns.shape[0]):
        last = bin_of(columns[d, 0], n_bins)
        out[d, 0] = 1.0
        for i in range(1, columns.shape[1]):
            here = bin_of(columns[d, i], n_bins)
            if here != last:
                out[d, 0] += 1.0
                out[d, 1] += here > last + 1
                last = here
    return out


@compiled
def _esteban_ray(columns: Floats, alpha: float, n_bins: int) -> Floats:
    n = columns.shape[1]
    out = np.zeros(columns.shape[0])
    shares, places = np.empty(n), np.empty(n)
    for d in range(columns.shape[0]):
        row = columns[d]
        n_camps, start = 0, 0
        for i in range(1, n + 1):
            if i < n:
                same = (
                    row[i] == row[start]
                    if n_bins == 0
                    else bin_of(row[i], n_bins) == bin_of(row[start], n_bins)
                )
                if same:
                    continue
            shares[n_camps] = (i - start) / n
            places[n_camps] = row[start] + np.mean(row[start:i] - row[start])
            n_camps, start = n_camps + 1, i
        total = np.sum(shares[:n_camps] * places[:n_camps])
        # Camps ascend, so |y_i - y_j| needs no sum over pairs: running shares and places below and above do.
        below, place_below = 0.0, 0.0
        for k in range(n_camps):
            share, place = shares[k], places[k]
            place_above = total - place_below - share * place
            above = 1.0 - below - share
            alienation = (place * below - place_below) + (place_above - place * above)
            out[d] += share ** (1.0 + alpha) * max(alienation, 0.0)
            below += share
            place_below += share * place
    return out


@compiled
def cluster_starts(row: Floats, gap: float) -> NDArray[np.int64]:
    """Return the first index of each cluster of a sorted row, followed by the length of the row."""
    n_clusters = 1
    for i in range(1, row.size):
        n_clusters += row[i] - row[i - 1] > gap
    starts = np.empty(n_clusters + 1, np.int64)
    starts[0] = 0
    k = 1
    for i in range(1, row.size):
        if row[i] - row[i - 1] > gap:
            starts[k] = i
            k += 1
    starts[n_clusters] = row.size
    return starts


@compiled
def shared(shares: Floats) -> float:
    """Return the sum over all pairs of the smaller of their two shares."""
    ordered = np.sort(shares)
    total = 0.0
    for i in range(ordered.size):
        total += ordered[i] * (ordered.size - 1 - i)  # the smaller one in its pairs with all after it
    return total


@compiled
def cluster_overlap(row: Floats, starts: NDArray[np.int64], n_bins: int) -> float:
    """Return the share of members in common bins, averaged over pairs of clusters of a sorted row."""
    n_clusters = starts.size - 1
    in_bin = np.empty(n_clusters)
    n_in_bin, last, total = 0, -1, 0.0
    for k in range(n_clusters):
        size = starts[k + 1] - starts[k]
        i = starts[k]
        while i < starts[k + 1]:
            here = bin_of(row[i], n_bins)
            stop = i
            while stop < starts[k + 1] and bin_of(row[stop], n_bins) == here:
                stop += 1
            # Clusters ascend: only the last bin of one can also be the first bin of the next ones.
            if here != last:
                total += shared(in_bin[:n_in_bin])
                n_in_bin, last = 0, here
            in_bin[n_in_bin] = (stop - i) / size
            n_in_bin += 1
            i = stop
    total += shared(in_bin[:n_in_bin])
    return total / (n_clusters * (n_clusters - 1) / 2)


@compiled
def _cluster_senses(columns: Floats, gap: float, n_bins: int) -> Floats:
    n = columns.shape[1]
    out = np.zeros((columns.shape[0], 6))
    for d in range(columns.shape[0]):
        row = columns[d]
        starts = cluster_starts(row, gap)
        n_clusters = starts.size - 1
        squares = entropy = distances = means = deviations = 0.0
        for k in range(n_clusters):
            members = row[starts[k] : starts[k + 1]]
            mean = members[0] + np.mean(members - members[0])
            deviations += np.mean(np.abs(members - mean))
            distances += k * mean - means  # to all clusters before, which have smaller means
            means += mean
            share = members.size / n
            squares += share * share
            entropy -= share * np.log(share)
        out[d, 0] = n_clusters
        out[d, 1] = 1.0 / squares
        out[d, 2] = max(entropy, 0.0)
        out[d, 5] = 1.0 - 2.0 * deviations / n_clusters
        if n_clusters > 1:
            out[d, 3] = 1.0 - cluster_overlap(row, starts, n_bins)
            out[d, 4] = distances / (n_clusters * (n_clusters - 1) / 2)
    return out


@compiled
def group_senses(values: Floats, labels: NDArray[np.int64], n_groups: int, n_bins: int) -> Floats:
    """Return distinctness, divergence and consensus of given groups in each dimension of unsorted values."""
    n, n_dimensions = values.shape
    sizes = np.zeros(n_groups)
    means = np.zeros((n_dimensions, n_groups))
    deviations = np.zeros((n_dimensions, n_groups))
    shares = np.zeros((n_dimensions, n_bins, n_groups))
    for i in range(n):
        sizes[labels[i]] += 1.0
    for i in range(n):
        g = labels[i]
        for d in range(n_dimensions):
            means[d, g] += values[i, d] / sizes[g]
            shares[d, bin_of(values[i, d], n_bins), g] += 1.0
    for i in range(n):
        g = labels[i]
        for d in range(n_dimensions):
            deviations[d, g] += abs(values[i, d] - means[d, g])
    out = np.zeros((n_dimensions, 3))
    n_pairs = n_groups * (n_groups - 1) / 2
    for d in range(n_dimensions):
        out[d, 2] = 1.0 - 2.0 * np.mean(deviations[d] / sizes)
        if n_groups == 1:
            continue
        overlap = 0.0
        for b in range(n_bins):
            overlap += shared(shares[d, b] / sizes)
        out[d, 0] = max(0.0, 1.0 - overlap / n_pairs)
        ordered = np.sort(means[d])
        for g in range(n_groups):
            # In order of means, group g is the larger in g pairs and the smaller in n_groups - 1 - g.
            out[d, 1] += (2 * g - n_groups + 1) * ordered[g] / n_pairs
    return out
