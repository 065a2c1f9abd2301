"""Studies that ship: found by name, and each comes to the verdict that it is called after."""

import re

import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import ChangeableScenario, read_text
from coevolve_sim.scenario.yaml_text import read_node
from coevolve_sim.studies.driver import DEFAULT_MEANS, run_plan
from coevolve_sim.studies.lock_in_study import judge_study
from coevolve_sim.studies.shipped_studies import (
    find_study_file,
    is_shipped_study,
    is_study_file,
    read_study_question,
    shipped_studies,
)
from coevolve_sim.studies.study_file import read_study_file

SIZES = {
    "lock_in": (30, 42),
    "influence": (38, 49),
    "drag": (38, 98),
    "no_effect": (20, 40),
    "undecided": (20, 20),
}
"""The round after which the assistant leaves, and the horizon; of 60 people and a history half as long."""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_small(name, folder):
    """Write a shipped study and its base anew, small; return the study's file."""
    place = shipped_studies()[name]
    study, (leave, horizon) = place.read_text("utf-8"), SIZES[name]
    base = (place.parent / re.search(r"(?m)^base: (.+)$", study)[1]).read_text("utf-8")
    base = base.replace("humans: 400", "humans: 60").replace("rounds_per_era: 4", "rounds_per_era: 2")
    (folder / "small_base.yaml").write_text(base, "utf-8")
    study = re.sub(r"(?m)^base: .+$", "base: small_base.yaml", study)
    asked = f"withdraw_after: {leave}, horizon: {horizon}"
    asked += ", of: position" if "of: position" in study else ""
    study = re.sub(r"(?m)^lock_in: .+$", f"lock_in: {{{asked}}}", study)
    (folder / "small.yaml").write_text(study, "utf-8")
    return folder / "small.yaml"


@pytest.mark.parametrize("name", SIZES)
def test_a_study_comes_to_the_verdict_that_it_is_called_after(name, tmp_path):
    plan = read_study_file(make_small(name, tmp_path), ["replications=4"])
    found = judge_study(run_plan(plan, tmp_path / "results", DEFAULT_MEANS))
    assert found.verdict.verdict == name, found.describe()


def test_every_verdict_has_its_study():
    assert set(SIZES) < shipped_studies().keys()


@pytest.mark.parametrize("name", shipped_studies())
def test_a_study_is_called_as_its_file_asks_and_its_base_ships_beside_it(name):
    place = shipped_studies()[name]
    told = read_node(read_text(place), str(place)).plain()
    assert told["name"] == name
    assert read_study_question(name).endswith("?")
    assert told["base"] == f"../{(place.parent / told['base']).stem}.yaml"
    ChangeableScenario.read(place.parent / told["base"])


def test_a_shipped_study_is_found_by_its_name():
    assert find_study_file("drag") == shipped_studies()["drag"]
    assert is_shipped_study(find_study_file("drag"))


def test_a_study_of_the_name_wins_and_a_scenario_of_the_name_does_not(tmp_path):
    (tmp_path / "lock_in.yaml").write_text("{name: lock_in, rounds: 3}")
    assert is_shipped_study(find_study_file("lock_in"))
    (tmp_path / "lock_in.yaml").write_text("{name: mine, base: held_back, lock_in: {}}")
    assert is_study_file(tmp_path / "lock_in.yaml")
    assert find_study_file("lock_in").resolve() == tmp_path / "lock_in.yaml"
    assert not is_shipped_study(find_study_file("lock_in"))


def test_a_path_is_never_a_shipped_study():
    with pytest.raises(ScenarioError, match=r"^drag\.yaml: there is no such file"):
        read_study_file("drag.yaml")


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    with pytest.raises(ScenarioError) as refused:
        read_study_file("darg")
    said = str(refused.value)
    assert said.startswith("no file darg or darg.yaml is here, and no shipped study is called 'darg'")
    assert "did you mean 'drag'?" in said
    assert said.endswith(", ".join(shipped_studies()))
