"""The codec for OpenAI-compatible servers: encodes requests as JSON bodies and decodes responses.

Pure functions of requests and responses; nothing here sends. A request has one of three forms: ``write``
(free text), ``score`` (one token, with log-probabilities, among which the options' are looked up) and
``choose`` (text constrained to the options). A response is decoded as a `Reply` or as `Retry` (how to try
again); an error that every other request would meet, too, is raised as a `MindError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from coevolve_sim.errors import MindError
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
from coevolve_sim.minds.openai.server_errors import ServerErrors, read_problem
from coevolve_sim.minds.option_mass import spelled_option, sum_spellings
from coevolve_sim.minds.protocol import Message, Reply, Request

Form = Literal["write", "score", "choose"]
Choice = Literal["structured_outputs", "response_format", "none"]

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses after which the same request may succeed."""
TOO_MUCH = frozenset({429, 503, 504, 529})
"""Those among them by which a server says that it is overloaded."""


@dataclass(frozen=True)
class Capabilities:
    """What a server was found to support when it was opened.

    Attributes
    ----------
    top_logprobs : int
        Number of likeliest tokens that it returns with their log-probabilities; 0 if none.
    token_scores : bool
        Whether it returns the log-probabilities of tokens given by number, however unlikely, and can
        tokenize.
    choice : str
        How it takes a constraint to a few answers: ``structured_outputs`` (vLLM), ``response_format``
        (a JSON schema) or ``none``: then only the prompt asks for one of them.
    counts_tokens : bool
        Whether it can tokenize a conversation.
    limit : str
        Its name for the limit on tokens written.
    """

    top_logprobs: int = 0
    token_scores: bool = False
    choice: Choice = "none"
    counts_tokens: bool = False
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    @property
    def form_for_options(self) -> Form:
        """The form in which requests with options are sent first."""
        return "score" if self.top_logprobs else "choose"


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
    """

    detail: str
    seconds: float = 0.0
    too_much: bool = False
    form: Form | None = None
    unreachable: bool = False


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
        What the server supports.
    tokens : mapping of str to frozenset of int
        By option: the tokens that spell it, where the server scores tokens by number.
    """

    words: ServerErrors
    models: Mapping[str, str]
    capabilities: Capabilities = Capabilities()
    tokens: dict[str, frozenset[int]] = field(default_factory=dict)

    def choose_form(self, request: Request) -> Form:
        """Return the form in which a request is sent first."""
        return self.capabilities.form_for_options if request.options else "write"

    def build_body(self, request: Request, form: Form) -> dict[str, Any]:
        """Return the JSON body of a chat completion."""
        model = self.models[request.voice]
        limit, temperature = request.max_tokens, request.temperature
        if form != "write":
            limit, temperature = (1 if form == "score" else _count_room(request.options)), 0.0
        body: dict[str, Any] = {
            "model": model,
            "messages": encode_messages(request.messages),
            self.capabilities.limit: limit,
            "temperature": temperature,
            "seed": request.seed,
        }
        if form == "score":
            body |= self._ask_scores(request.options)
        elif form == "choose":
            body |= constraint(self.capabilities.choice, request.options)
        return body

    def read(
        self, status: int, headers: Mapping[str, str], content: bytes, request: Request, form: Form
    ) -> Reply | Retry:
        """Decode a response as a reply or a retry.

        Raises
        ------
        MindError
            If the server refuses the key or account, or does not serve the model.
        """
        data = json_object(content)
        if status == 200 and data is not None and data.get("error"):
            status = _find_status(data)
        if status != 200:
            return self._read_refusal(status, headers, data, content, request)
        if data is None:
            return Retry(self.words.not_a_completion(content))
        try:
            choice = find_choice(data)
            if choice is None:
                return Retry(self.words.not_a_completion(content))
            if form == "score":
                return self._read_scores(data, choice, request)
            return _read_written(data, choice, request, form, self.capabilities.choice)
        except WrongField as wrong:
            return _reply("invalid", data, detail=f"the server sent a chat completion {wrong}")

    def read_lost_connection(self, error: httpx.TransportError) -> Retry:
        """Return the retry for a connection that failed or was lost."""
        said = self.words.clean(str(error)) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            return Retry(f"no connection in time ({said})", too_much=True)
        if isinstance(error, httpx.ConnectError):
            return Retry(f"no connection ({said})", unreachable=True)
        return Retry(f"the connection was lost ({said})")

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
            return Retry(detail, parse_retry_after(headers.get("retry-after")), status in TOO_MUCH)
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
        return _reply("answered", data, text=text, logprobs=found)


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
        return _reply("refused", data, text=refusal, detail="the model refuses")
    if ended == "content_filter":
        return _reply("refused", data, text=text or "", detail="the server's content filter cut it off")
    if text is None:
        return _reply("invalid", data, detail=f"the reply has no text (it ended by '{ended or 'nothing'}')")
    if form == "choose":
        return _read_choice(data, text, request.options, how)
    return _reply("truncated" if ended == "length" else "answered", data, text=text)


def _read_choice(data: dict[str, Any], text: str, options: Sequence[str], how: Choice) -> Reply:
    option = match_option(text, options, how)
    if option is not None:
        return _reply("answered", data, text=option)
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    detail = f"{shown!r} is none of the options {', '.join(options)}"
    return _reply("invalid", data, text=text, detail=detail)


def _reply(status: Any, data: Mapping[str, Any], **parts: Any) -> Reply:
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
