"""Scenario files: read strictly, validated, frozen, written back.

`load` and `loads` read a `Scenario`, `dump` writes one. Errors are `ScenarioError`, with
``file:line:column``.
"""

from coevolve_sim.scenario.changes import Change, build_change, read_changes
from coevolve_sim.scenario.checks import idle_notes, space_of
from coevolve_sim.scenario.dumper import content_of, dump, json_schema, starting_file
from coevolve_sim.scenario.loader import (
    ChangeableScenario,
    LoadedScenario,
    first_difference,
    load,
    load_with_places,
    loads,
    read_text,
    revalidate,
)
from coevolve_sim.scenario.reference import key_tables
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.shipped import (
    copy_of_shipped,
    files_read_by,
    find_scenario,
    is_shipped,
    read_question,
    shipped_scenarios,
)

__all__ = [
    "Change",
    "ChangeableScenario",
    "LoadedScenario",
    "Scenario",
    "build_change",
    "content_of",
    "copy_of_shipped",
    "dump",
    "files_read_by",
    "find_scenario",
    "first_difference",
    "idle_notes",
    "is_shipped",
    "json_schema",
    "key_tables",
    "load",
    "load_with_places",
    "loads",
    "read_changes",
    "read_question",
    "read_text",
    "revalidate",
    "shipped_scenarios",
    "space_of",
    "starting_file",
]
