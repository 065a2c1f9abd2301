"""Change a scenario's nodes: lay one over another, set single keys, make paths absolute.

What overrides on the command line, a file that extends another and the worlds of a study do to a scenario.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import NamedTuple

import numpy as np

from coevolve_sim.errors import ScenarioError
from coevolve_sim.registry import nearest
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.spec import KINDS, Spec
from coevolve_sim.scenario.yaml_text import Mark, Node, Path, read_node

_KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class Change(NamedTuple):
    """One key of a scenario, and what it is set to.

    Attributes
    ----------
    key : str
        Dotted path, as in ``update.confidence.peer``; entries of lists count from 0.
    value : Node
        What it is set to; its paths are absolute.
    mark : Mark
        Where the change is written.
    """

    key: str
    value: Node
    mark: Mark


def resolve_path(path: FilePath, where: str | None) -> FilePath:
    """Return a path made absolute, links followed.

    Raises
    ------
    ScenarioError
        If it cannot be a path.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a zero byte
        raise ScenarioError(f"{str(path)!a} is not a path: {error}", where) from None


def with_paths(node: Node, folder: FilePath) -> Node:
    """Make all paths in a layer absolute; relative ones start at the folder of the layer's file."""
    if isinstance(node.content, list):
        return Node([with_paths(item, folder) for item in node.content], node.mark)
    if not isinstance(node.content, dict):
        return node
    entries: dict[str, tuple[Mark, Node]] = {}
    for key, (mark, value) in node.content.items():
        if key == "voices" and isinstance(value.content, dict):
            places = {
                name: (at, _place("model", place, folder)) for name, (at, place) in value.content.items()
            }
            entries[key] = (mark, Node(places, value.mark))
        else:
            entries[key] = (mark, _place(key, value, folder))
    return Node(entries, node.mark)


def _place(key: str, value: Node, folder: FilePath) -> Node:
    """Return a key's value, made absolute if it is a file's path: any ``path``, a ``model`` from ``./``."""
    if isinstance(value.content, str) and _is_place(key, value.content):
        return Node(str(resolve_path(folder / value.content, str(value.mark))), value.mark)
    if key == "population" and isinstance(value.content, dict) and "file" in value.content:
        mark, given = value.content["file"]
        value = Node(value.content | {"file": (mark, file_of_people(given))}, value.mark)
    return with_paths(value, folder)


def file_of_people(given: Node) -> Node:
    """Return a population's file as a part with a path, also where it is written as its path alone."""
    if not isinstance(given.content, str) or not given.content:
        return given
    return Node({"path": (given.mark, given)}, given.mark)


def _is_place(key: str, text: str) -> bool:
    if key == "chat_template":
        return text not in {"", "auto", "alpaca"}
    return bool(text) and (key == "path" or (key in {"model", "python"} and text.startswith(("./", "../"))))


def lay_over(below: Node, above: Node) -> Node:
    """Return one layer over another: mappings merged, lists, scalars and parts of another kind replaced."""
    if not isinstance(below.content, dict) or not isinstance(above.content, dict):
        return above
    for kind in KINDS:
        if {kind} <= above.content.keys() & below.content.keys() and (
            above.content[kind][1].content != below.content[kind][1].content
        ):
            return above
    entries = dict(below.content)
    for key, (mark, node) in above.content.items():
        entries[key] = (mark, lay_over(entries[key][1], node) if key in entries else node)
    return Node(entries, above.mark)


def read_changes(
    overrides: Mapping[str, object] | Iterable[str], option: str = "--set", folder: FilePath | None = None
) -> list[Change]:
    """Read changes as they are written on the command line or in Python.

    Parameters
    ----------
    overrides : mapping or iterable of str
        ``{"update.confidence.peer": 0.2}`` or ``["update.confidence.peer=0.2"]``.
    option : str
        What errors call the place.
    folder : Path, optional
        Where relative paths start; the current folder if not given.

    Raises
    ------
    ScenarioError
        If one is not KEY=VALUE, or its value cannot be read.

    Examples
    --------
    >>> [(change.key, change.value.plain()) for change in read_changes(["update.confidence.peer=.2"])]
    [('update.confidence.peer', 0.2)]
    """
    if isinstance(overrides, Mapping):
        texts = [f"{key}={_as_json(key, value, option)}" for key, value in overrides.items()]
    else:
        texts = [overrides] if isinstance(overrides, str) else list(overrides)
    changes = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not _KEY.fullmatch(key.strip()):
            raise ScenarioError(f"'{text}': write KEY=VALUE, as in update.confidence.peer=0.2", option)
        source = f"{option} {key.strip()}"
        changes.append(
            build_change(
                key.strip(), read_node(value or "null", source), Mark(source, 1, 1), folder or FilePath()
            )
        )
    return changes


