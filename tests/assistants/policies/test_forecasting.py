"""Policies that hold where people are going."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve_sim.assistants.policies import (
    Observation,
    apply_policy,
    extrapolate,
    inverse_logit,
    logit,
    vote_weights,
)
from coevolve_sim.errors import PolicyError

unit = st.floats(0, 1)


def seen(*rows, round_index=1, votes=None, gap=0.0):
    heard = np.array(rows, dtype=np.float64)
    return Observation(heard, np.arange(len(heard)), round_index, votes=votes, gap=gap)


def after(kind, means, start=0.5, **parameters):
    values, memory = np.array([start]), {}
    for index, mean in enumerate(means):
        values, memory = apply_policy(kind, values, seen([mean], round_index=index + 1), memory, **parameters)
    return float(values[0])


@pytest.mark.parametrize(
    ("order", "horizon", "history", "weight"),
    [
        (1, 1, (-1, 1), 3),
        (1, 2, (-1, 1), 5),
        (2, 1, (1, -1, 1), 7),
        (2, 1, (-1, 1, 1), -1),
        (2, 1, (-1, -1, 1), 5),
        (2, 2, (1, -1, 1), 17),
        (2, 2, (-1, 1, 1), -5),
        (2, 2, (-1, -1, 1), 11),
    ],
)
def test_votes_are_weighed_as_progressgym_weighs_them(order, horizon, history, weight):
    assert extrapolate(np.array(history, dtype=float), order, horizon) == weight
    assert vote_weights(np.array(history, dtype=float), order, horizon) == max(min(weight, 5), -5)


@pytest.mark.parametrize(("order", "horizon"), list(itertools.product(range(5), range(1, 5))))
def test_a_polynomial_of_the_order_is_continued_exactly(order, horizon):
    coefficients = np.arange(1.0, order + 2)
    rows = np.polyval(coefficients, np.arange(order + 3))
    ahead = extrapolate(rows, order, horizon)
    assert ahead == pytest.approx(np.polyval(coefficients, order + 2 + horizon), rel=1e-12)


def test_the_order_shrinks_to_what_the_past_holds():
    assert extrapolate(np.array([0.4]), 3, 2) == 0.4
    assert extrapolate(np.array([0.2, 0.4]), 3, 1) == pytest.approx(0.6)


@pytest.mark.parametrize(("past", "order", "horizon"), [([], 1, 1), ([0.5], -1, 1), ([0.5], 1, -1)])
def test_what_cannot_be_extrapolated_is_refused(past, order, horizon):
    with pytest.raises(
        PolicyError, match="extrapolation needs at least one row, and order and horizon of at"
    ):
        extrapolate(np.array(past), order, horizon)


@given(arrays(np.float64, (6, 3), elements=unit), unit, st.integers(0, 4))
def test_order_nought_is_lifelong_bit_for_bit(means, rate, horizon):
    values = other = np.full(3, 0.5)
    memory = {}
    for index, mean in enumerate(means):
        heard = seen(mean, means[0], round_index=index)
        values, memory = apply_policy(
            "extrapolative", values, heard, memory, order=0, horizon=horizon, rate=rate
        )
        other, _ = apply_policy("lifelong", other, heard, {}, rate=rate)
        assert values.tobytes() == other.tobytes()


def test_a_line_is_anticipated_and_a_lifelong_learner_lags():
    line = [0.1, 0.2, 0.3, 0.4]
    assert after("extrapolative", line, order=1, horizon=2, rate=1.0) == pytest.approx(0.6)
    assert after("lifelong", line, rate=1.0) == pytest.approx(0.4)


def test_an_extrapolation_beyond_the_scale_stays_at_its_end():
    assert after("extrapolative", [0.6, 0.9], order=1, horizon=3, rate=1.0) == 1.0


def test_votes_move_it_by_a_part_of_the_gap_for_every_copy():
    values, memory = np.array([0.5, 0.5, 0.5]), {}
    votes = [np.array([[1.0, -1.0, 1.0]] * 3), np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 1.0, 0.0]])]
    for index, vote in enumerate(votes):
        heard = seen(*(0.5 + 0.1 * vote), round_index=index, votes=vote, gap=0.1)
        values, memory = apply_policy("extrapolative", values, heard, memory, order=1, horizon=1, rate=0.5)
    np.testing.assert_allclose(values, [0.55 + 0.05, 0.45 + 0.15, 0.55 - 0.05], atol=1e-12)


def test_a_logit_trend_goes_on_along_the_curve_of_a_spreading_view():
    course = inverse_logit(np.arange(-3.0, 2.0)[:, None] * 0.5)[:, 0]
    ahead = after("logit_trend", course, window=5, horizon=3, rate=1.0)
    assert ahead == pytest.approx(float(inverse_logit(np.array(4 * 0.5))), abs=1e-9)


@given(arrays(np.float64, 5, elements=unit))
def test_log_odds_and_back_is_where_one_was(shares):
    np.testing.assert_allclose(inverse_logit(logit(shares)), shares, atol=3e-9)


def test_a_damped_trend_dies_out():
    line = list(np.linspace(0.1, 0.5, 30))
    exact = {"smoothing": 1.0, "trend_smoothing": 1.0, "rate": 1.0}
    undamped = [after("damped", line, damping=1.0, horizon=k, **exact) for k in (0, 1, 5)]
    np.testing.assert_allclose(undamped, [0.5, 0.5 + 0.4 / 29, 0.5 + 5 * 0.4 / 29], atol=1e-12)
    far = after("damped", line, damping=0.5, horizon=1000, **exact)
    assert far == pytest.approx(0.5 + 0.4 / 29, abs=1e-9)


def test_a_trend_in_noise_is_better_smoothed():
    """The mean error one round ahead of a noisy line, over many."""
    rng = np.random.default_rng(3)
    errors = {"damped": [], "extrapolative": []}
    for _ in range(60):
        line = 0.2 + 0.01 * np.arange(31)
        noisy = line[:-1] + rng.normal(0, 0.02, 30)
        smooth = {"smoothing": 0.3, "trend_smoothing": 0.1, "damping": 1.0}
        errors["damped"].append(after("damped", noisy, horizon=1, rate=1.0, **smooth) - line[-1])
        errors["extrapolative"].append(after("extrapolative", noisy, order=1, horizon=1, rate=1.0) - line[-1])
    rmse = {kind: float(np.sqrt(np.mean(np.square(found)))) for kind, found in errors.items()}
    assert rmse["damped"] < 0.5 * rmse["extrapolative"]
