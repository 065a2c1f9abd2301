"""The service of ``coevolve serve``: OpenAI's chat and text completions over any mind."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coevolve_sim.minds.chat_templates import cut_at
from coevolve_sim.minds.local.generation import GeneratedText, GenerationRequest
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.option_mass import problem_of_logprob, sum_by_text
from coevolve_sim.minds.protocol import Message, Mind, Reply, Request
from coevolve_sim.minds.serve.batches import Batches, Continuation
from coevolve_sim.minds.serve.bodies import (
    TURNS,
    ReplyOptions,
    RequestRefused,
    format_usage,
    read_chat,
    read_flag,
    read_text,
)
from coevolve_sim.streams import stream, stream_seed

_NEVER = -9999.0
"""Stands for the logarithm of 0, since JSON has no infinity."""

Told = tuple[float, list[tuple[int, float]]]


@dataclass
class Service:
    """A mind as a service, with totals of its requests and tokens.

    Attributes
    ----------
    mind : Mind
        The mind that answers.
    name : str
        The model name of the mind's own voice; other voices have their own names.
    batches : Batches
        The thread that asks it.
    seed : int
        Seeds of requests that give none are derived from it.
    """

    mind: Mind
    name: str
    batches: Batches
    seed: int = 0
    totals: dict[str, int] = field(
        default_factory=lambda: {"requests": 0, "prompt_tokens": 0, "completion_tokens": 0}
    )

    def models(self) -> dict[str, Any]:
        """Return the list of models, in OpenAI's format."""
        names = [self.name, *self.mind.voices]
        entries = [
            {
                "id": name,
                "object": "model",
                "created": 0,
                "owned_by": "coevolve-sim",
                "root": self._root(name),
            }
            for name in names
        ]
        return {"object": "list", "data": entries}

    def _root(self, name: str) -> str:
        voice = self.voice_of(name)
        return self.mind.model_of(voice) if isinstance(self.mind, LocalMind) else self.mind.identity

    def voice_of(self, name: str) -> str:
        """Return the voice behind a model's name.

        Raises
        ------
        RequestRefused
            If there is none of that name.
        """
        if name == self.name:
            return ""
        if name not in self.mind.voices:
            known = ", ".join([self.name, *self.mind.voices])
            message = f"there is no model {name}; there are: {known}"
            raise RequestRefused(message, "model", 404, "model_not_found")
        return name

    def local(self, what: str) -> LocalMind:
        """Return the mind, and require that it is a language model in this process.

        Raises
        ------
        RequestRefused
            If it is not.
        """
        if not isinstance(self.mind, LocalMind):
            raise RequestRefused(f"{what} needs a language model in this process; this mind is none", what)
        return self.mind

    def count(self, tokens_in: int, tokens_out: int) -> dict[str, int]:
        """Add a response to the totals; return its usage."""
        self.totals["requests"] += 1
        self.totals["prompt_tokens"] += tokens_in
        self.totals["completion_tokens"] += tokens_out
        return format_usage(tokens_in, tokens_out)

    def fill_seed(self, wanted: ReplyOptions) -> ReplyOptions:
        """Return options with a seed: the request's own, or one derived from the request's number."""
        if wanted.seed is not None:
            return wanted
        number = self.totals["requests"]
        return replace(wanted, seed=stream_seed(self.seed, "request without a seed", number) % 2**31)

    async def chat(self, body: Any) -> dict[str, Any]:
        """Answer a request for a chat completion."""
        messages, wanted = read_chat(body)
        voice, wanted = self.voice_of(wanted.model), self.fill_seed(wanted)
        answer = (
            self._choose
            if wanted.choices
            else self._write_with_logprobs
            if wanted.top is not None
            else self._write
        )
        answers = await asyncio.gather(*(answer(messages, voice, wanted, draw) for draw in range(wanted.n)))
        choices = [
            {
                "index": number,
                "message": {"role": "assistant", "content": found.text, "refusal": found.refusal},
                "finish_reason": found.ended,
                "logprobs": None if found.told is None else {"content": found.told, "refusal": None},
            }
            for number, found in enumerate(answers)
        ]
        return self._response("chat.completion", wanted.model, answers, choices)

    def _response(
        self, kind: str, model: str, answers: Sequence[_Answer], choices: list[dict[str, Any]]
    ) -> dict[str, Any]:
        tokens_in = sum(found.tokens_in for found in answers if found.is_first)
        counted = self.count(tokens_in, sum(found.tokens_out for found in answers))
        return {
            "id": f"coevolve-{self.totals['requests']}",
            "object": kind,
            "created": 0,
            "model": model,
            "system_fingerprint": answers[0].fingerprint.removeprefix(self.name).strip(),
            "choices": choices,
            "usage": counted,
        }

    async def _write(
        self, messages: tuple[Message, ...], voice: str, wanted: ReplyOptions, draw: int
    ) -> _Answer:
        request = _build_chat_request(messages, voice, wanted, draw)
        reply = _require_served(await self.batches.reply(request))
        if reply.status == "refused":
            return _Answer(None, "stop", reply, draw == 0, refusal=reply.text or reply.detail or "refused")
        text, stopped = cut_at(reply.text, wanted.stop)
        ended = "length" if reply.status == "truncated" and not stopped else "stop"
        return _Answer(text, ended, reply, draw == 0)

    async def _choose(
        self, messages: tuple[Message, ...], voice: str, wanted: ReplyOptions, draw: int
    ) -> _Answer:
        request = replace(_build_chat_request(messages, voice, wanted, draw), options=wanted.choices)
        reply = _require_served(await self.batches.reply(request))
        text, told = reply.text, None
        if reply.logprobs is not None:
            text = _draw_choice(wanted, reply.logprobs, draw)
            if wanted.top is not None:
                listed = [_entry(*pair) for pair in zip(wanted.choices, reply.logprobs, strict=True)]
                taken = listed[wanted.choices.index(text)]
                likely = sorted(listed, key=lambda entry: -entry["logprob"])[: wanted.top]
                told = [{**taken, "top_logprobs": likely}]
        return _Answer(text, "stop", reply, draw == 0, told)

    async def _write_with_logprobs(
        self, messages: tuple[Message, ...], voice: str, wanted: ReplyOptions, draw: int
    ) -> _Answer:
        mind = self.local("logprobs")
        job = mind.prepare(_build_chat_request(messages, voice, wanted, draw))
        if not isinstance(job, GenerationRequest):
            raise (
                _convert_fault(job)
                if isinstance(job, Reply)
                else RequestRefused("nothing is to be written", "messages")
            )
        _check_tokens(wanted.also, mind, "logprob_token_ids")
        job = replace(job, top=wanted.top, also=wanted.also)
        written, _ = await self.batches.generate(Continuation(voice, job))
        answer = self._build_answer(mind, voice, job, written, wanted, messages[-1].role == "assistant")
        done = written or GeneratedText()
        answer.told = [
            {
                **_token(mind, token, logprob, wanted.as_numbers),
                "top_logprobs": [_token(mind, *pair, wanted.as_numbers) for pair in top],
            }
            for token, logprob, top in zip(done.tokens, done.logprobs, done.tops, strict=True)
        ]
        return answer

    def _build_answer(
        self,
        mind: LocalMind,
        voice: str,
        job: GenerationRequest,
        written: GeneratedText | None,
        wanted: ReplyOptions,
        is_begun: bool = False,
    ) -> _Answer:
        if written is None:
            raise RequestRefused("memory ran out on this prompt alone", None, 503)
        text, stopped = cut_at(mind.text_of(job, written.tokens, is_begun=is_begun), wanted.stop)
        ended = "stop" if written.has_ended or stopped else "length"
        counts = (len(job.prompt), len(written.tokens))
        return _Answer(
            text, ended, Reply("answered", text, None, *counts, mind.model_of(voice)), job.draw == 0
        )

    async def text(self, body: Any) -> dict[str, Any]:
        """Answer a request for a text completion of one or several prompts."""
        prompts, wanted = read_text(body)
        mind, voice, wanted = self.local("prompt"), self.voice_of(wanted.model), self.fill_seed(wanted)
        jobs = [
            _build_text_request(mind, prompt, wanted, draw) for prompt in prompts for draw in range(wanted.n)
        ]
        reads = wanted.echo and wanted.top is not None
        done = await asyncio.gather(*(self.batches.generate(Continuation(voice, job, reads)) for job in jobs))
        answers, choices = [], []
        for number, (job, (written, read)) in enumerate(zip(jobs, done, strict=True)):
            found = self._build_answer(mind, voice, job, written, wanted)
            text = (mind.prompting.tokenizer.decode(list(job.prompt)) if wanted.echo else "") + (
                found.text or ""
            )
            told = (
                None
                if wanted.top is None or written is None
                else _list_logprobs(mind, job, written, read, wanted)
            )
            answers.append(found)
            choices.append({"index": number, "text": text, "finish_reason": found.ended, "logprobs": told})
        return self._response("text_completion", wanted.model, answers, choices)

    async def tokenize(self, body: Any) -> dict[str, Any]:
        """Return the tokens of a conversation or a text, as vLLM's route of that name does."""
        mind = self.local("tokenize")
        body = body if isinstance(body, dict) else {}
        if "messages" in body:
            turns = {key: body[key] for key in TURNS if key in body}
            messages, _ = read_chat(
                {"model": body.get("model", self.name), "messages": body["messages"], **turns}
            )
            tokens = mind.prompting.encode(mind.prompting.render(messages))
        elif isinstance(body.get("prompt"), str):
            special = read_flag(body, "add_special_tokens", usual=True)
            tokens = tuple(mind.prompting.tokenizer.encode(body["prompt"], add_special_tokens=special))
        else:
            raise RequestRefused("give messages or a prompt", "prompt")
        return {"count": len(tokens), "max_model_len": mind.max_length, "tokens": list(tokens)}


