"""Hysteresis: lag is not memory, two states are, and speeds that are too high say neither."""

import numpy as np
import pytest
from scipy import optimize

from coevolve_sim.assistants.drive_shapes import count_rounds, ramp, triangle
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.hysteresis import (
    extrapolate_area,
    fastest_followed,
    follows_ramp,
    judge_memory,
    loop_area,
    round_of_loss,
)
from coevolve_sim.studies.instruments.tiny_worlds.followers import (
    follow_by_tanh,
    follow_linearly,
    follow_within_confidence,
)

FAST = (0.02, 0.01, 0.005, 0.0025)
SLOW = (0.0025, 0.00125, 0.000625)
SLOWEST = (*SLOW, 0.00025)


def area(follow, half_range, speed, extra_at_low=1, noise_sd=0.0):
    """Return areas of the second cycle of a triangle; with the extra round they are those published."""
    n_up = count_rounds(-half_range, half_range, speed)
    period = 2 * n_up + extra_at_low
    drive = triangle(
        np.arange(2 * period + 1),
        speed=speed,
        cycles=2,
        low=-half_range,
        high=half_range,
        extra_at_low=extra_at_low,
    )
    noise = np.zeros((1, drive.size))
    if noise_sd:
        noise = np.random.default_rng(n_up).normal(0, noise_sd, (8, drive.size))
    return loop_area(follow(drive, noise)[:, period:], drive[period:])


def linear(tau, start=0.0):
    return lambda drive, noise: follow_linearly(drive, tau, start=start, noise=noise)


def tanh(beta, start=0.0):
    return lambda drive, noise: follow_by_tanh(drive, beta, start=start, noise=noise)


def areas(follow, half_range, speeds, noise_sd=0.0, extra_at_low=1):
    return np.array([area(follow, half_range, v, extra_at_low, noise_sd) for v in speeds]).T


@pytest.mark.parametrize(
    ("speed", "held", "plain"),
    [(0.02, 0.5866, 0.5832), (0.01, 0.3267, 0.3258), (0.005, 0.1717, 0.1714), (0.0025, 0.0879, 0.0879)],
)
def test_areas_of_a_society_with_a_lag(speed, held, plain):
    assert area(linear(10), 1, speed) == pytest.approx(held, abs=5e-5)
    assert area(linear(10), 1, speed, extra_at_low=0) == pytest.approx(plain, abs=5e-5)


@pytest.mark.parametrize(
    ("speed", "held", "plain"),
    [
        (0.02, 1.4031, 1.3864),
        (0.01, 1.2825, 1.2816),
        (0.005, 1.0063, 1.0062),
        (0.0025, 0.8142, 0.8142),
        (0.00125, 0.6893, 0.6893),
        (0.00025, 0.5438, 0.5438),
    ],
)
def test_areas_of_a_society_with_two_states(speed, held, plain):
    assert area(tanh(1.5), 0.5, speed) == pytest.approx(held, abs=5e-5)
    assert area(tanh(1.5), 0.5, speed, extra_at_low=0) == pytest.approx(plain, abs=5e-5)


def test_what_is_left_of_two_states_is_the_quasi_static_area():
    """On the upper branch h = artanh(m) / beta - m: the area between the spinodals is a closed form."""
    beta = 1.5
    m_spinodal = np.sqrt(1 - 1 / beta)
    spinodal = m_spinodal - np.arctanh(m_spinodal) / beta
    assert spinodal == pytest.approx(0.138364, abs=5e-7)
    m_upper = optimize.brentq(lambda m: np.arctanh(m) / beta - m - spinodal, m_spinodal, 0.9999)
    first, last = (-np.log(1 - m**2) / (2 * beta) - m**2 / 2 for m in (m_spinodal, m_upper))
    quasi_static = 2 * (last - first)
    assert quasi_static == pytest.approx(0.46374, abs=5e-6)
    left, misfit = extrapolate_area(SLOWEST, areas(tanh(1.5), 0.5, SLOWEST), 2 / 3)
    assert left[0] == pytest.approx(quasi_static, abs=0.01)
    assert misfit < 0.005


