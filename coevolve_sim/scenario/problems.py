"""Describe what is wrong with a scenario, in sentences.

pydantic reports where in the data a check failed, and which; the JSON Schema holds what is allowed there.
Together they give what was given, what is allowed and, for an unknown key, the nearest known one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from coevolve_sim.registry import nearest
from coevolve_sim.scenario.spec import KINDS
from coevolve_sim.scenario.yaml_text import Path

Schema = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """One problem of a scenario: its path in the data, its text, and whether the key itself is wrong."""

    path: Path
    message: str
    at_key: bool = False


def require_known(name: str, known: Sequence[str], path: Path, what: str) -> Iterator[Problem]:
    """Yield a problem if a name is unknown, with the nearest known name."""
    if name not in known:
        listed = ", ".join(known) or "none"
        yield Problem(path, f"unknown {what} '{name}'{nearest(name, known) or '.'} There are: {listed}")


def problems_of(error: ValidationError, data: Any, model: type[BaseModel]) -> list[Problem]:
    """Return pydantic's errors as problems, at most one for each path, in pydantic's order."""
    schema = _schema_of(model)
    found: dict[Path, Problem] = {}
    strangers: set[Path] = set()  # where so far it was said only what else a mapping might have been
    for detail in error.errors(include_url=False, include_context=True):
        problem = _problem(detail["type"], detail["loc"], detail.get("ctx", {}), data, schema)
        if detail["type"] == "missing" and _is_one_mapping(_schema_at(schema, problem.path, data), schema):
            found[problem.path] = problem if problem.path in strangers else found.get(problem.path, problem)
            strangers.discard(problem.path)
        elif problem.path not in found and detail["type"] != "missing":
            strangers.add(problem.path)
        found.setdefault(problem.path, problem)
    return _without_wrong_branches(list(found.values()), data)


def _is_one_mapping(node: Schema, schema: Schema) -> bool:
    """Return whether what is allowed is a single kind of mapping, or something else that is none."""
    kinds = [branch.get("type") for branch in _branches(node, schema)]
    return len(kinds) > 1 and kinds.count("object") == 1


@cache
def _schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def _without_wrong_branches(problems: list[Problem], data: Any) -> list[Problem]:
    """Drop problems of a whole if one of its parts has a problem of its own."""
    deeper = {p.path for p in problems}
    return [
        p
        for p in problems
        if not (
            isinstance(_value_at(data, p.path), dict | list)
            and any(len(q) > len(p.path) and q[: len(p.path)] == p.path for q in deeper)
        )
    ]


def _problem(kind: str, loc: Path, context: dict[str, Any], data: Any, schema: Schema) -> Problem:
    path = _data_path(loc, data)
    if kind == "extra_forbidden":
        key = str(loc[-1])
        here = _choose(_schema_at(schema, path[:-1], data), _value_at(data, path[:-1]), schema)
        known = _properties(here)
        guess = nearest(key, known) or "."
        return Problem(path, f"unknown key '{key}'{guess} Allowed here: {', '.join(known)}", at_key=True)
    if kind == "missing":
        return Problem(
            path, f"key '{loc[-1]}' is missing: {allowed(_schema_at(schema, (*path, loc[-1]), data), schema)}"
        )
    if kind == "union_tag_not_found":
        tag = str(context["discriminator"]).strip("'")
        if not isinstance(_value_at(data, path), dict):
            return Problem(
                path, f"{shown(_value_at(data, path))} given; allowed: a mapping with a key '{tag}'"
            )
        return Problem(path, f"key '{tag}' is missing: one of {', '.join(_tags(schema, path, data))}")
    if kind == "union_tag_invalid":
        tag, given = str(context["discriminator"]).strip("'"), str(context["tag"])
        tags = _tags(schema, path, data)
        return Problem(
            (*path, tag), f"unknown {tag} '{given}'{nearest(given, tags) or '.'} Allowed: {', '.join(tags)}"
        )
    return Problem(
        path,
        f"{shown(_value_at(data, path))} given; allowed: {allowed(_schema_at(schema, path, data), schema)}",
    )


def _tags(schema: Schema, path: Path, data: Any) -> list[str]:
    return list(_discriminator(_schema_at(schema, path, data), schema)["mapping"])


def _data_path(loc: Path, data: Any) -> Path:
    """Return pydantic's location without the steps that name a branch of a union."""
    path: list[str | int] = []
    branch_named = False
    for position, step in enumerate(loc):
        if not branch_named and _is_branch(step, data) and position < len(loc) - 1:
            branch_named = True
            continue
        branch_named = False
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def _is_branch(step: str | int, data: Any) -> bool:
    """Return whether a step names the kind of part that the data is."""
    return isinstance(data, dict) and any(data.get(kind) == step for kind in KINDS)


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def shown(value: Any) -> str:
    """Return a value as a user would write it, shortened.

    Examples
    --------
    >>> shown("NO"), shown({"a": 1})
    ('the text "NO"', 'a mapping')
    """
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing (null)"
    text = json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 60 else text[:57] + '..."'
    return f"the text {text}" if isinstance(value, str) else text


