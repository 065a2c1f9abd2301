"""Algorithmic bias: the more alike two are, the likelier they meet, and the more camps there are."""

from __future__ import annotations

import numpy as np

from coevolve_sim.measures import effective_clusters
from coevolve_sim.verification.rows import Row, monte_carlo
from coevolve_sim.verification.worlds import run_out, society

SMALL = {0.0: 1.53, 1.2: 1.90}
"""Effective clusters by bias: full mixing, 100 humans, confidence 0.3, averaged over 200 runs."""
LARGE = {1.0: 1.69}
"""The same with 500 humans, 400 encounters a human."""
SMALL_RUNS, LARGE_RUNS = 200, 10


def small_societies(*, quick: bool) -> list[Row]:
    """Return the published clusters of 100 humans: more with bias than without.

    With bias 1.2 the number depends on when it is taken, and on the distance below which all count as
    equally near, for the near meet over and over: with 1e-4, clusters number 1.92 after 400 encounters a
    human and 1.71 when all is settled, after 1,000; with 1e-5 not even 4,000 are enough.
    """
    rows = []
    for bias, expected in SMALL.items():
        counts = [clusters(0.3, bias, 100, seed, floor="1.0e-4") for seed in range(20 if quick else 100)]
        claim = "N = 100, confidence 0.3, distances below 1e-4 count as that"
        rows.append(_row(f"algorithmic_bias_small_{bias:g}", bias, claim, expected, counts, SMALL_RUNS, ""))
    return rows


def large_societies(*, quick: bool) -> list[Row]:
    """Return the clusters of 500 humans with bias."""
    rows = []
    for bias, expected in {} if quick else LARGE.items():
        counts = [clusters(0.3, bias, 500, seed, floor="1.0e-5") for seed in range(10)]
        claim = "N = 500, confidence 0.3, distances below 1e-5 count as that"
        doubt = f"; the reference's number of seeds is not on record, {LARGE_RUNS} are assumed"
        rows.append(
            _row(f"algorithmic_bias_large_{bias:g}", bias, claim, expected, counts, LARGE_RUNS, doubt)
        )
    return rows


def _row(
    key: str, bias: float, claim: str, expected: float, counts: list[float], n_reference: int, doubt: str
) -> Row:
    tolerance, reason = monte_carlo(counts, n_reference, 0.005)
    return Row(
        key,
        f"Algorithmic bias {bias:g}, full mixing, {claim}, 400 encounters a human: effective clusters",
        (expected,),
        (float(np.mean(counts)),),
        tolerance,
        reason + doubt,
        "Sirbu2019",
    )


def clusters(confidence: float, bias: float, humans: int, seed: int, floor: str) -> float:
    """Return the effective clusters that a society of the rule has after 400 encounters a human."""
    update = (
        f"{{rule: algorithmic_bias, bias: {bias!r}, distance_floor: {floor}, rate: {{peer: 0.5}}, "
        f"confidence: {{peer: {confidence!r}}}, encounters_per_human: 400}}"
    )
    return float(np.mean(effective_clusters(run_out(society(update, humans=humans, seed=seed)))))
