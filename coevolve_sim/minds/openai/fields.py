"""Reads the fields of a chat completion strictly, each with the type and size that it can have.

A field that decides what the reply says or how it ended (choices, index, content, refusal, finish_reason,
log-probabilities) must be right: a wrong one raises `WrongField`, and the reply is invalid. One that only
says who answered or what it took (model, system_fingerprint, usage) counts as not given where it is wrong.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any, cast

from coevolve_sim.minds.option_mass import problem_of_logprob, to_logprob

MOST_CHOICES = 16
"""Most choices of a completion; one is asked for."""
MOST_TOKENS_TOLD = 1_000
"""Most tokens at one position whose log-probabilities are read."""
MOST_OF_A_NAME = 200
"""Most characters of a model's name or fingerprint; a longer one is cut."""

_A_TOKEN, _AT_LEAST = 64, 256
_MOST_COUNTED = 10**9
_NEVER = -9999.0
"""What vLLM writes for the logarithm of 0, since JSON has no infinity."""


class WrongField(ValueError):  # noqa: N818 - it says what is wrong with a reply
    """Raised for a field with a value that it cannot have; the text goes on from "a chat completion"."""


def most_characters(max_tokens: int) -> int:
    """Return the most characters that a text of so many tokens is taken to have: 64 a token, and 256.

    Examples
    --------
    >>> most_characters(60)
    4096
    """
    return _AT_LEAST + _A_TOKEN * max_tokens


