"""A reader's number becomes a value that is right on average, or of least error; its error is told."""

import numpy as np
import pytest

from coevolve_sim.language.agreement import area_under_curve, correlation, error, interval, slope
from coevolve_sim.language.readers.calibration import LEAST_R, calibrate

TOPICS = [f"topic {n % 10}" for n in range(400)]


def planted(noise, seed=0, gain=3.0, offset=-1.0):
    rng = np.random.default_rng(seed)
    held = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], size=400)
    return held, offset + gain * held + rng.normal(0.0, noise, 400)


def test_a_line_is_right_on_average_whatever_the_error():
    held, numbers = planted(noise=1.0)
    found = calibrate(numbers, held, TOPICS, "line")
    middle = (held > 0.2) & (held < 0.8)
    read = np.interp(numbers, found.numbers, found.values)
    assert found.r == pytest.approx(np.corrcoef(held, numbers)[0, 1], abs=1e-9)
    assert np.polyfit(held[middle], (numbers[middle] - found.numbers[0]) / np.ptp(found.numbers), 1)[0] == (
        pytest.approx(1.0, abs=0.2)
    )
    assert (read.min(), read.max()) == (0.0, 1.0)


def test_a_monotone_map_errs_less_and_is_drawn_to_the_middle():
    held, numbers = planted(noise=2.0)
    line, isotonic = (calibrate(numbers, held, TOPICS, kind) for kind in ("line", "isotonic"))
    assert isotonic.error < line.error
    assert isotonic.slope < line.slope
    assert (np.diff(isotonic.values) >= 0.0).all()


def test_its_error_is_that_on_topics_that_it_was_not_fitted_to():
    held, numbers = planted(noise=0.8)
    found = calibrate(numbers, held, TOPICS, "line")
    told = np.empty(400)
    names = np.unique(TOPICS)
    for fold in range(5):
        out = np.isin(TOPICS, names[fold::5])
        part = calibrate(numbers[~out], held[~out], list(np.array(TOPICS)[~out]), "line")
        told[out] = [part.value(number) for number in numbers[out]]
    assert found.error == pytest.approx(error(held, told), abs=1e-12)
    assert found.slope == pytest.approx(slope(held, told), abs=1e-12)


def test_numbers_that_fall_with_the_stance_or_say_nothing_read_as_the_middle():
    held, numbers = planted(noise=0.1)
    for useless in (-numbers, np.zeros(400), np.full(400, np.nan)):
        found = calibrate(useless, held, TOPICS, "line")
        assert found.value(5.0) == 0.5
    assert np.isnan(found.value(float("nan")))


def test_a_line_stops_growing_where_almost_nothing_is_read():
    held, numbers = planted(noise=100.0)
    found = calibrate(numbers, held, TOPICS, "line")
    assert abs(found.r) < LEAST_R
    if found.r > 0.0:
        gain = 1.0 / np.ptp(found.numbers)
        assert gain == pytest.approx(held.std() / (LEAST_R * numbers.std()), rel=1e-9)


def test_agreement_has_the_values_that_are_known():
    held, read = np.array([0.0, 0.2, 0.8, 1.0]), np.array([0.1, 0.4, 0.3, 0.9])
    assert area_under_curve(held, read) == pytest.approx(3 / 4)
    assert correlation(held, np.ones(4)) == 0.0
    assert slope(held, 0.3 + 0.5 * held) == pytest.approx(0.5)
    assert np.isnan(area_under_curve(held[:2], read[:2]))


def test_an_interval_covers_what_is_true_about_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        held = rng.uniform(size=60)
        low, high = interval(slope, held, 0.2 + 0.5 * held + rng.normal(0.0, 0.3, 60))
        covered += low <= 0.5 <= high
    assert 0.88 <= covered / 200 <= 0.99