@pytest.mark.parametrize(
    ("follow", "half_range", "speeds", "by_node", "by_line"),
    [
        (linear(10, -1), 1, FAST, -0.087, 0.029),
        (linear(50, -1), 1, FAST, 0.41, 0.55),
        (linear(100, -1), 1, FAST, 0.95, 0.94),
        (tanh(0.95), 0.5, FAST, 0.018, 0.16),
        (tanh(1.0), 0.5, FAST, 0.052, 0.21),
        (linear(50, -1), 1, SLOW, -0.09, 0.02),
        (linear(100, -1), 1, SLOW, -0.10, 0.08),
        (tanh(0.95), 0.5, SLOWEST, -0.022, 0.011),
        (tanh(1.0), 0.5, SLOWEST, -0.013, 0.025),
    ],
)
def test_what_the_two_laws_leave_of_societies_without_memory(follow, half_range, speeds, by_node, by_line):
    """Of plain triangles, people standing at the lowest value first, which counts where the lag is long."""
    found = areas(follow, half_range, speeds, extra_at_low=0)
    assert extrapolate_area(speeds, found, 2 / 3)[0] == pytest.approx(by_node, abs=0.0051)
    assert extrapolate_area(speeds, found, 1)[0] == pytest.approx(by_line, abs=0.0051)


@pytest.mark.parametrize(
    ("follow", "half_range", "relaxation", "speeds", "verdict"),
    [
        (linear(10), 1, 10, FAST, "lag"),
        (linear(50), 1, 50, FAST, "refused"),
        (linear(100), 1, 100, FAST, "refused"),
        (tanh(0.95), 0.5, 100, FAST, "refused"),
        (tanh(1.0), 0.5, np.inf, FAST, "refused"),
        (linear(50), 1, 50, SLOW, "lag"),
        (linear(100), 1, 100, SLOW, "lag"),
        (tanh(0.95), 0.5, 100, SLOWEST, "lag"),
        (linear(300), 1, 300, SLOWEST, "refused"),
        (tanh(0.8), 0.5, 25, SLOWEST, "lag"),
        (tanh(1.5), 0.5, 8.3, SLOWEST, "memory"),
        (tanh(1.5), 0.5, 8.3, FAST, "refused"),
    ],
)
def test_memory_is_told_where_it_is_and_refused_where_speeds_are_too_high(
    follow, half_range, relaxation, speeds, verdict
):
    found = judge_memory(
        speeds, areas(follow, half_range, speeds), amplitude=half_range, relaxation=relaxation
    )
    assert found.verdict == verdict, found.reason
    assert bool(found.needed_speeds) == (verdict == "refused" and np.isfinite(relaxation))


@pytest.mark.parametrize(
    ("follow", "half_range"),
    [(linear(50), 1), (linear(100), 1), (linear(300), 1), (tanh(0.95), 0.5), (tanh(1.0), 0.5)],
)
def test_speeds_too_high_show_no_memory_even_where_the_time_to_rest_is_taken_too_short(follow, half_range):
    found = judge_memory(FAST, areas(follow, half_range, FAST), amplitude=half_range, relaxation=5)
    assert found.verdict == "refused"
    assert "give" in found.reason


def test_the_speeds_that_are_needed_answer():
    first = judge_memory(FAST, areas(linear(50), 1, FAST), amplitude=1, relaxation=50)
    assert first.needed_speeds[0] == pytest.approx(1 / 16 / 50)
    assert "0.00125" in first.reason or "0.0013" in first.reason
    again = judge_memory(
        first.needed_speeds, areas(linear(50), 1, first.needed_speeds), amplitude=1, relaxation=50
    )
    assert again.verdict == "lag"
    assert "none above" in again.reason


def test_in_noise_intervals_over_replications_decide():
    speeds = (0.004, 0.002, 0.001)
    two = judge_memory(speeds, areas(tanh(1.5), 0.5, speeds, 0.01), amplitude=0.5, relaxation=8.3)
    assert two.verdict == "memory"
    assert 0 < two.saddle_node_low < two.saddle_node < two.saddle_node_high
    lag = judge_memory(speeds, areas(linear(10), 0.5, speeds, 0.01), amplitude=0.5, relaxation=10)
    assert lag.verdict == "lag"
    assert lag.line_low < lag.line_high < 0.1


def test_people_who_do_not_follow_have_no_area_and_no_memory():
    still = np.full((3, 41), 0.4)
    drive = triangle(np.arange(41), speed=0.05, cycles=1)
    assert loop_area(still, drive) == pytest.approx(np.zeros(3))
    found = judge_memory(SLOW, np.zeros((3, 3)), amplitude=0.5, relaxation=10)
    assert (found.verdict, found.saddle_node, found.line) == ("lag", 0.0, 0.0)


