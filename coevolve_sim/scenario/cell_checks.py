"""Check that a scenario whose channel asks cells of humans has nothing that is unique to a human."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.cell_specs import CellsSpec
from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.scenario import Scenario

_WHO: tuple[str, ...] = ("channel", "population")


def check_cells(scenario: Scenario) -> Iterator[Problem]:
    """Yield what cannot be asked by cells, and keys of cells where every human is asked."""
    channel = scenario.channel
    if not isinstance(channel, LanguageChannelSpec):
        return
    cells = channel.population
    if cells.by != "cells":
        own = {name: known.default for name, known in CellsSpec.model_fields.items()}
        for key in [key for key in own if getattr(cells, key) != own[key]]:
            yield Problem(
                (*_WHO, key), f"{key} is of cells, and every human is asked; set by: cells, or leave it out"
            )
        return
    if channel.memory:
        yield Problem(
            ("channel", "memory"),
            f"the memory of humans quotes the last {channel.memory} messages that each heard ($quotes), "
            "which no two humans share; set memory: 0, and for a memory without quotations "
            "population.memory: in_steps",
        )
    if channel.topics_per_round > 1:
        yield Problem(
            ("channel", "topics_per_round"),
            f"a persona states what it holds on all {channel.topics_per_round} topics of a round, so that "
            "hardly two humans share a prompt; by cells a round is about 1",
        )
    if channel.examples:
        yield Problem(
            ("channel", "examples"),
            "examples are drawn anew for each human's message, so that no two humans share a prompt; leave "
            "them out, or ask every human (population.by: humans)",
        )
    if scenario.games is not None:
        yield Problem(
            ("games",),
            "games in words are asked of every human for itself, and not by cells; leave them out, or ask "
            "every human (channel.population.by: humans)",
        )


def cell_notes(scenario: Scenario) -> Iterator[str]:
    """Yield what is approximate, and keys of cells that hardly do what they say."""
    cells = getattr(scenario.channel, "population", None)
    if not isinstance(cells, CellsSpec) or cells.by != "cells":
        return
    if cells.memory == "in_steps":
        yield (
            "channel.population.memory: in_steps is an approximation: what humans remember is told them in "
            "steps; the audit tells it them as it is"
        )
    if cells.audit_correct:
        yield (
            "channel.population.audit_correct: what is perceived by cell is corrected by what the audit found"
        )
    if not cells.redraw and getattr(scenario.channel, "opening", "none") != "none":
        yield (
            "channel.population.redraw: false keeps hardly a draw with channel.opening: what begins a "
            "message goes by the round, so that prompts of another round are others"
        )
    if not cells.redraw and 1 < cells.replies < 16:
        yield (
            f"channel.population: {cells.replies} draws that are kept are a noise that people who agree add "
            "up; set redraw: true, or replies: 16"
        )
