"""The protocol of lock-in gives each planted society its verdict."""

from __future__ import annotations

import pytest

from coevolve_sim.cli.study_outcome import summarise_study
from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads
from coevolve_sim.studies.comparing import compare
from coevolve_sim.studies.driver import Means
from coevolve_sim.studies.lock_in_study import find_lock_in, judge_study, plan_lock_in
from coevolve_sim.studies.worlds import build_world
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


# --- history anew --------------------------------------------------------------------------------

MOVING = """
rounds_per_era: 20
history:
  {kind: planted, shape: linear, effect: attract, pull: .5, eras: 2, start: {care: .4}, end: {care: .8}}
"""
OUT_OF_REACH = (
    "update: {rule: hegselmann_krause, confidence: {assistant: .2}, rate: {peer: 0, assistant: .3}}\n"
)
WITHIN_REACH = "update: {rule: degroot, rate: {peer: .3, assistant: .3}}\n"
AT = {"withdraw_after": 20, "horizon": 8}


def test_people_whom_history_takes_out_of_the_assistants_reach_come_back_with_it(tmp_path):
    """Beyond confidence only history draws them: the gap closes by its pull, .5 a round."""
    found = judge(BASE + MOVING + OUT_OF_REACH, tmp_path, **AT)
    assert found.restarted.at_horizon.mean == pytest.approx(1 - 0.5**8, abs=1e-9)
    assert found.restarted.half_life == pytest.approx(1, abs=1e-6)
    assert found.staying.at_horizon.mean < 0.5
    said = found.describe()[-1]
    told = "History again: where it begins again after round 20 while the assistants stay, .996 ["
    assert said.startswith(told)
    assert said.endswith("where it goes on: people come back with it, by more than 0.5 of the gap.")


def test_people_whom_the_assistant_reaches_wherever_history_is_do_not_come_back(tmp_path):
    """The mean m' = .7 (m + .5 (a - m)) + .3 x .9 against m' = m + .5 (a - m), by hand."""
    found = judge(BASE + MOVING + WITHIN_REACH, tmp_path, **AT)
    gaps = []
    ours = theirs = 0.5
    for gone in (*range(1, 21), *range(1, 9)):
        stands = 0.4 + 0.02 * gone
        ours = 0.7 * (ours + 0.5 * (stands - ours)) + 0.3 * 0.9
        theirs += 0.5 * (stands - theirs)
        gaps.append(ours - theirs)
    assert found.restarted.at_horizon.mean == pytest.approx(1 - gaps[27] / gaps[19], abs=0.01)
    assert found.restarted.at_horizon.high < 0
    assert found.describe()[-1].endswith("people do not come back with it, or by less than 0.5 of the gap.")


def test_worlds_of_history_anew_part_from_theirs_when_the_assistants_would_leave(tmp_path):
    study = find_lock_in(loads(BASE + MOVING + OUT_OF_REACH), replications=3, results=tmp_path, **AT)
    assert study.plan.world_names[-2:] == ("restarted", "restarted_without")
    assert set(study.plan.added) >= {"restarted", "restarted_without"}
    assert "restarted" not in study.plan.asked_worlds
    for name in ("restarted", "restarted_without"):
        before, after = (study.people(name)[:, r] for r in (slice(21), slice(21, None)))
        same = "as_written" if name == "restarted" else "no_assistant"
        assert (before == study.people(same)[:, :21]).all()
        assert (after != study.people(same)[:, 21:]).all()
    assert "history" not in study.to_xarray()
    assert study.to_xarray()["history_of_world"].sel(world="restarted", round=21).item() == pytest.approx(
        0.42
    )
    clauses = summarise_study(study)["lock_in"]["clauses"]
    assert clauses["closed_with_history_again"]["mean"] == pytest.approx(1 - 0.5**8, abs=1e-9)


def test_a_scenarios_own_restart_stays_in_both_worlds():
    again = "interventions: [{round: 5, action: restart_history}]\n"
    plan = plan_lock_in(loads(BASE + MOVING + OUT_OF_REACH + again), replications=2, **AT)
    for name in ("restarted", "restarted_without"):
        world = next(one for one in plan.worlds if one.name == name)
        acts = build_world(plan.base, (), world).scenario.interventions
        assert [(act.round, act.action) for act in acts] == [(5, "restart_history"), (21, "restart_history")]


@pytest.mark.parametrize(
    "text",
    [
        BASE + ATTRACTED,  # history does not move
        BASE + FORGETS_NOTHING,  # there is none
        BASE + MOVING.replace("attract, pull: .5", "none") + WITHIN_REACH,  # it moves nobody
        (BASE + MOVING.replace("attract, pull: .5", "shift")).replace("_era: 20", "_era: 40") + WITHIN_REACH,
    ],
    ids=["still", "none", "reference only", "the same pace again"],
)
def test_worlds_are_added_only_where_history_anew_would_move_people_otherwise(text):
    plan = plan_lock_in(loads(text), replications=2, **AT)
    assert "restarted" not in (*plan.world_names, *plan.added)


def test_a_study_without_those_worlds_says_nothing_of_them(tmp_path):
    found = judge(BASE + ATTRACTED, tmp_path)
    assert found.restarted is None
    assert not any(sentence.startswith("History again") for sentence in found.describe())


def test_without_a_gap_history_anew_has_nothing_to_close(tmp_path):
    text = (BASE + MOVING + WITHIN_REACH).replace("adoption: 1", "adoption: 0")
    found = judge(text, tmp_path, **AT)
    assert found.restarted.refused
    assert found.describe()[-1].startswith("History again: the gap when the assistant leaves")
