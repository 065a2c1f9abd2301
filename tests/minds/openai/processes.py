"""Fake servers in processes of their own: they can be slow, hang, and be killed, as real ones are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx

from coevolve_sim.testing import fake_server
from tests import ROOT
from tests.minds.openai.opening import AT_OPENING

_CODE = """
import asyncio, importlib.util, json, sys, zlib
found = importlib.util.spec_from_file_location("fake_server", {file!r})
fake_server = sys.modules["fake_server"] = importlib.util.module_from_spec(found)
found.loader.exec_module(fake_server)  # by its file: the package takes seconds to import
HANG, Answer, FakeServer = fake_server.HANG, fake_server.Answer, fake_server.FakeServer

server = FakeServer(models=("local-model",), fingerprint=None, root="/weights/")
delay, hangs_after, fails_after, asked = {delay}, {hangs_after}, {fails_after}, 0

def answer(body):
    global asked
    last = body["messages"][-1]["content"]
    if any(text in last for text in {opening!r}) or "structured_outputs" in body or "response_format" in body:
        server.says, server.letters = "I am for it.", dict(fake_server.LOGPROBS)
        return None
    asked += 1
    if hangs_after and asked > hangs_after:
        return Answer(HANG)
    if fails_after and asked > fails_after:
        return Answer(500, {{"error": {{"message": "out of memory"}}}})
    server.letters = dict(zip("ABC", letters_of(json.dumps(body, sort_keys=True))))
    server.says = f"I stand at {{zlib.crc32(json.dumps(body, sort_keys=True).encode()) % 101}}."
    return server.usual(body)

def letters_of(text):
    drawn = zlib.crc32(text.encode()) % 1000 / 1000
    from math import log
    return log(0.05 + 0.85 * drawn), log(0.05 + 0.85 * (1 - drawn)), log(0.01)

exchange = server._exchange
async def later(reader, writer):
    await asyncio.sleep(delay)
    return await exchange(reader, writer)

usual = server.handle
def handle(method, path, headers, content):
    if path == "/asked":
        return Answer(200, {{"asked": asked, "completions": server.completions}})
    return usual(method, path, headers, content)

server.handle, server._exchange = handle, later
server.follow(answer)

async def live():
    listening = await asyncio.start_server(server._connection, "127.0.0.1", {port})
    print(f"at {{listening.sockets[0].getsockname()[1]}}", flush=True)
    await listening.serve_forever()

asyncio.run(live())
"""


@dataclass
class ServerProcess:
    """A server that can be asked how often it was, and be killed."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def completions(self) -> int:
        """How many completions it was asked for, by its own log."""
        return int(httpx.get(f"{self.url}/asked", trust_env=False, timeout=30).json()["completions"])

    def kill(self) -> None:
        """Kill it, as a machine that fails."""
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_server(
    *, delay: float = 0.0, hangs_after: int = 0, fails_after: int = 0, port: int = 0
) -> ServerProcess:
    """Start a server whose replies depend on what it is asked, all of it, and on nothing else."""
    code = _CODE.format(
        file=fake_server.__file__,
        opening=AT_OPENING,
        delay=delay,
        hangs_after=hangs_after,
        fails_after=fails_after,
        port=port,
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    found = re.match(r"at (\d+)", process.stdout.readline() if process.stdout else "")
    if found is None:
        raise RuntimeError("the fake server did not start")
    return ServerProcess(process, int(found[1]))


@contextmanager
def servers(*settings: dict[str, float]) -> Iterator[Sequence[ServerProcess]]:
    """Start a server for each mapping of settings; end them all."""
    with ExitStack() as stack:
        started = []
        for each in settings:
            started.append(start_server(**each))  # type: ignore[arg-type]
            stack.callback(started[-1].kill)
        yield started
