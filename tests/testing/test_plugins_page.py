"""The page on plug-ins: every example passes its suite and runs; the table of CONTRIBUTING is true."""

import hashlib
import re

import pytest
import yaml

import coevolve_sim
from coevolve_sim.scenario import Scenario
from coevolve_sim.studies.driver import run_plan
from coevolve_sim.studies.study_file import read_study_file
from coevolve_sim.testing import check_plugin, failures_of
from coevolve_sim.testing.plugins import CONCEPTS, WITHOUT_SUITE
from tests import ROOT
from tests.test_pages_name_what_is_there import is_there

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
EXAMPLES = {
    match["concept"]: match
    for match in re.finditer(
        r"^## An? (?P<concept>\w+)\n.*?^```python\n# (?P<file>\w+\.py)\n(?P<code>.*?)^```\n\n"
        r"^```yaml\n(?P<keys>.*?)^```\n",
        PAGE,
        re.MULTILINE | re.DOTALL,
    )
}
BASE = """
name: page
rounds: 3
value_space: moral-foundations
dimensions: [care, loyalty]
population: {humans: 12, groups: [{name: everyone, adoption: 0.5}]}
network: {family: ring, degree: 2}
update: {rule: hegselmann_krause}
assistants: [{name: helper}]
"""


def name_in(match):
    """Return the class or function that an example is, FILE.py:NAME."""
    return re.search(r"\"(\w+\.py:\w+)\"", match["keys"])[1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    for match in EXAMPLES.values():
        (tmp_path / match["file"]).write_text(match["code"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_an_example_of_each_concept():
    assert {*EXAMPLES} == {*CONCEPTS}


@pytest.mark.parametrize("concept", CONCEPTS)
def test_an_example_in_one_file_passes_the_suite_of_its_concept(here, concept):
    checked = check_plugin(name_in(EXAMPLES[concept]), concept)
    assert failures_of(checked.verdicts) == ""


@pytest.mark.parametrize("concept", [concept for concept in CONCEPTS if concept != "instrument"])
def test_an_example_in_one_file_runs_in_a_society(here, concept):
    keys = yaml.safe_load(EXAMPLES[concept]["keys"])
    path = here / "s.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(BASE) | keys), encoding="utf-8")
    run = coevolve_sim.run(path, results=here / "results")
    assert run.status == "finished"
    content = (here / EXAMPLES[concept]["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() in run.manifest["inputs"]


def test_the_instrument_in_one_file_reads_a_study_from_wherever_it_is_run(
    here, monkeypatch, tmp_path_factory
):
    (here / "study.yaml").write_text(EXAMPLES["instrument"]["keys"], encoding="utf-8")
    (here / "a_scenario.yaml").write_text(BASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    (reading,) = run_plan(read_study_file(here / "study.yaml"), here / "results").readings
    assert reading.low <= reading.value <= reading.high
    assert reading.sentence.startswith("friends carry people by ")


def test_a_questionnaire_and_a_value_space_in_one_file_run_in_a_society(tmp_path):
    section = PAGE[PAGE.index("## Questionnaires and value spaces") :]
    code, keys = (re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL)[1] for kind in ("python", "yaml"))
    (tmp_path / "town.py").write_text(code, encoding="utf-8")
    base = yaml.safe_load(BASE) | yaml.safe_load(keys)
    del base["dimensions"]
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    run = coevolve_sim.run(tmp_path / "s.yaml", results=tmp_path / "results")
    assert run.status == "finished"
    assert {"value_space.path", "channel.questionnaire.path"} <= set(run.manifest["inputs"].split('"'))


# --- what CONTRIBUTING says to touch -------------------------------------------------------------

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| an? ", line)
]


def test_there_is_a_row_for_each_concept_and_each_has_an_example():
    concepts = {row[0].partition(" ")[2].replace(" ", "_") for row in ROWS}
    assert {*CONCEPTS, *WITHOUT_SUITE} | {"scenario_key"} == concepts
    groups = {f"{concept}s".replace("policys", "policies") for concept in (*CONCEPTS, *WITHOUT_SUITE)}
    assert groups == {*re.findall(r"`coevolve_sim\.(\w+)`", PAGE[PAGE.index("## Sharing one") :])}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_says_to_touch_is_there(row):
    """Files of the package or the repository, names of modules and what is in them, keys, targets of make."""
    found = 0
    for text in re.findall(r"`([^`]+)`", " ".join(row[1:])):
        if text.startswith("measures: "):
            assert yaml.safe_load(text).keys() <= Scenario.model_fields.keys(), text
        elif "*" in text:
            assert [*(ROOT / "coevolve_sim").glob(text)], text
        elif "/" in text:
            assert (ROOT / "coevolve_sim" / text).exists() or (ROOT / text).exists(), text
        elif text.startswith("make "):
            assert f"\n{text.split()[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8"), text
        else:
            assert is_there(f"coevolve_sim.{text}"), text
        found += 1
    assert found >= 2
