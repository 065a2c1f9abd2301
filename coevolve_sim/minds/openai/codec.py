"""The codec for OpenAI-compatible servers: encodes requests as JSON bodies and decodes responses.

Functions of requests and responses; nothing here sends. A request has one of four forms: ``write``
(free text), ``score`` (one token, with log-probabilities, among which the options' are looked up), ``choose``
(text constrained to the options) and ``echo`` (a whole text, scored; see `whole_texts`). A response is
decoded as a `Reply` or as `Retry` (how to try again); an error that every other request would meet, too, is
raised as a `MindError`. A part that a server refuses is not sent from then on (`adapting`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.openai.adapting import COLD, adapt, is_refusal
from coevolve_sim.minds.openai.dialect import Capabilities, Choice, Form
from coevolve_sim.minds.openai.fields import (
    WrongField,
    find_choice,
    read_count,
    read_finish,
    read_logprobs,
    read_name,
    read_text,
)
from coevolve_sim.minds.openai.retry import parse_retry_after
from coevolve_sim.minds.openai.server_errors import ServerErrors, ServerProblem, read_problem
from coevolve_sim.minds.option_mass import spelled_option, sum_spellings
from coevolve_sim.minds.protocol import Message, Reply, Request
from coevolve_sim.minds.turns import fold_system, merge_turns

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses after which the same request may succeed."""
TOO_MUCH = frozenset({429, 503, 504, 529})
"""Those among them by which a server says that it is overloaded."""
CONTINUED = {"add_generation_prompt": False, "continue_final_message": True}
"""The fields by which vLLM is told to continue the last message."""


@dataclass(frozen=True)
class Retry:
    """A failed attempt that may be repeated: later, or at once in another form.

    Attributes
    ----------
    detail : str
        What went wrong.
    seconds : float
        Seconds that the server asks to wait.
    too_much : bool
        Whether the server is overloaded.
    form : str or None
        The form to ask in at once instead; such an attempt does not count as a retry.
    unreachable : bool
        Whether no connection could be made.
    at_once : bool
        Whether to ask in the same form at once, without the part that the server refused.
    timed_out : bool
        Whether nothing came in all the time that an attempt has.
    is_busy : bool
        Whether the server says that it answers others meanwhile (HTTP 429).
    """

    detail: str
    seconds: float = 0.0
    too_much: bool = False
    form: Form | None = None
    unreachable: bool = False
    at_once: bool = False
    timed_out: bool = False
    is_busy: bool = False


