"""What other code gives in the settings of the rows: results of ``benchmarks/independent_rules.py``.

The literature says where consensus begins as societies grow without end. What share of seeds agrees in one of
2,500 humans is on no record, so that other code, which shares nothing with this package, was run for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.evaluation.verification.rows import CheckRow, monte_carlo_tolerance, share_tolerance

CODE = "; the reference is `python benchmarks/independent_rules.py`"
SHARES: dict[str, tuple[int, int]] = {
    "hegselmann_krause_consensus_0.19": (1, 100),
    "hegselmann_krause_consensus_0.2": (8, 100),
    "hegselmann_krause_consensus_0.21": (50, 100),
    "hegselmann_krause_consensus_0.25": (100, 100),
    "threshold_deffuant_ba_0.52": (60, 60),
    "threshold_deffuant_ba_0.4": (0, 60),
    "threshold_deffuant_ws_0.52": (60, 60),
    "threshold_deffuant_ws_0.4": (0, 60),
    "threshold_deffuant_er_0.52": (100, 100),
    "threshold_deffuant_er_0.4": (0, 100),
    "threshold_deffuant_torus_0.52": (99, 100),
    "threshold_deffuant_torus_0.4": (0, 100),
    "threshold_hk_ba_0.52": (200, 200),
    "threshold_hk_ba_0.4": (0, 200),
    "threshold_hk_ws_0.52": (200, 200),
    "threshold_hk_ws_0.4": (47, 200),
    "threshold_hk_er_0.52": (200, 200),
    "threshold_hk_er_0.4": (13, 200),
    "threshold_hk_torus_0.52": (100, 100),
    "threshold_hk_torus_0.4": (0, 100),
    "mean_degree_10": (0, 100),
    "mean_degree_400": (100, 100),
    "vector_joint_1_0.196": (0, 40),
    "vector_joint_2_0.23": (1, 40),
    "vector_joint_10_0.663": (0, 40),
    "vector_joint_19_1.14": (0, 40),
    "vector_alone_2_0.195": (1, 100),
    "vector_alone_10_0.195": (0, 100),
    "vector_joint_1_0.23": (88, 100),
    "vector_joint_2_0.27": (86, 100),
    "vector_joint_10_0.9": (40, 40),
    "vector_joint_19_1.42": (99, 100),
    "vector_alone_2_0.25": (100, 100),
    "vector_alone_10_0.25": (99, 100),
}
"""Seeds that come to consensus, and all seeds, by row."""
MEANS: dict[str, tuple[float, float, int]] = {
    "deffuant_clusters_0.05": (8.30519, 0.65166, 100),
    "deffuant_clusters_0.1": (4.13407, 0.41562, 100),
    "deffuant_clusters_0.2": (1.99492, 0.0309, 100),
    "deffuant_clusters_0.27": (1.61447, 0.48151, 100),
    "deffuant_clusters_0.3": (1.00817, 0.00585, 100),
    "attraction_repulsion_0.05": (0.2232, 0.00411, 100),
    "attraction_repulsion_0.2": (0.24425, 0.00299, 60),
    "attraction_repulsion_0.3": (0.05888, 0.03875, 60),
    "attraction_repulsion_0.6": (0.0, 0.0, 20),
    "attraction_repulsion_0.8": (0.0, 0.0, 20),
}
"""Mean, standard deviation and number of seeds, by row."""


def build_share_row(key: str, claim: str, n_agreed: int, n_seeds: int, source: str) -> CheckRow:
    """Build the row of a share of seeds, beside that of other code."""
    size, chance, reason = share_tolerance(n_seeds, *SHARES[key])
    expected, n_reference = SHARES[key]
    return CheckRow(
        key,
        claim,
        (expected / n_reference,),
        (n_agreed / n_seeds,),
        size,
        reason + CODE,
        source,
        chance=chance,
    )


def build_mean_row(key: str, claim: str, samples: Sequence[float], source: str) -> CheckRow:
    """Build the row of a mean over seeds, beside that of other code."""
    expected, _, n_reference = MEANS[key]
    size, chance, reason = monte_carlo_tolerance(samples, n_reference, 0.000005)
    return CheckRow(
        key, claim, (expected,), (float(np.mean(samples)),), size, reason + CODE, source, chance=chance
    )
