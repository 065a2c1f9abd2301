"""Probes that find out which model a server serves and what it supports, once, when it is opened.

Servers silently ignore options that they do not know, so a capability counts only if it was observed:
log-probabilities are looked for in a reply, and constrained choice is tried on options that no model would
write by itself. What a server refuses of a plain request, a parameter or the system role, is left out or told
otherwise from then on (`adapting`). What few requests need, continuing a turn and scoring a whole text, is
found out by the first of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.adapting import is_refusal, most_top_logprobs
from coevolve_sim.minds.openai.codec import (
    AGAIN,
    Codec,
    constraint,
    encode_messages,
    first_choice,
    json_object,
    match_option,
    read_fingerprint,
)
from coevolve_sim.minds.openai.continuing import find_continuing
from coevolve_sim.minds.openai.dialect import Capabilities, Choice, Form
from coevolve_sim.minds.openai.endpoint import COMPLETIONS, Endpoint
from coevolve_sim.minds.openai.fields import read_root
from coevolve_sim.minds.openai.identity import take_probe, weights_told
from coevolve_sim.minds.openai.retry import parse_retry_after
from coevolve_sim.minds.openai.server_errors import ServerErrors, read_problem
from coevolve_sim.minds.openai.whole_texts import find_way
from coevolve_sim.minds.probe import Probe
from coevolve_sim.minds.protocol import Message, Request
from coevolve_sim.minds.turns import FOLDED

_QUESTION = (Message("user", "Is water wet?\nA: yes\nB: no\nAnswer with one letter."),)
_SYSTEM = Message("system", "You answer questions.")
_UNLIKELY = ("zqxj-first", "zqxj-second")
_LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True)
class ProbedServer:
    """Result of probing a server.

    Attributes
    ----------
    dialect : Codec
        The codec for the server.
    identity : str
        The model with its root and fingerprint, and every voice with its own.
    answered_by : str
        Model and fingerprint of the replies to the probes.
    probe : Probe or None
        What the model and every voice answer to fixed prompts; None without log-probabilities.
    """

    dialect: Codec
    identity: str
    answered_by: str
    probe: Probe | None


def probe_server(
    endpoint: Endpoint,
    words: ServerErrors,
    models: Mapping[str, str],
    *,
    left_out: frozenset[str] = frozenset(),
    extra: Mapping[str, Any] | None = None,
) -> ProbedServer:
    """Probe a server: return its identity and capabilities.

    Parameters
    ----------
    endpoint, words, models
        By which it is asked, its error texts, and the served model behind each voice.
    left_out : frozenset of str
        Parameters that it is not to be sent (`Capabilities.left_out`).
    extra : mapping, optional
        Keys that every chat completion has besides.

    Raises
    ------
    MindError
        If no server answers, it refuses the key, it does not serve one of the models, or it is not
        OpenAI-compatible.
    """
    served = _list_served(endpoint, words)
    words = replace(words, served=tuple(served))
    for model in models.values():
        if served and model not in served:
            raise MindError(words.not_served(model))
    dialect = Codec(words, models, Capabilities(left_out=left_out), extra=dict(extra or {}))
    if not_sent := sorted(left_out - {"logprobs"}):
        dialect.note(f"{' and '.join(not_sent)} left out by choice: replies are not repeatable")
    return _Probe(endpoint, dialect).run(served)


def find_what_is_asked_for(endpoint: Endpoint, dialect: Codec, requests: Sequence[Request]) -> None:
    """Find out, once, whether a server does what some requests need: continues a turn, scores a text.

    Raises
    ------
    MindError
        If the server is gone.
    """

    def post(body: dict[str, Any]) -> httpx.Response:
        return _send_with_retries(endpoint, lambda: endpoint.post(COMPLETIONS, body), dialect.words)

    known = dialect.capabilities
    if known.continues == "unknown" and any(r.begun and not r.is_whole_text for r in requests):
        known = dialect.capabilities = find_continuing(dialect, post)
        if known.continues == "none":
            dialect.note("its server does not continue a turn that is begun; such requests are invalid")
    if known.scores_texts == "unknown" and any(request.is_whole_text for request in requests):
        way = endpoint.run(find_way(endpoint.call, dialect, endpoint.retry_policy))
        dialect.capabilities = replace(dialect.capabilities, scores_texts=way)
        if way == "none":
            dialect.note("its server gives no log-probabilities of a prompt; whole texts cannot be scored")


class _Probe:
    """The probes that a server is sent when it is opened."""

    def __init__(self, endpoint: Endpoint, dialect: Codec) -> None:
        self.endpoint, self.dialect = endpoint, dialect
        self.answered_by = ""

    @property
    def model(self) -> str:
        return self.dialect.models[""]

    def run(self, served: Mapping[str, str]) -> ProbedServer:
        capabilities = self._probe_plain(self.dialect.capabilities)
        capabilities = replace(
            capabilities, counts_tokens=self._tokenize({"messages": encode_messages(_QUESTION)}) != []
        )
        capabilities = self._probe_logprobs(capabilities)
        capabilities = self._probe_token_scores(capabilities)
        self.dialect.capabilities = replace(capabilities, choice=self._probe_choice(capabilities))
        told = weights_told(self.endpoint, self.dialect.models)
        roots = {
            voice: f"{model}{served.get(model, '')}{f', {told[model]}' if told[model] else ''}"
            for voice, model in self.dialect.models.items()
        }
        voices = "".join(f"; {voice} is {root}" for voice, root in sorted(roots.items()) if voice)
        fingerprint = self.answered_by.removeprefix(self.model).strip()
        identity = f"server {roots['']}{f' {fingerprint}' if fingerprint else ''}{voices}"
        probe = take_probe(self.endpoint, self.dialect, self._post)
        return ProbedServer(self.dialect, identity, self.answered_by, probe)

    def _probe_plain(self, capabilities: Capabilities) -> Capabilities:
        """Have one token written; this must succeed, without what the server refuses of it."""
        response = self._ask_adapting(capabilities)
        if response.status_code != 200 and not self.dialect.capabilities.folds_system:
            response = self._ask_folded(response)
        data = json_object(response.content)
        if response.status_code != 200:
            raise MindError(self._why(response))
        if data is None or first_choice(data) is None:
            raise MindError(self.dialect.words.not_a_completion(response.content))
        self.answered_by = read_fingerprint(data)
        return self.dialect.capabilities

    def _ask_adapting(self, capabilities: Capabilities) -> httpx.Response:
        """Return the response to a plain question, asked again for each part of it that is refused."""
        response = self._ask(capabilities, "write", (_SYSTEM, *_QUESTION))
        while response.status_code != 200:
            problem = read_problem(json_object(response.content), response.content)
            sent = self.dialect.build_body(self._request((_SYSTEM, *_QUESTION)), "write")
            if self.dialect.adapt_to(response.status_code, problem, sent) is None:
                break
            response = self._ask(self.dialect.capabilities, "write", (_SYSTEM, *_QUESTION))
        return response

    def _ask_folded(self, refused: httpx.Response) -> httpx.Response:
        """Return the response without a system role, if that is what was refused; else the refusal."""
        before = self.dialect.capabilities
        if refused.status_code in {401, 403, 404}:
            return refused
        response = self._ask_adapting(replace(before, folds_system=True))
        if response.status_code != 200:
            self.dialect.capabilities = before
            return refused
        problem = read_problem(json_object(refused.content), refused.content)
        self.dialect.note(f"{FOLDED} ({self.dialect.words.quote(refused.status_code, problem)})")
        return response

    def _probe_logprobs(self, capabilities: Capabilities) -> Capabilities:
        """Find how many likeliest tokens are told: what the server calls its most, else 20 or 5."""
        if "logprobs" in capabilities.left_out:
            return capabilities
        counts = [20, 5]
        while counts:
            found = replace(capabilities, top_logprobs=counts.pop(0))
            response = self._ask(found, "score")
            if self._read_tokens(response):
                return found
            problem = read_problem(json_object(response.content), response.content)
            most = most_top_logprobs(problem) if response.status_code != 200 else 0
            if 0 < most < found.top_logprobs:
                counts = [most]
        return capabilities

    def _probe_token_scores(self, capabilities: Capabilities) -> Capabilities:
        """Find the tokens that spell each letter, and whether they are scored however unlikely."""
        if not (capabilities.top_logprobs and capabilities.counts_tokens):
            return capabilities
        spelled = {letter: self._find_spellings(letter) for letter in _LETTERS}
        self.dialect.tokens |= {letter: tokens for letter, tokens in spelled.items() if tokens}
        found = replace(capabilities, token_scores=True)
        wanted = {f"token_id:{n}" for letter in _QUESTION_OPTIONS for n in spelled[letter]}
        if wanted and wanted <= self._list_scored_tokens(replace(found, top_logprobs=1)):
            return found
        self.dialect.tokens.clear()
        return capabilities

    def _find_spellings(self, letter: str) -> frozenset[int]:
        """Return the single tokens that spell a letter: alone, after a space, after a line break."""
        bare, spaced, broken = (
            self._tokenize({"prompt": before + letter, "add_special_tokens": False})
            for before in ("", " ", "\n")
        )
        alone = [tokens[0] for tokens in (bare, spaced, broken) if len(tokens) == 1]
        last = [tokens[-1] for tokens in (spaced, broken) if len(tokens) > 1]
        return frozenset(alone + last)

    def _list_scored_tokens(self, capabilities: Capabilities) -> set[str]:
        """Return the tokens whose log-probabilities the server gives in reply to a question."""
        return self._read_tokens(self._ask(capabilities, "score"))

    def _read_tokens(self, response: httpx.Response) -> set[str]:
        choice = first_choice(json_object(response.content)) if response.status_code == 200 else None
        try:
            told = choice["logprobs"]["content"][0]["top_logprobs"] if choice else []
            return {entry["token"] for entry in told if isinstance(entry["logprob"], float | int)}
        except (KeyError, IndexError, TypeError):
            return set()

    def _probe_choice(self, capabilities: Capabilities) -> Choice:
        ways: tuple[Choice, ...] = ("structured_outputs", "response_format")
        for way in ways:
            request = Request("probe", _QUESTION, options=_UNLIKELY)
            self.dialect.capabilities = replace(capabilities, choice="none")
            response = self._post(
                {**self.dialect.build_body(request, "choose"), **constraint(way, _UNLIKELY)}
            )
            choice = first_choice(json_object(response.content)) if response.status_code == 200 else None
            text = choice["message"].get("content") if choice else None
            if isinstance(text, str) and match_option(text, _UNLIKELY, way) is not None:
                return way
        return "none"

    def _tokenize(self, body: dict[str, Any]) -> list[int]:
        """Return the tokens of a text or conversation from vLLM's own endpoint; empty without one."""
        response = self._post({"model": self.model, **body}, "../tokenize")
        data = json_object(response.content) if response.status_code == 200 else None
        tokens = (data or {}).get("tokens")
        if not isinstance(tokens, list) or not all(type(t) is int and 0 <= t < 2**31 for t in tokens):
            return []
        return tokens

    def _ask(
        self, capabilities: Capabilities, form: Form, messages: tuple[Message, ...] = _QUESTION
    ) -> httpx.Response:
        self.dialect.capabilities = capabilities
        return self._post(self.dialect.build_body(self._request(messages), form))

    def _request(self, messages: tuple[Message, ...]) -> Request:
        return Request("probe", messages, options=_QUESTION_OPTIONS, max_tokens=1)

    def _post(self, body: dict[str, Any], path: str = "chat/completions") -> httpx.Response:
        return _send_with_retries(self.endpoint, lambda: self.endpoint.post(path, body), self.dialect.words)

    def _why(self, response: httpx.Response) -> str:
        content, request = response.content, Request("probe", _QUESTION)
        came = self.dialect.read(response.status_code, response.headers, content, request, "write")
        where = self.dialect.words.url
        return f"the server at {where} does not take a plain chat completion: {came.detail}"


