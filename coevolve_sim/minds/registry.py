"""Opening the mind that a scenario describes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coevolve_sim.errors import MindError, ScenarioError
from coevolve_sim.minds.places import cache_folder
from coevolve_sim.minds.protocol import Mind, require_mind, require_mind_class
from coevolve_sim.minds.scripted.behaviour import Known
from coevolve_sim.minds.wrappers import GuardedMind
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import Registry, plugin_name
from coevolve_sim.scenario.mind_specs import CustomMindSpec, MindSpec
from coevolve_sim.scenario.plugins import load_at, typed_parameters

MINDS = Registry(
    "mind",
    "coevolve_sim.minds",
    MindError,
    {
        "embedded": "coevolve_sim.minds.local.mind:open_embedded_mind",
        "local": "coevolve_sim.minds.local.mind:open_local_mind",
        "server": "coevolve_sim.minds.openai.replicas:open_server_mind",
        "vllm": "coevolve_sim.minds.openai.vllm:open_vllm_mind",
        "scripted": "coevolve_sim.minds.scripted.mind:open_scripted_mind",
        "replay": "coevolve_sim.minds.replay:open_replay_mind",
    },
)
"""Minds by the name that a scenario gives them.

The package's own are functions ``(spec, known) -> Mind`` that open one as a scenario describes it; those of
installed distributions are classes that keep `coevolve_sim.minds.protocol.Mind`, made with their parameters.
"""


def open_mind(part: MindSpec, known: Known | None = None) -> Mind:
    """Open a mind; one that is scripted is told what options stand for.

    Raises
    ------
    MindError
        If it cannot be had: names what is missing, and what to do.
    """
    from coevolve_sim.minds.cache import CachedMind

    mind = _plugin_opened(part) if part.plugin_group else MINDS[part.kind](part, known)
    if not getattr(part, "cache", False):
        return mind
    return CachedMind(mind, cache_file(), trusts_name=getattr(part, "share_cache", False))


def check_mind_at(part: MindSpec, path: tuple[str | int, ...]) -> None:
    """Check that a mind of the user's own can be had and takes its parameters; none is made.

    Parameters
    ----------
    part : MindSpec
    path : tuple of str and int
        Keys that lead to it.

    Raises
    ------
    ScenarioError
        At the key that is to blame.
    """
    if part.plugin_group:
        _plugin_class(part, path)


def libraries_of(part: MindSpec) -> tuple[str, ...]:
    """Return what computes a mind's replies on this machine, beside the package: names of distributions.

    A class of the user's own says it by an attribute ``libraries``.

    Examples
    --------
    >>> from coevolve_sim.scenario.mind_specs import ReplayMindSpec
    >>> libraries_of(ReplayMindSpec(path="./run"))
    ()
    """
    if not isinstance(part, CustomMindSpec):
        return part.libraries
    return tuple(getattr(MINDS.load(part.path), "libraries", ()))


def made_for_prompts(part: MindSpec) -> str:
    """Return the version of the prompts that a mind was made for: v1 if it reads stances as numbers, else v2.

    A class of the user's own says it by an attribute ``made_for_prompts``.

    Examples
    --------
    >>> from coevolve_sim.scenario.mind_specs import EmbeddedMindSpec, LocalMindSpec
    >>> made_for_prompts(EmbeddedMindSpec()), made_for_prompts(LocalMindSpec(model="./model"))
    ('v1', 'v2')
    """
    if not isinstance(part, CustomMindSpec):
        return part.made_for_prompts
    return "v1" if getattr(MINDS.load(part.path), "made_for_prompts", "") == "v1" else part.made_for_prompts


def cache_file() -> Path:
    """Return the file that keeps replies from run to run; see `coevolve_sim.minds.places`."""
    return cache_folder() / "replies.sqlite"


def _plugin_opened(part: Any) -> Mind:
    """Return the mind that a class of the user's makes, held to what every mind does."""
    name = plugin_name(part.path)
    try:
        found, given = _plugin_class(part, ())
    except ScenarioError as error:
        raise MindError(f"mind '{part.name}': {error.problem}") from None
    what = f"mind '{part.name}', {name},"
    with plugin_call(what, MindError, "cannot be made"):
        made = require_mind(found(**given), name)
    return GuardedMind(made, what)


def _plugin_class(part: Any, path: tuple[str | int, ...]) -> tuple[type, dict[str, Any]]:
    found = load_at(part, MINDS, path)
    name = plugin_name(part.path)
    try:
        require_mind_class(found, name)
    except MindError as error:
        raise ScenarioError(str(error), path=(*path, "path")) from None
    return found, typed_parameters(found, part.parameters, name, (*path, "parameters"))
