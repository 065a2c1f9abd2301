"""Transfer entropy is greater without any influence than under a real one of the same strength."""

import numpy as np
import pytest

from coevolve_sim.studies.instruments.tiny_worlds.transfer_entropy import compute_gaussian_transfer_entropy

INFLUENCE = np.array([[0.5, 0.5], [0.0, 0.0]]), np.array([0.0, 1.0, 0.0])
COMMON_DRIVER = np.array([[0.5, 0.5], [0.0, 0.9]]), np.array([0.0, 1.0, 0.3])


@pytest.mark.parametrize(
    ("noise", "of_influence", "of_driver"), [(1.0, 0.1116, 0.2045), (0.5, 0.3466, 0.4220)]
)
def test_a_common_driver_looks_like_more_influence_than_influence(noise, of_influence, of_driver):
    covariance = np.diag([noise**2, 1.0])
    real, driven = (
        compute_gaussian_transfer_entropy(turn, covariance, source)
        for turn, source in (INFLUENCE, COMMON_DRIVER)
    )
    assert real == pytest.approx(of_influence, abs=5e-5)
    assert driven == pytest.approx(of_driver, abs=5e-5)
    assert driven > real


def test_a_source_that_is_only_noise_transfers_nothing():
    turn, _ = INFLUENCE
    assert compute_gaussian_transfer_entropy(turn, np.eye(2), np.array([0.0, 0.0, 1.0])) == pytest.approx(0)


def test_the_covariances_are_those_of_drawn_series():
    """Against a regression on 200,000 drawn rounds, z being the common driver's reading."""
    rng, n = np.random.default_rng(1), 200_000
    e, d, r = rng.normal(size=(3, n))
    h = np.empty(n)
    x = np.zeros(n)
    h[0] = d[0] / np.sqrt(1 - 0.81)
    for t in range(1, n):
        h[t] = 0.9 * h[t - 1] + d[t]
        x[t] = 0.5 * x[t - 1] + 0.5 * h[t - 1] + e[t]
    z = h + 0.3 * r

    def left(*given):
        design = np.column_stack([np.ones(n - 1), *given])
        return np.linalg.lstsq(design, x[1:], rcond=None)[1][0]

    entropy = 0.5 * np.log(left(x[:-1]) / left(x[:-1], z[:-1]))
    assert entropy == pytest.approx(0.2045, abs=0.004)
