"""Plug-ins that a scenario names: find them, and check the parameters given to them.

Parameters are typed fields: the annotations of a plug-in's parameters say what it takes (``strength: float``,
or with a range ``Annotated[float, Field(ge=0, le=1)]``), and the scenario's parameters are checked against
them. A parameter is true or false, a number, a text, null, or a list of the first three
(``weights: list[int]``, ``limit: float | None = None``).
"""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from coevolve_sim.errors import CoevolveError, PluginError, ScenarioError
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.registry import Registry, describe_exception, installed_kinds, plugin_name
from coevolve_sim.scenario.problems import problems_of
from coevolve_sim.scenario.spec import Spec
from coevolve_sim.scenario.yaml_text import Path

PLACES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("update",), "rule", "coevolve_sim.rules"),
    (("channel",), "kind", "coevolve_sim.channels"),
    (("channel", "reader"), "kind", "coevolve_sim.readers"),
    (("channel", "questionnaire"), "kind", "coevolve_sim.questionnaires"),
    (("minds", "*"), "kind", "coevolve_sim.minds"),
    (("network",), "family", "coevolve_sim.networks"),
    (("assistants", "*", "policy"), "kind", "coevolve_sim.policies"),
    (("interventions", "*", "policy"), "kind", "coevolve_sim.policies"),
    (("interventions", "*", "network"), "family", "coevolve_sim.networks"),
)
"""Where a scenario may name an installed kind, by which key, and in which group it is announced."""


def read_installed_kinds(data: Any) -> Any:
    """Return a scenario's data with the kinds of installed plug-ins rewritten as custom parts.

    ``rule: theirs`` is read as ``rule: custom, path: theirs``, which is also how a scenario is dumped.
    """
    space = data.get("value_space") if isinstance(data, dict) else None
    if isinstance(space, str) and space in installed_kinds("coevolve_sim.value_spaces"):
        data = {**data, "value_space": {"kind": "custom", "path": space}}
    for steps, key, group in PLACES:
        if known := installed_kinds(group):
            data = _with_custom(data, steps, key, known)
    return data


def _with_custom(data: Any, steps: tuple[str, ...], key: str, known: frozenset[str]) -> Any:
    if steps and steps[0] == "*":
        return (
            [_with_custom(item, steps[1:], key, known) for item in data] if isinstance(data, list) else data
        )
    if not isinstance(data, dict):
        return data
    if steps:
        inner = data.get(steps[0])
        return data if inner is None else {**data, steps[0]: _with_custom(inner, steps[1:], key, known)}
    kind = data.get(key)
    if isinstance(kind, str) and kind in known and "path" not in data:
        return {**data, key: "custom", "path": kind}
    return data


