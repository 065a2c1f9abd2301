"""Check that assistants whose weights learn fit the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
from coevolve_sim.scenario.policy_specs import JudgeAnnotatorSpec, WeightsPolicySpec
from coevolve_sim.scenario.problems import Problem, require_known
from coevolve_sim.scenario.process_specs import (
    AssistantSpec,
    ChangePolicySpec,
    InterventionSpec,
    SetValuesSpec,
)
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.yaml_text import Path


def weights_policies(scenario: Scenario) -> dict[int, WeightsPolicySpec]:
    """Return the policy of each assistant whose weights learn, by the assistant's number."""
    return {
        number: assistant.policy
        for number, assistant in enumerate(scenario.assistants)
        if isinstance(assistant.policy, WeightsPolicySpec)
    }


def judges_of(scenario: Scenario) -> Iterator[tuple[int, JudgeAnnotatorSpec]]:
    """Yield the number of each assistant that learns from a judge, and the judge."""
    for number, policy in weights_policies(scenario).items():
        if isinstance(policy.annotator, JudgeAnnotatorSpec):
            yield number, policy.annotator


def weights_of_an_assistant(scenario: Scenario, assistant: AssistantSpec, path: Path) -> Iterator[Problem]:
    """Yield the problems that keep an assistant's weights from learning."""
    kind: Path = (*path, "policy", "kind")
    given = assistant.policy.kind
    channel = scenario.channel
    if not isinstance(channel, LanguageChannelSpec):
        yield Problem(
            kind, f"{given} learns from what people prefer in words: it needs channel.kind language"
        )
        return
    if assistant.start != AssistantSpec.model_fields["start"].default:
        yield Problem(
            (*path, "start"),
            f"an assistant of policy {given} begins with what its weights say; leave start out",
        )
    if assistant.voice:
        yield Problem(
            (*path, "voice"), f"an assistant of policy {given} speaks with its own weights; leave voice out"
        )
    name = assistant.mind or channel.mind or (scenario.minds[0].name if scenario.minds else "")
    for index, mind in enumerate(scenario.minds):
        if mind.name == name and getattr(mind, "chat_template", "auto") != "auto":
            yield Problem(
                ("minds", index, "chat_template"),
                f"an assistant of policy {given} learns in the model's own chat template; leave "
                "chat_template at auto",
            )
        if mind.name == name and not mind.may_learn:
            yield Problem(
                kind,
                f"{given} needs weights that can be trained here, which mind '{name}' of kind {mind.kind} "
                "has not; let the assistant have a mind of kind embedded, local or vllm",
            )
    if isinstance(assistant.policy, WeightsPolicySpec):
        yield from _annotator(scenario, assistant.policy, channel, (*path, "policy", "annotator"))


def _annotator(
    scenario: Scenario, policy: WeightsPolicySpec, channel: LanguageChannelSpec, path: Path
) -> Iterator[Problem]:
    """Yield the problems that keep an annotator from comparing texts."""
    who = policy.annotator
    if isinstance(who, JudgeAnnotatorSpec) and who.mind is not None:
        yield from require_known(who.mind, [mind.name for mind in scenario.minds], (*path, "mind"), "mind")
    for key in ("samples", "votes"):
        n = getattr(who, key, 1)
        if n > 1 and channel.temperature == 0.0:
            yield Problem(
                (*path, key),
                f"{n} given, which would all be the same at channel.temperature 0; take 1, or a temperature "
                "above 0",
            )


def changes_of_weights(scenario: Scenario, act: InterventionSpec, path: Path) -> Iterator[Problem]:
    """Yield the problems of an intervention on an assistant whose weights learn."""
    if not isinstance(act, ChangePolicySpec | SetValuesSpec):
        return
    before = [
        assistant.policy.kind
        for assistant in scenario.assistants
        if assistant.name == act.assistant and isinstance(assistant.policy, WeightsPolicySpec)
    ]
    if isinstance(act, ChangePolicySpec) and isinstance(act.policy, WeightsPolicySpec):
        yield Problem(
            (*path, "policy", "kind"),
            f"{act.policy.kind} cannot begin in the middle of a run: give it to the assistant from the first",
        )
    elif before:
        what = "policy" if isinstance(act, ChangePolicySpec) else "values"
        yield Problem(
            (*path, what),
            f"assistant '{act.assistant}' holds what its weights say ({before[0]}): no {what} to set",
        )
