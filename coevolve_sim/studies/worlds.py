"""Worlds: one base scenario, changed in a few keys; which changes keep the same people and draws.

Effects are differences between worlds of one seed, so that every draw is the same in both (common random
numbers). A change of what draws are named by, or drawn for, would compare other people; it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coevolve_sim.errors import ScenarioError, StudyError
from coevolve_sim.scenario import (
    Change,
    ChangeableScenario,
    LoadedScenario,
    Scenario,
    build_change,
    content_of,
    first_difference,
    read_changes,
)
from coevolve_sim.scenario.society_specs import DEFAULT_HUMANS

AS_WRITTEN, FROZEN, NO_ASSISTANT = "as_written", "frozen_assistant", "no_assistant"
"""Worlds of a comparison that names none."""

PEERS = "peers"
"""Key of a world, not of a scenario: ``peers: {replay: WORLD}``."""

PAIRED = ("seed", "value_space", "dimensions", "rounds", "rounds_per_era")
"""Keys that all worlds share: who there is, what is drawn, and when it is looked at."""


@dataclass(frozen=True)
class World:
    """A world: its name, and the keys in which it differs from the base scenario.

    Attributes
    ----------
    name : str
    changes : tuple of Change
    peers_of : str
        A world of the study whose messages among peers are heard in place of its own; empty for its own.
    """

    name: str
    changes: tuple[Change, ...] = ()
    peers_of: str = ""

    def describe(self) -> str:
        """Return what differs, in a line.

        Examples
        --------
        >>> World("slow", tuple(read_changes(["update.rate.peer=.1"]))).describe()
        'update.rate.peer = 0.1'
        """
        told = [f"{change.key} = {_shorten(change.value.plain())}" for change in self.changes]
        told += [f"peers say what they say in {self.peers_of}"] if self.peers_of else []
        return ", ".join(told) or "as written"


def _shorten(value: Any) -> str:
    """Return a value as text of a line's length; a file is told by its name."""
    text = str(_name_files(value))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _name_files(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _name_files(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_name_files(part) for part in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def build_default_worlds(scenario: Scenario) -> list[World]:
    """Return the worlds of a comparison that names none: as written, its assistants frozen, none.

    Parameters
    ----------
    scenario : Scenario
        The base; worlds that would be like it are left out.

    Raises
    ------
    StudyError
        If it has no assistant, so that there is nothing to leave out.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> [world.name for world in build_default_worlds(loads("{name: a, rounds: 2, assistants: [{}]}"))]
    ['as_written', 'frozen_assistant', 'no_assistant']
    """
    if not scenario.assistants:
        raise StudyError(
            f"scenario '{scenario.name}' has no assistant to compare with none; name worlds: "
            "--world NAME='KEY=VALUE'"
        )
    worlds = [World(AS_WRITTEN)]
    learning = [i for i, one in enumerate(scenario.assistants) if one.policy.learns]
    if learning:
        worlds.append(World(FROZEN, tuple(freeze_assistants(learning))))
    return [*worlds, World(NO_ASSISTANT, tuple(remove_assistants(scenario)))]


def freeze_assistants(which: Iterable[int]) -> list[Change]:
    """Return the changes that keep these assistants from learning."""
    return read_changes({f"assistants.{i}.policy": {"kind": "frozen"} for i in which}, "--world")


def remove_assistants(scenario: Scenario) -> list[Change]:
    """Return the changes that leave out all assistants, and what is done to them."""
    changes: dict[str, Any] = {"assistants": []}
    kept = [act for act in scenario.interventions if not hasattr(act, "assistant")]
    if len(kept) < len(scenario.interventions):
        changes["interventions"] = [act.model_dump(mode="json") for act in kept]
    if scenario.drive is not None:
        changes["drive"] = None
    if scenario.adversaries is not None:
        changes["adversaries"] = None
    if getattr(scenario.channel, "mediator", None) is not None:
        changes["channel.mediator"] = None
    return read_changes(changes, "--world")


def read_worlds(texts: Sequence[str]) -> list[World]:
    """Read worlds as the command line gives them: ``NAME=KEY=VALUE``, or ``NAME=`` for one as written.

    A name given again adds a key to its world.

    Raises
    ------
    ScenarioError
        If a world cannot be read.

    Examples
    --------
    >>> [world.describe() for world in read_worlds(["slow=update.rate.peer=.1", "plain="])]
    ['update.rate.peer = 0.1', 'as written']
    """
    worlds: dict[str, list[Change]] = {}
    for text in texts:
        name, equals, change = text.partition("=")
        if not equals:
            raise ScenarioError(
                f"'{text}': write NAME='KEY=VALUE', as in slow='update.rate.peer=.1'", "--world"
            )
        of_world = worlds.setdefault(check_world_name(name.strip(), "--world"), [])
        of_world += read_changes([change], f"--world {name.strip()}") if change.strip() else []
    return [World(name, tuple(changes)) for name, changes in worlds.items()]


def check_world_name(name: str, where: str) -> str:
    """Return the name of a world, if it can be one.

    Raises
    ------
    ScenarioError
        If it holds anything but letters, digits, ``_`` and ``-``.
    """
    if (
        not name
        or len(name) > 60
        or not name.replace("_", "a").replace("-", "a").isalnum()
        or not name.isascii()
    ):
        raise ScenarioError(
            f"'{name}' cannot name a world; allowed: up to 60 letters, digits, _ and -", where
        )
    return name


def build_world(base: ChangeableScenario, point: Sequence[Change], world: World) -> LoadedScenario:
    """Return the scenario of a world at a point of a design.

    Raises
    ------
    ScenarioError
        Where the change is written, if it cannot be.
    """
    return base.change((*point, *world.changes))


def check_worlds(
    scenarios: Mapping[str, Scenario], reference: str, peers_of: Mapping[str, str] | None = None
) -> None:
    """Refuse worlds that cannot be compared pair by pair.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        The scenario of each world.
    reference : str
        The world that the others are compared with.
    peers_of : mapping of str to str, optional
        Of worlds whose peers speak as in another: which.

    Raises
    ------
    StudyError
        If the reference is none of them, two worlds do not differ, or a key differs that draws, people or the
        times of measuring hang on (names world and key).

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> one = loads("{name: a, rounds: 2, seed: 1}")
    >>> check_worlds({"a": one, "b": one.model_copy(update={"seed": 2})}, "a")
    Traceback (most recent call last):
    coevolve_sim.errors.StudyError: world 'b' differs from 'a' in seed: 1 -> 2: other draws, or other ...
    """
    if reference not in scenarios:
        raise StudyError(f"the reference '{reference}' is no world; there are: {', '.join(scenarios)}")
    seen: dict[str, str] = {}
    peers_of = peers_of or {}
    for name, other in peers_of.items():
        if other not in scenarios or peers_of.get(other):
            raise StudyError(
                f"world '{name}' hears the peers of '{other}', which is no world whose peers speak for "
                f"themselves; there are: {', '.join(one for one in scenarios if not peers_of.get(one))}"
            )
    for name, scenario in scenarios.items():
        _refuse_broken_pairing(name, scenario, reference, scenarios[reference])
        content = f"{content_of(scenario)} {peers_of.get(name, '')}"
        if content in seen:
            raise StudyError(
                f"world '{name}' is the same as '{seen[content]}': what it sets, the base has already; "
                "leave it out, or change a key"
            )
        seen[content] = name


def _refuse_broken_pairing(name: str, scenario: Scenario, reference: str, other: Scenario) -> None:
    here, there = (_what_is_paired(one) for one in (scenario, other))
    if difference := first_difference(there, here):
        raise StudyError(
            f"world '{name}' differs from '{reference}' in {difference}: other draws, or other people, or "
            "other times of measuring, so that no pair of runs can be compared; make that a design "
            "(coevolve sweep), or a study of its own"
        )


_WHO_PEOPLE_ARE = {"path", "match", "id", "missing", "missing_cells", "others", "weight"}
"""Keys of a file of people that say who is where in the network."""


def _what_is_paired(scenario: Scenario) -> dict[str, Any]:
    """Return the parts of a scenario that all worlds must share."""
    paired: dict[str, Any] = scenario.model_dump(mode="json", include={*PAIRED})
    humans: Any = scenario.population.humans
    if humans is None:
        network = scenario.network
        humans = f"those of {getattr(network, 'path', network)}" if network.brings_humans else DEFAULT_HUMANS
    paired["population.humans"] = humans
    if (file := scenario.population.file) is not None:
        paired["population.file"] = file.model_dump(mode="json", include=_WHO_PEOPLE_ARE)
    for index, group in enumerate(scenario.population.groups):
        paired[f"population.groups.{index}"] = {"name": group.name, "share": group.share}
    paired["measures.every"] = scenario.measures.every
    return paired


def read_world_entries(entries: Mapping[str, tuple[Any, Any]], folder: Path) -> list[World]:
    """Read the worlds of a study file: a mapping of name to a mapping of dotted keys to values.

    Parameters
    ----------
    entries : mapping of str to (Mark, Node)
        As `coevolve_sim.scenario.yaml_text` reads them.
    folder : Path
        From which relative paths start.

    Raises
    ------
    ScenarioError
        At ``file:line:column``.
    """
    worlds = []
    for name, (mark, node) in entries.items():
        check_world_name(name, str(mark))
        keys = dict(node.content or {})
        peers = keys.pop(PEERS, None)
        changes = [build_change(key, value, at, folder) for key, (at, value) in keys.items()]
        worlds.append(World(name, tuple(changes), "" if peers is None else _replayed(*peers)))
    return worlds


def _replayed(mark: Any, node: Any) -> str:
    """Return the world whose peers are heard: ``{replay: WORLD}``."""
    given = node.plain()
    if not isinstance(given, dict) or [*given] != ["replay"] or not isinstance(given["replay"], str):
        raise ScenarioError("peers of a world: write {replay: WORLD}", str(mark))
    return str(given["replay"])
