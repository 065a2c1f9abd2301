"""Policies that make one profile of many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from coevolve_sim.assistants.policies import Observation, apply_policy
from coevolve_sim.assistants.policies.norms import gains, nash_point, smallest_ball

unit = st.floats(0, 1)


def seen(rows, groups=None):
    heard = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
    return Observation(heard, np.arange(len(heard)), 1, None if groups is None else np.array(groups))


def target(kind, rows, groups=None, **parameters):
    heard = seen(rows, groups)
    return apply_policy(kind, np.full(heard.heard.shape[1], 0.5), heard, {}, rate=1.0, **parameters)[0]


PEOPLE = [0.1, 0.2, 0.9]
MINORITY = {"rows": [[0.2]] * 80 + [[0.8]] * 20, "groups": [0] * 80 + [1] * 20}


def test_mean_median_and_borda_of_three():
    assert target("mean", PEOPLE)[0] == pytest.approx(0.4)
    assert target("median", PEOPLE)[0] == pytest.approx(0.2)
    assert target("borda", PEOPLE, n_candidates=11)[0] == pytest.approx(0.2)


@given(arrays(np.float64, (9, 2), elements=unit))
def test_no_candidate_gets_more_borda_points_than_the_one_chosen(rows):
    """Against points counted pair by pair."""
    places = np.linspace(0, 1, 5)
    chosen = target("borda", rows, n_candidates=5)
    for column, found in zip(rows.T, chosen, strict=True):
        apart = np.abs(column[:, None] - places).round(9)
        points = [
            sum(
                (apart[:, a] < apart[:, b]).sum() + 0.5 * (apart[:, a] == apart[:, b]).sum() for b in range(5)
            )
            for a in range(5)
        ]
        winners = places[np.array(points) >= max(points) - 1e-9]
        assert found == pytest.approx(winners.mean())


def test_independent_learns_each_time_from_its_first_values():
    values, memory = np.array([0.0]), {}
    for mean in (1.0, 0.5, 0.8):
        values, memory = apply_policy("independent", values, seen([[mean]]), memory, rate=0.5)
        assert values[0] == pytest.approx(0.5 * mean)


def test_a_role_never_leaves_its_region_and_is_put_back_into_it():
    stays = {"standard": np.array([0.3, 0.9]), "tolerance": 0.15, "rate": 1.0}
    for rows, expected in (([[0.9, 0.0]], [0.45, 0.75]), ([[0.3, 1.0]], [0.3, 1.0])):
        np.testing.assert_allclose(
            apply_policy("role", np.full(2, 0.5), seen(rows), {}, **stays)[0], expected
        )
    nobody = Observation(np.empty((0, 2)), np.empty(0, int), 1)
    np.testing.assert_allclose(
        apply_policy("role", np.array([0.0, 0.0]), nobody, {}, **stays)[0], [0.15, 0.75]
    )


def test_a_minority_counts_for_its_share_in_the_mean_and_for_as_much_in_the_least_gain():
    contract = {"reservation": 0.0, "neutral": 0.5}
    mean = float(target("mean", MINORITY["rows"])[0])
    least = float(target("contractualist", **MINORITY, agreement="max_min", **contract)[0])
    nash = float(target("contractualist", **MINORITY, agreement="nash", **contract)[0])
    assert mean == pytest.approx(0.32)
    assert least == pytest.approx(0.5, abs=0.01)
    assert mean < nash < least


def test_the_higher_the_reservation_the_nearer_nash_comes_to_the_least_gain():
    found = [
        float(target("contractualist", **MINORITY, agreement="nash", reservation=r, neutral=0.5)[0])
        for r in (0.0, 0.5, 0.8, 0.9)
    ]
    assert found == sorted(found)
    assert found[-1] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("agreement", ["max_min", "nash"])
def test_without_agreement_the_neutral_profile_stands(agreement):
    contract = {"agreement": agreement, "reservation": 0.95, "neutral": np.array([0.7])}
    assert target("contractualist", **MINORITY, **contract)[0] == pytest.approx(0.7)


@pytest.mark.parametrize("agreement", ["max_min", "nash"])
def test_one_group_alone_agrees_on_its_mean(agreement):
    contract = {"agreement": agreement, "reservation": 0.5, "neutral": 0.5}
    assert target("contractualist", [0.1, 0.5], [3, 3], **contract)[0] == pytest.approx(0.3)
    assert target("contractualist", [0.1, 0.5], None, **contract)[0] == pytest.approx(0.3)


@pytest.mark.parametrize("seed", range(6))
def test_agreements_are_what_a_general_optimizer_finds(seed):
    rng = np.random.default_rng(seed)
    ideals, shares = rng.random((5, 3)), rng.dirichlet(np.ones(5))
    ball = smallest_ball(ideals)
    least = minimize(
        lambda z: z[-1],
        np.append(ideals.mean(axis=0), 1.0),
        constraints={"type": "ineq", "fun": lambda z: z[-1] - ((ideals - z[:-1]) ** 2).sum(axis=1)},
        tol=1e-12,
    )
    np.testing.assert_allclose(ball, least.x[:-1], atol=1e-5)
    nash = nash_point(ideals, shares, 0.2)
    best = minimize(lambda y: -(shares * np.log(gains(y, ideals, 0.2))).sum(), ball, tol=1e-14)
    np.testing.assert_allclose(nash, best.x, atol=1e-5)


def test_a_ball_holds_points_that_lie_together_or_in_a_line():
    np.testing.assert_allclose(smallest_ball(np.full((4, 2), 0.3)), [0.3, 0.3])
    np.testing.assert_allclose(smallest_ball(np.linspace(0, 1, 7)[:, None]), [0.5], atol=1e-9)
