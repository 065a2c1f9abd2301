"""What odd servers send, as data: faults of transport and content, each with the status it ends in.

`coevolve_sim.testing.check_hostile_server` tries them all.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any, Literal

from coevolve_sim.minds.protocol import Status
from coevolve_sim.testing.fake_server import KEEP_OPEN, RAW, Answer, completion

SAID = "I am for it."


@dataclass(frozen=True)
class ServerFault:
    """What a server sends to one request, and how that request must end.

    Attributes
    ----------
    name : str
        What is odd, as a sentence without its subject.
    answer : Answer
        What it sends.
    status : str
        The one status in which the request ends; where ``answered``, with the text `SAID`.
    asks : str
        What is asked: a message, or an item with options.
    """

    name: str
    answer: Answer
    status: Status
    asks: Literal["message", "item"] = "message"


def _raw(*parts: bytes | float | str) -> Answer:
    return Answer(RAW, parts)


def _head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "content-type: application/json", *lines, "", ""]).encode()


_GOOD = json.dumps(completion(SAID, model="small")).encode()
_SIZED = f"content-length: {len(_GOOD)}"
_CHUNKED, _GZIP = "transfer-encoding: chunked", "content-encoding: gzip"
_LONG = 3600.0
_BOMB = gzip.compress(bytes(4 * 2**20), mtime=0)
_PACKED = gzip.compress(_GOOD, mtime=0)

TRANSPORT_FAULTS: tuple[ServerFault, ...] = (
    ServerFault("closes without a word", _raw(), "given up"),
    ServerFault("says nothing and hangs", _raw(_LONG), "given up"),
    ServerFault("closes in its first line", _raw(b"HTTP/1.1 20"), "given up"),
    ServerFault("hangs in its headers", _raw(b"HTTP/1.1 200 OK\r\ncontent-", _LONG), "given up"),
    ServerFault("closes in its body", _raw(_head(_SIZED), _GOOD[:40]), "given up"),
    ServerFault("hangs in its body", _raw(_head(_SIZED), _GOOD[:40], _LONG), "given up"),
    ServerFault(
        "announces a longer body than it sends", _raw(_head("content-length: 999"), _GOOD), "given up"
    ),
    ServerFault(
        "announces a shorter body than it sends",
        _raw(_head("content-length: 40"), _GOOD, KEEP_OPEN),
        "given up",
    ),
    ServerFault(
        "drips a byte at a time",
        _raw(_head(_SIZED), *(part for b in _GOOD for part in (b"%c" % b, 0.1))),
        "given up",
    ),
    ServerFault("answers without a head, as HTTP/0.9 did", _raw(SAID.encode()), "given up"),
    ServerFault("sends noise", _raw(bytes(range(256)) * 4), "given up"),
    ServerFault("answers as TLS does", _raw(b"\x15\x03\x01\x00\x02\x02\x46"), "given up"),
    ServerFault("ends before the last chunk", _raw(_head(_CHUNKED), b"28\r\n" + _GOOD[:40]), "given up"),
    ServerFault("sends a chunk without a size", _raw(_head(_CHUNKED), b"zz\r\n" + _GOOD), "given up"),
    ServerFault("names two lengths", _raw(_head(_SIZED, "content-length: 7"), _GOOD), "given up"),
    ServerFault("announces a terabyte", _raw(_head("content-length: 1099511627776"), _GOOD), "invalid"),
    ServerFault("sends without an end", _raw(_head(), *(bytes(2**19),) * 64), "invalid"),
    ServerFault("calls gzip what is none", _raw(_head(_SIZED, _GZIP), _GOOD), "given up"),
    ServerFault("cuts gzip off", _raw(_head(_GZIP), _PACKED[:-20]), "given up"),
    ServerFault("sends little gzip that becomes much", _raw(_head(_GZIP), _BOMB), "invalid"),
    ServerFault("compresses as nobody asked", _raw(_head("content-encoding: br"), _GOOD), "given up"),
    ServerFault("sends headers without an end", _raw(_head(*["x: " + "y" * 1000] * 300), _GOOD), "given up"),
    ServerFault(
        "sends rubbish behind its answer", _raw(_head(_SIZED), _GOOD + b"\0rub", KEEP_OPEN), "answered"
    ),
    ServerFault(
        "sends hints before its answer",
        _raw(_head(status="103 Early Hints"), _head(status="102 Processing"), _head(_SIZED), _GOOD),
        "answered",
    ),
    ServerFault(
        "sends to another address",
        _raw(_head("location: http://127.0.0.1:9/v1/", "content-length: 0", status="307 Moved")),
        "invalid",
    ),
)
"""25 faults below HTTP, of HTTP and of its encodings."""


def _body(**parts: Any) -> Answer:
    return Answer(200, completion(SAID, model="small") | parts)


def _choice(**parts: Any) -> dict[str, Any]:
    found: dict[str, Any] = {**completion(SAID)["choices"][0], **parts}
    return found


def _says(content: Any, finish: Any = "stop", **message: Any) -> Answer:
    said = {"role": "assistant", "content": content, **message}
    return _body(choices=[_choice(message=said, finish_reason=finish)])


def _scores(logprob: str, named: str = '"A"', copies: int = 1) -> Answer:
    """Return an answer with log-probabilities, as texts of JSON."""
    entry = f'{{"token": {named}, "logprob": {logprob}}}'
    told = f'{{"token": "B", "logprob": -2.0, "top_logprobs": [{", ".join([entry] * copies)}]}}'
    text = json.dumps(completion("A", logprobs="told")).replace('"told"', f'{{"content": [{told}]}}')
    return Answer(200, text.encode())


_TEXT = json.dumps(completion(SAID, model="small"))
_OTHER = _choice(index=1, message={"role": "assistant", "content": "I am against it."})

CONTENT_FAULTS: tuple[ServerFault, ...] = (
    ServerFault("sends an empty body", Answer(200, b""), "given up"),
    ServerFault(
        "sends a page of HTML", Answer(200, b"<html>502</html>", {"content-type": "text/html"}), "given up"
    ),
    ServerFault("cuts its JSON off", Answer(200, _TEXT[:-30].encode()), "given up"),
    ServerFault("sends rubbish behind its JSON", Answer(200, f"{_TEXT} x".encode()), "given up"),
    ServerFault("streams events", Answer(200, f"data: {_TEXT}\n\ndata: [DONE]\n\n".encode()), "given up"),
    ServerFault("sends a list", Answer(200, f"[{_TEXT}]".encode()), "given up"),
    ServerFault("nests its JSON without an end", Answer(200, b"[" * 100_000), "given up"),
    ServerFault(
        "names its choices twice", Answer(200, _TEXT.replace("{", '{"choices": [], ', 1).encode()), "given up"
    ),
    ServerFault("sends UTF-16", Answer(200, _TEXT.encode("utf-16")), "given up"),
    ServerFault(
        "sends bytes that are no text", Answer(200, _TEXT.encode().replace(b"for", b"\xff")), "given up"
    ),
    ServerFault(
        "sends a number of 5,000 digits", Answer(200, f'{{"id": {"9" * 5000}}}'.encode()), "given up"
    ),
    ServerFault("sends no choices", Answer(200, {"model": "small"}), "given up"),
    ServerFault("sends no choice", _body(choices=[]), "given up"),
    ServerFault("sends choices that are a text", _body(choices=SAID), "given up"),
    ServerFault("sends a choice without a message", _body(choices=[{"index": 0, "delta": {}}]), "given up"),
    ServerFault("sends another choice only", _body(choices=[_OTHER]), "invalid"),
    ServerFault("sends two first choices", _body(choices=[_choice(), _choice()]), "invalid"),
    ServerFault("sends its choices in another order", _body(choices=[_OTHER, _choice()]), "answered"),
    ServerFault(
        "sends a thousand choices", _body(choices=[_choice(index=n) for n in range(1000)]), "invalid"
    ),
    ServerFault("says nothing", _says(None), "invalid"),
    ServerFault("says a number", _says(7), "invalid"),
    ServerFault("says an object", _says({"text": SAID}), "invalid"),
    ServerFault("says a picture", _says([{"type": "image_url", "image_url": {}}]), "invalid"),
    ServerFault(
        "says its text in parts",
        _says([{"type": "text", "text": t} for t in ("I am ", "for it.")]),
        "answered",
    ),
    ServerFault("is cut off in parts by a filter", _says([], "content_filter"), "refused"),
    ServerFault("says far more than it was asked for", _says("no " * 300_000), "invalid"),
    ServerFault(
        "says half a character", Answer(200, _TEXT.replace(SAID, rf"\ud800{SAID}").encode()), "answered"
    ),
    ServerFault("ends for reasons in a list", _says(SAID, ["stop"]), "invalid"),
    ServerFault("refuses by a number", _says(SAID, refusal=1), "invalid"),
    ServerFault("calls its model a list", _body(model=["small"]), "answered"),
    ServerFault("calls its model half a character", _body(model="small \udfff"), "answered"),
    ServerFault(
        "has a fingerprint of 100,000 characters", _body(system_fingerprint="f" * 100_000), "answered"
    ),
    ServerFault(
        "counts 10**30 tokens", _body(usage={"prompt_tokens": 10**30, "completion_tokens": -1}), "answered"
    ),
    ServerFault("counts its tokens in a list", _body(usage=[1, 2]), "answered"),
    ServerFault("sends an error in a list", Answer(200, {"error": [{"code": {}}]}), "given up"),
    ServerFault(
        "sends an error beside its choices", _body(error={"message": "busy", "code": 503}), "given up"
    ),
    ServerFault(
        "wants to be asked again in nan seconds", Answer(429, {}, {"retry-after": "nan"}), "given up"
    ),
    ServerFault("is certain of what is no number", _scores("NaN"), "invalid", "item"),
    ServerFault("is more than certain", _scores("3.5"), "invalid", "item"),
    ServerFault("is certain by a number of 400 digits", _scores("1" + "0" * 400), "invalid", "item"),
    ServerFault("is certain in words", _scores('"-0.5"'), "invalid", "item"),
    ServerFault("calls a token a number", _scores("-0.5", named="65"), "invalid", "item"),
    ServerFault("lists 5,000 tokens", _scores("-9.5", copies=5000), "invalid", "item"),
)
"""43 faults of what HTTP carries: JSON, its fields, their types, sizes and order."""
