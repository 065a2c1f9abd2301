"""Which model a server serves: what it says of its weights and chat template, and how it answers a probe.

Servers say different things. This package's and vLLM's name a ``root`` in their list of models; Ollama lists
a digest of weights, template and settings; llama.cpp's server gives its chat template. What a server does not
tell is left out. What it tells may be wrong, so that a probe (`coevolve_sim.minds.probe`) is kept beside it.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import httpx

from coevolve_sim.minds.openai.codec import Codec, json_object
from coevolve_sim.minds.openai.endpoint import Endpoint
from coevolve_sim.minds.openai.fields import (
    MOST_OF_A_NAME,
    WrongField,
    find_choice,
    read_logprobs,
    read_name,
)
from coevolve_sim.minds.option_mass import sum_by_text
from coevolve_sim.minds.probe import PROMPTS, Probe, ProbeAnswer

MOST_TOKENS = 20
"""Most tokens that are kept of one answer to a probe: the likeliest, as many as are asked for."""

Post = Callable[[dict[str, Any]], httpx.Response]


def weights_told(endpoint: Endpoint, models: Mapping[str, str]) -> dict[str, str]:
    """Return what a server says of each model's weights and template, by model; empty texts if nothing.

    Parameters
    ----------
    endpoint : Endpoint
        By which it is asked.
    models : mapping of str to str
        The served model behind each voice.
    """
    digests = _list_digests(_get_object(endpoint, "../api/tags"))
    template = _read_template(_get_object(endpoint, "../props"))
    return {
        model: " ".join(filter(None, (_find_digest(digests, model), template))) for model in models.values()
    }


def _get_object(endpoint: Endpoint, path: str) -> dict[str, Any]:
    """Return the JSON object at a path that few servers have; an empty one without it."""
    try:
        response = endpoint.get(path)
    except (httpx.HTTPError, TimeoutError):
        return {}
    return (json_object(response.content) or {}) if response.status_code == 200 else {}


def _list_digests(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of models that Ollama lists, by name."""
    listed = told.get("models")
    found = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {read_name(entry.get("name")): read_name(entry.get("digest")) for entry in found}


def _find_digest(digests: Mapping[str, str], model: str) -> str:
    digest = digests.get(model) or digests.get(f"{model}:latest", "")
    return f"weights {digest[:16]}" if digest else ""


def _read_template(told: Mapping[str, Any]) -> str:
    """Return the fingerprint of the chat template that llama.cpp's server tells."""
    template = told.get("chat_template")
    if not (isinstance(template, str) and template):
        return ""
    return f"template {hashlib.sha256(template.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def take_probe(endpoint: Endpoint, dialect: Codec, post: Post) -> Probe | None:
    """Ask each voice the prompts of a probe, first one by one and then as many at once as may be.

    Parameters
    ----------
    endpoint : Endpoint
        By which they are asked at once.
    dialect : Codec
        Of the server.
    post : callable
        Returns the response to a chat completion, after as many tries as it takes.

    Returns
    -------
    Probe or None
        None if the server gives no log-probabilities, or not those of every voice.
    """
    if not dialect.capabilities.top_logprobs:
        return None
    places = [(voice, at) for voice in sorted(dialect.models) for at in range(len(PROMPTS))]
    bodies = [_probe_body(dialect, voice, at) for voice, at in places]
    alone = [_first_tokens(post(body)) for body in bodies]
    together = _ask_together(endpoint, bodies, post)
    answers = []
    for (voice, at), one, other in zip(places, alone, together, strict=True):
        if not one or not other:
            return None
        answers.append(ProbeAnswer(voice, at, one, other))
    return Probe(tuple(answers))


def _probe_body(dialect: Codec, voice: str, at: int) -> dict[str, Any]:
    body = dialect.build_plain(dialect.models[voice], PROMPTS[at], 1, 0.0, 0)
    return {**body, "logprobs": True, "top_logprobs": dialect.capabilities.top_logprobs}


def _ask_together(endpoint: Endpoint, bodies: Sequence[dict[str, Any]], post: Post) -> list[dict[str, float]]:
    """Return the first tokens of completions asked at once; one that failed is asked again by itself."""
    came = [_first_tokens(response) for response in endpoint.post_all("chat/completions", bodies)]
    return [found or _first_tokens(post(body)) for found, body in zip(came, bodies, strict=True)]


def _first_tokens(response: httpx.Response | None) -> dict[str, float]:
    """Return the likeliest first tokens of a completion with their log-probabilities; empty if not given."""
    if response is None or response.status_code != 200:
        return {}
    try:
        told = read_logprobs(find_choice(json_object(response.content) or {}) or {}) or []
    except WrongField:
        return {}
    tokens = sum_by_text([(token[:MOST_OF_A_NAME], value) for token, value in told if value > -math.inf])
    return dict(heapq.nlargest(MOST_TOKENS, tokens.items(), key=itemgetter(1)))
