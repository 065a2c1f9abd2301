"""The compiled loops that move listeners.

All loops run over int32 rows and a float64 state of shape (humans, dimensions) in C order. Averages are taken
of listeners from ``first`` to before ``last``, each computed on its own, so that `coevolve_sim.threads` can
have several blocks at a time: the result is bit for bit the same whatever the number of threads.

``perceived`` holds what is perceived, one row for each source; ``rows[k]`` is the row that tie *k* reads. In
a channel where a speaker says the same to everybody, ``rows`` are the speakers; where every tie has a message
of its own, they number the messages.

The averages have no branches and use unsigned indices: a speaker out of reach counts with weight 0. That is
2-5 times faster than an `if`, which the processor often predicts wrongly. Squares are summed in four parts,
so that additions need not wait for each other. Where values do not fit into the processor's caches, the rows
that the next listeners will read are read once ahead, so that the processor loads many rows at once instead
of waiting for each: up to twice as fast again.

With ``cut``, new values are clipped to [0, 1] as they are written, which saves a pass over everybody.
Averages return whether all values read and written were finite before clipping, which saves another.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.compiled import AHEAD, CACHED, compiled, fetch_rows, uniform

_ZERO, _ONE, _TWO, _THREE, _FOUR = (np.uint64(number) for number in range(5))
_NUMBERS_AHEAD = np.uint64(64)  # the same in one dimension, where a row is a number


@compiled
def _within(x):
    """Return a number clipped to [0, 1]; a nan stays a nan."""
    return 0.0 if x < 0.0 else (1.0 if x > 1.0 else x)  # noqa: FURB136 - min may take a nan for 1


@compiled
def _fetch_numbers(heard, rows, start, stop):
    """Read numbers ahead, as `fetch_rows` does rows; four separate sums need not wait for each other."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for q in range((stop - start) // _FOUR):
        k = start + _FOUR * q
        a, b = a + heard[np.uint64(rows[k])], b + heard[np.uint64(rows[k + _ONE])]
        c, d = c + heard[np.uint64(rows[k + _TWO])], d + heard[np.uint64(rows[k + _THREE])]
    return a + b + c + d


@compiled
def average_one_dimension(
    first, last, values, perceived, indptr, rows, confidence, rate, self_weight, cut, out
):
    """Move listeners towards the mean of speakers within their confidence: one dimension, equal weights."""
    own, heard = values.ravel(), perceived.ravel()
    last, touched, spoiled = np.uint64(last), 0.0, 0.0
    start = np.uint64(indptr[first])
    for i in range(np.uint64(first), last):
        if perceived.size > CACHED and i % _NUMBERS_AHEAD == _ZERO:
            ahead = np.uint64(indptr[min(i + _NUMBERS_AHEAD, last)])
            touched += _fetch_numbers(heard, rows, start, ahead)
        x, near = own[i], confidence[i]
        pull, total = 0.0, self_weight
        stop = np.uint64(indptr[i + _ONE])
        for k in range(start, stop):
            gap = heard[np.uint64(rows[k])] - x
            within = 1.0 * (abs(gap) <= near)  # the bound itself is within reach, as in Hegselmann-Krause
            pull += within * gap
            total += within
        start = stop
        moved = x + (rate[i] * pull / total if total > 0.0 else 0.0)
        spoiled += 0.0 * moved  # stays 0 unless moved is nan or infinite: clipping would hide an infinity
        out[i, 0] = _within(moved) if cut else moved
    # What was read ahead must reach the result, or the compiler would leave the reading out.
    return np.isfinite(spoiled + 0.0 * touched)


@compiled
def average_in_full_mixing(
    first,
    last,
    values,
    perceived,
    orders,
    heard_in_order,
    running,
    exact,
    confidence,
    rate,
    alike,
    evenly,
    self_weight,
    out,
):
    """Move everybody towards the mean of all within its confidence, each dimension on its own: O(D N log N).

    ``orders`` sorts listeners and ``heard_in_order`` what is perceived, each dimension on its own; the
    listeners taken are those from the ``first`` place of an order to before the ``last``. Those within
    confidence of a listener are a stretch of the sorted values: its ends only move on from one listener to
    the next (or are searched for, where confidences differ), and its sum is a difference of ``running`` sums
    (`sums_in_order`). With ``exact``, everybody is perceived as they are, so the sorted values are those of
    the listeners too. With ``alike`` all have one confidence, with ``evenly`` one rate.
    """
    n_humans = values.shape[0]
    for d in range(values.shape[1]):
        heard, sums = heard_in_order[d], running[d]
        i = orders[d, first]
        x = heard[first] if exact else values[i, d]
        low = _first_beyond(heard, x, -confidence[0], 0, False) if alike else 0
        high = _first_beyond(heard, x, confidence[0], 0, True) if alike else 0
        for k in range(first, last):
            i = orders[d, k]
            x, near = heard[k] if exact else values[i, d], confidence[0 if alike else i]
            if alike:
                while low < n_humans and heard[low] - x < -near:
                    low += 1
                while high < n_humans and heard[high] - x <= near:
                    high += 1
            else:
                low = _first_beyond(heard, x, -near, 0, False)
                high = _first_beyond(heard, x, near, 0, True)
            count, pull = high - low, sums[high] - sums[low] - (high - low) * (x - 0.5)
            # A listener is in its own stretch: it is taken out here, and counts again with self_weight.
            own = 0.0 if exact else perceived[i, d] - x
            if abs(own) <= near:
                count, pull = count - 1, pull - own
            total = count + self_weight
            out[i, d] = x + (rate[0 if evenly else i] * pull / total if total > 0.0 else 0.0)


