"""Studies that cannot be are refused before anything is written: where, what was given, what to do."""

from __future__ import annotations

import re

import pytest

import coevolve_sim
from coevolve_sim.errors import CoevolveError, ScenarioError, StudyError
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.study_file import is_study_file, read_study_file
from coevolve_sim.studies.sweeping import plan_sweep
from coevolve_sim.studies.worlds import build_default_worlds, read_worlds
from tests.studies.tiny import NUMBERS, WITH_AND_WITHOUT, numbers, write

BROKEN_PAIRS = {
    "seed": (9, "seed: 9 -> 3"),
    "rounds": (6, "rounds: 6 -> 4"),
    "rounds_per_era": (2, "rounds_per_era: 2 -> 1"),
    "dimensions": (["care"], "dimensions"),
    "population.humans": (30, "population.humans: 30 -> 24"),
    "population.groups": ([{"name": "other"}], 'population.groups.0.name: "other" -> "everyone"'),
    "measures.every": (2, "measures.every: 2 -> 1"),
}


@pytest.mark.parametrize("key", BROKEN_PAIRS)
def test_a_world_that_breaks_the_pairs_is_refused_with_its_key(key):
    value, told = BROKEN_PAIRS[key]
    with pytest.raises(StudyError, match=re.escape(told)) as raised:
        plan_comparison(numbers(), {"a": {}, "b": {key: value}})
    assert "make that a design (coevolve sweep)" in str(raised.value)


def test_a_world_that_changes_nothing_is_refused():
    with pytest.raises(StudyError, match="world 'b' is the same as 'a'"):
        plan_comparison(numbers(), {"a": {}, "b": {"update.rate.peer": numbers().update.rate.peer}})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"replications": 0}, "0 replications given; at least 1 is needed, 2 for an interval"),
        ({"record": "all"}, "record is 'all'; allowed: none, summary, full"),
        ({"confidence": 1.0}, "confidence 1.0 given; allowed: above .5 and below 1"),
        ({"confidence": 0.5}, "confidence 0.5 given"),
        ({"reference": "nobody"}, "the reference 'nobody' is no world; there are: with, without"),
        ({"replications": 600_000}, "are 1,200,000 runs; at most 1,000,000"),
        ({"details": {"until_width": 0.0}}, "a width of 0 given"),
        ({"details": {"until_width": float("nan")}}, "a width of nan given"),
        ({"details": {"until_width": 0.1}, "replications": 1}, "2 replications are needed"),
    ],
)
def test_numbers_out_of_range_are_refused(settings, told):
    with pytest.raises(StudyError, match=re.escape(told)):
        plan_comparison(numbers(), WITH_AND_WITHOUT, **settings)


@pytest.mark.parametrize("setting", [{"outcome": "varianse"}, {"measures": ["spread", "varianse"]}])
def test_an_outcome_that_no_world_has_is_refused_before_anything_is_written(setting, tmp_path):
    with pytest.raises(StudyError, match="no world has an outcome 'varianse'; did you mean 'variance'"):
        run_plan(plan_comparison(numbers(), WITH_AND_WITHOUT, **setting), tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_an_outcome_that_one_world_has_is_none_of_an_effect(tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, outcome="follow.helper", replications=2)
    study = run_plan(plan, tmp_path)
    row = study.effect()
    assert row.effect is None
    assert row.left_out == 2


@pytest.mark.parametrize("key", ["update.confidnce.peer", "update.confidnce"])
def test_an_unknown_key_is_refused_with_the_nearest(key):
    with pytest.raises(ScenarioError, match="did you mean 'confidence'") as raised:
        plan_comparison(numbers(), {"a": {}, "b": {key: 0.2}})
    assert "world b" in str(raised.value)
    with pytest.raises(ScenarioError, match="did you mean 'confidence'"):
        plan_sweep(numbers(), {key: [0.1, 0.2]})


@pytest.mark.parametrize(("axis", "design"), [([0.1, 7.0], "grid"), ("0..7", "lhs:8")])
def test_a_range_outside_the_keys_own_is_refused(axis, design):
    with pytest.raises(ScenarioError, match=r"given; allowed: a number in \[0, 1\]"):
        plan_sweep(numbers(), {"update.rate.peer": axis}, design)


def test_axes_that_change_nothing_are_refused():
    with pytest.raises(StudyError, match="seed: the seeds of a study are its replications"):
        plan_sweep(numbers(), {"seed": [1, 2]})
    for above in ({"update.rate.peer": 0.3}, {"update.rate": {"peer": 0.3, "assistant": 0.3}}):
        with pytest.raises(StudyError, match=r"update.rate.peer: every world sets it"):
            plan_sweep(numbers(), {"update.rate.peer": [0.1, 0.2]}, worlds={"one": above})
    plan = plan_sweep(
        numbers(),
        {"update.rate.peer": [0.1, 0.2]},
        worlds={"one": {}, "fixed": {"update.rate.peer": 0.3}},
        replications=5,
    )
    assert plan.n_runs == 2 * 2 * 5


@pytest.mark.parametrize("text", ["noequals", "=a=b", "two words=update.rate.peer=.1", "x/y=", "a=update"])
def test_worlds_that_cannot_be_read_are_refused(text):
    with pytest.raises(ScenarioError):
        read_worlds([text])


def test_a_scenario_without_assistants_has_no_default_worlds():
    with pytest.raises(StudyError, match="name worlds: --world NAME='KEY=VALUE'"):
        build_default_worlds(numbers("assistants=[]"))


def test_one_replication_gives_no_interval_and_says_so(tmp_path):
    from coevolve_sim.studies.answer import describe_answer

    study = run_plan(plan_comparison(numbers(), WITH_AND_WITHOUT, replications=1), tmp_path)
    assert study.effects["low"].isna().all()
    assert study.effect().effect is None
    assert study.effect().world_mean == study.scores(study.outcome, "with")[0]
    assert "interval" in describe_answer(study)


def test_small_numbers_are_the_same_in_the_plan_that_is_stored(tmp_path):
    worlds = {"tiny": {"update.confidence.peer": 1e-05}, "small": {"update.confidence.peer": 1.5e-7}}
    study = run_plan(plan_comparison(numbers(), worlds, replications=1), tmp_path)
    again = coevolve_sim.open_study(study.folder).plan
    assert [world.describe() for world in again.worlds] == [
        "update.confidence.peer = 1e-05",
        "update.confidence.peer = 1.5e-07",
    ]


def test_scores_of_an_unknown_world_or_outcome_are_refused(tmp_path):
    study = run_plan(plan_comparison(numbers(), WITH_AND_WITHOUT, replications=2), tmp_path)
    with pytest.raises(StudyError, match="no world is called 'wiht'; there are: with, without"):
        study.scores("variance", "wiht")
    with pytest.raises(StudyError, match="did you mean 'variance'"):
        study.effect("varianse")


# --- study files ---------------------------------------------------------------------------------

STUDY = """name: question
question: What does it do?
base: tiny.yaml
worlds:
  with: {}
  without: {assistants: []}
replications: 3
"""


@pytest.fixture
def study_file(tmp_path):
    write(tmp_path)

    def put(text=STUDY):
        return write(tmp_path, text, "study.yaml")

    return put


def test_a_study_file_is_read_and_runs(study_file, tmp_path):
    plan = read_study_file(study_file(), ["replications=2"])
    assert plan.question == "What does it do?"
    assert plan.seeds == (3, 4)
    assert plan.reference == "without"
    study = run_plan(plan, tmp_path, Means(workers=1))
    api = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=2)
    assert study.runs.equals(run_plan(api, tmp_path / "other", Means(workers=1)).runs)
    assert is_study_file(study_file())
    assert not is_study_file(tmp_path / "tiny.yaml")


