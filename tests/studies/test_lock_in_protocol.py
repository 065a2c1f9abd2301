"""The protocol of lock-in gives each planted society its verdict."""

from __future__ import annotations

import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads
from coevolve_sim.studies.comparing import compare
from coevolve_sim.studies.driver import Means
from coevolve_sim.studies.lock_in_study import find_lock_in, judge_study, plan_lock_in
from tests.studies.tiny import WITH_AND_WITHOUT, numbers

BASE = """
name: planted
rounds: 20
seed: 1
population: {humans: 20, groups: [{name: everyone, centre: {default: .5}, spread: .15, adoption: 1}]}
value_space: moral-foundations
dimensions: [care]
network: {family: complete}
assistants: [{name: helper, start: {care: .9}, policy: {kind: frozen}}]
"""
ATTRACTED = """
update: {rule: degroot, rate: {peer: .3, assistant: .3}}
history: {kind: planted, shape: linear, effect: attract, pull: .3, start: {care: .5}, end: {care: .5}}
"""
FORGETS_NOTHING = "update: {rule: degroot, rate: {peer: 0, assistant: .1}}\n"


def judge(text, folder, **settings):
    study = find_lock_in(loads(text), replications=4, results=folder, means=Means(workers=1), **settings)
    return judge_study(study)


def test_people_whom_history_attracts_are_influenced(tmp_path):
    found = judge(BASE + ATTRACTED, tmp_path)
    assert found.verdict.verdict == "influence"
    assert found.recovery.at_horizon.low > 0.9
    assert found.placebo.at_horizon.low > 0.9
    assert found.describe()[0].startswith("Verdict: influence, not lock-in.")


def test_a_society_that_forgets_nothing_leaves_it_undecided(tmp_path):
    found = judge(BASE + FORGETS_NOTHING, tmp_path)
    assert found.verdict.verdict == "undecided"
    assert "forgets nothing" in found.verdict.reason
    assert found.recovery.at_horizon.mean == pytest.approx(0, abs=1e-9)


def test_an_assistant_that_nobody_adopts_has_no_effect(tmp_path):
    text = (BASE + ATTRACTED).replace("adoption: 1", "adoption: 0")
    found = judge(text, tmp_path)
    assert found.verdict.verdict == "no_effect"
    assert found.against_none.mean == 0


def test_first_beliefs_that_an_assistant_adds_up_are_locked_in(tmp_path):
    study = find_lock_in("lock_in", replications=4, results=tmp_path, means=Means(workers=1))
    found = judge_study(study)
    assert found.verdict.verdict == "lock_in"
    assert found.recovery.at_horizon.high < found.threshold < found.placebo.at_horizon.low


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"replications": 1}, "at least 2 replications"),
        ({"withdraw_after": 0}, "at least 1 is needed"),
        ({"horizon": 0}, "a horizon of 0 rounds given"),
        ({"on": "taste"}, "of way, position or variety"),
        ({"on": "way"}, "history does not move here"),
    ],
)
def test_what_cannot_be_asked_is_refused(settings, told):
    with pytest.raises(StudyError, match=told):
        plan_lock_in(loads(BASE + ATTRACTED), **{"replications": 2, "horizon": 3, **settings})


def test_lock_in_needs_an_assistant():
    with pytest.raises(StudyError, match="has no assistant of which lock-in could be asked"):
        plan_lock_in(numbers("assistants=[]"))


def test_a_verdict_is_one_of_a_study_of_the_protocol(tmp_path):
    study = compare(numbers(), WITH_AND_WITHOUT, replications=2, results=tmp_path)
    with pytest.raises(StudyError, match="is a study of kind compare, not of lock-in"):
        judge_study(study)


def test_the_pilot_leaves_nothing_behind_and_the_plan_tells_what_it_found(tmp_path):
    plan = plan_lock_in(loads(BASE + ATTRACTED), replications=3)
    assert plan.details["withdraw_after"] == 10
    assert plan.details["horizon"] == plan.base_scenario.rounds - 10
    assert plan.details["kick"][0] == pytest.approx(0.2, abs=0.1)
    assert plan.as_text() == plan_lock_in(loads(BASE + ATTRACTED), replications=3).as_text()
    assert not list(tmp_path.iterdir())


def test_a_placebo_comes_back_to_anchors_that_stay(tmp_path):
    """A shock moves anchors along unless it is told not to; a kick that moved them would never come back."""
    anchored = [
        "interventions=[]",
        "population.groups.1.stubbornness=0.1",
        "population.humans=60",
        "rounds=40",
    ]
    study = find_lock_in("assistant_withdrawal", replications=3, overrides=anchored, results=tmp_path)
    found = judge_study(study)
    assert found.placebo.at_horizon.low > 0.9
    assert found.verdict.verdict == "influence"
