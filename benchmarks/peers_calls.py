"""What a person's round takes beside others: calls and tokens, counted by one fake server for all.

Each peer's own code runs in an environment of its own, named on the command line by its Python; what is not
named, or cannot be run, is said. The server answers with a sentence, with the tool that is to be called, or
with the first of the choices named in the prompt, so that what is counted is what a framework asks at the
least: no call that fails, none that a model asks for besides. Tokens are estimated alike for all: one for
four bytes of messages and of tools' descriptions, and of what is answered::

    python -m venv .venv-concordia && .venv-concordia/bin/pip install gdm-concordia
    python benchmarks/peers_calls.py concordia=.venv-concordia/bin/python oasis=... mesa-llm=...
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HUMANS, ROUNDS = 6, 3
WORDS = "I am for it, since people who tell the truth can be relied upon by others."
NAMES = ("Alma", "Bela", "Cyra", "Dino", "Enzo", "Faye")
TOPIC = "Should people always tell the truth?"
PACKAGES = {
    "concordia": "gdm-concordia",
    "oasis": "camel-oasis",
    "mesa-llm": "Mesa-LLM",
    "agentsociety": "agentsociety2",
}
PATIENCE = 420
"""Seconds that a peer's run may take."""

OURS = """
name: peers
rounds: {rounds}
value_space: {{name: village, dimensions: [truth]}}
network: {{family: complete}}
population: {{humans: {humans}}}
minds: [{{kind: server, url: {url}, model: fake, cache: false}}]
channel: {{kind: language, prompts: v2, unfit: unmeasured, bias_map: false,
  max_tokens: 60, reader: {{kind: {reader}}}}}
"""


@dataclass
class Counts:
    """What the server was asked since it was last told to begin."""

    chats: int = 0
    embeddings: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    gate: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, tokens_in: int, tokens_out: int) -> None:
        """Count a chat completion."""
        with self.gate:
            self.chats += 1
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out

    def begin(self) -> None:
        """Forget what was counted: a set-up is over."""
        with self.gate:
            self.chats = self.embeddings = self.tokens_in = self.tokens_out = 0


