"""Scenarios that ship with the package are found by name, unless a file is there."""

import re
from pathlib import Path

import pytest

import coevolve_sim
from coevolve_sim.errors import ScenarioError
from coevolve_sim.runs.runner import load_setup
from coevolve_sim.scenario import (
    copy_of_shipped,
    files_read_by,
    find_scenario,
    is_shipped,
    loads,
    read_question,
    shipped_scenarios,
)
from coevolve_sim.studies.shipped_studies import shipped_studies

pytestmark = pytest.mark.sdist

ROOT = Path(__file__).parents[2]
MINE = "{name: mine, rounds: 3, population: {humans: 20}}"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_by_name(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_ships_is_what_lies_in_the_folder_of_scenarios():
    """A link in the repository, files in a wheel: byte for byte the same."""
    lying = files_by_name(ROOT / "scenarios")
    folder = shipped_scenarios()["lock_in"].parent
    assert files_by_name(folder) == lying
    listed = {f"{name}.yaml" for name in shipped_scenarios()} | {
        f"studies/{n}.yaml" for n in shipped_studies()
    }
    assert listed == {name for name in lying if name.endswith(".yaml")}


def test_a_shipped_scenario_is_loaded_by_its_name():
    assert coevolve_sim.load("lock_in") == coevolve_sim.load(ROOT / "scenarios" / "lock_in.yaml")
    assert coevolve_sim.load("lock_in", {"rounds_per_era": 1}).rounds_per_era == 1
    assert is_shipped(find_scenario("lock_in"))


def test_a_shipped_scenario_is_run_by_its_name(tmp_path):
    run = coevolve_sim.run(
        "stubborn_minority", overrides={"rounds": 2, "population.humans": 20}, results=tmp_path / "results"
    )
    assert run.manifest["name"] == "stubborn_minority"
    assert run.n_rounds_finished == 2


@pytest.mark.parametrize("name", ["lock_in", "lock_in.yaml"])
def test_a_file_of_the_name_wins(name, tmp_path):
    (tmp_path / name).write_text(MINE)
    assert coevolve_sim.load("lock_in").name == "mine"
    assert not is_shipped(find_scenario("lock_in"))


def test_a_folder_of_the_name_hides_no_shipped_scenario(tmp_path):
    (tmp_path / "lock_in").mkdir()
    assert coevolve_sim.load("lock_in").name == "lock_in"


@pytest.mark.parametrize("given", ["lock_in.yaml", "scenarios/lock_in.yaml", "./lock_in.yaml"])
def test_what_names_a_file_is_never_a_shipped_scenario(given):
    expected = f"{Path(given)}: there is no such file; a scenario of this name ships: write 'lock_in'"
    with pytest.raises(ScenarioError, match=f"^{re.escape(expected)}$"):
        coevolve_sim.load(given)


def test_a_name_too_long_for_any_file_is_refused_as_a_path():
    with pytest.raises(ScenarioError, match=r"^x+: cannot be read: File name too long$"):
        coevolve_sim.load("x" * 3000)


@pytest.mark.parametrize("given", ["./lock_in", "scenarios/lock_in"])
def test_a_path_without_an_ending_is_a_path(given):
    with pytest.raises(ScenarioError, match=r"lock_in: there is no such file$"):
        coevolve_sim.load(given)


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    with pytest.raises(ScenarioError) as refused:
        coevolve_sim.load("lokc_in")
    said = str(refused.value)
    assert said.startswith(
        "no file lokc_in or lokc_in.yaml is here, and no shipped scenario is called 'lokc_in'"
    )
    assert "did you mean 'lock_in'?" in said
    assert said.endswith(", ".join(shipped_scenarios()))


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_copy_differs_in_its_name_only(name):
    original, copy = shipped_scenarios()[name].read_text(encoding="utf-8"), copy_of_shipped(name, "mine")
    differing = [(a, b) for a, b in zip(original.splitlines(), copy.splitlines(), strict=True) if a != b]
    assert differing == [(f"name: {name}", "name: mine")]
    assert loads(copy).name == "mine"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_says_in_its_first_line_what_it_asks(name):
    question = read_question(name)
    assert "?" in question
    assert not question.startswith("#")


def test_a_copy_needs_a_scenario_that_ships_and_a_name_that_can_be():
    with pytest.raises(
        ScenarioError, match=r"^no shipped scenario is called 'milion'; did you mean 'million'\?"
    ):
        copy_of_shipped("milion", "mine")
    with pytest.raises(ScenarioError, match=r"^'My Own' cannot name a scenario"):
        copy_of_shipped("million", "My Own")


def test_files_that_a_shipped_scenario_reads_ship_too_or_are_known_not_to():
    owed = {}
    for name in shipped_scenarios():
        brought, others = files_read_by(name)
        assert all(path.is_file() for path in brought.values()), name
        owed |= {name: others} if others else {}
    assert owed == {"facebook": ["../../shared/data/ego_facebook_edges.txt.gz"]}


def test_a_file_that_does_not_ship_is_named_with_what_to_do(monkeypatch, tmp_path):
    """As in an installed package, where the place that the scenario names is nowhere."""
    folder = tmp_path / "installed" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "facebook.yaml").write_text(copy_of_shipped("facebook", "facebook"))
    monkeypatch.setattr("coevolve_sim.scenario.shipped.FOLDER", folder)
    missing = tmp_path / "shared" / "data" / "ego_facebook_edges.txt.gz"
    with pytest.raises(ScenarioError) as refused:
        load_setup("facebook")
    assert re.fullmatch(
        rf"{re.escape(str(folder))}/facebook\.yaml:\d+:\d+: {re.escape(str(missing))}: "
        r"there is no such file; it does not ship with the scenario: "
        r"name a copy of yours with --set network\.path=FILE",
        str(refused.value),
    )
    with pytest.raises(ScenarioError, match=r"mine\.txt: there is no such file$"):
        load_setup("facebook", overrides={"network.path": "mine.txt"})
