"""Assistants scored against people whom nobody moved; the ladder of a study; what a study asks of minds."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads
from coevolve_sim.studies.answer import describe_answer
from coevolve_sim.studies.comparing import compare
from coevolve_sim.studies.reference_run import run_with_reference
from coevolve_sim.studies.surrogate_study import climb_ladder_of

FROZEN = """
name: frozen
rounds: 20
value_space: moral-foundations
population: {humans: 60, groups: [{name: all, centre: 0.5, spread: 0.2, adoption: 0.9}]}
assistants:
  - name: ai
    policy: {kind: frozen}
    start: {care: 0.9, fairness: 0.2, loyalty: 0.8, authority: 0.3, sanctity: 0.4}
"""
AVERAGING = """
name: averaging
rounds: 12
dimensions: [harm]
population: {humans: 40, groups: [{name: all, centre: 0.5, spread: 0.2, adoption: 0.0}]}
network: {family: watts_strogatz, degree: 6, rewiring: 0.1}
update: RULE
"""


def test_a_frozen_assistant_anticipates_whom_it_moves_and_nobody_else(tmp_path):
    study = compare(loads(FROZEN), replications=3, results=tmp_path)
    moved, unmoved = (
        study.scores(f"predict_1{which}_centred.ai", "as_written") for which in ("", "_unmoved")
    )
    assert (moved > 0.95).all()
    assert (unmoved < 0.8).all()
    near, far = (study.scores(f"follow{which}_rmse.ai", "as_written") for which in ("", "_unmoved"))
    assert (far > 1.5 * near).all()
    assert "from where they would be without assistants" in describe_answer(study)


def test_one_whom_nobody_consults_is_scored_alike_against_both(tmp_path):
    silent = loads(FROZEN.replace("adoption: 0.9", "adoption: 0.0"))
    study = compare(silent, {"with": {}, "without": {"assistants": []}}, replications=2, results=tmp_path)
    for measure in ("follow", "predict_1"):
        pair = (study.scores(f"{measure}{which}_rmse.ai", "with") for which in ("", "_unmoved"))
        assert np.array_equal(*pair)


def test_an_outcome_against_unmoved_people_can_be_asked_for(tmp_path):
    worlds = {"near": {}, "far": {"assistants.0.start": 0.1}, "none": {"assistants": []}}
    study = compare(
        loads(FROZEN),
        worlds,
        replications=3,
        reference="far",
        outcome="follow_unmoved_rmse.ai",
        results=tmp_path,
    )
    assert study.effect(world="near").effect.high < 0


def test_a_run_with_its_reference_has_the_same_scores_as_a_study(tmp_path):
    file = tmp_path / "frozen.yaml"
    file.write_text(FROZEN)
    done, reference, scores = run_with_reference(file, results=tmp_path)
    study = compare(file, replications=1, results=tmp_path)
    assert scores["follow_unmoved_rmse.ai"] == study.scores("follow_unmoved_rmse.ai", "as_written")[0]
    assert (done.status, reference.status) == ("finished", "finished")
    assert not reference.scenario.assistants
    shown = CliRunner().invoke(
        app, ["run", str(file), "--with-reference", "--only-record", "--json", "-r", str(tmp_path)]
    )
    assert json.loads(shown.stdout)["reference"]["scores"] == pytest.approx(scores)


def test_without_an_assistant_there_is_no_reference(tmp_path):
    file = tmp_path / "alone.yaml"
    file.write_text("{name: alone, rounds: 2, population: {humans: 20}}")
    with pytest.raises(StudyError, match="has no assistant to leave out"):
        run_with_reference(file, results=tmp_path)


# --- the ladder ----------------------------------------------------------------------------------


def ladder_of(rule, tmp_path):
    text = AVERAGING.replace("RULE", rule)
    study = compare(loads(text), {"alone": {}}, replications=4, record="full", results=tmp_path)
    return climb_ladder_of(study)


def test_the_ladder_of_a_study_finds_the_rule_on_networks_of_their_own(tmp_path):
    averaging = ladder_of("{rule: degroot, rate: {peer: 0.5}}", tmp_path)
    assert averaging.chosen == "M3"
    assert averaging.unexplained < 0.01
    anchored = ladder_of("{rule: friedkin_johnsen, rate: {peer: 1.0}, noise: 0.0}", tmp_path)
    assert anchored.one_round[4].mean() <= anchored.one_round[2].mean()


def test_where_nobody_hears_anybody_no_rung_is_better_than_standing_still(tmp_path):
    still = ladder_of("{rule: degroot, rate: {peer: 0.0}, noise: 0.02}", tmp_path)
    assert still.chosen in ("M0", "M1")


def test_the_ladder_needs_whole_runs(tmp_path):
    study = compare(loads(FROZEN), replications=2, results=tmp_path)
    with pytest.raises(StudyError, match="--record full"):
        climb_ladder_of(study)


def test_the_command_says_what_is_left_unexplained(tmp_path):
    text = AVERAGING.replace("RULE", "{rule: degroot, rate: {peer: 0.5}}")
    study = compare(loads(text), {"alone": {}}, replications=4, record="full", results=tmp_path)
    said = CliRunner().invoke(app, ["surrogates", str(study.folder), "--json"])
    shown = json.loads(said.stdout)
    assert shown["chosen"] == "M3"
    assert [row["rung"] for row in shown["rungs"]] == ["M0", "M1", "M2", "M3", "M4", "M5"]


# --- what is asked -------------------------------------------------------------------------------

WORDS = """
name: words
base: {base}
set: {{rounds: 2}}
replications: 3
"""
IN_WORDS = """
name: in_words
rounds: 2
value_space: {name: one, dimensions: [x]}
population: {humans: 12, groups: [{name: all, centre: 0.5, spread: 0.2, adoption: 0.5}]}
network: {family: ring, degree: 2}
minds: [{name: people, kind: scripted}]
channel: {kind: language}
assistants: [{name: ai}]
"""


def test_the_estimate_is_a_bound_before_and_close_once_a_task_is_done(tmp_path):
    from coevolve_sim.studies.driver import Means, run_plan
    from coevolve_sim.studies.study_estimate import estimate_left, estimate_plan
    from coevolve_sim.studies.study_file import read_study_file

    (tmp_path / "in_words.yaml").write_text(IN_WORDS)
    file = tmp_path / "words.yaml"
    file.write_text(WORDS.format(base="in_words.yaml"))
    plan = read_study_file(file)
    bound = estimate_plan(plan)
    study = run_plan(plan, tmp_path, Means(workers=1))
    used = study.usage["asked"]
    assert bound.basis == "bound"
    assert used <= bound.requests
    left = estimate_left(study)
    assert (left.basis, left.requests, left.tasks_left) == ("runs done", 0, 0)
    assert left.used_requests == used
    said = CliRunner().invoke(app, ["estimate", str(file), "--json"])
    assert json.loads(said.stdout)["requests"] == bound.requests
    half = run_plan(read_study_file(file, ["replications=1"]), tmp_path, Means(workers=1))
    assert used / 3 == pytest.approx(half.usage["asked"], rel=0.3)


def test_a_study_in_numbers_asks_nobody(tmp_path):
    from coevolve_sim.studies.comparing import plan_comparison
    from coevolve_sim.studies.study_estimate import estimate_plan

    with pytest.raises(StudyError, match="nothing is asked"):
        estimate_plan(plan_comparison(loads(FROZEN), replications=2))
