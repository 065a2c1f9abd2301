"""Parsing of OpenAI-compatible request bodies, as pure functions of JSON objects.

A key or value that is not supported is refused by name, never ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coevolve_sim.minds.protocol import Message

_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "stream": (False,),
    "stream_options": (),
    "top_p": (1, 1.0),
    "top_k": (-1, 0),
    "min_p": (0, 0.0),
    "presence_penalty": (0, 0.0),
    "frequency_penalty": (0, 0.0),
    "repetition_penalty": (1, 1.0),
    "logit_bias": ({},),
    "best_of": (1,),
    "suffix": ("",),
    "tools": ([],),
}
"""Keys that are accepted only with values that change nothing (null never changes anything)."""
_IDLE = frozenset({"user", "metadata", "store", "service_tier"})
_BOTH = frozenset(
    {"model", "max_tokens", "temperature", "seed", "n", "stop", "logprobs", "structured_outputs"}
    | {"response_format", "logprob_token_ids", "return_tokens_as_token_ids"}
)
TURNS = frozenset({"add_generation_prompt", "continue_final_message"})
"""What says whether a turn is opened for the reply, or the last message is one that goes on (as for vLLM)."""
CHAT = _BOTH | TURNS | {"messages", "max_completion_tokens", "top_logprobs"}
TEXT = (_BOTH | {"prompt", "echo"}) - {"structured_outputs", "response_format"}

USUAL_TOKENS = 256
"""Default limit of tokens written."""
MOST_TOP = 100
MOST_CHOICES = 1_000
"""Most texts that a reply may be limited to."""
_SHOWN = 1_000
"""Most characters of an error's text: it may repeat what was sent."""


class RequestRefused(Exception):  # noqa: N818 - it is a response, not a fault
    """Raised for a request that is answered with an error, in OpenAI's format.

    Parameters
    ----------
    message : str
        What was given, and what is allowed.
    param : str, optional
        The key that is to blame.
    status : int
        HTTP status.
    code : str, optional
        A machine-readable name of the error.
    """

    def __init__(
        self, message: str, param: str | None = None, status: int = 400, code: str | None = None
    ) -> None:
        message, param = message[:_SHOWN], param and param[:_SHOWN]
        super().__init__(message)
        self.status = status
        kinds = {404: "not_found_error", 500: "server_error", 503: "server_error"}
        kind = kinds.get(status, "invalid_request_error")
        self.content = {"error": {"message": message, "type": kind, "param": param, "code": code}}


@dataclass(frozen=True)
class ReplyOptions:
    """Options of a request for its replies.

    Attributes
    ----------
    model : str
        Name of the model that replies.
    max_tokens : int
        Largest number of tokens written.
    temperature : float
        0 takes the likeliest token each time.
    seed : int or None
        None if not given.
    n : int
        Number of replies to a prompt.
    stop : tuple of str
        Texts before which a reply ends.
    top : int or None
        Number of likeliest tokens whose log-probabilities are returned; None for no log-probabilities.
    also : tuple of int
        Tokens whose log-probabilities are returned too.
    as_numbers : bool
        Whether tokens are named by number.
    choices : tuple of str
        The only texts allowed; empty if any is.
    echo : bool
        Whether the prompt is returned with the reply.
    """

    model: str
    max_tokens: int
    temperature: float
    seed: int | None
    n: int
    stop: tuple[str, ...]
    top: int | None
    also: tuple[int, ...]
    as_numbers: bool
    choices: tuple[str, ...] = ()
    echo: bool = False


def read_chat(body: Any) -> tuple[tuple[Message, ...], ReplyOptions]:
    """Parse the body of a chat completion: return the conversation and the options.

    Raises
    ------
    RequestRefused
        If a key is unknown, or a value not allowed.
    """
    body = _require_object(body, CHAT)
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    top = None
    if read_flag(body, "logprobs"):
        top = _read_whole(body, "top_logprobs", 0, MOST_TOP, 0)
    elif body.get("top_logprobs") is not None:
        raise RequestRefused("top_logprobs needs logprobs: true", "top_logprobs")
    wanted = _read_options(body, limit, USUAL_TOKENS, 1, top, choices=_read_choices(body))
    messages = _read_messages(body.get("messages"))
    _require_turn(body, messages)
    return messages, wanted


