"""Whether assistants whose weights learn fit the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.mind_parts import EmbeddedMind, LanguageChannel, LocalMind, VllmMind
from coevolve_sim.scenario.model import Scenario
from coevolve_sim.scenario.policy_parts import WeightsPolicy
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.study_parts import AssistantPart, ChangePolicy, InterventionPart, SetValues
from coevolve_sim.scenario.yaml_text import Path


def weights_of_an_assistant(scenario: Scenario, assistant: AssistantPart, path: Path) -> Iterator[Problem]:
    """Yield what keeps an assistant from learning by its weights."""
    kind: Path = (*path, "policy", "kind")
    given = assistant.policy.kind
    channel = scenario.channel
    if not isinstance(channel, LanguageChannel):
        yield Problem(
            kind, f"{given} learns from what people prefer in words: it needs channel.kind language"
        )
        return
    if assistant.start != AssistantPart.model_fields["start"].default:
        yield Problem(
            (*path, "start"),
            f"an assistant of policy {given} begins with what its weights say; leave start out",
        )
    if assistant.voice:
        yield Problem(
            (*path, "voice"), f"an assistant of policy {given} speaks with its own weights; leave voice out"
        )
    name = assistant.mind or channel.mind or (scenario.minds[0].name if scenario.minds else "")
    for mind in scenario.minds:
        if mind.name == name and not isinstance(mind, EmbeddedMind | LocalMind | VllmMind):
            yield Problem(
                kind,
                f"{given} needs weights that can be trained here, which mind '{name}' of kind {mind.kind} "
                "has not; let the assistant have a mind of kind embedded, local or vllm",
            )


def changes_of_weights(scenario: Scenario, act: InterventionPart, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with an intervention on an assistant whose weights learn."""
    if not isinstance(act, ChangePolicy | SetValues):
        return
    before = [
        assistant.policy.kind
        for assistant in scenario.assistants
        if assistant.name == act.assistant and isinstance(assistant.policy, WeightsPolicy)
    ]
    if isinstance(act, ChangePolicy) and isinstance(act.policy, WeightsPolicy):
        yield Problem(
            (*path, "policy", "kind"),
            f"{act.policy.kind} cannot begin in the middle of a run: give it to the assistant from the first",
        )
    elif before:
        what = "policy" if isinstance(act, ChangePolicy) else "values"
        yield Problem(
            (*path, what),
            f"assistant '{act.assistant}' holds what its weights say ({before[0]}): no {what} to set",
        )
