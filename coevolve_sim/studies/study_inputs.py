"""The files that a study's scenarios read, kept in its folder, so that the folder can travel without them.

As with a run (`coevolve_sim.runs.inputs`), each is copied to ``inputs/HASH/NAME``, and the plan that is
stored names it there, relative to the folder. Other paths of a plan stay absolute: code, models, files that
are too large.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coevolve_sim.errors import RecordError
from coevolve_sim.runs.inputs import FOLDER, HASH_DIGITS, copy_input, input_files
from coevolve_sim.scenario import Change, Scenario
from coevolve_sim.studies.plan import StudyPlan
from coevolve_sim.studies.worlds import build_world

LEFT_BY_SYSTEMS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that a system's file browser leaves in folders: no copies."""


def copy_study_inputs(plan: StudyPlan, folder: Path) -> dict[str, str]:
    """Copy the files that a plan's scenarios read into a study's folder.

    Returns
    -------
    dict
        The place of each copy in the folder, by the path that the plan names.
    """
    paths = {path for scenario in _scenarios_with_files(plan) for path in input_files(scenario).values()}
    copies = ((str(path), copy_input(path, folder)) for path in sorted(paths))
    return {path: place for path, place in copies if place}


def places_of_copies(folder: Path) -> dict[str, str]:
    """Return the place of each copy that lies in a study's folder, by its absolute path."""
    there = folder.resolve()
    copies = [
        path for path in there.glob(f"{FOLDER}/*/*") if path.is_file() and path.name not in LEFT_BY_SYSTEMS
    ]
    return {str(path): path.relative_to(there).as_posix() for path in copies}


def name_by_place(text: str, places: Mapping[str, str]) -> str:
    """Return a plan's text in which files are named by the places of their copies.

    Examples
    --------
    >>> name_by_place('{"base": {"network": {"path": "/at/net.csv"}}}', {"/at/net.csv": "inputs/0a/net.csv"})
    '{"base": {"network": {"path": "inputs/0a/net.csv"}}}'
    """
    if not places:
        return text
    return json.dumps(_rename(json.loads(text), places), ensure_ascii=False)


def refuse_changed_copies(folder: Path) -> None:
    """Refuse to go on with copies that are not what they were when the study began.

    Raises
    ------
    RecordError
        Names the file.
    """
    for path, place in places_of_copies(folder).items():
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        if digest[:HASH_DIGITS] != Path(path).parent.name:
            raise RecordError(
                f"{folder / place} was changed since the study began; put back the file as it was, or begin "
                "the study anew"
            )


def _scenarios_with_files(plan: StudyPlan) -> Iterator[Scenario]:
    """Yield scenarios that between them name all files: every world, with every file of the design."""
    first = plan.points[0]
    files: dict[str, Change] = {}
    for point in plan.points:
        for change in point:
            plain = change.value.plain()
            if _names_a_file(plain):
                files.setdefault(f"{change.key} {json.dumps(plain)}", change)
    points = [(*(one for one in first if one.key != change.key), change) for change in files.values()]
    for world in plan.worlds:
        for point in (first, *points):
            yield build_world(plan.base, point, world).scenario


def _names_a_file(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_names_a_file, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and Path(value).is_absolute()


def _rename(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _rename(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [_rename(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value
