"""Whether a server continues a turn that is begun for it, and how: found out once, by the first such request.

A server that ignores vLLM's fields answers all the same, as if the begun turn were over. So a field counts
only if it was seen to work: the prompt has fewer tokens with it, since no turn is closed and opened, or what
comes completes half a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx

from coevolve_sim.minds.openai.codec import Codec, first_choice, json_object
from coevolve_sim.minds.openai.dialect import Capabilities, Continuing
from coevolve_sim.minds.openai.fields import read_count
from coevolve_sim.minds.protocol import Message

BEGUN = "The capital of France is Par"
"""What begins the reply in the trial: a model that goes on completes the word."""

NONE = (
    "the server does not continue a turn that is begun (continue_final_message has no effect on it), so that "
    "a reply cannot be begun for the mind; vLLM and coevolve serve do it"
)
"""What a request is told that asks a server for what it does not do."""

_END = "is"
_TURNS = (Message("user", "Which city is the capital of France?"), Message("assistant", BEGUN))
_ROOM = 4

Post = Callable[[dict[str, Any]], httpx.Response]


def find_continuing(codec: Codec, post: Post) -> Capabilities:
    """Return capabilities that say how a server continues a turn that is begun.

    Parameters
    ----------
    codec : Codec
        Of the server.
    post : callable
        Returns the response to a chat completion, after as many tries as it takes.
    """

    def answer(way: Continuing) -> httpx.Response:
        trial = replace(codec, capabilities=replace(codec.capabilities, continues=way))
        return post(trial.build_plain(codec.models[""], _TURNS, _ROOM, 0.0, 0))

    known = codec.capabilities
    by_fields, plainly = answer("fields"), answer("native")
    if by_fields.status_code == 200 and _has_fewer_tokens(by_fields, plainly):
        return replace(known, continues="fields")
    if found := _how_it_goes_on(plainly):
        return replace(known, continues="native", repeats_beginning=found == "repeats")
    if plainly.status_code != 200 and (found := _how_it_goes_on(answer("prefix"))):
        return replace(known, continues="prefix", repeats_beginning=found == "repeats")
    return replace(known, continues="none")


def _has_fewer_tokens(by_fields: httpx.Response, plainly: httpx.Response) -> bool:
    """Return whether a prompt is shorter with the fields than without, where it is taken without them."""
    if plainly.status_code != 200:
        return _how_it_goes_on(by_fields) != "repeats"
    few, many = (_count_prompt(json_object(response.content) or {}) for response in (by_fields, plainly))
    return 0 < few < many


def _count_prompt(data: Mapping[str, Any]) -> int:
    usage = data.get("usage")
    return read_count(usage.get("prompt_tokens")) if isinstance(usage, dict) else 0


def _how_it_goes_on(response: httpx.Response) -> str:
    """Return ``goes on`` for a reply that completes the word, ``repeats`` for one that repeats it all."""
    choice = first_choice(json_object(response.content)) if response.status_code == 200 else None
    text = choice["message"].get("content") if choice else None
    if not isinstance(text, str):
        return ""
    if text.startswith(BEGUN):
        return "repeats"
    return "goes on" if text.startswith(_END) else ""
