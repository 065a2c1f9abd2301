"""Write a scenario as text: the canonical dump, the commented starting file, the JSON Schema."""

from __future__ import annotations

import re
from typing import Any

import yaml

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.society_specs import NAME_PATTERN
from coevolve_sim.scenario.yaml_text import plainly_meant


class _Dumper(yaml.SafeDumper):
    """A YAML dumper that quotes text where it would be read back as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return True


def _write_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    try:
        is_text = isinstance(plainly_meant(text), str)
    except OverflowError:
        is_text = False
    style = None if is_text and text.isprintable() else '"'
    if text.endswith("\n") and not text[0].isspace() and text.replace("\n", "").isprintable():
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _write_text)


def dump(scenario: Scenario) -> str:
    """Return a scenario as YAML text with every key written out; `loads` of it gives an equal scenario.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> tiny = loads("{name: tiny, rounds: 3, population: {humans: 20}}")
    >>> loads(dump(tiny)) == tiny
    True
    """
    return dump_content(scenario.model_dump(mode="json"))


def dump_content(content: dict[str, Any]) -> str:
    r"""Return a scenario as plain data as YAML text, as `dump` writes it.

    Examples
    --------
    >>> dump_content({"name": "tiny", "rounds": 3})
    'name: tiny\nrounds: 3\n'
    """
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


LATER_KEYS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("consulting", "fairness", "games", "media", "adversaries"),
    ("assistants",): ("share", "groups", "sees", "continuity", "guards"),
    ("media",): ("partisan_rate", "mind", "voice"),
    ("history",): ("spread", "encoding", "scale"),
    ("network",): ("weighted", "header", "encoding", "weight"),
    ("interventions",): ("anchors",),
    ("population",): ("file", "groups_from"),
    ("population", "groups"): ("description",),
    ("interventions", "network"): ("weighted", "header", "encoding", "weight"),
    ("measures",): ("custom", "appeals", "dilemmas"),
    ("channel",): (
        "reader",
        "questionnaire",
        "least_option_mass",
        "opening",
        "unfit",
        "prompts",
        "examples",
        "mediator",
        "population",
    ),
    ("minds",): (
        "share_cache",
        "at_most_unanswered",
        "at_most_refused",
        "at_most_truncated",
        "request_seconds",
        "asking_seconds",
        "parameters",
        "chat_template",
        "python",
        "extra_arguments",
    ),
}
"""Keys that scenarios did not have at first, by the part they are in (of a list, each of its entries; of a
kind that has no such key, none)."""


def content_of(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data, from which a run's digest is computed.

    Keys added in later versions are left out where they have their defaults, so that a run that does not use
    them keeps its digest.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> "consulting" in content_of(loads("{name: tiny, rounds: 3}"))
    False
    """
    content = scenario.model_dump(mode="json")
    for path, keys in LATER_KEYS.items():
        parts: list[tuple[Any, dict[str, Any]]] = [(scenario, content)]
        for step in path:
            parts = [
                pair
                for part, data in parts
                if data.get(step) is not None
                for pair in _pairs(getattr(part, step), data[step])
            ]
        for part, data in parts:
            for key in [key for key in keys if key in data]:
                if getattr(part, key) == type(part).model_fields[key].default:
                    del data[key]
    return content


def _pairs(part: Any, data: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Return pairs of a part and its plain data: one pair, or one for each entry of a list."""
    return list(zip(part, data, strict=True)) if isinstance(data, list) else [(part, data)]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files (draft 2020-12).

    Examples
    --------
    >>> json_schema()["required"]
    ['name']
    """
    schema = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "Another scenario file that this one builds on, relative to this file.",
    }
    return schema


_STARTING_FILE = """\
# What question does this scenario ask, and what do you expect?
# All keys, their ranges and defaults: docs/scenario.md. Check with: coevolve check {name}.yaml
name: {name}
description: >
  One learning assistant among humans on a small world. Does it bring them together?
seed: 1

# Values: on which axes humans differ. `coevolve list spaces` shows the spaces built in.
value_space: moral-foundations

# History: where values go without any assistant.
history:
  kind: planted           # none | gss-moral | planted | file
  shape: logistic
  eras: 10
rounds_per_era: 4         # the run lasts (eras - 1) * rounds_per_era rounds

# Network: who hears whom. `coevolve list networks` shows the families.
network:
  family: watts_strogatz
  degree: 10
  rewiring: 0.1

# Population: shares sum to 1.
population:
  humans: 300
  groups:
    - name: majority
      share: 0.8
      era: 0              # centred where the history begins
      spread: 0.15
      adoption: 0.5       # probability of consulting the assistant in a round
    - name: minority
      share: 0.2
      centre: 0.3
      spread: 0.1
      stubbornness: 0.2
      adoption: 0.2

# Rule: how a listener's values move. `coevolve list rules` shows the rules.
update:
  rule: hegselmann_krause
  confidence: {{peer: 0.25, assistant: 0.4}}
  rate: {{peer: 0.3, assistant: 0.1}}

# Assistants: frozen never learns; lifelong learns from whom it last heard.
assistants:
  - name: assistant
    policy: {{kind: lifelong, rate: 0.2}}

# interventions:
#   - {{round: 20, action: withdraw, assistant: assistant}}
"""


def starting_file(name: str) -> str:
    """Return the text of a commented scenario file to start from.

    Raises
    ------
    ScenarioError
        If the name is not lower-case letters, digits, ``-`` and ``_``.
    """
    check_name(name)
    return _STARTING_FILE.format(name=name)


def check_name(name: str) -> None:
    """Refuse a text that is not a valid scenario name.

    Raises
    ------
    ScenarioError
        If it is not lower-case letters, digits, ``-`` and ``_``.

    Examples
    --------
    >>> check_name("My Own")
    Traceback (most recent call last):
    coevolve_sim.errors.ScenarioError: 'My Own' cannot name a scenario; use lower-case ...
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise ScenarioError(
            f"'{name}' cannot name a scenario; use lower-case letters, digits, - and _, at most 60, "
            "beginning with a letter or digit"
        )
