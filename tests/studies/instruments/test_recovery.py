"""Recovery after withdrawal: all of it where history pulls, none where nothing does."""

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.loop_gain import kick_response
from coevolve_sim.studies.instruments.recovery import (
    crossing_round,
    horizon_of,
    measure_recovery,
    recovered_share,
    relaxation_time,
)
from coevolve_sim.studies.instruments.tiny_worlds.averaging import average_in_loop

STAYED, LEFT = 40, 60
"""The assistant stays for so many rounds, and is gone for so many."""


def worlds(pull, noise=0.0):
    """Return people's means from the round before the assistant leaves on, with it and never with it."""
    rng = np.random.default_rng(1)
    people, assistant = rng.uniform(0.3, 0.5, 8), np.full(8, 0.9)
    influence = np.r_[np.full(STAYED, 0.2), np.zeros(LEFT)]
    both = [
        average_in_loop(
            people, assistant, pull=pull, influence=a, learning=0.1, n_rounds=STAYED + LEFT, history=0.2
        )[0][:, STAYED:]
        for a in (influence, 0.0)
    ]
    return [world + rng.normal(0, noise, world.shape) for world in both]


def test_people_whom_history_pulls_recover_at_its_pace():
    found = measure_recovery(*worlds(0.1))
    assert found.refused == ""
    assert found.share == pytest.approx(1 - 0.9 ** np.arange(LEFT + 1))
    assert found.share[10] == pytest.approx(0.65132, abs=5e-6)
    assert (found.half_life_low, found.half_life, found.half_life_high) == pytest.approx(
        (6.5788,) * 3, abs=5e-5
    )
    assert found.at_horizon.mean == pytest.approx(1 - 0.9**60)
    assert found.gap.low > 0


def test_without_anchor_and_history_nothing_is_recovered():
    found = measure_recovery(*worlds(0.0))
    assert found.share == pytest.approx(np.zeros(LEFT + 1), abs=1e-12)
    assert (found.half_life, found.at_horizon.high) == (np.inf, pytest.approx(0.0, abs=1e-12))


def test_the_reference_is_the_world_without_the_assistant_and_not_a_history_that_moves():
    """Both worlds drift by the same, and the share is as if they did not."""
    world, reference = worlds(0.1)
    drift = 0.01 * np.arange(LEFT + 1)
    assert recovered_share(world + drift, reference + drift) == pytest.approx(
        recovered_share(world, reference)
    )


def test_intervals_hold_the_planted_shares_in_noise():
    rng, covered, trials = np.random.default_rng(3), 0, 300
    for _ in range(trials):
        gap = 0.2 * rng.uniform(0.5, 1.5, (10, 1)) * 0.9 ** np.arange(11)
        noisy = gap * np.exp(rng.normal(0, 0.2, gap.shape) * (np.arange(11) > 0))
        found = measure_recovery(0.5 + noisy, np.full(gap.shape, 0.5))
        expected = 1 - 0.9**10 * np.exp(0.2**2 / 2)
        covered += found.at_horizon.low <= expected <= found.at_horizon.high
    assert 0.91 < covered / trials < 0.98


def test_half_lives_have_an_interval():
    noisy = measure_recovery(*worlds(0.1, noise=0.002))
    assert noisy.half_life_low < noisy.half_life < noisy.half_life_high
    assert noisy.half_life_low < 6.5788 < noisy.half_life_high


def test_a_gap_below_noise_is_refused_and_it_is_said_what_would_have_been_seen():
    rng = np.random.default_rng(2)
    noise = rng.normal(0.5, 0.1, (2, 10, 20))
    found = measure_recovery(noise[0], noise[1])
    assert "cannot be told from zero" in found.refused
    assert f"{found.gap.smallest_effect_seen:.2g} would have been seen" in found.refused
    assert found.at_horizon is None
    assert np.isnan(found.share).all()
    lacking = np.array([[0.0], [0.1], [0.1], [0.1], [0.1], [0.1]]) * 0.9 ** np.arange(5)
    assert "in replication 0 there is no gap" in measure_recovery(lacking, np.zeros((6, 5))).refused
    same = np.full((3, 5), 0.5)
    assert "cannot be told from zero" in measure_recovery(same, same).refused


@pytest.mark.parametrize("n_dimensions", [2, 6])
def test_gaps_in_several_dimensions_are_seen_and_those_of_noise_are_refused_as_often_as_stated(n_dimensions):
    rng = np.random.default_rng(4)
    direction = np.ones(n_dimensions)
    gap = 0.1 * direction * 0.9 ** np.arange(12)[:, None]
    world = rng.normal(0, 0.01, (8, 12, n_dimensions)) + gap
    found = measure_recovery(world, np.zeros(world.shape))
    assert found.refused == ""
    assert found.gap.mean == pytest.approx(0.1, abs=0.02)
    seen = sum(
        not measure_recovery(rng.normal(size=(8, 2, n_dimensions)), np.zeros((8, 2, n_dimensions))).refused
        for _ in range(400)
    )
    assert 0.02 * 400 < seen < 0.08 * 400


def test_a_placebo_gives_the_relaxation_time_and_five_of_them_the_horizon():
    people = np.full(3, 0.4)
    up, down = (
        average_in_loop(people + kick, people, pull=0.1, influence=0.0, learning=0.0, n_rounds=40)[0]
        for kick in (0.1, -0.1)
    )
    time = relaxation_time(kick_response(up, down, 0.1))
    assert time == pytest.approx(-1 / np.log(0.9))
    assert horizon_of(time) == 48
    assert relaxation_time(np.ones((2, 50))) == np.inf


def test_a_gap_that_is_closed_at_once_is_half_closed_within_the_round():
    assert crossing_round([1.0, 0.0], 0.5) == 0.5
    assert crossing_round([0.4, 0.3], 0.5) == 0.0
    assert crossing_round([1.0, 0.9, 0.8], 0.5) == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recovered_share([[0.5, 0.4]], [[0.5, 0.4]]), "do not differ in replication 0"),
        (lambda: measure_recovery([[0.5, 0.4]], [[0.4, 0.4]]), "at least 2 replications; 1 given"),
        (lambda: measure_recovery([0.5, 0.4], [0.4, 0.4]), r"shape \(2,\) given"),
        (lambda: measure_recovery([[0.5, np.nan]] * 2, [[0.4, 0.4]] * 2), "must be finite"),
        (lambda: horizon_of(np.inf), "a society that forgets nothing has none"),
        (lambda: relaxation_time([[0.0, 1.0]]), "begins above 0"),
        (lambda: crossing_round([1.0], 0.0), "the level above 0"),
    ],
)
def test_what_has_no_recovery_is_refused(call, message):
    with pytest.raises(StudyError, match=message):
        call()
