"""Attack against defence: counts, budgets and guards against formulas and brute force."""

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.errors import RuleError
from coevolve_sim.rules.guards import pass_all, rate_per_try, success_within, try_within


def test_independent_guards_multiply():
    """Bergeron and SmoothLLM, as published: what they let pass of attacks, and of all else."""
    assert pass_all([0.166, 0.646]) == pytest.approx(0.1072, abs=5e-5)
    assert pass_all([0.987, 0.942]) == pytest.approx(0.9298, abs=5e-5)
    assert pass_all([0.4, 0.0]) == 0.0


def test_a_small_rate_per_try_succeeds_nearly_always_within_a_large_budget():
    assert success_within(0.05, 75) == pytest.approx(0.979, abs=5e-4)
    found = success_within(np.array([0.0, 1e-12, 0.216, 1.0]), 75)
    assert found.tolist() == pytest.approx([0.0, 75e-12, 1.0 - 0.784**75, 1.0], rel=1e-9)
    assert success_within(0.3, 1) == pytest.approx(0.3, abs=1e-15)


@pytest.mark.parametrize(
    ("success", "rate"), [(0.95, 0.0392), (0.8, 0.0212), (0.733, 0.0175), (0.55, 0.0106)]
)
def test_a_rate_per_try_gives_the_share_within_tries_back(success, rate):
    found = rate_per_try(success, 75)
    assert found == pytest.approx(rate, abs=5e-5)
    assert success_within(found, 75) == pytest.approx(success, abs=1e-12)


def test_no_rate_per_try_follows_of_attacks_that_never_fail():
    with pytest.raises(RuleError, match="give the rate per try itself"):
        rate_per_try(1.0, 75)
    assert rate_per_try(0.0, 75) == 0.0


@pytest.mark.parametrize(("rate", "budget"), [(0.216, 1), (0.216, 75), (0.0359, 10), (0.0, 5), (1.0, 5)])
def test_counts_are_within_the_binomial_s_95_per_cent_and_tries_those_of_one_after_the_other(rate, budget):
    n_attacks, rng = 20_000, np.random.default_rng(5)
    succeeds, n_tries = try_within(rng.random(n_attacks), np.full(n_attacks, rate), budget)
    low, high = stats.binom.interval(0.95, n_attacks, success_within(rate, budget))
    assert low <= succeeds.sum() <= high
    one_by_one = rng.random((n_attacks, budget)) < rate
    tried = np.where(one_by_one.any(axis=1), one_by_one.argmax(axis=1) + 1, budget)
    error = np.sqrt((tried.var() + n_tries.var()) / n_attacks)
    assert n_tries.mean() == pytest.approx(tried.mean(), abs=4 * error + 1e-12)
    assert n_tries[~succeeds].tolist() == [budget] * int((~succeeds).sum())


def test_a_higher_rate_or_a_larger_budget_only_adds_successes_on_the_same_draws():
    draws = np.concatenate([np.random.default_rng(0).random(5000), [0.0, np.nextafter(1.0, 0.0)]])
    before = np.zeros(draws.size, dtype=bool)
    for rate, budget in ((0.01, 1), (0.02, 1), (0.02, 10), (0.2, 10), (0.2, 75), (1.0, 75)):
        now, _ = try_within(draws, np.full(draws.size, rate), budget)
        assert (now >= before).all()
        before = now
    assert before.all()


@pytest.mark.parametrize("rates", [[1.2], [-0.1], [float("nan")]])
def test_rates_outside_their_range_are_refused(rates):
    with pytest.raises(RuleError, match="0, 1"):
        pass_all(rates)
    with pytest.raises(RuleError, match="0, 1"):
        success_within(rates[0], 5)


def test_no_try_is_no_budget():
    for call in (lambda: success_within(0.1, 0), lambda: rate_per_try(0.1, 0)):
        with pytest.raises(RuleError, match="0 tries; at least 1"):
            call()
    with pytest.raises(RuleError, match="0 tries"):
        try_within(np.zeros(1), np.zeros(1), 0)
