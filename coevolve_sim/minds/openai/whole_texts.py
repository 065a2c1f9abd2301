"""Log-probabilities of whole texts by a server: of a request with a single option.

Two ways, both vLLM's. ``echo``: the conversation is tokenized by the server, with and without the text as its
next turn, and a text completion of these tokens repeats them with their log-probabilities; ``coevolve serve``
does the same, and the tokens are those that a model in process would read. ``prompt_logprobs``: a chat
completion that continues the text tells the log-probabilities of its prompt, of which the last tokens spell
the text; for servers behind a proxy that does not pass ``/tokenize`` on.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.codec import CONTINUED, Codec, Retry, build_reply, json_object
from coevolve_sim.minds.openai.dialect import Echoing
from coevolve_sim.minds.openai.fields import WrongField
from coevolve_sim.minds.openai.retry import RetryPolicy
from coevolve_sim.minds.option_mass import problem_of_logprob, to_logprob
from coevolve_sim.minds.protocol import Message, Reply, Request

Call = Callable[[str, dict[str, Any]], Awaitable[httpx.Response]]
TEXTS = "completions"
"""The path of text completions."""

NONE = (
    "the server gives no log-probabilities of a prompt (neither an echo of a text completion with them nor "
    "prompt_logprobs), so that a whole text cannot be scored; vLLM and coevolve serve give them"
)
"""What a request is told that asks a server for what it does not give."""

_DECIMALS = 6
_TRIAL = Request("probe", (Message("user", "Is water wet?"),), ("Yes, water is wet.",))


async def find_way(call: Call, codec: Codec, policy: RetryPolicy) -> Echoing:
    """Return by which way a server scores whole texts: each is tried on one.

    Raises
    ------
    MindError
        If the server cannot be asked, as often as may be tried.
    """
    ways: tuple[Echoing, ...] = ("echo", "prompt_logprobs")
    for way in ways:
        if await _does(call, codec, way, policy):
            return way
    return "none"


async def _does(call: Call, codec: Codec, way: Echoing, policy: RetryPolicy) -> bool:
    why = ""
    for attempt in range(policy.retries + 1):
        try:
            came = await _WAYS[way](call, codec, _TRIAL)
        except MindError:  # there is no such route
            return False
        except (httpx.TransportError, TimeoutError) as error:
            why = codec.words.clean(str(error)) or type(error).__name__
        else:
            if isinstance(came, Reply):
                return came.logprobs is not None
            why = came.detail
        if attempt < policy.retries:
            await asyncio.sleep(policy.wait(attempt, 0))
    raise MindError(f"the server at {codec.words.url} cannot be asked whether it scores texts: {why}")


async def score_text(call: Call, codec: Codec, request: Request) -> Reply | Retry:
    """Return the reply to a request with a single option: the text's log-probability as the next turn."""
    way = codec.capabilities.scores_texts
    return await _WAYS[way](call, codec, request) if way in _WAYS else Reply("invalid", detail=NONE)


async def _score_by_echo(call: Call, codec: Codec, request: Request) -> Reply | Retry:
    """Have the tokens of conversation and text repeated, with their log-probabilities."""
    model = codec.models[request.voice]
    prompt = await _tokenize(call, {"model": model, **_encode(codec, request, "")})
    whole = await _tokenize(call, {"model": model, **_encode(codec, request, request.options[0])})
    if prompt is None or whole is None:
        return Reply("invalid", detail="the server did not tokenize the conversation that is to be scored")
    if whole[: len(prompt)] != prompt or len(whole) == len(prompt):
        # The text changes tokens before it: it is taken by itself, as in process.
        alone = await _tokenize(
            call, {"model": model, "prompt": request.options[0], "add_special_tokens": False}
        )
        if not alone:
            return Reply("invalid", detail="an option has no tokens; options must not be empty")
        whole = [*prompt, *alone]
    body = {"model": model, "prompt": whole, "max_tokens": 1, "temperature": 0.0, "echo": True, "logprobs": 1}
    response = await call(TEXTS, body)
    if response.status_code != 200:
        return codec.read(response.status_code, response.headers, response.content, request, "echo")
    data = json_object(response.content) or {}
    try:
        values = _read_echo(data, len(prompt), len(whole))
    except WrongField as wrong:
        return build_reply("invalid", data, detail=f"the server sent a text completion {wrong}")
    return _scored(data, request, values)