def tokens_of(data: Any) -> int:
    """Return the tokens of a text, or of data as JSON: one for four bytes."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return -(-len(text.encode()) // 4)


def answer_chat(body: dict[str, Any]) -> dict[str, Any]:
    """Return the message and finish reason by which a chat completion is answered."""
    messages = body["messages"]
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or ()}
    if tools and body.get("tool_choice") != "none" and (name := choose_tool(tools, messages)):
        told = json.dumps(fill(tools[name].get("parameters", {})))
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": told}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        return {"message": message, "finish_reason": "tool_calls", "words": name + told}
    text = write(str(messages[-1]["content"]), json.dumps(messages))
    return {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", "words": text}


def choose_tool(tools: dict[str, Any], messages: list[dict[str, Any]]) -> str:
    """Return the tool to call: one that says something, once; then the one that ends a step, if any."""
    has_acted = any(message["role"] == "tool" for message in messages)
    if "finish" in tools and (has_acted or "ask_env" not in tools):
        return "finish"
    wanted = ("ask_env", "speak_to", "create_comment", "create_post")
    return next((name for name in wanted if name in tools), "" if has_acted else next(iter(tools)))


def fill(schema: dict[str, Any]) -> dict[str, Any]:
    """Return arguments for what a tool requires."""
    known = schema.get("properties", {})
    return {name: _value(known.get(name, {})) for name in schema.get("required", ())}


def _value(kind: dict[str, Any]) -> Any:
    if kind.get("enum"):
        return kind["enum"][0]
    return {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}.get(
        kind.get("type", ""), WORDS
    )


def write(prompt: str, conversation: str) -> str:
    """Return a sentence, or the first of the texts to one of which an answer is limited."""
    if found := re.search(r"EXACTLY with one of the following strings:\n(.+)", prompt, re.DOTALL):
        choices = found[1].rstrip(".").splitlines()
        labels = dict(re.findall(r"\((\w)\) (.+)", prompt[-400:]))
        wanted = "Yes" if "formatted correctly" in prompt[-400:] else "No"  # the story is not over yet
        return next((one for one in choices if labels.get(one, one) == wanted), choices[0])
    if "action spec format" in prompt[-600:]:
        return f"prompt: What does {NAMES[0]} say?;;type: free"
    if "```" in prompt and "python" in prompt.lower():
        return "```python\nresults['status'] = 'success'\n```"
    number = zlib.crc32(conversation.encode()) % 997  # texts differ, so that none is asked once for all
    return f"{WORDS} I have said so {number} times."


@contextmanager
def counting_server() -> Iterator[tuple[str, Counts]]:
    """Serve on this machine; yield the url and the counts."""
    counts = Counts()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.endswith("/begin"):
                counts.begin()
            self._send({"data": [{"id": "fake", "object": "model"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            if self.path.endswith("/embeddings"):
                self._send(self._embed(body))
            elif self.path.endswith("/chat/completions"):
                self._send(self._chat(body))
            else:
                self._send({"error": {"message": "not here"}}, 404)

        def _embed(self, body: dict[str, Any]) -> dict[str, Any]:
            texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
            counts.embeddings += len(texts)
            vectors = [{"object": "embedding", "index": i, "embedding": [0.1] * 8} for i in range(len(texts))]
            return {
                "object": "list",
                "model": "fake",
                "data": vectors,
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
            }

        def _chat(self, body: dict[str, Any]) -> dict[str, Any]:
            told = [{"role": m["role"], "content": m.get("content")} for m in body["messages"]]
            tokens_in = tokens_of("".join(str(m["content"] or "") for m in told))
            tokens_in += tokens_of(body["tools"]) if body.get("tools") else 0
            done = answer_chat(body)
            choice = {"index": 0, "message": done["message"], "finish_reason": done["finish_reason"]}
            words = done["words"]
            if body.get("logprobs"):
                top = [
                    {"token": t, "logprob": v}
                    for t, v in (("A", -0.6), ("B", -1.2), (" A", -2.0), ("for", -0.9))
                ]
                choice["logprobs"] = {
                    "content": [{**top[0], "top_logprobs": top[: body.get("top_logprobs", 0)]}]
                }
                choice["message"], words = {"role": "assistant", "content": "A"}, "A"
            counts.add(tokens_in=tokens_in, tokens_out=tokens_of(words))
            usage = {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_of(words),
                "total_tokens": tokens_in,
            }
            return {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": "fake",
                "choices": [choice],
                "usage": usage,
            }

        def _send(self, data: dict[str, Any], status: int = 200) -> None:
            content = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", counts
    finally:
        server.shutdown()
        server.server_close()


# --- what runs in a peer's own environment --------------------------------------------------------


def begin(url: str) -> None:
    """Tell the server that a set-up is over."""
    with urlopen(f"{url}/begin", timeout=30) as response:  # noqa: S310 - the server of this file
        response.read()


def run_concordia(url: str) -> None:
    """Run basic entities and the generic game master; in a step one entity acts, and all observe."""
    import numpy as np
    from concordia.environment.engines import sequential
    from concordia.language_model import gpt_model
    from concordia.prefabs.entity import basic
    from concordia.prefabs.game_master import generic as generic_master
    from concordia.prefabs.simulation import generic
    from concordia.typing import prefab

    people = [
        prefab.InstanceConfig(prefab="person", role=prefab.Role.ENTITY, params={"name": name, "goal": TOPIC})
        for name in NAMES[:HUMANS]
    ]
    params = {"name": "rules", "acting_order": "fixed"}
    master = prefab.InstanceConfig(prefab="master", role=prefab.Role.GAME_MASTER, params=params)
    config = prefab.Config(
        default_premise=TOPIC,
        default_max_steps=ROUNDS * HUMANS,
        prefabs={"person": basic.Entity(), "master": generic_master.GameMaster()},
        instances=[*people, master],
    )
    model = gpt_model.GptLanguageModel("fake", api_key="none")
    simulation = generic.Simulation(config, model, lambda _text: np.ones(8), sequential.Sequential())
    begin(url)
    done = len(simulation.play(return_html_log=False))
    if done != ROUNDS * HUMANS:
        raise SystemExit(f"it made {done} steps in place of {ROUNDS * HUMANS}")


def run_oasis(url: str) -> None:
    """Run agents on its Reddit platform, each of which acts by its model in a step."""
    Path("log").mkdir(exist_ok=True)
    import oasis
    from camel.models import ModelFactory
    from camel.types import ModelPlatformType
    from camel.utils import BaseTokenCounter

    class Counter(BaseTokenCounter):
        """Its own counter loads a table from the network."""

        def count_tokens_from_messages(self, messages: list[Any]) -> int:
            return tokens_of(str(messages))

        def encode(self, text: str) -> list[int]:
            return list(text.encode())

        def decode(self, token_ids: list[int]) -> str:
            return bytes(token_ids).decode()

    model = ModelFactory.create(
        ModelPlatformType.OPENAI_COMPATIBLE_MODEL, "fake", url=url, api_key="none", token_counter=Counter()
    )

    async def live() -> None:
        graph = oasis.AgentGraph()
        for at, name in enumerate(NAMES[:HUMANS]):
            profile = {
                "other_info": {
                    "user_profile": "A villager.",
                    "gender": "f",
                    "age": 30,
                    "mbti": "INTJ",
                    "country": "X",
                }
            }
            about = oasis.UserInfo(
                user_name=name, name=name, description="A villager.", profile=profile, recsys_type="reddit"
            )
            graph.add_agent(oasis.SocialAgent(at, about, agent_graph=graph, model=model))
        env = oasis.make(
            agent_graph=graph, platform=oasis.DefaultPlatformType.REDDIT, database_path="oasis.db"
        )
        await env.reset()
        first = env.agent_graph.get_agent(0)
        await env.step({first: oasis.ManualAction(oasis.ActionType.CREATE_POST, {"content": TOPIC})})
        begin(url)
        for _ in range(ROUNDS):
            await env.step({agent: oasis.LLMAction() for _, agent in env.agent_graph.get_agents()})
        await env.close()

    asyncio.run(live())


def run_mesa_llm(url: str) -> None:
    """Run agents that plan by a chain of thought and act by a tool; they see each other."""
    os.environ["OPENAI_BASE_URL"] = url
    from mesa import Model
    from mesa.discrete_space import OrthogonalMooreGrid
    from mesa_llm.llm_agent import LLMAgent
    from mesa_llm.reasoning.cot import CoTReasoning

    class Villager(LLMAgent):
        def step(self) -> None:
            plan = self.reasoning.plan(obs=self.generate_obs())
            self.apply_plan(plan)

    class Village(Model):
        def __init__(self) -> None:
            super().__init__(seed=1)
            self.grid = OrthogonalMooreGrid((6, 6), random=self.random)
            for at in range(HUMANS):
                settings = {
                    "llm_model": "openai/gpt-4o-mini",
                    "system_prompt": "You are a villager.",
                    "vision": -1,
                }
                villager = Villager(self, CoTReasoning, step_prompt=f"Say what you hold: {TOPIC}", **settings)
                villager.cell = self.grid[(at, 0)]
                villager.pos = (at, 0)

        def step(self) -> None:
            self.agents.do("step")

    village = Village()
    begin(url)
    for _ in range(ROUNDS):
        village.step()


def run_agentsociety(url: str) -> None:
    """Run persons of AgentSociety 2 in its simple social space, by its router that writes code."""
    for kind in ("", "_CODER", "_NANO", "_EMBEDDING"):
        os.environ[f"AGENTSOCIETY{kind}_LLM_API_KEY"] = "none"
        os.environ[f"AGENTSOCIETY{kind}_LLM_API_BASE"] = url
        os.environ[f"AGENTSOCIETY{kind}_LLM_MODEL"] = "openai/fake"
    from datetime import datetime

    from agentsociety2.contrib.env import SimpleSocialSpace
    from agentsociety2.env import CodeGenRouter
    from agentsociety2.society import AgentSociety

    people = [
        {"id": at, "profile": {"name": name}, "config": {}} for at, name in enumerate(NAMES[:HUMANS], 1)
    ]
    names = [(one["id"], one["profile"]["name"]) for one in people]

    async def live() -> None:
        router = CodeGenRouter(env_modules=[SimpleSocialSpace(agent_id_name_pairs=names)])
        society = AgentSociety(
            agent_specs=people,
            agent_class_name="PersonAgent",
            env_router=router,
            start_t=datetime(2026, 1, 1, 8),  # noqa: DTZ001 - as its own examples have it
            run_dir=Path("run"),
        )
        await society.init()
        begin(url)
        for _ in range(ROUNDS):
            await society.step(3600)
        await society.close()

    asyncio.run(live())


PEERS: dict[str, Callable[[str], None]] = {
    "concordia": run_concordia,
    "oasis": run_oasis,
    "mesa-llm": run_mesa_llm,
    "agentsociety": run_agentsociety,
}


# --- the comparison ------------------------------------------------------------------------------


def row_of(name: str, counts: Counts) -> list[str]:
    """Return what a human's round took, as cells."""
    each = HUMANS * ROUNDS
    numbers = (counts.chats, counts.tokens_in, counts.tokens_out)
    return [name, *(f"{number / each:,.1f}" for number in numbers)]


