"""Check that a scenario whose appeals are measured has messages, read by what reads in a run."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.scenario import Scenario


def check_appeals(scenario: Scenario) -> Iterator[Problem]:
    """Yield what does not fit: appeals where nobody speaks, and readers that are asked afterwards."""
    asked = scenario.measures.appeals
    if asked is not None and scenario.channel.kind == "numeric":
        yield Problem(
            ("measures", "appeals"),
            "in a channel of numbers nobody says anything that could appeal to a value; let channel.kind be "
            "language, or leave appeals out",
        )
    if asked is not None and asked.backend != "lexicon":
        yield Problem(
            ("measures", "appeals", "backend"),
            f"a run asks its minds for messages and readings alone, and {asked.backend} would be asked for "
            "more; take lexicon here, and read the run afterwards: coevolve appeal RUN "
            f"--{asked.backend} NAME",
        )
