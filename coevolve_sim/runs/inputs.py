"""The files that a run reads, kept in its folder, so that the folder can travel without them.

Each is copied to ``inputs/HASH/NAME``, the hash being the first digits of its SHA-256, and the scenario of
the folder names it there, relative to the folder. A file above `MOST_COPIED_BYTES` stays where it is, and a
note says so. Code, models and records of other runs are not copied: they lead to more than one file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from coevolve_sim.input_files import size_text
from coevolve_sim.runs.record import MOST_NAMED, keeps_names
from coevolve_sim.scenario import Scenario
from coevolve_sim.society.setup import Setup

FOLDER = "inputs"
MOST_COPIED_BYTES = 64 << 20
"""Bytes of a file that is copied, at most."""

HASH_DIGITS = 16


def input_files(scenario: Scenario) -> dict[str, Path]:
    """Return the data files that a scenario reads, by the key that names each.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> input_files(loads("{name: a, rounds: 1, network: {family: file, path: a.csv}}"))["network.path"].name
    'a.csv'
    """
    history, channel = scenario.history, scenario.channel
    parts: dict[str, object] = {
        "network": scenario.network,
        "history": history,
        "history.spread": getattr(history, "spread", None),
        "population.file": scenario.population.file,
        "measures.appeals.candidates": getattr(scenario.measures.appeals, "candidates", None),
        "measures.dilemmas.labels": getattr(scenario.measures.dilemmas, "labels", None),
    }
    for name, template in getattr(channel, "templates", {}).items():
        parts[f"channel.templates.{name}"] = template
    for index, act in enumerate(scenario.interventions):
        parts[f"interventions.{index}.network"] = getattr(act, "network", None)
    found = {}
    for key, part in parts.items():
        path = getattr(part, "path", None)
        if path is not None and not getattr(part, "plugin_group", ""):
            found[f"{key}.path"] = Path(path)
    return found


def with_input_notes(setup: Setup) -> Setup:
    """Return a setup with notes on what is too large to be kept: files beside the run, and names."""
    notes: tuple[str, ...] = tuple(
        f"{key}: {path.name} is larger than {size_text(MOST_COPIED_BYTES)} and stays where it is; take it "
        "along where the run's folder goes"
        for key, path in input_files(setup.scenario).items()
        if _is_too_large(path)
    )
    if setup.ties.names is not None and not keeps_names(setup):
        notes += (f"names and attributes of more than {MOST_NAMED:,} humans are not kept",)
    return replace(setup, notes=(*setup.notes, *notes)) if notes else setup


def copy_inputs(scenario: Scenario, folder: Path, results: Path) -> dict[str, Any]:
    """Copy the files that a scenario reads into a run's folder.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
        The run's folder, which is being made.
    results : Path
        The folder of runs. Where a run in it has the same file already, that is linked instead of copied: the
        runs of a study take the room of one.

    Returns
    -------
    dict
        The scenario as plain data, naming the copies relative to the folder.
    """
    content = scenario.model_dump(mode="json")
    for key, path in input_files(scenario).items():
        place = copy_input(path, folder, results)
        if place:
            *steps, last = key.split(".")
            part: Any = content
            for step in steps:
                part = part[int(step)] if isinstance(part, list) else part[step]
            part[last] = place
    return content


def copy_input(path: Path, folder: Path, results: Path | None = None) -> str:
    """Copy a file into the folder of a run or a study.

    Parameters
    ----------
    path, folder : Path
    results : Path, optional
        A folder of runs, whose copy of the same content is linked instead.

    Returns
    -------
    str
        Its place, relative to the folder; empty if it is too large to be copied.
    """
    if _is_too_large(path):
        return ""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    place = Path(FOLDER) / digest[:HASH_DIGITS] / path.name
    if not (folder / place).exists():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        _copy(path, folder / place, () if results is None else _copies_beside(results, place), digest)
    return place.as_posix()


def _is_too_large(path: Path) -> bool:
    return path.stat().st_size > MOST_COPIED_BYTES


def _copies_beside(results: Path, place: Path) -> Iterator[Path]:
    return (one for one in results.glob(f"*/{place.parent.as_posix()}/*") if one.name == place.name)


def _copy(path: Path, target: Path, beside: Iterable[Path], digest: str) -> None:
    for other in beside:
        if other.is_symlink() or hashlib.sha256(other.read_bytes()).hexdigest() != digest:
            continue
        with suppress(OSError):  # as where the file system has no such links
            os.link(other, target)
            return
        break
    shutil.copyfile(path, target)
