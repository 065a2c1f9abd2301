"""Starting and ending a vLLM, with a program in its place that speaks as it does."""

from __future__ import annotations

import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Request
from coevolve_sim.minds.openai.vllm import VllmMind, build_command
from coevolve_sim.testing.minds import prompt, replies_of
from tests import ROOT

SPEAK = Request("speak", prompt("Where do you stand?"))
FAKE = """\
#!{python}
import json, os, subprocess, sys, time
sys.path[:0] = [{root!r}]
from coevolve_sim.testing.fake_server import Answer, FakeServer
told = sys.argv[1:]
assert told[:2] == ["-m", "vllm.entrypoints.openai.api_server"], told
settings = {{name: os.environ.get(name) for name in {watched!r}}}
child = subprocess.Popen(["sleep", "600"])
print("loading the weights", flush=True)
open({notes!r}, "w").write(json.dumps([os.getpid(), child.pid, told, settings]))
time.sleep({delay})
if {dies}:
    print("ValueError: no room for the weights", flush=True)
    sys.exit(1)
value = lambda name: told[told.index(name) + 1]
adapters = [a.split("=")[0] for a in told if "=/" in a]
server = FakeServer(models=(value("--served-model-name"), *adapters))
usual = server.handle
def handle(method, path, headers, content):
    if path == "/health":
        return Answer(200, {{}})
    body = json.loads(content) if content else {{}}
    name = body.get("lora_name")
    if path == "/v1/load_lora_adapter":
        if "bad" in body["lora_path"]:
            return Answer(400, {{"error": {{"message": "no such adapter"}}}})
        server.models += (name,)
        return Answer(200, {{}})
    if path == "/v1/unload_lora_adapter":
        server.models = tuple(m for m in server.models if m != name)
        return Answer(200, {{}})
    return usual(method, path, headers, content)
server.handle = handle
async def serve():
    import asyncio
    listening = await asyncio.start_server(server._connection, "127.0.0.1", int(value("--port")))
    await listening.serve_forever()
import asyncio
asyncio.run(serve())
"""
WATCHED = ["VLLM_NO_USAGE_STATS", "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "COEVOLVE_API_KEY", "PYTHONPATH"]


@pytest.fixture
def fake(tmp_path):
    """Return a maker of programs that stand in for a Python with vLLM, and where they note what they are."""
    notes = tmp_path / "notes.json"

    def make(delay=0.0, dies=False):
        program = tmp_path / "python"
        parts = {"root": str(ROOT), "watched": WATCHED, "notes": str(notes), "delay": delay, "dies": dies}
        program.write_text(FAKE.format(python=sys.executable, **parts))
        program.chmod(0o755)
        return program

    make.notes = lambda: json.loads(notes.read_text())
    return make


def adapter(folder, rank=8, content=b"weights"):
    """Write what looks like an adapter; return its folder."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"r": rank}))
    (folder / "adapter_model.safetensors").write_bytes(content)
    return folder


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def end_of(processes, seconds=10.0):
    """Wait until none of the processes runs; return those that still do."""
    deadline = time.monotonic() + seconds
    while any(map(is_running, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [process for process in processes if is_running(process)]


def test_it_starts_answers_and_leaves_no_process_behind(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("COEVOLVE_API_KEY", "sk-of-somebody-else")
    mind = VllmMind("org/small", voices={"C013": adapter(tmp_path / "old")}, python=fake(), max_length=512)
    parent, child, told, settings = fake.notes()
    voice = Request("speak", prompt("?"), voice="C013")
    assert [reply.text for reply in replies_of(mind, [SPEAK, voice])] == ["I am for it."] * 2
    assert mind.identity.startswith("vllm small fp1; C013 ")
    assert mind.url == ""  # its port is another one each time
    assert settings == dict(zip(WATCHED, ["1", "1", None, None], strict=True))
    assert told[told.index("--max-model-len") :][:2] == ["--max-model-len", "512"]
    assert is_running(parent)
    assert is_running(child)
    mind.close()
    mind.close()
    assert end_of([parent, child], 1.0) == []
    with pytest.raises(MindError, match="closed"):
        list(mind.ask([SPEAK]))


@pytest.mark.parametrize("has_card", [True, False])
def test_without_a_card_prompts_are_computed_whole(fake, monkeypatch, has_card):
    monkeypatch.setattr("coevolve_sim.minds.openai.vllm._has_accelerator", lambda: has_card)
    VllmMind("small", python=fake()).close()
    assert ("--no-enable-chunked-prefill" in fake.notes()[2]) != has_card


def test_where_it_dies_the_last_of_its_log_is_told(fake):
    with pytest.raises(MindError, match=r"(?s)ended while it was starting.*no room for the weights"):
        VllmMind("small", python=fake(dies=True))
    assert end_of(fake.notes()[:2]) == []


def test_where_it_dies_while_it_is_asked_the_last_of_its_log_is_told(fake):
    mind = VllmMind("small", python=fake(), retries=1)
    os.kill(fake.notes()[0], signal.SIGKILL)
    with pytest.raises(
        MindError, match=r"(?s)no server answers.*has ended while it was asked.*loading the weights"
    ):
        list(mind.ask([SPEAK]))
    mind.close()


@pytest.mark.long
def test_where_it_takes_too_long_it_is_ended(tmp_path):
    program, notes = tmp_path / "python", tmp_path / "notes"
    program.write_text(f"#!/bin/sh\nsleep 600 & echo $$ $! > {notes}\necho loading the weights\nwait\n")
    program.chmod(0o755)
    with pytest.raises(MindError, match=r"(?s)not ready after 4 s.*loading the weights"):
        VllmMind("small", python=program, start_timeout=4.0)
    assert end_of([int(process) for process in notes.read_text().split()]) == []


def test_a_python_that_is_none_is_named():
    with pytest.raises(MindError, match="/no/such/python cannot be started"):
        VllmMind("small", python="/no/such/python")


def test_without_vllm_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("coevolve_sim.minds.openai.vllm.find_spec", lambda name: None)
    with pytest.raises(MindError, match=r"pip install 'coevolve-sim\[vllm\]'"):
        VllmMind("small")


OWNER = """
import sys, time
from coevolve_sim.minds.openai.vllm import VllmMind
mind = VllmMind("small", python=sys.argv[1])
print("started", flush=True)
{then}
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("then", "sent"),
    [("", None), ("time.sleep(60)", signal.SIGKILL), ("time.sleep(60)", signal.SIGINT)],
    ids=["exit", "killed", "interrupted"],
)
def test_however_its_owner_ends_no_process_is_left(fake, then, sent):
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(then=then), str(fake())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout.readline() == "started\n"
        parent, child, *_ = fake.notes()
        if sent is not None:
            assert is_running(parent)
            process.send_signal(sent)
        process.wait(30)
    assert end_of([parent, child]) == []


