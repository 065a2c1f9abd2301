"""Algorithmic bias: similar people are more likely to meet, which leaves more clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coevolve_sim.evaluation.verification.rows import CheckRow, Independent, monte_carlo_tolerance
from coevolve_sim.evaluation.verification.worlds import build_society, run_to_end
from coevolve_sim.measures import effective_clusters

SMALL = {0.0: 1.53, 1.2: 1.90}
"""Effective clusters by bias: full mixing, 100 humans, confidence 0.3, averaged over 200 runs."""
NDLIB = {0.0: (1.4279, 0.4155, 1000), 1.2: (1.7404, 0.3609, 400)}
"""The same of NDlib 6.0.1, settled: mean, sd, seeds; `benchmarks/ndlib_agreement.py --settled` has it."""
SMALL_RUNS = 200
SETTLED = {0.0: 100, 1.2: 200}
"""Encounters a human until all is settled, where distances below 1e-3 count as that."""
SEEDS = {0.0: 1000, 1.2: 400}


def small_societies(*, quick: bool) -> list[CheckRow]:
    """Check the clusters of 100 humans once settled: more with bias than without.

    Where people settle hardly depends on the distance floor, below which all count as equally near. How soon
    they settle does, as near pairs meet over and over: with bias 1.2, 200 encounters per human are enough for
    a floor of 1e-3 and 1,000 for 1e-4, and 4,000 are not for 1e-5. How clusters are separated (gaps over 0.01
    to 0.1, or over the confidence; windows of such widths) makes no difference once society has settled. The
    published figures are higher, with bias and without. None of these changes gave both: other ways to
    separate clusters, before and after settling; initial values equally spaced or stratified (1.18 without
    bias); only the listener moving (1.45); rates of 0.1 and 0.3 (1.30, 1.39); confidence 0.29 (1.52 and
    1.78); 50 humans (1.55 and 1.76). NDlib agrees with the figures measured here.
    """
    counts = {
        bias: [
            run_effective_clusters(0.3, bias, 100, seed, "1.0e-3", SETTLED[bias])
            for seed in range(20 if quick else SEEDS[bias])
        ]
        for bias in SMALL
    }
    what = "full mixing, N = 100, confidence 0.3, distances below 1e-3 count as that, settled"
    rows = []
    for bias, expected in SMALL.items():
        claim = f"Algorithmic bias {bias:g}, {what}: effective clusters"
        row = _build_row(f"algorithmic_bias_small_{bias:g}", claim, expected, counts[bias], SMALL_RUNS)
        rows.append(replace(row, independent=_build_independent(bias, counts[bias])))
    return [*rows, _build_rise_row(counts[0.0], counts[1.2], what)]


def _build_independent(bias: float, counts: list[float]) -> Independent:
    """Return NDlib's result, with how much it may differ from ours and must differ from the source."""
    mean, sd, n_seeds = NDLIB[bias]
    here = float(np.std(counts, ddof=1)) / np.sqrt(len(counts))
    there = sd / np.sqrt(n_seeds)
    return Independent(
        (mean,),
        3.0 * float(np.hypot(here, there)),
        3.0 * float(np.hypot(sd / np.sqrt(SMALL_RUNS), there)),
        f"NDlib 6.0.1, the same setting, its least distance raised from 1e-5 to 1e-3 so that it settles: sd "
        f"{sd:g} over {n_seeds} seeds; within 3 standard errors of what came out here, further than 3 from "
        "the source.",
    )


def _build_rise_row(without: list[float], biased: list[float], what: str) -> CheckRow:
    low, high = (monte_carlo_tolerance(counts, SMALL_RUNS, 0.005) for counts in (without, biased))
    return CheckRow(
        "algorithmic_bias_small_rise",
        f"Algorithmic bias, {what}: effective clusters with bias 1.2, less those without",
        (SMALL[1.2] - SMALL[0.0],),
        (float(np.mean(biased) - np.mean(without)),),
        float(np.hypot(low.size, high.size)),
        f"{low.reason}; both numbers' tolerances, in squares",
        "Sirbu2019",
        chance=float(np.hypot(low.chance, high.chance)),
    )


def _build_row(key: str, claim: str, expected: float, counts: list[float], n_reference: int) -> CheckRow:
    size, chance, reason = monte_carlo_tolerance(counts, n_reference, 0.005)
    return CheckRow(
        key, claim, (expected,), (float(np.mean(counts)),), size, reason, "Sirbu2019", chance=chance
    )


def run_effective_clusters(
    confidence: float, bias: float, humans: int, seed: int, floor: str, encounters_per_human: int
) -> float:
    """Return the effective clusters of a society after the given number of encounters."""
    update = (
        f"{{rule: algorithmic_bias, bias: {bias!r}, distance_floor: {floor}, rate: {{peer: 0.5}}, "
        f"confidence: {{peer: {confidence!r}}}, encounters_per_human: {encounters_per_human}}}"
    )
    return float(np.mean(effective_clusters(run_to_end(build_society(update, humans=humans, seed=seed)))))
