"""Check that nothing has changed since a run began, so that it can be resumed to the same bytes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np

from coevolve_sim.errors import RecordError, ScenarioError
from coevolve_sim.input_files import read_input
from coevolve_sim.networks.ties import Ties
from coevolve_sim.output_files import write_atomically
from coevolve_sim.registry import nearest, plugin_name, plugin_version
from coevolve_sim.runs.folder import VERSIONED, MindRow, channel_manifest, inputs_of, versions
from coevolve_sim.runs.results import Run
from coevolve_sim.scenario import Scenario, first_difference, loads
from coevolve_sim.scenario.plugins import plugins_in
from coevolve_sim.scenario.yaml_text import MAX_BYTES
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import Objects
from coevolve_sim.society.setup import Setup


def is_finished(found: Run) -> bool:
    """Return whether a run is finished, so that nothing is left to do."""
    with found.open_database("manifest") as connection:
        row = connection.execute("SELECT value FROM manifest WHERE key = 'status'").fetchone()
    return row is not None and row[0] == "finished"


def refuse_a_changed_scenario(found: Run) -> Scenario:
    """Refuse a run whose ``scenario.yaml`` has changed since it began; return the scenario to go on with.

    What is to happen with an unfit mind may have changed, and so may the addresses of served minds: what
    these answer to the probe says whether they are the same (`coevolve_sim.runs.servings`).
    """
    path = found.folder / "scenario.yaml"
    if not path.exists():
        write_atomically(path, lambda target: target.write_text(found.manifest["scenario"], encoding="utf-8"))
    content = read_input(path, RecordError, MAX_BYTES)
    try:
        given = loads(content.decode(), str(path), folder=found.folder)
    except (ScenarioError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{path} was changed since the run began, and is no scenario now: {error}"
        ) from None
    if difference := first_difference(_without_urls(found.scenario), _without_urls(given)):
        raise RecordError(
            f"{path} was changed since the run began: {difference}; change it back, or run it anew"
        )
    return given


def _without_urls(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data, without what may change between sessions."""
    content: dict[str, Any] = scenario.model_dump(mode="json")
    content["channel"].pop("unfit", None)
    for mind in content["minds"]:
        mind.pop("url", None)
    return content


def refuse_changed_inputs(found: Run, setup: Setup) -> None:
    """Refuse a run that read a file which has changed since it began."""
    began, now = json.loads(found.manifest["inputs"]), inputs_of(setup.scenario)
    for key, digest in began.items():
        if not key.startswith("objects.") and now[key] != digest:
            if not re.fullmatch(r"[0-9a-f]{64}", digest):
                raise RecordError(
                    f"{key} is {now[key]} now; {found.folder} was begun with {digest}. Install that one, "
                    "or run it anew"
                )
            raise RecordError(f"the file at {key} was changed since the run began; restore it, or run anew")


def refuse_missing_plugins(found: Run) -> None:
    """Refuse a run that used a plug-in of an installed distribution which is not here now, or is another."""
    began = json.loads(found.manifest["inputs"])
    for path, spec in plugins_in(found.scenario):
        key, name = ".".join(map(str, (*path, "path"))), plugin_name(spec.path)
        if ":" in name or key not in began:
            continue
        if (now := plugin_version(spec.path, spec.plugin_group)) != began[key]:
            raise RecordError(
                f"{key} names '{name}', which {found.folder} was begun with from {began[key]}; it is "
                f"{now or 'not installed'} now. Install that one, or run it anew"
            )


def refuse_other_versions(found: Run) -> None:
    """Refuse a run that was begun with other versions of the package or its libraries.

    Versions of the minds' libraries are compared only for a bitwise reproducible run: in others, replies may
    differ anyway.
    """
    began = json.loads(found.manifest["versions"])
    bitwise = found.manifest["reproducible"] == "bitwise"
    libraries = [name for name in began if bitwise and name not in {"python", "machine", *VERSIONED}]
    now = versions(libraries)
    for name in ("coevolve-sim", "numba", "numpy", "scipy", "networkx", "machine", *libraries):
        if began[name] != now.get(name, "none"):
            raise RecordError(
                f"{found.folder} was begun with {name} {began[name]}; with {now.get(name, 'none')} it might "
                f"not go on to the same bytes. Resume it with {name} {began[name]}, or run it anew"
            )


def refuse_other_objects(found: Run, objects: Objects) -> None:
    """Refuse a run that was begun with other objects from Python than those given now."""
    began, now = json.loads(found.manifest.get("objects", "{}")), objects.identities()
    for name in (*sorted({*now} - {*began}), *began):
        if began.get(name) != now.get(name):
            argument, _, key = name.partition(".")
            place, shape = (f"{argument}['{key}']", f"{{'{key}': ...}}") if key else (argument, "...")
            if name not in began:
                there = [one.partition(".")[2] for one in began if one.startswith(f"{argument}.")]
                hint = nearest(key, there) or "; leave it out"
                raise RecordError(f"{found.folder} was begun with nothing as {place}{hint}")
            raise RecordError(
                f"{found.folder} was begun with {began[name]} as {place}, and "
                f"{now.get(name, 'nothing')} is given now; resume it from Python with the object it began "
                f"with, coevolve_sim.resume(folder, {argument}={shape}), or run it anew"
            )


def refuse_other_minds(found: Run, setup: Setup, minds: list[MindRow]) -> None:
    """Refuse a run whose minds or prompt templates have changed since it began."""
    began = json.loads(found.manifest["minds"])
    for name, _, identity, _ in minds:
        if began.get(name) != identity:
            raise RecordError(
                f"mind '{name}' is {identity} now; {found.folder} was begun with "
                f"{began.get(name)}. Bring that "
                "one back to resume the run, or run it anew"
            )
    for key, now in channel_manifest(setup.channel).items():
        began_with = found.manifest.get(key, "")
        if began_with != now and key == "templates":
            raise RecordError(
                f"prompts have templates {now} now; {found.folder} was begun with "
                f"{began_with}. Put the template files back to resume the run"
            )
        if began_with != now:
            raise RecordError(
                f"{key} is {now} now; {found.folder} was begun with {began_with}. Bring that one back to "
                "resume the run, or run it anew"
            )


def network_on_record(found: Run, society: Society) -> Ties | None:
    """Return the society's present ties, with the weights on record; None if they are not on record."""
    kept, now = found.ties(society.round_index), society.state.ties
    if kept.complete != now.complete or not np.array_equal(kept.indices, now.indices):
        return None
    return now if kept.weights is None and now.weights is None else replace(now, weights=kept.weights)