@dataclass
class Codec:
    """Encodes requests for one server and decodes its responses.

    Attributes
    ----------
    words : ServerErrors
        Error texts for the server.
    models : mapping of str to str
        The served model behind each voice; the empty voice is the mind's own.
    capabilities : Capabilities
        What the server supports; replaced where it refuses something.
    tokens : mapping of str to frozenset of int
        By option: the tokens that spell it, where the server scores tokens by number.
    extra : mapping
        Keys that every chat completion has besides, as they are.
    notes : list of str
        What a user should know of how it is asked.
    """

    words: ServerErrors
    models: Mapping[str, str]
    capabilities: Capabilities = field(default_factory=Capabilities)
    tokens: dict[str, frozenset[int]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def choose_form(self, request: Request) -> Form:
        """Return the form in which a request is sent first."""
        if request.is_whole_text:
            return "echo"
        return self.capabilities.form_for_options if request.options else "write"

    def build_body(self, request: Request, form: Form) -> dict[str, Any]:
        """Return the JSON body of a chat completion."""
        limit, temperature = request.max_tokens, request.temperature
        if form != "write":
            limit, temperature = (1 if form in {"score", "echo"} else _count_room(request.options)), 0.0
        body = self.build_plain(
            self.models[request.voice], request.messages, limit, temperature, request.seed
        )
        if form == "score":
            body |= self._ask_scores(request.options)
        elif form == "choose":
            body |= constraint(self.capabilities.choice, request.options)
        return body

    def build_plain(
        self, model: str, messages: Sequence[Message], limit: int, temperature: float, seed: int
    ) -> dict[str, Any]:
        """Return the JSON body of a chat completion without options, with the parameters that are taken."""
        known = self.capabilities
        body: dict[str, Any] = {"model": model, **self.encode(messages), known.limit: limit}
        if "temperature" not in known.left_out and not (temperature == 0.0 and COLD in known.left_out):
            body["temperature"] = temperature
        if "seed" not in known.left_out:
            body[known.seed] = seed
        return body | dict(self.extra)

    def encode(self, messages: Sequence[Message]) -> dict[str, Any]:
        """Encode a conversation as the server takes it; a turn that is begun is marked as one to continue."""
        known = self.capabilities
        told = fold_system(messages) if known.folds_system else tuple(messages)
        turns: list[dict[str, Any]] = [*encode_messages(merge_turns(told) if known.alternates else told)]
        if not (messages and messages[-1].role == "assistant"):
            return {"messages": turns}
        if known.continues == "prefix":
            turns[-1]["prefix"] = True
        return {"messages": turns, **(CONTINUED if known.continues == "fields" else {})}

    def read(
        self,
        status: int,
        headers: Mapping[str, str],
        content: bytes,
        request: Request,
        form: Form,
        body: Mapping[str, Any] | None = None,
    ) -> Reply | Retry:
        """Decode a response as a reply or a retry; ``body`` is what was sent, where it may be adapted.

        Raises
        ------
        MindError
            If the server refuses the key or account, or does not serve the model.
        """
        data = json_object(content)
        if status == 200 and data is not None and data.get("error"):
            status = _find_status(data)
        if status != 200:
            again = self.adapt_to(status, read_problem(data, content), body or {})
            return again or self._read_refusal(status, headers, data, content, request)
        if data is None:
            return Retry(self.words.not_a_completion(content))
        try:
            choice = find_choice(data)
            if choice is None:
                return Retry(self.words.not_a_completion(content))
            if form == "score":
                return self._read_scores(data, choice, request)
            reply = _read_written(data, choice, request, form, self.capabilities.choice)
            return self._drop_beginning(reply, request) if form == "write" and request.begun else reply
        except WrongField as wrong:
            return build_reply("invalid", data, detail=f"the server sent a chat completion {wrong}")

    def read_lost_connection(self, error: httpx.TransportError) -> Retry:
        """Return the retry for a connection that failed or was lost."""
        said = self.words.clean(str(error)) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            return Retry(f"no connection in time ({said})", too_much=True)
        if isinstance(error, httpx.ConnectError):
            return Retry(f"no connection ({said})", unreachable=True)
        return Retry(f"the connection was lost ({said})")

    def adapt_to(self, status: int, problem: ServerProblem, body: Mapping[str, Any]) -> Retry | None:
        """Change what is sent from now on, if the server refuses a part of a body; return how to ask again.

        None if it does not say what it refuses. Of several requests in flight the first changes it.
        """
        if not body or not is_refusal(status, problem):
            return None
        found = adapt(self.capabilities, problem, body)
        if found is None:
            return None
        if found[0] != self.capabilities:
            self.capabilities = found[0]
            self.note(f"{found[1]} ({self.words.quote(status, problem)})")
        if "logprobs" in body and "logprobs" in self.capabilities.left_out:
            return Retry(self.words.quote(status, problem), form="choose")
        return Retry(self.words.quote(status, problem), at_once=True)

    def note(self, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def _drop_beginning(self, reply: Reply, request: Request) -> Reply:
        """Return a reply without what began it, where the server repeats that."""
        if not self.capabilities.repeats_beginning or reply.status not in {"answered", "truncated"}:
            return reply
        if reply.text.startswith(request.begun):
            return replace(reply, text=reply.text[len(request.begun) :])
        detail = "the server repeats what begins a reply, and this reply does not begin so"
        return replace(reply, status="invalid", detail=detail)

    def _ask_scores(self, options: Sequence[str]) -> dict[str, Any]:
        asked: dict[str, Any] = {"logprobs": True, "top_logprobs": self.capabilities.top_logprobs}
        if self._scores_tokens(options):
            wanted = sorted(frozenset().union(*(self.tokens[option] for option in options)))
            asked |= {"logprob_token_ids": wanted, "return_tokens_as_token_ids": True}
        return asked

    def _scores_tokens(self, options: Sequence[str]) -> bool:
        return self.capabilities.token_scores and all(option in self.tokens for option in options)

    def _read_refusal(
        self,
        status: int,
        headers: Mapping[str, str],
        data: dict[str, Any] | None,
        content: bytes,
        request: Request,
    ) -> Reply | Retry:
        problem = read_problem(data, content)
        if status in {401, 403} or problem.is_about_the_account:
            raise MindError(self.words.not_allowed(status, problem))
        if status in {404, 405}:
            raise MindError(self.words.not_served(self.models[request.voice], problem))
        if 300 <= status < 400 and headers.get("location"):
            return Reply("invalid", detail=self.words.moved(status, headers["location"]))
        if status in AGAIN:
            detail = self.words.quote(status, problem)
            seconds = parse_retry_after(headers.get("retry-after"))
            return Retry(detail, seconds, status in TOO_MUCH, is_busy=status == 429)
        if problem.is_a_filter:
            return Reply("refused", detail=self.words.quote(status, problem))
        detail = self.words.clean(problem.about_length) or self.words.quote(status, problem)
        return Reply("invalid", detail=detail)

    def _read_scores(self, data: dict[str, Any], choice: dict[str, Any], request: Request) -> Reply | Retry:
        told = read_logprobs(choice)
        if told is None:
            return Retry("the server left out the log-probabilities it was asked for", form="choose")
        options = request.options
        if self._scores_tokens(options):
            names = [{f"token_id:{n}" for n in self.tokens[option]} for option in options]
            spelled = [[p for token, p in told if token in own] for own in names]
        else:
            spelled = [[p for t, p in told if spelled_option(t) == option.strip()] for option in options]
        found = sum_spellings(spelled)
        if max(found) == -math.inf:
            return Retry("no option is among the likeliest tokens", form="choose")
        text = options[found.index(max(found))]
        return build_reply("answered", data, text=text, logprobs=found)


def constraint(choice: Choice, options: Sequence[str]) -> dict[str, Any]:
    """Return the keys of a body that constrain the reply to one of the options."""
    if choice == "structured_outputs":
        return {"structured_outputs": {"choice": list(options)}}
    if choice == "none":
        return {}
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": list(options)}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
        }
    }


