"""The compiled loops.

Plain loops over int32 rows, a float64 (humans, dimensions) state in C order, one thread: bit for bit
the same whatever the number of threads, and the fastest form that was measured. ``perceived`` holds what
is heard, one row a source; ``rows[k]`` is the row that tie *k* reads. For a channel through which a
speaker says the same to everybody, ``rows`` are the speakers themselves; for one with a message a
tie, ``rows`` count the messages.

The averages are written without branches and with unsigned indices: who is out of reach counts with weight
0. That is 2-5 times faster than an `if`, which the processor predicts wrongly. Squares are summed in four
parts, for the same reason. Where values are too many for the processor's caches, what the next listeners will
hear is touched before they are moved, so that the processor fetches many rows at once instead of waiting for
each: up to twice as fast again.

With ``cut``, what is written is brought into [0, 1]: a pass over everybody less. Averages return whether all
that was read and written was finite before it was cut, so that nobody has to pass over it to see.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.compiled import AHEAD, CACHED, compiled, fetch_rows, uniform

_ZERO, _ONE, _TWO, _THREE, _FOUR = (np.uint64(number) for number in range(5))
_NUMBERS_AHEAD = np.uint64(64)  # the same in one dimension, where a row is a number


@compiled
def _within(x):
    """Return a number brought into [0, 1]; what is not a number stays."""
    return 0.0 if x < 0.0 else (1.0 if x > 1.0 else x)  # noqa: FURB136 - min may take a nan for 1


@compiled
def _fetch_numbers(heard, rows, start, stop):
    """As `fetch_rows` in one dimension; four sums need not wait for each other."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for q in range((stop - start) // _FOUR):
        k = start + _FOUR * q
        a, b = a + heard[np.uint64(rows[k])], b + heard[np.uint64(rows[k + _ONE])]
        c, d = c + heard[np.uint64(rows[k + _TWO])], d + heard[np.uint64(rows[k + _THREE])]
    return a + b + c + d


@compiled
def average_one_dimension(values, perceived, indptr, rows, confidence, rate, self_weight, cut, out):
    """Move every listener towards the mean of those within its confidence: one dimension, equal weights."""
    own, heard = values.ravel(), perceived.ravel()
    n_humans, touched, spoiled = np.uint64(own.size), 0.0, 0.0
    start = np.uint64(indptr[0])
    for i in range(n_humans):
        if perceived.size > CACHED and i % _NUMBERS_AHEAD == _ZERO:
            ahead = np.uint64(indptr[min(i + _NUMBERS_AHEAD, n_humans)])
            touched += _fetch_numbers(heard, rows, start, ahead)
        x, near = own[i], confidence[i]
        pull, total = 0.0, self_weight
        stop = np.uint64(indptr[i + _ONE])
        for k in range(start, stop):
            gap = heard[np.uint64(rows[k])] - x
            within = 1.0 * (abs(gap) <= near)
            pull += within * gap
            total += within
        start = stop
        moved = x + (rate[i] * pull / total if total > 0.0 else 0.0)
        spoiled += 0.0 * moved
        out[i, 0] = _within(moved) if cut else moved
    return np.isfinite(spoiled + 0.0 * touched)


@compiled
def average_in_full_mixing(
    values, perceived, orders, heard_in_order, exact, confidence, rate, self_weight, out
):
    """Move everybody towards the mean of all within its confidence, every dimension alone: O(D N log N).

    In order (``orders`` of listeners, ``heard_in_order``, each column alone), the near are a stretch whose
    ends move on with the listener (or, where confidences differ, are searched), and whose sum is a
    difference of running sums. If everybody is heard ``exact``, what is heard in order are the listeners too.
    """
    n_humans = values.shape[0]
    alike, evenly = np.all(confidence == confidence[0]), np.all(rate == rate[0])
    running = np.zeros(n_humans + 1)
    for d in range(values.shape[1]):
        heard = heard_in_order[d]
        for k in range(n_humans):
            running[k + 1] = running[k] + (heard[k] - 0.5)
        low = high = 0
        for k in range(n_humans):
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
            count, pull = high - low, running[high] - running[low] - (high - low) * (x - 0.5)
            own = 0.0 if exact else perceived[i, d] - x
            if abs(own) <= near:
                count, pull = count - 1, pull - own
            total = count + self_weight
            out[i, d] = x + (rate[0 if evenly else i] * pull / total if total > 0.0 else 0.0)


