"""Instruments read the world that they say they read, in the unit that they say, or refuse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import loads
from coevolve_sim.studies import driver
from coevolve_sim.studies.answer import describe_answer
from coevolve_sim.studies.comparing import compare, plan_comparison
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.instruments.hysteresis import judge_memory, loop_area
from coevolve_sim.studies.lock_in_study import find_lock_in, judge_study
from coevolve_sim.studies.sweeping import sweep
from tests.studies.tiny import words

HERE = Means(workers=1)
SOCIETY = """
name: read
rounds: 80
seed: 1
population: {humans: 20, groups: [{name: everyone, centre: {default: .5}, spread: .1, adoption: 1}]}
value_space: moral-foundations
dimensions: [care]
network: {family: complete}
update: {rule: degroot, rate: {peer: 0, assistant: .2}}
history: {kind: planted, shape: linear, effect: attract, pull: .1, start: {care: .5}, end: {care: .5}}
assistants: [{name: helper, start: {care: .5}, policy: {kind: lifelong, rate: .5}}]
"""

FROZEN = SOCIETY.replace(
    "start: {care: .5}, policy: {kind: lifelong, rate: .5}", "start: {care: .9}, policy: {kind: frozen}"
)


def read(text, folder, instrument, **settings):
    study = compare(
        loads(text), replications=3, results=folder, workers=1, instruments=[instrument], **settings
    )
    return {one.quantity: one for one in study.readings}


def slow_down_of(rate):
    """Return (1 - multiplier) without the assistant over that with it, of the linear SOCIETY."""
    turn = np.array([[0.8 * 0.9, 0.2], [rate * 0.9, 1 - rate]])
    return (1 - 0.9) / (1 - np.linalg.eigvals(turn).max())


def test_an_instrument_reads_the_compared_world_with_its_own_changes(tmp_path):
    """Rate .25 instead of .5: the slow-down is that of a society that is written that way."""
    worlds = {"slow": {"assistants.0.policy.rate": 0.25}, "written": {}, "none": {"assistants": []}}
    slow = read(SOCIETY, tmp_path / "slow", "slow_down", worlds=worlds)
    base = read(SOCIETY, tmp_path / "base", "slow_down")
    assert base["slow-down"].value == pytest.approx(slow_down_of(0.5), rel=1e-4)
    assert slow["slow-down"].value == pytest.approx(slow_down_of(0.25), rel=1e-4)
    assert slow_down_of(0.25) > 1.1 * slow_down_of(0.5)


def test_the_reference_may_come_first(tmp_path):
    worlds = {"none": {"assistants": []}, "with": {}}
    first = read(FROZEN, tmp_path / "a", "mediation", worlds=worlds, reference="none")
    turned = dict(reversed(worlds.items()))
    second = read(FROZEN, tmp_path / "b", "mediation", worlds=turned, reference="none")
    assert first["total"].value == second["total"].value > 0.01
    assert first["direct"].value + first["through friends"].value == pytest.approx(first["total"].value)
    assert "with against none in care" in first["total"].sentence


@pytest.mark.parametrize("start", [0.5, 0.95])
def test_the_end_follows_first_values_upwards_wherever_they_are(tmp_path, start):
    text = SOCIETY.replace("start: {care: .5}, policy", f"start: {{care: {start}}}, policy")
    found = read(text.replace("kind: lifelong, rate: .5", "kind: frozen"), tmp_path, "end_state")
    assert found["derivative"].value == pytest.approx(
        0.2 / 0.28, abs=0.03
    )  # one round's rest of pull and pull


@pytest.mark.parametrize("name", ["slow_down", "persistence", "recovery", "diversity_loss", "early_warning"])
def test_instruments_of_every_round_are_refused_where_rounds_are_left_out(name):
    with pytest.raises(StudyError, match=f"{name}: it reads every round: set measures.every=1"):
        compare(loads(SOCIETY + "measures: {every: 5}\n"), replications=2, instruments=[name])


def test_instruments_of_one_point_are_refused_in_a_sweep_and_those_of_a_sweep_elsewhere():
    worlds = {"with": {}, "none": {"assistants": []}}
    with pytest.raises(StudyError, match="mediation: it reads one point"):
        sweep(
            loads(SOCIETY),
            {"update.rate.assistant": [0.1, 0.2]},
            worlds=worlds,
            replications=2,
            instruments=["mediation"],
        )
    with pytest.raises(StudyError, match="tipping: it reads a sweep over one key"):
        compare(loads(SOCIETY), replications=2, instruments=["tipping"])


def test_entrenchment_speaks_of_first_values_only(tmp_path):
    def told(key, values):
        study = sweep(
            loads(SOCIETY),
            {key: values},
            replications=3,
            results=tmp_path / key,
            workers=1,
            instruments=["entrenchment"],
        )
        return study.readings[0]

    assert (
        "this one is over update.rate.assistant"
        in told("update.rate.assistant", [0.1, 0.2, 0.3, 0.4, 0.5]).sentence
    )
    assert told("assistants.0.start.care", [0.1, 0.3, 0.5, 0.7, 0.9]).value > 0.5


def test_noise_that_follows_no_drive_is_no_memory_where_areas_keep_their_sign():
    """40 studies of people who hear nobody and whose noise lasts (.8 a round): the sign is what tells."""
    speeds, found = np.array([0.04, 0.02, 0.01, 0.005]), {True: 0, False: 0}
    rng = np.random.default_rng(5)
    for _ in range(40):
        areas = {True: [], False: []}
        for half in (25, 50, 100, 200):
            drive = np.concatenate([np.linspace(0, 1, half + 1), np.linspace(1, 0, half + 1)[1:]])
            steps = rng.normal(0, 0.01, size=(50, drive.size + 30))
            people = 0.5 + lfilter([1], [1, -0.8], steps)[:, 30:]
            for signed in (True, False):
                areas[signed].append(loop_area(people, drive, signed=signed))
        for signed in (True, False):
            judged = judge_memory(speeds, np.array(areas[signed]).T, amplitude=0.5, relaxation=5.0)
            found[signed] += judged.verdict == "memory"
    assert found[True] <= 2
    assert found[False] >= 30


CROWDED = """
name: crowded
rounds: 40
seed: 1
population:
  humans: 20
  groups:
    - {name: high, share: .7, centre: {default: .97}, spread: 0, adoption: 1}
    - {name: low, share: .3, centre: {default: .1}, spread: 0, adoption: 1}
