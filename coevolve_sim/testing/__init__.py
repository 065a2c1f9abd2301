"""For those who write plug-ins: one suite of checks a concept, the scripted mind and a fake server.

The package's own rules, policies, channels, minds, readers, measures, networks and instruments pass the same
suites. A suite is a function that returns a `Verdict` a check, and needs no pytest::

    from coevolve_sim.testing import check_rule, failures_of

    def test_my_rule_is_a_rule():
        assert not failures_of(check_rule(MyRule()))

``coevolve check-plugin mine.py:MyRule`` runs the right one from the command line (`check_plugin`).
"""

from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.testing.channels import check_channel
from coevolve_sim.testing.fake_server import FakeServer
from coevolve_sim.testing.hostile_server import check_hostile_server
from coevolve_sim.testing.instruments import check_instrument
from coevolve_sim.testing.measures import check_measure
from coevolve_sim.testing.minds import MindConformance, check_mind
from coevolve_sim.testing.networks import check_network
from coevolve_sim.testing.plugins import CheckedPlugin, check_plugin
from coevolve_sim.testing.policies import check_policy
from coevolve_sim.testing.readers import check_reader
from coevolve_sim.testing.rules import check_rule
from coevolve_sim.testing.verdicts import Verdict, failures_of

__all__ = [
    "CheckedPlugin",
    "FakeServer",
    "MindConformance",
    "ScriptedMind",
    "Verdict",
    "check_channel",
    "check_hostile_server",
    "check_instrument",
    "check_measure",
    "check_mind",
    "check_network",
    "check_plugin",
    "check_policy",
    "check_reader",
    "check_rule",
    "failures_of",
]
