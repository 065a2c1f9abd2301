"""The pairwise schedule with confidence and rate only: ten times as fast as the general loop.

`coevolve_sim.rules.kernels.encounters` draws a pair, waits for its values, branches, and moves it. Here pairs
are drawn ahead, in blocks. Draws do not depend on values, so this is the same asynchronous process with the
same draws, but the processor loads many rows at once. Each stage of a block is a loop of its own without
branches: a listener out of reach moves by 0 times the gap, and a human with nobody to meet meets itself.
Nothing is clipped to [0, 1]: with a rate of at most 1 no value leaves it, not even by rounding.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.compiled import compiled, uniform

BLOCK = 1024

_ONE, _TWO, _THREE, _FOUR = (np.uint64(number) for number in range(1, 5))
_EVERYONE, _THE_FIRST = np.uint64(0xFFFF_FFFF), np.uint64(0)


@compiled
def draw_pairs(key, first, n_drawn, n_humans, indptr, indices, complete, listeners, speakers, draws, places):
    """Draw the pairs of encounters from ``first`` on: draws 3e (listener) and 3e + 1 (speaker) of each.

    The last four arrays are filled; each is at least as long as the number to draw.
    """
    # Three stages, each a loop over the block: a draw, a look-up of the row, a look-up of the speaker. In one
    # loop each look-up would have to wait for memory before the next encounter could begin.
    for b in range(np.uint64(n_drawn)):
        e = np.uint64(first) + b
        listeners[b] = np.int64(uniform(key, _THREE * e) * n_humans)
        draws[b] = uniform(key, _THREE * e + _ONE)
    if complete:
        for b in range(np.uint64(n_drawn)):
            other = np.int64(draws[b] * (n_humans - 1))
            speakers[b] = (other + (other >= listeners[b])) % n_humans
        return
    for b in range(np.uint64(n_drawn)):
        i = np.uint64(listeners[b])
        width = indptr[i + _ONE] - indptr[i]
        places[b] = indptr[i] + np.int64(draws[b] * width) if width > 0 else -1
    for b in range(np.uint64(n_drawn)):
        speakers[b] = indices[np.uint64(places[b])] if places[b] >= 0 else listeners[b]


@compiled
def run_fast_encounters(
    x,
    indptr,
    indices,
    complete,
    confidence,
    rate,
    alike,
    key,
    n_encounters,
    both_move,
    per_dimension,
    share,
    towards,
):
    """Let pairs meet one after the other, in place; with ``alike``, all have the first human's numbers.

    Unless ``towards`` is None, what is said is edited: moved a share of the way towards it.
    """
    listeners, speakers = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    draws, places = np.empty(BLOCK), np.empty(BLOCK, np.int64)
    # A mask instead of a branch: ``i & whose`` is i where numbers differ, and 0 where all are the first
    # one's.
    whose = _THE_FIRST if alike else _EVERYONE
    for first in range(0, n_encounters, BLOCK):
        n_drawn = min(BLOCK, n_encounters - first)
        draw_pairs(
            key, first, n_drawn, x.shape[0], indptr, indices, complete, listeners, speakers, draws, places
        )
        pairs = (listeners[:n_drawn], speakers[:n_drawn])
        if x.shape[1] == 1:
            _meet_in_one_dimension(x.ravel(), *pairs, confidence, rate, whose, both_move, share, towards)
        elif per_dimension:
            _meet_per_dimension(x, *pairs, confidence, rate, whose, both_move, share, towards)
        elif towards is None:
            _meet_jointly(x, *pairs, confidence, rate, whose, both_move)
        else:
            _meet_edited_jointly(x, *pairs, confidence, rate, whose, both_move, share, towards)


@compiled
def _meet_in_one_dimension(own, listeners, speakers, confidence, rate, whose, both_move, share, towards):
    """Let the pairs of a block meet; the branch on ``towards`` is taken when the loop is compiled."""
    for b in range(np.uint64(listeners.size)):
        i, j = np.uint64(listeners[b]), np.uint64(speakers[b])
        mine, theirs = own[i], own[j]  # both before anybody moves: the two hear each other's old values
        gap = theirs - mine
        back = -gap
        if towards is not None:
            gap = theirs + share * (towards[0] - theirs) - mine
            back = mine + share * (towards[0] - mine) - theirs
        own[i] = mine + rate[i & whose] * (1.0 * (abs(gap) <= confidence[i & whose])) * gap
        if both_move:
            own[j] = theirs + rate[j & whose] * (1.0 * (abs(back) <= confidence[j & whose])) * back


@compiled
def _meet_per_dimension(x, listeners, speakers, confidence, rate, whose, both_move, share, towards):
    """Let the pairs of a block meet, each dimension compared and moved on its own."""
    for b in range(np.uint64(listeners.size)):
        i, j = np.uint64(listeners[b]), np.uint64(speakers[b])
        near_i, near_j = confidence[i & whose], confidence[j & whose]
        step_i, step_j = rate[i & whose], rate[j & whose] * (1.0 * both_move)
        for d in range(np.uint64(x.shape[1])):
            mine, theirs = x[i, d], x[j, d]
            gap = theirs - mine
            back = -gap
            if towards is not None:
                gap = theirs + share * (towards[d] - theirs) - mine
                back = mine + share * (towards[d] - mine) - theirs
            x[i, d] = mine + step_i * (1.0 * (abs(gap) <= near_i)) * gap
            x[j, d] = theirs + step_j * (1.0 * (abs(back) <= near_j)) * back


@compiled
def _meet_jointly(x, listeners, speakers, confidence, rate, whose, both_move):
    """Let the pairs of a block meet by joint distance; four partial sums need not wait for each other."""
    n_dimensions = np.uint64(x.shape[1])
    fours = n_dimensions // _FOUR
    for b in range(np.uint64(listeners.size)):
        i, j = np.uint64(listeners[b]), np.uint64(speakers[b])
        mine, theirs = x[i], x[j]
        a, c, e, f = 0.0, 0.0, 0.0, 0.0
        for q in range(fours):
            g = _FOUR * q
            gap_a, gap_c = theirs[g] - mine[g], theirs[g + _ONE] - mine[g + _ONE]
            gap_e, gap_f = theirs[g + _TWO] - mine[g + _TWO], theirs[g + _THREE] - mine[g + _THREE]
            a, c, e, f = a + gap_a * gap_a, c + gap_c * gap_c, e + gap_e * gap_e, f + gap_f * gap_f
        for rest in range(_FOUR * fours, n_dimensions):
            a += (theirs[rest] - mine[rest]) ** 2
        away = np.sqrt(((a + c) + (e + f)) / x.shape[1])
        step_i = rate[i & whose] * (1.0 * (away <= confidence[i & whose]))
        step_j = rate[j & whose] * (1.0 * (away <= confidence[j & whose])) * (1.0 * both_move)
        for d in range(n_dimensions):
            own, other = mine[d], theirs[d]
            gap = other - own
            mine[d] = own + step_i * gap
            theirs[d] = other - step_j * gap


@compiled
def _meet_edited_jointly(x, listeners, speakers, confidence, rate, whose, both_move, share, towards):
    """Let the pairs of a block meet by joint distance; what each says is edited before the other hears."""
    n_dimensions = np.uint64(x.shape[1])
    to_i, to_j = np.empty(x.shape[1]), np.empty(x.shape[1])  # the way from each to what it hears
    for b in range(np.uint64(listeners.size)):
        i, j = np.uint64(listeners[b]), np.uint64(speakers[b])
        mine, theirs = x[i], x[j]
        for d in range(n_dimensions):
            to_i[d] = theirs[d] + share * (towards[d] - theirs[d]) - mine[d]
            to_j[d] = mine[d] + share * (towards[d] - mine[d]) - theirs[d]
        away_i, away_j = _length(to_i), _length(to_j)
        step_i = rate[i & whose] * (1.0 * (away_i <= confidence[i & whose]))
        step_j = rate[j & whose] * (1.0 * (away_j <= confidence[j & whose])) * (1.0 * both_move)
        for d in range(n_dimensions):
            own, other = mine[d], theirs[d]
            mine[d] = own + step_i * to_i[d]
            theirs[d] = other + step_j * to_j[d]


@compiled
def _length(gaps):
    """Return the root of the mean square of gaps; four partial sums need not wait for each other."""
    a, c, e, f = 0.0, 0.0, 0.0, 0.0
    n_dimensions = np.uint64(gaps.size)
    for q in range(n_dimensions // _FOUR):
        g = _FOUR * q
        a, c = a + gaps[g] * gaps[g], c + gaps[g + _ONE] * gaps[g + _ONE]
        e, f = e + gaps[g + _TWO] * gaps[g + _TWO], f + gaps[g + _THREE] * gaps[g + _THREE]
    for rest in range(_FOUR * (n_dimensions // _FOUR), n_dimensions):
        a += gaps[rest] ** 2
    return np.sqrt(((a + c) + (e + f)) / gaps.size)
