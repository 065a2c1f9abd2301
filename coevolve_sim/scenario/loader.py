"""Read a scenario from files and overrides.

A scenario is merged from layers, the later over the earlier: the file it extends (and what that extends), the
file itself, then ``--set`` overrides. Mappings are merged key by key; lists and scalars are replaced whole; a
part of another kind than the one below (another rule, family, kind of history) replaces it whole, since the
keys of two kinds have nothing to do with each other.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from coevolve_sim.errors import ScenarioError
from coevolve_sim.input_files import read_input
from coevolve_sim.scenario.changes import (
    Change,
    apply_changes,
    lay_changes,
    lay_over,
    read_changes,
    resolve_path,
    with_paths,
    without_numpy,
)
from coevolve_sim.scenario.checks import misfits
from coevolve_sim.scenario.dumper import dump
from coevolve_sim.scenario.plugins import read_installed_kinds
from coevolve_sim.scenario.problems import Problem, problems_of
from coevolve_sim.scenario.process_specs import NumericChannelSpec
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.shipped import find_scenario, is_shipped, shipped_instead
from coevolve_sim.scenario.yaml_text import MAX_BYTES, Mark, Node, Path, read_node

MAX_EXTENDS = 16
MAX_SHOWN = 10


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario, and the place in its file of each key."""

    scenario: Scenario
    node: Node

    def place(self, error: ScenarioError) -> ScenarioError:
        """Return an error of the scenario with ``file:line:column`` of the key that caused it."""
        if error.where is not None:
            return error
        problem = error.problem + self._what_did_not_ship(error.path)
        return ScenarioError(problem, str(self.node.locate(error.path)), error.path)

    def _what_did_not_ship(self, path: Path) -> str:
        """Return advice if a shipped scenario names, at these keys, a file that does not ship; else ""."""
        part = self.node.plain()
        for step in path:
            part = part[step] if isinstance(part, dict) and step in part else None
        place = part.get("path") if isinstance(part, dict) else None
        if not isinstance(place, str) or not is_shipped(self.node.locate((*path, "path")).source):
            return ""
        if FilePath(place).exists():
            return ""
        key = ".".join(str(step) for step in (*path, "path"))
        return f"; it does not ship with the scenario: name a copy of yours with --set {key}=FILE"


@dataclass(frozen=True)
class ChangeableScenario:
    """A scenario as it is written, from which others are made by changes.

    Attributes
    ----------
    node : Node
        All layers of its file, merged; its paths are absolute.
    """

    node: Node

    @classmethod
    def read(cls, path: FilePath | str) -> ChangeableScenario:
        """Read a file, or a shipped scenario by its name, as `load` does.

        Raises
        ------
        ScenarioError
            At ``file:line:column``, if it cannot be read.
        """
        return cls(_read_layers(find_scenario(path), ()))

    @classmethod
    def of(cls, scenario: Scenario) -> ChangeableScenario:
        """Take a scenario made in Python.

        Raises
        ------
        ScenarioError
            As `revalidate`.
        """
        return cls.read_dump(dump(revalidate(scenario)))

    @classmethod
    def read_dump(cls, text: str, folder: FilePath | None = None) -> ChangeableScenario:
        """Read a scenario that `coevolve_sim.scenario.dump` wrote; relative paths start at the folder."""
        node = read_node(text, "scenario.yaml")
        return cls(node if folder is None else with_paths(node, folder))

    def change(self, changes: Iterable[Change]) -> LoadedScenario:
        """Return the scenario with keys set.

        Raises
        ------
        ScenarioError
            Where the change is written, if there is no such key or it cannot be so.

        Examples
        --------
        >>> tiny = ChangeableScenario.of(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
        >>> tiny.change(read_changes(["rounds=5"])).scenario.rounds
        5
        """
        return _validated(apply_changes(self.node, changes))

    def lay(self, changes: Iterable[Change]) -> LoadedScenario:
        """Return the scenario with keys set, mappings laid over what is there.

        Raises
        ------
        ScenarioError
            As `change`.

        Examples
        --------
        >>> tiny = ChangeableScenario.of(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
        >>> laid = tiny.lay(read_changes({"update": {"confidence": {"peer": 0.1}}}))
        >>> laid.scenario.update.confidence.peer, laid.scenario.update.rule
        (0.1, 'hegselmann_krause')
        """
        return _validated(lay_changes(self.node, changes))


