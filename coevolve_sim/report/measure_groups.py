"""Which measures of a round a report shows first, and under which headings it folds the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coevolve_sim.report.findings import POLARIZATION
from coevolve_sim.report.tables import MeasureRow

N_FIRST = 3
OTHERS = "Others"
GROUPS = {
    "How far apart people are": (
        "mean_pairwise_distance",
        "variance",
        "total_variance",
        "dispersion",
        "spread",
        "coverage",
        "participation_ratio",
    ),
    "Whether they stand in camps": (
        "esteban_ray",
        "bimodality",
        "effective_clusters",
        "cluster_entropy",
        "community_fracturing",
        "regionalization",
        "distinctness",
        "group_divergence",
        "group_consensus",
        "size_parity",
        "density_modes",
        "density_modes_on_first_axis",
    ),
    "How the scenario's groups differ": (
        "distinctness_of_groups",
        "divergence_of_groups",
        "consensus_of_groups",
    ),
    "Whom people hear": (
        "disagreement_of_individuals",
        "disagreement_of_ties",
        "disagreement_of_communities",
        "assortativity",
        "polarization_disagreement_index",
        "polarization_disagreement_per_head",
    ),
    "Games and trust": (
        "games_cooperation",
        "games_coordination",
        "games_unforgivingness",
        "games_share_of_maximum",
        "games_void",
        "games_order_consistency",
        "trust",
        "trust_gap_of_groups",
    ),
    "Adversaries and guards": ("role_breach", "attacks_carried", "answers_held_back"),
    "Assistants, outlets and words": (
        "alignment",
        "alignment_start",
        "media_exposure",
        "appeal_breadth",
        "appeal_breadth_assistants",
    ),
}
"""Measures by what they tell, in the order shown."""


@dataclass(frozen=True)
class MeasureGroup:
    """Measures under one heading."""

    heading: str
    rows: tuple[MeasureRow, ...]


def group_measures(rows: Sequence[MeasureRow]) -> tuple[list[MeasureRow], list[MeasureGroup]]:
    """Return the rows shown first, of those that bear on polarization, and all other rows by heading.

    A measure that no heading names, as one of a user's own, comes under `OTHERS`.
    """
    by_name = {row.name: row for row in rows}
    first = [by_name[name] for name in POLARIZATION if name in by_name][:N_FIRST] or list(rows[:N_FIRST])
    rest = {name: row for name, row in by_name.items() if row not in first}
    groups = [
        MeasureGroup(heading, tuple(rest.pop(name) for name in names if name in rest))
        for heading, names in GROUPS.items()
    ]
    groups.append(MeasureGroup(OTHERS, tuple(rest.values())))
    return first, [group for group in groups if group.rows]
