"""Every instrument passes the suite that a user's passes; what is none is found out, check by check."""

import math

import pytest
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.scenario import read_changes
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import run_plan
from coevolve_sim.studies.instruments.catalogue import INSTRUMENTS, Reading, find_instruments
from coevolve_sim.studies.instruments.over_worlds import bound_variance_ratio
from coevolve_sim.studies.sweeping import plan_sweep
from coevolve_sim.studies.worlds import World
from coevolve_sim.testing import check_instrument, failures_of
from coevolve_sim.testing.instruments import INSTRUMENT_CHECKS, _Trial
from coevolve_sim.testing.verdicts import run_checks
from tests.studies.tiny import numbers

SAYS, ASKS, NULL, PLANTED, SWEEP, SAME = INSTRUMENT_CHECKS


@pytest.mark.parametrize("kind", INSTRUMENTS.own)
def test_every_instrument_of_ours_passes_its_suite(kind):
    verdicts = check_instrument(INSTRUMENTS[kind])
    assert [verdict.check for verdict in verdicts] == [*INSTRUMENT_CHECKS]
    assert failures_of(verdicts) == ""


class Sound:
    """Reads where people end."""

    meaning, null, source = "Where people end.", "where they begin", ""
    low = -math.inf

    def worlds(self, setup, given):
        return []

    def read(self, study):
        end = float(study.people(study.plan.asked_worlds[0])[:, -1].mean())
        return [Reading("sound", "end", "", end, self.low, math.inf, "value", "there")]


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """Return what fails of a spoilt instrument; all of them add no world, and so read the same studies."""
    folder, studies = tmp_path_factory.mktemp("trial"), {}

    def failed(**spoilt):
        trial = _Trial(type("Spoilt", (Sound,), spoilt), folder, studies)
        return {v.check: v.said for v in run_checks(INSTRUMENT_CHECKS, trial) if not v.passed}

    assert failed() == {}
    return failed


def draws(self, study):
    import random

    return [Reading("sound", "end", "", random.random(), 0.0, 1.0, "share", "there")]  # noqa: S311


def numbers_of_the_refused(self, study):
    return [Reading("sound", "end", "", 1.0, 0.0, 2.0, "value", "no", refused=True)]


@pytest.mark.parametrize(
    ("spoilt", "check", "said"),
    [
        ({"meaning": " "}, SAYS, "meaning is ' '; a sentence is wanted"),
        ({"worlds": lambda *_: [World("no name")]}, ASKS, "'no name' cannot name a world"),
        ({"worlds": lambda *_: [World("as_written")]}, ASKS, "two worlds are called 'as_written'"),
        ({"worlds": lambda *_: [World("same")]}, ASKS, "world 'same' is the same as 'as_written'"),
        (
            {"worlds": lambda *_: [World("x", tuple(read_changes({"seed": 2})))]},
            ASKS,
            "world 'x' differs from 'no_assistant' in seed",
        ),
        ({"low": 2.0}, NULL, "sound, end is 0.4"),
        ({"low": 2.0}, PLANTED, "a number within its interval is wanted, or refused=True and why"),
        ({"low": math.nan}, SWEEP, "in [nan, inf]"),
        ({"read": lambda *_: []}, NULL, "a list of one Reading or more is wanted"),
        ({"read": lambda *_: [0.5]}, NULL, "read() returned a float among its readings"),
        ({"read": numbers_of_the_refused}, NULL, "is refused, and is 1 in [0, 2]; nan is wanted"),
        ({"read": draws}, SAME, "it drew from Python's global generator"),
    ],
)
def test_what_an_instrument_gets_wrong_is_found_and_said(failed, spoilt, check, said):
    assert said in failed(**spoilt)[check]


# --- in a study -----------------------------------------------------------------------------------

FILE = """
class Lacking:
    meaning, null = "Nothing.", "nothing"


class Failing(Lacking):
    def worlds(self, setup, given):
        return []

    def read(self, study):
        raise SystemExit(0)


class Clashing(Failing):
    def worlds(self, setup, given):
        return [given[0]]


class Unmade:
    def __init__(self):
        raise OSError("no such weather")
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(FILE)
    return lambda name: str(tmp_path / f"mine.py:{name}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Lacking", "instrument 'mine.py:Lacking' lacks worlds, read; see docs/plugins.md"),
        ("Clashing", "adds a world 'as_written', and there is one of that name"),
        ("Unmade", "instrument 'mine.py:Unmade' cannot be made: OSError: no such weather"),
        ("Absent", "there is no 'Absent'; there are: Lacking, Failing, Clashing, Unmade"),
    ],
)
def test_an_instrument_that_cannot_be_is_refused_before_anything_runs(mine, name, said):
    with pytest.raises(StudyError, match=said):
        plan_comparison(numbers(), replications=2, instruments=[mine(name)])


def test_an_instrument_that_fails_is_told_in_place_of_readings(mine, tmp_path):
    study = run_plan(plan_comparison(numbers(), replications=2, instruments=[mine("Failing")]), tmp_path)
    with pytest.raises(StudyError, match=r"instrument 'mine.py:Failing' failed: SystemExit: 0"):
        _ = study.readings


def test_an_unknown_name_says_the_nearest():
    with pytest.raises(StudyError, match=r"unknown instrument 'slowdown'; did you mean 'slow_down'"):
        find_instruments(["slowdown"])


def test_worlds_of_instruments_are_not_added_to_a_study_of_one_world():
    with pytest.raises(StudyError, match="slow_down: these need worlds of their own, to be compared"):
        plan_sweep(numbers(), {"update.rate.peer": [0.1, 0.2]}, instruments=["slow_down"])


def test_the_interval_of_a_ratio_of_variances_covers_as_often_as_it_says():
    draws = stats.norm.rvs(size=(2, 400, 50), random_state=3)
    ratios = draws[0].var(axis=1, ddof=1) * 3.0 / draws[1].var(axis=1, ddof=1)
    ends = [bound_variance_ratio(ratio, 50) for ratio in ratios]
    assert 366 <= sum(low <= 3.0 <= high for low, high in ends) <= 392  # 99 % of a binomial with .95


def test_early_warning_of_an_assistant_whom_nobody_consults_is_one_within_its_interval(tmp_path):
    nobody = numbers("population.groups=[{name: everyone, adoption: 0}]", "rounds=2")
    worlds = [World("with"), World("without", tuple(read_changes({"assistants": []})))]
    plan = plan_comparison(nobody, worlds, replications=50, instruments=["early_warning"])
    (reading,) = run_plan(plan, tmp_path).readings
    assert reading.value == 1.0
    cut = stats.f.ppf(0.975, 49, 49)
    assert (reading.low, reading.high) == pytest.approx((1 / cut, cut))