def match_option(text: str, options: Sequence[str], choice: Choice) -> str | None:
    """Return the option that a text equals, apart from white space around it; None if it is none of them.

    Examples
    --------
    >>> match_option(" A", ("A", "B"), "none"), match_option("Answer: A", ("A", "B"), "none")
    ('A', None)
    >>> match_option('{"answer": "B"}', ("A", "B"), "response_format")
    'B'
    """
    answer: object = text
    if choice == "response_format":
        found = json_object(text.encode("utf-8", "replace"))
        answer = text if found is None else found.get("answer")
    if not isinstance(answer, str):
        return None
    return next((option for option in options if answer.strip() == option.strip()), None)


def json_object(content: bytes) -> dict[str, Any] | None:
    """Parse bytes as a JSON object in UTF-8 in which no name stands twice; None if they are not one."""
    try:
        data = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_build_object)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def first_choice(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the choice of index 0; None if the response does not have the shape of a completion."""
    try:
        return find_choice(data or {})
    except WrongField:
        return None


def read_fingerprint(data: Mapping[str, Any]) -> str:
    """Return the model that answered, by a completion: its name and, if given, its fingerprint."""
    parts = (read_name(data.get("model")), read_name(data.get("system_fingerprint")))
    return " ".join(part for part in parts if part)


def encode_messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Encode messages for a JSON body."""
    return [{"role": message.role, "content": message.content} for message in messages]


def _read_written(
    data: dict[str, Any], choice: dict[str, Any], request: Request, form: Form, how: Choice
) -> Reply:
    most = request.max_tokens if form == "write" else _count_room(request.options)
    message, ended = choice["message"], read_finish(choice)
    text, refusal = read_text(message, "content", most), read_text(message, "refusal", most)
    if refusal:
        return build_reply("refused", data, text=refusal, detail="the model refuses")
    if ended == "content_filter":
        return build_reply("refused", data, text=text or "", detail="the server's content filter cut it off")
    if text is None:
        return build_reply(
            "invalid", data, detail=f"the reply has no text (it ended by '{ended or 'nothing'}')"
        )
    if form == "choose":
        return _read_choice(data, text, request.options, how)
    return build_reply("truncated" if ended == "length" else "answered", data, text=text)


def _read_choice(data: dict[str, Any], text: str, options: Sequence[str], how: Choice) -> Reply:
    option = match_option(text, options, how)
    if option is not None:
        return build_reply("answered", data, text=option)
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    detail = f"{shown!r} is none of the options {', '.join(options)}"
    return build_reply("invalid", data, text=text, detail=detail)


def build_reply(status: Any, data: Mapping[str, Any], **parts: Any) -> Reply:
    """Return a reply with what a response says of tokens and model."""
    usage = data.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Reply(
        status,
        tokens_in=read_count(counts.get("prompt_tokens")),
        tokens_out=read_count(counts.get("completion_tokens")),
        model=read_fingerprint(data),
        **parts,
    )


def _count_room(options: Sequence[str]) -> int:
    """Return a number of tokens that suffices for any of the options, also inside a JSON object."""
    return 16 + 2 * max(len(option.encode()) for option in options)


def _find_status(data: Mapping[str, Any]) -> int:
    """Return the status inside the error of a response that was sent with HTTP status 200; 500 if none."""
    error = data["error"]
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500
