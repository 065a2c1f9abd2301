"""The JSON Schema and the starting file: complete, described, and true to what is read."""

import json

import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import dump, json_schema, key_tables, loads, starting_file
from coevolve_sim.society.setup import build_setup

SCHEMA = json_schema()
PARTS = {"Scenario": SCHEMA, **SCHEMA["$defs"]}
KEYS = [
    (part, key, node)
    for part, schema in PARTS.items()
    for key, node in schema["properties"].items()
    if key != "extends"
]
KINDS = {"string", "number", "integer", "boolean", "array", "object", "null"}


def nodes(node, key=""):
    """Yield every mapping of the schema that says what a value may be."""
    if isinstance(node, dict):
        if key != "properties":
            yield node
        for inner, value in node.items():
            if inner not in {"default", "mapping", "required", "enum", "const"}:
                yield from nodes(value, inner)
    if isinstance(node, list):
        for item in node:
            yield from nodes(item)


def numbers_in(node):
    """Yield the numbers a key takes, not those of the parts it refers to."""
    return [n for n in nodes(node) if n.get("type") in {"number", "integer"}]


def test_the_schema_is_json_and_says_of_which_draft():
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["required"] == ["name"]


def test_every_reference_leads_somewhere_and_every_definition_is_referred_to():
    text = json.dumps(SCHEMA)
    referred = {part for part in SCHEMA["$defs"] if f'"#/$defs/{part}"' in text}
    asked = {n["$ref"] for n in nodes(SCHEMA) if "$ref" in n}
    assert asked == {f"#/$defs/{part}" for part in referred}
    assert referred == set(SCHEMA["$defs"])


def test_every_node_has_a_known_type_and_ranges_that_are_not_empty():
    for node in nodes(SCHEMA):
        assert node.get("type", "null") in KINDS
        low = node.get("minimum", node.get("exclusiveMinimum", float("-inf")))
        high = node.get("maximum", node.get("exclusiveMaximum", float("inf")))
        assert low < high
        for key in ("anyOf", "oneOf"):
            assert len(node.get(key, "12")) >= 2


def test_every_part_refuses_unknown_keys_and_requires_only_its_own():
    for part, schema in PARTS.items():
        assert schema["type"] == "object", part
        assert schema["additionalProperties"] is False, part
        assert schema["description"], part
        assert set(schema.get("required", [])) <= set(schema["properties"]), part


def lacks(part, key, node):
    """Return what a key should have and has not, in words."""
    meaning = node.get("description") or PARTS[node["$ref"].rsplit("/", 1)[1]]["description"]
    found = {
        "a meaning that ends with a full stop": len(meaning) >= 4 and meaning.endswith("."),
        "a unit": bool(node.get("unit")),
        "a default, or that it must be given": ("default" in node)
        != (key in PARTS[part].get("required", [])),
    }
    return [what for what, has in found.items() if not has]


def test_every_key_has_a_meaning_a_unit_and_a_default_or_must_be_given():
    assert not {f"{part}.{key}": found for part, key, node in KEYS if (found := lacks(part, key, node))}
    assert len(KEYS) > 300, "the keys of the schema were found"


def test_a_key_that_lacks_all_of_it_is_named_with_all_of_it():
    assert lacks("Scenario", "name", {"description": "x", "default": 0}) == [
        "a meaning that ends with a full stop",
        "a unit",
        "a default, or that it must be given",
    ]


UNBOUNDED = {("StochasticBlockSpec", "blocks"), ("DegreeSequenceSpec", "degrees"), ("GroupSpec", "era")}
"""Numbers of a network and of a history that only the number of humans or eras bounds."""


def is_bounded(number):
    return any(limit in number for limit in ("minimum", "exclusiveMinimum"))


def test_every_number_has_a_range():
    numbers = [((part, key), number) for part, key, node in KEYS for number in numbers_in(node)]
    assert not [place for place, number in numbers if is_bounded(number) == (place in UNBOUNDED)]
    assert len(numbers) > 150, "the numbers of the schema were found"


def test_every_key_has_its_row_in_the_tables():
    tables = key_tables()
    for part, key, _ in KEYS:
        title = "scenario" if part == "Scenario" else part.removesuffix("Spec")
        section = tables.split(f"\n## {title}\n")[1].split("\n## ")[0]
        assert f"\n| `{key}` | " in section


def test_every_kind_that_the_schema_names_can_be_read():
    for node in nodes(SCHEMA):
        for kind, reference in node.get("discriminator", {}).get("mapping", {}).items():
            tag = node["discriminator"]["propertyName"]
            part = PARTS[reference.rsplit("/", 1)[1]]
            assert part["properties"][tag]["const"] == kind


def test_the_starting_file_is_read_built_and_dumped():
    scenario = loads(starting_file("my-first_1"))
    setup = build_setup(scenario)
    assert scenario.name == "my-first_1"
    assert (setup.n_humans, setup.n_rounds) == (300, 36)
    assert loads(dump(scenario)) == scenario


def test_the_intervention_in_the_starting_file_is_ready_to_be_uncommented():
    text = starting_file("x").replace("# interventions:\n#   - ", "interventions:\n  - ")
    assert [act.action for act in loads(text).interventions] == ["withdraw"]


@pytest.mark.parametrize("name", ["", "X", "a b", "../a", "a/b", "-a", "a\n", "a" * 61, "é"])
def test_a_name_that_could_be_a_path_starts_no_file(name):
    with pytest.raises(
        ScenarioError, match=r"cannot name a scenario; use lower-case letters, digits, - and _"
    ):
        starting_file(name)
