"""Which assistants go on with people's text, and whether that fits the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coevolve_sim.scenario.policy_specs import PolicySpec
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.process_specs import AssistantSpec, ChangeContinuitySpec, ContinuitySpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.yaml_text import Path


def continuity_of(scenario: Scenario) -> dict[int, ContinuitySpec]:
    """Return the continuity of each assistant that has one in some round, by the assistant's number.

    One whose parts are 0, and stay so, is left out: it is as if its key were not there.
    """
    changed = {act.assistant for act in scenario.interventions if isinstance(act, ChangeContinuitySpec)}
    return {
        number: assistant.continuity
        for number, assistant in enumerate(scenario.assistants)
        if assistant.continuity is not None
        and (assistant.continuity.share > 0.0 or assistant.continuity.self > 0.0 or assistant.name in changed)
    }


def continuity_of_an_assistant(
    assistant: AssistantSpec, policies: Sequence[PolicySpec], path: Path
) -> Iterator[Problem]:
    """Yield the problems of an assistant that goes on with people's text, by all policies it ever has."""
    given, policy = assistant.continuity, assistant.policy
    if given is None:
        return
    if given.share + given.self > 1.0 + 1e-12:
        yield Problem(
            path,
            f"share {given.share:g} and self {given.self:g} sum to {given.share + given.self:g}; they are "
            "parts of an answer, of which at most 1 is left to them",
        )
    if any(one.says_sides for one in policies):
        yield Problem(
            path,
            "what selects_facts says is a side, 0 or 1: mixed with a human's own text it would be another "
            "fact than the one shown; leave the continuity out",
        )
    if policy.trains_weights:
        yield Problem(
            path,
            f"an assistant of policy {policy.kind} writes by its weights, which are told no stance: what "
            "they say wins, and a continuity would change nothing; leave it out, or take a policy that "
            "learns by values, such as lifelong",
        )


def change_of_continuity(act: ChangeContinuitySpec, scenario: Scenario, path: Path) -> Iterator[Problem]:
    """Yield the problems of a change of continuity."""
    for assistant in scenario.assistants:
        if assistant.name != act.assistant:
            continue
        if assistant.continuity is None:
            yield Problem(
                (*path, "assistant"),
                f"assistant '{act.assistant}' has no continuity that could change; give it one, of share 0 "
                "if it begins only here",
            )
        elif act.to + assistant.continuity.self > 1.0 + 1e-12:
            yield Problem(
                (*path, "to"),
                f"{act.to:g} given; with the assistant's continuity.self, {assistant.continuity.self:g}, it "
                "may be at most 1",
            )
