"""What tests of language share: small societies on scripted minds, opened as a test says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from coevolve_sim.minds import Reply
from coevolve_sim.minds.protocol import key_of
from coevolve_sim.minds.scripted.behaviour import answer_from_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.scenario import loads
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

TEXT = """
name: talk
seed: 4
rounds: 4
value_space: moral-foundations
dimensions: [care, fairness, loyalty]
population: {humans: 6, groups: [{name: everyone}]}
network: {family: ring, degree: 2}
minds: [{kind: scripted}]
channel: {kind: language, unfit: unmeasured, bias_map: false}
update: {rule: hegselmann_krause}
assistants: [{name: helper}]
"""

_STATED = re.compile(r"I stand at (\d{1,3}) on")


def scenario(*overrides, text=TEXT):
    """Return the small scenario with some keys set."""
    return loads(text, overrides=overrides)


def society(*overrides, text=TEXT):
    """Return a society on the small scenario, without agents."""
    return Society(build_setup(scenario(*overrides, text=text)), with_objects=False)


def run_through(talking):
    """Run a society to its end; return values after every round and the logs of rounds."""
    values, logs = [talking.values.copy()], []
    while not talking.is_finished:
        talking.step()
        values.append(talking.values.copy())
        logs.append(talking.log)
    return np.array(values), logs


def as_said(values):
    """Return values as whole numbers say them."""
    return np.floor(np.asarray(values) * 100.0 + 0.5) / 100.0


def stated_in(text):
    """Return the stance that a text states."""
    return int(_STATED.search(text)[1]) / 100.0


@dataclass
class Asked:
    """What was asked of scripted minds and answered, over all of them."""

    requests: list = field(default_factory=list)
    keys: list = field(default_factory=list)
    opened: list = field(default_factory=list)

    def of_kind(self, kind):
        return [request for request in self.requests if request.kind == kind]


def stand_in(asked, before=None, **settings):
    """Return what opens a scripted mind in place of any, noting what it answers.

    ``before(request)`` may return a reply instead of the mind's, or raise.
    """

    def opener(part, known=None):
        name = settings.get("name", "scripted")

        def script(request):
            answer = None if before is None else before(request)
            asked.requests.append(request)
            asked.keys.append(key_of(request, name))
            return answer_from_stances(request, known or {}) if answer is None else answer

        mind = ScriptedMind(script, known=known, **settings)
        asked.opened.append((part, mind))
        return mind

    return opener


def ended(status):
    """Return a reply that is no answer."""
    return Reply(status, "I stand at" if status == "truncated" else "", detail="as planned")