@dataclass
class _Answer:
    """One choice of a response."""

    text: str | None
    ended: str
    reply: Reply
    is_first: bool
    told: list[dict[str, Any]] | None = None
    refusal: str | None = None

    @property
    def tokens_in(self) -> int:
        return self.reply.tokens_in

    @property
    def tokens_out(self) -> int:
        return self.reply.tokens_out

    @property
    def fingerprint(self) -> str:
        return self.reply.model


def _build_chat_request(
    messages: tuple[Message, ...], voice: str, wanted: ReplyOptions, draw: int
) -> Request:
    return Request(
        "serve",
        messages,
        max_tokens=wanted.max_tokens,
        temperature=wanted.temperature,
        seed=wanted.seed or 0,
        voice=voice,
        draw=draw,
    )


def _require_served(reply: Reply) -> Reply:
    """Return a reply that can be served; raise the error for any other."""
    if reply.status in {"invalid", "given up"}:
        raise _convert_fault(reply)
    return reply


def _convert_fault(reply: Reply) -> RequestRefused:
    """Return the error for a reply without an answer: the request's (400) or this machine's (503)."""
    if reply.status == "given up":
        return RequestRefused(reply.detail or "given up", None, 503)
    code = "context_length_exceeded" if "the prompt has" in reply.detail else None
    return RequestRefused(reply.detail or "the request is invalid", "messages", 400, code)