@compiled
def sums_in_order(first, last, heard_in_order):
    """Return running sums over sorted values less 0.5, from 0 on, of dimensions ``first`` to before ``last``.

    Counted from 0.5, running sums stay small, and little is lost when two are subtracted.
    """
    running = np.zeros((last - first, heard_in_order.shape[1] + 1))
    for d in range(first, last):
        for k in range(heard_in_order.shape[1]):
            running[d - first, k + 1] = running[d - first, k] + (heard_in_order[d, k] - 0.5)
    return running


@compiled
def _first_beyond(heard, x, bound, start, strictly):
    """Return the first index from start on where ``heard - x`` is above the bound, or at it if not strictly.

    The step is doubled until the bound is passed, then halved: near the start this takes a step or two.
    """
    end, stride = start, 1
    while end < heard.size and (heard[end] - x < bound or (strictly and heard[end] - x == bound)):
        start, end, stride = end + 1, end + stride, 2 * stride
    end = min(end, heard.size)
    while start < end:
        middle = (start + end) // 2
        if heard[middle] - x < bound or (strictly and heard[middle] - x == bound):
            start = middle + 1
        else:
            end = middle
    return start


@compiled
def average_joint(
    first,
    last,
    values,
    perceived,
    indptr,
    rows,
    weights,
    complete,
    confidence,
    rate,
    repulsion,
    self_weight,
    cut,
    out,
):
    """Move every listener towards the (weighted) mean of the speakers within its confidence."""
    n_humans, n_dimensions = np.uint64(values.shape[0]), np.uint64(values.shape[1])
    fours, touched, spoiled = n_dimensions // _FOUR, 0.0, np.zeros(values.shape[1])
    pull, x, last = np.empty(values.shape[1]), np.empty(values.shape[1]), np.uint64(last)
    for i in range(np.uint64(first), last):
        if perceived.size > CACHED and not complete and i % AHEAD == _ZERO:
            ahead = np.uint64(indptr[min(i + AHEAD, last)])
            touched += fetch_rows(perceived, rows, np.uint64(indptr[i]), ahead)
        # Distance is Euclidean over the root of the number of dimensions; squares save the root for every
        # tie.
        near = confidence[i] * confidence[i] * values.shape[1]
        far = np.inf if repulsion is None else repulsion[i] * repulsion[i] * values.shape[1]
        start, stop = (_ZERO, n_humans) if complete else (np.uint64(indptr[i]), np.uint64(indptr[i + _ONE]))
        total = self_weight
        for d in range(n_dimensions):
            pull[d], x[d] = 0.0, values[i, d]
        for k in range(start, stop):
            heard = perceived[np.uint64(rows[k])]
            a, b, c, e = 0.0, 0.0, 0.0, 0.0
            for q in range(fours):
                f = _FOUR * q
                gap_a, gap_b = heard[f] - x[f], heard[f + _ONE] - x[f + _ONE]
                gap_c, gap_e = heard[f + _TWO] - x[f + _TWO], heard[f + _THREE] - x[f + _THREE]
                a, b, c, e = a + gap_a * gap_a, b + gap_b * gap_b, c + gap_c * gap_c, e + gap_e * gap_e
            for rest in range(_FOUR * fours, n_dimensions):
                a += (heard[rest] - x[rest]) ** 2
            square = (a + b) + (c + e)  # this order is part of the result: another one gives other last bits
            weight = 1.0 if weights is None else weights[k]
            if complete:
                weight *= 1.0 * (k != i)
            towards, away = weight * (square <= near), weight * (square > far)
            total += towards + away  # those who repel count in the mean, with the other sign
            for d in range(n_dimensions):
                pull[d] += (towards - away) * (heard[d] - x[d])
        scale = rate[i] / total if total > 0.0 else 0.0
        for d in range(n_dimensions):
            moved = x[d] + scale * pull[d]
            spoiled[d] += 0.0 * moved
            out[i, d] = _within(moved) if cut else moved
    return np.isfinite(spoiled.sum() + 0.0 * touched)


