"""The studies that ship with the package: find one by name, list them with what each asks.

They lie in ``studies/`` beside the shipped scenarios, in a wheel too.
"""

from __future__ import annotations

import re
from pathlib import Path

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import read_text, shipped_scenarios
from coevolve_sim.scenario.yaml_text import read_node
from coevolve_sim.values.naming import describe_unknown_name

_BARE_NAME = re.compile(r"[\w-]{1,100}")


def shipped_studies() -> dict[str, Path]:
    """Return the file of each shipped study, by name.

    Examples
    --------
    >>> shipped_studies()["drag"].name
    'drag.yaml'
    """
    folder = next(iter(shipped_scenarios().values())).parent / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_study_file(given: Path | str) -> Path:
    """Return the study file for a path or a name: the file given, or the shipped study of that name.

    A path with a folder or an ending is always that file. A bare name is the first of these that exists: the
    file of that name, ``NAME.yaml`` in the same folder where that is a study, the shipped study.

    Parameters
    ----------
    given : path
        A file, or the name of a shipped study.

    Raises
    ------
    ScenarioError
        If nothing has the bare name; says the nearest shipped study and all.

    Examples
    --------
    >>> find_study_file("drag") == shipped_studies()["drag"]
    True
    """
    path, name = Path(given), str(given)
    if not _BARE_NAME.fullmatch(name) or path.is_file():
        return path
    beside, shipped = Path(f"{name}.yaml"), shipped_studies()
    if beside.is_file() and (name not in shipped or is_study_file(beside)):
        return beside
    if name in shipped:
        return shipped[name]
    if path.exists():  # a folder: reading it says so
        return path
    unknown = describe_unknown_name("shipped study", name, shipped)
    raise ScenarioError(f"no file {name} or {beside} is here, and {unknown}")


def is_study_file(path: Path) -> bool:
    """Return whether a YAML file is a study's, which names a base, and not a scenario's."""
    try:
        content = read_node(read_text(path), str(path)).content
    except ScenarioError:
        return False
    return isinstance(content, dict) and "base" in content


def is_shipped_study(path: Path | str) -> bool:
    """Return whether a file is a shipped study, as `find_study_file` finds it."""
    return Path(path) in shipped_studies().values()


def read_study_question(name: str) -> str:
    """Return what a shipped study asks.

    Examples
    --------
    >>> read_study_question("drag")
    'Does an assistant that learns fast from those it teaches lock them in?'
    """
    place = shipped_studies()[name]
    return str(read_node(read_text(place), str(place)).plain()["question"])
