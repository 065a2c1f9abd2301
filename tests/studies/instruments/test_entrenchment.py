"""Entrenchment is the share that is known of a linear pair, and nothing where beginnings do not count."""

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.entrenchment import (
    differentiate_end_state,
    measure_crossed_entrenchment,
    measure_entrenchment,
)
from coevolve_sim.studies.instruments.tiny_worlds.coupled_pair import weigh_beginnings

PUBLISHED = [(5, 0.6638, 0.3362, 0.2041), (10, 0.5537, 0.4463, 0.3938), (20, 0.5058, 0.4942, 0.4885)]


@pytest.mark.parametrize(("rounds", "of_people", "of_assistant", "share"), PUBLISHED)
def test_weights_of_beginnings_and_their_shares_are_the_published_ones(
    rounds, of_people, of_assistant, share
):
    weights = weigh_beginnings(0.1, 0.1, rounds)
    assert weights == pytest.approx((of_people, of_assistant), abs=5e-5)
    assert weights[1] ** 2 / (weights @ weights) == pytest.approx(share, abs=5e-5)


def test_in_the_limit_both_beginnings_weigh_the_same():
    assert weigh_beginnings(0.1, 0.1, 500) == pytest.approx((0.5, 0.5), abs=1e-12)


@pytest.mark.parametrize(("rounds", "share"), [(5, 0.2041), (10, 0.3938), (20, 0.4885), (500, 0.5)])
def test_both_estimators_find_the_share_of_drawn_ensembles(rounds, share):
    rng, (w_m, w_z) = np.random.default_rng(rounds), weigh_beginnings(0.1, 0.1, rounds)
    z, m = 0.5 + 0.1 * rng.normal(size=(2, 4_000))
    line = measure_entrenchment(z, w_m * m + w_z * z, confidence=0.999)
    assert line.low < share < line.high
    assert line.share == pytest.approx(share, abs=0.04)
    crossed = measure_crossed_entrenchment(w_m * m[:500] + w_z * z[:500, None])
    assert crossed.share == pytest.approx(share, abs=0.06)
    assert crossed.low < share < crossed.high


def test_where_beginnings_do_not_count_the_adjusted_share_is_zero_and_the_raw_one_is_not():
    """The null with 12 seeds, 3,000 times: 1/11 unadjusted."""
    rng = np.random.default_rng(1)
    found = [measure_entrenchment(*rng.normal(size=(2, 12))) for _ in range(3_000)]
    assert np.mean([one.raw_share for one in found]) == pytest.approx(1 / 11, abs=0.007)
    assert np.mean([one.share for one in found]) == pytest.approx(0, abs=0.008)
    crossed = [measure_crossed_entrenchment(rng.normal(size=(8, 6))).share for _ in range(2_000)]
    assert np.mean(crossed) == pytest.approx(0, abs=0.01)


def test_crossed_entrenchment_takes_people_for_people_and_needs_no_line():
    """z of 1/4 and 3/4 lead to one end, 1/2 to another: a line sees nothing; variances are 1 and 1."""
    rng = np.random.default_rng(2)
    z = np.tile([0.25, 0.5, 0.75], 400)[:, None]
    of_start = np.where(z == 0.5, np.sqrt(2.0), -1 / np.sqrt(2.0))
    people = rng.normal(size=200)
    ends = of_start + (people - people.mean()) / people.std(ddof=1)
    assert measure_crossed_entrenchment(ends).share == pytest.approx(0.5, abs=0.005)
    line = measure_entrenchment(z[:, 0], ends[np.arange(1_200), np.arange(1_200) % 200])
    assert line.share == pytest.approx(0, abs=0.01)


