"""The martingale score is 0 for honest beliefs, and neither trap catches it."""

import csv
import gzip

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.martingale import score_martingale, score_martingale_by_second_reading
from tests import ROOT

PANELS = ROOT.parent / "shared" / "data" / "gss_panels.csv.gz"


def honest_beliefs(n, rng):
    """Return beliefs of two rounds, each about a truth of its own: means of 1 and 2 of its noisy pieces."""
    truth = rng.normal(size=n)
    one, two = truth + rng.normal(size=(2, n))
    return one / 2, (one + two) / 3  # posterior means under the prior N(0, 1)


def test_honest_beliefs_have_no_slope():
    """The null, with 200,000 beliefs."""
    present, following = honest_beliefs(200_000, np.random.default_rng(1))
    found = score_martingale(present, following, reliability=1.0, confidence=0.999)
    assert found.low < 0 < found.high
    assert found.high - found.low < 0.02
    assert "no drift can be told from zero; one of 0.00" in found.sentence


def test_a_planted_slope_is_found_and_its_interval_covers_it_as_often_as_it_says():
    rng, covered = np.random.default_rng(2), 0
    for _ in range(400):
        x = rng.normal(size=60)
        found = score_martingale(x, x + 0.1 * x + 0.2 * rng.normal(size=60), reliability=1.0)
        covered += found.low <= 0.1 <= found.high
    assert 363 <= covered <= 394  # 999 of 1000 of a binomial with .95 or (robust errors are a bit short) .945


def test_intervals_are_robust_to_variances_that_differ():
    """Against the sandwich of matrices (White), of the plain and of the instrumented regression."""
    rng, n = np.random.default_rng(8), 50
    z = rng.normal(size=n)
    x = z + 0.5 * rng.normal(size=n)
    moved = x - 0.2 * x + np.abs(x) * rng.normal(size=n)
    design, instrument = np.column_stack([np.ones(n), x]), np.column_stack([np.ones(n), z])
    for given, found in (
        (design, score_martingale(x, moved, reliability=1.0)),
        (instrument, score_martingale_by_second_reading(z, x, moved)),
    ):
        bread = np.linalg.inv(given.T @ design)
        slopes = bread @ given.T @ (moved - x)
        left = moved - x - design @ slopes
        meat = given.T @ (given * left[:, None] ** 2)
        error = np.sqrt((bread @ meat @ bread.T)[1, 1] * n / (n - 2))
        assert found.slope == pytest.approx(slopes[1])
        assert found.high - found.slope == pytest.approx(stats.t.isf(0.025, n - 2) * error)


def test_the_smallest_slope_seen_is_found_in_four_of_five_cases():
    rng, found = np.random.default_rng(7), 0
    x = rng.normal(size=80)
    planted = score_martingale(x, x + 0.2 * rng.normal(size=80), reliability=1.0).smallest_slope_seen
    for _ in range(400):
        x = rng.normal(size=80)
        moved = x + planted * x + 0.2 * rng.normal(size=80)
        found += score_martingale(x, moved, reliability=1.0).low > 0
    assert 280 <= found <= 350  # about .8; the planted slope is itself an estimate


def test_the_trap_of_one_truth_that_all_hear():
    """Everybody goes K = .3 of the way to one truth: -.3 across people, rational as each of them is."""
    rng = np.random.default_rng(3)
    present = rng.normal(size=1_000)
    following = present + 0.3 * (0.7 - present)
    assert score_martingale(present, following, reliability=1.0).slope == pytest.approx(-0.3, abs=1e-12)


def test_the_trap_of_error_which_flips_the_sign_and_both_ways_out_of_it():
    """A true +.1, error of .05 on a true sd of .1: -.12 as measured."""
    rng, n = np.random.default_rng(4), 400_000
    true = 0.5 + 0.1 * rng.normal(size=n)
    later = true + 0.1 * (true - 0.5)
    present, again, following = (x + 0.05 * rng.normal(size=n) for x in (true, true, later))
    by_reliability = score_martingale(present, following, reliability=0.8)
    by_reading = score_martingale_by_second_reading(again, present, following)
    assert by_reliability.naive == pytest.approx(-0.12, abs=0.004)
    assert by_reading.naive == by_reliability.naive
    assert by_reliability.slope == pytest.approx(0.1, abs=0.005)
    assert by_reading.slope == pytest.approx(0.1, abs=0.005)
    assert by_reading.low > 0
    assert "beliefs entrench" in by_reading.sentence
    assert f"{by_reading.naive:+.3f} as measured" in by_reading.sentence


def test_the_naive_slope_is_refused_without_reliability():
    x = np.linspace(0, 1, 20)
    with pytest.raises(StudyError, match="error of measurement flips its sign: give reliability"):
        score_martingale(x, x)


@pytest.mark.parametrize("call", ["reliability", "few", "same", "shape", "weak", "nan"])
def test_what_has_no_slope_is_refused(call):
    x, rng = np.linspace(0, 1, 30), np.random.default_rng(5)
    calls = {
        "reliability": (lambda: score_martingale(x, x, reliability=1.2), r"\(0, 1\]; 1.2 given"),
        "few": (lambda: score_martingale(x[:5], x[:5], reliability=1), "at least 10 beliefs; 5 given"),
        "same": (
            lambda: score_martingale(np.ones(20), x[:20], reliability=1),
            "all 20 present readings are 1",
        ),
        "shape": (lambda: score_martingale(x, x[1:], reliability=1), "must have one shape"),
        "weak": (
            lambda: score_martingale_by_second_reading(rng.normal(size=30), x, x),
            "tells too little of the first",
        ),
        "nan": (lambda: score_martingale(x, x * np.nan, reliability=1), "following must be finite"),
    }
    refused, said = calls[call]
    with pytest.raises(StudyError, match=said):
        refused()


def complete_cases():
    """Return, for each item of each panel, the answers of those who answered in all three waves."""
    answers = {}
    with gzip.open(PANELS, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            waves = answers.setdefault((row["panel"], row["item"]), {}).setdefault(row["person"], {})
            waves[row["wave"]] = float(row["value"])
    return [
        np.array([[waves[w] for w in "123"] for waves in people.values() if len(waves) == 3]).T
        for people in answers.values()
    ]


@pytest.mark.skipif(not PANELS.exists(), reason="the shared data folder does not lie beside this repository")
def test_real_people_return_to_the_middle_only_as_measured():
    """34 items in three panels of the General Social Survey: medians -.490, -.454, and instrumented -.041."""
    waves = complete_cases()
    assert len(waves) == 3 * 34
    first = [score_martingale(a, b, reliability=1.0).naive for a, b, _ in waves]
    later = [score_martingale_by_second_reading(a, b, c) for a, b, c in waves]
    assert np.median(first) == pytest.approx(-0.490, abs=5e-4)
    assert np.median([one.naive for one in later]) == pytest.approx(-0.454, abs=5e-4)
    assert np.median([one.slope for one in later]) == pytest.approx(-0.041, abs=5e-4)
