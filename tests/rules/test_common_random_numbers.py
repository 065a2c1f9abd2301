"""The same draws meet the same pairs, but where whom one meets depends on values."""

import numpy as np
import pytest

from coevolve_sim.networks import full_mixing
from coevolve_sim.rules import Meetings, Susceptibility, update_pairwise

HUMANS = 12


def pairs_met(spread, **keys):
    """Return who moved in each of 60 single encounters in full mixing, from values so spread."""
    start = 0.5 + spread * np.linspace(-0.5, 0.5, HUMANS)[:, None]
    everybody = Susceptibility.of(HUMANS, confidence=1.0, rate=0.5)
    return [
        np.flatnonzero(
            (
                update_pairwise(
                    start, full_mixing(HUMANS), everybody, Meetings(1, np.uint64(key)), both_move=True, **keys
                )
                != start
            ).any(axis=1)
        ).tolist()
        for key in range(60)
    ]


def test_with_partners_drawn_from_ties_the_same_pairs_meet_whatever_they_hold():
    assert pairs_met(0.1) == pairs_met(0.9)


@pytest.mark.parametrize("keys", [{"bias": 2.0, "distance_floor": 0.05}, {"exposure": 0.1}])
def test_with_partners_drawn_by_distance_other_values_lead_the_same_draws_to_other_meetings(keys):
    assert pairs_met(0.1, **keys) != pairs_met(0.9, **keys)
    assert pairs_met(0.9, **keys) == pairs_met(0.9, **keys)
