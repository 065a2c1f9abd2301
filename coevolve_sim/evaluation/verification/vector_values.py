"""Checks of values with many dimensions: where consensus begins, with joint distance and per dimension.

The reference uses Euclidean distances; a scenario's joint distance is that divided by the root of the number
of dimensions. In these units people with 19 dimensions agree from a confidence of 0.33 on, in a space with a
typical distance of 0.41; a little below, nobody hears anybody.
"""

from __future__ import annotations

import math

from coevolve_sim.evaluation.verification.independent_results import build_share_row
from coevolve_sim.evaluation.verification.rows import CheckRow
from coevolve_sim.evaluation.verification.worlds import build_society, is_consensus, settle

BEGINS = {1: (0.23, 0.23), 2: (0.27, 0.27), 10: (0.78, 0.90), 19: (1.34, 1.42)}
"""Euclidean confidence from which on 800 humans of Hegselmann and Krause agree, by dimensions."""
BELOW = 0.85
"""Below the threshold is this part of where it begins."""
ALONE = (0.25, 0.195)
"""Confidences of a dimension alone: above and below where consensus begins in one dimension."""


def joint_distance(*, quick: bool) -> list[CheckRow]:
    """Check where consensus begins with one distance over all dimensions."""
    rows = []
    for dimensions, (begins, all_agree) in BEGINS.items():
        for euclidean in (BELOW * begins, all_agree):
            confidence = euclidean / math.sqrt(dimensions)
            claim = (
                f"confidence {euclidean:.3g} in Euclidean distance, {confidence:.3f} in joint distance, "
                f"{dimensions} dimension{'s' * (dimensions > 1)}"
            )
            key = f"vector_joint_{dimensions}_{euclidean:.3g}"
            rows.append(_build_row(key, claim, dimensions, confidence, "joint", quick=quick))
    return rows


def dimensions_alone(*, quick: bool) -> list[CheckRow]:
    """Check that with each dimension on its own, consensus is as in one dimension, whatever their number."""
    return [
        _build_row(
            f"vector_alone_{dimensions}_{confidence:g}",
            f"confidence {confidence:g} in each dimension alone, {dimensions} dimensions",
            dimensions,
            confidence,
            "per_dimension",
            quick=quick,
        )
        for dimensions in (2, 10)
        for confidence in ALONE
    ]


def _build_row(
    key: str, claim: str, dimensions: int, confidence: float, distance: str, *, quick: bool
) -> CheckRow:
    n_seeds = 4 if quick else 100
    n_agreed = sum(_run_to_agreement(dimensions, confidence, distance, seed) for seed in range(n_seeds))
    return build_share_row(
        key,
        f"Hegselmann-Krause, full mixing, N = 800, {claim}: share of seeds that come to consensus",
        n_agreed,
        n_seeds,
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