def test_intervals_cover_the_planted_share_as_often_as_they_say():
    """S = .3938, from 40 seeds, or 12 beginnings of 12 seeds with a third part that is neither."""
    rng, trials = np.random.default_rng(3), 400
    (w_m, w_z), lines, grids = weigh_beginnings(0.1, 0.1, 10), 0, 0
    planted = w_z**2 / (w_z**2 + w_m**2 + 0.2**2)
    for _ in range(trials):
        z, m = rng.normal(size=(2, 40))
        found = measure_entrenchment(z, w_m * m + w_z * z)
        lines += found.low <= 0.3938 <= found.high
        z, m = rng.normal(size=(2, 12))
        ends = w_m * m + w_z * z[:, None] + 0.2 * rng.normal(size=(12, 12))
        found = measure_crossed_entrenchment(ends)
        grids += found.low <= planted <= found.high
    assert 363 <= lines <= 395
    assert 360 <= grids <= 397


def test_the_derivative_is_forgotten_under_a_history_that_pulls_and_a_constant_without():
    for history, late in ((0.1, 0.0), (0.0, 0.5)):
        start, people = np.array([0.3, 0.4, 0.5]), np.array([0.5, 0.2, 0.7])
        w_m, w_z = weigh_beginnings(0.1, 0.1, 400, history)
        found = differentiate_end_state(w_m * people + w_z * start, w_m * people + w_z * (start + 0.1), 0.1)
        assert found.mean == pytest.approx(late, abs=1e-4)
    w_m, w_z = weigh_beginnings(0.1, 0.1, 10)
    assert differentiate_end_state([0.0, 0.0], [0.1 * w_z, 0.1 * w_z], 0.1).mean == pytest.approx(
        0.4463, abs=5e-5
    )


def test_the_smallest_share_seen_is_found_in_four_of_five_cases():
    rng, trials, n = np.random.default_rng(4), 400, 40
    z, m = rng.normal(size=(2, n))
    planted = measure_entrenchment(z, m).smallest_share_seen
    found = 0
    for _ in range(trials):
        z, m = rng.normal(size=(2, n))
        found += measure_entrenchment(z, np.sqrt(planted) * z + np.sqrt(1 - planted) * m).low > 0
    assert 290 <= found <= 345  # 999 of 1000 of a binomial with .8


def test_the_smallest_crossed_share_seen_is_that_of_its_test():
    """Beginnings of 8 against the rest (sd 1, 6 people each): 4 of 5 are told at that share."""
    rng, n, k = np.random.default_rng(5), 8, 6
    seen = [measure_crossed_entrenchment(rng.normal(size=(n, k))).smallest_share_seen for _ in range(50)]
    planted = float(np.median(seen))
    told = 0
    for _ in range(400):
        ends = np.sqrt(planted) * rng.normal(size=(n, 1)) + np.sqrt(1 - planted) * rng.normal(size=(n, k))
        told += measure_crossed_entrenchment(ends).low > 0
    assert 260 <= told <= 360


def test_the_sentence_says_what_would_have_been_seen():
    rng = np.random.default_rng(6)
    z, m = rng.normal(size=(2, 40))
    none, some = measure_entrenchment(z, m), measure_entrenchment(z, z + m)
    assert none.sentence.endswith(f"None can be told; {none.smallest_share_seen:.0%} would have been seen.")
    assert "would have been seen" not in some.sentence
    assert "of the variance of where people end follows from where the assistant began" in some.sentence


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: measure_entrenchment(np.arange(9.0), np.arange(9.0)), "at least 10 replications; 9 given"),
        (lambda: measure_entrenchment(np.ones(12), np.arange(12.0)), "first_values are all 1"),
        (lambda: measure_entrenchment(np.arange(12.0), np.ones(12)), "ends are all 1"),
        (lambda: measure_entrenchment(np.arange(12.0), np.arange(13.0)), "must have one shape"),
        (lambda: measure_crossed_entrenchment(np.random.default_rng(1).random((4, 9))), "at least 5 first"),
        (lambda: measure_crossed_entrenchment(np.arange(6.0)[:, None]), "at least 2 replications; 1 given"),
        (lambda: differentiate_end_state([0.1, 0.2], [0.1, 0.2], 0.0), "a number other than 0; 0.0 given"),
    ],
)
def test_what_cannot_be_told_is_refused(call, said):
    with pytest.raises(StudyError, match=said):
        call()