@compiled
def average_per_dimension(
    first,
    last,
    values,
    perceived,
    indptr,
    rows,
    weights,
    complete,
    confidence,
    rate,
    repulsion,
    self_weight,
    cut,
    out,
):
    """Move every listener as `average_joint` does, but compare and move each dimension on its own."""
    n_humans, n_dimensions = values.shape
    moved, total, spoiled = np.empty(n_dimensions), np.empty(n_dimensions), np.zeros(n_dimensions)
    for i in range(first, last):
        near = confidence[i]
        far = np.inf if repulsion is None else repulsion[i]
        start, stop = (0, n_humans) if complete else (indptr[i], indptr[i + 1])
        for d in range(n_dimensions):
            moved[d] = 0.0
            total[d] = self_weight
        for k in range(start, stop):
            j = rows[k]
            if complete and j == i:
                continue
            weight = 1.0 if weights is None else weights[k]
            for d in range(n_dimensions):
                gap = perceived[j, d] - values[i, d]
                if abs(gap) <= near:
                    total[d] += weight
                    moved[d] += weight * gap
                elif abs(gap) > far:
                    total[d] += weight
                    moved[d] -= weight * gap
        for d in range(n_dimensions):
            goal = values[i, d] + (rate[i] * moved[d] / total[d] if total[d] > 0.0 else 0.0)
            spoiled[d] += 0.0 * goal
            out[i, d] = _within(goal) if cut else goal
    return np.isfinite(spoiled.sum())


@compiled
def _drawn_speaker(i, draw, indptr, indices, cumulative, complete, n_humans):
    """Return the speaker that listener i meets; -1 where i has nobody to meet."""
    if complete:
        if n_humans < 2:
            return -1
        j = int(draw * (n_humans - 1))  # one of the others: numbers from i on move up by one
        return j + 1 if j >= i else j
    start, stop = indptr[i], indptr[i + 1]
    if start == stop:
        return -1
    if cumulative is None:
        return indices[start + int(draw * (stop - start))]
    goal = draw * cumulative[stop - 1]
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > goal:
            high = middle
        else:
            low = middle + 1
    return indices[low]


@compiled
def _like_speaker(i, draw, values, indptr, indices, complete, bias, floor, mass):
    """Return the speaker that i meets under algorithmic bias, in proportion to distance ** -bias."""
    n_humans, n_dimensions = values.shape
    start, stop = (0, n_humans) if complete else (indptr[i], indptr[i + 1])
    nearest = np.inf
    for k in range(start, stop):
        j = k if complete else indices[k]
        square = 0.0
        for d in range(n_dimensions):
            gap = values[j, d] - values[i, d]
            square += gap * gap
        mass[k - start] = np.inf if j == i else max(np.sqrt(square / n_dimensions), floor)
        nearest = min(nearest, mass[k - start])
    total = 0.0
    for m in range(stop - start):
        if mass[m] < np.inf:
            # Relative to the nearest, the power is at most 1 and cannot overflow.
            total += (mass[m] / nearest) ** -bias
        mass[m] = total
    if total == 0.0:
        return -1
    goal = draw * total
    low, high = 0, stop - start - 1
    while low < high:
        middle = (low + high) // 2
        if mass[middle] > goal:
            high = middle
        else:
            low = middle + 1
    return low if complete else indices[start + low]


@compiled
def _hear(x, i, heard, confidence, rate, stubbornness, repulsion, anchors, per_dimension):
    """Move listener i, in place, by what it perceived of one speaker."""
    n_dimensions = x.shape[1]
    square = 0.0
    for d in range(n_dimensions):
        square += (heard[d] - x[i, d]) ** 2
    joint = np.sqrt(square / n_dimensions)
    far = np.inf if repulsion is None else repulsion[i]
    for d in range(n_dimensions):
        gap = abs(heard[d] - x[i, d]) if per_dimension else joint
        step = rate[i] if gap <= confidence[i] else (-rate[i] if gap > far else 0.0)
        if step != 0.0:
            moved = x[i, d] + step * (heard[d] - x[i, d])
            moved = (1.0 - stubbornness[i]) * moved + stubbornness[i] * anchors[i, d]
            # Clipping is last: the anchor pulls back from where repulsion led, also from beyond an end.
            x[i, d] = min(max(moved, 0.0), 1.0)


