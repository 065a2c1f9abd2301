"""Two distributions may bring kinds of one name for two concepts; a version is told of the right one."""

from __future__ import annotations

import pytest

from coevolve_sim.registry import plugin_version

CONCEPTS = ("channels", "measures", "minds", "networks", "policies", "questionnaires", "readers")


def announce(folder, name, groups, module):
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[coevolve_sim.{group}]\nsame = {module}:Same" for group in groups]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Install one distribution that brings a rule, and one that brings all else, under one name."""
    site = tmp_path / "site"
    site.mkdir()
    announce(site, "brings-a-rule", ["rules"], "module_of_a_rule")
    announce(site, "brings-all-else", CONCEPTS, "module_of_all_else")
    monkeypatch.syspath_prepend(site)
    return site


def test_the_version_is_of_the_distribution_that_announces_it_for_the_concept(two):
    assert plugin_version("same", "coevolve_sim.rules") == "brings-a-rule 1.0"
    for concept in CONCEPTS:
        assert plugin_version("same", f"coevolve_sim.{concept}") == "brings-all-else 1.0"


def test_what_nobody_announces_for_the_concept_has_no_version(two):
    assert plugin_version("same", "coevolve_sim.value_spaces") == ""