def _draw_choice(wanted: ReplyOptions, logprobs: Sequence[float], draw: int) -> str:
    """Return the likeliest choice at temperature 0, else one drawn by probability among the choices."""
    best = max(logprobs)
    if wanted.temperature == 0.0 or best == -math.inf:
        return wanted.choices[logprobs.index(best)]
    weights = [math.exp((value - best) / wanted.temperature) for value in logprobs]
    left = stream(wanted.seed or 0, "choice", draw).random() * math.fsum(weights)
    for choice, weight in zip(wanted.choices, weights, strict=True):
        left -= weight
        if left < 0.0:
            return choice
    return wanted.choices[logprobs.index(best)]


def _entry(text: str, logprob: float) -> dict[str, Any]:
    _require_logprobs([logprob])
    told = logprob if math.isfinite(logprob) else _NEVER
    return {"token": text, "logprob": told, "bytes": list(text.encode())}


def _require_logprobs(values: Sequence[float]) -> None:
    """Refuse a request to which the model computed something that is no log-probability."""
    problem = next(filter(None, map(problem_of_logprob, values)), "")
    if problem:
        raise RequestRefused(f"the model computed that {problem}", None, 422)


def _token(mind: LocalMind, token: int, logprob: float, as_number: bool) -> dict[str, Any]:
    text = mind.prompting.tokenizer.decode([token])
    return {**_entry(text, logprob), **({"token": f"token_id:{token}"} if as_number else {})}


def _check_tokens(tokens: Sequence[int], mind: LocalMind, key: str) -> None:
    wrong = [token for token in tokens if token >= mind.vocabulary]
    if wrong:
        raise RequestRefused(f"{key}: there is no token {wrong[0]}; there are {mind.vocabulary:,}", key)


def _build_text_request(
    mind: LocalMind, prompt: str | tuple[int, ...], wanted: ReplyOptions, draw: int
) -> GenerationRequest:
    tokens = tuple(mind.prompting.tokenizer.encode(prompt)) if isinstance(prompt, str) else prompt
    _check_tokens(tokens, mind, "prompt")
    most = wanted.max_tokens
    if mind.max_length is not None:
        if len(tokens) + min(most, 1) > mind.max_length:
            message = (
                f"the prompt has {len(tokens):,} tokens, the model takes {mind.max_length:,} with the reply"
            )
            raise RequestRefused(message, "prompt", 400, "context_length_exceeded")
        most = min(most, mind.max_length - len(tokens))
    return GenerationRequest(tokens, most, wanted.temperature, wanted.seed or 0, draw, wanted.top)


def _list_logprobs(
    mind: LocalMind,
    job: GenerationRequest,
    written: GeneratedText,
    read: Sequence[Told],
    wanted: ReplyOptions,
) -> dict[str, Any]:
    """Return log-probabilities in the format of text completions: one list for each kind."""
    tokens, told = list(written.tokens), list(zip(written.logprobs, written.tops, strict=True))
    values: list[float | None] = [value for value, _ in told]
    tops: list[list[tuple[int, float]] | None] = [top for _, top in told]
    if wanted.echo:
        tokens = [*job.prompt, *tokens]
        values = [None, *(value for value, _ in read), *values]
        tops = [None, *(top for _, top in read), *tops]
    names = [mind.prompting.tokenizer.decode([token]) for token in tokens]
    offsets = [sum(map(len, names[:place])) for place in range(len(names))]
    _require_logprobs([value for value in values if value is not None])
    likely = [
        None
        if top is None
        else sum_by_text([(mind.prompting.tokenizer.decode([token]), value) for token, value in top])
        for top in tops
    ]
    return {"tokens": names, "token_logprobs": values, "top_logprobs": likely, "text_offset": offsets}