async def _score_by_prompt(call: Call, codec: Codec, request: Request) -> Reply | Retry:
    """Have the log-probabilities of a prompt that ends in the text; its last tokens spell the text."""
    text = request.options[0]
    body = codec.build_body(request, "echo")
    body |= {**_encode(codec, request, text), "prompt_logprobs": 0}
    response = await call("chat/completions", body)
    if response.status_code != 200:
        return codec.read(response.status_code, response.headers, response.content, request, "echo", body)
    data = json_object(response.content) or {}
    try:
        values = _find_text(_read_prompt(data), text)
    except WrongField as wrong:
        return build_reply("invalid", data, detail=f"the server sent a chat completion {wrong}")
    return _scored(data, request, values)


_WAYS: dict[str, Callable[[Call, Codec, Request], Awaitable[Reply | Retry]]] = {
    "echo": _score_by_echo,
    "prompt_logprobs": _score_by_prompt,
}


def _encode(codec: Codec, request: Request, text: str) -> dict[str, Any]:
    """Return a conversation with a text as its next turn, or as what continues a turn that is begun."""
    messages = request.messages
    if text:
        kept = messages[:-1] if request.begun else messages
        messages = (*kept, Message("assistant", request.begun + text))
    told = codec.encode(messages)
    if messages and messages[-1].role == "assistant":
        told |= CONTINUED
    return told


async def _tokenize(call: Call, body: dict[str, Any]) -> list[int] | None:
    response = await call("../tokenize", body)
    data = json_object(response.content) if response.status_code == 200 else None
    tokens = (data or {}).get("tokens")
    if not isinstance(tokens, list) or not all(type(n) is int and 0 <= n < 2**31 for n in tokens):
        return None
    return tokens


def _scored(data: Mapping[str, Any], request: Request, values: list[float]) -> Reply:
    total = min(round(math.fsum(values), _DECIMALS), 0.0)
    return build_reply("answered", data, text=request.options[0], logprobs=(total,))


def _read_echo(data: Mapping[str, Any], start: int, end: int) -> list[float]:
    """Return the log-probabilities of the tokens between two places of an echoed prompt."""
    choices = data.get("choices")
    first = _object(choices[0]) if isinstance(choices, list) and choices else {}
    values = _object(first.get("logprobs")).get("token_logprobs")
    if not isinstance(values, list) or not end <= len(values) <= end + 1:
        raise WrongField("without the log-probabilities of its prompt")
    return [_read_value(value) for value in values[start:end]]


def _read_prompt(data: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return the tokens of a prompt, the first left out, each with what is told as its log-probability."""
    told = data.get("prompt_logprobs")
    if not isinstance(told, list) or len(told) < 2:
        raise WrongField("without prompt_logprobs")
    found = []
    for place in told[1:]:
        entry = _object(next(iter(_object(place).values()), None))
        if not isinstance(entry.get("decoded_token"), str):
            raise WrongField("with prompt_logprobs that name no token")
        found.append((entry["decoded_token"], entry.get("logprob")))
    return found


def _find_text(tokens: list[tuple[str, object]], text: str) -> list[float]:
    """Return the log-probabilities of the last tokens, which spell a text, blanks around it aside."""
    spelled, values = "", []
    for token, value in reversed(tokens):
        spelled = token + spelled
        values.append(value)
        if spelled.strip() == text.strip():
            return [_read_value(value) for value in values]
        if len(spelled) > len(text) + 64:
            break
    raise WrongField("whose last tokens do not spell the text that was to be scored")


def _read_value(value: object) -> float:
    if problem := problem_of_logprob(value):
        raise WrongField(f"with a wrong log-probability: {problem}")
    return to_logprob(float(value))  # type: ignore[arg-type] # a number, as was found


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
