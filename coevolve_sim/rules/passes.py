"""Single passes over everybody's values, for societies too large for the processor's caches.

NumPy would take several passes with temporary arrays in between; each function here takes one and gives the
same result. Those with ``first`` and ``last`` pass over the rows from the one to before the other, so that
`coevolve_sim.threads` can have several at a time.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.compiled import compiled


@compiled
def all_finite(values):
    """Return whether every number is finite.

    Examples
    --------
    >>> all_finite(np.array([[0.5, 1.0]])), all_finite(np.array([[0.5, np.inf]]))
    (True, False)
    """
    # 0 times a finite number is 0, and nan otherwise: no branch. Eight sums need not wait for each other.
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
def cut(first, last, values):
    """Clip values to [0, 1], in place; a nan stays a nan.

    Examples
    --------
    >>> values = np.array([[-0.5, 0.5, 1.5]])
    >>> cut(0, 1, values)
    >>> values.tolist()
    [[0.0, 0.5, 1.0]]
    """
    flat = values[first:last].reshape(-1)
    for k in range(np.uint64(flat.size)):
        if flat[k] < 0.0:
            flat[k] = 0.0
        elif flat[k] > 1.0:
            flat[k] = 1.0


@compiled
def edit(first, last, values, share, towards, out):
    """Write values moved a share of the way towards others: ``x + g (z - x)``.

    By this form, unlike ``(1 - g) x + g z``, none leaves [0, 1] by rounding.

    Examples
    --------
    >>> said = np.empty((1, 2))
    >>> edit(0, 1, np.array([[0.5, 1.0]]), 0.5, np.array([0.0, 0.5]), said)
    >>> said.tolist()
    [[0.25, 0.75]]
    """
    for i in range(np.uint64(first), np.uint64(last)):
        for d in range(np.uint64(values.shape[1])):
            held = values[i, d]
            out[i, d] = held + share * (towards[d] - held)


@compiled
def shift(first, last, values, change, out):
    """Add one change to each dimension and clip to [0, 1]; return how many values were clipped.

    Examples
    --------
    >>> values = np.array([[0.5, 0.9]])
    >>> shift(0, 1, values, np.array([0.25, 0.25]), values), values.tolist()
    (1, [[0.75, 1.0]])
    """
    n_held = 0
    for i in range(np.uint64(first), np.uint64(last)):
        for d in range(np.uint64(values.shape[1])):
            goal = values[i, d] + change[d]
            within = min(max(goal, 0.0), 1.0)
            n_held += goal != within
            out[i, d] = within
    return n_held


@compiled
def shift_in_turn(first, last, values, changes):
    """Add several changes in turn, in place, clipping to [0, 1] after each: repeated `shift` in one pass.

    Examples
    --------
    >>> values = np.array([[0.75]])
    >>> shift_in_turn(0, 1, values, np.array([[0.5], [-0.25]]))
    >>> values.tolist()
    [[0.75]]
    """
    # Changes are not summed first: a value clipped at an end starts the next change from that end.
    for i in range(np.uint64(first), np.uint64(last)):
        for c in range(np.uint64(changes.shape[0])):
            for d in range(np.uint64(values.shape[1])):
                values[i, d] = min(max(values[i, d] + changes[c, d], 0.0), 1.0)


@compiled
def sums_of_groups(values, group_of, n_groups):
    """Return the sum of each group's values, added in the order of humans, and the size of each group.

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
def take_rows(first, last, values, rows):
    """Return a copy of some of the values of those from ``first`` to before ``last`` in a list of rows.

    Examples
    --------
    >>> take_rows(0, 1, np.array([[0.25], [0.5]]), np.array([1, 0])).tolist()
    [[0.5]]
    """
    taken = np.empty((last - first, values.shape[1]))
    for k in range(np.uint64(first), np.uint64(last)):
        row = np.uint64(rows[k])
        for d in range(np.uint64(values.shape[1])):
            taken[k - np.uint64(first), d] = values[row, d]
    return taken


@compiled
def add_rows(first, last, taken, places, sums):
    """Add the rows that were taken from ``first`` to before ``last``, one after the other, each at its place.

    Examples
    --------
    >>> sums = np.zeros((2, 1))
    >>> add_rows(0, 2, np.array([[0.25], [0.5]]), np.array([1, 1]), sums)
    >>> sums.tolist()
    [[0.0], [0.75]]
    """
    for k in range(np.uint64(first), np.uint64(last)):
        place, row = np.uint64(places[k]), k - np.uint64(first)
        for d in range(np.uint64(taken.shape[1])):
            sums[place, d] += taken[row, d]


@compiled
def hear_one_each(
    first,
    last,
    values,
    humans,
    heard,
    speakers,
    confidence,
    rate,
    stubbornness,
    repulsion,
    anchors,
    per_dimension,
    told,
):
    """Move some humans by the one message each heard, in place; see `exchange.move_by_speaker_in_place`.

    Human ``humans[k]`` heard row ``speakers[k]``, or row k where ``speakers`` is None. Unless ``told`` is
    None, the human's values before the move are added to that row of it, so that one pass serves both sides.
    Of ``humans``, those from ``first`` to before ``last`` are moved.
    """
    n_dimensions = np.uint64(values.shape[1])
    for k in range(np.uint64(first), np.uint64(last)):
        i, row = np.uint64(humans[k]), np.uint64(k if speakers is None else speakers[k])
        square = 0.0
        for d in range(n_dimensions):
            square += (heard[row, d] - values[i, d]) ** 2
        if told is not None:  # before the move: the assistant learns from what the human held when it asked
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
                values[i, d] = min(
                    max(moved, 0.0), 1.0
                )  # last, so that an anchor pulls from where one got to


