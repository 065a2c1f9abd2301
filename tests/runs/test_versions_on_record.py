"""A run names the versions of what its minds compute with, if that is installed, and imports none of it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata

import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.runs import folder
from coevolve_sim.scenario import dump, loads
from tests.language.channel.talking import TEXT, scenario

INSTALLED = {"torch": "2.99", "transformers": "5.99", "tokenizers": "0.99", "peft": "0.98", "vllm": "0.97"}
LOCAL = "minds=[{kind: local, model: ./model, voices: {C013: ./voice}}]"


@pytest.fixture
def installed(monkeypatch):
    """Have the libraries of minds installed, in versions of the test's own; return them, to be changed."""
    there, real = dict(INSTALLED), metadata.version

    def version(name):
        if name not in INSTALLED:
            return real(name)
        if name not in there:
            raise metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(folder.metadata, "version", version)
    return there


def libraries(versions):
    return {name: version for name, version in versions.items() if name in INSTALLED}


@pytest.mark.parametrize(
    ("minds_given", "named"),
    [
        ("[{kind: scripted}]", ()),
        ("[{kind: server, url: 'http://127.0.0.1:9/v1', model: small}]", ()),
        ("[{kind: embedded}]", ("torch", "transformers", "tokenizers", "peft")),
        ("[{kind: local, model: ./model}]", ("torch", "transformers", "tokenizers")),
        ("[{kind: local, model: ./m, voices: {a: ./v}}]", ("torch", "transformers", "tokenizers", "peft")),
        ("[{kind: vllm, model: ./model}]", ("torch", "transformers", "tokenizers", "vllm")),
        ("[{kind: scripted}, {kind: local, model: ./model, name: unused}]", ()),
    ],
)
def test_the_manifest_and_the_session_name_what_the_minds_compute_with(
    minds_given, named, minds, installed, tmp_path
):
    minds()
    found = coevolve_sim.run(scenario(f"minds={minds_given}", "rounds=1"), results=tmp_path)
    wanted = {name: installed[name] for name in named}
    assert libraries(json.loads(found.manifest["versions"])) == wanted
    assert libraries(found.sessions[0]["versions"]) == wanted
    written = json.loads((found.folder / "manifest.json").read_text())
    assert libraries(written["versions"]) == wanted


def test_what_is_not_installed_is_not_named(minds, installed, tmp_path):
    minds()
    del installed["vllm"], installed["tokenizers"]
    found = coevolve_sim.run(scenario("minds=[{kind: vllm, model: ./m}]", "rounds=1"), results=tmp_path)
    assert set(libraries(json.loads(found.manifest["versions"]))) == {"torch", "transformers"}


def test_versions_are_no_content(minds, installed, tmp_path):
    minds()
    first = coevolve_sim.run(scenario(LOCAL, "rounds=1"), results=tmp_path / "first")
    installed["torch"] = "3.0"
    assert (
        coevolve_sim.run(scenario(LOCAL, "rounds=1"), results=tmp_path / "second").digest() == first.digest()
    )


class StopError(Exception):
    """What stops a run here."""


def stopped(minds, tmp_path):
    """Stop a run amid its rounds; return its folder."""
    count = iter(range(60))

    def before(_request):
        if next(count, None) is None:
            raise StopError

    minds(before)
    with pytest.raises(StopError):
        coevolve_sim.run(scenario(LOCAL), results=tmp_path)
    (folder,) = tmp_path.iterdir()
    minds()
    return folder


@pytest.mark.parametrize("change", ["another", "gone"])
def test_a_bitwise_run_is_not_resumed_with_another_library(change, minds, installed, tmp_path):
    folder = stopped(minds, tmp_path)
    del installed["torch"]
    if change == "another":
        installed["torch"] = "3.0"
    now = installed.get("torch", "none")
    with pytest.raises(RecordError, match=rf"was begun with torch 2\.99; with {now} it might not go on"):
        coevolve_sim.resume(folder)
    installed["torch"] = "2.99"
    assert coevolve_sim.resume(folder).status == "finished"


def test_a_run_whose_replies_may_differ_anyway_is_resumed_with_another_library(
    minds, installed, tmp_path, monkeypatch
):
    monkeypatch.setattr(ScriptedMind, "is_bitwise", False)
    folder = stopped(minds, tmp_path)
    installed["torch"] = "3.0"
    found = coevolve_sim.resume(folder)
    assert (found.status, found.manifest["reproducible"]) == ("finished", "replay-only")
    assert [session["versions"]["torch"] for session in found.sessions] == ["2.99", "3.0"]


@pytest.mark.long
def test_a_numeric_run_names_and_imports_no_library_of_minds(tmp_path):
    numbers = loads(TEXT, overrides=["channel={kind: numeric}"])
    (tmp_path / "numbers.yaml").write_text(dump(numbers))
    code = (
        "import json, sys, coevolve_sim\n"
        f"run = coevolve_sim.run({str(tmp_path / 'numbers.yaml')!r}, results={str(tmp_path)!r})\n"
        "print(json.dumps([list(json.loads(run.manifest['versions'])), list(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    named, loaded = json.loads(done.stdout)
    assert "numpy" in named
    assert not set(INSTALLED) & set(named)
    assert not set(INSTALLED) & set(loaded)