def build_change(key: str, value: Node, mark: Mark, folder: FilePath) -> Change:
    """Return a change, the paths in its value made absolute from a folder.

    Raises
    ------
    ScenarioError
        If the key is no dotted path.
    """
    if not _KEY.fullmatch(key):
        raise ScenarioError(f"'{key}' is no key; write one as in update.confidence.peer", str(mark))
    path = tuple(key.split("."))
    if path == ("population", "file"):
        return Change(key, with_paths(file_of_people(value), folder), mark)
    return Change(key, _place("model" if path[-2:-1] == ("voices",) else str(path[-1]), value, folder), mark)


def apply_changes(node: Node, changes: Iterable[Change]) -> Node:
    """Return a scenario's nodes with keys set, one change after the other.

    Raises
    ------
    ScenarioError
        If a key counts an entry that a list does not have.
    """
    before = node
    for change in changes:
        node = _with_value(node, tuple(change.key.split(".")), change.value, change.mark)
    return with_default_parts(node, before)


def lay_changes(node: Node, changes: Iterable[Change]) -> Node:
    """Return a scenario's nodes with keys set as `apply_changes` does, but mappings laid over what is there.

    A change ``update`` to ``{"confidence": {"peer": 0.2}}`` leaves the rest of ``update`` as it is, as a file
    that extends another does.

    Raises
    ------
    ScenarioError
        If a key counts an entry that a list does not have.
    """
    before = node
    for change in changes:
        path: Path = tuple(change.key.split("."))
        there = _find(node, path)
        laid = change.value if there is None else lay_over(there, change.value)
        node = _with_value(node, path, laid, change.mark)
    return with_default_parts(node, before)


def _find(node: Node, path: Path) -> Node | None:
    """Return what stands at a path; None if nothing does."""
    found: Node | None = node
    for step in map(str, path):
        content = None if found is None else found.content
        if isinstance(content, dict):
            found = content[step][1] if step in content else None
        elif isinstance(content, list) and step.isdecimal() and len(step) < 10:
            found = dict(enumerate(content)).get(int(step))
        else:
            return None
    return found


def with_default_parts(node: Node, before: Node) -> Node:
    """Return a node whose parts given by overrides alone are of their default's kind, if it has these keys.

    So ``update.confidence.peer=0.2`` changes the rule that a scenario without ``update`` has. A key that is
    nearly one of these is taken for a slip, which is then told of.
    """
    if not isinstance(node.content, dict) or not isinstance(before.content, dict):
        return node
    entries = dict(node.content)
    for name in entries.keys() - before.content.keys():
        mark, part = entries[name]
        default = Scenario.model_fields[name].default if name in Scenario.model_fields else None
        known = type(default).model_fields if isinstance(default, Spec) else {}
        kinds = [kind for kind in KINDS if kind in known]
        if not kinds or not isinstance(part.content, dict) or not part.content:
            continue
        if all(key in known or nearest(key, known) for key in part.content):
            told = {kind: (mark, Node(getattr(default, kind), mark)) for kind in kinds}
            entries[name] = (mark, Node(told | part.content, part.mark))
    return Node(entries, node.mark)


def _as_json(key: str, value: object, option: str) -> str:
    try:
        return json.dumps(value, default=without_numpy)
    except (TypeError, ValueError, RecursionError):
        raise ScenarioError(
            f"a value of type {type(value).__name__} given; "
            "allowed: text, numbers, true, false, null, lists and mappings",
            f"{option} {key}:1:1",
        ) from None


def without_numpy(value: object) -> object:
    """Return a number or an array of NumPy as Python's own."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError


def _with_value(node: Node, path: Path, value: Node, mark: Mark) -> Node:
    """Return the node with a value at a path; missing mappings on the way are created."""
    step = path[0]
    if isinstance(node.content, list):
        entry = int(step) if str(step).isdecimal() and len(str(step)) < 10 else -1
        if not 0 <= entry < len(node.content):
            raise ScenarioError(
                f"'{step}' is no entry of a list of {len(node.content)}; entries count from 0", str(mark)
            )
        items = list(node.content)
        items[entry] = _with_value(items[entry], path[1:], value, mark) if path[1:] else value
        return Node(items, node.mark)
    entries = dict(node.content) if isinstance(node.content, dict) else {}
    below = entries[str(step)][1] if str(step) in entries else Node({}, mark)
    if not path[1:]:
        above = value
    elif len(path) == 2 and path[1] in KINDS:
        above = lay_over(below, Node({str(path[1]): (mark, value)}, mark))
    else:
        above = _with_value(below, path[1:], value, mark)
    entries[str(step)] = (mark, above)
    return Node(entries, node.mark if isinstance(node.content, dict) else mark)
