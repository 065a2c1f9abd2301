"""An OpenAI-compatible server for tests: one handler, behind a mock transport or a real socket.

Its model says ``I am for it.``, prefers A to B to C by their log-probabilities, and counts a token a word.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

LOGPROBS = {"A": math.log(0.5), "B": math.log(0.3), "C": math.log(0.1)}
"""Bare and with a blank before it, each letter has half of it."""
TOKENS = {"A": 65, " A": 165, "B": 66, " B": 166, "C": 67, " C": 167}
HANG, DROP, RAW = "hang", "drop", "raw"
KEEP_OPEN = "keep open"
"""Behind the bytes of a RAW answer: the connection is kept for the next request."""


@dataclass
class Answer:
    """What goes back: a status, headers and a body; or HANG, DROP or RAW in place of a status.

    The body of a RAW answer is a sequence: bytes to send as they are, seconds to wait in between. Then the
    connection is closed, unless `KEEP_OPEN` stands last. It needs a socket (`FakeServer.listening`).
    """

    status: int | str = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body as bytes: JSON of what is not bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def completion(text: str | None, finish: str = "stop", model: str = "small", **parts: Any) -> dict[str, Any]:
    """Return the body of a chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish, **parts}
    usage = {"prompt_tokens": 7, "completion_tokens": len((text or "").split())}
    return {"object": "chat.completion", "model": model, "choices": [choice], "usage": usage}


