"""Overconfidence and the variance over the ideal pool's: the published table, found three times."""

import numpy as np
import pytest
from scipy import optimize

from coevolve_sim.errors import StudyError
from coevolve_sim.networks.ties import full_mixing
from coevolve_sim.rules import pool_beliefs, pool_with_peers
from coevolve_sim.rules.exchange import perceive_exactly
from coevolve_sim.rules.trust_theory import Beliefs, update_beliefs
from coevolve_sim.studies.instruments.overconfidence import measure_overconfidence
from coevolve_sim.studies.instruments.tiny_worlds.precision import compute_exact_overconfidence, draw_beliefs

PUBLISHED = [
    (0.0, 1.0, 10.0),
    (0.5, 0.655, 3.332),
    (0.8, 0.673, 1.442),
    (0.9, 1.013, 1.192),
    (0.95, 1.640, 1.175),
    (1.0, 4.063, 1.332),
    (1.1, 160.9, 2.945),
]


def of_package_rule(trust, n=10, rounds=60):
    """Return overconfidence and variance ratio by the package's pooling, from the weight of each piece.

    Every dimension is one piece of evidence that is 1 while all others are 0, so that the beliefs on all
    dimensions are the weights of the pieces. The network has no loops; one's own earlier belief, which counts
    c / n too, is pooled beside it.
    """
    ties, weights = full_mixing(n), np.zeros((n, n, rounds))
    weights[np.arange(n), np.arange(n), 0] = 1.0
    log_precision = np.zeros(n)
    with np.errstate(divide="ignore"):
        log_share = np.log(trust / n)
    for t in range(2, rounds + 1):
        evidence = np.zeros((n, n, rounds))
        evidence[np.arange(n), np.arange(n), :t] = 1.0 / t
        before = weights.reshape(n, -1)
        pooled, means = pool_with_peers(
            np.full(n, np.log(t)),
            evidence.reshape(n, -1),
            log_precision,
            perceive_exactly(before, ties),
            ties,
            trust / n,
        )
        log_precision, means = pool_beliefs(pooled, means, log_precision + log_share, before)
        weights = means.reshape(n, n, rounds)
    variance = float((weights[0] ** 2).sum())
    return float(np.exp(log_precision[0])) * variance, variance * n * rounds


@pytest.mark.parametrize(("trust", "score", "ratio"), PUBLISHED)
def test_the_exact_table_is_the_published_one(trust, score, ratio):
    found = compute_exact_overconfidence(trust, 10, 60)
    assert found == pytest.approx((score, ratio), abs=5e-4 if score < 100 else 0.05)


@pytest.mark.parametrize(("trust", "score", "ratio"), PUBLISHED)
def test_the_rule_of_the_package_gives_that_table(trust, score, ratio):
    found = of_package_rule(trust)
    assert found == pytest.approx(compute_exact_overconfidence(trust, 10, 60), rel=1e-9)
    assert found == pytest.approx((score, ratio), abs=5e-4 if score < 100 else 0.05)


def test_overconfidence_starts_before_lock_in_and_before_pooling_is_at_its_best():
    honest = optimize.brentq(lambda c: compute_exact_overconfidence(c, 10, 60)[0] - 1, 0.8, 0.95)
    best = optimize.minimize_scalar(
        lambda c: compute_exact_overconfidence(c, 10, 60)[1], bounds=(0.8, 1.0), method="bounded"
    )
    assert honest == pytest.approx(0.898, abs=5e-4)
    assert best.x == pytest.approx(0.934, abs=5e-4)
    assert best.fun == pytest.approx(1.168, abs=5e-4)
    assert honest < best.x < 1


@pytest.mark.parametrize(
    ("trust", "verdict"),
    [(0.0, "not told from honest"), (0.5, "underconfident"), (1.0, "overconfident"), (1.1, "overconfident")],
)
def test_drawn_beliefs_have_the_exact_score_within_their_interval(trust, verdict):
    """c = 0 is the null: whoever trusts nobody is honest."""
    precision, beliefs = draw_beliefs(trust, 10, 60, replications=2_000, seed=8)
    found = measure_overconfidence(np.full_like(beliefs, np.log(precision)), beliefs, 0.0, confidence=0.999)
    exact = compute_exact_overconfidence(trust, 10, 60)[0]
    assert found.low < exact < found.high
    assert found.verdict == verdict
    assert (
        f": {verdict}. A difference of {found.smallest_effect_seen:.3f} would have been seen"
        in found.sentence
    )
    assert (abs(exact - 1) > found.smallest_effect_seen) == (trust != 0)
    assert (found.p_value < 0.001) == (trust != 0)


def test_the_reference_recursion_draws_the_same_beliefs():
    precision, beliefs = draw_beliefs(0.9, 10, 4, replications=3, seed=2)
    from coevolve_sim.streams import stream

    pieces = stream(2, "evidence").normal(size=(4, 3, 10))
    state = Beliefs(np.zeros(10), pieces[0])
    for t in range(2, 5):
        state = update_beliefs(
            state, np.full((10, 10), 0.09), np.full(10, np.log(t)), pieces[:t].mean(axis=0)
        )
    np.testing.assert_allclose(state.means, beliefs, atol=1e-12)
    np.testing.assert_allclose(np.exp(state.log_precision), precision)


def test_the_unit_of_values_does_not_count():
    precision, beliefs = draw_beliefs(1.0, 10, 20, replications=50, seed=1)
    claimed = np.full_like(beliefs, np.log(precision))
    one = measure_overconfidence(claimed, beliefs, 0.0)
    other = measure_overconfidence(claimed, 0.5 + 0.1 * beliefs, 0.5, evidence_sd=0.1)
    assert (one.score, one.low) == pytest.approx((other.score, other.low))


@pytest.mark.parametrize(
    ("claimed", "means", "more", "said"),
    [
        (np.zeros((5, 2)), np.zeros((5, 2)), {}, "needs at least 20 replications; 5 given"),
        (np.zeros((20, 2)), np.zeros((20, 3)), {}, r"one shape; \(20, 2\) and \(20, 3\)"),
        (np.full((20, 1), 800.0), np.ones((20, 1)), {}, "run fewer rounds"),
        (np.zeros((20, 1)), np.ones((20, 1)), {"evidence_sd": 0.0}, "evidence_sd above 0"),
        (
            np.full((20, 1), np.nan),
            np.ones((20, 1)),
            {},
            r"log_precision must be finite; nan stands at \(0, 0\)",
        ),
    ],
)
def test_what_has_no_score_is_refused(claimed, means, more, said):
    with pytest.raises(StudyError, match=said):
        measure_overconfidence(claimed, means, 0.0, **more)
