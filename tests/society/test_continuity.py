"""An assistant that goes on with people's own text: what it answers, and where that ends."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.assistants.continuity import mean_told
from coevolve_sim.errors import ScenarioError
from coevolve_sim.report.continuity import describe_continuity
from coevolve_sim.report.run_data import RunData
from coevolve_sim.scenario import loads
from coevolve_sim.society import consultation
from coevolve_sim.society.memory_check import bytes_needed
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import build_setup

PLAIN = """
name: s
seed: 6
rounds: 8
value_space: {name: two, dimensions: [calm, brave]}
network: {family: complete}
population: {humans: 12, groups: [{name: all, centre: 0.8, spread: 0.0, adoption: 1.0}]}
update: {rule: hegselmann_krause, confidence: {peer: 0.0, assistant: 1.0}, rate: {assistant: 0.1}}
assistants: [{name: guide, policy: {kind: frozen}, start: 0.5}]
"""
SPREAD = {"population.groups.0.spread": 0.2, "population.groups.0.adoption": 0.6}
CAMPS = [
    {"name": "low", "share": 0.5, "centre": 0.2, "spread": 0.0, "adoption": 1.0},
    {"name": "high", "share": 0.5, "centre": 0.8, "spread": 0.0, "adoption": 1.0},
]


def society(continuity=None, **keys):
    own = {} if continuity is None else {"assistants.0.continuity": continuity}
    return Society(loads(PLAIN, overrides=own | keys), with_objects=False)


def course_of(made):
    course = [made.values.copy()]
    while not made.is_finished:
        made.step()
        course.append(made.values.copy())
    return np.array(course)


def test_people_at_eight_tenths_hear_59_hundredths_where_three_tenths_are_their_own():
    first = course_of(society({"share": 0.3}, **{"update.rate.assistant": 1.0, "rounds": 1}))[1]
    np.testing.assert_allclose(first, 0.59, atol=1e-15)


@pytest.mark.parametrize(("share", "end"), [(0.0, 0.65), (0.3, 0.67647), (0.6, 0.71429), (0.9, 0.77273)])
def test_anchored_people_end_nearer_to_where_they_were_the_more_is_their_own(share, end):
    """The anchor's .1 comes after the assistant here, so that a pull of .1 beside it is a rate of .1 / .9."""
    keys = {"population.groups.0.stubbornness": 0.1, "update.rate.assistant": 0.1 / 0.9, "rounds": 300}
    last = course_of(society({"share": share}, **keys))[-1]
    np.testing.assert_allclose(last, end, atol=6e-6)
    np.testing.assert_allclose(last, (0.08 + 0.05 * (1 - share)) / (0.2 - 0.1 * share), atol=1e-12)


def test_two_groups_stay_further_apart_the_more_is_their_own():
    gaps = [
        np.ptp(course_of(society({"share": share}, **{"population.groups": CAMPS, "rounds": 50}))[-1])
        for share in (0.0, 0.3, 0.6, 0.9)
    ]
    assert np.all(np.diff(gaps) > 0.01)


def in_plain_python(first, consults, share, window, own_share, rate=0.1, target=0.5):
    """Return the course of values by the equation written out for each human."""
    x, told, last, course = first.copy(), [[] for _ in first], [None] * len(first), [first.copy()]
    for humans in consults:
        for i in humans:
            told[i].append(x[i].copy())
            own = np.mean(told[i][-window:], axis=0)
            before = target if last[i] is None else last[i]
            last[i] = (1 - share - own_share) * target + share * own + own_share * before
            x[i] = x[i] + rate * (last[i] - x[i])
        course.append(x.copy())
    return np.array(course)


@pytest.mark.parametrize("given", [{"share": 0.4, "window": 2, "self": 0.25}, {"share": 1.0, "window": 3}])
def test_an_answer_is_mixed_of_target_of_the_last_stances_and_of_the_last_answer(given):
    made = society(given, **SPREAD)
    consults = [consultation.who_consults(made.state, made.setup, r)[0] for r in range(1, 9)]
    assert {len(humans) for humans in consults} != {12}
    course = course_of(made)
    expected = in_plain_python(course[0], consults, given["share"], given["window"], given.get("self", 0.0))
    np.testing.assert_allclose(course, expected, atol=1e-14)


