"""Checks of a scenario's minds that the schema of a single key cannot make."""

from __future__ import annotations

from collections.abc import Iterator

from coevolve_sim.scenario.mind_specs import ServerMindSpec, VllmMindSpec
from coevolve_sim.scenario.problems import Problem
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.yaml_text import Path

OWN_ARGUMENTS = {
    "--model": "; give model",
    "--served-model-name": "",
    "--host": "",
    "--port": "",
    "--dtype": "; give dtype",
    "--max-model-len": "; give max_length",
    "--generation-config": "",
    "--lora-modules": "; give voices",
    "--chat-template": "; give chat_template",
}
"""Arguments of vLLM that its mind sets itself, and the key to give instead."""

OWN_KEYS = frozenset(
    {
        *("model", "messages", "prompt", "temperature", "seed", "random_seed", "max_tokens"),
        *("max_completion_tokens", "logprobs", "top_logprobs", "prompt_logprobs", "logprob_token_ids"),
        *("return_tokens_as_token_ids", "structured_outputs", "response_format", "add_generation_prompt"),
        *("continue_final_message", "stream", "n", "echo"),
    }
)
"""Keys of a request that the package sets itself, or by which a reply would be another thing."""


def check_minds(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with a mind's keys: those that the package owns, and addresses given twice."""
    for index, mind in enumerate(scenario.minds):
        where: Path = ("minds", index)
        if isinstance(mind, VllmMindSpec):
            yield from _arguments(mind, where)
        elif isinstance(mind, ServerMindSpec):
            yield from _server(mind, where)


def _arguments(mind: VllmMindSpec, where: Path) -> Iterator[Problem]:
    for at, argument in enumerate(mind.extra_arguments):
        name = argument.partition("=")[0]
        if name in OWN_ARGUMENTS:
            text = f"{name} is set by the mind itself{OWN_ARGUMENTS[name]}"
            yield Problem((*where, "extra_arguments", at), text)


def _server(mind: ServerMindSpec, where: Path) -> Iterator[Problem]:
    if len(set(mind.urls)) < len(mind.urls):
        yield Problem((*where, "url"), "an address is given twice; each server of the list once")
    for key in mind.parameters.extra:
        if key in OWN_KEYS:
            yield Problem(
                (*where, "parameters", "extra", key),
                f"{key} is set by the package; extra is for keys that it does not know, sent as they are",
            )
