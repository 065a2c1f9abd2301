"""Follow, predict and coevolve against hand-computed numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cosine as cosine_distance

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import (
    PROGRESS,
    coevolve,
    coevolve_aligned,
    cosine,
    follow,
    measure_progress,
    predict,
    progress_measure,
)

HISTORY = np.array([[1.0, 0.0], [math.sqrt(0.5), math.sqrt(0.5)], [0.0, 1.0]])


def profiles(n_eras=4, n_dimensions=3):
    return arrays(np.float64, (n_eras, n_dimensions), elements=st.integers(0, 64).map(lambda k: k / 64))


@pytest.mark.parametrize(
    ("humans", "expected"),
    [
        (HISTORY, 0.8238015069),
        (np.tile(HISTORY[0], (3, 1)), 0.5690355937),
        (np.tile(HISTORY[2], (3, 1)), 1.0),
    ],
)
def test_coevolve_gives_the_golden_numbers(humans, expected):
    assert coevolve(humans, HISTORY) == pytest.approx(expected, abs=1e-10)


def test_coevolve_rewards_haste_and_its_aligned_form_rewards_keeping_time():
    hasty = np.tile(HISTORY[2], (3, 1))
    stuck = np.tile(HISTORY[0], (3, 1))
    assert coevolve(hasty, HISTORY) > coevolve(HISTORY, HISTORY)
    assert coevolve_aligned(HISTORY, HISTORY) == pytest.approx(1.0, abs=1e-12)
    assert coevolve_aligned(stuck, HISTORY) == pytest.approx((1 + math.sqrt(0.5) + 0) / 3, abs=1e-12)


def test_follow_leaves_the_first_era_out():
    assistant = HISTORY.copy()
    assistant[0] = [0.0, 1.0]
    assert follow(assistant, HISTORY) == pytest.approx(1.0, abs=1e-12)


def test_an_assistant_one_era_ahead_predicts_one_era_perfectly():
    ahead = np.vstack([HISTORY[0], HISTORY[2], HISTORY[2]])
    assert predict(ahead, HISTORY, 1) == pytest.approx(1.0, abs=1e-12)
    assert predict(HISTORY, HISTORY, 1) == pytest.approx(math.sqrt(0.5), abs=1e-12)


def test_a_lifelong_assistant_lags_behind_what_it_predicts():
    eras = np.random.default_rng(1).random((9, 19))
    for horizon in range(1, 5):
        by_hand = [1 - cosine_distance(eras[t] - 0.5, eras[t + horizon] - 0.5) for t in range(1, 9 - horizon)]
        assert predict(eras, eras, horizon, centre=0.5) == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_plain_cosines_of_random_profiles_crowd_near_one_and_centred_ones_do_not():
    draw = np.random.default_rng(2)
    u, v = draw.random((100_000, 2)), draw.random((100_000, 2))
    assert np.mean(cosine(u, v)) == pytest.approx(0.84, abs=0.02)
    assert abs(np.mean(cosine(u, v, centre=0.5))) < 0.02


@given(u=arrays(np.float64, (5, 3), elements=st.floats(-1e3, 1e3)), centre=st.floats(-10, 10))
def test_cosines_stay_within_minus_one_and_one(u, centre):
    angles = np.asarray(cosine(u, u[::-1], centre=centre))
    defined = angles[~np.isnan(angles)]
    assert ((defined >= -1) & (defined <= 1)).all()


@given(profiles(), profiles())
def test_centred_scores_do_not_change_when_every_scale_is_turned_round(ours, actual):
    for score in (follow, coevolve, coevolve_aligned):
        turned = score(1 - ours, 1 - actual, 0.5)
        assert turned == pytest.approx(score(ours, actual, 0.5), abs=1e-12, nan_ok=True)


@given(profiles(), profiles())
def test_coevolve_is_what_its_double_loop_says(humans, actual):
    def best(k, i):
        angles = [cosine(humans[k], actual[j]) for j in range(i, 4)]
        return max((a for a in angles if not math.isnan(a)), default=math.nan)

    table = np.array([[best(k, i) for i in range(4)] for k in range(4)])
    diagonal = np.diag(table)
    for score, entries in ((coevolve, table), (coevolve_aligned, diagonal)):
        defined = entries[~np.isnan(entries)]
        expected = defined.mean() if defined.size else math.nan
        assert score(humans, actual) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_vector_without_length_has_no_cosine_and_is_left_out_of_means():
    middle = [[0.5, 0.5], [0.5, 0.5], [1.0, 0.5]]
    actual = [[1.0, 0.5]] * 3
    assert math.isnan(cosine([0.5, 0.5], [1.0, 0.0], centre=0.5))
    assert follow(middle, actual, centre=0.5) == 1.0
    assert math.isnan(follow([[0.5, 0.5]] * 3, actual, centre=0.5))
    assert math.isnan(coevolve([[0.5, 0.5]] * 3, actual, centre=0.5))


def test_each_dimension_may_have_a_centre_of_its_own():
    assert cosine([0.5, 0.25], [0.75, 0.0], centre=[0.25, 0.5]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: follow([[1.0]], [[1.0]]), "needs at least 2 eras; 1 given"),
        (
            lambda: predict(HISTORY, HISTORY, 2),
            "a horizon of 2 eras must be at least 0 and needs at least 4 eras",
        ),
        (lambda: predict(HISTORY, HISTORY, -1), "a horizon of -1 eras must be at least 0"),
        (
            lambda: follow(HISTORY, HISTORY[:2]),
            r"equal shapes \(eras, dimensions\); \(3, 2\) and \(2, 2\) given",
        ),
        (lambda: follow(HISTORY[0], HISTORY[0]), r"array \(eras, dimensions\).*shape \(2,\) given"),
        (lambda: follow(HISTORY * np.nan, HISTORY), "assistant must be finite; era 0"),
        (
            lambda: cosine([1.0, 2.0], [1.0, 2.0, 3.0]),
            r"vectors of equal length; shapes \(2,\) and \(3,\) given",
        ),
        (lambda: follow(HISTORY, HISTORY, centre=[0.5]), r"shape \(2,\); shape \(1,\) given"),
        (lambda: measure_progress(HISTORY, HISTORY, horizons=(0,)), r"at least 1 era; \[0\] given"),
        (lambda: measure_progress(HISTORY, HISTORY, horizons=(2,)), "needs at least 4 eras; 3 given"),
        (lambda: progress_measure("foresee"), "no progress measure is called 'foresee'; known are follow"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_what_was_given(call, text):
    with pytest.raises(MeasureError, match=text):
        call()


def test_a_run_with_a_history_gets_every_progress_measure():
    draw = np.random.default_rng(3)
    ours, people, history = draw.random((3, 6, 4))
    taken = measure_progress(ours, people, history, horizons=(1, 3))
    assert list(taken) == [
        "follow",
        "follow_centred",
        "follow_history",
        "follow_history_centred",
        "predict_1",
        "predict_1_centred",
        "predict_3",
        "predict_3_centred",
        "coevolve",
        "coevolve_centred",
        "coevolve_aligned",
        "coevolve_aligned_centred",
    ]
    assert taken["predict_3_centred"] == predict(ours, people, 3, 0.5)
    assert taken["predict_1"] == predict(ours, people, 1)
    assert taken["follow_history"] == follow(ours, history)
    assert taken["coevolve_aligned_centred"] == coevolve_aligned(people, history, 0.5)


def test_without_a_history_what_needs_one_is_left_out():
    assert set(measure_progress(HISTORY, HISTORY)) == {
        "follow",
        "follow_centred",
        "predict_1",
        "predict_1_centred",
    }


def test_every_key_of_measure_progress_is_described():
    taken = measure_progress(HISTORY, HISTORY, HISTORY)
    assert {progress_measure(key).name for key in taken} == set(PROGRESS)
