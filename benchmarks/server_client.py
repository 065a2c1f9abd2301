"""Our client of served models beside a bare one: tokens a second at 256 requests in flight.

The bare client is asyncio and httpx and nothing else: no retries, no adaptive concurrency, no accounts, no
hand-over to another thread; 256 connections are of one such client, or of as many clients. All send the same
requests to the same server, in turns. Run it with the url and name of a served model, or with neither, for a
server that answers as fast as a socket allows::

    python benchmarks/server_client.py [URL MODEL] [--requests 2000] [--repeats 7]

With ``--two`` one mind behind two servers, each of which takes a fixed time for every reply, in processes of
their own, is compared with two bare clients, one at each server: 512 requests in flight in all::

    python benchmarks/server_client.py --two [--delay 2.0] [--requests 2048] [--repeats 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, nullcontext
from dataclasses import dataclass

import httpx
from measuring import Timing, of, table

from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.loop_thread import LoopThread
from coevolve_sim.minds.openai.replicas import ReplicatedMind

IN_FLIGHT = 256
COLUMNS = ["server", "requests", "client", "tokens a second", "ours is of that"]
TOKENS = 18
WORDS = "I am for it, since people who tell the truth can be relied upon by others."


def requests_of(count: int) -> list[Request]:
    """Return requests as a society of that many humans would send."""
    return [
        Request(
            "speak",
            (
                Message("system", f"You are number {i}. " * 20),
                Message("user", "Where do you stand, and why?"),
            ),
            max_tokens=24,
            temperature=1.0,
            seed=i,
        )
        for i in range(count)
    ]


async def bare(
    url: str, model: str, requests: list[Request], clients: int, in_flight: int = IN_FLIGHT
) -> tuple[int, float]:
    """Return the tokens that bare clients are sent back, and the seconds it took."""
    waiting, tokens = iter(requests), 0
    verify = httpx.create_ssl_context()
    each = in_flight // clients
    limits = httpx.Limits(max_connections=each, max_keepalive_connections=each)

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal tokens
        for request in waiting:
            body = {
                "model": model,
                "messages": [{"role": m.role, "content": m.content} for m in request.messages],
                "max_tokens": request.max_tokens,
                "temperature": request.temperature,
                "seed": request.seed,
            }
            response = await client.post("/v1/chat/completions", json=body)
            response.raise_for_status()
            tokens += response.json()["usage"]["completion_tokens"]

    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, limits=limits, timeout=600, trust_env=False, verify=verify)
            )
            for _ in range(clients)
        ]
        began = time.perf_counter()
        await asyncio.gather(*(work(opened[i % clients]) for i in range(in_flight)))
        return tokens, time.perf_counter() - began


def ours(url: str, model: str, requests: list[Request]) -> tuple[int, float]:
    """Return the tokens that our client is sent back, and the seconds it took, opening left out."""
    with ServerMind(url, model, concurrency=IN_FLIGHT) as mind:
        began = time.perf_counter()
        tokens = sum(reply.tokens_out for _, reply in mind.ask(requests))
        return tokens, time.perf_counter() - began


@dataclass(frozen=True)
class Client:
    """A client, its tokens a second, and how many times as many ours has, by the ratios of each turn."""

    name: str
    speed: float
    ratio: Timing

    def cells(self) -> list[str]:
        """Return it as cells of a table."""
        ratio = "" if self.name == "ours" else f"{self.ratio.median:.2f} ±{100 * self.ratio.spread:.0f}"
        return [self.name, f"{self.speed:,.0f}", ratio]


def compared(url: str, model: str, count: int, repeats: int) -> list[Client]:
    """Return each client, measured in turns with the others; the first turn is not counted."""
    requests = requests_of(count)
    clients: dict[str, Callable[[], tuple[int, float]]] = {
        "one bare client": lambda: asyncio.run(bare(url, model, requests, 1)),
        "a bare client a connection": lambda: asyncio.run(bare(url, model, requests, IN_FLIGHT)),
        "ours": lambda: ours(url, model, requests),
    }
    speeds: dict[str, list[float]] = {name: [] for name in clients}
    for repeat in range(repeats + 1):
        for name in list(clients)[:: 1 if repeat % 2 else -1]:
            tokens, seconds = clients[name]()
            speeds[name].append(tokens / seconds)
    return [
        Client(
            name,
            of(found[1:]).median,
            of([mine / other for mine, other in zip(speeds["ours"], found, strict=True)][1:]),
        )
        for name, found in speeds.items()
    ]


async def bare_at_each(urls: list[str], model: str, requests: list[Request]) -> tuple[int, float]:
    """Return the tokens and seconds of a bare client at each server, which share the requests in halves."""
    shares = [requests[at :: len(urls)] for at in range(len(urls))]
    began = time.perf_counter()
    done = await asyncio.gather(
        *(bare(url, model, share, IN_FLIGHT) for url, share in zip(urls, shares, strict=True))
    )
    return sum(tokens for tokens, _ in done), time.perf_counter() - began


def open_both(urls: list[str], model: str) -> ReplicatedMind:
    """Return one mind behind all servers."""

    def open_server(url: str, thread: LoopThread) -> ServerMind:
        return ServerMind(url, model, concurrency=IN_FLIGHT, thread=thread)

    return ReplicatedMind(open_server, urls)


def asked(mind: ReplicatedMind, requests: list[Request]) -> tuple[int, float]:
    """Return the tokens that a mind is sent back, and the seconds it took."""
    began = time.perf_counter()
    tokens = sum(reply.tokens_out for _, reply in mind.ask(requests))
    return tokens, time.perf_counter() - began


def two_servers(count: int, repeats: int, delay: float) -> list[str]:
    """Return lines that say how fast one mind behind two servers is, of the sum of two bare clients."""
    requests, ratios, speeds = requests_of(count), [], []
    with fast_server(delay) as one, fast_server(delay) as other:
        urls = [one, other]
        mind = open_both(urls, "fast")
        for repeat in range(repeats + 1):
            found = {}
            for name in ("bare", "ours")[:: 1 if repeat % 2 else -1]:
                tokens, seconds = (
                    asyncio.run(bare_at_each(urls, "fast", requests))
                    if name == "bare"
                    else asked(mind, requests)
                )
                found[name] = tokens / seconds
            ratios.append(found["ours"] / found["bare"])
            speeds.append(found["bare"])
        mind.close()
    ratios, speeds = ratios[1:], speeds[1:]
    bound = 2 * IN_FLIGHT / delay if delay else float("inf")
    found = (
        f"{2 * IN_FLIGHT} in flight at two servers that take {delay:g} s a reply, {count:,} requests, "
        f"{repeats} turns after one that is not counted: ours has {statistics.median(ratios):.3f} of the sum "
        f"of two bare clients (least {min(ratios):.3f}, most {max(ratios):.3f})."
    )
    beside = (
        f"The bare ones: {statistics.median(speeds) / TOKENS:,.0f} requests a second; the servers could "
        f"answer {bound:,.0f}. Load average {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores."
    )
    return [found, beside]


def both_servers(requests: int, repeats: int) -> dict[str, tuple[int, list[Client]]]:
    """Return how many requests and which clients, at a server that costs nothing and at ``coevolve serve``.

    The latter computes a model, so it is asked half of the requests.
    """
    found = {}
    with fast_server() as url:
        found["answers at once"] = (requests, compared(url, "fast", requests, repeats))
    with own_server() as url:
        found["`coevolve serve`"] = (requests // 2, compared(url, "embedded", requests // 2, repeats))
    return found


class _Fast(asyncio.Protocol):
    """Answers every request with the same words, at once or after a fixed time."""

    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            size = next(
                (int(h.split(b":")[1]) for h in head.split(b"\r\n") if h[:15].lower() == b"content-length:"),
                0,
            )
            if len(rest) < size:
                return
            self.buffer = rest[size:]
            if head.startswith(b"GET") or not self.delay:
                self.transport.write(_MODELS if head.startswith(b"GET") else _ANSWER)
            else:
                asyncio.get_running_loop().call_later(self.delay, self.transport.write, _ANSWER)


def _response(body: object) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(content),
        content,
    )


_MODELS = _response({"data": [{"id": "fast"}]})
_ANSWER = _response(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "fast",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": WORDS}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 130, "completion_tokens": TOKENS, "total_tokens": 148},
    }
)


async def _serve(delay: float) -> None:
    _Fast.delay = delay
    server = await asyncio.get_running_loop().create_server(_Fast, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def fast_server(delay: float = 0.0) -> Iterator[str]:
    """Serve from a process of its own, each reply after a fixed time; yield the url."""
    with _started([sys.executable, __file__, "--serve", "--delay", str(delay)]) as said:
        yield f"http://127.0.0.1:{next(said).strip()}"


@contextmanager
def own_server() -> Iterator[str]:
    """Serve the package's own model by ``coevolve serve``; yield the url."""
    with _started([sys.executable, "-u", "-m", "coevolve_sim", "serve", "embedded", "--port", "0"]) as said:
        for line in said:
            if found := re.search(r"at (http://\S+)/v1 as ", line):
                yield found[1]
                return
    raise SystemExit("coevolve serve did not start")


@contextmanager
def _started(command: list[str]) -> Iterator[Iterator[str]]:
    """Run a server until this ends; yield the lines that it says."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield iter(process.stdout)  # type: ignore[arg-type]
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", nargs="*", metavar="URL MODEL")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--two", action="store_true", help="one mind behind two servers that take their time")
    parser.add_argument("--delay", type=float, default=2.0, help="seconds that these take for a reply")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(given.delay))
        return
    if given.two:
        print("\n".join(two_servers(given.requests, given.repeats, given.delay)))
        return
    with nullcontext(given.server[0]) if given.server else fast_server() as url:
        model = given.server[1] if given.server else "fast"
        clients = compared(url, model, given.requests, given.repeats)
    print(table(COLUMNS[2:], [client.cells() for client in clients]))


if __name__ == "__main__":
    main()
