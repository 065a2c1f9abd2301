"""Single passes over everybody's values, for societies whose values are larger than the processor's caches.

What NumPy does in several passes with arrays in between takes one here; the results are the same.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.compiled import compiled


@compiled
def all_finite(values):
    """Return whether every number is finite: 0 times it is 0 then, and nan otherwise.

    Examples
    --------
    >>> all_finite(np.array([[0.5, 1.0]])), all_finite(np.array([[0.5, np.inf]]))
    (True, False)
    """
    sums = np.zeros(8)
    flat = values.ravel()
    eights = flat.size // 8
    for q in range(eights):
        for lane in range(8):
            sums[lane] += 0.0 * flat[8 * q + lane]
    for rest in range(8 * eights, flat.size):
        sums[0] += 0.0 * flat[rest]
    return not np.isnan(sums.sum())


@compiled
def cut(values):
    """Bring values outside [0, 1] to its nearer end, in place; what is not a number stays.

    Examples
    --------
    >>> values = np.array([[-0.5, 0.5, 1.5]])
    >>> cut(values)
    >>> values.tolist()
    [[0.0, 0.5, 1.0]]
    """
    flat = values.reshape(-1)
    for k in range(np.uint64(flat.size)):
        if flat[k] < 0.0:
            flat[k] = 0.0
        elif flat[k] > 1.0:
            flat[k] = 1.0


@compiled
def shift(values, change, out):
    """Write values moved by a change of each dimension, within [0, 1]; return how many were held at an end.

    Examples
    --------
    >>> values = np.array([[0.5, 0.9]])
    >>> shift(values, np.array([0.25, 0.25]), values), values.tolist()
    (1, [[0.75, 1.0]])
    """
    n_held = 0
    for i in range(np.uint64(values.shape[0])):
        for d in range(np.uint64(values.shape[1])):
            goal = values[i, d] + change[d]
            within = min(max(goal, 0.0), 1.0)
            n_held += goal != within
            out[i, d] = within
    return n_held


@compiled
def shift_in_turn(values, changes):
    """Move values in place by one change after the other, within [0, 1] each time; as `shift`, in one pass.

    Examples
    --------
    >>> values = np.array([[0.75]])
    >>> shift_in_turn(values, np.array([[0.5], [-0.25]]))
    >>> values.tolist()
    [[0.75]]
    """
    for i in range(np.uint64(values.shape[0])):
        for c in range(np.uint64(changes.shape[0])):
            for d in range(np.uint64(values.shape[1])):
                values[i, d] = min(max(values[i, d] + changes[c, d], 0.0), 1.0)


@compiled
def sums_of_groups(values, group_of, n_groups):
    """Return the sum of each group's values, in the order of humans, and the size of each group.

    Examples
    --------
    >>> sums, sizes = sums_of_groups(np.array([[0.25], [0.5], [1.0]]), np.array([0, 1, 0]), 2)
    >>> sums.tolist(), sizes.tolist()
    ([[1.25], [0.5]], [2, 1])
    """
    sums, sizes = np.zeros((n_groups, values.shape[1])), np.zeros(n_groups, np.int64)
    for i in range(np.uint64(values.shape[0])):
        group = group_of[i]
        sizes[group] += 1
        for d in range(np.uint64(values.shape[1])):
            sums[group, d] += values[i, d]
    return sums, sizes


@compiled
def hear_one_each(
    values, humans, heard, speakers, confidence, rate, stubbornness, repulsion, anchors, per_dimension, told
):
    """Move each of some humans by what it alone heard, in place; see `exchange.hear_alone`.

    Human ``humans[k]`` heard row ``speakers[k]``, or row k where speakers are None. What it held before is
    added to that row of ``told``, unless that is None: one pass over its values for both sides.
    """
    n_dimensions = np.uint64(values.shape[1])
    for k in range(np.uint64(humans.size)):
        i, row = np.uint64(humans[k]), np.uint64(k if speakers is None else speakers[k])
        square = 0.0
        for d in range(n_dimensions):
            square += (heard[row, d] - values[i, d]) ** 2
        if told is not None:
            for d in range(n_dimensions):
                told[row, d] += values[i, d]
        joint = np.sqrt(square / values.shape[1])
        far = np.inf if repulsion is None else repulsion[i]
        keep = stubbornness[i]
        step = rate[i] if joint <= confidence[i] else (-rate[i] if joint > far else 0.0)
        if step == 0.0 and not per_dimension:
            continue
        for d in range(n_dimensions):
            gap = heard[row, d] - values[i, d]
            if per_dimension:
                away = abs(gap)
                step = rate[i] if away <= confidence[i] else (-rate[i] if away > far else 0.0)
            if step != 0.0:
                moved = values[i, d] + step * gap
                if keep > 0.0:
                    moved = (1.0 - keep) * moved + keep * anchors[i, d]
                values[i, d] = min(max(moved, 0.0), 1.0)
