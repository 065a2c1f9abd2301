"""Every rule of ours passes the suite that a user's passes, in each of its schedules."""

import pytest

from coevolve_sim.rules import RULES
from coevolve_sim.testing import check_rule, failures_of

CASES = [
    (kind, {"schedule": schedule} if hasattr(RULES[kind], "schedule") else {})
    for kind in RULES.own
    for schedule in RULES[kind].schedules
]


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_every_rule_of_ours_passes_every_check(kind, options):
    assert failures_of(check_rule(RULES[kind](**options))) == ""