value_space: moral-foundations
dimensions: [care]
network: {family: complete}
update: {rule: degroot, rate: {peer: 0, assistant: .2}}
assistants: [{name: helper, start: {care: .97}, policy: {kind: frozen}}]
"""


def test_a_kick_that_stops_at_the_edge_of_values_is_not_taken_for_one_that_is_forgotten(tmp_path):
    found = judge_study(find_lock_in(loads(CROWDED), replications=3, results=tmp_path, means=HERE))
    assert found.verdict.verdict == "undecided"
    assert "forgets nothing" in found.verdict.reason
    assert found.placebo.at_horizon.mean == pytest.approx(0, abs=0.01)


def test_where_no_assistant_learns_nothing_is_said_of_frozen_ones(tmp_path):
    found = judge_study(find_lock_in(loads(FROZEN), replications=3, results=tmp_path, means=HERE))
    assert found.against_frozen is None
    assert "which do not learn, so that there is no loop to take away" in " ".join(found.describe())


def test_people_put_back_have_nothing_open_again_before_anything_happened(tmp_path):
    """Of a gap that is as wide for all pairs, what opens again is what the assistant reopens."""
    found = judge_study(find_lock_in(loads(FROZEN), replications=3, results=tmp_path, means=HERE))
    assert 0.9 < found.opened_again.low <= found.opened_again.high < 1.1


def test_a_study_of_the_reference_alone_is_refused():
    with pytest.raises(StudyError, match="the reference 'a' is the only world"):
        compare(loads(SOCIETY), worlds={"a": {}}, reference="a", replications=2)


def test_the_answer_is_about_variety_where_history_does_not_move(tmp_path):
    assert compare(loads(SOCIETY), replications=2, results=tmp_path, workers=1).outcome == "total_variance"


def test_a_threshold_that_is_no_share_is_refused_before_anything_runs():
    with pytest.raises(StudyError, match="the threshold is a share"):
        find_lock_in(loads(SOCIETY), threshold=2)


def test_people_whom_an_instrument_kicks_are_not_those_whom_nobody_moved(tmp_path):
    """Every world that was asked for has an assistant; only the instrument's own have none."""
    worlds = {"fast": {}, "slow": {"assistants.0.policy.rate": 0.25}}
    study = compare(
        loads(SOCIETY), worlds=worlds, replications=2, results=tmp_path, workers=1, instruments=["slow_down"]
    )
    assert any(name.startswith("kick-without") for name in study.plan.added)
    assert not [name for name in study.outcomes if "_unmoved" in name]


def test_worlds_beyond_the_sixth_are_counted_in_the_answer(tmp_path):
    worlds = {f"w{i}": {"update.rate.assistant": i / 10} for i in range(1, 9)} | {"none": {"assistants": []}}
    study = compare(loads(SOCIETY), worlds=worlds, replications=2, results=tmp_path, workers=1)
    told = describe_answer(study)
    assert "With w6" in told
    assert "With w7" not in told
    assert "Of 2 more worlds runs.csv and effects.csv tell." in told


def test_what_minds_were_asked_is_counted_once_when_a_study_grows(tmp_path, monkeypatch):
    """2, then 3, then 4 seeds ask what studies of 2 seeds, the third and the fourth ask, added up."""
    apart = [
        run_plan(plan_comparison(words(f"seed={seed}"), replications=n), tmp_path / str(seed), HERE).usage
        for seed, n in ((1, 2), (3, 1), (4, 1))
    ]
    looks = iter([3, 4, 0])
    monkeypatch.setattr(driver, "count_wanted", lambda *_: next(looks))
    growing = plan_comparison(words("seed=1"), replications=2, details={"until_width": 1e-6, "looks": 1})
    grown = run_plan(growing, tmp_path / "grown", HERE)
    assert len(grown.plan.seeds) == 4
    assert grown.usage == {key: sum(one[key] for one in apart) for key in grown.usage}


def test_a_need_that_nobody_knows_is_refused(tmp_path):
    text = "class Mine:\n    meaning = null = 'x'\n    needs = ('every_day',)\n"
    text += "    worlds = read = lambda *_: []\n"
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(
        StudyError, match="it needs 'every_day', which is none of one_point, sweep, every_round"
    ):
        compare(loads(SOCIETY), replications=2, instruments=[f"{tmp_path}/mine.py:Mine"])
