"""Loss of variety: none without an assistant, and the planted half-life or level with one."""

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.measures.diversity import total_variance
from coevolve_sim.studies.instruments.diversity_loss import (
    diversity_loss,
    entropy_of_bins,
    fit_loss,
    quadratic_entropy,
    trace_of_covariance,
)
from coevolve_sim.studies.instruments.tiny_worlds.averaging import average_towards

PEOPLE = np.random.default_rng(1).random((6, 200))


def losses(influence, n_rounds, anchor=0.0, noise=0.0):
    """Return the loss against the world without the assistant, where everybody stays, shape (6, rounds)."""
    world = average_towards(PEOPLE, 0.9, influence, n_rounds, anchor)
    variety = trace_of_covariance(world[..., None])
    variety *= 1 + noise * np.random.default_rng(2).normal(size=variety.shape) * (np.arange(n_rounds + 1) > 0)
    return diversity_loss(variety, np.repeat(variety[:, :1], n_rounds + 1, axis=1))


def test_a_common_value_takes_variety_with_the_half_life_that_follows_from_its_rate():
    loss = losses(0.1, 20)
    assert 1 - loss[:, 10] == pytest.approx(0.12158, abs=5e-6)
    found = fit_loss(loss)
    assert (found.kind, found.level, found.n) == ("exponential", 0.0, 6)
    assert found.half_life == pytest.approx(3.2894, abs=5e-5)
    assert (found.half_life_low, found.half_life_high) == pytest.approx((3.2894, 3.2894), abs=5e-5)


@pytest.mark.parametrize(("n_rounds", "fitted"), [(20, 0.258), (40, 0.253)])
def test_anchors_keep_a_part_of_variety_which_a_fit_finds_nearly(n_rounds, fitted):
    """The path is (.5 + .5 * .8^t)^2, no exponential, so that the fit's level is .25 only in the long run."""
    loss = losses(0.1, n_rounds, anchor=0.1)
    assert 1 - loss[0] == pytest.approx((0.5 + 0.5 * 0.8 ** np.arange(n_rounds + 1)) ** 2)
    found = fit_loss(loss)
    assert found.kind == "levelling_off"
    assert found.level == pytest.approx(fitted, abs=0.0005)
    assert found.level == pytest.approx(0.25, abs=0.01)
    assert "left for good" in found.reason


def test_where_nobody_is_influenced_no_loss_is_told():
    assert losses(0.0, 20) == pytest.approx(np.zeros((6, 21)))
    found = fit_loss(losses(0.0, 20))
    assert (found.kind, found.half_life, found.level) == ("none", np.inf, 1.0)
    noisy = fit_loss(losses(0.0, 20, noise=0.05))
    assert noisy.kind == "none"
    assert "a half-life of up to" in noisy.reason
    assert "would have been seen" in noisy.reason


def test_noise_does_not_hide_what_is_planted_and_the_interval_holds_it():
    found = fit_loss(losses(0.1, 20, noise=0.05))
    assert found.kind == "exponential"
    assert found.half_life_low < 3.2894 < found.half_life_high
    assert found.half_life_high - found.half_life_low < 0.2
    anchored = fit_loss(losses(0.1, 40, anchor=0.1, noise=0.05))
    assert anchored.kind == "levelling_off"
    assert anchored.level_low < 0.253 < anchored.level_high


def test_a_course_that_reaches_nothing_is_fitted_up_to_there():
    left = 0.5 ** np.arange(60)
    left[40:] = 0.0
    assert fit_loss([1 - left]).half_life == pytest.approx(1.0)


def test_a_plateau_is_no_exponential_even_where_its_level_is_small():
    left = 0.05 + 0.95 * np.exp(-np.arange(60) / 4)
    found = fit_loss([1 - left])
    assert (found.kind, found.level) == ("levelling_off", pytest.approx(0.05, abs=1e-6))
    assert found.half_life == pytest.approx(4 * np.log(2), rel=1e-4)


def test_the_trace_is_the_variance_over_all_dimensions():
    values = np.random.default_rng(3).random((2, 5, 30, 4))
    found = trace_of_covariance(values)
    assert found.shape == (2, 5)
    assert found[1, 3] == pytest.approx(total_variance(values[1, 3]))


def test_the_quadratic_entropy_is_the_mean_distance_of_all_pairs_and_falls_by_the_root_of_the_variance():
    values = np.random.default_rng(3).random((2, 30, 4))
    apart = np.linalg.norm(values[1][:, None] - values[1][None], axis=-1)
    assert quadratic_entropy(values)[1] == pytest.approx(apart.mean())
    world = average_towards(PEOPLE, 0.9, 0.1, 10)[..., None]
    entropy = quadratic_entropy(world)
    assert entropy[:, 10] / entropy[:, 0] == pytest.approx(0.9**10)


def test_entropies_of_few_people_are_right_on_average_only_when_corrected():
    """Uniform over 10 bins, 50 people: observed shares are .09 too low."""
    counts = np.random.default_rng(4).multinomial(50, [0.1] * 10, size=4000)
    plain, corrected = entropy_of_bins(counts, corrected=False), entropy_of_bins(counts)
    assert plain.mean() - np.log(10) == pytest.approx(-9 / 100, abs=0.006)
    assert corrected.mean() == pytest.approx(np.log(10), abs=0.005)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: diversity_loss([[0.1, 0.1]], [[0.1, 0.0]]), "no variety to lose in replication 0, round 1"),
        (lambda: diversity_loss([[0.1, -0.1]], [[0.1, 0.1]]), "variety is at least 0; -0.1 given"),
        (lambda: diversity_loss([[0.1]], [[0.1, 0.1]]), r"one shape; \(1, 1\) and \(1, 2\) given"),
        (lambda: diversity_loss([[np.nan]], [[0.1]]), r"world must be finite; nan stands at .* = \(0, 0\)"),
        (lambda: fit_loss([[0.0, 0.1, 0.2]]), "loss needs at least 4 rounds; 3 given"),
        (lambda: fit_loss([[0.2, 0.3, 0.4, 0.5]]), "a loss begins at 0"),
        (lambda: fit_loss([[0.0, 0.3, 0.4, 1.5]]), "a loss is at most 1; 1.5 given"),
        (lambda: fit_loss([[0.0, 1.0, 1.0, 1.0]]), "variety is gone in the first round"),
        (lambda: entropy_of_bins([0, 0]), "nobody is in any"),
        (lambda: entropy_of_bins([1.5, 1]), "whole numbers"),
        (lambda: trace_of_covariance([0.1, 0.2]), r"shape \(2,\) given"),
        (lambda: quadratic_entropy([[np.inf]]), r"inf stands at \(0, 0\)"),
    ],
)
def test_what_has_no_loss_is_refused(call, message):
    with pytest.raises(StudyError, match=message):
        call()