def find_choice(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the choice with index 0 of a completion; None if there is no choice with a message.

    A choice alone may leave its index out.

    Raises
    ------
    WrongField
        If there are too many, or not exactly one has index 0.

    Examples
    --------
    >>> choices = [{"index": 1, "message": {}}, {"index": 0, "message": {"content": "Well."}}]
    >>> find_choice({"choices": choices})["message"]["content"]
    'Well.'
    >>> find_choice({"choices": choices[:1]})
    Traceback (most recent call last):
    coevolve_sim.minds.openai.fields.WrongField: with no choice of index 0
    """
    choices = data.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        return None
    if len(choices) > MOST_CHOICES:
        raise WrongField(f"with {len(choices):,} choices, where one was asked for")
    if not any(isinstance(choice.get("message"), dict) for choice in choices):
        return None
    if len(choices) == 1 and choices[0].get("index") is None:
        return dict(choices[0])
    first = [choice for choice in choices if type(choice.get("index")) is int and choice["index"] == 0]
    if len(first) != 1:
        raise WrongField(f"with {'several choices' if first else 'no choice'} of index 0")
    if not isinstance(first[0].get("message"), dict):
        raise WrongField(f"with a message {_of_type(first[0].get('message'))}")
    return dict(first[0])


def read_text(message: Mapping[str, Any], key: str, max_tokens: int) -> str | None:
    """Return a text of a message, or the texts of its parts one after another; None if it has none.

    What a model thought before it spoke is no part of it: parts of type ``thinking`` or ``reasoning`` count
    as not there, and so do fields such as ``reasoning_content``.

    Raises
    ------
    WrongField
        If it is something else than texts, or longer than so many tokens can be (`most_characters`).

    Examples
    --------
    >>> parts = [{"type": "text", "text": "I am "}, {"type": "text", "text": "for it."}]
    >>> read_text({"content": parts}, "content", 60)
    'I am for it.'
    >>> read_text({"content": "x" * 5000}, "content", 60)
    Traceback (most recent call last):
    coevolve_sim.minds.openai.fields.WrongField: with a content of 5,000 characters, where at most 60 tokens
    were asked for (at most 4,096 characters are taken)
    """
    found = message.get(key)
    if isinstance(found, list):
        found = [part for part in found if not _is_a_thought(part)]
    text = "".join(_read_part(part, key) for part in found) if isinstance(found, list) else found
    if text is None or (isinstance(found, list) and not found):
        return None
    if not isinstance(text, str):
        raise WrongField(f"with a {key} {_of_type(text)}")
    most = most_characters(max_tokens)
    if len(text) > most:
        raise WrongField(
            f"with a {key} of {len(text):,} characters, where at most {max_tokens} tokens were asked for "
            f"(at most {most:,} characters are taken)"
        )
    return text


def _is_a_thought(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") in {"thinking", "reasoning"}


def _read_part(part: object, key: str) -> str:
    if not isinstance(part, dict):
        raise WrongField(f"with a {key} that has a part {_of_type(part)}")
    if part.get("type", "text") != "text" or not isinstance(part.get("text"), str):
        raise WrongField(f"with a {key} that has a part which is no text")
    return str(part["text"])


def read_finish(choice: Mapping[str, Any]) -> str:
    """Return how a reply ended, empty if that is not said.

    Raises
    ------
    WrongField
        If it is no text.
    """
    found = choice.get("finish_reason")
    if not isinstance(found, str | None):
        raise WrongField(f"with a finish_reason {_of_type(found)}")
    return read_name(found)


def read_logprobs(choice: Mapping[str, Any]) -> list[tuple[str, float]] | None:
    """Return the tokens at the first position with their log-probabilities; None if not given.

    The token that was taken need not be among the likeliest; it is added, but never counted twice.

    Raises
    ------
    WrongField
        If one is no number in [-inf, 0], or a field has another type.

    Examples
    --------
    >>> taken = {"token": "A", "logprob": -0.5}
    >>> read_logprobs({"logprobs": {"content": [{**taken, "top_logprobs": [taken]}]}})
    [('A', -0.5)]
    """
    told = _take(choice, "logprobs", dict)
    content = told and _take(told, "content", list)
    if not content:
        return None
    place = _require(content[0], "logprobs", dict)
    likeliest = _take(place, "top_logprobs", list)
    if likeliest is None or "logprob" not in place:
        return None
    if len(likeliest) > MOST_TOKENS_TOLD:
        raise WrongField(f"with {len(likeliest):,} tokens at one position")
    listed = [_read_entry(_require(entry, "top_logprobs", dict)) for entry in likeliest]
    taken = _read_entry(place)
    return listed if any(token == taken[0] for token, _ in listed) else [*listed, taken]


def _read_entry(entry: Mapping[str, Any]) -> tuple[str, float]:
    token, given = entry.get("token"), entry.get("logprob")
    if not isinstance(token, str):
        raise WrongField(f"with a token {_of_type(token)}")
    if problem := problem_of_logprob(given):
        raise WrongField(f"with a wrong log-probability: {problem}")
    value = to_logprob(cast("float", given))
    return token, -math.inf if value <= _NEVER else value


def read_name(found: object) -> str:
    r"""Return a name on one line, cut to `MOST_OF_A_NAME` characters; empty if it is no text.

    Examples
    --------
    >>> read_name("small\n\x1b[31m7b"), read_name(["small"])
    ('small [31m7b', '')
    """
    if not isinstance(found, str):
        return ""
    line = one_line(found[: 2 * MOST_OF_A_NAME])
    return line if len(line) <= MOST_OF_A_NAME else f"{line[:MOST_OF_A_NAME]}..."


def read_count(found: object) -> int:
    """Return a number of tokens; 0 for what cannot be one: no whole number in [0, 10**9].

    Examples
    --------
    >>> read_count(7), read_count(10**30), read_count(-1), read_count(True), read_count("7")
    (7, 0, 0, 0, 0)
    """
    return found if type(found) is int and 0 <= found <= _MOST_COUNTED else 0


def read_root(entry: Mapping[str, Any]) -> str:
    """Return `` at ROOT`` for a served model with a root of another name; else an empty text.

    Examples
    --------
    >>> read_root({"id": "small", "root": "/weights"}), read_root({"id": "small", "root": ["/weights"]})
    (' at /weights', '')
    """
    root = read_name(entry.get("root"))
    return f" at {root}" if root not in {"", entry["id"]} else ""


def one_line(text: str) -> str:
    """Return a text on one line, without control characters, which a terminal may obey."""
    kept = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return " ".join("".join(kept).split())


def _take(mapping: Mapping[str, Any], key: str, kind: type) -> Any:
    """Return a value of a type, None if it is absent or null."""
    found = mapping.get(key)
    return None if found is None else _require(found, key, kind)


def _require(found: Any, key: str, kind: type) -> Any:
    if not isinstance(found, kind):
        raise WrongField(f"with {key} {_of_type(found)}")
    return found


_TYPES = {"dict": "an object", "list": "a list", "str": "a text", "bool": "true or false", "NoneType": "null"}


def _of_type(found: object) -> str:
    return f"that is {_TYPES.get(type(found).__name__, 'a number')}"