def test_noise_alone_is_no_memory():
    """People stand still but for noise: the signed area is 0 on average, and its size is not."""
    speeds, told = (0.02, 0.01, 0.005), []
    for trial in range(60):
        both = []
        for speed in speeds:
            period = 2 * count_rounds(-0.5, 0.5, speed)
            drive = triangle(np.arange(period + 1), speed=speed, cycles=1, low=-0.5, high=0.5)
            noise = np.random.default_rng([trial, period]).normal(0, 0.02, (8, period + 1))
            people = follow_linearly(0 * drive, 10, noise=noise)
            both.append((loop_area(people, drive, signed=True), loop_area(people, drive)))
        signed, size = np.array(both).transpose(1, 2, 0)
        assert (np.abs(signed) == size).all()
        told.append(judge_memory(speeds, signed, amplitude=0.5, relaxation=1).verdict == "memory")
    assert np.mean(told) <= 0.05


def test_the_signed_area_is_positive_where_people_lag_and_negative_where_they_lead():
    drive = triangle(np.arange(81), speed=0.05, cycles=2)
    lag = follow_linearly(drive, 5)[:, 40:]
    assert loop_area(lag, drive[40:], signed=True) == pytest.approx(loop_area(lag, drive[40:]))
    assert loop_area(-lag, drive[40:], signed=True) == pytest.approx(-loop_area(lag, drive[40:]))


# --- ramps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speed", "reached"),
    [
        (0.04, 0.907),
        (0.0599, 0.873),
        (0.061, 0.531),
        (0.08, 0.117),
        (0.9 * 0.06, 0.892),
        (1.1 * 0.06, 0.260),
    ],
)
def test_a_ramp_is_followed_up_to_rate_times_confidence(speed, reached):
    n_rounds = count_rounds(0, 1, speed)
    people = follow_within_confidence(ramp(np.arange(1, n_rounds + 1), speed=speed), 0.3, 0.2)
    assert people[0, -1] == pytest.approx(reached, abs=0.0006)
    assert follows_ramp(people[:, -1], 1.0, 0.2).tolist() == [speed < fastest_followed(0.3, 0.2)]


def test_just_above_the_boundary_a_ramp_is_too_short_to_lose_anybody():
    assert fastest_followed(0.3, 0.2) == pytest.approx(0.06)
    assert (count_rounds(0, 1, 0.0601), round_of_loss(0.0601, 0.3, 0.2)) == (17, 18)
    rounds = np.arange(1, 18)
    assert follows_ramp(follow_within_confidence(ramp(rounds, speed=0.0601), 0.3, 0.2)[:, -1], 1.0, 0.2)[0]


@pytest.mark.parametrize("speed", [0.0601, 0.061, 0.066, 0.08, 0.19, 0.3])
def test_the_round_of_loss_is_that_in_which_the_gap_passes_the_confidence(speed):
    drive = speed * np.arange(1, 40)
    people = np.r_[0.0, follow_within_confidence(drive, 0.3, 0.2)[0]]
    assert int(np.argmax(drive - people[:-1] > 0.2)) + 1 == round_of_loss(speed, 0.3, 0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: loop_area([[0.0, 1.0, 0.0]], [0.0, 1.0, 0.5]), "a cycle ends where it began"),
        (lambda: loop_area([[0.0, 1.0, 0.0]], [0.0, 1.0, 1.0, 0.0]), "as many rounds; 3 and 4 given"),
        (lambda: extrapolate_area([0.1, 0.2], [[1, 2]], 1), r"three speeds or more.*\[0.1, 0.2\] given"),
        (lambda: extrapolate_area([0.1, 0.2, 0.2], [[1, 2, 3]], 1), "all different"),
        (lambda: extrapolate_area([0.1, 0.2, 0.3], [[1, 2]], 1), "as many speeds; 3 and 2 given"),
        (lambda: judge_memory(FAST, [[1, 2, 3, 4]], amplitude=0, relaxation=1), "above 0; 0 and 1 given"),
        (lambda: fastest_followed(0.0, 0.2), r"a rate lies in \(0, 1\]"),
        (lambda: round_of_loss(0.0, 0.3, 0.2), "a ramp's speed is above 0"),
    ],
)  # fmt: skip
def test_what_is_no_loop_or_ramp_is_refused(call, message):
    with pytest.raises(StudyError, match=message):
        call()
