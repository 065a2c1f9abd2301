"""Workflows of the forge: YAML that holds, targets of make that are there, no address and no secret."""

import re

import pytest
import yaml

from tests import ROOT

FOLDER = ROOT / ".github"
FILES = sorted(FOLDER.rglob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs .github")


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_yaml_without_address_or_token(path):
    assert isinstance(read(path), dict)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|@[\w-]+\.\w+|secrets\.", text)


@pytest.mark.parametrize("path", sorted((FOLDER / "workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_a_workflow_has_jobs_of_steps_that_call_targets_that_are_there(path):
    flow = read(path)
    assert flow["permissions"] == {"contents": "read"}
    assert True in flow, "YAML reads the key on as true"
    for job in flow["jobs"].values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert len({"uses", "run"} & set(step)) == 1
            called = re.findall(r"\bmake ([a-z-]+)", step.get("run", ""))
            assert set(called) <= TARGETS
        needs = job.get("needs")
        assert needs is None or needs in flow["jobs"]


def test_readme_claims_no_system_on_which_nothing_was_run():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"\b(Windows|macOS|Mac OS)\b", text)