@dataclass
class FakeServer:
    """What the server serves, knows and does.

    Attributes
    ----------
    says : str
        The usual text of a reply.
    letters : dict of str to float
        Log-probability of each letter, half of it bare and half with a blank before it.
    root : str
        What the list of models names as the place of weights, before a model's name.
    script : function
        Takes the body of a chat completion and returns an Answer, or None for the usual one.
    seen : list
        Every body asked since the script was set.
    completions : int
        How many chat completions it was asked for since it began: its own log.
    """

    models: tuple[str, ...] = ("small", "old")
    key: str = ""
    logprobs: int = 20
    token_scores: bool = False
    choice: str = "structured_outputs"
    tokenizes: bool = False
    limit: str = "max_tokens"
    fingerprint: str | None = "fp1"
    says: str = "I am for it."
    letters: dict[str, float] = field(default_factory=lambda: dict(LOGPROBS))
    root: str = "/weights/"
    lists_models: bool = True
    script: Callable[[dict[str, Any]], Answer | None] = lambda _body: None
    seen: list[dict[str, Any]] = field(default_factory=list)
    completions: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def follow(self, script: Callable[[dict[str, Any]], Answer | None]) -> None:
        """Do as a script says from now on, and forget what was seen."""
        self.script, self.seen, self.most_in_flight = script, [], 0

    def handle(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Answer:
        """Return what goes back to a request, whichever way it came."""
        self.headers.append(headers)
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return Answer(401, {"error": {"message": f"wrong key: {headers.get('authorization')}"}})
        if (method, path) == ("GET", "/v1/models"):
            listed = [{"id": name, "root": f"{self.root}{name}"} for name in self.models]
            return (
                Answer(200, {"data": listed}) if self.lists_models else Answer(404, {"detail": "Not Found"})
            )
        body = json.loads(content) if content else {}
        if path == "/tokenize" and self.tokenizes:
            return Answer(200, self._tokenized(body))
        if path != "/v1/chat/completions":
            return Answer(404, {"detail": "Not Found"})
        self.seen.append(body)
        self.completions += 1
        return self.script(body) or self.usual(body)

    def usual(self, body: dict[str, Any]) -> Answer:
        """Return what a server says whom no script tells otherwise."""
        if body["model"] not in self.models:
            return Answer(404, {"error": {"message": "no such model", "code": "model_not_found"}})
        if self.limit not in body:
            message = f"Unsupported parameter. Use '{self.limit}' instead."
            return Answer(400, {"error": {"message": message}})
        text, parts = self.says, {}
        if body.get("logprobs"):
            if body["top_logprobs"] > self.logprobs > 0:
                return Answer(400, {"error": {"message": f"at most {self.logprobs} top_logprobs"}})
            text, parts = "A", ({"logprobs": self._logprobs(body)} if self.logprobs else {})
        text = self._constrained(body) or text
        words = text.split(" ")
        kept = words if text[0] == "{" else words[: body[self.limit]]
        finish = "length" if len(kept) < len(words) or body.get("logprobs") else "stop"
        done = completion(" ".join(kept), finish, body["model"], **parts)
        return Answer(200, {**done, "system_fingerprint": self.fingerprint})

    def _constrained(self, body: dict[str, Any]) -> str | None:
        answer: str
        if self.choice == "structured_outputs" and "structured_outputs" in body:
            answer = body["structured_outputs"]["choice"][0]
            return answer
        if self.choice == "response_format" and "response_format" in body:
            schema = body["response_format"]["json_schema"]["schema"]
            return json.dumps({"answer": schema["properties"]["answer"]["enum"][0]})
        return None

    def _logprobs(self, body: dict[str, Any]) -> dict[str, Any]:
        each = {token: self.letters[token.strip()] + math.log(0.5) for token in TOKENS}
        told = sorted(each, key=each.__getitem__, reverse=True)[: body["top_logprobs"]]
        if self.token_scores and "logprob_token_ids" in body:
            told = [token for token in each if TOKENS[token] in body["logprob_token_ids"]]
        named = body.get("return_tokens_as_token_ids")
        top = [{"token": f"token_id:{TOKENS[t]}" if named else t, "logprob": each[t]} for t in told]
        return {"content": [{**top[0], "top_logprobs": top}]}

    def _tokenized(self, body: dict[str, Any]) -> dict[str, Any]:
        if "messages" in body:
            words = [word for message in body["messages"] for word in message["content"].split()]
            return {"count": len(words), "tokens": list(range(len(words)))}
        text = body["prompt"]
        tokens = [TOKENS[text]] if text in TOKENS else [ord(sign) for sign in text]
        return {"count": len(tokens), "tokens": tokens}

    def transport(self) -> httpx.MockTransport:
        """Return a transport that asks the handler, without a socket."""

        async def answer(request: httpx.Request) -> httpx.Response:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                await asyncio.sleep(0)
                path, headers = request.url.path, dict(request.headers)
                came = self.handle(request.method, path, headers, await request.aread())
                if came.status == HANG:
                    await asyncio.sleep(3600)
                if came.status == DROP:
                    raise httpx.RemoteProtocolError("server disconnected", request=request)
                return httpx.Response(int(came.status), headers=came.headers, content=came.content)
            finally:
                self.in_flight -= 1

        return httpx.MockTransport(answer)

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Listen on a port of this machine; yield the url."""
        loop = asyncio.new_event_loop()
        started: list[asyncio.Server] = []
        ready = threading.Event()

        async def start() -> None:
            started.append(await asyncio.start_server(self._connection, "127.0.0.1", 0))
            ready.set()

        def live() -> None:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(start())
            loop.run_forever()
            started[0].close()
            rest = asyncio.all_tasks(loop)
            for task in rest:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
            loop.close()

        thread = threading.Thread(target=live)
        thread.start()
        if not ready.wait(10):
            raise RuntimeError("the fake server did not begin to listen in 10 s")
        try:
            yield f"http://127.0.0.1:{started[0].sockets[0].getsockname()[1]}"
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except asyncio.CancelledError:  # the server stops; asyncio would report it as an error
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (h.partition(":") for h in head[1:] if h)
        }
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        came = self.handle(method, path, headers, content)
        if came.status == HANG:
            await asyncio.sleep(3600)
        if came.status == DROP:
            return False
        if came.status == RAW:
            return await _send_raw(writer, came.body)
        lines = [f"HTTP/1.1 {came.status} x", f"content-length: {len(came.content)}"]
        lines += [f"{name}: {value}" for name, value in came.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + came.content)
        await writer.drain()
        return True


async def _send_raw(writer: asyncio.StreamWriter, parts: Sequence[bytes | float | str]) -> bool:
    """Send what is given as it is; return whether the connection stays open."""
    for part in parts:
        if isinstance(part, bytes):
            writer.write(part)
            await writer.drain()
        elif isinstance(part, float):
            await asyncio.sleep(part)
    return bool(parts) and parts[-1] == KEEP_OPEN


def partition(replies: list[Any]) -> Counter[str]:
    """Return how many replies have which status."""
    return Counter(reply.status for _, reply in replies)