def plugins_in(part: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the plug-ins that a scenario names, with the keys that lead to each, in the order of the keys.

    Parameters
    ----------
    part : Scenario or part of one
    path : tuple of str and int
        Keys that lead to it.
    """
    if isinstance(part, Spec):
        if part.plugin_group:
            yield path, part
        for key in type(part).model_fields:
            yield from plugins_in(getattr(part, key), (*path, key))
    elif isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from plugins_in(item, (*path, index))


def make_plugin(spec: Any, registry: Registry, base: type, path: Path) -> Any:
    """Return the object made by a scenario's plug-in, after checking its class and its parameters.

    Parameters
    ----------
    spec : Spec
        A spec with ``path`` and ``parameters``.
    registry : Registry
        Registry of the concept.
    base : type
        Base class that the plug-in's class must have.
    path : tuple of str and int
        Keys that lead to the spec.

    Raises
    ------
    ScenarioError
        At the key that causes it: the plug-in cannot be loaded, is of another class, or does not take a
        parameter.
    """
    found = load_at(spec, registry, path)
    name = plugin_name(spec.path)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ScenarioError(
            f"'{name}' is no {registry.concept}: a class that derives from "
            f"{base.__module__}.{base.__name__} is wanted",
            path=(*path, "path"),
        )
    given = typed_parameters(found, spec.parameters, name, (*path, "parameters"))
    what = f"{registry.concept} '{name}'"
    try:
        with plugin_call(what, PluginError, "cannot be made"):
            return found(**given)
    except PluginError as error:
        raise ScenarioError(str(error), path=path) from error
    except CoevolveError as error:
        raise ScenarioError(f"{what} cannot be made: {describe_exception(error)}", path=path) from error


def load_at(spec: Any, registry: Registry, path: Path) -> Any:
    """Load the class or function that a plug-in's path names; errors name the key.

    Raises
    ------
    ScenarioError
        If it cannot be loaded.
    """
    try:
        return registry.load(spec.path)
    except ScenarioError:
        raise
    except Exception as error:
        raise ScenarioError(str(error), path=(*path, "path")) from error


def function_parameters(
    found: Callable[..., Any], spec: Any, leading: tuple[str, ...], concept: str, path: Path
) -> dict[str, Any]:
    """Return the parameters of a plug-in that is a function, which is held to its first arguments too.

    Parameters
    ----------
    found : callable
        What the spec's path names.
    spec : Spec
        With ``path`` and ``parameters``.
    leading : tuple of str
        What it is called with before its parameters.
    concept : str
        What it is to be, in the singular.
    path : tuple of str and int
        Keys that lead to the spec.

    Raises
    ------
    ScenarioError
        At the key that is to blame.
    """
    name = plugin_name(spec.path)
    try:
        signature = inspect.signature(found)
        signature.bind_partial(*leading)
    except (TypeError, ValueError):
        shown = "what cannot be told" if isinstance(found, type) else inspect.signature(found)
        raise ScenarioError(
            f"'{name}' is no {concept}: it takes {shown}; a function of ({', '.join(leading)}, **parameters) "
            "is wanted",
            path=(*path, "path"),
        ) from None
    return typed_parameters(found, spec.parameters, name, (*path, "parameters"), len(leading))


def typed_parameters(
    plugin: Callable[..., Any], given: Mapping[str, Any], name: str, path: Path, n_leading: int = 0
) -> dict[str, Any]:
    """Return the parameters of a plug-in, checked against the types that it declares.

    Parameters
    ----------
    plugin : class or function
    given : mapping of str to object
        The scenario's ``parameters``.
    name : str
        Name of the plug-in, for errors.
    path : tuple of str and int
        Keys that lead to the parameters.
    n_leading : int
        Number of a function's first arguments that are not parameters.

    Raises
    ------
    ScenarioError
        At the parameter that is missing, unknown, or of another type.
    """
    model = _model_of(plugin, n_leading)
    data = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    try:
        checked = model.model_validate_json(
            json.dumps({key: _as_whole(value) for key, value in data.items()})
        )
    except ValidationError as error:
        first = problems_of(error, data, model)[0]
        which = f"parameter '{first.path[0]}' of {name}" if first.path else f"parameters of {name}"
        said = first.message if model.model_fields else "it takes no parameters; leave it out"
        raise ScenarioError(f"{which}: {said}", path=(*path, *first.path)) from None
    typed = {key: field.annotation is not Any for key, field in model.model_fields.items()}
    return {key: getattr(checked, key) if typed.get(key) else value for key, value in given.items()}


def _as_whole(value: object) -> object:
    """Return a whole number as an int, in a list too: scenarios read floats, a parameter may be an int."""
    if isinstance(value, list):
        return [_as_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _model_of(plugin: Callable[..., Any], n_leading: int) -> type[BaseModel]:
    """Return a pydantic model of a plug-in's parameters; it is open if the plug-in takes any keywords."""
    try:
        parameters = list(inspect.signature(plugin).parameters.values())[n_leading:]
    except (TypeError, ValueError):
        parameters = []
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters)
    hints = _hints_of(plugin)
    fields: dict[str, Any] = {
        one.name: (hints.get(one.name, Any), ... if one.default is one.empty else one.default)
        for one in parameters
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    }
    config = ConfigDict(
        strict=True,
        extra="allow" if takes_any else "forbid",
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
    )
    return create_model("Parameters", __config__=config, **fields)


def _hints_of(plugin: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of a plug-in's parameters; empty if its annotations cannot be resolved."""
    try:
        return typing.get_type_hints(
            plugin.__init__ if isinstance(plugin, type) else plugin,  # type: ignore[misc]
            include_extras=True,
        )
    except Exception:  # noqa: BLE001 - an annotation is the user's own and may name what is not there
        return {}
