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
    count_directed_eras,
    distance_across_way,
    follow,
    measure_errors,
    measure_progress,
    measure_way,
    predict,
    progress_measure,
    share_of_way,
    share_of_way_by_dimension,
)
from coevolve_sim.measures.progress import NEAR_CENTRE

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
    taken = measure_progress(HISTORY, HISTORY, HISTORY) | measure_errors(HISTORY, HISTORY, HISTORY)
    taken |= measure_way(HISTORY, HISTORY)
    assert {progress_measure(key).name for key in taken} == set(PROGRESS)


# --- what a cosine does not see ------------------------------------------------------------------

LINE = np.linspace(0.55, 0.95, 9)[:, None]


def test_in_one_dimension_cosines_are_absent_and_errors_stand():
    still = np.full_like(LINE, 0.501)
    assert all(math.isnan(score) for score in measure_progress(still, LINE, LINE).values())
    assert count_directed_eras(still, LINE) == (0, 8)
    errors = measure_errors(still, LINE, LINE)
    assert errors["follow_rmse"] == pytest.approx(math.sqrt(np.mean((LINE[1:] - 0.501) ** 2)))
    assert errors["predict_1_rmse"] == pytest.approx(math.sqrt(np.mean((LINE[2:] - 0.501) ** 2)))
    assert errors["follow_history_rmse"] == errors["follow_rmse"]


def test_an_assistant_that_all_but_stands_at_the_centre_scores_1_and_what_that_rests_on_is_counted():
    still, moving = np.full((9, 3), 0.501), np.repeat(LINE, 3, axis=1)
    assert follow(still, moving, 0.5) == pytest.approx(1.0)
    assert count_directed_eras(still, moving, centre=0.5) == (8, 8)
    assert count_directed_eras(still, moving, centre=0.5, least=NEAR_CENTRE) == (0, 8)
    assert math.isnan(follow(np.full((9, 3), 0.5 + 1e-16), moving, 0.5))
    assert measure_errors(still, moving, horizons=())["follow_rmse"] > 0.25


@pytest.mark.parametrize(("at_centre", "expected"), [(1, 1.0), (4, 1.0), (5, math.nan), (7, math.nan)])
def test_a_mean_of_cosines_needs_half_of_its_eras_and_the_others_are_counted(at_centre, expected):
    moving = np.repeat(LINE, 3, axis=1)
    held = moving.copy()
    held[1 : 1 + at_centre] = 0.5
    assert follow(held, moving, 0.5) == pytest.approx(expected, nan_ok=True)
    assert count_directed_eras(held, moving, centre=0.5) == (8 - at_centre, 8)
    assert follow(held, moving) == pytest.approx(1.0)


# --- history's way -------------------------------------------------------------------------------


def test_the_share_of_historys_way_says_where_people_stopped():
    way = np.linspace([0.2, 0.9], [0.8, 0.1], 9)
    assert share_of_way(way, way)[1:] == pytest.approx(np.ones(8))
    assert share_of_way(np.tile(way[0], (9, 1)), way)[-1] == 0.0
    halted = np.vstack([way[:5], np.tile(way[4], (4, 1))])
    assert share_of_way(halted, way)[-1] == pytest.approx(0.5)
    assert distance_across_way(halted, way)[-1] == pytest.approx(0.0, abs=1e-12)
    assert share_of_way(way[::-1] - way[-1] + way[0], way)[-1] == pytest.approx(-1.0)
    assert share_of_way(way[0] + 1.3 * (way - way[0]), way)[1:] == pytest.approx(np.full(8, 1.3))


def test_what_lies_across_the_way_is_the_rest_of_the_change():
    draw = np.random.default_rng(4)
    people, way = draw.random((2, 6, 4))
    share, across = share_of_way(people, way), distance_across_way(people, way)
    change, gone = people - people[0], way - way[0]
    rest = change - share[:, None] * gone
    assert np.abs((rest * gone).sum(axis=1)[1:]).max() < 1e-12
    length = 4 * across**2 + share**2 * (gone**2).sum(axis=1)
    assert length[1:] == pytest.approx((change**2).sum(axis=1)[1:])
    assert share_of_way_by_dimension(people, way)[1:] == pytest.approx(change[1:] / gone[1:])


def test_shares_are_undefined_where_history_has_not_moved_and_in_one_dimension_nothing_lies_across():
    people, way = np.array([[0.2, 0.2], [0.3, 0.4]]), np.array([[0.5, 0.5], [0.5, 0.6]])
    assert np.isnan(share_of_way(people, way)[0])
    assert np.isnan(share_of_way_by_dimension(people, way)).tolist() == [[True, True], [True, False]]
    assert np.isnan(share_of_way(people, people[:1] + 1e-9 * people)).all()
    assert np.isnan(distance_across_way(LINE, LINE)).all()
    assert share_of_way(LINE, LINE)[-1] == pytest.approx(1.0)