def _require_turn(body: Mapping[str, Any], messages: Sequence[Message]) -> None:
    """Require that a last message of the assistant's is to be continued, and no other one."""
    goes_on = read_flag(body, "continue_final_message")
    opens = read_flag(body, "add_generation_prompt", usual=not goes_on)
    is_begun = messages[-1].role == "assistant"
    if goes_on and opens:
        raise RequestRefused(
            "add_generation_prompt and continue_final_message are both true; give one of them",
            "add_generation_prompt",
        )
    if goes_on != is_begun or not (goes_on or opens):
        raise RequestRefused(
            "the last message is continued where it is the assistant's: send continue_final_message: true "
            "and add_generation_prompt: false with it; after any other a turn is opened: send neither",
            "continue_final_message",
        )


def read_text(body: Any) -> tuple[list[str | tuple[int, ...]], ReplyOptions]:
    """Parse the body of a text completion: return the prompts (texts or tokens) and the options.

    Raises
    ------
    RequestRefused
        If a key is unknown, or a value not allowed.
    """
    body = _require_object(body, TEXT)
    top = None if body.get("logprobs") is None else _read_whole(body, "logprobs", 0, MOST_TOP, 0)
    echo = read_flag(body, "echo")
    wanted = _read_options(body, "max_tokens", 16, 0 if echo else 1, top, echo=echo)
    return _read_prompts(body.get("prompt")), wanted