# --- what the schema allows ----------------------------------------------------------------------


def _resolve(node: Schema, schema: Schema) -> Schema:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _branches(node: Schema, schema: Schema) -> list[Schema]:
    node = _resolve(node, schema)
    alternatives = node.get("anyOf") or node.get("oneOf")
    if alternatives is None:
        return [node]
    return [leaf for branch in alternatives for leaf in _branches(branch, schema)]


def _discriminator(node: Schema, schema: Schema) -> Schema:
    """Return the key that distinguishes the parts of a union, and its values; empty if there is none."""
    node = _resolve(node, schema)
    return next((u["discriminator"] for u in (node, *node.get("anyOf", ())) if "discriminator" in u), {})


def _choose(node: Schema, data: Any, schema: Schema) -> Schema:
    """Return the branch of a union that the data selects."""
    kinds = _discriminator(node, schema)
    if kinds and isinstance(data, dict):
        kind = data.get(kinds["propertyName"])
        if isinstance(kind, str) and kind in kinds["mapping"]:
            return _resolve({"$ref": kinds["mapping"][kind]}, schema)
    node = _resolve(node, schema)
    wanted = "object" if isinstance(data, dict) else "array" if isinstance(data, list) else None
    branches = [branch for branch in _branches(node, schema) if branch.get("type") == wanted]
    if isinstance(data, dict) and "kind" in data:  # of two forms of a part, one may have no kind
        branches = [branch for branch in branches if "kind" in _properties(branch)] or branches
    return branches[0] if branches else node


def _schema_at(schema: Schema, path: Path, data: Any) -> Schema:
    """Return the schema of a path, with all branches of a union still open."""
    node = schema
    for step in path:
        chosen = _choose(node, data, schema)
        if isinstance(step, int):
            node = chosen.get("items", {})
        else:
            extra = chosen.get("additionalProperties")
            node = chosen.get("properties", {}).get(step, extra if isinstance(extra, dict) else {})
        data = _step(data, step)
    return node


def _step(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _properties(node: Schema) -> list[str]:
    return list(node.get("properties", {}))


def allowed(node: Schema, schema: Schema) -> str:
    """Return in words what a node of the schema allows.

    Examples
    --------
    >>> allowed({"type": "number", "minimum": 0, "maximum": 1}, {})
    'a number in [0, 1]'
    """
    if kinds := _discriminator(node, schema):
        or_null = " or null" if {"type": "null"} in node.get("anyOf", ()) else ""
        return f"a mapping with a key '{kinds['propertyName']}'{or_null}"
    words = [_allowed_branch(branch, schema) for branch in _branches(node, schema)]
    return " or ".join(dict.fromkeys(words)) or "nothing"


def _allowed_branch(node: Schema, schema: Schema) -> str:
    if "const" in node:
        return f"'{node['const']}'"
    if "enum" in node:
        return "one of " + ", ".join(f"'{choice}'" for choice in node["enum"])
    kind = node.get("type")
    if kind in ("number", "integer"):
        return ("a whole number" if kind == "integer" else "a number") + _interval(node)
    if kind == "array":
        items = allowed(node.get("items", {}), schema)
        least = node.get("minItems")
        return f"a list{f' of at least {least}' if least else ''}, each {items}"
    if kind == "object":
        if isinstance(node.get("additionalProperties"), dict):
            least = node.get("minProperties", 0)
            names = "names" if not least else "at least one name" if least == 1 else f"at least {least} names"
            return f"a mapping of {names}, each to {allowed(node['additionalProperties'], schema)}"
        keys = ", ".join(_properties(node))
        return f"a mapping with keys {keys}" if keys else "a mapping of keys to values"
    if kind == "string":
        plain = "a text that is not empty" if node.get("minLength") else "a text"
        return f"a text matching {node['pattern']}" if "pattern" in node else plain
    return {"boolean": "true or false", "null": "null"}.get(str(kind), "anything")


def _interval(node: Schema) -> str:
    low, high = (
        node.get("minimum", node.get("exclusiveMinimum")),
        node.get("maximum", node.get("exclusiveMaximum")),
    )
    if (low, high) == (None, None):
        return ""
    opening = "(" if "exclusiveMinimum" in node or low is None else "["
    closing = ")" if "exclusiveMaximum" in node or high is None else "]"
    return f" in {opening}{_number(low, '-inf')}, {_number(high, 'inf')}{closing}"


def _number(value: Any, instead: str) -> str:
    return instead if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)