def test_a_voice_is_loaded_and_replaced_under_a_name_of_its_weights(fake, tmp_path):
    one, two = adapter(tmp_path / "one"), adapter(tmp_path / "two", content=b"others")
    bad = adapter(tmp_path / "bad")
    with VllmMind("small", python=fake()) as mind:
        before = mind.identity
        mind.load_voice("assistant", one)
        request = Request("speak", prompt("?"), voice="assistant")
        (first,) = replies_of(mind, [request])
        identities = {before, mind.identity}
        mind.load_voice("assistant", two)
        (second,) = replies_of(mind, [request])
        assert len(identities | {mind.identity}) == 3
        assert first.model != second.model
        with pytest.raises(MindError, match="room for 1 voices"):
            mind.load_voice("another", one)
        with pytest.raises(MindError, match=r"does not take the adapter .*no such adapter"):
            mind.load_voice("assistant", bad)
        assert replies_of(mind, [request]) == [second]


def test_the_command_can_be_read_back_from_a_shell(tmp_path):
    folder = adapter(tmp_path / "an adapter", rank=48)
    made = build_command("a model", voices={"C013": folder}, batch_invariant=True, python="py", n_voices=4)
    told = [part for part in shlex.split(str(made)) if "=" not in part or part.startswith("C013")]
    assert tuple(told) == made.arguments
    assert "VLLM_BATCH_INVARIANT=1" in str(made)
    assert made.arguments[made.arguments.index("--max-lora-rank") + 1] == "64"
    assert made.arguments[made.arguments.index("--max-loras") + 1] == "6"
    assert made.arguments[made.arguments.index("--host") + 1] == "127.0.0.1"


@pytest.mark.parametrize(
    ("rank", "n_voices", "said"),
    [(1024, None, "rank of 1024"), ("8", None, "tells no rank"), (8, 0, "n_voices is 0")],
)
def test_adapters_that_vllm_could_not_serve_are_refused(tmp_path, rank, n_voices, said):
    with pytest.raises(MindError, match=said):
        build_command("small", voices={"C013": adapter(tmp_path / "a", rank)}, n_voices=n_voices)


@pytest.mark.long
def test_progress_is_logged(fake, caplog, monkeypatch):
    monkeypatch.setattr("coevolve_sim.minds.openai.vllm._TELL_EVERY", 0.2)
    with caplog.at_level(logging.INFO, "coevolve_sim.minds"):
        VllmMind("small", python=fake(delay=1.5)).close()
    assert any("vLLM is starting" in text and "loading the weights" in text for text in caplog.messages)
