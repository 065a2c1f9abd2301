"""`coevolve list` shows who brought what; what an installed plug-in gets wrong is a row, never a crash."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coevolve_sim.cli.listing import rows_of

ROOT = Path(__file__).resolve().parents[2]
CONCEPTS = (
    "networks",
    "rules",
    "policies",
    "minds",
    "channels",
    "readers",
    "questionnaires",
    "measures",
    "instruments",
    "spaces",
)
MODULE = '''
import numpy as np

from coevolve_sim.rules import Moved, Rule


class Still(Rule):
    """Moves nobody."""

    meaning = "Nobody moves."

    def exchange(self, given):
        return Moved(given.values)


def pairs(n, seed):
    """Everybody is tied to the next."""
    return [(i, (i + 1) % n) for i in range(n)]


def lowest(arrays):
    """The lowest value."""
    return arrays.values.min(axis=0)


def keep(values, observation, memory, share: float = 0.5):
    """Keeps its values."""
    return values, memory


class Ends:
    """Reads where people end."""

    meaning, null = "Where people end.", "where they began"

    def worlds(self, setup, given):
        return []

    def read(self, study):
        from coevolve_sim.studies.instruments.catalogue import Reading

        end = float(study.people("as_written")[:, -1].mean())
        return [Reading("ends", "end", "as_written", end, end, end, "value", "as it is")]
'''
ENTRY_POINTS = """\
[coevolve_sim.rules]
still = theirs:Still
broken = their_broken_module:Rule
degroot = theirs:Still
[coevolve_sim.networks]
next_one = theirs:pairs
[coevolve_sim.measures]
lowest = theirs:lowest
[coevolve_sim.policies]
keep = theirs:keep
[coevolve_sim.instruments]
ends = theirs:Ends
[coevolve_sim.minds]
gone = theirs:Gone
"""
SCENARIO = """\
name: installed
rounds: 2
value_space: {name: v, dimensions: [a, b]}
population: {humans: 5}
network: {family: next_one}
update: {rule: still}
assistants: [{name: helper, policy: {kind: keep, parameters: {share: 0.1}}}]
measures: {names: [variance, lowest]}
"""


@pytest.fixture
def installed(tmp_path):
    """Return what runs a command where a distribution of plug-ins is installed."""
    site = tmp_path / "site"
    info = site / "theirs-1.2.dist-info"
    info.mkdir(parents=True)
    (site / "theirs.py").write_text(MODULE)
    (site / "their_broken_module.py").write_text("raise OSError('no such weather')\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    (info / "RECORD").write_text("")
    (info / "top_level.txt").write_text("theirs\n")

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "coevolve_sim", *arguments],
            env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{site}"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def listed(ran):
    assert ran.returncode == 0, ran.stderr
    return {(row["name"], row["brought_by"]): row for row in json.loads(ran.stdout)}


@pytest.mark.parametrize("what", CONCEPTS)
def test_every_kind_says_what_it_is_and_who_brought_it(what):
    rows = rows_of(what)
    assert len({tuple(row) for row in rows}) == 1
    assert all(row["meaning"] and row["brought_by"] == "coevolve-sim" for row in rows)


def test_what_is_installed_is_listed_with_its_distribution_and_what_fails_says_why(installed):
    rules = listed(installed("list", "rules", "--json"))
    assert rules["still", "theirs 1.2"]["meaning"] == "Nobody moves."
    assert rules["broken", "theirs 1.2"]["meaning"] == (
        "rule 'broken' of theirs 1.2 (their_broken_module:Rule) cannot be loaded: OSError: no such weather; "
        "mend that distribution, or uninstall it"
    )
    assert rules["degroot", "theirs 1.2"]["meaning"] == (
        "theirs 1.2 announces a rule 'degroot', a name that coevolve-sim has; uninstall it, or have it "
        "renamed"
    )
    assert rules["degroot", "coevolve-sim"]["meaning"].startswith("Averages all one hears")
    minds = listed(installed("list", "minds", "--json"))
    assert "cannot be loaded: AttributeError" in minds["gone", "theirs 1.2"]["meaning"]
    assert listed(installed("list", "networks", "--json"))["next_one", "theirs 1.2"]["meaning"] == (
        "Everybody is tied to the next."
    )


def test_what_is_installed_is_named_in_a_scenario_as_ours_is(installed, tmp_path):
    (tmp_path / "s.yaml").write_text(SCENARIO)
    ran = installed("run", "s.yaml", "--results", "results")
    assert ran.returncode == 0, ran.stderr
    (folder,) = (tmp_path / "results").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["inputs"] == {
        "assistants.0.policy.path": "theirs 1.2",
        "measures.names.1": "theirs 1.2",
        "network.path": "theirs 1.2",
        "update.path": "theirs 1.2",
    }


def test_a_name_that_is_taken_is_refused_where_it_is_used(installed, tmp_path):
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("rule: still", "rule: degroot"))
    ran = installed("check", "s.yaml")
    assert ran.returncode != 0
    assert "theirs 1.2 announces a rule 'degroot', a name that coevolve-sim has" in " ".join(
        ran.stderr.split()
    )


def test_naming_minds_loads_no_model_s_library():
    code = (
        "import sys; from coevolve_sim.cli.listing import rows_of; rows_of('minds'); "
        "print(sorted({'torch', 'transformers', 'httpx', 'mesa'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"


def test_an_instrument_that_is_installed_is_read_by_its_name_and_checked(installed, tmp_path):
    (tmp_path / "s.yaml").write_text(SCENARIO)
    rows = listed(installed("list", "instruments", "--json"))
    assert rows["ends", "theirs 1.2"]["meaning"] == "Where people end."
    ran = installed("compare", "s.yaml", "--instrument", "ends", "-n", "2", "--only-record", "--json")
    assert ran.returncode == 0, ran.stderr
    (reading,) = json.loads(ran.stdout)["readings"]
    assert (reading["instrument"], reading["sentence"]) == ("ends", "as it is")
    assert installed("check-plugin", "instrument:ends").stdout.startswith("ends: instrument\nok ")