@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("question:", "qestion:", "2:1", "did you mean 'question'"),
        ("replications: 3", "replications: many", "7:15", "replications"),
        ("replications: 3", "replications: 0", "7:15", "replications"),
        ("base: tiny.yaml", "base: nowhere.yaml", "3:7", "nowhere.yaml"),
        ("base: tiny.yaml\n", "", "1:1", "base"),
        ("  with: {}\n  without: {assistants: []}\n", "  - with\n", "5:3", "worlds"),
        ("with: {}", "with: {update.rat.peer: 1}", "5:10", "did you mean 'rate'"),
        ("with: {}", "with: {update.rate.peer: 7}", "5:28", "allowed: a number in"),
        ("with: {}", "a b: {}", "5:3", "cannot name a world"),
        ("name: question", "name: [", "2:26", "not well-formed YAML"),
        ("replications: 3", "record: all", "7:9", "record"),
        ("replications: 3", "confidence: 2", "7:13", "confidence"),
        (
            "replications: 3",
            "design: {kind: sobol, size: 3, ranges: {update.rate.peer: {low: 0, high: 1}}}",
            "7:9",
            "power of two",
        ),
        ("replications: 3", "design: {kind: grid, axes: {update.rate.peer: []}}", "7:", "update.rate.peer"),
        ("replications: 3", "lock_in: {}", "4:1", "worlds: a study of lock-in brings its own"),
        ("replications: 3", "set: {rounds: none}", "7:", "rounds"),
    ],
)
def test_a_study_file_that_cannot_be_is_refused_at_its_place(old, new, place, told, study_file):
    file = study_file(STUDY.replace(old, new))
    with pytest.raises(CoevolveError, match=re.escape(told)) as raised:
        read_study_file(file)
    assert str(raised.value).startswith(f"{file}:{place}"), str(raised.value)


def test_a_reference_that_is_no_world_names_the_file(study_file):
    file = study_file(STUDY + "reference: nobody\n")
    with pytest.raises(StudyError, match="the reference 'nobody' is no world; there are: with, without") as e:
        read_study_file(file)
    assert str(file) in str(e.value)


def test_a_base_that_cannot_be_is_refused_at_its_own_place(study_file, tmp_path):
    (tmp_path / "tiny.yaml").write_text(NUMBERS.replace("rounds: 4", "rounds: -4"), "utf-8")
    with pytest.raises(ScenarioError, match=r"tiny\.yaml:4:9: rounds"):
        read_study_file(study_file())


@pytest.mark.parametrize("text", ["", "[]", "1", "a: b: c"])
def test_what_is_no_study_is_refused(text, study_file):
    with pytest.raises(ScenarioError):
        read_study_file(study_file(text))


def test_a_study_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml"):
        read_study_file(tmp_path / "nowhere.yaml")