def measure_peer(name: str, python: str) -> list[str]:
    """Run a peer in its own environment; return its row, or why there is none."""
    environment = {**os.environ, "OPENAI_API_KEY": "none", "CI": "1"}
    environment.pop("PYTHONPATH", None)
    with counting_server() as (url, counts), tempfile.TemporaryDirectory() as folder:
        environment |= {"OPENAI_BASE_URL": url, "OPENAI_API_BASE": url, "OPENAI_API_BASE_URL": url}
        code = f"import importlib.metadata as m; print(m.version({PACKAGES[name]!r}))"
        try:
            version = subprocess.run(
                [python, "-c", code], capture_output=True, text=True, check=True
            ).stdout.strip()
            command = [python, str(Path(__file__).resolve()), "--as", name, "--url", url]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                cwd=folder,
                env=environment,
                timeout=PATIENCE,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return [name, f"not run: {type(error).__name__}", "", ""]
    if done.returncode or not counts.chats:
        last = (done.stderr.strip().splitlines() or ["nothing was asked"])[-1]
        return [f"{name} {version}", f"not run: {last[:160]}", "", ""]
    return row_of(f"{name} {version}", counts)


def measure_ours(reader: str) -> list[str]:
    """Run a society of ours by `coevolve run`, of one round and of more; return what the others took.

    So what is asked once, at opening and to learn to read, is left out, as a set-up is of the peers.
    """
    few, many = run_ours(reader, 1), run_ours(reader, 1 + ROUNDS)
    if isinstance(few, str) or isinstance(many, str):
        return [f"coevolve-sim, reader {reader}", f"not run: {few}", "", ""]
    counts = Counts(
        chats=many.chats - few.chats,
        tokens_in=many.tokens_in - few.tokens_in,
        tokens_out=many.tokens_out - few.tokens_out,
    )
    return row_of(f"coevolve-sim, reader {reader}", counts)


def run_ours(reader: str, rounds: int) -> Counts | str:
    """Run a society of ours of so many rounds; return what it took in all, or why it failed."""
    with counting_server() as (url, counts), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "peers.yaml")
        path.write_text(OURS.format(rounds=rounds, humans=HUMANS, url=url, reader=reader), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "coevolve_sim",
            "run",
            str(path),
            "--results",
            folder,
            "--only-record",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr.strip()[-200:] if done.returncode else counts


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peers", nargs="*", metavar="NAME=PYTHON", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--as", dest="peer", choices=sorted(PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        PEERS[given.peer](given.url)
        return
    pythons = dict(each.split("=", 1) for each in given.peers)
    rows = [measure_ours(reader) for reader in ("contrast", "letters")]
    rows += [
        measure_peer(name, pythons[name]) if name in pythons else [name, "not named", "", ""]
        for name in PEERS
    ]
    lines = [["what", "calls", "tokens in", "tokens out"], ["---"] * 4, *rows]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))


if __name__ == "__main__":
    main()
