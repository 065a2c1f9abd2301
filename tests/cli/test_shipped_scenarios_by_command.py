"""Shipped scenarios on the command line: listed, copied, run by name, and said to be so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.scenario import shipped_scenarios
from coevolve_sim.studies.shipped_studies import shipped_studies

pytestmark = pytest.mark.sdist

SMALL = ("--set", "rounds=2", "--set", "population.humans=20")


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def type_(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return type_


def said_to_ship(name):
    return f"{name}: the scenario that ships with coevolve-sim, {shipped_scenarios()[name]}\n"


def test_list_says_of_each_what_it_asks_and_whether_in_numbers_or_words(typed):
    rows = {row["name"]: row for row in json.loads(typed("list", "scenarios", "--json").stdout)}
    assert rows.keys() == shipped_scenarios().keys()
    asked = "How much does an assistant slow people down that learns from those it teaches?"
    assert rows["held_back"]["meaning"] == asked
    assert rows["held_back"]["values as"] == "numbers"
    assert rows["language_held_back"]["values as"] == "words"
    assert "values as: words" in typed("list", "scenarios").stdout


def test_list_says_of_each_shipped_study_what_it_asks(typed):
    rows = json.loads(typed("list", "shipped_studies", "--json").stdout)
    assert {row["name"] for row in rows} == shipped_studies().keys()
    assert all(row["meaning"].endswith("?") for row in rows)


def test_study_finds_a_shipped_study_and_says_so_and_refuses_others_with_the_nearest(typed):
    done = typed("study", "drag", "--set", "replications=1")
    assert f"drag: the study that ships with coevolve-sim, {shipped_studies()['drag']}\n" in done.stderr
    assert "a verdict needs an interval" in done.stderr
    done = typed("study", "darg")
    assert done.exit_code == 3
    assert "no shipped study is called 'darg'; did you mean 'drag'? There are: " in done.stderr


def test_run_finds_a_shipped_scenario_and_says_so_beside_the_output(typed):
    ran = typed("run", "stubborn_minority", *SMALL, "--only-record", "--json")
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["scenario"] == "stubborn_minority"
    assert said_to_ship("stubborn_minority") in ran.stderr


@pytest.mark.long
@pytest.mark.parametrize("command", ["check", "estimate"])
def test_check_and_estimate_find_a_shipped_scenario(typed, command):
    if command == "estimate":
        pytest.importorskip("transformers")  # the embedded model's tokens are counted by its own tokenizer
    done = typed(command, "quickstart", *SMALL)
    assert done.exit_code == 0, done.output
    assert said_to_ship("quickstart") in done.stderr


def test_preflight_finds_a_shipped_scenario_and_says_so_before_it_refuses_it(typed):
    done = typed("preflight", "lock_in")
    assert done.exit_code == 3
    assert "there is no mind to measure: the channel is numeric" in done.stderr
    assert said_to_ship("lock_in") in done.stderr


def test_a_file_of_the_name_wins_and_is_said_where_its_ending_was_left_out(typed, tmp_path):
    assert typed("new", "lock_in").exit_code == 0
    done = typed("check", "lock_in")
    assert "lock_in: ok, 300 humans" in done.stdout
    assert done.stderr == "lock_in: the file of this folder, lock_in.yaml\n"
    assert typed("check", "lock_in.yaml").stderr == ""


def test_an_unknown_name_is_refused_with_the_nearest_and_all(typed):
    for arguments in (("run", "lokc_in"), ("new", "mine", "--from", "lokc_in")):
        done = typed(*arguments)
        assert done.exit_code == 3
        assert "no shipped scenario is called 'lokc_in'; did you mean 'lock_in'? There are: " in done.stderr
        assert ", ".join(shipped_scenarios()) in done.stderr
    assert not Path("mine.yaml").exists()


def test_new_from_copies_a_scenario_and_what_it_reads(typed, tmp_path):
    done = typed("new", "mine", "--from", "three_eras")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("mine.yaml written.")
    assert done.stderr.splitlines() == [
        "embedded_eras.csv written, which mine.yaml reads",
        "embedded_spread.csv written, which mine.yaml reads",
    ]
    copied, shipped = coevolve_sim.load("mine.yaml"), coevolve_sim.load("three_eras")
    assert copied.name == "mine"
    assert copied.population == shipped.population
    assert Path(copied.history.path).samefile(tmp_path / "embedded_eras.csv")
    assert "ok, 48 humans" in typed("check", "mine").stdout
    again = typed("new", "other", "--from", "three_eras")
    assert (again.exit_code, again.stderr) == (0, "")


def test_new_from_says_which_file_is_owed(typed):
    done = typed("new", "mine", "--from", "facebook")
    assert done.exit_code == 0
    owed = "../../shared/data/ego_facebook_edges.txt.gz"
    assert done.stderr == f"mine.yaml reads {owed}, which does not ship: name a copy of yours\n"


def test_new_from_overwrites_nothing_and_leaves_no_half(typed):
    Path("embedded_eras.csv").write_text("mine\n")
    done = typed("new", "mine", "--from", "quickstart")
    assert done.exit_code == 5
    assert (
        "embedded_eras.csv is there already; choose another name, or another folder with --in" in done.stderr
    )
    assert Path("embedded_eras.csv").read_text() == "mine\n"
    assert not Path("mine.yaml").exists()