def load(path: FilePath | str, overrides: Mapping[str, object] | Iterable[str] = ()) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : path
        A YAML file, or the bare name of a shipped scenario (``"lock_in"``) where no file is called NAME or
        NAME.yaml here.
    overrides : mapping or iterable of str
        ``{"update.confidence.peer": 0.2}`` or ``["update.confidence.peer=0.2"]``.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        At ``file:line:column``: what was given, what is allowed.
    """
    return load_with_places(path, overrides).scenario


def load_with_places(
    path: FilePath | str, overrides: Mapping[str, object] | Iterable[str] = ()
) -> LoadedScenario:
    """Read a scenario file and keep the place of each key; see `load`."""
    return ChangeableScenario.read(path).change(read_changes(overrides))


def loads(
    text: str,
    source: str = "<text>",
    overrides: Mapping[str, object] | Iterable[str] = (),
    folder: FilePath | None = None,
) -> Scenario:
    """Read a scenario from text; relative paths in it are relative to the folder, else to the current one.

    Raises
    ------
    ScenarioError
        At ``source:line:column``.

    Examples
    --------
    >>> loads("{name: tiny, rounds: 3, population: {humans: 20}}").population.humans
    20
    """
    node = read_node(text, source)
    if isinstance(node.content, dict) and "extends" in node.content:
        raise ScenarioError("a text cannot extend a file; use a file", str(node.content["extends"][0]))
    node = with_paths(node, folder or FilePath.cwd())
    return _validated(apply_changes(node, read_changes(overrides))).scenario


# --- layers --------------------------------------------------------------------------------------


def _read_layers(path: FilePath, below: tuple[FilePath, ...], asked_at: Mark | None = None) -> Node:
    where = str(asked_at) if asked_at else None
    resolved = resolve_path(path, where)
    if resolved in below:
        circle = " -> ".join(p.name for p in (*below[below.index(resolved) :], resolved))
        raise ScenarioError(f"extends itself: {circle}", where)
    if len(below) >= MAX_EXTENDS:
        raise ScenarioError(f"more than {MAX_EXTENDS} files extend each other", where)
    node = with_paths(read_node(read_text(path, where), str(path)), path.parent)
    if not isinstance(node.content, dict):
        raise ScenarioError("a scenario is a mapping of keys to values", str(node.mark))
    if "extends" not in node.content:
        return node
    key_mark, base_node = node.content["extends"]
    if not isinstance(base_node.content, str):
        raise ScenarioError("extends takes the name of one scenario file", str(base_node.mark))
    base = _read_layers(path.parent / base_node.content, (*below, resolved), base_node.mark)
    own = {key: entry for key, entry in node.content.items() if key != "extends"}
    return lay_over(base, Node(own, key_mark))


def read_text(path: FilePath, where: str | None = None) -> str:
    """Return the text of a YAML file.

    Raises
    ------
    ScenarioError
        If it cannot be read, is too large, or is not UTF-8 (names line and column).
    """
    try:
        data = read_input(path, ScenarioError, MAX_BYTES).removeprefix(codecs.BOM_UTF8)
    except ScenarioError as error:
        missing = error.problem.endswith("there is no such file")
        raise ScenarioError(error.problem + (shipped_instead(path) if missing else ""), where) from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        *above, before = data[: error.start].split(b"\n")
        line, column = len(above) + 1, len(before.decode()) + 1
        raise ScenarioError("not UTF-8 text; save the file as UTF-8", f"{path}:{line}:{column}") from None


# --- validation ----------------------------------------------------------------------------------


def _validated(node: Node) -> LoadedScenario:
    data = read_installed_kinds(node.plain())
    if not isinstance(data, dict):
        raise ScenarioError("a scenario is a mapping of keys to values", str(node.mark))
    try:
        scenario = Scenario.model_validate_json(json.dumps(_with_default_kinds(data)))
    except ValidationError as error:
        raise _error(problems_of(error, data, Scenario), node) from None
    if problems := list(misfits(scenario)):
        raise _error(problems, node)
    return LoadedScenario(scenario, node)


def revalidate(scenario: Scenario) -> Scenario:
    """Return a scenario made or changed in Python, past the checks of `load`, checked as a file's is.

    Parameters
    ----------
    scenario : Scenario
        Of which parts may be mappings, and numbers NumPy's.

    Returns
    -------
    Scenario
        Equal to it; what to build a society from.

    Raises
    ------
    ScenarioError
        What was given, what is allowed; ``path`` names the key.

    Examples
    --------
    >>> tiny = loads("{name: tiny, rounds: 3, population: {humans: 20}}")
    >>> revalidate(tiny) == tiny
    True
    >>> revalidate(tiny.model_copy(update={"seed": "abc"}))
    Traceback (most recent call last):
    coevolve_sim.errors.ScenarioError: seed: the text "abc" given; allowed: a whole number in [0, ...]
    """
    if unknown := sorted(scenario.__dict__.keys() - Scenario.model_fields.keys()):
        known = ", ".join(Scenario.model_fields)
        raise ScenarioError(f"unknown key '{unknown[0]}'. Allowed here: {known}", path=(unknown[0],))
    try:
        # As Python's own, not as JSON's: that would make 1 of True, and so hide what was given.
        text = json.dumps(scenario.model_dump(warnings=False), default=without_numpy)
        checked = Scenario.model_validate_json(text)
    except ValidationError as error:
        problems = problems_of(error, json.loads(text), Scenario)
    except (PydanticSerializationError, TypeError, ValueError) as error:
        what = str(error) or "a value is no text, number, list or mapping"
        raise ScenarioError(f"the scenario cannot be written down: {what}") from None
    else:
        problems = list(misfits(checked))
        if not problems:
            return checked
    raise ScenarioError(problems[0].message, path=problems[0].path)


def _with_default_kinds(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with kinds that may be left out filled in: a channel without a kind is numeric."""
    channel = data.get("channel")
    if isinstance(channel, dict) and "kind" not in channel:
        data = data | {"channel": {"kind": NumericChannelSpec.model_fields["kind"].default} | channel}
    return data


