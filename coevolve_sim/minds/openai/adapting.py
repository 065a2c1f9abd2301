"""What to change about requests when a server refuses a part of them: a parameter, a role, an order of turns.

Providers differ in what they take: reasoning models know no temperature, some call the limit or the seed
otherwise, chat templates lack a system role. A server says so once, by an error (HTTP 400 and the like); from
then on requests go out without that part, or with it under another name, and a note says what that means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from coevolve_sim.minds.openai.dialect import Capabilities, Limit
from coevolve_sim.minds.openai.server_errors import ServerProblem
from coevolve_sim.minds.turns import FOLDED, MERGED

REFUSALS = frozenset({400, 403, 422})
"""HTTP statuses by which servers refuse a part of a request."""

COLD = "temperature 0"
"""In `Capabilities.left_out`: the temperature is left out where it is 0, and sent where it is not."""

_SAYS_NO = re.compile(
    r"unsupported|not support|n't support|unknown|unrecognized|unexpected|unrecognised|cannot find|"
    r"not (?:permitted|allowed|available|accepted)|extra|only the default",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(r"invalid|must be|should be|not valid|positive|greater than", re.IGNORECASE)
"""What is said of a value, too: a number outside a range is no reason to leave a parameter out; 0 may be."""
_SYSTEM = re.compile(r"system.{0,20}(?:role|message|prompt|instruction)|role.{0,20}system", re.IGNORECASE)
_TURNS = re.compile(r"alternate|conversation roles|roles? must", re.IGNORECASE)
_TEMPLATE = re.compile(r"jinja|chat.?template|template.{0,20}(?:error|exception)", re.IGNORECASE)
_MOST_TOP = re.compile(
    r"(?:<=|≤|at most|less than or equal to|and|maximum(?: value)?(?: is| of| allowed)?|up to)"
    r"\s*:?\s*(\d{1,3})",
    re.IGNORECASE,
)
_LIMITS: tuple[Limit, Limit] = ("max_completion_tokens", "max_tokens")


def is_refusal(status: int, problem: ServerProblem) -> bool:
    """Return whether a server refuses a part of a request, rather than fails: some send 500 for a template.

    Examples
    --------
    >>> said = ServerProblem("Jinja Exception: System role not supported", frozenset())
    >>> is_refusal(400, said), is_refusal(500, said), is_refusal(503, said)
    (True, True, False)
    """
    return status in REFUSALS or (status == 500 and is_about_a_template(problem))


def is_about_a_template(problem: ServerProblem) -> bool:
    """Return whether a server says that its chat template does not take a conversation.

    Examples
    --------
    >>> said = "Conversation roles must alternate user/assistant/user/assistant/..."
    >>> is_about_a_template(ServerProblem(said, frozenset()))
    True
    """
    said = problem.message
    return any(pattern.search(said) for pattern in (_SYSTEM, _TURNS, _TEMPLATE))


def adapt(
    capabilities: Capabilities, problem: ServerProblem, body: Mapping[str, Any]
) -> tuple[Capabilities, str] | None:
    """Return what to send from now on, with a note; None if the error names nothing that can be changed.

    Parameters
    ----------
    capabilities : Capabilities
        By which the body was built.
    problem : ServerProblem
        What the server says.
    body : mapping
        What was refused.

    Examples
    --------
    >>> said = "Unsupported value: 'temperature' does not support 0 with this model."
    >>> found = adapt(Capabilities(), ServerProblem(said, frozenset()), {"temperature": 0.0})
    >>> sorted(found[0].left_out)
    ['temperature 0']
    """
    if problem.about_length or problem.is_a_filter or problem.is_about_the_account:
        return None
    return (
        _rename(capabilities, problem, body)
        or _leave_out(capabilities, problem, body)
        or _fold(capabilities, problem, body)
    )


def _rename(
    capabilities: Capabilities, problem: ServerProblem, body: Mapping[str, Any]
) -> tuple[Capabilities, str] | None:
    """Return the other name of the limit of tokens, or of the seed (Mistral's), if the server knows that."""
    for other, name in (_LIMITS, (_LIMITS[1], _LIMITS[0])):
        refused = _is_named(problem, other) or (_names(problem, name) and _says_no(problem))
        if name not in body or not refused:
            continue
        if name != capabilities.limit:  # it was sent before the name was changed
            return capabilities, ""
        if name not in capabilities.renamed:
            found = replace(capabilities, limit=other, renamed=capabilities.renamed | {name})
            return found, f"its server takes {other} in place of {name}"
    is_strict = "extra_forbidden" in problem.message or _names(problem, "random_seed")
    if "seed" in body and is_strict and _names(problem, "seed"):
        return replace(capabilities, seed="random_seed"), "its server takes random_seed in place of seed"
    return None


def _leave_out(
    capabilities: Capabilities, problem: ServerProblem, body: Mapping[str, Any]
) -> tuple[Capabilities, str] | None:
    is_cold = body.get("temperature") == 0.0 and _NOT_THIS.search(problem.message) is not None
    if is_cold and _names(problem, "temperature"):
        return leave_out(capabilities, COLD), _NO_ZERO
    if not _says_no(problem):
        return None
    if "logprobs" in body and (_names(problem, "logprobs") or _names(problem, "top_logprobs")):
        return leave_out(capabilities, "logprobs"), (
            "its server refuses logprobs: options are asked for as a choice, without probabilities"
        )
    for name in ("seed", "random_seed"):
        if name in body and _names(problem, name):
            return leave_out(capabilities, "seed"), (
                "its server refuses a seed: what is drawn is not repeatable, not even in part"
            )
    if "temperature" in body and _names(problem, "temperature"):
        if body["temperature"] == 0.0:
            return leave_out(capabilities, COLD), _NO_ZERO
        return leave_out(capabilities, "temperature"), (
            "its server refuses a temperature: it is left out, and the server's own holds, so that replies "
            "are not repeatable"
        )
    return None


_NO_ZERO = (
    "its server refuses a temperature of 0: it is left out there, and the server's own holds, so that "
    "replies in which nothing is to be drawn may not be repeatable"
)


def leave_out(capabilities: Capabilities, what: str) -> Capabilities:
    """Return capabilities of a server that is not sent a parameter any more."""
    top = 0 if what == "logprobs" else capabilities.top_logprobs
    return replace(capabilities, left_out=capabilities.left_out | {what}, top_logprobs=top)


def _fold(
    capabilities: Capabilities, problem: ServerProblem, body: Mapping[str, Any]
) -> tuple[Capabilities, str] | None:
    """Return how to tell a template a conversation if it has no system role, or wants roles to alternate."""
    if not is_about_a_template(problem):
        return None
    roles = [turn["role"] for turn in body.get("messages", ())]
    if "system" in roles:
        return replace(capabilities, folds_system=True), FOLDED
    if any(one == other for one, other in pairwise(roles)):
        return replace(capabilities, alternates=True), MERGED
    return None


def most_top_logprobs(problem: ServerProblem) -> int:
    """Return how many likeliest tokens a server gives at most, by its own words; 0 if it does not say.

    Examples
    --------
    >>> said = "Input validation error: `top_n_tokens` must be >= 0 and <= 5. Given: 20"
    >>> most_top_logprobs(ServerProblem(said, frozenset()))
    5
    """
    found = [int(number) for number in _MOST_TOP.findall(problem.message)]
    return min((number for number in found if 0 < number < 20), default=0)


def _says_no(problem: ServerProblem) -> bool:
    named = {"unsupported_parameter", "unsupported_value", "unknown_parameter"}
    return bool(problem.codes & named) or _SAYS_NO.search(problem.message) is not None


def _names(problem: ServerProblem, key: str) -> bool:
    """Return whether an error is about a parameter: it says so, or its words name it as a word of its own."""
    return problem.param == key if problem.param else _is_named(problem, key)


def _is_named(problem: ServerProblem, key: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", problem.message) is not None