_QUESTION_OPTIONS = ("A", "B")


def _list_served(endpoint: Endpoint, words: ServerErrors) -> dict[str, str]:
    """Return the models that a server lists, each with `` at ROOT`` or an empty text; empty if none."""
    response = _send_with_retries(endpoint, lambda: endpoint.get("models"), words)
    content, status = response.content, response.status_code
    data = json_object(content)
    if status in {401, 403}:
        raise MindError(words.not_allowed(status, read_problem(data, content)))
    listed = (data or {}).get("data")
    if status != 200 or not isinstance(listed, list):
        return {}
    found = [entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    return {entry["id"]: read_root(entry) for entry in found}


def _send_with_retries(endpoint: Endpoint, send: Any, words: ServerErrors) -> httpx.Response:
    """Send a request; repeat it after a wait on errors that may pass, such as an overloaded server.

    With its retries and waits, a request takes no longer than the budget of time of a request allows.
    """
    policy, begun = endpoint.retry_policy, time.monotonic()
    for attempt in range(policy.retries + 1):
        try:
            response: httpx.Response = send()
        except httpx.ConnectError as error:
            raise MindError(words.unreachable(str(error))) from None
        except (httpx.TransportError, TimeoutError) as error:
            problem, asked = str(error) or f"no reply within {policy.timeout:g} s", 0.0
        else:
            told = read_problem(json_object(response.content), response.content)
            if response.status_code not in AGAIN or is_refusal(response.status_code, told):
                return response
            problem = words.quote(response.status_code, told)
            asked = parse_retry_after(response.headers.get("retry-after"))
        wait = policy.wait(attempt, 0, asked)
        if attempt == policy.retries or time.monotonic() - begun + wait >= policy.budget:
            break
        time.sleep(wait)
    raise MindError(f"the server at {words.url} cannot be opened: {words.clean(problem)}")