def _error(problems: list[Problem], node: Node) -> ScenarioError:
    """Return one error that lists all problems, in the order of their places in the file."""
    placed = sorted(
        ((node.locate(p.path, key=p.at_key), p) for p in problems),
        key=lambda pair: (pair[0].source, pair[0].line, pair[0].column),
    )
    first_mark, first = placed[0]
    lines = [f"{_named(first.path)}{first.message}"]
    lines += [f"{mark}: {_named(p.path)}{p.message}" for mark, p in placed[1:MAX_SHOWN]]
    if len(placed) > MAX_SHOWN:
        lines.append(f"... and {len(placed) - MAX_SHOWN} more")
    return ScenarioError("\n".join(lines), str(first_mark), first.path)


def _named(path: Path) -> str:
    return ".".join(str(step) for step in path) + ": " if path else ""


def first_difference(a: Any, b: Any, path: str = "") -> str | None:
    """Return the first key at which two scenarios as plain data differ, with both values; None if equal.

    Examples
    --------
    >>> first_difference({"seed": 1}, {"seed": 2})
    'seed: 1 -> 2'
    """
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys([*a, *b]):
            inner = f"{path}.{key}" if path else key
            if found := first_difference(a.get(key), b.get(key), inner):
                return found
        return None
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for index, (left, right) in enumerate(zip(a, b, strict=True)):
            if found := first_difference(left, right, f"{path}.{index}"):
                return found
        return None
    return None if a == b and type(a) is type(b) else f"{path}: {_short(a)} -> {_short(b)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