def _require_object(body: Any, known: frozenset[str]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise RequestRefused("the body must be a JSON object")
    for key, value in body.items():
        if key in known or key in _IDLE or value is None:
            continue
        if key not in _NEUTRAL:
            raise RequestRefused(f"{key} is not known here; known are: {', '.join(sorted(known))}", key)
        if value not in _NEUTRAL[key]:
            raise RequestRefused(
                f"{key} is not supported here; leave it out (given: {json.dumps(value)[:60]})", key
            )
    return body


def _read_options(
    body: Mapping[str, Any],
    limit: str,
    usual: int,
    least: int,
    top: int | None,
    *,
    choices: tuple[str, ...] = (),
    echo: bool = False,
) -> ReplyOptions:
    model = body.get("model")
    if not isinstance(model, str):
        raise RequestRefused("model must be the name of a model; /v1/models lists them", "model")
    seed = None if body.get("seed") is None else _read_whole(body, "seed", 0, 2**63 - 1, 0)
    return ReplyOptions(
        model,
        _read_whole(body, limit, least, 10**6, usual),
        _read_temperature(body.get("temperature")),
        None if seed is None else seed % 2**31,
        _read_whole(body, "n", 1, 64, 1),
        _read_stop(body.get("stop")),
        top,
        _read_numbers(body.get("logprob_token_ids"), "logprob_token_ids") if top is not None else (),
        read_flag(body, "return_tokens_as_token_ids"),
        choices,
        echo,
    )


def read_flag(body: Mapping[str, Any], key: str, *, usual: bool = False) -> bool:
    """Return a value that is true or false; ``usual`` if it is not given.

    Raises
    ------
    RequestRefused
        If it is anything else.
    """
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise RequestRefused(f"{key} must be true or false; given: {json.dumps(value)[:60]}", key)
    return usual if value is None else value


def _read_whole(body: Mapping[str, Any], key: str, low: int, high: int, usual: int) -> int:
    value = body.get(key)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestRefused(
            f"{key} must be a whole number in [{low}, {high}]; given: {json.dumps(value)[:60]}", key
        )
    return value


def _read_temperature(value: Any) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 100.0:
        raise RequestRefused(
            f"temperature must be in [0, 100]; given: {json.dumps(value)[:60]}", "temperature"
        )
    return float(value)


def _read_stop(value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise RequestRefused("stop must be a text or a list of texts", "stop")
    return tuple(texts)


def _read_numbers(value: Any, key: str) -> tuple[int, ...]:
    numbers = [] if value is None else value
    if not isinstance(numbers, list) or not all(type(number) is int and number >= 0 for number in numbers):
        raise RequestRefused(f"{key} must be a list of token numbers", key)
    return tuple(numbers)


def _read_messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise RequestRefused("messages must be a list of at least one message", "messages")
    found = []
    for place, entry in enumerate(value):
        where = f"messages[{place}]"
        if not isinstance(entry, dict) or entry.get("role") not in ("system", "user", "assistant"):
            raise RequestRefused(f"{where} must be an object with role system, user or assistant", where)
        found.append(Message(entry["role"], _read_content(entry.get("content"), where)))
    return tuple(found)


def _read_content(value: Any, where: str) -> str:
    parts = [{"type": "text", "text": value}] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(
        isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
        for part in parts
    ):
        raise RequestRefused(f"{where}.content must be a text, or a list of parts of type text", where)
    return "".join(part["text"] for part in parts)


def _read_prompts(value: Any) -> list[str | tuple[int, ...]]:
    listed = value if isinstance(value, list) and value and not isinstance(value[0], int) else [value]
    found: list[str | tuple[int, ...]] = []
    for prompt in listed:
        if isinstance(prompt, str) and prompt:
            found.append(prompt)
        elif isinstance(prompt, list) and prompt:
            found.append(_read_numbers(prompt, "prompt"))
        else:
            raise RequestRefused(
                "prompt must be a text or a list of tokens, or a list of such, none empty", "prompt"
            )
    return found


def _read_choices(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the only texts allowed as a reply, from structured_outputs or response_format."""
    outputs, wanted = body.get("structured_outputs"), body.get("response_format")
    if outputs is not None:
        if not isinstance(outputs, dict) or set(outputs) != {"choice"}:
            raise RequestRefused('structured_outputs must be {"choice": [TEXT, ...]}', "structured_outputs")
        return _read_texts(outputs["choice"], "structured_outputs")
    if wanted is None or wanted == {"type": "text"}:
        return ()
    schema = (
        wanted.get("json_schema")
        if isinstance(wanted, dict) and wanted.get("type") == "json_schema"
        else None
    )
    if not isinstance(schema, dict) or not isinstance(schema.get("schema"), dict):
        raise RequestRefused(
            "response_format must be of type text or json_schema, with a schema", "response_format"
        )
    allowed = _list_allowed(schema["schema"])
    return _read_texts([json.dumps(value, ensure_ascii=False) for value in allowed], "response_format")


def _list_allowed(schema: Mapping[str, Any]) -> list[Any]:
    """Return every value that a JSON schema allows; refuse a schema that does not allow just a few."""
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return list(schema["enum"])
    if "const" in schema:
        return [schema["const"]]
    if schema.get("type") == "boolean":
        return [True, False]
    properties = schema.get("properties")
    if schema.get("type") == "object" and isinstance(properties, dict) and len(properties) == 1:
        ((name, inner),) = properties.items()
        if isinstance(inner, dict):
            return [{name: value} for value in _list_allowed(inner)]
    raise RequestRefused(
        "a schema here must allow a few values: enum, const, boolean, or an object with one such property",
        "response_format",
    )


def _read_texts(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
        raise RequestRefused(f"{key} must list at least one text, none empty", key)
    if len(value) > MOST_CHOICES:
        raise RequestRefused(f"{key} lists {len(value):,} texts; at most {MOST_CHOICES:,} may be given", key)
    return tuple(value)


def format_usage(tokens_in: int, tokens_out: int) -> dict[str, int]:
    """Return the token counts of a response, in OpenAI's format."""
    total = tokens_in + tokens_out
    return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": total}