def test_a_share_of_0_is_no_key_at_all_and_as_fast(monkeypatch):
    in_one_pass = []
    real = consultation._consult_in_one_pass
    monkeypatch.setattr(
        consultation, "_consult_in_one_pass", lambda *args: in_one_pass.append(1) or real(*args)
    )
    without, with_0 = (course_of(society(given, **SPREAD)) for given in (None, {"share": 0.0}))
    assert with_0.tobytes() == without.tobytes()
    assert len(in_one_pass) == 16
    course_of(society({"share": 0.2}, **SPREAD))
    assert len(in_one_pass) == 16


def test_an_intervention_changes_it_from_its_round_on():
    acts = [{"round": 4, "action": "change_continuity", "assistant": "guide", "to": 0.5}]
    changed = course_of(society({"share": 0.0}, interventions=acts, **SPREAD))
    never, always = (course_of(society({"share": share}, **SPREAD)) for share in (0.0, 0.5))
    np.testing.assert_allclose(changed[:4], never[:4], atol=1e-14)
    assert (changed[4] != never[4]).any()
    assert (always[3] != never[3]).any()


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(PLAIN, encoding="utf-8")
    acts = [{"round": 3, "action": "change_continuity", "assistant": "guide", "to": 0.5}]
    keys = SPREAD | {"assistants.0.continuity": {"share": 0.2, "self": 0.3}, "interventions": acts}
    whole = coevolve_sim.run(file, overrides=keys, results=tmp_path)

    def stop(done, asked):
        if done == 5:
            raise KeyboardInterrupt

    folders = []
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(file, overrides=keys, results=tmp_path, progress=stop, started=folders.append)
    assert coevolve_sim.resume(folders[0]).digest() == whole.digest()
    (told,) = describe_continuity(RunData(whole))
    assert told == (
        "Of what the assistant says to each human, 0.2000 is this human's own (0.5000 from round 3 on): the "
        "mean of its last 3 stances, as the assistant perceived them; 0.3000 is its own last answer."
    )
    assert not list(describe_continuity(RunData(coevolve_sim.run(file, results=tmp_path))))


def test_memory_of_users_is_counted_with_the_memory_of_a_society():
    crowd = {"population.humans": 1_000_000}
    plain, continued = (
        loads(PLAIN, overrides=crowd | own)
        for own in ({}, {"assistants.0.continuity": {"share": 0.1, "window": 10}})
    )
    rule = build_setup(loads(PLAIN)).rule
    assert bytes_needed(continued, rule) - bytes_needed(plain, rule) >= 2 * 10 * 2 * 8 * 1_000_000


def test_it_is_refused_where_people_hear_an_assistant_before_it_hears_them():
    with pytest.raises(ScenarioError, match=r"there is no text of theirs to go on with") as caught:
        society({"share": 0.2}, update={"rule": "performative"})
    assert caught.value.path == ("assistants", 0, "continuity")


def test_what_one_told_is_averaged_alike_to_the_last_bit_whatever_others_told():
    told = np.random.default_rng(2).random((40, 9, 2))
    silent = told.copy()
    silent[0, 0] = np.nan
    whole, beside = (mean_told({"told": one}, np.arange(40)) for one in (told, silent))
    np.testing.assert_array_equal(whole[1:], beside[1:])
    np.testing.assert_allclose(beside[0], told[0, 1:].mean(axis=0), atol=1e-15)


def test_a_driven_assistant_may_not_say_something_else_than_its_drive():
    drive = {"assistant": "guide", "dimension": "calm", "shape": "ramp", "speed": 0.1}
    with pytest.raises(
        ScenarioError, match="goes on with people's own text says other things than the drive"
    ):
        society({"share": 0.3}, drive=drive)


def test_a_mirror_says_what_it_sees_as_noisily_as_it_sees_it():
    """All at .8 are heard exactly, and seen with noise: what it says back has that noise."""
    keys = {"assistants.0.policy": {"kind": "mirror"}, "update.rate.assistant": 1.0, "rounds": 1}
    exact, noisy = (course_of(society(**keys, **more))[1] for more in ({}, {"assistants.0.sees.noise": 0.05}))
    assert np.ptp(exact) < 1e-12
    assert 0.02 < noisy.std() < 0.08
