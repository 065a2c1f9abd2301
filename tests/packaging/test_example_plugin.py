"""The example distribution is built, installed and used as a stranger would; broken ones are told of.

Nothing is fetched: what the package stands on is lent to the fresh environment from the one that runs this.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests import ROOT

pytestmark = [pytest.mark.plugin, pytest.mark.xdist_group("plugin")]

EXAMPLE = ROOT / "examples" / "plugin"
PACKAGE = "coevolve_example"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Return the Python of a fresh environment in which the example distribution is installed."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (library,) = folder.glob("lib/python*/site-packages")
    (library / "lent.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    python = folder / "bin" / "python"
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    installed = subprocess.run(
        [python, "-m", "pip", "install", *offline, source], capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return python


def coevolve(python, *arguments, path=None, cwd):
    """Run a command in an environment; return its exit code, what it said and what it said aside."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    more = {} if path is None else {"PYTHONPATH": str(path)}
    done = subprocess.run(
        [python, "-m", "coevolve_sim", *map(str, arguments)],
        cwd=cwd,
        env=inherited | more,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("what", "name"), [("rules", "relative_agreement"), ("measures", "distance_variance")]
)
def test_what_is_installed_is_listed_with_who_brought_it(environment, tmp_path, what, name):
    code, said, aside = coevolve(environment, "list", what, "--json", cwd=tmp_path)
    assert code == 0, aside
    (row,) = [row for row in json.loads(said) if row["name"] == name]
    assert "coevolve-example 0.1.0" in row.values()


@pytest.mark.parametrize("named", ["rule:relative_agreement", "mind:blunt", "measure:distance_variance"])
def test_what_is_installed_passes_the_suite_that_ours_pass(environment, tmp_path, named):
    code, said, aside = coevolve(environment, "check-plugin", named, cwd=tmp_path)
    assert code == 0, said + aside
    assert said.splitlines()[0] == f"{named.split(':')[1]}: {named.split(':')[0]}"
    assert "FAILED" not in said


@pytest.mark.parametrize("name", ["relative_agreement", "blunt_mind", "distance_variance"])
def test_a_scenario_runs_with_each(environment, tmp_path, name):
    scenario = EXAMPLE / "scenarios" / f"{name}.yaml"
    code, said, aside = coevolve(
        environment, "run", scenario, "--set", "rounds=4", "--only-record", "--json", cwd=tmp_path
    )
    assert code == 0, aside
    told = json.loads(said)
    assert (told["status"], told["rounds"]) == ("finished", {"finished": 4, "asked": 4})
    if name == "distance_variance":
        assert 0.0 < told["measures"]["last"]["distance_variance"] <= 0.25


# --- distributions that should not be ------------------------------------------------------------


def announce(folder, name, kind, text):
    """Put a distribution of one module and one rule into a folder, as installing it would."""
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    info = folder / f"{module}-0.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.3\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[coevolve_sim.rules]\n{kind} = {module}:Theirs\n", encoding="utf-8"
    )
    return folder


SCENARIO = """\
name: theirs
rounds: 1
value_space: {name: v, dimensions: [a]}
population: {humans: 4}
network: {family: complete}
assistants: []
update: {rule: RULE}
"""


def ways(rule):
    """Return the ways in which a rule is met: by its suite, and in a scenario."""
    return (("check-plugin", f"rule:{rule}"), ("check", "s.yaml"), ("run", "s.yaml"))


def test_one_that_raises_when_it_is_imported_is_one_sentence_that_names_it(tmp_path):
    announce(tmp_path, "coevolve-broken", "broken", "raise OSError('no such weather')\n")
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("RULE", "broken"), encoding="utf-8")
    for way in ways("broken"):
        code, _, aside = coevolve(sys.executable, *way, path=f"{tmp_path}:{ROOT}", cwd=tmp_path)
        assert code == 3, (way, aside)
        assert (
            "rule 'broken' of coevolve-broken 0.3 (coevolve_broken:Theirs) cannot be loaded: "
            "OSError: no such weather; mend that distribution, or uninstall it"
        ) in " ".join(aside.split())
        assert len(aside.strip().splitlines()) == 1
        assert "Traceback" not in aside


def test_one_that_takes_a_name_that_is_there_is_one_sentence_that_names_both(tmp_path):
    announce(tmp_path, "coevolve-taker", "degroot", "Theirs = None\n")
    code, _, aside = coevolve(
        sys.executable, "check-plugin", "rule:degroot", path=f"{tmp_path}:{ROOT}", cwd=tmp_path
    )
    assert code == 3
    assert (
        "coevolve-taker 0.3 announces a rule 'degroot', a name that coevolve-sim has; uninstall it, "
        "or have it renamed"
    ) in " ".join(aside.split())
    assert "Traceback" not in aside


def test_the_others_work_beside_a_broken_one(tmp_path):
    announce(tmp_path, "coevolve-broken", "broken", "raise OSError('no such weather')\n")
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("RULE", "degroot"), encoding="utf-8")
    code, _, aside = coevolve(sys.executable, "check", "s.yaml", path=f"{tmp_path}:{ROOT}", cwd=tmp_path)
    assert code == 0, aside
    code, said, aside = coevolve(
        sys.executable, "list", "rules", "--json", path=f"{tmp_path}:{ROOT}", cwd=tmp_path
    )
    rows = {row["name"]: row for row in json.loads(said)}
    assert (code, rows["degroot"]["brought_by"]) == (0, "coevolve-sim")
    assert "cannot be loaded: OSError: no such weather" in rows["broken"]["meaning"]


# --- what is in it -------------------------------------------------------------------------------


def test_its_doctests_run(environment):
    for module in ("relative_agreement", "distance_variance"):
        code = f"import doctest, {PACKAGE}.{module} as m; raise SystemExit(doctest.testmod(m).failed)"
        subprocess.run([environment, "-c", code], check=True, cwd=Path(EXAMPLE).parent)
