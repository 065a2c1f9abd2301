"""Values of many dimensions: where consensus begins, for one distance over all and for each alone.

The reference's distances are Euclidean; a scenario's joint distance is that divided by the root of the number
of dimensions. So measured, the bound at which people of 19 dimensions agree is 0.33 in a space whose
typical distance is 0.41, and a little below it nobody hears anybody: all or nothing.
"""

from __future__ import annotations

import math

from coevolve_sim.evaluation.verification.rows import CheckRow, share_tolerance
from coevolve_sim.evaluation.verification.worlds import build_society, is_consensus, settle

BEGINS = {1: (0.23, 0.23), 2: (0.27, 0.27), 10: (0.78, 0.90), 19: (1.34, 1.42)}
"""Euclidean confidence from which on 800 humans of Hegselmann and Krause agree, by dimensions."""
BELOW = 0.85
"""Below the threshold is this part of where it begins."""
ALONE = (0.25, 1.0), (0.195, 0.0)
"""Confidence of a dimension alone, and the share of seeds that agree, as in one dimension."""
REFERENCE_SEEDS = 10


def joint_distance(*, quick: bool) -> list[CheckRow]:
    """One distance over all dimensions."""
    rows = []
    for dimensions, (begins, all_agree) in BEGINS.items():
        for euclidean, share in ((BELOW * begins, 0.0), (all_agree, 1.0)):
            confidence = euclidean / math.sqrt(dimensions)
            claim = (
                f"confidence {euclidean:.3g} in Euclidean distance, {confidence:.3f} in joint distance, "
                f"{dimensions} dimension{'s' * (dimensions > 1)}"
            )
            key = f"vector_joint_{dimensions}_{euclidean:.3g}"
            rows.append(_build_row(key, claim, dimensions, confidence, "joint", share, quick=quick))
    return rows


def dimensions_alone(*, quick: bool) -> list[CheckRow]:
    """Each dimension accepted or refused alone: as in one dimension, however many there are."""
    return [
        _build_row(
            f"vector_alone_{dimensions}_{confidence:g}",
            f"confidence {confidence:g} in each dimension alone, {dimensions} dimensions",
            dimensions,
            confidence,
            "per_dimension",
            share,
            quick=quick,
        )
        for dimensions in (2, 10)
        for confidence, share in ALONE
    ]


def _build_row(
    key: str, claim: str, dimensions: int, confidence: float, distance: str, share: float, *, quick: bool
) -> CheckRow:
    n_seeds = 4 if quick else 12
    n_agreed = sum(_run_to_agreement(dimensions, confidence, distance, seed) for seed in range(n_seeds))
    tolerance, reason = share_tolerance(n_agreed, n_seeds, share, REFERENCE_SEEDS)
    return CheckRow(
        key,
        f"Hegselmann-Krause, full mixing, N = 800, {claim}: share of seeds that come to consensus",
        (share,),
        (n_agreed / n_seeds,),
        tolerance,
        f"{reason}; the reference's number of seeds is not on record, {REFERENCE_SEEDS} are assumed",
        "Hegselmann2002",
    )


def _run_to_agreement(dimensions: int, confidence: float, distance: str, seed: int) -> bool:
    update = (
        f"{{rule: hegselmann_krause, confidence: {{peer: {confidence!r}}}, rate: {{peer: 1.0}}, "
        f"distance: {distance}}}"
    )
    return is_consensus(
        settle(build_society(update, humans=800, seed=seed, rounds=1000, dimensions=dimensions))
    )