@compiled
def hear_several(first, last, values, followed, heard, rates, confidence, repulsion, per_dimension):
    """Move everybody by all the speakers that each follows, in place; return how many follow each.

    See `media.hear_outlets`. ``followed`` has a speaker's followers beside each other (Fortran order).

    Examples
    --------
    >>> held, near = np.array([[0.5], [0.5]]), np.full(2, 0.3)
    >>> both, heard = np.array([[True, True], [True, False]], order="F"), np.array([[0.75], [0.25]])
    >>> hear_several(0, 2, held, both, heard, np.array([0.5, 0.25]), near, None, False).tolist()
    [2, 1]
    >>> held.tolist()
    [[0.5625], [0.625]]
    """
    if values.shape[1] == 1:
        held = values.reshape(-1)
        return _hear_several_on_one(first, last, held, followed, heard, rates, confidence, repulsion)
    n_outlets, n_dimensions = np.uint64(heard.shape[0]), np.uint64(values.shape[1])
    n_followers, pulls = np.zeros(heard.shape[0], np.int64), np.zeros(values.shape[1])
    for i in range(np.uint64(first), np.uint64(last)):
        near = confidence[i]
        far = np.inf if repulsion is None else repulsion[i]
        pulls[:] = 0.0
        for k in range(n_outlets):
            if not followed[i, k]:
                continue
            n_followers[k] += 1
            rate, square = rates[k], 0.0
            for d in range(n_dimensions):
                square += (heard[k, d] - values[i, d]) ** 2
            away = np.sqrt(square / values.shape[1])
            for d in range(n_dimensions):
                gap = heard[k, d] - values[i, d]
                if per_dimension:
                    away = abs(gap)
                pulls[d] += (rate if away <= near else (-rate if away > far else 0.0)) * gap
        for d in range(n_dimensions):
            values[i, d] = min(max(values[i, d] + pulls[d], 0.0), 1.0)
    return n_followers


BLOCK = 2048
"""Humans whose pulls stay in the processor's nearest cache."""


@compiled
def _hear_several_on_one(first, last, values, followed, heard, rates, confidence, repulsion):
    """Move everybody on one dimension as `hear_several` does, many humans in one instruction."""
    # Outlet by outlet, and no branch: who does not follow goes 0 of the way.
    n_followers, pulls = np.zeros(heard.shape[0], np.int64), np.empty(BLOCK)
    for start in range(first, last, BLOCK):
        stop = min(start + BLOCK, last)
        held, near = values[start:stop], confidence[start:stop]
        pulls[:] = 0.0
        for k in range(heard.shape[0]):
            said, rate, follows, count = heard[k, 0], rates[k], followed[start:stop, k], 0
            for i in range(held.size):
                gap, own = said - held[i], rate * follows[i]
                far = np.inf if repulsion is None else repulsion[start + i]
                pulls[i] += (own if abs(gap) <= near[i] else (-own if abs(gap) > far else 0.0)) * gap
                count += follows[i]
            n_followers[k] += count
        for i in range(held.size):
            held[i] = min(max(held[i] + pulls[i], 0.0), 1.0)
    return n_followers


@compiled
def find_nearest(first, last, values, others, within, able, found):
    """Find whether each of other points is the nearest to each human that is able, and within its distance.

    ``found`` is all False before; it and ``able`` are as `hear_several` wants who follows.

    Examples
    --------
    >>> points, reach = np.array([[0.2], [0.9]]), np.array([0.3, 0.3])
    >>> able, found = np.ones((3, 2), np.bool_, order="F"), np.zeros((3, 2), np.bool_, order="F")
    >>> find_nearest(0, 3, np.array([[0.0], [0.55], [0.7]]), points, reach, able, found)
    >>> found.tolist()
    [[True, False], [False, False], [False, True]]
    """
    n_others, n_dimensions = np.uint64(others.shape[0]), np.uint64(values.shape[1])
    for i in range(np.uint64(first), np.uint64(last) if n_others > 0 else np.uint64(first)):
        least, at = np.inf, np.uint64(0)
        if n_dimensions == 1:
            held = values[i, 0]
            for k in range(n_others):
                square = (others[k, 0] - held) ** 2
                at = np.uint64(k) if square < least else at  # no branch: which is the nearest is unforeseen
                least = min(square, least)
        else:
            for k in range(n_others):
                square = 0.0
                for d in range(n_dimensions):
                    square += (others[k, d] - values[i, d]) ** 2
                if square < least:
                    least, at = square, np.uint64(k)
        found[i, at] = able[i, at] & (np.sqrt(least / values.shape[1]) <= within[at])


@compiled
def sums_along_rows(indptr, weights):
    """Return, for each tie, the sum of the weights of its row up to and with it.

    Each row has a sum of its own: in one over the whole network, a large weight would leave the rows after it
    no digits to tell their ties apart.
    """
    sums = np.empty(weights.size)
    for i in range(indptr.size - 1):
        total = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            total += weights[k]
            sums[k] = total
    return sums
