"""The tipping share is that of a known curve, of the naming game, and of a mean field."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.tiny_worlds.naming_game import (
    find_naming_game_threshold,
    naming_game_drift,
    play_naming_game,
)
from coevolve_sim.studies.instruments.tiny_worlds.tipping_tanh import find_tanh_threshold, run_tanh
from coevolve_sim.studies.instruments.tipping import fit_tipping_share

SIZE = {"n_humans": 100, "n_rounds": 50}


def table(counts, n):
    return np.array([[1] * count + [0] * (n - count) for count in counts])


def test_two_shares_are_fitted_exactly_by_their_own_logits():
    found = fit_tipping_share([0.1, 0.2], table([20, 60], 80), **SIZE)
    logits = math.log(20 / 60), math.log(60 / 20)
    assert found.slope == pytest.approx((logits[1] - logits[0]) / 0.1, rel=1e-6)
    assert found.p50 == pytest.approx(0.15, abs=1e-9)


def test_the_interval_ends_where_twice_the_log_likelihood_has_fallen_by_the_bound():
    """Against a search over both parameters on a grid."""
    shares, counts, n = np.array([0.05, 0.08, 0.11, 0.14]), np.array([1, 3, 7, 9]), 10
    found = fit_tipping_share(shares, table(counts, n), **SIZE)
    p50, slope = np.meshgrid(np.linspace(0.0, 0.2, 2001), np.linspace(0.0, 200.0, 2001), indexing="ij")
    likelihood = np.zeros_like(p50)
    for share, count in zip(shares, counts, strict=True):
        logits = slope * (share - p50)
        likelihood -= count * np.logaddexp(0, -logits) + (n - count) * np.logaddexp(0, logits)
    inside = p50[:, 0][likelihood.max(axis=1) > likelihood.max() - 3.841458820694124 / 2]
    assert (found.low, found.high) == pytest.approx((inside[0], inside[-1]), abs=2e-4)
    best = np.unravel_index(likelihood.argmax(), likelihood.shape)
    assert (found.p50, found.slope) == pytest.approx((p50[best], slope[best]), rel=0.01)


def test_the_interval_covers_a_planted_share_as_often_as_it_says():
    rng, shares = np.random.default_rng(3), np.linspace(0.04, 0.16, 7)
    chance = 1 / (1 + np.exp(-60 * (shares - 0.0979)))
    covered = 0
    for _ in range(150):
        found = fit_tipping_share(shares, rng.random((7, 20)) < chance[:, None], **SIZE)
        covered += found.low <= 0.0979 <= found.high
    assert 133 <= covered <= 149  # 999 of 1000 of a binomial with .95


def test_where_tipping_does_not_depend_on_the_share_the_design_does_not_bound_it():
    """The null: half of all societies tip, whatever the share."""
    found = fit_tipping_share([0.05, 0.1, 0.15], table([9, 10, 11], 20), **SIZE)
    assert found.p_value > 0.4
    assert (found.low, found.high) == (0, 1)
    assert "0.000 to 1.000" in found.sentence


def test_a_clean_jump_has_an_interval_and_says_that_it_is_one():
    found = fit_tipping_share([0.06, 0.08, 0.10, 0.12], table([0, 0, 30, 30], 30), **SIZE)
    assert found.separated
    assert math.isinf(found.slope)
    assert found.p50 == pytest.approx(0.09)
    assert (found.low, found.high) == pytest.approx((0.08, 0.10), abs=1e-4)
    assert "Nothing tipped below and everything above" in found.sentence
    mixed = fit_tipping_share([0.06, 0.08, 0.10], table([0, 15, 30], 30), **SIZE)
    assert mixed.separated
    assert mixed.p50 == pytest.approx(0.08)
    assert mixed.low < 0.08 < mixed.high


def test_the_sentence_has_the_size_and_the_length_of_the_runs():
    found = fit_tipping_share([0.1, 0.2], table([5, 15], 20), n_humans=1_200, n_rounds=300)
    assert found.sentence.startswith("Of 1,200 people over 300 rounds, a committed share of 0.150 tips half")
    assert (found.n_humans, found.n_rounds, found.n_replications) == (1_200, 300, 20)


@pytest.mark.parametrize(
    ("shares", "tips", "said"),
    [
        ([0.1, 0.2], table([0, 0], 5), "no society tipped at shares from 0.1 to 0.2: try larger"),
        ([0.1, 0.2], table([5, 5], 5), "every society tipped at shares from 0.1 to 0.2: try smaller"),
        ([0.1, 0.2], table([4, 1], 5), "do not tip more often with a larger share"),
        ([0.1, 0.2], table([14, 15], 20), "hardly depends on the share .*off the scale"),
        ([0.2, 0.1], table([1, 4], 5), "shares must ascend"),
        ([0.1, 0.2, 0.3], table([1, 4], 5), "a row for each of the 3 shares; 2 given"),
        ([0.1, 0.2], np.array([[0.5, 0], [1, 1]]), "true or false"),
        ([0.1, math.nan], table([1, 4], 5), "shares must be finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(shares, tips, said):
    with pytest.raises(StudyError, match=said):
        fit_tipping_share(shares, tips, **SIZE)


def test_the_naming_game_tips_at_the_share_of_its_equations():
    assert find_naming_game_threshold() == pytest.approx(0.0979, abs=5e-5)

    def reaches(share):
        flow = integrate.solve_ivp(
            lambda _, y: naming_game_drift(*y, share), (0, 2_000), [0.0, 1 - share], rtol=1e-8
        )
        return flow.y[0, -1] > 0.5

    assert not reaches(0.0970)
    assert reaches(0.0988)


@pytest.mark.parametrize(("beta", "share"), [(1.2, 0.0338), (1.5, 0.0893), (2.0, 0.1591), (3.0, 0.2432)])
def test_the_mean_field_tips_at_its_published_share(beta, share):
    assert find_tanh_threshold(beta) == pytest.approx(share, abs=5e-5)
    assert run_tanh(share - 0.002, beta, 3_000)[-1] < 0
    assert run_tanh(share + 0.002, beta, 3_000)[-1] > 0


def test_played_by_people_the_naming_game_tips_near_the_share_of_its_equations():
    """150 people for 60 rounds: fluctuations tip them earlier, and what tips late is not seen."""
    committed = np.arange(11, 21)
    games = [play_naming_game(150, int(m), 60, replications=40, seed=5) for m in committed]
    tips = np.array([game.mean(axis=1) > 0 for game in games])
    found = fit_tipping_share(committed / 150, tips, n_humans=150, n_rounds=60)
    assert found.p50 == pytest.approx(0.0979, abs=0.015)
    assert found.high - found.low < 0.006
    assert not found.separated


def test_an_encounter_of_the_naming_game_follows_its_equations():
    """The first change of shares, over many games of one round, against the drift at the beginning."""
    n, committed = 200, 40
    ends = np.concatenate([play_naming_game(n, committed, 1, replications=50, seed=s) for s in range(4)])
    flow = integrate.solve_ivp(lambda _, y: naming_game_drift(*y, 0.2), (0, 1), [0.0, 0.8], rtol=1e-8)
    only_a = (ends[:, committed:] == 1).mean(axis=1) * 0.8
    only_b = (ends[:, committed:] == -1).mean(axis=1) * 0.8
    for found, expected in zip((only_a, only_b), flow.y[:, -1], strict=True):
        assert found.mean() == pytest.approx(expected, abs=4 * found.std() / math.sqrt(len(found)) + 0.003)


def test_other_seeds_play_other_games():
    games = [play_naming_game(20, 4, 5, replications=3, seed=seed) for seed in (1, 1, 2)]
    assert [np.array_equal(a, b) for a, b in itertools.pairwise(games)] == [True, False]
