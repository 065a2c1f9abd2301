"""Scenarios name families; families document themselves."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from coevolve_sim import networks
from coevolve_sim.networks import FAMILIES, build, watts_strogatz
from tests import ROOT

BIBLIOGRAPHY = ROOT / "docs" / "references.bib"


def test_the_front_door_is_complete_and_sorted():
    assert networks.__all__ == sorted(networks.__all__)
    assert all(hasattr(networks, name) for name in networks.__all__)


def test_a_scenarios_network_is_the_familys_own():
    spec = SimpleNamespace(family="watts_strogatz", degree=4, rewiring=0.3)
    assert build(spec, 50, 9).indices.tobytes() == watts_strogatz(50, 4, 0.3, 9).indices.tobytes()


def test_parameters_are_those_a_scenario_sets():
    assert FAMILIES["watts_strogatz"].parameters == ("degree", "rewiring")
    assert FAMILIES["file"].parameters == ("path", "directed", "weighted", "header", "encoding", "weight")
    assert FAMILIES["complete"].parameters == ()
    assert not FAMILIES["ring"].is_drawn


def test_what_a_scenario_leaves_out_keeps_its_default():
    assert build(SimpleNamespace(family="grid"), 12, 1).n_ties == 34


def test_every_family_says_what_it_is_and_whence():
    known = set(re.findall(r"@\w+\{(\w+),", BIBLIOGRAPHY.read_text()))
    assert not [
        name
        for name, family in FAMILIES.items()
        if family.name != name
        or not re.fullmatch(r"[A-Z0-9].*\.", family.meaning)
        or (family.source and family.source not in known)
    ]


def test_every_reference_in_the_docstrings_is_in_the_bibliography():
    folder = Path(networks.__file__).parent
    cited = {
        key for file in folder.glob("*.py") for key in re.findall(r"\[([A-Z]\w+\d{4})\]_", file.read_text())
    }
    known = set(re.findall(r"@\w+\{(\w+),", BIBLIOGRAPHY.read_text()))
    assert cited
    assert cited <= known


@pytest.mark.parametrize(
    "spec_class",
    ["GridSpec", "CavemanSpec", "DegreeSequenceSpec", "StochasticBlockSpec", "WattsStrogatzSpec"],
)
def test_a_scenarios_defaults_make_a_network(spec_class):
    parts = pytest.importorskip("coevolve_sim.scenario.society_specs")
    assert build(getattr(parts, spec_class)(), 100, 1).n_humans == 100


def test_a_scenarios_parameters_are_the_functions():
    parts = pytest.importorskip("coevolve_sim.scenario.society_specs")
    from typing import get_args

    union = get_args(parts.NetworkSpec)[0]
    for part in get_args(union):
        name = part.model_fields["family"].default
        if part.plugin_group:
            continue
        asked = set(part.model_fields) - {"family"}
        assert asked <= set(FAMILIES[name].parameters), name
