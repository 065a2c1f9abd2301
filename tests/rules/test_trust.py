"""Bayesian trust: against the plain recursion, the published numbers, and beyond float64."""

import numpy as np
import pytest

from coevolve_sim.errors import RuleError
from coevolve_sim.rules.trust_theory import (
    Beliefs,
    lock_in,
    locked_in_sd,
    spectral_radius,
    trust_through_assistant,
    update_beliefs,
)
from coevolve_sim.streams import stream


@pytest.mark.parametrize(
    ("c", "after_500", "after_1500"),
    [(0.9, 8.3916, 9.5038), (1.0, 11.7341, 13.9326), (1.1, 52.3646, 147.6748)],
)
def test_the_assistants_precision_has_the_published_logarithm(c, after_500, after_1500):
    course = lock_in(1500, assistants_trust=c / 10).assistant
    assert course[499] == pytest.approx(after_500, abs=5e-5)
    assert course[1499] == pytest.approx(after_1500, abs=5e-5)


def test_a_round_in_logarithms_is_the_plain_recursion():
    rng = stream(1, "beliefs")
    precision, means, trust = rng.random(4) + 0.1, rng.normal(size=(3, 4)), rng.random((4, 4))
    trust[0, 1] = 0.0
    evidence, estimates = rng.random(4) + 0.1, rng.normal(size=(3, 4))
    after = update_beliefs(Beliefs(np.log(precision), means), trust, np.log(evidence), estimates)
    plain = evidence + trust @ precision
    np.testing.assert_allclose(np.exp(after.log_precision), plain, rtol=1e-13)
    weighed = (estimates * evidence + (means * precision) @ trust.T) / plain
    np.testing.assert_allclose(after.means, weighed, rtol=1e-12)


def test_precision_beyond_float64_still_grows_by_ln_c():
    course = lock_in(9000).assistant
    assert course[-1] > np.log(np.finfo(float).max)
    assert course[-1] - course[-2] == pytest.approx(np.log(1.1), abs=1e-9)


def test_beliefs_lock_in_above_one_only():
    below, above = (lock_in(800, assistants_trust=c / 10, n_replications=300) for c in (0.9, 1.1))
    assert below.overconfidence[[99, -1]] == pytest.approx([1.0, 1.0], abs=0.15)
    assert above.overconfidence[-1] > 1e6 * above.overconfidence[99]
    assert above.means.std() == pytest.approx(locked_in_sd(1.1, 10), rel=0.15)
    assert below.means.std() < locked_in_sd(1.1, 10) / 3
    assert spectral_radius(trust_through_assistant(10, 0.09, 1.0)) == pytest.approx(0.9)


def test_the_course_is_the_same_again_and_another_with_another_seed():
    courses = [lock_in(20, n_replications=3, seed=seed).means.tobytes() for seed in (1, 1, 2)]
    assert courses[0] == courses[1] != courses[2]


@pytest.mark.parametrize("trust", [np.ones((2, 3)), np.array([[-1.0]]), np.array([[np.nan]])])
def test_what_is_no_matrix_of_trust_is_refused(trust):
    with pytest.raises(RuleError, match=r"^trust "):
        spectral_radius(trust)
    with pytest.raises(RuleError, match="only where it is above 1"):
        locked_in_sd(1.0, 10)
