"""Every family of ours passes the suite that a user's passes."""

import pytest

from coevolve_sim.networks import FAMILIES
from coevolve_sim.testing import check_network, failures_of

PARAMETERS = {
    "complete": {},
    "erdos_renyi": {"degree": 0.0},
    "watts_strogatz": {"degree": 0, "rewiring": 0.2},
    "barabasi_albert": {"attachments": 3},
    "power_law_cluster": {"attachments": 3, "triangle_probability": 0.5},
    "stochastic_block": {"blocks": 1, "degree_within": 0.0, "degree_between": 0.0},
    "random_geometric": {"degree": 0.0},
    "ring": {"degree": 0},
    "grid": {"periodic": True},
    "star": {},
    "caveman": {"cave_size": 5, "rewiring": 0.2},
    "degree_sequence": {"exponent": 2.5, "min_degree": 1},
}


def test_all_families_but_the_file_are_checked():
    assert {*PARAMETERS} == {*FAMILIES.own} - {"file"}


@pytest.mark.parametrize("family", PARAMETERS)
def test_every_family_of_ours_passes_every_check(family):
    assert failures_of(check_network(FAMILIES[family], **PARAMETERS[family])) == ""
