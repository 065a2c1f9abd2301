"""Opening the mind that a scenario describes."""

from __future__ import annotations

import os
from pathlib import Path

from coevolve_sim.minds.protocol import Mind
from coevolve_sim.minds.scripted.behaviour import Known
from coevolve_sim.scenario.mind_specs import (
    EmbeddedMindSpec,
    LocalMindSpec,
    MindSpec,
    ReplayMindSpec,
    ServerMindSpec,
    VllmMindSpec,
)

CACHE_VARIABLE = "COEVOLVE_CACHE"
_TRANSFORMERS = ("torch", "transformers", "tokenizers")
LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "vllm")
"""What may compute replies on this machine, beside the package itself."""


def open_mind(part: MindSpec, known: Known | None = None) -> Mind:
    """Open a mind; one that is scripted is told what options stand for.

    Raises
    ------
    MindError
        If it cannot be had: names what is missing, and what to do.
    """
    from coevolve_sim.minds.cache import CachedMind

    mind = _opened(part, known)
    return CachedMind(mind, cache_file()) if getattr(part, "cache", False) else mind


def libraries_of(part: MindSpec) -> tuple[str, ...]:
    """Return which of `LIBRARIES` a mind computes its replies with; none where it is asked elsewhere.

    Examples
    --------
    >>> libraries_of(LocalMindSpec(model="./model", voices={"C013": "./voice"}))
    ('torch', 'transformers', 'tokenizers', 'peft')
    >>> libraries_of(ReplayMindSpec(path="./run"))
    ()
    """
    if isinstance(part, EmbeddedMindSpec | LocalMindSpec):
        has_voices = isinstance(part, EmbeddedMindSpec) or bool(part.voices)
        return (*_TRANSFORMERS, *(("peft",) if has_voices else ()))
    return (*_TRANSFORMERS, "vllm") if isinstance(part, VllmMindSpec) else ()


def cache_file() -> Path:
    """Return where replies are kept from run to run: in ``COEVOLVE_CACHE``, else the user's cache."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given) / "replies.sqlite"
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "coevolve-sim" / "replies.sqlite"


def _opened(part: MindSpec, known: Known | None) -> Mind:
    if isinstance(part, ReplayMindSpec):
        from coevolve_sim.minds.replay import ReplayMind as Replay

        return Replay(part.path, part.name)
    if isinstance(part, EmbeddedMindSpec):
        from coevolve_sim.minds.local.mind import LocalMind as Local

        return Local.embedded()
    if isinstance(part, LocalMindSpec):
        from coevolve_sim.minds.local.mind import LocalMind as Local

        return Local(part.model, voices=part.voices, dtype=part.dtype, device=part.device)
    if isinstance(part, ServerMindSpec):
        from coevolve_sim.minds.openai.client import ServerMind as Server

        return Server(
            part.url,
            part.model,
            voices=part.voices,
            key_variable=part.key_variable,
            concurrency=part.concurrency,
            retries=part.retries,
            timeout=part.timeout,
        )
    if isinstance(part, VllmMindSpec):
        from coevolve_sim.minds.openai.vllm import VllmMind as Vllm

        return Vllm(
            part.model,
            voices=part.voices,
            dtype=part.dtype,
            max_length=part.max_length,
            batch_invariant=part.batch_invariant,
            concurrency=part.concurrency,
        )
    from coevolve_sim.minds.scripted.mind import ScriptedMind as Scripted

    return Scripted(known=known)
