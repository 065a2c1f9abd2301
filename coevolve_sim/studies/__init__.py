"""Many runs that answer one question: effects, as paired differences with intervals."""

from coevolve_sim.studies.effects import (
    AllPairs,
    PairedEffect,
    adjust_holm,
    compare_all_pairs,
    paired_effect,
    rank_places,
    smallest_effect_seen,
)

__all__ = [
    "AllPairs",
    "PairedEffect",
    "adjust_holm",
    "compare_all_pairs",
    "paired_effect",
    "rank_places",
    "smallest_effect_seen",
]
