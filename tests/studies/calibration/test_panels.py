"""Reliability, noise and stability: planted ones, and those of the General Social Survey's panels."""

import json

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.streams import stream
from coevolve_sim.studies.calibration import calibrate_panel, estimate_reliability, resample_reliability
from tests import ROOT

GSS = ROOT.parent / "shared" / "data" / "gss_panels.csv.gz"


def planted(n=20_000, stability=0.9, noise=0.1, seed=1):
    """True values that forget, answered with error; of standard deviation .1 around .5, in three waves."""
    rng = stream(seed, "test panel")
    true = [rng.normal(0, 0.1, n)]
    for _ in range(2):
        true.append(stability * true[-1] + np.sqrt(1 - stability**2) * rng.normal(0, 0.1, n))
    return np.clip(0.5 + np.stack(true, axis=1) + noise * rng.normal(size=(n, 3)), 0, 1)


def test_reliability_noise_and_stability_are_those_planted():
    found = estimate_reliability(planted())
    assert found.reliability == pytest.approx(0.5, abs=0.02)  # .01 of true variance in .02
    assert found.noise == pytest.approx(0.1, abs=0.002)
    assert (found.stability12, found.stability23) == pytest.approx((0.9, 0.9), abs=0.03)
    assert found.r12 == pytest.approx(0.45, abs=0.02)
    assert found.true_change == pytest.approx(0.1 * np.sqrt(2 * (1 - 0.9)), abs=0.006)
    assert found.instrumented == pytest.approx(-0.1, abs=0.03)
    assert (found.slope12, found.slope23) == pytest.approx((-0.55, -0.55), abs=0.02)


def test_answers_without_error_are_all_change():
    found = estimate_reliability(planted(noise=0.0))
    assert found.reliability == pytest.approx(1.0, abs=0.01)
    assert found.error_share == pytest.approx(0.0, abs=0.05)
    assert found.slope12 == pytest.approx(found.instrumented, abs=0.02)


def test_people_who_never_change_only_err():
    found = estimate_reliability(planted(stability=1.0))
    assert (found.stability12, found.stability23) == pytest.approx((1.0, 1.0), abs=0.03)
    assert found.error_share == pytest.approx(1.0, abs=0.03)
    assert found.true_change < 0.03
    assert found.instrumented == pytest.approx(0.0, abs=0.02)
    assert found.slope12 == pytest.approx(-0.5, abs=0.02)


def test_intervals_hold_what_was_planted():
    answers = planted(n=2_000, seed=3)
    found = resample_reliability(answers)
    assert found["reliability"][0] < 0.5 < found["reliability"][1]
    assert found["instrumented"][0] < -0.1 < found["instrumented"][1]
    assert found == resample_reliability(answers)
    assert found != resample_reliability(answers, seed=2)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (planted(n=30)[:, :2], r"three waves, an array \(persons, 3\); shape \(30, 2\) given"),
        (planted(n=19), "at least 20 persons in all three waves; 19 given"),
        (planted(n=30) * 100, r"answers must lie in \[0, 1\]; person 0"),
        (planted(n=30)[:, [0, 1, 1]], "waves 2 and 3 are identical"),
        (planted(n=30)[:, [0, 1, 0]], "waves 1 and 3 are identical"),
        (planted(n=30) * [1, 0, 1], "all answers in wave 2 are 0: nothing varies"),
    ],
)
def test_what_has_no_reliability_is_refused(answers, said):
    with pytest.raises(StudyError, match=said):
        estimate_reliability(answers)


# --- from a file -------------------------------------------------------------------------------------


def write_panel(path, answers, item="thrift", head="person,wave,item,value"):
    rows = [f"{p},{w + 1},{item},{x:.5f}" for p, row in enumerate(answers) for w, x in enumerate(row)]
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_a_panel_is_read_and_told(tmp_path):
    found = calibrate_panel(write_panel(tmp_path / "panel.csv", planted(n=800)))
    (item,) = found.items
    assert (item.panel, item.item, item.n_persons) == ("", "thrift", 800)
    assert found.medians["reliability"] == item.found.reliability == pytest.approx(0.5, abs=0.1)
    assert item.intervals["reliability"] == found.intervals["reliability"]
    assert "thrift" in found.as_text()
    assert json.loads(json.dumps(found.as_json()))["items"][0]["n_persons"] == 800


def test_who_lacks_a_wave_does_not_count_and_what_cannot_be_used_is_noted(tmp_path):
    path = write_panel(tmp_path / "panel.csv", planted(n=100))
    lines = path.read_text().splitlines()
    lines[1] = "0,1,thrift,"  # no answer
    path.write_text("\n".join([*lines, "0,1,mercy,0.5", "0,4,thrift,0.5"]) + "\n")
    found = calibrate_panel(path, n_resamples=20)
    assert [(one.item, one.n_persons) for one in found.items] == [("thrift", 99)]
    assert found.notes[0] == "panel.csv has 4 waves; the first three are used"
    assert found.notes[1].startswith("mercy is left out: reliability needs at least 20 persons")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,wave,item\n1,1,a\n", "there is no column 'value'; the columns are person, wave, item"),
        ("person,wave,item,value\n", "there is no answer in it"),
        ("person,wave,item,value\n1,1,a,0\n1,2,a,1\n", "the panel has 2 waves; three are needed"),
        ("panel,person,wave,item,value\np,1,1,a,0\n", "panel p has 1 wave; three are needed"),
        (
            "person,wave,item,value\n1,1,a,5\n",
            r"panel.csv:2, column 'value': a value is a number in \[0, 1\]; '5'",
        ),
        (
            "person,wave,item,value\n1,1,a,0\n1,1,a,1\n",
            "panel.csv:3: person '1' has two answers to 'a' in wave 1",
        ),
        ("person,wave,item,value\n1,,a,0\n", "panel.csv:2: person, wave and item are named in every row"),
        ("person,wave,item,value\n1,x,a,0\n1,y,a,0\n1,z,a,0\n", "waves are numbers.*x, y, z given"),
        ("person,wave,item,value\n1,1,a,0\n1,2,a,0\n1,3,a,0\n", "no item can be used. a is left out"),
    ],
)
def test_a_file_that_is_no_panel_is_refused(tmp_path, text, said):
    path = tmp_path / "panel.csv"
    path.write_text(text)
    with pytest.raises(StudyError, match=said):
        calibrate_panel(path)


@pytest.mark.long
@pytest.mark.skipif(not GSS.is_file(), reason="the GSS panels are not at hand")
def test_the_panels_of_the_general_social_survey_say_that_people_change_slowly():
    found = calibrate_panel(GSS, n_resamples=50)
    assert len(found.items) == 102
    assert found.medians["slope12"] == pytest.approx(-0.490, abs=0.0006)
    assert found.medians["slope23"] == pytest.approx(-0.454, abs=0.0006)
    assert found.medians["instrumented"] == pytest.approx(-0.041, abs=0.0006)
    retest = [one.found.r12 for one in found.items]
    assert (min(retest), max(retest)) == pytest.approx((0.37, 0.76), abs=0.006)
    assert found.intervals["instrumented"][0] < -0.041 < found.intervals["instrumented"][1] < 0
