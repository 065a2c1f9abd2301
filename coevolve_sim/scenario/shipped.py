"""The scenarios that ship with the package: find them by name, read their question, copy one to start from.

The only copy lies in ``scenarios/`` of the repository. ``coevolve_sim/scenarios`` is a link to it, which
works in a clone and in an editable install; a wheel and an sdist contain the files themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario.dumper import check_name
from coevolve_sim.scenario.yaml_text import read_node
from coevolve_sim.values.naming import describe_unknown_name

FOLDER = Path(__file__).parents[1] / "scenarios"
_BARE_NAME = re.compile(r"[\w-]{1,100}")


def shipped_scenarios() -> dict[str, Path]:
    """Return the file of each shipped scenario, by name.

    Examples
    --------
    >>> shipped_scenarios()["lock_in"].name
    'lock_in.yaml'
    """
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def find_scenario(given: Path | str) -> Path:
    """Return the scenario file for a path or a name: the file given, or the shipped scenario of that name.

    A path with a folder or an ending is always that file. A bare name is the first of these that exists: the
    file of that name, ``NAME.yaml`` in the same folder, the shipped scenario.

    Parameters
    ----------
    given : path
        A file, or the name of a shipped scenario.

    Raises
    ------
    ScenarioError
        If nothing has the bare name; says the nearest shipped scenario and all.

    Examples
    --------
    >>> find_scenario("lock_in") == shipped_scenarios()["lock_in"]
    True
    """
    path, name = Path(given), str(given)
    if not _BARE_NAME.fullmatch(name) or path.is_file():
        return path
    beside, shipped = Path(f"{name}.yaml"), shipped_scenarios()
    if beside.is_file():
        return beside
    if name in shipped:
        return shipped[name]
    if path.exists():  # a folder: reading it says so
        return path
    raise ScenarioError(f"no file {name} or {beside} is here, and {_not_shipped(name)}")


def shipped_instead(missing: Path) -> str:
    """Return advice for a missing file whose name is that of a shipped scenario; else an empty text.

    Examples
    --------
    >>> shipped_instead(Path("scenarios/lock_in.yaml"))
    "; a scenario of this name ships: write 'lock_in'"
    >>> shipped_instead(Path("mine.yaml"))
    ''
    """
    named = missing.suffix == ".yaml" and missing.stem in shipped_scenarios()
    return f"; a scenario of this name ships: write '{missing.stem}'" if named else ""


def is_shipped(path: Path | str) -> bool:
    """Return whether a file is a shipped scenario, as `find_scenario` finds it."""
    return Path(path).parent == FOLDER


def read_question(name: str) -> str:
    """Return the question of a shipped scenario: the first line of its leading comment.

    Examples
    --------
    >>> read_question("held_back")
    'How much does an assistant slow people down that learns from those it teaches?'
    """
    return _read(name).partition("\n")[0].lstrip("# ").rstrip()


def copy_of_shipped(source: str, name: str) -> str:
    """Return the text of a shipped scenario under another name, with all else unchanged, comments included.

    Parameters
    ----------
    source : str
        Name of the shipped scenario.
    name : str
        Name of the copy.

    Raises
    ------
    ScenarioError
        If no scenario of that name ships (says the nearest and all), or the copy's name cannot name one.

    Examples
    --------
    >>> "name: mine" in copy_of_shipped("lock_in", "mine").splitlines()
    True
    """
    check_name(name)
    return re.sub(r"(?m)^name: .*$", f"name: {name}", _read(source), count=1)


def files_read_by(source: str) -> tuple[dict[str, Path], list[str]]:
    """Return the files that a shipped scenario reads: those that ship with it, and the paths of others.

    Examples
    --------
    >>> sorted(files_read_by("three_eras")[0])
    ['embedded_eras.csv', 'embedded_spread.csv']
    """
    places = list(_places(read_node(_read(source), source).plain()))
    brought = {place: FOLDER / place for place in places if (FOLDER / place).parent == FOLDER}
    return brought, [place for place in places if place not in brought]


def _places(data: Any) -> Iterator[str]:
    """Yield the value of every key ``path``, as it is written."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "path":
                yield str(value)
            yield from _places(value)
    elif isinstance(data, list):
        for item in data:
            yield from _places(item)


def _read(name: str) -> str:
    shipped = shipped_scenarios()
    if name not in shipped:
        raise ScenarioError(_not_shipped(name))
    return shipped[name].read_text(encoding="utf-8")


def _not_shipped(name: str) -> str:
    return describe_unknown_name("shipped scenario", name, shipped_scenarios())
