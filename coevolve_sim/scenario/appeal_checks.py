"""Check that a scenario whose appeals are measured has messages, and asks for them by their key."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.measures import OF_APPEALS
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.scenario import Scenario


def check_appeals(scenario: Scenario) -> Iterator[Problem]:
    """Yield what does not fit: appeals without words, and measures of appeals without their key."""
    asked = scenario.measures.appeals
    if asked is not None and scenario.channel.kind == "numeric":
        yield Problem(
            ("measures", "appeals"),
            "in a channel of numbers nobody says anything that could appeal to a value; let channel.kind be "
            "language, or leave appeals out",
        )
    for index, name in enumerate(scenario.measures.names or ()):
        if name in OF_APPEALS and asked is None:
            yield Problem(
                ("measures", "names", index),
                f"{name} is taken where the scenario has measures.appeals; add it, as appeals: {{}}",
            )
