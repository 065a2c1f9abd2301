"""Check that dilemmas are put to minds, of which a society in numbers has none, and scored by name."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.scenario import Scenario

PEOPLE = "people"
"""What the humans who are asked are called where their choices are scored together."""


def check_dilemmas(scenario: Scenario) -> Iterator[Problem]:
    """Yield what does not fit: a channel without minds, an assistant called people, theories named twice."""
    asked = scenario.measures.dilemmas
    if asked is None:
        return
    if not isinstance(scenario.channel, LanguageChannelSpec):
        yield Problem(
            ("measures", "dilemmas"),
            f"dilemmas are answered by minds, and with a channel of kind {scenario.channel.kind} nobody has "
            "one; let channel.kind be language, or leave dilemmas out",
        )
    for index, assistant in enumerate(scenario.assistants):
        if assistant.name == PEOPLE:
            yield Problem(
                ("assistants", index, "name"),
                f"where dilemmas are put, '{PEOPLE}' are the humans who are asked; give another name",
            )
    for index, name in enumerate(asked.theories):
        if name in asked.theories[:index]:
            yield Problem(
                ("measures", "dilemmas", "theories", index), f"theory '{name}' is named twice; once suffices"
            )