@compiled
def _first_beyond(heard, x, bound, start, strictly):
    """Return the first place from start on where ``heard - x`` is above the bound, or at it if not strictly.

    Doubles its stride, then halves it: near the start it takes a step or two.
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
    values, perceived, indptr, rows, weights, complete, confidence, rate, repulsion, self_weight, cut, out
):
    """Move every listener towards the (weighted) mean of those within its confidence."""
    n_humans, n_dimensions = np.uint64(values.shape[0]), np.uint64(values.shape[1])
    fours, touched, spoiled = n_dimensions // _FOUR, 0.0, np.zeros(values.shape[1])
    pull, x = np.empty(values.shape[1]), np.empty(values.shape[1])
    for i in range(n_humans):
        if perceived.size > CACHED and not complete and i % AHEAD == _ZERO:
            ahead = np.uint64(indptr[min(i + AHEAD, n_humans)])
            touched += fetch_rows(perceived, rows, np.uint64(indptr[i]), ahead)
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
            square = (a + b) + (c + e)
            weight = 1.0 if weights is None else weights[k]
            if complete:
                weight *= 1.0 * (k != i)
            towards, away = weight * (square <= near), weight * (square > far)
            total += towards + away
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
    values, perceived, indptr, rows, weights, complete, confidence, rate, repulsion, self_weight, cut, out
):
    """As `average_joint`, every dimension accepted or refused alone."""
    n_humans, n_dimensions = values.shape
    moved, total, spoiled = np.empty(n_dimensions), np.empty(n_dimensions), np.zeros(n_dimensions)
    for i in range(n_humans):
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
    """Return whom listener i meets; -1 where i has nobody to meet."""
    if complete:
        if n_humans < 2:
            return -1
        j = int(draw * (n_humans - 1))
        return j + 1 if j >= i else j
    start, stop = indptr[i], indptr[i + 1]
    if start == stop:
        return -1
    if cumulative is None:
        return indices[start + int(draw * (stop - start))]
    below = cumulative[start - 1] if start > 0 else 0.0
    goal = below + draw * (cumulative[stop - 1] - below)
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
    """Return whom i meets when likeness attracts: probability distance ** -bias."""
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
    """Move listener i, in place, by what it heard."""
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
            x[i, d] = min(max(moved, 0.0), 1.0)


@compiled
def encounters(
    x,
    offsets,
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

    Encounter *e* uses draws 3e (listener), 3e + 1 (speaker) and 3e + 2 (whether it comes about).
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
        for d in range(n_dimensions):
            to_i[d], to_j[d] = x[j, d], x[i, d]
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
def means_by_side(perceived, indptr, indices, rows, weights, is_liberal):
    """Return what each listener hears from liberals [0] and conservatives [1]; NaN where from nobody."""
    n_humans, n_dimensions = is_liberal.size, perceived.shape[1]
    heard = np.zeros((2, n_humans, n_dimensions))
    total = np.empty(2)
    for i in range(n_humans):
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
    return heard


@compiled
def _take_in(total, mean, log_precision, heard):
    """Take a belief into a mean, in place, by precision; return the logarithm of both precisions together."""
    greatest = max(total, log_precision)
    if greatest == -np.inf:
        return greatest
    both = greatest + np.log(np.exp(total - greatest) + np.exp(log_precision - greatest))
    share = np.exp(log_precision - both)
    for d in range(mean.size):
        mean[d] += share * (heard[d] - mean[d])
    return both


@compiled
def pool_over_ties(total, means, log_trusted, perceived, indptr, indices, rows, weights):
    """Take what each listener hears of the beliefs of those it is tied to into its own, in place."""
    for i in range(total.size):
        for k in range(indptr[i], indptr[i + 1]):
            weight = 1.0 if weights is None else weights[k]
            if weight > 0.0:
                log_precision = log_trusted[indices[k]] + np.log(weight)
                total[i] = _take_in(total[i], means[i], log_precision, perceived[rows[k]])


@compiled
def pool_in_full_mixing(total, means, log_trusted, perceived):
    """Take everybody else's belief into each one's own, in place: first all before it, then all after it."""
    n_humans = total.size
    so_far = np.empty(means.shape[1])
    for way in range(2):
        precision_so_far = -np.inf
        so_far[:] = 0.0
        for place in range(n_humans):
            i = place if way == 0 else n_humans - 1 - place
            total[i] = _take_in(total[i], means[i], precision_so_far, so_far)
            precision_so_far = _take_in(precision_so_far, so_far, log_trusted[i], perceived[i])