@compiled
def encounters(
    x,
    offsets,
    share,
    towards,
    indptr,
    indices,
    cumulative,
    complete,
    confidence,
    rate,
    stubbornness,
    repulsion,
    anchors,
    key,
    n_encounters,
    both_move,
    per_dimension,
    exposure,
    bias,
    floor,
):
    """Let pairs meet one after the other, in place.

    Encounter *e* uses draws 3e (listener), 3e + 1 (speaker) and 3e + 2 (whether it takes place). Unless
    ``towards`` is None, what is said is edited: moved a share of the way towards it.
    """
    n_humans, n_dimensions = x.shape
    to_i, to_j = np.empty(n_dimensions), np.empty(n_dimensions)
    mass = np.empty(n_humans if bias is not None else 0)
    for e in range(n_encounters):
        i = int(uniform(key, 3 * e) * n_humans)
        draw = uniform(key, 3 * e + 1)
        if bias is None:
            j = _drawn_speaker(i, draw, indptr, indices, cumulative, complete, n_humans)
        else:
            j = _like_speaker(i, draw, x, indptr, indices, complete, bias, floor, mass)
        if j < 0:
            continue
        square = 0.0
        # Both messages are copied before anybody moves: with both_move, j must hear what i held before it
        # moved.
        for d in range(n_dimensions):
            to_i[d], to_j[d] = x[j, d], x[i, d]
            if towards is not None:
                to_i[d] += share * (towards[d] - to_i[d])
                to_j[d] += share * (towards[d] - to_j[d])
            if offsets is not None:
                to_i[d] = min(max(to_i[d] + offsets[j, d], 0.0), 1.0)
                to_j[d] = min(max(to_j[d] + offsets[i, d], 0.0), 1.0)
            square += (x[j, d] - x[i, d]) ** 2
        if exposure is not None:
            chance = 0.5 ** (np.sqrt(square / n_dimensions) / exposure)
            if uniform(key, 3 * e + 2) >= chance:
                continue
        _hear(x, i, to_i, confidence, rate, stubbornness, repulsion, anchors, per_dimension)
        if both_move:
            _hear(x, j, to_j, confidence, rate, stubbornness, repulsion, anchors, per_dimension)


@compiled
def means_by_side(first, last, perceived, indptr, indices, rows, weights, is_liberal, heard):
    """Write each listener's mean of liberals [0] and conservatives [1] into zeros; nan if of nobody."""
    n_dimensions, total = perceived.shape[1], np.empty(2)
    for i in range(first, last):
        total[:] = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            side = 0 if is_liberal[indices[k]] else 1
            weight = 1.0 if weights is None else weights[k]
            total[side] += weight
            for d in range(n_dimensions):
                heard[side, i, d] += weight * perceived[rows[k], d]
        for side in range(2):
            for d in range(n_dimensions):
                heard[side, i, d] = heard[side, i, d] / total[side] if total[side] > 0.0 else np.nan


@compiled
def _take_in(total, mean, log_precision, heard):
    """Combine a belief into a mean by precision, in place; return the logarithm of the summed precision."""
    greatest = max(total, log_precision)
    if greatest == -np.inf:
        return greatest
    both = greatest + np.log(np.exp(total - greatest) + np.exp(log_precision - greatest))
    share = np.exp(log_precision - both)
    for d in range(mean.size):
        mean[d] += share * (heard[d] - mean[d])
    return both


@compiled
def pool_over_ties(first, last, total, means, log_trusted, perceived, indptr, indices, rows, weights):
    """Combine what each listener perceives of its speakers' beliefs into its own belief, in place."""
    for i in range(first, last):
        for k in range(indptr[i], indptr[i + 1]):
            weight = 1.0 if weights is None else weights[k]
            if weight > 0.0:
                log_precision = log_trusted[indices[k]] + np.log(weight)
                total[i] = _take_in(total[i], means[i], log_precision, perceived[rows[k]])


@compiled
def pool_in_full_mixing(total, means, log_trusted, perceived):
    """Combine everybody else's belief into each human's own, in place: those before it, then those after.

    What the others before a human hold together is itself one belief, so each direction is one pass: O(N D).
    """
    n_humans = total.size
    so_far = np.empty(means.shape[1])
    for way in range(2):
        precision_so_far = -np.inf
        so_far[:] = 0.0
        for place in range(n_humans):
            i = place if way == 0 else n_humans - 1 - place
            total[i] = _take_in(total[i], means[i], precision_so_far, so_far)
            precision_so_far = _take_in(precision_so_far, so_far, log_trusted[i], perceived[i])
