"""What bounds the targets that are missed: the least loop of a rule, and how a bare gather grows."""

from __future__ import annotations

import numba
import numpy as np
from exchange_speed import CONFIDENCE, ONE, RATE, gather_sums, gather_sums_of_numbers
from measuring import FAMILIES, network, side_by_side, table
from rounds import round_of_a_human, round_over_kernel

from coevolve_sim.rules import Susceptibility, kernels

HUMANS, SIZES, DIMENSIONS = 1_000_000, (10_000, 100_000, 1_000_000), 5
TEXT = """\
In turns, in processor time; medians.

*One dimension, {humans:,} humans.* The *floor* is one load and one addition a tie. The *least loop* is all
that the rule needs: a gap, a comparison, a product and two sums a tie, and one division a human; it clips
nothing, does not look whether all is finite, and reads nothing ahead. The larger a ratio, the faster the
second of the two.

{least}

*A round over its kernel*, {humans:,} humans, 19 dimensions, cheap measures, three times over: {over}.

*Growth*, of a human in {dimensions} dimensions, relative to {smallest:,} humans: a round, and the bare gather
of everybody's ties, which has no rule, no record and no history. The values of {smallest:,} humans lie in the
processor's caches, those of a million do not.

{growth}"""


@numba.njit
def least_loop(own, indptr, indices, confidence, rate, out):  # type: ignore[no-untyped-def]
    """Average in one dimension with nothing but the rule."""
    for i in range(np.uint64(own.size)):
        x, near, pull, total = own[i], confidence[i], 0.0, 1.0
        for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + ONE])):
            gap = own[np.uint64(indices[k])] - x
            within = 1.0 * (abs(gap) <= near)
            pull += within * gap
            total += within
        out[i] = x + rate[i] * pull / total


def rows_of_least(humans: int) -> list[list[str]]:
    """Return how near the kernel comes to the least loop, and that to the floor, by network."""
    found = []
    for family in FAMILIES:
        ties, x = network(family, humans), np.random.default_rng(1).random((humans, 1))
        listening, out = Susceptibility.of(humans, confidence=CONFIDENCE, rate=RATE), np.empty_like(x)
        rows, couplings = (ties.indptr, ties.indices), (listening.confidence, listening.rate)
        times = side_by_side(
            {
                "floor": lambda x=x, r=rows, o=out: gather_sums_of_numbers(0, humans, x[:, 0], *r, o[:, 0]),
                "least": lambda x=x, r=rows, c=couplings, o=out: least_loop(x[:, 0], *r, *c, o[:, 0]),
                "kernel": lambda x=x, r=rows, c=couplings, o=out: kernels.average_one_dimension(
                    0, humans, x, x, *r, *c, 1.0, True, o
                ),
            },
            15,
        )
        floor, least, kernel = (times[name].median for name in ("floor", "least", "kernel"))
        found.append([family, f"{floor / kernel:.2f}", f"{floor / least:.2f}", f"{least / kernel:.2f}"])
    return found


def gather_of_a_human(humans: int, dimensions: int) -> float:
    """Return the time of a bare gather, a human."""
    ties, x = network("WS", humans), np.random.default_rng(1).random((humans, dimensions))
    out = np.empty_like(x)
    times = side_by_side({"g": lambda: gather_sums(0, humans, x, ties.indptr, ties.indices, out)})
    return times["g"].median / humans


def rows_of_growth() -> list[list[str]]:
    """Return what a human costs at each size, relative to the smallest."""
    a_round = [round_of_a_human(humans, DIMENSIONS) for humans in SIZES]
    a_gather = [gather_of_a_human(humans, DIMENSIONS) for humans in SIZES]
    return [
        [f"{humans:,}", f"{of_round / a_round[0]:.2f}", f"{of_gather / a_gather[0]:.2f}"]
        for humans, of_round, of_gather in zip(SIZES, a_round, a_gather, strict=True)
    ]


def bounds_section() -> str:
    """Return the section on what bounds the targets that are missed."""
    over = [round_over_kernel(HUMANS, 19)[2].median for _ in range(3)]
    return TEXT.format(
        humans=HUMANS,
        dimensions=DIMENSIONS,
        smallest=SIZES[0],
        least=table(
            ["network", "floor over kernel", "floor over least loop", "least loop over kernel"],
            rows_of_least(HUMANS),
        ),
        over=", ".join(f"{one:.2f}" for one in over),
        growth=table(["humans", "a round", "a gather"], rows_of_growth()),
    )
